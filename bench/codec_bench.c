/* How fast blocks of each type are encoded and decoded, and how small they get. One block of a
 * shape at a time, which stays in the first cache: what is measured is the codec. */
#include <stdio.h>
#include <stdlib.h>

#include "benchmark_shim.h"
#include "codec.h"
#include "int/int_codec.h"
#include "sim_random.h"

#define ROOM   (CT_BLOCK_VALUES_MAX + CT_BLOCK_VALUES_PAD)
#define VALUES 1000

static int64_t numbers[ROOM], numbers_back[ROOM], prices[ROOM];
static double doubles[ROOM], doubles_back[ROOM];
static uint8_t scales[ROOM], out[24 * ROOM];

static struct ct_codec_scratch *scratch_of(void)
{
    static struct ct_codec_scratch *scratch;
    if (!scratch)
        scratch = ct_codec_scratch_create(ct_allocator_system());
    if (!scratch)
        abort();
    return scratch;
}

/* -- Shapes of the blocks that the targets are about. */

static int64_t bell(struct sim_random *random, int64_t spread)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < 6; i++)
        sum += (int64_t)sim_random_below(random, (uint64_t)spread * 2 + 1) - spread;
    return sum / 2;
}

/* An hourly charge: a day's wave and noise. */
static int64_t charge(struct sim_random *random, uint32_t i)
{
    const int64_t hour = i % 24 < 12 ? i % 24 : 24 - i % 24;
    return 400000 + hour * 20000 + bell(random, 9000);
}

static void fill_charges(struct sim_random *random)
{
    for (uint32_t i = 0; i < VALUES; i++)
        numbers[i] = charge(random, i);
}

/* A gauge with a decimal, such as a percentage. */
static void fill_gauge(struct sim_random *random)
{
    int64_t at = 500;
    for (uint32_t i = 0; i < VALUES; i++)
        numbers[i] = at += bell(random, 6);
}

/* Three series of whole percents. */
static void fill_percents(struct sim_random *random)
{
    int64_t at = 0;
    for (uint32_t i = 0; i < VALUES; i++) {
        at = i % 360 == 0 ? (int64_t)sim_random_below(random, 100) : at + bell(random, 1) / 2;
        numbers[i] = at;
    }
}

static void fill_counter(struct sim_random *random)
{
    int64_t at = 1000000;
    for (uint32_t i = 0; i < VALUES; i++)
        numbers[i] = at += (int64_t)sim_random_below(random, 5000);
}

static void fill_noise(struct sim_random *random)
{
    for (uint32_t i = 0; i < VALUES; i++)
        numbers[i] = (int64_t)sim_random_next(random);
}

struct subject {
    const char *name;
    void (*fill)(struct sim_random *random);
};

static const struct subject subjects[] = {
    {"charges", fill_charges}, {"gauge", fill_gauge}, {"percents", fill_percents},
    {"counter", fill_counter}, {"noise", fill_noise},
};

static void prepare(const struct subject *subject)
{
    struct sim_random random = sim_random_of(1);
    subject->fill(&random);
    for (uint32_t i = 0; i < VALUES; i++) {
        doubles[i] = (double)numbers[i] / 10;
        scales[i] = 6;
    }
}

static void report(struct ct_bench_run *run, size_t len)
{
    ct_bench_items(run, VALUES);
    ct_bench_figure(run, "bytes_per_value", (double)len / VALUES);
}

/* -- Whole blocks. */

static void encode_ints(struct ct_bench_run *run, const void *subject, enum ct_effort effort)
{
    prepare(subject);
    size_t len = 0;
    while (ct_bench_next(run)) {
        len = ct_int_encode(numbers, VALUES, effort, scratch_of(), out);
        ct_bench_use(out);
    }
    report(run, len);
}

static void int_encode_fast(struct ct_bench_run *run, const void *subject)
{
    encode_ints(run, subject, CT_EFFORT_FAST);
}

static void int_encode_small(struct ct_bench_run *run, const void *subject)
{
    encode_ints(run, subject, CT_EFFORT_SMALL);
}

static void decode_ints(struct ct_bench_run *run, const void *subject, enum ct_effort effort)
{
    prepare(subject);
    const size_t len = ct_int_encode(numbers, VALUES, effort, scratch_of(), out);
    while (ct_bench_next(run)) {
        if (ct_int_decode(out, len, VALUES, scratch_of(), numbers_back) != CT_OK)
            ct_bench_fail(run, "what was encoded does not decode");
        ct_bench_use(numbers_back);
    }
    report(run, len);
}

static void int_decode_fast(struct ct_bench_run *run, const void *subject)
{
    decode_ints(run, subject, CT_EFFORT_FAST);
}

static void int_decode_small(struct ct_bench_run *run, const void *subject)
{
    decode_ints(run, subject, CT_EFFORT_SMALL);
}

