/* Group commit.
 *
 * Whoever finds no leader becomes it: takes all requests that wait, numbers them, writes them to
 * the log as one group with one sync, makes them visible in order, and wakes everyone. Commits that
 * arrive meanwhile form the next group, so the device's own latency is the batching window.
 * Definitions that the rows use go first in the same group. */
#include "commit_request.h"

#define GROUP_REQUESTS_MAX 256
#define GROUP_BYTES_MAX    ((size_t)64 << 20)

/* Takes requests off the queue, up to a group's size. Queue lock held. */
static struct ct_commit_request *take_group(struct ct_store *store, size_t *count)
{
    struct ct_commit_request *first = store->first_request;
    struct ct_commit_request *last = NULL;
    size_t bytes = 0;
    *count = 0;
    for (struct ct_commit_request *r = first;
         r && *count < GROUP_REQUESTS_MAX && bytes < GROUP_BYTES_MAX; r = r->next) {
        bytes += r->payload.len;
        last = r;
        ++*count;
    }
    if (!last)
        return NULL;
    store->first_request = last->next;
    if (!last->next)
        store->last_request = NULL;
    last->next = NULL;
    return first;
}

static enum ct_record_type record_type(const struct ct_commit_request *request)
{
    if (request->kind == CT_REQUEST_DELETE)
        return CT_RECORD_DELETE;
    return request->key ? CT_RECORD_KEYED_ROWS : CT_RECORD_ROWS;
}

/* The time of the group's first commit, where it is to be noted: *len 0 where not. */
static ct_status prepare_mark(struct ct_store *store, struct ct_commit_time *mark,
                              uint8_t payload[CT_VARINT_BYTES_MAX], size_t *len,
                              struct ct_error *err)
{
    const int64_t now_ns = ct_clock_now_ns(store->env.clock);
    mark->time_ns = now_ns - now_ns % CT_TIME_UNIT_NS;
    pthread_mutex_lock(&store->state);
    const bool is_due = ct_commit_times_is_due(&store->times, mark->time_ns);
    const ct_status status =
        is_due ? ct_commit_times_reserve(&store->times, store->env.allocator) : CT_OK;
    pthread_mutex_unlock(&store->state);
    *len = is_due ? ct_record_encode_time(now_ns, payload) : 0;
    return status == CT_OK ? CT_OK : ct_fail(err, status, "out of memory while committing");
}

static ct_status add_mark(struct ct_store *store, struct ct_commit_time mark, struct ct_error *err)
{
    pthread_mutex_lock(&store->state);
    const ct_status status = ct_commit_times_add(&store->times, store->env.allocator, mark);
    pthread_mutex_unlock(&store->state);
    return status == CT_OK ? CT_OK : ct_fail(err, status, "out of memory while committing");
}

static void add_entry(struct ct_log_entry *entry, struct ct_part *part, enum ct_record_type type,
                      uint64_t number, struct ct_text payload)
{
    *part = (struct ct_part){.bytes = payload.bytes, .len = payload.len};
    *entry = (struct ct_log_entry){
        .number = number, .type = (uint16_t)type, .parts = part, .part_count = 1};
}

static ct_status write_entries(struct ct_store *store, struct ct_commit_request *group,
                               struct ct_text definitions, struct ct_text time,
                               uint64_t first_commit, struct ct_error *err)
{
    struct ct_log_entry entries[GROUP_REQUESTS_MAX + 2];
    struct ct_part parts[GROUP_REQUESTS_MAX + 2];
    size_t count = 0;
    if (time.len) {
        add_entry(&entries[count], &parts[count], CT_RECORD_TIME, first_commit, time);
        count++;
    }
    if (definitions.len) {
        add_entry(&entries[count], &parts[count], CT_RECORD_DEFINITIONS, first_commit, definitions);
        count++;
    }
    for (struct ct_commit_request *r = group; r; r = r->next) {
        if (r->kind == CT_REQUEST_DEFINITIONS)
            continue;
        const struct ct_text payload = {.bytes = (const char *)r->payload.bytes,
                                        .len = r->payload.len};
        add_entry(&entries[count], &parts[count], record_type(r), r->commit, payload);
        count++;
    }
    if (count == 0)
        return CT_OK;
    const bool sync = store->options.durability == CT_DURABILITY_SYNC;
    const int64_t started_ns = sync ? ct_clock_monotonic_ns(store->env.clock) : 0;
    store->has_unsynced |= !sync;
    CT_TRY(ct_log_append(store->log, entries, count, sync, err));
    if (sync)
        ct_store_note_sync(store, started_ns);
    return CT_OK;
}

