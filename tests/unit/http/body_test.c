/* Bodies: every encoding, whole, in pieces and cut; lies about sizes; bombs. Memory is counted, so
 * that what a limit promises can be seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include "body.h"

#define KIB          ((size_t)1024)
#define MIB          (1024 * KIB)
#define PACKED_BYTES (8 * MIB)

struct fixture {
    struct ct_allocator_counting memory;
    _Atomic size_t held;
    struct ct_body_limits limits;
    char *packed; /* room for what a test packs */
    size_t packed_len;
};

static int set_up(void **state)
{
    struct fixture *fixture = ct_alloc_zeroed(ct_allocator_system(), 1, sizeof *fixture);
    if (!fixture)
        return -1;
    ct_allocator_counting_init(&fixture->memory, ct_allocator_system(), 0);
    fixture->packed = ct_alloc(ct_allocator_system(), PACKED_BYTES);
    fixture->limits = (struct ct_body_limits){.packed_bytes_max = 2 * MIB,
                                              .unpacked_bytes_max = 4 * MIB,
                                              .ratio_max = 100,
                                              .held_bytes = &fixture->held,
                                              .held_bytes_max = 64 * MIB};
    *state = fixture;
    return fixture->packed ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    const bool is_clean =
        atomic_load(&fixture->memory.live_blocks) == 0 && atomic_load(&fixture->held) == 0;
    ct_release(ct_allocator_system(), fixture->packed);
    ct_release(ct_allocator_system(), fixture);
    return is_clean ? 0 : -1;
}

/* -- Packing ----------------------------------------------------------------------------------- */

static void pack_zlib(struct fixture *fixture, struct ct_text text, int window)
{
    z_stream stream = {0};
    assert_int_equal(Z_OK, deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY));
    stream.next_in = (unsigned char *)(uintptr_t)text.bytes;
    stream.avail_in = (unsigned)text.len;
    stream.next_out = (unsigned char *)fixture->packed + fixture->packed_len;
    stream.avail_out = (unsigned)(PACKED_BYTES - fixture->packed_len);
    assert_int_equal(Z_STREAM_END, deflate(&stream, Z_FINISH));
    fixture->packed_len += stream.total_out;
    deflateEnd(&stream);
}

/* Appends the text, packed, to fixture->packed. */
static void pack(struct fixture *fixture, const char *encoding, struct ct_text text)
{
    char *out = fixture->packed + fixture->packed_len;
    size_t room = PACKED_BYTES - fixture->packed_len;
    if (strcmp(encoding, "gzip") == 0 || strcmp(encoding, "X-GZIP") == 0) {
        pack_zlib(fixture, text, 15 + 16);
    } else if (strcmp(encoding, "deflate") == 0) {
        pack_zlib(fixture, text, 15);
    } else if (strcmp(encoding, "zstd") == 0) {
        fixture->packed_len += ZSTD_compress(out, room, text.bytes, text.len, 3);
    } else if (strcmp(encoding, "snappy") == 0) {
        assert_int_equal(SNAPPY_OK, snappy_compress(text.bytes, text.len, out, &room));
        fixture->packed_len += room;
    } else {
        memcpy(out, text.bytes, text.len);
        fixture->packed_len += text.len;
    }
}

/* -- Unpacking --------------------------------------------------------------------------------- */

/* Of fixture->packed in pieces; what came out is compared with `expected` where it is not NULL. */
static enum ct_body_fault unpack(struct fixture *fixture, const char *encoding, uint64_t declared,
                                 size_t piece_len, const struct ct_text *expected)
{
    enum ct_body_fault fault;
    struct ct_text out;
    struct ct_body *body = ct_body_create(&fixture->memory.base, &fixture->limits,
                                          ct_text_of(encoding), declared, &fault);
    if (!body)
        return fault;
    for (size_t at = 0; at < fixture->packed_len && fault == CT_BODY_FINE; at += piece_len) {
        const size_t left = fixture->packed_len - at;
        const struct ct_text piece = {fixture->packed + at, left < piece_len ? left : piece_len};
        fault = ct_body_add(body, piece);
    }
    if (fault == CT_BODY_FINE)
        fault = ct_body_end(body, &out);
    if (fault == CT_BODY_FINE && expected) {
        assert_int_equal(out.len, expected->len);
        assert_memory_equal(out.bytes, expected->bytes, out.len);
        assert_int_equal(out.bytes[out.len], 0);
    }
    ct_body_destroy(body);
    return fault;
}

static const char *const encodings[] = {"",        "identity", "gzip",  "X-GZIP",
                                        "deflate", "zstd",     "snappy"};

