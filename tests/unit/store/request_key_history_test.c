/* Request keys against a model, through saves whose edit comes about or not, crashes, and replays
 * of whatever part of the log was not dropped. A commit's key is in the log until it is sealed; so
 * are the catalog's definitions, some of which the catalog file has too. Nothing that is younger
 * than a day is ever forgotten, nothing gets another's answer. Seed of a failing history: printed;
 * give it as argument to replay. */
#include "request_key_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "sim_random.h"

#ifdef CT_SANITIZED
#define HISTORIES 20
#else
#define HISTORIES 150
#endif
#define STEPS       60
#define COMMITS_MAX 200000
#define PIECES_MAX  (STEPS * 4)
#define DATABASES   CT_COUNT_OF(key_databases)

struct commit {
    uint64_t commit, number; /* the key's */
    int64_t time_ns;
    uint32_t database;
};

/* Definitions in the log. */
struct piece {
    uint8_t *bytes;
    size_t len;
    uint64_t after; /* the commit before it */
};

struct world {
    struct sim_random random;
    struct ct_catalog *catalog;
    struct ct_request_keys keys;
    int64_t now_ns;
    struct commit *commits; /* all that ever were, keyed ones */
    size_t commit_count;
    size_t newest[DATABASES][COMMITS_MAX]; /* of a key's number: index into commits + 1 */
    uint64_t last_commit, next_number;
    struct piece pieces[PIECES_MAX];
    size_t piece_count, first_piece;
    uint64_t logged;   /* how far the journal is in the log */
    struct piece file; /* the catalog file; `after`: the sealed commit */
};

/* -- what is durable --------------------------------------------------------------------------- */

static struct piece copy_journal(struct world *world, uint64_t from)
{
    struct piece piece = {.after = world->last_commit};
    uint8_t *bytes;
    assert_int_equal(ct_catalog_journal_copy(world->catalog, from,
                                             ct_catalog_journal_end(world->catalog), &bytes,
                                             &piece.len, NULL),
                     CT_OK);
    piece.bytes = malloc(piece.len + 1);
    memcpy(piece.bytes, bytes, piece.len);
    ct_release(ct_allocator_system(), bytes);
    return piece;
}

static void log_definitions(struct world *world)
{
    assert_true(world->piece_count < PIECES_MAX);
    world->pieces[world->piece_count++] = copy_journal(world, world->logged);
    world->logged = ct_catalog_journal_end(world->catalog);
}

static void apply(struct world *world, const struct piece *piece)
{
    assert_int_equal(ct_catalog_apply(world->catalog, piece->bytes, piece->len, NULL), CT_OK);
}

static void write_file(struct world *world, uint64_t sealed_commit)
{
    free(world->file.bytes);
    world->file = copy_journal(world, 0);
    world->file.after = sealed_commit;
}

/* The log may be dropped up to the sealed commit; its files end anywhere. */
static void edit(struct world *world, uint64_t sealed_commit)
{
    write_file(world, sealed_commit);
    while (world->first_piece < world->piece_count &&
           world->pieces[world->first_piece].after <= sealed_commit &&
           sim_random_chance(&world->random, 2))
        world->first_piece++;
}

static void save(struct world *world, uint64_t sealed_commit)
{
    assert_int_equal(
        ct_request_keys_save(&world->keys, world->catalog, sealed_commit, world->now_ns, NULL),
        CT_OK);
    if (sim_random_chance(&world->random, 2))
        log_definitions(world);
    if (!sim_random_chance(&world->random, 3))
        edit(world, sealed_commit);
}

/* Some commit that the log has, or the one up to which all is sealed. */
static uint64_t some_commit(struct world *world, uint64_t last)
{
    const uint64_t sealed = world->file.after;
    return sim_random_chance(&world->random, 2)
               ? last
               : sealed + sim_random_below(&world->random, last - sealed + 1);
}

/* -- opening ----------------------------------------------------------------------------------- */

static void restore(struct world *world, size_t *at, uint64_t end)
{
    for (; *at < world->commit_count && world->commits[*at].commit <= end; ++*at) {
        const struct commit *commit = &world->commits[*at];
        struct numbered_key key;
        if (commit->commit <= world->file.after)
            continue;
        number_key(&key, commit->database, commit->number, commit->time_ns);
        assert_int_equal(
            ct_request_keys_restore(&world->keys, &key.taken.head, commit->commit, NULL), CT_OK);
    }
}

/* Replaying may seal what it has so far. */
static void save_replayed(struct world *world, uint64_t commit)
{
    assert_int_equal(
        ct_request_keys_save(&world->keys, world->catalog, commit, world->now_ns, NULL), CT_OK);
    if (sim_random_chance(&world->random, 2))
        write_file(world, commit);
}

static void replay(struct world *world)
{
    size_t at = 0;
    for (size_t i = world->first_piece; i < world->piece_count; i++) {
        const uint64_t after = world->pieces[i].after;
        restore(world, &at, after);
        apply(world, &world->pieces[i]);
        if (after > world->file.after && sim_random_chance(&world->random, 6))
            save_replayed(world, after);
    }
    restore(world, &at, world->last_commit);
}

