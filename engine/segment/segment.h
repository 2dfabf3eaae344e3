/* Immutable sorted files: the rows of one table and one time partition. Layer segment; may be
 * included by store and tests. Bytes: ../FORMAT.md section 7.
 *
 * Rows are sorted by (series id, time, as given); a series is one run of rows. Rows are cut into
 * blocks of 1 to CT_BLOCK_VALUES_MAX rows, the same cuts for every column. A series of
 * CT_SEGMENT_ALONE_ROWS rows or more has blocks of its own (cut evenly, about CT_SEGMENT_BLOCK_ROWS
 * each), shorter ones share a block of at most CT_SEGMENT_BLOCK_ROWS rows; so a block's sums often
 * serve a whole group. 64 blocks are a row group; in it each column's blocks lie together, behind a
 * directory that holds their lengths, codecs, checksums, counts, minima, maxima and exact sums. The
 * footer holds place, checksum and totals of each directory, the series directory and the schema;
 * the trailer holds the footer's checksum; the manifest holds the trailer's. So each checksum is in
 * the parent of what it covers, and a wrong, stale or torn piece is found when it is first touched.
 *
 * Invariant: an open segment never changes; readers share it freely. */
#ifndef CT_SEGMENT_H
#define CT_SEGMENT_H

#include "codec.h"
#include "io.h"
#include "value.h"

#define CT_SEGMENT_BLOCK_ROWS   1024
#define CT_SEGMENT_ALONE_ROWS   512
#define CT_SEGMENT_GROUP_BLOCKS 64
#define CT_SEGMENT_ROWS_MAX     ((uint32_t)1 << 30)
#define CT_SEGMENT_COLUMNS_MAX  4098 /* a table's fields and two of those below */
#define CT_SEGMENT_TAGS_MAX     1024

/* Numbers of columns that are no fields: the commit that a row came with, as it is or as a lag
 * (store/commit_column.h), and, of rows that are history, the commit from which on they no longer
 * counted. */
#define CT_FIELD_LAG    (UINT32_MAX - 3)
#define CT_FIELD_COMMIT (UINT32_MAX - 2)
#define CT_FIELD_UNTIL  (UINT32_MAX - 1)

struct ct_segment_column {
    uint32_t field; /* the catalog's number of the field in its table, or one of those above */
    enum ct_type type;
};

/* What is known of a segment without reading its blocks; the manifest keeps a copy. */
struct ct_segment_info {
    uint64_t file_bytes;
    uint64_t footer_checksum; /* XXH3 of the footer, as in the trailer */
    uint32_t table;
    uint32_t row_count;
    uint32_t series_count;
    uint32_t block_count;
    uint32_t column_count;
    uint32_t tag_count; /* tag keys of the table when it was written */
    int64_t min_time_ns, max_time_ns;
    uint64_t min_commit, max_commit; /* commits its rows came from */
};

/* -- Writing. Confined to one thread. --------------------------------------------------------- */

struct ct_segment_plan {
    uint32_t table;
    uint32_t tag_count;
    const struct ct_segment_column *columns; /* at least one; ascending field numbers */
    uint32_t column_count;
    uint64_t min_commit, max_commit;
    enum ct_effort effort;
};

struct ct_segment_writer;

/* Writes folder/name.tmp; nothing stands under folder/name before finish. */
ct_status ct_segment_writer_create(struct ct_io *io, const char *folder, const char *name,
                                   const struct ct_segment_plan *plan,
                                   struct ct_segment_writer **out,
                                   struct ct_error *err) CT_MUST_USE;

/* Begins the next series: ids ascend. codes[tag_count]: the dictionary code of each tag key, 0
 * where the series has no such tag. Copied. */
ct_status ct_segment_writer_series(struct ct_segment_writer *writer, uint32_t series,
                                   const uint32_t *codes, struct ct_error *err) CT_MUST_USE;

/* Rows of the series begun: times do not decrease, also from call to call. columns[column_count],
 * in the plan's order; a column without any value in these rows has count 0. Any count; copied. */
ct_status ct_segment_writer_rows(struct ct_segment_writer *writer, uint32_t row_count,
                                 const int64_t *times_ns, const struct ct_vector *columns,
                                 struct ct_error *err) CT_MUST_USE;

/* Bytes of the rollup section, borrowed until the writer is gone. What they mean is the store's
 * affair. */
void ct_segment_writer_rollup(struct ct_segment_writer *writer, const uint8_t *bytes, size_t len);

/* Writes the rest, syncs, renames to folder/name and syncs the folder. At least one row was given.
 * The writer is gone in any case. */
ct_status ct_segment_writer_finish(struct ct_segment_writer *writer, struct ct_segment_info *out,
                                   struct ct_error *err) CT_MUST_USE;

