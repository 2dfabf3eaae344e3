/* What every implementation of the files door must do: one suite, included by the test program of
 * each, which gives a setup that makes a struct io_suite and a teardown that takes it back. */
#ifndef IO_SUITE_H
#define IO_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "io.h"

struct io_suite {
    struct ct_io *io;
    char folder[CT_PATH_BYTES_MAX]; /* exists, empty */
};

static const char *suite_path(const struct io_suite *suite, const char *name, char *out)
{
    assert_int_equal(ct_path_join(out, suite->folder, name, NULL), CT_OK);
    return out;
}

static struct ct_file *suite_create(const struct io_suite *suite, const char *name)
{
    char path[CT_PATH_BYTES_MAX];
    struct ct_file *file = NULL;
    assert_int_equal(
        suite->io->calls->create(suite->io, suite_path(suite, name, path), &file, NULL), CT_OK);
    return file;
}

static void suite_write(const struct io_suite *suite, const char *name, const char *text)
{
    struct ct_file *file = suite_create(suite, name);
    const struct ct_part part = {.bytes = text, .len = strlen(text)};
    assert_int_equal(suite->io->calls->append(file, &part, 1, NULL), CT_OK);
    suite->io->calls->close(file);
}

static void suite_expect(const struct io_suite *suite, const char *name, const char *text)
{
    char path[CT_PATH_BYTES_MAX];
    char *bytes = NULL;
    size_t len = 0;
    assert_int_equal(
        ct_read_file(suite->io, suite_path(suite, name, path), 1 << 20, &bytes, &len, NULL), CT_OK);
    assert_int_equal(len, strlen(text));
    assert_memory_equal(bytes, text, len);
    ct_release(suite->io->allocator, bytes);
}

static void appended_parts_are_read_back(void **state)
{
    const struct io_suite *suite = *state;
    const struct ct_io_calls *calls = suite->io->calls;
    struct ct_file *file = suite_create(suite, "a");
    const struct ct_part parts[] = {{"one", 3}, {NULL, 0}, {"two", 3}, {"", 0}};
    assert_int_equal(calls->append(file, parts, CT_COUNT_OF(parts), NULL), CT_OK);
    assert_int_equal(calls->append(file, parts, 1, NULL), CT_OK);
    assert_int_equal(calls->append(file, NULL, 0, NULL), CT_OK);
    uint64_t size_bytes = 0;
    assert_int_equal(calls->size(file, &size_bytes, NULL), CT_OK);
    assert_int_equal(size_bytes, 9);
    char got[3];
    assert_int_equal(calls->read_at(file, 3, got, 3, NULL), CT_OK); /* also while it grows */
    assert_memory_equal(got, "two", 3);
    assert_int_equal(calls->sync(file, NULL), CT_OK);
    calls->close(file);
    suite_expect(suite, "a", "onetwoone");
}

static void many_parts_are_one_append(void **state)
{
    const struct io_suite *suite = *state;
    enum {
        PARTS = 1500, /* more than one system call takes */
        PART_BYTES = 301,
    };
    struct ct_part *parts = ct_alloc_zeroed(suite->io->allocator, PARTS, sizeof *parts);
    char *bytes = ct_alloc_zeroed(suite->io->allocator, PARTS, PART_BYTES);
    for (size_t i = 0; i < PARTS; i++) {
        memset(bytes + i * PART_BYTES, (int)('a' + i % 26), PART_BYTES);
        parts[i] = (struct ct_part){.bytes = bytes + i * PART_BYTES, .len = PART_BYTES};
    }
    struct ct_file *file = suite_create(suite, "many");
    assert_int_equal(suite->io->calls->append(file, parts, PARTS, NULL), CT_OK);
    struct ct_text view;
    assert_int_equal(suite->io->calls->map(file, &view, NULL), CT_OK);
    assert_int_equal(view.len, PARTS * PART_BYTES);
    assert_memory_equal(view.bytes, bytes, view.len);
    suite->io->calls->close(file);
    ct_release(suite->io->allocator, parts);
    ct_release(suite->io->allocator, bytes);
}

