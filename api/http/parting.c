#include "parting.h"

#include "clock.h"
#include "text_out.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#define SECOND_NS        ((int64_t)1000000000)
#define SEND_NS          (5 * SECOND_NS)
#define LINGER_NS        (5 * SECOND_NS)
#define LINGER_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* Waits for `events`; false where the deadline passes first. */
static bool wait_for(int fd, short events, int64_t deadline_ns)
{
    struct pollfd at = {.fd = fd, .events = events};
    const int64_t left_ns = deadline_ns - ct_clock_monotonic_ns(ct_clock_system());
    return left_ns > 0 && poll(&at, 1, (int)(left_ns / 1000000) + 1) > 0;
}

static const char *reason_of(unsigned status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 503:
        return "Service Unavailable";
    default:
        return "Refused";
    }
}

static void print(const struct ct_exchange *exchange, struct ct_text_out *out)
{
    const struct ct_reply *reply = &exchange->reply;
    ct_text_out_format(out, "HTTP/1.1 %u %s\r\nConnection: close\r\nX-Request-Id: %s\r\n",
                       reply->status, reason_of(reply->status), exchange->request.id);
    ct_text_out_format(out, "X-Content-Type-Options: nosniff\r\nContent-Length: %zu\r\n",
                       reply->body.len);
    if (reply->content_type)
        ct_text_out_format(out, "Content-Type: %s\r\n", reply->content_type);
    for (size_t i = 0; i < reply->header_count; i++)
        ct_text_out_format(out, "%s: %s\r\n", reply->headers[i].name, reply->headers[i].value);
    ct_text_out_word(out, "\r\n");
    ct_text_out_add(out, reply->body);
}

bool ct_parting_answer(int fd, const struct ct_exchange *exchange)
{
    const int64_t deadline_ns = ct_clock_monotonic_ns(ct_clock_system()) + SEND_NS;
    struct ct_text_out out;
    ct_text_out_init(&out, exchange->request.arena);
    print(exchange, &out);
    struct ct_text rest = ct_text_out_text(&out);
    while (!out.is_short && rest.len > 0 && wait_for(fd, POLLOUT, deadline_ns)) {
        const ssize_t sent = send(fd, rest.bytes, rest.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (sent > 0)
            rest = (struct ct_text){rest.bytes + sent, rest.len - (size_t)sent};
    }
    return !out.is_short && rest.len == 0;
}

void ct_parting_linger(int fd)
{
    const int64_t deadline_ns = ct_clock_monotonic_ns(ct_clock_system()) + LINGER_NS;
    char ignored[16384];
    size_t total = 0;
    shutdown(fd, SHUT_WR);
    while (total < LINGER_BYTES_MAX && wait_for(fd, POLLIN, deadline_ns)) {
        const ssize_t len = recv(fd, ignored, sizeof ignored, MSG_DONTWAIT);
        if (len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR))
            return;
        if (len > 0)
            total += (size_t)len;
    }
}
