/* Opening: manifest, catalog, segments, then the log's commits back into live tables. The same code
 * serves the writing process and the reading ones; what only the writer may do (sealing while
 * replaying, new files, sweeping) is at the end.
 *
 * Replay needs no more memory than running did: where the live rows grow past their share they are
 * sealed at once. The manifest's sealed commit tells, should we crash again, which records are done
 * with. */
#include <stdio.h>

#include "file_names.h"
#include "state.h"

struct log_files {
    uint64_t *numbers; /* ascending */
    size_t count;
};

/* -- catalog ------------------------------------------------------------------------------ */

static ct_status load_catalog_file(struct ct_store *store, const struct ct_catalog_file *file,
                                   struct ct_error *err)
{
    char name[CT_FILE_NAME_CAP];
    char path[CT_PATH_BYTES_MAX];
    ct_name_catalog(name, file->number);
    CT_TRY(ct_path_join(path, store->path, name, err));
    struct ct_log_reader *reader;
    CT_TRY(ct_log_reader_open(store->env.io, path, CT_LOG_CATALOG, file->end_offset, &reader, err));
    ct_status status = CT_OK;
    uint64_t end = 0;
    for (;;) {
        struct ct_log_record record;
        bool found;
        status = ct_log_reader_next(reader, &record, &found, err);
        if (status != CT_OK || !found)
            break;
        end = record.end_offset;
        status = ct_catalog_apply(store->catalog, (const uint8_t *)record.payload.bytes,
                                  record.payload.len, err);
        if (status != CT_OK)
            break;
    }
    ct_log_reader_close(reader);
    if (status == CT_OK && end != file->end_offset)
        status = ct_fail_at(err, CT_CORRUPT, path, end,
                            "ends here, but the manifest counts on %llu bytes: restore a backup",
                            (unsigned long long)file->end_offset);
    return status;
}

static ct_status load_catalog(struct ct_store *store, const struct ct_manifest_state *state,
                              struct ct_error *err)
{
    for (size_t i = 0; i < state->catalog_count; i++)
        CT_TRY(load_catalog_file(store, &state->catalogs[i], err));
    store->saved_journal = ct_catalog_journal_end(store->catalog);
    ct_catalog_journal_trim(store->catalog, store->saved_journal);
    return CT_OK;
}

/* -- log ---------------------------------------------------------------------------------- */

static ct_status list_logs(struct ct_store *store, uint64_t log_low, struct log_files *out,
                           struct ct_error *err)
{
    struct ct_io *io = store->env.io;
    char folder[CT_PATH_BYTES_MAX];
    struct ct_names names;
    memset(out, 0, sizeof *out);
    CT_TRY(ct_path_join(folder, store->path, CT_FOLDER_LOG, err));
    CT_TRY(io->calls->list(io, folder, &names, err));
    out->numbers = ct_alloc_zeroed(store->env.allocator, names.count, sizeof *out->numbers);
    for (size_t i = 0; out->numbers && i < names.count;
         i++) { /* names are in order, so numbers are */
        uint64_t number;
        if (ct_name_parse(names.name[i], "", ".log", &number) && number >= log_low)
            out->numbers[out->count++] = number;
    }
    ct_names_release(io, &names);
    if (!out->numbers)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while listing log files");
    for (size_t i = 0; i < out->count; i++) {
        if (out->numbers[i] == log_low + i)
            continue;
        ct_release(store->env.allocator, out->numbers);
        /* For a reader the writer may just have removed it: looked at again by the caller. */
        return ct_fail_at(err, store->options.read_only ? CT_NOT_FOUND : CT_CORRUPT, folder, 0,
                          "log file %llu is missing: restore a backup",
                          (unsigned long long)(log_low + i));
    }
    return CT_OK;
}

