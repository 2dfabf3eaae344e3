/* Summaries of past days, and with money as text. */
#include "seed_fixture.h"

static const char *training_at(struct seed *seed, int64_t end_ns, uint32_t format)
{
    const centime_summary_options options = {sizeof options, format, end_ns};
    centime_buffer *buffer = NULL;
    expect_ok(seed, centime_training_summary_with(seed->store, NULL, "run", &options, &buffer,
                                                  &seed->err));
    return text_of(buffer);
}

static void add_step(struct seed *seed, int64_t time_ns, int64_t step, double loss)
{
    const centime_training_metrics record = {.struct_size = sizeof record,
                                             .has = CENTIME_HAS_TRAINING_LOSS,
                                             .time_ns = time_ns,
                                             .run_id = "run",
                                             .model_name = step < 3 ? "small" : "large",
                                             .step = step,
                                             .training_loss = loss};
    expect_ok(seed, centime_writer_training(seed->writer, &record, 1, NULL, &seed->err));
}

static void add_run_cost(struct seed *seed, int64_t time_ns, const char *cost)
{
    const centime_cost_tag tag = {"run_id", "run"};
    centime_cost_entry entry = seed_cost(cost);
    entry.time_ns = time_ns;
    entry.tags = &tag;
    entry.tag_count = 1;
    expect_ok(seed, centime_writer_costs(seed->writer, &entry, 1, NULL, &seed->err));
}

static void a_past_training_summary_is_of_what_was_there(void **state)
{
    struct seed *seed = *state;
    for (int i = 1; i <= 4; i++) {
        add_step(seed, NOW + i * HOUR, i, 1.0 / i);
        add_run_cost(seed, NOW + i * HOUR, "0.10");
    }
    const char *json = training_at(seed, NOW + 2 * HOUR, CENTIME_JSON);
    expect_contains(json, "\"model_name\":\"small\",\"total_steps\":2,\"max_step\":2");
    expect_contains(json, "\"current_loss\":0.5,");
    expect_contains(json, "\"end\":\"2026-06-01T02:00:00Z\",\"duration_s\":3600,");
    expect_contains(json, "\"total_cost\":0.20,\"cost_per_step\":0.10,");
    json = training_at(seed, 0, CENTIME_JSON | CENTIME_DECIMALS_QUOTED);
    expect_contains(json, "\"model_name\":\"large\",\"total_steps\":4");
    expect_contains(json,
                    "\"duration_s\":10800,\"total_cost\":\"0.40\",\"cost_per_step\":\"0.10\"");
    expect_contains(training_at(seed, INT64_MAX, 0), "\"total_steps\":4");
    const centime_summary_options before = {sizeof before, CENTIME_JSON, NOW + HOUR - 1};
    centime_buffer *buffer = NULL;
    assert_int_equal(
        centime_training_summary_with(seed->store, NULL, "run", &before, &buffer, &seed->err),
        CENTIME_NOT_FOUND);
}

static void a_past_pipeline_summary_is_of_what_was_there(void **state)
{
    struct seed *seed = *state;
    for (int i = 1; i <= 3; i++) {
        const centime_rag_metrics query = {.struct_size = sizeof query,
                                           .has = CENTIME_HAS_TOTAL_TIME,
                                           .time_ns = NOW + i * HOUR,
                                           .pipeline_id = "p",
                                           .total_time_ms = 10 * i};
        expect_ok(seed, centime_writer_rag(seed->writer, &query, 1, 0, NULL, &seed->err));
    }
    const centime_summary_options options = {sizeof options, CENTIME_JSON, NOW + 2 * HOUR};
    centime_buffer *buffer = NULL;
    expect_ok(seed,
              centime_rag_summary_with(seed->store, NULL, "p", &options, &buffer, &seed->err));
    const char *json = text_of(buffer);
    expect_contains(json, "\"total_queries\":2,");
    expect_contains(json, "\"avg_total_time_ms\":15,");
    const centime_summary_options csv = {sizeof csv, CENTIME_CSV, 0};
    assert_int_equal(centime_rag_summary_with(seed->store, NULL, "p", &csv, &buffer, &seed->err),
                     CENTIME_INVALID);
}

static void past_health_does_not_know_later_samples(void **state)
{
    struct seed *seed = *state;
    add_sample(seed, "c", "n", NOW, 50, 60);
    add_sample(seed, "c", "n", NOW + HOUR, 99, 60);
    expect_contains(health_at(seed, NOW + MINUTE),
                    "\"health_status\":\"healthy\",\"total_nodes\":1,\"healthy_nodes\":1,"
                    "\"avg_cpu_usage\":50");
    expect_contains(health_at(seed, NOW + HOUR), "\"avg_cpu_usage\":99");
    expect_contains(health_at(seed, NOW + HOUR / 2), "\"health_status\":\"down\"");
}

static void money_is_text_where_it_is_asked_for(void **state)
{
    struct seed *seed = *state;
    const centime_cost_entry entry = seed_cost("3.5");
    const centime_budget budget = {.struct_size = sizeof budget, .id = "b", .amount = "100"};
    const centime_summary_options options = {sizeof options, CENTIME_DECIMALS_QUOTED, NOW};
    const centime_cost_options window = {.struct_size = sizeof window, .end_ns = NOW};
    centime_cost_summary *summary = NULL;
    centime_buffer *buffer = NULL;
    expect_ok(seed, centime_writer_costs(seed->writer, &entry, 1, NULL, &seed->err));
    expect_ok(seed, centime_budget_set(seed->store, NULL, &budget, &seed->err));
    expect_ok(seed, centime_cost_summary_run(seed->store, &window, &summary, &seed->err));
    expect_ok(seed, centime_cost_summary_format(summary, CENTIME_DECIMALS_QUOTED, &buffer, NULL));
    const char *json = text_of(buffer);
    expect_contains(json, "{\"total_cost\":\"3.50\",\"by_provider\":{\"aws\":\"3.50\"}");
    expect_contains(json, "\"cost\":\"3.50\"}]");
    assert_int_equal(centime_cost_summary_format(summary, CENTIME_CSV, &buffer, NULL),
                     CENTIME_INVALID);
    centime_cost_summary_destroy(summary);
    expect_ok(seed, centime_budget_status_with(seed->store, NULL, NULL, &options, &buffer, NULL));
    json = text_of(buffer);
    expect_contains(json, "\"amount\":\"100.00\",\"spent\":\"3.50\",\"remaining\":\"96.50\","
                          "\"percentage_used\":3.5,");
    expect_ok(seed, centime_budgets_with(seed->store, NULL, &options, &buffer, NULL));
    expect_contains(text_of(buffer), "\"amount\":\"100.00\",\"currency\":\"USD\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEED_TEST(a_past_training_summary_is_of_what_was_there),
        SEED_TEST(a_past_pipeline_summary_is_of_what_was_there),
        SEED_TEST(past_health_does_not_know_later_samples),
        SEED_TEST(money_is_text_where_it_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
