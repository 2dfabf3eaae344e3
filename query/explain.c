#include "explain.h"

#include "scan_work.h"

#define TAGS_TEXT_MAX 512

enum { C_SOURCE, C_GRAIN, C_TAGS, C_PARTS, C_SEGMENTS, C_ROWS, C_CELLS, C_START, C_END, COLUMNS };

static const struct {
    const char *name;
    enum ct_result_type type;
} columns[COLUMNS] = {
    [C_SOURCE] = {"source", CT_RESULT_TEXT},
    [C_GRAIN] = {"grain", CT_RESULT_TEXT},
    [C_TAGS] = {"tags", CT_RESULT_TEXT},
    [C_PARTS] = {"parts", CT_RESULT_UINT64},
    [C_SEGMENTS] = {"segments", CT_RESULT_UINT64},
    [C_ROWS] = {"rows", CT_RESULT_UINT64},
    [C_CELLS] = {"cells", CT_RESULT_UINT64},
    [C_START] = {"start", CT_RESULT_TIME},
    [C_END] = {"end", CT_RESULT_TIME},
};

static const char *const tier_names[] = {
    [CT_TIER_ROWS] = "rows",        [CT_TIER_MERGED] = "merged rows",
    [CT_TIER_LIVE] = "live cells",  [CT_TIER_SECTION] = "segment cells",
    [CT_TIER_FILE] = "rollup file",
};

static const char *const grain_names[CT_GRAIN_COUNT] = {
    [CT_GRAIN_NONE] = "",   [CT_GRAIN_MINUTE] = "minute", [CT_GRAIN_HOUR] = "hour",
    [CT_GRAIN_DAY] = "day", [CT_GRAIN_MONTH] = "month",
};

/* Sources of one kind, added up. */
struct kind {
    struct ct_source_info info;
    uint64_t parts, segments;
};

struct explanation {
    const struct ct_work *work;
    struct kind *kinds;
    uint32_t count;
};

/* Negative, 0, positive, in the order of the answer. */
static int compare_kinds(const struct ct_source_info *a, const struct ct_source_info *b)
{
    if (a->tier != b->tier)
        return a->tier < b->tier ? -1 : 1;
    if (a->grain != b->grain)
        return a->grain < b->grain ? -1 : 1;
    if (a->tag_count != b->tag_count)
        return a->tag_count < b->tag_count ? -1 : 1;
    return memcmp(a->tags, b->tags, a->tag_count * sizeof *a->tags);
}

static void add_kind(struct explanation *explanation, const struct ct_source_info *info)
{
    uint32_t at = 0;
    while (at < explanation->count && compare_kinds(&explanation->kinds[at].info, info) < 0)
        at++;
    struct kind *kind = &explanation->kinds[at];
    if (at == explanation->count || compare_kinds(&kind->info, info) != 0) {
        memmove(kind + 1, kind, (explanation->count - at) * sizeof *kind);
        *kind = (struct kind){.info = *info, .parts = 1, .segments = info->segment_count};
        explanation->count++;
        return;
    }
    kind->parts++;
    kind->segments += info->segment_count;
    kind->info.row_bound += info->row_bound;
    kind->info.cell_bound += info->cell_bound;
    if (info->start_ns < kind->info.start_ns)
        kind->info.start_ns = info->start_ns;
    if (info->end_ns > kind->info.end_ns)
        kind->info.end_ns = info->end_ns;
}

/* Cut where it is long. */
static struct ct_text tags_text(const struct ct_work *work, const struct ct_source_info *info,
                                char *out)
{
    size_t len = 0;
    for (uint32_t i = 0; i < info->tag_count && len < TAGS_TEXT_MAX; i++) {
        const struct ct_text key =
            ct_catalog_tag_key(work->plan->catalog, work->plan->table, info->tags[i]);
        if (i)
            out[len++] = ',';
        const size_t room = TAGS_TEXT_MAX - len;
        const size_t shown = key.len < room ? key.len : room;
        memcpy(out + len, key.bytes, shown);
        len += shown;
    }
    return (struct ct_text){out, len};
}

