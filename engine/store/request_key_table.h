/* The request keys that are done, in the order of their commits, and where each is found. Private
 * to store; its caller holds the lock.
 *
 *     begin                        end     reserved
 *       v                           v        v
 *     [ a b c d ] [ e f g h ] [ i j . . ] [ . . . . ]    pages: keys enter behind, leave in front
 *      hash -> 64 small hash tables -> place             a place is counted from the first key ever
 *
 * Invariant: commits ascend, and for all that are reserved there is room, in the pages as in the
 * index: adding cannot fail. Nothing that holds many keys is ever copied as a whole, and pages are
 * given back as keys leave: 32 bytes for a key, and 11 to 21 in the index. */
#ifndef CT_REQUEST_KEY_TABLE_H
#define CT_REQUEST_KEY_TABLE_H

#include "number_index.h"

#define CT_REQUEST_KEY_SHARDS 64

/* A key without its text. Two keys of a database are taken for one where 64 bits of hash are alike:
 * of 4 million, the next one meets another with a chance of 2e-13. `content` is mixed with the key
 * as well, so that all that comes of it is that a request is refused. */
struct ct_request_done {
    uint64_t hash;        /* of the key's text */
    uint64_t content;     /* of what the request says */
    uint64_t commit;      /* at most CT_COMMITS_MAX */
    int64_t time_seconds; /* when the request came, rounded down; CT_REQUEST_SECONDS_MAX */
    uint32_t row_count;   /* at most CT_BATCH_ROWS_MAX */
    uint32_t database;
};
/* Both ways from 1970: all that fits into nanoseconds. */
#define CT_REQUEST_SECONDS_MAX (INT64_MAX / 1000000000 + 1)

struct ct_request_packed; /* the same in 32 bytes */

struct ct_request_key_shard {
    struct ct_number_index index;
    uint32_t reserved;
};

/* All zero but the allocator is an empty one. */
struct ct_request_key_table {
    const struct ct_allocator *allocator;
    struct ct_request_packed **pages; /* the first one holds the place `begin` */
    size_t page_count, page_cap;
    uint64_t begin, end; /* places of the oldest key and behind the newest */
    uint64_t reserved;   /* how many more will be added */
    struct ct_request_key_shard shards[CT_REQUEST_KEY_SHARDS];
};

void ct_request_key_table_deinit(struct ct_request_key_table *table);

/* Room for a key of this hash; false where memory is out. Then either it is added or the room is
 * given back. */
bool ct_request_key_table_reserve(struct ct_request_key_table *table, uint64_t hash);
void ct_request_key_table_unreserve(struct ct_request_key_table *table, uint64_t hash);
/* Its commit is later than all that are there. */
void ct_request_key_table_add(struct ct_request_key_table *table,
                              const struct ct_request_done *done);

/* The newest of the kind; false where there is none. */
bool ct_request_key_table_find(const struct ct_request_key_table *table, uint32_t database,
                               uint64_t hash, struct ct_request_done *out);
/* begin <= place < end */
struct ct_request_done ct_request_key_table_at(const struct ct_request_key_table *table,
                                               uint64_t place);
/* 0 where there is none. */
uint64_t ct_request_key_table_last_commit(const struct ct_request_key_table *table);
static inline uint64_t ct_request_key_table_count(const struct ct_request_key_table *table)
{
    return table->end - table->begin;
}

/* There is one. */
void ct_request_key_table_drop_oldest(struct ct_request_key_table *table);

#endif
