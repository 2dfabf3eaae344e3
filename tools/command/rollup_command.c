/* centime rollup: sums, counts and so on of one table, by tags and time. */
#include "aggregate_options.h"
#include "bucket_options.h"
#include "commands.h"
#include "tag_options.h"
#include "time_argument.h"

#include <string.h>

/* The question, with room for what its pointers point to. */
struct rollup {
    const struct ct_arguments *arguments;
    centime_query query;
    struct ct_aggregate_options aggregates;
    struct ct_tag_options tags;
    char order_by[256];
};

static bool set_range(struct rollup *rollup)
{
    const struct ct_arguments *arguments = rollup->arguments;
    centime_query *query = &rollup->query;
    if (!ct_time_option(arguments, "start", INT64_MIN, &query->start_ns) ||
        !ct_time_option(arguments, "end", INT64_MAX, &query->end_ns))
        return false;
    if (query->start_ns >= query->end_ns) {
        ct_args_wrong(arguments, "--start must be before --end");
        return false;
    }
    return ct_bucket_options_read(arguments, query);
}

/* --order names a column of the answer, or a field: then the first aggregate of it. Aggregates go
 * from the largest down, tags and time up. --top without --order goes by the first aggregate. */
static bool set_order(struct rollup *rollup)
{
    const struct ct_arguments *arguments = rollup->arguments;
    const char *order = ct_args_value(arguments, "order");
    if (!ct_args_number(arguments, "top", 1, UINT32_MAX, 0, &rollup->query.limit))
        return false;
    if (!order && rollup->query.limit == 0 && rollup->query.bucket_limit == 0)
        return true;
    rollup->query.order_by = order;
    for (size_t i = 0; i < rollup->aggregates.count; i++) {
        const centime_aggregate *aggregate = &rollup->aggregates.aggregates[i];
        ct_aggregate_name(&rollup->aggregates, i, rollup->order_by, sizeof rollup->order_by);
        if (order && strcmp(order, rollup->order_by) != 0 &&
            (!aggregate->field || strcmp(order, aggregate->field) != 0))
            continue;
        rollup->query.order_by = rollup->order_by;
        rollup->query.is_descending = 1;
        break;
    }
    if (ct_args_has(arguments, "ascending"))
        rollup->query.is_descending = 0;
    return true;
}

static int print_timing(const centime_result *result)
{
    centime_result_stats stats = {.struct_size = sizeof stats};
    centime_result_stats_of(result, &stats);
    fprintf(stderr,
            "answered in %.3f ms: %llu rows of the answer, %llu rows scanned, %llu blocks read, "
            "%llu from their sums, %llu cells of rollups for %llu rows\n",
            (double)stats.elapsed_ns / 1e6, (unsigned long long)centime_result_rows(result),
            (unsigned long long)stats.rows_scanned, (unsigned long long)stats.blocks_read,
            (unsigned long long)stats.blocks_from_sums, (unsigned long long)stats.cells_read,
            (unsigned long long)stats.rows_from_cells);
    return CT_EXIT_DONE;
}

/* What was read, on stderr, so that stdout has the answer and nothing else. */
static int print_plan(centime_store *store, const centime_query *query,
                      const centime_result *answer)
{
    centime_result *plan = NULL;
    centime_buffer *text = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    int exit_code = CT_EXIT_DONE;
    if (centime_explain(store, query, &plan, &err) != CENTIME_OK ||
        centime_result_format(plan, CENTIME_TABLE, &text, &err) != CENTIME_OK)
        exit_code = ct_report(&err);
    else
        fprintf(stderr, "%s", centime_buffer_bytes(text));
    centime_buffer_destroy(text);
    centime_result_destroy(plan);
    print_timing(answer);
    return exit_code;
}

static int answer(const struct ct_arguments *arguments, const centime_query *query, int format)
{
    centime_store *store = ct_open_existing(arguments, true);
    if (!store)
        return CT_EXIT_FAILED;
    centime_result *result = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    int exit_code;
    if (centime_run(store, query, &result, &err) != CENTIME_OK) {
        exit_code = ct_report(&err);
    } else {
        exit_code = ct_print_result(result, format);
        if (ct_args_has(arguments, "explain"))
            exit_code = print_plan(store, query, result);
        else if (ct_args_has(arguments, "timing"))
            print_timing(result);
        centime_result_destroy(result);
    }
    return ct_close_store(store, exit_code);
}

static int run(const struct ct_arguments *arguments)
{
    struct rollup rollup = {.arguments = arguments, .query = CENTIME_QUERY_INIT};
    uint64_t threads;
    rollup.query.database = ct_args_value(arguments, "database");
    rollup.query.table = ct_args_value(arguments, "from");
    if (!rollup.query.table)
        return ct_args_wrong(arguments, "--from TABLE is missing");
    int format;
    if (!ct_format_option(arguments, &format) ||
        !ct_args_number(arguments, "threads", 1, 64, 0, &threads) ||
        !ct_aggregate_options_read(arguments, &rollup.aggregates) ||
        !ct_tag_options_read(arguments, &rollup.tags) || !set_range(&rollup) ||
        !set_order(&rollup) ||
        !ct_moment_option(arguments, "as-of", &rollup.query.as_of_commit,
                          &rollup.query.as_of_time_ns))
        return CT_EXIT_USAGE;
    rollup.query.tags = rollup.tags.tags;
    rollup.query.tag_count = rollup.tags.tag_count;
    rollup.query.filter = rollup.tags.filter;
    rollup.query.aggregates = rollup.aggregates.aggregates;
    rollup.query.aggregate_options = rollup.aggregates.options;
    rollup.query.aggregate_count = rollup.aggregates.count;
    rollup.query.has_convert_scale = rollup.aggregates.has_scale;
    rollup.query.convert_scale = rollup.aggregates.scale;
    rollup.query.threads = (uint32_t)threads;
    rollup.query.ignores_rollups = ct_args_has(arguments, "raw");
    return answer(arguments, &rollup.query, format);
}

static const struct ct_option options[] = {
    CT_DATABASE_OPTION,
    {"from", 0, "TABLE", "the table; must be given"},
    CT_AGGREGATE_OPTIONS,
    CT_TAG_OPTIONS,
    CT_BUCKET_OPTIONS,
    {"start", 0, "T", "first moment of the range"},
    {"end", 0, "T", "end of the range, itself not in it"},
    {"as-of", 0, "T|commit:N", "the store as it was then"},
    {"order", 0, "FIELD",
     "a column of the answer, or a field: largest first, tags and time upward"},
    {"ascending", 0, NULL, "smallest first"},
    {"top", 0, "N", "only the first N rows, largest first unless --order says otherwise"},
    CT_FORMAT_OPTIONS,
    {"timing", 0, NULL,
     "tell on stderr how long the answer took, without the start of the program"},
    {"explain", 0, NULL, "tell on stderr what the answer was read from, too"},
    {"raw", 0, NULL, "read rows, never rollups: the same answer, slower"},
    {"threads", 0, "N", "that work on the answer; default 2"},
};

const struct ct_command ct_rollup_command = {
    .name = "rollup",
    .operands = "DIR",
    .summary = "Answers a question about one table: sums and others, by tags and time.",
    .details = "T is RFC 3339 (2026-06-01T00:00:00Z) or nanoseconds since 1970 UTC.",
    .operand_min = 1,
    .operand_max = 1,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