static ct_status fill_row(const struct ct_work *work, struct ct_result *result, uint64_t row,
                          const struct kind *kind, struct ct_error *err)
{
    char tags[TAGS_TEXT_MAX];
    const struct ct_source_info *info = &kind->info;
    struct ct_result_column *at = result->columns;
    for (uint32_t i = 0; i < COLUMNS; i++)
        at[i].is_null[row] = 0;
    CT_TRY(ct_result_copy_text(result, ct_text_of(tier_names[info->tier]), &at[C_SOURCE].text[row],
                               err));
    CT_TRY(ct_result_copy_text(result, ct_text_of(grain_names[info->grain]), &at[C_GRAIN].text[row],
                               err));
    CT_TRY(ct_result_copy_text(result, tags_text(work, info, tags), &at[C_TAGS].text[row], err));
    at[C_PARTS].uint64[row] = kind->parts;
    at[C_SEGMENTS].uint64[row] = kind->segments;
    at[C_ROWS].uint64[row] = info->row_bound;
    at[C_CELLS].uint64[row] = info->cell_bound;
    at[C_START].int64[row] = info->start_ns;
    at[C_END].int64[row] = info->end_ns;
    return CT_OK;
}

static ct_status fill(const struct explanation *explanation, struct ct_result *result,
                      struct ct_error *err)
{
    const struct ct_text none = {"", 0};
    CT_TRY(ct_result_set_columns(result, COLUMNS, err));
    for (uint32_t i = 0; i < COLUMNS; i++) {
        result->columns[i].type = columns[i].type;
        CT_TRY(ct_result_name_column(result, i, ct_text_of(columns[i].name), none, err));
    }
    CT_TRY(ct_result_reserve(result, (uint64_t)explanation->count + 1, err));
    for (uint32_t i = 0; i < explanation->count; i++)
        CT_TRY(fill_row(explanation->work, result, i, &explanation->kinds[i], err));
    result->row_count = explanation->count;
    return CT_OK;
}

static ct_status explain_work(const struct ct_work *work, struct ct_result *result,
                              struct ct_error *err)
{
    const struct ct_allocator *allocator = work->plan->allocator;
    struct explanation explanation = {.work = work};
    explanation.kinds =
        ct_alloc_zeroed(allocator, (size_t)work->source_count + 1, sizeof *explanation.kinds);
    if (!explanation.kinds)
        return ct_result_no_memory(result, err);
    for (uint32_t i = 0; i < work->source_count; i++) {
        struct ct_source_info info;
        ct_source_describe(work->sources[i].source, &info);
        add_kind(&explanation, &info);
    }
    const ct_status status = fill(&explanation, result, err);
    ct_release(allocator, explanation.kinds);
    return status;
}

static ct_status explain(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                         const struct ct_query *query, const struct ct_query_options *options,
                         struct ct_result *result, struct ct_error *err)
{
    struct ct_plan plan;
    struct ct_work work;
    CT_TRY(ct_plan_init(&plan, catalog, query, options, &result->memory.base, err));
    ct_status status = ct_work_init(&work, &plan, snapshot, options, err);
    if (status == CT_OK) {
        status = explain_work(&work, result, err);
        ct_work_deinit(&work);
    }
    ct_plan_deinit(&plan);
    return status;
}

ct_status ct_query_explain(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                           const struct ct_allocator *allocator, const struct ct_query *query,
                           const struct ct_query_options *options, struct ct_result **out,
                           struct ct_error *err)
{
    const struct ct_query_options defaults = {0};
    if (!options)
        options = &defaults;
    struct ct_result *result = ct_result_create(allocator, options->memory_bytes);
    if (!result)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for the explanation of a query");
    const ct_status status = explain(snapshot, catalog, query, options, result, err);
    if (status != CT_OK) {
        ct_result_destroy(result);
        return status;
    }
    *out = result;
    return CT_OK;
}
