#include "training_summary.h"

#include "summary_query.h"

#define TABLE "llm_training"

enum value {
    RECORDS,
    MAX_STEP,
    EPOCH,
    FIRST_RECORD, /* every record has a step */
    LAST_RECORD,
    CURRENT_LOSS,
    BEST_LOSS,
    GPU_USAGE,
    THROUGHPUT,
    VALUES
};

static const struct ct_summary_value values[VALUES] = {
    [RECORDS] = {CT_COUNT, "", 0},
    [MAX_STEP] = {CT_MAX, "step", 0},
    [EPOCH] = {CT_LAST, "epoch", 0},
    [FIRST_RECORD] = {CT_FIRST_TIME, "step", 0},
    [LAST_RECORD] = {CT_LAST_TIME, "step", 0},
    [CURRENT_LOSS] = {CT_LAST, "training_loss", 0},
    [BEST_LOSS] = {CT_MIN, "training_loss", 0},
    [GPU_USAGE] = {CT_MEAN, "gpu_usage", 0},
    [THROUGHPUT] = {CT_MEAN, "throughput_samples_per_sec", 0},
};

static ct_status fail_unknown(struct ct_text run_id, struct ct_error *err)
{
    return ct_fail(err, CT_NOT_FOUND, "no training run \"%.*s\"",
                   (int)(run_id.len < 120 ? run_id.len : 120), run_id.bytes);
}

static ct_status sum_up_records(const struct ct_summary_source *source, struct ct_text run_id,
                                struct ct_training_summary *out, struct ct_error *err)
{
    const struct ct_filter filter = ct_summary_tag_is("run_id", &run_id);
    const struct ct_summary_question question = {
        .table = TABLE, .filter = &filter, .values = values, .value_count = VALUES};
    struct ct_summary_answer answer;
    int64_t records;
    CT_TRY(ct_summary_ask(source, &question, &answer, err));
    (void)ct_summary_int64(&answer, RECORDS, &records);
    out->total_steps = (uint64_t)records;
    (void)ct_summary_int64(&answer, MAX_STEP, &out->max_step);
    (void)ct_summary_int64(&answer, EPOCH, &out->current_epoch);
    (void)ct_summary_int64(&answer, FIRST_RECORD, &out->start_ns);
    (void)ct_summary_int64(&answer, LAST_RECORD, &out->end_ns);
    out->has_loss = ct_summary_double(&answer, CURRENT_LOSS, &out->current_loss);
    (void)ct_summary_double(&answer, BEST_LOSS, &out->best_loss);
    out->has_gpu_usage = ct_summary_double(&answer, GPU_USAGE, &out->avg_gpu_usage);
    out->has_throughput = ct_summary_double(&answer, THROUGHPUT, &out->avg_throughput);
    ct_result_destroy(answer.result);
    return records ? CT_OK : fail_unknown(run_id, err);
}

/* The model of the latest record: runs have one as a rule, but nothing makes them. */
static ct_status find_model(const struct ct_summary_source *source, struct ct_text run_id,
                            struct ct_training_summary *out, struct ct_error *err)
{
    const struct ct_filter filter = ct_summary_tag_is("run_id", &run_id);
    const struct ct_text tag = ct_text_of("model_name");
    const struct ct_text name = ct_text_of("latest");
    const struct ct_aggregate latest = {
        .function = CT_LAST_TIME, .field = ct_text_of("step"), .name = name};
    const struct ct_query query = {
        .database = source->database,
        .table = ct_text_of(TABLE),
        .aggregates = &latest,
        .aggregate_count = 1,
        .tags = &tag,
        .tag_count = 1,
        .filter = &filter,
        .start_ns = INT64_MIN,
        .end_ns = source->end_ns,
        .order = {.column = name, .is_descending = true},
        .limit = 1,
    };
    CT_TRY(ct_query_run(source->snapshot, source->catalog, source->allocator, &query,
                        source->options, &out->models, err));
    if (out->models->row_count)
        out->model_name = out->models->columns[0].text[0];
    return CT_OK;
}

/* -- Costs ------------------------------------------------------------------------------------- */