static void float_encode(struct ct_bench_run *run, const void *subject)
{
    prepare(subject);
    size_t len = 0;
    while (ct_bench_next(run)) {
        len = ct_float_encode(doubles, VALUES, CT_EFFORT_FAST, scratch_of(), out);
        ct_bench_use(out);
    }
    report(run, len);
}

static void float_decode(struct ct_bench_run *run, const void *subject)
{
    prepare(subject);
    const size_t len = ct_float_encode(doubles, VALUES, CT_EFFORT_FAST, scratch_of(), out);
    while (ct_bench_next(run)) {
        if (ct_float_decode(out, len, VALUES, scratch_of(), doubles_back) != CT_OK)
            ct_bench_fail(run, "what was encoded does not decode");
        ct_bench_use(doubles_back);
    }
    report(run, len);
}

static void decimal_encode(struct ct_bench_run *run, const void *subject)
{
    prepare(subject);
    size_t len = 0;
    while (ct_bench_next(run)) {
        len = ct_decimal_encode_narrow(numbers, scales, VALUES, CT_EFFORT_FAST, scratch_of(), out);
        ct_bench_use(out);
    }
    report(run, len);
}

/* -- One block computed from another: charges of a price of eight digits. */

static void prepare_derived(void)
{
    prepare(&subjects[0]);
    for (uint32_t i = 0; i < VALUES; i++)
        prices[i] = (numbers[i] * 12345679 + 5000000) / 10000000;
}

static void derived_encode(struct ct_bench_run *run, const void *argument)
{
    (void)argument;
    prepare_derived();
    size_t len = 0;
    while (ct_bench_next(run)) {
        len = ct_derived_encode(numbers, 4, prices, 6, VALUES, SIZE_MAX, scratch_of(), out);
        ct_bench_use(out);
    }
    report(run, len);
}

static void derived_decode(struct ct_bench_run *run, const void *argument)
{
    (void)argument;
    prepare_derived();
    struct ct_decimal_block block = {.narrow = numbers_back};
    const size_t len =
        ct_derived_encode(numbers, 4, prices, 6, VALUES, SIZE_MAX, scratch_of(), out);
    while (ct_bench_next(run)) {
        if (ct_derived_decode(out, len, VALUES, numbers, 4, scratch_of(), &block) != CT_OK)
            ct_bench_fail(run, "what was encoded does not decode");
        ct_bench_use(numbers_back);
    }
    report(run, len);
}

/* -- Kernels, by width. */

struct kernel_subject {
    char name[40];
    const struct ct_kernels *kernels;
    unsigned width;
};

static void unpack(struct ct_bench_run *run, const void *argument)
{
    const struct kernel_subject *subject = argument;
    struct sim_random random = sim_random_of(2);
    for (uint32_t i = 0; i < 1024; i++)
        numbers[i] = (int64_t)(sim_random_next(&random) >> (64 - subject->width));
    struct ct_writer w = ct_writer_of(out, sizeof out);
    ct_bitpack_write(&w, numbers, 1024, 0, subject->width);
    while (ct_bench_next(run)) {
        subject->kernels->unpack(out, ct_writer_len(&w), subject->width, 1024, 12345, numbers_back);
        ct_bench_use(numbers_back);
    }
    ct_bench_items(run, 1024);
}

static void define_unpack(const struct ct_kernels *kernels)
{
    static struct kernel_subject kernel_subjects[32];
    static size_t count;
    static const unsigned widths[] = {1, 4, 8, 13, 17, 24, 32, 40, 57, 64};
    for (size_t i = 0; i < CT_COUNT_OF(widths) && count < CT_COUNT_OF(kernel_subjects); i++) {
        struct kernel_subject *subject = &kernel_subjects[count++];
        (void)snprintf(subject->name, sizeof subject->name, "unpack/%s/%u", kernels->name,
                       widths[i]);
        subject->kernels = kernels;
        subject->width = widths[i];
        ct_bench_add(subject->name, unpack, subject);
    }
}

static void define_each(const char *family, ct_bench_function function)
{
    for (size_t i = 0; i < CT_COUNT_OF(subjects); i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s/%s", family, subjects[i].name);
        ct_bench_add(name, function, &subjects[i]);
    }
}

void ct_bench_define(void)
{
    define_unpack(&ct_kernels_plain);
    define_unpack(ct_kernels_best());
    define_each("int_encode_fast", int_encode_fast);
    define_each("int_encode_small", int_encode_small);
    define_each("int_decode_fast", int_decode_fast);
    define_each("int_decode_small", int_decode_small);
    define_each("float_encode", float_encode);
    define_each("float_decode", float_decode);
    define_each("decimal_encode", decimal_encode);
    ct_bench_add("derived_encode/charges", derived_encode, NULL);
    ct_bench_add("derived_decode/charges", derived_decode, NULL);
}
