/* Entropy coding of symbols by table-based asymmetric numeral systems (tANS, after Duda; the spread
 * and the table layout are those of Collet's FSE). Layer codec only.
 *
 * CT_ANS_WAYS states take turns, symbol i using state i % CT_ANS_WAYS: their chains run side by
 * side. The encoder works from the last symbol to the first and then writes its bits in reading
 * order, so that the decoder reads forwards. It begins with both states 0; a decoder that does not
 * end there has read something else than an encoding.
 *
 * Frequencies are stored coarsely, as weights with two significant bits behind the first: that
 * costs some thousandths of the size, and a table of 30 symbols takes 15 bytes. Both sides derive
 * the same exact frequencies from the weights. */
#ifndef CT_ANS_H
#define CT_ANS_H

#include "bytes.h"

#define CT_ANS_WAYS        4
#define CT_ANS_SYMBOLS_MAX 256
#define CT_ANS_LOG_MIN     5
#define CT_ANS_LOG_MAX     10
#define CT_ANS_STATES_MAX  (1 << CT_ANS_LOG_MAX)
#define CT_ANS_COUNT_MAX   2112

struct ct_ans_cell {
    uint16_t base;
    uint8_t symbol;
    uint8_t width;
};

/* Tables and the encoder's bits; rebuilt for every block. */
struct ct_ans {
    unsigned symbol_count;
    unsigned log; /* 2^log states */
    uint8_t weights[CT_ANS_SYMBOLS_MAX];
    uint16_t frequencies[CT_ANS_SYMBOLS_MAX];
    struct ct_ans_cell cells[CT_ANS_STATES_MAX];
    uint16_t next_state[CT_ANS_STATES_MAX]; /* encoder: states by symbol, ascending */
    int32_t find_state[CT_ANS_SYMBOLS_MAX]; /* encoder: where a symbol's states begin */
    uint32_t width_bound[CT_ANS_SYMBOLS_MAX];
    uint16_t bits[CT_ANS_COUNT_MAX];
    uint8_t widths[CT_ANS_COUNT_MAX];
};

/* Chooses weights and log for a histogram of `total` symbols, at least two of them different. */
void ct_ans_plan(struct ct_ans *ans, const uint32_t *histogram, unsigned symbol_count,
                 uint32_t total);

/* Writes the table that ct_ans_plan chose, then the symbols. */
void ct_ans_encode(struct ct_ans *ans, const uint8_t *symbols, uint32_t count, struct ct_writer *w);

/* Reads both; every symbol given is below ans->symbol_count. `symbols` has 8 elements of room
 * behind count. */
ct_status ct_ans_decode(struct ct_ans *ans, struct ct_reader *r, uint32_t count,
                        uint8_t *symbols) CT_MUST_USE;

#endif
