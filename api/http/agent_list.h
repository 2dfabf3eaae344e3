/* Which agents there are, and how each is doing: from registrations and reports, at any time. Layer
 * http. */
#ifndef CT_AGENT_LIST_H
#define CT_AGENT_LIST_H

#include "arena.h"
#include "centime.h"
#include "status.h"
#include "text.h"

#define CT_AGENT_LIST_DAYS 30 /* who was silent for longer is not listed */

enum ct_agent_state {
    CT_AGENT_HEALTHY = 0, /* heard less than two intervals ago */
    CT_AGENT_WARNING = 1, /* less than three */
    CT_AGENT_OFFLINE = 2
};
#define CT_AGENT_STATES 3

struct ct_agent_entry {
    struct ct_text id;
    struct ct_text details; /* what it registered with, JSON; empty: it did not */
    struct ct_text provider, hostname, region; /* of its last report; empty where it said none */
    int64_t registered_ns;                     /* 0: never */
    int64_t heard_ns;                          /* its last report; 0: none */
    int64_t interval_ns;
    int64_t sections_failed; /* of its last report */
    enum ct_agent_state state;
};

struct ct_agent_list {
    struct ct_agent_entry *entries; /* by id */
    size_t count;
};

/* The agents of a database that registered or reported in the days before end_ns, as they stood
 * then. Everything is in the arena. Errors: those of centime_agents and centime_run. */
ct_status ct_agent_list_read(centime_store *store, const char *database, int64_t end_ns,
                             const centime_cancel *cancel, struct ct_arena *arena,
                             struct ct_agent_list *out, struct ct_error *err) CT_MUST_USE;

/* "healthy", "warning", "offline". */
const char *ct_agent_state_name(enum ct_agent_state state);

#endif
