#include "agent_report.h"

#include <stdio.h>

#include "agent_line.h"
#include "civil_time.h"

void ct_agent_warn(struct ct_agent_warnings *warnings, struct ct_text text)
{
    warnings->total++;
    if (warnings->kept == CT_AGENT_WARNINGS_MAX)
        return;
    const struct ct_text copy = ct_arena_copy(warnings->arena, text);
    if (copy.bytes)
        warnings->texts[warnings->kept++] = copy;
}

/* -- The head ---------------------------------------------------------------------------------- */

/* A text that is there, is one and is not too long; else {NULL, 0}, told where it is wrong. */
static struct ct_text read_text(struct ct_json json, struct ct_agent_warnings *warnings)
{
    struct ct_text text = {NULL, 0};
    struct ct_error err;
    const ct_status status = ct_json_text(json, &text, &err);
    if (status == CT_OK && text.len <= CT_AGENT_TEXT_BYTES_MAX)
        return text;
    if (status == CT_OK) {
        char path[80];
        ct_json_path(json, path, sizeof path);
        (void)ct_fail(&err, CT_LIMIT, "%s: %zu bytes, at most %d", path, text.len,
                      CT_AGENT_TEXT_BYTES_MAX);
    }
    if (status != CT_NOT_FOUND)
        ct_agent_warn(warnings, ct_text_of(err.text));
    return (struct ct_text){NULL, 0};
}

static ct_status read_id(const struct ct_json *body, struct ct_agent_report *out,
                         struct ct_error *err)
{
    const ct_status status = ct_json_text(ct_json_member(body, "agent_id"), &out->agent_id, err);
    if (status == CT_OK && out->agent_id.len > 0 && out->agent_id.len <= CT_AGENT_TEXT_BYTES_MAX)
        return CT_OK;
    if (status != CT_OK && status != CT_NOT_FOUND)
        return status;
    return ct_fail(err, CT_INVALID,
                   "agent_id is missing: send the text that tells this agent from others, of at "
                   "most %d bytes",
                   CT_AGENT_TEXT_BYTES_MAX);
}

/* The report's own time, or that of its metrics, or that of its coming. */
static int64_t read_time(const struct ct_json *body, int64_t now_ns,
                         struct ct_agent_warnings *warnings)
{
    const struct ct_json metrics = ct_json_member(body, "metrics");
    const struct ct_json places[] = {ct_json_member(body, "timestamp"),
                                     ct_json_member(&metrics, "timestamp")};
    for (size_t i = 0; i < CT_COUNT_OF(places); i++) {
        struct ct_error err;
        int64_t time_ns = 0;
        ct_status status = ct_json_time(places[i], &time_ns, &err);
        if (status == CT_OK && time_ns < 0)
            status = ct_fail(&err, CT_RANGE, "timestamp: before 1970");
        if (status == CT_OK)
            return time_ns;
        if (status != CT_NOT_FOUND)
            ct_agent_warn(warnings, ct_text_of(err.text));
    }
    return now_ns;
}

