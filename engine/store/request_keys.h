/* Requests that count once: which keys commits have carried, so that a request that is sent again
 * gets the answer of the first and writes nothing. Private to store.
 *
 * A key stands in one log record with its rows, so both are durable or neither is. While the rows
 * are in the log replaying it brings the keys back; before the log is dropped they are put into the
 * registry, in the same manifest edit that says that the rows are sealed. A key is kept for
 * CT_REQUEST_KEY_HOLD_NS at least; where that would be more than CT_REQUEST_KEYS_MAX, further keys
 * are refused, for a key that is forgotten too early counts a retry twice.
 *
 * A key under way has its text (ct_request_taken, its committer's); one that is done is 32 bytes of
 * a table (request_key_table.h). In the registry a record holds many (request_key_registry.c).
 *
 * Locking: its own lock, under which only the catalog's is taken. What says how far the registry
 * is belongs to whoever opens the store, then to the holder of the store's step lock. */
#ifndef CT_REQUEST_KEYS_H
#define CT_REQUEST_KEYS_H

#include <pthread.h>

#include "byte_buffer.h"
#include "request_key_table.h"
#include "store.h"

#define CT_REQUEST_KEY_HOLD_NS                                                                     \
    (INT64_C(25) * 3600 * 1000000000) /* a day, and clocks that are moved */
/* 43 to 53 bytes each, and 20 in the registry: at most 310 MB. */
#define CT_REQUEST_KEYS_MAX ((uint64_t)1 << 22)

/* What stands before the rows of a log record of type 6. ../FORMAT.md section 4. */
struct ct_request_head {
    uint32_t database;
    struct ct_request_key key;
    int64_t time_ns;
    uint64_t row_count;
};

/* A key whose commit is under way. Its taker's memory, from _take until _done or _release. */
struct ct_request_taken {
    struct ct_request_taken *next;
    struct ct_text database_name; /* borrowed, as the key's text */
    struct ct_request_head head;  /* database and row_count: to be there for _done */
    uint64_t hash;
    bool is_done;
};

/* A record of the registry. */
struct ct_request_record {
    uint64_t first, last;   /* commits: its name */
    int64_t newest_seconds; /* time of its newest key */
    uint32_t count;         /* of keys; CT_REQUEST_RECORD_KEYS_MAX where some are not sealed */
};

struct ct_request_keys {
    const struct ct_allocator *allocator;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a commit came to its end */
    struct ct_request_taken *taken;
    struct ct_request_key_table table; /* those that are done */
    uint64_t max;                      /* CT_REQUEST_KEYS_MAX, or less in tests */
    struct ct_request_record *records; /* by their first commits */
    size_t record_count, record_cap;
    uint64_t saved_end; /* place in the table behind the last key that the registry has */
};

void ct_request_keys_init(struct ct_request_keys *keys, const struct ct_allocator *allocator);
void ct_request_keys_deinit(struct ct_request_keys *keys);

/* Takes the key for a commit, waiting while another with the same key is under way. taken: has
 * database_name, head.key and head.time_ns. result->is_repeat: it was committed before, and *result
 * is what was answered; else `taken` is to be given to ct_request_keys_done or _release.
 * CT_INVALID: other content than before, or no key that can be; CT_LIMIT; CT_NO_MEMORY. */
ct_status ct_request_keys_take(struct ct_request_keys *keys, struct ct_catalog *catalog,
                               struct ct_request_taken *taken, struct ct_commit_result *result,
                               struct ct_error *err) CT_MUST_USE;
/* By the log's leader, in the order of commits, before the log may turn to its next file. Cannot
 * fail: taking has made the room. */
void ct_request_keys_done(struct ct_request_keys *keys, struct ct_request_taken *taken,
                          uint64_t commit);
/* Forgets a key whose commit failed; one that is done stays. */
void ct_request_keys_release(struct ct_request_keys *keys, struct ct_request_taken *taken);

/* From the log, of a commit that took place; commits come in their order. CT_NO_MEMORY; CT_CORRUPT
 * for a commit past CT_COMMITS_MAX. */
ct_status ct_request_keys_restore(struct ct_request_keys *keys, const struct ct_request_head *head,
                                  uint64_t commit, struct ct_error *err) CT_MUST_USE;
/* At opening. One that is not later than all before it is there already, and left as it is. Past
 * the maximum the oldest goes: the store that took them found it old. */
ct_status ct_request_keys_add(struct ct_request_keys *keys, const struct ct_request_done *done,
                              struct ct_error *err) CT_MUST_USE;

/* The last second whose keys may be forgotten. */
int64_t ct_request_keys_old_seconds(int64_t now_ns);
/* Lock held: forgets the oldest keys up to that second, at most so many. True where there may be
 * more. */
bool ct_request_keys_forget(struct ct_request_keys *keys, int64_t old_seconds, unsigned most);

/* -- Registry (request_key_registry.c) ------------------------------------------------------- */

/* Before the edit that drops the log of commits up to `sealed_commit`: puts the keys of these into
 * the registry, and takes records of which all keys are old enough out. Where the registry is full
 * keys stay in memory, as long as that lasts. */
ct_status ct_request_keys_save(struct ct_request_keys *keys, struct ct_catalog *catalog,
                               uint64_t sealed_commit, int64_t now_ns,
                               struct ct_error *err) CT_MUST_USE;
/* At opening, before the log is replayed: it has the keys of commits past `sealed_commit`. */
ct_status ct_request_keys_load(struct ct_request_keys *keys, struct ct_catalog *catalog,
                               uint64_t sealed_commit, struct ct_error *err) CT_MUST_USE;

/* -- Bytes (request_key_record.c) ------------------------------------------------------------ */

ct_status ct_request_head_encode(const struct ct_request_head *head, struct ct_byte_buffer *out,
                                 struct ct_error *err) CT_MUST_USE;
/* *rows is what follows. Borrows from the payload. */
ct_status ct_request_head_decode(struct ct_text payload, struct ct_request_head *out,
                                 struct ct_text *rows, struct ct_error *err) CT_MUST_USE;
/* A record of the registry: its name is the commits of its first and last key, its value the keys
 * in the order of commits. ../FORMAT.md section 6. */
#define CT_REQUEST_RECORD_KEYS_MAX 2048 /* some 45 KiB */
#define CT_REQUEST_RECORD_NAME_CAP 48
struct ct_text ct_request_record_name(char out[CT_REQUEST_RECORD_NAME_CAP], uint64_t first,
                                      uint64_t last);
ct_status ct_request_record_encode(const struct ct_request_done *keys, uint32_t count,
                                   struct ct_byte_buffer *out) CT_MUST_USE;
/* CT_CORRUPT, CT_FORMAT. */
ct_status ct_request_record_decode(struct ct_text value,
                                   struct ct_request_done out[CT_REQUEST_RECORD_KEYS_MAX],
                                   uint32_t *count, struct ct_error *err) CT_MUST_USE;

#endif
