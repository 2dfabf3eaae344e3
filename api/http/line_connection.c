#include "line_connection.h"

#include <errno.h>
#include <poll.h>

#include "clock.h"
#include "line_batch.h"

#define FIRST_BYTES ((size_t)1 << 16)
/* Room for a batch and the longest line that the parser may leave over. */
#define BUFFER_BYTES (2 * CT_LINE_BATCH_BYTES + 128)

struct connection {
    struct ct_server *server;
    const _Atomic bool *is_stopping;
    int fd;
    const char *peer;
    char *bytes; /* NULL between batches: idle connections hold nothing */
    size_t len, cap;
    size_t kept;        /* of len: half a line, that the last batch left over */
    bool is_fresh;      /* bytes have come since the last batch */
    bool is_done;       /* to be closed */
    int64_t commit_at;  /* of what is fresh; monotonic */
    int64_t idle_until; /* monotonic */
    uint64_t lines;     /* that went before the buffer */
};

static int64_t now_ns(void)
{
    return ct_clock_monotonic_ns(ct_clock_system());
}

/* -- Batches ----------------------------------------------------------------------------------- */

static void tell_reject(const struct connection *connection, const struct ct_line_outcome *outcome)
{
    struct ct_log_line line;
    ct_log_begin(&line, &connection->server->logger, CT_LOG_WARNING,
                 "line refused, connection closed");
    ct_log_text(&line, "peer", ct_text_of(connection->peer));
    ct_log_uint(&line, "line", connection->lines + outcome->first_reject.line);
    ct_log_uint(&line, "column", outcome->first_reject.column);
    ct_log_text(&line, "reason", ct_text_of(outcome->first_reject.reason));
    ct_log_uint(&line, "refused", outcome->counts.rejected);
    ct_log_end(&line);
}

static void tell(const struct connection *connection, const char *message, const char *detail)
{
    struct ct_log_line line;
    ct_log_begin(&line, &connection->server->logger, CT_LOG_WARNING, message);
    ct_log_text(&line, "peer", ct_text_of(connection->peer));
    if (detail)
        ct_log_text(&line, "error", ct_text_of(detail));
    ct_log_end(&line);
}

static uint64_t count_lines(const char *bytes, size_t len)
{
    uint64_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += bytes[i] == '\n';
    return count;
}

/* Drops what was committed; what is left is the beginning of a line. */
static void keep_rest(struct connection *connection, size_t consumed)
{
    connection->lines += count_lines(connection->bytes, consumed);
    connection->len -= consumed;
    connection->kept = connection->len;
    if (connection->len > 0) {
        memmove(connection->bytes, connection->bytes + consumed, connection->len);
        return;
    }
    ct_release(connection->server->allocator, connection->bytes);
    connection->bytes = NULL;
    connection->cap = 0;
}

static void commit(struct connection *connection)
{
    struct ct_line_outcome outcome;
    const struct ct_text text = {connection->bytes, connection->len};
    connection->is_fresh = false;
    if (text.len == 0)
        return;
    ct_line_batch_write(connection->server, CT_WRITE_TCP, &text, 1, false, &outcome);
    if (outcome.status != CENTIME_OK)
        tell(connection, "lines could not be written, connection closed", outcome.err.text);
    else if (outcome.counts.rejected)
        tell_reject(connection, &outcome);
    connection->is_done |= outcome.status != CENTIME_OK || outcome.counts.rejected;
    keep_rest(connection, connection->is_done ? connection->len : outcome.consumed);
}

/* -- Bytes ------------------------------------------------------------------------------------- */

static bool make_room(struct connection *connection)
{
    if (connection->len < connection->cap)
        return true;
    const size_t doubled = connection->cap ? connection->cap * 2 : FIRST_BYTES;
    const size_t cap = doubled < BUFFER_BYTES ? doubled : BUFFER_BYTES;
    char *bytes = cap > connection->cap
                      ? ct_resize(connection->server->allocator, connection->bytes, cap)
                      : NULL;
    if (!bytes)
        return false;
    connection->bytes = bytes;
    connection->cap = cap;
    return true;
}

/* False: nothing to read now, or never again. */
static bool read_some(struct connection *connection)
{
    if (!make_room(connection)) {
        tell(connection, "out of memory, connection closed", NULL);
        connection->is_done = true;
        return false;
    }
    const ssize_t got = recv(connection->fd, connection->bytes + connection->len,
                             connection->cap - connection->len, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return false;
    if (got <= 0) {
        connection->is_done = true;
        return false;
    }
    if (!connection->is_fresh)
        connection->commit_at = now_ns() + CT_LINE_BATCH_NS;
    connection->is_fresh = true;
    connection->len += (size_t)got;
    connection->idle_until =
        now_ns() + (int64_t)connection->server->config.idle_timeout_s * 1000000000;
    return true;
}

static bool is_full(const struct connection *connection)
{
    return connection->len - connection->kept >= CT_LINE_BATCH_BYTES;
}

/* Until a batch is full or nothing is left to read. */
static void read_what_is_there(struct connection *connection)
{
    while (!is_full(connection) && read_some(connection)) {
    }
}

static int wait_ms(const struct connection *connection)
{
    const int64_t until = connection->is_fresh ? connection->commit_at : connection->idle_until;
    const int64_t left_ms = (until - now_ns() + 999999) / 1000000;
    return left_ms < 0 ? 0 : (int)left_ms;
}

/* -- Life -------------------------------------------------------------------------------------- */

static void turn(struct connection *connection)
{
    struct pollfd polled = {.fd = connection->fd, .events = POLLIN};
    const int ready = poll(&polled, 1, wait_ms(connection));
    if (ready > 0)
        read_what_is_there(connection);
    if (atomic_load(connection->is_stopping))
        connection->is_done = true;
    const int64_t now = now_ns();
    if (connection->is_fresh &&
        (connection->is_done || is_full(connection) || now >= connection->commit_at))
        commit(connection);
    else if (!connection->is_fresh && now >= connection->idle_until)
        connection->is_done = true;
}

void ct_line_connection_run(struct ct_server *server, int fd, const char *peer,
                            const _Atomic bool *is_stopping)
{
    struct connection connection = {
        .server = server, .is_stopping = is_stopping, .fd = fd, .peer = peer};
    connection.idle_until = now_ns() + (int64_t)server->config.idle_timeout_s * 1000000000;
    while (!connection.is_done)
        turn(&connection);
    if (connection.len > 0)
        tell(&connection, "the last line had no end and was left out", NULL);
    ct_release(server->allocator, connection.bytes);
}
