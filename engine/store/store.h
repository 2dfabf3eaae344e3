/* A store: one folder, one embedded database. The engine's face to query, ingest and api. Layer
 * store.
 *
 * Life of a row: intake (batch) -> ct_store_commit: definitions resolved, one log record, fdatasync
 * shared by all who wait, then visible in the live table -> sealed by ct_store_step into immutable
 * segments -> merged by later steps. Invariants: S1 what was acknowledged under CT_DURABILITY_SYNC
 * is found again after any crash, once and whole; S2 a commit is visible only after it is durable
 * (as its mode promises), and all of it or nothing; S3 a snapshot never changes; it holds what it
 * needs until it is released; S4 live rows and segments together hold every row of every commit
 * exactly once: rows of commits up to the manifest's sealed commit are in segments, those after it
 * in the log and the live tables; S5 after a failed write or sync of log or manifest nothing more
 * is written: CT_READ_ONLY, and the reason is kept.
 *
 * Threads: any number may commit, take snapshots and scan at once. ct_store_step runs in one thread
 * at a time (a second caller waits). The store starts no threads. Processes: one writes, any number
 * read. */
#ifndef CT_STORE_H
#define CT_STORE_H

#include "catalog.h"
#include "clock.h"
#include "intake.h"
#include "io.h"
#include "logger.h"
#include "registry.h"

struct ct_store;

/* The four doors. Each outlives the store. */
struct ct_env {
    const struct ct_allocator *allocator;
    struct ct_io *io;
    const struct ct_clock *clock;
    const struct ct_logger *logger; /* NULL: silent */
};

enum ct_durability {
    CT_DURABILITY_SYNC = 0,     /* on the device before the answer */
    CT_DURABILITY_INTERVAL = 1, /* within interval_ms, by ct_store_step */
    CT_DURABILITY_NONE = 2,     /* when the system likes */
};

/* All zero is the default: open for writing, sync. */
struct ct_store_options {
    bool read_only;
    bool must_exist; /* else an absent or empty folder becomes a new store */
    enum ct_durability durability;
    uint32_t interval_ms; /* 0: 200 */
    size_t memory_bytes;  /* for live rows, sealed in time to stay below; 0: 256 MiB */
    uint32_t series_max;  /* of one table; 0: 16 M */
    bool keeps_all_cells; /* rollups keep sets that do not shrink their rows, too: for tests */
    uint32_t
        window_rows; /* of a series and part that are merged at a time; 0: many; few: for tests */
    uint64_t seed;   /* for hash seeds and file salts; 0: from clock and folder */
    int32_t history_days; /* how far ct_snapshot_take_as_of reaches back; 0: as the store remembers
                             (the registry's option history_days), else 400; negative: nothing is
                             kept of what is overwritten or deleted */
};

/* CT_BUSY: another process writes. CT_NOT_FOUND: must_exist. CT_CORRUPT, CT_FORMAT: names the file.
 */
ct_status ct_store_open(const struct ct_env *env, const char *path,
                        const struct ct_store_options *options, struct ct_store **out,
                        struct ct_error *err) CT_MUST_USE;

/* Syncs what the mode left unsynced (its failure is reported), frees all. No snapshot, intake or
 * scan may be left. NULL is fine. */
ct_status ct_store_close(struct ct_store *store, struct ct_error *err);

struct ct_catalog *ct_store_catalog(struct ct_store *store);
const struct ct_env *ct_store_env(const struct ct_store *store);
bool ct_store_is_read_only(const struct ct_store *store);

/* At 10,000 commits a second they last for 400 years. */
#define CT_COMMITS_MAX (((uint64_t)1 << 47) - 1)

/* What a commit did. */
struct ct_commit_result {
    uint64_t commit; /* its number; 0 where there were no rows */
    uint64_t row_count;
    uint64_t overwritten_rows;  /* in tables with money: rows whose identity was there already */
    uint64_t overwritten_money; /* of these, those that changed an amount of money */
    bool is_repeat; /* the request was committed before: this is its answer, nothing was written */
};

/* Takes the batch in: resolves it, logs it, waits until it is durable, makes it visible. The intake
 * is reset on CT_OK; after CT_STALE the caller resets it and reads its input again; after other
 * failures nothing of the batch is there (and the store may be read-only). Waits (does not fail)
 * while too many live rows wait for their seal, if other threads can run ct_store_step; with no
 * such thread it seals itself. */
ct_status ct_store_commit(struct ct_store *store, struct ct_intake *intake,
                          struct ct_commit_result *result, struct ct_error *err) CT_MUST_USE;

/* What tells a request from others, so that sent again it counts once. Keys of different databases
 * have nothing to do with each other. */
#define CT_REQUEST_KEY_BYTES_MAX 255
struct ct_request_key {
    struct ct_text key;  /* 1 to CT_REQUEST_KEY_BYTES_MAX bytes */
    uint64_t content[2]; /* a hash of what the request says */
};

/* As ct_store_commit; a batch whose request was committed within the last day, by whoever, is not
 * written: result->is_repeat. Of several at once with the same key one is written and the others
 * wait for it. CT_INVALID: the key was used for other content; CT_LIMIT: too many keys. key NULL:
 * ct_store_commit. */
ct_status ct_store_commit_once(struct ct_store *store, struct ct_intake *intake,
                               const struct ct_request_key *key, struct ct_commit_result *result,
                               struct ct_error *err) CT_MUST_USE;

/* Which rows a delete removes: those of the table whose tags equal all of `tags` and whose time is
 * in [start, end). An empty value matches series without the tag. */
