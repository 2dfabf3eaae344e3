/* The simulated disk: it passes for a file system, and loses, tears, fails and lies as its header
 * says. */
#include "io_suite.h"

#include "sim_io.h"

#define HISTORIES 400

struct sim_suite {
    struct io_suite suite;
    struct ct_allocator_counting counting;
    struct sim_io *sim;
};

static int setup(void **state)
{
    struct sim_suite *all = ct_alloc_zeroed(ct_allocator_system(), 1, sizeof *all);
    ct_allocator_counting_init(&all->counting, ct_allocator_system(), 0);
    all->sim = sim_io_create(&all->counting.base, 1);
    all->suite.io = sim_io_door(all->sim);
    strcpy(all->suite.folder, "/store");
    *state = all;
    const struct ct_io_calls *calls = all->suite.io->calls;
    return calls->make_folder(all->suite.io, all->suite.folder, NULL) != CT_OK ||
           calls->sync_folder(all->suite.io, "/", NULL) != CT_OK;
}

static int teardown(void **state)
{
    struct sim_suite *all = *state;
    sim_io_destroy(all->sim);
    const bool has_leak = all->counting.live_blocks != 0;
    ct_release(ct_allocator_system(), all);
    return has_leak ? -1 : 0;
}

/* A file of 600 bytes 's', synced, and 2,000 bytes 'u', not; with its name durable or not. */
static void write_half_synced(const struct io_suite *suite, const char *name, bool sync_folder)
{
    static char bytes[2600];
    memset(bytes, 's', 600);
    memset(bytes + 600, 'u', 2000);
    const struct ct_io_calls *calls = suite->io->calls;
    struct ct_file *file = suite_create(suite, name);
    const struct ct_part synced = {.bytes = bytes, .len = 600};
    const struct ct_part unsynced = {.bytes = bytes + 600, .len = 2000};
    assert_int_equal(calls->append(file, &synced, 1, NULL), CT_OK);
    assert_int_equal(calls->sync(file, NULL), CT_OK);
    assert_int_equal(calls->append(file, &unsynced, 1, NULL), CT_OK);
    calls->close(file);
    if (sync_folder)
        assert_int_equal(calls->sync_folder(suite->io, suite->folder, NULL), CT_OK);
}

/* What became of the unsynced bytes in one history. */
struct outcome {
    bool is_missing; /* the file */
    bool is_lost, is_whole, is_short, has_zeros, has_noise, has_kept_sector;
    size_t synced_kept;
};

static struct outcome look_at(const struct io_suite *suite, const char *name)
{
    char path[CT_PATH_BYTES_MAX];
    char *bytes = NULL;
    size_t len = 0;
    struct outcome outcome = {0};
    suite_path(suite, name, path);
    const ct_status status = ct_read_file(suite->io, path, 4096, &bytes, &len, NULL);
    outcome.is_missing = status == CT_NOT_FOUND;
    if (outcome.is_missing)
        return outcome;
    assert_int_equal(status, CT_OK);
    size_t kept = 0;
    for (size_t i = 0; i < len; i++) {
        outcome.synced_kept += i < 600 && bytes[i] == 's';
        kept += i >= 600 && bytes[i] == 'u';
        outcome.has_zeros |= i >= 600 && bytes[i] == 0;
        outcome.has_noise |= i >= 600 && bytes[i] != 0 && bytes[i] != 'u';
    }
    outcome.is_lost = len == 600;
    outcome.is_whole = kept == 2000;
    outcome.is_short = len > 600 && len < 2600;
    outcome.has_kept_sector = len > 600 && kept >= 512 && kept < len - 600;
    ct_release(suite->io->allocator, bytes);
    return outcome;
}

static void unsynced_bytes_are_kept_lost_and_torn(void **state)
{
    struct outcome seen = {0};
    teardown(state);
    for (uint64_t seed = 0; seed < HISTORIES; seed++) {
        assert_int_equal(setup(state), 0);
        struct sim_suite *all = *state;
        write_half_synced(&all->suite, "a", true);
        sim_io_power_cut(all->sim, seed);
        const struct outcome outcome = look_at(&all->suite, "a");
        assert_false(outcome.is_missing);
        assert_int_equal(outcome.synced_kept, 600);
        seen.is_lost |= outcome.is_lost;
        seen.is_whole |= outcome.is_whole;
        seen.is_short |= outcome.is_short;
        seen.has_zeros |= outcome.has_zeros;
        seen.has_noise |= outcome.has_noise;
        seen.has_kept_sector |= outcome.has_kept_sector;
        assert_int_equal(teardown(state), 0);
    }
    assert_int_equal(setup(state), 0);
    assert_true(seen.is_lost && seen.is_whole && seen.is_short);
    assert_true(seen.has_zeros && seen.has_noise && seen.has_kept_sector);
}

