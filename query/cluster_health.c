/* One query: for each (cluster, node) the last value of each field and its time. A value counts
 * only where its time is that of the node's latest sample: what an older sample said is not known
 * of the node now. */
#include "cluster_health.h"

enum { ERROR_RATE = CT_SYSTEM_USAGES, TEMPERATURE, READINGS };

static const char *const reading_fields[READINGS] = {
    "cpu_usage", "memory_usage", "disk_usage", "gpu_usage", "error_rate", "temperature",
};

static const char *const health_names[] = {"healthy", "warning", "critical", "down", "unknown"};

const char *ct_health_name(enum ct_health health)
{
    return health_names[health];
}

static int usage_penalty(double percent)
{
    if (percent > 90)
        return 30;
    return percent > 80 ? 15 : 0;
}

int ct_node_score(const struct ct_node_reading *reading)
{
    int score = 100 - usage_penalty(reading->cpu) - usage_penalty(reading->memory);
    if (reading->error_rate > 5)
        score -= 40;
    else if (reading->error_rate > 1)
        score -= 20;
    if (reading->temperature > 85)
        score -= 25;
    else if (reading->temperature > 80)
        score -= 10;
    return score > 0 ? score : 0;
}

static enum ct_health health_of(double score)
{
    if (score >= 80)
        return CT_HEALTH_HEALTHY;
    if (score >= 60)
        return CT_HEALTH_WARNING;
    return score >= 20 ? CT_HEALTH_CRITICAL : CT_HEALTH_DOWN;
}

/* Columns of the samples: cluster, node, then value and time of each field that the table has. */
struct samples {
    const struct ct_result *result;
    int value_column[READINGS]; /* -1: no such field */
};

static int64_t latest_ns(const struct samples *samples, uint64_t row)
{
    int64_t latest = INT64_MIN;
    for (int i = 0; i < READINGS; i++) {
        if (samples->value_column[i] < 0)
            continue;
        const struct ct_result_column *time =
            &samples->result->columns[samples->value_column[i] + 1];
        if (!time->is_null[row] && time->int64[row] > latest)
            latest = time->int64[row];
    }
    return latest;
}

/* False where the latest sample does not have the field. */
static bool read_field(const struct samples *samples, uint64_t row, int field, int64_t sample_ns,
                       double *out)
{
    const int at = samples->value_column[field];
    *out = 0;
    if (at < 0)
        return false;
    const struct ct_result_column *value = &samples->result->columns[at];
    if (value->is_null[row] || value[1].int64[row] != sample_ns)
        return false;
    *out = ct_result_to_double(value, row);
    return true;
}

static bool is_silent(const struct ct_cluster_health_request *request, int64_t sample_ns)
{
    const int64_t silent_ns = request->silent_ns ? request->silent_ns : CT_NODE_SILENT_NS;
    return (ct_int128)request->now_ns - sample_ns >= silent_ns;
}

/* Adds one node; averages are sums until the end. Returns its score. */
static int add_node(struct ct_cluster_health *cluster, const struct samples *samples, uint64_t row,
                    const struct ct_cluster_health_request *request)
{
    const int64_t sample_ns = latest_ns(samples, row);
    double value[READINGS];
    for (int i = 0; i < READINGS; i++) {
        const bool is_read = read_field(samples, row, i, sample_ns, &value[i]);
        if (is_read && i < CT_SYSTEM_USAGES) {
            cluster->average[i] += value[i];
            cluster->sampled[i]++;
        }
    }
    cluster->total_nodes++;
    if (is_silent(request, sample_ns))
        return 0;
    const struct ct_node_reading reading = {value[CT_USAGE_CPU], value[CT_USAGE_MEMORY],
                                            value[ERROR_RATE], value[TEMPERATURE]};
    const int score = ct_node_score(&reading);
    cluster->healthy_nodes += health_of(score) == CT_HEALTH_HEALTHY;
    return score;
}

