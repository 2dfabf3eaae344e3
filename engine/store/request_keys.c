#include "request_keys.h"

#include <stdlib.h>

#include "hash.h"

#define BUCKETS_MIN ((size_t)256)

void ct_request_keys_init(struct ct_request_keys *keys, const struct ct_allocator *allocator)
{
    memset(keys, 0, sizeof *keys);
    keys->allocator = allocator;
    pthread_mutex_init(&keys->lock, NULL);
    pthread_cond_init(&keys->changed, NULL);
}

void ct_request_keys_deinit(struct ct_request_keys *keys)
{
    for (size_t i = 0; i < keys->bucket_count; i++) {
        for (struct ct_request_entry *entry = keys->buckets[i]; entry;) {
            struct ct_request_entry *next = entry->next;
            ct_release(keys->allocator, entry);
            entry = next;
        }
    }
    ct_release(keys->allocator, keys->buckets);
    pthread_cond_destroy(&keys->changed);
    pthread_mutex_destroy(&keys->lock);
}

/* -- the table: lock held ---------------------------------------------------------------------- */

static uint64_t hash_of(struct ct_text database, struct ct_text key)
{
    return ct_hash(key.bytes, key.len, ct_hash(database.bytes, database.len, 0));
}

static struct ct_text database_of(const struct ct_request_entry *entry)
{
    return (struct ct_text){.bytes = entry->text, .len = entry->database_len};
}

static struct ct_text key_of(const struct ct_request_entry *entry)
{
    return (struct ct_text){.bytes = entry->text + entry->database_len, .len = entry->key_len};
}

static struct ct_request_entry *find(const struct ct_request_keys *keys, struct ct_text database,
                                     struct ct_text key)
{
    const uint64_t hash = hash_of(database, key);
    struct ct_request_entry *entry =
        keys->bucket_count ? keys->buckets[hash & (keys->bucket_count - 1)] : NULL;
    while (entry && (entry->hash != hash || !ct_text_equal(database_of(entry), database) ||
                     !ct_text_equal(key_of(entry), key)))
        entry = entry->next;
    return entry;
}

static bool make_buckets(struct ct_request_keys *keys)
{
    if (keys->count < keys->bucket_count)
        return true;
    const size_t count = keys->bucket_count ? keys->bucket_count * 2 : BUCKETS_MIN;
    struct ct_request_entry **buckets =
        ct_alloc_zeroed(keys->allocator, count, sizeof(struct ct_request_entry *));
    if (!buckets)
        return false;
    for (size_t i = 0; i < keys->bucket_count; i++) {
        for (struct ct_request_entry *entry = keys->buckets[i]; entry;) {
            struct ct_request_entry *next = entry->next;
            struct ct_request_entry **bucket = &buckets[entry->hash & (count - 1)];
            entry->next = *bucket;
            *bucket = entry;
            entry = next;
        }
    }
    ct_release(keys->allocator, keys->buckets);
    keys->buckets = buckets;
    keys->bucket_count = count;
    return true;
}

/* NULL where memory is out. */
static struct ct_request_entry *add(struct ct_request_keys *keys, struct ct_text database,
                                    struct ct_text key)
{
    struct ct_request_entry *entry =
        ct_alloc_zeroed(keys->allocator, 1, sizeof *entry + database.len + key.len);
    if (!entry || !make_buckets(keys)) {
        ct_release(keys->allocator, entry);
        return NULL;
    }
    entry->hash = hash_of(database, key);
    entry->database_len = (uint32_t)database.len;
    entry->key_len = (uint32_t)key.len;
    memcpy(entry->text, database.bytes, database.len);
    memcpy(entry->text + database.len, key.bytes, key.len);
    struct ct_request_entry **bucket = &keys->buckets[entry->hash & (keys->bucket_count - 1)];
    entry->next = *bucket;
    *bucket = entry;
    keys->count++;
    return entry;
}

static void drop(struct ct_request_keys *keys, struct ct_request_entry *entry)
{
    struct ct_request_entry **at = &keys->buckets[entry->hash & (keys->bucket_count - 1)];
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    keys->count--;
    ct_release(keys->allocator, entry);
}

static void append_done(struct ct_request_keys *keys, struct ct_request_entry *entry)
{
    entry->is_done = true;
    if (keys->newest)
        keys->newest->newer = entry;
    else
        keys->oldest = entry;
    keys->newest = entry;
}

