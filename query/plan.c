/* Names to numbers. Every refusal names what was asked and, where the list is short, what there is.
 */
#include "plan.h"
#include "filter.h"

#include <stdio.h>

#define NAMES_BYTES 160
#define BASIS_NAMES 3

/* All that planning must know of a function. `needs` is of the field's cells; needs_rows: cells of
 * rollups do not have it. */
struct function_rule {
    const char *name;
    unsigned needs;
    bool takes_numbers, is_amount, needs_rows;
};

static const struct function_rule rules[CT_FUNCTION_COUNT] = {
    [CT_COUNT] = {.name = "count"},
    [CT_SUM] = {"sum", CT_NEED_SUM, true, true, false},
    [CT_MEAN] = {"mean", CT_NEED_SUM, true, true, false},
    [CT_MIN] = {"min", CT_NEED_MIN, true, true, false},
    [CT_MAX] = {"max", CT_NEED_MAX, true, true, false},
    [CT_FIRST] = {"first", CT_NEED_FIRST, false, false, false},
    [CT_LAST] = {"last", CT_NEED_LAST, false, false, false},
    [CT_FIRST_TIME] = {"first_time", CT_NEED_FIRST, false, false, false},
    [CT_LAST_TIME] = {"last_time", CT_NEED_LAST, false, false, false},
    [CT_SPREAD] = {"spread", CT_NEED_MIN | CT_NEED_MAX, true, true, false},
    [CT_STDDEV] = {"stddev", CT_NEED_SUM | CT_NEED_SQUARES, true, true, true},
    [CT_MEDIAN] = {"median", CT_NEED_VALUES, true, true, true},
    [CT_QUANTILE] = {"quantile", CT_NEED_VALUES, true, true, true},
    [CT_MODE] = {"mode", CT_NEED_VALUES, false, false, true},
    [CT_COUNT_DISTINCT] = {"count_distinct", CT_NEED_VALUES, false, false, true},
    [CT_INCREASE] = {"increase", CT_NEED_SERIES, true, true, true},
    [CT_RATE] = {"rate", CT_NEED_SERIES, true, true, true},
    [CT_INTEGRAL] = {"integral", CT_NEED_SERIES, true, true, true},
    [CT_APPROXIMATE_QUANTILE] = {"approximate_quantile", CT_NEED_QUANTILES, true, true, false},
    [CT_APPROXIMATE_DISTINCT] = {"approximate_distinct", CT_NEED_DISTINCT, false, false, false},
};

const char *ct_function_name(enum ct_function function)
{
    return rules[function].name;
}

bool ct_plan_needs_rows(const struct ct_plan *plan)
{
    bool needs_rows = plan->filters_fields || plan->query->dating == CT_DATED_BY_BILLING;
    for (uint32_t i = 0; i < plan->query->aggregate_count; i++)
        needs_rows |= rules[plan->outputs[i].function].needs_rows;
    return needs_rows;
}

static struct ct_text database_of(const struct ct_query *query)
{
    return query->database.len ? query->database : ct_text_of("default");
}

static ct_status find_table(struct ct_plan *plan, struct ct_error *err)
{
    const struct ct_query *query = plan->query;
    const struct ct_text name = database_of(query);
    const uint32_t database = ct_catalog_find_database(plan->catalog, name);
    if (database == CT_NONE)
        return ct_fail(err, CT_NOT_FOUND, "no database \"%.*s\": nothing was written to it yet",
                       (int)(name.len < 80 ? name.len : 80), name.bytes ? name.bytes : "");
    plan->table = ct_catalog_find_table(plan->catalog, database, query->table);
    if (plan->table == CT_NONE)
        return ct_fail(err, CT_NOT_FOUND, "no table \"%.*s\" in database \"%.*s\"",
                       (int)(query->table.len < 80 ? query->table.len : 80),
                       query->table.bytes ? query->table.bytes : "",
                       (int)(name.len < 80 ? name.len : 80), name.bytes);
    return CT_OK;
}

