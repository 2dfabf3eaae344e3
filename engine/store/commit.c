/* What a caller commits: rows, deletes, definitions. */
#include "commit_request.h"

static void request_deinit(struct ct_commit_request *request, const struct ct_allocator *allocator)
{
    ct_byte_buffer_deinit(&request->payload);
    ct_release(allocator, request->blocks);
    ct_release(allocator, request->columns);
}

/* -- deletes and definitions ------------------------------------------------------------------ */

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

void ct_store_bind_scope(struct ct_store *store, const struct ct_scope *scope,
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
    ct_store_bind_scope(store, scope, &tombstone, &matches_any);
    *commit = 0;
    if (!matches_any)
        return CT_OK;
    struct ct_commit_request request = {.kind = CT_REQUEST_DELETE,
                                        .payload = {.allocator = store->env.allocator},
                                        .tombstone = &tombstone};
    ct_status status = ct_record_encode_delete(&tombstone, &request.payload, err);
    if (status == CT_OK)
        status = ct_store_submit(store, &request, err);
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
    struct ct_commit_request request = {.kind = CT_REQUEST_DEFINITIONS,
                                        .payload = {.allocator = store->env.allocator}};
    return ct_store_submit(store, &request, err);
}

ct_status ct_store_register(struct ct_store *store, struct ct_text database,
                            enum ct_registry_kind kind, struct ct_text key, struct ct_text value,
                            struct ct_error *err)
{
    CT_TRY(ct_store_check_writable(store, err));
    uint32_t number;
    CT_TRY(ct_catalog_define_database(store->catalog, database, &number, err));
    CT_TRY(ct_registry_put(store->catalog, number, kind, key, value, err));
    struct ct_commit_request request = {.kind = CT_REQUEST_DEFINITIONS,
                                        .payload = {.allocator = store->env.allocator}};
    return ct_store_submit(store, &request, err);
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
                                       .columns = column,
                                       .is_fresh = intake->is_fresh};
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

static ct_status encode_key(const struct ct_intake *intake, struct ct_commit_request *request,
                            struct ct_error *err)
{
    struct ct_request_head *head = &request->key->head;
    head->database = intake->database;
    head->row_count = intake->row_count;
    return ct_request_head_encode(head, &request->payload, err);
}

static ct_status commit_rows(struct ct_store *store, struct ct_intake *intake,
                             struct ct_commit_request *request, struct ct_error *err)
{
    struct ct_codec_scratch *scratch = ct_codec_scratch_create(store->env.allocator);
    if (!scratch)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while committing");
    ct_status status = request->key ? encode_key(intake, request, err) : CT_OK;
    if (status == CT_OK)
        status = ct_record_encode_rows(intake, scratch, &request->payload, err);
    ct_codec_scratch_destroy(scratch);
    if (status != CT_OK)
        return status;
    if (request->payload.len > CT_LOG_PAYLOAD_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "a batch of %zu bytes is too large: write smaller ones",
                       request->payload.len);
    if (prepare_blocks(intake, request, store->env.allocator) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while committing");
    return ct_store_submit(store, request, err);
}

/* key NULL: none */
static ct_status commit_batch(struct ct_store *store, struct ct_intake *intake,
                              struct ct_request_taken *key, struct ct_commit_result *result,
                              struct ct_error *err)
{
    CT_TRY(wait_for_room(store, err));
    CT_TRY(ct_intake_resolve(intake, err));
    struct ct_commit_request request = {
        .kind = CT_REQUEST_ROWS, .payload = {.allocator = store->env.allocator}, .key = key};
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

ct_status ct_store_commit_once(struct ct_store *store, struct ct_intake *intake,
                               const struct ct_request_key *key, struct ct_commit_result *result,
                               struct ct_error *err)
{
    memset(result, 0, sizeof *result);
    CT_TRY(ct_store_check_writable(store, err));
    if (intake->row_count == 0) {
        ct_intake_reset(intake);
        return CT_OK;
    }
    if (!key)
        return commit_batch(store, intake, NULL, result, err);
    struct ct_request_taken taken = {
        .database_name = intake->database_name,
        .head = {.key = *key, .time_ns = ct_clock_now_ns(store->env.clock)},
    };
    CT_TRY(ct_request_keys_take(&store->request_keys, store->catalog, &taken, result, err));
    if (result->is_repeat) {
        ct_intake_reset(intake);
        return CT_OK;
    }
    const ct_status status = commit_batch(store, intake, &taken, result, err);
    if (status != CT_OK)
        ct_request_keys_release(&store->request_keys, &taken);
    return status;
}

ct_status ct_store_commit(struct ct_store *store, struct ct_intake *intake,
                          struct ct_commit_result *result, struct ct_error *err)
{
    return ct_store_commit_once(store, intake, NULL, result, err);
}
