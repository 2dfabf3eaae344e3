/* Blocks of values to bytes and back. Layer codec; may be included by log, segment, store, tests,
 * bench.
 *
 * A block is 1 to CT_BLOCK_VALUES_MAX values of one type, encoded alone: nothing outside it is
 * needed to decode it (save for a derived block, which names the block it is computed from). Each
 * encoder tries the codecs of its family and keeps the smallest by exact size; the first byte says
 * which it took.
 *
 * Decoders get (in, in_len, count, out): they read only in[0..in_len), write only out[0..count),
 * and answer CT_CORRUPT for anything that no encoder makes, trailing bytes included. No input may
 * make them crash, read or write elsewhere, or run longer than is proportional to count. They are
 * fuzzed.
 *
 * What a decoder refuses may have been written to `out` in part. Where zstd is needed and its
 * context cannot be allocated, decoders answer CT_NO_MEMORY, and encoders do without it.
 *
 * Encoders and decoders are pure: no allocation (zstd's contexts apart, made at first use through
 * the scratch's allocator), no state but the caller's scratch. `in` arrays may hold any values at
 * all. Bytes: ../FORMAT.md section 8. */
#ifndef CT_CODEC_H
#define CT_CODEC_H

#include "alloc.h"
#include "decimal.h"
#include "status.h"
#include "text.h"

#define CT_BLOCK_VALUES_MAX 2048

/* Decoders and kernels may write whole vectors of 64 values: output arrays have this many
 * elements of room behind `count`. */
#define CT_BLOCK_VALUES_PAD 64

/* FAST: what a busy writer seals with. SMALL: what compaction may spend; entropy stages and zstd
 * are tried. */
enum ct_effort { CT_EFFORT_FAST, CT_EFFORT_SMALL };

/* Working memory for one thread: zstd contexts, temporary arrays. Reused from block to block. */
struct ct_codec_scratch;
struct ct_codec_scratch *
ct_codec_scratch_create(const struct ct_allocator *allocator);   /* or NULL */
void ct_codec_scratch_destroy(struct ct_codec_scratch *scratch); /* NULL is fine */

/* Bytes of room that any encoder below needs at most for `count` values (text: see there). */
size_t ct_codec_bound(uint32_t count);

/* -- integers: counters, gauges, mantissas, dictionary codes. Arithmetic is modulo 2^64, so that
 * uint64 travels as the int64 of the same bits. */
size_t ct_int_encode(const int64_t *values, uint32_t count, enum ct_effort effort,
                     struct ct_codec_scratch *scratch, uint8_t *out);
ct_status ct_int_decode(const uint8_t *in, size_t in_len, uint32_t count,
                        struct ct_codec_scratch *scratch, int64_t *out) CT_MUST_USE;

/* -- times in ns: regular runs (start, step, count; a block may hold the runs of several series),
 * deltas of deltas over a common unit, and what the integers offer. */
size_t ct_time_encode(const int64_t *values, uint32_t count, enum ct_effort effort,
                      struct ct_codec_scratch *scratch, uint8_t *out);
ct_status ct_time_decode(const uint8_t *in, size_t in_len, uint32_t count,
                         struct ct_codec_scratch *scratch, int64_t *out) CT_MUST_USE;

/* -- doubles, bit-exact (NaN payloads and -0 too): constants, decimal floats as integers in the
 * manner of ALP (exponents per block, exceptions apart), XOR with the previous for the rest, raw.
 */
size_t ct_float_encode(const double *values, uint32_t count, enum ct_effort effort,
                       struct ct_codec_scratch *scratch, uint8_t *out);
ct_status ct_float_decode(const uint8_t *in, size_t in_len, uint32_t count,
                          struct ct_codec_scratch *scratch, double *out) CT_MUST_USE;

/* -- bools (each byte 0 or 1) and presence (bit i of word i/64): bitmap or runs. */
size_t ct_bool_encode(const uint8_t *values, uint32_t count, struct ct_codec_scratch *scratch,
                      uint8_t *out);
ct_status ct_bool_decode(const uint8_t *in, size_t in_len, uint32_t count,
                         struct ct_codec_scratch *scratch, uint8_t *out) CT_MUST_USE;