static void read_past_the_end_is_corrupt(void **state)
{
    const struct io_suite *suite = *state;
    suite_write(suite, "short", "12345");
    char path[CT_PATH_BYTES_MAX];
    struct ct_file *file = NULL;
    const struct ct_io_calls *calls = suite->io->calls;
    assert_int_equal(calls->open(suite->io, suite_path(suite, "short", path), &file, NULL), CT_OK);
    char got[8];
    struct ct_error err;
    assert_int_equal(calls->read_at(file, 2, got, 4, &err), CT_CORRUPT);
    assert_non_null(strstr(err.file, "short"));
    assert_int_equal(calls->read_at(file, 6, got, 1, NULL), CT_CORRUPT);
    assert_int_equal(calls->read_at(file, 5, got, 0, NULL), CT_OK);
    assert_int_equal(calls->read_at(file, 0, got, 5, NULL), CT_OK);
    calls->close(file);
    calls->close(NULL);
}

static void open_and_remove_of_nothing_are_not_found(void **state)
{
    const struct io_suite *suite = *state;
    const struct ct_io_calls *calls = suite->io->calls;
    char path[CT_PATH_BYTES_MAX];
    char inside[CT_PATH_BYTES_MAX];
    struct ct_file *file = NULL;
    struct ct_names names = {0};
    struct ct_error err;
    suite_path(suite, "nothing", path);
    suite_path(suite, "nothing/inside", inside);
    assert_int_equal(calls->open(suite->io, path, &file, &err), CT_NOT_FOUND);
    assert_non_null(strstr(err.file, "nothing"));
    assert_int_equal(calls->remove(suite->io, path, NULL), CT_NOT_FOUND);
    assert_int_equal(calls->rename(suite->io, path, inside, NULL), CT_NOT_FOUND);
    assert_int_equal(calls->create(suite->io, inside, &file, NULL), CT_NOT_FOUND);
    assert_int_equal(calls->make_folder(suite->io, inside, NULL), CT_NOT_FOUND);
    assert_int_equal(calls->sync_folder(suite->io, path, NULL), CT_NOT_FOUND);
    assert_int_equal(calls->list(suite->io, path, &names, NULL), CT_NOT_FOUND);
    assert_null(file);
}

static void a_folder_is_no_file(void **state)
{
    const struct io_suite *suite = *state;
    const struct ct_io_calls *calls = suite->io->calls;
    struct ct_file *file = NULL;
    char path[CT_PATH_BYTES_MAX];
    char inside[CT_PATH_BYTES_MAX];
    assert_int_equal(calls->open(suite->io, suite->folder, &file, NULL), CT_IO);
    assert_int_equal(calls->remove(suite->io, suite->folder, NULL), CT_IO);
    suite_write(suite, "file", "");
    suite_path(suite, "file", path);
    suite_path(suite, "file/inside", inside);
    assert_int_equal(calls->create(suite->io, inside, &file, NULL), CT_IO);
    assert_int_equal(calls->sync_folder(suite->io, path, NULL), CT_IO);
}

static void names_are_made_once(void **state)
{
    const struct io_suite *suite = *state;
    const struct ct_io_calls *calls = suite->io->calls;
    suite_write(suite, "once", "x");
    char path[CT_PATH_BYTES_MAX];
    struct ct_file *file = NULL;
    suite_path(suite, "once", path);
    assert_int_equal(calls->create(suite->io, path, &file, NULL), CT_EXISTS);
    assert_int_equal(calls->make_folder(suite->io, path, NULL), CT_EXISTS);
    assert_int_equal(calls->make_folder(suite->io, suite->folder, NULL), CT_EXISTS);
    suite_expect(suite, "once", "x");
}

