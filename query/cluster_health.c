/* One query: for each (cluster, node) the last value of each field and its time. A value counts
 * only where its time is that of the node's latest sample: what an older sample said is not known
 * of the node now. */
#include "cluster_health.h"

#include <stdlib.h>

#include "summary_query.h"

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

static bool is_silent(const struct ct_cluster_health_request *request, int64_t since_ns)
{
    const int64_t silent_ns = request->silent_ns ? request->silent_ns : CT_NODE_SILENT_NS;
    return (ct_int128)request->now_ns - since_ns >= silent_ns;
}

/* A cluster in the making: averages are sums until the end. */
struct tally {
    const struct ct_cluster_health_request *request;
    const struct samples *samples;
    struct ct_cluster_health *cluster;
    uint64_t score_total;
    uint32_t scored;
};

static void add_node(struct tally *tally, uint64_t row)
{
    struct ct_cluster_health *cluster = tally->cluster;
    const int64_t sample_ns = latest_ns(tally->samples, row);
    double value[READINGS];
    for (int i = 0; i < READINGS; i++) {
        const bool is_read = read_field(tally->samples, row, i, sample_ns, &value[i]);
        if (is_read && i < CT_SYSTEM_USAGES) {
            cluster->average[i] += value[i];
            cluster->sampled[i]++;
        }
    }
    cluster->total_nodes++;
    tally->scored++;
    if (is_silent(tally->request, sample_ns))
        return;
    const struct ct_node_reading reading = {value[CT_USAGE_CPU], value[CT_USAGE_MEMORY],
                                            value[ERROR_RATE], value[TEMPERATURE]};
    const int score = ct_node_score(&reading);
    cluster->healthy_nodes += health_of(score) == CT_HEALTH_HEALTHY;
    tally->score_total += (uint64_t)score;
}

/* A node that was registered and never heard. */
static void add_unheard(struct tally *tally, const struct ct_member *node)
{
    tally->cluster->total_nodes++;
    tally->scored += is_silent(tally->request, node->since_ns);
}

static void finish_cluster(const struct tally *tally)
{
    struct ct_cluster_health *cluster = tally->cluster;
    cluster->status =
        tally->scored ? health_of((double)tally->score_total / tally->scored) : CT_HEALTH_UNKNOWN;
    for (int i = 0; i < CT_SYSTEM_USAGES; i++)
        if (cluster->sampled[i])
            cluster->average[i] /= cluster->sampled[i];
}

static int compare_members(const void *a, const void *b)
{
    const struct ct_member *first = a;
    const struct ct_member *second = b;
    return ct_text_compare(first->name, second->name);
}

/* How the cluster's next row stands to the next registered node: negative, before it. What has come
 * to its end is after everything. */
static int compare_next(bool has_row, struct ct_text row, bool has_node, struct ct_text node)
{
    if (has_row && has_node)
        return ct_text_compare(row, node);
    return has_row ? -1 : 1;
}

/* Rows of the cluster from *row on, sorted by node, beside its registered nodes. */
static void add_nodes(struct tally *tally, uint64_t *row, const struct ct_registration *registered)
{
    const struct ct_result *result = tally->samples->result;
    const uint32_t count = registered ? registered->member_count : 0;
    if (count > 1)
        qsort(registered->members, count, sizeof *registered->members, compare_members);
    for (uint32_t at = 0;;) {
        const bool has_row = result && *row < result->row_count &&
                             ct_text_equal(result->columns[0].text[*row], tally->cluster->cluster);
        if (!has_row && at == count)
            return;
        const struct ct_member *node = at < count ? &registered->members[at] : NULL;
        const struct ct_text name = node ? node->name : (struct ct_text){0};
        const int order = compare_next(
            has_row, has_row ? result->columns[1].text[*row] : (struct ct_text){0}, node, name);
        if (order > 0)
            add_unheard(tally, node);
        else
            add_node(tally, (*row)++);
        while (order >= 0 && at < count && ct_text_equal(registered->members[at].name, name))
            at++; /* a node that is named twice is one */
    }
}

/* Rows and registrations are both sorted by cluster. */
static void fold(struct ct_cluster_health_list *list, const struct samples *samples,
                 const struct ct_cluster_health_request *request)
{
    const struct ct_result *result = samples->result;
    const uint64_t row_count = result ? result->row_count : 0;
    size_t at = 0;
    for (uint64_t row = 0; row < row_count || at < list->registered.count;) {
        const struct ct_registration *registered =
            at < list->registered.count ? &list->registered.items[at] : NULL;
        const bool has_row = row < row_count;
        const struct ct_text seen = has_row ? result->columns[0].text[row] : (struct ct_text){0};
        const int order = compare_next(has_row, seen, registered != NULL,
                                       registered ? registered->key : (struct ct_text){0});
        if (order < 0)
            registered = NULL;
        else
            at++;
        struct ct_cluster_health *cluster = &list->clusters[list->count++];
        *cluster = (struct ct_cluster_health){.cluster = registered ? registered->key : seen};
        struct tally tally = {.request = request, .samples = samples, .cluster = cluster};
        add_nodes(&tally, &row, registered);
        finish_cluster(&tally);
    }
}

static ct_status read_samples(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                              const struct ct_allocator *allocator, uint32_t table,
                              const struct ct_cluster_health_request *request,
                              const struct ct_query_options *options, struct samples *samples,
                              struct ct_result **out, struct ct_error *err)
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
        .database = request->database,
        .table = ct_text_of("system"),
        .aggregates = aggregates,
        .aggregate_count = count,
        .tags = tags,
        .tag_count = CT_COUNT_OF(tags),
        .start_ns = INT64_MIN,
        .end_ns = ct_summary_end(request->is_past ? request->now_ns : 0),
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
    struct ct_cluster_health_request known = *request;
    if (known.database.len == 0)
        known.database = ct_text_of("default");
    const uint32_t number = ct_catalog_find_database(catalog, known.database);
    const uint32_t table =
        number == CT_NONE ? CT_NONE : ct_catalog_find_table(catalog, number, ct_text_of("system"));
    struct samples samples = {0};
    if (table != CT_NONE)
        CT_TRY(read_samples(snapshot, catalog, allocator, table, &known, options, &samples,
                            &list.samples, err));
    samples.result = list.samples;
    ct_status status = ct_registrations_read(catalog, known.database, CT_REGISTRY_CLUSTER,
                                             allocator, &list.registered, err);
    const uint64_t rows = list.samples ? list.samples->row_count : 0;
    if (status == CT_OK) {
        list.clusters =
            ct_alloc_zeroed(allocator, rows + list.registered.count + 1, sizeof *list.clusters);
        if (!list.clusters)
            status = ct_fail(err, CT_NO_MEMORY, "out of memory for the health of clusters");
    }
    if (status != CT_OK) {
        ct_cluster_health_deinit(&list);
        return status;
    }
    fold(&list, &samples, request);
    *out = list;
    return CT_OK;
}

void ct_cluster_health_deinit(struct ct_cluster_health_list *list)
{
    if (list->clusters)
        ct_release(list->allocator, list->clusters);
    ct_result_destroy(list->samples);
    ct_registrations_deinit(&list->registered);
    *list = (struct ct_cluster_health_list){0};
}
