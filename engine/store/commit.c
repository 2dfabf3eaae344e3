/* Commits: from a batch to durable, visible rows.
 *
 * Whoever finds no leader becomes it: takes all requests that wait, numbers them, writes them to
 * the log as one group with one sync, makes them visible in order, and wakes everyone. Commits that
 * arrive meanwhile form the next group, so the device's own latency is the batching window.
 * Definitions that the rows use go first in the same group. */
#include "file_names.h"
#include "state.h"

#define GROUP_REQUESTS_MAX 256
#define GROUP_BYTES_MAX    ((size_t)64 << 20)

enum request_kind { REQUEST_ROWS, REQUEST_DELETE, REQUEST_DEFINITIONS };

struct ct_commit_request {
    struct ct_commit_request *next;
    enum request_kind kind;
    struct ct_byte_buffer payload;
    struct ct_row_block *blocks; /* rows: what becomes visible, one for each table */
    size_t block_count;
    struct ct_row_column *columns;  /* of all blocks */
    struct ct_tombstone *tombstone; /* delete */
    uint64_t commit;
    struct ct_overwrite_counts overwritten;
    bool is_done;
    ct_status status;
    struct ct_error error;
};

static void request_deinit(struct ct_commit_request *request, const struct ct_allocator *allocator)
{
    ct_byte_buffer_deinit(&request->payload);
    ct_release(allocator, request->blocks);
    ct_release(allocator, request->columns);
}

/* -- the leader --------------------------------------------------------------------------- */

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

static ct_status write_entries(struct ct_store *store, struct ct_commit_request *group,
                               const struct ct_text *definitions, uint64_t first_commit,
                               struct ct_error *err)
{
    struct ct_log_entry entries[GROUP_REQUESTS_MAX + 1];
    struct ct_part parts[GROUP_REQUESTS_MAX + 1];
    size_t count = 0;
    if (definitions->len) {
        parts[0] = (struct ct_part){.bytes = definitions->bytes, .len = definitions->len};
        entries[count++] = (struct ct_log_entry){.number = first_commit,
                                                 .type = CT_RECORD_DEFINITIONS,
                                                 .parts = &parts[0],
                                                 .part_count = 1};
    }
    for (struct ct_commit_request *r = group; r; r = r->next) {
        if (r->kind == REQUEST_DEFINITIONS)
            continue;
        parts[count] = (struct ct_part){.bytes = r->payload.bytes, .len = r->payload.len};
        entries[count] = (struct ct_log_entry){.number = r->commit,
                                               .type = r->kind == REQUEST_ROWS ? CT_RECORD_ROWS
                                                                               : CT_RECORD_DELETE,
                                               .parts = &parts[count],
                                               .part_count = 1};
        count++;
    }
    if (count == 0)
        return CT_OK;
    const bool sync = store->options.durability == CT_DURABILITY_SYNC;
    store->has_unsynced |= !sync;
    return ct_log_append(store->log, entries, count, sync, err);
}

