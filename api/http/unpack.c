#include "unpack.h"

#define BYTES_PER_BYTE 24 /* real requests need 4 to 15 */
#define BYTES_MIN      ((size_t)64 << 10)
#define BYTES_MAX      ((size_t)128 << 20)
#define LENGTH_MAX     (BYTES_MAX / 2)

static void *allocate(void *context, size_t size)
{
    struct ct_unpack *unpack = context;
    if (size > unpack->left_bytes) {
        unpack->is_over = true;
        return NULL;
    }
    unpack->left_bytes -= size;
    void *piece = ct_arena_alloc(&unpack->arena, size);
    unpack->is_short = !piece;
    return piece;
}

/* All of it goes with the arena. */
static void release(void *context, void *pointer)
{
    (void)context;
    (void)pointer;
}

void ct_unpack_init(struct ct_unpack *unpack, const struct ct_allocator *allocator)
{
    *unpack = (struct ct_unpack){
        .allocator = {.alloc = allocate, .free = release, .allocator_data = unpack}};
    ct_arena_init(&unpack->arena, allocator, 0);
}

void ct_unpack_deinit(struct ct_unpack *unpack)
{
    ct_arena_deinit(&unpack->arena);
}

static size_t limit_of(size_t len)
{
    const size_t limit = BYTES_MIN + (len < LENGTH_MAX ? len : LENGTH_MAX) * BYTES_PER_BYTE;
    return limit < BYTES_MAX ? limit : BYTES_MAX;
}

ct_status ct_unpack_message(struct ct_unpack *unpack, const ProtobufCMessageDescriptor *type,
                            struct ct_text bytes, const char *what, ProtobufCMessage **out,
                            struct ct_error *err)
{
    ct_arena_reset(&unpack->arena);
    unpack->left_bytes = limit_of(bytes.len);
    unpack->is_over = unpack->is_short = false;
    *out = protobuf_c_message_unpack(type, &unpack->allocator, bytes.len,
                                     (const uint8_t *)bytes.bytes);
    if (*out)
        return CT_OK;
    if (unpack->is_over)
        return ct_fail(err, CT_LIMIT,
                       "%s of %zu bytes holds too many parts: send it in smaller ones", what,
                       bytes.len);
    if (unpack->is_short)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for %s of %zu bytes", what, bytes.len);
    return ct_fail(err, CT_PARSE, "%s of %zu bytes is not a protobuf message of that kind", what,
                   bytes.len);
}
