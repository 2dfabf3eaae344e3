/* How many questions are answered at once: each may take long and much memory. Layer http.
 *
 * Who comes when all places are taken waits for one, a bounded time: short crowds are served, and
 * only a lasting overload is refused. Invariant: running <= max, where max is not 0. */
#ifndef CT_QUERY_GATE_H
#define CT_QUERY_GATE_H

#include "sync.h"

struct ct_query_gate {
    struct ct_mutex mutex;
    struct ct_condition freed;
    uint32_t max; /* 0: any number */
    uint32_t running, waiting;
};

void ct_query_gate_init(struct ct_query_gate *gate, uint32_t max);
void ct_query_gate_deinit(struct ct_query_gate *gate); /* nobody is in it */

/* Takes a place; false where none was free for wait_s seconds. */
bool ct_query_gate_enter(struct ct_query_gate *gate, uint32_t wait_s);
void ct_query_gate_leave(struct ct_query_gate *gate);

/* At some moment: for figures. */
uint32_t ct_query_gate_running(struct ct_query_gate *gate);

#endif
