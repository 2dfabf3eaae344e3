/* OTLP/HTTP metrics, in JSON and in protobuf. A request is stored whole but for the points that
 * cannot be: those are counted in the answer, with the first reason. */
#include <stdio.h>

#include <otlp_metrics.pb-c.h>

#include "meters.h"
#include "otlp_rows.h"
#include "route.h"
#include "server_private.h"
#include "text_out.h"
#include "writer_pool.h"

#define JSON          "application/json"
#define PROTOBUF      "application/x-protobuf"
#define MESSAGE_BYTES 512

struct export_request {
    struct ct_otlp otlp;
    struct ct_text body;
    bool is_json;
};

static ct_status read_export(void *context, struct ct_error *err)
{
    struct export_request *export = context;
    export->otlp.start_count = 0;
    return export->is_json ? ct_otlp_read_json(&export->otlp, export->body, err)
                           : ct_otlp_read_protobuf(&export->otlp, export->body, err);
}

/* -- Answers ----------------------------------------------------------------------------------- */

static void print_message(const struct ct_metric_rows *rows, char *out)
{
    snprintf(out, MESSAGE_BYTES, "%llu of %llu data points were not stored; the first: %s",
             (unsigned long long)rows->rejected, (unsigned long long)rows->points, rows->reason);
}

static struct ct_text print_json(const struct ct_metric_rows *rows, struct ct_arena *arena)
{
    char message[MESSAGE_BYTES];
    struct ct_text_out out;
    if (rows->rejected == 0)
        return ct_text_of("{}");
    ct_text_out_init(&out, arena);
    print_message(rows, message);
    ct_text_out_format(&out, "{\"partialSuccess\":{\"rejectedDataPoints\":\"%llu\",",
                       (unsigned long long)rows->rejected);
    ct_text_out_word(&out, "\"errorMessage\":");
    ct_text_out_json(&out, ct_text_of(message));
    ct_text_out_word(&out, "}}");
    return ct_text_out_text(&out);
}

static struct ct_text print_protobuf(const struct ct_metric_rows *rows, struct ct_arena *arena)
{
    char message[MESSAGE_BYTES];
    Centime__Otlp__PartialSuccess partial = CENTIME__OTLP__PARTIAL_SUCCESS__INIT;
    Centime__Otlp__ExportResponse response = CENTIME__OTLP__EXPORT_RESPONSE__INIT;
    if (rows->rejected == 0)
        return (struct ct_text){"", 0};
    print_message(rows, message);
    partial.has_rejected_data_points = partial.has_error_message = 1;
    partial.rejected_data_points = (int64_t)rows->rejected;
    partial.error_message.data = (uint8_t *)message;
    partial.error_message.len = strlen(message);
    response.partial_success = &partial;
    uint8_t *bytes =
        ct_arena_alloc(arena, centime__otlp__export_response__get_packed_size(&response));
    if (!bytes)
        return (struct ct_text){"", 0};
    return (struct ct_text){(const char *)bytes,
                            centime__otlp__export_response__pack(&response, bytes)};
}

/* -- Requests ---------------------------------------------------------------------------------- */

/* False: the reply says what is wrong. */
static bool read_options(const struct ct_server *server, const struct ct_request *request,
                         struct export_request *export, struct ct_reply *reply)
{
    export->is_json = ct_request_has_type(request, JSON);
    export->body = request->body;
    export->otlp = (struct ct_otlp){
        .allocator = server->allocator,
        .known_starts = server->counter_starts,
        .database = request->database,
        .resource_tags = ct_request_parameter(request, "resource_tags"),
    };
    if (!export->is_json && !ct_request_has_type(request, PROTOBUF)) {
        ct_reply_error(request, reply, 415, "unsupported_media_type",
                       "OTLP is taken as " JSON " or " PROTOBUF ": set Content-Type");
        return false;
    }
    if (!ct_request_flag(request, "buckets", false, &export->otlp.has_buckets)) {
        ct_reply_error(request, reply, 400, "bad_parameter", "buckets is true or false");
        return false;
    }
    return true;
}

static ct_status write_export(struct ct_server *server, struct export_request *export,
                              struct ct_error *err)
{
    struct ct_otlp *otlp = &export->otlp;
    centime_error failure = CENTIME_ERROR_INIT;
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    const int code =
        ct_writer_pool_borrow(server->writers, otlp->database, &otlp->rows.writer, &failure);
    if (code != CENTIME_OK)
        return ct_fail(err, (ct_status)code, "%s", failure.text);
    const ct_status status = ct_metric_write(&otlp->rows, read_export, export, &result, err);
    ct_writer_pool_return(server->writers, otlp->database, otlp->rows.writer);
    result.rejected = otlp->rows.rejected;
    if (status == CT_OK && server->meters)
        ct_meters_write(server->meters, CT_WRITE_OTLP, &result);
    if (status == CT_OK)
        ct_counter_starts_add(server->counter_starts, otlp->starts, otlp->start_count);
    ct_release(otlp->allocator, otlp->starts);
    return status;
}

static void take_metrics(struct ct_server *server, struct ct_request *request,
                         struct ct_reply *reply)
{
    struct export_request export;
    struct ct_error err = {0};
    if (!read_options(server, request, &export, reply))
        return;
    if (write_export(server, &export, &err) != CT_OK)
        ct_reply_fail(request, reply, &err);
    else if (export.is_json)
        ct_reply_bytes(reply, JSON, print_json(&export.otlp.rows, request->arena));
    else
        ct_reply_bytes(reply, PROTOBUF, print_protobuf(&export.otlp.rows, request->arena));
}

static const struct ct_route routes[] = {
    {CT_METHOD_POST, "/v1/metrics", CT_ACCESS_WRITE, CT_FLAVOUR_OTLP, CT_DATABASE_DATABASE,
     take_metrics},
    {CT_METHOD_POST, "/api/v1/otlp/v1/metrics", CT_ACCESS_WRITE, CT_FLAVOUR_OTLP,
     CT_DATABASE_DATABASE, take_metrics},
};

const struct ct_route_table ct_otlp_routes = {routes, CT_COUNT_OF(routes)};
