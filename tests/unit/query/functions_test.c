/* Functions that need every value, and conditions on fields, against a model that keeps the rows of
 * each cell in a list. Random rows and filters; a failure prints its seed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_store.h"

#define SEEDS 40

/* -- Filters, row by row ---------------------------------------------------------------------- */

static struct ct_text tag_of(const struct fake_row *row, struct ct_text key)
{
    const uint32_t tag = ct_catalog_find_tag(NULL, 0, key);
    const struct ct_text text = tag == CT_NONE
                                    ? ct_text_of("")
                                    : ct_catalog_value(NULL, 0, tag, fake.codes[row->series][tag]);
    return tag == T_CURRENCY && text.len == 0 ? ct_text_of("USD") : text;
}

static bool passes(enum ct_comparison comparison, int order)
{
    switch (comparison) {
    case CT_EQUAL:
        return order == 0;
    case CT_NOT_EQUAL:
        return order != 0;
    case CT_LESS:
        return order < 0;
    case CT_LESS_EQUAL:
        return order <= 0;
    case CT_GREATER:
        return order > 0;
    case CT_GREATER_EQUAL:
        return order >= 0;
    }
    return false;
}

/* As a number with FAKE_SCALE digits after the point; what is compared has no more. */
static ct_int128 scaled(const struct ct_value *value)
{
    if (value->type == CT_DECIMAL)
        return value->decimal.mantissa * ct_pow10_int128(FAKE_SCALE - value->decimal.scale);
    return (value->type == CT_UINT64 ? (ct_int128)value->uint64 : value->int64) *
           ct_pow10_int128(FAKE_SCALE);
}

static int order_of(const struct ct_value *a, const struct ct_value *b)
{
    if (a->type == CT_STRING || a->type == CT_BOOL || a->type == CT_FLOAT64)
        return fake_compare(a, b);
    return (scaled(a) > scaled(b)) - (scaled(a) < scaled(b));
}

/* The patterns of these tests are all "^text". */
static bool matches(struct ct_text pattern, struct ct_text text)
{
    return text.len >= pattern.len - 1 &&
           memcmp(pattern.bytes + 1, text.bytes ? text.bytes : "", pattern.len - 1) == 0;
}

static bool model_passes(const struct ct_filter *filter, const struct fake_row *row)
{
    const uint32_t field = ct_catalog_find_field(NULL, 0, filter->field);
    bool result = filter->kind != CT_FILTER_OR;
    switch (filter->kind) {
    case CT_FILTER_AND:
        for (uint32_t i = 0; i < filter->child_count; i++)
            result &= model_passes(&filter->children[i], row);
        return result;
    case CT_FILTER_OR:
        for (uint32_t i = 0; i < filter->child_count; i++)
            result |= model_passes(&filter->children[i], row);
        return result;
    case CT_FILTER_NOT:
        return !model_passes(filter->children, row);
    case CT_FILTER_IN:
        for (uint32_t i = 0; i < filter->value_count; i++)
            if (ct_text_equal(tag_of(row, filter->tag), filter->values[i]))
                return true;
        return false;
    case CT_FILTER_MATCH:
        return matches(filter->pattern, tag_of(row, filter->tag));
    case CT_FILTER_PRESENT:
        return tag_of(row, filter->tag).len > 0;
    case CT_FILTER_FIELD:
        return row->present[field] &&
               passes(filter->comparison, order_of(&row->value[field], &filter->value));
    case CT_FILTER_FIELD_MATCH:
        return row->present[field] && matches(filter->pattern, row->value[field].string);
    case CT_FILTER_FIELD_PRESENT:
        return row->present[field];
    }
    return false;
}

/* A number like those of the field, or one of its own values. */
static struct ct_value random_constant(uint32_t field)
{
    const struct fake_row *row = &fake.rows[fake_below(fake.row_count)];
    struct ct_value value = row->value[field];
    if (fake_below(3) || value.type == CT_STRING || value.type == CT_BOOL)
        return value;
    if (value.type == CT_FLOAT64)
        return (struct ct_value){.type = CT_INT64, .int64 = 50};
    if (value.type != CT_DECIMAL && fake_below(2))
        return (struct ct_value){.type = CT_DECIMAL, .decimal = {15 * (1 - (int)fake_below(3)), 1}};
    return (struct ct_value){.type = CT_INT64, .int64 = (int64_t)fake_random() / 1000};
}

