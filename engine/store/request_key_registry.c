/* Request keys in the registry.
 *
 * Invariant: a record has every key of the commits from its first to its last, and is never
 * changed; it goes when its keys are old, or after another with all of them was put. So it does no
 * harm when an old stretch of the log brings records back or removes them again, nor when a store
 * that lost its last edit cuts the same keys in another way: records may overlap, and taken by
 * their first commits, of each what is later than all before it, they give every key once.
 *
 * A small record grows by being replaced: one with its keys and more is put, then it goes. */
#include "request_keys.h"

#include "registry.h"

/* All but the last record have as many, so that there are few thousand of them, and a key is
 * written again a few times at most where edits come often. */
#define RECORD_KEYS_MIN 256
/* How many are forgotten while requests wait. */
#define FORGET_AT_ONCE 4096

#define DATABASE 0 /* it is there where there is a key */

/* -- putting ----------------------------------------------------------------------------------- */

static ct_status remove_record(struct ct_catalog *catalog, const struct ct_request_record *record,
                               struct ct_error *err)
{
    char name[CT_REQUEST_RECORD_NAME_CAP];
    return ct_registry_put(catalog, DATABASE, CT_REGISTRY_REQUEST_KEY,
                           ct_request_record_name(name, record->first, record->last),
                           (struct ct_text){0}, err);
}

static ct_status remove_old_records(struct ct_request_keys *keys, struct ct_catalog *catalog,
                                    int64_t old_seconds, struct ct_error *err)
{
    size_t removed = 0;
    ct_status status = CT_OK;
    while (removed < keys->record_count && keys->records[removed].newest_seconds <= old_seconds) {
        status = remove_record(catalog, &keys->records[removed], err);
        if (status != CT_OK)
            break;
        removed++;
    }
    keys->record_count -= removed;
    if (removed)
        memmove(keys->records, keys->records + removed, keys->record_count * sizeof *keys->records);
    return status;
}

static bool is_small(const struct ct_request_keys *keys)
{
    return keys->record_count > 0 && keys->records[keys->record_count - 1].count < RECORD_KEYS_MIN;
}

/* Lock held. Where the last record is small its keys come first. 0: none is new. */
static uint32_t collect(struct ct_request_keys *keys, uint64_t sealed_commit,
                        struct ct_request_done out[CT_REQUEST_RECORD_KEYS_MAX], uint64_t *end)
{
    const struct ct_request_key_table *table = &keys->table;
    if (keys->saved_end < table->begin)
        keys->saved_end = table->begin;
    uint64_t place = keys->saved_end;
    if (place == table->end || ct_request_key_table_at(table, place).commit > sealed_commit)
        return 0;
    if (is_small(keys))
        place -= keys->records[keys->record_count - 1].count;
    if (place < table->begin)
        place = table->begin;
    uint32_t count = 0;
    for (; place < table->end && count < CT_REQUEST_RECORD_KEYS_MAX; place++) {
        out[count] = ct_request_key_table_at(table, place);
        if (out[count].commit > sealed_commit)
            break;
        count++;
    }
    *end = place;
    return count;
}

static struct ct_request_record record_of(const struct ct_request_done *batch, uint32_t count)
{
    struct ct_request_record record = {.first = batch[0].commit,
                                       .last = batch[count - 1].commit,
                                       .newest_seconds = batch[0].time_seconds,
                                       .count = count};
    for (uint32_t i = 1; i < count; i++) {
        if (batch[i].time_seconds > record.newest_seconds)
            record.newest_seconds = batch[i].time_seconds;
    }
    return record;
}

static ct_status put_record(struct ct_request_keys *keys, struct ct_catalog *catalog,
                            const struct ct_request_done *batch, uint32_t count,
                            struct ct_error *err)
{
    char text[CT_REQUEST_RECORD_NAME_CAP];
    const struct ct_text name =
        ct_request_record_name(text, batch[0].commit, batch[count - 1].commit);
    struct ct_byte_buffer bytes = {.allocator = keys->allocator};
    ct_status status = ct_request_record_encode(batch, count, &bytes);
    const struct ct_text value = {.bytes = (const char *)bytes.bytes, .len = bytes.len};
    if (status == CT_OK)
        status = ct_registry_put(catalog, DATABASE, CT_REGISTRY_REQUEST_KEY, name, value, err);
    else
        (void)ct_fail(err, status, "out of memory while saving request keys");
    ct_byte_buffer_deinit(&bytes);
    return status;
}

static bool reserve_record(struct ct_request_keys *keys)
{
    return ct_grow(keys->allocator, &keys->records, &keys->record_cap, keys->record_count + 1,
                   sizeof *keys->records);
}

static ct_status put_batch(struct ct_request_keys *keys, struct ct_catalog *catalog,
                           const struct ct_request_done *batch, uint32_t count, uint64_t end,
                           struct ct_error *err)
{
    if (!reserve_record(keys))
        return ct_fail(err, CT_NO_MEMORY, "out of memory while saving request keys");
    const bool replaces = is_small(keys);
    CT_TRY(put_record(keys, catalog, batch, count, err));
    keys->records[keys->record_count++] = record_of(batch, count);
    keys->saved_end = end;
    if (!replaces)
        return CT_OK;
    struct ct_request_record *records = keys->records + keys->record_count - 2;
    CT_TRY(remove_record(catalog, &records[0], err)); /* else it goes when it is old */
    records[0] = records[1];
    keys->record_count--;
    return CT_OK;
}

