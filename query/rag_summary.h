/* How a retrieval pipeline answers: DESIGN section 4, get_rag_pipeline_summary. Layer query; for
 * api. Over all queries of the pipeline in the table `rag`: a query is a row. */
#ifndef CT_RAG_SUMMARY_H
#define CT_RAG_SUMMARY_H

#include "query.h"

enum ct_rag_mean {
    CT_RAG_RETRIEVAL_TIME = 0, /* ms */
    CT_RAG_GENERATION_TIME = 1,
    CT_RAG_TOTAL_TIME = 2,
    CT_RAG_RELEVANCE = 3, /* 0 to 1 */
    CT_RAG_RETRIEVED_DOCS = 4,
};
#define CT_RAG_MEANS 5

enum ct_rag_percentile { CT_RAG_P50 = 0, CT_RAG_P95 = 1, CT_RAG_P99 = 2 };
#define CT_RAG_PERCENTILES 3

struct ct_rag_summary {
    uint64_t total_queries;
    double mean[CT_RAG_MEANS]; /* over the queries that have it; 0 where none has */
    /* Of total_time_ms by nearest rank: of n values in order the ceil(p/100 x n)th, so always one
     * of them. 0 where there is none. */
    double percentile[CT_RAG_PERCENTILES];
    struct ct_decimal_sum embedding_tokens, generation_tokens; /* totals */
};

struct ct_rag_request {
    struct ct_text database; /* not empty */
    struct ct_text pipeline_id;
    int64_t last_ns; /* queries up to it, itself included; 0: all */
};

/* CT_NOT_FOUND: no query of the pipeline. */
ct_status ct_rag_summary_run(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                             const struct ct_allocator *allocator,
                             const struct ct_rag_request *request,
                             const struct ct_query_options *options, struct ct_rag_summary *out,
                             struct ct_error *err) CT_MUST_USE;

#endif
