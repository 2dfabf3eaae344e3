/* The order of a frame's rows, and its groups. */
#include "influx_frame.h"

struct ordering {
    struct ct_influx_frame *frame;
    const struct ct_result_column *dimensions[CT_INFLUX_DIMENSIONS_MAX]; /* those that are known */
    uint32_t dimension_count;
};

/* Rows that a query read share the bytes of equal tag values. */
static int compare_tags(struct ct_text a, struct ct_text b)
{
    return a.bytes == b.bytes && a.len == b.len ? 0 : ct_text_compare(a, b);
}

static int compare_groups(const struct ordering *o, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < o->dimension_count; i++) {
        const int order = compare_tags(o->dimensions[i]->text[a], o->dimensions[i]->text[b]);
        if (order)
            return order;
    }
    return 0;
}

/* The next tag that the row has, from *i on; NULL at the end. */
static const struct ct_result_column *next_tag(const struct ct_influx_frame *frame, uint32_t row,
                                               uint32_t *i)
{
    for (; *i < frame->series_column_count; ++*i) {
        const struct ct_result_column *column = &frame->rows->columns[frame->series_columns[*i]];
        if (column->text[row].len)
            return column;
    }
    return NULL;
}

/* As the keys of their series, "cpu,host=a,region=eu". */
static int compare_series(const struct ct_influx_frame *frame, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0, k = 0;; i++, k++) {
        const struct ct_result_column *x = next_tag(frame, a, &i);
        const struct ct_result_column *y = next_tag(frame, b, &k);
        if (!x || !y)
            return (x != NULL) - (y != NULL);
        if (i != k)
            return ct_text_compare(x->name, y->name);
        const int order = compare_tags(x->text[a], y->text[b]);
        if (order)
            return order;
    }
}

static int compare_rows(const struct ordering *o, uint32_t a, uint32_t b)
{
    const int64_t *times_ns = o->frame->times_ns;
    const int order = compare_groups(o, a, b);
    if (order)
        return order;
    if (times_ns[a] != times_ns[b])
        return times_ns[a] < times_ns[b] ? -1 : 1;
    return compare_series(o->frame, a, b);
}

static void merge(const struct ordering *o, const uint32_t *from, uint32_t *to, size_t first,
                  size_t middle, size_t end)
{
    for (size_t a = first, b = middle, at = first; at < end; at++) {
        const bool takes_first = b == end || (a < middle && compare_rows(o, from[a], from[b]) <= 0);
        to[at] = takes_first ? from[a++] : from[b++];
    }
}

static bool is_sorted(const struct ordering *o, const uint32_t *order, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (compare_rows(o, order[i - 1], order[i]) > 0)
            return false;
    return true;
}

/* Stable. */
static ct_status sort(const struct ordering *o, uint32_t *order, size_t count, struct ct_error *err)
{
    if (is_sorted(o, order, count))
        return CT_OK;
    uint32_t *other;
    CT_TRY(ct_influx_run_alloc(o->frame->plan->run, count, sizeof *other, &other, err));
    uint32_t *from = order;
    uint32_t *to = other;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t first = 0; first < count; first += 2 * width) {
            const size_t middle = first + width < count ? first + width : count;
            const size_t end = first + 2 * width < count ? first + 2 * width : count;
            merge(o, from, to, first, middle, end);
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != order)
        memcpy(order, from, count * sizeof *order);
    return CT_OK;
}

static ct_status add_group(struct ct_influx_frame *frame, uint32_t first, struct ct_error *err)
{
    const struct ct_influx_plan *plan = frame->plan;
    struct ct_text *tags;
    if (frame->group_count >= CT_INFLUXQL_SERIES_MAX)
        return ct_fail(err, CT_LIMIT, "more than %u series", CT_INFLUXQL_SERIES_MAX);
    CT_TRY(ct_influx_run_extend(plan->run, &frame->groups, frame->group_count,
                                sizeof *frame->groups, err));
    CT_TRY(ct_influx_run_alloc(plan->run, plan->dimension_count, sizeof *tags, &tags, err));
    for (uint32_t i = 0; i < plan->dimension_count; i++) {
        const int32_t column = frame->dimension_columns[i];
        tags[i] = column < 0 ? (struct ct_text){"", 0}
                             : frame->rows->columns[column].text[frame->order[first]];
    }
    frame->groups[frame->group_count++] = (struct ct_influx_group){.tags = tags, .first = first};
    return CT_OK;
}

ct_status ct_influx_frame_group(struct ct_influx_frame *frame, struct ct_error *err)
{
    const uint32_t count = frame->row_count;
    struct ordering o = {.frame = frame};
    for (uint32_t i = 0; i < frame->plan->dimension_count; i++)
        if (frame->dimension_columns[i] >= 0)
            o.dimensions[o.dimension_count++] = &frame->rows->columns[frame->dimension_columns[i]];
    CT_TRY(sort(&o, frame->order, count, err));
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || compare_groups(&o, frame->order[i - 1], frame->order[i]) != 0)
            CT_TRY(add_group(frame, i, err));
        frame->groups[frame->group_count - 1].count++;
    }
    return CT_OK;
}
