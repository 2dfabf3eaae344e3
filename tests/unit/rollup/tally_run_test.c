/* The quick ways into a tally give what the general one gives, or nothing.
 *
 *     tally_run_test [SEED] */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim_random.h"
#include "tally.h"

#define CELLS   24
#define COLUMNS 3

static uint64_t seed = 1;

static const struct ct_rollup_column PLAN[COLUMNS] = {
    {0, CT_INT64}, {1, CT_DECIMAL}, {2, CT_FLOAT64}};

/* Rows as a view, with room of its own. */
struct sample {
    int64_t times_ns[CELLS];
    int64_t numbers[COLUMNS][CELLS];
    int64_t counts[CELLS];
    double floats[CELLS];
    struct ct_view_column columns[COLUMNS];
    struct ct_tally_view view;
};

static int64_t random_number(struct sim_random *random, bool is_large)
{
    const int64_t small = (int64_t)sim_random_below(random, 1000) - 500;
    return is_large && sim_random_chance(random, 8) ? INT64_MAX / 3 + small : small;
}

static void fill(struct sample *sample, struct sim_random *random, bool is_large)
{
    const bool has_gaps = sim_random_chance(random, 6);
    for (uint32_t i = 0; i < CELLS; i++) {
        sample->times_ns[i] = (int64_t)i * 100;
        sample->counts[i] = !sim_random_chance(random, 4);
        sample->floats[i] = (double)random_number(random, false) / 8;
        for (unsigned c = 0; c < 2; c++)
            sample->numbers[c][i] = random_number(random, is_large);
        sample->numbers[2][i] = ct_key_of_double(sample->floats[i]);
    }
    for (unsigned c = 0; c < COLUMNS; c++) {
        const int64_t *keys = sample->numbers[c];
        sample->columns[c] = (struct ct_view_column){
            .type = PLAN[c].type,
            .is_empty = sim_random_chance(random, 9),
            .scale = c == 1 ? 2 + sim_random_chance(random, 9) : 0,
            .counts = has_gaps ? sample->counts : NULL,
            .sums = c < 2 ? keys : NULL,
            .float_sums = c < 2 ? NULL : sample->floats,
            .keys = {keys, keys},
        };
    }
    sample->view = (struct ct_tally_view){.count = CELLS,
                                          .times_ns = {sample->times_ns, sample->times_ns},
                                          .columns = sample->columns};
}

static struct ct_tally new_tally(uint32_t column_count)
{
    struct ct_tally tally;
    assert_int_equal(ct_tally_init(&tally, ct_allocator_system(), NULL, PLAN, column_count), CT_OK);
    assert_int_equal(ct_tally_extend(&tally, CELLS), CT_OK);
    return tally;
}

static void assert_column_alike(const struct ct_view_column *a, const struct ct_view_column *b,
                                bool is_split)
{
    assert_int_equal(a->is_empty, b->is_empty);
    if (a->is_empty)
        return;
    assert_int_equal(a->scale, b->scale);
    assert_int_equal(a->counts != NULL, b->counts != NULL);
    for (uint32_t i = 0; i < CELLS; i++) {
        if (a->counts)
            assert_int_equal(a->counts[i], b->counts[i]);
        if (a->float_sums)
            assert_true(a->float_sums[i] == b->float_sums[i]);
        else
            assert_true((a->wide_sums ? a->wide_sums[i] : a->sums[i]) ==
                        (b->wide_sums ? b->wide_sums[i] : b->sums[i]));
        for (unsigned e = 0; e < (is_split ? CT_EXTREMES : CT_FIRST); e++) {
            assert_int_equal(a->wide[e] != NULL, b->wide[e] != NULL);
            assert_true(a->wide[e] ? a->wide[e][i] == b->wide[e][i]
                                   : a->keys[e][i] == b->keys[e][i]);
        }
        for (unsigned end = 0; is_split && end < 2; end++)
            assert_int_equal(a->times_ns[end][i], b->times_ns[end][i]);
    }
}

