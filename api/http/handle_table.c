/* What a database holds: its tables and their columns; its grouping sets and exchange rates, listed
 * and set; what changed between two moments. */
#include "answer_format.h"
#include "filter_json.h"
#include "item_post.h"
#include "json_member.h"
#include "route.h"
#include "server_private.h"
#include "time_words.h"

/* A list of the library, in the format that is asked for. */
static void answer_list(const struct ct_request *request, int status, centime_result *result,
                        const centime_error *err, struct ct_reply *reply)
{
    struct ct_answer_format format = {0};
    if (status != CENTIME_OK)
        ct_reply_failure(request, reply, err);
    else if (ct_answer_format_read(request, &format, reply))
        ct_answer_result(request, result, &format, reply);
    centime_result_destroy(result);
}

/* -- Tables ------------------------------------------------------------------------------------ */

static void print_table(const centime_result *tables, uint64_t row, struct ct_text_out *out)
{
    for (uint32_t i = 0; i < centime_result_columns(tables); i++) {
        ct_text_out_word(out, i ? "," : "{");
        ct_text_out_json(out, ct_text_of(centime_result_name(tables, i)));
        ct_text_out_word(out, ":");
        if (centime_result_type(tables, i) == CENTIME_TEXT) {
            const centime_text text = centime_result_text(tables, i, row);
            ct_text_out_json(out, (struct ct_text){text.bytes, text.len});
        } else {
            ct_text_out_format(out, "%llu",
                               (unsigned long long)centime_result_int64(tables, i, row));
        }
    }
    ct_text_out_word(out, "}");
}

/* Of the request's database only: the library lists those of all. */
static void list_tables(struct ct_server *server, struct ct_request *request,
                        struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_result *tables = NULL;
    struct ct_text_out out;
    if (centime_tables(server->store, &tables, &err) != CENTIME_OK) {
        ct_reply_failure(request, reply, &err);
        return;
    }
    const struct ct_text wanted = ct_text_of(request->database);
    const char *between = "{\"rows\":[";
    ct_text_out_init(&out, request->arena);
    for (uint64_t row = 0; row < centime_result_rows(tables); row++) {
        const centime_text name = centime_result_text(tables, 0, row);
        if (!ct_text_equal((struct ct_text){name.bytes, name.len}, wanted))
            continue;
        ct_text_out_word(&out, between);
        print_table(tables, row, &out);
        between = ",";
    }
    ct_text_out_word(&out, between[0] == '{' ? "{\"rows\":[]}\n" : "]}\n");
    centime_result_destroy(tables);
    if (out.is_short)
        ct_reply_error(request, reply, 503, "no_memory", "out of memory for a list of tables");
    else
        ct_reply_bytes(reply, "application/json", ct_text_out_text(&out));
}

static void list_columns(struct ct_server *server, struct ct_request *request,
                         struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_result *result = NULL;
    const int status = centime_table_columns(server->store, request->database,
                                             request->path_argument.bytes, &result, &err);
    answer_list(request, status, result, &err, reply);
}

/* -- JSON bodies ------------------------------------------------------------------------------- */

static bool parse(const struct ct_request *request, struct ct_json *root, struct ct_reply *reply)
{
    struct ct_error err = {0};
    const ct_status status = ct_json_parse(request->body, root, &err);
    if (status != CT_OK)
        ct_reply_error(request, reply, status == CT_NO_MEMORY ? 503 : 400, ct_reply_slug(status),
                       "%s", err.text);
    return status == CT_OK;
}

static void refuse(const struct ct_request *request, ct_status status, const struct ct_error *err,
                   struct ct_reply *reply)
{
    ct_reply_error(request, reply, status == CT_NO_MEMORY ? 503 : 400, ct_reply_slug(status), "%s",
                   err->text);
}

static ct_status optional(ct_status status)
{
    return status == CT_NOT_FOUND ? CT_OK : status;
}

static ct_status read_text(struct ct_json json, const char **out, struct ct_error *err)
{
    struct ct_text text = {NULL, 0};
    CT_TRY(optional(ct_json_text(json, &text, err)));
    *out = text.bytes;
    return CT_OK;
}

