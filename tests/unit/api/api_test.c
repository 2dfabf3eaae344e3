/* The C library through its public face, on a store in memory and on files: writing, asking,
 * formats, summaries, errors and versioned structs. Expected numbers are worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "centime.h"

#define JUNE_1 INT64_C(1780272000000000000) /* 2026-06-01T00:00:00Z */
#define HOUR   INT64_C(3600000000000)

static void *libc_allocate(void *context, size_t size)
{
    *(int *)context += 1;
    return malloc(size);
}

static void *libc_resize(void *context, void *pointer, size_t size)
{
    *(int *)context += pointer == NULL;
    return realloc(pointer, size);
}

static void libc_release(void *context, void *pointer)
{
    *(int *)context -= pointer != NULL;
    free(pointer);
}

static centime_store *open_memory(void)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    centime_store *store = NULL;
    if (centime_open("memory", &options, &store, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
    return store;
}

static void close_store(centime_store *store)
{
    centime_error err = CENTIME_ERROR_INIT;
    assert_int_equal(centime_close(store, &err), CENTIME_OK);
}

static void write_text(centime_store *store, const char *text)
{
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_write(store, NULL, text, strlen(text), NULL, NULL, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
}

static centime_result *run(centime_store *store, const centime_query *query)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_result *result = NULL;
    if (centime_run(store, query, &result, &err) != CENTIME_OK)
        fail_msg("%s", err.text);
    return result;
}

static void assert_format(const centime_result *result, int format, const char *expected)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_buffer *buffer = NULL;
    assert_int_equal(centime_result_format(result, format, &buffer, &err), CENTIME_OK);
    assert_string_equal(centime_buffer_bytes(buffer), expected);
    assert_int_equal(centime_buffer_len(buffer), strlen(expected));
    centime_buffer_destroy(buffer);
}

static const centime_aggregate sum_cost = {CENTIME_SUM, 0, "cost_usd", NULL};
static const char *const by_provider[] = {"provider"};

static centime_query cost_by_provider(void)
{
    centime_query query = CENTIME_QUERY_INIT;
    query.table = "cost";
    query.aggregates = &sum_cost;
    query.aggregate_count = 1;
    query.tags = by_provider;
    query.tag_count = 1;
    return query;
}

static const char three_charges[] =
    "cost,provider=aws,service=ec2 cost_usd=17.5 1780272000000000000\n"
    "cost,provider=aws,service=s3 cost_usd=0.1 1780275600000000000\n"
    "cost,service=misc cost_usd=-2.000000000000000000001 1780275600000000000\n";

static void exact_sums_come_out_in_every_format(void **state)
{
    (void)state;
    centime_store *store = open_memory();
    write_text(store, three_charges);
    centime_query query = cost_by_provider();
    centime_result *result = run(store, &query);
    assert_format(result, CENTIME_JSON,
                  "{\"rows\":[{\"provider\":\"\",\"sum_cost_usd\":-2.000000000000000000001},"
                  "{\"provider\":\"aws\",\"sum_cost_usd\":17.60}]}");
    assert_format(result, CENTIME_CSV,
                  "provider,sum_cost_usd\r\n\"\",-2.000000000000000000001\r\naws,17.60\r\n");
    assert_format(result, CENTIME_NDJSON,
                  "{\"provider\":\"\",\"sum_cost_usd\":-2.000000000000000000001}\n"
                  "{\"provider\":\"aws\",\"sum_cost_usd\":17.60}\n");
    assert_format(result, CENTIME_TABLE,
                  "provider              sum_cost_usd\n"
                  "--------  ------------------------\n"
                  "          -2.000000000000000000001\n"
                  "aws                          17.60\n");
    centime_decimal decimal;
    assert_int_equal(centime_result_decimal(result, 1, 1, &decimal, NULL), CENTIME_OK);
    assert_true(decimal.scale >= 1 && decimal.high == 0);
    assert_true(centime_result_double(result, 1, 1) == 17.6);
    assert_int_equal(centime_result_decimal(result, 0, 1, &decimal, NULL), CENTIME_INVALID);
    close_store(store);
    assert_int_equal(centime_result_rows(result), 2); /* outlives its store */
    assert_string_equal(centime_result_text(result, 0, 1).bytes, "aws");
    centime_result_destroy(result);
}

