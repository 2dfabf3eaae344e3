#include "server_private.h"

#include "agent_ingest.h"
#include "auth.h"
#include "clock.h"
#include "counter_starts.h"
#include "line_listener.h"
#include "listener.h"
#include "meters.h"
#include "token_file.h"
#include "writer_pool.h"

#include <stdio.h>
#include <time.h>

int64_t ct_server_now_ns(void)
{
    return ct_clock_now_ns(ct_clock_system());
}

/* -- The log ----------------------------------------------------------------------------------- */

static void write_line_of_store(void *context, int level, const char *line, size_t len)
{
    const struct ct_logger *logger = context;
    logger->write(logger->context, (enum ct_log_level)level, (struct ct_text){line, len});
}

void ct_server_say(struct ct_server *server, int level, const char *message, const char *detail)
{
    struct ct_log_line line;
    ct_log_begin(&line, &server->logger, (enum ct_log_level)level, message);
    if (detail && detail[0])
        ct_log_text(&line, "detail", ct_text_of(detail));
    ct_log_end(&line);
}

/* -- Life -------------------------------------------------------------------------------------- */

static uint32_t durability_of(const char *name)
{
    if (strcmp(name, "interval") == 0)
        return CENTIME_INTERVAL;
    return strcmp(name, "none") == 0 ? CENTIME_NONE : CENTIME_SYNC;
}

static ct_status open_store(struct ct_server *server, struct ct_error *err)
{
    const struct ct_server_config *config = &server->config;
    centime_options options = CENTIME_OPTIONS_INIT;
    centime_error failure = CENTIME_ERROR_INIT;
    options.durability = durability_of(config->durability);
    options.series_max = config->series_max;
    options.query_threads = config->query_threads;
    options.memory_bytes = config->memory_bytes;
    options.log = write_line_of_store;
    options.log_context = &server->logger;
    options.log_level = (uint32_t)server->logger.level_min;
    if (centime_open(config->folder, &options, &server->store, &failure) == CENTIME_OK)
        return CT_OK;
    return ct_fail(err, (ct_status)failure.code, "%s", failure.text);
}

/* Only who is on this machine may come without a token, unless it was asked for otherwise. */
static ct_status read_tokens(struct ct_server *server, struct ct_error *err)
{
    const struct ct_server_config *config = &server->config;
    const bool is_open = config->is_insecure || ct_server_config_is_local(config->listen);
    char path[CT_TOKEN_PATH_BYTES_MAX];
    if (config->token_file[0])
        return ct_token_table_create(server->allocator, config->token_file, is_open,
                                     &server->tokens, err);
    CT_TRY(ct_token_file_path(config->folder, path, err));
    return ct_token_table_create(server->allocator, path, is_open, &server->tokens, err);
}

static ct_status start_parts(struct ct_server *server, struct ct_error *err)
{
    CT_TRY(read_tokens(server, err));
    CT_TRY(open_store(server, err));
    server->meters = ct_meters_create(server->allocator);
    server->writers = ct_writer_pool_create(server->allocator, server->store);
    server->counter_starts = ct_counter_starts_create(server->allocator);
    server->agents = ct_agents_create(server->allocator);
    if (!server->writers || !server->meters || !server->counter_starts || !server->agents)
        return ct_fail(err, CT_NO_MEMORY, "out of memory");
    CT_TRY(ct_line_listener_start(server, &server->lines, err));
    return ct_listener_start(server, &server->listener, err);
}

/* All that there is of it. */
static ct_status stop_parts(struct ct_server *server, struct ct_error *err)
{
    ct_status status = CT_OK;
    centime_error failure = CENTIME_ERROR_INIT;
    atomic_store(&server->is_stopping, true);
    if (server->listener && !ct_listener_stop(server->listener))
        ct_server_say(server, CT_LOG_WARNING, "requests were cut off", "shutdown_timeout is over");
    ct_line_listener_stop(server->lines);
    ct_agents_destroy(server->agents);
    ct_writer_pool_destroy(server->writers);
    ct_meters_destroy(server->meters);
    ct_token_table_destroy(server->tokens);
    ct_counter_starts_destroy(server->counter_starts);
    if (server->store && centime_close(server->store, &failure) != CENTIME_OK)
        status = ct_fail(err, (ct_status)failure.code, "%s", failure.text);
    return status;
}

static void release(struct ct_server *server)
{
    ct_query_gate_deinit(&server->queries);
    ct_release(server->allocator, server);
}

ct_status ct_server_start(const struct ct_server_config *config, struct ct_server **out,
                          struct ct_error *err)
{
    const struct ct_allocator *allocator = ct_allocator_system();
    CT_TRY(ct_server_config_check(config, err));
    struct ct_server *server = ct_alloc_zeroed(allocator, 1, sizeof *server);
    if (!server)
        return ct_fail(err, CT_NO_MEMORY, "out of memory");
    server->config = *config;
    server->allocator = allocator;
    ct_server_log_init(&server->log, strcmp(config->log_format, "json") == 0, config->log_level,
                       &server->logger);
    server->started_ns = ct_server_now_ns();
    ct_query_gate_init(&server->queries, config->queries_max);
    const ct_status status = start_parts(server, err);
    if (status != CT_OK) {
        stop_parts(server, NULL);
        release(server);
        return status;
    }
    ct_server_say(server, CT_LOG_INFO, "listening", ct_server_address(server));
    if (ct_server_lines_address(server)[0])
        ct_server_say(server, CT_LOG_INFO, "listening for lines by TCP",
                      ct_server_lines_address(server));
    if (ct_server_udp_address(server)[0])
        ct_server_say(server, CT_LOG_INFO, "listening for lines by UDP",
                      ct_server_udp_address(server));
    *out = server;
    return CT_OK;
}

const char *ct_server_address(const struct ct_server *server)
{
    return ct_listener_address(server->listener);
}

ct_status ct_server_reload(struct ct_server *server, struct ct_error *err)
{
    struct ct_error story = {0};
    struct ct_log_line line;
    const ct_status status = ct_token_table_reload(server->tokens, &story);
    if (status == CT_OK) {
        ct_log_begin(&line, &server->logger, CT_LOG_INFO, "tokens were read anew");
        ct_log_uint(&line, "count", ct_token_table_count(server->tokens));
    } else {
        ct_log_begin(&line, &server->logger, CT_LOG_ERROR, "the tokens stay as they were");
        ct_log_error(&line, &story);
    }
    ct_log_end(&line);
    if (err)
        *err = story;
    return status;
}

const char *ct_server_lines_address(const struct ct_server *server)
{
    return ct_line_listener_tcp_address(server->lines);
}

const char *ct_server_udp_address(const struct ct_server *server)
{
    return ct_line_listener_udp_address(server->lines);
}

ct_status ct_server_stop(struct ct_server *server, struct ct_error *err)
{
    ct_server_say(server, CT_LOG_INFO, "stopping", "");
    const ct_status status = stop_parts(server, err);
    ct_server_say(server, CT_LOG_INFO, "stopped", "");
    release(server);
    return status;
}
