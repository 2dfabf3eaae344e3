#include "query_gate.h"

#include "clock.h"

void ct_query_gate_init(struct ct_query_gate *gate, uint32_t max)
{
    *gate = (struct ct_query_gate){.max = max};
    ct_mutex_init(&gate->mutex);
    ct_condition_init(&gate->freed);
}

void ct_query_gate_deinit(struct ct_query_gate *gate)
{
    ct_condition_deinit(&gate->freed);
    ct_mutex_deinit(&gate->mutex);
}

static bool is_full(const struct ct_query_gate *gate)
{
    return gate->max > 0 && gate->running >= gate->max;
}

bool ct_query_gate_enter(struct ct_query_gate *gate, uint32_t wait_s)
{
    const int64_t deadline_ns =
        ct_clock_monotonic_ns(ct_clock_system()) + (int64_t)wait_s * 1000000000;
    bool is_in_time = true;
    ct_mutex_lock(&gate->mutex);
    gate->waiting++;
    while (is_full(gate) && is_in_time)
        is_in_time = ct_condition_wait_until(&gate->freed, &gate->mutex, deadline_ns);
    gate->waiting--;
    const bool enters = !is_full(gate);
    gate->running += enters;
    ct_mutex_unlock(&gate->mutex);
    return enters;
}

void ct_query_gate_leave(struct ct_query_gate *gate)
{
    ct_mutex_lock(&gate->mutex);
    gate->running--;
    if (gate->waiting > 0)
        ct_condition_signal(&gate->freed);
    ct_mutex_unlock(&gate->mutex);
}

uint32_t ct_query_gate_running(struct ct_query_gate *gate)
{
    ct_mutex_lock(&gate->mutex);
    const uint32_t running = gate->running;
    ct_mutex_unlock(&gate->mutex);
    return running;
}
