/* The caller's question in the engine's terms. Names are checked there, numbers of enums here. */
#include "api_private.h"

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for a query");
}

static ct_status convert_texts(struct ct_arena *arena, const char *const *texts, size_t count,
                               const struct ct_text **out, struct ct_error *err)
{
    if (count > UINT32_MAX)
        return ct_fail(err, CT_LIMIT, "a list of %zu names", count);
    struct ct_text *converted = ct_arena_alloc_zeroed(arena, count + 1, sizeof *converted);
    if (!converted)
        return no_memory(err);
    for (size_t i = 0; i < count; i++)
        converted[i] = api_text(texts[i]);
    *out = converted;
    return CT_OK;
}

/* NULL is 0. */
static ct_status convert_number(const char *text, struct ct_decimal *out, struct ct_error *err)
{
    *out = (struct ct_decimal){0};
    if (!text || ct_decimal_parse(api_text(text), out) == CT_OK)
        return CT_OK;
    return ct_fail(err, CT_INVALID, "\"%.40s\" is no number of at most 38 digits", text);
}

/* Element i of an array whose elements begin with their size, of which the first one's counts. */
static ct_status read_element(void *to, size_t size, const void *array, size_t i, const char *name,
                              struct ct_error *err)
{
    uint32_t struct_size;
    memcpy(&struct_size, array, sizeof struct_size);
    return api_read_struct(to, size, (const char *)array + i * struct_size, name, err);
}

/* -- Filters ---------------------------------------------------------------------------------- */

static ct_status first_value(const centime_filter *filter, struct ct_text *out,
                             struct ct_error *err)
{
    if (filter->value_count != 1)
        return ct_fail(err, CT_INVALID, "a condition on \"%.80s\" with %zu values: it takes one",
                       filter->tag ? filter->tag : "", filter->value_count);
    *out = api_text(filter->values[0]);
    return CT_OK;
}

static ct_status convert_leaf(struct ct_arena *arena, const centime_filter *filter,
                              struct ct_filter *out, struct ct_error *err)
{
    const struct ct_text name = api_text(filter->tag);
    if (filter->kind <= CENTIME_PRESENT) {
        *out = (struct ct_filter){.kind = (enum ct_filter_kind)filter->kind, .tag = name};
        if (filter->kind == CENTIME_MATCH)
            return first_value(filter, &out->pattern, err);
        if (filter->kind == CENTIME_PRESENT)
            return CT_OK;
        out->value_count = (uint32_t)filter->value_count;
        return convert_texts(arena, filter->values, filter->value_count, &out->values, err);
    }
    *out = (struct ct_filter){.kind = CT_FILTER_FIELD_PRESENT, .field = name};
    if (filter->kind == CENTIME_FIELD_PRESENT)
        return CT_OK;
    if (filter->kind == CENTIME_FIELD_MATCH) {
        out->kind = CT_FILTER_FIELD_MATCH;
        return first_value(filter, &out->pattern, err);
    }
    out->kind = CT_FILTER_FIELD;
    out->comparison = (enum ct_comparison)(filter->kind - CENTIME_FIELD_EQUAL);
    out->value.type = CT_STRING;
    out->reads_value = true;
    return first_value(filter, &out->value.string, err);
}

static ct_status convert_filter(struct ct_arena *arena, const centime_filter *filter,
                                struct ct_filter *out, uint32_t depth, struct ct_error *err)
{
    if (depth > CT_QUERY_FILTER_DEPTH_MAX)
        return ct_fail(err, CT_LIMIT, "a filter of more than %d levels", CT_QUERY_FILTER_DEPTH_MAX);
    if (filter->kind > CENTIME_FIELD_PRESENT)
        return ct_fail(err, CT_INVALID, "unknown kind of filter %u", filter->kind);
    if (filter->kind >= CENTIME_IN)
        return convert_leaf(arena, filter, out, err);
    *out = (struct ct_filter){.kind = (enum ct_filter_kind)filter->kind};
    if (filter->child_count > CT_QUERY_FILTER_NODES_MAX)
        return ct_fail(err, CT_LIMIT, "a filter of %u conditions", filter->child_count);
    struct ct_filter *children =
        ct_arena_alloc_zeroed(arena, (size_t)filter->child_count + 1, sizeof *children);
    if (!children)
        return no_memory(err);
    for (uint32_t i = 0; i < filter->child_count; i++)
        CT_TRY(convert_filter(arena, &filter->children[i], &children[i], depth + 1, err));
    out->children = children;
    out->child_count = filter->child_count;
    return CT_OK;
}

