/* The one place where the list of live files changes: definitions saved, manifest edited, version
 * replaced, files that nobody needs removed, in this order. Step lock held throughout. */
#include "file_names.h"
#include "state.h"

uint64_t ct_store_take_number(struct ct_store *store)
{
    /* Durable with the edit that names the file; a number taken in vain is taken again after a
     * crash, when its file is swept away as unknown. */
    return atomic_fetch_add(&store->next_number, 1);
}

/* -- definitions -------------------------------------------------------------------------- */

static ct_status append_definitions(struct ct_store *store, const uint8_t *bytes, size_t len,
                                    struct ct_error *err)
{
    const struct ct_part part = {.bytes = bytes, .len = len};
    const struct ct_log_entry entry = {
        .number = 1, .type = CT_RECORD_DEFINITIONS, .parts = &part, .part_count = 1};
    return ct_log_append(store->catalog_log, &entry, 1, true, err);
}

/* Everything there is into the fresh catalog file, which so replaces the others. */
static ct_status dump_definitions(struct ct_store *store, struct ct_error *err)
{
    struct ct_dump_cursor cursor = {0};
    for (;;) {
        uint8_t *bytes = NULL;
        size_t len = 0;
        CT_TRY(ct_catalog_dump(store->catalog, &cursor, &bytes, &len, err));
        const ct_status status = len ? append_definitions(store, bytes, len, err) : CT_OK;
        ct_release(store->env.allocator, bytes);
        if (status != CT_OK || len == 0)
            return status;
    }
}

static ct_status create_catalog_file(struct ct_store *store, struct ct_error *err)
{
    char name[CT_FILE_NAME_CAP];
    char path[CT_PATH_BYTES_MAX];
    store->catalog_number = ct_store_take_number(store);
    ct_name_catalog(name, store->catalog_number);
    CT_TRY(ct_path_join(path, store->path, name, err));
    CT_TRY(ct_log_create(store->env.io, path, CT_LOG_CATALOG, ct_store_next_salt(store),
                         &store->catalog_log, err));
    return store->env.io->calls->sync_folder(store->env.io, store->path, err);
}

/* Saves what was defined since the last time. *out is what the manifest is to say of the file. */
static ct_status save_definitions(struct ct_store *store, struct ct_catalog_file *out, bool *saved,
                                  bool *replaces, struct ct_error *err)
{
    const uint64_t end = ct_catalog_journal_end(store->catalog);
    *saved = end > store->saved_journal;
    *replaces = false;
    if (!*saved)
        return CT_OK;
    if (!store->catalog_log) {
        *replaces = ct_manifest_state_of(store->manifest)->catalog_count >= CT_CATALOG_FILES_MAX;
        CT_TRY(create_catalog_file(store, err));
        if (*replaces)
            CT_TRY(dump_definitions(store, err));
    }
    if (!*replaces) {
        uint8_t *bytes;
        size_t len;
        CT_TRY(
            ct_catalog_journal_copy(store->catalog, store->saved_journal, end, &bytes, &len, err));
        const ct_status status = append_definitions(store, bytes, len, err);
        ct_release(store->env.allocator, bytes);
        if (status != CT_OK)
            return status;
    }
    *out = (struct ct_catalog_file){.number = store->catalog_number,
                                    .end_offset = ct_log_size_bytes(store->catalog_log)};
    store->saved_journal = end;
    return CT_OK;
}

/* -- deletes ------------------------------------------------------------------------------ */

/* Is there a row that the delete may concern: in the log's commits, or in a segment that has not
 * carried it out. */
static bool is_needed(const struct ct_tombstone *tombstone, const struct ct_manifest_state *state,
                      uint64_t sealed_commit)
{
    if (tombstone->commit > sealed_commit)
        return true;
    for (size_t i = 0; i < state->segment_count; i++) {
        const struct ct_segment_entry *entry = &state->segments[i];
        if (!entry->is_history && entry->info.table == tombstone->table &&
            entry->applied_commit < tombstone->commit &&
            entry->info.min_time_ns < tombstone->end_ns &&
            entry->info.max_time_ns >= tombstone->start_ns)
            return true;
    }
    return false;
}

