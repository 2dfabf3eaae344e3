/* centime write: line protocol from files or stdin into a store. */
#include "commands.h"
#include "line_loader.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#define BATCH_BYTES_DEFAULT ((uint64_t)4 << 20)
#define BATCH_BYTES_MAX     ((uint64_t)64 << 20) /* even of the shortest lines one commit takes it */
#define MEMORY_BYTES_MAX    ((uint64_t)1 << 40)

struct choice {
    const char *name;
    uint32_t value;
};

static const struct choice precisions[] = {
    {"ns", CENTIME_NS},
    {"n", CENTIME_NS},
    {"nanosecond", CENTIME_NS},
    {"us", CENTIME_US},
    {"u", CENTIME_US},
    {"\xc2\xb5s", CENTIME_US},
    {"microsecond", CENTIME_US},
    {"ms", CENTIME_MS},
    {"millisecond", CENTIME_MS},
    {"s", CENTIME_S},
    {"second", CENTIME_S},
    {"m", CENTIME_MINUTE},
    {"h", CENTIME_HOUR},
    {"auto", CENTIME_AUTO},
    {NULL, 0},
};

static const struct choice durabilities[] = {
    {"sync", CENTIME_SYNC},
    {"interval", CENTIME_INTERVAL},
    {"none", CENTIME_NONE},
    {NULL, 0},
};

/* False, told on stderr, where the option has a value that is not among the choices. */
static bool choose(const struct ct_arguments *arguments, const char *option_name,
                   const struct choice *choices, uint32_t *out)
{
    const char *text = ct_args_value(arguments, option_name);
    if (!text)
        return true;
    for (; choices->name; choices++) {
        if (strcmp(choices->name, text) == 0) {
            *out = choices->value;
            return true;
        }
    }
    ct_args_wrong(arguments, "--%s does not take '%s'", option_name, text);
    return false;
}

static int print_outcome(const struct ct_load_plan *plan, const struct ct_loaded *totals,
                         double seconds)
{
    const double rows_per_s = seconds > 0 ? (double)totals->rows / seconds : 0;
    if (plan->prints_json) {
        printf("{\"rows_stored\": %" PRIu64 ", \"lines_rejected\": %" PRIu64
               ", \"rows_overwritten\": %" PRIu64 ", \"money_overwritten\": %" PRIu64
               ", \"seconds\": %.3f, \"rows_per_s\": %.0f}\n",
               totals->rows, totals->rejected, totals->overwritten_rows, totals->overwritten_money,
               seconds, rows_per_s);
        return ct_finish_output();
    }
    printf("%" PRIu64 " rows stored in %.2f s (%.2f M rows/s, %.0f MB/s)\n", totals->rows, seconds,
           rows_per_s / 1e6, seconds > 0 ? (double)totals->input_bytes / seconds / 1e6 : 0);
    if (totals->overwritten_rows)
        printf("%" PRIu64 " of them were there already and were overwritten\n",
               totals->overwritten_rows);
    if (totals->overwritten_money)
        printf("%" PRIu64 " amounts of money were overwritten by others\n",
               totals->overwritten_money);
    if (totals->rejected)
        printf("%" PRIu64 " lines rejected%s\n", totals->rejected,
               plan->write_options.all_or_nothing ? ", so none was stored" : "");
    return ct_finish_output();
}

static int load(struct ct_load_plan *plan, struct ct_input *input, uint64_t total_bytes)
{
    struct ct_progress progress;
    struct ct_loaded totals;
    ct_progress_init(&progress, "writing", total_bytes);
    const bool is_done = ct_load_lines(plan, input, &progress, &totals);
    if (totals.rejected > CT_LOADER_REJECTS_MAX)
        fprintf(stderr, "... and %" PRIu64 " lines more\n",
                totals.rejected - CT_LOADER_REJECTS_MAX);
    const int printed = print_outcome(plan, &totals, ct_progress_seconds(&progress));
    return is_done && totals.rejected == 0 ? printed : CT_EXIT_FAILED;
}

static int open_and_load(const struct ct_arguments *arguments, const centime_options *options,
                         struct ct_load_plan *plan)
{
    struct ct_input input;
    uint64_t total_bytes;
    if (!ct_input_init(&input, arguments->operands + 1, arguments->operand_count - 1, &total_bytes))
        return CT_EXIT_FAILED;
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_open(arguments->operands[0], options, &plan->store, &err) != CENTIME_OK)
        return ct_report(&err);
    const int exit_code = load(plan, &input, total_bytes);
    ct_input_deinit(&input);
    return ct_close_store(plan->store, exit_code);
}

static int run(const struct ct_arguments *arguments)
{
    centime_options options = CENTIME_OPTIONS_INIT;
    struct ct_load_plan plan = {
        .database = ct_args_value(arguments, "database"),
        .write_options.struct_size = sizeof plan.write_options,
        .write_options.all_or_nothing = ct_args_has(arguments, "all-or-nothing"),
        .prints_json = ct_args_has(arguments, "progress-json"),
    };
    uint64_t batch_bytes, memory_bytes;
    if (!choose(arguments, "precision", precisions, &plan.write_options.precision) ||
        !choose(arguments, "durability", durabilities, &options.durability) ||
        !ct_args_number(arguments, "batch-bytes", 1, BATCH_BYTES_MAX, BATCH_BYTES_DEFAULT,
                        &batch_bytes) ||
        !ct_args_number(arguments, "memory", 1 << 20, MEMORY_BYTES_MAX, 0, &memory_bytes))
        return CT_EXIT_USAGE;
    plan.batch_bytes = batch_bytes;
    options.memory_bytes = memory_bytes;
    return open_and_load(arguments, &options, &plan);
}

static const struct ct_option options[] = {
    CT_DATABASE_OPTION,
    {"precision", 0, "P", "what timestamps count: ns, us, ms, s, m, h, auto; default ns"},
    {"all-or-nothing", 0, NULL, "one bad line in any of the files, and nothing is stored"},
    {"durability", 0, "MODE", "sync (default): stored when on the device; interval; none"},
    {"batch-bytes", 0, "N", "of text that become one commit; default 4194304"},
    {"memory", 0, "BYTES", "for rows that are not yet in segments; default 268435456"},
    {"progress-json", 0, NULL, "a line of JSON on stdout for each commit, and one at the end"},
};

const struct ct_command ct_write_command = {
    .name = "write",
    .operands = "DIR FILE... | -",
    .summary = "Stores line protocol from files, or from stdin (-).",
    .details = "Bad lines are told on stderr with their line and column; the good ones are stored, "
               "and the exit code is 1.\n"
               "--progress-json prints {\"commit\": 7, \"rows\": 500, \"rows_stored\": 3500} once "
               "a commit is as durable as\n"
               "--durability says: of the input's rows that are not rejected, the first "
               "rows_stored are safe.",
    .operand_min = 2,
    .operand_max = INT_MAX,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
