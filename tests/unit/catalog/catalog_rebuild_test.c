/* A catalog from its definitions: dumped, journalled, overlapping, damaged. */
#include "catalog_fixture.h"
#include "registry.h"

#ifdef CT_SANITIZED
#define BITS_PER_BYTE 2 /* flipped, others at each byte; builds without sanitizers flip all */
#else
#define BITS_PER_BYTE 8
#endif

static void apply(struct ct_catalog *catalog, const struct stream *stream)
{
    assert_int_equal(ct_catalog_apply(catalog, stream->bytes, stream->len, NULL), CT_OK);
}

static void a_dump_makes_the_same_catalog(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct ct_catalog *from = catalog_of(CT_SERIES_MAX);
        struct ct_catalog *to = catalog_of(CT_SERIES_MAX);
        define_many(from, seed, (unsigned)(seed * seed * 60));
        struct stream dump = dump_of(from);
        apply(to, &dump);
        expect_same(from, to);
        struct stream again = dump_of(to);
        assert_int_equal(again.len, dump.len);
        assert_memory_equal(again.bytes, dump.bytes, dump.len);
        stream_release(&again);
        stream_release(&dump);
        ct_catalog_destroy(to);
        ct_catalog_destroy(from);
    }
}

static void an_empty_catalog_dumps_nothing(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    const struct stream dump = dump_of(catalog);
    assert_int_equal(dump.len, 0);
    apply(catalog, &dump);
    assert_int_equal(ct_catalog_journal_end(catalog), 0);
    ct_catalog_destroy(catalog);
}

static void journal_pieces_make_the_same_catalog(void **state)
{
    (void)state;
    struct ct_catalog *from = catalog_of(CT_SERIES_MAX);
    struct ct_catalog *to = catalog_of(CT_SERIES_MAX);
    struct sim_random random = sim_random_of(9);
    uint64_t copied = 0;
    for (unsigned round = 0; round < 60; round++) {
        define_many(from, sim_random_next(&random), (unsigned)sim_random_below(&random, 300));
        const uint64_t end = ct_catalog_journal_end(from);
        struct stream piece = journal_of(from, copied, end);
        apply(to, &piece);
        stream_release(&piece);
        copied = end;
        if (sim_random_chance(&random, 3))
            ct_catalog_journal_trim(from, copied);
    }
    assert_true(copied > 20000);
    expect_same(from, to);
    assert_int_equal(ct_catalog_journal_end(to), copied); /* journalled again */
    ct_catalog_destroy(to);
    ct_catalog_destroy(from);
}

static void definitions_may_be_applied_twice_and_overlap(void **state)
{
    (void)state;
    struct ct_catalog *from = catalog_of(CT_SERIES_MAX);
    define_many(from, 10, 2000);
    const uint64_t early = ct_catalog_journal_end(from);
    define_many(from, 11, 2000);
    const uint64_t late = ct_catalog_journal_end(from);
    struct stream dump = dump_of(from);
    define_many(from, 12, 2000);
    struct stream tail = journal_of(from, early, ct_catalog_journal_end(from));
    struct stream whole = journal_of(from, 0, ct_catalog_journal_end(from));
    assert_true(early < late && late < ct_catalog_journal_end(from));

    struct ct_catalog *to = catalog_of(CT_SERIES_MAX);
    apply(to, &dump);
    apply(to, &tail);
    expect_same(from, to);
    apply(to, &whole);
    expect_same(from, to);
    apply(to, &dump); /* its options are those of then: the others repeat what is there */
    apply(to, &tail);
    expect_same(from, to);
    ct_catalog_destroy(to);
    stream_release(&whole);
    stream_release(&tail);
    stream_release(&dump);
    ct_catalog_destroy(from);
}

