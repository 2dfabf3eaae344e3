/* Restatement: in one commit every row of a scope gives way to new ones. Layer store; may be
 * included by api and tests.
 *
 * The new rows are staged first: kept apart in a live set of their own, written to segment files
 * that nobody names when that grows past its share of memory, and merged at the end so that each
 * partition has one. Nothing of it is visible. Finishing checks count and exact total, and then
 * makes one manifest edit, which is the commit: it adds the segments and a delete of the scope.
 *
 * Why the manifest and not the log is where it commits: with the log's ownership in hand (no commit
 * is under way) all live rows are sealed, so that every commit up to the last, L, is in segments of
 * ranges that end at or before L. The restatement is L + 1. Its segments have the range [L + 1,
 * L + 1], later than that of any segment there is, and every segment sealed after it begins at L +
 * 2 or later: ranges of one table and partition stay disjoint, and "the later range wins" says what
 * must hold, that new rows lose against whatever is committed after them, whenever they were
 * staged. Against older rows of the scope they need not win: the delete, of commit L + 1, removes
 * those. It does not touch the new rows, in whose segments deletes up to L + 1 count as carried
 * out. Rows of the same identity are of one series and time, so they are all in the scope or none
 * is. The edit says that commits up to L + 1 are sealed, so no log record is ever replayed over it.
 * A crash before the edit leaves files that no manifest names, which the next opening removes;
 * after it, the new state. So there is no moment between, and no record whose meaning depends on
 * files.
 *
 * In a ledger rows are charges, a multiset: of rows of the same series and time without an entry id
 * the k-th, in order of the input, gets the entry id "k" (k >= 2). Rows that are given the same id
 * twice, and in other tables the same series and time twice, are folded: the last wins.
 *
 * Confined to one thread; the store must outlive it. Names (tags, fields) that staged rows bring
 * stay defined where a restatement is abandoned, as no row uses them nobody sees them in answers.
 */
#ifndef CT_RESTATE_H
#define CT_RESTATE_H

#include "decimal.h"
#include "store.h"

struct ct_restate;

/* Which rows are replaced, by name: the table need not exist yet. */
struct ct_restate_scope {
    struct ct_text database, table;
    const struct ct_tag *tags; /* in any order, no key twice; an empty value: without the tag */
    uint32_t tag_count;
    int64_t start_ns, end_ns; /* [start, end); INT64_MIN, INT64_MAX: all */
};

struct ct_restate_options {
    bool has_count;
    uint64_t count; /* rows that must be there in the end */
    bool has_total;
    struct ct_decimal total; /* what `field` must add up to, exactly */
    struct ct_text field;    /* a decimal or integer; empty: cost_usd */
    bool has_sequence;
    uint64_t sequence; /* of the artifact: one lower than the scope's last is refused */
    bool is_forced;    /* whatever the sequence says */
};

struct ct_restate_amount {
    uint64_t row_count;
    bool has_total; /* the field is there, and amounts are all in one currency */
    struct ct_decimal_sum total;
};

struct ct_restate_result {
    uint64_t commit;   /* that made the scope what it is now; 0: there was and is nothing */
    bool is_unchanged; /* the scope was restated with the same rows before: nothing was written */
    uint64_t staged_rows;   /* rows given */
    uint64_t numbered_rows; /* of these, equal charges that got an entry id */
    uint64_t folded_rows;   /* of these, repeated identities that others took the place of */
    struct ct_restate_amount before, after; /* of the scope */
};

/* Copies the scope. CT_INVALID, CT_LIMIT for a scope that makes no sense, CT_READ_ONLY. */
ct_status ct_restate_begin(struct ct_store *store, const struct ct_restate_scope *scope,
                           struct ct_restate **out, struct ct_error *err) CT_MUST_USE;

/* Are all of the batch's rows of the table and in the scope? CT_INVALID says which is not:
 * err->line is its number among its table's rows in the batch, from 1. */
ct_status ct_restate_check(const struct ct_restate *restate, const struct ct_intake *intake,
                           struct ct_error *err) CT_MUST_USE;

/* Checks the batch's rows, then stages them all; the intake is reset. CT_STALE as ct_store_commit:
 * reset, read again. After other failures the restatement can only be abandoned. */
ct_status ct_restate_add(struct ct_restate *restate, struct ct_intake *intake,
                         struct ct_error *err) CT_MUST_USE;

/* Commits, or fails and changes nothing. The restatement is gone in any case. CT_INVALID: count or
 * total are others than expected, or no row was given and a count of 0 not expected. CT_STALE: the
 * sequence. CT_NOT_FOUND, CT_TYPE: the field. CT_CURRENCY: a total over several. */
ct_status ct_restate_finish(struct ct_restate *restate, const struct ct_restate_options *options,
                            struct ct_restate_result *result, struct ct_error *err) CT_MUST_USE;

/* Removes what was staged. NULL is fine. */
void ct_restate_abandon(struct ct_restate *restate);

#endif