#define NODES_MAX 40

struct random_filter {
    struct ct_filter nodes[NODES_MAX];
    struct ct_text values[NODES_MAX];
    uint32_t count;
};

static struct ct_filter random_leaf(struct random_filter *made)
{
    static const struct ct_text patterns[] = {{"^a", 2}, {"^", 1}, {"^down", 5}};
    struct ct_text *value = &made->values[made->count % NODES_MAX];
    struct ct_filter leaf = {.tag = ct_text_of(fake_tags[fake_below(FAKE_TAGS)]),
                             .pattern = patterns[fake_below(3)]};
    const uint32_t field = fake_below(FAKE_FIELDS);
    *value = ct_text_of(fake_values[T_PROVIDER][fake_below(3)]);
    leaf.values = value;
    leaf.value_count = 1;
    leaf.field = fake_fields[field].name;
    leaf.kind = (enum ct_filter_kind)(CT_FILTER_IN + fake_below(6));
    if (fake_below(2))
        leaf.kind = CT_FILTER_FIELD;
    if (leaf.kind == CT_FILTER_FIELD_MATCH)
        leaf.field = fake_fields[F_STATUS].name;
    leaf.value = random_constant(field);
    leaf.comparison = (enum ct_comparison)fake_below(leaf.value.type == CT_BOOL ? 2 : 6);
    if (fake_fields[field].type == CT_FLOAT64 && leaf.value.type != CT_FLOAT64)
        leaf.value = (struct ct_value){.type = CT_FLOAT64, .float64 = 50};
    return leaf;
}

static struct ct_filter random_tree(struct random_filter *made, uint32_t depth)
{
    if (depth == 0 || made->count + 2 > NODES_MAX || fake_below(3) == 0) {
        made->count++;
        return random_leaf(made);
    }
    struct ct_filter node = {.kind = (enum ct_filter_kind)fake_below(3)};
    node.child_count = node.kind == CT_FILTER_NOT ? 1 : 2;
    struct ct_filter *children = &made->nodes[made->count];
    made->count += node.child_count;
    for (uint32_t i = 0; i < node.child_count; i++)
        children[i] = random_tree(made, depth - 1);
    node.children = children;
    return node;
}

/* -- Cells as lists --------------------------------------------------------------------------- */

struct list {
    struct ct_value values[FAKE_ROWS];
    uint32_t count, rows;
    bool services[FAKE_VALUES + 1];
};

static int compare_values(const void *a, const void *b)
{
    return fake_compare(a, b);
}

/* Rows of one cell: of a provider ("*": all), and from start to end. */
static void fill_list(struct list *list, const struct ct_filter *filter, uint32_t field,
                      struct ct_text provider, int64_t start_ns, int64_t end_ns)
{
    memset(list, 0, sizeof *list);
    for (uint32_t i = 0; i < fake.row_count; i++) {
        const struct fake_row *row = &fake.rows[i];
        if (row->time_ns < start_ns || row->time_ns >= end_ns ||
            (filter && !model_passes(filter, row)))
            continue;
        if (!ct_text_equal(provider, ct_text_of("*")) &&
            !ct_text_equal(provider, tag_of(row, ct_text_of("provider"))))
            continue;
        list->rows++;
        list->services[fake.codes[row->series][T_SERVICE]] = true;
        if (row->present[field])
            list->values[list->count++] = row->value[field];
    }
    qsort(list->values, list->count, sizeof list->values[0], compare_values);
}

static double number_of(const struct ct_value *value)
{
    if (value->type == CT_FLOAT64)
        return value->float64;
    return (double)scaled(value) / 1e12;
}

