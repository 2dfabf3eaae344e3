/* Staging: scope, checks, rows into segments that nobody sees. */
#include "file_names.h"
#include "name_check.h"
#include "restate_state.h"

/* -- begin and abandon ------------------------------------------------------------------------ */

static ct_status check_scope(const struct ct_restate_scope *scope, struct ct_error *err)
{
    if (scope->database.len == 0 || scope->table.len == 0)
        return ct_fail(err, CT_INVALID, "a restatement needs a database and a table");
    if (scope->tag_count > CT_TOMBSTONE_TAGS_MAX)
        return ct_fail(err, CT_LIMIT, "a scope names at most %d tags", CT_TOMBSTONE_TAGS_MAX);
    if (scope->start_ns >= scope->end_ns)
        return ct_fail(err, CT_INVALID, "the scope's range of times is empty");
    for (uint32_t i = 0; i < scope->tag_count; i++) {
        if (scope->tags[i].key.len == 0)
            return ct_fail(err, CT_INVALID, "a tag of the scope has no name");
        for (uint32_t k = 0; k < i; k++) {
            if (ct_text_equal(scope->tags[i].key, scope->tags[k].key))
                return ct_fail(err, CT_INVALID, "the scope names tag \"%.*s\" twice",
                               CT_SHOWN(scope->tags[i].key));
        }
    }
    return CT_OK;
}

/* Into `out`; false where memory is out. Empty texts are fine. */
static bool copy_text(struct ct_arena *arena, struct ct_text text, struct ct_text *out)
{
    *out = text.len ? ct_arena_copy(arena, text) : (struct ct_text){"", 0};
    return out->bytes != NULL;
}

static bool copy_scope(struct ct_restate *restate, const struct ct_restate_scope *scope)
{
    struct ct_arena *names = &restate->names;
    struct ct_tag *tags = ct_arena_alloc_zeroed(names, (size_t)scope->tag_count + 1, sizeof *tags);
    restate->scope = *scope;
    restate->scope.tags = tags;
    if (!tags || !copy_text(names, scope->database, &restate->scope.database) ||
        !copy_text(names, scope->table, &restate->scope.table))
        return false;
    for (uint32_t i = 0; i < scope->tag_count; i++) {
        struct ct_tag tag;
        if (!copy_text(names, scope->tags[i].key, &tag.key) ||
            !copy_text(names, scope->tags[i].value, &tag.value))
            return false;
        uint32_t at = i;
        for (; at > 0 && ct_text_compare(tag.key, tags[at - 1].key) < 0; at--)
            tags[at] = tags[at - 1];
        tags[at] = tag;
    }
    return true;
}

ct_status ct_restate_begin(struct ct_store *store, const struct ct_restate_scope *scope,
                           struct ct_restate **out, struct ct_error *err)
{
    CT_TRY(ct_store_check_writable(store, err));
    CT_TRY(check_scope(scope, err));
    const struct ct_allocator *allocator = store->env.allocator;
    struct ct_restate *restate = ct_alloc_zeroed(allocator, 1, sizeof *restate);
    if (!restate)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a restatement");
    restate->store = store;
    ct_arena_init(&restate->names, allocator, 0);
    ct_restate_entries_init(&restate->entries, allocator);
    restate->live = ct_live_set_create(allocator, 0);
    if (!copy_scope(restate, scope) || !restate->live) {
        ct_restate_abandon(restate);
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a restatement");
    }
    *out = restate;
    return CT_OK;
}

/* What fails to go is swept at the next open. */
static void remove_file(struct ct_store *store, uint64_t id)
{
    char folder[CT_PATH_BYTES_MAX];
    char path[CT_PATH_BYTES_MAX];
    char name[CT_FILE_NAME_CAP];
    ct_name_segment(name, id);
    if (ct_path_join(folder, store->path, CT_FOLDER_SEGMENT, NULL) == CT_OK &&
        ct_path_join(path, folder, name, NULL) == CT_OK)
        (void)store->env.io->calls->remove(store->env.io, path, NULL);
}

void ct_restate_remove_staged(struct ct_restate *restate)
{
    for (size_t i = 0; i < restate->staged.count && !restate->is_named; i++)
        remove_file(restate->store, restate->staged.sealed[i]->entry.id);
    ct_sealed_list_deinit(&restate->staged, restate->store->env.allocator);
}

