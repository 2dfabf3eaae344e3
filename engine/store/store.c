#include "history.h"

#include <string.h>
#include <time.h>

#define READER_TRIES 10

/* -- small parts -------------------------------------------------------------------------- */

struct ct_catalog *ct_store_catalog(struct ct_store *store)
{
    return store->catalog;
}

const struct ct_env *ct_store_env(const struct ct_store *store)
{
    return &store->env;
}

bool ct_store_is_read_only(const struct ct_store *store)
{
    return store->options.read_only;
}

size_t ct_store_live_limit(const struct ct_store *store)
{
    return store->options.memory_bytes / CT_LIVE_SHARE;
}

uint64_t ct_store_next_salt(struct ct_store *store)
{
    /* splitmix64: distinct for distinct states, and the state starts from clock and seed. */
    uint64_t x = store->salt += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

ct_status ct_store_check_writable(struct ct_store *store, struct ct_error *err)
{
    if (store->options.read_only)
        return ct_fail(err, CT_READ_ONLY, "the store was opened for reading");
    pthread_mutex_lock(&store->state);
    ct_status status = CT_OK;
    if (store->is_broken)
        status = ct_fail(err, CT_READ_ONLY, "the store is read-only since an error: %.180s",
                         store->failure.text);
    pthread_mutex_unlock(&store->state);
    return status;
}

ct_status ct_store_break(struct ct_store *store, const struct ct_error *err)
{
    pthread_mutex_lock(&store->state);
    const bool is_first = !store->is_broken;
    if (is_first) {
        store->is_broken = true;
        store->failure = *err;
    }
    pthread_cond_broadcast(&store->sealed);
    pthread_cond_broadcast(&store->work);
    pthread_mutex_unlock(&store->state);
    if (is_first) {
        struct ct_log_line line;
        ct_log_begin(&line, store->env.logger, CT_LOG_ERROR, "store is read-only from now on");
        ct_log_error(&line, err);
        ct_log_end(&line);
    }
    return err->code;
}

/* -- opening and closing ------------------------------------------------------------------ */

static void init_sync(struct ct_store *store)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&store->state, NULL);
    pthread_mutex_init(&store->queue, NULL);
    pthread_mutex_init(&store->step, NULL);
    pthread_cond_init(&store->work, &attributes);
    pthread_cond_init(&store->sealed, NULL);
    pthread_cond_init(&store->queue_changed, NULL);
    pthread_condattr_destroy(&attributes);
}

static void release(struct ct_store *store)
{
    const struct ct_allocator *allocator = store->env.allocator;
    ct_log_close(store->log);
    ct_log_close(store->catalog_log);
    ct_manifest_close(store->manifest);
    ct_live_set_drop(store->frozen);
    ct_live_set_drop(store->live);
    ct_version_drop(store->version);
    ct_release(allocator, store->tombstones);
    ct_commit_times_deinit(&store->times, allocator);
    ct_overwrites_deinit(&store->overwrites, allocator);
    ct_request_keys_deinit(&store->request_keys);
    ct_catalog_destroy(store->catalog);
    if (store->lock)
        store->env.io->calls->unlock(store->lock);
    pthread_cond_destroy(&store->queue_changed);
    pthread_cond_destroy(&store->sealed);
    pthread_cond_destroy(&store->work);
    pthread_mutex_destroy(&store->step);
    pthread_mutex_destroy(&store->queue);
    pthread_mutex_destroy(&store->state);
    ct_release(allocator, store->path);
    ct_release(allocator, store);
}

static struct ct_store *create(const struct ct_env *env, const char *path,
                               const struct ct_store_options *options)
{
    struct ct_store *store = ct_alloc_zeroed(env->allocator, 1, sizeof *store);
    if (!store)
        return NULL;
    store->env = *env;
    store->options = *options;
    if (store->options.memory_bytes == 0)
        store->options.memory_bytes = CT_MEMORY_BYTES_DEFAULT;
    if (store->options.interval_ms == 0)
        store->options.interval_ms = CT_INTERVAL_MS_DEFAULT;
    if (store->options.series_max == 0)
        store->options.series_max = CT_SERIES_MAX_DEFAULT;
    store->salt = options->seed ^ (uint64_t)ct_clock_now_ns(env->clock) ^
                  (uint64_t)ct_clock_monotonic_ns(env->clock) << 20;
    init_sync(store);
    ct_request_keys_init(&store->request_keys, env->allocator);
    store->path = ct_alloc(env->allocator, strlen(path) + 1);
    store->catalog = ct_catalog_create(env->allocator, store->options.series_max);
    if (!store->path || !store->catalog) {
        release(store);
        return NULL;
    }
    memcpy(store->path, path, strlen(path) + 1);
    return store;
}

