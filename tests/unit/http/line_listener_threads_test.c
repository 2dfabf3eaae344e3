/* Lines by TCP and UDP, over real sockets on the loopback address. */
#include "server_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "line_connection.h"
#include "line_datagrams.h"
#include "line_listener.h"
#include "meters_private.h"

#define PATIENCE_MS 20000

/* -- A listener over the fixture's server ------------------------------------------------------ */

static int open_listening(void **state)
{
    if (http_open(state) != 0)
        return -1;
    struct http *http = *state;
    struct ct_server_config *config = &http->server.config;
    struct ct_error err = {0};
    memcpy(config->listen_lines, "127.0.0.1:0", 12);
    memcpy(config->listen_udp, "127.0.0.1:0", 12);
    memcpy(config->udp_precision, "ms", 3);
    config->connections_max = 3;
    config->connections_per_address_max = 3;
    config->idle_timeout_s = 60;
    if (ct_line_listener_start(&http->server, &http->server.lines, &err) != CT_OK)
        fail_msg("%s", err.text);
    return 0;
}

static void stop(struct http *http)
{
    ct_line_listener_stop(http->server.lines);
    http->server.lines = NULL;
}

static int close_listening(void **state)
{
    stop(*state);
    return http_close(state);
}

#define LISTENER_TEST(test) cmocka_unit_test_setup_teardown(test, open_listening, close_listening)

static int connect_to(const char *address, int type)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned port = 0;
    for (const char *c = strrchr(address, ':') + 1; *c; c++)
        port = port * 10 + (unsigned)(*c - '0');
    to.sin_port = htons((uint16_t)port);
    const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static int connect_lines(const struct http *http)
{
    return connect_to(ct_line_listener_tcp_address(http->server.lines), SOCK_STREAM);
}

static void send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        const ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* the listener has closed it: the test sees that by what was stored */
        bytes += sent;
        len -= (size_t)sent;
    }
}

static void send_text(int fd, const char *text)
{
    send_all(fd, text, strlen(text));
}

static void wait_for_rows(const struct http *http, const char *table, int64_t expected)
{
    int64_t rows = 0;
    for (int waited = 0; waited < PATIENCE_MS; waited += 5) {
        rows = http_count_rows(http, "default", table);
        if (rows >= expected)
            break;
        poll(NULL, 0, 5);
    }
    assert_int_equal(rows, expected);
}

/* The listener closes a connection that it is done with. */
static void expect_closed(int fd)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    char byte;
    assert_int_equal(poll(&polled, 1, PATIENCE_MS), 1);
    assert_true(recv(fd, &byte, 1, 0) <= 0);
    close(fd);
}

/* -- TCP --------------------------------------------------------------------------------------- */

static void lines_are_stored_while_the_connection_stays(void **state)
{
    struct http *http = *state;
    const int fd = connect_lines(http);
    send_text(fd, "m v=1 1\nm v=2 2\n");
    wait_for_rows(http, "m", 2);
    send_text(fd, "m v=3 3\nm v=");
    wait_for_rows(http, "m", 3);
    send_text(fd, "4 4\n");
    wait_for_rows(http, "m", 4);
    close(fd);
}

static void a_stream_may_be_cut_anywhere(void **state)
{
    struct http *http = *state;
    const char *const text =
        "m,a=x\\ y s=\"one\nline, \\\"two\\\"\",v=1.5 1\r\n\n# comment\nm v=2 2\n";
    const int fd = connect_lines(http);
    for (size_t i = 0; i < strlen(text); i++) {
        send_all(fd, text + i, 1);
        if (i % 8 == 0)
            poll(NULL, 0, 60); /* longer than a batch waits */
    }
    wait_for_rows(http, "m", 2);
    close(fd);
}

static void what_is_sent_before_the_end_is_stored(void **state)
{
    struct http *http = *state;
    const int fd = connect_lines(http);
    send_text(fd, "m v=1 1\nm v=2 2\n");
    close(fd);
    wait_for_rows(http, "m", 2);
}

