/* Claim: whatever is written (late, repeated, partial, deleted) in whatever order with seals,
 * merges and reopening, and in the midst of these, a snapshot holds exactly the rows that the naive
 * model says, and goes on holding them; and a snapshot of any earlier commit holds those of then.
 * Method: 40,000 random steps from printed seeds, on a file system in memory, comparing everything
 * every few steps.
 * `store_property_test SEED [STEPS]` replays one seed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cover_model.h"
#include "io.h"

#ifdef CT_SANITIZED
#define SEEDS 5 /* the full number runs in builds without sanitizers */
#else
#define SEEDS 100
#endif
#define STEPS_PER_SEED  400
#define SNAPSHOTS       2
#define LOOKS_AT_END    4
#define MEMORY_BYTES    ((size_t)1 << 20)  /* so small that commits freeze and seal on their own */
#define MIDST_BYTES     (MEMORY_BYTES / 8) /* live rows of half of what makes them freeze */
#define PATH            "/store"
#define ORDERLY_STEP_NS (INT64_C(1200) * 1000000000)

struct world {
    struct sim_random random;
    struct ct_env env;
    const struct ct_io_calls *inner; /* of the file system */
    struct ct_io_calls calls;        /* its calls, but for `create` */
    bool is_maintaining;
    struct ct_store *store;
    struct model model;
    struct held {
        struct ct_snapshot *snapshot;
        size_t commit_count;
    } held[SNAPSHOTS];
    bool is_orderly; /* most rows are newer than those before, as in life */
    int64_t now_ns;
    uint64_t seed, steps, seals, merges, restatements, unchanged, looks, midst;
    struct cover_tally covers;
};

_Noreturn static void fail(const struct world *world, const char *what, const struct ct_error *err)
{
    fprintf(stderr, "seed %" PRIu64 ": %s after %" PRIu64 " steps: %s %s\n", world->seed, what,
            world->steps, err ? ct_status_name(err->code) : "", err ? err->text : "");
    exit(1);
}

/* In one history of four, stores are opened with and without history by turns. */
static void open_store(struct world *world)
{
    const bool is_without = world->seed % 4 == 0 && sim_random_chance(&world->random, 2);
    const struct ct_store_options options = {
        .memory_bytes = MEMORY_BYTES,
        .history_days = is_without ? -1 : 0,
        /* small rollups would not be worth keeping */
        .keeps_all_cells = sim_random_chance(&world->random, 2),
        .window_rows = (uint32_t)sim_random_below(&world->random, 6),
        .seed = sim_random_next(&world->random)};
    struct ct_error err;
    if (ct_store_open(&world->env, PATH, &options, &world->store, &err) != CT_OK)
        fail(world, "open", &err);
}

static void check(struct world *world, const struct held *held)
{
    if (!model_matches(&world->model, held->commit_count, held->snapshot, &world->random))
        fail(world, "the store differs from the model", NULL);
}

/* Several questions, as each is about little. */
static void check_covers(struct world *world, const struct held *held)
{
    if (!covers_match(&world->model, held->commit_count, held->snapshot, &world->random, 4,
                      &world->covers))
        fail(world, "rollups differ from the model", NULL);
}

static void let_go(struct world *world, struct held *held)
{
    if (!held->snapshot)
        return;
    check(world, held);
    check_covers(world, held);
    ct_snapshot_release(held->snapshot);
    held->snapshot = NULL;
}

static void take_snapshot(struct world *world, struct held *held)
{
    struct ct_error err;
    let_go(world, held);
    held->commit_count = world->model.commit_count;
    if (ct_snapshot_take(world->store, &held->snapshot, &err) != CT_OK)
        fail(world, "snapshot", &err);
}

/* The store at some earlier commit, wherever its rows are by now. */
static void look_back(struct world *world)
{
    struct ct_error err;
    struct held past = {.commit_count =
                            sim_random_below(&world->random, world->model.commit_count + 1)};
    struct ct_store_state state;
    ct_store_state_of(world->store, &state);
    const ct_status status =
        ct_snapshot_take_as_of(world->store, past.commit_count, &past.snapshot, &err);
    if (status != CT_OK && (status != CT_RANGE || past.commit_count >= state.history_low))
        fail(world, "looking back", &err);
    let_go(world, &past);
    world->looks += status == CT_OK;
}

/* Moves the rows behind those before, save a few that stay late. */
static void put_in_order(struct world *world, struct model_commit *commit)
{
    if (!world->is_orderly || !commit->rows || sim_random_chance(&world->random, 40))
        return;
    const int64_t step_ns = (int64_t)(1 + sim_random_below(&world->random, 3)) * ORDERLY_STEP_NS;
    for (size_t i = 0; i < commit->row_count; i++) {
        world->now_ns += sim_random_chance(&world->random, 3) ? 0 : step_ns;
        commit->rows[i].time_ns = world->now_ns;
    }
}

