/* The FinOps summaries, to handles and to JSON. */
#include "api_private.h"
#include "civil_time.h"
#include "cluster_health.h"
#include "cost_summary.h"
#include "number.h"

#define MONEY_DIGITS_MIN 2

struct centime_cost_summary {
    struct api_memory *memory;
    struct ct_cost_summary inner;
    /* Parts as results: by enum centime_cost_part, then by tag. They are the summary's, not the
     * caller's to destroy. */
    centime_result *parts;
};

/* The engine's breakdown that stands behind a part; NULL where there is no such part. */
static const struct ct_cost_breakdown *breakdown_of(const centime_cost_summary *summary,
                                                    uint32_t part)
{
    if (part < CT_COST_DIMENSIONS)
        return &summary->inner.by[part];
    if (part == CENTIME_TOP_RESOURCES)
        return &summary->inner.top_resources;
    if (part - CENTIME_BY_TAG < summary->inner.tag_count)
        return &summary->inner.by_tag[part - CENTIME_BY_TAG];
    return NULL;
}

static ct_status wrap_summary(centime_store *store, struct ct_cost_summary *inner,
                              centime_cost_summary **out, struct ct_error *err)
{
    const struct ct_allocator *allocator = &store->memory->allocator;
    centime_cost_summary *summary = ct_alloc_zeroed(allocator, 1, sizeof *summary);
    const uint32_t part_count = CENTIME_BY_TAG + inner->tag_count;
    centime_result *parts = ct_alloc_zeroed(allocator, part_count, sizeof *parts);
    if (!summary || !parts) {
        ct_release(allocator, summary);
        ct_release(allocator, parts);
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a cost summary");
    }
    summary->memory = api_memory_take(store->memory);
    summary->inner = *inner;
    summary->parts = parts;
    for (uint32_t i = 0; i < part_count; i++) {
        parts[i].memory = summary->memory;
        parts[i].result = breakdown_of(summary, i)->result;
    }
    *out = summary;
    return CT_OK;
}

static ct_status summarise(centime_store *store, const centime_cost_options *options,
                           centime_cost_summary **out, struct ct_error *err)
{
    const int64_t end_ns = options->end_ns ? options->end_ns : ct_clock_now_ns(store->env.clock);
    const int64_t window_ns = options->window_ns ? options->window_ns : CT_DAY_NS;
    int64_t start_ns;
    if (window_ns < 0)
        return ct_fail(err, CT_INVALID, "a window of less than 0");
    if (__builtin_sub_overflow(end_ns, window_ns, &start_ns))
        start_ns = INT64_MIN;
    const struct ct_cost_summary_request request = {
        .database = api_database(options->database),
        .start_ns = start_ns,
        .end_ns = end_ns,
        .currency = api_text(options->currency),
        .top_count = options->top_count,
    };
    const struct ct_query_options query_options = {.threads = store->query_threads};
    struct ct_snapshot *snapshot;
    CT_TRY(ct_snapshot_take(store->store, &snapshot, err));
    struct ct_cost_summary inner;
    ct_status status =
        ct_cost_summary_run(snapshot, ct_store_catalog(store->store), &store->memory->allocator,
                            &request, &query_options, &inner, err);
    ct_snapshot_release(snapshot);
    if (status != CT_OK)
        return status;
    status = wrap_summary(store, &inner, out, err);
    if (status != CT_OK)
        ct_cost_summary_deinit(&inner);
    return status;
}

int centime_cost_summary_run(centime_store *store, const centime_cost_options *options,
                             centime_cost_summary **out, centime_error *err)
{
    struct ct_error story = {0};
    centime_cost_options known;
    ct_status status =
        api_read_struct(&known, sizeof known, options, "centime_cost_options", &story);
    if (status == CT_OK)
        status = summarise(store, &known, out, &story);
    return api_answer(status, &story, err);
}

void centime_cost_summary_destroy(centime_cost_summary *summary)
{
    if (!summary)
        return;
    struct api_memory *memory = summary->memory;
    ct_cost_summary_deinit(&summary->inner);
    ct_release(&memory->allocator, summary->parts);
    ct_release(&memory->allocator, summary);
    api_memory_drop(memory);
}

size_t centime_cost_summary_total(const centime_cost_summary *summary, char *out, size_t cap)
{
    char text[CT_DECIMAL_TEXT_MAX];
    const size_t len = ct_decimal_sum_print(&summary->inner.total, MONEY_DIGITS_MIN, text);
    if (cap == 0)
        return len;
    const size_t copied = len < cap ? len : cap - 1;
    memcpy(out, text, copied);
    out[copied] = 0;
    return len;
}

