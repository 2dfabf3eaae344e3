#include "agent_ingest.h"

#include <stdio.h>

#include "agent_line.h"
#include "agent_lookup.h"
#include "civil_time.h"
#include "hash.h"
#include "sync.h"
#include "writer_pool.h"

#define LOCKS              64
#define INTERVAL_S_DEFAULT 300
#define INTERVAL_S_MAX     (7 * 86400)
#define BODY_BYTES_KEPT    65536 /* of a report's body, to be shown again */
#define REJECTS_TOLD       5
#define ATTEMPTS           8

/* -- One after another ------------------------------------------------------------------------- */

struct ct_agents {
    const struct ct_allocator *allocator;
    struct ct_mutex locks[LOCKS];
};

struct ct_agents *ct_agents_create(const struct ct_allocator *allocator)
{
    struct ct_agents *agents = ct_alloc_zeroed(allocator, 1, sizeof *agents);
    if (!agents)
        return NULL;
    agents->allocator = allocator;
    for (size_t i = 0; i < LOCKS; i++)
        ct_mutex_init(&agents->locks[i]);
    return agents;
}

void ct_agents_destroy(struct ct_agents *agents)
{
    if (!agents)
        return;
    for (size_t i = 0; i < LOCKS; i++)
        ct_mutex_deinit(&agents->locks[i]);
    ct_release(agents->allocator, agents);
}

static struct ct_mutex *lock_of(struct ct_agents *agents, const char *database,
                                const struct ct_agent_report *report)
{
    uint64_t hash = ct_hash(database, strlen(database), 0);
    hash = ct_hash(report->provider.bytes, report->provider.len, hash);
    hash = ct_hash(report->account.bytes, report->account.len, hash);
    return &agents->locks[hash % LOCKS];
}

/* -- How often --------------------------------------------------------------------------------- */

static bool read_interval(const struct ct_json *object, int64_t *interval_s)
{
    static const char *const names[] = {"collection_interval", "interval_seconds", "interval"};
    for (size_t i = 0; i < CT_COUNT_OF(names); i++) {
        double seconds;
        if (ct_json_double(ct_json_member(object, names[i]), &seconds, NULL) == CT_OK &&
            seconds >= 1 && seconds <= INTERVAL_S_MAX) {
            *interval_s = (int64_t)seconds;
            return true;
        }
    }
    return false;
}

static int64_t interval_of_details(const struct ct_agent_kind *kind, const struct ct_json *details)
{
    const struct ct_json config = ct_json_member(details, "config");
    struct ct_text type;
    int64_t interval_s;
    if (read_interval(&config, &interval_s) || read_interval(details, &interval_s))
        return interval_s;
    if (!kind && ct_json_text(ct_json_member(details, "agent_type"), &type, NULL) == CT_OK)
        kind = ct_agent_kind_of_type(type);
    return kind ? kind->interval_s : INTERVAL_S_DEFAULT;
}

int64_t ct_agent_interval_ns(const struct ct_agent_kind *kind, struct ct_text details)
{
    struct ct_json json;
    int64_t interval_s = kind ? kind->interval_s : INTERVAL_S_DEFAULT;
    if (details.len && ct_json_parse(details, &json, NULL) == CT_OK) {
        interval_s = interval_of_details(kind, &json);
        ct_json_release(&json);
    }
    return interval_s * CT_SECOND_NS;
}

/* By what the agent said when it registered, if it did. */
static ct_status find_interval(const struct ct_server *server, const char *database,
                               struct ct_agent_report *report, struct ct_error *err)
{
    centime_error failure = CENTIME_ERROR_INIT;
    centime_result *result = NULL;
    struct ct_text details = {NULL, 0};
    const int status =
        centime_agents(server->store, database, report->agent_id.bytes, &result, &failure);
    if (status == CENTIME_OK) {
        const centime_text text = centime_result_text(result, 3, 0);
        details = (struct ct_text){text.bytes, text.len};
    } else if (status != CENTIME_NOT_FOUND) {
        return ct_fail(err, (ct_status)failure.code, "%s", failure.text);
    }
    report->interval_ns = ct_agent_interval_ns(report->kind, details);
    centime_result_destroy(result);
    return CT_OK;
}

/* -- Rows -------------------------------------------------------------------------------------- */

struct rows {
    struct ct_agent_report *report;
    struct ct_text_out lines;
    struct ct_text_out tags, fields; /* of the row at hand */
};

static void warn_of_charge(struct rows *rows, const struct ct_resource *resource,
                           const struct ct_error *err)
{
    char text[400];
    (void)snprintf(text, sizeof text, "%s %s %.*s: %s", resource->service, resource->kind,
                   (int)(resource->id.len < 80 ? resource->id.len : 80), resource->id.bytes,
                   err->text);
    ct_agent_warn(&rows->report->warnings, ct_text_of(text));
}