static void times_and_nulls_are_printed(void **state)
{
    (void)state;
    centime_store *store = open_memory();
    write_text(store, "m,host=a x=1.5,n=3i 1780272000000000000\n"
                      "m,host=a ok=true 1780272000500000000\n"
                      "m,host=a s=\"\" -1\n");
    const char *const fields[] = {"x", "n", "ok", "s"};
    centime_query query = CENTIME_QUERY_INIT;
    query.table = "m";
    query.mode = CENTIME_ROWS;
    query.fields = fields;
    query.field_count = 4;
    centime_result *result = run(store, &query);
    assert_format(result, CENTIME_CSV,
                  "time,x,n,ok,s\r\n"
                  "1969-12-31T23:59:59.999999999Z,,,,\"\"\r\n"
                  "2026-06-01T00:00:00Z,1.5,3,,\r\n"
                  "2026-06-01T00:00:00.5Z,,,true,\r\n");
    assert_int_equal(centime_result_is_null(result, 1, 0), 1);
    assert_int_equal(centime_result_is_null(result, 1, 1), 0);
    assert_int_equal(centime_result_is_null(result, 9, 0), 1);
    assert_int_equal(centime_result_type(result, 0), CENTIME_TIME);
    assert_int_equal(centime_result_int64(result, 0, 1), JUNE_1);
    assert_int_equal(((const int64_t *)centime_result_values(result, 2))[1], 3);
    char text[CENTIME_DECIMAL_BYTES];
    assert_int_equal(centime_result_print(result, 1, 1, text, sizeof text), 3);
    assert_string_equal(text, "1.5");
    centime_result_destroy(result);
    close_store(store);
}

static void hostile_tag_values_are_escaped(void **state)
{
    (void)state;
    centime_store *store = open_memory();
    centime_error err = CENTIME_ERROR_INIT;
    centime_writer *writer = NULL;
    assert_int_equal(centime_writer_create(store, NULL, &writer, &err), CENTIME_OK);
    const centime_text providers[] = {{"a\"b\\,\x1b[31m", 10}, {"\xc3\xa4\xe2\x82\xac", 5}};
    const int64_t cents[] = {350, -5};
    const int64_t times[] = {JUNE_1, JUNE_1};
    const centime_column columns[] = {
        {"provider", CENTIME_TAG, 0, {0}, NULL, providers, NULL},
        {"cost_usd", CENTIME_DECIMAL, 2, {0}, NULL, cents, NULL},
    };
    const centime_batch batch = {sizeof batch, 2, "cost", columns, times, 2};
    assert_int_equal(centime_writer_columns(writer, &batch, NULL, &err), CENTIME_OK);
    centime_writer_destroy(writer);
    centime_query query = cost_by_provider();
    centime_result *result = run(store, &query);
    assert_format(result, CENTIME_JSON,
                  "{\"rows\":[{\"provider\":\"a\\\"b\\\\,\\u001b[31m\",\"sum_cost_usd\":3.50},"
                  "{\"provider\":\"\xc3\xa4\xe2\x82\xac\",\"sum_cost_usd\":-0.05}]}");
    assert_format(result, CENTIME_CSV,
                  "provider,sum_cost_usd\r\n\"a\"\"b\\,\x1b[31m\",3.50\r\n"
                  "\xc3\xa4\xe2\x82\xac,-0.05\r\n");
    assert_format(result, CENTIME_TABLE,
                  "provider    sum_cost_usd\n"
                  "----------  ------------\n"
                  "a\"b\\,?[31m          3.50\n"
                  "\xc3\xa4\xe2\x82\xac                 -0.05\n");
    centime_result_destroy(result);
    close_store(store);
}