/* -- Aggregates and computed columns ---------------------------------------------------------- */

static ct_status convert_aggregate(const centime_query *query, size_t i, struct ct_aggregate *out,
                                   struct ct_error *err)
{
    const centime_aggregate *from = &query->aggregates[i];
    if (from->function > CENTIME_APPROXIMATE_DISTINCT)
        return ct_fail(err, CT_INVALID, "unknown function %u", from->function);
    centime_aggregate_options options = {0};
    if (query->aggregate_options)
        CT_TRY(read_element(&options, sizeof options, query->aggregate_options, i,
                            "centime_aggregate_options", err));
    *out = (struct ct_aggregate){
        .function = (enum ct_function)from->function,
        .field = api_text(from->field),
        .name = api_text(from->name),
        .tag = api_text(options.tag),
        .quantile = options.quantile,
        .unit_ns = options.unit_ns,
        .gap_max_ns = options.gap_max_ns,
        .has_scale = options.has_scale != 0,
        .scale = options.scale,
    };
    return CT_OK;
}

static ct_status convert_aggregates(struct ct_arena *arena, const centime_query *query,
                                    struct ct_query *out, struct ct_error *err)
{
    if (query->aggregate_count > CT_QUERY_FIELDS_MAX)
        return ct_fail(err, CT_LIMIT, "%zu aggregates, at most %d", query->aggregate_count,
                       CT_QUERY_FIELDS_MAX);
    struct ct_aggregate *aggregates =
        ct_arena_alloc_zeroed(arena, query->aggregate_count + 1, sizeof *aggregates);
    if (!aggregates)
        return no_memory(err);
    for (size_t i = 0; i < query->aggregate_count; i++)
        CT_TRY(convert_aggregate(query, i, &aggregates[i], err));
    out->aggregates = aggregates;
    out->aggregate_count = (uint32_t)query->aggregate_count;
    return CT_OK;
}

static ct_status convert_one_computed(const centime_query *query, size_t i, struct ct_computed *out,
                                      struct ct_error *err)
{
    centime_computed from;
    CT_TRY(read_element(&from, sizeof from, query->computed, i, "centime_computed", err));
    if (from.operation > CENTIME_DIVIDE)
        return ct_fail(err, CT_INVALID, "unknown arithmetic %u", from.operation);
    *out = (struct ct_computed){
        .operation = (enum ct_arithmetic)from.operation,
        .left.column = api_text(from.left),
        .right.column = api_text(from.right),
        .name = api_text(from.name),
        .has_scale = from.has_scale != 0,
        .scale = from.scale,
    };
    CT_TRY(convert_number(from.left_value, &out->left.constant, err));
    return convert_number(from.right_value, &out->right.constant, err);
}

static ct_status convert_computed(struct ct_arena *arena, const centime_query *query,
                                  struct ct_query *out, struct ct_error *err)
{
    if (query->computed_count > CT_QUERY_COMPUTED_MAX)
        return ct_fail(err, CT_LIMIT, "%zu computed columns, at most %d", query->computed_count,
                       CT_QUERY_COMPUTED_MAX);
    struct ct_computed *computed =
        ct_arena_alloc_zeroed(arena, query->computed_count + 1, sizeof *computed);
    if (!computed)
        return no_memory(err);
    for (size_t i = 0; i < query->computed_count; i++)
        CT_TRY(convert_one_computed(query, i, &computed[i], err));
    out->computed = computed;
    out->computed_count = (uint32_t)query->computed_count;
    return CT_OK;
}