/* Gives up: removes the temporary file as far as it can. NULL is fine. */
void ct_segment_writer_abandon(struct ct_segment_writer *writer);

/* -- Reading. A segment is shared by threads; a reader is confined to one. -------------------- */

struct ct_segment;

/* Maps the file, verifies size, trailer, footer. `expected` (may be NULL) is the manifest's word:
 * CT_CORRUPT where the file differs from it. Series and block arrays are decoded on first use. */
ct_status ct_segment_open(struct ct_io *io, const char *path,
                          const struct ct_segment_info *expected, struct ct_segment **out,
                          struct ct_error *err) CT_MUST_USE;
void ct_segment_close(struct ct_segment *segment); /* NULL is fine */

const struct ct_segment_info *ct_segment_info_of(const struct ct_segment *segment);
const struct ct_segment_column *ct_segment_columns(const struct ct_segment *segment);

/* The rollup section, borrowed for the segment's life; empty where there is none. Its checksum is
 * tested by ct_segment_verify only: what reads the bytes has checksums of its own. */
struct ct_text ct_segment_rollup(const struct ct_segment *segment);

/* Position of a field among the columns, or -1. */
int ct_segment_find_column(const struct ct_segment *segment, uint32_t field);

/* The series directory, borrowed for the segment's life. Series i (ascending ids) has the rows
 * first_row[i] .. first_row[i + 1] - 1. */
struct ct_segment_series {
    uint32_t count;
    const uint32_t *series;                   /* [count] */
    const uint32_t *first_row;                /* [count + 1] */
    const int64_t *min_time_ns, *max_time_ns; /* [count] */
};
ct_status ct_segment_series_of(struct ct_segment *segment, struct ct_segment_series *out,
                               struct ct_error *err) CT_MUST_USE;

/* codes[series_count] of one tag key; a key that is younger than the segment gives all 0. Borrowed
 * for the segment's life. */
ct_status ct_segment_tag_codes(struct ct_segment *segment, uint32_t tag, const uint32_t **out,
                               struct ct_error *err) CT_MUST_USE;

/* The block cuts: block b has the rows first_row[b] .. first_row[b + 1] - 1, with times in [min,
 * max]. */
struct ct_segment_blocks {
    uint32_t count;
    const uint32_t *first_row;                /* [count + 1] */
    const int64_t *min_time_ns, *max_time_ns; /* [count] */
};
ct_status ct_segment_blocks_of(struct ct_segment *segment, struct ct_segment_blocks *out,
                               struct ct_error *err) CT_MUST_USE;

struct ct_segment_reader; /* decoded blocks of one segment, for one thread */

/* `scratch`: of that thread, which lends it to all its readers and frees it after them; NULL: the
 * reader has its own. */
ct_status ct_segment_reader_create(struct ct_segment *segment, struct ct_codec_scratch *scratch,
                                   struct ct_segment_reader **out,
                                   struct ct_error *err) CT_MUST_USE;
void ct_segment_reader_destroy(struct ct_segment_reader *reader);

/* Times of a block's rows; borrowed until times of another block are read with this reader. */
ct_status ct_segment_read_times(struct ct_segment_reader *reader, uint32_t block,
                                const int64_t **times_ns, struct ct_error *err) CT_MUST_USE;

/* Values of one column of a block; borrowed until another block of this column is read with this
 * reader. Checksums are verified on the first touch by anyone since open. */
ct_status ct_segment_read_column(struct ct_segment_reader *reader, uint32_t column, uint32_t block,
                                 struct ct_vector *out, struct ct_error *err) CT_MUST_USE;

ct_status ct_segment_read_stats(struct ct_segment_reader *reader, uint32_t column, uint32_t block,
                                struct ct_block_stats *out, struct ct_error *err) CT_MUST_USE;

/* -- Looking inside, for inspect and verify --------------------------------------------------- */

/* Bytes of one column (UINT32_MAX: time) in one codec, blocks and values. */
struct ct_segment_usage {
    uint32_t column;
    const char *codec;
    uint64_t blocks, values, bytes;
};

/* Fills at most `cap` entries; *count is how many there are. *directory_bytes: what is not block
 * payload. */
ct_status ct_segment_usage_of(struct ct_segment *segment, struct ct_segment_usage *out, size_t cap,
                              size_t *count, uint64_t *directory_bytes,
                              struct ct_error *err) CT_MUST_USE;

/* Every checksum; with `deep` every block is decoded too, sort order is checked and every stored
 * count, minimum, maximum and sum recomputed. CT_CORRUPT says where. */
ct_status ct_segment_verify(struct ct_segment *segment, bool deep,
                            struct ct_error *err) CT_MUST_USE;

#endif
