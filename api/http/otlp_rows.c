#include "otlp_rows.h"

#include <math.h>

#include "hash.h"
#include "number.h"

/* A report may bear the very time of its start, or of the start of the counter after it: the row of
 * 0 stands just behind, where it hides neither. */
#define START_AFTER_NS   1
#define FLAG_NO_VALUE    1u /* "no recorded value": the series has ended or has a gap */
#define NUMBER_BYTES     32
#define FIELD_NAME_BYTES (sizeof "quantile_" + NUMBER_BYTES)

void ct_otlp_point_clear(struct ct_otlp_point *point)
{
    memset((char *)point + offsetof(struct ct_otlp_point, start_ns), 0,
           sizeof *point - offsetof(struct ct_otlp_point, start_ns));
    point->tags.count = 0;
}

/* -- Tags -------------------------------------------------------------------------------------- */

void ct_otlp_tag(struct ct_otlp_tags *tags, struct ct_text key, struct ct_text value)
{
    for (uint32_t i = 0; i < tags->count; i++)
        if (ct_text_equal(key, (struct ct_text){tags->items[i].key.bytes, tags->items[i].key.len}))
            return;
    if (value.len == 0 || tags->count > CT_METRIC_TAGS_MAX)
        return;
    tags->items[tags->count++] = (centime_row_tag){{key.bytes, key.len}, {value.bytes, value.len}};
}

/* "k8s.*" or "service.name" */
static bool matches(struct ct_text key, struct ct_text pattern)
{
    if (pattern.len && pattern.bytes[pattern.len - 1] == '*')
        return ct_text_begins_with(key, (struct ct_text){pattern.bytes, pattern.len - 1});
    return ct_text_equal(key, pattern);
}

/* service.instance.id and host.name tell apart processes that report the same counter: without
 * them their reports would overwrite each other. */
static const char *const chosen[] = {
    "service.name",
    "service.namespace",
    "service.instance.id",
    "deployment.environment.name",
    "deployment.environment", /* its name until 2024 */
    "host.name",
    "cloud.*",
    "k8s.*",
};

bool ct_otlp_is_chosen(const struct ct_otlp *otlp, struct ct_text key)
{
    for (size_t i = 0; i < CT_COUNT_OF(chosen); i++)
        if (matches(key, ct_text_of(chosen[i])))
            return true;
    const struct ct_text list = otlp->resource_tags;
    for (size_t at = 0; at < list.len;) {
        const char *comma = memchr(list.bytes + at, ',', list.len - at);
        const size_t end = comma ? (size_t)(comma - list.bytes) : list.len;
        if (end > at && matches(key, (struct ct_text){list.bytes + at, end - at}))
            return true;
        at = end + 1;
    }
    return false;
}

/* -- Values ------------------------------------------------------------------------------------ */

/* The row of one point in the making. */
struct values {
    struct ct_metric_value items[CT_METRIC_VALUES_MAX];
    uint32_t count;
    const char *fault; /* why there can be no row */
    struct ct_arena *arena;
};

static void add_real(struct values *values, const char *field, double real)
{
    values->items[values->count++] = (struct ct_metric_value){.field = field, .real = real};
}

static void add_count(struct values *values, const char *field, uint64_t count)
{
    if (count > INT64_MAX)
        values->fault = "a count past the largest int64";
    values->items[values->count++] = (struct ct_metric_value){
        .field = field, .is_whole = true, .whole = count > INT64_MAX ? 0 : (int64_t)count};
}

/* "bucket_0.5"; NULL: out of memory. */
static const char *field_name(struct ct_arena *arena, const char *prefix, double number)
{
    char *name = ct_arena_alloc(arena, FIELD_NAME_BYTES);
    if (!name)
        return NULL;
    const size_t len = strlen(prefix);
    memcpy(name, prefix, len);
    name[len + ct_print_double(number, name + len)] = 0;
    return name;
}

static void add_number(struct values *values, const struct ct_otlp_point *point)
{
    if (point->number == CT_OTLP_NONE)
        values->fault = "a point without a value";
    values->items[values->count++] = (struct ct_metric_value){
        .field = "value",
        .is_whole = point->number == CT_OTLP_WHOLE,
        .whole = point->whole,
        .real = point->real,
    };
}

/* Some senders have infinities for the extremes of no values. */
static void add_extremes(struct values *values, const struct ct_otlp_point *point)
{
    if (point->has_min && isfinite(point->min))
        add_real(values, "min", point->min);
    if (point->has_max && isfinite(point->max))
        add_real(values, "max", point->max);
}

/* False: out of memory. */
static bool add_buckets(struct values *values, const struct ct_otlp_point *point)
{
    if (point->bucket_count == 0)
        return true;
    if (point->bucket_count > CT_OTLP_BUCKETS_MAX ||
        point->bound_count + 1 != point->bucket_count) {
        values->fault = "more than 512 buckets, or not one bound fewer than buckets";
        return true;
    }
    for (size_t i = 0; i < point->bound_count; i++) {
        if (!isfinite(point->bounds[i])) {
            values->fault = "a bound that is no finite number";
            return true;
        }
        const char *name = field_name(values->arena, "bucket_", point->bounds[i]);
        if (!name)
            return false;
        add_count(values, name, point->bucket_counts[i]);
    }
    add_count(values, "bucket_inf", point->bucket_counts[point->bound_count]);
    return true;
}

