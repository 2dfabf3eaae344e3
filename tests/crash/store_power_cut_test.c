/* Claim: whenever the power goes, the process is killed, the disk fails or runs full, the store
 * opens again with every acknowledged commit whole and once, in order, and nothing but commits (P1
 * to P3 of the durability promise). Method: random short histories of writes, deletes,
 * restatements, seals and merges on a simulated disk, each ended by a fault or a cut at a random
 * call; then the store is opened again and compared with the model after as many commits as it says
 * it has, which must be no fewer than were acknowledged. Each history goes through several lives.
 *
 * `store_power_cut_test` runs the lot, then plants bugs (a sync that lies, a folder sync that lies)
 * and demands that they be found. `store_power_cut_test SEED` replays one history. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cover_model.h"
#include "sim_door.h"

#ifdef CT_SANITIZED
#define HISTORIES         400
#define PLANTED_HISTORIES 60
#else
#define HISTORIES         6000
#define PLANTED_HISTORIES 300
#endif
#define TORTURE          10 /* times as many when asked to */
#define LIVES            3
#define STEPS_MAX        14
#define PATH             "/store"
#define BUG_LATE_SEGMENT 0x100u /* beside enum sim_lie */

struct world {
    uint64_t seed;
    struct sim_random random;
    struct sim_io *sim;
    struct ct_env env;
    struct ct_store *store;
    struct model model;
    size_t acknowledged; /* commits that must be there */
    enum ct_durability durability;
    uint64_t restatements;
    bool is_quiet;
};

struct tally {
    uint64_t histories, cuts, faults, reopened, restatements, violations;
};

/* -- planted: the manifest before the segment ------------------------------------------------ */

/* For segments every sync says that it was done and does nothing. */
static bool is_segment(const char *path)
{
    return strstr(path, "/seg") != NULL;
}

static ct_status late_sync(struct ct_file *file, struct ct_error *err)
{
    return is_segment(file->path) ? CT_OK : sim_door_calls()->sync(file, err);
}

static ct_status late_sync_folder(struct ct_io *io, const char *path, struct ct_error *err)
{
    return is_segment(path) ? CT_OK : sim_door_calls()->sync_folder(io, path, err);
}

/* The simulated disk's calls with those two in place of its own. */
static const struct ct_io_calls *late_calls(struct ct_io_calls *out)
{
    *out = *sim_door_calls();
    out->sync = late_sync;
    out->sync_folder = late_sync_folder;
    return out;
}

static bool violated(const struct world *world, const char *what, const struct ct_error *err)
{
    if (!world->is_quiet)
        fprintf(stderr, "seed %" PRIu64 ": %s: %s %s %s (acknowledged %zu of %zu)\n", world->seed,
                what, err ? ct_status_name(err->code) : "", err ? err->file : "",
                err ? err->text : "", world->acknowledged, world->model.commit_count);
    return false;
}

static ct_status open_store(struct world *world, struct ct_error *err)
{
    const struct ct_store_options options = {.memory_bytes = 256 << 10,
                                             .durability = world->durability,
                                             .seed = sim_random_next(&world->random)};
    return ct_store_open(&world->env, PATH, &options, &world->store, err);
}

/* The commit in flight may or may not turn out durable: it is the model's last. */
static ct_status write(struct world *world, struct model_commit commit)
{
    struct ct_error err = {0};
    uint64_t number;
    const ct_status status = model_send(world->store, &commit, &number, &err);
    if (status == CT_OK && number == 0) {
        model_commit_deinit(&commit);
        return CT_OK;
    }
    model_add(&world->model, commit);
    if (status == CT_OK && world->durability == CT_DURABILITY_SYNC)
        world->acknowledged = world->model.commit_count;
    return status;
}