static void a_dump_holds_together_while_others_define(void **state)
{
    (void)state;
    struct ct_catalog *from = catalog_of(CT_SERIES_MAX);
    struct ct_catalog *to = catalog_of(CT_SERIES_MAX);
    struct sim_random random = sim_random_of(13);
    static char padding[60000];
    memset(padding, 'p', sizeof padding);
    define_many(from, 14, 500);
    for (unsigned i = 0; i < 200; i++) { /* so that there are many pieces */
        uint32_t number;
        numbered(padding, "x", i);
        const struct ct_tag tag = {ct_text_of("wide"), {padding, sizeof padding}};
        assert_int_equal(ct_catalog_define_series(from, i % ct_catalog_table_count(from), &tag, 1,
                                                  &number, NULL),
                         CT_OK);
    }
    const uint64_t before = ct_catalog_journal_end(from);
    struct ct_dump_cursor cursor = {0};
    unsigned pieces = 0;
    for (;; pieces++) {
        struct stream piece;
        assert_int_equal(ct_catalog_dump(from, &cursor, &piece.bytes, &piece.len, NULL), CT_OK);
        if (piece.len == 0)
            break;
        apply(to, &piece);
        stream_release(&piece);
        char room[TEXT_ROOM];
        uint32_t number;
        const struct ct_text name = numbered(room, "new", pieces);
        assert_int_equal(ct_catalog_define_database(from, name, &number, NULL), CT_OK);
        assert_int_equal(ct_catalog_define_table(from, number, name, NULL, &number, NULL), CT_OK);
        for (uint32_t t = 0; t < ct_catalog_table_count(from); t++) {
            const struct ct_tag tag = {name, ct_text_of("v")};
            assert_int_equal(ct_catalog_define_series(from, t, &tag, 1, &number, NULL), CT_OK);
        }
        define_many(from, sim_random_next(&random), 100);
    }
    assert_true(pieces > 5);
    struct stream rest = journal_of(from, before, ct_catalog_journal_end(from));
    apply(to, &rest);
    expect_same(from, to);
    stream_release(&rest);
    ct_catalog_destroy(to);
    ct_catalog_destroy(from);
}

static void a_lower_limit_still_reads_what_was_written(void **state)
{
    (void)state;
    struct ct_catalog *from = catalog_of(CT_SERIES_MAX);
    struct ct_catalog *to = catalog_of(1);
    define_many(from, 15, 500);
    struct stream dump = dump_of(from);
    apply(to, &dump);
    expect_same(from, to);
    stream_release(&dump);
    ct_catalog_destroy(to);
    ct_catalog_destroy(from);
}

/* -- Bytes ------------------------------------------------------------------------------------- */

/* The example of FORMAT.md section 6. */
static const uint8_t example[] = {
    0x01, 0x00, 0x07, 0x64, 0x65, 0x66, 0x61, 0x75, 0x6c, 0x74,       /* database */
    0x02, 0x00, 0x00, 0x04, 0x63, 0x6f, 0x73, 0x74,                   /* table */
    0x03, 0x00, 0x01, 0x00, 0x00, 0x55, 0x53, 0x44,                   /* options */
    0x05, 0x00, 0x00, 0x07, 0x73, 0x65, 0x72, 0x76, 0x69, 0x63, 0x65, /* tag key */
    0x06, 0x00, 0x00, 0x01, 0x03, 0x65, 0x63, 0x32,                   /* value */
    0x07, 0x00, 0x00, 0x01, 0x00, 0x01,                               /* series */
    0x08, 0x00, 0x04, 0x01, 0x62, 0x03, 0x31, 0x32, 0x33,             /* record */
};

static void the_bytes_are_those_of_the_format(void **state)
{
    (void)state;
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    uint32_t number;
    const struct ct_tag tag = {ct_text_of("service"), ct_text_of("ec2")};
    assert_int_equal(ct_catalog_define_database(catalog, ct_text_of("default"), &number, NULL),
                     CT_OK);
    assert_int_equal(ct_catalog_define_table(catalog, 0, ct_text_of("cost"), NULL, &number, NULL),
                     CT_OK);
    assert_int_equal(ct_catalog_define_series(catalog, 0, &tag, 1, &number, NULL), CT_OK);
    assert_int_equal(
        ct_registry_put(catalog, 0, CT_REGISTRY_BUDGET, ct_text_of("b"), ct_text_of("123"), NULL),
        CT_OK);
    struct stream journal = journal_of(catalog, 0, ct_catalog_journal_end(catalog));
    assert_int_equal(journal.len, sizeof example);
    assert_memory_equal(journal.bytes, example, sizeof example);
    stream_release(&journal);
    ct_catalog_destroy(catalog);
}

