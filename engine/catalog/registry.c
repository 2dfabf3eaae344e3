/* The registry's records: put, removed, read. See registry_state.h for how they are kept. */
#include "registry.h"

#include "catalog_state.h"
#include "hash.h"
#include "name_check.h"

#include <stdlib.h>

void ct_registry_init(struct ct_registry *registry)
{
    *registry = (struct ct_registry){0};
    for (unsigned kind = 0; kind <= CT_REGISTRY_KIND_MAX; kind++)
        registry->records[kind].first_free = CT_NONE;
}

void ct_registry_deinit(struct ct_registry *registry, const struct ct_allocator *allocator)
{
    for (unsigned kind = 0; kind <= CT_REGISTRY_KIND_MAX; kind++) {
        struct ct_registry_records *records = &registry->records[kind];
        for (uint32_t slot = 0; slot < records->slot_count; slot++)
            ct_release(allocator, records->slots[slot].bytes);
        ct_release(allocator, records->slots);
        ct_number_index_deinit(&records->index, allocator);
    }
}

/* -- Finding ----------------------------------------------------------------------------------- */

static uint64_t hash_of(const struct ct_catalog *catalog, uint32_t database, struct ct_text key)
{
    return ct_hash(key.bytes, key.len, catalog->seed + database);
}

static uint32_t find_slot(const struct ct_registry_records *records, uint64_t hash,
                          uint32_t database, struct ct_text key)
{
    struct ct_number_probe probe = ct_number_index_probe(hash);
    for (;;) {
        const uint32_t number = ct_number_index_next(&records->index, &probe);
        if (number == CT_NONE)
            return CT_NONE;
        const struct ct_registry_slot *slot = &records->slots[number];
        if (slot->database == database && ct_text_equal(ct_registry_key_of(slot), key))
            return number;
    }
}

/* -- Changing: under the lock for writing ------------------------------------------------------ */

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for a record of the registry");
}

static char *join(const struct ct_allocator *allocator, struct ct_text key, struct ct_text value)
{
    char *bytes = ct_alloc(allocator, key.len + value.len);
    if (bytes) {
        memcpy(bytes, key.bytes, key.len);
        memcpy(bytes + key.len, value.bytes, value.len);
    }
    return bytes;
}

/* Cannot fail: the journal has its room. */
static void remove_slot(struct ct_catalog *catalog, struct ct_registry_records *records,
                        uint64_t hash, uint32_t number)
{
    struct ct_registry_slot *slot = &records->slots[number];
    ct_number_index_remove(&records->index, hash, number);
    ct_release(&catalog->counting.base, slot->bytes);
    *slot = (struct ct_registry_slot){.next_free = records->first_free};
    records->first_free = number;
    catalog->registry.count--;
}

static bool reserve_slot(struct ct_registry_records *records, const struct ct_allocator *allocator)
{
    if (!ct_number_index_reserve(&records->index, allocator))
        return false;
    return records->first_free != CT_NONE ||
           ct_grow(allocator, &records->slots, &records->slot_cap, (size_t)records->slot_count + 1,
                   sizeof *records->slots);
}

/* Room must have been reserved. */
static struct ct_registry_slot *take_slot(struct ct_catalog *catalog,
                                          struct ct_registry_records *records, uint64_t hash)
{
    uint32_t number = records->first_free;
    if (number == CT_NONE)
        number = records->slot_count++;
    else
        records->first_free = records->slots[number].next_free;
    ct_number_index_add(&records->index, hash, number);
    catalog->registry.count++;
    return &records->slots[number];
}

