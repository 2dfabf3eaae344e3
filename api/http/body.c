#include "body.h"

#include <snappy-c.h>
#include <stdint.h>
#include <strings.h>
#include <zlib.h>
#include <zstd.h>

#define FIRST_BYTES     ((size_t)64 * 1024)
#define RATIO_FREE      ((size_t)1024 * 1024) /* so much may come of however little */
#define ZSTD_WINDOW_LOG 23                    /* 8 MiB, as RFC 9659 has it for HTTP */
#define GZIP_WINDOW     (15 + 16)             /* zlib: the largest window, with gzip's head */
#define ZLIB_WINDOW     15
#define RAW_WINDOW      (-15)

enum encoding {
    IDENTITY,
    GZIP,
    DEFLATE, /* zlib's format as the standard says, or bare as some send it */
    ZSTD,
    SNAPPY
};

struct ct_body {
    const struct ct_allocator *allocator;
    struct ct_body_limits limits;
    enum encoding encoding;
    uint64_t declared_len;
    size_t packed_len; /* received */
    char *bytes;       /* unpacked; of snappy: as received */
    size_t len, cap;
    size_t held; /* counted in limits.held_bytes */
    z_stream zlib;
    ZSTD_DStream *zstd;
    bool has_zlib;
    bool is_between; /* the stream may end here */
};

/* -- Memory ------------------------------------------------------------------------------------ */

static enum ct_body_fault hold(struct ct_body *body, size_t bytes)
{
    if (body->limits.held_bytes) {
        const size_t before = atomic_fetch_add(body->limits.held_bytes, bytes);
        if (before + bytes > body->limits.held_bytes_max) {
            atomic_fetch_sub(body->limits.held_bytes, bytes);
            return CT_BODY_OVERLOAD;
        }
    }
    body->held += bytes;
    return CT_BODY_FINE;
}

/* What is sure to be too much is refused; what is promised is not yet believed. */
static size_t next_cap(const struct ct_body *body, size_t need)
{
    size_t cap = body->cap ? body->cap * 2 : FIRST_BYTES;
    while (cap < need)
        cap *= 2;
    if (body->encoding == IDENTITY && body->declared_len < cap && body->declared_len >= need)
        cap = (size_t)body->declared_len;
    return cap;
}

/* Room for `more` bytes, and one after them. */
static enum ct_body_fault make_room(struct ct_body *body, size_t more)
{
    if (body->cap - body->len > more)
        return CT_BODY_FINE;
    const size_t cap = next_cap(body, body->len + more) + 1;
    const enum ct_body_fault fault = hold(body, cap - body->cap);
    if (fault != CT_BODY_FINE)
        return fault;
    char *bytes = ct_resize(body->allocator, body->bytes, cap);
    if (!bytes)
        return CT_BODY_NO_MEMORY;
    body->bytes = bytes;
    body->cap = cap;
    return CT_BODY_FINE;
}

static bool is_past_ratio(const struct ct_body *body, size_t unpacked_len, size_t packed_len)
{
    return unpacked_len > RATIO_FREE && unpacked_len / body->limits.ratio_max > packed_len;
}

/* -- Life -------------------------------------------------------------------------------------- */

static bool find_encoding(struct ct_text text, enum encoding *out)
{
    static const struct {
        const char *name;
        enum encoding encoding;
    } known[] = {{"identity", IDENTITY}, {"gzip", GZIP}, {"x-gzip", GZIP},
                 {"deflate", DEFLATE},   {"zstd", ZSTD}, {"snappy", SNAPPY}};
    *out = IDENTITY;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == text.len &&
            strncasecmp(known[i].name, text.bytes, text.len) == 0) {
            *out = known[i].encoding;
            return true;
        }
    return text.len == 0;
}

