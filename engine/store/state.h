/* What a store is made of. Private to store: every .c of this folder that works on the whole store
 * includes it.
 *
 * Lock order: step -> queue -> state -> request keys; the catalog's own lock comes last and is held
 * by no caller. step   one background job at a time: seal, merge, expire; guards manifest, catalog
 * file queue  commits waiting for the log, and who writes it: the leader, without the lock, owns
 * `log` state  what readers see: version, live, frozen, deletes, last_commit, counters, failure */
#ifndef CT_STATE_H
#define CT_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "log.h"
#include "overwrite.h"
#include "record.h"
#include "request_keys.h"
#include "store.h"
#include "version.h"

#define CT_MEMORY_BYTES_DEFAULT ((size_t)256 << 20)
#define CT_INTERVAL_MS_DEFAULT  200
#define CT_SERIES_MAX_DEFAULT   ((uint32_t)16 << 20)
/* Live rows may take this share of the memory budget before they are frozen; the frozen ones, the
 * seal's work and commits on their way take the rest. */
#define CT_LIVE_SHARE        4
#define CT_CATALOG_FILES_MAX 8

struct ct_commit_request;
struct ct_sealed_list;

struct ct_store {
    struct ct_env env;
    struct ct_store_options options;
    char *path;
    struct ct_lock *lock; /* NULL where read_only */
    struct ct_catalog *catalog;

    pthread_mutex_t state;
    pthread_cond_t work;   /* something for ct_store_step */
    pthread_cond_t sealed; /* frozen rows became segments, or never will */
    struct ct_version *version;
    struct ct_live_set *live;
    struct ct_live_set *frozen;      /* NULL: none */
    struct ct_tombstone *tombstones; /* all that are in force */
    size_t tombstone_count, tombstone_cap;
    uint64_t last_commit;
    uint64_t sealed_commit; /* the manifest's */
    uint64_t history_low;   /* the manifest's: the first commit that can still be looked back to */
    struct ct_commit_times times;
    bool is_broken; /* nothing more is written; `failure` tells why */
    struct ct_error failure;
    bool is_maintained;
    uint64_t seals, merges, overwritten_money;

    pthread_mutex_t queue;
    pthread_cond_t queue_changed;
    struct ct_commit_request *first_request, *last_request;
    bool is_writing; /* somebody leads */
    struct ct_log *log;
    uint64_t log_number;
    _Atomic uint64_t
        logged_journal; /* definitions before this are in the log or the catalog file */
    bool has_unsynced;
    struct ct_overwrites overwrites; /* the leader's */
    int64_t synced_at_ns;            /* monotonic */
    _Atomic uint64_t log_syncs, log_sync_ns;

    struct ct_request_keys request_keys; /* has a lock of its own */

    pthread_mutex_t step;
    struct ct_manifest *manifest;
    struct ct_log *catalog_log; /* NULL until something is to be saved */
    uint64_t catalog_number;
    uint64_t saved_journal;
    uint64_t salt;
    _Atomic uint64_t next_number; /* of segments and catalog files; taken without a lock */
};

/* CT_READ_ONLY with the reason, where the store does not write (any more). Takes the state lock. */
ct_status ct_store_check_writable(struct ct_store *store, struct ct_error *err);

/* Remembers the first failure and turns the store read-only; returns its code. Takes the state
 * lock. */
ct_status ct_store_break(struct ct_store *store, const struct ct_error *err);

/* A salt that no earlier file had. */
uint64_t ct_store_next_salt(struct ct_store *store);

/* Notes that the log was written to and synced from a monotonic time until now. Log owned. */
void ct_store_note_sync(struct ct_store *store, int64_t started_ns);

/* Live bytes at which rows are frozen. */
size_t ct_store_live_limit(const struct ct_store *store);

/* -- commit_queue.c, freeze.c, commit.c */
/* Becomes the leader of the log; ends with ct_store_release_log. */
void ct_store_own_log(struct ct_store *store);
void ct_store_release_log(struct ct_store *store);
/* Log owned, or still opening: the next log file, durable by name, takes over. */
ct_status ct_store_next_log(struct ct_store *store, struct ct_error *err);
/* Log owned: a new log file and live set; the live rows so far become the frozen ones, of which
 * there are none. */
