/* What observability programs report, as JSON: samples of nodes and services, training records,
 * queries of retrieval pipelines, charges. Members are the seed's, with those that its document
 * needs besides; of the names that OpenFinOps' own code knows some are taken and not kept. */
#include "item_post.h"
#include "route.h"
#include "server_private.h"

#define FIELD(type, name, kind, has)                                                               \
    {                                                                                              \
#name, CT_ITEM_##kind, false, has, offsetof(type, name), 0                                 \
    }
#define RENAMED(type, json, name, kind, has)                                                       \
    {                                                                                              \
        json, CT_ITEM_##kind, false, has, offsetof(type, name), 0                                  \
    }
#define REQUIRED(type, json, name, kind)                                                           \
    {                                                                                              \
        json, CT_ITEM_##kind, true, 0, offsetof(type, name), 0                                     \
    }
#define IGNORED(name)                                                                              \
    {                                                                                              \
        name, CT_ITEM_IGNORED, false, 0, 0, 0                                                      \
    }
#define SHAPE(noun, type, has_at, advice, fields)                                                  \
    {                                                                                              \
        noun, sizeof(type), has_at, advice, fields, CT_COUNT_OF(fields)                            \
    }

/* -- Nodes ------------------------------------------------------------------------------------- */

typedef centime_system_metrics system_metrics;

static const struct ct_item_field system_fields[] = {
    RENAMED(system_metrics, "timestamp", time_ns, TIME, 0),
    RENAMED(system_metrics, "cluster_id", cluster, TEXT, 0),
    FIELD(system_metrics, cluster, TEXT, 0),
    RENAMED(system_metrics, "node_id", node, TEXT, 0),
    FIELD(system_metrics, node, TEXT, 0),
    FIELD(system_metrics, region, TEXT, 0),
    FIELD(system_metrics, cpu_usage, DOUBLE, CENTIME_HAS_CPU),
    FIELD(system_metrics, memory_usage, DOUBLE, CENTIME_HAS_MEMORY),
    FIELD(system_metrics, disk_usage, DOUBLE, CENTIME_HAS_DISK),
    FIELD(system_metrics, gpu_usage, DOUBLE, CENTIME_HAS_GPU),
    FIELD(system_metrics, temperature, DOUBLE, CENTIME_HAS_TEMPERATURE),
    FIELD(system_metrics, power, DOUBLE, CENTIME_HAS_POWER),
    RENAMED(system_metrics, "power_consumption", power, DOUBLE, CENTIME_HAS_POWER),
    FIELD(system_metrics, error_rate, DOUBLE, CENTIME_HAS_ERROR_RATE),
    FIELD(system_metrics, cost_per_hour, DECIMAL, 0),
    IGNORED("network_io"),
    IGNORED("active_connections"),
    IGNORED("error_count"),
    IGNORED("warning_count"),
    IGNORED("throughput"),
    IGNORED("latency_p50"),
    IGNORED("latency_p95"),
    IGNORED("latency_p99"),
    IGNORED("training_active"),
    IGNORED("model_loading"),
    IGNORED("data_loading"),
    IGNORED("gradient_sync"),
    IGNORED("checkpoint_saving"),
    IGNORED("fan_speed"),
    IGNORED("health_status"),
    IGNORED("estimated_daily_cost"),
};

static int write_system(centime_writer *writer, const struct ct_item_batch *batch,
                        centime_write_result *result, centime_error *err, int detail)
{
    (void)detail;
    return centime_writer_system(writer, (const centime_system_metrics *)batch->items, batch->count,
                                 result, err);
}

/* -- Services ---------------------------------------------------------------------------------- */

typedef centime_service_metrics service_metrics;

static const struct ct_item_field service_fields[] = {
    REQUIRED(service_metrics, "service_name", service, TEXT),
    REQUIRED(service_metrics, "service", service, TEXT),
    RENAMED(service_metrics, "timestamp", time_ns, TIME, 0),
    RENAMED(service_metrics, "cluster_id", cluster, TEXT, 0),
    FIELD(service_metrics, cluster, TEXT, 0),
    FIELD(service_metrics, request_count, INT64, CENTIME_HAS_REQUESTS),
    FIELD(service_metrics, success_rate, DOUBLE, CENTIME_HAS_SUCCESS_RATE),
    FIELD(service_metrics, avg_response_time, DOUBLE, CENTIME_HAS_RESPONSE_TIME),
    RENAMED(service_metrics, "response_time", avg_response_time, DOUBLE, CENTIME_HAS_RESPONSE_TIME),
    FIELD(service_metrics, status, TEXT, 0),
    IGNORED("uptime"),
    IGNORED("restart_count"),
    IGNORED("request_rate"),
    IGNORED("cpu_limit"),
    IGNORED("memory_limit"),
    IGNORED("cpu_request"),
    IGNORED("memory_request"),
    IGNORED("dependency_health"),
    IGNORED("training_jobs_active"),
    IGNORED("training_jobs_queued"),
    IGNORED("training_jobs_failed"),
};

