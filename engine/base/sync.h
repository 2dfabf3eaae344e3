/* Mutex, condition, reader-writer lock and reference count. Everyone may include this.
 *
 * Thin over pthreads: a failing call is a mistake of ours (or of who ran out of kernel memory at
 * init) and stops the program. In sanitizer builds mutexes know their owner, so that locking twice
 * and unlocking another's are found. None may be copied or moved while in use. */
#ifndef CT_SYNC_H
#define CT_SYNC_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct ct_mutex {
    pthread_mutex_t pthread;
};

void ct_mutex_init(struct ct_mutex *mutex);
void ct_mutex_deinit(struct ct_mutex *mutex); /* nobody holds it */
void ct_mutex_lock(struct ct_mutex *mutex);
bool ct_mutex_try_lock(struct ct_mutex *mutex);
void ct_mutex_unlock(struct ct_mutex *mutex);

struct ct_condition {
    pthread_cond_t pthread;
};

void ct_condition_init(struct ct_condition *condition);
void ct_condition_deinit(struct ct_condition *condition); /* nobody waits */
/* Both wake up without reason now and then: wait in a loop over what is waited for. */
void ct_condition_wait(struct ct_condition *condition, struct ct_mutex *mutex);
/* False when the deadline (as ct_clock_system's monotonic_ns) has passed. */
bool ct_condition_wait_until(struct ct_condition *condition, struct ct_mutex *mutex,
                             int64_t deadline_monotonic_ns);
void ct_condition_signal(struct ct_condition *condition);
void ct_condition_broadcast(struct ct_condition *condition);

/* A waiting writer goes before new readers; so nobody takes it for reading twice. */
struct ct_rwlock {
    pthread_rwlock_t pthread;
};

void ct_rwlock_init(struct ct_rwlock *lock);
void ct_rwlock_deinit(struct ct_rwlock *lock); /* nobody holds it */
void ct_rwlock_lock_read(struct ct_rwlock *lock);
void ct_rwlock_lock_write(struct ct_rwlock *lock);
void ct_rwlock_unlock(struct ct_rwlock *lock);

struct ct_refcount {
    _Atomic uint32_t count;
};

/* One reference, the maker's. */
void ct_refcount_init(struct ct_refcount *refcount);
/* By one who holds a reference. */
void ct_refcount_take(struct ct_refcount *refcount);
/* True for the last: all that the others did before their drop is visible then, and the thing can
 * be freed. */
bool ct_refcount_drop(struct ct_refcount *refcount);
uint32_t ct_refcount_value(const struct ct_refcount *refcount); /* at some moment: for tests */

#endif