/* Durable when it returns, with all that was committed before, whatever the durability. */
static ct_status restate(struct world *world, struct model_commit commit)
{
    struct ct_error err = {0};
    uint64_t number;
    bool is_unchanged = false;
    const ct_status status =
        model_restate(world->store, &commit, &world->random, &number, &is_unchanged, &err);
    if (status == CT_OK && is_unchanged) {
        model_commit_deinit(&commit);
        return CT_OK;
    }
    model_add(&world->model, commit);
    if (status == CT_OK)
        world->acknowledged = world->model.commit_count;
    world->restatements += status == CT_OK;
    return status;
}

static ct_status step(struct world *world)
{
    struct sim_random *random = &world->random;
    struct ct_error err = {0};
    bool did_work;
    ct_status status;
    switch (sim_random_below(random, 14)) {
    case 0:
        return write(world, model_random_delete(random));
    case 1:
        return ct_store_seal(world->store, &err);
    case 2:
        return ct_store_step(world->store, &did_work, &err);
    case 3:
        if (sim_random_chance(random, 3))
            return ct_store_compact(world->store, &err);
        status = ct_store_sync(world->store, &err);
        if (status == CT_OK)
            world->acknowledged = world->model.commit_count;
        return status;
    case 4:
    case 5:
        return restate(world, model_random_restatement(random, sim_random_chance(random, 10)));
    default:
        return write(world, model_random_rows(random, sim_random_chance(random, 20)));
    }
}

/* After the store was opened again: a prefix of the commits, with all that were acknowledged. */
static bool check(struct world *world)
{
    struct ct_store_state state;
    ct_store_state_of(world->store, &state);
    if (state.last_commit < world->acknowledged)
        return violated(world, "acknowledged commits are gone", NULL);
    if (state.last_commit > world->model.commit_count)
        return violated(world, "commits that nobody made", NULL);
    while (world->model.commit_count > state.last_commit)
        model_commit_deinit(&world->model.commits[--world->model.commit_count]);
    world->acknowledged = world->model.commit_count;
    struct ct_snapshot *snapshot;
    struct ct_error err;
    if (ct_snapshot_take(world->store, &snapshot, &err) != CT_OK)
        return violated(world, "snapshot", &err);
    const bool matches =
        model_matches(&world->model, world->model.commit_count, snapshot, &world->random);
    struct cover_tally covers = {0};
    const bool cells_match = covers_match(&world->model, world->model.commit_count, snapshot,
                                          &world->random, 2, &covers);
    ct_snapshot_release(snapshot);
    if (!matches)
        return violated(world, "the rows are not those of the commits", NULL);
    if (!cells_match)
        return violated(world, "rollups are not what the rows add up to", NULL);
    return true;
}

/* What the store was at some earlier commit survives too. */
static bool check_past(struct world *world)
{
    const uint64_t commit = sim_random_below(&world->random, world->model.commit_count + 1);
    struct ct_snapshot *snapshot;
    struct ct_error err;
    if (ct_snapshot_take_as_of(world->store, commit, &snapshot, &err) != CT_OK)
        return violated(world, "looking back", &err);
    const bool matches = model_matches(&world->model, commit, snapshot, &world->random);
    ct_snapshot_release(snapshot);
    return matches || violated(world, "an earlier commit is not what it was", NULL);
}

static bool reopen_and_check(struct world *world, struct tally *tally)
{
    struct ct_error err;
    if (open_store(world, &err) != CT_OK)
        return violated(world, "does not open again", &err);
    tally->reopened++;
    const bool ok = check(world) && check_past(world);
    if (!ok) {
        (void)ct_store_close(world->store, NULL);
        world->store = NULL;
    }
    return ok;
}

/* One life: opened, worked on until something fails or its time is over, then the end. False: the
 * promise is broken. */
