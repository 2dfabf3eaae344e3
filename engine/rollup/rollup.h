/* Rollups: cells of rows already added up, as images of bytes. Layer rollup, above codec and model;
 * may be included by store, query (through scan.h), tests and bench. Bytes: ../FORMAT.md section 9.
 *
 * A grouping set is a few tag keys of a table. A face is a grouping set at one grain: for each
 * group (one tuple of tag codes) and each hour, say, that has rows one cell, which holds for every
 * column of the table count, sum, minimum, maximum, first and last. An image is the faces of some
 * rows. It knows nothing of where those rows are: that is the store's.
 *
 * Invariants: R1 a cell is a function of the multiset of rows that it stands for, not of their
 * order or of how they were merged (sums of doubles apart, which agree within 1e-12 of the sum of
 * magnitudes). R2 every row of the image is in exactly one cell of each face. R3 a face that would
 * not shrink its rows, or is too large, is left out whole: what is there is complete. R4 merging
 * images gives the image of all their rows together. */
#ifndef CT_ROLLUP_H
#define CT_ROLLUP_H

#include "codec.h"
#include "value.h"

#define CT_ROLLUP_TAGS_MAX     8   /* of one set, the currency among them */
#define CT_ROLLUP_SETS_MAX     512 /* of one image */
#define CT_ROLLUP_SKETCHES_MAX 8   /* of one set */
#define CT_ROLLUP_SHRINK       4   /* rows for each cell that a face needs to be worth keeping */
#define CT_ROLLUP_CELLS_MAX    ((uint32_t)1 << 18) /* of one face */

/* In UTC. Stored numbers. A coarser one is a whole number of finer ones. */
enum ct_grain {
    CT_GRAIN_NONE = 0, /* rows */
    CT_GRAIN_MINUTE = 1,
    CT_GRAIN_HOUR = 2,
    CT_GRAIN_DAY = 3,
    CT_GRAIN_MONTH = 4,
};
#define CT_GRAIN_COUNT      5
#define CT_GRAIN_BIT(grain) (1u << (grain))

/* The start of the cell that holds the time, and of the next one; clamped to int64. */
int64_t ct_grain_start(int64_t time_ns, enum ct_grain grain);
int64_t ct_grain_end(int64_t time_ns, enum ct_grain grain);

/* What a cell keeps of a column. The first six are always kept for numbers; for strings and bools
 * count, first and last. */
enum ct_keep {
    CT_KEEP_COUNT = 1,
    CT_KEEP_SUM = 2,
    CT_KEEP_MIN = 4,
    CT_KEEP_MAX = 8,
    CT_KEEP_FIRST = 16, /* by time; of several at that time the largest value */
    CT_KEEP_LAST = 32,
    CT_KEEP_QUANTILES = 64, /* a DDSketch: sketch.h */
    CT_KEEP_DISTINCT = 128, /* a HyperLogLog */
};

/* A sketch that a set keeps of one field. */
struct ct_rollup_sketch {
    uint32_t field;
    enum ct_keep keep; /* CT_KEEP_QUANTILES or CT_KEEP_DISTINCT */
};

struct ct_rollup_set {
    uint32_t tags[CT_ROLLUP_TAGS_MAX]; /* the catalog's numbers, ascending */
    uint32_t tag_count;                /* 0: the total */
    unsigned grains;                   /* CT_GRAIN_BIT of each wanted */
    struct ct_rollup_sketch sketches[CT_ROLLUP_SKETCHES_MAX];
    uint32_t sketch_count;
};

struct ct_rollup_column {
    uint32_t field; /* the catalog's */
    enum ct_type type;
};

/* -- Making an image from rows. Confined to one thread. ---------------------------------------- */

struct ct_rollup_plan {
    const struct ct_rollup_set *sets; /* no set twice */
    uint32_t set_count;
    const struct ct_rollup_column *columns; /* ascending fields */
    uint32_t column_count;
    uint32_t tag_count; /* tag keys of the table: length of `codes` below */
    enum ct_effort effort;
    bool keeps_all; /* faces are kept however little they shrink (up to CT_ROLLUP_CELLS_MAX): for
                       live rows and for tests */
};

struct ct_rollup_builder;

ct_status ct_rollup_builder_create(const struct ct_allocator *allocator,
                                   const struct ct_rollup_plan *plan,
                                   struct ct_rollup_builder **out,
                                   struct ct_error *err) CT_MUST_USE;
void ct_rollup_builder_destroy(struct ct_rollup_builder *builder); /* NULL is fine */

/* The rows that follow have these tag codes (0: no such tag). Series may come in any order and
 * again. */
ct_status ct_rollup_builder_series(struct ct_rollup_builder *builder, const uint32_t *codes,
                                   struct ct_error *err) CT_MUST_USE;
/* Rows in any order of time (ascending is fastest); columns in the plan's order, count 0 for a
 * column without values in these rows, as ct_segment_writer_rows has it. Copied as far as needed.
 */
