#include "source.h"

static ct_status mark_live(struct ct_snapshot *snapshot, struct ct_error *err)
{
    const struct ct_live_set *live = snapshot->live;
    snapshot->marks =
        ct_alloc_zeroed(snapshot->store->env.allocator, live->table_cap, sizeof *snapshot->marks);
    if (!snapshot->marks)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while taking a snapshot");
    snapshot->mark_count = live->table_cap;
    for (size_t i = 0; i < live->table_cap; i++) {
        if (live->tables[i])
            snapshot->marks[i] = (struct ct_live_mark){.row_count = live->tables[i]->row_count,
                                                       .slot_count = live->tables[i]->slot_count};
    }
    return CT_OK;
}

/* Can commit be looked back to? State lock held. */
static ct_status check_commit(const struct ct_store *store, uint64_t commit, struct ct_error *err)
{
    if (commit > store->last_commit)
        return ct_fail(err, CT_RANGE, "commit %llu has not been made: the last one is %llu",
                       (unsigned long long)commit, (unsigned long long)store->last_commit);
    if (commit < store->history_low && commit < store->last_commit)
        return ct_fail(err, CT_RANGE,
                       "commit %llu is further back than history is kept: the first that can be "
                       "asked for is %llu",
                       (unsigned long long)commit, (unsigned long long)store->history_low);
    return CT_OK;
}

/* State lock held. */
static ct_status hold(struct ct_snapshot *snapshot, struct ct_error *err)
{
    struct ct_store *store = snapshot->store;
    snapshot->version = store->version;
    ct_version_hold(snapshot->version);
    snapshot->live = store->live;
    ct_live_set_hold(snapshot->live);
    snapshot->frozen = store->frozen;
    if (snapshot->frozen)
        ct_live_set_hold(snapshot->frozen);
    return mark_live(snapshot, err);
}

/* Of the last commit where as_of is NULL. */
static ct_status take(struct ct_store *store, const uint64_t *as_of, struct ct_snapshot **out,
                      struct ct_error *err)
{
    struct ct_snapshot *snapshot = ct_alloc_zeroed(store->env.allocator, 1, sizeof *snapshot);
    if (!snapshot)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while taking a snapshot");
    snapshot->store = store;
    atomic_init(&snapshot->references, 1);
    pthread_mutex_lock(&store->state);
    snapshot->commit = as_of ? *as_of : store->last_commit;
    snapshot->is_as_of = snapshot->commit < store->last_commit;
    ct_status status = check_commit(store, snapshot->commit, err);
    if (status == CT_OK)
        status = hold(snapshot, err);
    pthread_mutex_unlock(&store->state);
    if (status != CT_OK) {
        ct_snapshot_release(snapshot);
        return status;
    }
    *out = snapshot;
    return CT_OK;
}

ct_status ct_snapshot_take(struct ct_store *store, struct ct_snapshot **out, struct ct_error *err)
{
    return take(store, NULL, out, err);
}

ct_status ct_snapshot_take_as_of(struct ct_store *store, uint64_t commit, struct ct_snapshot **out,
                                 struct ct_error *err)
{
    return take(store, &commit, out, err);
}

void ct_snapshot_release(struct ct_snapshot *snapshot)
{
    if (!snapshot || atomic_fetch_sub_explicit(&snapshot->references, 1, memory_order_acq_rel) != 1)
        return;
    const struct ct_allocator *allocator = snapshot->store->env.allocator;
    ct_version_drop(snapshot->version);
    ct_live_set_drop(snapshot->frozen);
    ct_live_set_drop(snapshot->live);
    ct_release(allocator, snapshot->marks);
    ct_release(allocator, snapshot);
}

uint64_t ct_snapshot_commit(const struct ct_snapshot *snapshot)
{
    return snapshot->commit;
}
