/* Random histories of record files that end in a power cut. What must hold after each:
 *   1. every record that was acknowledged as durable is read back, whole and in order;
 *   2. what is read is a prefix of what was appended;
 *   3. the cut alone never looks like damage.
 * That the histories would find a bug is shown by planting some: a sync that does nothing, a folder
 * sync that does nothing, a reader that checks no checksum. The reader of this file is written from
 * engine/FORMAT.md and shares no code with the product's; with checksums on, both must agree.
 *
 *     log_power_cut_test SEED [sync | folder | checksum]    replays one history, and says what it
 * does */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "bytes.h"
#include "log.h"
#include "sim_io.h"
#include "sim_random.h"

#define HISTORIES         8000
#define PLANTED_HISTORIES 1000

#define FOLDER            "/store"
#define FILES_MAX         3
#define GROUPS_MAX        10
#define GROUP_RECORDS_MAX 4
#define PAYLOAD_BYTES_MAX 1800
#define FILE_BYTES_MAX    ((size_t)1 << 20)

enum bug {
    BUG_NONE,
    BUG_SYNC,
    BUG_FOLDER_SYNC,
    BUG_CHECKSUM,
};

/* What the writer knows of one file when the power goes. */
struct story {
    char path[32];
    size_t given;   /* records handed to append */
    size_t durable; /* of these, acknowledged as such */
    bool is_name_durable;
    bool is_removed;
};

struct history {
    uint64_t seed;
    struct sim_io *sim;
    struct ct_io *io;
    struct sim_random random;
    struct story files[FILES_MAX];
    size_t file_count;
    struct ct_log *log;    /* open when the power goes, or NULL */
    const char *violation; /* NULL: none found */
    size_t violation_file;
};

/* What a reader found in one file: records up to the first that is not what was written there. */
struct reading {
    ct_status status;
    size_t count;
    bool is_wrong; /* a record that was never written, or not here */
    struct ct_error err;
};

static void violate(struct history *h, const char *what, size_t file)
{
    if (!h->violation) {
        h->violation = what;
        h->violation_file = file;
    }
}

/* -- What is written -------------------------------------------------------------------------- */

struct content {
    uint16_t type;
    size_t len;
    char bytes[PAYLOAD_BYTES_MAX];
};

static void content_of(uint64_t seed, size_t file, size_t record, struct content *out)
{
    struct sim_random random = sim_random_of(seed * 31 + file * 1009 + record);
    const size_t cap = sim_random_chance(&random, 3) ? PAYLOAD_BYTES_MAX : 60;
    out->type = (uint16_t)sim_random_below(&random, 9);
    out->len = (size_t)sim_random_below(&random, cap + 1);
    for (size_t i = 0; i < out->len; i++)
        out->bytes[i] = (char)sim_random_next(&random);
}

static bool is_as_written(uint64_t seed, size_t file, size_t record,
                          const struct ct_log_record *found)
{
    struct content expected;
    content_of(seed, file, record, &expected);
    return found->number == record + 1 && found->type == expected.type &&
           ct_text_equal(found->payload, (struct ct_text){expected.bytes, expected.len});
}

static ct_status append_group(struct history *h, size_t count, bool sync)
{
    struct content contents[GROUP_RECORDS_MAX];
    struct ct_part parts[GROUP_RECORDS_MAX][2];
    struct ct_log_entry entries[GROUP_RECORDS_MAX];
    const size_t file = h->file_count - 1;
    struct story *story = &h->files[file];
    for (size_t i = 0; i < count; i++) {
        content_of(h->seed, file, story->given + i, &contents[i]);
        const size_t half = contents[i].len / 2;
        parts[i][0] = (struct ct_part){contents[i].bytes, half};
        parts[i][1] = (struct ct_part){contents[i].bytes + half, contents[i].len - half};
        entries[i] = (struct ct_log_entry){.number = story->given + i + 1,
                                           .type = contents[i].type,
                                           .parts = parts[i],
                                           .part_count = 2};
    }
    story->given += count; /* a failed append may leave any of it */
    return ct_log_append(h->log, entries, count, sync, NULL);
}

