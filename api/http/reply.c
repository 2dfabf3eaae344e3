#include "reply.h"

#include <stdarg.h>
#include <stdio.h>

#include "route.h"
#include "text_out.h"

#define HEADER_TEXT_BYTES_MAX 1024 /* of X-Influxdb-Error, as InfluxDB cuts it */
#define RETRY_AFTER_S         "1"

void ct_reply_header(struct ct_reply *reply, const char *name, const char *value)
{
    if (reply->header_count < CT_REPLY_HEADERS_MAX)
        reply->headers[reply->header_count++] = (struct ct_reply_header){name, value};
}

void ct_reply_bytes(struct ct_reply *reply, const char *content_type, struct ct_text bytes)
{
    reply->status = 200;
    reply->content_type = content_type;
    reply->body = bytes;
}

void ct_reply_buffer(struct ct_reply *reply, const char *content_type, centime_buffer *buffer)
{
    reply->buffer = buffer;
    ct_reply_bytes(reply, content_type,
                   (struct ct_text){centime_buffer_bytes(buffer), centime_buffer_len(buffer)});
}

/* -- Streams ----------------------------------------------------------------------------------- */

void ct_reply_streamed(struct ct_reply *reply, const char *content_type, struct ct_text first,
                       struct ct_reply_stream stream)
{
    ct_reply_bytes(reply, content_type, first);
    reply->stream = stream;
    reply->stream.rest = first;
    reply->stream.sent_bytes = 0;
}

ptrdiff_t ct_reply_read(struct ct_reply *reply, char *out, size_t cap)
{
    struct ct_reply_stream *stream = &reply->stream;
    if (stream->rest.len == 0 && !stream->next(stream->context, &stream->rest))
        return -1;
    const size_t len = stream->rest.len < cap ? stream->rest.len : cap;
    if (len)
        memcpy(out, stream->rest.bytes, len);
    stream->rest.bytes += len;
    stream->rest.len -= len;
    stream->sent_bytes += len;
    return (ptrdiff_t)len;
}

size_t ct_reply_bytes_made(const struct ct_reply *reply)
{
    return reply->stream.next ? reply->stream.sent_bytes : reply->body.len;
}

void ct_reply_release(struct ct_reply *reply)
{
    centime_buffer_destroy(reply->buffer);
    reply->buffer = NULL;
    if (reply->stream.next)
        reply->stream.destroy(reply->stream.context);
    reply->stream = (struct ct_reply_stream){0};
    if (reply->gate)
        ct_query_gate_leave(reply->gate);
    reply->gate = NULL;
}

void ct_reply_nothing(struct ct_reply *reply)
{
    reply->status = 204;
    reply->content_type = NULL;
    reply->body = (struct ct_text){"", 0};
}

/* -- Errors ------------------------------------------------------------------------------------ */

static void print_ours(const struct ct_request *request, const char *code, struct ct_text text,
                       struct ct_text_out *out)
{
    ct_text_out_word(out, "{\"error\":");
    ct_text_out_json(out, text);
    ct_text_out_word(out, ",\"code\":");
    ct_text_out_json(out, ct_text_of(code));
    ct_text_out_word(out, ",\"details\":[],\"request_id\":");
    ct_text_out_json(out, ct_text_of(request->id));
    ct_text_out_word(out, "}\n");
}

void ct_reply_influx_header(const struct ct_request *request, struct ct_reply *reply,
                            struct ct_text text)
{
    const size_t len = text.len < HEADER_TEXT_BYTES_MAX ? text.len : HEADER_TEXT_BYTES_MAX;
    char *value = ct_arena_alloc(request->arena, len + 1);
    if (!value)
        return;
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text.bytes[i];
        value[i] = c < 0x20 || c >= 0x7f ? ' ' : (char)c;
    }
    value[len] = 0;
    ct_reply_header(reply, "X-Influxdb-Error", value);
}

void ct_reply_influx_version(struct ct_reply *reply)
{
    ct_reply_header(reply, "X-Influxdb-Version", CT_INFLUX_VERSION);
    ct_reply_header(reply, "X-Influxdb-Build", "centime");
}

/* InfluxDB 2's word for a status. */
static const char *influx_2_code(unsigned status)
{
    switch (status) {
    case 401:
        return "unauthorized";
    case 403:
        return "forbidden";
    case 404:
        return "not found";
    case 405:
        return "method not allowed";
    case 413:
        return "request too large";
    case 415:
        return "unsupported media type";
    case 422:
        return "unprocessable entity";
    case 429:
        return "too many requests";
    case 503:
        return "unavailable";
    default:
        return status < 500 ? "invalid" : "internal error";
    }
}

static void print_influx_2(unsigned status, struct ct_text text, struct ct_text_out *out)
{
    ct_text_out_word(out, "{\"code\":");
    ct_text_out_json(out, ct_text_of(influx_2_code(status)));
    ct_text_out_word(out, ",\"message\":");
    ct_text_out_json(out, text);
    ct_text_out_word(out, "}\n");
}

static void print_influx(struct ct_text text, struct ct_text_out *out)
{
    ct_text_out_word(out, "{\"error\":");
    ct_text_out_json(out, text);
    ct_text_out_word(out, "}\n");
}