static void bad_lines_are_told_and_good_ones_written(void **state)
{
    (void)state;
    centime_store *store = open_memory();
    const char text[] = "m x=1 1\nm x= 2\nm x=3 3\nm x=\"text\" 4\n";
    centime_error err = CENTIME_ERROR_INIT;
    centime_reject rejects[1];
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    result.rejects = rejects;
    result.reject_cap = 1;
    assert_int_equal(centime_write(store, NULL, text, strlen(text), NULL, &result, &err),
                     CENTIME_PARSE);
    assert_int_equal(err.line, 2);
    assert_int_equal(result.rows, 2);
    assert_int_equal(result.rejected, 2);
    assert_int_equal(result.reject_count, 1);
    assert_int_equal(rejects[0].line, 2);
    assert_true(result.commit > 0);
    centime_write_options options = {.struct_size = sizeof options, .all_or_nothing = 1};
    assert_int_equal(centime_write(store, NULL, "m x=9 9\nm x= 2\n", 15, &options, &result, &err),
                     CENTIME_PARSE);
    assert_int_equal(result.rows, 0);
    const centime_aggregate count = {CENTIME_COUNT, 0, NULL, NULL};
    centime_query query = CENTIME_QUERY_INIT;
    query.table = "m";
    query.aggregates = &count;
    query.aggregate_count = 1;
    centime_result *counted = run(store, &query);
    assert_int_equal(centime_result_int64(counted, 0, 0), 2);
    centime_result_destroy(counted);
    close_store(store);
}

static void well_formed_lines_that_do_not_fit_are_told_apart(void **state)
{
    (void)state;
    centime_store *store = open_memory();
    centime_error err = CENTIME_ERROR_INIT;
    const centime_write_options options = {.struct_size = sizeof options,
                                           .all_or_nothing = CENTIME_WELL_FORMED};
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    const char misfit[] = "m x=1 1\nm x=\"text\" 2\nm x=3 3\n";
    assert_int_equal(centime_write(store, NULL, misfit, strlen(misfit), &options, &result, &err),
                     CENTIME_PARSE);
    assert_int_equal(result.rows, 2);
    assert_int_equal(result.rejected, 1);
    assert_int_equal(result.misfits, 1);
    const char malformed[] = "m x=4 4\nm x=\"text\" 5\nm x= 6\n";
    assert_int_equal(
        centime_write(store, NULL, malformed, strlen(malformed), &options, &result, &err),
        CENTIME_PARSE);
    assert_int_equal(result.rows, 0);
    assert_int_equal(result.rejected, 2);
    assert_int_equal(result.misfits, 1);
    close_store(store);
}

static void columns_are_written_as_their_fields_are_typed(void **state)
{
    (void)state;
    centime_store *store = open_memory();
    centime_error err = CENTIME_ERROR_INIT;
    centime_writer *writer = NULL;
    assert_int_equal(centime_writer_create(store, "fin", &writer, &err), CENTIME_OK);
    const int64_t times[] = {3, 1, 2};
    const uint8_t present[] = {1, 0, 1};
    const centime_text amounts[] = {{"1e-3", 4}, {"", 0}, {"123456789012345678901.5", 23}};
    const int64_t counts[] = {1, 2, 3};
    const double loads[] = {0.5, 1.5, 2.5};
    const centime_column columns[] = {
        {"charge_usd", CENTIME_DECIMAL_TEXT, 0, {0}, present, amounts, NULL},
        {"requests", CENTIME_INT64, 0, {0}, NULL, counts, NULL},
        {"load", CENTIME_FLOAT64, 0, {0}, NULL, loads, NULL},
    };
    const centime_batch batch = {sizeof batch, 3, "t", columns, times, 3};
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    assert_int_equal(centime_writer_columns(writer, &batch, &result, &err), CENTIME_OK);
    assert_int_equal(result.rows, 3);
    const centime_column doubles = {"charge_usd", CENTIME_FLOAT64, 0, {0}, NULL, loads, NULL};
    const centime_batch refused = {sizeof refused, 1, "t", &doubles, times, 3};
    assert_int_equal(centime_writer_columns(writer, &refused, NULL, &err), CENTIME_TYPE);
    assert_non_null(strstr(err.text, "charge_usd"));
    assert_int_equal(err.line, 1);
    centime_writer_destroy(writer);
    const centime_aggregate sums[] = {{CENTIME_SUM, 0, "charge_usd", "total"},
                                      {CENTIME_MEAN, 0, "requests", NULL},
                                      {CENTIME_LAST, 0, "load", NULL},
                                      {CENTIME_COUNT, 0, "charge_usd", NULL}};
    centime_query query = CENTIME_QUERY_INIT;
    query.database = "fin";
    query.table = "t";
    query.aggregates = sums;
    query.aggregate_count = 4;
    centime_result *answer = run(store, &query);
    assert_format(answer, CENTIME_JSON,
                  "{\"rows\":[{\"total\":123456789012345678901.501,\"mean_requests\":2,"
                  "\"last_load\":0.5,\"count_charge_usd\":2}]}");
    centime_result_destroy(answer);
    close_store(store);
}