static void write(struct world *world, struct model_commit commit)
{
    put_in_order(world, &commit);
    struct ct_error err = {0};
    uint64_t number;
    if (model_send(world->store, &commit, &number, &err) != CT_OK)
        fail(world, "commit", &err);
    if (number == 0) {
        model_commit_deinit(&commit);
        return;
    }
    model_add(&world->model, commit);
    if (number != world->model.commit_count)
        fail(world, "commit numbers are not consecutive", NULL);
}

/* -- what comes while files are made -- */

static struct world *world_of_create; /* the door's calls have no other way to find it */

/* A commit must not wait for room: that would be made by the very step that it comes in. */
static void write_in_midst(struct world *world)
{
    struct ct_store_state state;
    ct_store_state_of(world->store, &state);
    if (state.live_bytes > MIDST_BYTES)
        return;
    world->midst++;
    if (sim_random_chance(&world->random, 4))
        write(world, model_random_delete(&world->random));
    else
        write(world, model_random_rows(&world->random, sim_random_chance(&world->random, 2)));
}

static ct_status create_and_write(struct ct_io *io, const char *path, struct ct_file **out,
                                  struct ct_error *err)
{
    struct world *world = world_of_create;
    const ct_status status = world->inner->create(io, path, out, err);
    if (world->is_maintaining && strstr(path, "/seg/") && sim_random_chance(&world->random, 16)) {
        world->is_maintaining = false;
        write_in_midst(world);
        world->is_maintaining = true;
    }
    return status;
}

static bool same_rows_after(struct world *world, const struct model_commit *commit)
{
    size_t before_count, after_count;
    struct model_row *before = model_rows(&world->model, world->model.commit_count, &before_count);
    model_add(&world->model, model_copy(commit));
    struct model_row *after = model_rows(&world->model, world->model.commit_count, &after_count);
    model_commit_deinit(&world->model.commits[--world->model.commit_count]);
    const bool is_same = model_same_rows(before, before_count, after, after_count);
    free(before);
    free(after);
    return is_same;
}

static void restate(struct world *world, struct model_commit commit)
{
    struct ct_error err = {0};
    uint64_t number;
    bool is_unchanged = false;
    if (model_restate(world->store, &commit, &world->random, &number, &is_unchanged, &err) != CT_OK)
        fail(world, "restatement", &err);
    world->restatements++;
    if (is_unchanged) {
        world->unchanged++;
        if (!same_rows_after(world, &commit))
            fail(world, "a restatement that changes something was left out", NULL);
        model_commit_deinit(&commit);
        return;
    }
    model_add(&world->model, commit);
    if (number != world->model.commit_count)
        fail(world, "commit numbers are not consecutive", NULL);
}

/* The last restatement once more, which may have been overwritten meanwhile. */
static void restate_again(struct world *world)
{
    size_t last = world->model.commit_count;
    while (last > 0 && !world->model.commits[last - 1].is_restatement)
        last--;
    if (last == 0)
        return;
    const uint64_t before = world->unchanged;
    restate(world, model_copy(&world->model.commits[last - 1]));
    if (last == world->model.commit_count && world->unchanged == before)
        fail(world, "a restatement repeated at once is not left out", NULL);
}

static void reopen(struct world *world)
{
    struct ct_error err;
    for (int i = 0; i < SNAPSHOTS; i++)
        let_go(world, &world->held[i]);
    struct ct_store_state state;
    ct_store_state_of(world->store, &state);
    world->seals += state.seals;
    world->merges += state.merges;
    if (ct_store_close(world->store, &err) != CT_OK)
        fail(world, "close", &err);
    open_store(world);
}

static void maintain(struct world *world, uint64_t choice)
{
    struct ct_error err = {0};
    bool did_work;
    ct_status status;
    world->is_maintaining = true;
    if (choice < 60)
        status = ct_store_seal(world->store, &err);
    else if (choice < 97)
        status = ct_store_step(world->store, &did_work, &err);
    else
        status = ct_store_compact(world->store, &err);
    world->is_maintaining = false;
    if (status != CT_OK)
        fail(world, "maintenance", &err);
}

static void verify(struct world *world)
{
    struct ct_error err = {0};
    struct ct_verify_counts counts;
    if (ct_store_verify(world->store, true, &counts, &err) != CT_OK)
        fail(world, "verify", &err);
}

static void declare(struct world *world)
{
    struct ct_error err = {0};
    if (cover_random_set(world->store, &world->random, &err) != CT_OK)
        fail(world, "grouping set", &err);
}

/* A question to the store as it is now. */
static void ask(struct world *world)
{
    struct held now = {.commit_count = world->model.commit_count};
    struct ct_error err;
    if (ct_snapshot_take(world->store, &now.snapshot, &err) != CT_OK)
        fail(world, "snapshot", &err);
    check_covers(world, &now);
    ct_snapshot_release(now.snapshot);
}

