/* Writing FlatBuffers, as far as Arrow's messages need it. Nothing outside api includes it.
 *
 * A buffer grows from its end to its start, so that whatever points stands before what it points
 * to: children are written before their parents. Places are counted from the end, which stays where
 * it is. Where memory runs out the buffer turns bad, for good, and the caller asks at the end. */
#ifndef CENTIME_ARROW_FLATBUFFER_H
#define CENTIME_ARROW_FLATBUFFER_H

#include "alloc.h"
#include "status.h"

#define API_FLATBUFFER_SLOTS_MAX 8

struct api_flatbuffer {
    const struct ct_allocator *allocator;
    uint8_t *bytes;
    size_t len, cap;                        /* the last `len` bytes are written */
    bool is_short;                          /* memory ran out */
    size_t slots[API_FLATBUFFER_SLOTS_MAX]; /* of the table in the making: places of its fields */
    size_t table_end;
};

void api_flatbuffer_init(struct api_flatbuffer *buffer, const struct ct_allocator *allocator);
void api_flatbuffer_deinit(struct api_flatbuffer *buffer);

/* A zero-terminated text; returns its place. */
size_t api_flatbuffer_text(struct api_flatbuffer *buffer, const char *text, size_t len);

/* A vector of `count` places of tables or texts. */
size_t api_flatbuffer_places(struct api_flatbuffer *buffer, const size_t *places, size_t count);

/* A struct of two numbers, as Arrow has them. */
struct api_flatbuffer_pair {
    int64_t first, second;
};

/* A vector of `count` of them. */
size_t api_flatbuffer_pairs(struct api_flatbuffer *buffer, const struct api_flatbuffer_pair *pairs,
                            size_t count);

/* A table: start, its fields (in any order, what they point to is written already), end. Fields
 * with their default value 0 may be left out. */
void api_flatbuffer_table_start(struct api_flatbuffer *buffer);
void api_flatbuffer_add(struct api_flatbuffer *buffer, unsigned slot, int64_t value, size_t bytes);
void api_flatbuffer_add_place(struct api_flatbuffer *buffer, unsigned slot, size_t place);
size_t api_flatbuffer_table_end(struct api_flatbuffer *buffer);

/* Puts the root's place in front, so that the whole is a multiple of 8 bytes; false where memory
 * ran out on the way. */
bool api_flatbuffer_finish(struct api_flatbuffer *buffer, size_t root) CT_MUST_USE;

/* The first written byte. */
static inline const uint8_t *api_flatbuffer_start(const struct api_flatbuffer *buffer)
{
    return buffer->bytes + buffer->cap - buffer->len;
}

#endif
