#include "sync.h"

#include <errno.h>
#include <time.h>

#include "status.h"

/* CT_ASSERT of a call that returns 0 when all is well. */
static void must(int failure)
{
    CT_ASSERT(failure == 0);
}

void ct_mutex_init(struct ct_mutex *mutex)
{
    pthread_mutexattr_t attributes;
    must(pthread_mutexattr_init(&attributes));
#ifdef CT_SANITIZED
    must(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK));
#endif
    must(pthread_mutex_init(&mutex->pthread, &attributes));
    must(pthread_mutexattr_destroy(&attributes));
}

void ct_mutex_deinit(struct ct_mutex *mutex)
{
    must(pthread_mutex_destroy(&mutex->pthread));
}

void ct_mutex_lock(struct ct_mutex *mutex)
{
    must(pthread_mutex_lock(&mutex->pthread));
}

bool ct_mutex_try_lock(struct ct_mutex *mutex)
{
    const int failure = pthread_mutex_trylock(&mutex->pthread);
    CT_ASSERT(failure == 0 || failure == EBUSY);
    return failure == 0;
}

void ct_mutex_unlock(struct ct_mutex *mutex)
{
    must(pthread_mutex_unlock(&mutex->pthread));
}

void ct_condition_init(struct ct_condition *condition)
{
    pthread_condattr_t attributes;
    must(pthread_condattr_init(&attributes));
    must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    must(pthread_cond_init(&condition->pthread, &attributes));
    must(pthread_condattr_destroy(&attributes));
}

void ct_condition_deinit(struct ct_condition *condition)
{
    must(pthread_cond_destroy(&condition->pthread));
}

void ct_condition_wait(struct ct_condition *condition, struct ct_mutex *mutex)
{
    must(pthread_cond_wait(&condition->pthread, &mutex->pthread));
}

bool ct_condition_wait_until(struct ct_condition *condition, struct ct_mutex *mutex,
                             int64_t deadline_monotonic_ns)
{
    if (deadline_monotonic_ns < 0)
        deadline_monotonic_ns = 0;
    const struct timespec deadline = {
        .tv_sec = deadline_monotonic_ns / 1000000000,
        .tv_nsec = deadline_monotonic_ns % 1000000000,
    };
    const int failure = pthread_cond_timedwait(&condition->pthread, &mutex->pthread, &deadline);
    CT_ASSERT(failure == 0 || failure == ETIMEDOUT);
    return failure == 0;
}

void ct_condition_signal(struct ct_condition *condition)
{
    must(pthread_cond_signal(&condition->pthread));
}

void ct_condition_broadcast(struct ct_condition *condition)
{
    must(pthread_cond_broadcast(&condition->pthread));
}

void ct_rwlock_init(struct ct_rwlock *lock)
{
    pthread_rwlockattr_t attributes;
    must(pthread_rwlockattr_init(&attributes));
#ifdef __GLIBC__
    must(pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP));
#endif
    must(pthread_rwlock_init(&lock->pthread, &attributes));
    must(pthread_rwlockattr_destroy(&attributes));
}

void ct_rwlock_deinit(struct ct_rwlock *lock)
{
    must(pthread_rwlock_destroy(&lock->pthread));
}

void ct_rwlock_lock_read(struct ct_rwlock *lock)
{
    must(pthread_rwlock_rdlock(&lock->pthread));
}

void ct_rwlock_lock_write(struct ct_rwlock *lock)
{
    must(pthread_rwlock_wrlock(&lock->pthread));
}

void ct_rwlock_unlock(struct ct_rwlock *lock)
{
    must(pthread_rwlock_unlock(&lock->pthread));
}

void ct_refcount_init(struct ct_refcount *refcount)
{
    atomic_init(&refcount->count, 1);
}

void ct_refcount_take(struct ct_refcount *refcount)
{
    const uint32_t before = atomic_fetch_add_explicit(&refcount->count, 1, memory_order_relaxed);
    CT_ASSERT(before > 0 && before < UINT32_MAX);
}

/* Acquire on every drop rather than a fence on the last: the thread sanitizer knows no fences. */
bool ct_refcount_drop(struct ct_refcount *refcount)
{
    const uint32_t before = atomic_fetch_sub_explicit(&refcount->count, 1, memory_order_acq_rel);
    CT_ASSERT(before > 0);
    return before == 1;
}

uint32_t ct_refcount_value(const struct ct_refcount *refcount)
{
    return atomic_load_explicit(&refcount->count, memory_order_acquire);
}
