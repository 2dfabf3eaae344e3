/* Registrations and budgets as records of the registry: what is put is read, and of every damaged
 * record it is said that it is damaged, or it is another good one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "budget.h"
#include "registration.h"

static struct ct_store *open_store(struct ct_io *io)
{
    const struct ct_env env = {
        .allocator = ct_allocator_system(), .io = io, .clock = ct_clock_system()};
    static struct ct_env kept; /* outlives the store */
    kept = env;
    struct ct_store *store = NULL;
    assert_int_equal(ct_store_open(&kept, "/store", NULL, &store, NULL), CT_OK);
    return store;
}

static void put_both(struct ct_store *store)
{
    const struct ct_text nodes[] = {ct_text_of("node-1"), ct_text_of("node-2")};
    struct ct_registration registration;
    assert_int_equal(ct_registration_put(store, ct_text_of("default"), CT_REGISTRY_CLUSTER,
                                         ct_text_of("c"), ct_text_of("us-west-2"), nodes, 2, 17,
                                         &registration, NULL),
                     CT_OK);
    ct_registration_release(ct_allocator_system(), &registration);
    const struct ct_text values[] = {ct_text_of("aws"), {"", 0}};
    const struct ct_budget_condition conditions[] = {{ct_text_of("provider"), values, 2, true},
                                                     {ct_text_of("tag.team"), values, 1, false}};
    const struct ct_budget budget = {.id = ct_text_of("b"),
                                     .name = ct_text_of("name"),
                                     .amount = {50000, 1},
                                     .alert_threshold = {8, 1},
                                     .currency = "EUR",
                                     .period = CT_CALENDAR_WEEK,
                                     .week_start = 7,
                                     .time_zone = ct_text_of("Europe/Berlin"),
                                     .conditions = conditions,
                                     .condition_count = 2};
    assert_int_equal(ct_budget_put(store, ct_text_of("default"), &budget, NULL), CT_OK);
}

static void what_is_put_is_read(void **state)
{
    (void)state;
    struct ct_io *io = ct_io_memory_create(ct_allocator_system());
    struct ct_store *store = open_store(io);
    struct ct_catalog *catalog = ct_store_catalog(store);
    put_both(store);
    struct ct_registration registration;
    assert_int_equal(ct_registration_read(catalog, ct_text_of("default"), CT_REGISTRY_CLUSTER,
                                          ct_text_of("c"), ct_allocator_system(), &registration,
                                          NULL),
                     CT_OK);
    assert_int_equal(registration.registered_ns, 17);
    assert_int_equal(registration.member_count, 2);
    assert_true(ct_text_equal(registration.members[1].name, ct_text_of("node-2")));
    ct_registration_release(ct_allocator_system(), &registration);
    struct ct_budgets budgets;
    assert_int_equal(ct_budgets_read(catalog, ct_text_of("default"), ct_text_of("b"),
                                     ct_allocator_system(), &budgets, NULL),
                     CT_OK);
    const struct ct_budget *budget = &budgets.items[0];
    assert_int_equal(ct_decimal_compare(budget->amount, (struct ct_decimal){5000, 0}), 0);
    assert_int_equal(budget->week_start, 7);
    assert_int_equal(budget->condition_count, 2);
    assert_true(budget->conditions[0].is_negated && !budget->conditions[1].is_negated);
    assert_int_equal(budget->conditions[0].value_count, 2);
    assert_true(ct_text_equal(budget->time_zone, ct_text_of("Europe/Berlin")));
    ct_budgets_deinit(&budgets);
    assert_int_equal(ct_store_close(store, NULL), CT_OK);
    ct_io_memory_destroy(io);
}

static bool is_expected(ct_status status)
{
    return status == CT_OK || status == CT_CORRUPT || status == CT_FORMAT;
}

static ct_status read_cluster(struct ct_catalog *catalog)
{
    struct ct_registration registration;
    struct ct_error err;
    const ct_status status =
        ct_registration_read(catalog, ct_text_of("default"), CT_REGISTRY_CLUSTER, ct_text_of("c"),
                             ct_allocator_system(), &registration, &err);
    if (status == CT_OK)
        ct_registration_release(ct_allocator_system(), &registration);
    return status;
}

static ct_status read_budget(struct ct_catalog *catalog)
{
    struct ct_budgets budgets;
    struct ct_error err;
    const ct_status status = ct_budgets_read(catalog, ct_text_of("default"), ct_text_of("b"),
                                             ct_allocator_system(), &budgets, &err);
    if (status == CT_OK)
        ct_budgets_deinit(&budgets);
    return status;
}

/* Every bit turned over, and every length. Returns how many were refused. */
static unsigned damage(struct ct_catalog *catalog, enum ct_registry_kind kind, struct ct_text key,
                       ct_status (*read)(struct ct_catalog *catalog))
{
    struct ct_registered good;
    unsigned refused = 0;
    assert_int_equal(ct_registry_get(catalog, 0, kind, key, ct_allocator_system(), &good, NULL),
                     CT_OK);
    char bytes[512];
    assert_true(good.value.len < sizeof bytes);
    for (size_t at = 0; at < good.value.len * 9; at++) {
        const size_t byte = at / 9, bit = at % 9;
        struct ct_text bad = {bytes, bit == 8 ? byte : good.value.len};
        memcpy(bytes, good.value.bytes, good.value.len);
        if (bit < 8)
            bytes[byte] = (char)(bytes[byte] ^ (1 << bit));
        if (bad.len == 0)
            continue; /* that would be no record */
        assert_int_equal(ct_registry_put(catalog, 0, kind, key, bad, NULL), CT_OK);
        const ct_status status = read(catalog);
        assert_true(is_expected(status));
        assert_true(bit < 8 || status != CT_OK);
        refused += status != CT_OK;
    }
    ct_registered_release(ct_allocator_system(), &good);
    return refused;
}

static void every_damaged_record_is_survived(void **state)
{
    (void)state;
    struct ct_io *io = ct_io_memory_create(ct_allocator_system());
    struct ct_store *store = open_store(io);
    struct ct_catalog *catalog = ct_store_catalog(store);
    put_both(store);
    assert_true(damage(catalog, CT_REGISTRY_CLUSTER, ct_text_of("c"), read_cluster) > 50);
    assert_true(damage(catalog, CT_REGISTRY_BUDGET, ct_text_of("b"), read_budget) > 100);
    assert_int_equal(ct_store_close(store, NULL), CT_OK);
    ct_io_memory_destroy(io);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_read),
        cmocka_unit_test(every_damaged_record_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