static ct_status lock_folder(struct ct_store *store, struct ct_error *err)
{
    struct ct_io *io = store->env.io;
    if (!store->options.must_exist) {
        const ct_status status = io->calls->make_folder(io, store->path, err);
        if (status != CT_OK && status != CT_EXISTS)
            return status;
    }
    char path[CT_PATH_BYTES_MAX];
    CT_TRY(ct_path_join(path, store->path, "LOCK", err));
    return io->calls->lock(io, path, &store->lock, err);
}

static ct_status open_once(const struct ct_env *env, const char *path,
                           const struct ct_store_options *options, struct ct_store **out,
                           struct ct_error *err)
{
    if (strlen(path) > CT_PATH_BYTES_MAX - 128)
        return ct_fail(err, CT_LIMIT, "the path of a store has at most %d bytes",
                       CT_PATH_BYTES_MAX - 128);
    struct ct_store *store = create(env, path, options);
    if (!store)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening a store");
    ct_status status = CT_OK;
    if (!options->read_only)
        status = lock_folder(store, err);
    if (status == CT_OK)
        status = ct_store_load(store, err);
    if (status != CT_OK) {
        release(store);
        return status;
    }
    *out = store;
    return CT_OK;
}

ct_status ct_store_open(const struct ct_env *env, const char *path,
                        const struct ct_store_options *options, struct ct_store **out,
                        struct ct_error *err)
{
    static const struct ct_store_options defaults;
    const struct ct_store_options *chosen = options ? options : &defaults;
    ct_status status = open_once(env, path, chosen, out, err);
    /* A reader may find that the writer has just replaced what the manifest named: it looks again.
     */
    for (int tries = 1; tries < READER_TRIES && chosen->read_only && status == CT_NOT_FOUND;
         tries++)
        status = open_once(env, path, chosen, out, err);
    return status;
}

/* Without it the last commit's bytes, once damaged, would look like the torn end of a crash. */
static ct_status end_log(struct ct_store *store, struct ct_error *err)
{
    if (store->live->last_commit == 0 && !store->has_unsynced)
        return CT_OK;
    if (store->has_unsynced)
        CT_TRY(ct_log_sync(store->log, err));
    /* Definitions without rows stand under the next commit's number; numbers do not decrease. */
    const struct ct_log_entry end = {.number = store->last_commit + 1, .type = CT_RECORD_END};
    return ct_log_append(store->log, &end, 1, true, err);
}

/* Commits that were taken in before writing ended, and are not known to be on the device. */
static ct_status tell_unsynced(const struct ct_store *store, struct ct_error *err)
{
    if (!store->has_unsynced)
        return CT_OK;
    if (err)
        *err = store->failure;
    return store->failure.code;
}

ct_status ct_store_close(struct ct_store *store, struct ct_error *err)
{
    if (!store)
        return CT_OK;
    ct_status status = CT_OK;
    if (!store->options.read_only)
        status = store->is_broken ? tell_unsynced(store, err) : end_log(store, err);
    release(store);
    return status;
}

/* -- background work ---------------------------------------------------------------------- */

void ct_store_note_sync(struct ct_store *store, int64_t started_ns)
{
    const int64_t took_ns = ct_clock_monotonic_ns(store->env.clock) - started_ns;
    atomic_fetch_add_explicit(&store->log_syncs, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&store->log_sync_ns, (uint64_t)took_ns, memory_order_relaxed);
}

static ct_status sync_log(struct ct_store *store, struct ct_error *err)
{
    const int64_t started_ns = ct_clock_monotonic_ns(store->env.clock);
    if (!store->has_unsynced)
        return CT_OK;
    CT_TRY(ct_log_sync(store->log, err));
    ct_store_note_sync(store, started_ns);
    return CT_OK;
}

ct_status ct_store_sync(struct ct_store *store, struct ct_error *err)
{
    CT_TRY(ct_store_check_writable(store, err));
    struct ct_error failure;
    ct_store_own_log(store);
    const ct_status status = sync_log(store, &failure);
    if (status == CT_OK)
        store->has_unsynced = false;
    else
        ct_store_break(store, &failure);
    store->synced_at_ns = ct_clock_monotonic_ns(store->env.clock);
    ct_store_release_log(store);
    if (status != CT_OK && err)
        *err = failure;
    return status;
}

static ct_status sync_if_due(struct ct_store *store, bool *did_work, struct ct_error *err)
{
    if (store->options.durability != CT_DURABILITY_INTERVAL)
        return CT_OK;
    ct_store_own_log(store);
    const int64_t age_ns = ct_clock_monotonic_ns(store->env.clock) - store->synced_at_ns;
    const bool is_due =
        store->has_unsynced && age_ns >= (int64_t)store->options.interval_ms * 1000000;
    ct_store_release_log(store);
    if (!is_due)
        return CT_OK;
    *did_work = true;
    return ct_store_sync(store, err);
}