/* Numbers that a record names must be known and of the type it says. */
static ct_status check_rows(struct ct_store *store, const struct ct_row_block *rows,
                            struct ct_error *err)
{
    struct ct_catalog *catalog = store->catalog;
    if (rows->table >= ct_catalog_table_count(catalog))
        return ct_fail(err, CT_CORRUPT, "a commit names a table that nobody defined");
    const uint32_t field_count = ct_catalog_field_count(catalog, rows->table);
    for (uint32_t i = 0; i < rows->column_count; i++) {
        if (rows->columns[i].field >= field_count ||
            ct_catalog_field(catalog, rows->table, rows->columns[i].field).type !=
                rows->columns[i].values.type)
            return ct_fail(err, CT_CORRUPT, "a commit names a field that nobody defined");
    }
    const uint32_t series_count = ct_catalog_series_count(catalog, rows->table);
    for (uint32_t i = 0; i < rows->row_count; i++) {
        if (rows->series[i] >= series_count)
            return ct_fail(err, CT_CORRUPT, "a commit names a series that nobody defined");
    }
    return CT_OK;
}

static ct_status replay_rows(struct ct_store *store, struct ct_record_reader *rows, uint64_t commit,
                             struct ct_text payload, struct ct_error *err)
{
    ct_record_reader_begin(rows, payload);
    for (;;) {
        struct ct_row_block block;
        bool found;
        CT_TRY(ct_record_reader_next(rows, &block, &found, err));
        if (!found)
            return CT_OK;
        CT_TRY(check_rows(store, &block, err));
        CT_TRY(ct_live_add(store->live, commit, &block, err));
    }
}

static ct_status replay_keyed_rows(struct ct_store *store, struct ct_record_reader *rows,
                                   const struct ct_log_record *record, struct ct_error *err)
{
    struct ct_request_head head;
    struct ct_text payload;
    CT_TRY(ct_request_head_decode(record->payload, &head, &payload, err));
    if (head.database >= ct_catalog_database_count(store->catalog))
        return ct_fail(err, CT_CORRUPT, "a commit names a database that nobody defined");
    CT_TRY(ct_request_keys_restore(&store->request_keys, &head, record->number, err));
    return replay_rows(store, rows, record->number, payload, err);
}

static ct_status replay_delete(struct ct_store *store, const struct ct_log_record *record,
                               struct ct_error *err)
{
    struct ct_tombstone tombstone;
    CT_TRY(ct_record_decode_delete(record->payload, record->number, &tombstone, err));
    if (tombstone.table >= ct_catalog_table_count(store->catalog))
        return ct_fail(err, CT_CORRUPT, "a delete names a table that nobody defined");
    CT_TRY(ct_store_add_tombstone(store, &tombstone, err));
    ct_live_close_chunks(store->live, tombstone.table);
    return CT_OK;
}