static void drop_oldest(struct ct_request_keys *keys)
{
    struct ct_request_entry *oldest = keys->oldest;
    keys->oldest = oldest->newer;
    if (!keys->oldest)
        keys->newest = NULL;
    drop(keys, oldest);
}

static bool is_old(const struct ct_request_entry *entry, int64_t now_ns)
{
    return entry->time_ns < now_ns - CT_REQUEST_KEY_HOLD_NS;
}

/* -- commits ----------------------------------------------------------------------------------- */

static ct_status answer(const struct ct_request_entry *entry, const struct ct_request_key *key,
                        struct ct_commit_result *result, struct ct_error *err)
{
    if (entry->content[0] != key->content[0] || entry->content[1] != key->content[1])
        return ct_fail(err, CT_INVALID,
                       "the request key was used by commit %llu for other content: a new request "
                       "needs a new key",
                       (unsigned long long)entry->commit);
    *result = (struct ct_commit_result){
        .commit = entry->commit, .row_count = entry->row_count, .is_repeat = true};
    return CT_OK;
}

static ct_status add_new(struct ct_request_keys *keys, struct ct_text database,
                         const struct ct_request_key *key, int64_t now_ns,
                         struct ct_request_entry **out, struct ct_error *err)
{
    if (keys->count >= CT_REQUEST_KEYS_MAX && keys->oldest && is_old(keys->oldest, now_ns))
        drop_oldest(keys); /* what the registry has of it goes at the next opening */
    if (keys->count >= CT_REQUEST_KEYS_MAX)
        return ct_fail(err, CT_LIMIT, "%zu request keys within a day: no more can be remembered",
                       keys->count);
    *out = add(keys, database, key->key);
    if (!*out)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a request key");
    (*out)->content[0] = key->content[0];
    (*out)->content[1] = key->content[1];
    (*out)->time_ns = now_ns;
    return CT_OK;
}

ct_status ct_request_keys_take(struct ct_request_keys *keys, struct ct_text database,
                               const struct ct_request_key *key, int64_t now_ns,
                               struct ct_request_entry **out, struct ct_commit_result *result,
                               struct ct_error *err)
{
    *out = NULL;
    if (key->key.len == 0 || key->key.len > CT_REQUEST_KEY_BYTES_MAX)
        return ct_fail(err, CT_INVALID, "a request key has 1 to %d bytes, not %zu",
                       CT_REQUEST_KEY_BYTES_MAX, key->key.len);
    pthread_mutex_lock(&keys->lock);
    struct ct_request_entry *entry;
    while ((entry = find(keys, database, key->key)) && !entry->is_done)
        pthread_cond_wait(&keys->changed, &keys->lock);
    const ct_status status =
        entry ? answer(entry, key, result, err) : add_new(keys, database, key, now_ns, out, err);
    pthread_mutex_unlock(&keys->lock);
    return status;
}

void ct_request_keys_done(struct ct_request_keys *keys, struct ct_request_entry *entry,
                          uint64_t commit)
{
    pthread_mutex_lock(&keys->lock);
    entry->commit = commit;
    append_done(keys, entry);
    pthread_cond_broadcast(&keys->changed);
    pthread_mutex_unlock(&keys->lock);
}

void ct_request_keys_release(struct ct_request_keys *keys, struct ct_request_entry *entry)
{
    pthread_mutex_lock(&keys->lock);
    if (!entry->is_done)
        drop(keys, entry);
    pthread_cond_broadcast(&keys->changed);
    pthread_mutex_unlock(&keys->lock);
}

/* -- durability -------------------------------------------------------------------------------- */

/* Lock held. An empty value takes the record out. */
static ct_status put(struct ct_request_keys *keys, struct ct_catalog *catalog,
                     const struct ct_request_entry *entry, bool is_wanted, struct ct_error *err)
{
    struct ct_byte_buffer bytes = {.allocator = keys->allocator};
    const uint32_t database = ct_catalog_find_database(catalog, database_of(entry));
    ct_status status = is_wanted ? ct_request_entry_encode(entry, &bytes) : CT_OK;
    const struct ct_text value = {.bytes = (const char *)bytes.bytes, .len = bytes.len};
    if (status == CT_OK)
        status =
            ct_registry_put(catalog, database, CT_REGISTRY_REQUEST_KEY, key_of(entry), value, err);
    else
        (void)ct_fail(err, status, "out of memory while saving request keys");
    ct_byte_buffer_deinit(&bytes);
    return status;
}

