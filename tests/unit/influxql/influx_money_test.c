/* InfluxQL over what InfluxDB does not have: exact amounts, currencies, and limits of a call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "centime.h"

static centime_store *store;

static int make_store(void **state)
{
    (void)state;
    static const char lines[] =
        "spend,provider=aws x_usd=0.1,n=1i 1000000000\n"
        "spend,provider=aws x_usd=0.2,n=2i 2000000000\n"
        "spend,provider=gcp x_usd=12345678901234567890.123456789,n=3i 3000000000\n"
        "bill,currency=EUR x_usd=1.5,n=1i 1000000000\n"
        "bill x_usd=2.25,n=2i 2000000000\n";
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    if (centime_open("money", &options, &store, NULL) != CENTIME_OK)
        return -1;
    return centime_write(store, NULL, lines, sizeof lines - 1, NULL, NULL, NULL);
}

static int drop_store(void **state)
{
    (void)state;
    return centime_close(store, NULL);
}

static void assert_answer(const centime_influx_options *options, const char *text,
                          const char *expected)
{
    centime_buffer *buffer;
    assert_int_equal(centime_influxql(store, text, strlen(text), options, &buffer, NULL),
                     CENTIME_OK);
    if (!strstr(centime_buffer_bytes(buffer), expected))
        fail_msg("%s\nis %snot %s", text, centime_buffer_bytes(buffer), expected);
    centime_buffer_destroy(buffer);
}

static centime_influx_options default_options(void)
{
    centime_influx_options options = CENTIME_INFLUX_OPTIONS_INIT;
    options.database = "default";
    options.epoch = CENTIME_EPOCH_S;
    return options;
}

static void amounts_keep_every_digit(void **state)
{
    (void)state;
    static const struct {
        const char *text, *values;
    } rows[] = {
        {"SELECT x_usd FROM spend", "[[1,0.10],[2,0.20],[3,12345678901234567890.123456789]]"},
        {"SELECT sum(x_usd) FROM spend", "[[0,12345678901234567890.423456789]]"},
        {"SELECT sum(x_usd) FROM spend WHERE n > 0", "[[0,12345678901234567890.423456789]]"},
        {"SELECT sum(x_usd) * 1.1 FROM spend", "[[0,13580246791358024679.4658024679]]"},
        {"SELECT x_usd * n, x_usd - n FROM spend",
         "[[1,0.10,-0.90],[2,0.40,-1.80],[3,37037036703703703670.370370367,"
         "12345678901234567887.123456789]]"},
        {"SELECT x_usd / 3 FROM spend LIMIT 2", "[[1,0.0333333],[2,0.0666667]]"},
        {"SELECT cumulative_sum(x_usd) FROM spend",
         "[[1,0.10],[2,0.30],[3,12345678901234567890.423456789]]"},
        {"SELECT difference(x_usd) FROM spend", "[[2,0.10],[3,12345678901234567889.923456789]]"},
        {"SELECT median(x_usd), spread(x_usd) FROM spend WHERE provider = 'aws'",
         "[[0,0.15,0.10]]"},
        {"SELECT max(x_usd), provider FROM spend", "[[3,12345678901234567890.123456789,\"gcp\"]]"},
        {"SELECT x_usd FROM spend WHERE x_usd = 0.1", "[[1,0.10]]"},
    };
    const centime_influx_options options = default_options();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_answer(&options, rows[i].text, rows[i].values);
}

static void several_currencies_are_refused_however_rows_are_read(void **state)
{
    (void)state;
    const centime_influx_options options = default_options();
    assert_answer(&options, "SELECT sum(x_usd) FROM bill", "\"error\":\"amounts in 2 currencies");
    assert_answer(&options, "SELECT sum(x_usd) FROM bill WHERE n > 0",
                  "\"error\":\"amounts in several currencies");
    assert_answer(&options, "SELECT sum(x_usd) FROM bill GROUP BY currency", "[[0,2.25]]");
}

static void limits_of_a_call_end_its_statements(void **state)
{
    (void)state;
    centime_influx_options options = default_options();
    options.rows_max = 2;
    assert_answer(&options, "SELECT x_usd FROM spend", "\"error\":");
    options.rows_max = 0;
    options.memory_bytes = 140000;
    assert_answer(&options, "SELECT * FROM spend, bill", "\"error\":");
    options.memory_bytes = 0;
    options.is_read_only = 1;
    assert_answer(&options, "DROP MEASUREMENT spend", "\"error\":\"the store is read-only\"");
    assert_answer(&options, "SELECT count(x_usd) FROM spend", "[[0,3]]");
}

static void answers_come_as_csv_too(void **state)
{
    (void)state;
    centime_influx_options options = default_options();
    options.format = CENTIME_CSV;
    assert_answer(&options, "SELECT sum(x_usd) FROM spend WHERE provider = 'aws' GROUP BY provider",
                  "name,tags,time,sum\nspend,provider=aws,0,0.30\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_keep_every_digit),
        cmocka_unit_test(several_currencies_are_refused_however_rows_are_read),
        cmocka_unit_test(limits_of_a_call_end_its_statements),
        cmocka_unit_test(answers_come_as_csv_too),
    };
    return cmocka_run_group_tests(tests, make_store, drop_store);
}
