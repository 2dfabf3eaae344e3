/* Memory runs out at the n-th allocation, for every n: what fails leaves nothing, what is tried
 * again succeeds, and all memory is given back. */
#include "intake_fixture.h"

/* -- Catalog ----------------------------------------------------------------------------------- */

/* One definition of the story, which is different for every step. */
static ct_status define_step(struct ct_catalog *catalog, unsigned step, struct ct_error *err)
{
    char rooms[3][TEXT_ROOM];
    uint32_t number;
    const struct ct_tag tags[] = {
        {numbered(rooms[0], "k", step % 7), numbered(rooms[1], "v", step)},
        {ct_text_of("l"), numbered(rooms[2], "w", step / 3)},
    };
    switch (step % 4) {
    case 0:
        return ct_catalog_define_database(catalog, tags[0].key, &number, err);
    case 1:
        return ct_catalog_define_table(catalog, 0, tags[0].key, NULL, &number, err);
    case 2:
        return ct_catalog_define_field(catalog, 0, tags[0].value, CT_BOOL, false, &number, err);
    default:
        return ct_catalog_define_series(catalog, 0, tags, 2, &number, err);
    }
}

#define STEPS 240

static struct ct_catalog *expected_catalog(void)
{
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    for (unsigned step = 0; step < STEPS; step++)
        assert_int_equal(define_step(catalog, step, NULL), CT_OK);
    return catalog;
}

/* False where no allocation failed. */
static bool catalog_story(struct failing_allocator *failing, struct ct_catalog *expected)
{
    bool has_failed = false;
    struct ct_catalog *catalog = ct_catalog_create(&failing->base, CT_SERIES_MAX);
    if (!catalog)
        return true;
    for (unsigned step = 0; step < STEPS; step++) {
        const uint64_t end = ct_catalog_journal_end(catalog);
        struct ct_error err;
        const ct_status status = define_step(catalog, step, &err);
        if (status == CT_OK)
            continue;
        has_failed = true;
        assert_int_equal(status, CT_NO_MEMORY);
        assert_int_equal(err.code, CT_NO_MEMORY);
        assert_int_equal(ct_catalog_journal_end(catalog), end);
        assert_int_equal(define_step(catalog, step, NULL), CT_OK);
    }
    expect_same(expected, catalog);
    failing->fails_at = failing->calls; /* a dump that fails is a dump tried again */
    struct ct_dump_cursor cursor = {0};
    struct stream dump;
    assert_int_equal(ct_catalog_dump(catalog, &cursor, &dump.bytes, &dump.len, NULL), CT_NO_MEMORY);
    dump = dump_with(catalog, &failing->base);
    struct stream journal = journal_of(catalog, 0, ct_catalog_journal_end(catalog));
    struct ct_catalog *again = catalog_of(CT_SERIES_MAX);
    assert_int_equal(ct_catalog_apply(again, journal.bytes, journal.len, NULL), CT_OK);
    assert_int_equal(ct_catalog_apply(again, dump.bytes, dump.len, NULL), CT_OK);
    expect_same(expected, again);
    ct_catalog_destroy(again);
    ct_release(&failing->base, journal.bytes);
    stream_release(&dump);
    ct_catalog_destroy(catalog);
    return has_failed;
}

static void a_catalog_survives_every_failed_allocation(void **state)
{
    (void)state;
    struct ct_catalog *expected = expected_catalog();
    uint64_t n = 0;
    for (bool has_failed = true; has_failed; n++) {
        struct failing_allocator failing;
        failing_init(&failing);
        failing.fails_at = n;
        has_failed = catalog_story(&failing, expected);
        assert_int_equal(failing.counting.live_blocks, 0);
    }
    assert_true(n > 50);
    ct_catalog_destroy(expected);
}

/* -- Applying ---------------------------------------------------------------------------------- */

static void applying_again_completes_what_memory_cut_short(void **state)
{
    (void)state;
    struct ct_catalog *expected = expected_catalog();
    struct stream dump = dump_of(expected);
    ct_status status = CT_NO_MEMORY;
    for (uint64_t n = 2; status != CT_OK; n++) {
        struct failing_allocator failing;
        failing_init(&failing);
        failing.fails_at = n;
        struct ct_catalog *catalog = ct_catalog_create(&failing.base, CT_SERIES_MAX);
        status = ct_catalog_apply(catalog, dump.bytes, dump.len, NULL);
        assert_true(status == CT_OK || status == CT_NO_MEMORY);
        assert_int_equal(ct_catalog_apply(catalog, dump.bytes, dump.len, NULL), CT_OK);
        expect_same(expected, catalog);
        ct_catalog_destroy(catalog);
        assert_int_equal(failing.counting.live_blocks, 0);
    }
    stream_release(&dump);
    ct_catalog_destroy(expected);
}

/* -- Intake ------------------------------------------------------------------------------------ */

#define BATCH_ROWS 300