static ct_status replay_time(struct ct_store *store, const struct ct_log_record *record,
                             struct ct_error *err)
{
    struct ct_commit_time mark;
    CT_TRY(ct_record_decode_time(record->payload, record->number, &mark, err));
    if (ct_commit_times_add(&store->times, store->env.allocator, mark) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while replaying the log");
    return CT_OK;
}

static ct_status replay_record(struct ct_store *store, struct ct_record_reader *rows,
                               const struct ct_log_record *record, struct ct_error *err)
{
    if (record->type == CT_RECORD_DEFINITIONS)
        return ct_catalog_apply(store->catalog, (const uint8_t *)record->payload.bytes,
                                record->payload.len, err);
    if (record->type == CT_RECORD_END || record->number <= store->last_commit) /* sealed already */
        return CT_OK;
    if (record->type == CT_RECORD_TIME)
        return replay_time(store, record, err);
    if (record->number != store->last_commit + 1)
        return ct_fail(err, CT_CORRUPT, "commits %llu to %llu are missing from the log",
                       (unsigned long long)(store->last_commit + 1),
                       (unsigned long long)(record->number - 1));
    if (record->type == CT_RECORD_ROWS)
        CT_TRY(replay_rows(store, rows, record->number, record->payload, err));
    else if (record->type == CT_RECORD_KEYED_ROWS)
        CT_TRY(replay_keyed_rows(store, rows, record, err));
    else if (record->type == CT_RECORD_DELETE)
        CT_TRY(replay_delete(store, record, err));
    else
        return ct_fail(err, CT_FORMAT, "a commit of type %u: written by a newer version?",
                       record->type);
    store->last_commit = record->number;
    store->live->last_commit = record->number;
    return CT_OK;
}

/* Freezes and seals what has been replayed so far; the file being read is still needed. */
static ct_status seal_replayed(struct ct_store *store, uint64_t log_number, struct ct_error *err)
{
    struct ct_live_set *live = ct_live_set_create(store->env.allocator, log_number);
    if (!live)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while replaying the log");
    store->frozen = store->live;
    store->live = live;
    return ct_store_seal_frozen(store, err);
}

/* What is replayed counts from now on, and later commits build on it. A process that was killed may
 * have left it in the system's memory only: made durable before anything is written after it. */
static ct_status sync_replayed(struct ct_store *store, const char *path, struct ct_error *err)
{
    struct ct_io *io = store->env.io;
    struct ct_file *file;
    CT_TRY(io->calls->open(io, path, &file, err));
    const ct_status status = io->calls->sync(file, err);
    io->calls->close(file);
    return status;
}

static ct_status replay_file(struct ct_store *store, uint64_t number, struct ct_record_reader *rows,
                             struct ct_error *err)
{
    char name[CT_FILE_NAME_CAP];
    char folder[CT_PATH_BYTES_MAX];
    char path[CT_PATH_BYTES_MAX];
    ct_name_log(name, number);
    CT_TRY(ct_path_join(folder, store->path, CT_FOLDER_LOG, err));
    CT_TRY(ct_path_join(path, folder, name, err));
    if (!store->options.read_only)
        CT_TRY(sync_replayed(store, path, err));
    struct ct_log_reader *reader;
    CT_TRY(ct_log_reader_open(store->env.io, path, CT_LOG_COMMITS, UINT64_MAX, &reader, err));
    ct_status status;
    for (;;) {
        struct ct_log_record record;
        bool found;
        status = ct_log_reader_next(reader, &record, &found, err);
        if (status != CT_OK || !found)
            break;
        status = replay_record(store, rows, &record, err);
        if (status == CT_CORRUPT && err && !err->file[0])
            snprintf(err->file, sizeof err->file, "%s", name);
        if (status == CT_OK && !store->options.read_only &&
            store->live->bytes > ct_store_live_limit(store))
            status = seal_replayed(store, number, err);
        if (status != CT_OK)
            break;
    }
    ct_log_reader_close(reader);
    return status;
}

static ct_status replay(struct ct_store *store, const struct log_files *files, struct ct_error *err)
{
    struct ct_record_reader *rows = ct_record_reader_create(store->env.allocator);
    if (!rows)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while replaying the log");
    ct_status status = CT_OK;
    for (size_t i = 0; i < files->count && status == CT_OK; i++)
        status = replay_file(store, files->numbers[i], rows, err);
    ct_record_reader_destroy(rows);
    return status;
}

/* -- the writer's part -------------------------------------------------------------------- */

static ct_status make_folder(struct ct_store *store, const char *path, struct ct_error *err)
{
    struct ct_io *io = store->env.io;
    const ct_status status = io->calls->make_folder(io, path, err);
    return status == CT_EXISTS ? CT_OK : status;
}

/* The store's own name is durable only once the folder above it is synced. */
static ct_status sync_parent(struct ct_store *store, struct ct_error *err)
{
    char parent[CT_PATH_BYTES_MAX];
    size_t len = strlen(store->path);
    while (len > 1 && store->path[len - 1] == '/')
        len--;
    while (len > 0 && store->path[len - 1] != '/')
        len--;
    while (len > 1 && store->path[len - 1] == '/')
        len--;
    memcpy(parent, len ? store->path : ".", len ? len : 1);
    parent[len ? len : 1] = 0;
    return store->env.io->calls->sync_folder(store->env.io, parent, err);
}

static ct_status make_folders(struct ct_store *store, struct ct_error *err)
{
    struct ct_io *io = store->env.io;
    char path[CT_PATH_BYTES_MAX];
    CT_TRY(sync_parent(store, err));
    CT_TRY(ct_path_join(path, store->path, CT_FOLDER_LOG, err));
    CT_TRY(make_folder(store, path, err));
    CT_TRY(ct_path_join(path, store->path, CT_FOLDER_SEGMENT, err));
    CT_TRY(make_folder(store, path, err));
    return io->calls->sync_folder(io, store->path, err);
}

static bool is_live_segment(const struct ct_manifest_state *state, uint64_t id)
{
    for (size_t i = 0; i < state->segment_count; i++) {
        if (state->segments[i].id == id)
            return true;
    }
    return false;
}

static bool is_live_rollup(const struct ct_manifest_state *state, uint64_t id)
{
    for (size_t i = 0; i < state->cover_count; i++) {
        if (state->covers[i].id == id)
            return true;
    }
    return false;
}

static bool is_live_catalog(const struct ct_manifest_state *state, uint64_t number)
{
    for (size_t i = 0; i < state->catalog_count; i++) {
        if (state->catalogs[i].number == number)
            return true;
    }
    return false;
}

static bool ends_with(const char *name, const char *end)
{
    return ct_text_ends_with(ct_text_of(name), ct_text_of(end));
}

static bool is_leftover(const struct ct_manifest_state *state, const char *name)
{
    uint64_t number;
    if (ct_name_parse(name, "", ".seg", &number))
        return !is_live_segment(state, number);
    if (ct_name_parse(name, "", ".rol", &number))
        return !is_live_rollup(state, number);
    if (ct_name_parse(name, "catalog-", "", &number))
        return !is_live_catalog(state, number);
    if (ct_name_parse(name, "", ".log", &number))
        return number < state->log_low;
    return ends_with(name, ".tmp");
}

/* What crashes have left behind: files that no manifest names. */
static void sweep(struct ct_store *store, const char *folder)
{
    struct ct_io *io = store->env.io;
    const struct ct_manifest_state *state = ct_manifest_state_of(store->manifest);
    struct ct_names names;
    if (io->calls->list(io, folder, &names, NULL) != CT_OK)
        return;
    for (size_t i = 0; i < names.count; i++) {
        char path[CT_PATH_BYTES_MAX];
        if (is_leftover(state, names.name[i]) &&
            ct_path_join(path, folder, names.name[i], NULL) == CT_OK)
            (void)io->calls->remove(io, path, NULL);
    }
    ct_names_release(io, &names);
}

static void sweep_all(struct ct_store *store)
{
    char folder[CT_PATH_BYTES_MAX];
    sweep(store, store->path);
    if (ct_path_join(folder, store->path, CT_FOLDER_SEGMENT, NULL) == CT_OK)
        sweep(store, folder);
    if (ct_path_join(folder, store->path, CT_FOLDER_ROLLUP, NULL) == CT_OK)
        sweep(store, folder);
    if (ct_path_join(folder, store->path, CT_FOLDER_LOG, NULL) == CT_OK)
        sweep(store, folder);
}

/* A log without a manifest is not a new store but a damaged one. */
static ct_status check_new(struct ct_store *store, struct ct_error *err)
{
    struct log_files files;
    CT_TRY(list_logs(store, 1, &files, err));
    ct_release(store->env.allocator, files.numbers);
    if (files.count > 0)
        return ct_fail_at(
            err, CT_CORRUPT, store->path, 0,
            "has commits in its log but no manifest (file CURRENT): restore a backup");
    return CT_OK;
}

static ct_status load_state(struct ct_store *store, struct ct_manifest_state *state,
                            struct ct_error *err)
{
    bool found = false;
    CT_TRY(ct_manifest_load(store->env.io, store->path, state, &found, err));
    if (found)
        return CT_OK;
    if (store->options.read_only || store->options.must_exist)
        return ct_fail_at(err, CT_NOT_FOUND, store->path, 0, "is not a centime store");
    CT_TRY(make_folders(store, err));
    CT_TRY(check_new(store, err));
    state->next_number = 1;
    state->log_low = 1;
    state->has_history = true;
    return CT_OK;
}

/* Where no history was kept it begins with what is not sealed yet. */
static ct_status load_history(struct ct_store *store, struct ct_manifest_state *state,
                              struct ct_error *err)
{
    if (!state->has_history)
        state->history_low = state->sealed_commit;
    state->has_history = true;
    store->history_low = state->history_low;
    for (size_t i = 0; i < state->times.count; i++) {
        if (ct_commit_times_add(&store->times, store->env.allocator, state->times.marks[i]) !=
            CT_OK)
            return ct_fail(err, CT_NO_MEMORY, "out of memory while opening");
    }
    return CT_OK;
}

/* Catalog, segments, deletes: what the manifest names. */
static ct_status load_files(struct ct_store *store, struct ct_manifest_state *state,
                            struct ct_error *err)
{
    store->last_commit = state->sealed_commit;
    store->sealed_commit = state->sealed_commit;
    store->next_number = state->next_number;
    CT_TRY(load_history(store, state, err));
    CT_TRY(load_catalog(store, state, err));
    CT_TRY(ct_request_keys_load(&store->request_keys, store->catalog, state->sealed_commit, err));
    for (size_t i = 0; i < state->tombstone_count; i++)
        CT_TRY(ct_store_add_tombstone(store, &state->tombstones[i], err));
    CT_TRY(
        ct_version_create(store->env.io, store->path, state, NULL, NULL, 0, &store->version, err));
    store->live = ct_live_set_create(store->env.allocator, state->log_low);
    if (!store->live)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while opening");
    return CT_OK;
}

static ct_status begin_manifest(struct ct_store *store, struct ct_manifest_state *state,
                                struct ct_error *err)
{
    CT_TRY(ct_manifest_create(store->env.io, store->path, state, ct_store_next_salt(store),
                              &store->manifest, err));
    store->next_number = ct_manifest_state_of(store->manifest)->next_number;
    sweep_all(store);
    return CT_OK;
}

/* The log goes on in a file of its own: what a crash may have torn is never written to again. */
static ct_status begin_log(struct ct_store *store, const struct log_files *files, uint64_t log_low,
                           struct ct_error *err)
{
    store->logged_journal = ct_catalog_journal_end(store->catalog);
    store->log_number = (files->count ? files->numbers[files->count - 1] : log_low - 1);
    return ct_store_next_log(store, err);
}

static ct_status load(struct ct_store *store, struct ct_manifest_state *state, struct ct_error *err)
{
    CT_TRY(load_state(store, state, err));
    CT_TRY(load_files(store, state, err));
    const uint64_t log_low = state->log_low;
    if (!store->options.read_only)
        CT_TRY(begin_manifest(store, state, err));
    struct log_files files;
    CT_TRY(list_logs(store, log_low, &files, err));
    ct_status status = replay(store, &files, err);
    if (status == CT_OK && !store->options.read_only)
        status = begin_log(store, &files, log_low, err);
    ct_release(store->env.allocator, files.numbers);
    return status;
}

ct_status ct_store_load(struct ct_store *store, struct ct_error *err)
{
    struct ct_manifest_state state = {0};
    const ct_status status = load(store, &state, err);
    ct_manifest_state_deinit(&state, store->env.allocator);
    return status;
}
