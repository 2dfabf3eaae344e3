#include "request_keys.h"

#include "catalog.h"
#include "hash.h"

#define SECOND_NS INT64_C(1000000000)
/* More than one comes with each, so that old ones are gone before long, and few at a time. */
#define FORGET_WITH_EACH 4

void ct_request_keys_init(struct ct_request_keys *keys, const struct ct_allocator *allocator)
{
    memset(keys, 0, sizeof *keys);
    keys->allocator = allocator;
    keys->table.allocator = allocator;
    keys->max = CT_REQUEST_KEYS_MAX;
    pthread_mutex_init(&keys->lock, NULL);
    pthread_cond_init(&keys->changed, NULL);
}

void ct_request_keys_deinit(struct ct_request_keys *keys)
{
    CT_ASSERT(!keys->taken);
    ct_request_key_table_deinit(&keys->table);
    ct_release(keys->allocator, keys->records);
    pthread_cond_destroy(&keys->changed);
    pthread_mutex_destroy(&keys->lock);
}

/* -- what is kept of a key --------------------------------------------------------------------- */

/* Both hashes are stored: their seeds are part of the format. */
static uint64_t hash_of(struct ct_text key)
{
    return ct_hash(key.bytes, key.len, 0);
}

static uint64_t content_of(const struct ct_request_key *key)
{
    uint8_t bytes[2 * sizeof(uint64_t)];
    ct_store64(bytes, key->content[0]);
    ct_store64(bytes + sizeof(uint64_t), key->content[1]);
    return ct_hash(bytes, sizeof bytes, ct_hash(key->key.bytes, key->key.len, 1));
}

static int64_t seconds_of(int64_t time_ns)
{
    return time_ns / SECOND_NS - (time_ns % SECOND_NS < 0);
}

static struct ct_request_done done_of(const struct ct_request_head *head, uint64_t commit)
{
    return (struct ct_request_done){
        .hash = hash_of(head->key.key),
        .content = content_of(&head->key),
        .commit = commit,
        .database = head->database,
        .row_count = (uint32_t)head->row_count, /* CT_BATCH_ROWS_MAX */
        .time_seconds = seconds_of(head->time_ns),
    };
}

/* A key of that second may have come at its end. */
int64_t ct_request_keys_old_seconds(int64_t now_ns)
{
    return seconds_of(now_ns - CT_REQUEST_KEY_HOLD_NS) - 1;
}

bool ct_request_keys_forget(struct ct_request_keys *keys, int64_t old_seconds, unsigned most)
{
    struct ct_request_key_table *table = &keys->table;
    for (unsigned i = 0; i < most; i++) {
        if (ct_request_key_table_count(table) == 0 ||
            ct_request_key_table_at(table, table->begin).time_seconds > old_seconds)
            return false;
        ct_request_key_table_drop_oldest(table);
    }
    return true;
}

/* -- commits ----------------------------------------------------------------------------------- */

/* Lock held. There are no more of them than threads that commit. The database may not be there yet,
 * and so is told by its name. */
static bool is_under_way(const struct ct_request_keys *keys, const struct ct_request_taken *wanted)
{
    for (const struct ct_request_taken *taken = keys->taken; taken; taken = taken->next) {
        if (taken->hash == wanted->hash &&
            ct_text_equal(taken->database_name, wanted->database_name))
            return true;
    }
    return false;
}

/* Lock held. */
static void unlink_taken(struct ct_request_keys *keys, struct ct_request_taken *taken)
{
    struct ct_request_taken **at = &keys->taken;
    while (*at != taken)
        at = &(*at)->next;
    *at = taken->next;
}

static ct_status answer(const struct ct_request_done *done, const struct ct_request_key *key,
                        struct ct_commit_result *result, struct ct_error *err)
{
    if (done->content != content_of(key))
        return ct_fail(err, CT_INVALID,
                       "the request key was used by commit %llu for other content: a new request "
                       "needs a new key",
                       (unsigned long long)done->commit);
    *result = (struct ct_commit_result){
        .commit = done->commit, .row_count = done->row_count, .is_repeat = true};
    return CT_OK;
}