static void the_same_seed_gives_the_same_disk(void **state)
{
    struct sim_suite *all = *state;
    struct sim_io *twin = sim_io_create(ct_allocator_system(), 1);
    struct io_suite other = {.io = sim_io_door(twin), .folder = "/store"};
    assert_int_equal(other.io->calls->make_folder(other.io, "/store", NULL), CT_OK);
    assert_int_equal(other.io->calls->sync_folder(other.io, "/", NULL), CT_OK);
    struct io_suite *both[] = {&all->suite, &other};
    char *bytes[2] = {0};
    size_t len[2] = {0};
    for (int i = 0; i < 2; i++) {
        write_half_synced(both[i], "a", true);
        sim_io_power_cut(i == 0 ? all->sim : twin, 77);
        assert_int_equal(ct_read_file(both[i]->io, "/store/a", 4096, &bytes[i], &len[i], NULL),
                         CT_OK);
    }
    assert_int_equal(len[0], len[1]);
    assert_memory_equal(bytes[0], bytes[1], len[0]);
    ct_release(all->suite.io->allocator, bytes[0]);
    ct_release(ct_allocator_system(), bytes[1]);
    sim_io_destroy(twin);
}

/* Counts, over many cuts, how often a name is there. */
static int count_present(void **state, bool sync_folder, unsigned lies)
{
    int present = 0;
    teardown(state);
    for (uint64_t seed = 0; seed < HISTORIES; seed++) {
        assert_int_equal(setup(state), 0);
        struct sim_suite *all = *state;
        sim_io_set_lies(all->sim, lies);
        write_half_synced(&all->suite, "a", sync_folder);
        sim_io_power_cut(all->sim, seed);
        present += !look_at(&all->suite, "a").is_missing;
        assert_int_equal(teardown(state), 0);
    }
    assert_int_equal(setup(state), 0);
    return present;
}

static void names_are_durable_only_after_sync_folder(void **state)
{
    assert_int_equal(count_present(state, true, 0), HISTORIES);
    const int present = count_present(state, false, 0);
    assert_in_range(present, HISTORIES / 4, HISTORIES * 3 / 4);
}

static void a_lying_folder_sync_loses_names(void **state)
{
    assert_in_range(count_present(state, true, SIM_LIE_SYNC_FOLDER), 1, HISTORIES - 1);
}

static void a_lying_sync_loses_bytes(void **state)
{
    struct sim_suite *all = *state;
    sim_io_set_lies(all->sim, SIM_LIE_SYNC);
    int lost = 0;
    for (int i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        write_half_synced(&all->suite, name, true);
        sim_io_power_cut(all->sim, (uint64_t)i);
        lost += look_at(&all->suite, name).synced_kept < 600;
    }
    assert_true(lost > 30);
}

static void a_rename_is_old_or_new(void **state)
{
    struct sim_suite *all = *state;
    const struct io_suite *suite = &all->suite;
    const struct ct_io_calls *calls = suite->io->calls;
    int old = 0;
    int new = 0;
    assert_int_equal(ct_replace_file(suite->io, "/store", "C", ct_text_of("0"), NULL), CT_OK);
    for (uint64_t seed = 0; seed < HISTORIES; seed++) {
        struct ct_file *file = NULL;
        (void)calls->remove(suite->io, "/store/T", NULL);
        assert_int_equal(calls->create(suite->io, "/store/T", &file, NULL), CT_OK);
        const struct ct_part part = {.bytes = seed % 2 ? "0" : "1", .len = 1};
        assert_int_equal(calls->append(file, &part, 1, NULL), CT_OK);
        assert_int_equal(calls->sync(file, NULL), CT_OK);
        calls->close(file);
        char *before = NULL;
        char *after = NULL;
        size_t len = 0;
        assert_int_equal(ct_read_file(suite->io, "/store/C", 1, &before, &len, NULL), CT_OK);
        assert_int_equal(calls->rename(suite->io, "/store/T", "/store/C", NULL), CT_OK);
        sim_io_power_cut(all->sim, seed);
        assert_int_equal(ct_read_file(suite->io, "/store/C", 1, &after, &len, NULL), CT_OK);
        assert_int_equal(len, 1);
        old += *after == *before;
        new += *after != *before;
        assert_true(*after == *before || *after == *(const char *)part.bytes);
        ct_release(suite->io->allocator, before);
        ct_release(suite->io->allocator, after);
    }
    assert_true(old > 0 && new > 0);
}

