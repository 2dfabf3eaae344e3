/* Small records: what was put last is what is there, after any number of changes, from a dump taken
 * in the middle of them, from the journal, and where memory fails. */
#include "catalog_fixture.h"
#include "registry.h"

#define KEYS      12
#define DATABASES 2

/* What must be there: by database, kind and key; -1 is nothing. */
struct model {
    int values[DATABASES][CT_REGISTRY_KIND_MAX + 1][KEYS];
};

static void model_init(struct model *model)
{
    memset(model, 0xff, sizeof *model);
}

static struct ct_catalog *catalog_with_databases(const struct ct_allocator *allocator)
{
    uint32_t number;
    struct ct_catalog *catalog = ct_catalog_create(allocator, CT_SERIES_MAX);
    assert_non_null(catalog);
    assert_int_equal(ct_catalog_define_database(catalog, ct_text_of("a"), &number, NULL), CT_OK);
    assert_int_equal(ct_catalog_define_database(catalog, ct_text_of("b"), &number, NULL), CT_OK);
    return catalog;
}

static ct_status put(struct ct_catalog *catalog, uint32_t database, uint32_t kind, const char *key,
                     const char *value)
{
    return ct_registry_put(catalog, database, (enum ct_registry_kind)kind, ct_text_of(key),
                           ct_text_of(value), NULL);
}

/* One put or removal, the model alike. */
static ct_status change(struct ct_catalog *catalog, struct sim_random *random, struct model *model)
{
    char rooms[2][TEXT_ROOM];
    const uint32_t database = (uint32_t)sim_random_below(random, DATABASES);
    const uint32_t kind = 1 + (uint32_t)sim_random_below(random, CT_REGISTRY_KIND_MAX);
    const uint64_t key = sim_random_below(random, KEYS);
    const int value = sim_random_chance(random, 3) ? -1 : (int)sim_random_below(random, 1000);
    const ct_status status = ct_registry_put(
        catalog, database, (enum ct_registry_kind)kind, numbered(rooms[0], "key", key),
        value < 0 ? (struct ct_text){0} : numbered(rooms[1], "value", (uint64_t)value), NULL);
    if (status == CT_OK)
        model->values[database][kind][key] = value;
    return status;
}

static void expect_kind(struct ct_catalog *catalog, const struct model *model, uint32_t database,
                        uint32_t kind)
{
    const struct ct_allocator *allocator = ct_allocator_system();
    struct ct_registered *records;
    size_t count, wanted = 0;
    assert_int_equal(ct_registry_list(catalog, database, (enum ct_registry_kind)kind, allocator,
                                      &records, &count, NULL),
                     CT_OK);
    assert_int_equal(ct_registry_count(catalog, database, (enum ct_registry_kind)kind), count);
    for (size_t i = 1; i < count; i++)
        assert_true(ct_text_compare(records[i - 1].key, records[i].key) < 0);
    for (unsigned key = 0; key < KEYS; key++) {
        char rooms[2][TEXT_ROOM];
        const int value = model->values[database][kind][key];
        struct ct_registered record;
        const ct_status status =
            ct_registry_get(catalog, database, (enum ct_registry_kind)kind,
                            numbered(rooms[0], "key", key), allocator, &record, NULL);
        assert_int_equal(status, value < 0 ? CT_NOT_FOUND : CT_OK);
        if (value < 0)
            continue;
        wanted++;
        assert_true(ct_text_equal(record.value, numbered(rooms[1], "value", (uint64_t)value)));
        ct_registered_release(allocator, &record);
    }
    assert_int_equal(count, wanted);
    ct_registered_release_all(allocator, records, count);
}

static void expect_model(struct ct_catalog *catalog, const struct model *model)
{
    for (uint32_t database = 0; database < DATABASES; database++)
        for (uint32_t kind = 1; kind <= CT_REGISTRY_KIND_MAX; kind++)
            expect_kind(catalog, model, database, kind);
}

static void the_latest_word_counts_in_every_copy(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct sim_random random = sim_random_of(seed);
        struct model model;
        model_init(&model);
        struct ct_catalog *from = catalog_with_databases(ct_allocator_system());
        for (unsigned i = 0; i < 50 * seed; i++)
            assert_int_equal(change(from, &random, &model), CT_OK);
        expect_model(from, &model);
        struct stream dump = dump_of(from);
        struct stream journal = journal_of(from, 0, ct_catalog_journal_end(from));
        struct ct_catalog *to = catalog_of(CT_SERIES_MAX);
        assert_int_equal(ct_catalog_apply(to, dump.bytes, dump.len, NULL), CT_OK);
        expect_model(to, &model);
        /* The dump is newer than the log's beginning: the log's end has the last word again. */
        assert_int_equal(ct_catalog_apply(to, journal.bytes, journal.len, NULL), CT_OK);
        expect_model(to, &model);
        stream_release(&journal);
        stream_release(&dump);
        ct_catalog_destroy(to);
        ct_catalog_destroy(from);
    }
}