/* google.rpc.Code of an HTTP status. */
static unsigned rpc_code(unsigned status)
{
    switch (status) {
    case 401:
        return 16;
    case 403:
        return 7;
    case 404:
        return 5;
    case 413:
    case 429:
        return 8;
    case 503:
        return 14;
    default:
        return status < 500 ? 3 : 13;
    }
}

static void print_otlp_json(unsigned status, struct ct_text text, struct ct_text_out *out)
{
    ct_text_out_format(out, "{\"code\":%u,\"message\":", rpc_code(status));
    ct_text_out_json(out, text);
    ct_text_out_word(out, "}");
}

/* google.rpc.Status{1: int32 code, 2: string message}, of less than 128 bytes for the code. */
static void print_otlp_protobuf(unsigned status, struct ct_text text, struct ct_text_out *out)
{
    const size_t len = text.len < 16383 ? text.len : 16383;
    const char head[] = {0x08, (char)rpc_code(status), 0x12, (char)(0x80 | (len & 0x7f)),
                         (char)(len >> 7)};
    ct_text_out_add(out, (struct ct_text){head, sizeof head});
    ct_text_out_add(out, (struct ct_text){text.bytes, len});
}

static const char *print_error(const struct ct_request *request, struct ct_reply *reply,
                               const char *code, struct ct_text text, struct ct_text_out *out)
{
    const enum ct_flavour flavour = request->route ? request->route->flavour : CT_FLAVOUR_CENTIME;
    switch (flavour) {
    case CT_FLAVOUR_CENTIME:
        print_ours(request, code, text, out);
        break;
    case CT_FLAVOUR_INFLUX_1:
        ct_reply_influx_header(request, reply, text);
        print_influx(text, out);
        break;
    case CT_FLAVOUR_INFLUX_2:
        print_influx_2(reply->status, text, out);
        break;
    case CT_FLAVOUR_INFLUX_3:
        print_influx(text, out);
        break;
    case CT_FLAVOUR_OTLP:
        if (ct_request_has_type(request, "application/x-protobuf")) {
            print_otlp_protobuf(reply->status, text, out);
            return "application/x-protobuf";
        }
        print_otlp_json(reply->status, text, out);
        break;
    case CT_FLAVOUR_PROMETHEUS:
        ct_text_out_add(out, text);
        ct_text_out_word(out, "\n");
        return "text/plain; charset=utf-8";
    }
    return "application/json";
}

static void reply_error(const struct ct_request *request, struct ct_reply *reply, unsigned status,
                        const char *code, struct ct_text text)
{
    struct ct_text_out out;
    ct_reply_release(reply);
    reply->status = status;
    ct_text_out_init(&out, request->arena);
    reply->content_type = print_error(request, reply, code, text, &out);
    reply->body = ct_text_out_text(&out);
    if (status == 503 || status == 429)
        ct_reply_header(reply, "Retry-After", RETRY_AFTER_S);
}

void ct_reply_error(const struct ct_request *request, struct ct_reply *reply, unsigned status,
                    const char *code, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reply_error(request, reply, status, code, ct_text_of(text));
}

/* Statuses of the library as HTTP has them: what a retry can mend is never a 4xx. */
static const struct {
    unsigned http;
    const char *slug;
} kinds[] = {
    [CENTIME_OK] = {200, "ok"},
    [CENTIME_NO_MEMORY] = {503, "no_memory"},
    [CENTIME_IO] = {503, "io"},
    [CENTIME_CORRUPT] = {500, "corrupt"},
    [CENTIME_FORMAT] = {500, "format"},
    [CENTIME_INVALID] = {400, "invalid"},
    [CENTIME_PARSE] = {400, "parse"},
    [CENTIME_TYPE] = {422, "type"},
    [CENTIME_LIMIT] = {422, "limit"},
    [CENTIME_RANGE] = {422, "range"},
    [CENTIME_NOT_FOUND] = {404, "not_found"},
    [CENTIME_EXISTS] = {409, "exists"},
    [CENTIME_READ_ONLY] = {503, "read_only"},
    [CENTIME_BUSY] = {503, "busy"},
    [CENTIME_STALE] = {503, "stale"},
    [CENTIME_CANCELLED] = {503, "cancelled"},
    [CENTIME_DISK_FULL] = {503, "disk_full"},
    [CENTIME_CURRENCY] = {422, "currency"},
};

const char *ct_reply_slug(int status)
{
    const bool is_known = status >= 0 && (size_t)status < CT_COUNT_OF(kinds);
    return is_known ? kinds[status].slug : "internal";
}

void ct_reply_failure(const struct ct_request *request, struct ct_reply *reply,
                      const centime_error *err)
{
    const bool is_known = err->code > 0 && (size_t)err->code < CT_COUNT_OF(kinds);
    reply_error(request, reply, is_known ? kinds[err->code].http : 500, ct_reply_slug(err->code),
                ct_text_of(err->text));
}

void ct_reply_fail(const struct ct_request *request, struct ct_reply *reply,
                   const struct ct_error *err)
{
    centime_error told = CENTIME_ERROR_INIT;
    told.code = (int32_t)err->code;
    snprintf(told.text, sizeof told.text, "%s", err->text);
    ct_reply_failure(request, reply, &told);
}
