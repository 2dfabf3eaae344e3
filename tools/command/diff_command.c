/* centime diff: what has changed between two commits or times, by tags. */
#include "commands.h"
#include "tag_options.h"

static int print_difference(const struct ct_arguments *arguments,
                            const centime_difference_query *query, int format)
{
    centime_store *store = ct_open_existing(arguments, true);
    if (!store)
        return CT_EXIT_FAILED;
    centime_result *result = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    int exit_code;
    if (centime_difference(store, query, &result, &err) != CENTIME_OK)
        exit_code = ct_report(&err);
    else
        exit_code = ct_print_result(result, format);
    centime_result_destroy(result);
    return ct_close_store(store, exit_code);
}

static bool read_range(const struct ct_arguments *arguments, centime_difference_query *query)
{
    if (!ct_args_has(arguments, "start") && !ct_args_has(arguments, "end"))
        return true;
    return ct_time_option(arguments, "start", INT64_MIN, &query->start_ns) &&
           ct_time_option(arguments, "end", INT64_MAX, &query->end_ns);
}

static int run(const struct ct_arguments *arguments)
{
    struct ct_tag_options tags = {.tag_count = 0};
    centime_difference_query query = {.struct_size = sizeof query};
    int format;
    if (!ct_tag_options_read(arguments, &tags) || !read_range(arguments, &query) ||
        !ct_moment_option(arguments, "from", &query.from_commit, &query.from_time_ns) ||
        !ct_moment_option(arguments, "to", &query.to_commit, &query.to_time_ns) ||
        !ct_format_option(arguments, &format))
        return CT_EXIT_USAGE;
    if (!ct_args_has(arguments, "from"))
        return ct_args_wrong(arguments, "--from T or --from commit:N is missing");
    query.database = ct_args_value(arguments, "database");
    query.table = ct_args_value(arguments, "table");
    query.field = ct_args_value(arguments, "field");
    if (!query.table)
        query.table = "cost";
    if (!query.field)
        query.field = "cost_usd";
    query.tags = tags.tags;
    query.tag_count = tags.tag_count;
    query.filter = tags.filter;
    return print_difference(arguments, &query, format);
}

static const struct ct_option options[] = {
    CT_DATABASE_OPTION,
    {"table", 0, "NAME", "the table; default 'cost'"},
    {"field", 0, "FIELD", "whose sums are compared; default 'cost_usd'"},
    {"from", 0, "T|commit:N", "the earlier moment; must be given"},
    {"to", 0, "T|commit:N", "the later one; default: now"},
    CT_TAG_OPTIONS,
    {"start", 0, "T", "first moment of the rows' range"},
    {"end", 0, "T", "end of the range, itself not in it"},
    CT_FORMAT_OPTIONS,
};

const struct ct_command ct_diff_command = {
    .name = "diff",
    .operands = "DIR",
    .summary = "Tells what has changed between two commits or times, by tags, to the last digit.",
    .details =
        "Groups that have not changed are left out: the changes add up to that of the whole. "
        "T is RFC 3339 (2026-06-01T00:00:00Z) or nanoseconds since 1970 UTC, and means the "
        "last commit made by then.",
    .operand_min = 1,
    .operand_max = 1,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
