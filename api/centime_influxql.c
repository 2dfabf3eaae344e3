/* InfluxQL for the library's caller: options in, text out. */
#include "arena.h"
#include "influx_json.h"

static ct_status convert_parameters(struct ct_arena *arena, const centime_influx_options *options,
                                    struct ct_influxql_options *out, struct ct_error *err)
{
    if (options->parameter_count > CT_INFLUX_LIST_MAX)
        return ct_fail(err, CT_LIMIT, "%zu parameters, at most %d", options->parameter_count,
                       CT_INFLUX_LIST_MAX);
    struct ct_influx_parameter *parameters =
        ct_arena_alloc_zeroed(arena, options->parameter_count + 1, sizeof *parameters);
    if (!parameters)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for parameters");
    for (size_t i = 0; i < options->parameter_count; i++) {
        const centime_influx_parameter *from = &options->parameters[i];
        if (from->kind > CENTIME_PARAMETER_IDENTIFIER)
            return ct_fail(err, CT_INVALID, "unknown kind %u of a parameter", from->kind);
        parameters[i] = (struct ct_influx_parameter){
            api_text(from->name), (enum ct_influx_parameter_kind)from->kind, api_text(from->value)};
    }
    out->parameters = parameters;
    out->parameter_count = (uint32_t)options->parameter_count;
    return CT_OK;
}

static ct_status check_options(const centime_influx_options *options, struct ct_error *err)
{
    if (options->epoch > CENTIME_EPOCH_H)
        return ct_fail(err, CT_INVALID, "unknown epoch %u", options->epoch);
    if (options->format != CENTIME_JSON && options->format != CENTIME_CSV &&
        options->format != CENTIME_TABLE)
        return ct_fail(err, CT_INVALID, "format %u: InfluxQL is answered as JSON, CSV or a table",
                       options->format);
    return CT_OK;
}

static ct_status write_answer(centime_store *store, const struct ct_influxql_answer *answer,
                              const centime_influx_options *options, centime_buffer **out,
                              struct ct_error *err)
{
    const enum centime_influx_epoch epoch = (enum centime_influx_epoch)options->epoch;
    centime_buffer *buffer = api_buffer_create(store->memory);
    if (!buffer)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer's text");
    ct_status status = CT_OK;
    if (options->format == CENTIME_TABLE)
        status = api_write_influx_table(buffer, answer, err);
    else if (options->format == CENTIME_CSV)
        api_write_influx_csv(buffer, answer, epoch);
    else
        api_write_influx_json(buffer, answer, epoch);
    if (status == CT_OK)
        return api_buffer_finish(buffer, out, err);
    centime_buffer_destroy(buffer);
    return status;
}

static uint32_t count_failed(const struct ct_influxql_answer *answer)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < answer->result_count; i++)
        count += answer->results[i].error.len != 0;
    return count;
}

static ct_status run(centime_store *store, struct ct_text text,
                     const centime_influx_options *options, centime_buffer **out,
                     struct ct_error *err)
{
    struct ct_influxql_answer *answer;
    struct ct_arena arena;
    struct ct_influxql_options converted = {
        .database = api_text(options->database),
        .now_ns = options->now_ns ? options->now_ns : ct_clock_now_ns(store->env.clock),
        .is_read_only = options->is_read_only != 0,
        .rows_max = options->rows_max,
        .memory_bytes = options->memory_bytes,
        .threads = options->threads ? options->threads : store->query_threads,
        .is_cancelled = options->cancel ? &options->cancel->is_set : NULL,
        .zone_files = &store->posix,
    };
    CT_TRY(check_options(options, err));
    ct_arena_init(&arena, &store->memory->allocator, 0);
    ct_status status = convert_parameters(&arena, options, &converted, err);
    if (status == CT_OK)
        status = ct_influxql_run(store->store, text, &converted, &store->memory->allocator, &answer,
                                 err);
    ct_arena_deinit(&arena);
    if (status != CT_OK)
        return status;
    status = write_answer(store, answer, options, out, err);
    if (status == CT_OK && options->failed_count)
        *options->failed_count = count_failed(answer);
    ct_influxql_answer_destroy(answer);
    return status;
}

int centime_influxql(centime_store *store, const char *text, size_t len,
                     const centime_influx_options *options, centime_buffer **out,
                     centime_error *err)
{
    struct ct_error story = {0};
    centime_influx_options known;
    const centime_influx_options defaults = CENTIME_INFLUX_OPTIONS_INIT;
    ct_status status = api_read_struct(&known, sizeof known, options ? options : &defaults,
                                       "centime_influx_options", &story);
    if (status == CT_OK)
        status = run(store, (struct ct_text){text, len}, &known, out, &story);
    return api_answer(status, &story, err);
}