/* Lock held. What the registry has of the keys that go here stays until its record is old. */
static ct_status link_new(struct ct_request_keys *keys, struct ct_request_taken *taken,
                          struct ct_error *err)
{
    const struct ct_request_key_table *table = &keys->table;
    (void)ct_request_keys_forget(keys, ct_request_keys_old_seconds(taken->head.time_ns),
                                 FORGET_WITH_EACH);
    const uint64_t count = ct_request_key_table_count(table) + table->reserved;
    if (count >= keys->max)
        return ct_fail(err, CT_LIMIT, "%llu request keys within a day: no more can be remembered",
                       (unsigned long long)count);
    if (!ct_request_key_table_reserve(&keys->table, taken->hash))
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a request key");
    taken->next = keys->taken;
    keys->taken = taken;
    return CT_OK;
}

/* Lock held. */
static ct_status take(struct ct_request_keys *keys, struct ct_catalog *catalog,
                      struct ct_request_taken *taken, struct ct_commit_result *result,
                      struct ct_error *err)
{
    while (is_under_way(keys, taken))
        pthread_cond_wait(&keys->changed, &keys->lock);
    const uint32_t database = ct_catalog_find_database(catalog, taken->database_name);
    struct ct_request_done done;
    if (database != CT_NONE &&
        ct_request_key_table_find(&keys->table, database, taken->hash, &done))
        return answer(&done, &taken->head.key, result, err);
    return link_new(keys, taken, err);
}

ct_status ct_request_keys_take(struct ct_request_keys *keys, struct ct_catalog *catalog,
                               struct ct_request_taken *taken, struct ct_commit_result *result,
                               struct ct_error *err)
{
    result->is_repeat = false;
    const struct ct_text text = taken->head.key.key;
    if (text.len == 0 || text.len > CT_REQUEST_KEY_BYTES_MAX)
        return ct_fail(err, CT_INVALID, "a request key has 1 to %d bytes, not %zu",
                       CT_REQUEST_KEY_BYTES_MAX, text.len);
    taken->hash = hash_of(text);
    taken->is_done = false;
    pthread_mutex_lock(&keys->lock);
    const ct_status status = take(keys, catalog, taken, result, err);
    pthread_mutex_unlock(&keys->lock);
    return status;
}

void ct_request_keys_done(struct ct_request_keys *keys, struct ct_request_taken *taken,
                          uint64_t commit)
{
    const struct ct_request_done done = done_of(&taken->head, commit);
    pthread_mutex_lock(&keys->lock);
    ct_request_key_table_add(&keys->table, &done);
    unlink_taken(keys, taken);
    taken->is_done = true;
    pthread_cond_broadcast(&keys->changed);
    pthread_mutex_unlock(&keys->lock);
}

void ct_request_keys_release(struct ct_request_keys *keys, struct ct_request_taken *taken)
{
    pthread_mutex_lock(&keys->lock);
    if (!taken->is_done) {
        ct_request_key_table_unreserve(&keys->table, taken->hash);
        unlink_taken(keys, taken);
        pthread_cond_broadcast(&keys->changed);
    }
    pthread_mutex_unlock(&keys->lock);
}

/* -- opening ----------------------------------------------------------------------------------- */

ct_status ct_request_keys_restore(struct ct_request_keys *keys, const struct ct_request_head *head,
                                  uint64_t commit, struct ct_error *err)
{
    if (commit > CT_COMMITS_MAX)
        return ct_fail(err, CT_CORRUPT, "commit %llu has a request key: no number goes so far",
                       (unsigned long long)commit);
    const struct ct_request_done done = done_of(head, commit);
    return ct_request_keys_add(keys, &done, err);
}

ct_status ct_request_keys_add(struct ct_request_keys *keys, const struct ct_request_done *done,
                              struct ct_error *err)
{
    struct ct_request_key_table *table = &keys->table;
    if (done->commit <= ct_request_key_table_last_commit(table))
        return CT_OK;
    if (ct_request_key_table_count(table) >= keys->max)
        ct_request_key_table_drop_oldest(table);
    if (!ct_request_key_table_reserve(table, done->hash))
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a request key");
    ct_request_key_table_add(table, done);
    return CT_OK;
}
