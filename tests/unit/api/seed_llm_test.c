/* The seed's calls on training runs and retrieval pipelines: rows C8 to C12 of the table of
 * contradictions between the seed's document and its code, and what was decided beyond it. */
#include "seed_fixture.h"

static centime_training_metrics record(int64_t epoch, int64_t step, double loss, int64_t time_ns)
{
    return (centime_training_metrics){.struct_size = sizeof(centime_training_metrics),
                                      .has = CENTIME_HAS_ALL & ~(uint32_t)CENTIME_HAS_GPU_USAGE,
                                      .time_ns = time_ns,
                                      .run_id = "llm-training-001",
                                      .model_name = "gpt-custom-7b",
                                      .epoch = epoch,
                                      .step = step,
                                      .training_loss = loss,
                                      .validation_loss = 0.289,
                                      .learning_rate = 0.0001,
                                      .gpu_memory_mb = 42000,
                                      .batch_size = 32,
                                      .throughput_samples_per_sec = 128.5};
}

static const char *training(struct seed *seed, const char *run_id)
{
    centime_buffer *buffer = NULL;
    expect_ok(seed, centime_training_summary_json(seed->store, NULL, run_id, &buffer, &seed->err));
    return text_of(buffer);
}

static const char *rag(struct seed *seed, const char *pipeline_id)
{
    centime_buffer *buffer = NULL;
    expect_ok(seed, centime_rag_summary_json(seed->store, NULL, pipeline_id, &buffer, &seed->err));
    return text_of(buffer);
}

static void add(struct seed *seed, const centime_training_metrics *records, size_t count)
{
    expect_ok(seed, centime_writer_training(seed->writer, records, count, NULL, &seed->err));
}

static void c08_training_metrics_have_the_seeds_fields(void **state)
{
    struct seed *seed = *state;
    const centime_training_metrics one = record(5, 1000, 0.245, NOW);
    add(seed, &one, 1);
    assert_string_equal(training(seed, "llm-training-001"),
                        "{\"run_id\":\"llm-training-001\",\"model_name\":\"gpt-custom-7b\","
                        "\"total_steps\":1,\"max_step\":1000,\"current_epoch\":5,"
                        "\"current_loss\":0.245,\"best_loss\":0.245,\"avg_gpu_usage\":0,"
                        "\"avg_throughput_samples_per_sec\":128.5,"
                        "\"start\":\"2026-06-01T00:00:00Z\",\"end\":\"2026-06-01T00:00:00Z\","
                        "\"duration_s\":0}");
}

static void c09_gpu_usage_is_the_mean_where_it_was_given(void **state)
{
    struct seed *seed = *state;
    centime_training_metrics records[4];
    for (int i = 0; i < 4; i++)
        records[i] = record(1, i, 1.0, NOW + i * SECOND);
    for (int i = 0; i < 3; i++) {
        records[i].has = CENTIME_HAS_ALL;
        records[i].gpu_usage = 85 + i;
    }
    add(seed, records, 4);
    expect_contains(training(seed, "llm-training-001"), "\"avg_gpu_usage\":86,");
}

static void c10_steps_are_records_whatever_their_numbers(void **state)
{
    struct seed *seed = *state;
    for (int epoch = 0; epoch < 5; epoch++) /* steps begin anew in every epoch */
        for (int step = 1; step <= 100; step++) {
            const centime_training_metrics one =
                record(epoch, step, 1.0, NOW + (epoch * 100 + step) * SECOND);
            add(seed, &one, 1);
        }
    const char *text = training(seed, "llm-training-001");
    expect_contains(text, "\"total_steps\":500,\"max_step\":100,\"current_epoch\":4,");
    expect_contains(text, "\"duration_s\":499");
}