static void assert_alike(const struct ct_tally *a, const struct ct_tally *b)
{
    struct ct_view_column columns_a[COLUMNS], columns_b[COLUMNS];
    struct ct_tally_view view_a, view_b;
    assert_int_equal(a->cell_count, b->cell_count);
    assert_int_equal(a->is_split, b->is_split);
    ct_tally_view_of(a, 0, a->cell_count, columns_a, &view_a);
    ct_tally_view_of(b, 0, b->cell_count, columns_b, &view_b);
    for (uint32_t i = 0; i < a->cell_count; i++) {
        assert_int_equal(a->rows[i], b->rows[i]);
        assert_int_equal(a->times_ns[0][i], b->times_ns[0][i]);
        assert_int_equal(a->times_ns[1][i], b->times_ns[1][i]);
    }
    if (a->cell_count == CELLS)
        for (uint32_t c = 0; c < a->column_count; c++)
            assert_column_alike(&columns_a[c], &columns_b[c], a->is_split);
}

static void a_run_gives_what_adding_gives(void **state)
{
    (void)state;
    struct sim_random random = sim_random_of(seed);
    uint32_t quick = 0, refused = 0, at[CELLS];
    for (uint32_t i = 0; i < CELLS; i++)
        at[i] = i;
    for (unsigned round = 0; round < 300; round++) {
        struct ct_tally general = new_tally(2), run = new_tally(2);
        for (unsigned step = 0; step < 12; step++) {
            struct sample sample;
            fill(&sample, &random, round % 2 == 0);
            assert_int_equal(ct_tally_add(&general, &sample.view, at), CT_OK);
            if (step && ct_tally_add_run(&run, &sample.view, 0)) {
                quick++;
            } else {
                refused++;
                assert_int_equal(ct_tally_add(&run, &sample.view, at), CT_OK);
            }
            assert_alike(&general, &run);
        }
        ct_tally_deinit(&general);
        ct_tally_deinit(&run);
    }
    assert_true(quick > 100 && refused > 100);
}

static void a_row_of_another_time_is_no_run(void **state)
{
    (void)state;
    struct sim_random random = sim_random_of(seed);
    struct ct_tally tally = new_tally(2);
    struct sample sample;
    uint32_t at[CELLS];
    for (uint32_t i = 0; i < CELLS; i++)
        at[i] = i;
    do
        fill(&sample, &random, false);
    while (sample.columns[0].counts || sample.columns[0].is_empty || sample.columns[1].is_empty);
    assert_int_equal(ct_tally_add(&tally, &sample.view, at), CT_OK);
    assert_true(ct_tally_add_run(&tally, &sample.view, 0));
    sample.times_ns[CELLS - 1]++;
    assert_false(ct_tally_add_run(&tally, &sample.view, 0));
    assert_int_equal(tally.rows[0], 2);
    ct_tally_deinit(&tally);
}

/* at[] of random stretches; returns how many cells. */
static uint32_t cut(uint32_t *at, struct sim_random *random)
{
    uint32_t cell = 0;
    for (uint32_t i = 0; i < CELLS; i++) {
        cell += i && sim_random_chance(random, 3);
        at[i] = cell;
    }
    return cell + 1;
}

static void reducing_gives_what_adding_gives(void **state)
{
    (void)state;
    struct sim_random random = sim_random_of(seed + 1);
    struct ct_tally reduced = new_tally(COLUMNS);
    for (unsigned round = 0; round < 2000; round++) {
        struct ct_tally general = new_tally(COLUMNS);
        struct sample sample;
        uint32_t at[CELLS];
        fill(&sample, &random, round % 2 == 0);
        const uint32_t cells = cut(at, &random);
        if (sim_random_chance(&random, 5)) /* not ascending */
            sample.times_ns[sim_random_below(&random, CELLS)] = 700;
        assert_int_equal(ct_tally_add(&general, &sample.view, at), CT_OK);
        assert_int_equal(ct_tally_reduce(&reduced, &sample.view, at, cells), CT_OK);
        assert_int_equal(ct_tally_extend(&reduced, CELLS), CT_OK); /* the rest has no rows */
        assert_alike(&general, &reduced);
        ct_tally_deinit(&general);
    }
    ct_tally_deinit(&reduced);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    (void)printf("seed %llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_gives_what_adding_gives),
        cmocka_unit_test(a_row_of_another_time_is_no_run),
        cmocka_unit_test(reducing_gives_what_adding_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