/* The table's fields as far as they fit a message. */
static void list_fields(const struct ct_plan *plan, char *out)
{
    const uint32_t count = ct_catalog_field_count(plan->catalog, plan->table);
    size_t used = 0;
    out[0] = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct ct_text name = ct_catalog_field(plan->catalog, plan->table, i).name;
        if (used + name.len + 6 > NAMES_BYTES) {
            memcpy(out + used, ", ...", 6);
            return;
        }
        used += (size_t)snprintf(out + used, NAMES_BYTES - used, "%s%.*s", i ? ", " : "",
                                 (int)name.len, name.bytes);
    }
}

static ct_status fail_unknown_field(const struct ct_plan *plan, struct ct_text name,
                                    struct ct_error *err)
{
    char names[NAMES_BYTES];
    list_fields(plan, names);
    return ct_fail(err, CT_NOT_FOUND, "no field \"%.*s\"; the table has: %s",
                   (int)(name.len < 60 ? name.len : 60), name.bytes ? name.bytes : "", names);
}

/* Index among the fields to be read; there is room for one more. */
static ct_status add_field(struct ct_plan *plan, struct ct_text name, uint32_t *out,
                           struct ct_error *err)
{
    const uint32_t number = ct_catalog_find_field(plan->catalog, plan->table, name);
    if (number == CT_NONE)
        return fail_unknown_field(plan, name, err);
    for (*out = 0; *out < plan->read_count; (*out)++)
        if (plan->field_numbers[*out] == number)
            return CT_OK;
    const struct ct_field field = ct_catalog_field(plan->catalog, plan->table, number);
    plan->fields[*out] =
        (struct ct_plan_field){.field = number, .type = field.type, .is_money = field.is_money};
    plan->field_numbers[*out] = number;
    plan->read_count++;
    return CT_OK;
}

/* -- Aggregates ------------------------------------------------------------------------------- */

static ct_status check_options(const struct ct_aggregate *aggregate, struct ct_plan_output *output,
                               struct ct_error *err)
{
    if (aggregate->has_scale && aggregate->scale > CT_DECIMAL_SCALE_MAX)
        return ct_fail(err, CT_INVALID, "a scale of %d digits, at most %d", aggregate->scale,
                       CT_DECIMAL_SCALE_MAX);
    if (aggregate->unit_ns < 0 || aggregate->gap_max_ns < 0)
        return ct_fail(err, CT_INVALID, "%s with a negative unit or gap",
                       ct_function_name(aggregate->function));
    const bool is_quantile =
        aggregate->function == CT_QUANTILE || aggregate->function == CT_APPROXIMATE_QUANTILE;
    if (!is_quantile)
        return CT_OK;
    if (!(aggregate->quantile >= 0 && aggregate->quantile <= 1))
        return ct_fail(err, CT_INVALID, "a quantile is from 0 to 1, as 0.95");
    if (ct_decimal_of_double(aggregate->quantile, &output->quantile) != CT_OK)
        output->quantile = (struct ct_decimal){0}; /* too near 0 to matter */
    return CT_OK;
}

/* -- Basis ------------------------------------------------------------------------------------ */

static const struct {
    const char *word;
    const char *fields[BASIS_NAMES];
} bases[] = {
    [CT_BASIS_BILLED] = {"billed", {"cost_usd", "billed_cost", "cost"}},
    [CT_BASIS_EFFECTIVE] = {"effective", {"effective_cost", "effective_cost_usd", NULL}},
    [CT_BASIS_LIST] = {"list", {"list_cost", "list_cost_usd", NULL}},
    [CT_BASIS_CONTRACTED] = {"contracted", {"contracted_cost", "contracted_cost_usd", NULL}},
};

