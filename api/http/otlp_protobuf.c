/* OTLP metrics in protobuf. The outer messages are walked, each metric is unpacked by itself: what
 * is held at a time is one metric. */
#include <otlp_metrics.pb-c.h>

#include "otlp_rows.h"
#include "otlp_value.h"
#include "unpack.h"
#include "wire_field.h"

#define TEMPORALITY_CUMULATIVE 2

/* Field numbers of the messages that are walked. */
enum {
    REQUEST_RESOURCE_METRICS = 1,
    RESOURCE_METRICS_RESOURCE = 1,
    RESOURCE_METRICS_SCOPE_METRICS = 2,
    SCOPE_METRICS_METRICS = 2
};

struct reading {
    struct ct_otlp *otlp;
    struct ct_unpack resource;
    struct ct_unpack metric;
    struct ct_otlp_tags resource_tags;
    struct ct_otlp_point *point; /* the one in hand */
};

/* -- Attributes -------------------------------------------------------------------------------- */

static ct_status print_value(const Centime__Otlp__AnyValue *value, struct ct_text_out *out,
                             struct ct_error *err)
{
    switch ((int)value->value_case) { /* the enum has a member that is no value */
    case CENTIME__OTLP__ANY_VALUE__VALUE_BOOL_VALUE:
        ct_otlp_print_bool(out, value->bool_value);
        return CT_OK;
    case CENTIME__OTLP__ANY_VALUE__VALUE_INT_VALUE:
        ct_otlp_print_int64(out, value->int_value);
        return CT_OK;
    case CENTIME__OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE:
        ct_otlp_print_double(out, value->double_value);
        return CT_OK;
    case CENTIME__OTLP__ANY_VALUE__VALUE_BYTES_VALUE:
        ct_otlp_print_base64(out, ct_unpack_text(value->bytes_value));
        return CT_OK;
    case CENTIME__OTLP__ANY_VALUE__VALUE_ARRAY_VALUE:
        return ct_otlp_print_wire_list(out, ct_unpack_text(value->array_value), err);
    case CENTIME__OTLP__ANY_VALUE__VALUE_KVLIST_VALUE:
        return ct_otlp_print_wire_map(out, ct_unpack_text(value->kvlist_value), err);
    default:
        return CT_OK;
    }
}

/* The value as a tag's; it lies in the arena that the attribute was unpacked in. */
static ct_status value_text(const Centime__Otlp__AnyValue *value, struct ct_arena *arena,
                            struct ct_text *out, struct ct_error *err)
{
    *out = (struct ct_text){"", 0};
    if (!value)
        return CT_OK;
    if (value->value_case == CENTIME__OTLP__ANY_VALUE__VALUE_STRING_VALUE) {
        *out = ct_unpack_text(value->string_value);
        return CT_OK;
    }
    struct ct_text_out text;
    ct_text_out_init(&text, arena);
    CT_TRY(print_value(value, &text, err));
    if (text.is_short)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an attribute");
    *out = ct_text_out_text(&text);
    return CT_OK;
}

static ct_status add_tags(struct reading *reading, Centime__Otlp__KeyValue **attributes,
                          size_t count, struct ct_otlp_tags *tags, struct ct_error *err)
{
    tags->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct ct_text value;
        CT_TRY(value_text(attributes[i]->value, &reading->metric.arena, &value, err));
        ct_otlp_tag(tags, ct_unpack_text(attributes[i]->key), value);
    }
    return CT_OK;
}

static ct_status read_resource(struct reading *reading, struct ct_text bytes, struct ct_error *err)
{
    ProtobufCMessage *message;
    CT_TRY(ct_unpack_message(&reading->resource, &centime__otlp__resource__descriptor, bytes,
                             "a resource", &message, err));
    const Centime__Otlp__Resource *resource = (const Centime__Otlp__Resource *)message;
    for (size_t i = 0; i < resource->n_attributes; i++) {
        const Centime__Otlp__KeyValue *attribute = resource->attributes[i];
        const struct ct_text key = ct_unpack_text(attribute->key);
        struct ct_text value;
        if (!ct_otlp_is_chosen(reading->otlp, key))
            continue;
        CT_TRY(value_text(attribute->value, &reading->resource.arena, &value, err));
        ct_otlp_tag(&reading->resource_tags, key, value);
    }
    return CT_OK;
}

/* -- Points ------------------------------------------------------------------------------------ */

static ct_status add_point(struct reading *reading, const struct ct_otlp_metric *metric,
                           Centime__Otlp__KeyValue **attributes, size_t attribute_count,
                           struct ct_error *err)
{
    CT_TRY(add_tags(reading, attributes, attribute_count, &reading->point->tags, err));
    return ct_otlp_add(reading->otlp, metric, reading->point, &reading->metric.arena, err);
}

