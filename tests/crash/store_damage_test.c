/* Claim: damage to a stored byte is reported, never silently read: with any one bit of any file of
 * a store flipped, opening, verifying or reading it fails, or the rows are exactly what they were.
 * Method: a store with segments, log and catalog, closed cleanly; bits of every file flipped one at
 * a time (all bits of short files, a sample of long ones), the store opened for reading, verified
 * and compared with the model. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cover_model.h"
#include "sim_io.h"

#define PATH           "/store"
#define ROLLED_NS      (INT64_C(1793491200) * 1000000000) /* 2026-11-01 */
#define ROLLED_STEP_NS (INT64_C(3600) * 1000000000)
#ifdef CT_SANITIZED
#define BITS_PER_FILE 12 /* the full number runs in builds without sanitizers */
#define STORES        1
#else
#define BITS_PER_FILE 120
#define STORES        1
#endif

static void check(bool ok, const char *what, const struct ct_error *err)
{
    if (ok)
        return;
    fprintf(stderr, "%s: %s\n", what, err ? err->text : "");
    exit(1);
}

static void restate(struct ct_store *store, struct model *model, struct sim_random *random)
{
    struct ct_error err = {0};
    uint64_t number;
    bool is_unchanged = false;
    struct model_commit commit = model_random_restatement(random, false);
    check(model_restate(store, &commit, random, &number, &is_unchanged, &err) == CT_OK, "restate",
          &err);
    if (is_unchanged)
        model_commit_deinit(&commit);
    else
        model_add(model, commit);
}

/* A month of several segments that share no row: each with rows later than those before. */
static void make_rollup_file(struct ct_store *store, struct model *model, struct sim_random *random)
{
    struct ct_error err = {0};
    for (int i = 0; i < 4; i++) {
        struct model_commit commit = model_random_rows(random, false);
        for (size_t row = 0; row < commit.row_count; row++)
            commit.rows[row].time_ns = ROLLED_NS + (i * 100 + (int64_t)row) * ROLLED_STEP_NS;
        uint64_t number;
        check(model_send(store, &commit, &number, &err) == CT_OK, "commit", &err);
        model_add(model, commit);
        check(ct_store_seal(store, &err) == CT_OK, "seal", &err);
    }
    check(ct_store_compact(store, &err) == CT_OK, "compact", &err);
}

static void write_store(struct ct_env *env, struct model *model, struct sim_random *random)
{
    struct ct_error err = {0};
    struct ct_store *store;
    const struct ct_store_options options = {.keeps_all_cells = true, .seed = 1};
    check(ct_store_open(env, PATH, &options, &store, &err) == CT_OK, "open", &err);
    check(cover_define_days(store, &err) == CT_OK, "define", &err);
    make_rollup_file(store, model, random);
    for (int i = 0; i < 24; i++) {
        struct model_commit commit =
            i % 8 == 7 ? model_random_delete(random) : model_random_rows(random, i == 3 || i == 12);
        uint64_t number;
        check(model_send(store, &commit, &number, &err) == CT_OK, "commit", &err);
        if (number)
            model_add(model, commit);
        else
            model_commit_deinit(&commit);
        if (i == 6 || i == 19)
            restate(store, model, random);
        if (i == 9 || i == 16)
            check(ct_store_seal(store, &err) == CT_OK, "seal", &err);
    }
    check(ct_store_close(store, &err) == CT_OK, "close", &err);
}