static void large_values_span_pieces_and_chunks(void **state)
{
    (void)state;
    struct ct_catalog *from = catalog_with_databases(ct_allocator_system());
    char *large = ct_alloc(ct_allocator_system(), CT_REGISTRY_VALUE_BYTES_MAX + 1);
    memset(large, 'x', CT_REGISTRY_VALUE_BYTES_MAX + 1);
    char room[TEXT_ROOM];
    for (unsigned i = 0; i < 5; i++) {
        const struct ct_text value = {large, CT_REGISTRY_VALUE_BYTES_MAX - i * 200000};
        assert_int_equal(
            ct_registry_put(from, 0, CT_REGISTRY_RATE_TABLE, numbered(room, "r", i), value, NULL),
            CT_OK);
    }
    struct stream journal = journal_of(from, 0, ct_catalog_journal_end(from));
    struct stream dump = dump_of(from);
    assert_true(dump.len > 3 * CT_REGISTRY_VALUE_BYTES_MAX);
    for (unsigned i = 0; i < 2; i++) {
        const struct stream *stream = i ? &dump : &journal;
        struct ct_catalog *to = catalog_of(CT_SERIES_MAX);
        assert_int_equal(ct_catalog_apply(to, stream->bytes, stream->len, NULL), CT_OK);
        struct ct_registered record;
        assert_int_equal(ct_registry_get(to, 0, CT_REGISTRY_RATE_TABLE, ct_text_of("r0"),
                                         ct_allocator_system(), &record, NULL),
                         CT_OK);
        assert_int_equal(record.value.len, CT_REGISTRY_VALUE_BYTES_MAX);
        assert_memory_equal(record.value.bytes, large, record.value.len);
        ct_registered_release(ct_allocator_system(), &record);
        ct_catalog_destroy(to);
    }
    const struct ct_text too_large = {large, CT_REGISTRY_VALUE_BYTES_MAX + 1};
    assert_int_equal(
        ct_registry_put(from, 0, CT_REGISTRY_RATE_TABLE, ct_text_of("r"), too_large, NULL),
        CT_LIMIT);
    ct_release(ct_allocator_system(), large);
    stream_release(&journal);
    stream_release(&dump);
    ct_catalog_destroy(from);
}

static void a_dump_in_pieces_keeps_what_was_there_all_along(void **state)
{
    (void)state;
    struct sim_random random = sim_random_of(77);
    struct ct_catalog *from = catalog_with_databases(ct_allocator_system());
    struct ct_catalog *to = catalog_of(CT_SERIES_MAX);
    static char padding[100000];
    memset(padding, 'p', sizeof padding);
    struct model model;
    model_init(&model);
    for (unsigned i = 0; i < 60; i++) { /* so that there are many pieces */
        char room[TEXT_ROOM];
        assert_int_equal(ct_registry_put(from, 1, CT_REGISTRY_ALIAS, numbered(room, "wide", i),
                                         (struct ct_text){padding, sizeof padding}, NULL),
                         CT_OK);
        assert_int_equal(change(from, &random, &model), CT_OK);
    }
    const uint64_t before = ct_catalog_journal_end(from);
    struct ct_dump_cursor cursor = {0};
    for (unsigned pieces = 0;; pieces++) {
        struct stream piece;
        assert_int_equal(ct_catalog_dump(from, &cursor, &piece.bytes, &piece.len, NULL), CT_OK);
        if (piece.len == 0)
            break;
        assert_int_equal(ct_catalog_apply(to, piece.bytes, piece.len, NULL), CT_OK);
        stream_release(&piece);
        char room[TEXT_ROOM];
        uint32_t late;
        assert_int_equal(
            ct_catalog_define_database(from, numbered(room, "late", pieces), &late, NULL), CT_OK);
        assert_int_equal(put(from, late, CT_REGISTRY_ALIAS, "of a late database", "1"), CT_OK);
        assert_int_equal(put(from, 1, CT_REGISTRY_ALIAS, numbered(room, "wide", pieces).bytes, ""),
                         CT_OK);
        for (unsigned i = 0; i < 30; i++)
            assert_int_equal(change(from, &random, &model), CT_OK);
    }
    struct stream rest = journal_of(from, before, ct_catalog_journal_end(from));
    assert_int_equal(ct_catalog_apply(to, rest.bytes, rest.len, NULL), CT_OK);
    for (uint32_t kind = 1; kind < CT_REGISTRY_ALIAS; kind++) {
        expect_kind(to, &model, 0, kind);
        expect_kind(to, &model, 1, kind);
    }
    size_t count[2];
    struct ct_registered *records;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(ct_registry_list(i ? to : from, 1, CT_REGISTRY_ALIAS,
                                          ct_allocator_system(), &records, &count[i], NULL),
                         CT_OK);
        ct_registered_release_all(ct_allocator_system(), records, count[i]);
    }
    assert_int_equal(count[0], count[1]);
    assert_true(count[0] > 40);
    stream_release(&rest);
    ct_catalog_destroy(to);
    ct_catalog_destroy(from);
}