static ct_status add_numbers(struct reading *reading, const struct ct_otlp_metric *metric,
                             Centime__Otlp__NumberPoint **points, size_t count,
                             struct ct_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const Centime__Otlp__NumberPoint *given = points[i];
        struct ct_otlp_point *point = reading->point;
        ct_otlp_point_clear(point);
        point->start_ns = given->start_time_unix_nano;
        point->time_ns = given->time_unix_nano;
        point->flags = given->flags;
        if (given->value_case == CENTIME__OTLP__NUMBER_POINT__VALUE_AS_INT) {
            point->number = CT_OTLP_WHOLE;
            point->whole = given->as_int;
        } else if (given->value_case == CENTIME__OTLP__NUMBER_POINT__VALUE_AS_DOUBLE) {
            point->number = CT_OTLP_REAL;
            point->real = given->as_double;
        }
        CT_TRY(add_point(reading, metric, given->attributes, given->n_attributes, err));
    }
    return CT_OK;
}

static ct_status add_histograms(struct reading *reading, const struct ct_otlp_metric *metric,
                                const Centime__Otlp__Histogram *histogram, struct ct_error *err)
{
    for (size_t i = 0; i < histogram->n_data_points; i++) {
        const Centime__Otlp__HistogramPoint *given = histogram->data_points[i];
        struct ct_otlp_point *point = reading->point;
        ct_otlp_point_clear(point);
        point->start_ns = given->start_time_unix_nano;
        point->time_ns = given->time_unix_nano;
        point->flags = given->flags;
        point->count = given->count;
        point->has_sum = given->has_sum;
        point->has_min = given->has_min;
        point->has_max = given->has_max;
        point->sum = given->sum;
        point->min = given->min;
        point->max = given->max;
        point->bucket_counts = given->bucket_counts;
        point->bucket_count = given->n_bucket_counts;
        point->bounds = given->explicit_bounds;
        point->bound_count = given->n_explicit_bounds;
        CT_TRY(add_point(reading, metric, given->attributes, given->n_attributes, err));
    }
    return CT_OK;
}

static ct_status add_exponentials(struct reading *reading, const struct ct_otlp_metric *metric,
                                  const Centime__Otlp__ExponentialHistogram *histogram,
                                  struct ct_error *err)
{
    for (size_t i = 0; i < histogram->n_data_points; i++) {
        const Centime__Otlp__ExponentialPoint *given = histogram->data_points[i];
        struct ct_otlp_point *point = reading->point;
        ct_otlp_point_clear(point);
        point->start_ns = given->start_time_unix_nano;
        point->time_ns = given->time_unix_nano;
        point->flags = given->flags;
        point->count = given->count;
        point->has_sum = given->has_sum;
        point->has_min = given->has_min;
        point->has_max = given->has_max;
        point->sum = given->sum;
        point->min = given->min;
        point->max = given->max;
        CT_TRY(add_point(reading, metric, given->attributes, given->n_attributes, err));
    }
    return CT_OK;
}

/* Quantiles and their values as two arrays. */
static ct_status read_quantiles(struct reading *reading, const Centime__Otlp__SummaryPoint *given,
                                struct ct_error *err)
{
    const size_t count = given->n_quantile_values;
    struct ct_arena *arena = &reading->metric.arena;
    double *quantiles = ct_arena_alloc_zeroed(arena, count + 1, sizeof *quantiles);
    double *values = ct_arena_alloc_zeroed(arena, count + 1, sizeof *values);
    if (!quantiles || !values)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for quantiles");
    for (size_t i = 0; i < count; i++) {
        quantiles[i] = given->quantile_values[i]->quantile;
        values[i] = given->quantile_values[i]->value;
    }
    reading->point->bounds = quantiles;
    reading->point->quantile_values = values;
    reading->point->bound_count = count;
    return CT_OK;
}

static ct_status add_summaries(struct reading *reading, const struct ct_otlp_metric *metric,
                               const Centime__Otlp__Summary *summary, struct ct_error *err)
{
    for (size_t i = 0; i < summary->n_data_points; i++) {
        const Centime__Otlp__SummaryPoint *given = summary->data_points[i];
        struct ct_otlp_point *point = reading->point;
        ct_otlp_point_clear(point);
        point->start_ns = given->start_time_unix_nano;
        point->time_ns = given->time_unix_nano;
        point->flags = given->flags;
        point->count = given->count;
        point->has_sum = true;
        point->sum = given->sum;
        CT_TRY(read_quantiles(reading, given, err));
        CT_TRY(add_point(reading, metric, given->attributes, given->n_attributes, err));
    }
    return CT_OK;
}

