/* Claim: a restatement is there whole or not at all, wherever it is interrupted; once it was
 * acknowledged it stays. Method: one restatement of rows in two months, staged in several files and
 * merged, over a store that has older rows of the scope in segments and in the log; interrupted at
 * every single call on the files door in turn, by a kill, at every third by a power cut, and at
 * every seventh by a disk that breaks or is full; then the store is opened again. It must hold the
 * old rows or the new ones, take the same restatement once more, and hold the new ones then. No
 * file may be left over.
 * Both outcomes must occur. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim_io.h"
#include "store_model.h"

#ifdef CT_SANITIZED
#define COARSENESS 9 /* the full number runs in builds without sanitizers */
#else
#define COARSENESS 1
#endif
#define SEED 1
#define PATH "/store"

/* To be interrupted, and how many calls further each time. */
enum way { WAY_KILL, WAY_POWER_CUT, WAY_BROKEN_DISK, WAY_FULL_DISK };
static const uint64_t strides[] = {1, 3, 7, 7};

struct world {
    uint64_t seed;
    struct sim_io *sim;
    struct ct_env env;
    struct ct_store *store;
    struct sim_random random;
    struct model model;
    struct model_commit change;
};

struct tally {
    uint64_t lives, old, fresh, acknowledged;
};

_Noreturn static void fail(const struct world *world, const char *what, const struct ct_error *err)
{
    fprintf(stderr, "seed %" PRIu64 ", %" PRIu64 " calls: %s: %s\n", world->seed,
            sim_io_call_count(world->sim), what, err ? err->text : "");
    exit(1);
}

static void open_store(struct world *world)
{
    const struct ct_store_options options = {.memory_bytes = 128 << 10, .seed = world->seed};
    struct ct_error err;
    if (ct_store_open(&world->env, PATH, &options, &world->store, &err) != CT_OK)
        fail(world, "open", &err);
}

static void begin(struct world *world, uint64_t seed)
{
    *world = (struct world){.seed = seed, .random = sim_random_of(seed)};
    world->sim = sim_io_create(ct_allocator_system(), seed);
    world->env = (struct ct_env){.allocator = ct_allocator_system(),
                                 .io = sim_io_door(world->sim),
                                 .clock = ct_clock_system()};
    open_store(world);
    for (int i = 0; i < 12; i++) {
        struct ct_error err;
        struct model_commit commit = model_random_rows(&world->random, i == 3);
        uint64_t number;
        if (model_send(world->store, &commit, &number, &err) != CT_OK ||
            (i == 7 && ct_store_seal(world->store, &err) != CT_OK))
            fail(world, "prepare", &err);
        model_add(&world->model, commit);
    }
    world->change = model_random_restatement(&world->random, true);
}

static void end(struct world *world)
{
    if (world->store)
        (void)ct_store_close(world->store, NULL);
    sim_io_destroy(world->sim);
    model_commit_deinit(&world->change);
    model_deinit(&world->model);
}

static ct_status restate(struct world *world, bool *is_unchanged)
{
    struct ct_error err;
    uint64_t number;
    struct sim_random random = sim_random_of(world->seed); /* the same pieces every time */
    return model_restate(world->store, &world->change, &random, &number, is_unchanged, &err);
}

/* Does the store hold the model's rows, with the change (true) or without? */
static bool holds(struct world *world, bool changed)
{
    struct ct_snapshot *snapshot;
    struct sim_random random = world->random;
    if (changed)
        model_add(&world->model, model_copy(&world->change));
    if (ct_snapshot_take(world->store, &snapshot, NULL) != CT_OK)
        fail(world, "snapshot", NULL);
    const bool ok = model_matches(&world->model, world->model.commit_count, snapshot, &random);
    ct_snapshot_release(snapshot);
    if (changed)
        model_commit_deinit(&world->model.commits[--world->model.commit_count]);
    return ok;
}

/* Segments that no manifest names. */
static void check_files(struct world *world)
{
    struct ct_names names;
    struct ct_store_state state;
    ct_store_state_of(world->store, &state);
    if (world->env.io->calls->list(world->env.io, PATH "/seg", &names, NULL) != CT_OK)
        fail(world, "list", NULL);
    if (names.count != state.segment_count)
        fail(world, "files are left over, or missing", NULL);
    ct_names_release(world->env.io, &names);
}

static void interrupt(struct world *world, enum way way, uint64_t seed)
{
    if (way == WAY_KILL)
        sim_io_kill(world->sim);
    else
        sim_io_power_cut(world->sim, seed);
    (void)ct_store_close(world->store, NULL);
    world->store = NULL;
}

static uint64_t last_commit(struct world *world)
{
    struct ct_store_state state;
    ct_store_state_of(world->store, &state);
    return state.last_commit;
}

/* True where the restatement came to its end before the call. */
static bool live(uint64_t seed, uint64_t at_call, enum way way, struct tally *tally)
{
    struct world world;
    bool is_unchanged;
    begin(&world, seed);
    sim_io_fail_at(world.sim, sim_io_call_count(world.sim) + at_call,
                   way == WAY_FULL_DISK ? CT_DISK_FULL : CT_IO, way >= WAY_BROKEN_DISK);
    const bool is_acknowledged = restate(&world, &is_unchanged) == CT_OK;
    const bool is_over = !sim_io_has_failed(world.sim);
    interrupt(&world, way, seed * 1000 + at_call);
    open_store(&world);
    const bool is_new = last_commit(&world) > world.model.commit_count;
    if (is_acknowledged && !is_new)
        fail(&world, "an acknowledged restatement is gone", NULL);
    if (!holds(&world, is_new))
        fail(&world, "neither the old rows nor the new ones", NULL);
    check_files(&world);
    if (restate(&world, &is_unchanged) != CT_OK || is_unchanged != is_new)
        fail(&world, "it cannot be restated again", NULL);
    if (!holds(&world, true))
        fail(&world, "not the new rows", NULL);
    tally->lives++;
    tally->old += !is_new;
    tally->fresh += is_new;
    tally->acknowledged += is_acknowledged;
    end(&world);
    return is_over;
}

int main(void)
{
    struct tally tally = {0};
    for (enum way way = WAY_KILL; way <= WAY_FULL_DISK; way++) {
        bool is_over = false;
        for (uint64_t at_call = 1; !is_over; at_call += strides[way] * COARSENESS)
            is_over = live(SEED, at_call, way, &tally);
    }
    printf("%" PRIu64 " interrupted restatements: %" PRIu64 " left the old rows, %" PRIu64
           " the new ones, %" PRIu64 " were acknowledged\n",
           tally.lives, tally.old, tally.fresh, tally.acknowledged);
    return tally.old == 0 || tally.acknowledged == 0;
}
