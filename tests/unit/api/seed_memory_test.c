/* The seed's calls where memory fails: each allocation in turn. What fails says so, nothing is lost
 * or leaked, and what did not fail is right. */
#include "seed_fixture.h"

#include <stdbool.h>
#include <stdlib.h>

/* Fails one allocation, and counts what is alive. */
struct failing {
    uint64_t calls, fails_at;
    uint64_t alive;
};

static void *failing_resize(void *context, void *pointer, size_t size)
{
    struct failing *failing = context;
    if (failing->calls++ == failing->fails_at)
        return NULL;
    void *out = realloc(pointer, size ? size : 1);
    failing->alive += !pointer;
    return out;
}

static void *failing_allocate(void *context, size_t size)
{
    return failing_resize(context, NULL, size);
}

static void failing_release(void *context, void *pointer)
{
    struct failing *failing = context;
    failing->alive -= pointer != NULL;
    free(pointer);
}

/* After memory failed in the middle of a commit a store may be read-only. */
static bool is_expected(int status)
{
    return status == CENTIME_OK || status == CENTIME_NO_MEMORY || status == CENTIME_READ_ONLY;
}

static int write_all(struct seed *seed)
{
    static const char *const nodes[] = {"n1", "n2"};
    static const centime_cost_tag tag = {"team", "ml"};
    centime_cost_entry cost = seed_cost("1.50");
    cost.tags = &tag;
    cost.tag_count = 1;
    const centime_rag_metrics rag = {.struct_size = sizeof rag,
                                     .has = CENTIME_HAS_ALL,
                                     .time_ns = NOW,
                                     .pipeline_id = "p",
                                     .query = "q"};
    const centime_service_metrics service = {
        .struct_size = sizeof service, .has = CENTIME_HAS_ALL, .time_ns = NOW, .service = "s"};
    int status = centime_cluster_register(seed->store, NULL, "c", nodes, 2, NULL, NULL, &seed->err);
    if (status == CENTIME_OK)
        status = centime_service_register(seed->store, NULL, "s", "c", NULL, 0, NULL, &seed->err);
    if (status == CENTIME_OK)
        status = centime_writer_costs(seed->writer, &cost, 1, NULL, &seed->err);
    if (status == CENTIME_OK)
        status = centime_writer_service(seed->writer, &service, 1, NULL, &seed->err);
    if (status == CENTIME_OK)
        status = centime_writer_rag(seed->writer, &rag, 1, CENTIME_QUERY_HASHED, NULL, &seed->err);
    return status;
}

static int set_budget(struct seed *seed)
{
    static const char *const ml[] = {"m*", NULL};
    static const centime_budget_condition scope = {"tag.team", ml, 2, 0};
    const centime_budget budget = {.struct_size = sizeof budget,
                                   .id = "b",
                                   .amount = "10",
                                   .conditions = &scope,
                                   .condition_count = 1};
    return centime_budget_set(seed->store, NULL, &budget, &seed->err);
}

/* Answers that do not fail are whole. */
static int ask_all(struct seed *seed)
{
    centime_buffer *buffer = NULL;
    int status = centime_cluster_health_json(seed->store, NULL, 0, &buffer, &seed->err);
    if (status == CENTIME_OK)
        expect_contains(text_of(buffer), "\"c\":{\"health_status\":\"unknown\",\"total_nodes\":2");
    if (status == CENTIME_OK)
        status = centime_rag_summary_json(seed->store, NULL, "p", &buffer, &seed->err);
    if (status == CENTIME_OK)
        expect_contains(text_of(buffer), "\"total_queries\":1,");
    for (int i = 0; i < 2 && status == CENTIME_OK; i++) { /* the second time remembered */
        status = centime_budget_status_json(seed->store, NULL, NULL, NOW, &buffer, &seed->err);
        if (status == CENTIME_OK)
            expect_contains(text_of(buffer), "\"amount\":10.00,\"spent\":1.50,\"remaining\":8.50,");
    }
    return status;
}

static int story(struct seed *seed)
{
    int status = write_all(seed);
    if (status == CENTIME_OK)
        status = set_budget(seed);
    return status == CENTIME_OK ? ask_all(seed) : status;
}

/* The n-th allocation from the opening on fails. True where none did. */
static bool survives(uint64_t n)
{
    struct failing failing = {.fails_at = n};
    const centime_allocator allocator = {&failing, failing_allocate, failing_resize,
                                         failing_release};
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    options.no_thread = 1;
    options.query_threads = 1;
    options.allocator = &allocator;
    struct seed seed = {.err = CENTIME_ERROR_INIT};
    int status = centime_open("seed", &options, &seed.store, &seed.err);
    if (status == CENTIME_OK) {
        status = centime_writer_create(seed.store, NULL, &seed.writer, &seed.err);
        if (status == CENTIME_OK)
            status = story(&seed);
        centime_writer_destroy(seed.writer);
        (void)centime_close(seed.store, NULL);
    }
    if (!is_expected(status))
        fail_msg("allocation %llu: status %d: %s", (unsigned long long)n, status, seed.err.text);
    assert_int_equal(failing.alive, 0);
    return failing.calls <= n;
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    uint64_t n = 0;
    while (!survives(n))
        n++;
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_failed_allocation_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
