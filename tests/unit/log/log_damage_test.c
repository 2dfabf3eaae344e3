/* Record files whose bytes went wrong: every one of them, in every way that matters. The file under
 * test has three synced groups and an unsynced tail of two records, so a reader can know that all
 * before the last synced offset was durable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "log.h"
#include "log_record.h"
#include "sim_random.h"

#define PATH         "/log"
#define SALT         77
#define RECORD_COUNT 8

struct setting {
    struct ct_io *io;
    char *bytes; /* of the whole file */
    size_t len;
    size_t durable_len;             /* what the tail's records say was durable */
    uint64_t end[RECORD_COUNT + 1]; /* end[i]: where record i ends; end[0] is the header's */
    size_t durable_count;
};

static void payload_of(uint64_t number, char *out, size_t *len)
{
    *len = (size_t)snprintf(out, 64, "payload %llu%.*s", (unsigned long long)number,
                            (int)(number * 5), "........................................");
}

static ct_status append(struct ct_log *log, uint64_t first, size_t count, bool sync)
{
    char text[RECORD_COUNT][64];
    struct ct_part parts[RECORD_COUNT];
    struct ct_log_entry entries[RECORD_COUNT];
    for (size_t i = 0; i < count; i++) {
        size_t len;
        payload_of(first + i, text[i], &len);
        parts[i] = (struct ct_part){.bytes = text[i], .len = len};
        entries[i] = (struct ct_log_entry){
            .number = first + i, .type = 1, .parts = &parts[i], .part_count = 1};
    }
    return ct_log_append(log, entries, count, sync, NULL);
}

static int setup(void **state)
{
    struct setting *setting = ct_alloc_zeroed(ct_allocator_system(), 1, sizeof *setting);
    *state = setting;
    setting->io = ct_io_memory_create(ct_allocator_system());
    struct ct_log *log = NULL;
    assert_int_equal(ct_log_create(setting->io, PATH, CT_LOG_COMMITS, SALT, &log, NULL), CT_OK);
    assert_int_equal(append(log, 1, 1, true), CT_OK);
    assert_int_equal(append(log, 2, 3, true), CT_OK);
    assert_int_equal(append(log, 5, 2, true), CT_OK);
    setting->durable_len = (size_t)ct_log_size_bytes(log);
    setting->durable_count = 6;
    assert_int_equal(append(log, 7, 2, false), CT_OK);
    ct_log_close(log);
    assert_int_equal(ct_read_file(setting->io, PATH, 4096, &setting->bytes, &setting->len, NULL),
                     CT_OK);
    setting->end[0] = 32;
    for (uint64_t i = 1; i <= RECORD_COUNT; i++) {
        char text[64];
        size_t len;
        payload_of(i, text, &len);
        setting->end[i] = setting->end[i - 1] + 40 + len;
    }
    return setting->end[RECORD_COUNT] == setting->len ? 0 : -1;
}

static int teardown(void **state)
{
    struct setting *setting = *state;
    ct_release(ct_allocator_system(), setting->bytes);
    ct_io_memory_destroy(setting->io);
    ct_release(ct_allocator_system(), setting);
    return 0;
}

/* Reads `len` bytes as a record file. Every record given out must be the one that was written at
 * its place; *count says how many there were before the end or the failure. */
static ct_status read_bytes(const struct setting *setting, const char *bytes, size_t len,
                            uint64_t end_offset, size_t *count, struct ct_error *err)
{
    struct ct_io *io = setting->io;
    *count = 0;
    assert_int_equal(ct_replace_file(io, "/", "tried", (struct ct_text){bytes, len}, NULL), CT_OK);
    struct ct_log_reader *reader = NULL;
    CT_TRY(ct_log_reader_open(io, "/tried", CT_LOG_COMMITS, end_offset, &reader, err));
    struct ct_log_record record;
    bool found = false;
    ct_status status = CT_OK;
    while ((status = ct_log_reader_next(reader, &record, &found, err)) == CT_OK && found) {
        char text[64];
        size_t text_len;
        ++*count;
        payload_of(*count, text, &text_len);
        assert_int_equal(record.number, *count);
        assert_int_equal(record.end_offset, setting->end[*count]);
        assert_true(ct_text_equal(record.payload, (struct ct_text){text, text_len}));
    }
    ct_log_reader_close(reader);
    return status;
}

