/* Finishing: what was staged against what is expected and what is there, then the commit. */
#include "restate_digest.h"
#include "restate_record.h"
#include "restate_state.h"
#include "source.h"

struct finish {
    struct ct_restate *restate;
    struct ct_store *store;
    const struct ct_restate_options *options;
    struct ct_restate_result *result;
    uint32_t database, total_field;
    struct ct_tombstone scope;
    bool matches_any;
    struct ct_byte_buffer key;
    struct ct_restate_record record; /* of the scope's last restatement */
    bool has_record;
    struct ct_restate_digest staged, before;
};

/* -- digests ------------------------------------------------------------------------------- */

/* A snapshot that consists of the staged segments. */
static ct_status take_staged(const struct finish *finish, struct ct_snapshot **out,
                             struct ct_error *err)
{
    struct ct_store *store = finish->store;
    const struct ct_sealed_list *staged = &finish->restate->staged;
    const struct ct_allocator *allocator = store->env.allocator;
    struct ct_snapshot *snapshot = ct_alloc_zeroed(allocator, 1, sizeof *snapshot);
    struct ct_manifest_state state = {0};
    state.segments = ct_alloc_zeroed(allocator, staged->count, sizeof *state.segments);
    if (!snapshot || !state.segments) {
        ct_release(allocator, snapshot);
        ct_release(allocator, state.segments);
        return ct_fail(err, CT_NO_MEMORY, "out of memory while looking at staged rows");
    }
    snapshot->store = store;
    atomic_init(&snapshot->references, 1);
    for (size_t i = 0; i < staged->count; i++)
        state.segments[state.segment_count++] = staged->sealed[i]->entry;
    const ct_status status =
        ct_version_create(store->env.io, store->path, &state, NULL, staged->sealed, staged->count,
                          &snapshot->version, err);
    ct_release(allocator, state.segments);
    if (status == CT_OK)
        *out = snapshot;
    else
        ct_snapshot_release(snapshot);
    return status;
}

static ct_status look_at_staged(struct finish *finish, struct ct_error *err)
{
    const struct ct_restate_digest_plan plan = {
        .scope = &finish->scope, .total_field = finish->total_field, .with_hash = true};
    struct ct_snapshot *snapshot = NULL;
    CT_TRY(take_staged(finish, &snapshot, err));
    const ct_status status = ct_restate_digest_of(snapshot, &plan, &finish->staged, err);
    ct_snapshot_release(snapshot);
    return status;
}

/* The hash is wanted only where it may turn out to be the staged rows'. */
static ct_status look_at_present(struct finish *finish, struct ct_error *err)
{
    const struct ct_restate_record *record = &finish->record;
    const struct ct_restate_digest_plan plan = {
        .scope = &finish->scope,
        .total_field = finish->total_field,
        .with_hash = finish->has_record && record->hash[0] == finish->staged.hash[0] &&
                     record->hash[1] == finish->staged.hash[1]};
    if (!finish->matches_any)
        return CT_OK;
    struct ct_snapshot *snapshot;
    CT_TRY(ct_snapshot_take(finish->store, &snapshot, err));
    const ct_status status = ct_restate_digest_of(snapshot, &plan, &finish->before, err);
    ct_snapshot_release(snapshot);
    return status;
}

static struct ct_restate_amount amount_of(const struct finish *finish,
                                          const struct ct_restate_digest *digest)
{
    return (struct ct_restate_amount){.row_count = digest->row_count,
                                      .has_total =
                                          finish->total_field != CT_NONE && !digest->is_mixed,
                                      .total = digest->total};
}

/* -- expectations -------------------------------------------------------------------------- */

static bool can_be_added(enum ct_type type)
{
    return type == CT_DECIMAL || type == CT_INT64 || type == CT_UINT64;
}