static void expect_corrupt_after_example(const uint8_t *bytes, size_t len)
{
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    struct ct_error err;
    uint8_t joined[256];
    assert_true(sizeof example + len <= sizeof joined);
    memcpy(joined, example, sizeof example);
    memcpy(joined + sizeof example, bytes, len);
    assert_int_equal(ct_catalog_apply(catalog, joined, sizeof example + len, &err), CT_CORRUPT);
    assert_int_equal(err.offset, sizeof example);
    assert_int_equal(ct_catalog_series_count(catalog, 0), 1); /* what stands before it stays */
    ct_catalog_destroy(catalog);
}

#define CONTRADICTION(...)                                                                         \
    {                                                                                              \
        sizeof((uint8_t[]){__VA_ARGS__}),                                                          \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static void what_contradicts_is_corrupt(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        uint8_t bytes[16];
    } cases[] = {
        CONTRADICTION(0),                                          /* no kind */
        CONTRADICTION(9, 0, 0),                                    /* unknown kind */
        CONTRADICTION(1, 2, 1, 'x'),                               /* database: a number left out */
        CONTRADICTION(1, 0, 1, 'x'),                               /* another name for a number */
        CONTRADICTION(1, 1, 7, 'd', 'e', 'f', 'a', 'u', 'l', 't'), /* another number for a name */
        CONTRADICTION(1, 1, 0),                                    /* no name */
        CONTRADICTION(1, 1, 9, 'x'),                               /* a name past the end */
        CONTRADICTION(2, 1, 1, 1, 'x'),                            /* table of no database */
        CONTRADICTION(3, 1, 0, 0, 0, 'U', 'S', 'D'),               /* options of no table */
        CONTRADICTION(3, 0, 2, 0, 0, 'U', 'S', 'D'),               /* unknown kind of table */
        CONTRADICTION(3, 0, 0, 3, 0, 'U', 'S', 'D'),               /* unknown partition */
        CONTRADICTION(3, 0, 0, 0, 0, 'u', 'S', 'D'),               /* no currency */
        CONTRADICTION(4, 1, 0, 1, 0, 1, 'f'),                      /* field of no table */
        CONTRADICTION(4, 0, 0, 0, 0, 1, 'f'),                      /* no type */
        CONTRADICTION(4, 0, 0, 7, 0, 1, 'f'),                      /* unknown type */
        CONTRADICTION(4, 0, 0, 6, 2, 1, 'f'),                      /* no truth value */
        CONTRADICTION(4, 0, 0, 1, 1, 1, 'f'),                      /* money that is a float */
        CONTRADICTION(5, 0, 2, 1, 'k'),                            /* tag key: a number left out */
        CONTRADICTION(6, 0, 1, 1, 1, 'v'),                         /* value of no tag key */
        CONTRADICTION(6, 0, 0, 0, 1, 'v'),                         /* code 0 */
        CONTRADICTION(6, 0, 0, 3, 1, 'v'),                         /* a code left out */
        CONTRADICTION(6, 0, 0, 2, 3, 'e', 'c', '2'),               /* another code for a value */
        CONTRADICTION(7, 0, 1, 1, 0, 1),                           /* another number for a series */
        CONTRADICTION(7, 0, 0, 0),                                 /* other tags for a number */
        CONTRADICTION(7, 0, 1, 1, 0, 2),                           /* code that is not there */
        CONTRADICTION(7, 0, 1, 1, 0, 0),                           /* code 0 */
        CONTRADICTION(7, 0, 1, 1, 1, 1),                           /* key that is not there */
        CONTRADICTION(7, 0, 1, 0x81, 1),                           /* too many tags */
        CONTRADICTION(7, 0, 2, 0),                                 /* series: a number left out */
        CONTRADICTION(8, 1, 4, 1, 'k', 1, 'v'),                    /* record of no database */
        CONTRADICTION(8, 0, 0, 1, 'k', 1, 'v'),                    /* no kind of record */
        CONTRADICTION(8, 0, CT_REGISTRY_KIND_MAX + 1, 1, 'k', 1, 'v'), /* unknown kind of record */
        CONTRADICTION(8, 0, 4, 0, 1, 'v'),                             /* no key */
        CONTRADICTION(8, 0, 4, 0x81, 0x20, 'k'),                       /* a key of 4,097 bytes */
        CONTRADICTION(8, 0, 4, 1, 'k', 2, 'v'),                        /* a value past the end */
        CONTRADICTION(8, 0, 4, 1, 'k', 0x81, 0x80, 0x40),              /* a value past the limit */
    };
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++)
        expect_corrupt_after_example(cases[i].bytes, cases[i].len);
}