static ct_status convert_lists(struct ct_arena *arena, const centime_query *query,
                               struct ct_query *out, struct ct_error *err)
{
    CT_TRY(convert_aggregates(arena, query, out, err));
    CT_TRY(convert_computed(arena, query, out, err));
    CT_TRY(convert_texts(arena, query->fields, query->field_count, &out->fields, err));
    CT_TRY(convert_texts(arena, query->tags, query->tag_count, &out->tags, err));
    out->field_count = (uint32_t)query->field_count;
    out->tag_count = (uint32_t)query->tag_count;
    if (!query->filter)
        return CT_OK;
    struct ct_filter *filter = ct_arena_alloc_zeroed(arena, 1, sizeof *filter);
    if (!filter)
        return no_memory(err);
    out->filter = filter;
    return convert_filter(arena, query->filter, filter, 1, err);
}

/* -- The rest --------------------------------------------------------------------------------- */

static ct_status convert_calendar(const centime_query *query, struct ct_query *out,
                                  struct ct_error *err)
{
    out->calendar = (struct ct_calendar){
        .week_start = query->week_start,
        .year_month = query->year_month,
        .month_day = query->month_day,
    };
    if (query->unit == CENTIME_NO_UNIT)
        return CT_OK;
    if (query->unit > CENTIME_YEARS)
        return ct_fail(err, CT_INVALID, "unknown unit %u of time buckets", query->unit);
    out->has_period = true;
    out->period = (struct ct_period){
        .unit = (enum ct_calendar_unit)(query->unit - CENTIME_HOURS),
        .count = query->unit_count,
        .phase = query->unit_phase,
    };
    return CT_OK;
}

static ct_status convert_choices(const centime_query *query, struct ct_query *out,
                                 struct ct_error *err)
{
    if (query->fill > CENTIME_FILL_VALUE || query->basis > CENTIME_CONTRACTED ||
        query->dating > CENTIME_BY_BILLING)
        return ct_fail(err, CT_INVALID, "unknown fill %u, basis %u or dating %u", query->fill,
                       query->basis, query->dating);
    out->fill = (enum ct_fill)query->fill;
    out->has_fill_scale = query->has_fill_scale != 0;
    out->fill_scale = query->fill_scale;
    out->bucket_limit = query->bucket_limit;
    out->basis = (enum ct_basis)query->basis;
    out->dating = (enum ct_dating)query->dating;
    out->conversion = (struct ct_conversion){
        .currency = api_text(query->convert_to),
        .table = api_text(query->rate_table),
        .has_scale = query->has_convert_scale != 0,
        .scale = query->convert_scale,
    };
    return convert_number(query->fill_value, &out->fill_value, err);
}

ct_status api_convert_query(struct ct_arena *arena, const centime_query *query,
                            struct ct_query *out, struct ct_error *err)
{
    if (query->mode > CENTIME_ROWS)
        return ct_fail(err, CT_INVALID, "unknown mode %u of a query", query->mode);
    const bool is_always = query->start_ns == 0 && query->end_ns == 0;
    *out = (struct ct_query){
        .database = api_database(query->database),
        .table = api_text(query->table),
        .mode = (enum ct_query_mode)query->mode,
        .start_ns = is_always ? INT64_MIN : query->start_ns,
        .end_ns = is_always ? INT64_MAX : query->end_ns,
        .bucket_ns = query->bucket_ns,
        .origin_ns = query->origin_ns,
        .order = {api_text(query->order_by), query->is_descending != 0},
        .limit = query->limit,
        .skips_empty = query->skips_empty != 0,
    };
    CT_TRY(convert_calendar(query, out, err));
    CT_TRY(convert_choices(query, out, err));
    return convert_lists(arena, query, out, err);
}