/* The field that holds the query's basis. */
static ct_status find_basis(const struct ct_plan *plan, struct ct_text *out, struct ct_error *err)
{
    const enum ct_basis basis = plan->query->basis;
    for (size_t i = 0; i < BASIS_NAMES && bases[basis].fields[i]; i++) {
        *out = ct_text_of(bases[basis].fields[i]);
        if (ct_catalog_find_field(plan->catalog, plan->table, *out) != CT_NONE)
            return CT_OK;
    }
    char names[NAMES_BYTES];
    list_fields(plan, names);
    return ct_fail(err, CT_NOT_FOUND, "no %s cost (field %s); the table has: %s", bases[basis].word,
                   bases[basis].fields[0], names);
}

/* A count of rows, of a tag's values, or nothing at all. */
static ct_status add_without_field(struct ct_plan *plan, struct ct_plan_output *output,
                                   struct ct_error *err)
{
    const struct ct_aggregate *aggregate = output->aggregate;
    if (aggregate->function == CT_COUNT && aggregate->tag.len == 0)
        return CT_OK;
    if (aggregate->function != CT_COUNT_DISTINCT || aggregate->tag.len == 0)
        return ct_fail(err, CT_INVALID, "%s needs a field", ct_function_name(aggregate->function));
    output->is_of_tag = true;
    output->tag = ct_catalog_find_tag(plan->catalog, plan->table, aggregate->tag);
    plan->needs_tags = true;
    return CT_OK;
}

static ct_status fail_type(const struct ct_plan_output *output, enum ct_type type,
                           struct ct_error *err)
{
    return ct_fail(err, CT_TYPE, "%s of field \"%.*s\", which is a %s: it takes numbers",
                   ct_function_name(output->function),
                   (int)(output->name.len < 80 ? output->name.len : 80), output->name.bytes,
                   ct_type_name(type));
}

static ct_status add_aggregate(struct ct_plan *plan, uint32_t at, struct ct_error *err)
{
    const struct ct_aggregate *aggregate = &plan->query->aggregates[at];
    if ((unsigned)aggregate->function >= CT_FUNCTION_COUNT)
        return ct_fail(err, CT_INVALID, "unknown function %d", (int)aggregate->function);
    struct ct_plan_output *output = &plan->outputs[at];
    *output = (struct ct_plan_output){
        .function = aggregate->function, .field = CT_NONE, .aggregate = aggregate};
    CT_TRY(check_options(aggregate, output, err));
    output->name = aggregate->field;
    if (output->name.len == 0 && aggregate->tag.len == 0 && plan->query->basis &&
        aggregate->function != CT_COUNT)
        CT_TRY(find_basis(plan, &output->name, err));
    if (output->name.len == 0)
        return add_without_field(plan, output, err);
    CT_TRY(add_field(plan, output->name, &output->field, err));
    struct ct_plan_field *field = &plan->fields[output->field];
    const struct function_rule *rule = &rules[aggregate->function];
    if (rule->takes_numbers && (field->type == CT_STRING || field->type == CT_BOOL))
        return fail_type(output, field->type, err);
    field->needs |= rule->needs;
    field->is_amount |= field->is_money && rule->is_amount;
    plan->needs_times |= (rule->needs & (CT_NEED_FIRST | CT_NEED_LAST)) != 0;
    plan->needs_series |= (rule->needs & CT_NEED_SERIES) != 0;
    plan->checks_currency |= field->is_amount;
    return CT_OK;
}

/* -- Fields ----------------------------------------------------------------------------------- */

static ct_status make_fields(struct ct_plan *plan, uint32_t output_count, uint32_t leaf_count,
                             struct ct_error *err)
{
    const size_t cap = (size_t)output_count + leaf_count + 1;
    plan->fields = ct_alloc_zeroed(plan->allocator, cap, sizeof *plan->fields);
    plan->field_numbers = ct_alloc_zeroed(plan->allocator, cap, sizeof *plan->field_numbers);
    plan->outputs = ct_alloc_zeroed(plan->allocator, cap, sizeof *plan->outputs);
    if (!plan->fields || !plan->field_numbers || !plan->outputs)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a query of %u fields", output_count);
    return CT_OK;
}

