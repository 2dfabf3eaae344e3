/* Faces that are left out, whole (R3), while those that could be made from them stay and are right;
 * and what a reader gets that asks for little or for what is not there. */
#include "builder.h"
#include "rollup_fixture.h"

#define HOUR  CT_GRAIN_BIT(CT_GRAIN_HOUR)
#define MONTH CT_GRAIN_BIT(CT_GRAIN_MONTH)

static const struct ct_rollup_column MONEY[] = {{4, CT_DECIMAL}};

static const struct ct_rollup_set SETS[] = {
    {.tag_count = 0, .grains = HOUR | MONTH},
    {.tags = {0}, .tag_count = 1, .grains = HOUR | MONTH},
    {.tags = {1}, .tag_count = 1, .grains = MONTH},
    {.tags = {0, 1}, .tag_count = 2, .grains = HOUR},
};

static struct ct_rollup_plan plan_of(bool keeps_all)
{
    return (struct ct_rollup_plan){.sets = SETS,
                                   .set_count = CT_COUNT_OF(SETS),
                                   .columns = MONEY,
                                   .column_count = 1,
                                   .tag_count = 2,
                                   .keeps_all = keeps_all};
}

static struct ct_rollup_builder *begin(const struct ct_rollup_plan *plan)
{
    struct ct_rollup_builder *builder;
    assert_int_equal(ct_rollup_builder_create(ct_allocator_system(), plan, &builder, NULL), CT_OK);
    return builder;
}

static void give(struct ct_rollup_builder *builder, uint32_t code_0, uint32_t code_1,
                 int64_t time_ns, ct_int128 mantissa, uint8_t scale)
{
    const uint32_t codes[] = {code_0, code_1};
    const struct ct_vector vector = {
        .type = CT_DECIMAL, .count = 1, .wide = &mantissa, .scale = scale};
    assert_int_equal(ct_rollup_builder_series(builder, codes, NULL), CT_OK);
    assert_int_equal(ct_rollup_builder_rows(builder, 1, &time_ns, &vector, NULL), CT_OK);
}

struct built {
    uint8_t *bytes;
    struct ct_rollup_image *image;
};

static struct built end(struct ct_rollup_builder *builder)
{
    struct built built;
    size_t len;
    assert_int_equal(ct_rollup_builder_finish(builder, &built.bytes, &len, NULL), CT_OK);
    ct_rollup_builder_destroy(builder);
    assert_int_equal(
        ct_rollup_image_open(ct_allocator_system(), built.bytes, len, &built.image, NULL), CT_OK);
    return built;
}

static void built_release(struct built *built)
{
    ct_rollup_image_close(built->image);
    ct_release(ct_allocator_system(), built->bytes);
}

/* Rows and sum over all cells of a face; false where there is no such face. */
static bool total(struct ct_rollup_image *image, const struct ct_rollup_set *set, unsigned grain,
                  int64_t *rows, struct ct_decimal_sum *sum)
{
    static const uint32_t field = 4;
    static const unsigned keeps = CT_KEEP_SUM;
    const struct ct_rollup_reader_plan plan = {&field, &keeps, 1, false};
    const int face = find_face(image, set, grain);
    struct ct_rollup_reader *reader;
    *rows = 0;
    *sum = (struct ct_decimal_sum){0};
    if (face < 0)
        return false;
    assert_int_equal(ct_rollup_reader_create(image, (uint32_t)face, &plan, &reader, NULL), CT_OK);
    for (uint32_t b = 0; b < ct_rollup_image_face(image, (uint32_t)face)->block_count; b++) {
        struct ct_cell_block cells;
        struct ct_cell_column column;
        assert_int_equal(ct_rollup_reader_read(reader, b, &cells, &column, NULL), CT_OK);
        for (uint32_t i = 0; i < cells.cell_count; i++) {
            const struct ct_value value = value_at(&column.sum, i);
            *rows += cells.rows[i];
            assert_int_equal(ct_decimal_sum_add(sum, value.decimal.mantissa, value.decimal.scale),
                             CT_OK);
        }
    }
    ct_rollup_reader_destroy(reader);
    return true;
}