static ct_status write_group(struct ct_store *store, struct ct_commit_request *group,
                             struct ct_error *err)
{
    CT_TRY(ct_store_check_writable(store, err));
    uint64_t commit = store->last_commit; /* only leaders move it */
    const uint64_t first_commit = commit + 1;
    for (struct ct_commit_request *r = group; r; r = r->next) {
        if (r->kind != REQUEST_DEFINITIONS)
            r->commit = ++commit;
    }
    const uint64_t journal_end = ct_catalog_journal_end(store->catalog);
    uint8_t *bytes = NULL;
    size_t len = 0;
    if (journal_end > store->logged_journal)
        CT_TRY(ct_catalog_journal_copy(store->catalog, store->logged_journal, journal_end, &bytes,
                                       &len, err));
    const struct ct_text definitions = {.bytes = (const char *)bytes, .len = len};
    ct_status status = write_entries(store, group, &definitions, first_commit, err);
    ct_release(store->env.allocator, bytes);
    if (status == CT_OK)
        store->logged_journal = journal_end;
    else
        ct_store_break(store, err);
    return status;
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
    case REQUEST_ROWS:
        return publish_counted_rows(store, request, err);
    case REQUEST_DELETE:
        return publish_delete(store, request, err);
    case REQUEST_DEFINITIONS:
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
static ct_status submit(struct ct_store *store, struct ct_commit_request *request,
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

/* -- freezing and deletes ------------------------------------------------------------------- */

static ct_status create_log(struct ct_store *store, uint64_t number, struct ct_log **out,
                            struct ct_error *err)
{
    char name[CT_FILE_NAME_CAP];
    char folder[CT_PATH_BYTES_MAX];
    char path[CT_PATH_BYTES_MAX];
    ct_name_log(name, number);
    CT_TRY(ct_path_join(folder, store->path, CT_FOLDER_LOG, err));
    CT_TRY(ct_path_join(path, folder, name, err));
    struct ct_log *log;
    CT_TRY(
        ct_log_create(store->env.io, path, CT_LOG_COMMITS, ct_store_next_salt(store), &log, err));
    const ct_status status = store->env.io->calls->sync_folder(store->env.io, folder, err);
    if (status != CT_OK) {
        ct_log_close(log);
        return status;
    }
    *out = log;
    return CT_OK;
}

ct_status ct_store_next_log(struct ct_store *store, struct ct_error *err)
{
    struct ct_log *log;
    CT_TRY(create_log(store, store->log_number + 1, &log, err));
    ct_log_close(store->log);
    store->log = log;
    store->log_number++;
    return CT_OK;
}

ct_status ct_store_freeze(struct ct_store *store, struct ct_error *err)
{
    /* Later rows must not outlive earlier ones: the old file is durable before the new one is
     * written. */
    ct_status status = CT_OK;
    if (store->has_unsynced)
        status = ct_log_sync(store->log, err);
    store->has_unsynced = false;
    if (status == CT_OK)
        status = ct_store_next_log(store, err);
    if (status != CT_OK)
        return ct_store_break(store, err);
    struct ct_live_set *live = ct_live_set_create(store->env.allocator, store->log_number);
    if (!live) {
        ct_fail(err, CT_NO_MEMORY, "out of memory while freezing live rows");
        return ct_store_break(store, err);
    }
    pthread_mutex_lock(&store->state);
    CT_ASSERT(!store->frozen);
    store->frozen = store->live;
    store->live = live;
    pthread_cond_broadcast(&store->work);
    pthread_mutex_unlock(&store->state);
    return CT_OK;
}

ct_status ct_store_add_tombstone(struct ct_store *store, const struct ct_tombstone *tombstone,
                                 struct ct_error *err)
{
    if (!ct_grow(store->env.allocator, &store->tombstones, &store->tombstone_cap,
                 store->tombstone_count + 1, sizeof *store->tombstones))
        return ct_fail(err, CT_NO_MEMORY, "out of memory while deleting");
    store->tombstones[store->tombstone_count++] = *tombstone;
    if (!store->version) /* still opening */
        return CT_OK;
    struct ct_version *version;
    CT_TRY(ct_version_with_tombstones(store->version, store->tombstones, store->tombstone_count,
                                      &version, err));
    ct_version_drop(store->version);
    store->version = version;
    return CT_OK;
}

static void bind_scope(struct ct_store *store, const struct ct_scope *scope,
                       struct ct_tombstone *out, bool *matches_any)
{
    struct ct_catalog *catalog = store->catalog;
    memset(out, 0, sizeof *out);
    out->table = scope->table;
    out->start_ns = scope->start_ns;
    out->end_ns = scope->end_ns;
    *matches_any = scope->start_ns < scope->end_ns;
    for (uint32_t i = 0; i < scope->tag_count; i++) {
        const bool is_absent = scope->tags[i].value.len == 0;
        const uint32_t tag = ct_catalog_find_tag(catalog, scope->table, scope->tags[i].key);
        const uint32_t code =
            tag == CT_NONE || is_absent
                ? 0
                : ct_catalog_find_value(catalog, scope->table, tag, scope->tags[i].value);
        if (code == 0 && !is_absent)
            *matches_any = false; /* no series has ever had this value */
        if (tag == CT_NONE)
            continue; /* every series lacks a key that nobody uses */
        out->tags[out->tag_count++] = (struct ct_tombstone_tag){.tag = tag, .code = code};
    }
}

ct_status ct_store_delete(struct ct_store *store, const struct ct_scope *scope, uint64_t *commit,
                          struct ct_error *err)
{
    CT_TRY(ct_store_check_writable(store, err));
    if (scope->table >= ct_catalog_table_count(store->catalog))
        return ct_fail(err, CT_NOT_FOUND, "no such table");
    if (scope->tag_count > CT_TOMBSTONE_TAGS_MAX)
        return ct_fail(err, CT_LIMIT, "a delete names at most %d tags", CT_TOMBSTONE_TAGS_MAX);
    struct ct_tombstone tombstone;
    bool matches_any = false;
    bind_scope(store, scope, &tombstone, &matches_any);
    *commit = 0;
    if (!matches_any)
        return CT_OK;
    struct ct_commit_request request = {.kind = REQUEST_DELETE,
                                        .payload = {.allocator = store->env.allocator},
                                        .tombstone = &tombstone};
    ct_status status = ct_record_encode_delete(&tombstone, &request.payload, err);
    if (status == CT_OK)
        status = submit(store, &request, err);
    if (status == CT_OK)
        *commit = request.commit;
    request_deinit(&request, store->env.allocator);
    return status;
}

ct_status ct_store_define_table(struct ct_store *store, struct ct_text database,
                                struct ct_text table, const struct ct_table_options *options,
                                struct ct_error *err)
{
    CT_TRY(ct_store_check_writable(store, err));
    uint32_t database_number;
    uint32_t table_number;
    CT_TRY(ct_catalog_define_database(store->catalog, database, &database_number, err));
    CT_TRY(ct_catalog_define_table(store->catalog, database_number, table, options, &table_number,
                                   err));
    if (options)
        CT_TRY(ct_catalog_set_table_options(store->catalog, table_number, options, err));
    struct ct_commit_request request = {.kind = REQUEST_DEFINITIONS,
                                        .payload = {.allocator = store->env.allocator}};
    return submit(store, &request, err);
}

/* -- rows --------------------------------------------------------------------------------- */

/* What the live table will be given, worked out before anything is written. */
static ct_status prepare_blocks(const struct ct_intake *intake, struct ct_commit_request *request,
                                const struct ct_allocator *allocator)
{
    size_t columns = 0;
    for (uint32_t i = 0; i < intake->table_count; i++)
        columns += intake->tables[i].column_count;
    request->blocks = ct_alloc_zeroed(allocator, intake->table_count, sizeof *request->blocks);
    request->columns = ct_alloc_zeroed(allocator, columns, sizeof *request->columns);
    if (!request->blocks || !request->columns)
        return CT_NO_MEMORY;
    struct ct_row_column *column = request->columns;
    for (uint32_t i = 0; i < intake->table_count; i++) {
        const struct ct_batch_table *table = &intake->tables[i];
        if (table->row_count == 0)
            continue;
        struct ct_row_block *block = &request->blocks[request->block_count++];
        *block = (struct ct_row_block){.table = table->table,
                                       .row_count = table->row_count,
                                       .series = table->series,
                                       .times_ns = table->times_ns,
                                       .columns = column};
        for (uint32_t k = 0; k < table->column_count; k++) {
            if (table->columns[k].values == 0)
                continue;
            column->field = table->columns[k].field;
            column->values = ct_batch_vector(&table->columns[k], table->row_count);
            column++;
            block->column_count++;
        }
    }
    return CT_OK;
}

/* Live rows wait for their seal: by the maintenance thread, or by ourselves. */
static ct_status wait_for_room(struct ct_store *store, struct ct_error *err)
{
    pthread_mutex_lock(&store->state);
    while (store->frozen && store->live->bytes > ct_store_live_limit(store) && !store->is_broken &&
           store->is_maintained)
        pthread_cond_wait(&store->sealed, &store->state);
    const bool must_seal =
        store->frozen && store->live->bytes > ct_store_live_limit(store) && !store->is_broken;
    pthread_mutex_unlock(&store->state);
    if (!must_seal)
        return CT_OK;
    bool did_work;
    return ct_store_step(store, &did_work, err);
}

static ct_status commit_rows(struct ct_store *store, struct ct_intake *intake,
                             struct ct_commit_request *request, struct ct_error *err)
{
    struct ct_codec_scratch *scratch = ct_codec_scratch_create(store->env.allocator);
    if (!scratch)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while committing");
    ct_status status = ct_record_encode_rows(intake, scratch, &request->payload, err);
    ct_codec_scratch_destroy(scratch);
    if (status != CT_OK)
        return status;
    if (request->payload.len > CT_LOG_PAYLOAD_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "a batch of %zu bytes is too large: write smaller ones",
                       request->payload.len);
    if (prepare_blocks(intake, request, store->env.allocator) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while committing");
    return submit(store, request, err);
}

ct_status ct_store_commit(struct ct_store *store, struct ct_intake *intake,
                          struct ct_commit_result *result, struct ct_error *err)
{
    memset(result, 0, sizeof *result);
    CT_TRY(ct_store_check_writable(store, err));
    if (intake->row_count == 0) {
        ct_intake_reset(intake);
        return CT_OK;
    }
    CT_TRY(wait_for_room(store, err));
    CT_TRY(ct_intake_resolve(intake, err));
    struct ct_commit_request request = {.kind = REQUEST_ROWS,
                                        .payload = {.allocator = store->env.allocator}};
    const ct_status status = commit_rows(store, intake, &request, err);
    if (status == CT_OK) {
        result->commit = request.commit;
        result->row_count = intake->row_count;
        result->overwritten_rows = request.overwritten.rows;
        result->overwritten_money = request.overwritten.money;
        ct_intake_reset(intake);
    }
    request_deinit(&request, store->env.allocator);
    return status;
}