/* True where the damage showed or did no harm. */
static bool survives(struct ct_env *env, const struct model *model, struct sim_random *random,
                     bool *was_reported)
{
    const struct ct_store_options options = {.read_only = true, .seed = 2};
    struct ct_error err;
    struct ct_store *store;
    *was_reported = true;
    if (ct_store_open(env, PATH, &options, &store, &err) != CT_OK)
        return true;
    struct ct_verify_counts counts;
    const bool verified = ct_store_verify(store, true, &counts, &err) == CT_OK;
    bool ok = true;
    if (verified) {
        struct ct_snapshot *snapshot;
        check(ct_snapshot_take(store, &snapshot, &err) == CT_OK, "snapshot", &err);
        struct cover_tally covers = {0};
        ok = model_matches(model, model->commit_count, snapshot, random) &&
             covers_match(model, model->commit_count, snapshot, random, 1, &covers);
        ct_snapshot_release(snapshot);
        *was_reported = false;
    }
    (void)ct_store_close(store, NULL);
    return ok;
}

struct tally {
    uint64_t flips, reported, harmless;
};

static void damage_file(struct ct_env *env, struct sim_io *sim, const char *path,
                        const struct model *model, struct sim_random *random, struct tally *tally)
{
    struct ct_file *file;
    uint64_t size_bytes;
    struct ct_error err;
    check(env->io->calls->open(env->io, path, &file, &err) == CT_OK, path, &err);
    check(env->io->calls->size(file, &size_bytes, &err) == CT_OK, path, &err);
    env->io->calls->close(file);
    const uint64_t bits = size_bytes * 8;
    const uint64_t flips = bits < BITS_PER_FILE ? bits : BITS_PER_FILE;
    for (uint64_t i = 0; i < flips; i++) {
        const uint64_t bit = bits < BITS_PER_FILE ? i : sim_random_below(random, bits);
        bool was_reported;
        check(sim_io_flip_bit(sim, path, bit), "flip", NULL);
        if (!survives(env, model, random, &was_reported)) {
            fprintf(stderr, "bit %" PRIu64 " of %s: wrong rows were read\n", bit, path);
            exit(1);
        }
        check(sim_io_flip_bit(sim, path, bit), "flip back", NULL);
        tally->flips++;
        tally->reported += was_reported;
        tally->harmless += !was_reported;
    }
}

static void damage_folder(struct ct_env *env, struct sim_io *sim, const char *folder,
                          const struct model *model, struct sim_random *random, struct tally *tally)
{
    struct ct_names names;
    struct ct_error err;
    check(env->io->calls->list(env->io, folder, &names, &err) == CT_OK, folder, &err);
    for (size_t i = 0; i < names.count; i++) {
        char path[CT_PATH_BYTES_MAX];
        const char *name = names.name[i];
        if (strcmp(name, "log") == 0 || strcmp(name, "seg") == 0 || strcmp(name, "roll") == 0 ||
            strcmp(name, "LOCK") == 0)
            continue;
        check(ct_path_join(path, folder, name, &err) == CT_OK, name, &err);
        damage_file(env, sim, path, model, random, tally);
    }
    ct_names_release(env->io, &names);
}

int main(void)
{
    struct tally tally = {0};
    for (uint64_t seed = 1; seed <= STORES; seed++) {
        struct sim_random random = sim_random_of(seed);
        struct model model = {0};
        struct sim_io *sim = sim_io_create(ct_allocator_system(), seed);
        struct ct_env env = {
            .allocator = ct_allocator_system(), .io = sim_io_door(sim), .clock = ct_clock_system()};
        write_store(&env, &model, &random);
        bool was_reported;
        check(survives(&env, &model, &random, &was_reported) && !was_reported, "undamaged", NULL);
        damage_folder(&env, sim, PATH, &model, &random, &tally);
        damage_folder(&env, sim, PATH "/log", &model, &random, &tally);
        damage_folder(&env, sim, PATH "/seg", &model, &random, &tally);
        damage_folder(&env, sim, PATH "/roll", &model, &random, &tally);
        sim_io_destroy(sim);
        model_deinit(&model);
    }
    printf("%" PRIu64 " bits flipped: %" PRIu64 " reported, %" PRIu64 " harmless, none misread\n",
           tally.flips, tally.reported, tally.harmless);
    return tally.reported == 0;
}
