#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "status.h"
#include "sync.h"

#define THREADS 4
#define ROUNDS  2000

struct shared {
    struct ct_mutex mutex;
    struct ct_condition condition;
    struct ct_rwlock lock;
    struct ct_refcount refcount;
    uint64_t counter; /* under mutex */
    uint64_t pair[2]; /* equal, under lock */
    _Atomic unsigned last_drops;
    bool is_open; /* under mutex */
};

static void shared_init(struct shared *shared)
{
    memset(shared, 0, sizeof *shared);
    ct_mutex_init(&shared->mutex);
    ct_condition_init(&shared->condition);
    ct_rwlock_init(&shared->lock);
    ct_refcount_init(&shared->refcount);
}

static void shared_deinit(struct shared *shared)
{
    ct_rwlock_deinit(&shared->lock);
    ct_condition_deinit(&shared->condition);
    ct_mutex_deinit(&shared->mutex);
}

static void run_threads(struct shared *shared, void *(*body)(void *))
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, body, shared), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void *count_up(void *context)
{
    struct shared *shared = context;
    for (unsigned i = 0; i < ROUNDS; i++) {
        ct_mutex_lock(&shared->mutex);
        shared->counter++;
        ct_mutex_unlock(&shared->mutex);
        ct_rwlock_lock_write(&shared->lock);
        shared->pair[0]++;
        shared->pair[1]++;
        ct_rwlock_unlock(&shared->lock);
        ct_rwlock_lock_read(&shared->lock);
        CT_ASSERT(shared->pair[0] == shared->pair[1]);
        ct_rwlock_unlock(&shared->lock);
        ct_refcount_take(&shared->refcount);
        CT_ASSERT(!ct_refcount_drop(&shared->refcount));
    }
    return NULL;
}

static void locks_keep_threads_apart(void **state)
{
    (void)state;
    struct shared shared;
    shared_init(&shared);
    run_threads(&shared, count_up);
    assert_int_equal(shared.counter, THREADS * ROUNDS);
    assert_int_equal(shared.pair[0], THREADS * ROUNDS);
    assert_int_equal(ct_refcount_value(&shared.refcount), 1);
    assert_true(ct_refcount_drop(&shared.refcount));
    shared_deinit(&shared);
}

static void *wait_for_gate(void *context)
{
    struct shared *shared = context;
    ct_mutex_lock(&shared->mutex);
    if (++shared->counter == THREADS) { /* the last to come opens */
        shared->is_open = true;
        ct_condition_broadcast(&shared->condition);
    }
    while (!shared->is_open)
        ct_condition_wait(&shared->condition, &shared->mutex);
    ct_mutex_unlock(&shared->mutex);
    return NULL;
}

static void waiters_wake_up(void **state)
{
    (void)state;
    struct shared shared;
    shared_init(&shared);
    run_threads(&shared, wait_for_gate);
    assert_int_equal(shared.counter, THREADS);
    shared_deinit(&shared);
}

static void a_deadline_ends_the_wait(void **state)
{
    (void)state;
    struct shared shared;
    shared_init(&shared);
    const struct ct_clock *clock = ct_clock_system();
    const int64_t deadline_ns = ct_clock_monotonic_ns(clock) + 5 * 1000 * 1000;
    ct_mutex_lock(&shared.mutex);
    while (ct_condition_wait_until(&shared.condition, &shared.mutex, deadline_ns))
        ; /* woken without reason */
    assert_true(ct_clock_monotonic_ns(clock) >= deadline_ns);
    assert_false(ct_condition_wait_until(&shared.condition, &shared.mutex, -1));
    ct_mutex_unlock(&shared.mutex);
    shared_deinit(&shared);
}

static void a_held_mutex_cannot_be_tried(void **state)
{
    (void)state;
    struct shared shared;
    shared_init(&shared);
    assert_true(ct_mutex_try_lock(&shared.mutex));
    assert_false(ct_mutex_try_lock(&shared.mutex));
    ct_mutex_unlock(&shared.mutex);
    shared_deinit(&shared);
}

static void *drop_one(void *context)
{
    struct shared *shared = context;
    if (ct_refcount_drop(&shared->refcount))
        shared->last_drops++;
    return NULL;
}

static void exactly_one_drop_is_the_last(void **state)
{
    (void)state;
    struct shared shared;
    for (int round = 0; round < 50; round++) {
        shared_init(&shared);
        for (int i = 1; i < THREADS; i++)
            ct_refcount_take(&shared.refcount);
        run_threads(&shared, drop_one);
        assert_int_equal(shared.last_drops, 1);
        assert_int_equal(ct_refcount_value(&shared.refcount), 0);
        shared_deinit(&shared);
    }
}

static void the_clock_runs_and_knows_the_century(void **state)
{
    (void)state;
    const struct ct_clock *clock = ct_clock_system();
    const int64_t before = ct_clock_monotonic_ns(clock);
    assert_true(ct_clock_monotonic_ns(clock) >= before);
    assert_true(ct_clock_now_ns(clock) > INT64_C(1577836800000000000)); /* 2020 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(locks_keep_threads_apart),
        cmocka_unit_test(waiters_wake_up),
        cmocka_unit_test(a_deadline_ends_the_wait),
        cmocka_unit_test(a_held_mutex_cannot_be_tried),
        cmocka_unit_test(exactly_one_drop_is_the_last),
        cmocka_unit_test(the_clock_runs_and_knows_the_century),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
