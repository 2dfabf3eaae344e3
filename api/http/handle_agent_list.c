/* What is known of agents: all of them, their reports, and how many are well. With `end=` as it was
 * then. AGENTS.md */
#include "agent_list.h"
#include "civil_time.h"
#include "decimal.h"
#include "json_read.h"
#include "number.h"
#include "route.h"
#include "server_private.h"
#include "summary_request.h"
#include "text_out.h"

#define HOURS_DEFAULT    24
#define HOURS_MAX        8784
#define LIMIT_DEFAULT    1000
#define ANSWER_BYTES_MAX ((size_t)32 << 20) /* of reports shown: the others are left out */

static bool read_end(const struct ct_request *request, int64_t *end_ns, struct ct_reply *reply)
{
    *end_ns = ct_server_now_ns();
    return ct_time_parameter(request, "end", end_ns, reply);
}

/* Seconds since 1970, all digits; null for 0, which is never. */
static void print_time(struct ct_text_out *out, int64_t time_ns)
{
    char digits[CT_DECIMAL_TEXT_MAX];
    const struct ct_decimal seconds = {.mantissa = time_ns, .scale = 9};
    if (time_ns == 0)
        ct_text_out_word(out, "null");
    else
        ct_text_out_add(out, (struct ct_text){digits, ct_decimal_print(seconds, 1, digits)});
}

static void print_text(struct ct_text_out *out, const char *name, struct ct_text text)
{
    ct_text_out_word(out, name);
    ct_text_out_json(out, text.len ? text : ct_text_of("unknown"));
}

static void finish(const struct ct_request *request, struct ct_text_out *out,
                   struct ct_reply *reply)
{
    const struct ct_text text = ct_text_out_text(out);
    if (out->is_short)
        ct_reply_error(request, reply, 503, "no_memory", "out of memory for the answer");
    else
        ct_reply_bytes(reply, "application/json", text);
}

/* -- Agents ------------------------------------------------------------------------------------ */

/* What it registered with, else what it reported. */
static struct ct_text said(const struct ct_json *details, const char *member,
                           struct ct_text otherwise)
{
    struct ct_text text;
    return ct_json_text(ct_json_member(details, member), &text, NULL) == CT_OK ? text : otherwise;
}

static void print_details(const struct ct_agent_entry *entry, const struct ct_json *details,
                          struct ct_arena *arena, struct ct_text_out *out)
{
    const struct ct_json config = ct_json_member(details, "config");
    const struct ct_text nothing = {NULL, 0};
    print_text(out, ",\"hostname\":", said(details, "hostname", entry->hostname));
    print_text(out, ",\"cloud_provider\":", said(details, "cloud_provider", entry->provider));
    print_text(out, ",\"region\":", said(details, "region", entry->region));
    print_text(out, ",\"agent_type\":", said(details, "agent_type", nothing));
    ct_text_out_word(out, ",\"config\":");
    if (ct_json_kind_of(config) == CT_JSON_OBJECT)
        ct_text_out_add(out, ct_json_print(config, arena));
    else
        ct_text_out_word(out, "{}");
}

static void print_agent(const struct ct_agent_entry *entry, struct ct_arena *arena,
                        struct ct_text_out *out)
{
    struct ct_json details = {0};
    if (entry->details.len && ct_json_parse(entry->details, &details, NULL) != CT_OK)
        details = (struct ct_json){0};
    ct_text_out_word(out, "{\"agent_id\":");
    ct_text_out_json(out, entry->id);
    print_details(entry, &details, arena, out);
    ct_text_out_word(out, ",\"registered_at\":");
    print_time(out, entry->registered_ns);
    ct_text_out_word(out, ",\"last_heartbeat\":");
    print_time(out, entry->heard_ns);
    ct_text_out_format(out, ",\"status\":\"%s\",\"interval_s\":%lld,\"sections_failed\":%lld}",
                       ct_agent_state_name(entry->state),
                       (long long)(entry->interval_ns / CT_SECOND_NS),
                       (long long)entry->sections_failed);
    ct_json_release(&details);
}

static void answer_agents(struct ct_server *server, struct ct_request *request,
                          struct ct_reply *reply)
{
    struct ct_agent_list list;
    struct ct_error err = {0};
    struct ct_text_out out;
    int64_t end_ns;
    if (!read_end(request, &end_ns, reply))
        return;
    if (ct_agent_list_read(server->store, request->database, end_ns, request->cancel,
                           request->arena, &list, &err) != CT_OK) {
        ct_reply_fail(request, reply, &err);
        return;
    }
    ct_text_out_init(&out, request->arena);
    ct_text_out_word(&out, "{\"agents\":[");
    for (size_t i = 0; i < list.count; i++) {
        ct_text_out_word(&out, i ? "," : "");
        print_agent(&list.entries[i], request->arena, &out);
    }
    ct_text_out_word(&out, "]}\n");
    finish(request, &out, reply);
}

/* -- Reports ----------------------------------------------------------------------------------- */

