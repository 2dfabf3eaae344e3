#include "listener.h"

#include "connection.h"
#include "listen_socket.h"
#include "parting.h"

#include <microhttpd.h>
#include <stdio.h>
#include <unistd.h>

#define PIECE_BYTES  ((size_t)16 * 1024) /* of a body, at a time */
#define STREAM_BYTES ((size_t)32 * 1024) /* of a body that is made while it is sent */
#ifdef CT_SANITIZED
#define STACK_BYTES ((size_t)4 * 1024 * 1024)
#else
#define STACK_BYTES ((size_t)1024 * 1024) /* of address space: what is used of it stays small */
#endif

struct ct_listener {
    struct ct_server *server;
    struct ct_connection_table *connections;
    struct MHD_Daemon *daemon;
    char address[CT_ADDRESS_BYTES];
};

/* -- Answers ----------------------------------------------------------------------------------- */

static void add_headers(struct MHD_Response *response, const struct ct_exchange *exchange)
{
    const struct ct_reply *reply = &exchange->reply;
    const char *origin = exchange->server->config.cors_origin;
    MHD_add_response_header(response, "X-Request-Id", exchange->request.id);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (reply->content_type)
        MHD_add_response_header(response, "Content-Type", reply->content_type);
    for (size_t i = 0; i < reply->header_count; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    if (origin[0]) {
        MHD_add_response_header(response, "Access-Control-Allow-Origin", origin);
        MHD_add_response_header(response, "Vary", "Origin");
    }
    if (reply->closes || atomic_load(&exchange->server->is_stopping))
        MHD_add_response_header(response, "Connection", "close");
}

/* More of a body that is made while it is sent. */
static ssize_t read_stream(void *context, uint64_t position, char *out, size_t cap)
{
    struct ct_reply *reply = context;
    (void)position;
    const ptrdiff_t len = ct_reply_read(reply, out, cap);
    return len > 0    ? len
           : len == 0 ? MHD_CONTENT_READER_END_OF_STREAM
                      : MHD_CONTENT_READER_END_WITH_ERROR;
}

/* The body stays where it is until the library says that the request is complete. */
static struct MHD_Response *make_response(struct ct_reply *reply)
{
    if (reply->stream.next)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BYTES, read_stream, reply,
                                                 NULL);
    return MHD_create_response_from_buffer(reply->body.len, (void *)(uintptr_t)reply->body.bytes,
                                           MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_reply(struct MHD_Connection *handle, struct ct_connection *connection)
{
    struct ct_reply *reply = &connection->exchange.reply;
    if (reply->stream.next && connection->exchange.asked == CT_METHOD_HEAD)
        reply->closes = true; /* the library sends the end of a body that it leaves out */
    struct MHD_Response *response = make_response(reply);
    if (!response)
        return MHD_NO;
    add_headers(response, &connection->exchange);
    const enum MHD_Result result = MHD_queue_response(handle, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

/* -- Requests ---------------------------------------------------------------------------------- */

struct header_list {
    struct ct_named_text *headers;
    size_t count, cap;
};

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_len, const char *value, size_t value_len)
{
    struct header_list *list = context;
    (void)kind;
    if (list->count == list->cap)
        return MHD_NO;
    list->headers[list->count++] =
        (struct ct_named_text){{name, name_len}, {value ? value : "", value_len}};
    return MHD_YES;
}

/* Up to 0.9.76 the library lets a lone CR or LF end a line, cuts values at zero bytes and joins
 * folded lines, and does not tell. But names and values are pieces of the head as it came, zero
 * bytes in the place of separators: what does not lie one after another was not plain. */
static bool is_broken(const char *version, const struct header_list *list)
{
#if MHD_VERSION < 0x00097700
    uintptr_t end = (uintptr_t)version + strlen(version);
    for (size_t i = 0; i < list->count; i++) {
        const struct ct_named_text *header = &list->headers[i];
        const uintptr_t name = (uintptr_t)header->name.bytes;
        const uintptr_t value = (uintptr_t)header->value.bytes;
        if (name != end + 2 || value <= name + header->name.len)
            return true;
        end = value + header->value.len;
    }
    return list->count > 0 && ((const char *)end)[1] != 0; /* an empty line follows the last one */
#else
    return false;
#endif
}

static bool take_head(struct MHD_Connection *handle, struct ct_connection *connection,
                      const char *method, const char *version)
{
    struct ct_exchange *exchange = &connection->exchange;
    const int count = MHD_get_connection_values_n(handle, MHD_HEADER_KIND, NULL, NULL);
    struct header_list list = {.cap = count > 0 ? (size_t)count : 0};
    list.headers = ct_arena_alloc_zeroed(&exchange->arena, list.cap + 1, sizeof *list.headers);
    if (!list.headers || connection->is_excess) {
        ct_exchange_refuse(exchange, 503, "overload",
                           "too many connections: try again later, or use fewer");
        exchange->reply.closes = true;
        return false;
    }
    MHD_get_connection_values_n(handle, MHD_HEADER_KIND, take_header, &list);
    const struct ct_head head = {method, version, list.headers, list.count,
                                 is_broken(version, &list)};
    return ct_exchange_head(exchange, &head);
}

static struct ct_connection *connection_of(struct MHD_Connection *handle)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* The request line is there. */
static void *begin_request(void *context, const char *target, struct MHD_Connection *handle)
{
    struct ct_connection *connection = connection_of(handle);
    (void)context;
    if (connection) {
        ct_connection_enter(connection, CT_CONNECTION_HEAD);
        ct_exchange_begin(&connection->exchange, target);
    }
    return NULL;
}

static enum MHD_Result take_piece(struct ct_connection *connection, struct ct_text piece)
{
    ct_connection_progress(connection, piece.len);
    if (ct_exchange_body(&connection->exchange, piece))
        return MHD_YES;
    ct_connection_enter(connection, CT_CONNECTION_ANSWER);
    connection->is_told = ct_parting_answer(connection->fd, &connection->exchange);
    return MHD_NO;
}

/* Called when the head is there, then with each piece of the body, then once more. */
static enum MHD_Result take(void *context, struct MHD_Connection *handle, const char *url,
                            const char *method, const char *version, const char *bytes, size_t *len,
                            void **marker)
{
    struct ct_connection *connection = connection_of(handle);
    (void)context;
    (void)url;
    if (!connection)
        return MHD_NO;
    if (!*marker) {
        *marker = connection;
        ct_connection_enter(connection, CT_CONNECTION_BODY);
        if (take_head(handle, connection, method, version))
            return MHD_YES;
        ct_connection_enter(connection, CT_CONNECTION_ANSWER);
        return send_reply(handle, connection);
    }
    if (*len > 0) {
        const struct ct_text piece = {bytes, *len};
        *len = 0;
        return take_piece(connection, piece);
    }
    if (ct_exchange_is_query(&connection->exchange))
        ct_connection_enter_query(connection);
    else
        ct_connection_enter(connection, CT_CONNECTION_ANSWER);
    ct_exchange_answer(&connection->exchange);
    return send_reply(handle, connection);
}

static void end_request(void *context, struct MHD_Connection *handle, void **marker,
                        enum MHD_RequestTerminationCode why)
{
    struct ct_connection *connection = connection_of(handle);
    (void)context;
    if (!connection || !*marker)
        return;
    const bool is_sent = why == MHD_REQUEST_TERMINATED_COMPLETED_OK || connection->is_told;
    if (is_sent && connection->exchange.leaves_body)
        ct_parting_linger(connection->fd);
    ct_exchange_end(&connection->exchange, is_sent);
    ct_connection_enter(connection, CT_CONNECTION_IDLE);
    *marker = NULL;
}

static void note_connection(void *context, struct MHD_Connection *handle, void **slot,
                            enum MHD_ConnectionNotificationCode what)
{
    struct ct_listener *listener = context;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*slot)
            ct_connection_remove(*slot);
        *slot = NULL;
        return;
    }
    const int fd = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof peer;
    getpeername(fd, (struct sockaddr *)&peer, &len);
    *slot = ct_connection_add(listener->connections, fd, (struct sockaddr *)&peer, len);
}

/* Targets are decoded by us. */
static size_t keep_escapes(void *context, struct MHD_Connection *handle, char *text)
{
    (void)context;
    (void)handle;
    return strlen(text);
}

/* -- Life -------------------------------------------------------------------------------------- */

static struct MHD_Daemon *start_daemon(struct ct_listener *listener, int fd)
{
    const unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                           MHD_USE_POLL | MHD_USE_ITC;
    /* The library's own, for each connection: of a head as it comes and split, or a piece. */
    const size_t connection_bytes = listener->server->config.header_bytes_max + PIECE_BYTES;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, take, listener, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)ct_connection_room(listener->connections),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_bytes, MHD_OPTION_THREAD_STACK_SIZE,
        STACK_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_URI_LOG_CALLBACK, begin_request,
        listener, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        end_request, listener, MHD_OPTION_NOTIFY_CONNECTION, note_connection, listener,
        MHD_OPTION_END);
}