static ct_status read_texts(struct ct_json json, struct ct_arena *arena, const char *const **out,
                            size_t *count, struct ct_error *err)
{
    if (ct_json_kind_of(json) == CT_JSON_NULL)
        return CT_OK;
    return ct_json_texts(json, arena, out, count, err);
}

/* -- Grouping sets ----------------------------------------------------------------------------- */

static ct_status read_grains(struct ct_json json, uint32_t *grains, struct ct_error *err)
{
    static const char *const words[] = {"minute", "hour", "day", "month"};
    const uint32_t bits[] = {CENTIME_GRAIN_MINUTE, CENTIME_GRAIN_HOUR, CENTIME_GRAIN_DAY,
                             CENTIME_GRAIN_MONTH};
    if (ct_json_kind_of(json) != CT_JSON_NULL && ct_json_kind_of(json) != CT_JSON_ARRAY)
        return ct_json_fail(json, CT_TYPE, err,
                            "an array of minute, hour, day and month is wanted");
    for (size_t i = 0; i < ct_json_count(json); i++) {
        uint32_t word = 0;
        const ct_status status =
            ct_json_word(ct_json_at(&json, i), words, CT_COUNT_OF(words), &word, err);
        if (status == CT_NOT_FOUND)
            return ct_json_fail(json, CT_TYPE, err, "a grain is null");
        CT_TRY(status);
        *grains |= bits[word];
    }
    return CT_OK;
}

static ct_status read_rollup(struct ct_json json, struct ct_arena *arena, centime_rollup *out,
                             struct ct_error *err)
{
    static const char *const known[] = {"table", "tags", "grains", "quantiles", "distinct"};
    *out = (centime_rollup){.struct_size = sizeof *out};
    CT_TRY(ct_json_known(json, known, CT_COUNT_OF(known), err));
    CT_TRY(ct_json_required(ct_json_member(&json, "table"), &out->table, err));
    CT_TRY(read_texts(ct_json_member(&json, "tags"), arena, &out->tags, &out->tag_count, err));
    CT_TRY(read_grains(ct_json_member(&json, "grains"), &out->grains, err));
    CT_TRY(read_texts(ct_json_member(&json, "quantiles"), arena, &out->quantiles,
                      &out->quantile_count, err));
    return read_texts(ct_json_member(&json, "distinct"), arena, &out->distinct,
                      &out->distinct_count, err);
}

static void declare_rollup(struct ct_server *server, struct ct_request *request,
                           struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_rollup rollup;
    struct ct_error story = {0};
    struct ct_json root;
    if (!parse(request, &root, reply))
        return;
    const ct_status status = read_rollup(root, request->arena, &rollup, &story);
    if (status != CT_OK)
        refuse(request, status, &story, reply);
    else if (centime_rollup_declare(server->store, request->database, &rollup, &err) == CENTIME_OK)
        ct_reply_nothing(reply);
    else
        ct_reply_failure(request, reply, &err);
    ct_json_release(&root);
}

/* The parameter table; NULL with the reply set. */
static const char *find_table(const struct ct_request *request, struct ct_reply *reply)
{
    const struct ct_text table = ct_request_parameter(request, "table");
    if (table.len > 0)
        return table.bytes;
    ct_reply_error(request, reply, 400, "bad_parameter", "which table? add table=");
    return NULL;
}

/* ?table=cost&tag=provider&tag=service */
static void drop_rollup(struct ct_server *server, struct ct_request *request,
                        struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    const char *table = find_table(request, reply);
    const char **tags =
        ct_arena_alloc_zeroed(request->arena, request->parameter_count + 1, sizeof *tags);
    size_t count = 0;
    if (!table)
        return;
    for (size_t i = 0; tags && i < request->parameter_count; i++)
        if (ct_text_equal(request->parameters[i].name, ct_text_of("tag")))
            tags[count++] = request->parameters[i].value.bytes;
    if (!tags)
        ct_reply_error(request, reply, 503, "no_memory", "out of memory for a grouping set");
    else if (centime_rollup_drop(server->store, request->database, table, tags, count, &err) ==
             CENTIME_OK)
        ct_reply_nothing(reply);
    else
        ct_reply_failure(request, reply, &err);
}

