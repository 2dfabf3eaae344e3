/* A block goes through three sieves, the cheap ones first: its series may all be certain, its
 * statistics may decide, and only then its columns are decoded and compared. */
#include "row_filter.h"
#include "codec.h"
#include "pattern.h"

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for a filter");
}

static ct_status compile_patterns(struct ct_row_filter *filter, struct ct_error *err)
{
    const struct ct_filter_program *program = filter->program;
    for (uint32_t i = 0; i < program->leaf_count; i++)
        if (program->leaves[i].filter->kind == CT_FILTER_FIELD_MATCH)
            CT_TRY(ct_pattern_compile(program->leaves[i].filter->pattern, program->plan->allocator,
                                      &filter->patterns[i], err));
    return CT_OK;
}

static ct_status make_fields(struct ct_row_filter *filter, const struct ct_filter_program *program,
                             struct ct_error *err)
{
    filter->program = program;
    const struct ct_allocator *allocator = program->plan->allocator;
    filter->patterns = ct_alloc_zeroed(allocator, program->leaf_count, sizeof *filter->patterns);
    filter->levels = ct_alloc_zeroed(allocator, program->depth + 1, CT_BLOCK_VALUES_MAX);
    filter->runs = ct_alloc_zeroed(allocator, CT_BLOCK_VALUES_MAX, sizeof *filter->runs);
    if (!filter->patterns || !filter->levels || !filter->runs)
        return no_memory(err);
    return compile_patterns(filter, err);
}

ct_status ct_row_filter_init(struct ct_row_filter *filter, const struct ct_work *work,
                             struct ct_error *err)
{
    *filter = (struct ct_row_filter){.work = work};
    ct_status status = CT_OK;
    if (work->filter.has_fields)
        status = make_fields(filter, &work->filter, err);
    if (status == CT_OK && work->billing.plan) {
        filter->billed_runs = ct_alloc_zeroed(work->plan->allocator, CT_BLOCK_VALUES_MAX,
                                              sizeof *filter->billed_runs);
        if (!filter->billed_runs)
            status = no_memory(err);
    }
    if (status != CT_OK)
        ct_row_filter_deinit(filter);
    return status;
}

void ct_row_filter_deinit(struct ct_row_filter *filter)
{
    if (!filter->work)
        return;
    const struct ct_allocator *allocator = filter->work->plan->allocator;
    for (uint32_t i = 0; filter->patterns && i < filter->program->leaf_count; i++)
        ct_pattern_destroy(filter->patterns[i]);
    ct_release(allocator, filter->patterns);
    ct_release(allocator, filter->levels);
    ct_release(allocator, filter->runs);
    ct_release(allocator, filter->billed_runs);
    *filter = (struct ct_row_filter){0};
}

/* One block on its way through. */
struct sieve {
    struct ct_row_filter *filter;
    const struct ct_work_source *source;
    struct ct_cursor *cursor;
    const struct ct_block *block;
    uint32_t next_leaf;
};

static ct_status leaf_codes(const struct sieve *sieve, const struct ct_filter_leaf *leaf,
                            const uint32_t **codes, struct ct_error *err)
{
    *codes = NULL;
    if (leaf->tag == CT_NONE)
        return CT_OK;
    return ct_source_tag_codes(sieve->source->source, leaf->tag, codes, err);
}

static uint8_t is_allowed(const struct ct_filter_leaf *leaf, const uint32_t *codes,
                          uint32_t position)
{
    const uint32_t code = codes ? codes[position] : 0;
    return code < leaf->code_end ? leaf->allowed[code] : 0;
}

/* -- By statistics ---------------------------------------------------------------------------- */

static ct_status judge_tag(const struct sieve *sieve, const struct ct_filter_leaf *leaf,
                           struct ct_certainty *out, struct ct_error *err)
{
    const uint32_t *codes;
    CT_TRY(leaf_codes(sieve, leaf, &codes, err));
    *out = (struct ct_certainty){false, true};
    for (uint32_t i = 0; i < sieve->block->run_count; i++) {
        const bool passes = is_allowed(leaf, codes, sieve->block->runs[i].position);
        out->may |= passes;
        out->must &= passes;
    }
    return CT_OK;
}

