/* The executor against a model that looks at one row after another: every function, tags and
 * buckets, filters, ranges that cut blocks, with and without stored statistics, with one thread and
 * two. Random rows; a failure prints its seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_store.h"

#define MODEL_CELLS 4000

static const struct ct_text none = {"", 0};

struct model_cell {
    int64_t bucket_ns;
    struct ct_text key[FAKE_TAGS];
    uint64_t rows, count;
    struct ct_decimal_sum exact;
    double floating, magnitude;
    struct ct_value min, max, first, last;
    int64_t first_ns, last_ns;
};

static struct model_cell model[MODEL_CELLS];
static uint32_t model_count;

static struct ct_text tag_of(const struct fake_row *row, uint32_t tag)
{
    const struct ct_text text = ct_catalog_value(NULL, 0, tag, fake.codes[row->series][tag]);
    return tag == T_CURRENCY && text.len == 0 ? ct_text_of("USD") : text;
}

static int order_values(const struct ct_value *a, const struct ct_value *b)
{
    switch (a->type) {
    case CT_FLOAT64:
        return (a->float64 > b->float64) - (a->float64 < b->float64);
    case CT_INT64:
        return (a->int64 > b->int64) - (a->int64 < b->int64);
    case CT_UINT64:
        return (a->uint64 > b->uint64) - (a->uint64 < b->uint64);
    case CT_BOOL:
        return a->boolean - b->boolean;
    case CT_STRING:
        return ct_text_compare(a->string, b->string);
    case CT_DECIMAL:
        return ct_decimal_compare(a->decimal, b->decimal);
    }
    return 0;
}

static int64_t floor_bucket(int64_t time_ns, int64_t width_ns, int64_t origin_ns)
{
    if (width_ns == 0)
        return 0;
    const ct_int128 offset = (ct_int128)time_ns - origin_ns;
    ct_int128 number = offset / width_ns;
    if (offset % width_ns < 0)
        number--;
    return (int64_t)(number * width_ns + origin_ns);
}

static bool model_matches(const struct ct_filter *filter, const struct fake_row *row)
{
    bool result = filter->kind != CT_FILTER_OR;
    switch (filter->kind) {
    case CT_FILTER_AND:
        for (uint32_t i = 0; i < filter->child_count; i++)
            result &= model_matches(&filter->children[i], row);
        return result;
    case CT_FILTER_OR:
        for (uint32_t i = 0; i < filter->child_count; i++)
            result |= model_matches(&filter->children[i], row);
        return result;
    case CT_FILTER_NOT:
        return !model_matches(filter->children, row);
    case CT_FILTER_IN:
        break;
    case CT_FILTER_MATCH: /* functions_test.c has these */
    case CT_FILTER_PRESENT:
    case CT_FILTER_FIELD:
    case CT_FILTER_FIELD_MATCH:
    case CT_FILTER_FIELD_PRESENT:
        fail();
    }
    const uint32_t tag = ct_catalog_find_tag(NULL, 0, filter->tag);
    const struct ct_text value = tag == CT_NONE ? none : tag_of(row, tag);
    for (uint32_t i = 0; i < filter->value_count; i++)
        if (ct_text_equal(value, filter->values[i]))
            return true;
    return false;
}

static struct model_cell *model_find(const struct ct_query *query, const struct fake_row *row)
{
    struct model_cell wanted = {.bucket_ns =
                                    floor_bucket(row->time_ns, query->bucket_ns, query->origin_ns)};
    for (uint32_t i = 0; i < query->tag_count; i++) {
        const uint32_t tag = ct_catalog_find_tag(NULL, 0, query->tags[i]);
        wanted.key[i] = tag == CT_NONE ? none : tag_of(row, tag);
    }
    for (uint32_t i = 0; i < model_count; i++) {
        bool is_same = model[i].bucket_ns == wanted.bucket_ns;
        for (uint32_t k = 0; k < query->tag_count; k++)
            is_same &= ct_text_equal(model[i].key[k], wanted.key[k]);
        if (is_same)
            return &model[i];
    }
    assert_true(model_count < MODEL_CELLS);
    model[model_count] = wanted;
    return &model[model_count++];
}

