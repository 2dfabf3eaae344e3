/* Connections and the watch over them, with pairs of sockets in place of clients: what lasts too
 * long is ended, what runs for nobody is told so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "clock.h"
#include "connection.h"
#include "meters.h"

#define PATIENCE_S 20

struct fixture {
    struct ct_server server;
    struct ct_connection_table *table;
    struct ct_connection *connection;
    int client;
};

static int set_up(void **state)
{
    const struct ct_allocator *allocator = ct_allocator_system();
    struct fixture *fixture = ct_alloc_zeroed(allocator, 1, sizeof *fixture);
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    options.no_thread = 1;
    *state = fixture;
    if (!fixture || centime_open("watch", &options, &fixture->server.store, NULL) != CENTIME_OK)
        return -1;
    if (centime_write(fixture->server.store, "a", "m v=1 1", 7, NULL, NULL, NULL) != CENTIME_OK)
        return -1;
    ct_server_config_init(&fixture->server.config);
    fixture->server.allocator = allocator;
    fixture->server.meters = ct_meters_create(allocator);
    fixture->table = ct_connection_table_create(&fixture->server);
    return fixture->server.meters && fixture->table ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    ct_connection_table_destroy(fixture->table);
    ct_meters_destroy(fixture->server.meters);
    const int status = centime_close(fixture->server.store, NULL);
    ct_release(ct_allocator_system(), fixture);
    return status;
}

/* -- Clients ----------------------------------------------------------------------------------- */

static struct ct_connection *add(struct fixture *fixture, const char *address, int *client)
{
    int pair[2];
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(1000)};
    assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    peer.sin_addr.s_addr = htonl(address[0] == 'a' ? 0x0a000001 : 0x0a000002);
    struct ct_connection *connection =
        ct_connection_add(fixture->table, pair[0], (struct sockaddr *)&peer, sizeof peer);
    assert_non_null(connection);
    *client = pair[1];
    return connection;
}

static void drop(struct ct_connection *connection, int client)
{
    const int fd = connection->fd;
    ct_connection_remove(connection);
    close(fd);
    if (client >= 0)
        close(client);
}

/* What the client is told until its connection ends. */
static size_t read_to_end(int client, char *out, size_t cap)
{
    size_t len = 0;
    struct pollfd at = {.fd = client, .events = POLLIN};
    while (poll(&at, 1, PATIENCE_S * 1000) > 0) {
        const ssize_t more = read(client, out + len, cap - 1 - len);
        if (more <= 0)
            break;
        len += (size_t)more;
    }
    out[len] = 0;
    return len;
}

/* Is a query that has the flag ended by it? */
static bool is_cancelled(const struct fixture *fixture, const centime_cancel *cancel)
{
    const centime_aggregate count = {CENTIME_COUNT, 0, NULL, NULL};
    centime_query query = CENTIME_QUERY_INIT;
    centime_result *result = NULL;
    query.database = "a";
    query.table = "m";
    query.aggregates = &count;
    query.aggregate_count = 1;
    query.cancel = cancel;
    const int status = centime_run(fixture->server.store, &query, &result, NULL);
    assert_true(status == CENTIME_OK || status == CENTIME_CANCELLED);
    centime_result_destroy(result);
    return status == CENTIME_CANCELLED;
}

static bool gets_cancelled(const struct fixture *fixture, const centime_cancel *cancel)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    for (int i = 0; i < PATIENCE_S * 100; i++) {
        if (is_cancelled(fixture, cancel))
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

/* -- Time -------------------------------------------------------------------------------------- */

static void a_state_that_lasts_too_long_is_ended(void **state)
{
    struct fixture *fixture = *state;
    const struct {
        enum ct_connection_state state;
        const char *told;
    } cases[] = {{CT_CONNECTION_IDLE, ""},
                 {CT_CONNECTION_HEAD, "HTTP/1.1 408"},
                 {CT_CONNECTION_BODY, "HTTP/1.1 408"}};
    fixture->server.config.idle_timeout_s = 1;
    fixture->server.config.header_timeout_s = 1;
    fixture->server.config.body_timeout_s = 1;
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        char text[512];
        int client;
        struct ct_connection *connection = add(fixture, "a", &client);
        if (cases[i].state != CT_CONNECTION_IDLE)
            ct_connection_enter(connection, CT_CONNECTION_HEAD);
        ct_connection_enter(connection, cases[i].state);
        const int64_t from_ns = ct_clock_monotonic_ns(ct_clock_system());
        read_to_end(client, text, sizeof text);
        assert_true(ct_clock_monotonic_ns(ct_clock_system()) - from_ns > 900000000);
        assert_int_equal(strncmp(text, cases[i].told, strlen(cases[i].told)), 0);
        drop(connection, client);
    }
}