/* False when the log is broken. */
static bool write_group(struct history *h)
{
    struct story *story = &h->files[h->file_count - 1];
    const bool sync = sim_random_chance(&h->random, 2);
    const size_t count = 1 + (size_t)sim_random_below(&h->random, GROUP_RECORDS_MAX);
    const size_t given = story->given;
    ct_status status = append_group(h, count, sync);
    if (status == CT_OK && sync)
        story->durable = story->given;
    if (status == CT_OK && sim_random_chance(&h->random, 5)) {
        status = ct_log_sync(h->log, NULL);
        if (status == CT_OK)
            story->durable = story->given;
    }
    if (status == CT_OK)
        return true;
    if (ct_log_append(h->log, NULL, 0, true, NULL) != CT_READ_ONLY ||
        ct_log_sync(h->log, NULL) != CT_READ_ONLY)
        violate(h, "a broken log went on", h->file_count - 1);
    CT_ASSERT(story->given == given + count);
    return false;
}

static void write_file(struct history *h)
{
    struct story *story = &h->files[h->file_count++];
    snprintf(story->path, sizeof story->path, FOLDER "/%010zu.log", h->file_count);
    if (ct_log_create(h->io, story->path, CT_LOG_COMMITS, h->seed + h->file_count, &h->log, NULL) !=
        CT_OK)
        return;
    if (h->io->calls->sync_folder(h->io, FOLDER, NULL) != CT_OK)
        return; /* an engine would not rely on the file */
    story->is_name_durable = true;
    const uint64_t group_count = sim_random_below(&h->random, GROUPS_MAX + 1);
    for (uint64_t i = 0; i < group_count; i++)
        if (!write_group(h))
            return;
}

static void plan_fault(struct history *h)
{
    if (sim_random_chance(&h->random, 2))
        return;
    const uint64_t at_call = sim_io_call_count(h->sim) + 1 + sim_random_below(&h->random, 40);
    const ct_status code = sim_random_chance(&h->random, 3) ? CT_DISK_FULL : CT_IO;
    sim_io_fail_at(h->sim, at_call, code, sim_random_chance(&h->random, 2));
}

static void live_until_the_cut(struct history *h)
{
    const size_t file_count = 1 + (size_t)sim_random_below(&h->random, FILES_MAX);
    for (size_t i = 0; i < file_count; i++) {
        if (h->log)
            ct_log_close(h->log);
        h->log = NULL;
        if (i > 0 && sim_random_chance(&h->random, 3)) { /* its blocks may come back in another */
            h->files[i - 1].is_removed = true;
            (void)h->io->calls->remove(h->io, h->files[i - 1].path, NULL);
        }
        write_file(h);
    }
    if (sim_random_chance(&h->random, 3)) {
        ct_log_close(h->log);
        h->log = NULL;
    }
}

/* -- The product's reader, and one from the document ------------------------------------------ */

static struct reading read_with_product(const struct history *h, size_t file)
{
    struct reading reading = {0};
    struct ct_log_reader *reader = NULL;
    reading.status = ct_log_reader_open(h->io, h->files[file].path, CT_LOG_COMMITS, UINT64_MAX,
                                        &reader, &reading.err);
    if (reading.status != CT_OK)
        return reading;
    struct ct_log_record record;
    bool found = false;
    for (;;) {
        reading.status = ct_log_reader_next(reader, &record, &found, &reading.err);
        if (reading.status != CT_OK || !found)
            break;
        reading.is_wrong = !is_as_written(h->seed, file, reading.count, &record);
        if (reading.is_wrong)
            break;
        reading.count++;
    }
    ct_log_reader_close(reader);
    return reading;
}