static int write_service(centime_writer *writer, const struct ct_item_batch *batch,
                         centime_write_result *result, centime_error *err, int detail)
{
    (void)detail;
    return centime_writer_service(writer, (const centime_service_metrics *)batch->items,
                                  batch->count, result, err);
}

/* -- Training ---------------------------------------------------------------------------------- */

typedef centime_training_metrics training_metrics;

static const struct ct_item_field training_fields[] = {
    REQUIRED(training_metrics, "run_id", run_id, TEXT),
    FIELD(training_metrics, model_name, TEXT, 0),
    RENAMED(training_metrics, "cluster_id", cluster, TEXT, 0),
    FIELD(training_metrics, cluster, TEXT, 0),
    REQUIRED(training_metrics, "epoch", epoch, INT64),
    REQUIRED(training_metrics, "step", step, INT64),
    FIELD(training_metrics, training_loss, DOUBLE, CENTIME_HAS_TRAINING_LOSS),
    RENAMED(training_metrics, "train_loss", training_loss, DOUBLE, CENTIME_HAS_TRAINING_LOSS),
    FIELD(training_metrics, validation_loss, DOUBLE, CENTIME_HAS_VALIDATION_LOSS),
    FIELD(training_metrics, learning_rate, DOUBLE, CENTIME_HAS_LEARNING_RATE),
    FIELD(training_metrics, gpu_memory_mb, DOUBLE, CENTIME_HAS_GPU_MEMORY),
    FIELD(training_metrics, batch_size, INT64, CENTIME_HAS_BATCH_SIZE),
    FIELD(training_metrics, throughput_samples_per_sec, DOUBLE, CENTIME_HAS_THROUGHPUT),
    FIELD(training_metrics, gpu_usage, DOUBLE, CENTIME_HAS_GPU_USAGE),
    RENAMED(training_metrics, "gpu_utilization", gpu_usage, DOUBLE, CENTIME_HAS_GPU_USAGE),
    RENAMED(training_metrics, "timestamp", time_ns, TIME, 0),
    IGNORED("model_type"),
    IGNORED("stage"),
    IGNORED("global_step"),
    IGNORED("total_steps"),
    IGNORED("progress_percent"),
    IGNORED("perplexity"),
    IGNORED("gradient_norm"),
    IGNORED("tokens_per_second"),
    IGNORED("sequences_per_second"),
    IGNORED("sequence_length"),
    IGNORED("vocab_size"),
    IGNORED("total_parameters"),
    IGNORED("trainable_parameters"),
    IGNORED("hyperparameters"),
    IGNORED("dataset_info"),
    IGNORED("infrastructure"),
};

static int write_training(centime_writer *writer, const struct ct_item_batch *batch,
                          centime_write_result *result, centime_error *err, int detail)
{
    (void)detail;
    return centime_writer_training(writer, (const centime_training_metrics *)batch->items,
                                   batch->count, result, err);
}

/* -- Retrieval pipelines ----------------------------------------------------------------------- */

typedef centime_rag_metrics rag_metrics;

static const struct ct_item_field rag_fields[] = {
    REQUIRED(rag_metrics, "pipeline_id", pipeline_id, TEXT),
    FIELD(rag_metrics, query, TEXT, 0),
    FIELD(rag_metrics, retrieval_time_ms, DOUBLE, CENTIME_HAS_RETRIEVAL_TIME),
    FIELD(rag_metrics, generation_time_ms, DOUBLE, CENTIME_HAS_GENERATION_TIME),
    FIELD(rag_metrics, total_time_ms, DOUBLE, CENTIME_HAS_TOTAL_TIME),
    FIELD(rag_metrics, relevance_score, DOUBLE, CENTIME_HAS_RELEVANCE),
    FIELD(rag_metrics, num_retrieved_docs, INT64, CENTIME_HAS_RETRIEVED_DOCS),
    FIELD(rag_metrics, embedding_tokens, INT64, CENTIME_HAS_EMBEDDING_TOKENS),
    FIELD(rag_metrics, generation_tokens, INT64, CENTIME_HAS_GENERATION_TOKENS),
    RENAMED(rag_metrics, "timestamp", time_ns, TIME, 0),
};

static int write_rag(centime_writer *writer, const struct ct_item_batch *batch,
                     centime_write_result *result, centime_error *err, int detail)
{
    return centime_writer_rag(writer, (const centime_rag_metrics *)batch->items, batch->count,
                              detail, result, err);
}

/* What becomes of the texts of queries: as the server was told, or less. */
static bool read_query_text(const struct ct_server *server, const struct ct_request *request,
                            int *out, struct ct_reply *reply)
{
    const struct ct_text word = ct_request_parameter(request, "query_text");
    *out = server->config.keeps_queries ? CENTIME_QUERY_KEPT : CENTIME_QUERY_HASHED;
    if (ct_text_equal(word, ct_text_of("drop")))
        *out = CENTIME_QUERY_DROPPED;
    else if (ct_text_equal(word, ct_text_of("hash")))
        *out = CENTIME_QUERY_HASHED;
    else if (word.len > 0 && !ct_text_equal(word, ct_text_of("keep"))) {
        ct_reply_error(request, reply, 400, "bad_parameter",
                       "query_text takes hash, drop, or keep (which cannot undo what the server is "
                       "set to)");
        return false;
    }
    return true;
}

