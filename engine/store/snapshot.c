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

ct_status ct_snapshot_take(struct ct_store *store, struct ct_snapshot **out, struct ct_error *err)
{
    struct ct_snapshot *snapshot = ct_alloc_zeroed(store->env.allocator, 1, sizeof *snapshot);
    if (!snapshot)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while taking a snapshot");
    snapshot->store = store;
    atomic_init(&snapshot->references, 1);
    pthread_mutex_lock(&store->state);
    snapshot->version = store->version;
    ct_version_hold(snapshot->version);
    snapshot->live = store->live;
    ct_live_set_hold(snapshot->live);
    snapshot->frozen = store->frozen;
    if (snapshot->frozen)
        ct_live_set_hold(snapshot->frozen);
    snapshot->commit = store->last_commit;
    const ct_status status = mark_live(snapshot, err);
    pthread_mutex_unlock(&store->state);
    if (status != CT_OK) {
        ct_snapshot_release(snapshot);
        return status;
    }
    *out = snapshot;
    return CT_OK;
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