static ct_status judge_field(const struct sieve *sieve, const struct ct_filter_leaf *leaf,
                             struct ct_certainty *out, struct ct_error *err)
{
    struct ct_block_stats stats;
    bool found = false;
    *out = (struct ct_certainty){true, false};
    CT_TRY(ct_cursor_stats(sieve->cursor, leaf->field, &stats, &found, err));
    if (!found)
        return CT_OK;
    if (leaf->filter->kind == CT_FILTER_FIELD)
        *out = ct_field_test_stats(&leaf->test, &stats, sieve->block->row_count);
    else if (stats.value_count == 0)
        out->may = false;
    else if (leaf->filter->kind == CT_FILTER_FIELD_PRESENT)
        out->must = stats.value_count == sieve->block->row_count;
    return CT_OK;
}

/* Statistics are of the whole block: what all of its rows do those in the runs do too. */
static ct_status judge_tree(struct sieve *sieve, const struct ct_filter *filter,
                            struct ct_certainty *out, struct ct_error *err)
{
    if (filter->kind > CT_FILTER_NOT) {
        const struct ct_filter_leaf *leaf = &sieve->filter->program->leaves[sieve->next_leaf++];
        return leaf->is_field ? judge_field(sieve, leaf, out, err)
                              : judge_tag(sieve, leaf, out, err);
    }
    const bool is_or = filter->kind == CT_FILTER_OR;
    struct ct_certainty all = {!is_or, !is_or};
    for (uint32_t i = 0; i < filter->child_count; i++) {
        struct ct_certainty child;
        CT_TRY(judge_tree(sieve, &filter->children[i], &child, err));
        all.may = is_or ? all.may || child.may : all.may && child.may;
        all.must = is_or ? all.must || child.must : all.must && child.must;
    }
    *out = filter->kind == CT_FILTER_NOT ? (struct ct_certainty){!all.must, !all.may} : all;
    return CT_OK;
}

/* -- By rows ---------------------------------------------------------------------------------- */

static ct_status test_tag(const struct sieve *sieve, const struct ct_filter_leaf *leaf,
                          uint8_t *out, struct ct_error *err)
{
    const uint32_t *codes;
    CT_TRY(leaf_codes(sieve, leaf, &codes, err));
    for (uint32_t i = 0; i < sieve->block->run_count; i++) {
        const struct ct_run *run = &sieve->block->runs[i];
        memset(out + run->first_row, is_allowed(leaf, codes, run->position), run->row_count);
    }
    return CT_OK;
}

/* Texts of one value mostly stand together and share their bytes. */
static ct_status test_pattern(struct ct_pattern *pattern, const struct ct_vector *vector,
                              uint8_t *out, struct ct_error *err)
{
    struct ct_text before = {NULL, 0};
    bool is_match = false;
    bool is_known = false;
    for (uint32_t i = 0; i < vector->count; i++) {
        out[i] = 0;
        if (vector->present && !vector->present[i])
            continue;
        const struct ct_text text = vector->string[i];
        if (!is_known || text.bytes != before.bytes || text.len != before.len)
            CT_TRY(ct_pattern_matches(pattern, text, &is_match, err));
        before = text;
        is_known = true;
        out[i] = is_match;
    }
    return CT_OK;
}

static ct_status test_field(const struct sieve *sieve, uint32_t leaf_index, uint8_t *out,
                            struct ct_error *err)
{
    const struct ct_filter_leaf *leaf = &sieve->filter->program->leaves[leaf_index];
    struct ct_vector vector;
    CT_TRY(ct_cursor_column(sieve->cursor, leaf->field, &vector, err));
    if (leaf->filter->kind == CT_FILTER_FIELD)
        ct_field_test_rows(&leaf->test, &vector, out);
    else if (leaf->filter->kind == CT_FILTER_FIELD_MATCH)
        return test_pattern(sieve->filter->patterns[leaf_index], &vector, out, err);
    else if (vector.present)
        memcpy(out, vector.present, vector.count);
    else
        memset(out, 1, vector.count);
    return CT_OK;
}

