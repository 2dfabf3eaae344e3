/* What the catalog's test programs share: catalogs filled at random, compared, dumped, and an
 * allocator that fails at a chosen call. */
#ifndef CATALOG_FIXTURE_H
#define CATALOG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "catalog.h"
#include "sim_random.h"

#define TEXT_ROOM 32

/* "v17" and the like, in the caller's room. */
static inline struct ct_text numbered(char *room, const char *prefix, uint64_t number)
{
    const int len = snprintf(room, TEXT_ROOM, "%s%llu", prefix, (unsigned long long)number);
    return (struct ct_text){.bytes = room, .len = (size_t)len};
}

static inline struct ct_catalog *catalog_of(uint32_t series_max)
{
    struct ct_catalog *catalog = ct_catalog_create(ct_allocator_system(), series_max);
    assert_non_null(catalog);
    return catalog;
}

/* -- Series ------------------------------------------------------------------------------------ */

/* Up to 10 tags k0..k9 with room for their texts. */
struct some_tags {
    struct ct_tag tags[10];
    char keys[10][TEXT_ROOM];
    char values[10][TEXT_ROOM];
    uint32_t count;
};

static inline void random_tags(struct sim_random *random, uint64_t values, struct some_tags *out)
{
    out->count = 0;
    for (unsigned key = 0; key < 10; key++) {
        if (!sim_random_chance(random, 3))
            continue;
        const uint32_t at = out->count++;
        out->tags[at].key = numbered(out->keys[at], "k", key);
        out->tags[at].value = numbered(out->values[at], "v", sim_random_below(random, values));
    }
}

/* -- Random definitions ------------------------------------------------------------------------ */

/* One definition, new or repeated; all of them succeed. */
static inline void define_something(struct ct_catalog *catalog, struct sim_random *random)
{
    char room[TEXT_ROOM];
    uint32_t number;
    struct some_tags some;
    const uint32_t databases = ct_catalog_database_count(catalog);
    const uint32_t tables = ct_catalog_table_count(catalog);
    const uint64_t what = sim_random_below(random, 40);
    if (databases == 0 || what == 0) {
        const struct ct_text name = numbered(room, "d", sim_random_below(random, 5));
        assert_int_equal(ct_catalog_define_database(catalog, name, &number, NULL), CT_OK);
    } else if (tables == 0 || what == 1) {
        const struct ct_text name = numbered(room, "t", sim_random_below(random, 4));
        assert_int_equal(ct_catalog_define_table(catalog,
                                                 (uint32_t)sim_random_below(random, databases),
                                                 name, NULL, &number, NULL),
                         CT_OK);
    } else if (what == 2) {
        const struct ct_table_options options = {
            .kind = sim_random_chance(random, 2) ? CT_TABLE_LEDGER : CT_TABLE_METRICS,
            .partition = (enum ct_partition)sim_random_below(random, 3),
            .retention_ns =
                (int64_t)(sim_random_next(random) >> (1 + sim_random_below(random, 60))),
            .currency = "EUR",
        };
        assert_int_equal(ct_catalog_set_table_options(
                             catalog, (uint32_t)sim_random_below(random, tables), &options, NULL),
                         CT_OK);
    } else if (what < 10) {
        const uint64_t field = sim_random_below(random, 30);
        assert_int_equal(
            ct_catalog_define_field(catalog, (uint32_t)sim_random_below(random, tables),
                                    numbered(room, "f", field), (enum ct_type)(1 + field % 6),
                                    field % 12 == 5, &number, NULL),
            CT_OK);
    } else {
        random_tags(random, 20, &some);
        assert_int_equal(ct_catalog_define_series(catalog,
                                                  (uint32_t)sim_random_below(random, tables),
                                                  some.tags, some.count, &number, NULL),
                         CT_OK);
    }
}

static inline void define_many(struct ct_catalog *catalog, uint64_t seed, unsigned count)
{
    struct sim_random random = sim_random_of(seed);
    for (unsigned i = 0; i < count; i++)
        define_something(catalog, &random);
}

/* -- Comparing --------------------------------------------------------------------------------- */

static inline void expect_text(struct ct_text a, struct ct_text b)
{
    assert_true(ct_text_equal(a, b));
}

static inline void expect_same_tag(struct ct_catalog *a, struct ct_catalog *b, uint32_t table,
                                   uint32_t tag)
{
    expect_text(ct_catalog_tag_key(a, table, tag), ct_catalog_tag_key(b, table, tag));
    const uint32_t values = ct_catalog_value_count(a, table, tag);
    assert_int_equal(values, ct_catalog_value_count(b, table, tag));
    for (uint32_t code = 1; code <= values; code++) {
        const struct ct_text value = ct_catalog_value(a, table, tag, code);
        expect_text(value, ct_catalog_value(b, table, tag, code));
        assert_int_equal(ct_catalog_find_value(b, table, tag, value), code);
    }
    const uint32_t series_count = ct_catalog_series_count(a, table);
    for (uint32_t series = 0; series < series_count; series++) {
        uint32_t code_a, code_b;
        ct_catalog_series_codes(a, table, tag, &series, 1, &code_a);
        ct_catalog_series_codes(b, table, tag, &series, 1, &code_b);
        assert_int_equal(code_a, code_b);
    }
}