static bool is_known(const struct ct_manifest_state *state, uint64_t commit)
{
    for (size_t i = 0; i < state->tombstone_count; i++) {
        if (state->tombstones[i].commit == commit)
            return true;
    }
    return false;
}

struct plan {
    struct ct_manifest_state after; /* segments and covers only */
    uint64_t *dropped_covers;
    size_t dropped_cover_count;
    struct ct_tombstone *added;
    size_t added_count;
    uint64_t *retired; /* commits of deletes that nobody needs any more */
    size_t retired_count;
    uint64_t *dropped; /* of these, those the manifest knows */
    size_t dropped_count;
    struct ct_commit_time *times; /* of commits now sealed */
    size_t time_count;
    struct ct_commit_time restated_time; /* the last of them; commit 0: none */
    uint64_t history_low;                /* 0: as it was */
    uint64_t sealed_commit, log_low;
};

static void plan_deinit(struct plan *plan, const struct ct_allocator *allocator)
{
    ct_manifest_state_deinit(&plan->after, allocator);
    ct_release(allocator, plan->added);
    ct_release(allocator, plan->retired);
    ct_release(allocator, plan->dropped);
    ct_release(allocator, plan->times);
    ct_release(allocator, plan->dropped_covers);
}

static bool is_dropped(const struct ct_publication *publication, uint64_t id)
{
    for (size_t i = 0; i < publication->dropped_count; i++) {
        if (publication->dropped[i] == id)
            return true;
    }
    return false;
}

static bool plan_segments(const struct ct_store *store, const struct ct_publication *publication,
                          struct plan *plan)
{
    const struct ct_manifest_state *state = ct_manifest_state_of(store->manifest);
    const size_t count = state->segment_count + publication->added_count;
    plan->after.segments =
        ct_alloc_zeroed(store->env.allocator, count, sizeof *plan->after.segments);
    if (!plan->after.segments)
        return false;
    for (size_t i = 0; i < state->segment_count; i++) {
        if (!is_dropped(publication, state->segments[i].id))
            plan->after.segments[plan->after.segment_count++] = state->segments[i];
    }
    for (size_t i = 0; i < publication->added_count; i++)
        plan->after.segments[plan->after.segment_count++] = publication->added[i]->entry;
    return true;
}

/* State lock held. */
static bool plan_deletes(const struct ct_store *store, struct plan *plan)
{
    const struct ct_manifest_state *state = ct_manifest_state_of(store->manifest);
    const struct ct_allocator *allocator = store->env.allocator;
    const size_t count = store->tombstone_count;
    plan->added = ct_alloc_zeroed(allocator, count, sizeof *plan->added);
    plan->retired = ct_alloc_zeroed(allocator, count, sizeof *plan->retired);
    plan->dropped = ct_alloc_zeroed(allocator, count, sizeof *plan->dropped);
    if (!plan->added || !plan->retired || !plan->dropped)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct ct_tombstone *tombstone = &store->tombstones[i];
        const bool known = is_known(state, tombstone->commit);
        if (!is_needed(tombstone, &plan->after, plan->sealed_commit)) {
            plan->retired[plan->retired_count++] = tombstone->commit;
            if (known)
                plan->dropped[plan->dropped_count++] = tombstone->commit;
        } else if (!known && tombstone->commit <= plan->sealed_commit) {
            plan->added[plan->added_count++] = *tombstone;
        }
    }
    return true;
}

/* A restatement is a commit that the log does not have. State lock held. */
static bool mark_restatement(struct ct_store *store, const struct ct_publication *publication,
                             struct plan *plan)
{
    const int64_t now_ns = ct_clock_now_ns(store->env.clock);
    if (!publication->restated || !ct_commit_times_is_due(&store->times, now_ns))
        return true;
    plan->restated_time = (struct ct_commit_time){.commit = publication->restated->commit,
                                                  .time_ns = now_ns - now_ns % CT_TIME_UNIT_NS};
    plan->times[plan->time_count++] = plan->restated_time;
    return ct_commit_times_reserve(&store->times, store->env.allocator) == CT_OK;
}

