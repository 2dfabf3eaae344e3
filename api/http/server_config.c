/* What a configuration must hold together. */
#include "server_config.h"

#include <arpa/inet.h>
#include <string.h>

#include "database_name.h"
#include "token_file.h"

/* Numbers, or the one name that every system has for them: what another name stands for may change.
 */
bool ct_server_config_is_local(const char *address)
{
    const char *colon = strrchr(address, ':');
    const size_t len = colon ? (size_t)(colon - address) : 0;
    char host[64];
    struct in_addr four;
    if (len == 0 || len >= sizeof host)
        return false;
    memcpy(host, address, len);
    host[len] = 0;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return strcmp(host, "[::1]") == 0 || strcmp(host, "localhost") == 0;
}

/* -- Who may come ------------------------------------------------------------------------------ */

static ct_status count_tokens(const struct ct_server_config *config, size_t *count,
                              struct ct_error *err)
{
    char path[CT_TOKEN_PATH_BYTES_MAX];
    struct ct_token_list list;
    const char *file = config->token_file;
    if (!file[0]) {
        CT_TRY(ct_token_file_path(config->folder, path, err));
        file = path;
    }
    CT_TRY(ct_token_list_read(NULL, file, &list, err));
    *count = list.count;
    ct_token_list_release(&list);
    return CT_OK;
}

/* Lines over TCP and UDP carry no token. */
static ct_status check_lines(const char *address, const char *setting, struct ct_error *err)
{
    if (!address[0] || ct_server_config_is_local(address))
        return CT_OK;
    return ct_fail(err, CT_INVALID,
                   "%s = %.80s lets whoever reaches it write without a token: listen on "
                   "127.0.0.1, or set insecure",
                   setting, address);
}

static ct_status check_doors(const struct ct_server_config *config, struct ct_error *err)
{
    size_t token_count = 0;
    CT_TRY(count_tokens(config, &token_count, err));
    if (config->is_insecure)
        return CT_OK;
    if (token_count == 0 && !ct_server_config_is_local(config->listen))
        return ct_fail(err, CT_INVALID,
                       "listen = %.60s, and no token: whoever reaches that address could do "
                       "everything. Make a token (centime token create DIR --admin), listen on "
                       "127.0.0.1, or set insecure",
                       config->listen);
    if (token_count == 0 && strcmp(config->cors_origin, "*") == 0)
        return ct_fail(err, CT_INVALID,
                       "cors_origin = *, and no token: every web page could read the store. Make "
                       "a token, or name the origin");
    CT_TRY(check_lines(config->listen_lines, "listen_lines", err));
    return check_lines(config->listen_udp, "listen_udp", err);
}

/* -- What fits --------------------------------------------------------------------------------- */

struct order {
    const char *less, *more;
    uint64_t less_value, more_value;
};

static ct_status check_orders(const struct ct_server_config *config, struct ct_error *err)
{
    const struct order orders[] = {
        {"unpacked_bytes_max", "bodies_bytes_max", config->unpacked_bytes_max,
         config->bodies_bytes_max},
        {"body_bytes_max", "bodies_bytes_max", config->body_bytes_max, config->bodies_bytes_max},
        {"connections_per_address_max", "connections_max", config->connections_per_address_max,
         config->connections_max},
        {"header_timeout", "request_timeout", config->header_timeout_s, config->request_timeout_s},
        {"body_timeout", "request_timeout", config->body_timeout_s, config->request_timeout_s},
        {"query_timeout", "request_timeout", config->query_timeout_s, config->request_timeout_s},
    };
    for (size_t i = 0; i < CT_COUNT_OF(orders); i++)
        if (orders[i].less_value > orders[i].more_value)
            return ct_fail(err, CT_INVALID, "%s is more than %s: it would never be reached",
                           orders[i].less, orders[i].more);
    return CT_OK;
}

static ct_status check_database(const char *name, const char *setting, struct ct_error *err)
{
    struct ct_error story;
    if (ct_database_name_check(ct_text_of(name), &story) == CT_OK)
        return CT_OK;
    return ct_fail(err, CT_INVALID, "%s: %s", setting, story.text);
}

ct_status ct_server_config_check(const struct ct_server_config *config, struct ct_error *err)
{
    CT_TRY(check_orders(config, err));
    CT_TRY(check_database(config->default_database, "default_database", err));
    CT_TRY(check_database(config->lines_database, "lines_database", err));
    return check_doors(config, err);
}
