/* OTLP metrics in JSON: camelCase names, 64-bit integers as text or numbers, unknown names passed
 * over. A data point that makes no sense is rejected by itself; only what is no such request at all
 * fails as a whole. */
#include "otlp_rows.h"
#include "otlp_value.h"

#define TEMPORALITY_CUMULATIVE 2

struct reading {
    struct ct_otlp *otlp;
    struct ct_arena resource_texts;
    struct ct_arena point_texts;
    struct ct_otlp_tags resource_tags;
    struct ct_otlp_point *point; /* the one in hand */
};

/* An array, or nothing. */
static ct_status array_of(struct ct_json json, size_t *count, struct ct_error *err)
{
    char path[128];
    const enum ct_json_kind kind = ct_json_kind_of(json);
    *count = ct_json_count(json);
    if (kind == CT_JSON_ARRAY || kind == CT_JSON_NULL)
        return CT_OK;
    ct_json_path(json, path, sizeof path);
    return ct_fail(err, CT_TYPE, "%s is %s, an array is wanted", path, ct_json_kind_name(kind));
}

static bool is_missing(ct_status *status)
{
    if (*status != CT_NOT_FOUND)
        return false;
    *status = CT_OK;
    return true;
}

/* Optional numbers: not there, they stay as they are. */
static ct_status read_double(const struct ct_json *object, const char *key, double *out, bool *has,
                             struct ct_error *err)
{
    ct_status status = ct_otlp_json_double(ct_json_member(object, key), out, err);
    *has = status == CT_OK;
    (void)is_missing(&status);
    return status;
}

static ct_status read_uint64(const struct ct_json *object, const char *key, uint64_t *out,
                             struct ct_error *err)
{
    int64_t value = 0;
    ct_status status = ct_otlp_json_int64(ct_json_member(object, key), &value, err);
    (void)is_missing(&status);
    if (status == CT_OK && value < 0)
        return ct_fail(err, CT_RANGE, "%s is negative", key);
    *out = (uint64_t)value;
    return status;
}

/* -- Attributes -------------------------------------------------------------------------------- */

static ct_status add_attribute(struct ct_otlp_tags *tags, struct ct_text key,
                               struct ct_json any_value, struct ct_arena *arena,
                               struct ct_error *err)
{
    const struct ct_json string = ct_json_member(&any_value, "stringValue");
    struct ct_text value;
    struct ct_text_out out;
    if (ct_json_kind_of(string) == CT_JSON_STRING) {
        CT_TRY(ct_json_text(string, &value, err));
        ct_otlp_tag(tags, key, value);
        return CT_OK;
    }
    ct_text_out_init(&out, arena);
    CT_TRY(ct_otlp_print_json(&out, any_value, err));
    value = ct_text_out_text(&out);
    if (out.is_short)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an attribute");
    ct_otlp_tag(tags, key, value);
    return CT_OK;
}

/* Attributes of an object; of a resource (`chooses`) only those that become tags. */
static ct_status read_attributes(const struct ct_otlp *otlp, const struct ct_json *object,
                                 bool chooses, struct ct_otlp_tags *tags, struct ct_arena *arena,
                                 struct ct_error *err)
{
    const struct ct_json list = ct_json_member(object, "attributes");
    size_t count;
    CT_TRY(array_of(list, &count, err));
    for (size_t i = 0; i < count; i++) {
        const struct ct_json pair = ct_json_at(&list, i);
        struct ct_text key = {"", 0};
        ct_status status = ct_json_text(ct_json_member(&pair, "key"), &key, err);
        if (!is_missing(&status) && status != CT_OK)
            return status;
        if (!chooses || ct_otlp_is_chosen(otlp, key))
            CT_TRY(add_attribute(tags, key, ct_json_member(&pair, "value"), arena, err));
    }
    return CT_OK;
}

/* -- Points ------------------------------------------------------------------------------------ */

static ct_status read_number(const struct ct_json *given, struct ct_otlp_point *point,
                             struct ct_error *err)
{
    bool is_real;
    ct_status status = ct_otlp_json_int64(ct_json_member(given, "asInt"), &point->whole, err);
    if (!is_missing(&status)) {
        point->number = CT_OTLP_WHOLE;
        return status;
    }
    status = read_double(given, "asDouble", &point->real, &is_real, err);
    point->number = is_real ? CT_OTLP_REAL : CT_OTLP_NONE;
    return status;
}

/* The numbers of an array, in the arena. */
static ct_status read_doubles(struct reading *reading, struct ct_json list, const double **out,
                              size_t *count, struct ct_error *err)
{
    CT_TRY(array_of(list, count, err));
    double *values = ct_arena_alloc_zeroed(&reading->point_texts, *count + 1, sizeof *values);
    if (!values)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for buckets");
    for (size_t i = 0; i < *count; i++) {
        ct_status status = ct_otlp_json_double(ct_json_at(&list, i), &values[i], err);
        if (!is_missing(&status) && status != CT_OK)
            return status;
    }
    *out = values;
    return CT_OK;
}

