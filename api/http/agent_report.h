/* A report of an agent: what stands in the body of POST /api/v1/telemetry/ingest. Layer http.
 *
 * Only agent_id is required. What has the wrong type costs itself: the value, the resource or the
 * section, told as a warning; the rest is taken. Texts are borrowed from the body's JSON or lie in
 * the arena. */
#ifndef CT_AGENT_REPORT_H
#define CT_AGENT_REPORT_H

#include "agent_kind.h"
#include "arena.h"

#define CT_AGENT_WARNINGS_MAX  20     /* told; the others are counted */
#define CT_AGENT_RESOURCES_MAX 200000 /* of one report */
#define CT_AGENT_TAGS_MAX      50     /* of one resource */

struct ct_agent_warnings {
    struct ct_arena *arena;
    struct ct_text texts[CT_AGENT_WARNINGS_MAX];
    size_t kept, total;
};

void ct_agent_warn(struct ct_agent_warnings *warnings, struct ct_text text);

/* What one report says of one resource. */
struct ct_resource {
    const char *service, *kind; /* with region and id: what tells it from others of its account */
    struct ct_text region, id;
    struct ct_text key;      /* the four as one text */
    struct ct_text tags;     /* of its charge, as line protocol; kind is not among them */
    struct ct_text fields;   /* of its row in `resource`, as line protocol */
    struct ct_text entry_id; /* of a run: tells it from others of its resource; else empty */
    struct ct_reading reading;
    struct ct_reading before; /* the reading before it */
    bool has_before;
};

struct ct_agent_report {
    const struct ct_agent_kind *kind; /* NULL: none that is known */
    struct ct_text agent_id, provider, hostname, region, account;
    int64_t time_ns, interval_ns;
    double uptime_s;
    bool has_uptime;
    uint32_t sections, sections_failed; /* failed: the agent said so, or they made no sense */
    uint32_t event_count;
    struct ct_resource *resources;
    uint32_t resource_count;
    struct ct_agent_warnings warnings;
};

/* Reads a body but for its resources.
 * now_ns   when it came: its time, where it says none
 * Errors   CT_INVALID: no agent_id; it says what to do. CT_NO_MEMORY. */
ct_status ct_agent_report_read(const struct ct_json *body, int64_t now_ns, struct ct_arena *arena,
                               struct ct_agent_report *out, struct ct_error *err) CT_MUST_USE;

/* Its resources, with report->interval_ns known. Errors: CT_LIMIT, CT_NO_MEMORY. */
ct_status ct_agent_report_resources(const struct ct_json *body, struct ct_agent_report *report,
                                    struct ct_error *err) CT_MUST_USE;

/* What a generic agent says of its machine, as the fields of a row of `system`; {NULL, 0} where it
 * says nothing. */
struct ct_text ct_agent_report_system(const struct ct_json *body, struct ct_agent_report *report);

/* The texts as one; for keys. {NULL, 0}: out of memory. */
struct ct_text ct_agent_key(struct ct_arena *arena, struct ct_text service, struct ct_text kind,
                            struct ct_text region, struct ct_text id);

#endif