static void what_changes_nothing_is_not_journalled(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_with_databases(ct_allocator_system());
    assert_int_equal(put(catalog, 0, CT_REGISTRY_BUDGET, "k", "v"), CT_OK);
    const uint64_t version = ct_registry_version(catalog, CT_REGISTRY_BUDGET);
    const uint64_t end = ct_catalog_journal_end(catalog);
    assert_int_equal(put(catalog, 0, CT_REGISTRY_BUDGET, "k", "v"), CT_OK);
    assert_int_equal(put(catalog, 0, CT_REGISTRY_BUDGET, "not there", ""), CT_OK);
    assert_int_equal(ct_catalog_journal_end(catalog), end);
    assert_int_equal(ct_registry_version(catalog, CT_REGISTRY_BUDGET), version);
    assert_int_equal(put(catalog, 0, CT_REGISTRY_CLUSTER, "k", "v"), CT_OK);
    assert_int_equal(ct_registry_version(catalog, CT_REGISTRY_BUDGET), version);
    assert_int_equal(put(catalog, 1, CT_REGISTRY_BUDGET, "k", "v"), CT_OK);
    assert_true(ct_registry_version(catalog, CT_REGISTRY_BUDGET) > version);
    ct_catalog_destroy(catalog);
}

static void what_no_record_can_be_is_refused(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_with_databases(ct_allocator_system());
    static char long_key[CT_REGISTRY_KEY_BYTES_MAX + 2];
    memset(long_key, 'k', sizeof long_key - 1);
    assert_int_equal(put(catalog, 0, CT_REGISTRY_BUDGET, "", "v"), CT_INVALID);
    assert_int_equal(put(catalog, 0, 0, "k", "v"), CT_INVALID);
    assert_int_equal(put(catalog, 0, CT_REGISTRY_KIND_MAX + 1, "k", "v"), CT_INVALID);
    assert_int_equal(put(catalog, DATABASES, CT_REGISTRY_BUDGET, "k", "v"), CT_INVALID);
    assert_int_equal(put(catalog, 0, CT_REGISTRY_BUDGET, long_key, "v"), CT_LIMIT);
    assert_int_equal(put(catalog, 0, CT_REGISTRY_BUDGET, long_key + 1, "v"), CT_OK);
    ct_catalog_destroy(catalog);
}

/* Allocation n of 300 changes fails: what failed changed nothing, tried again it succeeds. False
 * where none failed. */
static bool changes_with_failure(uint64_t n)
{
    bool has_failed = false;
    struct sim_random random = sim_random_of(5);
    struct failing_allocator failing;
    struct model model;
    model_init(&model);
    failing_init(&failing);
    struct ct_catalog *catalog = catalog_with_databases(&failing.base);
    failing.fails_at = failing.calls + n;
    for (unsigned i = 0; i < 300; i++) {
        const struct sim_random before = random;
        if (change(catalog, &random, &model) == CT_OK)
            continue;
        has_failed = true;
        expect_model(catalog, &model);
        random = before;
        assert_int_equal(change(catalog, &random, &model), CT_OK);
    }
    expect_model(catalog, &model);
    ct_catalog_destroy(catalog);
    assert_int_equal(failing.counting.live_blocks, 0);
    return has_failed;
}

static void every_failed_allocation_leaves_the_records(void **state)
{
    (void)state;
    uint64_t n = 0;
    while (changes_with_failure(n))
        n++;
    assert_true(n > 100);
}

static void copies_that_fail_leave_nothing(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_with_databases(ct_allocator_system());
    char room[TEXT_ROOM];
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(
            put(catalog, 0, CT_REGISTRY_AGENT, numbered(room, "agent", i).bytes, "here"), CT_OK);
    ct_status status = CT_NO_MEMORY;
    for (uint64_t n = 0; status != CT_OK; n++) {
        struct failing_allocator failing;
        failing_init(&failing);
        failing.fails_at = n;
        struct ct_registered *records;
        size_t count;
        status =
            ct_registry_list(catalog, 0, CT_REGISTRY_AGENT, &failing.base, &records, &count, NULL);
        assert_true(status == CT_OK || status == CT_NO_MEMORY);
        if (status == CT_OK)
            ct_registered_release_all(&failing.base, records, count);
        assert_int_equal(failing.counting.live_blocks, 0);
    }
    ct_catalog_destroy(catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_latest_word_counts_in_every_copy),
        cmocka_unit_test(large_values_span_pieces_and_chunks),
        cmocka_unit_test(a_dump_in_pieces_keeps_what_was_there_all_along),
        cmocka_unit_test(what_changes_nothing_is_not_journalled),
        cmocka_unit_test(what_no_record_can_be_is_refused),
        cmocka_unit_test(every_failed_allocation_leaves_the_records),
        cmocka_unit_test(copies_that_fail_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