struct window {
    double hours;
    int64_t start_ns, end_ns; /* later than start, up to end */
    uint32_t limit;
};

static bool read_window(const struct ct_request *request, struct window *out,
                        struct ct_reply *reply)
{
    const struct ct_text hours = ct_request_parameter(request, "hours");
    out->hours = HOURS_DEFAULT;
    out->limit = LIMIT_DEFAULT;
    if (!read_end(request, &out->end_ns, reply) ||
        !ct_count_parameter(request, "limit", LIMIT_DEFAULT, &out->limit, reply))
        return false;
    if (hours.len && (ct_parse_double(hours, &out->hours) != CT_OK || out->hours <= 0 ||
                      out->hours > HOURS_MAX)) {
        ct_reply_error(request, reply, 400, "bad_parameter",
                       "hours is a number above 0 and up to %d, not \"%.*s\"", HOURS_MAX,
                       hours.len < 60 ? (int)hours.len : 60, hours.bytes);
        return false;
    }
    if (__builtin_sub_overflow(out->end_ns, (int64_t)(out->hours * CT_HOUR_NS), &out->start_ns) ||
        out->end_ns == INT64_MAX) {
        ct_reply_error(request, reply, 400, "bad_parameter", "end is out of range");
        return false;
    }
    return true;
}

enum {
    COLUMN_AT,
    COLUMN_AGENT,
    COLUMN_PROVIDER,
    COLUMN_HOST,
    COLUMN_REGION,
    COLUMN_BODY,
    COLUMN_FAILED,
    COLUMN_WARNINGS
};

static int ask_reports(struct ct_server *server, const struct ct_request *request,
                       const struct window *window, centime_result **out, centime_error *err)
{
    static const char *const tags[] = {"agent_id", "provider", "hostname", "region"};
    static const char *const fields[] = {"body", "sections_failed", "warnings"};
    centime_query query = CENTIME_QUERY_INIT;
    query.mode = CENTIME_ROWS;
    query.database = request->database;
    query.table = "agent_report";
    query.tags = tags;
    query.tag_count = CT_COUNT_OF(tags);
    query.fields = fields;
    query.field_count = CT_COUNT_OF(fields);
    query.start_ns = window->start_ns + 1;
    query.end_ns = window->end_ns + 1;
    query.order_by = "time";
    query.is_descending = 1;
    query.limit = window->limit;
    query.cancel = request->cancel;
    return centime_run(server->store, &query, out, err);
}

static struct ct_text text_at(const centime_result *result, uint32_t column, uint64_t row)
{
    const centime_text text = centime_result_text(result, column, row);
    return (struct ct_text){text.bytes, text.len};
}

/* The parts that it sent, as it sent them. */
static void print_parts(struct ct_text body, struct ct_arena *arena, struct ct_text_out *out)
{
    static const char *const parts[] = {"metrics",  "events",  "traces",
                                        "services", "summary", "agent_health"};
    struct ct_json json;
    if (body.len == 0 || ct_json_parse(body, &json, NULL) != CT_OK)
        return;
    for (size_t i = 0; i < CT_COUNT_OF(parts); i++) {
        const struct ct_json part = ct_json_member(&json, parts[i]);
        if (!part.is_there)
            continue;
        ct_text_out_format(out, ",\"%s\":", parts[i]);
        ct_text_out_add(out, ct_json_print(part, arena));
    }
    ct_json_release(&json);
}

static void print_report(const centime_result *result, uint64_t row, struct ct_arena *arena,
                         struct ct_text_out *out)
{
    ct_text_out_word(out, "{\"timestamp\":");
    print_time(out, centime_result_int64(result, COLUMN_AT, row));
    print_text(out, ",\"agent_id\":", text_at(result, COLUMN_AGENT, row));
    print_text(out, ",\"hostname\":", text_at(result, COLUMN_HOST, row));
    print_text(out, ",\"cloud_provider\":", text_at(result, COLUMN_PROVIDER, row));
    print_text(out, ",\"region\":", text_at(result, COLUMN_REGION, row));
    ct_text_out_format(out, ",\"sections_failed\":%lld,\"warning_count\":%lld",
                       (long long)centime_result_int64(result, COLUMN_FAILED, row),
                       (long long)centime_result_int64(result, COLUMN_WARNINGS, row));
    print_parts(text_at(result, COLUMN_BODY, row), arena, out);
    ct_text_out_word(out, "}");
}

/* NULL: there are none. */
static void print_reports(const centime_result *result, const struct window *window,
                          struct ct_arena *arena, struct ct_text_out *out)
{
    char hours[CT_DOUBLE_TEXT_MAX];
    const uint64_t rows = result ? centime_result_rows(result) : 0;
    uint64_t row = 0;
    ct_text_out_word(out, "{\"telemetry\":[");
    for (; row < rows && out->len < ANSWER_BYTES_MAX && !out->is_short; row++) {
        ct_text_out_word(out, row ? "," : "");
        print_report(result, row, arena, out);
    }
    ct_text_out_format(out, "],\"count\":%llu,\"hours\":", (unsigned long long)row);
    ct_text_out_add(out, (struct ct_text){hours, ct_print_double(window->hours, hours)});
    ct_text_out_format(out, ",\"is_cut\":%s}\n",
                       row < rows || rows == window->limit ? "true" : "false");
}