static ct_status write_group(struct ct_store *store, struct ct_commit_request *group,
                             struct ct_error *err)
{
    CT_TRY(ct_store_check_writable(store, err));
    uint64_t commit = store->last_commit; /* only leaders move it */
    const uint64_t first_commit = commit + 1;
    for (struct ct_commit_request *r = group; r; r = r->next) {
        if (r->kind != CT_REQUEST_DEFINITIONS)
            r->commit = ++commit;
    }
    if (commit > CT_COMMITS_MAX)
        return ct_fail(err, CT_LIMIT, "there were %llu commits, no more are possible",
                       (unsigned long long)CT_COMMITS_MAX);
    struct ct_commit_time mark = {.commit = first_commit};
    uint8_t mark_bytes[CT_VARINT_BYTES_MAX];
    struct ct_text time = {.bytes = (const char *)mark_bytes};
    if (commit >= first_commit)
        CT_TRY(prepare_mark(store, &mark, mark_bytes, &time.len, err));
    const uint64_t journal_end = ct_catalog_journal_end(store->catalog);
    uint8_t *bytes = NULL;
    size_t len = 0;
    if (journal_end > store->logged_journal)
        CT_TRY(ct_catalog_journal_copy(store->catalog, store->logged_journal, journal_end, &bytes,
                                       &len, err));
    const struct ct_text definitions = {.bytes = (const char *)bytes, .len = len};
    ct_status status = write_entries(store, group, definitions, time, first_commit, err);
    ct_release(store->env.allocator, bytes);
    if (status == CT_OK) {
        store->logged_journal = journal_end;
        return time.len ? add_mark(store, mark, err) : CT_OK;
    }
    return ct_store_break(store, err);
}

static void set_last_commit(struct ct_store *store, uint64_t commit)
{
    store->live->last_commit = commit;
    store->last_commit = commit;
}

/* Every block of a commit becomes visible at the same moment. */
static ct_status publish_rows(struct ct_store *store, struct ct_commit_request *request,
                              struct ct_error *err)
{
    ct_status status = CT_OK;
    pthread_mutex_lock(&store->state);
    for (size_t i = 0; i < request->block_count && status == CT_OK; i++)
        status = ct_live_add(store->live, request->commit, &request->blocks[i], err);
    if (status == CT_OK)
        set_last_commit(store, request->commit);
    pthread_mutex_unlock(&store->state);
    return status;
}

static ct_status publish_delete(struct ct_store *store, struct ct_commit_request *request,
                                struct ct_error *err)
{
    request->tombstone->commit = request->commit;
    pthread_mutex_lock(&store->state);
    const ct_status status = ct_store_add_tombstone(store, request->tombstone, err);
    if (status == CT_OK) {
        ct_live_close_chunks(store->live, request->tombstone->table);
        set_last_commit(store, request->commit);
    }
    pthread_mutex_unlock(&store->state);
    return status;
}

/* The rows are safe and visible whatever happens there: what cannot be looked at is told to the
 * operator. */
static void note_overwrites(struct ct_store *store, ct_status status, const struct ct_error *err)
{
    if (status == CT_OK)
        return;
    struct ct_log_line line;
    ct_log_begin(&line, store->env.logger, CT_LOG_WARNING, "overwritten rows were not counted");
    ct_log_error(&line, err);
    ct_log_end(&line);
}