struct ct_body *ct_body_create(const struct ct_allocator *allocator,
                               const struct ct_body_limits *limits, struct ct_text encoding,
                               uint64_t declared_len, enum ct_body_fault *fault)
{
    enum encoding found;
    *fault = !find_encoding(encoding, &found) ? CT_BODY_ENCODING : CT_BODY_FINE;
    if (declared_len != UINT64_MAX &&
        (declared_len > limits->packed_bytes_max ||
         (found == IDENTITY && declared_len > limits->unpacked_bytes_max)))
        *fault = CT_BODY_TOO_LARGE;
    if (*fault != CT_BODY_FINE)
        return NULL;
    struct ct_body *body = ct_alloc_zeroed(allocator, 1, sizeof *body);
    if (!body) {
        *fault = CT_BODY_NO_MEMORY;
        return NULL;
    }
    body->allocator = allocator;
    body->limits = *limits;
    body->encoding = found;
    body->declared_len = declared_len;
    return body;
}

void ct_body_destroy(struct ct_body *body)
{
    if (body->has_zlib)
        inflateEnd(&body->zlib);
    ZSTD_freeDStream(body->zstd);
    if (body->limits.held_bytes)
        atomic_fetch_sub(body->limits.held_bytes, body->held);
    ct_release(body->allocator, body->bytes);
    ct_release(body->allocator, body);
}

/* -- Unpacking --------------------------------------------------------------------------------- */

static void *allocate_for_zlib(void *context, unsigned count, unsigned size)
{
    return ct_alloc_zeroed(context, count, size);
}

static void release_for_zlib(void *context, void *pointer)
{
    ct_release(context, pointer);
}

/* The first byte of zlib's format says "deflate"; a bare stream does not begin so. */
static bool begin_zlib(struct ct_body *body, unsigned char first)
{
    const int window = body->encoding == GZIP ? GZIP_WINDOW
                       : (first & 15) == 8    ? ZLIB_WINDOW
                                              : RAW_WINDOW;
    body->zlib.zalloc = allocate_for_zlib;
    body->zlib.zfree = release_for_zlib;
    body->zlib.opaque = (void *)(uintptr_t)body->allocator;
    body->has_zlib = inflateInit2(&body->zlib, window) == Z_OK;
    return body->has_zlib;
}

/* unread: bytes of the piece that are still packed. */
static enum ct_body_fault note_unpacked(struct ct_body *body, size_t more, size_t unread)
{
    body->len += more;
    if (body->len > body->limits.unpacked_bytes_max)
        return CT_BODY_TOO_LARGE;
    return is_past_ratio(body, body->len, body->packed_len - unread) ? CT_BODY_RATIO : CT_BODY_FINE;
}

/* One step: what fits into the room that there is. */
static enum ct_body_fault inflate_step(struct ct_body *body)
{
    enum ct_body_fault fault = make_room(body, 1);
    if (fault != CT_BODY_FINE)
        return fault;
    if (body->is_between && body->encoding == GZIP && inflateReset(&body->zlib) != Z_OK)
        return CT_BODY_DAMAGED;
    if (body->is_between && body->encoding == DEFLATE)
        return CT_BODY_DAMAGED; /* bytes after its end */
    const size_t room = body->cap - body->len - 1;
    body->zlib.next_out = (unsigned char *)body->bytes + body->len;
    body->zlib.avail_out = room < FIRST_BYTES ? (unsigned)room : (unsigned)FIRST_BYTES;
    const unsigned before = body->zlib.avail_out;
    const int result = inflate(&body->zlib, Z_NO_FLUSH);
    body->is_between = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return result == Z_MEM_ERROR ? CT_BODY_NO_MEMORY : CT_BODY_DAMAGED;
    return note_unpacked(body, before - body->zlib.avail_out, body->zlib.avail_in);
}

static enum ct_body_fault add_zlib(struct ct_body *body, struct ct_text piece)
{
    if (!body->has_zlib && !begin_zlib(body, (unsigned char)piece.bytes[0]))
        return CT_BODY_NO_MEMORY;
    body->zlib.next_in = (unsigned char *)(uintptr_t)piece.bytes;
    body->zlib.avail_in = (unsigned)piece.len;
    bool is_full = false;
    while (body->zlib.avail_in > 0 || is_full) {
        const enum ct_body_fault fault = inflate_step(body);
        if (fault != CT_BODY_FINE)
            return fault;
        is_full = !body->is_between && body->zlib.avail_out == 0;
    }
    return CT_BODY_FINE;
}

