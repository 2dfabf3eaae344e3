/* Runs of equal steps: (start, step, count), as series that were sampled regularly give, one run a
 * series.
 *
 * Payload: a byte e: starts and steps are in units of 10^e ns; the number of runs (varint); for
 * each run the start less the previous run's start, the step less the previous run's step (zigzag
 * varints; before the first stand 0 and 0) and, but for the last run, the count less 1 (varint):
 * the last takes what is left. A run of one has the step of the run before it. All modulo 2^64
 * before the unit is taken off. */
#include "time/time_codec.h"

#define UNIT_EXPONENT_MAX 18

struct run {
    uint64_t start;
    uint64_t step;
    uint32_t count;
};

static uint32_t runs_max_of(uint32_t count)
{
    return count < 8 ? 1 : count / 8;
}

/* The run that begins at `first`; a single value takes `step_before`. */
static struct run run_at(const int64_t *values, uint32_t count, uint32_t first,
                         uint64_t step_before)
{
    struct run run = {.start = (uint64_t)values[first], .step = step_before, .count = 1};
    if (first + 1 == count)
        return run;
    run.step = (uint64_t)values[first + 1] - (uint64_t)values[first];
    uint32_t i = first + 2;
    while (i < count && (uint64_t)values[i] - (uint64_t)values[i - 1] == run.step)
        i++;
    run.count = i - first;
    return run;
}

/* 10^e divides start and step for every run: found by lowering e until it does. */
static unsigned lower_unit(unsigned exponent, uint64_t number)
{
    while (exponent && (int64_t)number % ct_pow10_int64[exponent] != 0)
        exponent--;
    return exponent;
}

struct layout {
    uint32_t runs;
    unsigned exponent;
};

static bool lay_out(const int64_t *values, uint32_t count, struct layout *layout)
{
    *layout = (struct layout){.exponent = UNIT_EXPONENT_MAX};
    struct run before = {0};
    for (uint32_t at = 0; at < count; at += before.count) {
        const struct run run = run_at(values, count, at, before.step);
        if (layout->runs++ == runs_max_of(count))
            return false;
        layout->exponent = lower_unit(layout->exponent, run.start - before.start);
        layout->exponent = lower_unit(layout->exponent, run.step - before.step);
        before = run;
    }
    return true;
}

static uint64_t in_units(uint64_t change, unsigned exponent)
{
    return ct_zigzag((int64_t)change / ct_pow10_int64[exponent]);
}

size_t ct_regular_analyse(const int64_t *values, uint32_t count)
{
    struct layout layout;
    if (!lay_out(values, count, &layout))
        return SIZE_MAX;
    size_t size = 2 + ct_varint_len(layout.runs);
    struct run before = {0};
    for (uint32_t at = 0; at < count; at += before.count) {
        const struct run run = run_at(values, count, at, before.step);
        size += ct_varint_len(in_units(run.start - before.start, layout.exponent)) +
                ct_varint_len(in_units(run.step - before.step, layout.exponent));
        if (at + run.count < count)
            size += ct_varint_len(run.count - 1);
        before = run;
    }
    return size;
}

void ct_regular_encode(const int64_t *values, uint32_t count, struct ct_writer *w)
{
    struct layout layout;
    const bool is_regular = lay_out(values, count, &layout);
    CT_ASSERT(is_regular);
    ct_write8(w, CT_TIME_REGULAR);
    ct_write8(w, (uint8_t)layout.exponent);
    ct_write_varint(w, layout.runs);
    struct run before = {0};
    for (uint32_t at = 0; at < count; at += before.count) {
        const struct run run = run_at(values, count, at, before.step);
        ct_write_varint(w, in_units(run.start - before.start, layout.exponent));
        ct_write_varint(w, in_units(run.step - before.step, layout.exponent));
        if (at + run.count < count)
            ct_write_varint(w, run.count - 1);
        before = run;
    }
}

struct run_reader {
    struct ct_reader *reader;
    uint64_t unit;
    uint32_t runs_left;
    uint32_t values_left;
    uint64_t start, step;
};

static bool runs_open(struct run_reader *runs, struct ct_reader *r, uint32_t count)
{
    const unsigned exponent = ct_read8(r);
    const uint32_t run_count = (uint32_t)ct_read_varint_max(r, runs_max_of(count));
    if (r->is_bad || exponent > UNIT_EXPONENT_MAX || run_count == 0)
        return false;
    *runs = (struct run_reader){.reader = r,
                                .unit = (uint64_t)ct_pow10_int64[exponent],
                                .runs_left = run_count,
                                .values_left = count};
    return true;
}

static bool runs_next(struct run_reader *runs, struct run *run)
{
    runs->start += runs->unit * (uint64_t)ct_read_svarint(runs->reader);
    runs->step += runs->unit * (uint64_t)ct_read_svarint(runs->reader);
    runs->runs_left--;
    uint64_t count = runs->values_left;
    if (runs->runs_left) {
        count = ct_read_varint(runs->reader);
        if (count >= runs->values_left || ++count == runs->values_left)
            return false;
    }
    runs->values_left -= (uint32_t)count;
    *run = (struct run){runs->start, runs->step, (uint32_t)count};
    return !runs->reader->is_bad;
}

ct_status ct_regular_decode(struct ct_reader *r, uint32_t count, int64_t *out)
{
    struct run_reader runs;
    if (!runs_open(&runs, r, count))
        return CT_CORRUPT;
    while (runs.runs_left) {
        struct run run;
        if (!runs_next(&runs, &run))
            return CT_CORRUPT;
        for (uint32_t i = 0; i < run.count; i++)
            out[i] = (int64_t)(run.start + i * run.step);
        out += run.count;
    }
    return CT_OK;
}

ct_status ct_regular_check(struct ct_reader *r, uint32_t count)
{
    struct run_reader runs;
    if (!runs_open(&runs, r, count))
        return CT_CORRUPT;
    while (runs.runs_left) {
        struct run run;
        if (!runs_next(&runs, &run))
            return CT_CORRUPT;
    }
    return CT_OK;
}
