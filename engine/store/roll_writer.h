/* The rollup of the rows that a segment is made of, put together while they are written. Private to
 * store. */
#ifndef CT_ROLL_WRITER_H
#define CT_ROLL_WRITER_H

#include "grouping_sets.h"
#include "segment.h"

/* What the rollups of one table's rows consist of: shared by the writers of one run. */
struct ct_roll_plan {
    const struct ct_allocator *allocator;
    struct ct_set_list sets;
    struct ct_rollup_column *columns; /* those of the rows that cells hold */
    uint32_t *column_at;              /* which of the rows' columns each is */
    uint32_t column_count;
    uint32_t tag_count;
    enum ct_effort effort;
    bool keeps_all; /* as ct_rollup_plan has it */
};

/* columns: of the rows, ascending fields. The sets are those of tag keys below tag_count. */
ct_status ct_roll_plan_init(struct ct_roll_plan *plan, struct ct_catalog *catalog,
                            const struct ct_allocator *allocator, uint32_t table,
                            const struct ct_segment_column *columns, uint32_t column_count,
                            uint32_t tag_count, enum ct_effort effort,
                            struct ct_error *err) CT_MUST_USE;
/* Fills in columns and column_at anew; on failure there are none. */
ct_status ct_roll_plan_columns(struct ct_roll_plan *plan, struct ct_catalog *catalog,
                               uint32_t table, const struct ct_segment_column *columns,
                               uint32_t column_count, struct ct_error *err) CT_MUST_USE;
void ct_roll_plan_deinit(struct ct_roll_plan *plan);
/* As rollup.h wants it; borrows from the plan. */
struct ct_rollup_plan ct_roll_plan_of(const struct ct_roll_plan *plan);

struct ct_roll_writer; /* confined to one thread */

/* `plan` outlives the writer. */
ct_status ct_roll_writer_create(const struct ct_roll_plan *plan, struct ct_roll_writer **out,
                                struct ct_error *err) CT_MUST_USE;
void ct_roll_writer_destroy(struct ct_roll_writer *writer); /* NULL is fine */

/* Rows of one series, with its codes for the plan's tag_count keys; vectors in the order of the
 * rows' columns. */
ct_status ct_roll_writer_rows(struct ct_roll_writer *writer, const uint32_t *codes,
                              uint32_t row_count, const int64_t *times_ns,
                              const struct ct_vector *vectors, struct ct_error *err) CT_MUST_USE;

/* The image of all rows; and the same as a payload, with the sets that were asked for. A fresh
 * buffer (the allocator's; caller releases). */
ct_status ct_roll_writer_image(struct ct_roll_writer *writer, uint8_t **out, size_t *len,
                               struct ct_error *err) CT_MUST_USE;
ct_status ct_roll_writer_payload(struct ct_roll_writer *writer, uint8_t **out, size_t *len,
                                 struct ct_error *err) CT_MUST_USE;

#endif
