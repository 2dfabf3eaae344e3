/* The seed's calls on clusters and services, and their measurements: rows C1 to C7 of the table of
 * contradictions between the seed's document and its code, and what was decided beyond it. */
#include "seed_fixture.h"

static const char *const nodes[] = {"node-1", "node-2", "node-3"};

static void register_three(struct seed *seed)
{
    expect_ok(seed, centime_cluster_register(seed->store, NULL, "gpu-cluster-1", nodes, 3,
                                             "us-west-2", NULL, &seed->err));
}

/* The wall clock is the store's: registrations happen in its present. */
static int64_t present(struct seed *seed)
{
    const centime_system_metrics sample = {
        .struct_size = sizeof sample, .has = CENTIME_HAS_CPU, .cluster = "clock", .node = "clock"};
    expect_ok(seed, centime_writer_system(seed->writer, &sample, 1, NULL, &seed->err));
    const centime_aggregate last = {CENTIME_LAST_TIME, 0, "cpu_usage", NULL};
    centime_query query = CENTIME_QUERY_INIT;
    query.table = "system";
    query.aggregates = &last;
    query.aggregate_count = 1;
    centime_result *result = NULL;
    expect_ok(seed, centime_run(seed->store, &query, &result, &seed->err));
    const int64_t time_ns = centime_result_int64(result, 0, 0);
    centime_result_destroy(result);
    return time_ns;
}

static void c01_registering_is_confirmed(void **state)
{
    struct seed *seed = *state;
    centime_buffer *answer = NULL;
    expect_ok(seed, centime_cluster_register(seed->store, NULL, "gpu-cluster-1", nodes, 3, NULL,
                                             &answer, &seed->err));
    const char *text = text_of(answer);
    expect_contains(text, "{\"status\":\"registered\",\"cluster_id\":\"gpu-cluster-1\","
                          "\"region\":\"us-east-1\","
                          "\"nodes\":[\"node-1\",\"node-2\",\"node-3\"],\"registered_at\":\"");
    static const char *const needs[] = {"database", "cache"};
    expect_ok(seed, centime_service_register(seed->store, NULL, "training-api", "gpu-cluster-1",
                                             needs, 2, &answer, &seed->err));
    expect_contains(text_of(answer), "{\"status\":\"registered\",\"service\":\"training-api\","
                                     "\"cluster_id\":\"gpu-cluster-1\","
                                     "\"dependencies\":[\"database\",\"cache\"]");
}

static void c02_health_is_by_cluster_id(void **state)
{
    struct seed *seed = *state;
    add_sample(seed, "b", "node-1", NOW, 75.5, 92.3);
    add_sample(seed, "a", "node-1", NOW, 75.5, 92.3);
    const char *text = health_at(seed, NOW);
    assert_int_equal(strncmp(text, "{\"a\":{", 6), 0);
    expect_contains(text, "},\"b\":{\"health_status\":\"healthy\"");
}

static void c03_health_has_the_seeds_keys(void **state)
{
    struct seed *seed = *state;
    add_sample(seed, "gpu-cluster-1", "node-1", NOW, 75.5, 92.3);
    assert_string_equal(health_at(seed, NOW),
                        "{\"gpu-cluster-1\":{\"health_status\":\"healthy\",\"total_nodes\":1,"
                        "\"healthy_nodes\":1,\"avg_cpu_usage\":75.5,\"avg_memory_usage\":68.2,"
                        "\"avg_disk_usage\":45,\"avg_gpu_usage\":92.3}}");
}

static void c04_registered_and_unregistered_clusters_are_there(void **state)
{
    struct seed *seed = *state;
    register_three(seed);
    add_sample(seed, "on-prem-cluster", "server-001", NOW, 75.5, 92.3);
    const char *text = health_at(seed, NOW);
    expect_contains(text, "\"gpu-cluster-1\":{");
    expect_contains(text, "\"on-prem-cluster\":{");
}

