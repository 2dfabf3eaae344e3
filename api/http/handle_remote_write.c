/* Prometheus remote write 1.0. A sender drops a batch at any 4xx and sends it again at any 5xx: so
 * samples that cannot be stored are left out and counted, and the answer is 204 all the same. */
#include <stdio.h>

#include "meters.h"
#include "remote_write.h"
#include "route.h"
#include "server_private.h"
#include "writer_pool.h"

#define PROTOCOL "prometheus.WriteRequest"
#define VERSION  "0.1."

/* "application/x-protobuf;proto=io.prometheus.write.v2.Request" names another protocol. */
static bool names_another(struct ct_text content_type)
{
    static const char key[] = "proto=";
    const char *at =
        content_type.len ? memmem(content_type.bytes, content_type.len, key, strlen(key)) : NULL;
    if (!at)
        return false;
    at += strlen(key);
    const struct ct_text name = {at, (size_t)(content_type.bytes + content_type.len - at)};
    return !ct_text_begins_with(name, ct_text_of(PROTOCOL));
}

/* Is it remote write 1.0? If not, the reply says so: 415 makes a sender of 2.0 fall back. */
static bool is_known_protocol(const struct ct_request *request, struct ct_reply *reply)
{
    const struct ct_text version = ct_request_header(request, "X-Prometheus-Remote-Write-Version");
    if (!ct_request_has_type(request, "application/x-protobuf") ||
        names_another(ct_request_header(request, "Content-Type")))
        ct_reply_error(request, reply, 415, "unsupported_media_type",
                       "remote write 1.0 is wanted: Content-Type: application/x-protobuf, "
                       "Content-Encoding: snappy");
    else if (version.len && !ct_text_begins_with(version, ct_text_of(VERSION)))
        ct_reply_error(request, reply, 415, "unsupported_version",
                       "remote write 1.0 is wanted: X-Prometheus-Remote-Write-Version: 0.1.0");
    else
        return true;
    return false;
}

/* How many samples are stored, as senders of 2.0 read it too. */
static void answer(struct ct_server *server, const struct ct_request *request,
                   const struct ct_remote_write *write, struct ct_reply *reply)
{
    char *count = ct_arena_alloc(request->arena, 24);
    if (count) {
        snprintf(count, 24, "%llu",
                 (unsigned long long)(write->rows.points - write->rows.rejected));
        ct_reply_header(reply, "X-Prometheus-Remote-Write-Samples-Written", count);
    }
    if (write->rows.rejected)
        ct_server_say(server, CT_LOG_DEBUG, "samples were left out", write->rows.reason);
    ct_reply_nothing(reply);
}

static void take_write(struct ct_server *server, struct ct_request *request, struct ct_reply *reply)
{
    centime_error failure = CENTIME_ERROR_INIT;
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    struct ct_error err = {0};
    struct ct_remote_write write = {.allocator = server->allocator, .body = request->body};
    if (!is_known_protocol(request, reply))
        return;
    if (ct_writer_pool_borrow(server->writers, request->database, &write.rows.writer, &failure) !=
        CENTIME_OK) {
        ct_reply_failure(request, reply, &failure);
        return;
    }
    const ct_status status =
        ct_metric_write(&write.rows, ct_remote_write_read, &write, &result, &err);
    ct_writer_pool_return(server->writers, request->database, write.rows.writer);
    if (status != CT_OK) {
        ct_reply_fail(request, reply, &err);
        return;
    }
    result.rejected = write.rows.rejected;
    if (server->meters)
        ct_meters_write(server->meters, CT_WRITE_PROMETHEUS, &result);
    answer(server, request, &write, reply);
}

static const struct ct_route routes[] = {
    {CT_METHOD_POST, "/api/v1/prom/write", CT_ACCESS_WRITE, CT_FLAVOUR_PROMETHEUS,
     CT_DATABASE_DATABASE, take_write},
    {CT_METHOD_POST, "/api/v1/write", CT_ACCESS_WRITE, CT_FLAVOUR_PROMETHEUS, CT_DATABASE_DATABASE,
     take_write},
};

const struct ct_route_table ct_remote_write_routes = {routes, CT_COUNT_OF(routes)};
