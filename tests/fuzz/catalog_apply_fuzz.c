/* Arbitrary bytes as catalog definitions. Whatever they leave behind is a catalog: it dumps, its
 * dump and its journal make it again, and applying either twice changes nothing but the slots that
 * records of the registry lie in. */
#include "catalog.h"
#include "driver.h"
#include "registry.h"

#define INPUT_BYTES_MAX ((size_t)1 << 16) /* so that a dump is one piece */

static struct ct_catalog *new_catalog(void)
{
    struct ct_catalog *catalog = ct_catalog_create(ct_allocator_system(), CT_SERIES_MAX);
    FUZZ_REQUIRE(catalog);
    return catalog;
}

static uint8_t *dump(struct ct_catalog *catalog, size_t *len)
{
    struct ct_dump_cursor cursor = {0};
    uint8_t *bytes, *rest;
    size_t rest_len;
    FUZZ_REQUIRE(ct_catalog_dump(catalog, &cursor, &bytes, len, NULL) == CT_OK);
    FUZZ_REQUIRE(ct_catalog_dump(catalog, &cursor, &rest, &rest_len, NULL) == CT_OK);
    FUZZ_REQUIRE(rest_len == 0);
    return bytes;
}

static void require_same_records(struct ct_catalog *a, struct ct_catalog *b, uint32_t database,
                                 enum ct_registry_kind kind)
{
    struct ct_registered *of_a, *of_b;
    size_t count_a, count_b;
    FUZZ_REQUIRE(
        ct_registry_list(a, database, kind, ct_allocator_system(), &of_a, &count_a, NULL) == CT_OK);
    FUZZ_REQUIRE(
        ct_registry_list(b, database, kind, ct_allocator_system(), &of_b, &count_b, NULL) == CT_OK);
    FUZZ_REQUIRE(count_a == count_b);
    for (size_t i = 0; i < count_a; i++) {
        FUZZ_REQUIRE(ct_text_equal(of_a[i].key, of_b[i].key));
        FUZZ_REQUIRE(ct_text_equal(of_a[i].value, of_b[i].value));
    }
    ct_registered_release_all(ct_allocator_system(), of_a, count_a);
    ct_registered_release_all(ct_allocator_system(), of_b, count_b);
}

/* `bytes` applied once give a catalog whose dump is `wanted`; applied again, one of the same length
 * and the same records. */
static void require_dump(const uint8_t *bytes, size_t len, const uint8_t *wanted, size_t wanted_len)
{
    struct ct_catalog *catalog = new_catalog();
    struct ct_catalog *once = new_catalog();
    FUZZ_REQUIRE(ct_catalog_apply(once, bytes, len, NULL) == CT_OK);
    for (unsigned round = 0; round < 2; round++) {
        FUZZ_REQUIRE(ct_catalog_apply(catalog, bytes, len, NULL) == CT_OK);
        size_t again_len;
        uint8_t *again = dump(catalog, &again_len);
        FUZZ_REQUIRE(again_len == wanted_len);
        FUZZ_REQUIRE(wanted_len == 0 || round > 0 || memcmp(again, wanted, wanted_len) == 0);
        ct_release(ct_allocator_system(), again);
    }
    for (uint32_t database = 0; database < ct_catalog_database_count(once); database++)
        for (int kind = 1; kind <= CT_REGISTRY_KIND_MAX; kind++)
            require_same_records(once, catalog, database, (enum ct_registry_kind)kind);
    ct_catalog_destroy(once);
    ct_catalog_destroy(catalog);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len > INPUT_BYTES_MAX)
        return 0;
    struct ct_catalog *catalog = new_catalog();
    const ct_status status = ct_catalog_apply(catalog, bytes, len, NULL);
    FUZZ_REQUIRE(status == CT_OK || status == CT_CORRUPT);
    size_t dump_len, journal_len;
    uint8_t *journal;
    uint8_t *dumped = dump(catalog, &dump_len);
    FUZZ_REQUIRE(ct_catalog_journal_copy(catalog, 0, ct_catalog_journal_end(catalog), &journal,
                                         &journal_len, NULL) == CT_OK);
    require_dump(dumped, dump_len, dumped, dump_len);
    require_dump(journal, journal_len, dumped, dump_len);
    ct_release(ct_allocator_system(), journal);
    ct_release(ct_allocator_system(), dumped);
    ct_catalog_destroy(catalog);
    return 0;
}

static void define_tables(struct ct_catalog *catalog, const char *name, unsigned series)
{
    uint32_t database, table, number;
    FUZZ_REQUIRE(ct_catalog_define_database(catalog, ct_text_of("default"), &database, NULL) ==
                 CT_OK);
    FUZZ_REQUIRE(ct_catalog_define_table(catalog, database, ct_text_of(name), NULL, &table, NULL) ==
                 CT_OK);
    FUZZ_REQUIRE(ct_catalog_define_field(catalog, table, ct_text_of("cost_usd"), CT_DECIMAL, true,
                                         &number, NULL) == CT_OK);
    FUZZ_REQUIRE(ct_catalog_define_field(catalog, table, ct_text_of("cpu"), CT_FLOAT64, false,
                                         &number, NULL) == CT_OK);
    for (unsigned i = 0; i < series; i++) {
        const char letters[] = "abcdefghijklmnopqrstuvwxyz";
        const struct ct_tag tags[] = {
            {ct_text_of("region"), {letters + i % 5, 2}},
            {ct_text_of("service"), {letters + i % 17, 1 + i % 3}},
        };
        FUZZ_REQUIRE(ct_catalog_define_series(catalog, table, tags + i % 2, 2 - i % 2, &number,
                                              NULL) == CT_OK);
    }
}

/* Put, replaced, removed. */
static void put_records(struct ct_catalog *catalog, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const char letters[] = "abcdefghijklmnopqrstuvwxyz";
        const struct ct_text key = {letters + i % 7, 1 + i % 2};
        const struct ct_text value = {letters + i % 11, i % 4};
        FUZZ_REQUIRE(ct_registry_put(catalog, 0, (enum ct_registry_kind)(1 + i % 5), key, value,
                                     NULL) == CT_OK);
    }
}

void fuzz_seeds(void)
{
    for (unsigned series = 0; series <= 32; series += 8) {
        struct ct_catalog *catalog = new_catalog();
        define_tables(catalog, "cost", series);
        define_tables(catalog, "system", series / 2);
        put_records(catalog, series);
        size_t len;
        uint8_t *bytes = dump(catalog, &len);
        fuzz_seed_add(bytes, len);
        ct_release(ct_allocator_system(), bytes);
        FUZZ_REQUIRE(ct_catalog_journal_copy(catalog, 0, ct_catalog_journal_end(catalog), &bytes,
                                             &len, NULL) == CT_OK);
        fuzz_seed_add(bytes, len);
        ct_release(ct_allocator_system(), bytes);
        ct_catalog_destroy(catalog);
    }
}