static void too_many_cells_leave_a_face_out_and_its_children_right(void **state)
{
    (void)state;
    const uint32_t count = CT_ROLLUP_CELLS_MAX + 3000;
    const struct ct_rollup_plan plan = plan_of(true);
    struct ct_rollup_builder *builder = begin(&plan);
    struct ct_decimal_sum wanted = {0}, sum;
    int64_t rows;
    for (uint32_t i = 0; i < count; i++) {
        give(builder, i, i % 5, 7200 * CT_SECOND_NS * (i % 3), i, 2);
        assert_int_equal(ct_decimal_sum_add(&wanted, i, 2), CT_OK);
    }
    struct built built = end(builder);
    assert_int_equal(ct_rollup_image_rows(built.image), count);
    assert_false(total(built.image, &SETS[1], CT_GRAIN_HOUR, &rows, &sum));
    assert_false(total(built.image, &SETS[1], CT_GRAIN_MONTH, &rows, &sum));
    assert_false(total(built.image, &SETS[3], CT_GRAIN_HOUR, &rows, &sum));
    for (unsigned s = 0; s < 3; s += 2) {
        assert_true(total(built.image, &SETS[s], CT_GRAIN_MONTH, &rows, &sum));
        assert_int_equal(rows, count);
        assert_int_equal(ct_decimal_sum_compare(&sum, &wanted), 0);
    }
    assert_true(total(built.image, &SETS[0], CT_GRAIN_HOUR, &rows, &sum));
    assert_int_equal(rows, count);
    built_release(&built);
}

/* The largest go first, and hand over to what they were to be summed into. */
static void too_much_memory_leaves_large_faces_out_and_the_rest_right(void **state)
{
    (void)state;
    const uint32_t count = 30000;
    const struct ct_rollup_plan plan = plan_of(true);
    struct ct_rollup_builder *builder = begin(&plan);
    struct ct_decimal_sum wanted = {0}, sum;
    int64_t rows;
    builder->memory_max_bytes = (size_t)1 << 20;
    for (uint32_t i = 0; i < count; i++) {
        give(builder, i / 2, i % 7, 7200 * CT_SECOND_NS * (i % 3), i, 2);
        assert_int_equal(ct_decimal_sum_add(&wanted, i, 2), CT_OK);
    }
    struct built built = end(builder);
    assert_false(total(built.image, &SETS[3], CT_GRAIN_HOUR, &rows, &sum));
    for (unsigned s = 0; s < 3; s += 2) {
        assert_true(total(built.image, &SETS[s], CT_GRAIN_MONTH, &rows, &sum));
        assert_int_equal(rows, count);
        assert_int_equal(ct_decimal_sum_compare(&sum, &wanted), 0);
    }
    built_release(&built);
}

static void a_sum_past_38_digits_leaves_its_face_out(void **state)
{
    (void)state;
    const struct ct_rollup_plan plan = plan_of(true);
    struct ct_rollup_builder *builder = begin(&plan);
    struct ct_decimal_sum sum;
    int64_t rows;
    for (uint32_t i = 0; i < 12; i++)
        give(builder, i, 1, 0, ct_pow10_int128(37), 0);
    struct built built = end(builder);
    assert_false(total(built.image, &SETS[0], CT_GRAIN_HOUR, &rows, &sum));
    assert_false(total(built.image, &SETS[2], CT_GRAIN_MONTH, &rows, &sum));
    assert_true(total(built.image, &SETS[1], CT_GRAIN_MONTH, &rows, &sum));
    assert_int_equal(rows, 12);
    built_release(&built);
}

/* 128 bits are passed on the way, before the 38 digits are looked at. */
static void a_sum_past_128_bits_leaves_its_face_out(void **state)
{
    (void)state;
    const struct ct_rollup_plan plan = plan_of(true);
    struct ct_rollup_builder *builder = begin(&plan);
    struct ct_decimal_sum sum;
    int64_t rows;
    for (uint32_t i = 0; i < 40; i++)
        give(builder, i, 1, 0, ct_pow10_int128(37) * 9, 0);
    struct built built = end(builder);
    assert_false(total(built.image, &SETS[0], CT_GRAIN_HOUR, &rows, &sum));
    assert_false(total(built.image, &SETS[0], CT_GRAIN_MONTH, &rows, &sum));
    assert_true(total(built.image, &SETS[3], CT_GRAIN_HOUR, &rows, &sum));
    assert_int_equal(rows, 40);
    built_release(&built);
}