static void answer_recent(struct ct_server *server, struct ct_request *request,
                          struct ct_reply *reply)
{
    struct window window;
    centime_error err = CENTIME_ERROR_INIT;
    centime_result *result = NULL;
    struct ct_text_out out;
    if (!read_window(request, &window, reply))
        return;
    const int status = ask_reports(server, request, &window, &result, &err);
    if (status != CENTIME_OK && status != CENTIME_NOT_FOUND) {
        ct_reply_failure(request, reply, &err);
        return;
    }
    ct_text_out_init(&out, request->arena);
    print_reports(result, &window, request->arena, &out);
    centime_result_destroy(result);
    finish(request, &out, reply);
}

/* -- In short ---------------------------------------------------------------------------------- */

struct traffic { /* of the last hour */
    int64_t reports;
    double events;
};

static int count_traffic(struct ct_server *server, const struct ct_request *request, int64_t end_ns,
                         struct traffic *out, centime_error *err)
{
    static const centime_aggregate aggregates[] = {{CENTIME_COUNT, 0, "events", "reports"},
                                                   {CENTIME_SUM, 0, "events", "events"}};
    centime_query query = CENTIME_QUERY_INIT;
    centime_result *result = NULL;
    *out = (struct traffic){0};
    query.database = request->database;
    query.table = "agent_report";
    query.aggregates = aggregates;
    query.aggregate_count = CT_COUNT_OF(aggregates);
    query.start_ns = end_ns - CT_HOUR_NS + 1;
    query.end_ns = end_ns + 1;
    query.cancel = request->cancel;
    const int status = centime_run(server->store, &query, &result, err);
    if (status != CENTIME_OK)
        return status == CENTIME_NOT_FOUND ? CENTIME_OK : status;
    if (centime_result_rows(result) > 0) {
        out->reports = centime_result_int64(result, 0, 0);
        out->events = centime_result_double(result, 1, 0);
    }
    centime_result_destroy(result);
    return CENTIME_OK;
}

static void print_summary(const struct ct_agent_list *list, const struct traffic *traffic,
                          int64_t end_ns, struct ct_text_out *out)
{
    size_t counts[CT_AGENT_STATES] = {0};
    char digits[CT_DOUBLE_TEXT_MAX];
    for (size_t i = 0; i < list->count; i++)
        counts[list->entries[i].state]++;
    const double average = list->count ? traffic->events / (double)list->count : 0;
    ct_text_out_format(out,
                       "{\"total_agents\":%zu,\"healthy_agents\":%zu,\"warning_agents\":%zu,"
                       "\"offline_agents\":%zu,\"total_events_last_hour\":%.0f,"
                       "\"average_events_per_agent\":",
                       list->count, counts[CT_AGENT_HEALTHY], counts[CT_AGENT_WARNING],
                       counts[CT_AGENT_OFFLINE], traffic->events);
    ct_text_out_add(out, (struct ct_text){digits, ct_print_double(average, digits)});
    ct_text_out_format(out, ",\"data_points\":%lld,\"timestamp\":", (long long)traffic->reports);
    print_time(out, end_ns);
    ct_text_out_word(out, "}\n");
}

static void answer_summary(struct ct_server *server, struct ct_request *request,
                           struct ct_reply *reply)
{
    struct ct_agent_list list;
    struct traffic traffic;
    struct ct_error story = {0};
    centime_error err = CENTIME_ERROR_INIT;
    struct ct_text_out out;
    int64_t end_ns;
    if (!read_end(request, &end_ns, reply))
        return;
    if (ct_agent_list_read(server->store, request->database, end_ns, request->cancel,
                           request->arena, &list, &story) != CT_OK) {
        ct_reply_fail(request, reply, &story);
        return;
    }
    if (count_traffic(server, request, end_ns, &traffic, &err) != CENTIME_OK) {
        ct_reply_failure(request, reply, &err);
        return;
    }
    ct_text_out_init(&out, request->arena);
    print_summary(&list, &traffic, end_ns, &out);
    finish(request, &out, reply);
}

static const struct ct_route routes[] = {
    {CT_METHOD_GET, "/api/v1/agents", CT_ACCESS_READ, CT_FLAVOUR_CENTIME, CT_DATABASE_DATABASE,
     answer_agents},
    {CT_METHOD_GET, "/api/v1/telemetry/recent", CT_ACCESS_READ, CT_FLAVOUR_CENTIME,
     CT_DATABASE_DATABASE, answer_recent},
    {CT_METHOD_GET, "/api/v1/metrics/summary", CT_ACCESS_READ, CT_FLAVOUR_CENTIME,
     CT_DATABASE_DATABASE, answer_summary},
};

const struct ct_route_table ct_agent_list_routes = {routes, CT_COUNT_OF(routes)};