static const char summary_lines[] =
    "cost,provider=aws,service=ec2,region=us,cluster=c1,resource_id=i-1,tag.team=ml cost_usd=10.25 "
    "1780272000000000001\n"
    "cost,provider=aws,service=s3,region=us,resource_id=b-1,project=x cost_usd=0.75 "
    "1780279200000000000\n"
    "cost,provider=gcp,service=gke,cluster=c2,resource_id=i-0,tag.team=ml cost_usd=10.25 "
    "1780275600000000000\n"
    "cost,provider=gcp,service=gke cost_usd=-1 1780275600000000000\n"
    "cost,provider=aws,service=old,resource_id=i-9 cost_usd=1000 1780272000000000000\n"
    "cost,provider=aws,service=new,resource_id=i-9 cost_usd=1000 1780279200000000001\n";

/* The window is open at its start and closed at its end: the last two rows lie just outside. */
static void cost_summary_adds_up_by_hand(void **state)
{
    (void)state;
    centime_store *store = open_memory();
    centime_error err = CENTIME_ERROR_INIT;
    write_text(store, summary_lines);
    centime_cost_options options = {
        .struct_size = sizeof options, .end_ns = JUNE_1 + 2 * HOUR, .window_ns = 2 * HOUR};
    centime_cost_summary *summary = NULL;
    assert_int_equal(centime_cost_summary_run(store, &options, &summary, &err), CENTIME_OK);
    close_store(store);
    centime_buffer *json = NULL;
    assert_int_equal(centime_cost_summary_json(summary, &json, &err), CENTIME_OK);
    assert_string_equal(
        centime_buffer_bytes(json),
        "{\"total_cost\":20.25,\"by_provider\":{\"aws\":11.00,\"gcp\":9.25},"
        "\"by_service\":{\"ec2\":10.25,\"gke\":9.25,\"s3\":0.75},"
        "\"by_cluster\":{\"\":-0.25,\"c1\":10.25,\"c2\":10.25},"
        "\"by_region\":{\"\":9.25,\"us\":11.00},"
        "\"by_tag\":{\"project\":{\"x\":0.75},\"team\":{\"ml\":20.50}},"
        "\"top_resources\":[{\"resource_id\":\"i-0\",\"cost\":10.25},"
        "{\"resource_id\":\"i-1\",\"cost\":10.25},{\"resource_id\":\"b-1\",\"cost\":0.75}],"
        "\"currency\":\"USD\",\"window\":{\"start\":\"2026-06-01T00:00:00Z\","
        "\"end\":\"2026-06-01T02:00:00Z\"}}");
    centime_buffer_destroy(json);
    char total[CENTIME_DECIMAL_BYTES];
    assert_int_equal(centime_cost_summary_total(summary, total, sizeof total), 5);
    assert_string_equal(total, "20.25");
    assert_int_equal(centime_cost_summary_tags(summary), 2);
    assert_string_equal(centime_cost_summary_name(summary, CENTIME_BY_TAG + 1), "team");
    assert_null(centime_cost_summary_name(summary, CENTIME_BY_TAG + 2));
    assert_int_equal(centime_result_rows(centime_cost_summary_part(summary, CENTIME_TOP_RESOURCES)),
                     3);
    centime_cost_summary_destroy(summary);
}

static void cost_summary_of_nothing_is_zero(void **state)
{
    (void)state;
    centime_store *store = open_memory();
    centime_cost_summary *summary = NULL;
    centime_buffer *json = NULL;
    assert_int_equal(centime_cost_summary_run(store, NULL, &summary, NULL), CENTIME_OK);
    assert_int_equal(centime_cost_summary_json(summary, &json, NULL), CENTIME_OK);
    const char expected[] = "{\"total_cost\":0.00,\"by_provider\":{},\"by_service\":{},"
                            "\"by_cluster\":{},\"by_region\":{},\"by_tag\":{},\"top_resources\":[]";
    assert_memory_equal(centime_buffer_bytes(json), expected, sizeof expected - 1);
    centime_buffer_destroy(json);
    centime_cost_summary_destroy(summary);
    close_store(store);
}