ct_status ct_listener_start(struct ct_server *server, struct ct_listener **out,
                            struct ct_error *err)
{
    struct ct_listener *listener = ct_alloc_zeroed(server->allocator, 1, sizeof *listener);
    int fd = -1;
    ct_status status = CT_OK;
    if (!listener)
        return ct_fail(err, CT_NO_MEMORY, "out of memory");
    listener->server = server;
    status = ct_listen_socket_open(server->config.listen, SOCK_STREAM, &fd, listener->address, err);
    if (status != CT_OK)
        goto failed;
    listener->connections = ct_connection_table_create(server);
    listener->daemon = listener->connections ? start_daemon(listener, fd) : NULL;
    if (listener->daemon) {
        *out = listener;
        return CT_OK;
    }
    status = ct_fail(err, CT_IO, "cannot start to listen on '%s'", listener->address);
    close(fd);
    if (listener->connections)
        ct_connection_table_destroy(listener->connections);
failed:
    ct_release(server->allocator, listener);
    return status;
}

const char *ct_listener_address(const struct ct_listener *listener)
{
    return listener->address;
}

bool ct_listener_stop(struct ct_listener *listener)
{
    const int fd = MHD_quiesce_daemon(listener->daemon);
    if (fd >= 0) {
        /* Closed alone it would go on listening until the library's thread no longer polls it. */
        shutdown(fd, SHUT_RDWR);
        close(fd);
    }
    const bool is_done = ct_connection_table_drain(listener->connections,
                                                   listener->server->config.shutdown_timeout_s);
    MHD_stop_daemon(listener->daemon);
    ct_connection_table_destroy(listener->connections);
    ct_release(listener->server->allocator, listener);
    return is_done;
}
