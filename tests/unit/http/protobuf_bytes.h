/* Protobuf messages made by hand, for tests of what reads them.
 *
 *     struct bytes label = {0};
 *     bytes_text(&label, 1, "job");
 *     bytes_message(&series, 1, &label);
 */
#ifndef PROTOBUF_BYTES_H
#define PROTOBUF_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define BYTES_MAX ((size_t)1 << 20)

struct bytes {
    char *at; /* BYTES_MAX of them, from the first use on */
    size_t len;
};

static inline void bytes_raw(struct bytes *bytes, const void *raw, size_t len)
{
    if (!bytes->at)
        bytes->at = malloc(BYTES_MAX);
    if (!bytes->at || len > BYTES_MAX - bytes->len)
        abort();
    if (len)
        memcpy(bytes->at + bytes->len, raw, len);
    bytes->len += len;
}

static inline void bytes_varint(struct bytes *bytes, uint64_t value)
{
    do {
        const char byte = (char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        bytes_raw(bytes, &byte, 1);
        value >>= 7;
    } while (value);
}

static inline void bytes_int(struct bytes *bytes, unsigned field, int64_t value)
{
    bytes_varint(bytes, field << 3);
    bytes_varint(bytes, (uint64_t)value);
}

static inline void bytes_fixed(struct bytes *bytes, unsigned field, uint64_t value)
{
    bytes_varint(bytes, field << 3 | 1);
    bytes_raw(bytes, &value, sizeof value); /* little endian, as is every machine that we run on */
}

static inline void bytes_double(struct bytes *bytes, unsigned field, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bytes_fixed(bytes, field, bits);
}

static inline void bytes_piece(struct bytes *bytes, unsigned field, const void *raw, size_t len)
{
    bytes_varint(bytes, field << 3 | 2);
    bytes_varint(bytes, len);
    bytes_raw(bytes, raw, len);
}

static inline void bytes_text(struct bytes *bytes, unsigned field, const char *text)
{
    bytes_piece(bytes, field, text, strlen(text));
}

/* Takes the message up: it is empty then. */
static inline void bytes_message(struct bytes *bytes, unsigned field, struct bytes *message)
{
    bytes_piece(bytes, field, message->at, message->len);
    free(message->at);
    *message = (struct bytes){0};
}

static inline struct ct_text bytes_as_text(const struct bytes *bytes)
{
    return (struct ct_text){bytes->at, bytes->len};
}

#endif