/* What a client that died has sent of an amount is another amount. */
static void a_line_without_an_end_is_never_taken(void **state)
{
    struct http *http = *state;
    const int fd = connect_lines(http);
    send_text(fd, "cost cost_usd=1 1\ncost cost_usd=123");
    shutdown(fd, SHUT_WR);
    expect_closed(fd);
    wait_for_rows(http, "cost", 1);
}

static void a_bad_line_ends_the_connection_and_costs_no_good_one(void **state)
{
    struct http *http = *state;
    const int fd = connect_lines(http);
    send_text(fd, "m v=1 1\nm v=\nm v=2 2\n");
    expect_closed(fd);
    wait_for_rows(http, "m", 2);
    stop(http);
    expect_contains(http->log, "line refused, connection closed");
    expect_contains(http->log, " line=2 column=5 reason=\"field has no value\" refused=1");
}

static void batches_of_any_size_arrive_whole(void **state)
{
    struct http *http = *state;
    enum { LINES = 200000 };
    const struct ct_allocator *allocator = ct_allocator_system();
    char *text = ct_alloc(allocator, (size_t)LINES * 48);
    size_t len = 0;
    assert_non_null(text);
    for (int i = 0; i < LINES; i++)
        len += (size_t)snprintf(text + len, 48, "m,host=h%d v=%d %d\n", i % 7, i, i + 1);
    const int fd = connect_lines(http);
    send_all(fd, text, len);
    close(fd);
    wait_for_rows(http, "m", LINES);
    ct_release(allocator, text);
}

static void send_long_string(int fd, size_t len)
{
    const struct ct_allocator *allocator = ct_allocator_system();
    char *string = ct_alloc(allocator, len);
    assert_non_null(string);
    memset(string, 'x', len);
    send_text(fd, "long s=\"");
    send_all(fd, string, len);
    send_text(fd, "\" 1\nafter v=1 1\n");
    ct_release(allocator, string);
}

static void a_line_may_have_a_mebibyte_and_no_more(void **state)
{
    struct http *http = *state;
    int fd = connect_lines(http);
    send_long_string(fd, ((size_t)1 << 20) - 64);
    wait_for_rows(http, "after", 1);
    wait_for_rows(http, "long", 1);
    close(fd);
    fd = connect_lines(http);
    send_long_string(fd, (size_t)3 << 20);
    expect_closed(fd);
    wait_for_rows(http, "long", 1);
}

static void too_many_connections_are_closed_at_once(void **state)
{
    struct http *http = *state;
    int fds[3];
    for (int i = 0; i < 3; i++) {
        char line[32];
        fds[i] = connect_lines(http);
        snprintf(line, sizeof line, "m v=1 %d\n", i + 1);
        send_text(fds[i], line);
    }
    wait_for_rows(http, "m", 3); /* all three are in */
    expect_closed(connect_lines(http));
    close(fds[0]);
    for (int i = 0; http_count_rows(http, "default", "late") == 0 && i < 1000; i++) {
        const int fd = connect_lines(http);
        send_text(fd, "late v=1 1\n");
        poll(NULL, 0, 20);
        close(fd);
    }
    wait_for_rows(http, "late", 1);
    close(fds[1]);
    close(fds[2]);
}

static void a_silent_connection_is_closed(void **state)
{
    struct http *http = *state;
    stop(http);
    http->server.config.idle_timeout_s = 1;
    struct ct_error err;
    assert_int_equal(ct_line_listener_start(&http->server, &http->server.lines, &err), CT_OK);
    const int fd = connect_lines(http);
    send_text(fd, "m v=1 1\nm v="); /* half a line keeps nothing open */
    expect_closed(fd);
    wait_for_rows(http, "m", 1);
}

static void stopping_keeps_what_has_arrived(void **state)
{
    struct http *http = *state;
    const int fds[] = {connect_lines(http), connect_lines(http)};
    send_text(fds[0], "m v=1 1\n");
    wait_for_rows(http, "m", 1);
    send_text(fds[0], "m v=2 2\n");
    poll(NULL, 0, 5);
    stop(http);
    assert_int_equal(http_count_rows(http, "default", "m"), 2);
    expect_closed(fds[0]);
    expect_closed(fds[1]);
}

