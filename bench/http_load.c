/* http_load: sends what a benchmark wants sent, as fast as the server takes it, and prints figures
 * as JSON. Keep-alive, blocking sockets, one thread for each connection; so little work for each
 * request that the server is what is measured.
 *
 *     http_load write 127.0.0.1:8080 '/write?precision=ns' FILE --connections 2 --lines 10000
 *     http_load ask 127.0.0.1:8080 REQUEST_FILE --repeat 101
 *
 * REQUEST_FILE holds one request of HTTP/1.1, byte for byte. The answer's body goes to --body. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "args.h"

#define CONNECTIONS_MAX 256
#define ANSWER_BYTES    65536
#define REQUESTS_MAX    1000000

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

_Noreturn static void die(const char *what)
{
    fprintf(stderr, "http_load: %s\n", what);
    exit(CT_EXIT_FAILED);
}

/* -- One connection ---------------------------------------------------------------------------- */

struct connection {
    int socket;
    char bytes[ANSWER_BYTES]; /* received, [from, to) not yet read */
    size_t from, to;
    FILE *body; /* where bodies go; NULL: nowhere */
};

static void connect_to(struct connection *connection, const char *address)
{
    char host[64];
    const char *colon = strrchr(address, ':');
    uint64_t port;
    struct sockaddr_in to = {.sin_family = AF_INET};
    const int one = 1;
    if (!colon || (size_t)(colon - address) >= sizeof host ||
        !ct_args_read_number(colon + 1, 65535, &port))
        die("an address is HOST:PORT");
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = 0;
    to.sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, host, &to.sin_addr) != 1)
        die("the host is to be an IPv4 address");
    connection->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connection->socket < 0 ||
        connect(connection->socket, (struct sockaddr *)&to, sizeof to) != 0)
        die("cannot connect");
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connection->from = connection->to = 0;
}

static void send_all(int socket, struct iovec *parts, int count)
{
    while (count > 0) {
        ssize_t sent = writev(socket, parts, count);
        if (sent <= 0)
            die("the server closed the connection while being written to");
        for (; count > 0 && (size_t)sent >= parts->iov_len; count--, parts++)
            sent -= (ssize_t)parts->iov_len;
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + sent;
            parts->iov_len -= (size_t)sent;
        }
    }
}

/* More bytes behind those not yet read. */
static void receive(struct connection *connection)
{
    if (connection->from > 0) {
        memmove(connection->bytes, connection->bytes + connection->from,
                connection->to - connection->from);
        connection->to -= connection->from;
        connection->from = 0;
    }
    if (connection->to == ANSWER_BYTES)
        die("a head of more than 64 KiB");
    const ssize_t got =
        read(connection->socket, connection->bytes + connection->to, ANSWER_BYTES - connection->to);
    if (got <= 0)
        die("the server closed the connection before its answer was whole");
    connection->to += (size_t)got;
}

/* A line without its end, which is replaced by a zero byte. */
static char *read_line(struct connection *connection)
{
    for (;;) {
        char *at = connection->bytes + connection->from;
        char *end = memchr(at, '\n', connection->to - connection->from);
        if (end) {
            connection->from += (size_t)(end - at) + 1;
            *end = 0;
            if (end > at && end[-1] == '\r')
                end[-1] = 0;
            return at;
        }
        receive(connection);
    }
}

static void read_bytes(struct connection *connection, uint64_t len)
{
    while (len > 0) {
        if (connection->from == connection->to)
            receive(connection);
        size_t part = connection->to - connection->from;
        part = part < len ? part : (size_t)len;
        if (connection->body)
            fwrite(connection->bytes + connection->from, 1, part, connection->body);
        connection->from += part;
        len -= part;
    }
}

static void read_chunks(struct connection *connection)
{
    for (;;) {
        const uint64_t len = strtoull(read_line(connection), NULL, 16);
        read_bytes(connection, len);
        read_line(connection);
        if (len == 0)
            return;
    }
}

/* Reads an answer to its end; its status. */
static unsigned read_answer(struct connection *connection)
{
    unsigned status = 0;
    uint64_t len = 0;
    bool is_chunked = false;
    if (sscanf(read_line(connection), "HTTP/1.1 %3u", &status) != 1)
        die("no answer of HTTP/1.1");
    for (char *line = read_line(connection); *line; line = read_line(connection)) {
        if (strncasecmp(line, "Content-Length:", 15) == 0)
            len = strtoull(line + 15, NULL, 10);
        is_chunked |= strncasecmp(line, "Transfer-Encoding: chunked", 26) == 0;
    }
    if (is_chunked)
        read_chunks(connection);
    else
        read_bytes(connection, len);
    return status;
}

/* -- Figures ----------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_latencies(double *seconds, size_t count)
{
    qsort(seconds, count, sizeof *seconds, compare_doubles);
    printf("\"median_ms\":%.4f,\"p99_ms\":%.4f,\"max_ms\":%.4f", seconds[count / 2] * 1e3,
           seconds[count * 99 / 100] * 1e3, seconds[count - 1] * 1e3);
}

static struct iovec map_file(const char *path)
{
    struct stat state;
    const int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &state) != 0 || state.st_size == 0)
        die("cannot read the file, or it is empty");
    void *bytes = mmap(NULL, (size_t)state.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED)
        die("cannot map the file");
    close(file);
    return (struct iovec){bytes, (size_t)state.st_size};
}

/* -- Writing ----------------------------------------------------------------------------------- */

struct load {
    const char *address, *path, *header;
    struct iovec *requests; /* bodies */
    size_t count;
    double *seconds; /* that each took */
    _Atomic size_t next, failed;
};

