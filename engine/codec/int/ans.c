/* tANS: weights to frequencies, frequencies to tables, symbols to bits and back. */
#include "int/ans.h"

#include "bitpack/bitpack.h"

/* Weight code 0 is "never"; codes 1 to 4 are 1 to 4; from there each octave has four: 5 6 7 8, 10
 * 12 14 16, ... */
#define WEIGHT_CODE_MAX 44
/* Differences of neighbouring codes are Rice numbers of this many low bits. */
#define RICE_BITS 1

static uint32_t weight_of_code(unsigned code)
{
    if (code <= 4)
        return code;
    const unsigned octave = (code - 5) / 4;
    return (5 + (code - 5) % 4) << octave;
}

static uint8_t code_of_weight(uint32_t weight)
{
    unsigned code = 0;
    while (code < WEIGHT_CODE_MAX && weight_of_code(code + 1) <= weight)
        code++;
    const uint32_t below = weight - weight_of_code(code);
    if (code < WEIGHT_CODE_MAX && weight_of_code(code + 1) - weight < below)
        code++;
    return (uint8_t)(code == 0 && weight ? 1 : code);
}

/* Takes `excess` states back, one from each symbol in turn that has more than one. */
static bool take_back(struct ct_ans *ans, int64_t excess)
{
    bool is_progress = true;
    while (excess > 0 && is_progress) {
        is_progress = false;
        for (unsigned s = 0; s < ans->symbol_count && excess > 0; s++) {
            if (ans->frequencies[s] > 1) {
                ans->frequencies[s]--;
                excess--;
                is_progress = true;
            }
        }
    }
    return excess == 0;
}

/* Shares 2^log states out by weight, at least one for each symbol that occurs. What rounding leaves
 * over goes to the largest; what it overdraws comes from the largest, or from all where that would
 * halve it. False where it cannot be done: more symbols than states, or none. */
static bool set_frequencies(struct ct_ans *ans)
{
    uint64_t total = 0;
    for (unsigned s = 0; s < ans->symbol_count; s++)
        total += weight_of_code(ans->weights[s]);
    if (total == 0)
        return false;
    int64_t left = INT64_C(1) << ans->log;
    unsigned largest = 0;
    for (unsigned s = 0; s < ans->symbol_count; s++) {
        const uint64_t share = ((uint64_t)weight_of_code(ans->weights[s]) << ans->log) / total;
        ans->frequencies[s] = (uint16_t)(ans->weights[s] && share == 0 ? 1 : share);
        left -= ans->frequencies[s];
        if (ans->frequencies[s] > ans->frequencies[largest])
            largest = s;
    }
    if (left < 0 && -left >= ans->frequencies[largest] / 2)
        return take_back(ans, -left);
    ans->frequencies[largest] = (uint16_t)(ans->frequencies[largest] + left);
    return true;
}

/* Symbols are spread over the states by a step that is odd, so it meets every state once. */
static void spread_symbols(struct ct_ans *ans)
{
    const uint32_t size = UINT32_C(1) << ans->log;
    const uint32_t step = (size >> 1) + (size >> 3) + 3;
    uint32_t at = 0;
    for (unsigned s = 0; s < ans->symbol_count; s++) {
        for (unsigned i = 0; i < ans->frequencies[s]; i++) {
            ans->cells[at].symbol = (uint8_t)s;
            at = (at + step) & (size - 1);
        }
    }
}

static void build_decoder(struct ct_ans *ans)
{
    const uint32_t size = UINT32_C(1) << ans->log;
    uint16_t next[CT_ANS_SYMBOLS_MAX];
    memcpy(next, ans->frequencies, sizeof next);
    for (uint32_t state = 0; state < size; state++) {
        struct ct_ans_cell *cell = &ans->cells[state];
        const uint32_t x = next[cell->symbol]++;
        cell->width = (uint8_t)(ans->log + 1 - ct_bit_width(x));
        cell->base = (uint16_t)((x << cell->width) - size);
    }
}

static void build_encoder(struct ct_ans *ans)
{
    const uint32_t size = UINT32_C(1) << ans->log;
    uint16_t begin[CT_ANS_SYMBOLS_MAX];
    uint32_t total = 0;
    for (unsigned s = 0; s < ans->symbol_count; s++) {
        const uint32_t frequency = ans->frequencies[s];
        begin[s] = (uint16_t)total;
        ans->find_state[s] = (int32_t)total - (int32_t)frequency;
        if (frequency) {
            const unsigned width = ans->log - (ct_bit_width(frequency) - 1);
            /* (state + bound) >> 16 is the bits to shed: width, or one less for small states */
            ans->width_bound[s] = ((uint32_t)width << 16) - (frequency << width);
        }
        total += frequency;
    }
    for (uint32_t state = 0; state < size; state++)
        ans->next_state[begin[ans->cells[state].symbol]++] = (uint16_t)(size + state);
}

void ct_ans_plan(struct ct_ans *ans, const uint32_t *histogram, unsigned symbol_count,
                 uint32_t total)
{
    unsigned used = 0;
    ans->symbol_count = symbol_count;
    for (unsigned s = 0; s < symbol_count; s++) {
        ans->weights[s] = code_of_weight(histogram[s]);
        used += histogram[s] != 0;
    }
    const unsigned by_symbols = ct_bit_width(used) + 2;
    const unsigned by_total = total < 256 ? 7 : 8;
    unsigned log = by_symbols > by_total ? by_symbols : by_total;
    ans->log = log > CT_ANS_LOG_MAX ? CT_ANS_LOG_MAX : log;
}