void ct_restate_abandon(struct ct_restate *restate)
{
    if (!restate)
        return;
    ct_restate_remove_staged(restate);
    ct_live_set_drop(restate->live);
    ct_restate_entries_deinit(&restate->entries);
    ct_arena_deinit(&restate->names);
    ct_release(restate->store->env.allocator, restate);
}

uint32_t ct_restate_table(const struct ct_restate *restate)
{
    struct ct_catalog *catalog = restate->store->catalog;
    const uint32_t database = ct_catalog_find_database(catalog, restate->scope.database);
    return database == CT_NONE ? CT_NONE
                               : ct_catalog_find_table(catalog, database, restate->scope.table);
}

/* -- checks ------------------------------------------------------------------------------------ */

/* The first of the scope's tags in which the series differs, or NULL. */
static const struct ct_tag *find_difference(const struct ct_restate *restate,
                                            const struct ct_intake *intake, uint32_t table,
                                            uint32_t series)
{
    for (uint32_t i = 0; i < restate->scope.tag_count; i++) {
        const struct ct_tag *tag = &restate->scope.tags[i];
        if (!ct_text_equal(ct_intake_series_tag(intake, table, series, tag->key), tag->value))
            return tag;
    }
    return NULL;
}

static ct_status blame_tag(const struct ct_intake *intake, uint32_t table, uint32_t series,
                           const struct ct_tag *tag, struct ct_error *err)
{
    const struct ct_text value = ct_intake_series_tag(intake, table, series, tag->key);
    return ct_fail(err, CT_INVALID,
                   "a row outside the scope: its tag %.*s is \"%.*s\", the scope says \"%.*s\"",
                   CT_SHOWN(tag->key), CT_SHOWN(value), CT_SHOWN(tag->value));
}

static ct_status check_row(const struct ct_restate *restate, const struct ct_intake *intake,
                           uint32_t table, uint32_t row, struct ct_error *err)
{
    const struct ct_batch_table *batch = &intake->tables[table];
    const int64_t time_ns = batch->times_ns[row];
    if (time_ns < restate->scope.start_ns || time_ns >= restate->scope.end_ns)
        return ct_fail(err, CT_INVALID,
                       "a row outside the scope: its time %lld is not in [%lld, %lld)",
                       (long long)time_ns, (long long)restate->scope.start_ns,
                       (long long)restate->scope.end_ns);
    if (row > 0 && batch->series[row] == batch->series[row - 1])
        return CT_OK;
    const struct ct_tag *tag = find_difference(restate, intake, table, batch->series[row]);
    return tag ? blame_tag(intake, table, batch->series[row], tag, err) : CT_OK;
}

static ct_status check_table(const struct ct_restate *restate, const struct ct_intake *intake,
                             uint32_t table, struct ct_error *err)
{
    const struct ct_batch_table *batch = &intake->tables[table];
    if (batch->row_count == 0)
        return CT_OK;
    uint32_t row = 0;
    ct_status status = CT_OK;
    if (!ct_text_equal(batch->name, restate->scope.table))
        status = ct_fail(err, CT_INVALID, "a row of table \"%.*s\": the restatement is of \"%.*s\"",
                         CT_SHOWN(batch->name), CT_SHOWN(restate->scope.table));
    while (status == CT_OK && row < batch->row_count)
        status = check_row(restate, intake, table, row++, err);
    if (status != CT_OK && err)
        err->line = row > 0 ? row : 1;
    return status;
}

ct_status ct_restate_check(const struct ct_restate *restate, const struct ct_intake *intake,
                           struct ct_error *err)
{
    if (!ct_text_equal(intake->database_name, restate->scope.database))
        return ct_fail(err, CT_INVALID, "rows of another database than the restatement's");
    for (uint32_t table = 0; table < intake->table_count; table++)
        CT_TRY(check_table(restate, intake, table, err));
    return CT_OK;
}

/* -- staging ----------------------------------------------------------------------------------- */