static ct_status put_value(struct ct_catalog *catalog, const struct ct_definition *definition,
                           uint64_t hash, uint32_t number, struct ct_error *err)
{
    const struct ct_allocator *allocator = &catalog->counting.base;
    struct ct_registry_records *records = &catalog->registry.records[definition->registry_kind];
    const bool is_new = number == CT_NONE;
    if (is_new && catalog->registry.count >= CT_REGISTRY_RECORDS_MAX)
        return ct_fail(err, CT_LIMIT, "there are %d small records, no more are possible",
                       CT_REGISTRY_RECORDS_MAX);
    if (is_new && !reserve_slot(records, allocator))
        return no_memory(err);
    char *bytes = join(allocator, definition->text, definition->value);
    if (!bytes)
        return no_memory(err);
    struct ct_registry_slot *slot =
        is_new ? take_slot(catalog, records, hash) : &records->slots[number];
    ct_release(allocator, is_new ? NULL : slot->bytes);
    *slot = (struct ct_registry_slot){
        .bytes = bytes,
        .database = definition->database,
        .key_len = (uint32_t)definition->text.len,
        .value_len = (uint32_t)definition->value.len,
    };
    return CT_OK;
}

ct_status ct_change_record(struct ct_catalog *catalog, const struct ct_definition *definition,
                           struct ct_error *err)
{
    CT_ASSERT(ct_registry_kind_is_known(definition->registry_kind));
    struct ct_registry_records *records = &catalog->registry.records[definition->registry_kind];
    const uint64_t hash = hash_of(catalog, definition->database, definition->text);
    const uint32_t number = find_slot(records, hash, definition->database, definition->text);
    const bool is_there = number != CT_NONE;
    const struct ct_text before =
        is_there ? ct_registry_value_of(&records->slots[number]) : (struct ct_text){0};
    if (ct_text_equal(before, definition->value)) /* no value is ever empty: so "" is not there */
        return CT_OK;
    if (!ct_journal_reserve(&catalog->journal, ct_definition_bytes_max(definition)))
        return no_memory(err);
    if (definition->value.len == 0)
        remove_slot(catalog, records, hash, number);
    else
        CT_TRY(put_value(catalog, definition, hash, number, err));
    records->version++;
    ct_journal_append(&catalog->journal, definition);
    return CT_OK;
}

static ct_status check_put(uint32_t kind, struct ct_text key, struct ct_text value,
                           struct ct_error *err)
{
    if (!ct_registry_kind_is_known(kind))
        return ct_fail(err, CT_INVALID, "there are no small records of kind %u", kind);
    if (key.len == 0)
        return ct_fail(err, CT_INVALID, "a small record needs a key");
    if (key.len > CT_REGISTRY_KEY_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "the key of a small record has %zu bytes, at most %d fit",
                       key.len, CT_REGISTRY_KEY_BYTES_MAX);
    if (value.len > CT_REGISTRY_VALUE_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "the small record \"%.*s\" has %zu bytes, at most %zu fit",
                       CT_SHOWN(key), value.len, CT_REGISTRY_VALUE_BYTES_MAX);
    return CT_OK;
}

ct_status ct_registry_put(struct ct_catalog *catalog, uint32_t database, enum ct_registry_kind kind,
                          struct ct_text key, struct ct_text value, struct ct_error *err)
{
    CT_TRY(check_put((uint32_t)kind, key, value, err));
    const struct ct_definition definition = {
        .kind = CT_DEFINE_RECORD,
        .database = database,
        .registry_kind = kind,
        .text = key,
        .value = value,
    };
    ct_rwlock_lock_write(&catalog->lock);
    const ct_status status = database < catalog->database_names.count
                                 ? ct_change_record(catalog, &definition, err)
                                 : ct_fail(err, CT_INVALID, "there is no database %u", database);
    ct_rwlock_unlock(&catalog->lock);
    return status;
}

/* -- Reading ----------------------------------------------------------------------------------- */

static bool copy_slot(const struct ct_registry_slot *slot, const struct ct_allocator *allocator,
                      struct ct_registered *out)
{
    char *bytes = join(allocator, ct_registry_key_of(slot), ct_registry_value_of(slot));
    if (!bytes)
        return false;
    out->bytes = bytes;
    out->key = (struct ct_text){.bytes = bytes, .len = slot->key_len};
    out->value = (struct ct_text){.bytes = bytes + slot->key_len, .len = slot->value_len};
    return true;
}