static void list_rollups(struct ct_server *server, struct ct_request *request,
                         struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_result *result = NULL;
    const char *table = find_table(request, reply);
    if (!table)
        return;
    const int status = centime_rollups(server->store, request->database, table, &result, &err);
    answer_list(request, status, result, &err, reply);
}

/* -- Exchange rates ---------------------------------------------------------------------------- */

static ct_status read_rate(struct ct_json json, int64_t now_ns, centime_rate *out,
                           struct ct_error *err)
{
    static const char *const known[] = {"table", "base", "quote", "from", "rate"};
    struct ct_text digits = {NULL, 0};
    *out = (centime_rate){.struct_size = sizeof *out};
    CT_TRY(ct_json_known(json, known, CT_COUNT_OF(known), err));
    CT_TRY(read_text(ct_json_member(&json, "table"), &out->table, err));
    CT_TRY(ct_json_required(ct_json_member(&json, "base"), &out->base, err));
    CT_TRY(ct_json_required(ct_json_member(&json, "quote"), &out->quote, err));
    const ct_status status =
        ct_time_word_json(ct_json_member(&json, "from"), now_ns, &out->from_ns, err);
    if (status == CT_NOT_FOUND)
        return ct_json_fail(json, CT_INVALID, err, "from is missing: the day from which it holds");
    CT_TRY(status);
    const struct ct_json rate = ct_json_member(&json, "rate");
    if (!rate.is_there)
        return ct_json_fail(json, CT_INVALID, err,
                            "rate is missing: a number above 0, or null to forget that day's");
    CT_TRY(optional(ct_json_decimal(rate, &digits, err)));
    out->rate = digits.bytes;
    return CT_OK;
}

