#include "rag_summary.h"

#include "summary_query.h"

#define TABLE "rag"

/* The means come first, in the order of enum ct_rag_mean. */
enum value {
    RECORDS = CT_RAG_MEANS,
    EMBEDDING_TOKENS,
    GENERATION_TOKENS,
    PERCENTILES, /* in the order of enum ct_rag_percentile */
    VALUES = PERCENTILES + CT_RAG_PERCENTILES
};

static const struct ct_summary_value values[VALUES] = {
    [CT_RAG_RETRIEVAL_TIME] = {CT_MEAN, "retrieval_time_ms", 0},
    [CT_RAG_GENERATION_TIME] = {CT_MEAN, "generation_time_ms", 0},
    [CT_RAG_TOTAL_TIME] = {CT_MEAN, "total_time_ms", 0},
    [CT_RAG_RELEVANCE] = {CT_MEAN, "relevance_score", 0},
    [CT_RAG_RETRIEVED_DOCS] = {CT_MEAN, "num_retrieved_docs", 0},
    [RECORDS] = {CT_COUNT, "", 0},
    [EMBEDDING_TOKENS] = {CT_SUM, "embedding_tokens", 0},
    [GENERATION_TOKENS] = {CT_SUM, "generation_tokens", 0},
    [PERCENTILES + CT_RAG_P50] = {CT_QUANTILE, "total_time_ms", 0.5},
    [PERCENTILES + CT_RAG_P95] = {CT_QUANTILE, "total_time_ms", 0.95},
    [PERCENTILES + CT_RAG_P99] = {CT_QUANTILE, "total_time_ms", 0.99},
};

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
    for (uint32_t i = 0; i < CT_RAG_PERCENTILES; i++)
        (void)ct_summary_double(&answer, PERCENTILES + i, &out->percentile[i]);
    (void)ct_summary_decimal(&answer, EMBEDDING_TOKENS, &out->embedding_tokens);
    (void)ct_summary_decimal(&answer, GENERATION_TOKENS, &out->generation_tokens);
    ct_result_destroy(answer.result);
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
                                             .database = request->database,
                                             .end_ns = ct_summary_end(request->last_ns)};
    const struct ct_filter filter = ct_summary_tag_is("pipeline_id", &request->pipeline_id);
    struct ct_rag_summary summary = {0};
    if (!ct_summary_has_table(&source, TABLE))
        return fail_unknown(request->pipeline_id, err);
    CT_TRY(sum_up(&source, &filter, &summary, err));
    if (summary.total_queries == 0)
        return fail_unknown(request->pipeline_id, err);
    *out = summary;
    return CT_OK;
}