static ct_status read_counts(struct reading *reading, struct ct_json list, struct ct_error *err)
{
    struct ct_otlp_point *point = reading->point;
    CT_TRY(array_of(list, &point->bucket_count, err));
    uint64_t *counts =
        ct_arena_alloc_zeroed(&reading->point_texts, point->bucket_count + 1, sizeof *counts);
    if (!counts)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for buckets");
    for (size_t i = 0; i < point->bucket_count; i++) {
        int64_t value = 0;
        ct_status status = ct_otlp_json_int64(ct_json_at(&list, i), &value, err);
        if (!is_missing(&status) && status != CT_OK)
            return status;
        if (value < 0)
            return ct_fail(err, CT_RANGE, "a bucket's count is negative");
        counts[i] = (uint64_t)value;
    }
    point->bucket_counts = counts;
    return CT_OK;
}

static ct_status read_quantiles(struct reading *reading, const struct ct_json *given,
                                struct ct_error *err)
{
    const struct ct_json list = ct_json_member(given, "quantileValues");
    struct ct_arena *arena = &reading->point_texts;
    size_t count;
    bool has;
    CT_TRY(array_of(list, &count, err));
    double *quantiles = ct_arena_alloc_zeroed(arena, count + 1, sizeof *quantiles);
    double *values = ct_arena_alloc_zeroed(arena, count + 1, sizeof *values);
    if (!quantiles || !values)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for quantiles");
    for (size_t i = 0; i < count; i++) {
        const struct ct_json pair = ct_json_at(&list, i);
        CT_TRY(read_double(&pair, "quantile", &quantiles[i], &has, err));
        CT_TRY(read_double(&pair, "value", &values[i], &has, err));
    }
    reading->point->bounds = quantiles;
    reading->point->quantile_values = values;
    reading->point->bound_count = count;
    return CT_OK;
}

/* What histograms and summaries have. */
static ct_status read_distribution(struct reading *reading, const struct ct_otlp_metric *metric,
                                   const struct ct_json *given, struct ct_error *err)
{
    struct ct_otlp_point *point = reading->point;
    CT_TRY(read_uint64(given, "count", &point->count, err));
    CT_TRY(read_double(given, "sum", &point->sum, &point->has_sum, err));
    if (metric->kind == CT_OTLP_SUMMARY) {
        point->has_sum = true; /* 0 is left out */
        return read_quantiles(reading, given, err);
    }
    CT_TRY(read_double(given, "min", &point->min, &point->has_min, err));
    CT_TRY(read_double(given, "max", &point->max, &point->has_max, err));
    if (metric->kind == CT_OTLP_EXPONENTIAL || !reading->otlp->has_buckets)
        return CT_OK;
    CT_TRY(read_counts(reading, ct_json_member(given, "bucketCounts"), err));
    return read_doubles(reading, ct_json_member(given, "explicitBounds"), &point->bounds,
                        &point->bound_count, err);
}

static ct_status read_point(struct reading *reading, const struct ct_otlp_metric *metric,
                            const struct ct_json *given, struct ct_error *err)
{
    struct ct_otlp_point *point = reading->point;
    uint64_t flags = 0;
    CT_TRY(read_uint64(given, "startTimeUnixNano", &point->start_ns, err));
    CT_TRY(read_uint64(given, "timeUnixNano", &point->time_ns, err));
    CT_TRY(read_uint64(given, "flags", &flags, err));
    point->flags = (uint32_t)flags;
    CT_TRY(metric->kind == CT_OTLP_GAUGE || metric->kind == CT_OTLP_SUM
               ? read_number(given, point, err)
               : read_distribution(reading, metric, given, err));
    return read_attributes(reading->otlp, given, false, &point->tags, &reading->point_texts, err);
}

/* A point that cannot be read is rejected with the reason. */
static ct_status add_point(struct reading *reading, const struct ct_otlp_metric *metric,
                           const struct ct_json *given, struct ct_error *err)
{
    struct ct_error why;
    ct_arena_reset(&reading->point_texts);
    ct_otlp_point_clear(reading->point);
    const ct_status status = read_point(reading, metric, given, &why);
    if (status == CT_OK)
        return ct_otlp_add(reading->otlp, metric, reading->point, &reading->point_texts, err);
    if (status == CT_NO_MEMORY)
        return ct_fail(err, status, "%s", why.text);
    reading->otlp->rows.points++;
    ct_metric_reject(&reading->otlp->rows, metric->name, 1, why.text);
    return CT_OK;
}

/* -- Metrics ----------------------------------------------------------------------------------- */