/* Fields of conditions, after those of outputs. The tree is known to be well formed. */
static ct_status add_filter_fields(struct ct_plan *plan, const struct ct_filter *filter,
                                   struct ct_error *err)
{
    if (filter->kind < CT_FILTER_FIELD) {
        const bool has_children = filter->kind <= CT_FILTER_NOT;
        for (uint32_t i = 0; has_children && i < filter->child_count; i++)
            CT_TRY(add_filter_fields(plan, &filter->children[i], err));
        return CT_OK;
    }
    uint32_t unused;
    plan->filters_fields = true;
    return add_field(plan, filter->field, &unused, err);
}

static ct_status add_fields(struct ct_plan *plan, struct ct_error *err)
{
    const struct ct_query *query = plan->query;
    struct ct_filter_size size = {0};
    if (query->filter)
        CT_TRY(ct_filter_measure(query->filter, &size, err));
    const bool has_rows = query->mode == CT_QUERY_ROWS;
    const uint32_t count = has_rows ? query->field_count : query->aggregate_count;
    CT_TRY(make_fields(plan, count, size.leaves, err));
    for (uint32_t i = 0; i < count; i++) {
        if (has_rows)
            CT_TRY(add_field(plan, query->fields[i], &plan->outputs[i].field, err));
        else
            CT_TRY(add_aggregate(plan, i, err));
    }
    plan->field_count = plan->read_count;
    return query->filter ? add_filter_fields(plan, query->filter, err) : CT_OK;
}

/* -- Tags and currency ------------------------------------------------------------------------ */

static void find_currency(struct ct_plan *plan)
{
    const uint32_t count = ct_catalog_field_count(plan->catalog, plan->table);
    for (uint32_t i = 0; i < count && !plan->has_money; i++)
        plan->has_money = ct_catalog_field(plan->catalog, plan->table, i).is_money;
    plan->currency_tag = CT_NONE;
    if (!plan->has_money)
        return;
    const struct ct_table_options options = ct_catalog_table_options(plan->catalog, plan->table);
    memcpy(plan->currency, options.currency, sizeof plan->currency - 1);
    plan->currency_tag = ct_catalog_find_tag(plan->catalog, plan->table, ct_text_of("currency"));
}

static void find_tags(struct ct_plan *plan)
{
    for (uint32_t i = 0; i < plan->query->tag_count; i++) {
        plan->tags[i] = ct_catalog_find_tag(plan->catalog, plan->table, plan->query->tags[i]);
        if (plan->tags[i] != CT_NONE && plan->tags[i] == plan->currency_tag)
            plan->checks_currency = false;
    }
    if (plan->currency_tag == CT_NONE)
        plan->checks_currency = false;
}

static bool has_buckets(const struct ct_query *query)
{
    return query->bucket_ns != 0 || query->has_period;
}

/* Numbers of enums that come from outside. */
static ct_status check_choices(const struct ct_query *query, struct ct_error *err)
{
    if ((unsigned)query->fill > CT_FILL_VALUE || (unsigned)query->basis > CT_BASIS_CONTRACTED ||
        (unsigned)query->dating > CT_DATED_BY_BILLING)
        return ct_fail(err, CT_INVALID, "unknown fill %d, basis %d or dating %d", (int)query->fill,
                       (int)query->basis, (int)query->dating);
    if (query->has_period)
        return ct_calendar_check(&query->calendar, query->period, err);
    return CT_OK;
}