static size_t records_before(const struct setting *setting, size_t offset)
{
    size_t count = 0;
    while (count < RECORD_COUNT && setting->end[count + 1] <= offset)
        count++;
    return count;
}

/* All 255 wrong values of every byte. */
static void every_wrong_byte_is_corrupt_or_a_clean_end(void **state)
{
    struct setting *setting = *state;
    for (size_t at = 0; at < setting->len; at++) {
        for (unsigned mask = 1; mask < 256; mask++) {
            setting->bytes[at] ^= (char)mask;
            size_t count = 0;
            struct ct_error err = {0};
            const ct_status status =
                read_bytes(setting, setting->bytes, setting->len, UINT64_MAX, &count, &err);
            setting->bytes[at] ^= (char)mask;
            assert_int_equal(status, at < setting->durable_len ? CT_CORRUPT : CT_OK);
            assert_int_equal(count, at < 32 ? 0 : records_before(setting, at));
            if (status == CT_CORRUPT) {
                assert_string_equal(err.file, "/tried");
                assert_int_equal(err.offset, at < 32 ? 0 : setting->end[count]);
            }
        }
    }
}

/* Zeros or noise over a run of bytes: as a lost page, or a torn one. */
static void wiped_runs_are_corrupt_or_a_clean_end(void **state)
{
    struct setting *setting = *state;
    struct sim_random random = sim_random_of(3);
    char *bytes = ct_alloc(ct_allocator_system(), setting->len);
    for (int round = 0; round < 4000; round++) {
        size_t start = (size_t)sim_random_below(&random, setting->len - 1);
        const size_t end = start + 1 + (size_t)sim_random_below(&random, setting->len - start);
        memcpy(bytes, setting->bytes, setting->len);
        for (size_t i = start; i < end; i++)
            bytes[i] = round % 2 ? 0 : (char)sim_random_next(&random);
        while (start < end && bytes[start] == setting->bytes[start])
            start++; /* what was zero before is not wiped */
        if (start == end)
            continue;
        size_t count = 0;
        const ct_status status = read_bytes(setting, bytes, setting->len, UINT64_MAX, &count, NULL);
        assert_true(count <= RECORD_COUNT);
        /* Proof is left only where a header of the tail is. */
        const bool has_proof = end <= setting->end[RECORD_COUNT - 1];
        if (start < 32 || (has_proof && start < setting->durable_len))
            assert_int_equal(status, CT_CORRUPT);
        else if (start >= setting->durable_len)
            assert_int_equal(status, CT_OK);
    }
    ct_release(ct_allocator_system(), bytes);
}

static void every_truncation_is_a_clean_prefix(void **state)
{
    struct setting *setting = *state;
    for (size_t len = 0; len <= setting->len; len++) {
        size_t count = 0;
        assert_int_equal(read_bytes(setting, setting->bytes, len, UINT64_MAX, &count, NULL), CT_OK);
        assert_int_equal(count, records_before(setting, len));
    }
}

static void a_promised_end_makes_every_truncation_and_tail_damage_corrupt(void **state)
{
    struct setting *setting = *state;
    size_t count = 0;
    for (size_t len = 0; len < setting->len; len++)
        assert_int_equal(read_bytes(setting, setting->bytes, len, setting->len, &count, NULL),
                         CT_CORRUPT);
    for (size_t at = 0; at < setting->len; at++) {
        setting->bytes[at] ^= 0x10;
        assert_int_equal(
            read_bytes(setting, setting->bytes, setting->len, setting->len, &count, NULL),
            CT_CORRUPT);
        setting->bytes[at] ^= 0x10;
    }
    assert_int_equal(read_bytes(setting, setting->bytes, setting->len, setting->len, &count, NULL),
                     CT_OK);
    assert_int_equal(count, RECORD_COUNT);
}

/* The proof stands two of the reader's windows after the damage, at every place about their seam.
 */