static void a_field_may_not_change_its_type(void **state)
{
    (void)state;
    static const uint8_t field[] = {4, 0, 0, 6, 1, 1, 'f'};
    static const uint8_t other[] = {4, 0, 0, 6, 0, 1, 'f'};
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    assert_int_equal(ct_catalog_apply(catalog, example, sizeof example, NULL), CT_OK);
    assert_int_equal(ct_catalog_apply(catalog, field, sizeof field, NULL), CT_OK);
    assert_int_equal(ct_catalog_apply(catalog, field, sizeof field, NULL), CT_OK);
    assert_int_equal(ct_catalog_apply(catalog, other, sizeof other, NULL), CT_CORRUPT);
    assert_true(ct_catalog_field(catalog, 0, 0).is_money);
    ct_catalog_destroy(catalog);
}

/* A copy whose end the address sanitizer sees. */
static void apply_damaged(const uint8_t *bytes, size_t len)
{
    const struct ct_allocator *allocator = ct_allocator_system();
    uint8_t *copy = ct_alloc(allocator, len ? len : 1);
    memcpy(copy, bytes, len);
    struct ct_catalog *catalog = catalog_of(CT_SERIES_MAX);
    struct ct_error err = {.code = CT_OK};
    const ct_status status = ct_catalog_apply(catalog, copy, len, &err);
    assert_true(status == CT_OK || status == CT_CORRUPT);
    if (status == CT_CORRUPT)
        assert_true(err.offset < len);
    struct ct_catalog *again = catalog_of(CT_SERIES_MAX); /* what came of it is a catalog */
    struct stream dump = dump_of(catalog);
    apply(again, &dump);
    expect_same(catalog, again);
    stream_release(&dump);
    ct_catalog_destroy(again);
    ct_catalog_destroy(catalog);
    ct_release(allocator, copy);
}

static void every_damaged_byte_is_survived(void **state)
{
    (void)state;
    struct ct_catalog *from = catalog_of(CT_SERIES_MAX);
    define_many(from, 16, 60);
    struct stream dump = dump_of(from);
    ct_catalog_destroy(from);
    assert_true(dump.len > 300);
    for (size_t at = 0; at < dump.len; at++) {
        const uint8_t good = dump.bytes[at];
        for (unsigned i = 0; i < BITS_PER_BYTE; i++) {
            const unsigned bit = (unsigned)(at + i) % 8;
            dump.bytes[at] = (uint8_t)(good ^ (1u << bit));
            apply_damaged(dump.bytes, dump.len);
        }
        dump.bytes[at] = 0xff;
        apply_damaged(dump.bytes, dump.len);
        dump.bytes[at] = good;
        apply_damaged(dump.bytes, at); /* and cut short there */
    }
    stream_release(&dump);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dump_makes_the_same_catalog),
        cmocka_unit_test(an_empty_catalog_dumps_nothing),
        cmocka_unit_test(journal_pieces_make_the_same_catalog),
        cmocka_unit_test(definitions_may_be_applied_twice_and_overlap),
        cmocka_unit_test(a_dump_holds_together_while_others_define),
        cmocka_unit_test(a_lower_limit_still_reads_what_was_written),
        cmocka_unit_test(the_bytes_are_those_of_the_format),
        cmocka_unit_test(what_contradicts_is_corrupt),
        cmocka_unit_test(a_field_may_not_change_its_type),
        cmocka_unit_test(every_damaged_byte_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