/* -- Metrics ----------------------------------------------------------------------------------- */

/* A copy of the name that ends in a zero byte. */
static ct_status read_name(struct reading *reading, ProtobufCBinaryData given, struct ct_text *out,
                           struct ct_error *err)
{
    const char *name = ct_arena_terminated(&reading->metric.arena,
                                           (struct ct_text){(const char *)given.data, given.len});
    if (!name)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a metric's name");
    *out = (struct ct_text){name, given.len};
    return CT_OK;
}

static ct_status add_metric(struct reading *reading, const Centime__Otlp__Metric *given,
                            struct ct_error *err)
{
    struct ct_otlp_metric metric = {.resource = &reading->resource_tags};
    CT_TRY(read_name(reading, given->name, &metric.name, err));
    if (given->gauge)
        return add_numbers(reading, &metric, given->gauge->data_points, given->gauge->n_data_points,
                           err);
    if (given->sum) {
        metric.kind = CT_OTLP_SUM;
        metric.is_cumulative = given->sum->aggregation_temporality == TEMPORALITY_CUMULATIVE;
        metric.is_monotonic = given->sum->is_monotonic;
        return add_numbers(reading, &metric, given->sum->data_points, given->sum->n_data_points,
                           err);
    }
    if (given->histogram) {
        metric.kind = CT_OTLP_HISTOGRAM;
        metric.is_cumulative = given->histogram->aggregation_temporality == TEMPORALITY_CUMULATIVE;
        return add_histograms(reading, &metric, given->histogram, err);
    }
    if (given->exponential_histogram) {
        metric.kind = CT_OTLP_EXPONENTIAL;
        metric.is_cumulative =
            given->exponential_histogram->aggregation_temporality == TEMPORALITY_CUMULATIVE;
        return add_exponentials(reading, &metric, given->exponential_histogram, err);
    }
    if (given->summary) {
        metric.kind = CT_OTLP_SUMMARY;
        metric.is_cumulative = true;
        return add_summaries(reading, &metric, given->summary, err);
    }
    return CT_OK;
}

static ct_status read_metric(struct reading *reading, struct ct_text bytes, struct ct_error *err)
{
    ProtobufCMessage *message;
    CT_TRY(ct_unpack_message(&reading->metric, &centime__otlp__metric__descriptor, bytes,
                             "a metric", &message, err));
    return add_metric(reading, (const Centime__Otlp__Metric *)message, err);
}

/* -- The messages around them ------------------------------------------------------------------ */

static ct_status read_scope(struct reading *reading, struct ct_text rest, struct ct_error *err)
{
    while (rest.len) {
        struct ct_wire_field field;
        CT_TRY(ct_wire_next(&rest, &field, err));
        if (field.number == SCOPE_METRICS_METRICS && field.is_bytes)
            CT_TRY(read_metric(reading, field.bytes, err));
    }
    return CT_OK;
}

/* The resource may stand behind what it is the resource of: it is looked for first. */
static ct_status read_resource_metrics(struct reading *reading, struct ct_text bytes,
                                       struct ct_error *err)
{
    struct ct_wire_field field;
    struct ct_text rest = bytes;
    reading->resource_tags.count = 0;
    while (rest.len) {
        CT_TRY(ct_wire_next(&rest, &field, err));
        if (field.number == RESOURCE_METRICS_RESOURCE && field.is_bytes)
            CT_TRY(read_resource(reading, field.bytes, err));
    }
    for (rest = bytes; rest.len;) {
        CT_TRY(ct_wire_next(&rest, &field, err));
        if (field.number == RESOURCE_METRICS_SCOPE_METRICS && field.is_bytes)
            CT_TRY(read_scope(reading, field.bytes, err));
    }
    return CT_OK;
}

static ct_status read_request(struct reading *reading, struct ct_text rest, struct ct_error *err)
{
    while (rest.len) {
        struct ct_wire_field field;
        CT_TRY(ct_wire_next(&rest, &field, err));
        if (field.number == REQUEST_RESOURCE_METRICS && field.is_bytes)
            CT_TRY(read_resource_metrics(reading, field.bytes, err));
    }
    return CT_OK;
}

ct_status ct_otlp_read_protobuf(struct ct_otlp *otlp, struct ct_text body, struct ct_error *err)
{
    struct ct_otlp_point point;
    struct reading reading = {.otlp = otlp, .point = &point};
    ct_unpack_init(&reading.resource, otlp->allocator);
    ct_unpack_init(&reading.metric, otlp->allocator);
    const ct_status status = read_request(&reading, body, err);
    ct_unpack_deinit(&reading.metric);
    ct_unpack_deinit(&reading.resource);
    return status;
}
