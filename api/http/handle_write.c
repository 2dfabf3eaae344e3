/* Writes in line protocol over HTTP: /write of InfluxDB 1, /api/v2/write, /api/v3/write_lp, and
 * what QuestDB's clients ask before they write.
 *
 * The body goes to the library as it lies in the listener's buffer. A database that does not exist
 * is made by its first row. */
#include "hash.h"
#include "line_request.h"
#include "meters.h"
#include "route.h"
#include "server_private.h"
#include "write_answer.h"
#include "writer_pool.h"

#define REJECTS_TOLD 100
/* A writer keeps the room of the largest text that it has read: after a larger one than this it is
 * not kept. */
#define KEPT_TEXT_BYTES ((size_t)8 << 20)

/* What must be the same for two requests of one key to be one: the body by its hash, for it may be
 * long, and how its lines are to be taken. */
struct request_content {
    uint64_t body[2];
    uint64_t precision;
    uint64_t all_or_nothing;
};

static int set_key(centime_writer *writer, const struct ct_request *request,
                   const struct ct_line_request *asked, centime_error *err)
{
    const struct ct_text body = request->body;
    const struct request_content content = {
        {ct_checksum(body.bytes, body.len, 1), ct_checksum(body.bytes, body.len, 2)},
        asked->precision,
        asked->all_or_nothing,
    };
    return centime_writer_request(writer, asked->request_key, &content, sizeof content, err);
}

static int write_lines(centime_writer *writer, const struct ct_request *request,
                       const struct ct_line_request *asked, centime_write_result *result,
                       centime_error *err)
{
    const centime_write_options options = {
        .struct_size = sizeof options,
        .precision = asked->precision,
        .all_or_nothing = asked->all_or_nothing,
    };
    int status = CENTIME_OK;
    if (asked->request_key)
        status = set_key(writer, request, asked, err);
    if (status == CENTIME_OK)
        status = centime_writer_lines(writer, request->body.bytes, request->body.len, &options,
                                      result, err);
    return status;
}

static void give_back(struct ct_server *server, const struct ct_request *request,
                      centime_writer *writer)
{
    if (request->body.len <= KEPT_TEXT_BYTES)
        ct_writer_pool_return(server->writers, request->database, writer);
    else
        centime_writer_destroy(writer);
}

static void count(struct ct_server *server, int status, const centime_write_result *result)
{
    ct_meters_write(server->meters, CT_WRITE_HTTP, result);
    if (status == CENTIME_READ_ONLY || status == CENTIME_DISK_FULL)
        ct_meters_refuse(server->meters, CT_REFUSED_STORE);
}

static void answer_write(struct ct_server *server, struct ct_request *request,
                         struct ct_reply *reply)
{
    struct ct_line_request asked;
    centime_error err = CENTIME_ERROR_INIT;
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    centime_writer *writer = NULL;
    if (!ct_line_request_read(request, &asked, reply))
        return;
    result.rejects = ct_arena_alloc(request->arena, REJECTS_TOLD * sizeof *result.rejects);
    result.reject_cap = result.rejects ? REJECTS_TOLD : 0;
    int status = ct_writer_pool_borrow(server->writers, request->database, &writer, &err);
    if (status == CENTIME_OK) {
        status = write_lines(writer, request, &asked, &result, &err);
        give_back(server, request, writer);
        count(server, status, &result);
    }
    ct_write_answer(request, &asked, status, &result, &err, reply);
}

/* QuestDB's clients take the highest version: 1 is text, 2 has binary doubles. */
static void answer_settings(struct ct_server *server, struct ct_request *request,
                            struct ct_reply *reply)
{
    (void)server, (void)request;
    ct_reply_bytes(reply, "application/json",
                   ct_text_of("{\"config\":{\"line.proto.support.versions\":[1]}}\n"));
}

static const struct ct_route routes[] = {
    {CT_METHOD_POST, "/write", CT_ACCESS_WRITE, CT_FLAVOUR_INFLUX_1, CT_DATABASE_DB, answer_write},
    {CT_METHOD_POST, "/api/v2/write", CT_ACCESS_WRITE, CT_FLAVOUR_INFLUX_2, CT_DATABASE_BUCKET,
     answer_write},
    {CT_METHOD_POST, "/api/v3/write_lp", CT_ACCESS_WRITE, CT_FLAVOUR_INFLUX_3, CT_DATABASE_DB,
     answer_write},
    {CT_METHOD_GET, "/settings", CT_ACCESS_OPEN, CT_FLAVOUR_CENTIME, CT_DATABASE_NONE,
     answer_settings},
};

const struct ct_route_table ct_write_routes = {routes, CT_COUNT_OF(routes)};