static void mixed_currencies_are_refused_unless_kept_apart(void **state)
{
    (void)state;
    centime_store *store = open_memory();
    centime_error err = CENTIME_ERROR_INIT;
    write_text(store, "cost,provider=aws cost_usd=1 1780272000000000000\n"
                      "cost,provider=aws,currency=EUR cost_usd=2 1780272000000000000\n"
                      "cost,provider=aws,currency=USD cost_usd=4 1780272000000000001\n");
    centime_query query = cost_by_provider();
    centime_result *result = NULL;
    assert_int_equal(centime_run(store, &query, &result, &err), CENTIME_CURRENCY);
    assert_non_null(strstr(err.text, "EUR"));
    assert_non_null(strstr(err.text, "USD"));
    const char *const by_currency[] = {"currency"};
    query.tags = by_currency;
    result = run(store, &query);
    assert_format(result, CENTIME_NDJSON,
                  "{\"currency\":\"EUR\",\"sum_cost_usd\":2.00}\n"
                  "{\"currency\":\"USD\",\"sum_cost_usd\":5.00}\n");
    centime_result_destroy(result);
    centime_cost_options options = {.struct_size = sizeof options,
                                    .end_ns = JUNE_1 + HOUR,
                                    .window_ns = 2 * HOUR,
                                    .currency = "EUR"};
    centime_cost_summary *summary = NULL;
    assert_int_equal(centime_cost_summary_run(store, &options, &summary, &err), CENTIME_OK);
    char total[CENTIME_DECIMAL_BYTES];
    centime_cost_summary_total(summary, total, sizeof total);
    assert_string_equal(total, "2.00");
    centime_cost_summary_destroy(summary);
    close_store(store);
}

/* c1: one good node (100), one whose cpu costs 30 and errors 40 (30): mean 65. c2: silent. */
static void cluster_health_scores_latest_samples(void **state)
{
    (void)state;
    centime_store *store = open_memory();
    centime_error err = CENTIME_ERROR_INIT;
    write_text(
        store,
        "system,cluster=c1,node=n1 cpu_usage=99,memory_usage=50,gpu_usage=70 1780271999000000000\n"
        "system,cluster=c1,node=n1 cpu_usage=10,memory_usage=50 1780272000000000000\n"
        "system,cluster=c1,node=n2 cpu_usage=95,memory_usage=60,error_rate=6 1780272000000000000\n"
        "system,cluster=c2,node=n1 cpu_usage=20,memory_usage=50,disk_usage=8 "
        "1780271700000000000\n");
    centime_buffer *json = NULL;
    assert_int_equal(centime_cluster_health_json(store, NULL, JUNE_1, &json, &err), CENTIME_OK);
    assert_string_equal(
        centime_buffer_bytes(json),
        "{\"c1\":{\"health_status\":\"warning\",\"total_nodes\":2,\"healthy_nodes\":1,"
        "\"avg_cpu_usage\":52.5,\"avg_memory_usage\":55,\"avg_disk_usage\":0,\"avg_gpu_usage\":0},"
        "\"c2\":{\"health_status\":\"down\",\"total_nodes\":1,\"healthy_nodes\":0,"
        "\"avg_cpu_usage\":20,\"avg_memory_usage\":50,\"avg_disk_usage\":8,\"avg_gpu_usage\":0}}");
    centime_buffer_destroy(json);
    close_store(store);
}

static void deleted_rows_are_gone(void **state)
{
    (void)state;
    centime_store *store = open_memory();
    centime_error err = CENTIME_ERROR_INIT;
    write_text(store, three_charges);
    const char *const keys[] = {"provider", "service"};
    const char *const values[] = {"aws", "s3"};
    uint64_t commit = 0;
    assert_int_equal(
        centime_delete(store, NULL, "cost", keys, values, 2, INT64_MIN, INT64_MAX, &commit, &err),
        CENTIME_OK);
    assert_true(commit > 0);
    assert_int_equal(centime_delete(store, NULL, "nowhere", NULL, NULL, 0, 0, 1, NULL, &err),
                     CENTIME_NOT_FOUND);
    assert_non_null(strstr(err.text, "nowhere"));
    centime_query query = cost_by_provider();
    centime_result *result = run(store, &query);
    assert_format(result, CENTIME_NDJSON,
                  "{\"provider\":\"\",\"sum_cost_usd\":-2.000000000000000000001}\n"
                  "{\"provider\":\"aws\",\"sum_cost_usd\":17.50}\n");
    centime_result_destroy(result);
    close_store(store);
}