static void c05_healthy_nodes_are_distinct(void **state)
{
    struct seed *seed = *state;
    register_three(seed);
    const int64_t now = present(seed);
    for (int i = 0; i < 10; i++) /* ten samples of one node are one node */
        add_sample(seed, "gpu-cluster-1", "node-1", now - i * SECOND, 10, 10);
    add_sample(seed, "gpu-cluster-1", "node-9", now, 95, 10); /* seen, not registered; 70 points */
    expect_contains(health_at(seed, now), "\"gpu-cluster-1\":{\"health_status\":\"healthy\","
                                          "\"total_nodes\":4,\"healthy_nodes\":1,");
}

static void c06_without_data_clusters_are_unknown(void **state)
{
    struct seed *seed = *state;
    assert_string_equal(health_at(seed, 0), "{}");
    register_three(seed);
    assert_string_equal(health_at(seed, 0),
                        "{\"gpu-cluster-1\":{\"health_status\":\"unknown\",\"total_nodes\":3,"
                        "\"healthy_nodes\":0,\"avg_cpu_usage\":0,\"avg_memory_usage\":0,"
                        "\"avg_disk_usage\":0,\"avg_gpu_usage\":0}}");
}

static void c07_service_metrics_have_the_seeds_fields(void **state)
{
    struct seed *seed = *state;
    expect_ok(seed, centime_service_register(seed->store, NULL, "training-api", "gpu-cluster-1",
                                             NULL, 0, NULL, &seed->err));
    const centime_service_metrics metrics = {.struct_size = sizeof metrics,
                                             .has = CENTIME_HAS_ALL,
                                             .time_ns = NOW,
                                             .service = "training-api",
                                             .request_count = 1000,
                                             .success_rate = 99.5,
                                             .avg_response_time = 45.2,
                                             .status = "running"};
    expect_ok(seed, centime_writer_service(seed->writer, &metrics, 1, NULL, &seed->err));
    static const char *const fields[] = {"request_count", "success_rate", "avg_response_time",
                                         "status"};
    static const char *const tags[] = {"cluster", "service"};
    centime_query query = CENTIME_QUERY_INIT;
    query.table = "service";
    query.mode = CENTIME_ROWS;
    query.fields = fields;
    query.field_count = 4;
    query.tags = tags;
    query.tag_count = 2;
    centime_result *result = NULL;
    centime_buffer *buffer = NULL;
    expect_ok(seed, centime_run(seed->store, &query, &result, &seed->err));
    expect_ok(seed, centime_result_format(result, CENTIME_CSV, &buffer, &seed->err));
    assert_string_equal(text_of(buffer),
                        "time,cluster,service,request_count,success_rate,avg_response_time,status"
                        "\r\n2026-06-01T00:00:00Z,gpu-cluster-1,training-api,1000,99.5,45.2,"
                        "running\r\n");
    centime_result_destroy(result);
}

/* -- Decided beyond the table -------------------------------------------------------------------
 */

static void nodes_that_never_come_are_overdue(void **state)
{
    struct seed *seed = *state;
    register_three(seed);
    const int64_t now = present(seed);
    add_sample(seed, "gpu-cluster-1", "node-1", now, 10, 10);
    expect_contains(health_at(seed, now + MINUTE),
                    "\"gpu-cluster-1\":{\"health_status\":\"healthy\",\"total_nodes\":3,"
                    "\"healthy_nodes\":1,");
    add_sample(seed, "gpu-cluster-1", "node-1", now + 5 * MINUTE, 10, 10);
    expect_contains(health_at(seed, now + 6 * MINUTE), /* 100, 0 and 0 points */
                    "\"gpu-cluster-1\":{\"health_status\":\"critical\",\"total_nodes\":3,"
                    "\"healthy_nodes\":1,");
    expect_contains(health_at(seed, now + HOUR),
                    "\"gpu-cluster-1\":{\"health_status\":\"down\",\"total_nodes\":3,"
                    "\"healthy_nodes\":0,");
}

