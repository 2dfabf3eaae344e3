/* Inside the builder: faces that see rows, faces that are made of others, and levels, which are a
 * slice of rows added up at one grain. Private to rollup.
 *
 * Invariants: B1 faces are sorted so that a face stands behind all that it could be made from.
 * B2 a face that takes rows (CT_FACE_ROOT) holds all rows before the current slice; a face that
 * waits holds none and its parent holds them. B3 a face that is given up had been complete, and
 * hands its cells to its children; one that is lost takes its children with it. */
#ifndef CT_ROLLUP_BUILDER_H
#define CT_ROLLUP_BUILDER_H

#include "face_tally.h"
#include "row_view.h"

/* Of all faces of a builder together; beyond, the largest ones are given up. */
#define CT_ROLLUP_MEMORY_MAX ((size_t)96 << 20)

enum ct_face_state {
    CT_FACE_ROOT,     /* takes rows */
    CT_FACE_WAITING,  /* made of its parent at the end */
    CT_FACE_DONE,     /* made */
    CT_FACE_GIVEN_UP, /* too large: its children were made without it */
    CT_FACE_LOST,     /* its sums do not fit */
};

struct ct_builder_face {
    struct ct_face_tally face;
    enum ct_face_state state;
    uint32_t parent; /* of those that wait */
    uint32_t group;  /* of the series begun */
    bool has_group;
};

/* A slice of rows at one grain. */
struct ct_level {
    bool is_ready;
    struct ct_tally tally; /* unused where each row has a cell of its own */
    struct ct_view_column *columns;
    struct ct_tally_view view;
    int64_t buckets_ns[CT_TALLY_VIEW_MAX];
    int64_t cut_times_ns[CT_TALLY_VIEW_MAX]; /* what buckets_ns and at were made for */
    uint32_t cut_count;
    uint32_t at[CT_TALLY_VIEW_MAX];     /* by cell of what it was made from */
    uint32_t row_at[CT_TALLY_VIEW_MAX]; /* by row; where sketches are kept */
};

struct ct_rollup_builder {
    const struct ct_allocator *allocator; /* the caller's */
    struct ct_allocator_counting memory;
    size_t memory_max_bytes; /* CT_ROLLUP_MEMORY_MAX */
    struct ct_rollup_column *columns;
    uint32_t column_count, tag_count;
    enum ct_effort effort;
    bool keeps_all, has_sketches, is_lost;
    struct ct_text_pool pool;
    struct ct_builder_face *faces;
    uint32_t face_count;
    struct ct_row_view rows;
    struct ct_level *levels[CT_GRAIN_COUNT]; /* made when needed */
    struct ct_face_room *room;
    uint32_t *codes; /* of the series begun */
    uint64_t row_count;
};

/* Faces of the plan's sets, sorted, with their parents. */
ct_status ct_builder_make_faces(struct ct_rollup_builder *builder,
                                const struct ct_rollup_plan *plan,
                                struct ct_error *err) CT_MUST_USE;

/* Hands the cells of a root over to its children, which take rows from then on. */
ct_status ct_builder_give_up(struct ct_rollup_builder *builder, uint32_t face) CT_MUST_USE;

/* Makes the faces that wait. */
ct_status ct_builder_derive(struct ct_rollup_builder *builder) CT_MUST_USE;

/* The slice in builder->rows at a grain. Ready until the next slice. */
ct_status ct_builder_level(struct ct_rollup_builder *builder, enum ct_grain grain,
                           struct ct_level **out) CT_MUST_USE;
void ct_level_destroy(const struct ct_allocator *allocator, struct ct_level *level);

#endif