static enum ct_body_fault zstd_step(struct ct_body *body, ZSTD_inBuffer *in, bool *is_full)
{
    const enum ct_body_fault fault = make_room(body, 1);
    if (fault != CT_BODY_FINE)
        return fault;
    const size_t room = body->cap - body->len - 1;
    ZSTD_outBuffer out = {body->bytes + body->len, room < FIRST_BYTES ? room : FIRST_BYTES, 0};
    const size_t result = ZSTD_decompressStream(body->zstd, &out, in);
    if (ZSTD_isError(result))
        return CT_BODY_DAMAGED;
    body->is_between = result == 0;
    *is_full = result != 0 && out.pos == out.size;
    return note_unpacked(body, out.pos, in->size - in->pos);
}

static enum ct_body_fault add_zstd(struct ct_body *body, struct ct_text piece)
{
    if (!body->zstd) {
        body->zstd = ZSTD_createDStream();
        if (!body->zstd ||
            ZSTD_isError(ZSTD_DCtx_setParameter(body->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG)))
            return CT_BODY_NO_MEMORY;
    }
    ZSTD_inBuffer in = {piece.bytes, piece.len, 0};
    bool is_full = false;
    while (in.pos < in.size || is_full) {
        const enum ct_body_fault fault = zstd_step(body, &in, &is_full);
        if (fault != CT_BODY_FINE)
            return fault;
    }
    return CT_BODY_FINE;
}

static enum ct_body_fault add_as_is(struct ct_body *body, struct ct_text piece)
{
    const enum ct_body_fault fault = make_room(body, piece.len);
    if (fault != CT_BODY_FINE)
        return fault;
    memcpy(body->bytes + body->len, piece.bytes, piece.len);
    body->len += piece.len;
    const bool fits = body->encoding == SNAPPY || body->len <= body->limits.unpacked_bytes_max;
    return fits ? CT_BODY_FINE : CT_BODY_TOO_LARGE;
}

enum ct_body_fault ct_body_add(struct ct_body *body, struct ct_text piece)
{
    if (piece.len == 0)
        return CT_BODY_FINE;
    if (piece.len > body->limits.packed_bytes_max - body->packed_len)
        return CT_BODY_TOO_LARGE;
    body->packed_len += piece.len;
    switch (body->encoding) {
    case GZIP:
    case DEFLATE:
        return add_zlib(body, piece);
    case ZSTD:
        return add_zstd(body, piece);
    case IDENTITY:
    case SNAPPY:
        break;
    }
    return add_as_is(body, piece);
}

/* The block says its size first. */
static enum ct_body_fault unpack_snappy(struct ct_body *body)
{
    size_t len;
    if (snappy_uncompressed_length(body->bytes, body->len, &len) != SNAPPY_OK)
        return CT_BODY_DAMAGED;
    if (len > body->limits.unpacked_bytes_max)
        return CT_BODY_TOO_LARGE;
    if (is_past_ratio(body, len, body->packed_len))
        return CT_BODY_RATIO;
    const enum ct_body_fault fault = hold(body, len + 1);
    if (fault != CT_BODY_FINE)
        return fault;
    char *bytes = ct_alloc(body->allocator, len + 1);
    if (!bytes)
        return CT_BODY_NO_MEMORY;
    const bool is_fine = snappy_uncompress(body->bytes, body->len, bytes, &len) == SNAPPY_OK;
    ct_release(body->allocator, body->bytes);
    body->bytes = bytes;
    body->len = len;
    body->cap = len + 1;
    return is_fine ? CT_BODY_FINE : CT_BODY_DAMAGED;
}

enum ct_body_fault ct_body_end(struct ct_body *body, struct ct_text *out)
{
    enum ct_body_fault fault = make_room(body, 0);
    if (fault == CT_BODY_FINE && body->encoding == SNAPPY && body->packed_len > 0)
        fault = unpack_snappy(body);
    const bool is_stream = body->has_zlib || body->zstd;
    if (fault == CT_BODY_FINE && is_stream && !body->is_between)
        fault = CT_BODY_DAMAGED;
    if (fault != CT_BODY_FINE)
        return fault;
    body->bytes[body->len] = 0;
    *out = (struct ct_text){body->bytes, body->len};
    return CT_BODY_FINE;
}
