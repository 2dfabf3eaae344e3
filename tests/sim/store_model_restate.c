#include <stdlib.h>

#include "restate.h"
#include "store_model.h"

#define TRIES_MAX 200

/* Gives the k-th row of equal identity without an entry id the number k, as the store must. */
static void number_charges(struct model_commit *commit)
{
    for (size_t i = 0; i < commit->row_count; i++) {
        struct model_row *row = &commit->rows[i];
        if (row->table != MODEL_COST || row->entry != MODEL_NO_ENTRY)
            continue;
        int before = 0;
        for (size_t k = 0; k < i; k++)
            before += commit->rows[k].series == row->series &&
                      commit->rows[k].time_ns == row->time_ns &&
                      (commit->rows[k].entry == MODEL_NO_ENTRY ||
                       commit->rows[k].entry >= MODEL_NUMBERED);
        if (before > 0)
            row->entry = (int16_t)(MODEL_NUMBERED + before + 1);
    }
}

static bool find_row(struct sim_random *random, const struct model_commit *commit,
                     struct model_row *out)
{
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        *out = model_random_row(random, commit->table);
        const uint64_t span = (uint64_t)(commit->end_ns - commit->start_ns);
        if (!sim_random_chance(random, 4)) /* else its own time, if that lies in the range */
            out->time_ns = commit->start_ns + (int64_t)sim_random_below(random, span);
        if (model_is_in_scope(commit, out))
            return true;
    }
    return false;
}

struct model_commit model_random_restatement(struct sim_random *random, bool bulk)
{
    struct model_commit commit = model_random_delete(random);
    size_t count = bulk ? 200 + sim_random_below(random, 1500) : sim_random_below(random, 12);
    commit.is_restatement = true;
    if (sim_random_chance(random, 3)) { /* a month or so */
        commit.start_ns -= INT64_C(86400000000000) * 20;
        commit.end_ns += INT64_C(86400000000000) * 20;
    }
    if (!bulk && sim_random_chance(random, 3)) /* hours, so that charges meet */
        commit.start_ns -= commit.start_ns % INT64_C(3600000000000);
    commit.rows = calloc(count + 1, sizeof *commit.rows);
    if (!commit.rows)
        abort();
    while (commit.row_count < count && find_row(random, &commit, &commit.rows[commit.row_count])) {
        const size_t at = commit.row_count++;
        if (at > 0 && sim_random_chance(random, 3)) { /* the same charge once more */
            const uint64_t other = sim_random_below(random, at);
            commit.rows[at].series = commit.rows[other].series;
            commit.rows[at].time_ns = commit.rows[other].time_ns;
        }
    }
    number_charges(&commit);
    return commit;
}

struct model_commit model_copy(const struct model_commit *commit)
{
    struct model_commit copy = *commit;
    copy.rows = calloc(commit->row_count + 1, sizeof *copy.rows);
    if (!copy.rows)
        abort();
    if (commit->row_count)
        memcpy(copy.rows, commit->rows, commit->row_count * sizeof *copy.rows);
    return copy;
}

/* In pieces of random length. */
static ct_status stage(struct ct_restate *restate, struct ct_intake *intake,
                       const struct model_commit *commit, struct sim_random *random,
                       struct ct_error *err)
{
    for (size_t i = 0; i < commit->row_count; i++) {
        CT_TRY(model_send_row(intake, &commit->rows[i], err));
        if (i + 1 == commit->row_count || sim_random_chance(random, 20))
            CT_TRY(ct_restate_add(restate, intake, err));
    }
    return CT_OK;
}

ct_status model_restate(struct ct_store *store, const struct model_commit *commit,
                        struct sim_random *random, uint64_t *number, bool *is_unchanged,
                        struct ct_error *err)
{
    struct ct_tag tags[2];
    char tag_texts[2][16];
    const struct ct_restate_scope scope = {.database = ct_text_of("default"),
                                           .table = ct_text_of(model_table_name(commit->table)),
                                           .tag_count = model_scope_tags(commit, tags, tag_texts),
                                           .tags = tags,
                                           .start_ns = commit->start_ns,
                                           .end_ns = commit->end_ns};
    const struct ct_restate_options options = {.has_count = commit->row_count == 0};
    struct ct_restate_result result = {0};
    struct ct_restate *restate;
    struct ct_intake *intake;
    *number = 0;
    CT_TRY(ct_restate_begin(store, &scope, &restate, err));
    ct_status status = ct_intake_create(ct_store_catalog(store), ct_store_env(store)->allocator,
                                        ct_text_of("default"), &intake, err);
    if (status != CT_OK) {
        ct_restate_abandon(restate);
        return status;
    }
    status = stage(restate, intake, commit, random, err);
    ct_intake_destroy(intake);
    if (status == CT_OK)
        status = ct_restate_finish(restate, &options, &result, err);
    else
        ct_restate_abandon(restate);
    *number = result.commit;
    *is_unchanged = result.is_unchanged;
    return status;
}
