/* A face in the making: a tally whose cells have a group and a bucket. Private to rollup. */
#ifndef CT_FACE_TALLY_H
#define CT_FACE_TALLY_H

#include "sketch.h"
#include "tally.h"

/* Open addressing over numbers kept elsewhere: number + 1, 0 free. */
struct ct_slots {
    uint32_t *slots;
    uint32_t slot_count; /* 0 or a power of two, at least twice the numbers */
};

struct ct_face_tally {
    struct ct_rollup_set set; /* grains: the one bit of `grain` */
    enum ct_grain grain;
    struct ct_tally tally;
    uint32_t *codes; /* by group: tag_count codes */
    size_t code_cap;
    uint32_t group_count;
    uint32_t *hints; /* by group: a cell where its rows went last; may be past the cells */
    size_t hint_cap;
    struct ct_slots group_slots;
    uint32_t *groups; /* by cell */
    size_t group_cap;
    int64_t *buckets_ns; /* by cell */
    size_t bucket_cap;
    struct ct_slots cell_slots;
    struct ct_quantile_sketch
        *quantiles[CT_ROLLUP_SKETCHES_MAX];                      /* by sketch of the set, by cell */
    struct ct_distinct_sketch *distinct[CT_ROLLUP_SKETCHES_MAX]; /* or these */
    size_t sketch_caps[CT_ROLLUP_SKETCHES_MAX];
};

/* deinit is fine after a failed init, and twice. */
ct_status ct_face_tally_init(struct ct_face_tally *face, const struct ct_allocator *allocator,
                             const struct ct_text_pool *pool, const struct ct_rollup_set *set,
                             enum ct_grain grain, const struct ct_rollup_column *columns,
                             uint32_t column_count) CT_MUST_USE;
void ct_face_tally_deinit(struct ct_face_tally *face);

/* The group of a tuple of codes[tag_count], made where it is not there. */
ct_status ct_face_tally_group(struct ct_face_tally *face, const uint32_t *codes,
                              uint32_t *group) CT_MUST_USE;

/* The cells of (groups[i], buckets_ns[i]) to at[i], made where they are not there. CT_LIMIT past
 * CT_ROLLUP_CELLS_MAX: then no cell was made. */
ct_status ct_face_tally_cells(struct ct_face_tally *face, const uint32_t *groups,
                              const int64_t *buckets_ns, uint32_t count, uint32_t *at) CT_MUST_USE;

/* Whether the cells of one group and of buckets_ns[count] are [*first, *first + count). False may
 * be wrong. */
bool ct_face_tally_run(const struct ct_face_tally *face, uint32_t group, const int64_t *buckets_ns,
                       uint32_t count, uint32_t *first) CT_MUST_USE;

/* Fetches the cells that `count` cells of the group will likely go to. */
void ct_face_tally_prefetch(const struct ct_face_tally *face, uint32_t group, uint32_t count);

/* Sketches of other cells into those at at[i]: from[s] is for sketch s of this face's set. Where it
 * has no array there are no values. */
struct ct_sketch_view {
    const struct ct_quantile_sketch *quantiles;
    const struct ct_distinct_sketch *distinct;
    const struct ct_text *stored; /* instead of either */
};
ct_status ct_face_tally_sketches(struct ct_face_tally *face, const struct ct_sketch_view *from,
                                 const uint32_t *at, uint32_t count) CT_MUST_USE;

/* Adds a face's cells [from, from + count) to another face, which is of a subset of its tags and
 * no finer. group_map[]: by group of `source`, that of `face`. `room` is for views of the source's
 * columns. After CT_LIMIT (see ct_face_tally_cells) the face holds a part of them. */
struct ct_face_room {
    struct ct_view_column *columns; /* [column_count] */
    uint32_t groups[CT_TALLY_VIEW_MAX];
    int64_t buckets_ns[CT_TALLY_VIEW_MAX];
    uint32_t at[CT_TALLY_VIEW_MAX];
};
ct_status ct_face_tally_add_face(struct ct_face_tally *face, const struct ct_face_tally *source,
                                 struct ct_face_room *room) CT_MUST_USE;

/* Whether cells of `fine` at grain `fine_grain` add up to cells of `coarse` at `coarse_grain`. */
bool ct_face_derives(const struct ct_rollup_set *fine, enum ct_grain fine_grain,
                     const struct ct_rollup_set *coarse, enum ct_grain coarse_grain);

/* Position of a sketch among a set's, or -1. */
int ct_set_find_sketch(const struct ct_rollup_set *set, struct ct_rollup_sketch sketch);

/* The codes of `coarse` out of those of `fine`, of which it is a subset: which[i] is the position
 * in fine->tags of coarse->tags[i]. */
void ct_set_positions(const struct ct_rollup_set *fine, const struct ct_rollup_set *coarse,
                      uint32_t *which);

#endif