static bool has_frozen(struct ct_store *store)
{
    pthread_mutex_lock(&store->state);
    const bool has = store->frozen != NULL;
    pthread_mutex_unlock(&store->state);
    return has;
}

ct_status ct_store_give_way(struct ct_store *store, struct ct_error *err)
{
    bool did_work = false;
    CT_TRY(sync_if_due(store, &did_work, err));
    return ct_store_seal_frozen(store, err);
}

/* Step lock held. */
static ct_status step(struct ct_store *store, bool *did_work, struct ct_error *err)
{
    CT_TRY(sync_if_due(store, did_work, err));
    if (*did_work)
        return CT_OK;
    if (has_frozen(store)) {
        *did_work = true;
        return ct_store_seal_frozen(store, err);
    }
    CT_TRY(ct_store_expire(store, did_work, err));
    if (*did_work)
        return CT_OK;
    CT_TRY(ct_store_merge_one(store, did_work, err));
    if (!*did_work)
        CT_TRY(ct_store_merge_history(store, false, did_work, err));
    return *did_work ? CT_OK : ct_store_roll_one(store, did_work, err);
}

/* Runs one kind of background work; its failure turns the store read-only, so that the disk is left
 * alone. */
static ct_status finish_step(struct ct_store *store, ct_status status,
                             const struct ct_error *failure, struct ct_error *err)
{
    pthread_mutex_unlock(&store->step);
    if (status == CT_OK)
        return CT_OK;
    ct_store_break(store, failure);
    if (err)
        *err = *failure;
    return status;
}

ct_status ct_store_step(struct ct_store *store, bool *did_work, struct ct_error *err)
{
    *did_work = false;
    CT_TRY(ct_store_check_writable(store, err));
    struct ct_error failure = {0};
    pthread_mutex_lock(&store->step);
    const ct_status status = step(store, did_work, &failure);
    return finish_step(store, status, &failure, err);
}

/* Freezes the live rows, unless a commit's leader has just done so; *is_frozen tells that it was
 * us. Step lock held. */
static ct_status freeze_now(struct ct_store *store, bool *is_frozen, struct ct_error *err)
{
    ct_store_own_log(store);
    pthread_mutex_lock(&store->state);
    const bool is_free = store->frozen == NULL;
    const bool has_commits = store->live->last_commit > 0;
    pthread_mutex_unlock(&store->state);
    *is_frozen = is_free;
    const ct_status status = is_free && has_commits ? ct_store_freeze(store, err) : CT_OK;
    ct_store_release_log(store);
    return status;
}

ct_status ct_store_seal_all(struct ct_store *store, struct ct_error *err)
{
    bool is_frozen = false;
    while (!is_frozen) {
        CT_TRY(ct_store_seal_frozen(store, err));
        CT_TRY(freeze_now(store, &is_frozen, err));
    }
    return ct_store_seal_frozen(store, err);
}

ct_status ct_store_seal(struct ct_store *store, struct ct_error *err)
{
    CT_TRY(ct_store_check_writable(store, err));
    struct ct_error failure = {0};
    pthread_mutex_lock(&store->step);
    const ct_status status = ct_store_seal_all(store, &failure);
    return finish_step(store, status, &failure, err);
}

ct_status ct_store_compact(struct ct_store *store, struct ct_error *err)
{
    CT_TRY(ct_store_check_writable(store, err));
    struct ct_error failure = {0};
    pthread_mutex_lock(&store->step);
    ct_status status = ct_store_seal_all(store, &failure);
    if (status == CT_OK)
        status = ct_store_merge_all(store, &failure);
    for (bool did_work = true; status == CT_OK && did_work;)
        status = ct_store_merge_history(store, true, &did_work, &failure);
    for (bool did_work = true; status == CT_OK && did_work;)
        status = ct_store_roll_one(store, &did_work, &failure);
    return finish_step(store, status, &failure, err);
}

void ct_store_wait_for_work(struct ct_store *store, uint32_t timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&store->state);
    if (!store->frozen && !store->is_broken)
        (void)pthread_cond_timedwait(&store->work, &store->state, &until);
    pthread_mutex_unlock(&store->state);
}

void ct_store_set_maintained(struct ct_store *store, bool is_maintained)
{
    pthread_mutex_lock(&store->state);
    store->is_maintained = is_maintained;
    pthread_cond_broadcast(&store->sealed);
    pthread_cond_broadcast(&store->work);
    pthread_mutex_unlock(&store->state);
}
