/* Up to CT_DISTINCT_EXACT hashes are kept as they are; with one more they become registers. The
 * number of distinct hashes only grows, so which of the two a set of values has does not depend on
 * the order of adding. A register holds the largest rank (position of the first 1 among the 52 bits
 * behind the index) of the hashes whose first twelve bits are its index. */
#include <math.h>

#include "bytes.h"
#include "hash.h"
#include "sketch.h"

#define INDEX_BITS      12
#define REGISTERS       (1u << INDEX_BITS)
#define RANK_BITS       (64 - INDEX_BITS)
#define RANK_MAX        (RANK_BITS + 1)
#define REGISTER_BITS   6 /* stored */
#define REGISTERS_BYTES (REGISTERS * REGISTER_BITS / 8)

enum { FORM_HASHES = 0, FORM_REGISTERS = 1 };

void ct_distinct_sketch_init(struct ct_distinct_sketch *sketch,
                             const struct ct_allocator *allocator)
{
    *sketch = (struct ct_distinct_sketch){.allocator = allocator};
}

void ct_distinct_sketch_deinit(struct ct_distinct_sketch *sketch)
{
    ct_release(sketch->allocator, sketch->hashes);
    ct_release(sketch->allocator, sketch->registers);
    ct_distinct_sketch_init(sketch, sketch->allocator);
}

static void raise_register(uint8_t *registers, uint32_t at, uint8_t rank)
{
    if (registers[at] < rank)
        registers[at] = rank;
}

static void register_hash(uint8_t *registers, uint64_t hash)
{
    const uint64_t rest = hash << INDEX_BITS;
    const int rank = rest == 0 ? RANK_MAX : 1 + __builtin_clzll(rest);
    raise_register(registers, (uint32_t)(hash >> RANK_BITS), (uint8_t)rank);
}

static ct_status become_registers(struct ct_distinct_sketch *sketch)
{
    uint8_t *registers = ct_alloc_zeroed(sketch->allocator, REGISTERS, 1);
    if (!registers)
        return CT_NO_MEMORY;
    for (uint32_t i = 0; i < sketch->hash_count; i++)
        register_hash(registers, sketch->hashes[i]);
    ct_release(sketch->allocator, sketch->hashes);
    sketch->hashes = NULL;
    sketch->hash_cap = 0;
    sketch->hash_count = 0;
    sketch->registers = registers;
    return CT_OK;
}

