/* Text to answer: parse, run statement by statement, keep what each gave. */
#include "influxql.h"

#include "influx_select.h"
#include "influx_statement.h"
#include "scan.h"

static struct ct_influxql_answer *make_answer(const struct ct_allocator *allocator,
                                              size_t memory_bytes)
{
    struct ct_influxql_answer *answer = ct_alloc_zeroed(allocator, 1, sizeof *answer);
    if (!answer)
        return NULL;
    answer->allocator = allocator;
    ct_allocator_counting_init(&answer->memory, allocator, memory_bytes);
    ct_arena_init(&answer->arena, &answer->memory.base, 0);
    return answer;
}

void ct_influxql_answer_destroy(struct ct_influxql_answer *answer)
{
    if (!answer)
        return;
    for (uint32_t i = 0; i < answer->result_count; i++) {
        struct ct_influxql_result *result = &answer->results[i];
        ct_influx_series_release(result->series, result->series_count);
        for (uint32_t zone = 0; zone < result->zone_count; zone++)
            ct_time_zone_destroy(result->zones[zone]);
    }
    ct_arena_deinit(&answer->arena);
    ct_release(answer->allocator, answer);
}

/* -- Keeping ---------------------------------------------------------------------------------- */

static ct_status keep_text(struct ct_influxql_answer *answer, struct ct_text text,
                           struct ct_text *out, struct ct_error *err)
{
    *out = ct_arena_copy(&answer->arena, text);
    if (text.len && !out->bytes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer");
    return CT_OK;
}

static ct_status keep_series(struct ct_influxql_answer *answer,
                             const struct ct_influxql_series *series,
                             struct ct_influxql_series *out, struct ct_error *err)
{
    struct ct_influxql_tag *tags =
        ct_arena_alloc_zeroed(&answer->arena, (size_t)series->tag_count + 1, sizeof *tags);
    if (!tags)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer");
    for (uint32_t i = 0; i < series->tag_count; i++) {
        CT_TRY(keep_text(answer, series->tags[i].key, &tags[i].key, err));
        CT_TRY(keep_text(answer, series->tags[i].value, &tags[i].value, err));
    }
    CT_TRY(keep_text(answer, series->name, &out->name, err));
    out->tags = tags;
    out->tag_count = series->tag_count;
    return CT_OK;
}

/* Moves the series from the statement's memory to the answer's; on failure they are released. */
static ct_status keep(struct ct_influxql_answer *answer, struct ct_influx_output *output,
                      struct ct_influxql_result *result, struct ct_error *err)
{
    struct ct_influxql_series *series =
        ct_arena_alloc_zeroed(&answer->arena, (size_t)output->series_count + 1, sizeof *series);
    ct_status status = series ? CT_OK : ct_fail(err, CT_NO_MEMORY, "out of memory for an answer");
    for (uint32_t i = 0; status == CT_OK && i < output->series_count; i++)
        status = keep_series(answer, &output->series[i], &series[i], err);
    if (status != CT_OK) {
        ct_influx_series_release(output->series, output->series_count);
        return status;
    }
    for (uint32_t i = 0; i < output->series_count; i++)
        series[i].rows = output->series[i].rows;
    result->series = series;
    result->series_count = output->series_count;
    return CT_OK;
}

/* Zones move too; those that cannot are destroyed. */
static ct_status keep_zones(struct ct_influxql_answer *answer, const struct ct_influx_run *run,
                            struct ct_influxql_result *result, struct ct_error *err)
{
    if (run->zone_count == 0)
        return CT_OK;
    result->zones =
        ct_arena_alloc_zeroed(&answer->arena, run->zone_count, sizeof(struct ct_time_zone *));
    if (!result->zones) {
        for (uint32_t i = 0; i < run->zone_count; i++)
            ct_time_zone_destroy(run->zones[i]);
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer");
    }
    memcpy(result->zones, run->zones, run->zone_count * sizeof(struct ct_time_zone *));
    result->zone_count = run->zone_count;
    result->zone = run->shown_zone;
    return CT_OK;
}

/* -- Statements ------------------------------------------------------------------------------- */

static ct_status run_select(struct ct_influx_run *run, const struct ct_influx_statement *statement,
                            struct ct_influx_output *output, struct ct_error *err)
{
    struct ct_influx_plan *plan;
    CT_TRY(ct_influx_plan_make(run, statement->select, NULL, &plan, err));
    run->shown_zone = plan->interval.zone;
    return ct_influx_select_run(plan, &output->series, &output->series_count, err);
}

static ct_status run_kind(struct ct_influx_run *run, const struct ct_influx_statement *statement,
                          struct ct_influx_output *output, struct ct_error *err)
{
    switch ((unsigned)statement->kind) {
    case CT_STATEMENT_SELECT:
        return run_select(run, statement, output, err);
    case CT_STATEMENT_CREATE_DATABASE:
    case CT_STATEMENT_DROP_DATABASE:
    case CT_STATEMENT_DROP_MEASUREMENT:
    case CT_STATEMENT_DROP_SERIES:
    case CT_STATEMENT_DELETE:
        return ct_influx_change(run, statement, err);
    case CT_STATEMENT_REFUSED:
        return ct_fail(err, CT_INVALID, "%.*s is not supported", (int)statement->name.len,
                       statement->name.bytes);
    default:
        return ct_influx_show(run, statement, output, err);
    }
}

static void end_run(struct ct_influx_run *run)
{
    for (uint32_t i = 0; i < run->pattern_count; i++)
        ct_pattern_destroy(run->patterns[i]);
    ct_snapshot_release(run->snapshot);
}

/* What goes wrong is the result's error; CT_NO_MEMORY past the call's own limit too. */
static ct_status run_statement(struct ct_influxql_answer *answer, struct ct_store *store,
                               const struct ct_influxql_options *options,
                               const struct ct_influx_statement *statement,
                               struct ct_influxql_result *result, struct ct_error *err)
{
    struct ct_error story = {0};
    struct ct_arena arena;
    struct ct_influx_output output = {0};
    ct_arena_init(&arena, &answer->memory.base, 0);
    struct ct_influx_run run = {
        .store = store,
        .catalog = ct_store_catalog(store),
        .allocator = &answer->memory.base,
        .arena = &arena,
        .options = options,
        .database = options->database,
        .now_ns = options->now_ns,
    };
    ct_status status = ct_snapshot_take(store, &run.snapshot, &story);
    if (status == CT_OK)
        status = run_kind(&run, statement, &output, &story);
    if (status == CT_OK)
        status = keep(answer, &output, result, &story);
    else
        ct_influx_series_release(output.series, output.series_count);
    const ct_status kept = keep_zones(answer, &run, result, &story);
    status = status == CT_OK ? kept : status;
    end_run(&run);
    ct_arena_deinit(&arena);
    if (status == CT_NO_MEMORY && answer->memory.limit_bytes)
        status = ct_fail(&story, CT_LIMIT, "the statement needs more than %zu bytes of memory",
                         answer->memory.limit_bytes);
    if (status == CT_NO_MEMORY)
        return ct_fail(err, CT_NO_MEMORY, "%s", story.text);
    return status == CT_OK ? CT_OK : keep_text(answer, ct_text_of(story.text), &result->error, err);
}

static ct_status run_all(struct ct_influxql_answer *answer, struct ct_store *store,
                         const struct ct_influxql_options *options,
                         const struct ct_influx_query *query, struct ct_error *err)
{
    bool has_failed = false;
    answer->results = ct_arena_alloc_zeroed(&answer->arena, (size_t)query->statement_count + 1,
                                            sizeof *answer->results);
    if (!answer->results)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer");
    for (uint32_t i = 0; i < query->statement_count; i++) {
        struct ct_influxql_result *result = &answer->results[answer->result_count++];
        result->statement_id = i;
        if (has_failed)
            result->error = ct_text_of("not executed");
        else
            CT_TRY(run_statement(answer, store, options, &query->statements[i], result, err));
        has_failed |= result->error.len > 0;
    }
    return CT_OK;
}

ct_status ct_influxql_run(struct ct_store *store, struct ct_text text,
                          const struct ct_influxql_options *options,
                          const struct ct_allocator *allocator, struct ct_influxql_answer **out,
                          struct ct_error *err)
{
    struct ct_arena arena;
    struct ct_influx_query query;
    struct ct_influxql_answer *answer = make_answer(allocator, options->memory_bytes);
    if (!answer)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer");
    ct_arena_init(&arena, &answer->memory.base, 0);
    ct_status status =
        ct_influx_parse(text, options->parameters, options->parameter_count, &arena, &query, err);
    if (status == CT_OK)
        status = run_all(answer, store, options, &query, err);
    ct_arena_deinit(&arena);
    if (status != CT_OK) {
        ct_influxql_answer_destroy(answer);
        return status;
    }
    *out = answer;
    return CT_OK;
}