static ct_status choose_field(struct finish *finish, struct ct_error *err)
{
    struct ct_catalog *catalog = finish->store->catalog;
    const struct ct_restate_options *options = finish->options;
    const uint32_t table = finish->scope.table;
    const bool is_named = options->field.len > 0;
    const struct ct_text name = is_named ? options->field : ct_text_of("cost_usd");
    finish->total_field = ct_catalog_find_field(catalog, table, name);
    if (finish->total_field == CT_NONE) {
        if (is_named || options->has_total)
            return ct_fail(err, CT_NOT_FOUND, "no field \"%.60s\" to add up", name.bytes);
        return CT_OK;
    }
    if (can_be_added(ct_catalog_field(catalog, table, finish->total_field).type))
        return CT_OK;
    if (is_named || options->has_total)
        return ct_fail(err, CT_TYPE, "field \"%.60s\" has no exact total", name.bytes);
    finish->total_field = CT_NONE;
    return CT_OK;
}

static ct_status check_count(const struct finish *finish, struct ct_error *err)
{
    const struct ct_restate_options *options = finish->options;
    const uint64_t count = finish->staged.row_count;
    if (options->has_count && options->count != count)
        return ct_fail(err, CT_INVALID,
                       "%llu rows, where %llu were expected (%llu were given, of which %llu repeat "
                       "others): nothing was changed",
                       (unsigned long long)count, (unsigned long long)options->count,
                       (unsigned long long)finish->restate->row_count,
                       (unsigned long long)(finish->restate->row_count - count));
    if (count == 0 && !options->has_count)
        return ct_fail(err, CT_INVALID,
                       "no row was given: to empty the scope, expect a count of 0");
    return CT_OK;
}

static ct_status check_total(const struct finish *finish, struct ct_error *err)
{
    const struct ct_restate_options *options = finish->options;
    if (!options->has_total)
        return CT_OK;
    if (finish->staged.is_mixed)
        return ct_fail(err, CT_CURRENCY,
                       "the amounts are in several currencies, which have no total");
    struct ct_decimal_sum expected = {0};
    CT_TRY(ct_decimal_sum_add(&expected, options->total.mantissa, options->total.scale));
    if (ct_decimal_sum_compare(&expected, &finish->staged.total) == 0)
        return CT_OK;
    char found[CT_DECIMAL_TEXT_MAX];
    char wanted[CT_DECIMAL_TEXT_MAX];
    const size_t found_len = ct_decimal_sum_print(&finish->staged.total, 2, found);
    const size_t wanted_len = ct_decimal_sum_print(&expected, 2, wanted);
    return ct_fail(err, CT_INVALID,
                   "the rows add up to %.*s, where %.*s was expected: nothing was changed",
                   (int)found_len, found, (int)wanted_len, wanted);
}

/* -- the scope's record -------------------------------------------------------------------- */

static ct_status read_record(struct finish *finish, struct ct_error *err)
{
    struct ct_store *store = finish->store;
    const struct ct_text key = {.bytes = (const char *)finish->key.bytes, .len = finish->key.len};
    struct ct_registered registered;
    const ct_status status =
        ct_registry_get(store->catalog, finish->database, CT_REGISTRY_RESTATEMENT, key,
                        store->env.allocator, &registered, err);
    finish->has_record = status == CT_OK;
    if (status == CT_NOT_FOUND)
        return CT_OK;
    if (status != CT_OK)
        return status;
    const ct_status decoded = ct_restate_record_decode(registered.value, &finish->record, err);
    ct_registered_release(store->env.allocator, &registered);
    return decoded;
}

static ct_status check_sequence(struct finish *finish, struct ct_error *err)
{
    const struct ct_restate_options *options = finish->options;
    CT_TRY(read_record(finish, err));
    if (!options->has_sequence || options->is_forced || !finish->has_record ||
        !finish->record.has_sequence || options->sequence >= finish->record.sequence)
        return CT_OK;
    return ct_fail(err, CT_STALE,
                   "sequence %llu is older than %llu, by which the scope was restated in commit "
                   "%llu: nothing was changed",
                   (unsigned long long)options->sequence,
                   (unsigned long long)finish->record.sequence,
                   (unsigned long long)finish->record.commit);
}

