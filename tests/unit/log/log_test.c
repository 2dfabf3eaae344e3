/* Record files: what is appended is read back; limits; a broken log stays broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log.h"
#include "sim_random.h"

#define PATH "/log"

struct setting {
    struct ct_allocator_counting counting;
    struct ct_io *io;
};

static int setup(void **state)
{
    struct setting *setting = ct_alloc_zeroed(ct_allocator_system(), 1, sizeof *setting);
    ct_allocator_counting_init(&setting->counting, ct_allocator_system(), 0);
    setting->io = ct_io_memory_create(&setting->counting.base);
    *state = setting;
    return setting->io ? 0 : -1;
}

static int teardown(void **state)
{
    struct setting *setting = *state;
    ct_io_memory_destroy(setting->io);
    const bool has_leak = setting->counting.live_blocks != 0;
    ct_release(ct_allocator_system(), setting);
    return has_leak ? -1 : 0;
}

static struct ct_log *create(struct ct_io *io)
{
    struct ct_log *log = NULL;
    assert_int_equal(ct_log_create(io, PATH, CT_LOG_COMMITS, 42, &log, NULL), CT_OK);
    return log;
}

static struct ct_log_reader *open_reader(struct ct_io *io, uint64_t end_offset)
{
    struct ct_log_reader *reader = NULL;
    assert_int_equal(ct_log_reader_open(io, PATH, CT_LOG_COMMITS, end_offset, &reader, NULL),
                     CT_OK);
    return reader;
}

/* Records up to the end of data. */
static size_t count_records(struct ct_io *io, uint64_t end_offset)
{
    struct ct_log_reader *reader = open_reader(io, end_offset);
    struct ct_log_record record;
    size_t count = 0;
    bool found = true;
    while (ct_log_reader_next(reader, &record, &found, NULL) == CT_OK && found)
        count++;
    assert_false(found);
    ct_log_reader_close(reader);
    return count;
}

static ct_status append_text(struct ct_log *log, uint64_t number, const char *text, bool sync)
{
    const struct ct_part part = {.bytes = text, .len = strlen(text)};
    const struct ct_log_entry entry = {
        .number = number, .type = 3, .parts = &part, .part_count = 1};
    return ct_log_append(log, &entry, 1, sync, NULL);
}

static void records_are_read_back_in_order(void **state)
{
    struct setting *setting = *state;
    struct ct_log *log = create(setting->io);
    const struct ct_part parts[] = {{"in ", 3}, {NULL, 0}, {"three ", 6}, {"parts", 5}};
    const struct ct_log_entry group[] = {
        {.number = 1, .type = 7, .parts = parts, .part_count = CT_COUNT_OF(parts)},
        {.number = 1, .type = 65535},
        {.number = UINT64_MAX, .type = 0, .parts = parts, .part_count = 1},
    };
    static const char *const expected[] = {"in three parts", "", "in "};
    assert_int_equal(ct_log_append(log, group, CT_COUNT_OF(group), false, NULL), CT_OK);
    assert_int_equal(ct_log_append(log, NULL, 0, true, NULL), CT_OK);

    struct ct_log_reader *reader = open_reader(setting->io, UINT64_MAX);
    struct ct_log_record record = {0};
    bool found = false;
    uint64_t offset = 32;
    for (size_t i = 0; i < CT_COUNT_OF(group); i++) {
        assert_int_equal(ct_log_reader_next(reader, &record, &found, NULL), CT_OK);
        assert_true(found);
        assert_int_equal(record.number, group[i].number);
        assert_int_equal(record.type, group[i].type);
        assert_true(ct_text_equal(record.payload, ct_text_of(expected[i])));
        assert_int_equal(record.offset, offset);
        offset = record.end_offset;
    }
    assert_int_equal(offset, ct_log_size_bytes(log));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ct_log_reader_next(reader, &record, &found, NULL), CT_OK);
        assert_false(found);
    }
    ct_log_reader_close(reader);
    ct_log_close(log);
}

/* Sizes around the reader's window of 1 MiB, and one of several windows. */
static void payloads_of_all_sizes_pass_the_window(void **state)
{
    struct setting *setting = *state;
    struct ct_log *log = create(setting->io);
    struct sim_random random = sim_random_of(9);
    const size_t largest = ((size_t)5 << 20) + 3;
    char *bytes = ct_alloc(&setting->counting.base, largest);
    for (size_t i = 0; i < largest; i++)
        bytes[i] = (char)sim_random_next(&random);
    size_t len[64];
    for (size_t i = 0; i < CT_COUNT_OF(len); i++) {
        len[i] = i % 16 == 15 ? largest : sim_random_below(&random, (uint64_t)1 << (i % 16 + 7));
        const struct ct_part part = {.bytes = bytes, .len = len[i]};
        const struct ct_log_entry entry = {.number = i, .parts = &part, .part_count = 1};
        assert_int_equal(ct_log_append(log, &entry, 1, i % 3 == 0, NULL), CT_OK);
    }
    ct_log_close(log);
    struct ct_log_reader *reader = open_reader(setting->io, UINT64_MAX);
    for (size_t i = 0; i < CT_COUNT_OF(len); i++) {
        struct ct_log_record record;
        bool found = false;
        assert_int_equal(ct_log_reader_next(reader, &record, &found, NULL), CT_OK);
        assert_true(found);
        assert_true(ct_text_equal(record.payload, (struct ct_text){bytes, len[i]}));
    }
    ct_log_reader_close(reader);
    ct_release(&setting->counting.base, bytes);
}

