/* Looking inside a store: its state in figures, its bytes by column and codec, its checksums. */
#include <stdio.h>

#include "file_names.h"
#include "source.h"
#include "verify_cells.h"

/* -- state -------------------------------------------------------------------------------- */

static uint64_t file_bytes(struct ct_store *store, const char *path)
{
    struct ct_io *io = store->env.io;
    struct ct_file *file;
    uint64_t size_bytes = 0;
    if (io->calls->open(io, path, &file, NULL) != CT_OK)
        return 0;
    if (io->calls->size(file, &size_bytes, NULL) != CT_OK)
        size_bytes = 0;
    io->calls->close(file);
    return size_bytes;
}

/* Sum and number of the folder's files with that prefix and suffix. */
static uint64_t folder_bytes(struct ct_store *store, const char *folder, const char *prefix,
                             const char *suffix, uint64_t *files)
{
    struct ct_io *io = store->env.io;
    struct ct_names names;
    uint64_t total = 0;
    if (io->calls->list(io, folder, &names, NULL) != CT_OK)
        return 0;
    for (size_t i = 0; i < names.count; i++) {
        uint64_t number;
        char path[CT_PATH_BYTES_MAX];
        if (!ct_name_parse(names.name[i], prefix, suffix, &number) ||
            ct_path_join(path, folder, names.name[i], NULL) != CT_OK)
            continue;
        total += file_bytes(store, path);
        ++*files;
    }
    ct_names_release(io, &names);
    return total;
}

static uint64_t live_rows(const struct ct_store *store)
{
    return store->live->row_count + (store->frozen ? store->frozen->row_count : 0);
}

struct ct_store_live ct_store_live_of(struct ct_store *store)
{
    pthread_mutex_lock(&store->state);
    const struct ct_store_live live = {.last_commit = store->last_commit,
                                       .live_rows = live_rows(store),
                                       .is_read_only = store->is_broken};
    pthread_mutex_unlock(&store->state);
    return live;
}

void ct_store_state_of(struct ct_store *store, struct ct_store_state *out)
{
    memset(out, 0, sizeof *out);
    pthread_mutex_lock(&store->state);
    out->last_commit = store->last_commit;
    out->sealed_commit = store->sealed_commit;
    out->live_rows = live_rows(store);
    out->live_bytes = store->live->bytes + (store->frozen ? store->frozen->bytes : 0);
    out->segment_count = store->version->segment_count;
    for (size_t i = 0; i < store->version->segment_count; i++) {
        out->segment_rows += store->version->segments[i]->entry.info.row_count;
        out->segment_bytes += store->version->segments[i]->entry.info.file_bytes;
    }
    out->history_count = store->version->history_count;
    for (size_t i = 0; i < store->version->history_count; i++) {
        out->history_rows += store->version->history[i]->entry.info.row_count;
        out->history_bytes += store->version->history[i]->entry.info.file_bytes;
    }
    out->history_low = store->history_low;
    out->seals = store->seals;
    out->merges = store->merges;
    out->overwritten_money = store->overwritten_money;
    out->log_syncs = atomic_load_explicit(&store->log_syncs, memory_order_relaxed);
    out->log_sync_ns = atomic_load_explicit(&store->log_sync_ns, memory_order_relaxed);
    for (size_t i = 0; i < store->version->covers.count; i++)
        out->covered_segments += store->version->covers.covers[i].segment_count;
    if (store->is_broken)
        snprintf(out->read_only_reason, sizeof out->read_only_reason, "%s", store->failure.text);
    pthread_mutex_unlock(&store->state);
    char folder[CT_PATH_BYTES_MAX];
    uint64_t catalogs = 0;
    out->catalog_bytes = folder_bytes(store, store->path, "catalog-", "", &catalogs);
    if (ct_path_join(folder, store->path, CT_FOLDER_LOG, NULL) == CT_OK)
        out->log_bytes = folder_bytes(store, folder, "", ".log", &out->log_files);
    if (ct_path_join(folder, store->path, CT_FOLDER_ROLLUP, NULL) == CT_OK)
        out->rollup_bytes = folder_bytes(store, folder, "", ".rol", &out->rollup_files);
    out->table_count = ct_catalog_table_count(store->catalog);
    for (uint32_t i = 0; i < out->table_count; i++)
        out->series_count += ct_catalog_series_count(store->catalog, i);
}

