#include "line_datagrams.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "clock.h"
#include "line_batch.h"
#include "line_connection.h"

#define DATAGRAM_BYTES_MAX ((size_t)1 << 16)
#define DATAGRAMS_MAX      8192 /* in a batch */
#define BUFFER_BYTES       (CT_LINE_BATCH_BYTES + DATAGRAM_BYTES_MAX)
#define RECEIVE_BYTES      (4 << 20) /* asked of the system, which may give less */
#define TELL_EVERY_NS      INT64_C(10000000000)

struct ct_line_datagrams {
    struct ct_server *server;
    int fd;
    size_t len;
    size_t count; /* of texts */
    int64_t commit_at;
    uint32_t dropped_known;             /* the system's counter, as it was last seen */
    uint64_t rejected, dropped, failed; /* not told yet: lines, datagrams, lines */
    int64_t tell_at;
    char reason[200]; /* of the first of those */
    struct ct_text texts[DATAGRAMS_MAX];
    char bytes[BUFFER_BYTES];
};

static int64_t now_ns(void)
{
    return ct_clock_monotonic_ns(ct_clock_system());
}

struct ct_line_datagrams *ct_line_datagrams_create(struct ct_server *server, int fd)
{
    struct ct_line_datagrams *datagrams = ct_alloc(server->allocator, sizeof *datagrams);
    const int on = 1, bytes = RECEIVE_BYTES;
    if (!datagrams)
        return NULL;
    memset(datagrams, 0, offsetof(struct ct_line_datagrams, texts));
    datagrams->server = server;
    datagrams->fd = fd;
    /* Where the system knows neither, nothing is counted, or more is dropped. */
    (void)setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    return datagrams;
}

void ct_line_datagrams_destroy(struct ct_line_datagrams *datagrams)
{
    if (datagrams)
        ct_release(datagrams->server->allocator, datagrams);
}

/* -- Losses ------------------------------------------------------------------------------------ */

static void tell_losses(struct ct_line_datagrams *datagrams)
{
    struct ct_log_line line;
    if (datagrams->rejected + datagrams->dropped + datagrams->failed == 0 ||
        now_ns() < datagrams->tell_at)
        return;
    ct_log_begin(&line, &datagrams->server->logger, CT_LOG_WARNING, "datagrams lost or refused");
    ct_log_uint(&line, "lines_refused", datagrams->rejected);
    ct_log_uint(&line, "datagrams_dropped", datagrams->dropped);
    ct_log_uint(&line, "datagrams_not_written", datagrams->failed);
    ct_log_text(&line, "reason", ct_text_of(datagrams->reason));
    ct_log_end(&line);
    datagrams->rejected = datagrams->dropped = datagrams->failed = 0;
    datagrams->reason[0] = 0;
    datagrams->tell_at = now_ns() + TELL_EVERY_NS;
}

static void keep_reason(struct ct_line_datagrams *datagrams, const char *reason)
{
    const size_t len = strnlen(reason, sizeof datagrams->reason - 1);
    if (datagrams->reason[0])
        return;
    memcpy(datagrams->reason, reason, len);
    datagrams->reason[len] = 0;
}

/* The counter comes with each datagram; it goes round. */
static void count_dropped(struct ct_line_datagrams *datagrams, struct msghdr *message)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
        uint32_t dropped;
        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SO_RXQ_OVFL)
            continue;
        memcpy(&dropped, CMSG_DATA(at), sizeof dropped);
        const uint32_t more = dropped - datagrams->dropped_known;
        datagrams->dropped += more;
        ct_meters_refuse_many(datagrams->server->meters, CT_REFUSED_DATAGRAMS, more);
        datagrams->dropped_known = dropped;
    }
}

/* -- Batches ----------------------------------------------------------------------------------- */

static void commit(struct ct_line_datagrams *datagrams)
{
    struct ct_line_outcome outcome;
    ct_line_batch_write(datagrams->server, CT_WRITE_UDP, datagrams->texts, datagrams->count, true,
                        &outcome);
    datagrams->rejected += outcome.counts.rejected;
    if (outcome.status != CENTIME_OK) {
        datagrams->failed += datagrams->count;
        keep_reason(datagrams, outcome.err.text);
    } else if (outcome.counts.rejected) {
        keep_reason(datagrams, outcome.first_reject.reason);
    }
    datagrams->len = datagrams->count = 0;
}

static bool is_full(const struct ct_line_datagrams *datagrams)
{
    return datagrams->len >= CT_LINE_BATCH_BYTES || datagrams->count == DATAGRAMS_MAX;
}

/* False: there is none. */
static bool take_one(struct ct_line_datagrams *datagrams)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(uint32_t)) + 64];
    } control;
    char *at = datagrams->bytes + datagrams->len;
    struct iovec piece = {at, DATAGRAM_BYTES_MAX};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    const ssize_t got = recvmsg(datagrams->fd, &message, MSG_DONTWAIT);
    if (got < 0)
        return errno == EINTR;
    if (datagrams->count == 0)
        datagrams->commit_at = now_ns() + CT_LINE_BATCH_NS;
    datagrams->texts[datagrams->count++] = (struct ct_text){at, (size_t)got};
    datagrams->len += (size_t)got;
    count_dropped(datagrams, &message);
    return true;
}

static void take_what_is_there(struct ct_line_datagrams *datagrams)
{
    while (!is_full(datagrams) && take_one(datagrams)) {
    }
}

static int wait_ms(const struct ct_line_datagrams *datagrams)
{
    const int64_t left_ms = (datagrams->commit_at - now_ns() + 999999) / 1000000;
    if (datagrams->count == 0)
        return datagrams->rejected + datagrams->dropped + datagrams->failed ? 1000 : -1;
    return left_ms < 0 ? 0 : (int)left_ms;
}

void ct_line_datagrams_run(struct ct_line_datagrams *datagrams, int wake_fd)
{
    struct pollfd polled[2] = {{.fd = datagrams->fd, .events = POLLIN},
                               {.fd = wake_fd, .events = POLLIN}};
    bool is_stopping = false;
    while (!is_stopping) {
        const int ready = poll(polled, 2, wait_ms(datagrams));
        is_stopping = ready > 0 && polled[1].revents;
        take_what_is_there(datagrams);
        if (datagrams->count > 0 &&
            (is_stopping || is_full(datagrams) || now_ns() >= datagrams->commit_at))
            commit(datagrams);
        tell_losses(datagrams);
    }
}
