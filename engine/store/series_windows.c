#include "series_windows.h"

/* Fewer rows of a part at a time are not worth the way to them. */
#define PART_ROWS_MIN ((uint32_t)1024)

void ct_series_windows_init(struct ct_series_windows *windows,
                            struct ct_part_reader *const *readers, size_t reader_count,
                            struct ct_row_pool *pool, uint32_t rows)
{
    uint32_t part_rows = rows;
    if (rows == 0) {
        part_rows = reader_count > 0 ? CT_WINDOW_ROWS / (uint32_t)reader_count : CT_WINDOW_ROWS;
        part_rows = part_rows < PART_ROWS_MIN ? PART_ROWS_MIN : part_rows;
    }
    *windows = (struct ct_series_windows){.readers = readers,
                                          .reader_count = reader_count,
                                          .pool = pool,
                                          .part_rows = part_rows,
                                          .is_done = true};
}

ct_status ct_series_windows_seek(struct ct_series_windows *windows, uint32_t series,
                                 struct ct_error *err)
{
    windows->start_ns = INT64_MIN;
    windows->is_done = false;
    for (size_t i = 0; i < windows->reader_count; i++)
        CT_TRY(ct_part_reader_seek(windows->readers[i], series, err));
    return CT_OK;
}

/* Where the next window ends: no part has many rows before. Rows of its first instant are in it
 * however many they are, so that every window takes the series further. */
static ct_status find_end(const struct ct_series_windows *windows, int64_t *end_ns,
                          struct ct_error *err)
{
    *end_ns = INT64_MAX;
    for (size_t i = 0; i < windows->reader_count; i++) {
        int64_t time_ns;
        CT_TRY(ct_part_reader_time_after(windows->readers[i], windows->part_rows, &time_ns, err));
        *end_ns = time_ns < *end_ns ? time_ns : *end_ns;
    }
    if (*end_ns <= windows->start_ns)
        *end_ns = windows->start_ns + 1;
    return CT_OK;
}

ct_status ct_series_windows_next(struct ct_series_windows *windows, bool *found,
                                 struct ct_error *err)
{
    *found = false;
    ct_row_pool_reset(windows->pool);
    while (!windows->is_done && windows->pool->row_count == 0) {
        int64_t end_ns;
        CT_TRY(find_end(windows, &end_ns, err));
        for (size_t i = 0; i < windows->reader_count; i++)
            CT_TRY(ct_part_reader_add_until(windows->readers[i], end_ns, windows->pool, err));
        windows->start_ns = end_ns;
        windows->is_done = end_ns == INT64_MAX;
    }
    *found = windows->pool->row_count > 0;
    return CT_OK;
}