/* -- usage -------------------------------------------------------------------------------- */

static struct ct_usage_entry *find_entry(struct ct_table_usage *usage, uint32_t field,
                                         const char *codec)
{
    for (size_t i = 0; i < usage->entry_count; i++) {
        if (usage->entries[i].field == field && strcmp(usage->entries[i].codec, codec) == 0)
            return &usage->entries[i];
    }
    return NULL;
}

#define USAGE_CAP 8192

static_assert(CT_USAGE_COMMIT == CT_FIELD_LAG, "a column keeps its number in listings");

static ct_status add_usage(const struct ct_allocator *allocator, struct ct_table_usage *usage,
                           size_t *cap, uint32_t field, const struct ct_segment_usage *from)
{
    struct ct_usage_entry *entry = find_entry(usage, field, from->codec);
    if (!entry) {
        if (!ct_grow(allocator, &usage->entries, cap, usage->entry_count + 1,
                     sizeof *usage->entries))
            return CT_NO_MEMORY;
        entry = &usage->entries[usage->entry_count++];
        *entry = (struct ct_usage_entry){.field = field, .codec = from->codec};
    }
    entry->blocks += from->blocks;
    entry->values += from->values;
    entry->bytes += from->bytes;
    return CT_OK;
}

static ct_status add_segment(const struct ct_allocator *allocator, struct ct_table_usage *usage,
                             size_t *cap, struct ct_sealed *sealed, struct ct_segment_usage *pieces,
                             struct ct_error *err)
{
    size_t count = 0;
    uint64_t directory_bytes = 0;
    CT_TRY(ct_segment_usage_of(sealed->segment, pieces, USAGE_CAP, &count, &directory_bytes, err));
    const struct ct_segment_column *columns = ct_segment_columns(sealed->segment);
    for (size_t i = 0; i < count && i < USAGE_CAP; i++) {
        const uint32_t field =
            pieces[i].column == UINT32_MAX ? CT_NONE : columns[pieces[i].column].field;
        if (add_usage(allocator, usage, cap, field, &pieces[i]) != CT_OK)
            return ct_fail(err, CT_NO_MEMORY, "out of memory while inspecting");
    }
    const struct ct_segment_info *info = &sealed->entry.info;
    usage->directory_bytes += directory_bytes;
    usage->segment_count++;
    usage->segment_rows += info->row_count;
    usage->segment_bytes += info->file_bytes;
    if (info->min_time_ns < usage->min_time_ns)
        usage->min_time_ns = info->min_time_ns;
    if (info->max_time_ns > usage->max_time_ns)
        usage->max_time_ns = info->max_time_ns;
    return CT_OK;
}

static void add_live(const struct ct_live_set *set, uint32_t table, struct ct_table_usage *usage)
{
    if (!set || table >= set->table_cap || !set->tables[table])
        return;
    const struct ct_live_table *live = set->tables[table];
    usage->live_rows += live->row_count;
    if (live->min_time_ns < usage->min_time_ns)
        usage->min_time_ns = live->min_time_ns;
    if (live->max_time_ns > usage->max_time_ns)
        usage->max_time_ns = live->max_time_ns;
}

ct_status ct_store_usage(struct ct_store *store, uint32_t table, struct ct_table_usage *out,
                         struct ct_error *err)
{
    const struct ct_allocator *allocator = store->env.allocator;
    memset(out, 0, sizeof *out);
    out->min_time_ns = INT64_MAX;
    out->max_time_ns = INT64_MIN;
    pthread_mutex_lock(&store->state);
    struct ct_version *version = store->version;
    ct_version_hold(version);
    add_live(store->frozen, table, out);
    add_live(store->live, table, out);
    pthread_mutex_unlock(&store->state);
    size_t cap = 0;
    size_t count;
    struct ct_sealed *const *sealed = ct_version_table(version, table, &count);
    struct ct_segment_usage *pieces = ct_alloc(allocator, USAGE_CAP * sizeof *pieces);
    ct_status status = CT_OK;
    if (!pieces)
        status = ct_fail(err, CT_NO_MEMORY, "out of memory while inspecting");
    for (size_t i = 0; i < count && status == CT_OK; i++)
        status = add_segment(allocator, out, &cap, sealed[i], pieces, err);
    ct_release(allocator, pieces);
    ct_version_drop(version);
    if (status != CT_OK)
        ct_table_usage_release(store, out);
    return status;
}