static uint32_t count_events(const struct ct_json *body)
{
    const struct ct_json events = ct_json_member(body, "events");
    const size_t count = ct_json_kind_of(events) == CT_JSON_ARRAY ? ct_json_count(events) : 0;
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

static void read_uptime(const struct ct_json *body, struct ct_agent_report *out)
{
    const struct ct_json health = ct_json_member(body, "agent_health");
    out->has_uptime =
        ct_json_double(ct_json_member(body, "uptime_seconds"), &out->uptime_s, NULL) == CT_OK ||
        ct_json_double(ct_json_member(&health, "uptime"), &out->uptime_s, NULL) == CT_OK;
}

static struct ct_text text_or(struct ct_text text, struct ct_text otherwise)
{
    return text.len ? text : otherwise;
}

static void read_place(const struct ct_json *body, struct ct_agent_report *out)
{
    const struct ct_agent_kind *kind = out->kind;
    const struct ct_json metrics = ct_json_member(body, "metrics");
    struct ct_json steps[2];
    out->provider = read_text(ct_json_member(body, "cloud_provider"), &out->warnings);
    out->hostname = text_or(read_text(ct_json_member(body, "hostname"), &out->warnings),
                            read_text(ct_json_member(&metrics, "hostname"), &out->warnings));
    out->region = read_text(ct_json_member(body, "region"), &out->warnings);
    if (!kind)
        return;
    const struct ct_json head = ct_agent_descend(body, kind->head, CT_COUNT_OF(kind->head), steps);
    out->provider = ct_text_of(kind->provider);
    out->account = read_text(ct_json_member(&head, kind->account), &out->warnings);
    if (!ct_json_member(body, "region").value)
        out->region = read_text(ct_json_member(&head, kind->region), &out->warnings);
}

ct_status ct_agent_report_read(const struct ct_json *body, int64_t now_ns, struct ct_arena *arena,
                               struct ct_agent_report *out, struct ct_error *err)
{
    *out = (struct ct_agent_report){.warnings = {.arena = arena}};
    if (ct_json_kind_of(*body) != CT_JSON_OBJECT)
        return ct_fail(err, CT_INVALID, "an object with agent_id is wanted, not %s",
                       ct_json_kind_name(ct_json_kind_of(*body)));
    CT_TRY(read_id(body, out, err));
    out->kind = ct_agent_kind_of_body(body);
    out->time_ns = read_time(body, now_ns, &out->warnings);
    out->event_count = count_events(body);
    read_uptime(body, out);
    read_place(body, out);
    return CT_OK;
}

struct ct_text ct_agent_key(struct ct_arena *arena, struct ct_text service, struct ct_text kind,
                            struct ct_text region, struct ct_text id)
{
    const struct ct_text parts[] = {service, kind, region, id};
    size_t len = 0;
    for (size_t i = 0; i < CT_COUNT_OF(parts); i++)
        len += parts[i].len + 1;
    char *bytes = ct_arena_alloc(arena, len);
    if (!bytes)
        return (struct ct_text){NULL, 0};
    char *at = bytes;
    for (size_t i = 0; i < CT_COUNT_OF(parts); i++) {
        if (parts[i].len)
            memcpy(at, parts[i].bytes, parts[i].len);
        at[parts[i].len] = 0;
        at += parts[i].len + 1;
    }
    return (struct ct_text){bytes, len};
}

/* -- A machine --------------------------------------------------------------------------------- */

/* A finite number of percent: the first that there is of two names, the second inside an object. */
static bool read_percent(const struct ct_json *data, const char *flat, const char *part,
                         double *out)
{
    const struct ct_json object = ct_json_member(data, part);
    return ct_json_double(ct_json_member(data, flat), out, NULL) == CT_OK ||
           ct_json_double(ct_json_member(&object, "usage_percent"), out, NULL) == CT_OK;
}

/* The mean over the devices of a collector. */
static bool read_gpu(const struct ct_json *data, double *out)
{
    const struct ct_json devices = ct_json_member(data, "gpu_metrics");
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < ct_json_count(devices); i++) {
        const struct ct_json device = ct_json_at(&devices, i);
        double percent;
        if (ct_json_double(ct_json_member(&device, "gpu_utilization"), &percent, NULL) != CT_OK)
            continue;
        sum += percent;
        count++;
    }
    if (count > 0)
        *out = sum / (double)count;
    return count > 0 || ct_json_double(ct_json_member(data, "gpu_usage"), out, NULL) == CT_OK;
}

static const struct {
    const char *field; /* of `system`, and as collectors of one's own name it */
    const char *part;  /* of the agent's collector */
} usages[] = {{"cpu_usage", "cpu"}, {"memory_usage", "memory"}, {"disk_usage", "disk"}};

struct machine {
    double percent[CT_COUNT_OF(usages)], gpu;
    bool has[CT_COUNT_OF(usages)], has_gpu;
};

/* The first collector that tells a figure counts. */
static void read_collector(const struct ct_json *collector, struct machine *out)
{
    const struct ct_json data = ct_json_member(collector, "data");
    if (!out->has_gpu)
        out->has_gpu = read_gpu(&data, &out->gpu);
    for (size_t i = 0; i < CT_COUNT_OF(usages); i++)
        if (!out->has[i])
            out->has[i] = read_percent(&data, usages[i].field, usages[i].part, &out->percent[i]);
}

struct ct_text ct_agent_report_system(const struct ct_json *body, struct ct_agent_report *report)
{
    struct machine machine = {0};
    struct ct_text_out fields;
    struct ct_json steps[3];
    if (!report->kind || report->kind->section_count > 0)
        return (struct ct_text){NULL, 0};
    const struct ct_json base =
        ct_agent_descend(body, report->kind->base, CT_COUNT_OF(report->kind->base), steps);
    ct_text_out_init(&fields, report->warnings.arena);
    for (struct ct_json_iterator each = ct_json_members(&base); ct_json_next(&each);) {
        const struct ct_json data = ct_json_member(&each.member, "data");
        report->sections++;
        if (ct_json_kind_of(data) != CT_JSON_OBJECT || ct_json_member(&data, "error").value)
            report->sections_failed++;
        else
            read_collector(&each.member, &machine);
    }
    for (size_t i = 0; i < CT_COUNT_OF(usages); i++)
        if (machine.has[i])
            ct_line_double(&fields, usages[i].field, machine.percent[i]);
    if (machine.has_gpu)
        ct_line_double(&fields, "gpu_usage", machine.gpu);
    return fields.len ? ct_text_out_text(&fields) : (struct ct_text){NULL, 0};
}