/* Cuts a text into stretches of so many lines. */
static size_t cut(struct iovec text, uint64_t lines, struct iovec *out)
{
    char *at = text.iov_base, *end = at + text.iov_len;
    size_t count = 0;
    while (at < end) {
        char *to = at;
        for (uint64_t i = 0; i < lines && to < end; i++) {
            char *newline = memchr(to, '\n', (size_t)(end - to));
            to = newline ? newline + 1 : end;
        }
        if (count == REQUESTS_MAX)
            die("more than a million requests: more lines in each, please");
        out[count++] = (struct iovec){at, (size_t)(to - at)};
        at = to;
    }
    return count;
}

static void *write_until_done(void *context)
{
    struct load *load = context;
    struct connection *connection = calloc(1, sizeof *connection);
    connect_to(connection, load->address);
    for (size_t i; (i = atomic_fetch_add(&load->next, 1)) < load->count;) {
        char head[1024];
        const int head_len = snprintf(
            head, sizeof head, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n%s%s\r\n",
            load->path, load->address, load->requests[i].iov_len, load->header,
            *load->header ? "\r\n" : "");
        struct iovec parts[] = {{head, (size_t)head_len}, load->requests[i]};
        const double began = now_s();
        send_all(connection->socket, parts, 2);
        const unsigned status = read_answer(connection);
        load->seconds[i] = now_s() - began;
        if (status / 100 != 2 && atomic_fetch_add(&load->failed, 1) == 0)
            fprintf(stderr, "http_load: status %u\n", status);
    }
    close(connection->socket);
    free(connection);
    return NULL;
}

static int run_write(const struct ct_arguments *arguments)
{
    uint64_t connections, lines;
    pthread_t threads[CONNECTIONS_MAX];
    if (!ct_args_number(arguments, "connections", 1, CONNECTIONS_MAX, 2, &connections) ||
        !ct_args_number(arguments, "lines", 1, 10000000, 10000, &lines))
        return CT_EXIT_USAGE;
    const char *header = ct_args_value(arguments, "header");
    struct load load = {.address = arguments->operands[0],
                        .path = arguments->operands[1],
                        .header = header ? header : "",
                        .requests = calloc(REQUESTS_MAX, sizeof *load.requests),
                        .seconds = calloc(REQUESTS_MAX, sizeof *load.seconds)};
    const struct iovec text = map_file(arguments->operands[2]);
    load.count = cut(text, lines, load.requests); /* reads every page: the disk is not measured */
    const double began = now_s();
    for (uint64_t i = 0; i < connections; i++)
        if (pthread_create(&threads[i], NULL, write_until_done, &load) != 0)
            die("cannot start a thread");
    for (uint64_t i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    const double seconds = now_s() - began;
    printf("{\"requests\":%zu,\"bytes\":%zu,\"failed\":%zu,\"seconds\":%.3f,", load.count,
           text.iov_len, atomic_load(&load.failed), seconds);
    print_latencies(load.seconds, load.count);
    printf("}\n");
    free(load.requests);
    free(load.seconds);
    return atomic_load(&load.failed) ? CT_EXIT_FAILED : CT_EXIT_DONE;
}

/* -- Asking ------------------------------------------------------------------------------------ */

static int run_ask(const struct ct_arguments *arguments)
{
    uint64_t repeat;
    if (!ct_args_number(arguments, "repeat", 1, REQUESTS_MAX, 101, &repeat))
        return CT_EXIT_USAGE;
    struct iovec request = map_file(arguments->operands[1]);
    double *seconds = calloc(repeat, sizeof *seconds);
    struct connection *connection = calloc(1, sizeof *connection);
    const char *body = ct_args_value(arguments, "body");
    unsigned status = 0;
    size_t failed = 0;
    connect_to(connection, arguments->operands[0]);
    for (uint64_t i = 0; i < repeat; i++) {
        struct iovec part = request;
        connection->body = i == 0 && body ? fopen(body, "wb") : NULL;
        const double began = now_s();
        send_all(connection->socket, &part, 1);
        status = read_answer(connection);
        seconds[i] = now_s() - began;
        failed += status / 100 != 2;
        if (connection->body)
            fclose(connection->body);
    }
    printf("{\"requests\":%zu,\"failed\":%zu,\"status\":%u,", (size_t)repeat, failed, status);
    print_latencies(seconds, repeat);
    printf("}\n");
    close(connection->socket);
    free(connection);
    free(seconds);
    return failed ? CT_EXIT_FAILED : CT_EXIT_DONE;
}

int main(int argc, char **argv)
{
    static const struct ct_option write_options[] = {
        {"connections", 'c', "N", "at once; default 2"},
        {"lines", 'l', "N", "in each request; default 10000"},
        {"header", 'H', "TEXT", "one more header"},
    };
    static const struct ct_option ask_options[] = {
        {"repeat", 'r', "N", "times, one after another; default 101"},
        {"body", 'b', "FILE", "where the first answer's body goes"},
    };
    static const struct ct_command write_command = {"write",
                                                    "HOST:PORT PATH FILE",
                                                    "sends a file's lines",
                                                    NULL,
                                                    3,
                                                    3,
                                                    write_options,
                                                    sizeof write_options / sizeof *write_options,
                                                    run_write};
    static const struct ct_command ask_command = {"ask",
                                                  "HOST:PORT REQUEST_FILE",
                                                  "sends one request again and again",
                                                  NULL,
                                                  2,
                                                  2,
                                                  ask_options,
                                                  sizeof ask_options / sizeof *ask_options,
                                                  run_ask};
    static const struct ct_command *const commands[] = {&write_command, &ask_command};
    return ct_args_run(commands, 2,
                       "http_load: load for benchmarks of servers\n\nusage: http_load COMMAND ...",
                       argc, argv);
}