static void c11_unknown_runs_and_pipelines_are_not_found(void **state)
{
    struct seed *seed = *state;
    centime_buffer *buffer = NULL;
    for (int round = 0; round < 2; round++) { /* without the tables, and with them */
        assert_int_equal(
            centime_training_summary_json(seed->store, NULL, "none", &buffer, &seed->err),
            CENTIME_NOT_FOUND);
        expect_contains(seed->err.text, "none");
        assert_int_equal(centime_rag_summary_json(seed->store, NULL, "none", &buffer, &seed->err),
                         CENTIME_NOT_FOUND);
        const centime_training_metrics one = record(1, 1, 1.0, NOW);
        add(seed, &one, 1);
        const centime_rag_metrics query = {
            .struct_size = sizeof query, .has = CENTIME_HAS_ALL, .pipeline_id = "some"};
        expect_ok(seed, centime_writer_rag(seed->writer, &query, 1, CENTIME_QUERY_KEPT, NULL,
                                           &seed->err));
    }
}

static void c12_rag_summaries_are_over_all_queries(void **state)
{
    struct seed *seed = *state;
    for (int i = 1; i <= 200; i++) {
        const centime_rag_metrics query = {.struct_size = sizeof query,
                                           .has = CENTIME_HAS_ALL,
                                           .time_ns = NOW + (i * 7919 % 200) * SECOND,
                                           .pipeline_id = "production-rag",
                                           .query = "What is machine learning?",
                                           .retrieval_time_ms = i <= 100 ? 40 : 50,
                                           .generation_time_ms = 120.5,
                                           .total_time_ms = i,
                                           .relevance_score = 0.75,
                                           .num_retrieved_docs = 5,
                                           .embedding_tokens = 50,
                                           .generation_tokens = 150};
        expect_ok(seed, centime_writer_rag(seed->writer, &query, 1, CENTIME_QUERY_KEPT, NULL,
                                           &seed->err));
    }
    assert_string_equal(
        rag(seed, "production-rag"),
        "{\"pipeline_id\":\"production-rag\",\"total_queries\":200,\"avg_retrieval_time_ms\":45,"
        "\"avg_generation_time_ms\":120.5,\"avg_total_time_ms\":100.5,"
        "\"avg_relevance_score\":0.75,\"avg_retrieved_docs\":5,\"p50_total_time_ms\":100,"
        "\"p95_total_time_ms\":190,\"p99_total_time_ms\":198,\"total_embedding_tokens\":10000,"
        "\"total_generation_tokens\":30000}");
}

/* -- Decided beyond the table -------------------------------------------------------------------
 */

static void losses_are_latest_by_time_and_smallest(void **state)
{
    struct seed *seed = *state;
    const centime_training_metrics records[] = {
        record(3, 3, 0.5, NOW + 3 * SECOND), /* the latest, though it came first */
        record(1, 1, 1.0, NOW + SECOND),
        record(2, 2, 0.245, NOW + 2 * SECOND),
    };
    add(seed, records, 3);
    add(seed, records, 3); /* a retry changes nothing */
    const char *text = training(seed, "llm-training-001");
    expect_contains(text, "\"total_steps\":3,");
    expect_contains(text, "\"current_loss\":0.5,\"best_loss\":0.245,");
    expect_contains(text, "\"current_epoch\":3,");
}

static void runs_are_kept_apart_and_have_the_latest_model(void **state)
{
    struct seed *seed = *state;
    centime_training_metrics one = record(1, 1, 1.0, NOW);
    add(seed, &one, 1);
    one.model_name = "gpt-custom-13b";
    one.time_ns = NOW + SECOND;
    add(seed, &one, 1);
    one.run_id = "other";
    one.training_loss = 0.1;
    one.has = 0;
    add(seed, &one, 1);
    const char *text = training(seed, "llm-training-001");
    expect_contains(text, "\"model_name\":\"gpt-custom-13b\",\"total_steps\":2,");
    expect_contains(text, "\"best_loss\":1,");
    assert_null(strstr(training(seed, "other"), "loss")); /* unknown is not zero */
}