/* The identity of a charge is its tags, the end of its stretch and what kind of money it is: the
 * same report again, or one that comes late, takes the place of what was said before. */
static void add_charge(struct rows *rows, const struct ct_resource *resource, bool replaces)
{
    struct ct_charge charge;
    struct ct_error err;
    const struct ct_reading *before = resource->has_before ? &resource->before : NULL;
    const ct_status status = ct_charge_of(&resource->reading, before, &charge, &err);
    if (status != CT_OK)
        warn_of_charge(rows, resource, &err);
    if (status != CT_OK || !charge.is_there || (charge.amount.mantissa == 0 && !replaces))
        return;
    rows->tags.len = rows->fields.len = 0;
    ct_text_out_add(&rows->tags, resource->tags);
    ct_line_tag(&rows->tags, "", ct_text_of("source"), ct_text_of("agent"));
    ct_line_decimal(&rows->fields, "cost_usd", charge.amount);
    ct_line_int64(&rows->fields, "charge_start", charge.start_ns);
    ct_line_int64(&rows->fields, "charge_end", charge.end_ns);
    ct_line_string(&rows->fields, "entry_id",
                   resource->entry_id.len ? resource->entry_id
                                          : ct_text_of(ct_money_field(resource->reading.form)));
    ct_line_end(&rows->lines, "cost", ct_text_out_text(&rows->tags),
                ct_text_out_text(&rows->fields), charge.end_ns);
}

static void add_resources(struct rows *rows)
{
    for (uint32_t i = 0; i < rows->report->resource_count; i++) {
        const struct ct_resource *resource = &rows->report->resources[i];
        rows->tags.len = 0;
        ct_text_out_add(&rows->tags, resource->tags);
        ct_line_tag(&rows->tags, "", ct_text_of("kind"), ct_text_of(resource->kind));
        ct_line_end(&rows->lines, "resource", ct_text_out_text(&rows->tags), resource->fields,
                    resource->reading.time_ns);
        add_charge(rows, resource, false);
    }
}

static void add_machine(struct rows *rows, const struct ct_json *body)
{
    struct ct_agent_report *report = rows->report;
    const struct ct_text fields = ct_agent_report_system(body, report);
    if (fields.len == 0)
        return;
    rows->tags.len = 0;
    ct_line_tag(&rows->tags, "", ct_text_of("cluster"),
                report->account.len ? report->account : ct_text_of("default"));
    ct_line_tag(&rows->tags, "", ct_text_of("node"),
                report->hostname.len ? report->hostname : report->agent_id);
    ct_line_tag(&rows->tags, "", ct_text_of("region"), report->region);
    ct_line_end(&rows->lines, "system", ct_text_out_text(&rows->tags), fields, report->time_ns);
}

static void add_report(struct rows *rows, struct ct_text body)
{
    const struct ct_agent_report *report = rows->report;
    struct ct_text_out *tags = &rows->tags, *fields = &rows->fields;
    tags->len = fields->len = 0;
    ct_line_tag(tags, "", ct_text_of("agent_id"), report->agent_id);
    ct_line_tag(tags, "", ct_text_of("provider"), report->provider);
    ct_line_tag(tags, "", ct_text_of("hostname"), report->hostname);
    ct_line_tag(tags, "", ct_text_of("region"), report->region);
    ct_line_tag(tags, "", ct_text_of("account"), report->account);
    ct_line_int64(fields, "interval_s", report->interval_ns / CT_SECOND_NS);
    ct_line_int64(fields, "events", report->event_count);
    ct_line_int64(fields, "sections", report->sections);
    ct_line_int64(fields, "sections_failed", report->sections_failed);
    ct_line_int64(fields, "resources", report->resource_count);
    ct_line_int64(fields, "warnings", (int64_t)report->warnings.total);
    ct_line_int64(fields, "body_bytes", (int64_t)body.len);
    if (report->has_uptime)
        ct_line_double(fields, "uptime_s", report->uptime_s);
    ct_line_string(fields, "body", body.len <= BODY_BYTES_KEPT ? body : (struct ct_text){NULL, 0});
    ct_line_end(&rows->lines, "agent_report", ct_text_out_text(tags), ct_text_out_text(fields),
                report->time_ns);
}

/* -- Writing ----------------------------------------------------------------------------------- */