/* -- decimals. A column of values arrives with a scale of its own each; the block finds the widest
 * scale, drops what trailing zeros are common, and keeps int64 mantissas with exceptions, or
 * 128-bit ones where the block needs them. What comes back is equal as numbers, not digit by
 * digit: 3.50 may return as 3.5. */
struct ct_decimal_block {
    uint8_t scale;   /* of all values of the block */
    bool is_wide;    /* mantissas in `wide`, else in `narrow` */
    int64_t *narrow; /* caller's room: CT_BLOCK_VALUES_MAX + CT_BLOCK_VALUES_PAD */
    ct_int128 *wide; /* caller's room: CT_BLOCK_VALUES_MAX */
};

/* mantissa[i] x 10^-scale[i]. |mantissa| < 10^38, scale <= 38. 0 where the values have no common
 * scale within 38 digits (10^37 beside 10^-38): such a block must be cut. The same for the narrow
 * one. */
size_t ct_decimal_encode(const ct_int128 *mantissas, const uint8_t *scales, uint32_t count,
                         enum ct_effort effort, struct ct_codec_scratch *scratch, uint8_t *out);
/* The same for the common case of int64 mantissas. */
size_t ct_decimal_encode_narrow(const int64_t *mantissas, const uint8_t *scales, uint32_t count,
                                enum ct_effort effort, struct ct_codec_scratch *scratch,
                                uint8_t *out);
ct_status ct_decimal_decode(const uint8_t *in, size_t in_len, uint32_t count,
                            struct ct_codec_scratch *scratch,
                            struct ct_decimal_block *out) CT_MUST_USE;

/* -- derived: a decimal block computed from another block of the same rows: equal to it, or its
 * product with one unit price, rounded half away from zero at the block's scale; exceptions apart.
 * Returns 0 where fewer than seven of eight values fit, or where it would not be smaller than
 * `size_to_beat`. Both sides narrow. */
size_t ct_derived_encode(const int64_t *reference, uint8_t reference_scale,
                         const int64_t *mantissas, uint8_t scale, uint32_t count,
                         size_t size_to_beat, struct ct_codec_scratch *scratch, uint8_t *out);
ct_status ct_derived_decode(const uint8_t *in, size_t in_len, uint32_t count,
                            const int64_t *reference, uint8_t reference_scale,
                            struct ct_codec_scratch *scratch,
                            struct ct_decimal_block *out) CT_MUST_USE;

/* -- text: a dictionary of the block's distinct values and their codes (runs, bit-packed), or the
 * bytes one after another; zstd over either where it pays. `out` has room for ct_text_bound. */
size_t ct_text_bound(const struct ct_text *values, uint32_t count);
size_t ct_text_encode(const struct ct_text *values, uint32_t count, enum ct_effort effort,
                      struct ct_codec_scratch *scratch, uint8_t *out);
/* How many bytes of `heap` decoding needs (checked against in_len and a limit: CT_CORRUPT beyond 1
 * GiB or a ratio of 1,000,000:1). */
ct_status ct_text_decoded_size(const uint8_t *in, size_t in_len, uint32_t count,
                               size_t *heap_bytes) CT_MUST_USE;
/* out[i] point into heap (heap_cap >= what ct_text_decoded_size said). */
ct_status ct_text_decode(const uint8_t *in, size_t in_len, uint32_t count,
                         struct ct_codec_scratch *scratch, char *heap, size_t heap_cap,
                         struct ct_text *out) CT_MUST_USE;

/* Names of codecs by family and first byte, for `centime inspect`: "for", "delta", "alp", ...; "?"
 * where unknown. */
enum ct_codec_family {
    CT_FAMILY_INT,
    CT_FAMILY_TIME,
    CT_FAMILY_FLOAT,
    CT_FAMILY_BOOL,
    CT_FAMILY_DECIMAL,
    CT_FAMILY_TEXT,
    CT_FAMILY_DERIVED
};
const char *ct_codec_name(enum ct_codec_family family, const uint8_t *in, size_t in_len);

#endif