static const struct ct_batch_table *find_batch(const struct ct_intake *intake)
{
    for (uint32_t i = 0; i < intake->table_count; i++) {
        if (intake->tables[i].row_count > 0)
            return &intake->tables[i];
    }
    return NULL;
}

/* The block's column of the field, or NULL. */
static const struct ct_vector *find_values(const struct ct_row_block *rows, uint32_t field)
{
    for (uint32_t i = 0; i < rows->column_count; i++) {
        if (rows->columns[i].field == field)
            return &rows->columns[i].values;
    }
    return NULL;
}

static ct_status define_entry_field(struct ct_restate *restate, uint32_t table, uint32_t *field,
                                    struct ct_error *err)
{
    struct ct_catalog *catalog = restate->store->catalog;
    *field = ct_catalog_find_field(catalog, table, ct_text_of("entry_id"));
    if (*field == CT_NONE)
        CT_TRY(ct_catalog_define_field(catalog, table, ct_text_of("entry_id"), CT_STRING, false,
                                       field, err));
    if (ct_catalog_field(catalog, table, *field).type != CT_STRING)
        return ct_fail(err, CT_TYPE,
                       "two charges are alike, and this table's entry_id, which would tell them "
                       "apart, is no string");
    return CT_OK;
}

/* `columns` has room for one more than the block has. */
static ct_status number_charges(struct ct_restate *restate, struct ct_row_block *rows,
                                struct ct_row_column *columns, struct ct_error *err)
{
    struct ct_catalog *catalog = restate->store->catalog;
    if (ct_catalog_table_options(catalog, rows->table).kind != CT_TABLE_LEDGER)
        return CT_OK;
    uint32_t field = ct_catalog_find_field(catalog, rows->table, ct_text_of("entry_id"));
    const struct ct_vector *given = field == CT_NONE ? NULL : find_values(rows, field);
    if (given && given->type != CT_STRING)
        given = NULL;
    struct ct_vector ids;
    uint64_t numbered;
    if (ct_restate_entries_number(&restate->entries, rows, given, &ids, &numbered) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while telling equal charges apart");
    if (numbered == 0)
        return CT_OK;
    restate->numbered_rows += numbered;
    CT_TRY(define_entry_field(restate, rows->table, &field, err));
    uint32_t at = 0;
    while (at < rows->column_count && columns[at].field != field)
        at++;
    columns[at] = (struct ct_row_column){.field = field, .values = ids};
    rows->column_count += at == rows->column_count;
    return CT_OK;
}

static void fill_columns(const struct ct_batch_table *batch, struct ct_row_block *rows,
                         struct ct_row_column *columns)
{
    for (uint32_t i = 0; i < batch->column_count; i++) {
        if (batch->columns[i].values == 0)
            continue;
        columns[rows->column_count++] =
            (struct ct_row_column){.field = batch->columns[i].field,
                                   .values = ct_batch_vector(&batch->columns[i], batch->row_count)};
    }
}

static ct_status stage(struct ct_restate *restate, const struct ct_batch_table *batch,
                       struct ct_error *err)
{
    const struct ct_allocator *allocator = restate->store->env.allocator;
    struct ct_row_column *columns =
        ct_alloc_zeroed(allocator, (size_t)batch->column_count + 1, sizeof *columns);
    if (!columns)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while staging rows");
    struct ct_row_block rows = {.table = batch->table,
                                .row_count = batch->row_count,
                                .series = batch->series,
                                .times_ns = batch->times_ns,
                                .columns = columns};
    fill_columns(batch, &rows, columns);
    ct_status status = number_charges(restate, &rows, columns, err);
    if (status == CT_OK)
        status = ct_live_add(restate->live, 0, &rows, err);
    if (status == CT_OK)
        restate->row_count += rows.row_count;
    ct_release(allocator, columns);
    return status;
}

static ct_status add(struct ct_restate *restate, struct ct_intake *intake, struct ct_error *err)
{
    const struct ct_batch_table *batch = find_batch(intake);
    if (batch)
        CT_TRY(stage(restate, batch, err));
    ct_intake_reset(intake);
    if (restate->live->bytes > ct_store_live_limit(restate->store))
        return ct_restate_spill(restate, err);
    return CT_OK;
}

ct_status ct_restate_add(struct ct_restate *restate, struct ct_intake *intake, struct ct_error *err)
{
    if (restate->is_failed)
        return ct_fail(err, CT_INVALID, "the restatement has failed before: abandon it");
    CT_TRY(ct_store_check_writable(restate->store, err));
    ct_status status = ct_restate_check(restate, intake, err);
    if (status == CT_OK)
        status = ct_intake_resolve(intake, err);
    if (status == CT_STALE)
        return status;
    if (status == CT_OK)
        status = add(restate, intake, err);
    restate->is_failed = status != CT_OK;
    return status;
}

/* -- segments ---------------------------------------------------------------------------------- */

ct_status ct_restate_spill(struct ct_restate *restate, struct ct_error *err)
{
    struct ct_store *store = restate->store;
    const uint32_t table = ct_restate_table(restate);
    if (restate->live->row_count == 0)
        return CT_OK;
    struct ct_live_set *next = ct_live_set_create(store->env.allocator, 0);
    if (!next)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while staging rows");
    /* The first rows that are sealed settle how long the table's partitions are: no seal may do so
     * at the same time. */
    pthread_mutex_lock(&store->step);
    pthread_mutex_lock(&store->state);
    struct ct_version *version = store->version;
    ct_version_hold(version);
    pthread_mutex_unlock(&store->state);
    const ct_status status =
        ct_store_seal_table(store, restate->live, table, version, false, &restate->staged, err);
    ct_version_drop(version);
    pthread_mutex_unlock(&store->step);
    ct_live_set_drop(restate->live);
    restate->live = next;
    return status;
}

static bool is_same_partition(const struct ct_sealed *a, const struct ct_sealed *b)
{
    return a->entry.partition_start_ns == b->entry.partition_start_ns;
}

/* Segments of the partition of staged[first], the oldest of it, at most CT_MERGE_MAX. */
static size_t find_run(const struct ct_restate *restate, size_t first, struct ct_sealed **out)
{
    size_t count = 0;
    for (size_t i = first; i < restate->staged.count && count < CT_MERGE_MAX; i++) {
        if (is_same_partition(restate->staged.sealed[first], restate->staged.sealed[i]))
            out[count++] = restate->staged.sealed[i];
    }
    return count;
}

/* `merged` takes the place of the first of `run`; the others go. */
static void replace_run(struct ct_restate *restate, struct ct_sealed *const *run, size_t count,
                        struct ct_sealed *merged)
{
    size_t kept = 0;
    size_t next = 0;
    for (size_t i = 0; i < restate->staged.count; i++) {
        struct ct_sealed *sealed = restate->staged.sealed[i];
        if (next == count || sealed != run[next]) {
            restate->staged.sealed[kept++] = sealed;
            continue;
        }
        if (next++ == 0)
            restate->staged.sealed[kept++] = merged;
        remove_file(restate->store, sealed->entry.id);
        ct_sealed_drop(sealed);
    }
    restate->staged.count = kept;
}

static ct_status merge_run(struct ct_restate *restate, struct ct_sealed **run, size_t count,
                           struct ct_error *err)
{
    struct ct_store *store = restate->store;
    pthread_mutex_lock(&store->state);
    struct ct_version *version = store->version;
    ct_version_hold(version);
    pthread_mutex_unlock(&store->state);
    const struct ct_merge_inputs inputs = {
        .sealed = run, .count = count, .version = version, .effort = CT_EFFORT_FAST};
    struct ct_sealed_list list = {0};
    const ct_status status = ct_store_merge_segments(store, &inputs, &list, err);
    ct_version_drop(version);
    if (status == CT_OK) {
        CT_ASSERT(list.count == 1);
        replace_run(restate, run, count, list.sealed[0]);
        list.count = 0;
    }
    ct_sealed_list_deinit(&list, store->env.allocator);
    return status;
}

ct_status ct_restate_merge(struct ct_restate *restate, struct ct_error *err)
{
    for (size_t first = 0; first < restate->staged.count;) {
        struct ct_sealed *run[CT_MERGE_MAX];
        const size_t count = find_run(restate, first, run);
        if (count > 1)
            CT_TRY(merge_run(restate, run, count, err));
        else
            first++;
    }
    return CT_OK;
}