/* -- UDP --------------------------------------------------------------------------------------- */

static int connect_datagrams(const struct http *http)
{
    return connect_to(ct_line_listener_udp_address(http->server.lines), SOCK_DGRAM);
}

static void datagrams_hold_whole_lines(void **state)
{
    struct http *http = *state;
    const int fd = connect_datagrams(http);
    send_text(fd, "memory,host=h1 value=185044992.000000 1795427636609\n"
                  "load,host=h1 shortterm=0.042969 1795427636609\n");
    send_text(fd, "memory,host=h1 value=2 1795427637609"); /* the last line end may lack */
    send_text(fd, "memory,host=h1 value=3 1795427638609");
    wait_for_rows(http, "memory", 3);
    wait_for_rows(http, "load", 1);
    close(fd);
}

static void a_bad_datagram_costs_no_other(void **state)
{
    struct http *http = *state;
    const int fd = connect_datagrams(http);
    send_text(fd, "m s=\"no end\nm v=9 9\n");
    send_text(fd, "m v=1 1\nm v=\nm v=2 2\n");
    send_text(fd, "");
    send_text(fd, "m v=3 3\n");
    wait_for_rows(http, "m", 3);
    close(fd);
}

static void a_datagram_may_be_as_long_as_they_get(void **state)
{
    struct http *http = *state;
    char text[60000];
    size_t len = 0;
    int lines = 0;
    for (; len < sizeof text - 32; lines++)
        len += (size_t)snprintf(text + len, 32, "m v=%d %d\n", lines, lines + 1);
    const int fd = connect_datagrams(http);
    send_all(fd, text, len);
    wait_for_rows(http, "m", lines);
    close(fd);
}

struct flood {
    struct ct_line_datagrams *datagrams;
    int wake_fd;
};

static void *run_datagrams(void *argument)
{
    const struct flood *flood = argument;
    ct_line_datagrams_run(flood->datagrams, flood->wake_fd);
    return NULL;
}

/* More than the system keeps, sent before anybody reads; it tells of what it dropped with the next
 * datagram that comes. */
static void what_came_too_fast_is_counted(void **state)
{
    struct http *http = *state;
    enum { SENT = 20000 };
    char bound[CT_ADDRESS_BYTES];
    char text[1400];
    struct ct_error err;
    int fd;
    pthread_t thread;
    assert_int_equal(ct_listen_socket_open("127.0.0.1:0", SOCK_DGRAM, &fd, bound, &err), CT_OK);
    struct flood flood = {ct_line_datagrams_create(&http->server, fd), eventfd(0, EFD_CLOEXEC)};
    const int from = connect_to(bound, SOCK_DGRAM);
    memset(text, 'x', sizeof text);
    for (int i = 0; i < SENT; i++) {
        const int len = snprintf(text, sizeof text, "m v=1 %d\n#", i + 1);
        text[len] = 'x';
        send_all(from, text, sizeof text);
    }
    assert_int_equal(pthread_create(&thread, NULL, run_datagrams, &flood), 0);
    while (http_count_rows(http, "default", "m") == 0)
        poll(NULL, 0, 5);
    poll(NULL, 0, 200);            /* all that was kept has been read */
    for (int i = 1; i <= 2; i++) { /* each tells the same number */
        send_text(from, i == 1 ? "last v=1 1" : "last v=2 2");
        wait_for_rows(http, "last", i);
    }
    eventfd_write(flood.wake_fd, 1);
    pthread_join(thread, NULL);
    const uint64_t dropped = atomic_load(&http->server.meters->refusals[CT_REFUSED_DATAGRAMS]);
    assert_true(dropped > 0);
    assert_int_equal(http_count_rows(http, "default", "m") + (int64_t)dropped, SENT);
    expect_contains(http->log, "datagrams lost or refused");
    ct_line_datagrams_destroy(flood.datagrams);
    close(flood.wake_fd);
    close(from);
    close(fd);
}

