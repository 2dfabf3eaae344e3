/* POST /api/v1/restate: all rows of a scope replaced, in one commit, by the lines of the body.
 *
 *     /api/v1/restate?table=cost&scope=source=aws-cur&scope=billing_period=2026-06&expected_count=2
 */
#include "line_request.h"
#include "number.h"
#include "route.h"
#include "server_private.h"
#include "summary_request.h"
#include "text_out.h"

#define SCOPE_KEYS_MAX 64

struct restating {
    centime_restate_scope scope;
    centime_restate_options options;
    const char *keys[SCOPE_KEYS_MAX];
    const char *values[SCOPE_KEYS_MAX];
    bool is_quoted;
};

static bool refuse(const struct ct_request *request, struct ct_reply *reply, const char *name,
                   const char *wanted, struct ct_text given)
{
    ct_reply_error(request, reply, 400, "bad_parameter", "%s takes %s, not \"%.*s\"", name, wanted,
                   given.len < 60 ? (int)given.len : 60, given.bytes);
    return false;
}

/* "key=value", in place of a copy. */
static bool add_condition(const struct ct_request *request, struct restating *out,
                          struct ct_text text, struct ct_reply *reply)
{
    const char *equals = memchr(text.bytes, '=', text.len);
    const size_t at = out->scope.key_count;
    if (!equals || equals == text.bytes)
        return refuse(request, reply, "scope", "TAG=VALUE", text);
    if (at == SCOPE_KEYS_MAX) {
        ct_reply_error(request, reply, 422, "limit", "a scope of more than %d tags",
                       SCOPE_KEYS_MAX);
        return false;
    }
    char *copy = ct_arena_terminated(request->arena, text);
    if (!copy) {
        ct_reply_error(request, reply, 503, "no_memory", "out of memory for a scope");
        return false;
    }
    copy[equals - text.bytes] = 0;
    out->keys[at] = copy;
    out->values[at] = copy + (equals - text.bytes) + 1;
    out->scope.key_count = at + 1;
    return true;
}

static bool read_scope(const struct ct_request *request, struct restating *out,
                       struct ct_reply *reply)
{
    const struct ct_text table = ct_request_parameter(request, "table");
    out->scope.database = request->database;
    out->scope.table = table.len ? table.bytes : "cost";
    out->scope.keys = out->keys;
    out->scope.values = out->values;
    for (size_t i = 0; i < request->parameter_count; i++)
        if (ct_text_equal(request->parameters[i].name, ct_text_of("scope")) &&
            !add_condition(request, out, request->parameters[i].value, reply))
            return false;
    const bool has_start = ct_request_parameter(request, "start").len > 0;
    const bool has_end = ct_request_parameter(request, "end").len > 0;
    out->scope.start_ns = has_end ? INT64_MIN : 0;
    out->scope.end_ns = has_start ? INT64_MAX : 0;
    if (out->scope.key_count == 0 && !has_start && !has_end) {
        ct_reply_error(request, reply, 400, "bad_parameter",
                       "which rows? add scope=TAG=VALUE, or start= and end=");
        return false;
    }
    if (!ct_time_parameter(request, "start", &out->scope.start_ns, reply) ||
        !ct_time_parameter(request, "end", &out->scope.end_ns, reply))
        return false;
    if ((has_start || has_end) && out->scope.start_ns >= out->scope.end_ns) {
        ct_reply_error(request, reply, 400, "bad_parameter", "start is not before end");
        return false;
    }
    return true;
}

static bool read_number(const struct ct_request *request, const char *name, uint8_t *has,
                        uint64_t *out, struct ct_reply *reply)
{
    const struct ct_text text = ct_request_parameter(request, name);
    if (text.len == 0)
        return true;
    *has = 1;
    return ct_parse_uint64(text, out) == CT_OK ||
           refuse(request, reply, name, "a whole number", text);
}

static bool read_options(const struct ct_request *request, struct restating *out,
                         struct ct_reply *reply)
{
    centime_restate_options *options = &out->options;
    const struct ct_text total = ct_request_parameter(request, "expected_total");
    const struct ct_text field = ct_request_parameter(request, "field");
    const struct ct_text precision = ct_request_parameter(request, "precision");
    bool is_forced;
    options->expected_total = total.len ? total.bytes : NULL;
    options->field = field.len ? field.bytes : NULL;
    if (precision.len && !ct_line_precision(precision, &options->precision))
        return refuse(request, reply, "precision", "ns, us, ms, s, m, h or auto", precision);
    if (!ct_request_flag(request, "force", false, &is_forced))
        return refuse(request, reply, "force", "true or false",
                      ct_request_parameter(request, "force"));
    options->is_forced = is_forced;
    return read_number(request, "expected_count", &options->expects_count, &options->expected_count,
                       reply) &&
           read_number(request, "sequence", &options->has_sequence, &options->sequence, reply) &&
           ct_money_parameter(request, &out->is_quoted, reply);
}

/* A total as a number or text; null where there is none. */
static void print_total(struct ct_text_out *out, const char *name, const char *total,
                        bool is_quoted)
{
    const char *quote = is_quoted && total[0] ? "\"" : "";
    ct_text_out_format(out, ",\"%s\":%s%s%s", name, quote, total[0] ? total : "null", quote);
}

static void answer_done(const struct ct_request *request, const centime_restate_result *result,
                        bool is_quoted, struct ct_reply *reply)
{
    struct ct_text_out out;
    ct_text_out_init(&out, request->arena);
    ct_text_out_format(
        &out,
        "{\"commit\":%llu,\"is_unchanged\":%s,\"given_rows\":%llu,\"numbered_rows\":%llu,"
        "\"folded_rows\":%llu,\"rows_before\":%llu,\"rows_after\":%llu",
        (unsigned long long)result->commit, result->is_unchanged ? "true" : "false",
        (unsigned long long)result->given_rows, (unsigned long long)result->numbered_rows,
        (unsigned long long)result->folded_rows, (unsigned long long)result->rows_before,
        (unsigned long long)result->rows_after);
    print_total(&out, "total_before", result->total_before, is_quoted);
    print_total(&out, "total_after", result->total_after, is_quoted);
    ct_text_out_word(&out, "}\n");
    ct_reply_bytes(reply, "application/json", ct_text_out_text(&out));
}

static void answer_restate(struct ct_server *server, struct ct_request *request,
                           struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_restate_result result = CENTIME_RESTATE_RESULT_INIT;
    struct restating restating = {.scope = CENTIME_RESTATE_SCOPE_INIT,
                                  .options = CENTIME_RESTATE_OPTIONS_INIT};
    if (!read_scope(request, &restating, reply) || !read_options(request, &restating, reply))
        return;
    const int status = centime_restate(server->store, &restating.scope, request->body.bytes,
                                       request->body.len, &restating.options, &result, &err);
    if (status == CENTIME_OK)
        answer_done(request, &result, restating.is_quoted, reply);
    else if (status == CENTIME_STALE) /* an older sequence: sending it again does not help */
        ct_reply_error(request, reply, 409, "stale", "%s", err.text);
    else if (err.line > 0)
        ct_reply_error(request, reply, 400, ct_reply_slug(status),
                       "line %u: %s; nothing was changed", err.line, err.text);
    else
        ct_reply_failure(request, reply, &err);
}

static const struct ct_route routes[] = {
    {CT_METHOD_POST, "/api/v1/restate", CT_ACCESS_WRITE, CT_FLAVOUR_CENTIME, CT_DATABASE_DATABASE,
     answer_restate},
};

const struct ct_route_table ct_restate_routes = {routes, CT_COUNT_OF(routes)};
