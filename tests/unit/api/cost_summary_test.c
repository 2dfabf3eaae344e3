/* The cost summary of random charges against sums of whole cents kept by the test; half of the rows
 * are in segments, half live. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "centime.h"

#define ROWS      4000
#define RESOURCES 60
#define NOW       INT64_C(1780272000000000000)
#define HOUR      INT64_C(3600000000000)

static const char *const providers[] = {"", "aws", "azure", "gcp"};
static const char *const services[] = {"", "compute", "db", "net", "storage"};
static int64_t cents_by_provider[4], cents_by_service[5], cents_by_resource[RESOURCES];
static int rows_by_provider[4], rows_by_service[5], rows_by_resource[RESOURCES];
static int64_t total_cents;
static uint64_t seed = 7;

static uint32_t below(uint32_t end)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed % end);
}

static void count_row(uint32_t provider, uint32_t service, uint32_t resource, int64_t cents)
{
    total_cents += cents;
    cents_by_provider[provider] += cents;
    cents_by_service[service] += cents;
    cents_by_resource[resource] += cents;
    rows_by_provider[provider]++;
    rows_by_service[service]++;
    rows_by_resource[resource]++;
}

static void write_row(centime_store *store, centime_writer *writer, int row)
{
    const uint32_t provider = below(4);
    const uint32_t service = below(5);
    const uint32_t resource = below(RESOURCES);
    const int64_t cents = (int64_t)below(100000) - 5000;
    const int64_t age_ns = (int64_t)below(48) * (HOUR / 2) + row; /* no identity twice */
    char line[256];
    int len = snprintf(line, sizeof line, "cost,resource_id=r%02u", resource);
    if (provider)
        len += snprintf(line + len, sizeof line - (size_t)len, ",provider=%s", providers[provider]);
    if (service)
        len += snprintf(line + len, sizeof line - (size_t)len, ",service=%s", services[service]);
    len += snprintf(line + len, sizeof line - (size_t)len, " cost_usd=%s%lld.%02lld %lld\n",
                    cents < 0 ? "-" : "", (long long)((cents < 0 ? -cents : cents) / 100),
                    (long long)((cents < 0 ? -cents : cents) % 100), (long long)(NOW - age_ns));
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_writer_lines(writer, line, (size_t)len, NULL, NULL, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
    if (age_ns < 12 * HOUR)
        count_row(provider, service, resource, cents);
    if (row == ROWS / 2)
        assert_int_equal(centime_seal(store, &err), CENTIME_OK);
}

static void print_cents(int64_t cents, char *out, size_t cap)
{
    const int64_t magnitude = cents < 0 ? -cents : cents;
    snprintf(out, cap, "%s%lld.%02lld", cents < 0 ? "-" : "", (long long)(magnitude / 100),
             (long long)(magnitude % 100));
}

static void assert_part(const centime_cost_summary *summary, uint32_t part,
                        const char *const *names, const int64_t *cents, const int *rows, int count)
{
    const centime_result *result = centime_cost_summary_part(summary, part);
    uint64_t row = 0;
    for (int i = 0; i < count; i++) {
        if (rows[i] == 0)
            continue;
        char expected[32];
        char found[CENTIME_DECIMAL_BYTES];
        print_cents(cents[i], expected, sizeof expected);
        assert_string_equal(centime_result_text(result, 0, row).bytes, names[i]);
        centime_result_print(result, 1, row, found, sizeof found);
        assert_string_equal(found, expected);
        row++;
    }
    assert_int_equal(centime_result_rows(result), row);
}

/* Ten resources, each the dearest of those not yet named, ties by id. */
static void assert_top(const centime_cost_summary *summary)
{
    const centime_result *top = centime_cost_summary_part(summary, CENTIME_TOP_RESOURCES);
    assert_int_equal(centime_result_rows(top), 10);
    int is_named[RESOURCES] = {0};
    for (uint64_t row = 0; row < 10; row++) {
        int best = -1;
        for (int i = 0; i < RESOURCES; i++)
            if (!is_named[i] && rows_by_resource[i] &&
                (best < 0 || cents_by_resource[i] > cents_by_resource[best]))
                best = i;
        is_named[best] = 1;
        char id[16];
        snprintf(id, sizeof id, "r%02d", best);
        assert_string_equal(centime_result_text(top, 0, row).bytes, id);
    }
}

static void random_charges_add_up_to_the_cent(void **state)
{
    (void)state;
    centime_error err = CENTIME_ERROR_INIT;
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    centime_store *store = NULL;
    centime_writer *writer = NULL;
    assert_int_equal(centime_open("memory", &options, &store, &err), CENTIME_OK);
    assert_int_equal(centime_writer_create(store, NULL, &writer, &err), CENTIME_OK);
    for (int row = 0; row < ROWS; row++)
        write_row(store, writer, row);
    centime_writer_destroy(writer);
    centime_cost_options window = {
        .struct_size = sizeof window, .end_ns = NOW, .window_ns = 12 * HOUR};
    centime_cost_summary *summary = NULL;
    assert_int_equal(centime_cost_summary_run(store, &window, &summary, &err), CENTIME_OK);
    char expected[32];
    char total[CENTIME_DECIMAL_BYTES];
    print_cents(total_cents, expected, sizeof expected);
    centime_cost_summary_total(summary, total, sizeof total);
    assert_string_equal(total, expected);
    assert_part(summary, CENTIME_BY_PROVIDER, providers, cents_by_provider, rows_by_provider, 4);
    assert_part(summary, CENTIME_BY_SERVICE, services, cents_by_service, rows_by_service, 5);
    assert_top(summary);
    centime_cost_summary_destroy(summary);
    assert_int_equal(centime_close(store, &err), CENTIME_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_charges_add_up_to_the_cent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
