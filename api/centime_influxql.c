/* InfluxQL for the library's caller: options in, text out, whole or in pieces. */
#include "influx_writer.h"

#define PIECE_BYTES ((size_t)64 * 1024)
#define GRANTS_MAX  4096

struct centime_influx_answer {
    struct api_memory *memory;
    struct ct_arena arena; /* copies of text and options */
    struct ct_influxql_answer *answer;
    struct api_influx_writer writer;
    centime_buffer *compact,
        *pretty; /* the piece, and set out over lines; pretty NULL: not asked */
    enum centime_format format;
    uint32_t *failed_count;
    bool is_going_on; /* the result that was taken last is not all written */
    bool is_ended;
};

/* -- Options ---------------------------------------------------------------------------------- */

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer");
}

static ct_status copy(struct ct_arena *arena, struct ct_text text, struct ct_text *out,
                      struct ct_error *err)
{
    *out = ct_arena_copy(arena, text);
    return text.len && !out->bytes ? no_memory(err) : CT_OK;
}

static ct_status convert_parameters(struct ct_arena *arena, const centime_influx_options *options,
                                    struct ct_influxql_options *out, struct ct_error *err)
{
    if (options->parameter_count > CT_INFLUX_LIST_MAX)
        return ct_fail(err, CT_LIMIT, "%zu parameters, at most %d", options->parameter_count,
                       CT_INFLUX_LIST_MAX);
    struct ct_influx_parameter *parameters =
        ct_arena_alloc_zeroed(arena, options->parameter_count + 1, sizeof *parameters);
    if (!parameters)
        return no_memory(err);
    for (size_t i = 0; i < options->parameter_count; i++) {
        const centime_influx_parameter *from = &options->parameters[i];
        if (from->kind > CENTIME_PARAMETER_IDENTIFIER)
            return ct_fail(err, CT_INVALID, "unknown kind %u of a parameter", from->kind);
        parameters[i].kind = (enum ct_influx_parameter_kind)from->kind;
        CT_TRY(copy(arena, api_text(from->name), &parameters[i].name, err));
        CT_TRY(copy(arena, api_text(from->value), &parameters[i].text, err));
    }
    out->parameters = parameters;
    out->parameter_count = (uint32_t)options->parameter_count;
    return CT_OK;
}

static ct_status convert_grants(struct ct_arena *arena, const centime_influx_options *options,
                                struct ct_influxql_options *out, struct ct_error *err)
{
    if (!options->grants)
        return CT_OK;
    if (options->grant_count > GRANTS_MAX)
        return ct_fail(err, CT_LIMIT, "%zu grants, at most %d", options->grant_count, GRANTS_MAX);
    struct ct_influx_grant *grants =
        ct_arena_alloc_zeroed(arena, options->grant_count + 1, sizeof *grants);
    if (!grants)
        return no_memory(err);
    for (size_t i = 0; i < options->grant_count; i++) {
        const centime_influx_grant *from = &options->grants[i];
        grants[i].reads = from->reads != 0;
        grants[i].writes = from->writes != 0;
        CT_TRY(copy(arena, api_text(from->database), &grants[i].database, err));
    }
    out->is_limited = true;
    out->grants = grants;
    out->grant_count = (uint32_t)options->grant_count;
    return CT_OK;
}