static double model_deviation(const struct list *list)
{
    double mean = 0;
    double squares = 0;
    for (uint32_t i = 0; i < list->count; i++)
        mean += number_of(&list->values[i]) / list->count;
    for (uint32_t i = 0; i < list->count; i++)
        squares += (number_of(&list->values[i]) - mean) * (number_of(&list->values[i]) - mean);
    return sqrt(squares / (list->count - 1));
}

static uint32_t model_distinct(const struct list *list)
{
    uint32_t distinct = list->count > 0;
    for (uint32_t i = 1; i < list->count; i++)
        distinct += fake_compare(&list->values[i - 1], &list->values[i]) != 0;
    return distinct;
}

/* Equal values stand together; the first of the longest stretch is the smallest. */
static const struct ct_value *model_mode(const struct list *list)
{
    const struct ct_value *mode = &list->values[0];
    uint32_t most = 0;
    uint32_t same = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const bool is_new = i == 0 || fake_compare(&list->values[i - 1], &list->values[i]) != 0;
        same = is_new ? 1 : same + 1;
        if (same > most)
            mode = &list->values[i];
        most = same > most ? same : most;
    }
    return mode;
}

/* -- Comparison ------------------------------------------------------------------------------- */

static void assert_near(enum ct_function function, double value, double expected, double error)
{
    if (fabs(value - expected) > error)
        fail_msg("%s: %.17g, expected %.17g", ct_function_name(function), value, expected);
}

static void assert_value(const struct ct_result_column *column, uint64_t row,
                         const struct ct_value *value)
{
    if (value->type == CT_FLOAT64)
        assert_true(column->float64[row] == value->float64);
    else if (value->type == CT_STRING)
        assert_true(ct_text_equal(column->text[row], value->string));
    else if (value->type == CT_BOOL)
        assert_true(column->boolean[row] == value->boolean);
    else if (column->type == CT_RESULT_DECIMAL) {
        struct ct_decimal_sum sum = {0};
        assert_int_equal(ct_decimal_sum_add(&sum, scaled(value), FAKE_SCALE), CT_OK);
        assert_int_equal(ct_decimal_sum_compare(&sum, &column->decimal[row]), 0);
    } else {
        assert_true(column->int64[row] == value->int64);
    }
}

/* twice the sum of low and high in the middle, against twice the median */
static void assert_median(const struct ct_result_column *column, uint64_t row,
                          const struct list *list)
{
    const struct ct_value *low = &list->values[(list->count - 1) / 2];
    const struct ct_value *high = &list->values[list->count / 2];
    if (low->type == CT_FLOAT64) {
        assert_near(CT_MEDIAN, column->float64[row], (low->float64 + high->float64) / 2, 1e-12);
        return;
    }
    struct ct_decimal_sum sum = {0};
    struct ct_decimal_sum twice = column->decimal[row];
    assert_int_equal(ct_decimal_sum_add(&sum, scaled(low), FAKE_SCALE), CT_OK);
    assert_int_equal(ct_decimal_sum_add(&sum, scaled(high), FAKE_SCALE), CT_OK);
    assert_int_equal(ct_decimal_sum_merge(&twice, &column->decimal[row]), CT_OK);
    assert_int_equal(ct_decimal_sum_compare(&sum, &twice), 0);
}

static void assert_spread(const struct ct_result_column *column, uint64_t row,
                          const struct list *list)
{
    const struct ct_value *low = &list->values[0];
    const struct ct_value *high = &list->values[list->count - 1];
    if (low->type == CT_FLOAT64) {
        assert_true(column->float64[row] == high->float64 - low->float64);
        return;
    }
    struct ct_decimal_sum sum = {0};
    assert_int_equal(ct_decimal_sum_add(&sum, scaled(high) - scaled(low), FAKE_SCALE), CT_OK);
    assert_int_equal(ct_decimal_sum_compare(&sum, &column->decimal[row]), 0);
}