static void model_add(struct model_cell *cell, int64_t time_ns, const struct ct_value *value)
{
    ct_status status = CT_OK;
    if (value->type == CT_DECIMAL) /* at one scale: independent of the executor's shifting */
        status = ct_decimal_sum_add(&cell->exact,
                                    value->decimal.mantissa *
                                        ct_pow10_int128(FAKE_SCALE - value->decimal.scale),
                                    FAKE_SCALE);
    if (value->type == CT_INT64)
        status = ct_decimal_sum_add(&cell->exact, value->int64, 0);
    if (value->type == CT_UINT64)
        status = ct_decimal_sum_add(&cell->exact, value->uint64, 0);
    if (value->type == CT_FLOAT64) {
        cell->floating += value->float64;
        cell->magnitude += value->float64 < 0 ? -value->float64 : value->float64;
    }
    assert_int_equal(status, CT_OK);
    const bool is_first = cell->count++ == 0;
    if (is_first || order_values(value, &cell->min) < 0)
        cell->min = *value;
    if (is_first || order_values(value, &cell->max) > 0)
        cell->max = *value;
    if (is_first || time_ns < cell->first_ns ||
        (time_ns == cell->first_ns && order_values(value, &cell->first) > 0)) {
        cell->first_ns = time_ns;
        cell->first = *value;
    }
    if (is_first || time_ns > cell->last_ns ||
        (time_ns == cell->last_ns && order_values(value, &cell->last) > 0)) {
        cell->last_ns = time_ns;
        cell->last = *value;
    }
}

static bool in_range(const struct ct_query *query, int64_t time_ns)
{
    return time_ns >= query->start_ns && (query->end_ns == INT64_MAX || time_ns < query->end_ns);
}

static int compare_cells(const void *a, const void *b)
{
    const struct model_cell *x = a;
    const struct model_cell *y = b;
    int order = (x->bucket_ns > y->bucket_ns) - (x->bucket_ns < y->bucket_ns);
    for (uint32_t i = 0; order == 0 && i < FAKE_TAGS; i++)
        order = ct_text_compare(x->key[i], y->key[i]);
    return order;
}

static void model_run(const struct ct_query *query, uint32_t field)
{
    model_count = 0;
    for (uint32_t i = 0; i < fake.row_count; i++) {
        const struct fake_row *row = &fake.rows[i];
        if (!in_range(query, row->time_ns) || (query->filter && !model_matches(query->filter, row)))
            continue;
        struct model_cell *cell = model_find(query, row);
        cell->rows++;
        if (row->present[field])
            model_add(cell, row->time_ns, &row->value[field]);
    }
    if (model_count == 0 && query->tag_count == 0 && query->bucket_ns == 0)
        model[model_count++] = (struct model_cell){0};
    qsort(model, model_count, sizeof model[0], compare_cells);
}

/* -- Comparison ------------------------------------------------------------------------------- */

static void assert_value(const struct ct_result_column *column, uint64_t row,
                         const struct ct_value *value)
{
    struct ct_decimal_sum sum = {0};
    switch (value->type) {
    case CT_FLOAT64:
        assert_true(column->float64[row] == value->float64);
        return;
    case CT_INT64:
        assert_true(column->int64[row] == value->int64);
        return;
    case CT_UINT64:
        assert_true(column->uint64[row] == value->uint64);
        return;
    case CT_BOOL:
        assert_true(column->boolean[row] == value->boolean);
        return;
    case CT_STRING:
        assert_true(ct_text_equal(column->text[row], value->string));
        return;
    case CT_DECIMAL:
        assert_int_equal(ct_decimal_sum_add(&sum, value->decimal.mantissa, value->decimal.scale),
                         CT_OK);
        assert_int_equal(ct_decimal_sum_compare(&column->decimal[row], &sum), 0);
        return;
    }
}

static void assert_sum(const struct ct_result_column *column, uint64_t row,
                       const struct model_cell *cell)
{
    if (column->type == CT_RESULT_DECIMAL) {
        assert_int_equal(ct_decimal_sum_compare(&column->decimal[row], &cell->exact), 0);
        return;
    }
    const double difference = column->float64[row] - cell->floating;
    assert_true(difference <= 1e-12 * cell->magnitude && -difference <= 1e-12 * cell->magnitude);
}