/* Marks of commits that leave the log. State lock held. */
static bool plan_times(struct ct_store *store, const struct ct_publication *publication,
                       uint64_t sealed_before, struct plan *plan)
{
    const struct ct_commit_times *times = &store->times;
    size_t first = times->count;
    while (first > 0 && times->marks[first - 1].commit > sealed_before)
        first--;
    plan->times =
        ct_alloc_zeroed(store->env.allocator, times->count - first + 1, sizeof *plan->times);
    for (size_t i = first; plan->times && i < times->count; i++) {
        if (times->marks[i].commit <= plan->sealed_commit)
            plan->times[plan->time_count++] = times->marks[i];
    }
    return plan->times && mark_restatement(store, publication, plan);
}

static ct_status make_plan(struct ct_store *store, const struct ct_publication *publication,
                           struct plan *plan, struct ct_error *err)
{
    const struct ct_manifest_state *state = ct_manifest_state_of(store->manifest);
    memset(plan, 0, sizeof *plan);
    plan->sealed_commit = state->sealed_commit;
    plan->log_low = state->log_low;
    pthread_mutex_lock(&store->state);
    if (publication->seals_frozen) {
        if (store->frozen->last_commit > plan->sealed_commit)
            plan->sealed_commit = store->frozen->last_commit;
        plan->log_low = store->live->log_number;
    }
    if (publication->restated)
        plan->sealed_commit = publication->restated->commit;
    plan->history_low = publication->history_low;
    if (plan->history_low <= store->history_low)
        plan->history_low = 0;
    const bool ok = plan_segments(store, publication, plan) &&
                    ct_store_plan_covers(store, publication, &plan->after, &plan->dropped_covers,
                                         &plan->dropped_cover_count) == CT_OK &&
                    plan_deletes(store, plan) &&
                    plan_times(store, publication, state->sealed_commit, plan);
    pthread_mutex_unlock(&store->state);
    if (!ok)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while publishing segments");
    return CT_OK;
}

/* -- publishing --------------------------------------------------------------------------- */

static ct_status commit_edit(struct ct_store *store, const struct ct_publication *publication,
                             const struct plan *plan, struct ct_error *err)
{
    struct ct_catalog_file file;
    bool saved;
    bool replaces;
    CT_TRY(save_definitions(store, &file, &saved, &replaces, err));
    struct ct_segment_entry *added =
        ct_alloc_zeroed(store->env.allocator, publication->added_count, sizeof *added);
    if (!added)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while publishing segments");
    for (size_t i = 0; i < publication->added_count; i++)
        added[i] = publication->added[i]->entry;
    const struct ct_manifest_edit edit = {
        .added = added,
        .added_count = publication->added_count,
        .dropped = publication->dropped,
        .dropped_count = publication->dropped_count,
        .tombstones = plan->added,
        .tombstone_count = plan->added_count,
        .dropped_tombstones = plan->dropped,
        .dropped_tombstone_count = plan->dropped_count,
        .dropped_covers = plan->dropped_covers,
        .dropped_cover_count = plan->dropped_cover_count,
        .cover = publication->cover,
        .cover_segments = publication->cover_segments,
        .sealed_commit = plan->sealed_commit,
        .log_low = plan->log_low,
        .next_number = store->next_number,
        .history_low = plan->history_low,
        .times = plan->times,
        .time_count = plan->time_count,
        .catalog = saved ? &file : NULL,
        .replaces_catalogs = saved && replaces,
    };
    const ct_status status = ct_manifest_commit(store->manifest, &edit, err);
    ct_release(store->env.allocator, added);
    return status;
}

static bool is_retired(const struct plan *plan, uint64_t commit)
{
    for (size_t i = 0; i < plan->retired_count; i++) {
        if (plan->retired[i] == commit)
            return true;
    }
    return false;
}

/* Deletes that came meanwhile are in force too. State lock held. */
static ct_status install(struct ct_store *store, const struct ct_publication *publication,
                         const struct plan *plan, const struct ct_version *segments,
                         struct ct_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < store->tombstone_count; i++) {
        if (!is_retired(plan, store->tombstones[i].commit))
            store->tombstones[kept++] = store->tombstones[i];
    }
    store->tombstone_count = kept;
    struct ct_version *version;
    CT_TRY(ct_version_with_tombstones(segments, store->tombstones, kept, &version, err));
    ct_version_drop(store->version);
    store->version = version;
    store->sealed_commit = plan->sealed_commit;
    if (publication->restated)
        store->last_commit = publication->restated->commit;
    if (plan->restated_time.commit)
        CT_TRY(ct_commit_times_add(&store->times, store->env.allocator, plan->restated_time));
    if (plan->history_low) {
        store->history_low = plan->history_low;
        ct_commit_times_forget(&store->times, plan->history_low);
    }
    if (publication->seals_frozen) {
        ct_live_set_drop(store->frozen);
        store->frozen = NULL;
        pthread_cond_broadcast(&store->sealed);
    }
    return CT_OK;
}