/* What the record will say; a restatement without a sequence leaves the last one's in force. */
static struct ct_restate_record next_record(const struct finish *finish, uint64_t commit)
{
    const struct ct_restate_options *options = finish->options;
    struct ct_restate_record record = {
        .hash = {finish->staged.hash[0], finish->staged.hash[1]},
        .row_count = finish->staged.row_count,
        .commit = commit,
        .has_sequence = options->has_sequence,
        .sequence = options->sequence,
    };
    if (!options->has_sequence && finish->has_record) {
        record.has_sequence = finish->record.has_sequence;
        record.sequence = finish->record.sequence;
    }
    return record;
}

static ct_status put_record(const struct finish *finish, uint64_t commit, bool is_logged,
                            struct ct_error *err)
{
    struct ct_store *store = finish->store;
    const struct ct_text key = {.bytes = (const char *)finish->key.bytes, .len = finish->key.len};
    const struct ct_restate_record record = next_record(finish, commit);
    struct ct_byte_buffer bytes = {.allocator = store->env.allocator};
    ct_status status = ct_restate_record_encode(&record, &bytes, err);
    const struct ct_text value = {.bytes = (const char *)bytes.bytes, .len = bytes.len};
    if (status == CT_OK && is_logged)
        status = ct_store_register(store, finish->restate->scope.database, CT_REGISTRY_RESTATEMENT,
                                   key, value, err);
    else if (status == CT_OK)
        status = ct_registry_put(store->catalog, finish->database, CT_REGISTRY_RESTATEMENT, key,
                                 value, err);
    ct_byte_buffer_deinit(&bytes);
    return status;
}

/* -- the commit ---------------------------------------------------------------------------- */

/* Log owned, step lock held: after it every commit is in segments. */
static ct_status seal_rest(struct ct_store *store, struct ct_error *err)
{
    CT_TRY(ct_store_check_writable(store, err));
    CT_TRY(ct_store_seal_frozen(store, err));
    pthread_mutex_lock(&store->state);
    const bool has_commits = store->live->last_commit > 0;
    pthread_mutex_unlock(&store->state);
    if (!has_commits)
        return CT_OK;
    CT_TRY(ct_store_freeze(store, err));
    return ct_store_seal_frozen(store, err);
}

/* Log owned: newest times that are remembered do not know the new rows. */
static void forget_newest(struct ct_store *store, uint32_t table)
{
    if (table < store->overwrites.table_cap)
        store->overwrites.tables[table].is_loaded = false;
}

static ct_status publish(struct finish *finish, struct ct_error *err)
{
    struct ct_store *store = finish->store;
    const struct ct_sealed_list *staged = &finish->restate->staged;
    const uint64_t commit = store->last_commit + 1; /* only who owns the log moves it */
    for (size_t i = 0; i < staged->count; i++) {
        struct ct_segment_entry *entry = &staged->sealed[i]->entry;
        entry->info.min_commit = entry->info.max_commit = commit;
        entry->applied_commit = commit;
    }
    finish->scope.commit = commit;
    CT_TRY(put_record(finish, commit, false, err));
    const struct ct_publication publication = {
        .added = staged->sealed, .added_count = staged->count, .restated = &finish->scope};
    /* Should it fail now, whether the edit is there is known at the next opening. */
    finish->restate->is_named = true;
    CT_TRY(ct_store_publish(store, &publication, err));
    forget_newest(store, finish->scope.table);
    finish->result->commit = commit;
    return CT_OK;
}

static ct_status seal_and_publish(struct finish *finish, struct ct_error *err)
{
    CT_TRY(ct_store_seal_all(finish->store, err));
    ct_store_own_log(finish->store);
    ct_status status = seal_rest(finish->store, err);
    if (status == CT_OK)
        status = publish(finish, err);
    ct_store_release_log(finish->store);
    return status;
}