static void values_without_a_common_scale_leave_all_faces_out(void **state)
{
    (void)state;
    const struct ct_rollup_plan plan = plan_of(true);
    struct ct_rollup_builder *builder = begin(&plan);
    give(builder, 1, 1, 0, ct_pow10_int128(37), 0);
    give(builder, 1, 1, 0, 1, 38);
    struct built built = end(builder);
    assert_int_equal(ct_rollup_image_rows(built.image), 2);
    assert_int_equal(ct_rollup_image_face_count(built.image), 0);
    built_release(&built);
}

static void faces_that_do_not_shrink_are_left_out(void **state)
{
    (void)state;
    const struct ct_rollup_plan plan = plan_of(false);
    struct ct_rollup_builder *builder = begin(&plan);
    struct ct_decimal_sum sum;
    int64_t rows;
    for (uint32_t i = 0; i < 100; i++)
        give(builder, i % 26, i % 25, CT_HOUR_NS * (i % 2), 1, 2);
    struct built built = end(builder);
    assert_true(total(built.image, &SETS[0], CT_GRAIN_HOUR, &rows, &sum));
    assert_true(total(built.image, &SETS[2], CT_GRAIN_MONTH, &rows, &sum)); /* just */
    assert_false(total(built.image, &SETS[1], CT_GRAIN_MONTH, &rows, &sum));
    assert_false(total(built.image, &SETS[3], CT_GRAIN_HOUR, &rows, &sum));
    built_release(&built);
}

static void no_rows_give_an_image_without_faces(void **state)
{
    (void)state;
    const struct ct_rollup_plan plan = plan_of(true);
    struct built none = end(begin(&plan)), merged;
    struct ct_rollup_builder *builder = begin(&plan);
    struct ct_decimal_sum sum;
    int64_t rows;
    size_t len;
    assert_int_equal(ct_rollup_image_face_count(none.image), 0);
    give(builder, 1, 2, 5, 12, 1);
    struct built one = end(builder);
    struct ct_rollup_image *const both[] = {none.image, one.image};
    assert_int_equal(
        ct_rollup_merge(ct_allocator_system(), &plan, both, 2, &merged.bytes, &len, NULL), CT_OK);
    assert_int_equal(
        ct_rollup_image_open(ct_allocator_system(), merged.bytes, len, &merged.image, NULL), CT_OK);
    assert_true(total(merged.image, &SETS[3], CT_GRAIN_HOUR, &rows, &sum));
    assert_int_equal(rows, 1);
    built_release(&none);
    built_release(&one);
    built_release(&merged);
}

/* An image without a face that the plan wants, and none to make it from. */
static void merging_leaves_out_what_an_image_cannot_give(void **state)
{
    (void)state;
    struct ct_rollup_plan plan = plan_of(true), narrow = plan_of(true);
    struct ct_decimal_sum sum;
    int64_t rows;
    size_t len;
    narrow.sets = &SETS[3]; /* {0, 1} by hour: gives all but nothing finer */
    narrow.set_count = 1;
    struct ct_rollup_builder *builder = begin(&plan), *few = begin(&narrow);
    give(builder, 1, 2, 5, 12, 1);
    give(few, 1, 3, 7, 15, 2);
    struct built a = end(builder), b = end(few), merged;
    struct ct_rollup_image *const both[] = {a.image, b.image};
    assert_int_equal(
        ct_rollup_merge(ct_allocator_system(), &plan, both, 2, &merged.bytes, &len, NULL), CT_OK);
    assert_int_equal(
        ct_rollup_image_open(ct_allocator_system(), merged.bytes, len, &merged.image, NULL), CT_OK);
    for (unsigned s = 0; s < CT_COUNT_OF(SETS); s++) {
        for (unsigned grain = CT_GRAIN_HOUR; grain <= CT_GRAIN_MONTH; grain++) {
            if (!(SETS[s].grains & CT_GRAIN_BIT(grain)))
                continue;
            assert_true(total(merged.image, &SETS[s], grain, &rows, &sum));
            assert_int_equal(rows, 2);
        }
    }
    built_release(&merged);
    narrow.sets = &SETS[2]; /* {1} by month: gives {} by month alone */
    builder = begin(&narrow);
    give(builder, 1, 3, 7, 15, 2);
    built_release(&b);
    b = end(builder);
    struct ct_rollup_image *const others[] = {a.image, b.image};
    assert_int_equal(
        ct_rollup_merge(ct_allocator_system(), &plan, others, 2, &merged.bytes, &len, NULL), CT_OK);
    assert_int_equal(
        ct_rollup_image_open(ct_allocator_system(), merged.bytes, len, &merged.image, NULL), CT_OK);
    assert_int_equal(ct_rollup_image_face_count(merged.image), 2);
    assert_true(total(merged.image, &SETS[0], CT_GRAIN_MONTH, &rows, &sum));
    assert_true(total(merged.image, &SETS[2], CT_GRAIN_MONTH, &rows, &sum));
    built_release(&a);
    built_release(&b);
    built_release(&merged);
}

