/* Images built of random rows, and merged of images of their parts: every cell of every face is
 * what a model makes of all rows.
 *
 *     rollup_build_test [SEED] */
#include "rollup_fixture.h"

static uint64_t seed = 1;

#define ALL_GRAINS                                                                                 \
    (CT_GRAIN_BIT(CT_GRAIN_MINUTE) | CT_GRAIN_BIT(CT_GRAIN_HOUR) | CT_GRAIN_BIT(CT_GRAIN_DAY) |    \
     CT_GRAIN_BIT(CT_GRAIN_MONTH))

static const struct ct_rollup_set SETS[] = {
    {.tag_count = 0, .grains = ALL_GRAINS},
    {.tags = {1}, .tag_count = 1, .grains = ALL_GRAINS},
    {.tags = {0, 1}, .tag_count = 2, .grains = CT_GRAIN_BIT(CT_GRAIN_HOUR)},
    {.tags = {0, 1, 2, 3}, .tag_count = 4, .grains = CT_GRAIN_BIT(CT_GRAIN_DAY)},
    {.tags = {2},
     .tag_count = 1,
     .grains = CT_GRAIN_BIT(CT_GRAIN_HOUR) | CT_GRAIN_BIT(CT_GRAIN_MONTH),
     .sketches = {{2, CT_KEEP_QUANTILES},
                  {7, CT_KEEP_DISTINCT},
                  {12, CT_KEEP_QUANTILES},
                  {40, CT_KEEP_DISTINCT}},
     .sketch_count = 4},
    {.tags = {3}, .tag_count = 1, .grains = CT_GRAIN_BIT(CT_GRAIN_MONTH)},
};

static const struct ct_rollup_plan PLAN = {
    .sets = SETS,
    .set_count = CT_COUNT_OF(SETS),
    .columns = COLUMN_PLAN,
    .column_count = COLUMNS,
    .tag_count = TAGS,
    .effort = CT_EFFORT_FAST,
    .keeps_all = true,
};

static const struct shape SHAPES[] = {
    {.is_hourly = true, .is_full = true, .tag_values = 3, .days = 2},
    {.is_hourly = true, .tag_values = 2, .days = 40},
    {.is_full = true, .tag_values = 4, .days = 1},
    {.tag_values = 3, .days = 3},
    {.is_extreme = true, .tag_values = 2, .days = 60},
    {.is_extreme = true, .is_hourly = true, .is_full = true, .tag_values = 30, .days = 1},
};

static void every_cell_is_what_its_rows_make(void **state)
{
    (void)state;
    for (unsigned s = 0; s < CT_COUNT_OF(SHAPES); s++) {
        for (uint32_t count = 1; count < 500; count = count * 5 + 3) {
            struct rows *rows = random_rows(&SHAPES[s], count, seed + s * 1000 + count);
            uint8_t *bytes;
            size_t len;
            assert_int_equal(build(ct_allocator_system(), &PLAN, rows, 0, &bytes, &len), CT_OK);
            assert_every_face(bytes, len, &PLAN, rows);
            ct_release(ct_allocator_system(), bytes);
            free(rows);
        }
    }
}

#define PARTS 4

static void deal(struct rows *rows, struct sim_random *random)
{
    const uint64_t parts = 1 + sim_random_below(random, PARTS);
    for (uint32_t i = 0; i < rows->count; i++)
        rows->rows[i].image = (uint32_t)sim_random_below(random, parts);
}

static void build_parts(const struct rows *rows, uint8_t **bytes, struct ct_rollup_image **images)
{
    for (uint32_t i = 0; i < PARTS; i++) {
        size_t len;
        assert_int_equal(build(ct_allocator_system(), &PLAN, rows, i, &bytes[i], &len), CT_OK);
        assert_int_equal(
            ct_rollup_image_open(ct_allocator_system(), bytes[i], len, &images[i], NULL), CT_OK);
    }
}

static void shuffle(struct ct_rollup_image **images, struct sim_random *random)
{
    for (uint32_t i = PARTS; i > 1; i--) {
        const uint64_t other = sim_random_below(random, i);
        struct ct_rollup_image *image = images[other];
        images[other] = images[i - 1];
        images[i - 1] = image;
    }
}

/* Merged in two steps: some of them, and that with the rest. */
static void merge_all(struct ct_rollup_image **images, uint32_t first, uint8_t **out, size_t *len)
{
    uint8_t *bytes;
    struct ct_rollup_image *both[PARTS + 1] = {0};
    assert_int_equal(
        ct_rollup_merge(ct_allocator_system(), &PLAN, images, first, &bytes, len, NULL), CT_OK);
    assert_int_equal(ct_rollup_image_open(ct_allocator_system(), bytes, *len, &both[0], NULL),
                     CT_OK);
    for (uint32_t i = first; i < PARTS; i++)
        both[i - first + 1] = images[i];
    assert_int_equal(
        ct_rollup_merge(ct_allocator_system(), &PLAN, both, PARTS - first + 1, out, len, NULL),
        CT_OK);
    ct_rollup_image_close(both[0]);
    ct_release(ct_allocator_system(), bytes);
}

static void merging_parts_gives_the_whole_in_any_order(void **state)
{
    (void)state;
    struct sim_random random = sim_random_of(seed);
    for (unsigned round = 0; round < 3 * CT_COUNT_OF(SHAPES); round++) {
        const struct shape *shape = &SHAPES[round % CT_COUNT_OF(SHAPES)];
        struct rows *rows = random_rows(shape, 1 + (uint32_t)sim_random_below(&random, 300),
                                        sim_random_next(&random));
        uint8_t *parts[PARTS], *bytes;
        struct ct_rollup_image *images[PARTS];
        size_t len;
        deal(rows, &random);
        build_parts(rows, parts, images);
        shuffle(images, &random);
        merge_all(images, (uint32_t)sim_random_below(&random, PARTS + 1), &bytes, &len);
        assert_every_face(bytes, len, &PLAN, rows);
        for (uint32_t i = 0; i < PARTS; i++) {
            ct_rollup_image_close(images[i]);
            ct_release(ct_allocator_system(), parts[i]);
        }
        ct_release(ct_allocator_system(), bytes);
        free(rows);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    (void)printf("seed %llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_is_what_its_rows_make),
        cmocka_unit_test(merging_parts_gives_the_whole_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
