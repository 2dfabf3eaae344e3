/* A report becomes rows, in one commit. Layer http.
 *
 * Invariant: whatever the order in which reports come, and however often, the charges are those of
 * the reports in the order of their times. To that end reports of one account are dealt with one
 * after another: what a report is compared with is committed. */
#ifndef CT_AGENT_INGEST_H
#define CT_AGENT_INGEST_H

#include "agent_report.h"
#include "request.h"
#include "server_private.h"

/* Locks by account. NULL: out of memory. */
struct ct_agents *ct_agents_create(const struct ct_allocator *allocator);
void ct_agents_destroy(struct ct_agents *agents); /* NULL is fine; nobody is at work */

/* Writes all that the body says.
 * request  its database, body and arena
 * report   what was read, for the answer, also where rows were refused
 * result   counts; rejected: what was left out with a warning, and sections that failed
 * Errors   CT_INVALID (no agent_id), and those of reading and writing. Nothing was written then. */
ct_status ct_agent_ingest(struct ct_server *server, const struct ct_request *request,
                          const struct ct_json *body, struct ct_agent_report *report,
                          centime_write_result *result, struct ct_error *err) CT_MUST_USE;

/* How often an agent reports: by its registration, else by its kind. `kind` may be NULL. */
int64_t ct_agent_interval_ns(const struct ct_agent_kind *kind, struct ct_text details);

#endif