/* FORMAT.md section 3. The checks of checksums can be left out: a planted bug. */
static bool is_header_sound(const char *bytes, size_t len, bool checks)
{
    if (len < 32)
        return false;
    return !checks || (memcmp(bytes,
                              "\x89"
                              "centr\r\n",
                              8) == 0 &&
                       ct_load64(bytes + 24) == XXH3_64bits(bytes, 24));
}

static bool is_record_sound(const char *bytes, size_t len, uint64_t at, uint64_t salt, bool checks)
{
    if (len - at < 40)
        return false;
    char header[40];
    memcpy(header, bytes + at, sizeof header);
    const uint32_t payload_len = ct_load32(header + 24);
    if (payload_len > len - at - sizeof header)
        return false;
    if (!checks)
        return true;
    ct_store64(header, at);
    return ct_load64(bytes + at) == XXH3_64bits_withSeed(header, sizeof header, salt) &&
           ct_load64(header + 32) ==
               XXH3_64bits_withSeed(bytes + at + sizeof header, payload_len, salt);
}

static struct reading read_by_document(const struct history *h, size_t file, bool checks)
{
    struct reading reading = {0};
    char *bytes = NULL;
    size_t len = 0;
    reading.status =
        ct_read_file(h->io, h->files[file].path, FILE_BYTES_MAX, &bytes, &len, &reading.err);
    if (reading.status != CT_OK)
        return reading;
    uint64_t at = 32;
    const bool is_sound = is_header_sound(bytes, len, checks);
    const uint64_t salt = is_sound ? ct_load64(bytes + 16) : 0;
    while (is_sound && !reading.is_wrong && is_record_sound(bytes, len, at, salt, checks)) {
        const struct ct_log_record record = {
            .number = ct_load64(bytes + at + 16),
            .type = ct_load16(bytes + at + 28),
            .payload = {.bytes = bytes + at + 40, .len = ct_load32(bytes + at + 24)},
        };
        reading.is_wrong = !is_as_written(h->seed, file, reading.count, &record);
        reading.count += !reading.is_wrong;
        at += 40 + record.payload.len;
    }
    ct_release(h->io->allocator, bytes);
    return reading;
}

/* -- After the cut ---------------------------------------------------------------------------- */

static void check_file(struct history *h, size_t file, enum bug bug)
{
    const struct story *story = &h->files[file];
    if (story->is_removed)
        return;
    const struct reading found =
        bug == BUG_CHECKSUM ? read_by_document(h, file, false) : read_with_product(h, file);
    if (found.status == CT_NOT_FOUND) {
        if (story->is_name_durable)
            violate(h, "a file whose name was durable is gone", file);
        return;
    }
    if (found.status != CT_OK)
        violate(h, "a power cut looks like damage", file);
    if (found.is_wrong)
        violate(h, "a record was read that was not written there", file);
    if (found.count > story->given)
        violate(h, "more records were read than appended", file);
    if (found.count < story->durable)
        violate(h, "an acknowledged record is lost", file);
    if (bug == BUG_NONE && found.count != read_by_document(h, file, true).count)
        violate(h, "the document's reader reads something else", file);
}

/* A bit flipped later may cost the records after it, but never changes one. */
static void check_flipped_bit(struct history *h)
{
    const size_t file = (size_t)sim_random_below(&h->random, h->file_count);
    const uint64_t bit = sim_random_below(&h->random, 8 * 4096);
    if (!sim_io_flip_bit(h->sim, h->files[file].path, bit))
        return;
    const struct reading found = read_with_product(h, file);
    if (found.is_wrong)
        violate(h, "a flipped bit was read as a record", file);
    if (found.status != CT_OK && found.status != CT_CORRUPT)
        violate(h, "a flipped bit is not reported as damage", file);
}