/* One after the other: they replace, so that a request may be sent again. */
static void set_rates(struct ct_server *server, struct ct_request *request, struct ct_json root,
                      struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    const bool is_list = ct_json_kind_of(root) == CT_JSON_ARRAY;
    const size_t count = is_list ? ct_json_count(root) : 1;
    struct ct_error story = {0};
    centime_rate rate;
    for (size_t i = 0; i < count; i++) { /* all are read before the first is set */
        const struct ct_json one = is_list ? ct_json_at(&root, i) : root;
        const ct_status status = read_rate(one, request->received_ns, &rate, &story);
        if (status != CT_OK) {
            refuse(request, status, &story, reply);
            return;
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct ct_json one = is_list ? ct_json_at(&root, i) : root;
        if (read_rate(one, request->received_ns, &rate, &story) != CT_OK ||
            centime_rate_set(server->store, request->database, &rate, &err) != CENTIME_OK) {
            ct_reply_failure(request, reply, &err);
            return;
        }
    }
    ct_reply_nothing(reply);
}

static void take_rates(struct ct_server *server, struct ct_request *request, struct ct_reply *reply)
{
    struct ct_json root;
    if (!parse(request, &root, reply))
        return;
    set_rates(server, request, root, reply);
    ct_json_release(&root);
}

static void list_rates(struct ct_server *server, struct ct_request *request, struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_result *result = NULL;
    const struct ct_text table = ct_request_parameter(request, "table");
    const int status = centime_rates(server->store, request->database,
                                     table.len ? table.bytes : NULL, &result, &err);
    answer_list(request, status, result, &err, reply);
}

/* -- Differences ------------------------------------------------------------------------------- */

static ct_status read_commit(struct ct_json json, uint64_t *out, struct ct_error *err)
{
    int64_t number = 0;
    CT_TRY(optional(ct_json_int64(json, &number, err)));
    if (number < 0)
        return ct_json_fail(json, CT_RANGE, err, "the number of a commit is wanted");
    *out = (uint64_t)number;
    return CT_OK;
}

static ct_status read_times(struct ct_json json, int64_t now_ns, centime_difference_query *out,
                            struct ct_error *err)
{
    const ct_status start =
        ct_time_word_json(ct_json_member(&json, "start"), now_ns, &out->start_ns, err);
    CT_TRY(optional(start));
    const ct_status end =
        ct_time_word_json(ct_json_member(&json, "end"), now_ns, &out->end_ns, err);
    CT_TRY(optional(end));
    if (start == CT_OK && end == CT_OK && out->start_ns >= out->end_ns)
        return ct_json_fail(json, CT_INVALID, err, "start is not before end");
    if (start == CT_OK && end != CT_OK)
        out->end_ns = INT64_MAX;
    if (end == CT_OK && start != CT_OK)
        out->start_ns = INT64_MIN;
    CT_TRY(optional(
        ct_time_word_json(ct_json_member(&json, "from"), now_ns, &out->from_time_ns, err)));
    CT_TRY(optional(ct_time_word_json(ct_json_member(&json, "to"), now_ns, &out->to_time_ns, err)));
    CT_TRY(read_commit(ct_json_member(&json, "from_commit"), &out->from_commit, err));
    return read_commit(ct_json_member(&json, "to_commit"), &out->to_commit, err);
}

static ct_status read_difference(const struct ct_request *request, struct ct_json json,
                                 centime_difference_query *out, centime_filter *filter,
                                 struct ct_error *err)
{
    static const char *const known[] = {"table", "field", "group_by",    "filter", "start",
                                        "end",   "from",  "from_commit", "to",     "to_commit"};
    *out = (centime_difference_query){.struct_size = sizeof *out, .database = request->database};
    CT_TRY(ct_json_known(json, known, CT_COUNT_OF(known), err));
    CT_TRY(ct_json_required(ct_json_member(&json, "table"), &out->table, err));
    CT_TRY(ct_json_required(ct_json_member(&json, "field"), &out->field, err));
    CT_TRY(read_texts(ct_json_member(&json, "group_by"), request->arena, &out->tags,
                      &out->tag_count, err));
    const struct ct_json condition = ct_json_member(&json, "filter");
    if (ct_json_kind_of(condition) != CT_JSON_NULL) {
        CT_TRY(ct_filter_json_read(condition, request->arena, filter, err));
        out->filter = filter;
    }
    return read_times(json, request->received_ns, out, err);
}

static void answer_difference(struct ct_server *server, struct ct_request *request,
                              struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_difference_query query;
    centime_filter filter;
    centime_result *result = NULL;
    struct ct_error story = {0};
    struct ct_json root;
    if (!parse(request, &root, reply))
        return;
    const ct_status status = read_difference(request, root, &query, &filter, &story);
    query.threads = server->config.query_threads;
    query.rows_max = server->config.query_rows_max;
    query.memory_bytes = server->config.query_memory_bytes;
    query.cancel = request->cancel;
    if (status != CT_OK) {
        refuse(request, status, &story, reply);
    } else {
        const int outcome = centime_difference(server->store, &query, &result, &err);
        answer_list(request, outcome, result, &err, reply);
    }
    ct_json_release(&root);
}

/* -- Routes ------------------------------------------------------------------------------------ */

#define ROUTE(methods, path, access, handle)                                                       \
    {                                                                                              \
        methods, path, CT_ACCESS_##access, CT_FLAVOUR_CENTIME, CT_DATABASE_DATABASE, handle        \
    }

static const struct ct_route routes[] = {
    ROUTE(CT_METHOD_GET, "/api/v1/tables", READ, list_tables),
    ROUTE(CT_METHOD_GET, "/api/v1/tables/{table}", READ, list_columns),
    ROUTE(CT_METHOD_GET, "/api/v1/rollups", READ, list_rollups),
    ROUTE(CT_METHOD_POST, "/api/v1/rollups", WRITE, declare_rollup),
    ROUTE(CT_METHOD_DELETE, "/api/v1/rollups", WRITE, drop_rollup),
    ROUTE(CT_METHOD_GET, "/api/v1/rates", READ, list_rates),
    ROUTE(CT_METHOD_POST, "/api/v1/rates", WRITE, take_rates),
    ROUTE(CT_METHOD_POST, "/api/v1/difference", READ, answer_difference),
};

const struct ct_route_table ct_table_routes = {routes, CT_COUNT_OF(routes)};