/* -- Configuration ----------------------------------------------------------------------------- */

static ct_status start_with(struct http *http, const char *lines, const char *udp,
                            struct ct_error *err)
{
    struct ct_server_config *config = &http->server.config;
    snprintf(config->listen_lines, sizeof config->listen_lines, "%s", lines);
    snprintf(config->listen_udp, sizeof config->listen_udp, "%s", udp);
    return ct_line_listener_start(&http->server, &http->server.lines, err);
}

static void it_is_off_unless_asked_for(void **state)
{
    struct http *http = *state;
    struct ct_error err;
    stop(http);
    assert_int_equal(start_with(http, "", "", &err), CT_OK);
    assert_null(http->server.lines);
    assert_string_equal(ct_line_listener_tcp_address(http->server.lines), "");
    assert_int_equal(start_with(http, "", "127.0.0.1:0", &err), CT_OK);
    assert_string_equal(ct_line_listener_tcp_address(http->server.lines), "");
    assert_non_null(strchr(ct_line_listener_udp_address(http->server.lines), ':'));
}

static void others_are_let_in_only_when_that_is_said(void **state)
{
    struct http *http = *state;
    struct ct_error err;
    stop(http);
    assert_int_equal(start_with(http, "0.0.0.0:0", "", &err), CT_INVALID);
    assert_non_null(strstr(err.text, "loopback"));
    assert_int_equal(start_with(http, "", "0.0.0.0:0", &err), CT_INVALID);
    http->server.config.is_insecure = true;
    assert_int_equal(start_with(http, "0.0.0.0:0", "0.0.0.0:0", &err), CT_OK);
}

static void what_makes_no_sense_is_told_at_the_start(void **state)
{
    struct http *http = *state;
    struct ct_server_config *config = &http->server.config;
    struct ct_error err;
    char taken[CT_ADDRESS_BYTES];
    memcpy(taken, ct_line_listener_tcp_address(http->server.lines), sizeof taken);
    struct ct_line_listener *kept = http->server.lines;
    assert_int_equal(start_with(http, taken, "", &err), CT_IO);
    assert_int_equal(start_with(http, "nowhere", "", &err), CT_INVALID);
    snprintf(config->lines_database, sizeof config->lines_database, "../a");
    assert_int_equal(start_with(http, "127.0.0.1:0", "", &err), CT_INVALID);
    config->lines_database[0] = 0;
    snprintf(config->udp_precision, sizeof config->udp_precision, "eons");
    assert_int_equal(start_with(http, "127.0.0.1:0", "", &err), CT_INVALID);
    http->server.lines = kept;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LISTENER_TEST(lines_are_stored_while_the_connection_stays),
        LISTENER_TEST(a_stream_may_be_cut_anywhere),
        LISTENER_TEST(what_is_sent_before_the_end_is_stored),
        LISTENER_TEST(a_line_without_an_end_is_never_taken),
        LISTENER_TEST(a_bad_line_ends_the_connection_and_costs_no_good_one),
        LISTENER_TEST(batches_of_any_size_arrive_whole),
        LISTENER_TEST(a_line_may_have_a_mebibyte_and_no_more),
        LISTENER_TEST(too_many_connections_are_closed_at_once),
        LISTENER_TEST(a_silent_connection_is_closed),
        LISTENER_TEST(stopping_keeps_what_has_arrived),
        LISTENER_TEST(datagrams_hold_whole_lines),
        LISTENER_TEST(a_bad_datagram_costs_no_other),
        LISTENER_TEST(a_datagram_may_be_as_long_as_they_get),
        LISTENER_TEST(what_came_too_fast_is_counted),
        LISTENER_TEST(it_is_off_unless_asked_for),
        LISTENER_TEST(others_are_let_in_only_when_that_is_said),
        LISTENER_TEST(what_makes_no_sense_is_told_at_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
