/* Exchange rates: what is in effect when, what is refused, what a reopened store still knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "civil_time.h"
#include "rates.h"

#define PATH "/store"

struct world {
    struct ct_allocator_counting counting;
    struct ct_env env;
    struct ct_store *store;
};

static const struct ct_text database = {"default", 7};
static const struct ct_text usual = {"default", 7};

static void open_store(struct world *world)
{
    const struct ct_store_options options = {.seed = 7};
    struct ct_error err = {0};
    if (ct_store_open(&world->env, PATH, &options, &world->store, &err) != CT_OK)
        fail_msg("%s", err.text);
}

static int set_up(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    ct_allocator_counting_init(&world.counting, ct_allocator_system(), 0);
    world.env = (struct ct_env){.allocator = &world.counting.base, .clock = ct_clock_system()};
    world.env.io = ct_io_memory_create(&world.counting.base);
    open_store(&world);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    assert_int_equal(ct_store_close(world->store, NULL), CT_OK);
    ct_io_memory_destroy(world->env.io);
    return world->counting.live_blocks == 0 ? 0 : -1;
}

static int64_t day(const char *text)
{
    int64_t time_ns;
    assert_int_equal(ct_time_parse(ct_text_of(text), &time_ns), CT_OK);
    return time_ns;
}

static struct ct_rate rate_of(const char *base, const char *quote, const char *from,
                              const char *rate)
{
    struct ct_rate out = {usual, ct_text_of(base), ct_text_of(quote), day(from), {0}};
    assert_int_equal(ct_decimal_parse(ct_text_of(rate), &out.rate), CT_OK);
    return out;
}

static void put(struct world *world, const char *base, const char *quote, const char *from,
                const char *rate)
{
    const struct ct_rate given = rate_of(base, quote, from, rate);
    assert_int_equal(ct_rate_put(world->store, database, &given, NULL), CT_OK);
}

static struct ct_rates read_rates(struct world *world, struct ct_text table)
{
    struct ct_rates rates;
    struct ct_error err = {0};
    if (ct_rates_read(ct_store_catalog(world->store), database, table, &world->counting.base,
                      &rates, &err) != CT_OK)
        fail_msg("%s", err.text);
    return rates;
}

static void check_at(const struct ct_rates *rates, const char *time, const char *rate,
                     int64_t from_ns, int64_t until_ns)
{
    struct ct_rate_span span;
    char text[CT_DECIMAL_TEXT_MAX + 1];
    assert_int_equal(
        ct_rates_at(rates, ct_text_of("EUR"), ct_text_of("USD"), day(time), &span, NULL), CT_OK);
    text[ct_decimal_print(span.rate, 0, text)] = 0;
    assert_string_equal(text, rate);
    assert_true(span.from_ns == from_ns && span.until_ns == until_ns);
}

static void put_usual_rates(struct world *world)
{
    put(world, "EUR", "USD", "2026-07-01", "1.15");
    put(world, "EUR", "USD", "2026-06-01", "1.10");
    put(world, "EUR", "GBP", "2026-01-01", "0.85");
    put(world, "EU", "USD", "2026-06-15", "3");
    put(world, "JPY", "USD", "2026-06-01", "0.0067");
}

static void a_rate_holds_until_the_next_of_its_pair(void **state)
{
    struct world *world = *state;
    put_usual_rates(world);
    struct ct_rates rates = read_rates(world, usual);
    assert_int_equal(rates.count, 5);
    const int64_t june = day("2026-06-01"), july = day("2026-07-01");
    check_at(&rates, "2026-06-01T00:00:00Z", "1.1", june, july);
    check_at(&rates, "2026-06-30T23:59:59.999999999Z", "1.1", june, july);
    check_at(&rates, "2026-07-01T00:00:00Z", "1.15", july, INT64_MAX);
    check_at(&rates, "2030-01-01T00:00:00Z", "1.15", july, INT64_MAX);
    ct_rates_deinit(&rates);
}

static void what_was_not_put_is_not_worked_out(void **state)
{
    struct world *world = *state;
    put_usual_rates(world);
    struct ct_rates rates = read_rates(world, usual);
    struct ct_rate_span span;
    struct ct_error err = {0};
    assert_int_equal(ct_rates_at(&rates, ct_text_of("EUR"), ct_text_of("USD"),
                                 day("2026-05-31T23:59:59Z"), &span, &err),
                     CT_CURRENCY);
    assert_string_equal(err.text, "no rate of EUR to USD on 2026-05-31");
    assert_int_equal(
        ct_rates_at(&rates, ct_text_of("USD"), ct_text_of("EUR"), day("2026-07-01"), &span, NULL),
        CT_CURRENCY);
    assert_int_equal(
        ct_rates_at(&rates, ct_text_of("GBP"), ct_text_of("USD"), day("2026-07-01"), &span, NULL),
        CT_CURRENCY);
    assert_int_equal(
        ct_rates_at(&rates, ct_text_of("XYZ"), ct_text_of("XYZ"), day("1999-07-01"), &span, NULL),
        CT_OK);
    assert_true(span.rate.mantissa == 1 && span.rate.scale == 0);
    assert_true(span.from_ns == INT64_MIN && span.until_ns == INT64_MAX);
    ct_rates_deinit(&rates);
}

static void the_same_day_replaces_and_removing_forgets(void **state)
{
    struct world *world = *state;
    put_usual_rates(world);
    put(world, "EUR", "USD", "2026-07-01", "1.20");
    struct ct_rates rates = read_rates(world, usual);
    assert_int_equal(rates.count, 5);
    check_at(&rates, "2026-07-02", "1.2", day("2026-07-01"), INT64_MAX);
    ct_rates_deinit(&rates);
    const struct ct_rate july = rate_of("EUR", "USD", "2026-07-01", "0");
    assert_int_equal(ct_rate_remove(world->store, database, &july, NULL), CT_OK);
    assert_int_equal(ct_rate_remove(world->store, database, &july, NULL), CT_OK);
    assert_int_equal(ct_store_close(world->store, NULL), CT_OK);
    open_store(world);
    rates = read_rates(world, usual);
    assert_int_equal(rates.count, 4);
    check_at(&rates, "2026-07-02", "1.1", day("2026-06-01"), INT64_MAX);
    ct_rates_deinit(&rates);
}

static void tables_stand_side_by_side(void **state)
{
    struct world *world = *state;
    put_usual_rates(world);
    struct ct_rate other = rate_of("EUR", "USD", "2026-06-01", "2");
    other.table = ct_text_of("default-2.x_y");
    assert_int_equal(ct_rate_put(world->store, database, &other, NULL), CT_OK);
    struct ct_rates rates = read_rates(world, other.table);
    assert_int_equal(rates.count, 1);
    check_at(&rates, "2026-08-01", "2", day("2026-06-01"), INT64_MAX);
    ct_rates_deinit(&rates);
    rates = read_rates(world, (struct ct_text){0});
    assert_int_equal(rates.count, 6);
    ct_rates_deinit(&rates);
    rates = read_rates(world, ct_text_of("none"));
    assert_int_equal(rates.count, 0);
    ct_rates_deinit(&rates);
}

static void check_refused(struct world *world, const struct ct_rate *rate)
{
    assert_int_equal(ct_rate_put(world->store, database, rate, NULL), CT_INVALID);
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct world *world = *state;
    const struct ct_rate good = rate_of("EUR", "USD", "2026-06-01", "1.1");
    static const char *const tables[] = {"", "a/b", "a b", "\xc3\xa9"};
    for (size_t i = 0; i < CT_COUNT_OF(tables); i++) {
        struct ct_rate bad = good;
        bad.table = ct_text_of(tables[i]);
        check_refused(world, &bad);
    }
    static const char *const currencies[] = {"", "E/R", "EUR ", "12345678901234567", "USD"};
    for (size_t i = 0; i < CT_COUNT_OF(currencies); i++) {
        struct ct_rate bad = good;
        bad.base = ct_text_of(currencies[i]);
        check_refused(world, &bad);
    }
    struct ct_rate bad = good;
    bad.from_ns++;
    check_refused(world, &bad);
    bad = good;
    bad.rate.mantissa = 0;
    check_refused(world, &bad);
    bad.rate.mantissa = -1;
    check_refused(world, &bad);
}

static void a_damaged_record_is_told(void **state)
{
    struct world *world = *state;
    static const char *const records[][2] = {
        {"default/EUR/USD/2026-06-01", "x"},   {"default/EUR/USD/2026-06-01", "-1"},
        {"default/EUR/2026-06-01", "1"},       {"default/EUR/USD/2026-6-1", "1"},
        {"default/EUR/USD/X/2026-06-01", "1"},
    };
    for (size_t i = 0; i < CT_COUNT_OF(records); i++) {
        const struct ct_text key = ct_text_of(records[i][0]);
        assert_int_equal(ct_store_register(world->store, database, CT_REGISTRY_RATE_TABLE, key,
                                           ct_text_of(records[i][1]), NULL),
                         CT_OK);
        struct ct_rates rates;
        struct ct_error err = {0};
        assert_int_equal(ct_rates_read(ct_store_catalog(world->store), database, usual,
                                       &world->counting.base, &rates, &err),
                         CT_CORRUPT);
        assert_non_null(strstr(err.text, records[i][0]));
        assert_int_equal(ct_store_register(world->store, database, CT_REGISTRY_RATE_TABLE, key,
                                           (struct ct_text){0}, NULL),
                         CT_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_rate_holds_until_the_next_of_its_pair, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_not_put_is_not_worked_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_day_replaces_and_removing_forgets, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(tables_stand_side_by_side, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_makes_no_sense_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_record_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
