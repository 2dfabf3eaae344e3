/* POST of JSON objects, one or an array of them, that become rows or records. Layer http.
 *
 * Good items are kept beside bad ones, which are told one by one, unless accept_partial=false. An
 * Idempotency-Key belongs to path, body and mode. */
#ifndef CT_ITEM_POST_H
#define CT_ITEM_POST_H

#include "item_fields.h"
#include "reply.h"
#include "text_out.h"

#define CT_ITEM_DETAILS_MAX 100 /* items that an answer tells of */

struct ct_server;

/* What was sent: the items that could be read, and the story of the others. */
struct ct_item_batch {
    struct ct_json root;
    bool is_array;
    size_t given;  /* objects in the request */
    char *items;   /* `count` structs of the shape's size */
    size_t *index; /* which of the given ones each is, from 0 */
    size_t count;
    size_t rejected;            /* given ones that are not to be kept, with those told below */
    struct ct_text_out details; /* JSON, without brackets */
    size_t detail_count;
    struct ct_item_fault first; /* of the rejected */
    size_t first_index;
    const struct ct_item_shape *shape;
    uint64_t ignored; /* bits of the shape's fields */
    uint8_t all_or_nothing;
    const char *request_key; /* NULL: none */
};

/* Reads the body. False: the reply tells, and nothing is to be released. */
bool ct_item_batch_read(struct ct_request *request, const struct ct_item_shape *shape,
                        struct ct_item_batch *out, struct ct_reply *reply);
void ct_item_batch_release(struct ct_item_batch *batch);

/* One more of the items that were read is refused; `number` counts those. */
void ct_item_batch_reject(struct ct_item_batch *batch, size_t number, const char *field,
                          const char *why);

/* Refused as a whole, as accept_partial=false asks for. The reply is then set. */
bool ct_item_batch_is_refused(const struct ct_request *request, const struct ct_item_batch *batch,
                              struct ct_reply *reply);

/* 400 with what was rejected; `counts` are further members of the answer: `"accepted":2,...`. */
void ct_item_batch_answer(const struct ct_request *request, const struct ct_item_batch *batch,
                          struct ct_text counts, struct ct_reply *reply);

/* Rows: `write` is one of the library's calls for an array of structs. */
struct ct_item_writing {
    int (*write)(centime_writer *writer, const struct ct_item_batch *batch,
                 centime_write_result *result, centime_error *err, int detail);
    int detail; /* for `write` */
};
/* Writes what was read, and answers. */
void ct_item_batch_write(struct ct_server *server, const struct ct_request *request,
                         struct ct_item_batch *batch, const struct ct_item_writing *writing,
                         struct ct_reply *reply);

#endif