/* |mean x count - sum| is at most count x half a unit of the mean's last digit. */
static void assert_mean(const struct ct_result_column *column, uint64_t row,
                        const struct model_cell *cell)
{
    if (column->type == CT_RESULT_FLOAT64) {
        const double difference = column->float64[row] - cell->floating / (double)cell->count;
        assert_true(difference <= 1e-9 && -difference <= 1e-9);
        return;
    }
    struct ct_decimal_sum twice = {0};
    struct ct_decimal mean;
    assert_int_equal(ct_decimal_sum_value(&column->decimal[row], &mean), CT_OK);
    for (uint64_t i = 0; i < 2 * cell->count; i++)
        assert_int_equal(ct_decimal_sum_add(&twice, mean.mantissa, mean.scale), CT_OK);
    struct ct_decimal_sum low = cell->exact;
    assert_int_equal(ct_decimal_sum_merge(&low, &cell->exact), CT_OK);
    struct ct_decimal_sum high = low;
    assert_int_equal(ct_decimal_sum_add(&high, (ct_int128)cell->count, column->decimal[row].scale),
                     CT_OK);
    assert_int_equal(ct_decimal_sum_add(&low, -(ct_int128)cell->count, column->decimal[row].scale),
                     CT_OK);
    assert_true(ct_decimal_sum_compare(&twice, &low) >= 0);
    assert_true(ct_decimal_sum_compare(&twice, &high) <= 0);
}

static void assert_output(const struct ct_result_column *column, uint64_t row,
                          const struct ct_aggregate *aggregate, const struct model_cell *cell)
{
    if (aggregate->function == CT_COUNT) {
        assert_false(column->is_null[row]);
        assert_int_equal(column->uint64[row], aggregate->field.len ? cell->count : cell->rows);
        return;
    }
    assert_int_equal(column->is_null[row], cell->count == 0);
    if (cell->count == 0)
        return;
    if (aggregate->function == CT_SUM)
        assert_sum(column, row, cell);
    if (aggregate->function == CT_MEAN)
        assert_mean(column, row, cell);
    if (aggregate->function == CT_MIN)
        assert_value(column, row, &cell->min);
    if (aggregate->function == CT_MAX)
        assert_value(column, row, &cell->max);
    if (aggregate->function == CT_FIRST)
        assert_value(column, row, &cell->first);
    if (aggregate->function == CT_FIRST_TIME)
        assert_true(column->int64[row] == cell->first_ns);
    if (aggregate->function == CT_LAST_TIME)
        assert_true(column->int64[row] == cell->last_ns);
    if (aggregate->function == CT_LAST)
        assert_value(column, row, &cell->last);
}

