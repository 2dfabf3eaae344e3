/* What the store knows of a report's resources: the readings before it, and those after it, whose
 * charges change where a report comes late. Layer http.
 *
 * All of it is read from the table `resource`: nothing is kept in memory, so a restart forgets
 * nothing. Looked for is in windows that widen as long as something is not found, up to
 * CT_AGENT_MEMORY_NS: what was silent for longer is new. */
#ifndef CT_AGENT_LOOKUP_H
#define CT_AGENT_LOOKUP_H

#include "agent_report.h"
#include "centime.h"

#define CT_AGENT_MEMORY_NS (31 * INT64_C(86400000000000))

struct ct_agent_lookup {
    centime_store *store;
    const char *database;
    const centime_cancel *cancel; /* NULL: none */
    struct ct_agent_report *report;
    struct ct_arena *arena;
};

/* Sets before and has_before of the resources whose money is of this form. Errors: those of
 * centime_run, but what does not exist is nothing. */
ct_status ct_agent_lookup_before(const struct ct_agent_lookup *lookup, enum ct_money_form form,
                                 struct ct_error *err) CT_MUST_USE;

/* The first later reading of each resource of this form, with tags and reading, and this report's
 * reading as the one before it. *out lies in the arena. */
ct_status ct_agent_lookup_after(const struct ct_agent_lookup *lookup, enum ct_money_form form,
                                struct ct_resource **out, uint32_t *count,
                                struct ct_error *err) CT_MUST_USE;

#endif