static void rename_replaces_and_remove_removes(void **state)
{
    const struct io_suite *suite = *state;
    const struct ct_io_calls *calls = suite->io->calls;
    suite_write(suite, "new", "new text");
    suite_write(suite, "old", "old");
    char from[CT_PATH_BYTES_MAX];
    char to[CT_PATH_BYTES_MAX];
    suite_path(suite, "new", from);
    suite_path(suite, "old", to);
    assert_int_equal(calls->rename(suite->io, from, to, NULL), CT_OK);
    suite_expect(suite, "old", "new text");
    assert_int_equal(calls->rename(suite->io, from, to, NULL), CT_NOT_FOUND);
    assert_int_equal(calls->rename(suite->io, to, to, NULL), CT_OK);
    assert_int_equal(calls->sync_folder(suite->io, suite->folder, NULL), CT_OK);
    assert_int_equal(calls->remove(suite->io, to, NULL), CT_OK);
    struct ct_file *file = NULL;
    assert_int_equal(calls->open(suite->io, to, &file, NULL), CT_NOT_FOUND);
}

static void list_is_sorted_and_of_one_folder(void **state)
{
    const struct io_suite *suite = *state;
    char path[CT_PATH_BYTES_MAX];
    suite_write(suite, "b", "");
    suite_write(suite, "sub-x", "");
    suite_write(suite, "a", "");
    assert_int_equal(suite->io->calls->make_folder(suite->io, suite_path(suite, "sub", path), NULL),
                     CT_OK);
    suite_write(suite, "sub/inner", "");
    suite_write(suite, "sub.tmp", "");
    static const char *const expected[] = {"a", "b", "sub", "sub-x", "sub.tmp"};
    struct ct_names names = {0};
    assert_int_equal(suite->io->calls->list(suite->io, suite->folder, &names, NULL), CT_OK);
    assert_int_equal(names.count, CT_COUNT_OF(expected));
    for (size_t i = 0; i < names.count; i++)
        assert_string_equal(names.name[i], expected[i]);
    ct_names_release(suite->io, &names);
    assert_int_equal(suite->io->calls->list(suite->io, path, &names, NULL), CT_OK);
    assert_int_equal(names.count, 1);
    assert_string_equal(names.name[0], "inner");
    ct_names_release(suite->io, &names);
}

static void views_outlive_growth_and_removal(void **state)
{
    const struct io_suite *suite = *state;
    const struct ct_io_calls *calls = suite->io->calls;
    struct ct_file *writer = suite_create(suite, "grows");
    const struct ct_part part = {.bytes = "0123456789", .len = 10};
    assert_int_equal(calls->append(writer, &part, 1, NULL), CT_OK);
    char path[CT_PATH_BYTES_MAX];
    struct ct_file *file = NULL;
    struct ct_text view;
    suite_path(suite, "grows", path);
    assert_int_equal(calls->open(suite->io, path, &file, NULL), CT_OK);
    assert_int_equal(calls->map(file, &view, NULL), CT_OK);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(calls->append(writer, &part, 1, NULL), CT_OK);
    assert_int_equal(calls->remove(suite->io, path, NULL), CT_OK);
    calls->close(writer);
    assert_int_equal(view.len, 10);
    assert_memory_equal(view.bytes, "0123456789", 10);
    struct ct_text again;
    assert_int_equal(calls->map(file, &again, NULL), CT_OK);
    assert_ptr_equal(again.bytes, view.bytes);
    calls->close(file);
}

static void view_of_an_empty_file_is_null(void **state)
{
    const struct io_suite *suite = *state;
    struct ct_file *file = suite_create(suite, "empty");
    struct ct_text view = {.bytes = "x", .len = 1};
    assert_int_equal(suite->io->calls->map(file, &view, NULL), CT_OK);
    assert_null(view.bytes);
    assert_int_equal(view.len, 0);
    suite->io->calls->close(file);
}

static void lock_shuts_out_a_second_open(void **state)
{
    const struct io_suite *suite = *state;
    const struct ct_io_calls *calls = suite->io->calls;
    char path[CT_PATH_BYTES_MAX];
    struct ct_lock *lock = NULL;
    struct ct_lock *second = NULL;
    suite_path(suite, "LOCK", path);
    for (int i = 0; i < 2; i++) { /* the file is there the second time */
        assert_int_equal(calls->lock(suite->io, path, &lock, NULL), CT_OK);
        assert_int_equal(calls->lock(suite->io, path, &second, NULL), CT_BUSY);
        assert_null(second);
        calls->unlock(lock);
    }
    calls->unlock(NULL);
}

