/* Requests that count once: which keys commits have carried, so that a request that is sent again
 * gets the answer of the first and writes nothing. Private to store.
 *
 * A key stands in one log record with its rows, so both are durable or neither is. While the rows
 * are in the log replaying it brings the keys back; before the log is dropped they are put into the
 * registry, in the same manifest edit that says that the rows are sealed. A key is kept for
 * CT_REQUEST_KEY_HOLD_NS at least; where that would be more than CT_REQUEST_KEYS_MAX, further keys
 * are refused, for a key that is forgotten too early counts a retry twice.
 *
 * Locking: its own lock, under which only the catalog's is taken. */
#ifndef CT_REQUEST_KEYS_H
#define CT_REQUEST_KEYS_H

#include <pthread.h>

#include "byte_buffer.h"
#include "store.h"

#define CT_REQUEST_KEY_HOLD_NS                                                                     \
    (INT64_C(25) * 3600 * 1000000000) /* a day, and clocks that are moved */
#define CT_REQUEST_KEYS_MAX ((size_t)1 << 18)

struct ct_request_entry {
    struct ct_request_entry *next;  /* of its bucket */
    struct ct_request_entry *newer; /* of those that are done, by time */
    uint64_t hash;
    uint64_t content[2];
    uint64_t commit, row_count;
    int64_t time_ns;
    bool is_done;  /* else its commit is under way */
    bool is_saved; /* the registry has it */
    uint32_t database_len;
    uint32_t key_len;
    char text[]; /* database, key */
};

struct ct_request_keys {
    const struct ct_allocator *allocator;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a commit came to its end */
    struct ct_request_entry **buckets;
    size_t bucket_count;
    size_t count;
    struct ct_request_entry *oldest, *newest;
};

void ct_request_keys_init(struct ct_request_keys *keys, const struct ct_allocator *allocator);
void ct_request_keys_deinit(struct ct_request_keys *keys);

/* Takes the key for a commit, waiting while another with the same key is under way. *is_repeat: it
 * was committed before, and *result is what was answered; else *out is to be given to
 * ct_request_keys_done or _release. CT_INVALID: other content than before, or no key that can be;
 * CT_LIMIT. */
ct_status ct_request_keys_take(struct ct_request_keys *keys, struct ct_text database,
                               const struct ct_request_key *key, int64_t now_ns,
                               struct ct_request_entry **out, struct ct_commit_result *result,
                               struct ct_error *err) CT_MUST_USE;
/* By the log's leader, before the log may turn to its next file. */
void ct_request_keys_done(struct ct_request_keys *keys, struct ct_request_entry *entry,
                          uint64_t commit);
/* Forgets a key whose commit failed; one that is done stays. */
void ct_request_keys_release(struct ct_request_keys *keys, struct ct_request_entry *entry);

/* Before the edit that drops the log of commits up to `sealed_commit`: puts the keys of these into
 * the registry, and takes those that are old enough out. */
ct_status ct_request_keys_save(struct ct_request_keys *keys, struct ct_catalog *catalog,
                               uint64_t sealed_commit, int64_t now_ns,
                               struct ct_error *err) CT_MUST_USE;
/* At opening, before the log is replayed. */
ct_status ct_request_keys_load(struct ct_request_keys *keys, struct ct_catalog *catalog,
                               struct ct_error *err) CT_MUST_USE;

/* -- Bytes (request_key_record.c) ----------------------------------------------------------- */

/* What stands before the rows of a log record of type 6. ../FORMAT.md section 4. */
struct ct_request_head {
    uint32_t database;
    struct ct_request_key key;
    int64_t time_ns;
    uint64_t row_count;
};
ct_status ct_request_head_encode(const struct ct_request_head *head, struct ct_byte_buffer *out,
                                 struct ct_error *err) CT_MUST_USE;
/* *rows is what follows. Borrows from the payload. */
ct_status ct_request_head_decode(struct ct_text payload, struct ct_request_head *out,
                                 struct ct_text *rows, struct ct_error *err) CT_MUST_USE;

/* A record's value in the registry; its key is the request's. */
ct_status ct_request_entry_encode(const struct ct_request_entry *entry,
                                  struct ct_byte_buffer *out) CT_MUST_USE;
ct_status ct_request_entry_decode(struct ct_text value, struct ct_request_entry *out,
                                  struct ct_error *err) CT_MUST_USE;

/* From the log, of a commit that took place. */
ct_status ct_request_keys_restore(struct ct_request_keys *keys, struct ct_text database,
                                  const struct ct_request_head *head, uint64_t commit,
                                  struct ct_error *err) CT_MUST_USE;

#endif
