/* The gate before questions: so many at once, a crowd is served in turn, a lasting one refused. */
#include "query_gate.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include <cmocka.h>

#define THREADS 16
#define ROUNDS  500
#define PLACES  3

struct crowd {
    struct ct_query_gate gate;
    _Atomic uint32_t inside, refused, served, too_many;
};

static void *come_and_go(void *context)
{
    struct crowd *crowd = context;
    for (int i = 0; i < ROUNDS; i++) {
        if (!ct_query_gate_enter(&crowd->gate, 60)) {
            atomic_fetch_add(&crowd->refused, 1);
            continue;
        }
        if (atomic_fetch_add(&crowd->inside, 1) >= PLACES)
            atomic_fetch_add(&crowd->too_many, 1);
        atomic_fetch_add(&crowd->served, 1);
        atomic_fetch_sub(&crowd->inside, 1);
        ct_query_gate_leave(&crowd->gate);
    }
    return NULL;
}

static void a_crowd_is_served_so_many_at_once(void **state)
{
    struct crowd crowd = {.inside = 0};
    pthread_t threads[THREADS];
    (void)state;
    ct_query_gate_init(&crowd.gate, PLACES);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &crowd), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&crowd.too_many), 0);
    assert_int_equal(atomic_load(&crowd.refused), 0);
    assert_int_equal(atomic_load(&crowd.served), THREADS * ROUNDS);
    assert_int_equal(ct_query_gate_running(&crowd.gate), 0);
    ct_query_gate_deinit(&crowd.gate);
}

static void who_finds_no_place_in_time_is_refused(void **state)
{
    struct ct_query_gate gate;
    (void)state;
    ct_query_gate_init(&gate, 1);
    assert_true(ct_query_gate_enter(&gate, 0));
    assert_false(ct_query_gate_enter(&gate, 0));
    assert_int_equal(ct_query_gate_running(&gate), 1);
    ct_query_gate_leave(&gate);
    assert_true(ct_query_gate_enter(&gate, 0));
    ct_query_gate_leave(&gate);
    ct_query_gate_deinit(&gate);
}

static void a_gate_without_a_limit_lets_all_in(void **state)
{
    struct ct_query_gate gate;
    (void)state;
    ct_query_gate_init(&gate, 0);
    for (int i = 0; i < 100; i++)
        assert_true(ct_query_gate_enter(&gate, 0));
    for (int i = 0; i < 100; i++)
        ct_query_gate_leave(&gate);
    ct_query_gate_deinit(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crowd_is_served_so_many_at_once),
        cmocka_unit_test(who_finds_no_place_in_time_is_refused),
        cmocka_unit_test(a_gate_without_a_limit_lets_all_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