static void step(struct world *world)
{
    struct sim_random *random = &world->random;
    const uint64_t choice = sim_random_below(random, 1000);
    world->steps++;
    if (choice < 700)
        write(world, model_random_rows(random, false));
    else if (choice < 708)
        write(world, model_random_rows(random, true));
    else if (choice < 740)
        write(world, model_random_delete(random));
    else if (choice < 840)
        maintain(world, choice - 740);
    else if (choice < 850)
        reopen(world);
    else if (choice < 855)
        verify(world);
    else if (choice < 885)
        take_snapshot(world, &world->held[sim_random_below(random, SNAPSHOTS)]);
    else if (choice < 910)
        restate(world, model_random_restatement(random, false));
    else if (choice < 913)
        restate(world, model_random_restatement(random, true));
    else if (choice < 920)
        restate_again(world);
    else if (choice < 945)
        look_back(world);
    else if (choice < 950)
        declare(world);
    else if (choice < 990)
        ask(world);
}

static void run(uint64_t seed, uint64_t steps, struct world *world)
{
    world->seed = seed;
    world->random = sim_random_of(seed);
    world->env = (struct ct_env){.allocator = ct_allocator_system(), .clock = ct_clock_system()};
    world->env.io = ct_io_memory_create(ct_allocator_system());
    world->inner = world->env.io->calls;
    world->calls = *world->inner;
    world->calls.create = create_and_write;
    world->env.io->calls = &world->calls;
    world_of_create = world;
    world->is_orderly = sim_random_chance(&world->random, 2);
    world->now_ns = model_random_time(&world->random);
    open_store(world);
    if (sim_random_chance(&world->random, 2) && cover_define_days(world->store, NULL) != CT_OK)
        fail(world, "define", NULL);
    for (uint64_t i = 0; i < steps; i++)
        step(world);
    take_snapshot(world, &world->held[0]);
    look_back(world);
    reopen(world);
    take_snapshot(world, &world->held[0]);
    let_go(world, &world->held[0]);
    maintain(world, 99);
    verify(world);
    for (int i = 0; i < LOOKS_AT_END; i++)
        look_back(world);
    if (ct_store_close(world->store, NULL) != CT_OK)
        fail(world, "close", NULL);
    world->env.io->calls = world->inner;
    ct_io_memory_destroy(world->env.io);
    model_deinit(&world->model);
}

static void print_covers(const struct cover_tally *covers)
{
    printf("sources: %" PRIu64 " of rows, %" PRIu64 " merged, %" PRIu64 " live, %" PRIu64
           " sections, %" PRIu64 " files; %" PRIu64 " cells\n",
           covers->sources[CT_TIER_ROWS], covers->sources[CT_TIER_MERGED],
           covers->sources[CT_TIER_LIVE], covers->sources[CT_TIER_SECTION],
           covers->sources[CT_TIER_FILE], covers->cells);
}

int main(int argc, char **argv)
{
    const uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    const uint64_t last = argc > 1 ? first : SEEDS;
    const uint64_t steps = argc > 2 ? strtoull(argv[2], NULL, 0) : STEPS_PER_SEED;
    uint64_t all_steps = 0;
    uint64_t seals = 0;
    uint64_t merges = 0;
    uint64_t restatements = 0;
    uint64_t unchanged = 0;
    uint64_t looks = 0;
    uint64_t midst = 0;
    struct cover_tally covers = {0};
    for (uint64_t seed = first; seed <= last; seed++) {
        struct world world = {0};
        if (argc > 1)
            fprintf(stderr, "seed %" PRIu64 "\n", seed);
        run(seed, steps, &world);
        all_steps += world.steps;
        seals += world.seals;
        merges += world.merges;
        restatements += world.restatements;
        unchanged += world.unchanged;
        looks += world.looks;
        midst += world.midst;
        covers.cells += world.covers.cells;
        for (size_t tier = 0; tier < CT_COUNT_OF(covers.sources); tier++)
            covers.sources[tier] += world.covers.sources[tier];
    }
    printf("%" PRIu64 " steps, %" PRIu64 " seals, %" PRIu64 " merges, %" PRIu64
           " restatements (%" PRIu64 " unchanged), %" PRIu64 " looks back, %" PRIu64
           " commits while files were made: all as the model says\n",
           all_steps, seals, merges, restatements, unchanged, looks, midst);
    print_covers(&covers);
    if (argc == 1 && (all_steps < SEEDS * STEPS_PER_SEED || seals == 0 || merges == 0 ||
                      restatements == unchanged || unchanged == 0 || looks == 0 || midst == 0 ||
                      covers.sources[CT_TIER_LIVE] == 0 || covers.sources[CT_TIER_SECTION] == 0 ||
                      covers.sources[CT_TIER_FILE] == 0)) {
        fprintf(stderr, "the histories did not exercise what they are for\n");
        return 1;
    }
    return 0;
}