void ct_table_usage_release(struct ct_store *store, struct ct_table_usage *usage)
{
    ct_release(store->env.allocator, usage->entries);
    usage->entries = NULL;
    usage->entry_count = 0;
}

/* -- verify ------------------------------------------------------------------------------- */

/* Reads a record file to its end. */
static ct_status verify_records(struct ct_store *store, const char *path, enum ct_log_kind kind,
                                struct ct_error *err)
{
    struct ct_log_reader *reader;
    CT_TRY(ct_log_reader_open(store->env.io, path, kind, UINT64_MAX, &reader, err));
    bool found = true;
    ct_status status = CT_OK;
    while (status == CT_OK && found) {
        struct ct_log_record record;
        status = ct_log_reader_next(reader, &record, &found, err);
    }
    ct_log_reader_close(reader);
    return status;
}

static ct_status verify_folder(struct ct_store *store, const char *folder, const char *prefix,
                               const char *suffix, enum ct_log_kind kind, uint64_t *files,
                               struct ct_error *err)
{
    struct ct_io *io = store->env.io;
    struct ct_names names;
    CT_TRY(io->calls->list(io, folder, &names, err));
    ct_status status = CT_OK;
    for (size_t i = 0; i < names.count && status == CT_OK; i++) {
        uint64_t number;
        char path[CT_PATH_BYTES_MAX];
        if (!ct_name_parse(names.name[i], prefix, suffix, &number))
            continue;
        status = ct_path_join(path, folder, names.name[i], err);
        if (status == CT_OK)
            status = verify_records(store, path, kind, err);
        if (status == CT_NOT_FOUND) /* dropped meanwhile */
            status = CT_OK;
        else
            ++*files;
    }
    ct_names_release(io, &names);
    return status;
}

static ct_status verify_segments(struct ct_sealed *const *segments, size_t count, bool deep,
                                 struct ct_verify_counts *counts, struct ct_error *err)
{
    for (size_t i = 0; i < count; i++) {
        CT_TRY(ct_segment_verify(segments[i]->segment, deep, err));
        counts->files++;
        counts->segments++;
        counts->rows += segments[i]->entry.info.row_count;
        counts->blocks += segments[i]->entry.info.block_count;
    }
    return CT_OK;
}

ct_status ct_store_verify(struct ct_store *store, bool deep, struct ct_verify_counts *counts,
                          struct ct_error *err)
{
    memset(counts, 0, sizeof *counts);
    char folder[CT_PATH_BYTES_MAX];
    CT_TRY(ct_path_join(folder, store->path, CT_FOLDER_LOG, err));
    CT_TRY(
        verify_folder(store, store->path, "manifest-", "", CT_LOG_MANIFEST, &counts->files, err));
    CT_TRY(verify_folder(store, store->path, "catalog-", "", CT_LOG_CATALOG, &counts->files, err));
    CT_TRY(verify_folder(store, folder, "", ".log", CT_LOG_COMMITS, &counts->files, err));
    pthread_mutex_lock(&store->state);
    struct ct_version *version = store->version;
    ct_version_hold(version);
    pthread_mutex_unlock(&store->state);
    ct_status status =
        verify_segments(version->segments, version->segment_count, deep, counts, err);
    if (status == CT_OK)
        status = verify_segments(version->history, version->history_count, deep, counts, err);
    if (status == CT_OK)
        status = ct_store_verify_cells(store, version, deep, counts, err);
    ct_version_drop(version);
    return status;
}
