/* The rows of one series out of several parts, in windows of time. Private to store; used by merges
 * and by scans over what overlaps.
 *
 * A series may have more rows than should be in memory at once, but rows of one identity have the
 * same time: so what settles them needs to see only the rows of one stretch of time together. Each
 * window holds all rows of its stretch, from every part, and not many more than were asked for;
 * more only where so many have the same time. */
#ifndef CT_SERIES_WINDOWS_H
#define CT_SERIES_WINDOWS_H

#include "part.h"

#define CT_WINDOW_ROWS ((uint32_t)32768)

struct ct_series_windows {
    struct ct_part_reader *const *readers; /* oldest first */
    size_t reader_count;
    struct ct_row_pool *pool;
    uint32_t part_rows; /* of one part in a window */
    int64_t start_ns;   /* of the next window */
    bool is_done;
};

/* Borrows readers and pool. `rows`: of one part in a window; 0: so many that a window has about
 * CT_WINDOW_ROWS. */
void ct_series_windows_init(struct ct_series_windows *windows,
                            struct ct_part_reader *const *readers, size_t reader_count,
                            struct ct_row_pool *pool, uint32_t rows);

/* Turns to a series. */
ct_status ct_series_windows_seek(struct ct_series_windows *windows, uint32_t series,
                                 struct ct_error *err) CT_MUST_USE;

/* Replaces what is in the pool by the rows of the next window that has any, not settled; *found
 * false: the series is at its end. */
ct_status ct_series_windows_next(struct ct_series_windows *windows, bool *found,
                                 struct ct_error *err) CT_MUST_USE;

#endif
