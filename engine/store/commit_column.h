/* The commits of a segment's rows, as a column that costs next to nothing. Private to store.
 *
 * What is collected regularly arrives time by time, every series in turn: so a row came with the
 * same commit as its neighbour's row of that time, or with the next one. Every CT_COMMIT_STRIDEth
 * series of a segment, from the first on, keeps its commits as they are. The others keep their lag:
 * the commit less that of the newest row, at or before the same time, of the last such series
 * (before its first row: of that row). Nearly all lags are 0. History segments keep the commits
 * themselves (CT_FIELD_COMMIT). */
#ifndef CT_COMMIT_COLUMN_H
#define CT_COMMIT_COLUMN_H

#include "segment.h"

#define CT_COMMIT_STRIDE 64

/* Rows of one series, by time. */
struct ct_commit_reference {
    int64_t *times_ns;
    int64_t *commits;
    size_t count, times_cap, commits_cap;
};

/* -- Writing: one for each segment. */
struct ct_commit_writer {
    struct ct_commit_reference reference;
    int64_t *lags;
    size_t lag_cap;
    uint32_t series_count; /* begun so far */
};
void ct_commit_writer_deinit(struct ct_commit_writer *writer, const struct ct_allocator *allocator);

/* The rows that are added from here on are of the segment's next series. */
void ct_commit_writer_series(struct ct_commit_writer *writer);

/* The column's values for further rows of the series, whose times do not decrease; borrowed until
 * the next call. */
ct_status ct_commit_writer_add(struct ct_commit_writer *writer,
                               const struct ct_allocator *allocator, const int64_t *times_ns,
                               const int64_t *commits, uint32_t count,
                               struct ct_vector *out) CT_MUST_USE;

/* -- Reading: confined to one thread. */
struct ct_commit_reader;

/* Has each row of the segment a commit of its own? */
bool ct_segment_has_commits(const struct ct_segment *segment);

/* Only for a segment that has. `scratch`: as ct_segment_reader_create. */
ct_status ct_commit_reader_create(struct ct_segment *segment, const struct ct_allocator *allocator,
                                  struct ct_codec_scratch *scratch, struct ct_commit_reader **out,
                                  struct ct_error *err) CT_MUST_USE;
void ct_commit_reader_destroy(struct ct_commit_reader *reader); /* NULL is fine */

/* The commits of a block's rows, borrowed until the next call. */
ct_status ct_commit_reader_block(struct ct_commit_reader *reader, uint32_t block,
                                 const int64_t **out, struct ct_error *err) CT_MUST_USE;

#endif
