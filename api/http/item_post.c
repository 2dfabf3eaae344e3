#include "item_post.h"

#include "hash.h"
#include "line_request.h"
#include "meters.h"
#include "route.h"
#include "server_private.h"
#include "write_answer.h"
#include "writer_pool.h"

/* -- Items that are not kept ------------------------------------------------------------------- */

static void tell(struct ct_item_batch *batch, size_t index, const struct ct_item_fault *fault)
{
    struct ct_text_out *out = &batch->details;
    if (batch->rejected++ == 0) {
        batch->first = *fault;
        batch->first_index = index;
    }
    if (batch->detail_count == CT_ITEM_DETAILS_MAX)
        return;
    ct_text_out_format(out, "%s{\"index\":%zu,\"field\":", batch->detail_count++ ? "," : "", index);
    if (fault->field[0])
        ct_text_out_json(out, ct_text_of(fault->field));
    else
        ct_text_out_word(out, "null");
    ct_text_out_word(out, ",\"error\":");
    ct_text_out_json(out, ct_text_of(fault->err.text));
    ct_text_out_word(out, "}");
}

void ct_item_batch_reject(struct ct_item_batch *batch, size_t number, const char *field,
                          const char *why)
{
    struct ct_item_fault fault = {0};
    const size_t len = strlen(field);
    if (len < sizeof fault.field)
        memcpy(fault.field, field, len + 1);
    (void)ct_fail(&fault.err, CT_INVALID, "%s", why);
    tell(batch, batch->index[number], &fault);
}

/* -- Reading ----------------------------------------------------------------------------------- */

static bool parse_body(const struct ct_request *request, struct ct_item_batch *batch,
                       struct ct_reply *reply)
{
    struct ct_error err = {0};
    const ct_status status = ct_json_parse(request->body, &batch->root, &err);
    if (status == CT_OK)
        return true;
    if (status == CT_NO_MEMORY)
        ct_reply_error(request, reply, 503, "no_memory", "%s", err.text);
    else
        ct_reply_error(request, reply, status == CT_LIMIT ? 422 : 400, ct_reply_slug(status),
                       "%s; send %s, or an array of such", err.text, batch->shape->noun);
    return false;
}

static bool read_items(const struct ct_request *request, struct ct_item_batch *batch,
                       struct ct_reply *reply)
{
    const struct ct_item_shape *shape = batch->shape;
    batch->is_array = ct_json_kind_of(batch->root) == CT_JSON_ARRAY;
    batch->given = batch->is_array ? ct_json_count(batch->root) : 1;
    batch->items = ct_arena_alloc_zeroed(request->arena, batch->given + 1, shape->size);
    batch->index = ct_arena_alloc_zeroed(request->arena, batch->given + 1, sizeof *batch->index);
    if (!batch->items || !batch->index) {
        ct_reply_error(request, reply, 503, "no_memory", "out of memory for %zu items",
                       batch->given);
        return false;
    }
    for (size_t i = 0; i < batch->given; i++) {
        struct ct_item_fault fault;
        const struct ct_json json = batch->is_array ? ct_json_at(&batch->root, i) : batch->root;
        if (ct_item_read(shape, &json, request->arena, batch->items + batch->count * shape->size,
                         &batch->ignored, &fault) == CT_OK)
            batch->index[batch->count++] = i;
        else if (fault.err.code != CT_NO_MEMORY)
            tell(batch, i, &fault);
        else {
            ct_reply_error(request, reply, 503, "no_memory", "%s", fault.err.text);
            return false;
        }
    }
    return true;
}

bool ct_item_batch_read(struct ct_request *request, const struct ct_item_shape *shape,
                        struct ct_item_batch *out, struct ct_reply *reply)
{
    *out = (struct ct_item_batch){.shape = shape};
    ct_text_out_init(&out->details, request->arena);
    if (!ct_accept_partial_read(request, &out->all_or_nothing, reply) ||
        !ct_request_key_read(request, &out->request_key, reply) || !parse_body(request, out, reply))
        return false;
    if (read_items(request, out, reply))
        return true;
    ct_item_batch_release(out);
    return false;
}

void ct_item_batch_release(struct ct_item_batch *batch)
{
    ct_json_release(&batch->root);
}

/* -- Answers ----------------------------------------------------------------------------------- */

/* What was wrong with the first, in one sentence with how many there are. */
static void print_story(const struct ct_item_batch *batch, struct ct_text_out *out)
{
    struct ct_text_out story;
    ct_text_out_init(&story, out->arena);
    ct_text_out_format(&story, "%zu of %zu not taken: ", batch->rejected, batch->given);
    if (batch->is_array)
        ct_text_out_format(&story, "item %zu, ", batch->first_index);
    ct_text_out_word(&story, batch->first.err.text);
    ct_text_out_json(out, ct_text_out_text(&story));
}

void ct_item_batch_answer(const struct ct_request *request, const struct ct_item_batch *batch,
                          struct ct_text counts, struct ct_reply *reply)
{
    struct ct_text_out out;
    ct_text_out_init(&out, request->arena);
    ct_text_out_word(&out, "{\"error\":");
    print_story(batch, &out);
    ct_text_out_word(&out, batch->rejected < batch->given && !batch->all_or_nothing
                               ? ",\"code\":\"partial_write\",\"details\":["
                               : ",\"code\":\"invalid\",\"details\":[");
    ct_text_out_add(&out, batch->details.is_short
                              ? (struct ct_text){"", 0}
                              : (struct ct_text){batch->details.bytes, batch->details.len});
    ct_text_out_word(&out, "],\"request_id\":");
    ct_text_out_json(&out, ct_text_of(request->id));
    ct_text_out_word(&out, ",");
    ct_text_out_add(&out, counts);
    ct_text_out_word(&out, "}\n");
    ct_reply_bytes(reply, "application/json", ct_text_out_text(&out));
    reply->status = 400;
}