static ct_status test_tree(struct sieve *sieve, const struct ct_filter *filter, uint8_t *out,
                           struct ct_error *err)
{
    const uint32_t count = sieve->block->row_count;
    if (filter->kind > CT_FILTER_NOT) {
        const uint32_t leaf = sieve->next_leaf++;
        return sieve->filter->program->leaves[leaf].is_field
                   ? test_field(sieve, leaf, out, err)
                   : test_tag(sieve, &sieve->filter->program->leaves[leaf], out, err);
    }
    const bool is_or = filter->kind == CT_FILTER_OR;
    memset(out, is_or ? 0 : 1, count);
    uint8_t *child = out + CT_BLOCK_VALUES_MAX;
    for (uint32_t i = 0; i < filter->child_count; i++) {
        CT_TRY(test_tree(sieve, &filter->children[i], child, err));
        for (uint32_t k = 0; k < count; k++)
            out[k] = is_or ? out[k] | child[k] : out[k] & child[k];
    }
    for (uint32_t k = 0; filter->kind == CT_FILTER_NOT && k < count; k++)
        out[k] ^= 1;
    return CT_OK;
}

/* Rows of the runs that pass, as runs. */
static void keep_rows(const struct sieve *sieve, const uint8_t *passes, struct ct_block *block)
{
    struct ct_run *kept = sieve->filter->runs;
    uint32_t kept_count = 0;
    uint32_t kept_rows = 0;
    for (uint32_t i = 0; i < block->run_count; i++) {
        const struct ct_run *run = &block->runs[i];
        const uint32_t end = run->first_row + run->row_count;
        for (uint32_t row = run->first_row; row < end;) {
            const uint8_t *first = memchr(passes + row, 1, end - row);
            if (!first)
                break;
            row = (uint32_t)(first - passes);
            const uint8_t *stop = memchr(first, 0, end - row);
            const uint32_t count = (stop ? (uint32_t)(stop - passes) : end) - row;
            kept[kept_count++] = (struct ct_run){run->position, row, count};
            kept_rows += count;
            row += count;
        }
    }
    block->runs = kept;
    block->run_count = kept_count;
    block->is_whole = block->is_whole && kept_rows == block->row_count;
}

static bool is_certain(const struct ct_work_source *source, const struct ct_block *block)
{
    for (uint32_t i = 0; i < block->run_count; i++)
        if (!source->certain[block->runs[i].position])
            return false;
    return true;
}

static ct_status apply_fields(struct ct_row_filter *filter, const struct ct_work_source *source,
                              struct ct_cursor *cursor, struct ct_block *block,
                              struct ct_error *err)
{
    struct sieve sieve = {.filter = filter, .source = source, .cursor = cursor, .block = block};
    const struct ct_filter *tree = filter->program->plan->query->filter;
    struct ct_certainty all = {true, false};
    if (!filter->work->options->ignores_stats)
        CT_TRY(judge_tree(&sieve, tree, &all, err));
    if (all.must)
        return CT_OK;
    if (!all.may) {
        block->run_count = 0;
        return CT_OK;
    }
    sieve.next_leaf = 0;
    CT_TRY(test_tree(&sieve, tree, filter->levels, err));
    keep_rows(&sieve, filter->levels, block);
    return CT_OK;
}

ct_status ct_row_filter_apply(struct ct_row_filter *filter, const struct ct_work_source *source,
                              struct ct_cursor *cursor, struct ct_block *block,
                              struct ct_error *err)
{
    if (filter->billed_runs)
        CT_TRY(ct_billing_clip(&filter->work->billing, source->months_ns, cursor,
                               filter->billed_runs, block, err));
    if (!filter->program || is_certain(source, block))
        return CT_OK;
    return apply_fields(filter, source, cursor, block, err);
}
