/* Text to answer: parse, run statement by statement, keep what each gave. */
#include "influxql.h"

#include "influx_select.h"
#include "influx_statement.h"
#include "scan.h"

#define ARENA_CHUNK 4096 /* small, so that a statement that fails for memory can be told of */

static struct ct_influxql_answer *make_answer(const struct ct_allocator *allocator,
                                              size_t memory_bytes)
{
    struct ct_influxql_answer *answer = ct_alloc_zeroed(allocator, 1, sizeof *answer);
    if (!answer)
        return NULL;
    answer->allocator = allocator;
    ct_allocator_counting_init(&answer->memory, allocator, memory_bytes);
    ct_arena_init(&answer->tree, &answer->memory.base, ARENA_CHUNK);
    ct_arena_init(&answer->arena, &answer->memory.base, ARENA_CHUNK);
    return answer;
}

static void drop_series(struct ct_influxql_answer *answer)
{
    ct_influx_series_release(answer->result.series, answer->result.series_count);
    answer->result.series_count = 0;
}

static void drop_result(struct ct_influxql_answer *answer)
{
    struct ct_influxql_result *result = &answer->result;
    drop_series(answer);
    for (uint32_t zone = 0; zone < result->zone_count; zone++)
        ct_time_zone_destroy(result->zones[zone]);
    *result = (struct ct_influxql_result){0};
}

void ct_influxql_end(struct ct_influxql_answer *answer)
{
    if (!answer)
        return;
    drop_result(answer);
    ct_arena_deinit(&answer->arena);
    ct_arena_deinit(&answer->tree);
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

static enum ct_influx_chunks chunks_of(enum ct_influx_statement_kind kind)
{
    switch ((unsigned)kind) {
    case CT_STATEMENT_SELECT:
    case CT_STATEMENT_SHOW_SERIES:
    case CT_STATEMENT_SHOW_FIELD_KEYS:
        return CT_CHUNKS_ROWS;
    case CT_STATEMENT_SHOW_TAG_KEYS:
    case CT_STATEMENT_SHOW_TAG_VALUES:
        return CT_CHUNKS_SERIES;
    default:
        return CT_CHUNKS_NONE;
    }
}

/* What the run has made becomes the answer's. */
static ct_status keep_all(struct ct_influxql_answer *answer, const struct ct_influx_run *run,
                          struct ct_influx_output *output, struct ct_error *err)
{
    ct_status status = keep(answer, output, &answer->result, err);
    const ct_status kept = keep_zones(answer, run, &answer->result, err);
    if (status == CT_OK)
        status = kept;
    if (status == CT_OK)
        status = keep_text(answer, run->warning, &answer->result.warning, err);
    return status;
}

/* What goes wrong is the result's error; CT_NO_MEMORY past the answer's own limit too. */
static ct_status tell(struct ct_influxql_answer *answer, ct_status status, struct ct_error *story,
                      struct ct_error *err)
{
    if (status == CT_NO_MEMORY && answer->memory.limit_bytes)
        status = ct_fail(story, CT_LIMIT, "the statement needs more than %zu bytes of memory",
                         answer->memory.limit_bytes);
    if (status == CT_NO_MEMORY)
        return ct_fail(err, CT_NO_MEMORY, "%s", story->text);
    if (status == CT_OK)
        return CT_OK;
    drop_series(answer);
    return keep_text(answer, ct_text_of(story->text), &answer->result.error, err);
}

static ct_status run_statement(struct ct_influxql_answer *answer,
                               const struct ct_influx_statement *statement, struct ct_error *err)
{
    struct ct_error story = {0};
    struct ct_arena arena;
    struct ct_influx_output output = {0};
    ct_arena_init(&arena, &answer->memory.base, 0);
    struct ct_influx_run run = {
        .store = answer->store,
        .catalog = ct_store_catalog(answer->store),
        .allocator = &answer->memory.base,
        .arena = &arena,
        .options = &answer->options,
        .database = answer->options.database,
        .now_ns = answer->options.now_ns,
    };
    ct_status status = ct_snapshot_take(answer->store, &run.snapshot, &story);
    if (status == CT_OK)
        status = run_kind(&run, statement, &output, &story);
    if (status != CT_OK) {
        ct_influx_series_release(output.series, output.series_count);
        output = (struct ct_influx_output){0};
    }
    const ct_status kept = keep_all(answer, &run, &output, &story);
    end_run(&run);
    ct_arena_deinit(&arena);
    return tell(answer, status == CT_OK ? kept : status, &story, err);
}

ct_status ct_influxql_next(struct ct_influxql_answer *answer, bool *is_there, struct ct_error *err)
{
    struct ct_influxql_result *result = &answer->result;
    drop_result(answer);
    ct_arena_reset(&answer->arena);
    *is_there = answer->next < answer->query.statement_count;
    if (!*is_there)
        return CT_OK;
    const struct ct_influx_statement *statement = &answer->query.statements[answer->next];
    result->statement_id = answer->next++;
    result->chunks = chunks_of(statement->kind);
    if (answer->has_failed)
        result->error = ct_text_of("not executed");
    else
        CT_TRY(run_statement(answer, statement, err));
    answer->has_failed |= result->error.len > 0;
    return CT_OK;
}

ct_status ct_influxql_begin(struct ct_store *store, struct ct_text text,
                            const struct ct_influxql_options *options,
                            const struct ct_allocator *allocator, struct ct_influxql_answer **out,
                            struct ct_error *err)
{
    struct ct_influxql_answer *answer = make_answer(allocator, options->memory_bytes);
    if (!answer)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer");
    answer->store = store;
    answer->options = *options;
    const ct_status status = ct_influx_parse(text, options->parameters, options->parameter_count,
                                             &answer->tree, &answer->query, err);
    if (status != CT_OK) {
        ct_influxql_end(answer);
        return status;
    }
    *out = answer;
    return CT_OK;
}