static inline void expect_same_table(struct ct_catalog *a, struct ct_catalog *b, uint32_t table)
{
    expect_text(ct_catalog_table_name(a, table), ct_catalog_table_name(b, table));
    assert_int_equal(ct_catalog_table_database(a, table), ct_catalog_table_database(b, table));
    const struct ct_table_options of_a = ct_catalog_table_options(a, table);
    const struct ct_table_options of_b = ct_catalog_table_options(b, table);
    assert_int_equal(of_a.kind, of_b.kind);
    assert_int_equal(of_a.partition, of_b.partition);
    assert_true(of_a.retention_ns == of_b.retention_ns);
    assert_string_equal(of_a.currency, of_b.currency);
    const uint32_t fields = ct_catalog_field_count(a, table);
    assert_int_equal(fields, ct_catalog_field_count(b, table));
    for (uint32_t field = 0; field < fields; field++) {
        const struct ct_field field_a = ct_catalog_field(a, table, field);
        const struct ct_field field_b = ct_catalog_field(b, table, field);
        expect_text(field_a.name, field_b.name);
        assert_int_equal(field_a.type, field_b.type);
        assert_int_equal(field_a.is_money, field_b.is_money);
        assert_int_equal(ct_catalog_find_field(b, table, field_a.name), field);
    }
    assert_int_equal(ct_catalog_series_count(a, table), ct_catalog_series_count(b, table));
    const uint32_t tags = ct_catalog_tag_count(a, table);
    assert_int_equal(tags, ct_catalog_tag_count(b, table));
    for (uint32_t tag = 0; tag < tags; tag++)
        expect_same_tag(a, b, table, tag);
}

static inline void expect_same(struct ct_catalog *a, struct ct_catalog *b)
{
    const uint32_t databases = ct_catalog_database_count(a);
    assert_int_equal(databases, ct_catalog_database_count(b));
    for (uint32_t database = 0; database < databases; database++) {
        const struct ct_text name = ct_catalog_database_name(a, database);
        expect_text(name, ct_catalog_database_name(b, database));
        assert_int_equal(ct_catalog_find_database(b, name), database);
    }
    const uint32_t tables = ct_catalog_table_count(a);
    assert_int_equal(tables, ct_catalog_table_count(b));
    for (uint32_t table = 0; table < tables; table++)
        expect_same_table(a, b, table);
}

/* -- Streams ----------------------------------------------------------------------------------- */

struct stream {
    uint8_t *bytes;
    size_t len;
};

static inline void stream_release(struct stream *stream)
{
    ct_release(ct_allocator_system(), stream->bytes);
    *stream = (struct stream){0};
}

/* Copies between two ends of the journal. */
static inline struct stream journal_of(struct ct_catalog *catalog, uint64_t from, uint64_t to)
{
    struct stream stream;
    assert_int_equal(ct_catalog_journal_copy(catalog, from, to, &stream.bytes, &stream.len, NULL),
                     CT_OK);
    assert_int_equal(stream.len, to - from);
    return stream;
}

/* All pieces of a dump, one after another. */
static inline struct stream dump_with(struct ct_catalog *catalog,
                                      const struct ct_allocator *of_catalog)
{
    struct stream stream = {0};
    struct ct_dump_cursor cursor = {0};
    for (;;) {
        uint8_t *piece;
        size_t len;
        assert_int_equal(ct_catalog_dump(catalog, &cursor, &piece, &len, NULL), CT_OK);
        if (len == 0)
            return stream;
        assert_true(len <= CT_DUMP_PIECE_BYTES_MAX);
        stream.bytes = ct_resize(ct_allocator_system(), stream.bytes, stream.len + len);
        memcpy(stream.bytes + stream.len, piece, len);
        stream.len += len;
        ct_release(of_catalog, piece);
    }
}

static inline struct stream dump_of(struct ct_catalog *catalog)
{
    return dump_with(catalog, ct_allocator_system());
}

/* -- Failing allocations ----------------------------------------------------------------------- */

/* Fails one allocation, counted from 0, and no other; in front of a counting one that finds leaks.
 */
struct failing_allocator {
    struct ct_allocator base;
    struct ct_allocator_counting counting;
    uint64_t calls;
    uint64_t fails_at;
};

static inline void *failing_resize(void *context, void *pointer, size_t size_bytes)
{
    struct failing_allocator *failing = context;
    if (failing->calls++ == failing->fails_at)
        return NULL;
    return ct_resize(&failing->counting.base, pointer, size_bytes);
}

static inline void *failing_allocate(void *context, size_t size_bytes)
{
    return failing_resize(context, NULL, size_bytes);
}

static inline void failing_release(void *context, void *pointer)
{
    struct failing_allocator *failing = context;
    ct_release(&failing->counting.base, pointer);
}

static inline void failing_init(struct failing_allocator *failing)
{
    ct_allocator_counting_init(&failing->counting, ct_allocator_system(), 0);
    failing->base = (struct ct_allocator){
        .context = failing,
        .allocate = failing_allocate,
        .resize = failing_resize,
        .release = failing_release,
    };
    failing->calls = 0;
    failing->fails_at = UINT64_MAX;
}

#endif