static ct_status check_limits(const struct ct_query *query, struct ct_error *err)
{
    if (query->tag_count > CT_QUERY_TAGS_MAX)
        return ct_fail(err, CT_LIMIT, "%u tags, at most %d", query->tag_count, CT_QUERY_TAGS_MAX);
    if (query->aggregate_count > CT_QUERY_FIELDS_MAX || query->field_count > CT_QUERY_FIELDS_MAX)
        return ct_fail(err, CT_LIMIT, "more than %d fields or aggregates", CT_QUERY_FIELDS_MAX);
    if (query->computed_count > CT_QUERY_COMPUTED_MAX)
        return ct_fail(err, CT_LIMIT, "more than %d computed columns", CT_QUERY_COMPUTED_MAX);
    if (query->bucket_ns < 0)
        return ct_fail(err, CT_INVALID, "a time bucket of less than 1 ns");
    if (query->has_period && query->bucket_ns)
        return ct_fail(err, CT_INVALID, "time buckets of a width and of a calendar at once");
    if (query->mode == CT_QUERY_AGGREGATE && query->aggregate_count == 0)
        return ct_fail(err, CT_INVALID, "nothing to compute: give an aggregate");
    if (query->mode == CT_QUERY_ROWS && has_buckets(query))
        return ct_fail(err, CT_INVALID, "time buckets need aggregates");
    if ((query->fill || query->bucket_limit) && !has_buckets(query))
        return ct_fail(err, CT_INVALID, "filling and limits of buckets need time buckets");
    if (query->has_fill_scale && query->fill_scale > CT_DECIMAL_SCALE_MAX)
        return ct_fail(err, CT_INVALID, "a scale of %d digits, at most %d", query->fill_scale,
                       CT_DECIMAL_SCALE_MAX);
    return check_choices(query, err);
}

ct_status ct_plan_init(struct ct_plan *plan, struct ct_catalog *catalog,
                       const struct ct_query *query, const struct ct_query_options *options,
                       const struct ct_allocator *allocator, struct ct_error *err)
{
    CT_TRY(check_limits(query, err));
    *plan = (struct ct_plan){
        .query = query,
        .catalog = catalog,
        .allocator = allocator,
        .rows_max = options && options->rows_max ? options->rows_max : CT_QUERY_ROWS_MAX,
    };
    CT_TRY(find_table(plan, err));
    const ct_status status = add_fields(plan, err);
    if (status != CT_OK) {
        ct_plan_deinit(plan);
        return status;
    }
    find_currency(plan);
    find_tags(plan);
    return CT_OK;
}

void ct_plan_deinit(struct ct_plan *plan)
{
    ct_release(plan->allocator, plan->fields);
    ct_release(plan->allocator, plan->field_numbers);
    ct_release(plan->allocator, plan->outputs);
    *plan = (struct ct_plan){0};
}

void ct_plan_output_name(const struct ct_plan *plan, uint32_t output, struct ct_output_name *out)
{
    const struct ct_aggregate *aggregate = &plan->query->aggregates[output];
    const struct ct_text field = plan->outputs[output].name;
    const struct ct_text subject = field.len ? field : aggregate->tag;
    out->second = (struct ct_text){"", 0};
    if (aggregate->name.len || subject.len == 0) {
        out->first = aggregate->name.len ? aggregate->name : ct_text_of("count");
        return;
    }
    const struct ct_text function = ct_text_of(ct_function_name(aggregate->function));
    memcpy(out->function, function.bytes, function.len);
    out->function[function.len] = '_';
    out->first = (struct ct_text){out->function, function.len + 1};
    out->second = subject;
}

struct ct_text ct_plan_missing_tag(const struct ct_plan *plan, uint32_t tag)
{
    if (tag == CT_NONE || tag != plan->currency_tag)
        return (struct ct_text){"", 0};
    return ct_text_of(plan->currency);
}

uint32_t ct_plan_missing_code(const struct ct_plan *plan, uint32_t tag)
{
    if (tag == CT_NONE || tag != plan->currency_tag)
        return 0;
    return ct_catalog_find_value(plan->catalog, plan->table, tag, ct_text_of(plan->currency));
}