bool ct_item_batch_is_refused(const struct ct_request *request, const struct ct_item_batch *batch,
                              struct ct_reply *reply)
{
    struct ct_text_out counts;
    if (batch->rejected == 0 || !batch->all_or_nothing)
        return false;
    ct_text_out_init(&counts, request->arena);
    ct_text_out_format(&counts, "\"accepted\":0,\"rejected\":%zu", batch->given);
    ct_item_batch_answer(request, batch, ct_text_out_text(&counts), reply);
    return true;
}

/* -- Rows -------------------------------------------------------------------------------------- */

/* What must be the same for two requests of one key to be one. */
struct content {
    uint64_t path, body[2];
    uint64_t all_or_nothing;
};

static int set_key(centime_writer *writer, const struct ct_request *request,
                   const struct ct_item_batch *batch, centime_error *err)
{
    const struct ct_text body = request->body;
    const struct content content = {
        ct_checksum(request->path.bytes, request->path.len, 1),
        {ct_checksum(body.bytes, body.len, 1), ct_checksum(body.bytes, body.len, 2)},
        batch->all_or_nothing,
    };
    return centime_writer_request(writer, batch->request_key, &content, sizeof content, err);
}

static int write_items(centime_writer *writer, const struct ct_request *request,
                       const struct ct_item_batch *batch, const struct ct_item_writing *writing,
                       centime_write_result *result, centime_error *err)
{
    int status = batch->request_key ? set_key(writer, request, batch, err) : CENTIME_OK;
    if (status != CENTIME_OK)
        return status;
    if (!batch->all_or_nothing)
        centime_writer_partial(writer);
    return writing->write(writer, batch, result, err, writing->detail);
}

static void print_ignored(const struct ct_item_batch *batch, struct ct_text_out *out)
{
    const char *comma = ",\"ignored\":[";
    for (size_t i = 0; i < batch->shape->field_count; i++) {
        if (!(batch->ignored >> i & 1))
            continue;
        ct_text_out_word(out, comma);
        ct_text_out_json(out, ct_text_of(batch->shape->fields[i].name));
        comma = ",";
    }
    if (batch->ignored)
        ct_text_out_word(out, "]");
}

static void answer_written(const struct ct_request *request, struct ct_item_batch *batch,
                           centime_write_result *result, struct ct_reply *reply)
{
    struct ct_text_out counts, out;
    for (uint32_t i = 0; i < result->reject_count; i++)
        ct_item_batch_reject(batch, (size_t)result->rejects[i].line - 1, "",
                             result->rejects[i].reason);
    batch->rejected += result->rejected - result->reject_count;
    result->rejected = batch->rejected;
    ct_text_out_init(&counts, request->arena);
    ct_write_counts(result, &counts);
    print_ignored(batch, &counts);
    if (batch->rejected) {
        ct_item_batch_answer(request, batch, ct_text_out_text(&counts), reply);
        return;
    }
    ct_text_out_init(&out, request->arena);
    ct_text_out_word(&out, "{");
    ct_text_out_add(&out, ct_text_out_text(&counts));
    ct_text_out_word(&out, "}\n");
    ct_reply_bytes(reply, "application/json", ct_text_out_text(&out));
}

/* One item's fault that the library found where all or nothing was asked for. */
static bool is_of_an_item(const struct ct_item_batch *batch, const centime_error *err)
{
    return err->line > 0 && err->line <= batch->count &&
           (err->code == CENTIME_INVALID || err->code == CENTIME_PARSE ||
            err->code == CENTIME_TYPE || err->code == CENTIME_RANGE || err->code == CENTIME_LIMIT);
}

static void answer(const struct ct_request *request, struct ct_item_batch *batch, int status,
                   centime_write_result *result, const centime_error *err, struct ct_reply *reply)
{
    ct_write_headers(request, result, reply);
    if (status == CENTIME_OK || (status == CENTIME_PARSE && result->rejected > 0)) {
        answer_written(request, batch, result, reply);
    } else if (batch->all_or_nothing && is_of_an_item(batch, err)) {
        ct_item_batch_reject(batch, err->line - 1, "", err->text);
        (void)ct_item_batch_is_refused(request, batch, reply);
    } else {
        ct_write_failure(request, batch->request_key, err, reply);
    }
}

void ct_item_batch_write(struct ct_server *server, const struct ct_request *request,
                         struct ct_item_batch *batch, const struct ct_item_writing *writing,
                         struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    centime_writer *writer = NULL;
    if (ct_item_batch_is_refused(request, batch, reply))
        return;
    result.rejects = ct_arena_alloc(request->arena, CT_ITEM_DETAILS_MAX * sizeof *result.rejects);
    result.reject_cap = result.rejects ? CT_ITEM_DETAILS_MAX : 0;
    int status = ct_writer_pool_borrow(server->writers, request->database, &writer, &err);
    if (status == CENTIME_OK) {
        status = write_items(writer, request, batch, writing, &result, &err);
        ct_writer_pool_return(server->writers, request->database, writer);
    }
    if (server->meters)
        ct_meters_write(server->meters, CT_WRITE_JSON, &result);
    answer(request, batch, status, &result, &err, reply);
}