static void a_payload_past_the_limit_leaves_the_log_whole(void **state)
{
    struct setting *setting = *state;
    struct ct_log *log = create(setting->io);
    /* Never touched: the lengths alone are refused. */
    const struct ct_part parts[] = {{"", CT_LOG_PAYLOAD_BYTES_MAX}, {"", 1}, {"", SIZE_MAX}};
    const struct ct_log_entry over = {.number = 1, .parts = parts, .part_count = 2};
    const struct ct_log_entry wraps = {.number = 1, .parts = parts + 1, .part_count = 2};
    assert_int_equal(ct_log_append(log, &over, 1, true, NULL), CT_LIMIT);
    assert_int_equal(ct_log_append(log, &wraps, 1, true, NULL), CT_LIMIT);
    assert_int_equal(append_text(log, 1, "small", true), CT_OK);
    ct_log_close(log);
    assert_int_equal(count_records(setting->io, UINT64_MAX), 1);
}

static void a_log_is_created_once(void **state)
{
    struct setting *setting = *state;
    ct_log_close(create(setting->io));
    struct ct_log *log = NULL;
    assert_int_equal(ct_log_create(setting->io, PATH, CT_LOG_COMMITS, 1, &log, NULL), CT_EXISTS);
    assert_null(log);
    ct_log_close(NULL);
    assert_int_equal(count_records(setting->io, UINT64_MAX), 0);
}

static void a_lone_header_of_another_kind_is_a_torn_file(void **state)
{
    struct setting *setting = *state;
    ct_log_close(create(setting->io));
    struct ct_log_reader *reader = NULL;
    assert_int_equal(
        ct_log_reader_open(setting->io, PATH, CT_LOG_MANIFEST, UINT64_MAX, &reader, NULL), CT_OK);
    struct ct_log_record record;
    bool found = true;
    assert_int_equal(ct_log_reader_next(reader, &record, &found, NULL), CT_OK);
    assert_false(found);
    ct_log_reader_close(reader);
}

static void a_reader_of_another_kind_refuses(void **state)
{
    struct setting *setting = *state;
    struct ct_log *log = create(setting->io);
    assert_int_equal(append_text(log, 1, "small", true), CT_OK);
    ct_log_close(log);
    struct ct_log_reader *reader = NULL;
    struct ct_error err;
    assert_int_equal(
        ct_log_reader_open(setting->io, PATH, CT_LOG_MANIFEST, UINT64_MAX, &reader, &err),
        CT_FORMAT);
    assert_string_equal(err.file, PATH);
    assert_int_equal(
        ct_log_reader_open(setting->io, "/none", CT_LOG_COMMITS, UINT64_MAX, &reader, NULL),
        CT_NOT_FOUND);
    assert_null(reader);
    ct_log_reader_close(NULL);
}

static void nothing_is_read_past_the_promised_end(void **state)
{
    struct setting *setting = *state;
    struct ct_log *log = create(setting->io);
    uint64_t end[4];
    for (uint64_t i = 0; i < 4; i++) {
        end[i] = ct_log_size_bytes(log);
        assert_int_equal(append_text(log, i, "payload", true), CT_OK);
    }
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(count_records(setting->io, end[i]), i);
    ct_log_close(log);

    struct ct_log_reader *reader = NULL;
    assert_int_equal(
        ct_log_reader_open(setting->io, PATH, CT_LOG_COMMITS, end[3] + 48, &reader, NULL),
        CT_CORRUPT);
    reader = open_reader(setting->io, end[1] + 1); /* no record ends there */
    struct ct_log_record record;
    struct ct_error err;
    bool found = false;
    assert_int_equal(ct_log_reader_next(reader, &record, &found, NULL), CT_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ct_log_reader_next(reader, &record, &found, &err), CT_CORRUPT);
    assert_int_equal(err.offset, end[1]);
    ct_log_reader_close(reader);
}

/* Each allocation limit in turn, while writing and while reading. */
static void failed_allocations_are_reported(void **state)
{
    struct setting *setting = *state;
    struct ct_log *log = create(setting->io);
    setting->counting.limit_bytes = setting->counting.live_bytes + 200;
    assert_int_equal(append_text(log, 1, "needs room for a group", true), CT_NO_MEMORY);
    setting->counting.limit_bytes = 0;
    assert_int_equal(append_text(log, 1, "has room", true), CT_OK);
    ct_log_close(log);

    const size_t live_bytes = setting->counting.live_bytes;
    size_t refused = 0;
    struct ct_log_reader *reader = NULL;
    for (size_t extra = 0; !reader && extra < 4000; extra += 40) {
        setting->counting.limit_bytes = live_bytes + extra;
        const ct_status status =
            ct_log_reader_open(setting->io, PATH, CT_LOG_COMMITS, UINT64_MAX, &reader, NULL);
        assert_int_equal(status, reader ? CT_OK : CT_NO_MEMORY);
        assert_true(reader || setting->counting.live_bytes == live_bytes);
        refused += !reader;
    }
    assert_non_null(reader);
    ct_log_reader_close(reader);
    assert_true(refused > 3); /* the reader, its file, its window */
    setting->counting.limit_bytes = 0;
    assert_int_equal(count_records(setting->io, UINT64_MAX), 1);
}

#define WITH_IO(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_IO(records_are_read_back_in_order),
        WITH_IO(payloads_of_all_sizes_pass_the_window),
        WITH_IO(a_payload_past_the_limit_leaves_the_log_whole),
        WITH_IO(a_log_is_created_once),
        WITH_IO(a_lone_header_of_another_kind_is_a_torn_file),
        WITH_IO(a_reader_of_another_kind_refuses),
        WITH_IO(nothing_is_read_past_the_promised_end),
        WITH_IO(failed_allocations_are_reported),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
