/* protobuf-c's unpacking, within a limit of memory. Layer http; for the files that read protobuf.
 *
 * protobuf-c allocates a struct for every message of two bytes, and more while it reads. The limit
 * goes by the length of the bytes: what real senders send fits several times over. */
#ifndef CT_UNPACK_H
#define CT_UNPACK_H

#include <protobuf-c/protobuf-c.h>

#include "arena.h"
#include "status.h"

struct ct_unpack {
    ProtobufCAllocator allocator;
    struct ct_arena arena; /* of the message in hand, and of texts made from it */
    size_t left_bytes;
    bool is_over; /* the limit, else memory */
    bool is_short;
};

void ct_unpack_init(struct ct_unpack *unpack, const struct ct_allocator *allocator);
void ct_unpack_deinit(struct ct_unpack *unpack);

/* The message, until the next call; no other is alive then. CT_PARSE, CT_LIMIT, CT_NO_MEMORY.
 * `what` is for errors: "a metric". The message type has no cycles, so that its depth is bounded.
 */
ct_status ct_unpack_message(struct ct_unpack *unpack, const ProtobufCMessageDescriptor *type,
                            struct ct_text bytes, const char *what, ProtobufCMessage **out,
                            struct ct_error *err) CT_MUST_USE;

static inline struct ct_text ct_unpack_text(ProtobufCBinaryData data)
{
    return (struct ct_text){(const char *)data.data, data.len};
}

#endif