static void assert_number(const struct ct_result_column *columns, uint64_t row,
                          const struct ct_aggregate *aggregate, const struct list *list)
{
    const struct ct_result_column *column = columns;
    if (aggregate->function == CT_SPREAD)
        assert_spread(column, row, list);
    else if (aggregate->function == CT_MEDIAN)
        assert_median(column, row, list);
    else if (aggregate->function == CT_STDDEV && list->count > 1)
        assert_near(CT_STDDEV, column->float64[row], model_deviation(list),
                    1e-9 * (1 + fabs(number_of(&list->values[0])) +
                            fabs(number_of(&list->values[list->count - 1]))));
    else if (aggregate->function == CT_STDDEV)
        assert_true(column->is_null[row]);
    else if (aggregate->function == CT_QUANTILE) {
        const uint32_t rank = (list->count * 9 + 9) / 10;
        assert_value(column, row, &list->values[rank ? rank - 1 : 0]);
    } else if (aggregate->function == CT_APPROXIMATE_QUANTILE) {
        const double exact = number_of(&list->values[(list->count * 9 + 9) / 10 - 1]);
        const double low = fabs(number_of(&list->values[0]));
        const double high = fabs(number_of(&list->values[list->count - 1]));
        const double least = (low > high ? low : high) * 0x1p-31; /* sketch.h says how far down */
        assert_near(CT_APPROXIMATE_QUANTILE, column->float64[row], exact,
                    fabs(exact) < least ? least : 0.01 * fabs(exact));
    }
}

static void assert_output(const struct ct_result_column *column, uint64_t row,
                          const struct ct_aggregate *aggregate, const struct list *list)
{
    if (aggregate->function == CT_COUNT_DISTINCT && aggregate->tag.len) {
        uint32_t services = 0;
        for (uint32_t code = 1; code <= FAKE_VALUES; code++)
            services += list->services[code];
        assert_int_equal(column->uint64[row], services);
    } else if (aggregate->function == CT_COUNT) {
        assert_int_equal(column->uint64[row], list->rows);
    } else if (aggregate->function == CT_COUNT_DISTINCT) {
        assert_int_equal(column->uint64[row], model_distinct(list));
    } else if (aggregate->function == CT_APPROXIMATE_DISTINCT) {
        assert_near(CT_APPROXIMATE_DISTINCT, (double)column->uint64[row], model_distinct(list),
                    list->count > 256 ? 0.1 * list->count : 0);
    } else if (list->count == 0) {
        assert_true(column->is_null[row]);
    } else if (aggregate->function == CT_MODE) {
        assert_value(column, row, model_mode(list));
    } else {
        assert_number(column, row, aggregate, list);
    }
}

static struct ct_result *run(const struct ct_query *query, const struct ct_query_options *options)
{
    struct ct_result *result = NULL;
    struct ct_error err = {0};
    const ct_status status =
        ct_query_run(&fake, &fake_catalog, ct_allocator_system(), query, options, &result, &err);
    if (status != CT_OK)
        fail_msg("%s: %s", ct_status_name(status), err.text);
    return result;
}

static struct list list;

static void check(const struct ct_query *query, uint32_t field, bool has_buckets)
{
    const struct ct_query_options options[] = {
        {.threads = 1}, {.threads = 3}, {.threads = 2, .ignores_stats = true}};
    uint64_t rows_before = 0;
    for (size_t o = 0; o < CT_COUNT_OF(options); o++) {
        struct ct_result *result = run(query, &options[o]);
        const uint32_t tag_at = has_buckets ? 1 : 0;
        uint64_t rows = 0;
        for (uint64_t row = 0; row < result->row_count; row++) {
            const int64_t start_ns = has_buckets ? result->columns[0].int64[row] : INT64_MIN;
            const int64_t end_ns = has_buckets ? start_ns + query->bucket_ns : INT64_MAX;
            fill_list(&list, query->filter, field,
                      query->tag_count ? result->columns[tag_at].text[row] : ct_text_of("*"),
                      start_ns, end_ns);
            rows += list.rows;
            for (uint32_t i = 0; i < query->aggregate_count; i++)
                assert_output(&result->columns[tag_at + query->tag_count + i], row,
                              &query->aggregates[i], &list);
        }
        fill_list(&list, query->filter, field, ct_text_of("*"), INT64_MIN, INT64_MAX);
        assert_int_equal(rows, list.rows); /* no row of the answer is missing */
        assert_true(o == 0 || rows == rows_before);
        rows_before = rows;
        ct_result_destroy(result);
    }
}