static ct_status try_row(struct ct_intake *intake, unsigned i, struct ct_error *err)
{
    char rooms[3][TEXT_ROOM];
    uint32_t table, series, columns[2];
    const struct ct_tag tag = {ct_text_of("host"), numbered(rooms[0], "h", i / 2)};
    CT_TRY(ct_intake_table(intake, ct_text_of(i % 3 ? "m" : "n"), &table, err));
    CT_TRY(ct_intake_series(intake, table, &tag, 1, &series, err));
    CT_TRY(ct_intake_column(intake, table, ct_text_of("a_usd"), CT_DECIMAL, &columns[0], err));
    CT_TRY(ct_intake_column(intake, table, numbered(rooms[1], "f", i % 20), CT_INT64, &columns[1],
                            err));
    struct ct_row_value values[] = {{.column = columns[0], .is_wide = i > 200},
                                    {.column = columns[1], .int64 = (int64_t)i}};
    if (values[0].is_wide)
        values[0].wide = (ct_int128)i << 70;
    else
        values[0].narrow = (int64_t)i;
    const struct ct_text raw = numbered(rooms[2], "raw", i);
    ct_intake_alias_add(intake, ct_intake_hash(intake, raw.bytes, raw.len), raw.bytes, raw.len,
                        table, series);
    return ct_intake_row(intake, table, series, (int64_t)i, values, 2, err);
}

static void expect_batch_table(const struct ct_intake *intake, uint32_t at)
{
    const struct ct_batch_table *table = &intake->tables[at];
    uint32_t values = 0;
    for (uint32_t c = 0; c < table->column_count; c++) {
        const struct ct_vector vector = ct_batch_vector(&table->columns[c], table->row_count);
        for (uint32_t row = 0; row < table->row_count; row++) {
            if (vector.present && !vector.present[row])
                continue;
            const int64_t i = table->times_ns[row];
            values++;
            if (vector.type == CT_INT64)
                assert_true(vector.int64[row] == i);
            else
                assert_true(vector.wide[row] == (i > 200 ? (ct_int128)i << 70 : i));
        }
    }
    assert_int_equal(values, 2 * table->row_count);
}

static bool try_batch(struct ct_catalog *catalog, struct ct_intake *intake)
{
    bool has_failed = false;
    for (unsigned i = 0; i < BATCH_ROWS; i++) {
        if (try_row(intake, i, NULL) == CT_OK)
            continue;
        has_failed = true;
        assert_int_equal(intake->row_count, i);
        assert_int_equal(try_row(intake, i, NULL), CT_OK);
    }
    const uint64_t end = ct_catalog_journal_end(catalog);
    const ct_status status = ct_intake_resolve(intake, NULL);
    if (status != CT_OK) {
        has_failed = true;
        assert_int_equal(status, CT_NO_MEMORY);
        assert_int_equal(ct_catalog_journal_end(catalog), end);
        assert_int_equal(ct_intake_resolve(intake, NULL), CT_OK);
    }
    return has_failed;
}

/* False where no allocation failed that anybody noticed. */
static bool intake_story(struct failing_allocator *failing)
{
    bool has_failed = false;
    struct ct_catalog *catalog = ct_catalog_create(&failing->base, CT_SERIES_MAX);
    if (!catalog)
        return true;
    struct ct_intake *intake = NULL;
    if (ct_intake_create(catalog, &failing->base, ct_text_of("d"), &intake, NULL) != CT_OK) {
        ct_catalog_destroy(catalog);
        return true;
    }
    for (unsigned batch = 0; batch < 2; batch++) {
        has_failed |= try_batch(catalog, intake);
        expect_batch_table(intake, 0);
        expect_batch_table(intake, 1);
        ct_intake_reset(intake);
    }
    assert_int_equal(ct_catalog_table_count(catalog), 2);
    assert_int_equal(ct_catalog_series_count(catalog, 0) + ct_catalog_series_count(catalog, 1),
                     250);
    for (unsigned i = 0; i < BATCH_ROWS; i++) {
        char room[TEXT_ROOM];
        numbered(room, "raw", i);
        const struct ct_alias *alias = alias_of(intake, room);
        assert_true(!alias || !(alias->series & CT_PROVISIONAL));
    }
    ct_intake_destroy(intake);
    ct_catalog_destroy(catalog);
    return has_failed;
}

static void an_intake_survives_every_failed_allocation(void **state)
{
    (void)state;
    uint64_t calls = UINT64_MAX;
    unsigned noticed = 0;
    for (uint64_t n = 0; n <= calls; n++) {
        struct failing_allocator failing;
        failing_init(&failing);
        failing.fails_at = n;
        noticed += intake_story(&failing);
        assert_int_equal(failing.counting.live_blocks, 0);
        if (failing.calls <= n) /* it did not come to that */
            calls = n;
    }
    assert_true(noticed > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_catalog_survives_every_failed_allocation),
        cmocka_unit_test(applying_again_completes_what_memory_cut_short),
        cmocka_unit_test(an_intake_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