static void damage_is_told_from_a_torn_tail_far_away(void **state)
{
    struct setting *setting = *state;
    const size_t seam = 33 + 2 * (((size_t)1 << 20) - LOG_HEADER_BYTES + 1);
    char *noise = ct_alloc(ct_allocator_system(), seam);
    struct sim_random random = sim_random_of(4);
    for (size_t i = 0; i < seam; i++)
        noise[i] = (char)sim_random_next(&random);
    for (size_t before = 0; before <= 60; before += 3) {
        const struct ct_part part = {.bytes = noise, .len = seam + 10 - before - 72};
        const struct ct_log_entry entry = {.number = 1, .parts = &part, .part_count = 1};
        struct ct_log *log = NULL;
        assert_int_equal(ct_log_create(setting->io, "/big", CT_LOG_COMMITS, SALT, &log, NULL),
                         CT_OK);
        assert_int_equal(ct_log_append(log, &entry, 1, true, NULL), CT_OK);
        const size_t proof_at = (size_t)ct_log_size_bytes(log);
        assert_int_equal(append(log, 2, 1, false), CT_OK);
        ct_log_close(log);
        char *bytes = NULL;
        size_t len = 0;
        size_t count = 0;
        assert_int_equal(ct_read_file(setting->io, "/big", 2 * seam, &bytes, &len, NULL), CT_OK);
        bytes[1000] ^= 1;
        assert_int_equal(read_bytes(setting, bytes, len, UINT64_MAX, &count, NULL), CT_CORRUPT);
        assert_int_equal(
            read_bytes(setting, bytes, proof_at + LOG_HEADER_BYTES - 1, UINT64_MAX, &count, NULL),
            CT_OK);
        ct_release(ct_allocator_system(), bytes);
        assert_int_equal(setting->io->calls->remove(setting->io, "/big", NULL), CT_OK);
    }
    ct_release(ct_allocator_system(), noise);
}

/* The same records of an older file, at the same offsets, and this file's own at others. */
static void old_bytes_never_validate(void **state)
{
    struct setting *setting = *state;
    struct ct_log *log = NULL;
    assert_int_equal(ct_log_create(setting->io, "/old", CT_LOG_COMMITS, SALT - 1, &log, NULL),
                     CT_OK);
    assert_int_equal(append(log, 1, RECORD_COUNT, true), CT_OK);
    ct_log_close(log);
    char *old = NULL;
    size_t len = 0;
    assert_int_equal(ct_read_file(setting->io, "/old", 4096, &old, &len, NULL), CT_OK);
    assert_int_equal(len, setting->len);
    for (size_t from = 0; from <= RECORD_COUNT; from++) {
        /* New up to a record's end, then the old file's bytes, as if its blocks had been reused. */
        memcpy(old, setting->bytes, (size_t)setting->end[from]);
        size_t count = 0;
        assert_int_equal(read_bytes(setting, old, len, UINT64_MAX, &count, NULL), CT_OK);
        assert_int_equal(count, from);
    }
    /* Record 3 once more where record 4 belongs. */
    memcpy(old, setting->bytes, (size_t)setting->end[3]);
    const size_t record_len = (size_t)(setting->end[3] - setting->end[2]);
    memcpy(old + setting->end[3], setting->bytes + setting->end[2], record_len);
    size_t count = 0;
    assert_int_equal(
        read_bytes(setting, old, (size_t)setting->end[3] + record_len, UINT64_MAX, &count, NULL),
        CT_OK);
    assert_int_equal(count, 3);
    ct_release(ct_allocator_system(), old);
}

static void a_header_cut_off_by_a_crash_is_an_empty_file(void **state)
{
    struct setting *setting = *state;
    char zeros[33] = {0};
    size_t count = 0;
    for (size_t len = 0; len <= 32; len++)
        assert_int_equal(read_bytes(setting, zeros, len, UINT64_MAX, &count, NULL), CT_OK);
    assert_int_equal(count, 0);
    assert_int_equal(read_bytes(setting, zeros, 33, UINT64_MAX, &count, NULL), CT_CORRUPT);
}

static void a_newer_version_is_refused_as_such(void **state)
{
    struct setting *setting = *state;
    uint8_t header[LOG_FILE_HEADER_BYTES];
    log_file_header_encode(header, CT_LOG_COMMITS, SALT);
    assert_memory_equal(header, setting->bytes, sizeof header);
    /* Made by hand: the version, and the checksum that such a program would write. */
    static const uint8_t version_2[LOG_FILE_HEADER_BYTES] = {
        0x89, 0x63, 0x65, 0x6e, 0x74, 0x72, 0x0d, 0x0a, 0x02, 0x00, 0x01,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x4d, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0xf3, 0x43, 0x65, 0x89, 0xdd, 0xf0, 0x98, 0x69};
    size_t count = 0;
    struct ct_error err;
    assert_int_equal(
        read_bytes(setting, (const char *)version_2, sizeof version_2, UINT64_MAX, &count, &err),
        CT_FORMAT);
    assert_non_null(strstr(err.text, "version 2"));
}