/* Returns what went wrong, or NULL. `trace` may be NULL. */
static const char *run_history(uint64_t seed, enum bug bug, FILE *trace)
{
    struct ct_allocator_counting counting;
    ct_allocator_counting_init(&counting, ct_allocator_system(), 0);
    struct history h = {.seed = seed, .random = sim_random_of(seed)};
    h.sim = sim_io_create(&counting.base, seed);
    CT_ASSERT(h.sim);
    h.io = sim_io_door(h.sim);
    sim_io_set_trace(h.sim, trace);
    const ct_status made = h.io->calls->make_folder(h.io, FOLDER, NULL);
    const ct_status synced = h.io->calls->sync_folder(h.io, "/", NULL);
    CT_ASSERT(made == CT_OK && synced == CT_OK);
    sim_io_set_lies(h.sim, bug == BUG_SYNC          ? SIM_LIE_SYNC
                           : bug == BUG_FOLDER_SYNC ? SIM_LIE_SYNC_FOLDER
                                                    : 0);
    plan_fault(&h);
    live_until_the_cut(&h);
    sim_io_power_cut(h.sim, sim_random_next(&h.random));
    ct_log_close(h.log);
    for (size_t i = 0; i < h.file_count; i++)
        check_file(&h, i, bug);
    if (bug == BUG_NONE)
        check_flipped_bit(&h);
    if (trace)
        for (size_t i = 0; i < h.file_count; i++)
            fprintf(trace, "%s: %zu records given, %zu durable\n", h.files[i].path,
                    h.files[i].given, h.files[i].durable);
    if (trace && h.violation)
        fprintf(trace, "%s: %s\n", h.files[h.violation_file].path, h.violation);
    sim_io_destroy(h.sim);
    CT_ASSERT(counting.live_blocks == 0);
    return h.violation;
}

static void no_history_loses_or_invents_a_record(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < HISTORIES; seed++) {
        const char *violation = run_history(seed, BUG_NONE, NULL);
        if (violation)
            fail_msg("%s: replay with seed %llu", violation, (unsigned long long)seed);
    }
}

static int count_violations(enum bug bug)
{
    int count = 0;
    for (uint64_t seed = 0; seed < PLANTED_HISTORIES; seed++)
        count += run_history(seed, bug, NULL) != NULL;
    print_message("found in %d of %d histories\n", count, PLANTED_HISTORIES);
    return count;
}

static void a_sync_that_does_nothing_is_found(void **state)
{
    (void)state;
    assert_true(count_violations(BUG_SYNC) > PLANTED_HISTORIES / 4);
}

static void a_folder_sync_that_does_nothing_is_found(void **state)
{
    (void)state;
    assert_true(count_violations(BUG_FOLDER_SYNC) > PLANTED_HISTORIES / 4);
}

static void a_reader_without_checksums_is_found(void **state)
{
    (void)state;
    assert_true(count_violations(BUG_CHECKSUM) > PLANTED_HISTORIES / 50);
}

static int replay(const char *seed_text, const char *bug_text)
{
    const uint64_t seed = strtoull(seed_text, NULL, 10);
    const enum bug bug = strcmp(bug_text, "sync") == 0       ? BUG_SYNC
                         : strcmp(bug_text, "folder") == 0   ? BUG_FOLDER_SYNC
                         : strcmp(bug_text, "checksum") == 0 ? BUG_CHECKSUM
                                                             : BUG_NONE;
    const char *violation = run_history(seed, bug, stdout);
    printf("seed %llu: %s\n", (unsigned long long)seed, violation ? violation : "all is well");
    return violation ? 1 : 0;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return replay(argv[1], argc > 2 ? argv[2] : "");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_history_loses_or_invents_a_record),
        cmocka_unit_test(a_sync_that_does_nothing_is_found),
        cmocka_unit_test(a_folder_sync_that_does_nothing_is_found),
        cmocka_unit_test(a_reader_without_checksums_is_found),
    };
    return cmocka_run_group_tests_name("log_power_cut", tests, NULL, NULL);
}