const char *centime_cost_summary_currency(const centime_cost_summary *summary)
{
    return summary->inner.currency;
}

uint32_t centime_cost_summary_tags(const centime_cost_summary *summary)
{
    return summary->inner.tag_count;
}

const char *centime_cost_summary_name(const centime_cost_summary *summary, uint32_t part)
{
    const struct ct_cost_breakdown *breakdown = breakdown_of(summary, part);
    return breakdown ? breakdown->tag.bytes : NULL;
}

const centime_result *centime_cost_summary_part(const centime_cost_summary *summary, uint32_t part)
{
    const struct ct_cost_breakdown *breakdown = breakdown_of(summary, part);
    return breakdown && breakdown->result ? &summary->parts[part] : NULL;
}

/* -- JSON ------------------------------------------------------------------------------------- */

ct_status api_read_summary_options(const centime_summary_options *options,
                                   centime_summary_options *out, struct ct_error *err)
{
    CT_TRY(api_read_struct(out, sizeof *out, options, "centime_summary_options", err));
    if ((out->format & ~(uint32_t)CENTIME_DECIMALS_QUOTED) != CENTIME_JSON)
        return ct_fail(err, CT_INVALID, "summaries are JSON");
    return CT_OK;
}

centime_buffer *api_summary_buffer(struct api_memory *memory,
                                   const centime_summary_options *options)
{
    centime_buffer *buffer = api_buffer_create(memory);
    if (buffer)
        buffer->quotes_decimals = (options->format & CENTIME_DECIMALS_QUOTED) != 0;
    return buffer;
}

/* {"aws":3.50,...} */
static void write_breakdown(centime_buffer *buffer, const struct ct_cost_breakdown *breakdown)
{
    api_buffer_add(buffer, "{", 1);
    for (uint64_t row = 0; row < ct_cost_breakdown_count(breakdown); row++) {
        if (row)
            api_buffer_add(buffer, ",", 1);
        api_json_text(buffer, breakdown->result->columns[0].text[row]);
        api_buffer_add(buffer, ":", 1);
        api_json_value(buffer, &breakdown->result->columns[1], row);
    }
    api_buffer_add(buffer, "}", 1);
}

static void write_resources(centime_buffer *buffer, const struct ct_cost_breakdown *resources)
{
    api_buffer_add_text(buffer, ",\"top_resources\":[");
    for (uint64_t row = 0; row < ct_cost_breakdown_count(resources); row++) {
        api_buffer_add_text(buffer, row ? ",{\"resource_id\":" : "{\"resource_id\":");
        api_json_text(buffer, resources->result->columns[0].text[row]);
        api_buffer_add_text(buffer, ",\"cost\":");
        api_json_value(buffer, &resources->result->columns[1], row);
        api_buffer_add(buffer, "}", 1);
    }
    api_buffer_add(buffer, "]", 1);
}

static void write_time(centime_buffer *buffer, const char *key, int64_t time_ns)
{
    char text[CT_TIME_TEXT_MAX];
    api_buffer_add_text(buffer, key);
    api_buffer_add(buffer, text, ct_time_print(time_ns, text));
    api_buffer_add(buffer, "\"", 1);
}

static void write_summary(centime_buffer *buffer, const centime_cost_summary *summary)
{
    static const char *const keys[CT_COST_DIMENSIONS] = {
        ",\"by_provider\":", ",\"by_service\":", ",\"by_cluster\":", ",\"by_region\":"};
    const struct ct_cost_summary *inner = &summary->inner;
    char total[CENTIME_DECIMAL_BYTES];
    api_buffer_add_text(buffer, "{\"total_cost\":");
    api_buffer_add(buffer, "\"", buffer->quotes_decimals);
    api_buffer_add(buffer, total, centime_cost_summary_total(summary, total, sizeof total));
    api_buffer_add(buffer, "\"", buffer->quotes_decimals);
    for (uint32_t i = 0; i < CT_COST_DIMENSIONS; i++) {
        api_buffer_add_text(buffer, keys[i]);
        write_breakdown(buffer, &inner->by[i]);
    }
    api_buffer_add_text(buffer, ",\"by_tag\":{");
    for (uint32_t i = 0; i < inner->tag_count; i++) {
        if (i)
            api_buffer_add(buffer, ",", 1);
        api_json_text(buffer, inner->by_tag[i].tag);
        api_buffer_add(buffer, ":", 1);
        write_breakdown(buffer, &inner->by_tag[i]);
    }
    api_buffer_add(buffer, "}", 1);
    write_resources(buffer, &inner->top_resources);
    api_buffer_add_text(buffer, ",\"currency\":");
    api_json_text(buffer, ct_text_of(inner->currency));
    write_time(buffer, ",\"window\":{\"start\":\"", inner->start_ns);
    write_time(buffer, ",\"end\":\"", inner->end_ns);
    api_buffer_add_text(buffer, "}}");
}