/* A length is believed only where the file can hold it: no such memory is ever asked for. */
static void a_header_that_promises_too_much_costs_nothing(void **state)
{
    struct setting *setting = *state;
    const uint32_t lens[] = {1, 100, 1u << 28, (1u << 28) + 1, UINT32_MAX};
    for (size_t i = 0; i < CT_COUNT_OF(lens); i++) {
        uint8_t bytes[LOG_FILE_HEADER_BYTES + LOG_HEADER_BYTES];
        const struct log_header header = {.durable_before = 32, .payload_len = lens[i]};
        log_file_header_encode(bytes, CT_LOG_COMMITS, SALT);
        log_header_encode(bytes + 32, &header, SALT, 32);
        struct ct_allocator_counting counting;
        ct_allocator_counting_init(&counting, ct_allocator_system(), (size_t)1 << 21);
        struct ct_io *io = ct_io_memory_create(&counting.base);
        const struct ct_text text = {(const char *)bytes, sizeof bytes};
        assert_int_equal(ct_replace_file(io, "/", "a", text, NULL), CT_OK);
        struct ct_log_reader *reader = NULL;
        struct ct_log_record record;
        bool found = true;
        assert_int_equal(ct_log_reader_open(io, "/a", CT_LOG_COMMITS, UINT64_MAX, &reader, NULL),
                         CT_OK);
        assert_int_equal(ct_log_reader_next(reader, &record, &found, NULL), CT_OK);
        assert_false(found);
        ct_log_reader_close(reader);
        ct_io_memory_destroy(io);
        assert_int_equal(counting.live_blocks, 0);
    }
    (void)setting;
}

/* Valid checksums, but an order that no writer makes. */
static void numbers_that_go_back_are_corrupt(void **state)
{
    struct setting *setting = *state;
    uint8_t bytes[LOG_FILE_HEADER_BYTES + 2 * LOG_HEADER_BYTES];
    struct log_header header = {
        .durable_before = 32, .number = 2, .payload_checksum = log_payload_checksum(NULL, 0, SALT)};
    log_file_header_encode(bytes, CT_LOG_COMMITS, SALT);
    log_header_encode(bytes + 32, &header, SALT, 32);
    header.number = 1;
    log_header_encode(bytes + 72, &header, SALT, 72);
    const struct ct_text text = {(const char *)bytes, sizeof bytes};
    assert_int_equal(ct_replace_file(setting->io, "/", "back", text, NULL), CT_OK);
    struct ct_log_reader *reader = NULL;
    struct ct_log_record record;
    bool found = false;
    assert_int_equal(
        ct_log_reader_open(setting->io, "/back", CT_LOG_COMMITS, UINT64_MAX, &reader, NULL), CT_OK);
    assert_int_equal(ct_log_reader_next(reader, &record, &found, NULL), CT_OK);
    assert_true(found);
    assert_int_equal(ct_log_reader_next(reader, &record, &found, NULL), CT_CORRUPT);
    ct_log_reader_close(reader);
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILE(every_wrong_byte_is_corrupt_or_a_clean_end),
        WITH_FILE(wiped_runs_are_corrupt_or_a_clean_end),
        WITH_FILE(every_truncation_is_a_clean_prefix),
        WITH_FILE(a_promised_end_makes_every_truncation_and_tail_damage_corrupt),
        WITH_FILE(damage_is_told_from_a_torn_tail_far_away),
        WITH_FILE(old_bytes_never_validate),
        WITH_FILE(a_header_cut_off_by_a_crash_is_an_empty_file),
        WITH_FILE(a_newer_version_is_refused_as_such),
        WITH_FILE(a_header_that_promises_too_much_costs_nothing),
        WITH_FILE(numbers_that_go_back_are_corrupt),
    };
    return cmocka_run_group_tests_name("log_damage", tests, NULL, NULL);
}