static void assert_result(const struct ct_result *result, const struct ct_query *query)
{
    assert_int_equal(result->row_count, model_count);
    const uint32_t tag_at = query->bucket_ns ? 1 : 0;
    for (uint32_t row = 0; row < model_count; row++) {
        if (tag_at)
            assert_true(result->columns[0].int64[row] == model[row].bucket_ns);
        for (uint32_t i = 0; i < query->tag_count; i++)
            assert_true(ct_text_equal(result->columns[tag_at + i].text[row], model[row].key[i]));
        for (uint32_t i = 0; i < query->aggregate_count; i++)
            assert_output(&result->columns[tag_at + query->tag_count + i], row,
                          &query->aggregates[i], &model[row]);
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

static ct_status run_status(const struct ct_query *query, const struct ct_query_options *options,
                            struct ct_error *err)
{
    struct ct_result *result = NULL;
    const ct_status status =
        ct_query_run(&fake, &fake_catalog, ct_allocator_system(), query, options, &result, err);
    ct_result_destroy(result);
    return status;
}

/* With one thread, two threads, without stored statistics and without rollups: exact types must
 * agree bit for bit, which comparing each with the model shows. */
static void check(const struct ct_query *query, uint32_t field)
{
    model_run(query, field);
    const struct ct_query_options options[] = {{.threads = 1},
                                               {.threads = 2},
                                               {.threads = 1, .ignores_stats = true},
                                               {.threads = 5},
                                               {.threads = 1, .ignores_rollups = true}};
    for (size_t i = 0; i < CT_COUNT_OF(options); i++) {
        struct ct_result *result = run(query, &options[i]);
        assert_result(result, query);
        ct_result_destroy(result);
    }
}

static const struct ct_text all_tags[] = {
    {"provider", 8}, {"service", 7}, {"currency", 8}, {"no such tag", 11}};

/* A random query over one field, with every function that it takes. */
static void random_query(uint32_t field, int64_t first_ns, int64_t step_ns)
{
    struct ct_aggregate aggregates[CT_LAST_TIME + 2];
    uint32_t count = 0;
    const bool is_number = field != F_OK && field != F_STATUS;
    const bool wants_times = fake_below(3) == 0 || !is_number; /* without them statistics serve */
    aggregates[count++] = (struct ct_aggregate){.function = CT_COUNT};
    for (uint32_t f = 0; f <= CT_LAST_TIME; f++) {
        const bool is_timed = f >= CT_FIRST;
        if ((is_timed && !wants_times) || (!is_number && f != CT_COUNT && !is_timed))
            continue;
        aggregates[count++] = (struct ct_aggregate){.function = (enum ct_function)f,
                                                    .field = fake_fields[field].name};
    }
    const struct ct_text values[] = {{"aws", 3}, {"gcp", 3}, {"", 0}, {"unheard of", 10}};
    const struct ct_text euro[] = {{"USD", 3}};
    const struct ct_filter leaves[] = {
        {.kind = CT_FILTER_IN, .tag = all_tags[0], .values = values, .value_count = 4},
        {.kind = CT_FILTER_IN, .tag = all_tags[2], .values = euro, .value_count = 1},
        {.kind = CT_FILTER_IN, .tag = all_tags[3], .values = values, .value_count = 3},
    };
    const struct ct_filter filters[] = {
        leaves[0],
        {.kind = CT_FILTER_NOT, .children = leaves, .child_count = 1},
        {.kind = CT_FILTER_AND, .children = leaves, .child_count = 3},
        {.kind = CT_FILTER_OR, .children = leaves, .child_count = 2},
    };
    struct ct_query query = {.table = ct_text_of("cost"),
                             .aggregates = aggregates,
                             .aggregate_count = count,
                             .tags = all_tags,
                             .tag_count = fake_below(4),
                             .start_ns = INT64_MIN,
                             .end_ns = INT64_MAX};
    if (field == F_COST)
        query.tag_count = 3; /* apart by currency */
    if (fake_below(2))
        query.filter = &filters[fake_below(CT_COUNT_OF(filters))];
    if (fake_below(2)) {
        query.bucket_ns = step_ns * (1 + fake_below(40));
        query.origin_ns = fake_below(2) ? 0 : -7 * step_ns - 1;
    }
    if (fake_below(2)) {
        query.start_ns = first_ns + (int64_t)fake_below(60) * step_ns;
        query.end_ns = query.start_ns + (int64_t)fake_below(80) * step_ns;
    }
    check(&query, field);
}

static void every_function_agrees_with_the_model(void **state)
{
    (void)state;
    const int64_t firsts[] = {1780272000000000000, -3000, -86400000000000, 0};
    const int64_t steps[] = {3600000000000, 7, 60000000000, 1};
    for (uint64_t seed = 1; seed <= 250; seed++) {
        const uint32_t at = (uint32_t)(seed % 4);
        fake_make(seed, firsts[at], steps[at], seed % 3 ? 2 : 0);
        if (seed % 50 == 0)
            print_message("seed %u\n", (unsigned)seed);
        for (uint32_t field = 0; field < FAKE_FIELDS; field++)
            random_query(field, firsts[at], steps[at]);
    }
}

static struct ct_query sum_by(struct ct_aggregate *aggregate, const struct ct_text *tags,
                              uint32_t tag_count)
{
    *aggregate = (struct ct_aggregate){.function = CT_SUM, .field = fake_fields[F_COST].name};
    return (struct ct_query){.table = ct_text_of("cost"),
                             .aggregates = aggregate,
                             .aggregate_count = 1,
                             .tags = tags,
                             .tag_count = tag_count,
                             .start_ns = INT64_MIN,
                             .end_ns = INT64_MAX};
}

static void several_currencies_are_refused_with_their_list(void **state)
{
    (void)state;
    struct ct_aggregate aggregate;
    struct ct_error err;
    fake_make(7, 0, 1, 2);
    struct ct_query query = sum_by(&aggregate, all_tags, 2);
    for (uint32_t threads = 1; threads <= 2; threads++) {
        const struct ct_query_options options = {.threads = threads};
        assert_int_equal(run_status(&query, &options, &err), CT_CURRENCY);
        assert_non_null(strstr(err.text, "USD"));
        assert_non_null(strstr(err.text, "EUR"));
        assert_null(strstr(err.text, "GBP"));
    }
    const struct ct_text dollar = {"USD", 3};
    const struct ct_filter filter = {
        .kind = CT_FILTER_IN, .tag = all_tags[2], .values = &dollar, .value_count = 1};
    query.filter = &filter;
    assert_int_equal(run_status(&query, NULL, &err), CT_OK);
    query.filter = NULL;
    aggregate.function = CT_COUNT; /* counts have no currency */
    assert_int_equal(run_status(&query, NULL, &err), CT_OK);
    fake_make(7, 0, 1, 1); /* with the tag and without it: one currency */
    aggregate.function = CT_SUM;
    assert_int_equal(run_status(&query, NULL, &err), CT_OK);
}

static void unknown_names_are_not_found_and_named(void **state)
{
    (void)state;
    struct ct_aggregate aggregate;
    struct ct_error err;
    fake_make(1, 0, 1, 0);
    struct ct_query query = sum_by(&aggregate, NULL, 0);
    query.table = ct_text_of("costs");
    assert_int_equal(run_status(&query, NULL, &err), CT_NOT_FOUND);
    assert_non_null(strstr(err.text, "costs"));
    query.table = ct_text_of("cost");
    aggregate.field = ct_text_of("price");
    assert_int_equal(run_status(&query, NULL, &err), CT_NOT_FOUND);
    assert_non_null(strstr(err.text, "\"price\""));
    assert_non_null(strstr(err.text, "cost_usd"));
    query.database = ct_text_of("elsewhere");
    assert_int_equal(run_status(&query, NULL, &err), CT_NOT_FOUND);
}

static void words_are_not_summed(void **state)
{
    (void)state;
    struct ct_aggregate aggregate;
    struct ct_error err;
    fake_make(1, 0, 1, 0);
    struct ct_query query = sum_by(&aggregate, NULL, 0);
    aggregate.field = ct_text_of("status");
    assert_int_equal(run_status(&query, NULL, &err), CT_TYPE);
    aggregate.field = ct_text_of("ok");
    aggregate.function = CT_MAX;
    assert_int_equal(run_status(&query, NULL, &err), CT_TYPE);
}

static void order_and_limit_give_the_top_rows_ties_by_keys(void **state)
{
    (void)state;
    fake_make(3, 0, 1, 0);
    struct ct_aggregate aggregate = {.function = CT_COUNT, .name = ct_text_of("n")};
    struct ct_query query = sum_by(&aggregate, all_tags, 2);
    aggregate = (struct ct_aggregate){.function = CT_COUNT, .name = ct_text_of("n")};
    query.order = (struct ct_order){ct_text_of("n"), true};
    struct ct_result *all = run(&query, NULL);
    for (uint64_t row = 1; row < all->row_count; row++) {
        const uint64_t before = all->columns[2].uint64[row - 1];
        const uint64_t here = all->columns[2].uint64[row];
        assert_true(before >= here);
        if (before != here)
            continue;
        int order = ct_result_compare(&all->columns[0], row - 1, row);
        if (order == 0)
            order = ct_result_compare(&all->columns[1], row - 1, row);
        assert_true(order < 0);
    }
    query.limit = 3; /* few of many: by the heap */
    struct ct_result *top = run(&query, NULL);
    assert_int_equal(top->row_count, 3);
    for (uint64_t row = 0; row < 3; row++)
        for (uint32_t i = 0; i < 2; i++)
            assert_true(ct_text_equal(top->columns[i].text[row], all->columns[i].text[row]));
    ct_result_destroy(top);
    ct_result_destroy(all);
}

static void selected_rows_come_sorted_and_complete(void **state)
{
    (void)state;
    fake_make(11, -500, 3, 0);
    struct ct_text fields[FAKE_FIELDS];
    for (uint32_t i = 0; i < FAKE_FIELDS; i++)
        fields[i] = fake_fields[i].name;
    struct ct_query query = {.table = ct_text_of("cost"),
                             .mode = CT_QUERY_ROWS,
                             .tags = all_tags,
                             .tag_count = 2,
                             .fields = fields,
                             .field_count = FAKE_FIELDS,
                             .start_ns = -400,
                             .end_ns = -100};
    struct ct_result *all = run(&query, NULL);
    uint64_t expected = 0;
    struct ct_decimal_sum sum = {0};
    struct ct_decimal_sum found = {0};
    for (uint32_t i = 0; i < fake.row_count; i++) {
        if (!in_range(&query, fake.rows[i].time_ns))
            continue;
        expected++;
        const struct ct_decimal price = fake.rows[i].value[F_PRICE].decimal;
        if (fake.rows[i].present[F_PRICE])
            assert_int_equal(ct_decimal_sum_add(&sum, price.mantissa, price.scale), CT_OK);
    }
    assert_true(expected > 100);
    assert_int_equal(all->row_count, expected);
    for (uint64_t row = 0; row < all->row_count; row++) {
        if (row)
            assert_true(all->columns[0].int64[row - 1] <= all->columns[0].int64[row]);
        if (!all->columns[3 + F_PRICE].is_null[row])
            assert_int_equal(ct_decimal_sum_merge(&found, &all->columns[3 + F_PRICE].decimal[row]),
                             CT_OK);
    }
    assert_int_equal(ct_decimal_sum_compare(&sum, &found), 0);
    query.limit = 10;
    struct ct_result *top = run(&query, NULL);
    assert_int_equal(top->row_count, 10);
    for (uint64_t row = 0; row < 10; row++) {
        assert_true(top->columns[0].int64[row] == all->columns[0].int64[row]);
        assert_true(ct_text_equal(top->columns[1].text[row], all->columns[1].text[row]));
        assert_true(top->columns[3 + F_REQUESTS].int64[row] ==
                    all->columns[3 + F_REQUESTS].int64[row]);
    }
    ct_result_destroy(top);
    ct_result_destroy(all);
}

/* The first rows of each order, as all rows in that order begin. */
static void assert_top_rows(const struct ct_order *order)
{
    const struct ct_text fields[] = {fake_fields[F_REQUESTS].name};
    struct ct_query query = {.table = ct_text_of("cost"),
                             .mode = CT_QUERY_ROWS,
                             .tags = all_tags,
                             .tag_count = 1,
                             .fields = fields,
                             .field_count = 1,
                             .start_ns = INT64_MIN,
                             .end_ns = INT64_MAX,
                             .order = *order};
    struct ct_result *all = run(&query, NULL);
    assert_int_equal(all->row_count, fake.row_count);
    query.limit = 200;
    struct ct_result *top = run(&query, NULL);
    assert_int_equal(top->row_count, 200);
    for (uint64_t row = 0; row < 200; row++) {
        assert_true(top->columns[0].int64[row] == all->columns[0].int64[row]);
        assert_true(ct_text_equal(top->columns[1].text[row], all->columns[1].text[row]));
        assert_true(top->columns[2].int64[row] == all->columns[2].int64[row]);
    }
    ct_result_destroy(top);
    ct_result_destroy(all);
}

/* More rows than are held, many at one time: they are cut now and then. */
static void a_limit_selects_the_first_of_very_many_rows(void **state)
{
    (void)state;
    const struct ct_order orders[] = {
        {none, false}, {{"time", 4}, true}, {{"requests", 8}, false}, {{"requests", 8}, true}};
    uint32_t stores = 0;
    for (uint64_t seed = 1; stores < 8; seed++) {
        fake_make(seed, 0, 5, 0);
        if (fake.row_count < 1500)
            continue;
        stores++;
        for (size_t i = 0; i < CT_COUNT_OF(orders); i++)
            assert_top_rows(&orders[i]);
    }
}

static void limits_and_cancelling_are_obeyed(void **state)
{
    (void)state;
    struct ct_aggregate aggregate;
    struct ct_error err;
    fake_make(5, 0, 1, 0);
    struct ct_query query = sum_by(&aggregate, all_tags, 2);
    const struct ct_query_options few_rows = {.rows_max = 3};
    assert_int_equal(run_status(&query, &few_rows, &err), CT_LIMIT);
    const struct ct_query_options little_memory = {.memory_bytes = 2000};
    assert_int_equal(run_status(&query, &little_memory, &err), CT_LIMIT);
    const _Atomic bool is_cancelled = true;
    const struct ct_query_options cancelled = {.is_cancelled = &is_cancelled};
    assert_int_equal(run_status(&query, &cancelled, &err), CT_CANCELLED);
    query.aggregate_count = 0;
    assert_int_equal(run_status(&query, NULL, &err), CT_INVALID);
}

/* Every allocation fails once: an error, no leak (seen by the sanitizer), no crash. */
static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    struct ct_aggregate aggregate;
    fake_make(5, 0, 1, 0);
    struct ct_query query = sum_by(&aggregate, all_tags, 2);
    aggregate.function = CT_LAST;
    query.bucket_ns = 10;
    for (size_t limit = 500;; limit += 997) {
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

static void whole_blocks_are_answered_from_their_sums(void **state)
{
    (void)state;
    struct ct_aggregate aggregate;
    fake_make(9, 0, 1, 0);
    const struct ct_query query = sum_by(&aggregate, NULL, 0);
    const struct ct_query_options options = {.ignores_rollups = true};
    struct ct_result *result = run(&query, &options);
    const struct ct_source *live = &fake.sources[FAKE_SOURCES - 1];
    assert_int_equal(result->stats.blocks_from_sums, live->first_block);
    assert_int_equal(result->stats.blocks_read, live->end_block - live->first_block);
    assert_int_equal(result->stats.rows_scanned, fake.row_count);
    ct_result_destroy(result);
}

static void cells_are_taken_in_place_of_rows_where_the_scan_has_them(void **state)
{
    (void)state;
    struct ct_aggregate aggregate;
    fake_make(9, 0, 1, 0);
    struct ct_query query = sum_by(&aggregate, NULL, 0);
    struct ct_result *result = run(&query, NULL);
    assert_int_equal(result->stats.rows_from_cells, fake.row_count);
    assert_int_equal(result->stats.rows_scanned, 0);
    assert_true(result->stats.cells_read > 0);
    ct_result_destroy(result);
    query.bucket_ns = 7; /* no rollup has buckets of 7 ns */
    result = run(&query, NULL);
    assert_int_equal(result->stats.rows_from_cells, 0);
    assert_int_equal(result->stats.rows_scanned, fake.row_count);
    ct_result_destroy(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_agrees_with_the_model),
        cmocka_unit_test(several_currencies_are_refused_with_their_list),
        cmocka_unit_test(unknown_names_are_not_found_and_named),
        cmocka_unit_test(words_are_not_summed),
        cmocka_unit_test(order_and_limit_give_the_top_rows_ties_by_keys),
        cmocka_unit_test(selected_rows_come_sorted_and_complete),
        cmocka_unit_test(a_limit_selects_the_first_of_very_many_rows),
        cmocka_unit_test(limits_and_cancelling_are_obeyed),
        cmocka_unit_test(memory_may_run_out_anywhere),
        cmocka_unit_test(whole_blocks_are_answered_from_their_sums),
        cmocka_unit_test(cells_are_taken_in_place_of_rows_where_the_scan_has_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