static ct_status convert_options(centime_store *store, struct ct_arena *arena,
                                 const centime_influx_options *options,
                                 struct ct_influxql_options *out, struct ct_error *err)
{
    *out = (struct ct_influxql_options){
        .now_ns = options->now_ns ? options->now_ns : ct_clock_now_ns(store->env.clock),
        .is_read_only = options->is_read_only != 0,
        .is_get = options->is_get != 0,
        .rows_max = options->rows_max,
        .memory_bytes = options->memory_bytes,
        .threads = options->threads ? options->threads : store->query_threads,
        .is_cancelled = options->cancel ? &options->cancel->is_set : NULL,
        .zone_files = &store->posix,
    };
    CT_TRY(copy(arena, api_text(options->database), &out->database, err));
    CT_TRY(copy(arena, api_text(options->retention_policy), &out->retention, err));
    CT_TRY(convert_parameters(arena, options, out, err));
    return convert_grants(arena, options, out, err);
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

/* -- Begin and end ---------------------------------------------------------------------------- */

static ct_status fill_answer(centime_store *store, struct ct_text text,
                             const centime_influx_options *options, centime_influx_answer *answer,
                             struct ct_error *err)
{
    struct ct_influxql_options converted;
    struct ct_text kept;
    answer->compact = api_buffer_create(store->memory);
    answer->pretty = options->is_pretty ? api_buffer_create(store->memory) : NULL;
    if (!answer->compact || (options->is_pretty && !answer->pretty))
        return no_memory(err);
    answer->writer = (struct api_influx_writer){
        .buffer = answer->compact,
        .piece_bytes = PIECE_BYTES,
        .epoch = (enum centime_influx_epoch)options->epoch,
        .chunk_rows = options->chunk_rows,
    };
    answer->format = (enum centime_format)options->format;
    answer->failed_count = options->failed_count;
    if (answer->failed_count)
        *answer->failed_count = 0;
    CT_TRY(convert_options(store, &answer->arena, options, &converted, err));
    CT_TRY(copy(&answer->arena, text, &kept, err));
    return ct_influxql_begin(store->store, kept, &converted, &store->memory->allocator,
                             &answer->answer, err);
}

static ct_status begin(centime_store *store, struct ct_text text,
                       const centime_influx_options *options, centime_influx_answer **out,
                       struct ct_error *err)
{
    centime_influx_answer *answer;
    CT_TRY(check_options(options, err));
    answer = ct_alloc_zeroed(&store->memory->allocator, 1, sizeof *answer);
    if (!answer)
        return no_memory(err);
    answer->memory = api_memory_take(store->memory);
    ct_arena_init(&answer->arena, &store->memory->allocator, 0);
    const ct_status status = fill_answer(store, text, options, answer, err);
    if (status == CT_OK)
        *out = answer;
    else
        centime_influxql_end(answer);
    return status;
}

void centime_influxql_end(centime_influx_answer *answer)
{
    if (!answer)
        return;
    struct api_memory *memory = answer->memory;
    ct_influxql_end(answer->answer);
    ct_release(&memory->allocator, answer->writer.columns);
    centime_buffer_destroy(answer->compact);
    centime_buffer_destroy(answer->pretty);
    ct_arena_deinit(&answer->arena);
    ct_release(&memory->allocator, answer);
    api_memory_drop(memory);
}

/* -- Pieces ----------------------------------------------------------------------------------- */

/* Runs a statement. */
static ct_status take_result(centime_influx_answer *answer, bool *is_there, struct ct_error *err)
{
    CT_TRY(ct_influxql_next(answer->answer, is_there, err));
    const struct ct_influxql_result *result = &answer->answer->result;
    if (!*is_there)
        return CT_OK;
    if (answer->failed_count && result->error.len)
        ++*answer->failed_count;
    api_influx_writer_take(&answer->writer, result);
    answer->is_going_on = true;
    return CT_OK;
}

static ct_status write_result(centime_influx_answer *answer, struct ct_error *err)
{
    if (answer->format == CENTIME_TABLE) {
        answer->is_going_on = false;
        return api_influx_write_table(answer->compact, answer->writer.result, err);
    }
    answer->is_going_on = !(answer->format == CENTIME_CSV ? api_influx_write_csv(&answer->writer)
                                                          : api_influx_write_json(&answer->writer));
    return CT_OK;
}

static void write_end(centime_influx_answer *answer)
{
    if (answer->format == CENTIME_JSON)
        api_influx_end_json(&answer->writer);
    answer->is_ended = true;
}

/* A piece ends where it is full, or before a statement that may take a while. */
static ct_status write_piece(centime_influx_answer *answer, struct ct_error *err)
{
    const size_t piece_bytes = answer->writer.piece_bytes;
    answer->compact->len = 0;
    while (!answer->is_ended && answer->compact->len < piece_bytes) {
        bool is_there = true;
        if (!answer->is_going_on && answer->compact->len && piece_bytes != API_PIECE_ALL)
            break;
        if (!answer->is_going_on)
            CT_TRY(take_result(answer, &is_there, err));
        if (is_there)
            CT_TRY(write_result(answer, err));
        else
            write_end(answer);
    }
    return CT_OK;
}

/* The piece as it is handed out. */
static centime_buffer *set_out(centime_influx_answer *answer)
{
    const centime_buffer *compact = answer->compact;
    if (!answer->pretty || answer->format != CENTIME_JSON)
        return answer->compact;
    answer->pretty->len = 0;
    answer->pretty->is_short |= compact->is_short;
    api_json_indent_add(&answer->writer.indent, (struct ct_text){compact->bytes, compact->len},
                        answer->pretty);
    return answer->pretty;
}

static ct_status next(centime_influx_answer *answer, const char **bytes, size_t *len,
                      struct ct_error *err)
{
    CT_TRY(write_piece(answer, err));
    const centime_buffer *piece = set_out(answer);
    if (piece->is_short)
        return no_memory(err);
    *bytes = piece->len ? piece->bytes : "";
    *len = piece->len;
    return CT_OK;
}

/* All of it as one piece, which becomes the caller's. */
static ct_status answer_whole(centime_influx_answer *answer, centime_buffer **out,
                              struct ct_error *err)
{
    answer->writer.piece_bytes = API_PIECE_ALL;
    CT_TRY(write_piece(answer, err));
    centime_buffer *buffer = set_out(answer);
    if (buffer == answer->pretty)
        answer->pretty = NULL;
    else
        answer->compact = NULL;
    return api_buffer_finish(buffer, out, err);
}

/* -- Calls ------------------------------------------------------------------------------------ */

static ct_status read_options(const centime_influx_options *options, centime_influx_options *out,
                              struct ct_error *err)
{
    const centime_influx_options defaults = CENTIME_INFLUX_OPTIONS_INIT;
    return api_read_struct(out, sizeof *out, options ? options : &defaults,
                           "centime_influx_options", err);
}

int centime_influxql(centime_store *store, const char *text, size_t len,
                     const centime_influx_options *options, centime_buffer **out,
                     centime_error *err)
{
    struct ct_error story = {0};
    centime_influx_options known;
    centime_influx_answer *answer = NULL;
    ct_status status = read_options(options, &known, &story);
    if (status == CT_OK)
        status = begin(store, (struct ct_text){text, len}, &known, &answer, &story);
    if (status == CT_OK)
        status = answer_whole(answer, out, &story);
    centime_influxql_end(answer);
    return api_answer(status, &story, err);
}

int centime_influxql_begin(centime_store *store, const char *text, size_t len,
                           const centime_influx_options *options, centime_influx_answer **out,
                           centime_error *err)
{
    struct ct_error story = {0};
    centime_influx_options known;
    ct_status status = read_options(options, &known, &story);
    if (status == CT_OK && known.format == CENTIME_TABLE)
        status = ct_fail(&story, CT_INVALID, "tables come in one piece: use centime_influxql");
    if (status == CT_OK)
        status = begin(store, (struct ct_text){text, len}, &known, out, &story);
    return api_answer(status, &story, err);
}

int centime_influxql_next(centime_influx_answer *answer, const char **bytes, size_t *len,
                          centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(next(answer, bytes, len, &story), &story, err);
}