static uint32_t place_of(const struct ct_distinct_sketch *sketch, uint64_t hash)
{
    uint32_t from = 0, to = sketch->hash_count;
    while (from < to) {
        const uint32_t middle = (from + to) / 2;
        if (sketch->hashes[middle] < hash)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

ct_status ct_distinct_sketch_add(struct ct_distinct_sketch *sketch, uint64_t hash)
{
    if (!sketch->registers) {
        const uint32_t at = place_of(sketch, hash);
        if (at < sketch->hash_count && sketch->hashes[at] == hash)
            return CT_OK;
        if (sketch->hash_count < CT_DISTINCT_EXACT) {
            if (!ct_grow(sketch->allocator, &sketch->hashes, &sketch->hash_cap,
                         sketch->hash_count + 1u, sizeof *sketch->hashes))
                return CT_NO_MEMORY;
            uint64_t *there = sketch->hashes + at;
            memmove(there + 1, there, (sketch->hash_count - at) * sizeof *there);
            *there = hash;
            sketch->hash_count++;
            return CT_OK;
        }
        CT_TRY(become_registers(sketch));
    }
    register_hash(sketch->registers, hash);
    return CT_OK;
}

ct_status ct_distinct_sketch_merge(struct ct_distinct_sketch *sketch,
                                   const struct ct_distinct_sketch *other)
{
    for (uint32_t i = 0; i < other->hash_count; i++)
        CT_TRY(ct_distinct_sketch_add(sketch, other->hashes[i]));
    if (!other->registers)
        return CT_OK;
    if (!sketch->registers)
        CT_TRY(become_registers(sketch));
    for (uint32_t i = 0; i < REGISTERS; i++)
        raise_register(sketch->registers, i, other->registers[i]);
    return CT_OK;
}

/* -- The estimate: O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017,
 * algorithm 6. No thresholds and no tables. */

static double sigma(double x)
{
    double sum = x, weight = 1, before;
    do {
        x *= x;
        before = sum;
        sum += x * weight;
        weight += weight;
    } while (sum != before);
    return sum;
}

static double tau(double x)
{
    double weight = 1, sum = 1 - x, before;
    if (x == 0 || x == 1)
        return 0;
    do {
        x = sqrt(x);
        before = sum;
        weight *= 0.5;
        sum -= (1 - x) * (1 - x) * weight;
    } while (sum != before);
    return sum / 3;
}

static double estimate_of(const uint8_t *registers)
{
    static const double half_over_ln2 = 0.72134752044448170368;
    uint32_t counts[RANK_MAX + 1] = {0};
    for (uint32_t i = 0; i < REGISTERS; i++)
        counts[registers[i]]++;
    if (counts[0] == REGISTERS)
        return 0;
    double z = REGISTERS * tau(1 - (double)counts[RANK_MAX] / REGISTERS);
    for (unsigned rank = RANK_BITS; rank >= 1; rank--)
        z = 0.5 * (z + counts[rank]);
    z += REGISTERS * sigma((double)counts[0] / REGISTERS);
    return half_over_ln2 * REGISTERS * REGISTERS / z;
}

uint64_t ct_distinct_sketch_estimate(const struct ct_distinct_sketch *sketch)
{
    if (!sketch->registers)
        return sketch->hash_count;
    const double estimate = estimate_of(sketch->registers) + 0.5;
    return estimate < 1.8e19 ? (uint64_t)estimate : UINT64_MAX;
}

/* -- Stored form ------------------------------------------------------------------------------ */

size_t ct_distinct_sketch_size(const struct ct_distinct_sketch *sketch)
{
    return 1 + (sketch->registers ? REGISTERS_BYTES : sketch->hash_count * sizeof(uint64_t));
}

/* Four registers in three bytes, low bits first. */
static void write_registers(const uint8_t *registers, uint8_t *out)
{
    for (uint32_t i = 0; i < REGISTERS; i += 4, out += 3) {
        const uint32_t four = registers[i] | (uint32_t)registers[i + 1] << 6 |
                              (uint32_t)registers[i + 2] << 12 | (uint32_t)registers[i + 3] << 18;
        out[0] = (uint8_t)four;
        out[1] = (uint8_t)(four >> 8);
        out[2] = (uint8_t)(four >> 16);
    }
}

static uint8_t stored_register(const uint8_t *in, uint32_t i)
{
    const uint8_t *three = in + (size_t)i / 4 * 3;
    const uint32_t four = three[0] | (uint32_t)three[1] << 8 | (uint32_t)three[2] << 16;
    return four >> (i % 4 * REGISTER_BITS) & ((1u << REGISTER_BITS) - 1);
}

void ct_distinct_sketch_write(const struct ct_distinct_sketch *sketch, uint8_t *out)
{
    out[0] = sketch->registers ? FORM_REGISTERS : FORM_HASHES;
    if (sketch->registers)
        write_registers(sketch->registers, out + 1);
    else if (sketch->hash_count)
        memcpy(out + 1, sketch->hashes, sketch->hash_count * sizeof *sketch->hashes);
}

static ct_status merge_hashes(struct ct_distinct_sketch *sketch, const uint8_t *in, size_t len)
{
    if (len % sizeof(uint64_t) != 0 || len / sizeof(uint64_t) > CT_DISTINCT_EXACT)
        return CT_CORRUPT;
    for (size_t at = 0; at < len; at += sizeof(uint64_t)) {
        if (at && ct_load64(in + at) <= ct_load64(in + at - sizeof(uint64_t)))
            return CT_CORRUPT;
        CT_TRY(ct_distinct_sketch_add(sketch, ct_load64(in + at)));
    }
    return CT_OK;
}

static ct_status merge_registers(struct ct_distinct_sketch *sketch, const uint8_t *in, size_t len)
{
    if (len != REGISTERS_BYTES)
        return CT_CORRUPT;
    for (uint32_t i = 0; i < REGISTERS; i++)
        if (stored_register(in, i) > RANK_MAX)
            return CT_CORRUPT;
    if (!sketch->registers)
        CT_TRY(become_registers(sketch));
    for (uint32_t i = 0; i < REGISTERS; i++)
        raise_register(sketch->registers, i, stored_register(in, i));
    return CT_OK;
}

ct_status ct_distinct_sketch_merge_stored(struct ct_distinct_sketch *sketch, struct ct_text stored)
{
    if (stored.len == 0)
        return CT_CORRUPT;
    const uint8_t *in = (const uint8_t *)stored.bytes;
    switch (in[0]) {
    case FORM_HASHES:
        return merge_hashes(sketch, in + 1, stored.len - 1);
    case FORM_REGISTERS:
        return merge_registers(sketch, in + 1, stored.len - 1);
    default:
        return CT_CORRUPT;
    }
}

/* -- Values of vectors ------------------------------------------------------------------------ */

static struct ct_decimal decimal_at(const struct ct_vector *vector, uint32_t i)
{
    return (struct ct_decimal){
        .mantissa = vector->wide ? vector->wide[i] : vector->narrow[i],
        .scale = vector->scales ? vector->scales[i] : vector->scale,
    };
}

double ct_sketch_number(const struct ct_vector *vector, uint32_t i)
{
    switch (vector->type) {
    case CT_FLOAT64:
        return vector->float64[i];
    case CT_INT64:
        return (double)vector->int64[i];
    case CT_UINT64:
        return (double)vector->uint64[i];
    case CT_DECIMAL:
        return ct_decimal_to_double(decimal_at(vector, i));
    case CT_BOOL:
    case CT_STRING:
        break;
    }
    return 0;
}

static uint64_t hash_decimal(struct ct_decimal value)
{
    const struct ct_decimal least = ct_decimal_normalise(value);
    uint8_t bytes[17];
    memcpy(bytes, &least.mantissa, sizeof least.mantissa);
    bytes[16] = least.scale;
    return ct_hash(bytes, sizeof bytes, 0);
}

uint64_t ct_sketch_hash(const struct ct_vector *vector, uint32_t i)
{
    switch (vector->type) {
    case CT_FLOAT64: {
        const double value = vector->float64[i] + 0.0; /* -0 is 0 */
        return ct_hash(&value, sizeof value, 0);
    }
    case CT_INT64:
    case CT_UINT64:
        return ct_hash(&vector->int64[i], sizeof *vector->int64, 0);
    case CT_BOOL:
        return ct_hash(&vector->boolean[i], 1, 0);
    case CT_STRING:
        return ct_hash(vector->string[i].bytes, vector->string[i].len, 0);
    case CT_DECIMAL:
        return hash_decimal(decimal_at(vector, i));
    }
    return 0;
}