/* False: out of memory. */
static bool add_quantiles(struct values *values, const struct ct_otlp_point *point)
{
    if (point->bound_count > CT_OTLP_BUCKETS_MAX) {
        values->fault = "more than 512 quantiles";
        return true;
    }
    for (size_t i = 0; i < point->bound_count; i++) {
        if (!isfinite(point->bounds[i]) || !isfinite(point->quantile_values[i]))
            continue;
        const char *name = field_name(values->arena, "quantile_", point->bounds[i]);
        if (!name)
            return false;
        add_real(values, name, point->quantile_values[i]);
    }
    return true;
}

/* False: out of memory. */
static bool add_values(const struct ct_otlp *otlp, const struct ct_otlp_metric *metric,
                       const struct ct_otlp_point *point, struct values *values)
{
    if (metric->kind == CT_OTLP_GAUGE || metric->kind == CT_OTLP_SUM) {
        add_number(values, point);
        return true;
    }
    add_count(values, "count", point->count);
    if (point->has_sum)
        add_real(values, "sum", point->sum);
    add_extremes(values, point);
    if (!otlp->has_buckets)
        return true;
    return metric->kind == CT_OTLP_SUMMARY ? add_quantiles(values, point)
                                           : add_buckets(values, point);
}

/* -- Where counters begin ---------------------------------------------------------------------- */

static struct ct_counter_start start_of(const struct ct_otlp *otlp,
                                        const struct ct_metric_point *row, int64_t start_ns)
{
    struct ct_counter_start start = {.start_ns = start_ns};
    for (uint64_t half = 0; half < 2; half++) {
        uint64_t hash = ct_hash(otlp->database, strlen(otlp->database), half);
        hash = ct_hash(row->table.bytes, row->table.len, hash);
        for (uint32_t i = 0; i < row->tag_count; i++) {
            hash = ct_hash(row->tags[i].key.bytes, row->tags[i].key.len, hash);
            hash = ct_hash(row->tags[i].value.bytes, row->tags[i].value.len, hash);
        }
        start.series[half] = hash;
    }
    return start;
}

static bool grows(const char *field)
{
    return strcmp(field, "min") != 0 && strcmp(field, "max") != 0 && field[0] != 'q';
}

/* The row of 0 at the counter's start: of what only grows. */
static ct_status add_start(struct ct_otlp *otlp, struct ct_metric_point row,
                           const struct ct_otlp_point *point, struct ct_error *err)
{
    struct ct_metric_value zeros[CT_METRIC_VALUES_MAX];
    const struct ct_counter_start start = start_of(otlp, &row, (int64_t)point->start_ns);
    if (ct_counter_starts_has(otlp->known_starts, &start))
        return CT_OK;
    uint32_t count = 0;
    for (uint32_t i = 0; i < row.value_count; i++)
        if (grows(row.values[i].field))
            zeros[count++] = (struct ct_metric_value){.field = row.values[i].field,
                                                      .is_whole = row.values[i].is_whole};
    row.values = zeros;
    row.value_count = count;
    row.time_ns = start.start_ns + START_AFTER_NS;
    if (!ct_grow(otlp->allocator, &otlp->starts, &otlp->start_cap, otlp->start_count + 1,
                 sizeof *otlp->starts))
        return ct_fail(err, CT_NO_MEMORY, "out of memory for the starts of counters");
    otlp->starts[otlp->start_count++] = start;
    return ct_metric_add_besides(&otlp->rows, &row, err);
}

static bool has_start(const struct ct_otlp_metric *metric, const struct ct_otlp_point *point)
{
    const bool is_counter =
        metric->kind == CT_OTLP_SUM ? metric->is_monotonic : metric->kind != CT_OTLP_GAUGE;
    return is_counter && metric->is_cumulative && point->start_ns != 0 &&
           point->start_ns < point->time_ns - START_AFTER_NS;
}

/* -- Points ------------------------------------------------------------------------------------ */

static const char *fault_of_time(const struct ct_otlp_point *point)
{
    if (point->time_ns == 0)
        return "a point without timeUnixNano";
    return point->time_ns > INT64_MAX ? "timeUnixNano is past the year 2262" : NULL;
}

static void merge_tags(const struct ct_otlp_tags *own, const struct ct_otlp_tags *resource,
                       struct ct_otlp_tags *out)
{
    out->count = own->count;
    memcpy(out->items, own->items, own->count * sizeof *own->items);
    for (uint32_t i = 0; i < resource->count; i++) {
        const centime_row_tag *tag = &resource->items[i];
        ct_otlp_tag(out, (struct ct_text){tag->key.bytes, tag->key.len},
                    (struct ct_text){tag->value.bytes, tag->value.len});
    }
}

ct_status ct_otlp_add(struct ct_otlp *otlp, const struct ct_otlp_metric *metric,
                      const struct ct_otlp_point *point, struct ct_arena *arena,
                      struct ct_error *err)
{
    struct values values; /* large: not cleared */
    struct ct_otlp_tags tags;
    if (point->flags & FLAG_NO_VALUE)
        return CT_OK;
    values.count = 0;
    values.fault = fault_of_time(point);
    values.arena = arena;
    if (!add_values(otlp, metric, point, &values))
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a point");
    if (values.fault) {
        otlp->rows.points++;
        ct_metric_reject(&otlp->rows, metric->name, 1, values.fault);
        return CT_OK;
    }
    merge_tags(&point->tags, metric->resource, &tags);
    const struct ct_metric_point row = {.table = metric->name,
                                        .tags = tags.items,
                                        .tag_count = tags.count,
                                        .values = values.items,
                                        .value_count = values.count,
                                        .time_ns = (int64_t)point->time_ns};
    bool is_stored;
    CT_TRY(ct_metric_add(&otlp->rows, &row, &is_stored, err));
    return is_stored && has_start(metric, point) ? add_start(otlp, row, point, err) : CT_OK;
}