/* The table of costs, CT_NONE before the first. */
static uint32_t find_costs(const struct ct_summary_source *source)
{
    const uint32_t database = ct_catalog_find_database(source->catalog, source->database);
    const uint32_t table =
        database == CT_NONE ? CT_NONE
                            : ct_catalog_find_table(source->catalog, database, ct_text_of("cost"));
    if (table == CT_NONE ||
        ct_catalog_find_field(source->catalog, table, ct_text_of("cost_usd")) == CT_NONE)
        return CT_NONE;
    return table;
}

/* Where no row ever had a currency they are grouped under "". */
static void name_currency(const struct ct_summary_source *source, struct ct_text currency,
                          struct ct_training_summary *out)
{
    const struct ct_table_options table =
        ct_catalog_table_options(source->catalog, find_costs(source));
    if (currency.len == 0)
        currency = ct_text_of(table.currency);
    memcpy(out->currency, currency.bytes, currency.len < 3 ? currency.len : 3);
}

static ct_status take_costs(const struct ct_summary_source *source, const struct ct_result *result,
                            struct ct_training_summary *out, struct ct_error *err)
{
    if (result->row_count == 0)
        return CT_OK;
    const struct ct_text currency = result->columns[0].text[0];
    if (result->row_count > 1)
        return ct_fail(err, CT_CURRENCY, "the run's costs are in several currencies: %.*s, %.*s%s",
                       (int)currency.len, currency.bytes, (int)result->columns[0].text[1].len,
                       result->columns[0].text[1].bytes, result->row_count > 2 ? ", ..." : "");
    name_currency(source, currency, out);
    out->has_cost = true;
    out->total_cost = result->columns[1].decimal[0];
    if (ct_decimal_sum_divide(&out->total_cost, out->total_steps, CT_COST_PER_STEP_SCALE,
                              &out->cost_per_step) != CT_OK)
        return ct_fail(err, CT_RANGE, "the cost of a step needs more than 38 digits");
    return CT_OK;
}

static ct_status sum_up_costs(const struct ct_summary_source *source, struct ct_text run_id,
                              struct ct_training_summary *out, struct ct_error *err)
{
    const struct ct_filter either[] = {ct_summary_tag_is("run_id", &run_id),
                                       ct_summary_tag_is("tag.run_id", &run_id)};
    const struct ct_filter filter = {
        .kind = CT_FILTER_OR, .children = either, .child_count = CT_COUNT_OF(either)};
    const struct ct_text currency = ct_text_of("currency");
    const struct ct_aggregate cost = {.function = CT_SUM, .field = ct_text_of("cost_usd")};
    const struct ct_query query = {
        .database = source->database,
        .table = ct_text_of("cost"),
        .aggregates = &cost,
        .aggregate_count = 1,
        .tags = &currency,
        .tag_count = 1,
        .filter = &filter,
        .start_ns = INT64_MIN,
        .end_ns = source->end_ns,
        .skips_empty = true,
    };
    struct ct_result *result;
    CT_TRY(ct_query_run(source->snapshot, source->catalog, source->allocator, &query,
                        source->options, &result, err));
    const ct_status status = take_costs(source, result, out, err);
    ct_result_destroy(result);
    return status;
}

ct_status ct_training_summary_run(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                                  const struct ct_allocator *allocator,
                                  const struct ct_training_request *request,
                                  const struct ct_query_options *options,
                                  struct ct_training_summary *out, struct ct_error *err)
{
    const struct ct_summary_source source = {.snapshot = snapshot,
                                             .catalog = catalog,
                                             .allocator = allocator,
                                             .options = options,
                                             .database = request->database,
                                             .end_ns = ct_summary_end(request->last_ns)};
    struct ct_training_summary summary = {0};
    if (!ct_summary_has_table(&source, TABLE))
        return fail_unknown(request->run_id, err);
    ct_status status = sum_up_records(&source, request->run_id, &summary, err);
    if (status == CT_OK)
        status = find_model(&source, request->run_id, &summary, err);
    if (status == CT_OK && find_costs(&source) != CT_NONE)
        status = sum_up_costs(&source, request->run_id, &summary, err);
    if (status == CT_OK)
        *out = summary;
    else
        ct_training_summary_deinit(&summary);
    return status;
}

void ct_training_summary_deinit(struct ct_training_summary *summary)
{
    ct_result_destroy(summary->models);
    *summary = (struct ct_training_summary){0};
}