static void registering_again_keeps_the_first_time(void **state)
{
    struct seed *seed = *state;
    centime_buffer *first = NULL, *second = NULL;
    expect_ok(seed,
              centime_cluster_register(seed->store, NULL, "c", nodes, 2, NULL, &first, &seed->err));
    expect_ok(seed, centime_cluster_register(seed->store, NULL, "c", nodes + 1, 2, "eu-west-1",
                                             &second, &seed->err));
    const char *time = strstr(centime_buffer_bytes(first), "\"registered_at\"");
    expect_contains(centime_buffer_bytes(second), time);
    expect_contains(centime_buffer_bytes(second),
                    "\"region\":\"eu-west-1\",\"nodes\":[\"node-2\",\"node-3\"]");
    centime_buffer *list = NULL;
    expect_ok(seed, centime_clusters_json(seed->store, NULL, &list, &seed->err));
    char wanted[512];
    (void)snprintf(wanted, sizeof wanted, "[{%s]",
                   centime_buffer_bytes(second) + strlen("{\"status\":\"registered\","));
    assert_string_equal(text_of(list), wanted);
    centime_buffer_destroy(first);
    centime_buffer_destroy(second);
}

static void what_is_not_measured_is_not_zero(void **state)
{
    struct seed *seed = *state;
    const centime_system_metrics samples[] = {
        {.struct_size = sizeof samples[0],
         .has = CENTIME_HAS_CPU | CENTIME_HAS_GPU,
         .time_ns = NOW,
         .cluster = "c",
         .node = "a",
         .cpu_usage = 50,
         .gpu_usage = 80},
        {.struct_size = sizeof samples[0],
         .has = CENTIME_HAS_CPU,
         .time_ns = NOW,
         .cluster = "c",
         .node = "b",
         .cpu_usage = 70},
    };
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    expect_ok(seed, centime_writer_system(seed->writer, samples, 2, &result, &seed->err));
    assert_int_equal(result.rows, 2);
    const char *text = health_at(seed, NOW);
    expect_contains(text, "\"avg_cpu_usage\":60,");
    expect_contains(text, "\"avg_gpu_usage\":80}");
}

static void bad_items_are_told_by_their_number(void **state)
{
    struct seed *seed = *state;
    centime_service_metrics items[] = {
        {.struct_size = sizeof items[0], .has = CENTIME_HAS_REQUESTS, .service = "a"},
        {.struct_size = sizeof items[0], .has = CENTIME_HAS_REQUESTS},
    };
    assert_int_equal(centime_writer_service(seed->writer, items, 2, NULL, &seed->err),
                     CENTIME_INVALID);
    assert_int_equal(seed->err.line, 2);
    expect_contains(seed->err.text, "service");
    items[1].service = "b";
    items[1].struct_size -= 8;
    assert_int_equal(centime_writer_service(seed->writer, items, 2, NULL, &seed->err),
                     CENTIME_INVALID);
    items[1].struct_size += 8;
    items[1].has = 0;
    assert_int_equal(centime_writer_service(seed->writer, items, 2, NULL, &seed->err),
                     CENTIME_INVALID);
    assert_int_equal(centime_writer_service(seed->writer, items, 1, NULL, &seed->err), CENTIME_OK);
    assert_int_equal(
        centime_cluster_register(seed->store, NULL, "", NULL, 0, NULL, NULL, &seed->err),
        CENTIME_INVALID);
    assert_int_equal(
        centime_cluster_register(seed->store, NULL, "c", NULL, 2, NULL, NULL, &seed->err),
        CENTIME_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEED_TEST(c01_registering_is_confirmed),
        SEED_TEST(c02_health_is_by_cluster_id),
        SEED_TEST(c03_health_has_the_seeds_keys),
        SEED_TEST(c04_registered_and_unregistered_clusters_are_there),
        SEED_TEST(c05_healthy_nodes_are_distinct),
        SEED_TEST(c06_without_data_clusters_are_unknown),
        SEED_TEST(c07_service_metrics_have_the_seeds_fields),
        SEED_TEST(nodes_that_never_come_are_overdue),
        SEED_TEST(registering_again_keeps_the_first_time),
        SEED_TEST(what_is_not_measured_is_not_zero),
        SEED_TEST(bad_items_are_told_by_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