/* 2, or the name that stands for it. */
static bool is_cumulative(const struct ct_json *data)
{
    const struct ct_json json = ct_json_member(data, "aggregationTemporality");
    struct ct_text text;
    int64_t number;
    if (ct_json_kind_of(json) == CT_JSON_STRING && ct_json_text(json, &text, NULL) == CT_OK)
        return ct_text_equal(text, ct_text_of("AGGREGATION_TEMPORALITY_CUMULATIVE"));
    return ct_json_int64(json, &number, NULL) == CT_OK && number == TEMPORALITY_CUMULATIVE;
}

/* The member with the metric's data; false where there is none. */
static bool find_data(const struct ct_json *given, struct ct_otlp_metric *metric,
                      struct ct_json *data)
{
    static const char *const names[] = {
        [CT_OTLP_GAUGE] = "gauge",         [CT_OTLP_SUM] = "sum",
        [CT_OTLP_HISTOGRAM] = "histogram", [CT_OTLP_EXPONENTIAL] = "exponentialHistogram",
        [CT_OTLP_SUMMARY] = "summary",
    };
    for (size_t i = 0; i < CT_COUNT_OF(names); i++) {
        *data = ct_json_member(given, names[i]);
        metric->kind = (enum ct_otlp_kind)i;
        if (data->value)
            return true;
    }
    return false;
}

static ct_status read_metric(struct reading *reading, const struct ct_json *given,
                             struct ct_error *err)
{
    struct ct_otlp_metric metric = {.name = {"", 0}, .resource = &reading->resource_tags};
    struct ct_json data;
    size_t count;
    ct_status status = ct_json_text(ct_json_member(given, "name"), &metric.name, err);
    if ((!is_missing(&status) && status != CT_OK) || !find_data(given, &metric, &data))
        return status;
    metric.is_cumulative = metric.kind == CT_OTLP_SUMMARY || is_cumulative(&data);
    if (ct_json_bool(ct_json_member(&data, "isMonotonic"), &metric.is_monotonic, NULL) != CT_OK)
        metric.is_monotonic = false;
    const struct ct_json points = ct_json_member(&data, "dataPoints");
    CT_TRY(array_of(points, &count, err));
    for (size_t i = 0; i < count; i++) {
        const struct ct_json point = ct_json_at(&points, i);
        CT_TRY(add_point(reading, &metric, &point, err));
    }
    return CT_OK;
}

static ct_status read_scope(struct reading *reading, const struct ct_json *scope,
                            struct ct_error *err)
{
    const struct ct_json metrics = ct_json_member(scope, "metrics");
    size_t count;
    CT_TRY(array_of(metrics, &count, err));
    for (size_t i = 0; i < count; i++) {
        const struct ct_json metric = ct_json_at(&metrics, i);
        CT_TRY(read_metric(reading, &metric, err));
    }
    return CT_OK;
}

static ct_status read_resource_metrics(struct reading *reading, const struct ct_json *given,
                                       struct ct_error *err)
{
    const struct ct_json resource = ct_json_member(given, "resource");
    const struct ct_json scopes = ct_json_member(given, "scopeMetrics");
    size_t count;
    reading->resource_tags.count = 0;
    ct_arena_reset(&reading->resource_texts);
    CT_TRY(read_attributes(reading->otlp, &resource, true, &reading->resource_tags,
                           &reading->resource_texts, err));
    CT_TRY(array_of(scopes, &count, err));
    for (size_t i = 0; i < count; i++) {
        const struct ct_json scope = ct_json_at(&scopes, i);
        CT_TRY(read_scope(reading, &scope, err));
    }
    return CT_OK;
}

static ct_status read_request(struct reading *reading, const struct ct_json *root,
                              struct ct_error *err)
{
    const struct ct_json resources = ct_json_member(root, "resourceMetrics");
    size_t count;
    if (ct_json_kind_of(*root) != CT_JSON_OBJECT)
        return ct_fail(err, CT_TYPE, "the body is %s, an object with resourceMetrics is wanted",
                       ct_json_kind_name(ct_json_kind_of(*root)));
    CT_TRY(array_of(resources, &count, err));
    for (size_t i = 0; i < count; i++) {
        const struct ct_json resource = ct_json_at(&resources, i);
        CT_TRY(read_resource_metrics(reading, &resource, err));
    }
    return CT_OK;
}

ct_status ct_otlp_read_json(struct ct_otlp *otlp, struct ct_text body, struct ct_error *err)
{
    struct ct_json root;
    struct ct_otlp_point point;
    struct reading reading = {.otlp = otlp, .point = &point};
    CT_TRY(ct_json_parse(body, &root, err));
    ct_arena_init(&reading.resource_texts, otlp->allocator, 0);
    ct_arena_init(&reading.point_texts, otlp->allocator, 0);
    const ct_status status = read_request(&reading, &root, err);
    ct_arena_deinit(&reading.point_texts);
    ct_arena_deinit(&reading.resource_texts);
    ct_json_release(&root);
    return status;
}