static void every_encoding_is_unpacked_whole_and_in_pieces(void **state)
{
    struct fixture *fixture = *state;
    static char text[300 * KIB];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i * i % 23);
    const size_t lens[] = {1, 5, 64 * KIB, sizeof text};
    const size_t pieces[] = {1000, 64 * KIB, SIZE_MAX / 2};
    for (size_t e = 0; e < CT_COUNT_OF(encodings); e++)
        for (size_t l = 0; l < CT_COUNT_OF(lens); l++)
            for (size_t p = 0; p < CT_COUNT_OF(pieces); p++) {
                const struct ct_text expected = {text, lens[l]};
                fixture->packed_len = 0;
                pack(fixture, encodings[e], expected);
                assert_int_equal(CT_BODY_FINE,
                                 unpack(fixture, encodings[e], UINT64_MAX, pieces[p], &expected));
                assert_int_equal(CT_BODY_FINE, unpack(fixture, encodings[e], fixture->packed_len,
                                                      pieces[p], &expected));
            }
}

static void a_byte_at_a_time_is_as_good(void **state)
{
    struct fixture *fixture = *state;
    const struct ct_text text = {"cost,team=ml usd=3.50 1\n", 24};
    for (size_t e = 0; e < CT_COUNT_OF(encodings); e++) {
        fixture->packed_len = 0;
        pack(fixture, encodings[e], text);
        assert_int_equal(CT_BODY_FINE, unpack(fixture, encodings[e], UINT64_MAX, 1, &text));
    }
}

static void packed_streams_may_follow_one_another(void **state)
{
    struct fixture *fixture = *state;
    const struct ct_text both = {"firstsecond", 11};
    const char *const streams[] = {"gzip", "zstd"};
    for (size_t e = 0; e < CT_COUNT_OF(streams); e++) {
        fixture->packed_len = 0;
        pack(fixture, streams[e], ct_text_of("first"));
        pack(fixture, streams[e], ct_text_of("second"));
        assert_int_equal(CT_BODY_FINE, unpack(fixture, streams[e], UINT64_MAX, 7, &both));
    }
}

static void deflate_without_its_head_is_taken_too(void **state)
{
    struct fixture *fixture = *state;
    const struct ct_text text = ct_text_of("some bytes");
    pack_zlib(fixture, text, -15);
    assert_int_equal(CT_BODY_FINE, unpack(fixture, "deflate", UINT64_MAX, 3, &text));
}

static void what_is_cut_or_goes_on_too_long_is_damaged(void **state)
{
    struct fixture *fixture = *state;
    const char *const packed[] = {"gzip", "deflate", "zstd", "snappy"};
    for (size_t e = 0; e < CT_COUNT_OF(packed); e++) {
        fixture->packed_len = 0;
        pack(fixture, packed[e], ct_text_of("cost,team=ml usd=3.50 1\ncost,team=ml usd=3.50 2\n"));
        const size_t whole = fixture->packed_len;
        for (fixture->packed_len = 1; fixture->packed_len < whole; fixture->packed_len++)
            assert_int_equal(CT_BODY_DAMAGED, unpack(fixture, packed[e], UINT64_MAX, 9, NULL));
        fixture->packed[whole] = 'x';
        fixture->packed_len = whole + 1;
        assert_int_equal(CT_BODY_DAMAGED, unpack(fixture, packed[e], UINT64_MAX, 9, NULL));
    }
}

static void other_encodings_are_not_known(void **state)
{
    struct fixture *fixture = *state;
    const char *const unknown[] = {"br", "gzip, gzip", "gzi", "gzipp", "compress", " "};
    for (size_t i = 0; i < CT_COUNT_OF(unknown); i++)
        assert_int_equal(CT_BODY_ENCODING, unpack(fixture, unknown[i], UINT64_MAX, 1, NULL));
}

/* -- Limits ------------------------------------------------------------------------------------ */

static void a_declared_size_is_refused_before_anything_is_held(void **state)
{
    struct fixture *fixture = *state;
    for (size_t e = 0; e < CT_COUNT_OF(encodings); e++)
        assert_int_equal(CT_BODY_TOO_LARGE, unpack(fixture, encodings[e], 2 * MIB + 1, 1, NULL));
    assert_int_equal(atomic_load(&fixture->memory.peak_bytes), 0);
}

static void a_declared_size_is_not_believed(void **state)
{
    struct fixture *fixture = *state;
    pack(fixture, "", ct_text_of("ten bytes."));
    assert_int_equal(CT_BODY_FINE, unpack(fixture, "", 2 * MIB, 1, NULL));
    assert_true(atomic_load(&fixture->memory.peak_bytes) < 128 * KIB);
}

static void what_comes_is_counted_where_nothing_was_declared(void **state)
{
    struct fixture *fixture = *state;
    memset(fixture->packed, 'x', 2 * MIB + 1);
    fixture->packed_len = 2 * MIB;
    assert_int_equal(CT_BODY_FINE, unpack(fixture, "", UINT64_MAX, 64 * KIB, NULL));
    fixture->packed_len = 2 * MIB + 1;
    assert_int_equal(CT_BODY_TOO_LARGE, unpack(fixture, "", UINT64_MAX, 64 * KIB, NULL));
}

/* So many zeros, packed. */
static void pack_bomb(struct fixture *fixture, const char *encoding, size_t len)
{
    char *zeros = ct_alloc_zeroed(ct_allocator_system(), 1, len);
    assert_non_null(zeros);
    fixture->packed_len = 0;
    pack(fixture, encoding, (struct ct_text){zeros, len});
    ct_release(ct_allocator_system(), zeros);
}