struct ct_scope {
    uint32_t table;
    const struct ct_tag *tags;
    uint32_t tag_count;
    int64_t start_ns, end_ns;
};

/* One commit; rows committed before it that match are gone from every later snapshot. */
ct_status ct_store_delete(struct ct_store *store, const struct ct_scope *scope, uint64_t *commit,
                          struct ct_error *err) CT_MUST_USE;

/* How far back history is kept: as the store was opened with, or as it remembers (the registry's
 * option CT_HISTORY_OPTION of the database `default`, decimal days), or 400. 0: it is not kept. */
#define CT_HISTORY_OPTION "history_days"
uint32_t ct_store_history_days(struct ct_store *store);

/* The last commit made at or before a time (UTC); 0 where that is before the first. Known to the
 * second, and to the minute for commits that are more than an hour older than the last. CT_RANGE
 * where the time is so far back that nobody knows any more. */
ct_status ct_store_commit_at(struct ct_store *store, int64_t time_ns, uint64_t *commit,
                             struct ct_error *err) CT_MUST_USE;
/* When a commit was made, as exactly. CT_NOT_FOUND where that is not known, CT_RANGE for one that
 * has not been made. */
ct_status ct_store_commit_time(struct ct_store *store, uint64_t commit, int64_t *time_ns,
                               struct ct_error *err) CT_MUST_USE;

/* Declares a table or changes its options, durably. */
ct_status ct_store_define_table(struct ct_store *store, struct ct_text database,
                                struct ct_text table, const struct ct_table_options *options,
                                struct ct_error *err) CT_MUST_USE;

/* Puts a record of the registry, durably; the database is made where it is not there. An empty
 * value removes. */
ct_status ct_store_register(struct ct_store *store, struct ct_text database,
                            enum ct_registry_kind kind, struct ct_text key, struct ct_text value,
                            struct ct_error *err) CT_MUST_USE;

/* Syncs the log, whatever the mode. */
ct_status ct_store_sync(struct ct_store *store, struct ct_error *err) CT_MUST_USE;

/* One bounded piece of background work, if any is due: sync, seal, expire, compact, clean up.
 * *did_work tells whether to call again at once. A failure leaves the store as it was, or
 * read-only. */
ct_status ct_store_step(struct ct_store *store, bool *did_work, struct ct_error *err) CT_MUST_USE;

/* Seals all live rows now. */
ct_status ct_store_seal(struct ct_store *store, struct ct_error *err) CT_MUST_USE;

/* Seals, then merges every partition to as few segments as its size allows, at the effort that
 * makes them smallest. */
ct_status ct_store_compact(struct ct_store *store, struct ct_error *err) CT_MUST_USE;

/* Waits until ct_store_step has something to do, or timeout_ms is over. For the maintenance thread.
 */
void ct_store_wait_for_work(struct ct_store *store, uint32_t timeout_ms);
/* Tells the store that a thread runs ct_store_step (true) or no longer does. */
void ct_store_set_maintained(struct ct_store *store, bool is_maintained);

/* Every checksum of every file of the store; with `deep` also ct_segment_verify's deep checks, and
 * every cell of the rollups is compared with what its rows add up to now.
 * Stops at the first fault. */
struct ct_verify_counts {
    uint64_t files, segments, rows, blocks;
};
ct_status ct_store_verify(struct ct_store *store, bool deep, struct ct_verify_counts *counts,
                          struct ct_error *err) CT_MUST_USE;

/* -- Looking inside ------------------------------------------------------------------------- */

struct ct_store_state {
    uint64_t last_commit, sealed_commit;
    uint64_t live_rows, live_bytes;
    uint64_t log_bytes, catalog_bytes, segment_bytes;
    uint64_t segment_count, segment_rows, log_files;
    uint64_t history_count, history_rows, history_bytes; /* segments of what counts no more */
    uint64_t history_low;       /* the first commit that can be looked back to */
    uint64_t seals, merges;     /* since open */
    uint64_t overwritten_money; /* since open */
    uint64_t rollup_files, rollup_bytes, covered_segments; /* whose cells are in those files */
    uint64_t table_count, series_count;
    uint64_t log_syncs, log_sync_ns; /* since open: groups of commits written and synced, and how
                                        long they took together */
    char read_only_reason[256];      /* "" where it writes */
};
void ct_store_state_of(struct ct_store *store, struct ct_store_state *out);

/* The part of it that costs nothing to ask for: no files are looked at. */
struct ct_store_live {
    uint64_t last_commit, live_rows;
    bool is_read_only;
};
struct ct_store_live ct_store_live_of(struct ct_store *store);

/* Bytes by column and codec of one table, live rows and history apart; entries as
 * ct_segment_usage_of, `column` being the field (CT_NONE: time). */
#define CT_USAGE_COMMIT (UINT32_MAX - 3) /* the commits of rows, which are no field */
struct ct_table_usage {
    uint64_t segment_count, segment_rows, segment_bytes, live_rows;
    uint64_t directory_bytes;
    int64_t min_time_ns, max_time_ns; /* min > max where there are no rows */
    struct ct_usage_entry {
        uint32_t field;
        const char *codec;
        uint64_t blocks, values, bytes;
    } * entries;
    size_t entry_count;
};
ct_status ct_store_usage(struct ct_store *store, uint32_t table, struct ct_table_usage *out,
                         struct ct_error *err) CT_MUST_USE;
void ct_table_usage_release(struct ct_store *store, struct ct_table_usage *usage);

#endif