static void remove_old_logs(struct ct_store *store, uint64_t log_low)
{
    struct ct_io *io = store->env.io;
    char folder[CT_PATH_BYTES_MAX];
    struct ct_names names;
    if (ct_path_join(folder, store->path, CT_FOLDER_LOG, NULL) != CT_OK ||
        io->calls->list(io, folder, &names, NULL) != CT_OK)
        return;
    for (size_t i = 0; i < names.count; i++) {
        uint64_t number;
        char path[CT_PATH_BYTES_MAX];
        if (ct_name_parse(names.name[i], "", ".log", &number) && number < log_low &&
            ct_path_join(path, folder, names.name[i], NULL) == CT_OK)
            (void)io->calls->remove(io, path, NULL);
    }
    ct_names_release(io, &names);
}

/* What fails to go is swept at the next open. */
static void remove_files(struct ct_store *store, const struct ct_publication *publication,
                         const struct plan *plan)
{
    struct ct_io *io = store->env.io;
    char folder[CT_PATH_BYTES_MAX];
    if (ct_path_join(folder, store->path, CT_FOLDER_SEGMENT, NULL) != CT_OK)
        return;
    for (size_t i = 0; i < publication->dropped_count; i++) {
        char name[CT_FILE_NAME_CAP];
        char path[CT_PATH_BYTES_MAX];
        ct_name_segment(name, publication->dropped[i]);
        if (ct_path_join(path, folder, name, NULL) == CT_OK)
            (void)io->calls->remove(io, path, NULL);
    }
    ct_store_remove_covers(store, plan->dropped_covers, plan->dropped_cover_count);
    if (publication->seals_frozen)
        remove_old_logs(store, plan->log_low);
}

static ct_status publish(struct ct_store *store, const struct ct_publication *publication,
                         const struct plan *plan, struct ct_error *err)
{
    struct ct_version *segments;
    CT_TRY(ct_version_create(store->env.io, store->path, &plan->after, store->version,
                             publication->added, publication->added_count, &segments, err));
    ct_status status =
        ct_request_keys_save(&store->request_keys, store->catalog, plan->sealed_commit,
                             ct_clock_now_ns(store->env.clock), err);
    if (status == CT_OK)
        status = commit_edit(store, publication, plan, err);
    if (status == CT_OK) {
        pthread_mutex_lock(&store->state);
        status = install(store, publication, plan, segments, err);
        pthread_mutex_unlock(&store->state);
    }
    if (status == CT_OK) {
        const uint64_t logged = store->logged_journal;
        ct_catalog_journal_trim(store->catalog,
                                logged < store->saved_journal ? logged : store->saved_journal);
        remove_files(store, publication, plan);
    }
    ct_version_drop(segments);
    return status;
}

/* The delete of a restatement is in the list while the edit is planned; no version knows it yet. */
static ct_status note_restated(struct ct_store *store, const struct ct_publication *publication,
                               struct ct_error *err)
{
    if (!publication->restated)
        return CT_OK;
    pthread_mutex_lock(&store->state);
    const bool has_room = ct_grow(store->env.allocator, &store->tombstones, &store->tombstone_cap,
                                  store->tombstone_count + 1, sizeof *store->tombstones);
    if (has_room)
        store->tombstones[store->tombstone_count++] = *publication->restated;
    pthread_mutex_unlock(&store->state);
    if (!has_room)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while restating");
    return CT_OK;
}

ct_status ct_store_publish(struct ct_store *store, const struct ct_publication *publication,
                           struct ct_error *err)
{
    CT_TRY(note_restated(store, publication, err));
    struct plan plan;
    ct_status status = make_plan(store, publication, &plan, err);
    if (status == CT_OK)
        status = publish(store, publication, &plan, err);
    plan_deinit(&plan, store->env.allocator);
    return status;
}