static bool live(struct world *world, struct tally *tally)
{
    struct sim_random *random = &world->random;
    const uint64_t kind = sim_random_below(random, 4);
    if (kind >= 2)
        sim_io_fail_at(world->sim, sim_io_call_count(world->sim) + 1 + sim_random_below(random, 60),
                       sim_random_chance(random, 3) ? CT_DISK_FULL : CT_IO,
                       sim_random_chance(random, 2));
    const uint64_t steps = sim_random_below(random, STEPS_MAX);
    struct ct_error err;
    ct_status status = world->store ? CT_OK : open_store(world, &err);
    for (uint64_t i = 0; i < steps && status == CT_OK; i++)
        status = step(world);
    tally->faults += sim_io_has_failed(world->sim);
    if (sim_random_chance(random, 4) && world->store) {
        const bool is_clean = ct_store_close(world->store, NULL) == CT_OK && status == CT_OK;
        world->store = NULL;
        if (is_clean) /* a clean end keeps everything */
            world->acknowledged = world->model.commit_count;
    }
    if (kind == 1)
        sim_io_kill(world->sim);
    else
        sim_io_power_cut(world->sim, sim_random_next(random));
    tally->cuts++;
    if (world->store)
        (void)ct_store_close(world->store, NULL);
    world->store = NULL;
    return reopen_and_check(world, tally);
}

/* Histories until the promise is broken or LIVES are over. */
static bool run(uint64_t seed, unsigned bugs, bool is_quiet, struct tally *tally)
{
    struct ct_io_calls late;
    struct world world = {.seed = seed, .random = sim_random_of(seed), .is_quiet = is_quiet};
    world.sim = sim_io_create(ct_allocator_system(), seed);
    sim_io_set_lies(world.sim, bugs & ~BUG_LATE_SEGMENT);
    if (bugs & BUG_LATE_SEGMENT)
        sim_io_door(world.sim)->calls = late_calls(&late);
    world.env = (struct ct_env){.allocator = ct_allocator_system(),
                                .io = sim_io_door(world.sim),
                                .clock = ct_clock_system()};
    if (sim_random_chance(&world.random, 5))
        world.durability = CT_DURABILITY_INTERVAL;
    bool ok = true;
    for (int i = 0; i < LIVES && ok; i++)
        ok = live(&world, tally);
    if (world.store)
        (void)ct_store_close(world.store, NULL);
    sim_io_destroy(world.sim);
    model_deinit(&world.model);
    tally->histories++;
    tally->restatements += world.restatements;
    tally->violations += !ok;
    return ok;
}

static struct tally run_all(uint64_t first, uint64_t count, unsigned bugs, bool is_quiet)
{
    struct tally tally = {0};
    for (uint64_t seed = first; seed < first + count; seed++)
        (void)run(seed, bugs, is_quiet, &tally);
    return tally;
}

static void print(const char *what, const struct tally *tally)
{
    printf("%s: %" PRIu64 " histories, %" PRIu64 " cuts, %" PRIu64 " faults, %" PRIu64
           " openings, %" PRIu64 " restatements, %" PRIu64 " violations\n",
           what, tally->histories, tally->cuts, tally->faults, tally->reopened, tally->restatements,
           tally->violations);
}

/* SEED replays one history; `torture` runs many more than there is time for each day. */
int main(int argc, char **argv)
{
    const bool is_torture = argc > 1 && strcmp(argv[1], "torture") == 0;
    if (argc > 1 && !is_torture) {
        const struct tally one = run_all(strtoull(argv[1], NULL, 0), 1, 0, false);
        print("one", &one);
        return one.violations > 0;
    }
    const uint64_t times = is_torture ? TORTURE : 1;
    const struct tally honest = run_all(1, times * HISTORIES, 0, false);
    print("honest disk", &honest);
    const uint64_t planted = times * PLANTED_HISTORIES;
    const struct tally no_sync = run_all(1, planted, SIM_LIE_SYNC, true);
    print("planted: no fsync", &no_sync);
    const struct tally no_folder = run_all(1, planted, SIM_LIE_SYNC_FOLDER, true);
    print("planted: no folder fsync", &no_folder);
    const struct tally late = run_all(1, planted, BUG_LATE_SEGMENT, true);
    print("planted: manifest before segment", &late);
    return honest.violations > 0 || honest.faults == 0 || honest.restatements == 0 ||
           no_sync.violations == 0 || no_folder.violations == 0 || late.violations == 0;
}
