/* centime summary: what it cost, how the clusters are, how training runs and pipelines go. */
#include "commands.h"
#include "json_layout.h"

#include <string.h>

#define HOUR_NS        INT64_C(3600000000000)
#define HOURS_MAX      876000 /* a hundred years */
#define PART_ROWS_MAX  20     /* shown of a part; --json has all */
#define WHOLE_WIDTH    12     /* columns for what stands before the point, and after it */
#define FRACTION_WIDTH 11

/* Row with the largest cost among those that come after `before` in that order; UINT64_MAX: none.
 */
static uint64_t next_largest(const centime_result *result, uint64_t before)
{
    uint64_t best = UINT64_MAX;
    for (uint64_t row = 0; row < centime_result_rows(result); row++) {
        const double cost = centime_result_double(result, 1, row);
        if (before != UINT64_MAX) {
            const double last = centime_result_double(result, 1, before);
            if (cost > last || (cost >= last && row <= before))
                continue;
        }
        if (best == UINT64_MAX || cost > centime_result_double(result, 1, best))
            best = row;
    }
    return best;
}

/* Bytes after the decimal point, itself included. */
static int fraction_len(const char *number)
{
    const char *point = strchr(number, '.');
    return point ? (int)strlen(point) : 0;
}

/* The largest costs of a part, one below the other with their points aligned. */
static void print_part(const centime_cost_summary *summary, uint32_t part, const char *title)
{
    const centime_result *result = centime_cost_summary_part(summary, part);
    const char *name = centime_cost_summary_name(summary, part);
    if (!result || centime_result_rows(result) == 0)
        return;
    printf("\n%s %s\n", title, name ? name : "");
    uint64_t row = UINT64_MAX, printed = 0;
    while (printed < PART_ROWS_MAX && (row = next_largest(result, row)) != UINT64_MAX) {
        char cost[CENTIME_DECIMAL_BYTES];
        centime_result_print(result, 1, row, cost, sizeof cost);
        const int fraction = fraction_len(cost);
        const centime_text value = centime_result_text(result, 0, row);
        printf("  %*.*s%-*s  %s\n", WHOLE_WIDTH, (int)strlen(cost) - fraction, cost, FRACTION_WIDTH,
               cost + strlen(cost) - fraction, value.len ? value.bytes : "(none)");
        printed++;
    }
    if (centime_result_rows(result) > printed)
        printf("  and %llu more\n", (unsigned long long)(centime_result_rows(result) - printed));
}

static int print_for_people(const centime_cost_summary *summary)
{
    char total[CENTIME_DECIMAL_BYTES];
    centime_cost_summary_total(summary, total, sizeof total);
    printf("total cost %s %s\n", total, centime_cost_summary_currency(summary));
    for (uint32_t part = CENTIME_BY_PROVIDER; part < CENTIME_TOP_RESOURCES; part++)
        print_part(summary, part, "by");
    for (uint32_t i = 0; i < centime_cost_summary_tags(summary); i++)
        print_part(summary, CENTIME_BY_TAG + i, "by tag");
    print_part(summary, CENTIME_TOP_RESOURCES, "most expensive by");
    return ct_finish_output();
}

static int print_json(const centime_cost_summary *summary)
{
    centime_buffer *buffer = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_cost_summary_json(summary, &buffer, &err) != CENTIME_OK)
        return ct_report(&err);
    return ct_print_buffer(buffer);
}

static int sum_up_cost(const struct ct_arguments *arguments, centime_store *store, int64_t end_ns,
                       uint64_t hours)
{
    const centime_cost_options options = {
        .struct_size = sizeof options,
        .database = ct_args_value(arguments, "database"),
        .end_ns = end_ns,
        .window_ns = (int64_t)hours * HOUR_NS,
    };
    centime_cost_summary *summary = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_cost_summary_run(store, &options, &summary, &err) != CENTIME_OK)
        return ct_report(&err);
    const int exit_code =
        ct_args_has(arguments, "json") ? print_json(summary) : print_for_people(summary);
    centime_cost_summary_destroy(summary);
    return exit_code;
}

/* For people one member a line; takes the buffer over. */
static int print_object(const struct ct_arguments *arguments, centime_buffer *buffer)
{
    if (ct_args_has(arguments, "json"))
        return ct_print_buffer(buffer);
    ct_print_json_members(centime_buffer_bytes(buffer), centime_buffer_len(buffer), stdout);
    centime_buffer_destroy(buffer);
    return ct_finish_output();
}

static int sum_up_clusters(const struct ct_arguments *arguments, centime_store *store,
                           int64_t end_ns)
{
    centime_buffer *buffer = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_cluster_health_json(store, ct_args_value(arguments, "database"), end_ns, &buffer,
                                    &err) != CENTIME_OK)
        return ct_report(&err);
    return print_object(arguments, buffer);
}

/* A training run or a pipeline. */
static int sum_up_one(const struct ct_arguments *arguments, centime_store *store, bool is_training)
{
    const char *database = ct_args_value(arguments, "database");
    const char *id = arguments->operands[2];
    centime_buffer *buffer = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    const int status = is_training
                           ? centime_training_summary_json(store, database, id, &buffer, &err)
                           : centime_rag_summary_json(store, database, id, &buffer, &err);
    return status == CENTIME_OK ? print_object(arguments, buffer) : ct_report(&err);
}

enum subject { COST, CLUSTERS, TRAINING, RAG, SUBJECTS };

static int sum_up(const struct ct_arguments *arguments, enum subject subject)
{
    int64_t end_ns;
    uint64_t hours;
    if (!ct_time_option(arguments, "end", 0, &end_ns) ||
        !ct_args_number(arguments, "hours", 1, HOURS_MAX, 24, &hours))
        return CT_EXIT_USAGE;
    centime_store *store = ct_open_existing(arguments, true);
    int exit_code = CT_EXIT_FAILED;
    if (!store)
        return exit_code;
    if (subject == COST)
        exit_code = sum_up_cost(arguments, store, end_ns, hours);
    else if (subject == CLUSTERS)
        exit_code = sum_up_clusters(arguments, store, end_ns);
    else
        exit_code = sum_up_one(arguments, store, subject == TRAINING);
    return ct_close_store(store, exit_code);
}

static int run(const struct ct_arguments *arguments)
{
    static const char *const names[SUBJECTS] = {"cost", "clusters", "training", "rag"};
    const char *what = arguments->operands[1];
    const bool has_id = arguments->operand_count > 2;
    for (int subject = 0; subject < SUBJECTS; subject++) {
        if (strcmp(what, names[subject]) != 0)
            continue;
        if (has_id != (subject >= TRAINING))
            return ct_args_wrong(arguments, has_id ? "%s takes no name" : "%s of which name?",
                                 what);
        return sum_up(arguments, (enum subject)subject);
    }
    return ct_args_wrong(
        arguments, "there are summaries of cost, clusters, training and rag, not of '%s'", what);
}

static const struct ct_option options[] = {
    CT_DATABASE_OPTION,
    {"hours", 0, "N", "costs of the last N hours; default 24"},
    {"end", 0, "T", "the moment up to which, itself included; default now"},
    CT_JSON_OPTION,
};

const struct ct_command ct_summary_command = {
    .name = "summary",
    .operands = "DIR cost|clusters|training RUN|rag PIPELINE",
    .summary = "Sums up the last hours' costs, clusters, a training run or a pipeline.",
    .details = "T is RFC 3339 (2026-06-01T00:00:00Z) or nanoseconds since 1970 UTC.",
    .operand_min = 2,
    .operand_max = 3,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
