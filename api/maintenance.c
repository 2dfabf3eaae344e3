/* Steps while there is work, waits while there is none. A step that fails is told to the log and
 * tried again after a pause: a full disk may have room again, and the store knows by itself when it
 * must not write any more. */
#include "maintenance.h"

#include <pthread.h>
#include <stdatomic.h>

#include "sync.h"

#define WAIT_MS     100 /* also how long a stop may take */
#define PAUSE_WAITS 20  /* after a failure: 2 s */

/* Where nothing was written for so long, live rows go into a file, where every rollup has its cells
 * and nothing is left to read row by row. Fewer rows are read as fast as cells, and would only make
 * many small files. */
#define QUIET_NS       ((int64_t)3 * 1000000000)
#define QUIET_LOOK_NS  ((int64_t)500 * 1000000)
#define QUIET_ROWS_MIN 32768

struct maintenance {
    struct ct_store *store;
    const struct ct_allocator *allocator;
    const struct ct_logger *logger;
    pthread_t thread;
    _Atomic bool is_stopping;
    _Atomic uint64_t failures;
    /* Of the thread: */
    int64_t looked_ns;    /* monotonic: when the last commit was asked for */
    uint64_t last_commit; /* then */
    int64_t since_ns;     /* monotonic: how long it has been that */
};

static bool is_stopping(const struct maintenance *maintenance)
{
    return atomic_load_explicit(&maintenance->is_stopping, memory_order_acquire);
}

static void tell(struct maintenance *maintenance, const struct ct_error *err)
{
    atomic_fetch_add_explicit(&maintenance->failures, 1, memory_order_relaxed);
    struct ct_log_line line;
    ct_log_begin(&line, maintenance->logger, CT_LOG_ERROR, "background work failed");
    ct_log_error(&line, err);
    ct_log_end(&line);
}

static void pause_after_failure(struct maintenance *maintenance)
{
    struct ct_mutex mutex;
    struct ct_condition never;
    ct_mutex_init(&mutex);
    ct_condition_init(&never);
    ct_mutex_lock(&mutex);
    for (int i = 0; i < PAUSE_WAITS && !is_stopping(maintenance); i++)
        (void)ct_condition_wait_until(
            &never, &mutex, ct_clock_monotonic_ns(ct_clock_system()) + (int64_t)WAIT_MS * 1000000);
    ct_mutex_unlock(&mutex);
    ct_condition_deinit(&never);
    ct_mutex_deinit(&mutex);
}

/* Have rows been left alone for a while? */
static bool is_quiet(struct maintenance *maintenance)
{
    const int64_t now_ns = ct_clock_monotonic_ns(ct_clock_system());
    if (now_ns - maintenance->looked_ns < QUIET_LOOK_NS)
        return false;
    maintenance->looked_ns = now_ns;
    const struct ct_store_live live = ct_store_live_of(maintenance->store);
    if (live.last_commit != maintenance->last_commit) {
        maintenance->last_commit = live.last_commit;
        maintenance->since_ns = now_ns;
    }
    return now_ns - maintenance->since_ns >= QUIET_NS && live.live_rows >= QUIET_ROWS_MIN &&
           !live.is_read_only;
}

/* No step was due. */
static ct_status rest(struct maintenance *maintenance, struct ct_error *err)
{
    if (is_quiet(maintenance))
        return ct_store_seal(maintenance->store, err);
    ct_store_wait_for_work(maintenance->store, WAIT_MS);
    return CT_OK;
}

static void *run(void *argument)
{
    struct maintenance *maintenance = argument;
    while (!is_stopping(maintenance)) {
        struct ct_error err = {0};
        bool did_work = false;
        ct_status status = ct_store_step(maintenance->store, &did_work, &err);
        if (status == CT_OK && !did_work)
            status = rest(maintenance, &err);
        if (status != CT_OK) {
            tell(maintenance, &err);
            pause_after_failure(maintenance);
        }
    }
    return NULL;
}

ct_status maintenance_start(struct ct_store *store, const struct ct_allocator *allocator,
                            const struct ct_logger *logger, struct maintenance **out,
                            struct ct_error *err)
{
    struct maintenance *maintenance = ct_alloc_zeroed(allocator, 1, sizeof *maintenance);
    if (!maintenance)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for the store's thread");
    maintenance->store = store;
    maintenance->allocator = allocator;
    maintenance->logger = logger;
    ct_store_set_maintained(store, true);
    const int failure = pthread_create(&maintenance->thread, NULL, run, maintenance);
    if (failure) {
        ct_store_set_maintained(store, false);
        ct_release(allocator, maintenance);
        return ct_fail_os(err, failure, "pthread_create", "");
    }
    *out = maintenance;
    return CT_OK;
}

void maintenance_stop(struct maintenance *maintenance)
{
    if (!maintenance)
        return;
    atomic_store_explicit(&maintenance->is_stopping, true, memory_order_release);
    pthread_join(maintenance->thread, NULL);
    ct_store_set_maintained(maintenance->store, false);
    ct_release(maintenance->allocator, maintenance);
}

uint64_t maintenance_failures(const struct maintenance *maintenance)
{
    if (!maintenance)
        return 0;
    return atomic_load_explicit(&maintenance->failures, memory_order_relaxed);
}
