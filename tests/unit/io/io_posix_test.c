/* The real file system behind the files door: the shared suite in a folder of its own, and locks
 * between processes. */
#include "io_suite.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct posix_suite {
    struct io_suite suite; /* first: the shared tests see only this */
    struct ct_allocator_counting counting;
    struct ct_io io;
};

static int setup(void **state)
{
    struct posix_suite *posix = ct_alloc_zeroed(ct_allocator_system(), 1, sizeof *posix);
    ct_allocator_counting_init(&posix->counting, ct_allocator_system(), 0);
    ct_io_posix_init(&posix->io, &posix->counting.base);
    posix->suite.io = &posix->io;
    const char *temporary = getenv("TMPDIR");
    snprintf(posix->suite.folder, sizeof posix->suite.folder, "%s/centime-io-XXXXXX",
             temporary ? temporary : "/tmp");
    *state = posix;
    return mkdtemp(posix->suite.folder) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)about;
    (void)kind;
    (void)place;
    return remove(path);
}

static int teardown(void **state)
{
    struct posix_suite *posix = *state;
    nftw(posix->suite.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    const bool has_leak = posix->counting.live_blocks != 0;
    ct_release(ct_allocator_system(), posix);
    return has_leak ? -1 : 0;
}

/* What the child finds: 0 free, 1 busy, 2 neither. */
static int lock_in_child(const struct io_suite *suite, const char *path)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct ct_lock *lock = NULL;
        const ct_status status = suite->io->calls->lock(suite->io, path, &lock, NULL);
        _exit(status == CT_OK ? 0 : status == CT_BUSY ? 1 : 2); /* ends without an unlock */
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void lock_holds_between_processes_and_ends_with_them(void **state)
{
    const struct io_suite *suite = *state;
    char path[CT_PATH_BYTES_MAX];
    struct ct_lock *lock = NULL;
    suite_path(suite, "LOCK", path);
    assert_int_equal(lock_in_child(suite, path), 0);
    assert_int_equal(suite->io->calls->lock(suite->io, path, &lock, NULL), CT_OK);
    assert_int_equal(lock_in_child(suite, path), 1);
    suite->io->calls->unlock(lock);
    assert_int_equal(lock_in_child(suite, path), 0);
}

/* RLIMIT_FSIZE makes the kernel write short and then refuse. */
static void a_short_write_is_continued_then_reported(void **state)
{
    const struct io_suite *suite = *state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = before;
    small.rlim_cur = 10;
    void (*old_handler)(int) = signal(SIGXFSZ, SIG_IGN);
    struct ct_file *file = suite_create(suite, "limited");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const struct ct_part part = {.bytes = "0123456", .len = 7};
    const ct_status first = suite->io->calls->append(file, &part, 1, NULL);
    struct ct_error err = {0};
    const ct_status second = suite->io->calls->append(file, &part, 1, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, old_handler);
    assert_int_equal(first, CT_OK);
    assert_int_equal(second, CT_IO);
    assert_int_equal(err.os_errno, EFBIG);
    assert_non_null(strstr(err.file, "limited"));
    uint64_t size_bytes = 0;
    assert_int_equal(suite->io->calls->size(file, &size_bytes, NULL), CT_OK);
    assert_int_equal(size_bytes, 10); /* three bytes of the second went through first */
    suite->io->calls->close(file);
}

static void a_device_is_no_file(void **state)
{
    const struct io_suite *suite = *state;
    struct ct_file *file = NULL;
    char path[CT_PATH_BYTES_MAX];
    if (symlink("/dev/null", suite_path(suite, "device", path)) != 0)
        skip();
    struct ct_error err;
    /* A device is no regular file: the door does not open it at all. */
    assert_int_equal(suite->io->calls->open(suite->io, path, &file, &err), CT_IO);
    assert_int_equal(suite->io->calls->create(suite->io, path, &file, &err), CT_EXISTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IO_SUITE_TESTS,
        IO_SUITE_TEST(lock_holds_between_processes_and_ends_with_them),
        IO_SUITE_TEST(a_short_write_is_continued_then_reported),
        IO_SUITE_TEST(a_device_is_no_file),
    };
    return cmocka_run_group_tests_name("io_posix", tests, NULL, NULL);
}
