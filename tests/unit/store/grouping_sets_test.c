/* Which grouping sets tables have: defaults by name and kind, currency, declared and dropped ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grouping_sets.h"

#define PATH "/store"
#define HOURS                                                                                      \
    (CT_GRAIN_BIT(CT_GRAIN_HOUR) | CT_GRAIN_BIT(CT_GRAIN_DAY) | CT_GRAIN_BIT(CT_GRAIN_MONTH))
#define DAYS (CT_GRAIN_BIT(CT_GRAIN_DAY) | CT_GRAIN_BIT(CT_GRAIN_MONTH))

struct fixture {
    struct ct_env env;
    struct ct_store *store;
    struct ct_catalog *catalog;
    uint32_t table;
};

static struct fixture open_table(const char *name, const char *const *keys, size_t key_count,
                                 const char *field)
{
    struct fixture f = {.env = {.allocator = ct_allocator_system(), .clock = ct_clock_system()}};
    const struct ct_store_options options = {.seed = 1};
    f.env.io = ct_io_memory_create(ct_allocator_system());
    assert_int_equal(ct_store_open(&f.env, PATH, &options, &f.store, NULL), CT_OK);
    f.catalog = ct_store_catalog(f.store);
    uint32_t database, number;
    assert_int_equal(ct_catalog_define_database(f.catalog, ct_text_of("default"), &database, NULL),
                     CT_OK);
    assert_int_equal(
        ct_catalog_define_table(f.catalog, database, ct_text_of(name), NULL, &f.table, NULL),
        CT_OK);
    const bool is_money = ct_field_rule_of(ct_text_of(field)).is_money;
    assert_int_equal(ct_catalog_define_field(f.catalog, f.table, ct_text_of(field),
                                             is_money ? CT_DECIMAL : CT_FLOAT64, is_money, &number,
                                             NULL),
                     CT_OK);
    for (size_t i = 0; i < key_count; i++) {
        const struct ct_tag tag = {ct_text_of(keys[i]), ct_text_of("x")};
        assert_int_equal(ct_catalog_define_series(f.catalog, f.table, &tag, 1, &number, NULL),
                         CT_OK);
    }
    return f;
}

static void close_table(struct fixture *f)
{
    assert_int_equal(ct_store_close(f->store, NULL), CT_OK);
    ct_io_memory_destroy(f->env.io);
}

/* Grains of the set of exactly these keys (joined by commas); 0 where the table has none. */
static unsigned grains_of(const struct fixture *f, const char *joined)
{
    struct ct_set_list list;
    assert_int_equal(ct_grouping_sets_of(f->catalog, f->table,
                                         ct_catalog_tag_count(f->catalog, f->table),
                                         ct_allocator_system(), &list, NULL, NULL),
                     CT_OK);
    uint64_t wanted = 0;
    for (const char *at = joined; *at;) {
        const char *comma = strchr(at, ',');
        const struct ct_text key = {.bytes = at, .len = comma ? (size_t)(comma - at) : strlen(at)};
        const uint32_t tag = ct_catalog_find_tag(f->catalog, f->table, key);
        assert_int_not_equal(tag, CT_NONE);
        wanted |= (uint64_t)1 << tag;
        at += key.len + (comma != NULL);
    }
    unsigned grains = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        uint64_t tags = 0;
        for (uint32_t t = 0; t < list.sets[i].tag_count; t++)
            tags |= (uint64_t)1 << list.sets[i].tags[t];
        if (tags == wanted) {
            assert_int_equal(grains, 0); /* no set twice */
            grains = list.sets[i].grains;
        }
    }
    ct_set_list_deinit(&list, ct_allocator_system());
    return grains;
}

static void a_ledger_has_the_sets_of_its_tags_and_of_each_entry_tag(void **state)
{
    (void)state;
    static const char *const keys[] = {"provider", "service", "region", "team"};
    struct fixture f = open_table("cost", keys, CT_COUNT_OF(keys), "cost_usd");
    assert_int_equal(grains_of(&f, ""), HOURS);
    assert_int_equal(grains_of(&f, "provider"), HOURS);
    assert_int_equal(grains_of(&f, "provider,service,region"), HOURS);
    assert_int_equal(grains_of(&f, "team"), HOURS);
    assert_int_equal(grains_of(&f, "provider,service,team"), HOURS);
    assert_int_equal(grains_of(&f, "region"), 0);
    assert_int_equal(grains_of(&f, "region,team"), 0);
    close_table(&f);
}