static void a_lost_folder_takes_its_files_along(void **state)
{
    struct sim_suite *all = *state;
    const struct ct_io_calls *calls = all->suite.io->calls;
    int lost = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        char path[64];
        snprintf(path, sizeof path, "/store/f%d", (int)seed);
        assert_int_equal(calls->make_folder(all->suite.io, path, NULL), CT_OK);
        char name[64];
        snprintf(name, sizeof name, "f%d/x", (int)seed);
        suite_write(&all->suite, name, "x");
        assert_int_equal(calls->sync_folder(all->suite.io, path, NULL), CT_OK);
        sim_io_power_cut(all->sim, seed);
        struct ct_names names = {0};
        const ct_status status = calls->list(all->suite.io, path, &names, NULL);
        lost += status == CT_NOT_FOUND;
        if (status == CT_OK)
            assert_int_equal(names.count, 1);
        ct_names_release(all->suite.io, &names);
    }
    assert_in_range(lost, 1, 49);
}

static void suite_expect_size(const struct io_suite *suite, const char *name, uint64_t expected)
{
    char path[CT_PATH_BYTES_MAX];
    struct ct_file *file = NULL;
    uint64_t size_bytes = 0;
    suite_path(suite, name, path);
    assert_int_equal(suite->io->calls->open(suite->io, path, &file, NULL), CT_OK);
    assert_int_equal(suite->io->calls->size(file, &size_bytes, NULL), CT_OK);
    assert_int_equal(size_bytes, expected);
    suite->io->calls->close(file);
}

static void a_failed_sync_drops_what_it_was_to_write(void **state)
{
    struct sim_suite *all = *state;
    const struct io_suite *suite = &all->suite;
    const struct ct_io_calls *calls = suite->io->calls;
    int damaged = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        char name[16];
        snprintf(name, sizeof name, "%d", (int)seed);
        struct ct_file *file = suite_create(suite, name);
        char bytes[600];
        memset(bytes, 's', sizeof bytes);
        const struct ct_part part = {.bytes = bytes, .len = sizeof bytes};
        assert_int_equal(calls->sync_folder(suite->io, "/store", NULL), CT_OK);
        assert_int_equal(calls->append(file, &part, 1, NULL), CT_OK);
        sim_io_fail_at(all->sim, sim_io_call_count(all->sim) + 1, CT_IO, false);
        assert_int_equal(calls->sync(file, NULL), CT_IO);
        assert_true(sim_io_has_failed(all->sim));
        assert_int_equal(calls->append(file, &part, 1, NULL), CT_OK);
        assert_int_equal(calls->sync(file, NULL), CT_OK); /* says yes, and is too late */
        calls->close(file);
        suite_expect_size(suite, name, 1200);
        sim_io_power_cut(all->sim, seed);
        suite_expect_size(suite, name, 1200);
        damaged += look_at(suite, name).synced_kept < 600;
    }
    assert_true(damaged > 20);
}

static void planned_faults_strike_once_or_for_good(void **state)
{
    struct sim_suite *all = *state;
    const struct ct_io_calls *calls = all->suite.io->calls;
    struct ct_names names = {0};
    struct ct_error err;
    sim_io_fail_at(all->sim, sim_io_call_count(all->sim) + 2, CT_IO, false);
    assert_int_equal(calls->sync_folder(all->suite.io, "/store", NULL), CT_OK);
    assert_int_equal(calls->list(all->suite.io, "/store", &names, &err), CT_IO);
    assert_string_equal(err.file, "/store");
    assert_int_equal(calls->sync_folder(all->suite.io, "/store", NULL), CT_OK);

    sim_io_fail_at(all->sim, 1, CT_DISK_FULL, true);
    struct ct_file *file = NULL;
    assert_int_equal(calls->sync_folder(all->suite.io, "/store", NULL), CT_OK); /* takes no room */
    for (int i = 0; i < 2; i++)
        assert_int_equal(calls->create(all->suite.io, "/store/a", &file, NULL), CT_DISK_FULL);
    sim_io_fail_at(all->sim, 0, CT_IO, false);
    suite_write(&all->suite, "a", "x");
}

