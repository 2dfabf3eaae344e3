/* What is known of a block's values and differences before a codec is chosen. */
#include "int/int_codec.h"

/* Outliers sit in few spans: a span is quiet where it needs at most one bit more than the median
 * span. */
static void find_quiet_range(struct ct_residuals *residuals)
{
    uint16_t spans_of_width[65] = {0};
    uint8_t widths[CT_SPANS_MAX];
    for (uint32_t s = 0; s < residuals->span_count; s++) {
        widths[s] = (uint8_t)ct_bit_width((uint64_t)residuals->span_max[s] -
                                          (uint64_t)residuals->span_min[s]);
        spans_of_width[widths[s]]++;
    }
    unsigned median = 0;
    for (uint32_t seen = spans_of_width[0]; seen * 2 < residuals->span_count;)
        seen += spans_of_width[++median];
    int64_t min = INT64_MAX;
    int64_t max = INT64_MIN;
    for (uint32_t s = 0; s < residuals->span_count; s++) {
        if (widths[s] > median + 1)
            continue;
        min = residuals->span_min[s] < min ? residuals->span_min[s] : min;
        max = residuals->span_max[s] > max ? residuals->span_max[s] : max;
    }
    residuals->quiet_min = min;
    residuals->quiet_max = max;
}

static void look_at_order(struct ct_int_source *source, unsigned order)
{
    struct ct_residuals *residuals = &source->orders[order];
    residuals->order = order;
    residuals->count = source->count > order ? source->count - order : 0;
    residuals->span_count = (residuals->count + CT_SPAN_VALUES - 1) / CT_SPAN_VALUES;
    if (residuals->count == 0)
        return;
    source->scratch->kernels->span_ranges(source->values, source->count, order, residuals->span_min,
                                          residuals->span_max);
    residuals->min = residuals->span_min[0];
    residuals->max = residuals->span_max[0];
    for (uint32_t s = 1; s < residuals->span_count; s++) {
        if (residuals->span_min[s] < residuals->min)
            residuals->min = residuals->span_min[s];
        if (residuals->span_max[s] > residuals->max)
            residuals->max = residuals->span_max[s];
    }
    find_quiet_range(residuals);
}

void ct_int_source_init(struct ct_int_source *source, const int64_t *values, uint32_t count,
                        enum ct_effort effort, bool is_nested, struct ct_codec_scratch *scratch)
{
    CT_ASSERT(count >= 1 && count <= CT_BLOCK_VALUES_MAX);
    source->values = values;
    source->count = count;
    source->effort = effort;
    source->is_nested = is_nested;
    source->scratch = scratch;
    source->residuals_loaded = CT_ORDERS;
    for (unsigned order = 0; order < CT_ORDERS; order++)
        look_at_order(source, order);
}

const int64_t *ct_residuals_load(struct ct_int_source *source, unsigned order)
{
    if (order == 0)
        return source->values;
    if (source->residuals_loaded != order) {
        source->scratch->kernels->differences(source->values, source->count, order,
                                              source->scratch->residuals);
        source->residuals_loaded = order;
    }
    return source->scratch->residuals;
}
