/* Clusters and services: registered, listed. What was said before of an id is replaced, so a
 * request may be sent again. */
#include "item_post.h"
#include "route.h"
#include "server_private.h"

/* What a registration of either kind says. */
struct registration {
    uint32_t struct_size;
    const char *id;
    const char *place; /* region, or cluster */
    const char *const *members;
    size_t member_count;
};

#define TEXT(name, required, place)                                                                \
    {                                                                                              \
        name, CT_ITEM_TEXT, required, 0, offsetof(struct registration, place), 0                   \
    }
#define NAMES(name)                                                                                \
    {                                                                                              \
        name, CT_ITEM_NAMES, false, 0, offsetof(struct registration, members),                     \
            offsetof(struct registration, member_count)                                            \
    }

static const struct ct_item_field cluster_fields[] = {TEXT("cluster_id", true, id), NAMES("nodes"),
                                                      TEXT("region", false, place)};
static const struct ct_item_field service_fields[] = {
    TEXT("service_name", true, id), TEXT("cluster_id", true, place), NAMES("dependencies")};

static const struct ct_item_shape cluster_shape = {
    "a cluster", sizeof(struct registration), 0, "", cluster_fields, CT_COUNT_OF(cluster_fields)};
static const struct ct_item_shape service_shape = {
    "a service", sizeof(struct registration), 0, "", service_fields, CT_COUNT_OF(service_fields)};

static int put(struct ct_server *server, const struct ct_request *request,
               const struct ct_item_shape *shape, const struct registration *registration,
               centime_buffer **answer, centime_error *err)
{
    const struct registration *r = registration;
    return shape == &cluster_shape
               ? centime_cluster_register(server->store, request->database, r->id, r->members,
                                          r->member_count, r->place, answer, err)
               : centime_service_register(server->store, request->database, r->id, r->place,
                                          r->members, r->member_count, answer, err);
}

/* An item's own fault. */
static bool is_misfit(int status)
{
    return status == CENTIME_INVALID || status == CENTIME_LIMIT;
}

/* Adds what the library answers for each, with commas; false: the store fails. */
static bool put_all(struct ct_server *server, const struct ct_request *request,
                    struct ct_item_batch *batch, struct ct_text_out *out, centime_error *err)
{
    const struct registration *items = (const struct registration *)batch->items;
    size_t done = 0;
    for (size_t i = 0; i < batch->count; i++) {
        centime_buffer *answer = NULL;
        const int status = put(server, request, batch->shape, &items[i], &answer, err);
        if (is_misfit(status)) {
            ct_item_batch_reject(batch, i, "", err->text);
            continue;
        }
        if (status != CENTIME_OK)
            return false;
        ct_text_out_word(out, done++ ? "," : "");
        ct_text_out_add(out,
                        (struct ct_text){centime_buffer_bytes(answer), centime_buffer_len(answer)});
        centime_buffer_destroy(answer);
    }
    return true;
}

static void answer_rejected(const struct ct_request *request, const struct ct_item_batch *batch,
                            struct ct_text done, struct ct_reply *reply)
{
    struct ct_text_out counts;
    ct_text_out_init(&counts, request->arena);
    ct_text_out_format(&counts, "\"accepted\":%zu,\"rejected\":%zu,\"registered\":[",
                       batch->given - batch->rejected, batch->rejected);
    ct_text_out_add(&counts, done);
    ct_text_out_word(&counts, "]");
    ct_item_batch_answer(request, batch, ct_text_out_text(&counts), reply);
}

static void answer_done(const struct ct_request *request, const struct ct_item_batch *batch,
                        struct ct_text done, struct ct_reply *reply)
{
    struct ct_text_out out;
    ct_text_out_init(&out, request->arena);
    ct_text_out_word(&out, batch->is_array ? "[" : "");
    ct_text_out_add(&out, done);
    ct_text_out_word(&out, batch->is_array ? "]\n" : "\n");
    ct_reply_bytes(reply, "application/json", ct_text_out_text(&out));
}

static void take(struct ct_server *server, struct ct_request *request,
                 const struct ct_item_shape *shape, struct ct_reply *reply)
{
    struct ct_item_batch batch;
    struct ct_text_out done;
    centime_error err = CENTIME_ERROR_INIT;
    if (!ct_item_batch_read(request, shape, &batch, reply))
        return;
    ct_text_out_init(&done, request->arena);
    if (!ct_item_batch_is_refused(request, &batch, reply)) {
        if (!put_all(server, request, &batch, &done, &err))
            ct_reply_failure(request, reply, &err);
        else if (batch.rejected)
            answer_rejected(request, &batch, ct_text_out_text(&done), reply);
        else
            answer_done(request, &batch, ct_text_out_text(&done), reply);
    }
    ct_item_batch_release(&batch);
}

static void take_clusters(struct ct_server *server, struct ct_request *request,
                          struct ct_reply *reply)
{
    take(server, request, &cluster_shape, reply);
}

static void take_services(struct ct_server *server, struct ct_request *request,
                          struct ct_reply *reply)
{
    take(server, request, &service_shape, reply);
}

/* -- Lists ------------------------------------------------------------------------------------- */

static void list(struct ct_server *server, struct ct_request *request,
                 int (*ask)(centime_store *, const char *, centime_buffer **, centime_error *),
                 struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_buffer *buffer = NULL;
    if (ask(server->store, request->database, &buffer, &err) == CENTIME_OK)
        ct_reply_buffer(reply, "application/json", buffer);
    else
        ct_reply_failure(request, reply, &err);
}

static void list_clusters(struct ct_server *server, struct ct_request *request,
                          struct ct_reply *reply)
{
    list(server, request, centime_clusters_json, reply);
}

static void list_services(struct ct_server *server, struct ct_request *request,
                          struct ct_reply *reply)
{
    list(server, request, centime_services_json, reply);
}

static const struct ct_route routes[] = {
    {CT_METHOD_POST, "/api/v1/clusters", CT_ACCESS_WRITE, CT_FLAVOUR_CENTIME, CT_DATABASE_DATABASE,
     take_clusters},
    {CT_METHOD_GET, "/api/v1/clusters", CT_ACCESS_READ, CT_FLAVOUR_CENTIME, CT_DATABASE_DATABASE,
     list_clusters},
    {CT_METHOD_POST, "/api/v1/services", CT_ACCESS_WRITE, CT_FLAVOUR_CENTIME, CT_DATABASE_DATABASE,
     take_services},
    {CT_METHOD_GET, "/api/v1/services", CT_ACCESS_READ, CT_FLAVOUR_CENTIME, CT_DATABASE_DATABASE,
     list_services},
};

const struct ct_route_table ct_registration_routes = {routes, CT_COUNT_OF(routes)};