static void write_table(const struct ct_ans *ans, struct ct_bit_writer *bits)
{
    unsigned last = 0;
    for (unsigned s = 0; s < ans->symbol_count; s++) {
        const uint64_t change = ct_zigzag((int64_t)ans->weights[s] - (int64_t)last);
        const unsigned ones = (unsigned)(change >> RICE_BITS);
        for (unsigned i = 0; i < ones; i++)
            ct_bit_put(bits, 1, 1);
        ct_bit_put(bits, 0, 1);
        ct_bit_put(bits, change & ((1u << RICE_BITS) - 1), RICE_BITS);
        last = ans->weights[s];
    }
}

static bool read_table(struct ct_ans *ans, struct ct_bit_reader *bits)
{
    int64_t last = 0;
    for (unsigned s = 0; s < ans->symbol_count; s++) {
        uint64_t change = 0;
        while (change <= 2 * WEIGHT_CODE_MAX && ct_bit_get(bits, 1))
            change++;
        change = change << RICE_BITS | ct_bit_get(bits, RICE_BITS);
        last += ct_unzigzag(change);
        if (last < 0 || last > WEIGHT_CODE_MAX)
            return false;
        ans->weights[s] = (uint8_t)last;
    }
    return true;
}

void ct_ans_encode(struct ct_ans *ans, const uint8_t *symbols, uint32_t count, struct ct_writer *w)
{
    const bool is_fitting = set_frequencies(ans);
    CT_ASSERT(is_fitting && count <= CT_ANS_COUNT_MAX);
    spread_symbols(ans);
    build_encoder(ans);
    const uint32_t size = UINT32_C(1) << ans->log;
    uint32_t states[CT_ANS_WAYS] = {size, size, size, size};
    for (uint32_t i = count; i-- > 0;) {
        const unsigned s = symbols[i];
        uint32_t *state = &states[i % CT_ANS_WAYS];
        const unsigned width = (*state + ans->width_bound[s]) >> 16;
        ans->widths[i] = (uint8_t)width;
        ans->bits[i] = (uint16_t)(*state & ((1u << width) - 1));
        *state = ans->next_state[(int32_t)(*state >> width) + ans->find_state[s]];
    }
    struct ct_bit_writer bits = {.writer = w};
    ct_write8(w, (uint8_t)(ans->symbol_count - 1));
    ct_bit_put(&bits, ans->log, 4);
    write_table(ans, &bits);
    for (unsigned i = 0; i < CT_ANS_WAYS; i++)
        ct_bit_put(&bits, states[i] - size, ans->log);
    for (uint32_t i = 0; i < count; i++)
        ct_bit_put(&bits, ans->bits[i], ans->widths[i]);
    ct_bit_finish(&bits);
}

static inline uint32_t step(const struct ct_ans_cell *cells, uint32_t state, uint64_t *word,
                            unsigned *used, uint8_t *symbol)
{
    const struct ct_ans_cell cell = cells[state];
    const uint32_t low = (uint32_t)*word & ((1u << cell.width) - 1);
    *word >>= cell.width;
    *used += cell.width;
    *symbol = cell.symbol;
    return cell.base + low;
}

/* Four symbols of up to ten bits each from one load of 57 or more. */
static void decode_symbols(const struct ct_ans *ans, struct ct_bit_reader *bits, uint32_t count,
                           uint32_t states[CT_ANS_WAYS], uint8_t *symbols)
{
    uint32_t a = states[0];
    uint32_t b = states[1];
    uint32_t c = states[2];
    uint32_t d = states[3];
    uint32_t i = 0;
    for (; i + 4 <= count; i += 4) {
        uint64_t word = ct_bit_peek(bits);
        unsigned used = 0;
        a = step(ans->cells, a, &word, &used, symbols + i);
        b = step(ans->cells, b, &word, &used, symbols + i + 1);
        c = step(ans->cells, c, &word, &used, symbols + i + 2);
        d = step(ans->cells, d, &word, &used, symbols + i + 3);
        bits->at += used;
    }
    states[0] = a;
    states[1] = b;
    states[2] = c;
    states[3] = d;
    for (; i < count; i++) {
        uint64_t word = ct_bit_peek(bits);
        unsigned used = 0;
        uint32_t *state = &states[i % CT_ANS_WAYS];
        *state = step(ans->cells, *state, &word, &used, symbols + i);
        bits->at += used;
    }
}

ct_status ct_ans_decode(struct ct_ans *ans, struct ct_reader *r, uint32_t count, uint8_t *symbols)
{
    ans->symbol_count = (unsigned)ct_read8(r) + 1;
    struct ct_bit_reader bits = {.bytes = r->at, .len = ct_reader_left(r)};
    ans->log = (unsigned)ct_bit_get(&bits, 4);
    if (r->is_bad || ans->log < CT_ANS_LOG_MIN || ans->log > CT_ANS_LOG_MAX ||
        !read_table(ans, &bits) || !set_frequencies(ans))
        return CT_CORRUPT;
    spread_symbols(ans);
    build_decoder(ans);
    uint32_t states[CT_ANS_WAYS];
    for (unsigned i = 0; i < CT_ANS_WAYS; i++)
        states[i] = (uint32_t)ct_bit_get(&bits, ans->log);
    decode_symbols(ans, &bits, count, states, symbols);
    if ((states[0] | states[1] | states[2] | states[3]) != 0)
        return CT_CORRUPT;
    /* the stream ends with the byte of its last bit */
    const size_t len = (bits.at + 7) / 8;
    if (len > bits.len)
        return CT_CORRUPT;
    bits.len = len;
    if (!ct_bit_is_at_end(&bits) || !ct_read_bytes(r, len))
        return CT_CORRUPT;
    return CT_OK;
}