static void a_run_has_the_costs_that_carry_its_id(void **state)
{
    struct seed *seed = *state;
    centime_training_metrics records[3];
    for (int i = 0; i < 3; i++)
        records[i] = record(1, i, 1.0, NOW + i * SECOND);
    add(seed, records, 3);
    static const centime_cost_tag tag = {"run_id", "llm-training-001"};
    centime_cost_entry cost = seed_cost("0.10");
    cost.tags = &tag;
    cost.tag_count = 1;
    expect_ok(seed, centime_writer_costs(seed->writer, &cost, 1, NULL, &seed->err));
    const centime_cost_entry unrelated = seed_cost("5");
    expect_ok(seed, centime_writer_costs(seed->writer, &unrelated, 1, NULL, &seed->err));
    const char line[] = "cost,run_id=llm-training-001 cost_usd=0.90 1780272000000000000\n";
    expect_ok(seed,
              centime_write(seed->store, NULL, line, sizeof line - 1, NULL, NULL, &seed->err));
    expect_contains(training(seed, "llm-training-001"),
                    "\"total_cost\":1.00,\"cost_per_step\":0.333333333333,\"currency\":\"USD\"}");
    cost.currency = "EUR";
    expect_ok(seed, centime_writer_costs(seed->writer, &cost, 1, NULL, &seed->err));
    centime_buffer *buffer = NULL;
    assert_int_equal(
        centime_training_summary_json(seed->store, NULL, "llm-training-001", &buffer, &seed->err),
        CENTIME_CURRENCY);
}

static uint64_t kept_queries(struct seed *seed, char *text, size_t cap)
{
    static const char *const fields[] = {"query"};
    centime_query query = CENTIME_QUERY_INIT;
    query.table = "rag";
    query.mode = CENTIME_ROWS;
    query.fields = fields;
    query.field_count = 1;
    query.skips_empty = 1;
    centime_result *result = NULL;
    expect_ok(seed, centime_run(seed->store, &query, &result, &seed->err));
    const uint64_t rows = centime_result_rows(result);
    (void)centime_result_print(result, 1, rows - 1, text, cap);
    centime_result_destroy(result);
    return rows;
}

static void queries_are_kept_hashed_or_dropped(void **state)
{
    struct seed *seed = *state;
    char text[64];
    centime_rag_metrics query = {.struct_size = sizeof query,
                                 .has = CENTIME_HAS_TOTAL_TIME,
                                 .time_ns = NOW,
                                 .pipeline_id = "p",
                                 .query = "secret"};
    for (int how = CENTIME_QUERY_KEPT; how <= CENTIME_QUERY_DROPPED; how++) {
        query.time_ns += SECOND;
        expect_ok(seed, centime_writer_rag(seed->writer, &query, 1, how, NULL, &seed->err));
        const uint64_t rows = kept_queries(seed, text, sizeof text);
        assert_int_equal(rows, how == CENTIME_QUERY_KEPT ? 1 : 2);
        if (how == CENTIME_QUERY_KEPT)
            assert_string_equal(text, "secret");
        else
            assert_int_equal(strlen(text), 16);
    }
    assert_int_equal(centime_writer_rag(seed->writer, &query, 1, 3, NULL, &seed->err),
                     CENTIME_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEED_TEST(c08_training_metrics_have_the_seeds_fields),
        SEED_TEST(c09_gpu_usage_is_the_mean_where_it_was_given),
        SEED_TEST(c10_steps_are_records_whatever_their_numbers),
        SEED_TEST(c11_unknown_runs_and_pipelines_are_not_found),
        SEED_TEST(c12_rag_summaries_are_over_all_queries),
        SEED_TEST(losses_are_latest_by_time_and_smallest),
        SEED_TEST(runs_are_kept_apart_and_have_the_latest_model),
        SEED_TEST(a_run_has_the_costs_that_carry_its_id),
        SEED_TEST(queries_are_kept_hashed_or_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