/* batch: room for a record. */
static ct_status put_new(struct ct_request_keys *keys, struct ct_catalog *catalog,
                         uint64_t sealed_commit, struct ct_request_done *batch,
                         struct ct_error *err)
{
    for (;;) {
        uint64_t end = 0;
        pthread_mutex_lock(&keys->lock);
        const uint32_t count = collect(keys, sealed_commit, batch, &end);
        pthread_mutex_unlock(&keys->lock);
        if (count == 0)
            return CT_OK;
        CT_TRY(put_batch(keys, catalog, batch, count, end, err));
    }
}

static void forget(struct ct_request_keys *keys, int64_t old_seconds)
{
    bool has_more = true;
    while (has_more) {
        pthread_mutex_lock(&keys->lock);
        has_more = ct_request_keys_forget(keys, old_seconds, FORGET_AT_ONCE);
        pthread_mutex_unlock(&keys->lock);
    }
}

static struct ct_request_done *create_batch(const struct ct_request_keys *keys,
                                            struct ct_error *err)
{
    struct ct_request_done *batch =
        ct_alloc(keys->allocator, CT_REQUEST_RECORD_KEYS_MAX * sizeof *batch);
    if (!batch)
        (void)ct_fail(err, CT_NO_MEMORY, "out of memory for request keys");
    return batch;
}

ct_status ct_request_keys_save(struct ct_request_keys *keys, struct ct_catalog *catalog,
                               uint64_t sealed_commit, int64_t now_ns, struct ct_error *err)
{
    const int64_t old_seconds = ct_request_keys_old_seconds(now_ns);
    forget(keys, old_seconds);
    CT_TRY(remove_old_records(keys, catalog, old_seconds, err));
    struct ct_request_done *batch = create_batch(keys, err);
    if (!batch)
        return CT_NO_MEMORY;
    const ct_status status = put_new(keys, catalog, sealed_commit, batch, err);
    ct_release(keys->allocator, batch);
    return status == CT_LIMIT ? CT_OK : status; /* no room: the next edit tries again */
}

/* -- loading ----------------------------------------------------------------------------------- */

static ct_status check_keys(struct ct_catalog *catalog, const struct ct_registered *registered,
                            const struct ct_request_done *batch, uint32_t count,
                            struct ct_error *err)
{
    char text[CT_REQUEST_RECORD_NAME_CAP];
    const struct ct_text name =
        ct_request_record_name(text, batch[0].commit, batch[count - 1].commit);
    if (!ct_text_equal(name, registered->key))
        return ct_fail(err, CT_CORRUPT, "a record of request keys has the name of another");
    const uint32_t databases = ct_catalog_database_count(catalog);
    for (uint32_t i = 0; i < count; i++) {
        if (batch[i].database >= databases)
            return ct_fail(err, CT_CORRUPT, "a request key names a database that nobody defined");
    }
    return CT_OK;
}

/* What is past the sealed commit is in the log, or was lost with its rows: the edit that was to
 * seal it never came about. */
static ct_status load_record(struct ct_request_keys *keys, struct ct_catalog *catalog,
                             const struct ct_registered *registered, uint64_t sealed_commit,
                             struct ct_request_done *batch, struct ct_error *err)
{
    uint32_t count;
    CT_TRY(ct_request_record_decode(registered->value, batch, &count, err));
    CT_TRY(check_keys(catalog, registered, batch, count, err));
    if (!reserve_record(keys))
        return ct_fail(err, CT_NO_MEMORY, "out of memory for request keys");
    struct ct_request_record record = record_of(batch, count);
    const uint64_t end = keys->table.end;
    for (uint32_t i = 0; i < count && batch[i].commit <= sealed_commit; i++)
        CT_TRY(ct_request_keys_add(keys, &batch[i], err));
    if (keys->table.end - end < count)
        record.count = CT_REQUEST_RECORD_KEYS_MAX;
    keys->records[keys->record_count++] = record;
    keys->saved_end = keys->table.end;
    return CT_OK;
}

static ct_status load_all(struct ct_request_keys *keys, struct ct_catalog *catalog,
                          const struct ct_registered *registered, size_t count,
                          uint64_t sealed_commit, struct ct_error *err)
{
    if (count == 0)
        return CT_OK;
    struct ct_request_done *batch = create_batch(keys, err);
    if (!batch)
        return CT_NO_MEMORY;
    ct_status status = CT_OK;
    for (size_t i = 0; i < count && status == CT_OK; i++)
        status = load_record(keys, catalog, &registered[i], sealed_commit, batch, err);
    ct_release(keys->allocator, batch);
    return status;
}

/* The registry lists them by name, which is by their first commits. */
ct_status ct_request_keys_load(struct ct_request_keys *keys, struct ct_catalog *catalog,
                               uint64_t sealed_commit, struct ct_error *err)
{
    struct ct_registered *registered;
    size_t count;
    CT_TRY(ct_registry_list(catalog, DATABASE, CT_REGISTRY_REQUEST_KEY, keys->allocator,
                            &registered, &count, err));
    const ct_status status = load_all(keys, catalog, registered, count, sealed_commit, err);
    ct_registered_release_all(keys->allocator, registered, count);
    return status;
}