static void resources_have_days_and_months(void **state)
{
    (void)state;
    static const char *const keys[] = {"resource_id"};
    struct fixture f = open_table("cost", keys, 1, "cost_usd");
    assert_int_equal(grains_of(&f, "resource_id"), DAYS);
    close_table(&f);
}

static void currency_is_part_of_every_set_where_there_is_money(void **state)
{
    (void)state;
    static const char *const keys[] = {"provider", "currency"};
    struct fixture f = open_table("cost", keys, CT_COUNT_OF(keys), "cost_usd");
    assert_int_equal(grains_of(&f, "currency"), HOURS);
    assert_int_equal(grains_of(&f, "currency,provider"), HOURS);
    assert_int_equal(grains_of(&f, "provider"), 0);
    assert_int_equal(grains_of(&f, ""), 0);
    close_table(&f);
    f = open_table("weather", keys, CT_COUNT_OF(keys), "wind");
    assert_int_equal(grains_of(&f, ""), HOURS);
    assert_int_equal(grains_of(&f, "provider"), HOURS);
    close_table(&f);
}

static void telemetry_tables_have_sets_by_name(void **state)
{
    (void)state;
    static const char *const keys[] = {"cluster", "node"};
    struct fixture f = open_table("system", keys, CT_COUNT_OF(keys), "cpu_usage");
    assert_int_equal(grains_of(&f, "cluster"), HOURS | CT_GRAIN_BIT(CT_GRAIN_MINUTE));
    assert_int_equal(grains_of(&f, "cluster,node"), HOURS);
    assert_int_equal(grains_of(&f, "node"), 0);
    close_table(&f);
}

static const struct ct_text node = {.bytes = "node", .len = 4};

static void a_declared_set_waits_for_its_tag_keys(void **state)
{
    (void)state;
    static const char *const keys[] = {"cluster"};
    struct fixture f = open_table("system", keys, 1, "cpu_usage");
    const struct ct_set_declaration declaration = {
        .keys = &node, .key_count = 1, .grains = CT_GRAIN_BIT(CT_GRAIN_MINUTE)};
    assert_int_equal(ct_store_declare_set(f.store, ct_text_of("default"), ct_text_of("system"),
                                          &declaration, NULL),
                     CT_OK);
    assert_int_equal(grains_of(&f, "cluster"), HOURS | CT_GRAIN_BIT(CT_GRAIN_MINUTE));
    uint32_t series;
    const struct ct_tag tag = {node, ct_text_of("n1")};
    assert_int_equal(ct_catalog_define_series(f.catalog, f.table, &tag, 1, &series, NULL), CT_OK);
    assert_int_equal(grains_of(&f, "node"), CT_GRAIN_BIT(CT_GRAIN_MINUTE));
    close_table(&f);
}

static void a_dropped_default_is_gone_until_it_is_declared(void **state)
{
    (void)state;
    static const char *const keys[] = {"cluster", "node"};
    const struct ct_text both[] = {node, ct_text_of("cluster")}; /* in any order */
    struct fixture f = open_table("system", keys, CT_COUNT_OF(keys), "cpu_usage");
    assert_int_equal(
        ct_store_drop_set(f.store, ct_text_of("default"), ct_text_of("system"), both, 2, NULL),
        CT_OK);
    assert_int_equal(grains_of(&f, "cluster,node"), 0);
    const struct ct_set_declaration declaration = {.keys = both, .key_count = 2, .grains = DAYS};
    assert_int_equal(ct_store_declare_set(f.store, ct_text_of("default"), ct_text_of("system"),
                                          &declaration, NULL),
                     CT_OK);
    assert_int_equal(grains_of(&f, "cluster,node"), DAYS);
    close_table(&f);
}

static void declarations_are_checked(void **state)
{
    (void)state;
    static const char *const keys[] = {"cluster"};
    struct fixture f = open_table("system", keys, 1, "cpu_usage");
    const struct ct_text twice[] = {node, node};
    const struct ct_text comma = ct_text_of("a,b");
    const struct ct_text database = ct_text_of("default"), table = ct_text_of("system");
    struct ct_set_declaration wrong = {.keys = twice, .key_count = 2, .grains = DAYS};
    assert_int_equal(ct_store_declare_set(f.store, database, table, &wrong, NULL), CT_INVALID);
    wrong = (struct ct_set_declaration){.keys = &comma, .key_count = 1, .grains = DAYS};
    assert_int_equal(ct_store_declare_set(f.store, database, table, &wrong, NULL), CT_INVALID);
    wrong = (struct ct_set_declaration){.keys = &node, .key_count = 1};
    assert_int_equal(ct_store_declare_set(f.store, database, table, &wrong, NULL), CT_INVALID);
    close_table(&f);
}