static ct_status save(struct ct_request_keys *keys, struct ct_catalog *catalog,
                      uint64_t sealed_commit, int64_t now_ns, struct ct_error *err)
{
    while (keys->oldest && is_old(keys->oldest, now_ns) && keys->oldest->commit <= sealed_commit) {
        if (keys->oldest->is_saved)
            CT_TRY(put(keys, catalog, keys->oldest, false, err));
        drop_oldest(keys);
    }
    for (struct ct_request_entry *entry = keys->oldest; entry; entry = entry->newer) {
        if (entry->is_saved || entry->commit > sealed_commit)
            continue;
        const ct_status status = put(keys, catalog, entry, true, err);
        if (status != CT_OK && status != CT_LIMIT)
            return status;
        entry->is_saved =
            status == CT_OK; /* a full registry: kept in memory, as long as that lasts */
    }
    return CT_OK;
}

ct_status ct_request_keys_save(struct ct_request_keys *keys, struct ct_catalog *catalog,
                               uint64_t sealed_commit, int64_t now_ns, struct ct_error *err)
{
    pthread_mutex_lock(&keys->lock);
    const ct_status status = save(keys, catalog, sealed_commit, now_ns, err);
    pthread_mutex_unlock(&keys->lock);
    return status;
}

static ct_status restore(struct ct_request_keys *keys, struct ct_text database, struct ct_text key,
                         const struct ct_request_entry *values, struct ct_error *err)
{
    struct ct_request_entry *entry = find(keys, database, key);
    const bool is_new = !entry; /* else it was used anew after it was forgotten */
    if (is_new)
        entry = add(keys, database, key);
    if (!entry)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a request key");
    entry->content[0] = values->content[0];
    entry->content[1] = values->content[1];
    entry->commit = values->commit;
    entry->row_count = values->row_count;
    entry->time_ns = values->time_ns;
    entry->is_saved = values->is_saved;
    if (is_new)
        append_done(keys, entry);
    return CT_OK;
}

ct_status ct_request_keys_restore(struct ct_request_keys *keys, struct ct_text database,
                                  const struct ct_request_head *head, uint64_t commit,
                                  struct ct_error *err)
{
    const struct ct_request_entry values = {
        .content = {head->key.content[0], head->key.content[1]},
        .commit = commit,
        .row_count = head->row_count,
        .time_ns = head->time_ns,
    };
    return restore(keys, database, head->key.key, &values, err);
}

static ct_status load_database(struct ct_request_keys *keys, struct ct_catalog *catalog,
                               uint32_t database, struct ct_error *err)
{
    struct ct_registered *records;
    size_t count;
    CT_TRY(ct_registry_list(catalog, database, CT_REGISTRY_REQUEST_KEY, keys->allocator, &records,
                            &count, err));
    ct_status status = CT_OK;
    for (size_t i = 0; i < count && status == CT_OK; i++) {
        struct ct_request_entry values = {.is_saved = true};
        status = ct_request_entry_decode(records[i].value, &values, err);
        if (status == CT_OK)
            status = restore(keys, ct_catalog_database_name(catalog, database), records[i].key,
                             &values, err);
    }
    ct_registered_release_all(keys->allocator, records, count);
    return status;
}

static int compare_commits(const void *left, const void *right)
{
    struct ct_request_entry *a, *b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return a->commit < b->commit ? -1 : a->commit > b->commit;
}

/* The registry gives them by key; commits and their times ascend together. */
static ct_status sort_done(struct ct_request_keys *keys, struct ct_error *err)
{
    struct ct_request_entry **entries =
        ct_alloc_zeroed(keys->allocator, keys->count, sizeof(struct ct_request_entry *));
    if (!entries)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for request keys");
    size_t count = 0;
    for (struct ct_request_entry *entry = keys->oldest; entry; entry = entry->newer)
        entries[count++] = entry;
    if (count)
        qsort(entries, count, sizeof(struct ct_request_entry *), compare_commits);
    keys->oldest = keys->newest = NULL;
    for (size_t i = 0; i < count; i++) {
        entries[i]->newer = NULL;
        append_done(keys, entries[i]);
    }
    ct_release(keys->allocator, entries);
    return CT_OK;
}

ct_status ct_request_keys_load(struct ct_request_keys *keys, struct ct_catalog *catalog,
                               struct ct_error *err)
{
    const uint32_t databases = ct_catalog_database_count(catalog);
    for (uint32_t database = 0; database < databases; database++)
        CT_TRY(load_database(keys, catalog, database, err));
    return sort_done(keys, err);
}