static void finish_cluster(struct ct_cluster_health *cluster, uint64_t score_total)
{
    cluster->status = health_of((double)score_total / cluster->total_nodes);
    for (int i = 0; i < CT_SYSTEM_USAGES; i++)
        if (cluster->sampled[i])
            cluster->average[i] /= cluster->sampled[i];
}

/* Rows are sorted by cluster. */
static void fold(struct ct_cluster_health_list *list, const struct samples *samples,
                 const struct ct_cluster_health_request *request)
{
    const struct ct_result *result = samples->result;
    const struct ct_text *clusters = result->columns[0].text;
    for (uint64_t row = 0; row < result->row_count;) {
        struct ct_cluster_health *cluster = &list->clusters[list->count++];
        *cluster = (struct ct_cluster_health){.cluster = clusters[row]};
        uint64_t score_total = 0;
        for (; row < result->row_count && ct_text_equal(clusters[row], cluster->cluster); row++)
            score_total += (uint64_t)add_node(cluster, samples, row, request);
        finish_cluster(cluster, score_total);
    }
}

static ct_status read_samples(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                              const struct ct_allocator *allocator, uint32_t table,
                              struct ct_text database, const struct ct_query_options *options,
                              struct samples *samples, struct ct_result **out, struct ct_error *err)
{
    const struct ct_text tags[] = {ct_text_of("cluster"), ct_text_of("node")};
    struct ct_aggregate aggregates[2 * READINGS];
    uint32_t count = 0;
    for (int i = 0; i < READINGS; i++) {
        samples->value_column[i] = -1;
        const struct ct_text field = ct_text_of(reading_fields[i]);
        const uint32_t number = ct_catalog_find_field(catalog, table, field);
        if (number == CT_NONE)
            continue;
        samples->value_column[i] = (int)(CT_COUNT_OF(tags) + count);
        aggregates[count++] = (struct ct_aggregate){.function = CT_LAST, .field = field};
        aggregates[count++] = (struct ct_aggregate){.function = CT_LAST_TIME, .field = field};
    }
    if (count == 0)
        return CT_OK;
    const struct ct_query query = {
        .database = database,
        .table = ct_text_of("system"),
        .aggregates = aggregates,
        .aggregate_count = count,
        .tags = tags,
        .tag_count = CT_COUNT_OF(tags),
        .start_ns = INT64_MIN,
        .end_ns = INT64_MAX,
        .skips_empty = true,
    };
    return ct_query_run(snapshot, catalog, allocator, &query, options, out, err);
}

ct_status ct_cluster_health_run(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                                const struct ct_allocator *allocator,
                                const struct ct_cluster_health_request *request,
                                const struct ct_query_options *options,
                                struct ct_cluster_health_list *out, struct ct_error *err)
{
    struct ct_cluster_health_list list = {.allocator = allocator};
    const struct ct_text database =
        request->database.len ? request->database : ct_text_of("default");
    const uint32_t number = ct_catalog_find_database(catalog, database);
    const uint32_t table =
        number == CT_NONE ? CT_NONE : ct_catalog_find_table(catalog, number, ct_text_of("system"));
    struct samples samples = {0};
    if (table != CT_NONE)
        CT_TRY(read_samples(snapshot, catalog, allocator, table, database, options, &samples,
                            &list.samples, err));
    if (list.samples && list.samples->row_count) {
        list.clusters = ct_alloc_zeroed(allocator, list.samples->row_count, sizeof *list.clusters);
        if (!list.clusters) {
            ct_result_destroy(list.samples);
            return ct_fail(err, CT_NO_MEMORY, "out of memory for the health of clusters");
        }
        samples.result = list.samples;
        fold(&list, &samples, request);
    }
    *out = list;
    return CT_OK;
}

void ct_cluster_health_deinit(struct ct_cluster_health_list *list)
{
    if (list->clusters)
        ct_release(list->allocator, list->clusters);
    ct_result_destroy(list->samples);
    *list = (struct ct_cluster_health_list){0};
}
