/* Outlines of the fake store: part of fake_store.h. The last source, which stands for live rows,
 * has none, nor have sources of cells. */
#ifndef CT_FAKE_OUTLINE_H
#define CT_FAKE_OUTLINE_H

struct ct_outline {
    const struct ct_source *source;
    uint32_t field, next_block;
    struct ct_run runs[FAKE_BLOCK_ROWS];
};

bool ct_source_has_outline(const struct ct_source *source)
{
    return !source->gives_cells && source != &source->scan->sources[FAKE_SOURCES - 1];
}

ct_status ct_outline_open(const struct ct_source *source, uint32_t field, struct ct_outline **out,
                          struct ct_error *err)
{
    (void)err;
    *out = calloc(1, sizeof **out);
    (*out)->source = source;
    (*out)->field = field;
    (*out)->next_block = source->first_block;
    return CT_OK;
}

void ct_outline_close(struct ct_outline *outline)
{
    free(outline);
}

ct_status ct_outline_next(struct ct_outline *outline, struct ct_outline_block *out, bool *found,
                          struct ct_error *err)
{
    (void)err;
    *found = outline->next_block < outline->source->end_block;
    *out = (struct ct_outline_block){.runs = outline->runs};
    if (!*found)
        return CT_OK;
    const struct fake_block *block = &outline->source->store->blocks[outline->next_block++];
    fake_stats(block, outline->field, &out->stats);
    for (uint32_t row = 0; row < block->count; row++) {
        struct ct_run *last = out->run_count ? &outline->runs[out->run_count - 1] : NULL;
        if (last && last->position == block->position[row])
            last->row_count++;
        else
            outline->runs[out->run_count++] = (struct ct_run){block->position[row], row, 1};
    }
    return CT_OK;
}

#endif