static void a_full_disk_takes_what_fits(void **state)
{
    struct sim_suite *all = *state;
    const struct ct_io_calls *calls = all->suite.io->calls;
    sim_io_set_capacity(all->sim, 10);
    suite_write(&all->suite, "a", "1234567");
    uint64_t free_bytes = 0;
    assert_int_equal(calls->free_bytes(all->suite.io, "/store", &free_bytes, NULL), CT_OK);
    assert_int_equal(free_bytes, 3);
    struct ct_file *file = suite_create(&all->suite, "b");
    const struct ct_part part = {.bytes = "1234", .len = 4};
    assert_int_equal(calls->append(file, &part, 1, NULL), CT_DISK_FULL);
    calls->close(file);
    suite_expect(&all->suite, "b", "123");
}

static void handles_and_locks_die_with_the_process(void **state)
{
    struct sim_suite *all = *state;
    const struct ct_io_calls *calls = all->suite.io->calls;
    for (int i = 0; i < 2; i++) {
        char name[2] = {(char)('a' + i), 0};
        struct ct_lock *old_lock = NULL;
        struct ct_lock *lock = NULL;
        struct ct_file *file = suite_create(&all->suite, name);
        const struct ct_part part = {.bytes = "text", .len = 4};
        struct ct_text view;
        assert_int_equal(calls->append(file, &part, 1, NULL), CT_OK);
        assert_int_equal(calls->map(file, &view, NULL), CT_OK);
        assert_int_equal(calls->lock(all->suite.io, "/store/LOCK", &old_lock, NULL), CT_OK);
        if (i == 0)
            sim_io_kill(all->sim);
        else
            sim_io_power_cut(all->sim, 5);
        assert_int_equal(calls->append(file, &part, 1, NULL), CT_IO);
        assert_memory_equal(view.bytes, "text", 4);
        assert_int_equal(calls->lock(all->suite.io, "/store/LOCK", &lock, NULL), CT_OK);
        calls->unlock(old_lock); /* does not free the new one */
        assert_int_equal(calls->lock(all->suite.io, "/store/LOCK", &old_lock, NULL), CT_BUSY);
        calls->unlock(lock);
        calls->close(file);
        if (i == 0)
            suite_expect(&all->suite, name, "text"); /* kill -9 loses nothing that was written */
    }
}

static void flipped_bits_are_read(void **state)
{
    struct sim_suite *all = *state;
    suite_write(&all->suite, "a", "aaa");
    assert_true(sim_io_flip_bit(all->sim, "/store/a", 9));
    suite_expect(&all->suite, "a", "aca");
    assert_false(sim_io_flip_bit(all->sim, "/store/a", 24));
    assert_false(sim_io_flip_bit(all->sim, "/store/b", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IO_SUITE_TESTS,
        IO_SUITE_TEST(unsynced_bytes_are_kept_lost_and_torn),
        IO_SUITE_TEST(the_same_seed_gives_the_same_disk),
        IO_SUITE_TEST(names_are_durable_only_after_sync_folder),
        IO_SUITE_TEST(a_lying_folder_sync_loses_names),
        IO_SUITE_TEST(a_lying_sync_loses_bytes),
        IO_SUITE_TEST(a_rename_is_old_or_new),
        IO_SUITE_TEST(a_lost_folder_takes_its_files_along),
        IO_SUITE_TEST(a_failed_sync_drops_what_it_was_to_write),
        IO_SUITE_TEST(planned_faults_strike_once_or_for_good),
        IO_SUITE_TEST(a_full_disk_takes_what_fits),
        IO_SUITE_TEST(handles_and_locks_die_with_the_process),
        IO_SUITE_TEST(flipped_bits_are_read),
    };
    return cmocka_run_group_tests_name("sim_io", tests, NULL, NULL);
}