static void reopen(struct world *world)
{
    ct_request_keys_deinit(&world->keys);
    ct_catalog_destroy(world->catalog);
    world->catalog = ct_catalog_create(ct_allocator_system(), 1000);
    ct_request_keys_init(&world->keys, ct_allocator_system());
    apply(world, &world->file);
    assert_int_equal(ct_request_keys_load(&world->keys, world->catalog, world->file.after, NULL),
                     CT_OK);
    replay(world);
    world->logged = ct_catalog_journal_end(world->catalog);
}

/* -- requests ---------------------------------------------------------------------------------- */

static void note(struct world *world, const struct commit *commit)
{
    assert_true(world->commit_count < COMMITS_MAX);
    world->commits[world->commit_count++] = *commit;
    world->newest[commit->database][commit->number] = world->commit_count;
}

/* may_be_new: else it is known to be young, and to be there. */
static void send(struct world *world, uint32_t database, uint64_t number, bool may_be_new)
{
    const size_t at = world->newest[database][number];
    const struct commit *before = at ? &world->commits[at - 1] : NULL;
    struct numbered_key key;
    struct ct_commit_result result;
    number_key(&key, database, number, world->now_ns);
    assert_int_equal(ct_request_keys_take(&world->keys, world->catalog, &key.taken, &result, NULL),
                     CT_OK);
    if (result.is_repeat) {
        assert_non_null(before);
        assert_int_equal(result.commit, before->commit);
        assert_int_equal(result.row_count, number % 1000 + 1);
        return;
    }
    assert_true(may_be_new);
    assert_true(!before || world->now_ns - before->time_ns > CT_REQUEST_KEY_HOLD_NS);
    if (sim_random_chance(&world->random, 50)) {
        ct_request_keys_release(&world->keys, &key.taken);
        return;
    }
    world->last_commit += 1 + sim_random_below(&world->random, 3); /* others have no key */
    ct_request_keys_done(&world->keys, &key.taken, world->last_commit);
    const struct commit commit = {world->last_commit, number, world->now_ns, database};
    note(world, &commit);
}

static void send_some(struct world *world)
{
    static const uint64_t most[] = {2, 30, 300, 3000};
    const uint64_t bound = most[sim_random_below(&world->random, CT_COUNT_OF(most))];
    for (uint64_t left = sim_random_below(&world->random, bound) + 1; left > 0; left--) {
        const uint32_t database = (uint32_t)sim_random_below(&world->random, DATABASES);
        const bool is_new = sim_random_chance(&world->random, 2) || world->next_number == 0;
        const uint64_t number =
            is_new ? world->next_number++ : sim_random_below(&world->random, world->next_number);
        send(world, database, number, true);
        world->now_ns += (int64_t)sim_random_below(&world->random, 2000000000);
    }
}

static void check(struct world *world)
{
    for (uint32_t database = 0; database < DATABASES; database++) {
        for (uint64_t number = 0; number < world->next_number; number++) {
            const size_t at = world->newest[database][number];
            if (at && world->now_ns - world->commits[at - 1].time_ns <= CT_REQUEST_KEY_HOLD_NS)
                send(world, database, number, false);
        }
    }
}

static void step(struct world *world)
{
    switch (sim_random_below(&world->random, 8)) {
    case 0:
        world->now_ns += (int64_t)sim_random_below(&world->random, 9) * HOUR_NS;
        break;
    case 1:
        reopen(world);
        check(world);
        break;
    case 2:
    case 3:
    case 4:
        save(world, some_commit(world, world->last_commit));
        break;
    default:
        send_some(world);
        break;
    }
}

static void run_history(struct world *world, uint64_t seed)
{
    memset(world, 0, sizeof *world);
    world->random = sim_random_of(seed);
    world->now_ns = START_NS;
    world->commits = calloc(COMMITS_MAX, sizeof *world->commits);
    world->catalog = create_key_catalog(ct_allocator_system());
    ct_request_keys_init(&world->keys, ct_allocator_system());
    edit(world, 0);
    for (int i = 0; i < STEPS; i++)
        step(world);
    reopen(world);
    check(world);
    ct_request_keys_deinit(&world->keys);
    ct_catalog_destroy(world->catalog);
    for (size_t i = 0; i < world->piece_count; i++)
        free(world->pieces[i].bytes);
    free(world->file.bytes);
    free(world->commits);
}

static uint64_t only_seed, last_seed;

static int tell_seed(void **state)
{
    (void)state;
    printf("last seed %llu\n", (unsigned long long)last_seed);
    return 0;
}

static void no_history_forgets_a_young_key(void **state)
{
    static struct world world;
    (void)state;
    const uint64_t first = only_seed ? only_seed : 1;
    const uint64_t end = only_seed ? only_seed + 1 : HISTORIES + 1;
    for (uint64_t seed = first; seed < end; seed++) {
        last_seed = seed;
        run_history(&world, seed);
    }
}

int main(int argc, char **argv)
{
    only_seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(no_history_forgets_a_young_key, tell_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