static ct_status publish_counted_rows(struct ct_store *store, struct ct_commit_request *request,
                                      struct ct_error *err)
{
    struct ct_error failure;
    ct_status status = CT_OK;
    for (size_t i = 0; i < request->block_count && status == CT_OK; i++)
        status = ct_overwrites_prepare(store, request->blocks[i].table, &failure);
    CT_TRY(publish_rows(store, request, err));
    if (request->key)
        ct_request_keys_done(&store->request_keys, request->key, request->commit);
    for (size_t i = 0; i < request->block_count && status == CT_OK; i++)
        status = ct_overwrites_count(store, &request->blocks[i], &request->overwritten, &failure);
    note_overwrites(store, status, &failure);
    pthread_mutex_lock(&store->state);
    store->overwritten_money += request->overwritten.money;
    pthread_mutex_unlock(&store->state);
    return CT_OK;
}

static ct_status publish_request(struct ct_store *store, struct ct_commit_request *request,
                                 struct ct_error *err)
{
    switch (request->kind) {
    case CT_REQUEST_ROWS:
        return publish_counted_rows(store, request, err);
    case CT_REQUEST_DELETE:
        return publish_delete(store, request, err);
    case CT_REQUEST_DEFINITIONS:
        return CT_OK;
    }
    return CT_OK;
}

/* What is in the log must become visible; where memory is out the store is given up: reopened, it
 * has the rows. */
static ct_status publish_group(struct ct_store *store, struct ct_commit_request *group,
                               struct ct_error *err)
{
    ct_status status = CT_OK;
    for (struct ct_commit_request *r = group; r && status == CT_OK; r = r->next)
        status = publish_request(store, r, err);
    if (status != CT_OK)
        ct_store_break(store, err);
    return status;
}

static void freeze_if_full(struct ct_store *store)
{
    pthread_mutex_lock(&store->state);
    const bool is_due = !store->frozen && store->live->bytes > ct_store_live_limit(store) &&
                        store->live->row_count > 0 && !store->is_broken;
    pthread_mutex_unlock(&store->state);
    struct ct_error err;
    if (is_due)
        (void)ct_store_freeze(store, &err); /* its failure broke the store; the commits are safe */
}

/* Log owned. */
static void lead_group(struct ct_store *store, struct ct_commit_request *group)
{
    struct ct_error err = {0};
    ct_status status = write_group(store, group, &err);
    if (status == CT_OK)
        status = publish_group(store, group, &err);
    if (status == CT_OK)
        freeze_if_full(store);
    pthread_mutex_lock(&store->queue);
    for (struct ct_commit_request *r = group; r;) {
        struct ct_commit_request *next = r->next; /* r may be gone once it is done */
        r->status = status;
        r->error = err;
        r->is_done = true;
        r = next;
    }
    pthread_cond_broadcast(&store->queue_changed);
    pthread_mutex_unlock(&store->queue);
}

void ct_store_own_log(struct ct_store *store)
{
    pthread_mutex_lock(&store->queue);
    while (store->is_writing)
        pthread_cond_wait(&store->queue_changed, &store->queue);
    store->is_writing = true;
    pthread_mutex_unlock(&store->queue);
}

void ct_store_release_log(struct ct_store *store)
{
    pthread_mutex_lock(&store->queue);
    store->is_writing = false;
    pthread_cond_broadcast(&store->queue_changed);
    pthread_mutex_unlock(&store->queue);
}

/* Queues the request and returns once it is done, by this thread or another. */
ct_status ct_store_submit(struct ct_store *store, struct ct_commit_request *request,
                          struct ct_error *err)
{
    pthread_mutex_lock(&store->queue);
    if (store->last_request)
        store->last_request->next = request;
    else
        store->first_request = request;
    store->last_request = request;
    while (!request->is_done) {
        if (store->is_writing) {
            pthread_cond_wait(&store->queue_changed, &store->queue);
            continue;
        }
        size_t count;
        struct ct_commit_request *group = take_group(store, &count);
        store->is_writing = true;
        pthread_mutex_unlock(&store->queue);
        lead_group(store, group);
        pthread_mutex_lock(&store->queue);
        store->is_writing = false;
        pthread_cond_broadcast(&store->queue_changed);
    }
    pthread_mutex_unlock(&store->queue);
    if (request->status != CT_OK && err)
        *err = request->error;
    return request->status;
}