void ct_registered_release(const struct ct_allocator *allocator, struct ct_registered *record)
{
    ct_release(allocator, record->bytes);
    *record = (struct ct_registered){0};
}

void ct_registered_release_all(const struct ct_allocator *allocator, struct ct_registered *records,
                               size_t count)
{
    for (size_t i = 0; i < count; i++)
        ct_registered_release(allocator, &records[i]);
    ct_release(allocator, records);
}

ct_status ct_registry_get(struct ct_catalog *catalog, uint32_t database, enum ct_registry_kind kind,
                          struct ct_text key, const struct ct_allocator *allocator,
                          struct ct_registered *out, struct ct_error *err)
{
    CT_ASSERT(ct_registry_kind_is_known(kind));
    const struct ct_registry_records *records = &catalog->registry.records[kind];
    ct_rwlock_lock_read(&catalog->lock);
    const uint32_t number = find_slot(records, hash_of(catalog, database, key), database, key);
    const bool is_copied = number != CT_NONE && copy_slot(&records->slots[number], allocator, out);
    ct_rwlock_unlock(&catalog->lock);
    if (number == CT_NONE)
        return CT_NOT_FOUND;
    return is_copied ? CT_OK : no_memory(err);
}

static bool is_wanted(const struct ct_registry_slot *slot, uint32_t database)
{
    return slot->bytes && slot->database == database;
}

/* Under the lock for reading. */
static size_t count_wanted(const struct ct_registry_records *records, uint32_t database)
{
    size_t wanted = 0;
    for (uint32_t slot = 0; slot < records->slot_count; slot++)
        wanted += is_wanted(&records->slots[slot], database);
    return wanted;
}

/* Under the lock for reading. What was copied before memory ran out is counted. */
static bool copy_all(const struct ct_registry_records *records, uint32_t database,
                     const struct ct_allocator *allocator, struct ct_registered **out,
                     size_t *count)
{
    const size_t wanted = count_wanted(records, database);
    if (wanted == 0)
        return true;
    *out = ct_alloc_zeroed(allocator, wanted, sizeof **out);
    if (!*out)
        return false;
    for (uint32_t slot = 0; slot < records->slot_count; slot++) {
        if (!is_wanted(&records->slots[slot], database))
            continue;
        if (!copy_slot(&records->slots[slot], allocator, &(*out)[*count]))
            return false;
        ++*count;
    }
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    const struct ct_registered *first = a;
    const struct ct_registered *second = b;
    return ct_text_compare(first->key, second->key);
}

ct_status ct_registry_list(struct ct_catalog *catalog, uint32_t database,
                           enum ct_registry_kind kind, const struct ct_allocator *allocator,
                           struct ct_registered **out, size_t *count, struct ct_error *err)
{
    CT_ASSERT(ct_registry_kind_is_known(kind));
    struct ct_registered *records = NULL;
    size_t copied = 0;
    ct_rwlock_lock_read(&catalog->lock);
    const bool is_copied =
        copy_all(&catalog->registry.records[kind], database, allocator, &records, &copied);
    ct_rwlock_unlock(&catalog->lock);
    if (!is_copied) {
        ct_registered_release_all(allocator, records, copied);
        return no_memory(err);
    }
    if (copied > 1)
        qsort(records, copied, sizeof *records, compare_keys);
    *out = records;
    *count = copied;
    return CT_OK;
}

size_t ct_registry_count(struct ct_catalog *catalog, uint32_t database, enum ct_registry_kind kind)
{
    CT_ASSERT(ct_registry_kind_is_known(kind));
    ct_rwlock_lock_read(&catalog->lock);
    const size_t count = count_wanted(&catalog->registry.records[kind], database);
    ct_rwlock_unlock(&catalog->lock);
    return count;
}

uint64_t ct_registry_version(struct ct_catalog *catalog, enum ct_registry_kind kind)
{
    CT_ASSERT(ct_registry_kind_is_known(kind));
    ct_rwlock_lock_read(&catalog->lock);
    const uint64_t version = catalog->registry.records[kind].version;
    ct_rwlock_unlock(&catalog->lock);
    return version;
}
