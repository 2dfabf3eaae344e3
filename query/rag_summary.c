#include "rag_summary.h"

#include <stdlib.h>

#include "summary_query.h"

#define TABLE "rag"

/* The means come first, in the order of enum ct_rag_mean. */
enum value { RECORDS = CT_RAG_MEANS, EMBEDDING_TOKENS, GENERATION_TOKENS, VALUES };

static const struct ct_summary_value values[VALUES] = {
    [CT_RAG_RETRIEVAL_TIME] = {CT_MEAN, "retrieval_time_ms"},
    [CT_RAG_GENERATION_TIME] = {CT_MEAN, "generation_time_ms"},
    [CT_RAG_TOTAL_TIME] = {CT_MEAN, "total_time_ms"},
    [CT_RAG_RELEVANCE] = {CT_MEAN, "relevance_score"},
    [CT_RAG_RETRIEVED_DOCS] = {CT_MEAN, "num_retrieved_docs"},
    [RECORDS] = {CT_COUNT, ""},
    [EMBEDDING_TOKENS] = {CT_SUM, "embedding_tokens"},
    [GENERATION_TOKENS] = {CT_SUM, "generation_tokens"},
};

static const unsigned percents[CT_RAG_PERCENTILES] = {50, 95, 99};

static ct_status fail_unknown(struct ct_text pipeline_id, struct ct_error *err)
{
    return ct_fail(err, CT_NOT_FOUND, "no pipeline \"%.*s\"",
                   (int)(pipeline_id.len < 120 ? pipeline_id.len : 120), pipeline_id.bytes);
}

static ct_status sum_up(const struct ct_summary_source *source, const struct ct_filter *filter,
                        struct ct_rag_summary *out, struct ct_error *err)
{
    const struct ct_summary_question question = {
        .table = TABLE, .filter = filter, .values = values, .value_count = VALUES};
    struct ct_summary_answer answer;
    int64_t records;
    CT_TRY(ct_summary_ask(source, &question, &answer, err));
    (void)ct_summary_int64(&answer, RECORDS, &records);
    out->total_queries = (uint64_t)records;
    for (uint32_t i = 0; i < CT_RAG_MEANS; i++)
        (void)ct_summary_double(&answer, i, &out->mean[i]);
    (void)ct_summary_decimal(&answer, EMBEDDING_TOKENS, &out->embedding_tokens);
    (void)ct_summary_decimal(&answer, GENERATION_TOKENS, &out->generation_tokens);
    ct_result_destroy(answer.result);
    return CT_OK;
}

static int compare_doubles(const void *a, const void *b)
{
    const double first = *(const double *)a;
    const double second = *(const double *)b;
    return (first > second) - (first < second);
}

/* Sorts the values. */
static void find_percentiles(double *times, uint64_t count, double *out)
{
    if (count == 0)
        return;
    qsort(times, count, sizeof *times, compare_doubles);
    for (int i = 0; i < CT_RAG_PERCENTILES; i++) {
        const uint64_t rank =
            (count / 100) * percents[i] + ((count % 100) * percents[i] + 99) / 100;
        out[i] = times[rank - 1];
    }
}

static ct_status rank_times(const struct ct_summary_source *source, const struct ct_filter *filter,
                            struct ct_rag_summary *out, struct ct_error *err)
{
    const struct ct_text field = ct_text_of("total_time_ms");
    const struct ct_query query = {
        .database = source->database,
        .table = ct_text_of(TABLE),
        .mode = CT_QUERY_ROWS,
        .fields = &field,
        .field_count = 1,
        .filter = filter,
        .start_ns = INT64_MIN,
        .end_ns = INT64_MAX,
        .skips_empty = true,
    };
    struct ct_result *result;
    CT_TRY(ct_query_run(source->snapshot, source->catalog, source->allocator, &query,
                        source->options, &result, err));
    double *times = ct_alloc_zeroed(source->allocator, result->row_count + 1, sizeof *times);
    if (!times) {
        ct_result_destroy(result);
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a pipeline's percentiles");
    }
    uint64_t count = 0;
    for (uint64_t row = 0; row < result->row_count; row++)
        if (!result->columns[1].is_null[row])
            times[count++] = ct_result_to_double(&result->columns[1], row);
    find_percentiles(times, count, out->percentile);
    ct_release(source->allocator, times);
    ct_result_destroy(result);
    return CT_OK;
}

ct_status ct_rag_summary_run(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                             const struct ct_allocator *allocator,
                             const struct ct_rag_request *request,
                             const struct ct_query_options *options, struct ct_rag_summary *out,
                             struct ct_error *err)
{
    const struct ct_summary_source source = {.snapshot = snapshot,
                                             .catalog = catalog,
                                             .allocator = allocator,
                                             .options = options,
                                             .database = request->database};
    const struct ct_filter filter = ct_summary_tag_is("pipeline_id", &request->pipeline_id);
    struct ct_rag_summary summary = {0};
    if (!ct_summary_has_table(&source, TABLE))
        return fail_unknown(request->pipeline_id, err);
    CT_TRY(sum_up(&source, &filter, &summary, err));
    if (summary.total_queries == 0)
        return fail_unknown(request->pipeline_id, err);
    const uint32_t database = ct_catalog_find_database(catalog, source.database);
    const uint32_t table = ct_catalog_find_table(catalog, database, ct_text_of(TABLE));
    if (ct_catalog_find_field(catalog, table, ct_text_of("total_time_ms")) != CT_NONE)
        CT_TRY(rank_times(&source, &filter, &summary, err));
    *out = summary;
    return CT_OK;
}