static void random_query(uint32_t field)
{
    const bool is_number = field != F_OK && field != F_STATUS;
    const struct ct_text name = fake_fields[field].name;
    const struct ct_aggregate all[] = {
        {.function = CT_COUNT},
        {.function = CT_COUNT_DISTINCT, .tag = ct_text_of("service")},
        {.function = CT_MODE, .field = name},
        {.function = CT_COUNT_DISTINCT, .field = name},
        {.function = CT_APPROXIMATE_DISTINCT, .field = name},
        {.function = CT_SPREAD, .field = name},
        {.function = CT_STDDEV, .field = name},
        {.function = CT_MEDIAN, .field = name},
        {.function = CT_QUANTILE, .field = name, .quantile = 0.9},
        {.function = CT_APPROXIMATE_QUANTILE, .field = name, .quantile = 0.9},
    };
    const struct ct_text provider = ct_text_of("provider");
    struct random_filter made = {.count = 0};
    const struct ct_filter filter = random_tree(&made, 3);
    struct ct_query query = {.table = ct_text_of("cost"),
                             .aggregates = all,
                             .aggregate_count = is_number ? CT_COUNT_OF(all) : 5,
                             .tags = &provider,
                             .tag_count = fake_below(2),
                             .filter = fake_below(4) ? &filter : NULL,
                             .start_ns = INT64_MIN,
                             .end_ns = INT64_MAX};
    const bool has_buckets = fake_below(2);
    query.bucket_ns = has_buckets ? 40 : 0;
    check(&query, field, has_buckets);
}

static void every_function_agrees_with_lists_of_values(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        fake_make(seed, -300, 3, 0);
        if (fake.row_count == 0)
            continue;
        if (seed % 20 == 0)
            print_message("seed %u\n", (unsigned)seed);
        for (uint32_t field = 0; field < FAKE_FIELDS; field++)
            random_query(field);
    }
}

/* -- Filters of rows -------------------------------------------------------------------------- */

static void selected_rows_pass_the_filter(void **state)
{
    (void)state;
    for (uint64_t seed = 500; seed < 600; seed++) {
        fake_make(seed, 0, 3, 0);
        if (fake.row_count == 0)
            continue;
        struct random_filter made = {.count = 0};
        const struct ct_filter filter = random_tree(&made, 3);
        const struct ct_query query = {.table = ct_text_of("cost"),
                                       .mode = CT_QUERY_ROWS,
                                       .filter = &filter,
                                       .start_ns = INT64_MIN,
                                       .end_ns = INT64_MAX};
        struct ct_result *result = run(&query, NULL);
        uint64_t expected = 0;
        for (uint32_t i = 0; i < fake.row_count; i++)
            expected += model_passes(&filter, &fake.rows[i]);
        assert_int_equal(result->row_count, expected);
        ct_result_destroy(result);
    }
}

static ct_status count_where(const struct ct_filter *filter, struct ct_result **result,
                             struct ct_error *err)
{
    const struct ct_aggregate count = {.function = CT_COUNT};
    const struct ct_query query = {.table = ct_text_of("cost"),
                                   .aggregates = &count,
                                   .aggregate_count = 1,
                                   .filter = filter,
                                   .start_ns = INT64_MIN,
                                   .end_ns = INT64_MAX};
    return ct_query_run(&fake, &fake_catalog, ct_allocator_system(), &query, NULL, result, err);
}