static void rows_last_in_files_and_verify(void **state)
{
    (void)state;
    char folder[] = "/tmp/centime_api_test_XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64];
    snprintf(path, sizeof path, "%s/store", folder);
    centime_error err = CENTIME_ERROR_INIT;
    centime_store *store = NULL;
    centime_options options = CENTIME_OPTIONS_INIT;
    options.no_thread = 1;
    assert_int_equal(centime_open(path, &options, &store, &err), CENTIME_OK);
    write_text(store, three_charges);
    assert_int_equal(centime_seal(store, &err), CENTIME_OK);
    write_text(store, "cost,provider=gcp,service=gke cost_usd=5 1780275600000000000\n");
    close_store(store);
    options.must_exist = 1;
    assert_int_equal(centime_open(path, &options, &store, &err), CENTIME_OK);
    centime_verified verified = {.struct_size = sizeof verified};
    assert_int_equal(centime_verify(store, 1, &verified, &err), CENTIME_OK);
    assert_int_equal(verified.rows, 3);
    centime_query query = cost_by_provider();
    centime_result *result = run(store, &query);
    assert_format(result, CENTIME_NDJSON,
                  "{\"provider\":\"\",\"sum_cost_usd\":-2.000000000000000000001}\n"
                  "{\"provider\":\"aws\",\"sum_cost_usd\":17.60}\n"
                  "{\"provider\":\"gcp\",\"sum_cost_usd\":5.00}\n");
    centime_result_destroy(result);
    assert_int_equal(centime_compact(store, &err), CENTIME_OK);
    centime_state store_state = {.struct_size = sizeof store_state};
    assert_int_equal(centime_state_of(store, &store_state), CENTIME_OK);
    assert_int_equal(store_state.live_rows, 0);
    assert_int_equal(store_state.segment_rows, 4);
    result = run(store, &query);
    assert_int_equal(centime_result_rows(result), 3);
    centime_result_destroy(result);
    assert_int_equal(centime_table_usage(store, NULL, "cost", &result, &err), CENTIME_OK);
    assert_true(centime_result_rows(result) >= 3);
    centime_result_destroy(result);
    close_store(store);
    char command[96];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void tables_and_columns_are_listed(void **state)
{
    (void)state;
    centime_store *store = open_memory();
    centime_error err = CENTIME_ERROR_INIT;
    write_text(store, three_charges);
    centime_table_options options = {.struct_size = sizeof options, .currency = "EUR"};
    assert_int_equal(centime_declare_table(store, "other", "plain", &options, &err), CENTIME_OK);
    memcpy(options.currency, "eur", 3);
    assert_int_equal(centime_declare_table(store, "other", "plain", &options, &err),
                     CENTIME_INVALID);
    centime_result *result = NULL;
    assert_int_equal(centime_tables(store, &result, &err), CENTIME_OK);
    assert_format(result, CENTIME_CSV,
                  "database,table,kind,currency,fields,tags,series\r\n"
                  "default,cost,ledger,USD,1,2,3\r\n"
                  "other,plain,metrics,EUR,0,0,0\r\n");
    centime_result_destroy(result);
    assert_int_equal(centime_table_columns(store, NULL, "cost", &result, &err), CENTIME_OK);
    assert_format(result, CENTIME_CSV,
                  "name,role,type,is_money,values\r\n"
                  "cost_usd,field,decimal,true,\r\n"
                  "provider,tag,text,false,1\r\n"
                  "service,tag,text,false,3\r\n");
    centime_result_destroy(result);
    close_store(store);
}

/* A program built against a shorter or unset struct is understood or refused, and nothing is
 * written past its struct. */
static void struct_sizes_are_respected(void **state)
{
    (void)state;
    centime_store *store = NULL;
    struct {
        uint32_t struct_size;
        int32_t code;
        unsigned char behind[64];
    } small = {8, 0, {0}};
    memset(small.behind, 0xee, sizeof small.behind);
    assert_int_equal(centime_open("", NULL, &store, (centime_error *)(void *)&small),
                     CENTIME_INVALID);
    assert_int_equal(small.code, CENTIME_INVALID);
    for (size_t i = 0; i < sizeof small.behind; i++)
        assert_int_equal(small.behind[i], 0xee);
    centime_error err = CENTIME_ERROR_INIT;
    centime_options options = {0};
    assert_int_equal(centime_open("x", &options, &store, &err), CENTIME_INVALID);
    assert_non_null(strstr(err.text, "struct_size"));
    options.struct_size = offsetof(centime_options, durability); /* an older program's */
    options.in_memory = 1;
    options.durability = 99; /* not looked at */
    assert_int_equal(centime_open("x", &options, &store, &err), CENTIME_OK);
    close_store(store);
    options.struct_size = sizeof options;
    assert_int_equal(centime_open("x", &options, &store, &err), CENTIME_INVALID);
}

static void errors_tell_what_is_missing(void **state)
{
    (void)state;
    centime_store *store = open_memory();
    centime_error err = CENTIME_ERROR_INIT;
    centime_result *result = NULL;
    centime_query query = cost_by_provider();
    assert_int_equal(centime_run(store, &query, &result, &err), CENTIME_NOT_FOUND);
    write_text(store, three_charges);
    const centime_aggregate wrong = {CENTIME_SUM, 0, "price", NULL};
    query.aggregates = &wrong;
    assert_int_equal(centime_run(store, &query, &result, &err), CENTIME_NOT_FOUND);
    assert_non_null(strstr(err.text, "price"));
    assert_non_null(strstr(err.text, "cost_usd"));
    query.aggregates = &sum_cost;
    query.order_by = "nothing";
    assert_int_equal(centime_run(store, &query, &result, &err), CENTIME_NOT_FOUND);
    query.order_by = NULL;
    centime_cancel *cancel = NULL;
    assert_int_equal(centime_cancel_create(&cancel, &err), CENTIME_OK);
    centime_cancel_set(cancel);
    query.cancel = cancel;
    assert_int_equal(centime_run(store, &query, &result, &err), CENTIME_CANCELLED);
    centime_cancel_destroy(cancel);
    assert_null(result);
    assert_string_equal(centime_status_text(CENTIME_BUSY), "in use by another process");
    assert_string_equal(centime_status_text(999), "unknown status");
    close_store(store);
}

static void all_memory_goes_through_the_callers_allocator(void **state)
{
    (void)state;
    int live = 0;
    const centime_allocator allocator = {&live, libc_allocate, libc_resize, libc_release};
    centime_error err = CENTIME_ERROR_INIT;
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    options.no_thread = 1; /* so that `live` needs no lock */
    options.query_threads = 1;
    options.allocator = &allocator;
    centime_store *store = NULL;
    assert_int_equal(centime_open("x", &options, &store, &err), CENTIME_OK);
    assert_true(live > 0);
    write_text(store, three_charges);
    centime_query query = cost_by_provider();
    centime_result *result = run(store, &query);
    centime_cost_summary *summary = NULL;
    assert_int_equal(centime_cost_summary_run(store, NULL, &summary, &err), CENTIME_OK);
    close_store(store);
    assert_true(live > 0);
    centime_result_destroy(result);
    centime_cost_summary_destroy(summary);
    assert_int_equal(live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_sums_come_out_in_every_format),
        cmocka_unit_test(times_and_nulls_are_printed),
        cmocka_unit_test(hostile_tag_values_are_escaped),
        cmocka_unit_test(bad_lines_are_told_and_good_ones_written),
        cmocka_unit_test(well_formed_lines_that_do_not_fit_are_told_apart),
        cmocka_unit_test(columns_are_written_as_their_fields_are_typed),
        cmocka_unit_test(cost_summary_adds_up_by_hand),
        cmocka_unit_test(cost_summary_of_nothing_is_zero),
        cmocka_unit_test(mixed_currencies_are_refused_unless_kept_apart),
        cmocka_unit_test(cluster_health_scores_latest_samples),
        cmocka_unit_test(deleted_rows_are_gone),
        cmocka_unit_test(rows_last_in_files_and_verify),
        cmocka_unit_test(tables_and_columns_are_listed),
        cmocka_unit_test(struct_sizes_are_respected),
        cmocka_unit_test(errors_tell_what_is_missing),
        cmocka_unit_test(all_memory_goes_through_the_callers_allocator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