ct_status ct_store_freeze(struct ct_store *store, struct ct_error *err);
/* The scope in numbers of the catalog; *matches_any is false where no series can be in it. */
void ct_store_bind_scope(struct ct_store *store, const struct ct_scope *scope,
                         struct ct_tombstone *out, bool *matches_any);
/* Notes a delete among those in force and makes the version that knows it. State lock held. */
ct_status ct_store_add_tombstone(struct ct_store *store, const struct ct_tombstone *tombstone,
                                 struct ct_error *err);

/* -- publish.c: step lock held */
/* One manifest edit and the version that follows from it. `added` are open already. Definitions are
 * saved before. seals: the frozen rows are among what was added. restated: the delete of a
 * restatement, whose commit this edit is; the log is owned and no rows are live. */
struct ct_publication {
    struct ct_sealed *const *added;
    size_t added_count;
    const uint64_t *dropped;
    size_t dropped_count;
    const struct ct_cover_entry *cover; /* a rollup file that was written; NULL: none */
    const uint64_t *cover_segments;     /* ascending */
    bool seals_frozen;
    const struct ct_tombstone *restated; /* NULL: no restatement */
    uint64_t history_low; /* commits before it can no longer be looked back to; 0: as it was */
};
ct_status ct_store_publish(struct ct_store *store, const struct ct_publication *publication,
                           struct ct_error *err);
/* A number for a new file. Needs no lock. */
uint64_t ct_store_take_number(struct ct_store *store);

/* -- publish_covers.c */
/* The covers of the state after a publication: those that name a dropped segment, or one that the
 * new cover takes over, go in the same edit. `after` has its segments already; *dropped is a fresh
 * array of ids. */
ct_status ct_store_plan_covers(const struct ct_store *store,
                               const struct ct_publication *publication,
                               struct ct_manifest_state *after, uint64_t **dropped, size_t *count);
void ct_store_remove_covers(struct ct_store *store, const uint64_t *ids, size_t count);

/* -- cover_build.c: step lock held */
/* One rollup file, if one is due. */
ct_status ct_store_roll_one(struct ct_store *store, bool *did_work, struct ct_error *err);

/* -- seal.c, compact.c: step lock held but where they say otherwise */
/* Writes the set's rows of one table to segments, without the rows that the version's deletes up to
 * the set's last commit concern. A set without commits (last_commit 0) is staged: see restate.h. */
ct_status ct_store_seal_table(struct ct_store *store, struct ct_live_set *set, uint32_t table,
                              const struct ct_version *version, bool keeps_history,
                              struct ct_sealed_list *list, struct ct_error *err);
/* Neighbours in order of commits, oldest first. Deletes of the version up to `last_commit`, a
 * moment at which it was whole, are carried out on the way. */
#define CT_MERGE_MAX 16
struct ct_merge_inputs {
    struct ct_sealed *const *sealed;
    size_t count; /* 1..CT_MERGE_MAX */
    const struct ct_version *version;
    uint64_t last_commit;
    enum ct_effort effort;
    bool keeps_history; /* of what overwrites and deletes remove */
    bool gives_way;     /* ct_store_give_way between two series */
};
/* Writes one segment, and one of history where there is any, or none where no row is left, and
 * publishes none of them. Needs no lock where the inputs are nobody else's. */
ct_status ct_store_merge_segments(struct ct_store *store, const struct ct_merge_inputs *inputs,
                                  struct ct_sealed_list *list, struct ct_error *err);
ct_status ct_store_seal_frozen(struct ct_store *store, struct ct_error *err);
/* store.c: what a merge, which may take long, does now and then of what cannot wait for its end:
 * the log's sync where that is due, the seal where rows are frozen. */
ct_status ct_store_give_way(struct ct_store *store, struct ct_error *err);
/* store.c: what is frozen already, then what is live. */
ct_status ct_store_seal_all(struct ct_store *store, struct ct_error *err);
ct_status ct_store_merge_one(struct ct_store *store, bool *did_work, struct ct_error *err);
ct_status ct_store_merge_all(struct ct_store *store, struct ct_error *err);
ct_status ct_store_expire(struct ct_store *store, bool *did_work, struct ct_error *err);

/* -- open.c */
ct_status ct_store_load(struct ct_store *store, struct ct_error *err);

#endif