static void replaced_file_holds_the_new_bytes(void **state)
{
    const struct io_suite *suite = *state;
    suite_write(suite, "CURRENT.tmp", "left of a crash");
    for (int i = 0; i < 2; i++) {
        const struct ct_text text = ct_text_of(i == 0 ? "first" : "second");
        assert_int_equal(ct_replace_file(suite->io, suite->folder, "CURRENT", text, NULL), CT_OK);
        suite_expect(suite, "CURRENT", text.bytes);
    }
    struct ct_names names = {0};
    assert_int_equal(suite->io->calls->list(suite->io, suite->folder, &names, NULL), CT_OK);
    assert_int_equal(names.count, 1);
    ct_names_release(suite->io, &names);
}

static void a_file_past_the_limit_is_refused(void **state)
{
    const struct io_suite *suite = *state;
    suite_write(suite, "big", "123456");
    char path[CT_PATH_BYTES_MAX];
    char *bytes = NULL;
    size_t len = 0;
    suite_path(suite, "big", path);
    assert_int_equal(ct_read_file(suite->io, path, 5, &bytes, &len, NULL), CT_LIMIT);
    assert_null(bytes);
    assert_int_equal(ct_read_file(suite->io, path, 6, &bytes, &len, NULL), CT_OK);
    assert_int_equal(len, 6);
    ct_release(suite->io->allocator, bytes);
}

static void there_is_room_below_a_folder(void **state)
{
    const struct io_suite *suite = *state;
    uint64_t free_bytes = 0;
    assert_int_equal(suite->io->calls->free_bytes(suite->io, suite->folder, &free_bytes, NULL),
                     CT_OK);
    assert_true(free_bytes > 0);
}

struct suite_writer {
    const struct io_suite *suite;
    int number;
    int failed;
};

static void *write_and_read_often(void *context)
{
    struct suite_writer *writer = context;
    struct ct_io *io = writer->suite->io;
    for (int round = 0; round < 50; round++) {
        char name[32];
        char path[CT_PATH_BYTES_MAX];
        char got[6] = "";
        struct ct_file *file = NULL;
        const struct ct_part part = {.bytes = name, .len = 6};
        snprintf(name, sizeof name, "%02d-%03d", writer->number, round);
        if (ct_path_join(path, writer->suite->folder, name, NULL) != CT_OK ||
            io->calls->create(io, path, &file, NULL) != CT_OK ||
            io->calls->append(file, &part, 1, NULL) != CT_OK ||
            io->calls->read_at(file, 0, got, 6, NULL) != CT_OK || memcmp(got, name, 6) != 0 ||
            io->calls->remove(io, path, NULL) != CT_OK)
            writer->failed++;
        io->calls->close(file);
    }
    return NULL;
}

static void threads_use_it_at_once(void **state)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    struct suite_writer writers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        writers[i] = (struct suite_writer){.suite = *state, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_and_read_often, &writers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(writers[i].failed, 0);
    }
}

#define IO_SUITE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define IO_SUITE_TESTS                                                                             \
    IO_SUITE_TEST(appended_parts_are_read_back), IO_SUITE_TEST(many_parts_are_one_append),         \
        IO_SUITE_TEST(read_past_the_end_is_corrupt),                                               \
        IO_SUITE_TEST(open_and_remove_of_nothing_are_not_found),                                   \
        IO_SUITE_TEST(a_folder_is_no_file), IO_SUITE_TEST(names_are_made_once),                    \
        IO_SUITE_TEST(rename_replaces_and_remove_removes),                                         \
        IO_SUITE_TEST(list_is_sorted_and_of_one_folder),                                           \
        IO_SUITE_TEST(views_outlive_growth_and_removal),                                           \
        IO_SUITE_TEST(view_of_an_empty_file_is_null), IO_SUITE_TEST(lock_shuts_out_a_second_open), \
        IO_SUITE_TEST(replaced_file_holds_the_new_bytes),                                          \
        IO_SUITE_TEST(a_file_past_the_limit_is_refused),                                           \
        IO_SUITE_TEST(there_is_room_below_a_folder), IO_SUITE_TEST(threads_use_it_at_once)

#endif
