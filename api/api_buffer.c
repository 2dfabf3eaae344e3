/* Bytes that grow, and are handed out with a zero byte behind them. */
#include "api_private.h"

#define BUFFER_BYTES_MIN 256

centime_buffer *api_buffer_create(struct api_memory *memory)
{
    centime_buffer *buffer = ct_alloc_zeroed(&memory->allocator, 1, sizeof *buffer);
    if (!buffer)
        return NULL;
    buffer->memory = api_memory_take(memory);
    return buffer;
}

static bool grow(centime_buffer *buffer, size_t need)
{
    size_t cap = 2 * buffer->cap > need ? 2 * buffer->cap : need;
    if (cap < BUFFER_BYTES_MIN)
        cap = BUFFER_BYTES_MIN;
    char *bytes = ct_resize(&buffer->memory->allocator, buffer->bytes, cap);
    buffer->is_short = !bytes;
    if (!bytes)
        return false;
    buffer->bytes = bytes;
    buffer->cap = cap;
    return true;
}

/* There is always room for a zero byte after it. */
char *api_buffer_room(centime_buffer *buffer, size_t len)
{
    const size_t need = buffer->len + len + 1;
    if (buffer->is_short || (need > buffer->cap && !grow(buffer, need)))
        return NULL;
    return buffer->bytes + buffer->len;
}

void api_buffer_add(centime_buffer *buffer, const char *bytes, size_t len)
{
    char *to = len ? api_buffer_room(buffer, len) : NULL;
    if (!to)
        return;
    memcpy(to, bytes, len);
    buffer->len += len;
}

void api_buffer_add_text(centime_buffer *buffer, const char *terminated)
{
    api_buffer_add(buffer, terminated, strlen(terminated));
}

ct_status api_buffer_finish(centime_buffer *buffer, centime_buffer **out, struct ct_error *err)
{
    if (!api_buffer_room(buffer, 0)) {
        centime_buffer_destroy(buffer);
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer's text");
    }
    buffer->bytes[buffer->len] = 0;
    *out = buffer;
    return CT_OK;
}

const char *centime_buffer_bytes(const centime_buffer *buffer)
{
    return buffer ? buffer->bytes : "";
}

size_t centime_buffer_len(const centime_buffer *buffer)
{
    return buffer ? buffer->len : 0;
}

void centime_buffer_destroy(centime_buffer *buffer)
{
    if (!buffer)
        return;
    struct api_memory *memory = buffer->memory;
    ct_release(&memory->allocator, buffer->bytes);
    ct_release(&memory->allocator, buffer);
    api_memory_drop(memory);
}
