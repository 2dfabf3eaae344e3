/* A slice of rows added up at one grain, once for all faces of that grain. Made of the finest level
 * there is, or of the rows; where every cell would hold one row it just shows them. */
#include "builder.h"

void ct_level_destroy(const struct ct_allocator *allocator, struct ct_level *level)
{
    if (!level)
        return;
    ct_tally_deinit(&level->tally);
    ct_release(allocator, level->columns);
    ct_release(allocator, level);
}

static ct_status make_level(struct ct_rollup_builder *builder, struct ct_level **out)
{
    const struct ct_allocator *allocator = &builder->memory.base;
    struct ct_level *level = *out;
    if (level)
        return CT_OK;
    level = ct_alloc(allocator, sizeof *level);
    if (!level)
        return CT_NO_MEMORY;
    level->is_ready = false; /* the arrays are written before they are read */
    level->cut_count = 0;
    level->tally = (struct ct_tally){0};
    level->columns = ct_alloc_zeroed(allocator, builder->column_count, sizeof *level->columns);
    if (!level->columns || ct_tally_init(&level->tally, allocator, &builder->pool, builder->columns,
                                         builder->column_count) != CT_OK) {
        ct_level_destroy(allocator, level);
        return CT_NO_MEMORY;
    }
    *out = level;
    return CT_OK;
}

/* Cells of neighbours in one bucket; returns how many. Times are those of rows or the beginnings of
 * finer buckets. Series after series has the same times, mostly: then the cuts are the same. */
static uint32_t cut(struct ct_level *level, enum ct_grain grain, const int64_t *times_ns,
                    uint32_t count)
{
    struct ct_bucket bucket = {0};
    uint32_t cells = 0;
    if (count == level->cut_count &&
        memcmp(level->cut_times_ns, times_ns, count * sizeof *times_ns) == 0)
        return level->at[count - 1] + 1;
    level->cut_count = count;
    memcpy(level->cut_times_ns, times_ns, count * sizeof *times_ns);
    for (uint32_t i = 0; i < count; i++) {
        const int64_t start_ns = ct_bucket_start(&bucket, times_ns[i], grain);
        if (i == 0 || start_ns != level->buckets_ns[cells - 1])
            level->buckets_ns[cells++] = start_ns;
        level->at[i] = cells - 1;
    }
    return cells;
}

/* Texts that stay get numbers of their own. In split cells the maximum is of no use. */
static ct_status keep_texts(struct ct_text_pool *pool, int64_t *keys, uint32_t count,
                            bool is_useless)
{
    for (uint32_t i = 0; i < count; i++) {
        if (keys[i] == CT_TEXT_NONE || !(keys[i] & CT_TEXT_LENT))
            continue;
        if (is_useless)
            keys[i] = CT_TEXT_NONE;
        else
            CT_TRY(ct_text_pool_add(pool, ct_text_pool_get(pool, keys[i]), &keys[i]));
    }
    return CT_OK;
}

/* Keys of rows without a value lend what means nothing. */
static void drop_absent_texts(int64_t *keys, const int64_t *counts, uint32_t count)
{
    for (uint32_t i = 0; counts && i < count; i++)
        if (counts[i] == 0)
            keys[i] = CT_TEXT_NONE;
}

static ct_status keep_column_texts(struct ct_rollup_builder *builder, struct ct_level *level,
                                   uint32_t c, bool is_alias)
{
    const struct ct_view_column *view = &level->view.columns[c];
    const uint32_t count = level->view.count;
    struct ct_text_pool *pool = &builder->pool;
    if (view->is_empty)
        return CT_OK;
    if (is_alias) {
        int64_t *keys = builder->rows.columns[c].keys;
        drop_absent_texts(keys, view->counts, count);
        return keep_texts(pool, keys, count, false);
    }
    struct ct_tally_column *column = &level->tally.columns[c];
    CT_TRY(keep_texts(pool, column->keys[CT_MAX], count, level->tally.is_split));
    for (unsigned e = CT_FIRST; level->tally.is_split && e <= CT_LAST; e++)
        CT_TRY(keep_texts(pool, column->keys[e], count, false));
    return CT_OK;
}

static ct_status fill(struct ct_rollup_builder *builder, struct ct_level *level,
                      const struct ct_tally_view *from, uint32_t cells)
{
    const bool is_rows = from == &builder->rows.view;
    const bool is_alias = cells == from->count;
    if (is_alias) {
        level->view = *from;
    } else {
        CT_TRY(ct_tally_reduce(&level->tally, from, level->at, cells));
        ct_tally_view_of(&level->tally, 0, cells, level->columns, &level->view);
    }
    for (uint32_t c = 0; is_rows && c < builder->column_count; c++)
        if (builder->columns[c].type == CT_STRING)
            CT_TRY(keep_column_texts(builder, level, c, is_alias));
    return CT_OK;
}

static void map_rows(const struct ct_level *from, struct ct_level *level, uint32_t row_count)
{
    for (uint32_t i = 0; i < row_count; i++)
        level->row_at[i] = level->at[from ? from->row_at[i] : i];
}

ct_status ct_builder_level(struct ct_rollup_builder *builder, enum ct_grain grain,
                           struct ct_level **out)
{
    const struct ct_tally_view *from = &builder->rows.view;
    const int64_t *times_ns = from->times_ns[0];
    const struct ct_level *finer = NULL;
    CT_TRY(make_level(builder, &builder->levels[grain]));
    struct ct_level *level = builder->levels[grain];
    *out = level;
    if (level->is_ready)
        return CT_OK;
    for (unsigned g = grain; g-- > CT_GRAIN_MINUTE && !finer;)
        if (builder->levels[g] && builder->levels[g]->is_ready)
            finer = builder->levels[g];
    if (finer) {
        from = &finer->view;
        times_ns = finer->buckets_ns;
    }
    const uint32_t cells = cut(level, grain, times_ns, from->count);
    CT_TRY(fill(builder, level, from, cells));
    if (builder->has_sketches)
        map_rows(finer, level, builder->rows.view.count);
    level->is_ready = true;
    return CT_OK;
}