static void bombs_are_stopped_early(void **state)
{
    struct fixture *fixture = *state;
    const char *const packed[] = {"gzip", "deflate", "zstd"};
    for (size_t e = 0; e < CT_COUNT_OF(packed); e++) {
        pack_bomb(fixture, packed[e], 64 * MIB);
        assert_int_equal(CT_BODY_RATIO, unpack(fixture, packed[e], UINT64_MAX, 4 * KIB, NULL));
        assert_int_equal(CT_BODY_RATIO, unpack(fixture, packed[e], UINT64_MAX, 4 * MIB, NULL));
    }
    assert_true(atomic_load(&fixture->memory.peak_bytes) < 5 * MIB);
}

static void what_unpacks_to_too_much_is_refused(void **state)
{
    struct fixture *fixture = *state;
    const char *const packed[] = {"gzip", "deflate", "zstd", "snappy"};
    fixture->limits.ratio_max = 1000000;
    for (size_t e = 0; e < CT_COUNT_OF(packed); e++) {
        pack_bomb(fixture, packed[e], 4 * MIB + 1);
        assert_int_equal(CT_BODY_TOO_LARGE, unpack(fixture, packed[e], UINT64_MAX, 1000, NULL));
        pack_bomb(fixture, packed[e], 4 * MIB);
        assert_int_equal(CT_BODY_FINE, unpack(fixture, packed[e], UINT64_MAX, 1000, NULL));
    }
}

static void a_lie_about_gigabytes_allocates_nothing(void **state)
{
    struct fixture *fixture = *state;
    static const char four_gib[] = {(char)0xff, (char)0xff, (char)0xff, (char)0xff, 0x0f, 'x'};
    static const char three_mib[] = {(char)0x80, (char)0x80, (char)0xc0, 0x01, 'x'};
    memcpy(fixture->packed, four_gib, sizeof four_gib);
    fixture->packed_len = sizeof four_gib;
    assert_int_equal(CT_BODY_TOO_LARGE, unpack(fixture, "snappy", UINT64_MAX, 100, NULL));
    memcpy(fixture->packed, three_mib, sizeof three_mib);
    fixture->packed_len = sizeof three_mib;
    assert_int_equal(CT_BODY_RATIO, unpack(fixture, "snappy", UINT64_MAX, 100, NULL));
    assert_true(atomic_load(&fixture->memory.peak_bytes) < 128 * KIB);
}

static void bodies_of_all_requests_share_a_limit(void **state)
{
    struct fixture *fixture = *state;
    memset(fixture->packed, 'x', MIB);
    fixture->packed_len = MIB;
    atomic_store(&fixture->held, 63 * MIB + 512 * KIB);
    assert_int_equal(CT_BODY_OVERLOAD, unpack(fixture, "", UINT64_MAX, 4 * KIB, NULL));
    assert_int_equal(atomic_load(&fixture->held), 63 * MIB + 512 * KIB);
    atomic_store(&fixture->held, 0);
    assert_int_equal(CT_BODY_FINE, unpack(fixture, "", UINT64_MAX, 4 * KIB, NULL));
}

static void no_memory_is_told_and_nothing_is_lost(void **state)
{
    struct fixture *fixture = *state;
    for (size_t e = 0; e < CT_COUNT_OF(encodings); e++) {
        fixture->packed_len = 0;
        pack(fixture, encodings[e], ct_text_of("some bytes"));
        for (size_t limit = 1; limit < 128 * KIB; limit += 4 * KIB) {
            fixture->memory.limit_bytes = limit;
            const enum ct_body_fault fault = unpack(fixture, encodings[e], UINT64_MAX, 100, NULL);
            assert_true(fault == CT_BODY_NO_MEMORY || fault == CT_BODY_FINE);
            assert_int_equal(atomic_load(&fixture->memory.live_blocks), 0);
        }
        fixture->memory.limit_bytes = 0;
    }
}

#define BODY_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BODY_TEST(every_encoding_is_unpacked_whole_and_in_pieces),
        BODY_TEST(a_byte_at_a_time_is_as_good),
        BODY_TEST(packed_streams_may_follow_one_another),
        BODY_TEST(deflate_without_its_head_is_taken_too),
        BODY_TEST(what_is_cut_or_goes_on_too_long_is_damaged),
        BODY_TEST(other_encodings_are_not_known),
        BODY_TEST(a_declared_size_is_refused_before_anything_is_held),
        BODY_TEST(a_declared_size_is_not_believed),
        BODY_TEST(what_comes_is_counted_where_nothing_was_declared),
        BODY_TEST(bombs_are_stopped_early),
        BODY_TEST(what_unpacks_to_too_much_is_refused),
        BODY_TEST(a_lie_about_gigabytes_allocates_nothing),
        BODY_TEST(bodies_of_all_requests_share_a_limit),
        BODY_TEST(no_memory_is_told_and_nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
