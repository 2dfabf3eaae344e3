/* Entry ids for charges whose caller gives none: no two are ever equal in a store. Private to api.
 *
 * Invariant: each opening of a store that hands out ids takes a session number which no opening
 * before it had, durable before its first id is; an id is "~", session and counter. So neither
 * clocks nor chance matter. */
#ifndef CENTIME_ENTRY_IDS_H
#define CENTIME_ENTRY_IDS_H

#include <pthread.h>

#include "store.h"

#define API_ENTRY_ID_BYTES 48
#define API_ENTRY_ID_MARK  '~' /* no caller's id begins with it */

struct api_entry_ids {
    pthread_mutex_t mutex;
    uint64_t session; /* 0: none taken yet */
    uint64_t next;
};

void api_entry_ids_init(struct api_entry_ids *ids);
void api_entry_ids_deinit(struct api_entry_ids *ids);

/* `count` ids in a row. *first is the first's counter. Any thread. */
ct_status api_entry_ids_take(struct api_entry_ids *ids, struct ct_store *store, uint64_t count,
                             uint64_t *first, struct ct_error *err) CT_MUST_USE;

/* The id, without a zero byte; returns its length. After api_entry_ids_take. */
size_t api_entry_id_print(const struct api_entry_ids *ids, uint64_t counter,
                          char out[API_ENTRY_ID_BYTES]);

#endif