static ct_status commit(struct finish *finish, struct ct_error *err)
{
    struct ct_store *store = finish->store;
    CT_ASSERT(finish->matches_any);
    pthread_mutex_lock(&store->step);
    ct_status status = ct_store_check_writable(store, err);
    if (status == CT_OK) /* another may have come first */
        status = check_sequence(finish, err);
    if (status == CT_OK) {
        struct ct_error failure = {0};
        status = seal_and_publish(finish, &failure);
        if (status != CT_OK) {
            ct_store_break(store, &failure);
            if (err)
                *err = failure;
        }
    }
    pthread_mutex_unlock(&store->step);
    return status;
}

/* -- all together -------------------------------------------------------------------------- */

static bool is_unchanged(const struct finish *finish)
{
    const struct ct_restate_digest *staged = &finish->staged;
    const struct ct_restate_digest *before = &finish->before;
    const struct ct_restate_record *record = &finish->record;
    if (staged->row_count == 0)
        return before->row_count == 0;
    return finish->has_record && record->row_count == staged->row_count &&
           before->row_count == staged->row_count && before->hash[0] == staged->hash[0] &&
           before->hash[1] == staged->hash[1];
}

/* The rows stay; a newer sequence is remembered. */
static ct_status leave_unchanged(struct finish *finish, struct ct_error *err)
{
    finish->result->is_unchanged = true;
    finish->result->commit = finish->has_record ? finish->record.commit : 0;
    const bool is_newer =
        finish->has_record && finish->options->has_sequence &&
        (!finish->record.has_sequence || finish->options->sequence != finish->record.sequence);
    return is_newer ? put_record(finish, finish->record.commit, true, err) : CT_OK;
}

static void fill_result(const struct finish *finish)
{
    struct ct_restate_result *result = finish->result;
    result->staged_rows = finish->restate->row_count;
    result->numbered_rows = finish->restate->numbered_rows;
    result->folded_rows = finish->restate->row_count - finish->staged.row_count;
    result->before = amount_of(finish, &finish->before);
    result->after = amount_of(finish, &finish->staged);
}

static void bind(struct finish *finish)
{
    const struct ct_restate_scope *scope = &finish->restate->scope;
    const struct ct_scope bound = {.table = ct_restate_table(finish->restate),
                                   .tags = scope->tags,
                                   .tag_count = scope->tag_count,
                                   .start_ns = scope->start_ns,
                                   .end_ns = scope->end_ns};
    finish->database = ct_catalog_find_database(finish->store->catalog, scope->database);
    ct_store_bind_scope(finish->store, &bound, &finish->scope, &finish->matches_any);
}

static ct_status run(struct finish *finish, struct ct_error *err)
{
    struct ct_restate *restate = finish->restate;
    if (restate->is_failed)
        return ct_fail(err, CT_INVALID, "rows of the restatement could not be staged");
    CT_TRY(ct_store_check_writable(finish->store, err));
    CT_TRY(ct_restate_spill(restate, err));
    CT_TRY(ct_restate_merge(restate, err));
    if (ct_restate_table(restate) == CT_NONE) { /* nothing given, nothing there */
        finish->result->is_unchanged = true;
        return check_count(finish, err);
    }
    bind(finish);
    CT_TRY(choose_field(finish, err));
    CT_TRY(look_at_staged(finish, err));
    CT_TRY(check_count(finish, err));
    CT_TRY(check_total(finish, err));
    CT_TRY(ct_restate_record_key(&restate->scope, &finish->key, err));
    CT_TRY(check_sequence(finish, err));
    CT_TRY(look_at_present(finish, err));
    fill_result(finish);
    return is_unchanged(finish) ? leave_unchanged(finish, err) : commit(finish, err);
}

ct_status ct_restate_finish(struct ct_restate *restate, const struct ct_restate_options *options,
                            struct ct_restate_result *result, struct ct_error *err)
{
    struct ct_restate_result found = {0};
    struct finish finish = {.restate = restate,
                            .store = restate->store,
                            .options = options,
                            .result = &found,
                            .key = {.allocator = restate->store->env.allocator}};
    const ct_status status = run(&finish, err);
    if (status == CT_OK)
        *result = found;
    ct_byte_buffer_deinit(&finish.key);
    ct_restate_abandon(restate);
    return status;
}