/* Rows of one series, an hour apart. */
static void write_rows(struct fixture *f, int64_t first_ns)
{
    struct ct_intake *intake;
    assert_int_equal(
        ct_intake_create(f->catalog, ct_allocator_system(), ct_text_of("default"), &intake, NULL),
        CT_OK);
    uint32_t table, series, column;
    const struct ct_tag tags[] = {{ct_text_of("cluster"), ct_text_of("c")},
                                  {node, ct_text_of("n")}};
    assert_int_equal(ct_intake_table(intake, ct_text_of("system"), &table, NULL), CT_OK);
    assert_int_equal(ct_intake_series(intake, table, tags, 2, &series, NULL), CT_OK);
    assert_int_equal(
        ct_intake_column(intake, table, ct_text_of("cpu_usage"), CT_FLOAT64, &column, NULL), CT_OK);
    for (int64_t i = 0; i < 24; i++) {
        const struct ct_row_value value = {.column = column, .float64 = (double)i};
        assert_int_equal(ct_intake_row(intake, table, series, first_ns + i * INT64_C(3600000000000),
                                       &value, 1, NULL),
                         CT_OK);
    }
    struct ct_commit_result result;
    assert_int_equal(ct_store_commit(f->store, intake, &result, NULL), CT_OK);
    ct_intake_destroy(intake);
    assert_int_equal(ct_store_seal(f->store, NULL), CT_OK);
}

static struct ct_grouping_set find_listed(const struct fixture *f, uint32_t tag_count)
{
    struct ct_grouping_set *sets, found = {0};
    uint32_t count;
    assert_int_equal(ct_store_list_sets(f->store, f->table, &sets, &count, NULL), CT_OK);
    for (uint32_t i = 0; i < count; i++) {
        if (sets[i].set.tag_count == tag_count)
            found = sets[i];
    }
    ct_release(ct_allocator_system(), sets);
    return found;
}

/* Of 24 rows an hour apart the day is worth a cell, the hours are not. */
static void the_list_tells_what_is_stored(void **state)
{
    (void)state;
    static const char *const keys[] = {"cluster", "node"};
    struct fixture f = open_table("system", keys, CT_COUNT_OF(keys), "cpu_usage");
    assert_int_equal(find_listed(&f, 2).segment_count, 0);
    write_rows(&f, 0);
    const struct ct_grouping_set both = find_listed(&f, 2);
    assert_int_equal(both.segment_count, 1);
    assert_int_equal(both.cell_count, 2); /* a day and a month */
    assert_false(both.is_declared);
    close_table(&f);
}

static void a_set_declared_later_is_built_from_stored_rows(void **state)
{
    (void)state;
    static const char *const keys[] = {"cluster", "node"};
    struct fixture f = open_table("system", keys, CT_COUNT_OF(keys), "cpu_usage");
    write_rows(&f, 0);
    const struct ct_set_declaration declaration = {.keys = &node, .key_count = 1, .grains = DAYS};
    assert_int_equal(ct_store_declare_set(f.store, ct_text_of("default"), ct_text_of("system"),
                                          &declaration, NULL),
                     CT_OK);
    bool did_work = true;
    for (int i = 0; i < 10 && did_work; i++)
        assert_int_equal(ct_store_step(f.store, &did_work, NULL), CT_OK);
    assert_false(did_work); /* once is enough */
    struct ct_grouping_set *sets;
    uint32_t count;
    assert_int_equal(ct_store_list_sets(f.store, f.table, &sets, &count, NULL), CT_OK);
    const struct ct_grouping_set *last = &sets[count - 1];
    assert_true(last->is_declared);
    assert_int_equal(last->set.tag_count, 1);
    assert_int_equal(last->segment_count, 1);
    assert_int_equal(last->cell_count, 2);
    ct_release(ct_allocator_system(), sets);
    close_table(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ledger_has_the_sets_of_its_tags_and_of_each_entry_tag),
        cmocka_unit_test(resources_have_days_and_months),
        cmocka_unit_test(currency_is_part_of_every_set_where_there_is_money),
        cmocka_unit_test(telemetry_tables_have_sets_by_name),
        cmocka_unit_test(a_declared_set_waits_for_its_tag_keys),
        cmocka_unit_test(a_dropped_default_is_gone_until_it_is_declared),
        cmocka_unit_test(declarations_are_checked),
        cmocka_unit_test(the_list_tells_what_is_stored),
        cmocka_unit_test(a_set_declared_later_is_built_from_stored_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
