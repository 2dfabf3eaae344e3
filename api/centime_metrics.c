/* Measurements: structs to rows of the tables that come with a store. */
#include "hash.h"
#include "registration.h"
#include "row_writer.h"

#define HASH_DIGITS 16

#define WRITE_ITEMS(writer, table, type, items, count, add, context, result, story)                \
    api_write_items(writer,                                                                        \
                    &(struct api_items){table, #type, items, count, sizeof(type), add, context},   \
                    result, story)

static ct_status add_system(struct api_row *row, const void *item, void *context)
{
    const centime_system_metrics *m = item;
    (void)context;
    api_row_tag(row, "cluster", m->cluster && m->cluster[0] ? m->cluster : "default");
    api_row_tag(row, "node", m->node && m->node[0] ? m->node : "default");
    api_row_tag(row, "region", m->region);
    if (m->has & CENTIME_HAS_CPU)
        api_row_double(row, "cpu_usage", m->cpu_usage);
    if (m->has & CENTIME_HAS_MEMORY)
        api_row_double(row, "memory_usage", m->memory_usage);
    if (m->has & CENTIME_HAS_DISK)
        api_row_double(row, "disk_usage", m->disk_usage);
    if (m->has & CENTIME_HAS_GPU)
        api_row_double(row, "gpu_usage", m->gpu_usage);
    if (m->has & CENTIME_HAS_TEMPERATURE)
        api_row_double(row, "temperature", m->temperature);
    if (m->has & CENTIME_HAS_POWER)
        api_row_double(row, "power", m->power);
    if (m->has & CENTIME_HAS_ERROR_RATE)
        api_row_double(row, "error_rate", m->error_rate);
    api_row_decimal(row, "cost_per_hour", m->cost_per_hour);
    return api_row_end(row, m->time_ns);
}

int centime_writer_system(centime_writer *writer, const centime_system_metrics *items, size_t count,
                          centime_write_result *result, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(WRITE_ITEMS(writer, "system", centime_system_metrics, items, count,
                                  add_system, NULL, result, &story),
                      &story, err);
}

/* The cluster that the service was registered with. */
static void add_registered_cluster(struct api_row *row, const char *service)
{
    struct ct_catalog *catalog = row->writer->intake->catalog;
    const struct ct_allocator *allocator = &row->writer->store->memory->allocator;
    struct ct_registration registration;
    if (row->status != CT_OK)
        return;
    const ct_status status =
        ct_registration_read(catalog, row->writer->intake->database_name, CT_REGISTRY_SERVICE,
                             ct_text_of(service), allocator, &registration, row->err);
    if (status != CT_OK) {
        row->status = status == CT_NOT_FOUND ? CT_OK : status;
        return;
    }
    const char *cluster = ct_arena_terminated(&row->arena, registration.place);
    if (cluster)
        api_row_tag(row, "cluster", cluster);
    else
        row->status = ct_fail(row->err, CT_NO_MEMORY, "out of memory for a service's cluster");
    ct_registration_release(allocator, &registration);
}

static ct_status add_service(struct api_row *row, const void *item, void *context)
{
    const centime_service_metrics *m = item;
    (void)context;
    api_row_require(row, "service", m->service);
    api_row_tag(row, "service", m->service);
    if (m->cluster && m->cluster[0])
        api_row_tag(row, "cluster", m->cluster);
    else
        add_registered_cluster(row, m->service);
    if (m->has & CENTIME_HAS_REQUESTS)
        api_row_int64(row, "request_count", m->request_count);
    if (m->has & CENTIME_HAS_SUCCESS_RATE)
        api_row_double(row, "success_rate", m->success_rate);
    if (m->has & CENTIME_HAS_RESPONSE_TIME)
        api_row_double(row, "avg_response_time", m->avg_response_time);
    api_row_string(row, "status", api_text(m->status));
    return api_row_end(row, m->time_ns);
}

int centime_writer_service(centime_writer *writer, const centime_service_metrics *items,
                           size_t count, centime_write_result *result, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(WRITE_ITEMS(writer, "service", centime_service_metrics, items, count,
                                  add_service, NULL, result, &story),
                      &story, err);
}

static ct_status add_training(struct api_row *row, const void *item, void *context)
{
    const centime_training_metrics *m = item;
    (void)context;
    api_row_require(row, "run_id", m->run_id);
    api_row_tag(row, "run_id", m->run_id);
    api_row_tag(row, "model_name", m->model_name);
    api_row_tag(row, "cluster", m->cluster);
    api_row_int64(row, "epoch", m->epoch);
    api_row_int64(row, "step", m->step);
    if (m->has & CENTIME_HAS_TRAINING_LOSS)
        api_row_double(row, "training_loss", m->training_loss);
    if (m->has & CENTIME_HAS_VALIDATION_LOSS)
        api_row_double(row, "validation_loss", m->validation_loss);
    if (m->has & CENTIME_HAS_LEARNING_RATE)
        api_row_double(row, "learning_rate", m->learning_rate);
    if (m->has & CENTIME_HAS_GPU_MEMORY)
        api_row_double(row, "gpu_memory_mb", m->gpu_memory_mb);
    if (m->has & CENTIME_HAS_BATCH_SIZE)
        api_row_int64(row, "batch_size", m->batch_size);
    if (m->has & CENTIME_HAS_THROUGHPUT)
        api_row_double(row, "throughput_samples_per_sec", m->throughput_samples_per_sec);
    if (m->has & CENTIME_HAS_GPU_USAGE)
        api_row_double(row, "gpu_usage", m->gpu_usage);
    return api_row_end(row, m->time_ns);
}

int centime_writer_training(centime_writer *writer, const centime_training_metrics *items,
                            size_t count, centime_write_result *result, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(WRITE_ITEMS(writer, "llm_training", centime_training_metrics, items, count,
                                  add_training, NULL, result, &story),
                      &story, err);
}

static void add_query_hash(struct api_row *row, struct ct_text query)
{
    static const char hex[] = "0123456789abcdef";
    char digits[HASH_DIGITS];
    uint64_t hash = ct_hash(query.bytes, query.len, 0);
    for (size_t i = HASH_DIGITS; i-- > 0; hash >>= 4)
        digits[i] = hex[hash & 15];
    const struct ct_text kept =
        ct_arena_copy(&row->arena, (struct ct_text){.bytes = digits, .len = sizeof digits});
    if (!kept.bytes && row->status == CT_OK)
        row->status = ct_fail(row->err, CT_NO_MEMORY, "out of memory for a query's hash");
    api_row_string(row, "query", kept);
}

static void add_query(struct api_row *row, const char *text, enum centime_query_text how)
{
    const struct ct_text query = api_text(text);
    if (how == CENTIME_QUERY_KEPT)
        api_row_string(row, "query", query);
    if (how == CENTIME_QUERY_HASHED && query.len)
        add_query_hash(row, query);
}

static ct_status add_rag(struct api_row *row, const void *item, void *context)
{
    const centime_rag_metrics *m = item;
    const int *query_text = context;
    api_row_require(row, "pipeline_id", m->pipeline_id);
    api_row_tag(row, "pipeline_id", m->pipeline_id);
    if (m->has & CENTIME_HAS_RETRIEVAL_TIME)
        api_row_double(row, "retrieval_time_ms", m->retrieval_time_ms);
    if (m->has & CENTIME_HAS_GENERATION_TIME)
        api_row_double(row, "generation_time_ms", m->generation_time_ms);
    if (m->has & CENTIME_HAS_TOTAL_TIME)
        api_row_double(row, "total_time_ms", m->total_time_ms);
    if (m->has & CENTIME_HAS_RELEVANCE)
        api_row_double(row, "relevance_score", m->relevance_score);
    if (m->has & CENTIME_HAS_RETRIEVED_DOCS)
        api_row_int64(row, "num_retrieved_docs", m->num_retrieved_docs);
    if (m->has & CENTIME_HAS_EMBEDDING_TOKENS)
        api_row_int64(row, "embedding_tokens", m->embedding_tokens);
    if (m->has & CENTIME_HAS_GENERATION_TOKENS)
        api_row_int64(row, "generation_tokens", m->generation_tokens);
    add_query(row, m->query, (enum centime_query_text) * query_text);
    return api_row_end(row, m->time_ns);
}

int centime_writer_rag(centime_writer *writer, const centime_rag_metrics *items, size_t count,
                       int query_text, centime_write_result *result, centime_error *err)
{
    struct ct_error story = {0};
    if (query_text < CENTIME_QUERY_KEPT || query_text > CENTIME_QUERY_DROPPED)
        return api_answer(ct_fail(&story, CT_INVALID, "unknown query_text %d", query_text), &story,
                          err);
    return api_answer(WRITE_ITEMS(writer, "rag", centime_rag_metrics, items, count, add_rag,
                                  &query_text, result, &story),
                      &story, err);
}
