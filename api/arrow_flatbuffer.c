/* The layout, see the FlatBuffers internals: a table begins with the distance back to its vtable,
 * which has its own length, the table's, and the distance of each field from the table's start (0:
 * left out). Places and lengths are uint32, vtable entries uint16, all little-endian and aligned to
 * their size, counted from the end of the buffer, whose length is a multiple of 8 in the end. */
#include "arrow_flatbuffer.h"

#include <string.h>

#include "bytes.h"

#define BUFFER_BYTES_MIN 1024

void api_flatbuffer_init(struct api_flatbuffer *buffer, const struct ct_allocator *allocator)
{
    *buffer = (struct api_flatbuffer){.allocator = allocator};
}

void api_flatbuffer_deinit(struct api_flatbuffer *buffer)
{
    ct_release(buffer->allocator, buffer->bytes);
    buffer->bytes = NULL;
}

/* Room for `len` more bytes in front; what is there stays at the end. */
static bool reserve(struct api_flatbuffer *buffer, size_t len)
{
    if (buffer->is_short)
        return false;
    if (buffer->cap - buffer->len >= len)
        return true;
    size_t cap = 2 * (buffer->cap + len);
    if (cap < BUFFER_BYTES_MIN)
        cap = BUFFER_BYTES_MIN;
    uint8_t *bytes = ct_alloc_zeroed(buffer->allocator, cap, 1);
    buffer->is_short = !bytes;
    if (!bytes)
        return false;
    if (buffer->len)
        memcpy(bytes + cap - buffer->len, api_flatbuffer_start(buffer), buffer->len);
    ct_release(buffer->allocator, buffer->bytes);
    buffer->bytes = bytes;
    buffer->cap = cap;
    return true;
}

static void push(struct api_flatbuffer *buffer, const void *bytes, size_t len)
{
    if (len == 0 || !reserve(buffer, len))
        return;
    buffer->len += len;
    memcpy(buffer->bytes + buffer->cap - buffer->len, bytes, len);
}

/* Zeros in front, until `len` more bytes end at a multiple of `alignment`. */
static void align(struct api_flatbuffer *buffer, size_t len, size_t alignment)
{
    static const uint8_t zeros[8] = {0};
    push(buffer, zeros, (alignment - (buffer->len + len) % alignment) % alignment);
}

/* `value` in its low bytes: aligned, little-endian. */
static size_t push_number(struct api_flatbuffer *buffer, int64_t value, size_t bytes)
{
    align(buffer, bytes, bytes);
    push(buffer, &value, bytes);
    return buffer->len;
}

/* Distances count forward, from where they stand to what they point to. */
static size_t push_place(struct api_flatbuffer *buffer, size_t place)
{
    align(buffer, sizeof(uint32_t), sizeof(uint32_t));
    return push_number(buffer, (int64_t)(buffer->len + sizeof(uint32_t) - place), sizeof(uint32_t));
}

size_t api_flatbuffer_text(struct api_flatbuffer *buffer, const char *text, size_t len)
{
    align(buffer, len + 1, sizeof(uint32_t));
    push(buffer, "", 1);
    push(buffer, text, len);
    return push_number(buffer, (int64_t)len, sizeof(uint32_t));
}

size_t api_flatbuffer_places(struct api_flatbuffer *buffer, const size_t *places, size_t count)
{
    for (size_t i = count; i-- > 0;)
        (void)push_place(buffer, places[i]);
    return push_number(buffer, (int64_t)count, sizeof(uint32_t));
}

size_t api_flatbuffer_pairs(struct api_flatbuffer *buffer, const struct api_flatbuffer_pair *pairs,
                            size_t count)
{
    align(buffer, count * sizeof *pairs, sizeof(int64_t));
    push(buffer, pairs, count * sizeof *pairs);
    return push_number(buffer, (int64_t)count, sizeof(uint32_t));
}

void api_flatbuffer_table_start(struct api_flatbuffer *buffer)
{
    memset(buffer->slots, 0, sizeof buffer->slots);
    buffer->table_end = buffer->len;
}

void api_flatbuffer_add(struct api_flatbuffer *buffer, unsigned slot, int64_t value, size_t bytes)
{
    CT_ASSERT(slot < API_FLATBUFFER_SLOTS_MAX);
    buffer->slots[slot] = push_number(buffer, value, bytes);
}

void api_flatbuffer_add_place(struct api_flatbuffer *buffer, unsigned slot, size_t place)
{
    CT_ASSERT(slot < API_FLATBUFFER_SLOTS_MAX);
    buffer->slots[slot] = push_place(buffer, place);
}

size_t api_flatbuffer_table_end(struct api_flatbuffer *buffer)
{
    uint16_t entries[API_FLATBUFFER_SLOTS_MAX + 2];
    size_t slot_count = API_FLATBUFFER_SLOTS_MAX;
    while (slot_count > 0 && buffer->slots[slot_count - 1] == 0)
        slot_count--;
    const size_t vtable_bytes = (slot_count + 2) * sizeof entries[0];
    align(buffer, sizeof(uint32_t), sizeof(uint32_t));
    const size_t table = buffer->len + sizeof(uint32_t);
    entries[0] = (uint16_t)vtable_bytes;
    entries[1] = (uint16_t)(table - buffer->table_end);
    for (size_t i = 0; i < slot_count; i++)
        entries[i + 2] = (uint16_t)(buffer->slots[i] ? table - buffer->slots[i] : 0);
    /* The vtable stands right before the table: the distance back to it is its own length. */
    (void)push_number(buffer, (int64_t)vtable_bytes, sizeof(uint32_t));
    push(buffer, entries, vtable_bytes);
    return table;
}

bool api_flatbuffer_finish(struct api_flatbuffer *buffer, size_t root)
{
    align(buffer, sizeof(uint32_t), sizeof(int64_t));
    (void)push_place(buffer, root);
    return !buffer->is_short;
}
