/* Summaries of training runs and retrieval pipelines, as JSON. */
#include "json_members.h"
#include "rag_summary.h"
#include "training_summary.h"

#define SECOND_DIGITS    9
#define MONEY_DIGITS_MIN 2

/* -- Training ---------------------------------------------------------------------------------- */

static void write_training(centime_buffer *buffer, const char *run_id,
                           const struct ct_training_summary *summary)
{
    const struct ct_decimal duration_s = {(ct_int128)summary->end_ns - summary->start_ns,
                                          SECOND_DIGITS};
    api_buffer_add(buffer, "{", 1);
    api_json_text_member(buffer, "run_id", ct_text_of(run_id));
    api_json_text_member(buffer, "model_name", summary->model_name);
    api_json_int_member(buffer, "total_steps", (int64_t)summary->total_steps);
    api_json_int_member(buffer, "max_step", summary->max_step);
    api_json_int_member(buffer, "current_epoch", summary->current_epoch);
    if (summary->has_loss) {
        api_json_double_member(buffer, "current_loss", summary->current_loss);
        api_json_double_member(buffer, "best_loss", summary->best_loss);
    }
    api_json_double_member(buffer, "avg_gpu_usage", summary->avg_gpu_usage);
    if (summary->has_throughput)
        api_json_double_member(buffer, "avg_throughput_samples_per_sec", summary->avg_throughput);
    api_json_time_member(buffer, "start", summary->start_ns);
    api_json_time_member(buffer, "end", summary->end_ns);
    api_json_decimal_member(buffer, "duration_s", duration_s, 0);
    if (summary->has_cost) {
        api_json_sum_member(buffer, "total_cost", &summary->total_cost, MONEY_DIGITS_MIN);
        api_json_decimal_member(buffer, "cost_per_step", summary->cost_per_step, MONEY_DIGITS_MIN);
        api_json_text_member(buffer, "currency", ct_text_of(summary->currency));
    }
    api_buffer_add(buffer, "}", 1);
}

static ct_status answer_training(centime_store *store, const char *database, const char *run_id,
                                 const centime_summary_options *wanted, centime_buffer **out,
                                 struct ct_error *err)
{
    centime_summary_options known;
    CT_TRY(api_read_summary_options(wanted, &known, err));
    const struct ct_training_request request = {api_database(database), api_text(run_id),
                                                known.end_ns};
    const struct ct_query_options options = {.threads = store->query_threads};
    struct ct_snapshot *snapshot;
    struct ct_training_summary summary;
    if (request.run_id.len == 0)
        return ct_fail(err, CT_INVALID, "which training run?");
    CT_TRY(ct_snapshot_take(store->store, &snapshot, err));
    const ct_status status =
        ct_training_summary_run(snapshot, ct_store_catalog(store->store), &store->memory->allocator,
                                &request, &options, &summary, err);
    ct_snapshot_release(snapshot);
    if (status != CT_OK)
        return status;
    centime_buffer *buffer = api_summary_buffer(store->memory, &known);
    if (buffer)
        write_training(buffer, run_id, &summary);
    ct_training_summary_deinit(&summary);
    if (!buffer)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a training summary");
    return api_buffer_finish(buffer, out, err);
}

int centime_training_summary_with(centime_store *store, const char *database, const char *run_id,
                                  const centime_summary_options *options, centime_buffer **out,
                                  centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(answer_training(store, database, run_id, options, out, &story), &story, err);
}

int centime_training_summary_json(centime_store *store, const char *database, const char *run_id,
                                  centime_buffer **out, centime_error *err)
{
    return centime_training_summary_with(store, database, run_id, NULL, out, err);
}

/* -- Retrieval pipelines ----------------------------------------------------------------------- */

static void write_rag(centime_buffer *buffer, const char *pipeline_id,
                      const struct ct_rag_summary *summary)
{
    static const char *const means[CT_RAG_MEANS] = {"avg_retrieval_time_ms",
                                                    "avg_generation_time_ms", "avg_total_time_ms",
                                                    "avg_relevance_score", "avg_retrieved_docs"};
    static const char *const percentiles[CT_RAG_PERCENTILES] = {
        "p50_total_time_ms", "p95_total_time_ms", "p99_total_time_ms"};
    api_buffer_add(buffer, "{", 1);
    api_json_text_member(buffer, "pipeline_id", ct_text_of(pipeline_id));
    api_json_int_member(buffer, "total_queries", (int64_t)summary->total_queries);
    for (int i = 0; i < CT_RAG_MEANS; i++)
        api_json_double_member(buffer, means[i], summary->mean[i]);
    for (int i = 0; i < CT_RAG_PERCENTILES; i++)
        api_json_double_member(buffer, percentiles[i], summary->percentile[i]);
    api_json_sum_member(buffer, "total_embedding_tokens", &summary->embedding_tokens, 0);
    api_json_sum_member(buffer, "total_generation_tokens", &summary->generation_tokens, 0);
    api_buffer_add(buffer, "}", 1);
}

static ct_status answer_rag(centime_store *store, const char *database, const char *pipeline_id,
                            const centime_summary_options *wanted, centime_buffer **out,
                            struct ct_error *err)
{
    centime_summary_options known;
    CT_TRY(api_read_summary_options(wanted, &known, err));
    const struct ct_rag_request request = {api_database(database), api_text(pipeline_id),
                                           known.end_ns};
    const struct ct_query_options options = {.threads = store->query_threads};
    struct ct_snapshot *snapshot;
    struct ct_rag_summary summary;
    if (request.pipeline_id.len == 0)
        return ct_fail(err, CT_INVALID, "which pipeline?");
    CT_TRY(ct_snapshot_take(store->store, &snapshot, err));
    const ct_status status =
        ct_rag_summary_run(snapshot, ct_store_catalog(store->store), &store->memory->allocator,
                           &request, &options, &summary, err);
    ct_snapshot_release(snapshot);
    if (status != CT_OK)
        return status;
    centime_buffer *buffer = api_summary_buffer(store->memory, &known);
    if (!buffer)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a pipeline's summary");
    write_rag(buffer, pipeline_id, &summary);
    return api_buffer_finish(buffer, out, err);
}

int centime_rag_summary_with(centime_store *store, const char *database, const char *pipeline_id,
                             const centime_summary_options *options, centime_buffer **out,
                             centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(answer_rag(store, database, pipeline_id, options, out, &story), &story, err);
}

int centime_rag_summary_json(centime_store *store, const char *database, const char *pipeline_id,
                             centime_buffer **out, centime_error *err)
{
    return centime_rag_summary_with(store, database, pipeline_id, NULL, out, err);
}
