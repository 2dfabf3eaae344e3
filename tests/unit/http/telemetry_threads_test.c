/* Several senders at once: new metrics, whose fields each would define in its own way, and counters
 * that all report. Nothing is lost, nothing counts twice. */
#include <pthread.h>

#include "counter_starts.h"
#include "table_figures.h"

#define SENDERS 4
#define REPORTS 30
#define METRICS 5

struct sender {
    pthread_t thread;
    struct http *http; /* its own requests, the one store */
    int number;
    unsigned failures;
};

/* A report of every metric: value 3 after one, 6 after two, ... Half of the senders say 3.0. */
static unsigned send_report(struct sender *sender, int report)
{
    char body[4096];
    int len =
        snprintf(body, sizeof body, "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[");
    for (int i = 0; i < METRICS; i++)
        len += snprintf(body + len, sizeof body - (size_t)len,
                        "%s{\"name\":\"m%d_%d\",\"sum\":{\"aggregationTemporality\":2,"
                        "\"isMonotonic\":true,\"dataPoints\":[{\"startTimeUnixNano\":5,"
                        "\"timeUnixNano\":%d,\"%s\":%d,\"attributes\":[{\"key\":\"sender\","
                        "\"value\":{\"intValue\":%d}}]}]}}",
                        i ? "," : "", report / 10, i, 100 + report,
                        sender->number % 2 ? "asDouble" : "asInt", 3 * (report % 10 + 1),
                        sender->number);
    snprintf(body + len, sizeof body - (size_t)len, "]}]}]}");
    const unsigned status = http_ask(sender->http, CT_METHOD_POST, "/v1/metrics?db=o", body);
    return status == 200 && strcmp(http_body(sender->http), "{}") == 0 ? 0 : 1;
}

static void *send(void *context)
{
    struct sender *sender = context;
    for (int report = 0; report < REPORTS; report++)
        sender->failures += send_report(sender, report);
    return NULL;
}

static void start(struct sender *sender, const struct http *shared, int number)
{
    struct http *http = ct_alloc_zeroed(shared->server.allocator, 1, sizeof *http);
    assert_non_null(http);
    http->server.allocator = shared->server.allocator;
    http->server.store = shared->server.store;
    http->server.writers = shared->server.writers;
    http->server.counter_starts = shared->server.counter_starts;
    http->principal.is_admin = true;
    ct_arena_init(&http->arena, http->server.allocator, 0);
    http_set_header(http, "Content-Type", "application/json");
    *sender = (struct sender){.http = http, .number = number};
    assert_int_equal(pthread_create(&sender->thread, NULL, send, sender), 0);
}

static void finish(struct sender *sender)
{
    assert_int_equal(pthread_join(sender->thread, NULL), 0);
    http_forget_reply(sender->http);
    ct_arena_deinit(&sender->http->arena);
    ct_release(sender->http->server.allocator, sender->http);
}

static void many_senders_lose_nothing(void **state)
{
    struct http *http = *state;
    struct sender senders[SENDERS];
    http->server.counter_starts = ct_counter_starts_create(http->server.allocator);
    assert_non_null(http->server.counter_starts);
    for (int i = 0; i < SENDERS; i++)
        start(&senders[i], http, i);
    for (int i = 0; i < SENDERS; i++)
        finish(&senders[i]);
    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(senders[i].failures, 0);
    for (int i = 0; i < METRICS * REPORTS / 10; i++) {
        char table[32];
        snprintf(table, sizeof table, "m%d_%d", i / METRICS, i % METRICS);
        assert_int_equal(http_count_rows(http, "o", table), SENDERS * (10 + 1));
        assert_string_equal(figure(http, "o", table, CENTIME_INCREASE, "value", NULL, NULL), "120");
    }
    ct_counter_starts_destroy(http->server.counter_starts);
    http->server.counter_starts = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(many_senders_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