/* Values of the live source have no statistics; those of others are past what is looked for. */
static void blocks_are_skipped_by_their_statistics(void **state)
{
    (void)state;
    fake_make(9, 0, 1, 0);
    const struct ct_filter filter = {.kind = CT_FILTER_FIELD,
                                     .field = fake_fields[F_CPU].name,
                                     .comparison = CT_GREATER,
                                     .value = {.type = CT_FLOAT64, .float64 = 1000}};
    struct ct_result *result = NULL;
    assert_int_equal(count_where(&filter, &result, NULL), CT_OK);
    assert_int_equal(result->columns[0].uint64[0], 0);
    assert_int_equal(result->stats.blocks_read, 0);
    assert_int_equal(result->stats.blocks_from_sums, 0);
    ct_result_destroy(result);
}

static void conditions_that_cannot_be_are_refused(void **state)
{
    (void)state;
    struct ct_result *result = NULL;
    struct ct_error err = {0};
    fake_make(1, 0, 1, 0);
    struct ct_filter filter = {.kind = CT_FILTER_FIELD,
                               .field = fake_fields[F_STATUS].name,
                               .value = {.type = CT_INT64, .int64 = 1}};
    assert_int_equal(count_where(&filter, &result, &err), CT_TYPE);
    assert_non_null(strstr(err.text, "status"));
    filter.field = ct_text_of("price");
    assert_int_equal(count_where(&filter, &result, &err), CT_NOT_FOUND);
    filter = (struct ct_filter){.kind = CT_FILTER_FIELD_MATCH,
                                .field = fake_fields[F_CPU].name,
                                .pattern = ct_text_of("a")};
    assert_int_equal(count_where(&filter, &result, &err), CT_TYPE);
    filter = (struct ct_filter){
        .kind = CT_FILTER_MATCH, .tag = ct_text_of("provider"), .pattern = ct_text_of("a(")};
    assert_int_equal(count_where(&filter, &result, &err), CT_INVALID);
    filter = (struct ct_filter){.kind = CT_FILTER_FIELD,
                                .field = fake_fields[F_OK].name,
                                .comparison = CT_LESS,
                                .value = {.type = CT_BOOL, .boolean = true}};
    assert_int_equal(count_where(&filter, &result, &err), CT_TYPE);
}

/* Every allocation fails once: an error, no leak (seen by the sanitizer), no crash. */
static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    fake_make(5, 0, 1, 0);
    const struct ct_text name = fake_fields[F_PRICE].name;
    const struct ct_aggregate all[] = {
        {.function = CT_COUNT_DISTINCT, .tag = ct_text_of("service")},
        {.function = CT_MODE, .field = fake_fields[F_STATUS].name},
        {.function = CT_STDDEV, .field = fake_fields[F_CPU].name},
        {.function = CT_MEDIAN, .field = name},
        {.function = CT_RATE, .field = name, .gap_max_ns = 1000},
        {.function = CT_APPROXIMATE_QUANTILE, .field = name, .quantile = 0.5},
        {.function = CT_APPROXIMATE_DISTINCT, .field = name},
    };
    const struct ct_filter filter = {.kind = CT_FILTER_FIELD_MATCH,
                                     .field = fake_fields[F_STATUS].name,
                                     .pattern = ct_text_of("^d|k")};
    const struct ct_query query = {.table = ct_text_of("cost"),
                                   .aggregates = all,
                                   .aggregate_count = CT_COUNT_OF(all),
                                   .filter = &filter,
                                   .bucket_ns = 40,
                                   .start_ns = INT64_MIN,
                                   .end_ns = INT64_MAX};
    for (size_t limit = 500;; limit += 3001) {
        struct ct_allocator_counting memory;
        ct_allocator_counting_init(&memory, ct_allocator_system(), limit);
        struct ct_result *result = NULL;
        const ct_status status =
            ct_query_run(&fake, &fake_catalog, &memory.base, &query, NULL, &result, NULL);
        ct_result_destroy(result);
        assert_int_equal(memory.live_bytes, 0);
        if (status == CT_OK)
            break;
        assert_int_equal(status, CT_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_agrees_with_lists_of_values),
        cmocka_unit_test(selected_rows_pass_the_filter),
        cmocka_unit_test(blocks_are_skipped_by_their_statistics),
        cmocka_unit_test(conditions_that_cannot_be_are_refused),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