static void the_time_of_a_request_sets_its_flag(void **state)
{
    struct fixture *fixture = *state;
    int client;
    fixture->server.config.request_timeout_s = 1;
    struct ct_connection *connection = add(fixture, "a", &client);
    ct_connection_enter(connection, CT_CONNECTION_HEAD);
    ct_connection_enter(connection, CT_CONNECTION_ANSWER);
    assert_false(is_cancelled(fixture, connection->cancel));
    assert_true(gets_cancelled(fixture, connection->cancel));
    ct_connection_enter(connection, CT_CONNECTION_IDLE);
    ct_connection_enter(connection,
                        CT_CONNECTION_HEAD); /* the next request has a flag of its own */
    assert_false(is_cancelled(fixture, connection->exchange.request.cancel));
    drop(connection, client);
}

static void the_time_of_a_query_is_shorter(void **state)
{
    struct fixture *fixture = *state;
    int client;
    fixture->server.config.query_timeout_s = 1;
    struct ct_connection *connection = add(fixture, "a", &client);
    ct_connection_enter(connection, CT_CONNECTION_HEAD);
    ct_connection_enter_query(connection);
    assert_true(gets_cancelled(fixture, connection->cancel));
    drop(connection, client);
}

static void what_runs_for_a_client_that_has_gone_is_told(void **state)
{
    struct fixture *fixture = *state;
    int client;
    struct ct_connection *connection = add(fixture, "a", &client);
    ct_connection_enter(connection, CT_CONNECTION_HEAD);
    ct_connection_enter(connection, CT_CONNECTION_ANSWER);
    close(client);
    assert_true(gets_cancelled(fixture, connection->cancel));
    drop(connection, -1);
}

/* -- Number ------------------------------------------------------------------------------------ */

static void so_many_connections_are_served(void **state)
{
    struct fixture *fixture = *state;
    struct ct_connection *connections[5];
    int clients[5];
    fixture->server.config.connections_max = 4;
    fixture->server.config.connections_per_address_max = 2;
    for (size_t i = 0; i < 5; i++)
        connections[i] = add(fixture, i < 3 ? "a" : "b", &clients[i]);
    const bool excess[] = {false, false, true, false,
                           true}; /* third of one address; fifth of all */
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(connections[i]->is_excess, excess[i]);
    drop(connections[0], clients[0]);
    drop(connections[2], clients[2]);
    connections[0] = add(fixture, "a", &clients[0]);
    assert_false(connections[0]->is_excess);
    for (size_t i = 0; i < 5; i++)
        if (i != 2)
            drop(connections[i], clients[i]);
}

/* -- The end ----------------------------------------------------------------------------------- */

static void draining_ends_idle_connections_at_once_and_the_others_late(void **state)
{
    struct fixture *fixture = *state;
    int idle_client, client;
    char text[64];
    struct ct_connection *idle = add(fixture, "a", &idle_client);
    struct ct_connection *running = add(fixture, "b", &client);
    ct_connection_enter(running, CT_CONNECTION_HEAD);
    ct_connection_enter(running, CT_CONNECTION_ANSWER);
    assert_false(ct_connection_table_drain(fixture->table, 1));
    assert_int_equal(read_to_end(idle_client, text, sizeof text), 0);
    assert_true(is_cancelled(fixture, running->cancel));
    drop(idle, idle_client);
    drop(running, client);
    assert_true(ct_connection_table_drain(fixture->table, 1));
}

#define WATCH_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WATCH_TEST(a_state_that_lasts_too_long_is_ended),
        WATCH_TEST(the_time_of_a_request_sets_its_flag),
        WATCH_TEST(the_time_of_a_query_is_shorter),
        WATCH_TEST(what_runs_for_a_client_that_has_gone_is_told),
        WATCH_TEST(so_many_connections_are_served),
        WATCH_TEST(draining_ends_idle_connections_at_once_and_the_others_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