int centime_cost_summary_format(const centime_cost_summary *summary, int format,
                                centime_buffer **out, centime_error *err)
{
    struct ct_error story = {0};
    if ((format & ~CENTIME_DECIMALS_QUOTED) != CENTIME_JSON)
        return api_answer(ct_fail(&story, CT_INVALID, "summaries are JSON"), &story, err);
    centime_buffer *buffer = api_buffer_create(summary->memory);
    if (!buffer)
        return api_answer(ct_fail(&story, CT_NO_MEMORY, "out of memory for a cost summary"), &story,
                          err);
    buffer->quotes_decimals = format != CENTIME_JSON;
    write_summary(buffer, summary);
    return api_answer(api_buffer_finish(buffer, out, &story), &story, err);
}

int centime_cost_summary_json(const centime_cost_summary *summary, centime_buffer **out,
                              centime_error *err)
{
    return centime_cost_summary_format(summary, CENTIME_JSON, out, err);
}

/* -- Cluster health --------------------------------------------------------------------------- */

static void write_count(centime_buffer *buffer, const char *key, uint32_t count)
{
    char text[CT_INT64_TEXT_MAX];
    api_buffer_add_text(buffer, key);
    api_buffer_add(buffer, text, ct_print_uint64(count, text));
}

static void write_cluster(centime_buffer *buffer, const struct ct_cluster_health *cluster)
{
    static const char *const keys[CT_SYSTEM_USAGES] = {
        ",\"avg_cpu_usage\":", ",\"avg_memory_usage\":", ",\"avg_disk_usage\":",
        ",\"avg_gpu_usage\":"};
    api_json_text(buffer, cluster->cluster);
    api_buffer_add_text(buffer, ":{\"health_status\":\"");
    api_buffer_add_text(buffer, ct_health_name(cluster->status));
    write_count(buffer, "\",\"total_nodes\":", cluster->total_nodes);
    write_count(buffer, ",\"healthy_nodes\":", cluster->healthy_nodes);
    for (int i = 0; i < CT_SYSTEM_USAGES; i++) {
        char text[CT_DOUBLE_TEXT_MAX];
        api_buffer_add_text(buffer, keys[i]);
        api_buffer_add(buffer, text, ct_print_double(cluster->average[i], text));
    }
    api_buffer_add(buffer, "}", 1);
}

static ct_status write_health(centime_store *store, const struct ct_cluster_health_list *list,
                              centime_buffer **out, struct ct_error *err)
{
    centime_buffer *buffer = api_buffer_create(store->memory);
    if (!buffer)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for the health of clusters");
    api_buffer_add(buffer, "{", 1);
    for (uint32_t i = 0; i < list->count; i++) {
        if (i)
            api_buffer_add(buffer, ",", 1);
        write_cluster(buffer, &list->clusters[i]);
    }
    api_buffer_add(buffer, "}", 1);
    return api_buffer_finish(buffer, out, err);
}

static ct_status run_health(centime_store *store, const char *database, int64_t now_ns,
                            centime_buffer **out, struct ct_error *err)
{
    const struct ct_cluster_health_request request = {
        .database = api_database(database),
        .now_ns = now_ns ? now_ns : ct_clock_now_ns(store->env.clock),
        .is_past = now_ns != 0,
    };
    const struct ct_query_options options = {.threads = store->query_threads};
    struct ct_snapshot *snapshot;
    struct ct_cluster_health_list list;
    CT_TRY(ct_snapshot_take(store->store, &snapshot, err));
    ct_status status =
        ct_cluster_health_run(snapshot, ct_store_catalog(store->store), &store->memory->allocator,
                              &request, &options, &list, err);
    ct_snapshot_release(snapshot);
    if (status != CT_OK)
        return status;
    status = write_health(store, &list, out, err);
    ct_cluster_health_deinit(&list);
    return status;
}

int centime_cluster_health_json(centime_store *store, const char *database, int64_t now_ns,
                                centime_buffer **out, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(run_health(store, database, now_ns, out, &story), &story, err);
}
