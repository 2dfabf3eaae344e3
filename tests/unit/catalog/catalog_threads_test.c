/* Readers, intakes and a dumper at once; meant for the thread sanitizer. */
#include "intake_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#define INTAKES 2
#define READERS 2
#define BATCHES 200
#define ROWS    60

static struct ct_catalog *catalog;
static _Atomic bool is_over;

/* cmocka's asserts belong to the main thread: others count. */
static _Atomic unsigned faults;

static void require(bool condition)
{
    if (!condition)
        atomic_fetch_add(&faults, 1);
}

static bool bring_batch(struct ct_intake *intake, unsigned who, unsigned batch)
{
    char rooms[2][TEXT_ROOM];
    uint32_t table, series, column;
    for (unsigned i = 0; i < ROWS; i++) {
        const struct ct_tag tags[] = {
            {ct_text_of("host"), numbered(rooms[0], "h", batch * 20 + i)}, /* some of both */
            {ct_text_of("who"), numbered(rooms[1], "w", i % 2 ? who : 9)},
        };
        if (ct_intake_table(intake, ct_text_of(i % 2 ? "m" : "n"), &table, NULL) != CT_OK ||
            ct_intake_series(intake, table, tags, 2, &series, NULL) != CT_OK ||
            ct_intake_column(intake, table, numbered(rooms[1], "f", batch % 30), CT_FLOAT64,
                             &column, NULL) != CT_OK)
            return false;
        const struct ct_row_value value = {.column = column, .float64 = i};
        if (ct_intake_row(intake, table, series, i, &value, 1, NULL) != CT_OK)
            return false;
    }
    return ct_intake_resolve(intake, NULL) == CT_OK;
}

static void *run_intake(void *argument)
{
    const unsigned who = *(const unsigned *)argument;
    struct ct_intake *intake = NULL;
    require(ct_intake_create(catalog, ct_allocator_system(), ct_text_of("d"), &intake, NULL) ==
            CT_OK);
    for (unsigned batch = 0; intake && batch < BATCHES; batch++) {
        require(bring_batch(intake, who, batch));
        ct_intake_reset(intake);
    }
    ct_intake_destroy(intake);
    return NULL;
}

static void look_at_table(uint32_t table)
{
    const uint32_t series_count = ct_catalog_series_count(catalog, table);
    const uint32_t tag_count = ct_catalog_tag_count(catalog, table);
    for (uint32_t tag = 0; tag < tag_count; tag++)
        for (uint32_t series = 0; series < series_count; series += 7) {
            uint32_t code;
            ct_catalog_series_codes(catalog, table, tag, &series, 1, &code);
            const struct ct_text value = ct_catalog_value(catalog, table, tag, code);
            require(code > 0 && ct_catalog_find_value(catalog, table, tag, value) == code);
        }
    for (uint32_t field = 0; field < ct_catalog_field_count(catalog, table); field++)
        require(ct_catalog_field(catalog, table, field).type == CT_FLOAT64);
}

static void *run_reader(void *unused)
{
    (void)unused;
    while (!atomic_load(&is_over)) {
        const uint32_t tables = ct_catalog_table_count(catalog);
        for (uint32_t table = 0; table < tables; table++)
            look_at_table(table);
    }
    return NULL;
}

/* What a store does: copies the journal as it grows, and forgets it. */
static void *run_copier(void *argument)
{
    struct ct_catalog *copy = argument;
    uint64_t copied = 0;
    for (bool is_last = false; !is_last;) {
        is_last = atomic_load(&is_over);
        const uint64_t end = ct_catalog_journal_end(catalog);
        uint8_t *bytes = NULL;
        size_t len = 0;
        require(ct_catalog_journal_copy(catalog, copied, end, &bytes, &len, NULL) == CT_OK);
        require(ct_catalog_apply(copy, bytes, len, NULL) == CT_OK);
        ct_release(ct_allocator_system(), bytes);
        copied = end;
        ct_catalog_journal_trim(catalog, copied);
    }
    return NULL;
}

static void readers_and_writers_do_not_disturb_each_other(void **state)
{
    (void)state;
    static const unsigned numbers[INTAKES] = {0, 1};
    pthread_t intakes[INTAKES], readers[READERS], copier;
    struct ct_catalog *copy = catalog_of(CT_SERIES_MAX);
    catalog = catalog_of(CT_SERIES_MAX);
    for (unsigned i = 0; i < INTAKES; i++) {
        void *argument;
        const unsigned *number = &numbers[i];
        memcpy(&argument, &number, sizeof argument);
        assert_int_equal(pthread_create(&intakes[i], NULL, run_intake, argument), 0);
    }
    for (unsigned i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, run_reader, NULL), 0);
    assert_int_equal(pthread_create(&copier, NULL, run_copier, copy), 0);
    for (unsigned i = 0; i < INTAKES; i++)
        pthread_join(intakes[i], NULL);
    atomic_store(&is_over, true);
    for (unsigned i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    pthread_join(copier, NULL);
    assert_int_equal(faults, 0);
    assert_int_equal(ct_catalog_field_count(catalog, 0), 30);
    expect_same(catalog, copy);
    ct_catalog_destroy(copy);
    ct_catalog_destroy(catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_and_writers_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
