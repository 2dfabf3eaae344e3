#include "time_bounds.h"

struct bounds {
    int64_t min_ns, max_ns;
};

static ct_status widen_by_source(struct bounds *bounds, struct ct_source *source,
                                 struct ct_error *err)
{
    const struct ct_cursor_plan plan = {.end_unit = ct_source_unit_count(source)};
    struct ct_cursor *cursor;
    CT_TRY(ct_cursor_open(source, &plan, &cursor, err));
    ct_status status = CT_OK;
    for (bool found = true; status == CT_OK && found;) {
        struct ct_block block;
        status = ct_cursor_next(cursor, &block, &found, err);
        if (status != CT_OK || !found)
            break;
        bounds->min_ns = block.min_time_ns < bounds->min_ns ? block.min_time_ns : bounds->min_ns;
        bounds->max_ns = block.max_time_ns > bounds->max_ns ? block.max_time_ns : bounds->max_ns;
    }
    ct_cursor_close(cursor);
    return status;
}

ct_status ct_time_bounds(struct ct_snapshot *snapshot, uint32_t table, int64_t *start_ns,
                         int64_t *end_ns, struct ct_error *err)
{
    if (*start_ns != INT64_MIN && *end_ns != INT64_MAX)
        return CT_OK;
    struct bounds bounds = {INT64_MAX, INT64_MIN};
    struct ct_scan *scan;
    CT_TRY(ct_scan_open(snapshot, table, *start_ns, *end_ns, &scan, err));
    ct_status status = CT_OK;
    const uint32_t count = ct_scan_source_count(scan);
    for (uint32_t i = 0; status == CT_OK && i < count; i++)
        status = widen_by_source(&bounds, ct_scan_source(scan, i), err);
    ct_scan_close(scan);
    if (*start_ns == INT64_MIN)
        *start_ns = bounds.min_ns;
    if (*end_ns == INT64_MAX && bounds.max_ns < INT64_MAX)
        *end_ns = bounds.max_ns + (bounds.max_ns >= bounds.min_ns);
    return status;
}