static void what_was_not_asked_for_is_not_given(void **state)
{
    (void)state;
    const struct ct_rollup_plan plan = plan_of(true);
    struct ct_rollup_builder *builder = begin(&plan);
    give(builder, 1, 2, 5, 12, 1);
    struct built built = end(builder);
    const uint32_t fields[] = {4, 99};
    const unsigned keeps[] = {CT_KEEP_MAX, CT_KEEP_SUM | CT_KEEP_FIRST};
    const struct ct_rollup_reader_plan wants = {fields, keeps, 2, false};
    struct ct_rollup_reader *reader;
    struct ct_cell_block cells;
    struct ct_cell_column columns[2];
    assert_int_equal(ct_rollup_reader_create(built.image, 0, &wants, &reader, NULL), CT_OK);
    assert_int_equal(ct_rollup_reader_read(reader, 0, &cells, columns, NULL), CT_OK);
    assert_null(cells.min_times_ns);
    assert_int_equal(columns[0].sum.count, 0);
    assert_int_equal(columns[0].first.count, 0);
    assert_null(columns[0].first_times_ns);
    assert_int_equal(columns[0].max.count, 1);
    assert_int_equal(columns[1].counts[0], 0); /* a field that the image does not know */
    assert_int_equal(columns[1].sum.count, 0);
    assert_true(ct_rollup_face_keeps(built.image, 0, 4, CT_KEEP_SUM));
    assert_false(ct_rollup_face_keeps(built.image, 0, 4, CT_KEEP_SUM | CT_KEEP_QUANTILES));
    ct_rollup_reader_destroy(reader);
    built_release(&built);
}

static void a_set_that_is_none_is_refused(void **state)
{
    (void)state;
    static const struct ct_rollup_set wrong[] = {
        {.tags = {1, 0}, .tag_count = 2, .grains = HOUR},
        {.tags = {2}, .tag_count = 1, .grains = HOUR},
        {.grains = 1u << 7},
        {.tag_count = CT_ROLLUP_TAGS_MAX + 1, .grains = HOUR},
    };
    for (unsigned s = 0; s < CT_COUNT_OF(wrong); s++) {
        struct ct_rollup_builder *builder;
        struct ct_rollup_plan plan = plan_of(true);
        plan.sets = &wrong[s];
        plan.set_count = 1;
        assert_int_equal(ct_rollup_builder_create(ct_allocator_system(), &plan, &builder, NULL),
                         CT_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_many_cells_leave_a_face_out_and_its_children_right),
        cmocka_unit_test(too_much_memory_leaves_large_faces_out_and_the_rest_right),
        cmocka_unit_test(a_sum_past_38_digits_leaves_its_face_out),
        cmocka_unit_test(a_sum_past_128_bits_leaves_its_face_out),
        cmocka_unit_test(values_without_a_common_scale_leave_all_faces_out),
        cmocka_unit_test(faces_that_do_not_shrink_are_left_out),
        cmocka_unit_test(no_rows_give_an_image_without_faces),
        cmocka_unit_test(merging_leaves_out_what_an_image_cannot_give),
        cmocka_unit_test(what_was_not_asked_for_is_not_given),
        cmocka_unit_test(a_set_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