/* -- Charges ----------------------------------------------------------------------------------- */

typedef centime_cost_entry cost_entry;

static const struct ct_item_field cost_fields[] = {
    RENAMED(cost_entry, "timestamp", time_ns, TIME, 0),
    FIELD(cost_entry, provider, TEXT, 0),
    FIELD(cost_entry, service, TEXT, 0),
    FIELD(cost_entry, resource_id, TEXT, 0),
    REQUIRED(cost_entry, "cost_usd", cost_usd, DECIMAL),
    FIELD(cost_entry, region, TEXT, 0),
    FIELD(cost_entry, account, TEXT, 0),
    FIELD(cost_entry, cluster, TEXT, 0),
    RENAMED(cost_entry, "cluster_id", cluster, TEXT, 0),
    FIELD(cost_entry, currency, TEXT, 0),
    FIELD(cost_entry, source, TEXT, 0),
    FIELD(cost_entry, billing_period, TEXT, 0),
    FIELD(cost_entry, invoice_id, TEXT, 0),
    FIELD(cost_entry, usage_quantity, DECIMAL, 0),
    RENAMED(cost_entry, "charge_end", charge_end_ns, TIME, 0),
    FIELD(cost_entry, entry_id, TEXT, 0),
    {"tags", CT_ITEM_TAGS, false, 0, offsetof(cost_entry, tags), offsetof(cost_entry, tag_count)},
};

static int write_costs(centime_writer *writer, const struct ct_item_batch *batch,
                       centime_write_result *result, centime_error *err, int detail)
{
    (void)detail;
    return centime_writer_costs(writer, (const centime_cost_entry *)batch->items, batch->count,
                                result, err);
}

/* -- Routes ------------------------------------------------------------------------------------ */

static void take(struct ct_server *server, struct ct_request *request,
                 const struct ct_item_shape *shape, const struct ct_item_writing *writing,
                 struct ct_reply *reply)
{
    struct ct_item_batch batch;
    if (!ct_item_batch_read(request, shape, &batch, reply))
        return;
    ct_item_batch_write(server, request, &batch, writing, reply);
    ct_item_batch_release(&batch);
}

static void take_system(struct ct_server *server, struct ct_request *request,
                        struct ct_reply *reply)
{
    static const struct ct_item_shape shape = SHAPE(
        "a sample of a node", system_metrics, offsetof(system_metrics, has), "", system_fields);
    take(server, request, &shape, &(struct ct_item_writing){write_system, 0}, reply);
}

static void take_service(struct ct_server *server, struct ct_request *request,
                         struct ct_reply *reply)
{
    static const struct ct_item_shape shape =
        SHAPE("a sample of a service", service_metrics, offsetof(service_metrics, has), "",
              service_fields);
    take(server, request, &shape, &(struct ct_item_writing){write_service, 0}, reply);
}

static void take_training(struct ct_server *server, struct ct_request *request,
                          struct ct_reply *reply)
{
    static const struct ct_item_shape shape =
        SHAPE("a training record", training_metrics, offsetof(training_metrics, has), "",
              training_fields);
    take(server, request, &shape, &(struct ct_item_writing){write_training, 0}, reply);
}

static void take_rag(struct ct_server *server, struct ct_request *request, struct ct_reply *reply)
{
    static const struct ct_item_shape shape =
        SHAPE("a query of a pipeline", rag_metrics, offsetof(rag_metrics, has), "", rag_fields);
    struct ct_item_writing writing = {write_rag, CENTIME_QUERY_KEPT};
    if (read_query_text(server, request, &writing.detail, reply))
        take(server, request, &shape, &writing, reply);
}

static void take_costs(struct ct_server *server, struct ct_request *request, struct ct_reply *reply)
{
    static const struct ct_item_shape shape = SHAPE(
        "a cost entry", cost_entry, 0,
        "; its amount is cost_usd, and what is not among its members goes into tags", cost_fields);
    take(server, request, &shape, &(struct ct_item_writing){write_costs, 0}, reply);
}

#define ROUTE(path, handle)                                                                        \
    {                                                                                              \
        CT_METHOD_POST, path, CT_ACCESS_WRITE, CT_FLAVOUR_CENTIME, CT_DATABASE_DATABASE, handle    \
    }

static const struct ct_route routes[] = {
    ROUTE("/api/v1/metrics/system", take_system),
    ROUTE("/api/v1/metrics/service", take_service),
    ROUTE("/api/v1/metrics/llm-training", take_training),
    ROUTE("/api/v1/metrics/rag", take_rag),
    ROUTE("/api/v1/costs", take_costs),
};

const struct ct_route_table ct_observability_routes = {routes, CT_COUNT_OF(routes)};