ct_status ct_rollup_builder_rows(struct ct_rollup_builder *builder, uint32_t row_count,
                                 const int64_t *times_ns, const struct ct_vector *columns,
                                 struct ct_error *err) CT_MUST_USE;
/* A fresh buffer (the allocator's; caller releases). A face whose sums need more than 38 digits, or
 * that is against R3, is not in it. An image without faces is valid. The builder is to be destroyed
 * all the same. */
ct_status ct_rollup_builder_finish(struct ct_rollup_builder *builder, uint8_t **out, size_t *len,
                                   struct ct_error *err) CT_MUST_USE;

/* -- Reading an image. Shared by threads; readers are confined to one. --------------------------
 */

struct ct_rollup_image;

/* Takes no copy: `bytes` outlive the image. Everything is checked (CT_CORRUPT) before it is
 * believed; checksums are the image's own,
 * verified whenever a piece is decoded. */
ct_status ct_rollup_image_open(const struct ct_allocator *allocator, const uint8_t *bytes,
                               size_t len, struct ct_rollup_image **out,
                               struct ct_error *err) CT_MUST_USE;
void ct_rollup_image_close(struct ct_rollup_image *image); /* NULL is fine */

uint64_t ct_rollup_image_rows(const struct ct_rollup_image *image);

/* A face, borrowed from the image. */
struct ct_rollup_face {
    struct ct_rollup_set set; /* grains: the one bit of `grain` */
    enum ct_grain grain;
    uint32_t group_count, cell_count, block_count;
    bool is_split; /* some cell's rows do not all have the same time */
};
uint32_t ct_rollup_image_face_count(const struct ct_rollup_image *image);
const struct ct_rollup_face *ct_rollup_image_face(const struct ct_rollup_image *image,
                                                  uint32_t face);

/* Codes of tag `i` of the face's set, by group position; borrowed for the image's life.
 * Thread-safe. */
ct_status ct_rollup_face_codes(struct ct_rollup_image *image, uint32_t face, uint32_t i,
                               const uint32_t **out, struct ct_error *err) CT_MUST_USE;

/* Cells are sorted by (group position, bucket), in blocks of at most CT_BLOCK_VALUES_MAX. Bounds of
 * a block, without decoding it. */
struct ct_rollup_block {
    uint32_t cell_count;
    uint32_t first_position, last_position;
    int64_t min_bucket_ns, max_bucket_ns;
};
void ct_rollup_face_block(const struct ct_rollup_image *image, uint32_t face, uint32_t block,
                          struct ct_rollup_block *out);

/* One column of a block of cells; vectors have cell_count entries, present where counts > 0. What
 * was not asked for is NULL or has count 0. */
struct ct_cell_column {
    const int64_t *counts; /* values */
    struct ct_vector sum;  /* CT_DECIMAL for decimals and integers, CT_FLOAT64 for floats */
    struct ct_vector min, max, first, last; /* of the column's type */
    const int64_t *first_times_ns, *last_times_ns;
    struct ct_vector quantiles, distinct; /* strings: sketches as sketch.h serialises them */
};

struct ct_cell_block {
    uint32_t cell_count;
    const uint32_t *positions;                  /* group of each cell */
    const int64_t *buckets_ns;                  /* start of each cell */
    const int64_t *rows;                        /* rows of each cell */
    const int64_t *min_times_ns, *max_times_ns; /* earliest and latest row; NULL unless asked for */
};

struct ct_rollup_reader;

struct ct_rollup_reader_plan {
    const uint32_t *fields; /* the catalog's; may be unknown to the image: no values then */
    const unsigned *keeps;  /* bits of ct_keep, for each field */
    uint32_t field_count;
    bool wants_row_times;
};

ct_status ct_rollup_reader_create(struct ct_rollup_image *image, uint32_t face,
                                  const struct ct_rollup_reader_plan *plan,
                                  struct ct_rollup_reader **out, struct ct_error *err) CT_MUST_USE;
void ct_rollup_reader_destroy(struct ct_rollup_reader *reader); /* NULL is fine */

/* columns[plan->field_count]. Borrowed until the next read with this reader. */
ct_status ct_rollup_reader_read(struct ct_rollup_reader *reader, uint32_t block,
                                struct ct_cell_block *cells, struct ct_cell_column *columns,
                                struct ct_error *err) CT_MUST_USE;

/* Whether the image's face can answer for the field: it has the sketch, where one is asked for. */
bool ct_rollup_face_keeps(const struct ct_rollup_image *image, uint32_t face, uint32_t field,
                          unsigned keeps);

/* -- Merging images of disjoint rows of one table ------------------------------------------------
 */

/* The faces that every image (with rows) has, or can give from a finer face or a larger set, of the
 * plan's sets. Rows of the plan are none. A fresh buffer, as builder_finish. */
ct_status ct_rollup_merge(const struct ct_allocator *allocator, const struct ct_rollup_plan *plan,
                          struct ct_rollup_image *const *images, uint32_t image_count,
                          uint8_t **out, size_t *len, struct ct_error *err) CT_MUST_USE;

#endif
