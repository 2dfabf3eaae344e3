/* Memory behind the files door: the shared suite, what it does with spelling, and no leak. */
#include "io_suite.h"

static struct ct_allocator_counting counting;

static int setup(void **state)
{
    ct_allocator_counting_init(&counting, ct_allocator_system(), 0);
    struct io_suite *suite = ct_alloc_zeroed(ct_allocator_system(), 1, sizeof *suite);
    suite->io = ct_io_memory_create(&counting.base);
    strcpy(suite->folder, "/store");
    *state = suite;
    return suite->io->calls->make_folder(suite->io, suite->folder, NULL);
}

static int teardown(void **state)
{
    struct io_suite *suite = *state;
    ct_io_memory_destroy(suite->io);
    ct_release(ct_allocator_system(), suite);
    return counting.live_blocks == 0 ? 0 : -1;
}

static void one_file_has_one_spelling(void **state)
{
    const struct io_suite *suite = *state;
    suite_write(suite, "a", "x");
    char *bytes = NULL;
    size_t len = 0;
    assert_int_equal(ct_read_file(suite->io, "//store/.//a", 9, &bytes, &len, NULL), CT_OK);
    ct_release(suite->io->allocator, bytes);
    assert_int_equal(ct_read_file(suite->io, "store/a", 9, &bytes, &len, NULL), CT_NOT_FOUND);
}

/* Every allocation in turn fails: an error each time, and nothing leaks or half happens. */
static void failed_allocations_are_reported(void **state)
{
    (void)state;
    bool succeeded = false;
    for (size_t limit_bytes = 1; !succeeded && limit_bytes < 4096; limit_bytes += 8) {
        struct ct_allocator_counting limited;
        ct_allocator_counting_init(&limited, ct_allocator_system(), limit_bytes);
        struct ct_io *io = ct_io_memory_create(&limited.base);
        if (!io)
            continue;
        const ct_status made = io->calls->make_folder(io, "/f", NULL);
        assert_true(made == CT_OK || made == CT_NO_MEMORY);
        if (made == CT_OK) {
            const struct ct_text text = ct_text_of("some bytes that take room");
            const ct_status status = ct_replace_file(io, "/f", "a", text, NULL);
            assert_true(status == CT_OK || status == CT_NO_MEMORY);
            struct ct_names names = {0};
            if (status == CT_OK && io->calls->list(io, "/f", &names, NULL) == CT_OK) {
                assert_int_equal(names.count, 1);
                succeeded = true;
            }
            ct_names_release(io, &names);
        }
        ct_io_memory_destroy(io);
        assert_int_equal(limited.live_blocks, 0);
    }
    assert_true(succeeded);
}

static void paths_too_long_are_refused(void **state)
{
    const struct io_suite *suite = *state;
    char name[CT_PATH_BYTES_MAX];
    char out[CT_PATH_BYTES_MAX];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(ct_path_join(out, "", name, NULL), CT_OK);
    assert_int_equal(ct_path_join(out, "f", name, NULL), CT_LIMIT);
    name[sizeof name - 3] = '\0';
    assert_int_equal(ct_path_join(out, "f", name, NULL), CT_OK);
    assert_int_equal(strlen(out), sizeof out - 1);
    assert_int_equal(ct_path_join(out, "f/", name, NULL), CT_OK);
    assert_int_equal(ct_replace_file(suite->io, "f", name, ct_text_of(""), NULL), CT_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IO_SUITE_TESTS,
        IO_SUITE_TEST(one_file_has_one_spelling),
        IO_SUITE_TEST(failed_allocations_are_reported),
        IO_SUITE_TEST(paths_too_long_are_refused),
    };
    return cmocka_run_group_tests_name("io_memory", tests, NULL, NULL);
}