static void warn_of_rejects(struct ct_agent_report *report, const centime_write_result *result)
{
    for (uint32_t i = 0; i < result->reject_count; i++) {
        char text[400];
        (void)snprintf(text, sizeof text, "a row was refused: %s (%s)", result->rejects[i].reason,
                       result->rejects[i].excerpt);
        ct_agent_warn(&report->warnings, ct_text_of(text));
    }
}

static int write_once(centime_writer *writer, struct ct_text lines, centime_write_result *result,
                      centime_error *err)
{
    const centime_write_options options = {.struct_size = sizeof options};
    size_t consumed;
    const int status =
        centime_writer_parse(writer, lines.bytes, lines.len, 1, &options, &consumed, result, err);
    return status == CENTIME_OK ? centime_writer_commit(writer, result, err) : status;
}

static ct_status write_rows(struct ct_server *server, const char *database, struct ct_text lines,
                            centime_write_result *result, struct ct_error *err)
{
    centime_error failure = CENTIME_ERROR_INIT;
    centime_writer *writer = NULL;
    int status = ct_writer_pool_borrow(server->writers, database, &writer, &failure);
    if (status == CENTIME_OK) {
        int attempts = 0;
        do
            status = write_once(writer, lines, result, &failure);
        while (status == CENTIME_STALE && ++attempts < ATTEMPTS);
        ct_writer_pool_return(server->writers, database, writer);
    }
    if (status == CENTIME_OK)
        return CT_OK;
    return ct_fail(err, (ct_status)failure.code, "%s", failure.text);
}

/* -- A report ---------------------------------------------------------------------------------- */

static bool has_form(const struct ct_agent_report *report, enum ct_money_form form)
{
    for (uint32_t i = 0; i < report->resource_count; i++)
        if (report->resources[i].reading.form == form)
            return true;
    return false;
}

/* Those that depend on other reports: a run stands for itself. */
static const enum ct_money_form related_forms[] = {
    CT_MONEY_HOURLY,
    CT_MONEY_MONTHLY,
    CT_MONEY_ROLLING_DAY,
    CT_MONEY_CUMULATIVE,
};

static ct_status look_around(const struct ct_agent_lookup *lookup, struct rows *rows,
                             struct ct_error *err)
{
    for (size_t i = 0; i < CT_COUNT_OF(related_forms); i++) {
        struct ct_resource *later;
        uint32_t count;
        if (!has_form(lookup->report, related_forms[i]))
            continue;
        CT_TRY(ct_agent_lookup_before(lookup, related_forms[i], err));
        CT_TRY(ct_agent_lookup_after(lookup, related_forms[i], &later, &count, err));
        for (uint32_t at = 0; at < count; at++)
            add_charge(rows, &later[at], true);
    }
    return CT_OK;
}

static ct_status settle(struct ct_server *server, const struct ct_request *request,
                        const struct ct_json *body, struct rows *rows, centime_write_result *result,
                        struct ct_error *err)
{
    const struct ct_agent_lookup lookup = {.store = server->store,
                                           .database = request->database,
                                           .cancel = request->cancel,
                                           .report = rows->report,
                                           .arena = request->arena};
    CT_TRY(look_around(&lookup, rows, err));
    add_resources(rows);
    add_machine(rows, body);
    add_report(rows, request->body);
    const struct ct_text lines = ct_text_out_text(&rows->lines);
    if (rows->lines.is_short || rows->tags.is_short || rows->fields.is_short)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a report's rows");
    return write_rows(server, request->database, lines, result, err);
}

ct_status ct_agent_ingest(struct ct_server *server, const struct ct_request *request,
                          const struct ct_json *body, struct ct_agent_report *report,
                          centime_write_result *result, struct ct_error *err)
{
    const int64_t now_ns = request->received_ns > 0 ? request->received_ns : ct_server_now_ns();
    centime_reject rejects[REJECTS_TOLD];
    struct rows rows = {.report = report};
    result->rejects = rejects;
    result->reject_cap = REJECTS_TOLD;
    CT_TRY(ct_agent_report_read(body, now_ns, request->arena, report, err));
    CT_TRY(find_interval(server, request->database, report, err));
    CT_TRY(ct_agent_report_resources(body, report, err));
    ct_text_out_init(&rows.lines, request->arena);
    ct_text_out_init(&rows.tags, request->arena);
    ct_text_out_init(&rows.fields, request->arena);
    struct ct_mutex *lock = lock_of(server->agents, request->database, report);
    ct_mutex_lock(lock);
    const ct_status status = settle(server, request, body, &rows, result, err);
    ct_mutex_unlock(lock);
    if (status == CT_OK)
        warn_of_rejects(report, result);
    result->rejected = report->warnings.total + report->sections_failed;
    result->rejects = NULL;
    result->reject_cap = result->reject_count = 0;
    return status;
}
