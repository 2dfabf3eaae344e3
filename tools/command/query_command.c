/* centime query: statements of InfluxQL. */
#include "commands.h"

#include <string.h>

static const struct {
    const char *name;
    uint8_t epoch;
} epochs[] = {
    {"rfc3339", CENTIME_EPOCH_RFC3339},
    {"ns", CENTIME_EPOCH_NS},
    {"u", CENTIME_EPOCH_US},
    {"ms", CENTIME_EPOCH_MS},
    {"s", CENTIME_EPOCH_S},
    {"m", CENTIME_EPOCH_M},
    {"h", CENTIME_EPOCH_H},
};

static bool set_epoch(const struct ct_arguments *arguments, centime_influx_options *options)
{
    const char *name = ct_args_value(arguments, "epoch");
    if (!name)
        return true;
    for (size_t i = 0; i < sizeof epochs / sizeof epochs[0]; i++)
        if (strcmp(epochs[i].name, name) == 0) {
            options->epoch = epochs[i].epoch;
            return true;
        }
    ct_args_wrong(arguments, "--epoch takes rfc3339, ns, u, ms, s, m or h, not '%s'", name);
    return false;
}

static bool set_format(const struct ct_arguments *arguments, centime_influx_options *options)
{
    const bool is_json = ct_args_has(arguments, "json");
    const bool is_csv = ct_args_has(arguments, "csv");
    if (is_json && is_csv) {
        ct_args_wrong(arguments, "--json or --csv, not both");
        return false;
    }
    options->format = is_json ? CENTIME_JSON : is_csv ? CENTIME_CSV : CENTIME_TABLE;
    return true;
}

/* An answer is printed whatever its statements say of themselves; one that failed makes the whole
 * fail. */
static int answer(centime_store *store, const char *text, centime_influx_options *options)
{
    uint32_t failed_count = 0;
    options->failed_count = &failed_count;
    centime_buffer *buffer = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_influxql(store, text, strlen(text), options, &buffer, &err) != CENTIME_OK)
        return ct_report(&err);
    const int exit_code = ct_print_buffer(buffer);
    return failed_count ? CT_EXIT_FAILED : exit_code;
}

static int run(const struct ct_arguments *arguments)
{
    centime_influx_options options = CENTIME_INFLUX_OPTIONS_INIT;
    const bool may_write = ct_args_has(arguments, "write");
    uint64_t threads;
    options.database = ct_args_value(arguments, "database");
    if (!options.database)
        options.database = "default";
    options.is_read_only = !may_write;
    if (!set_epoch(arguments, &options) || !set_format(arguments, &options) ||
        !ct_args_number(arguments, "threads", 1, 64, 0, &threads))
        return CT_EXIT_USAGE;
    options.threads = (uint32_t)threads;
    centime_store *store = ct_open_existing(arguments, !may_write);
    if (!store)
        return CT_EXIT_FAILED;
    return ct_close_store(store, answer(store, arguments->operands[1], &options));
}

static const struct ct_option options_of_query[] = {
    CT_DATABASE_OPTION,
    CT_JSON_OPTION,
    {"csv", 0, NULL, "print CSV, as InfluxDB writes it"},
    {"epoch", 0, "UNIT", "times of JSON and CSV: rfc3339 (default), ns, u, ms, s, m or h"},
    {"write", 0, NULL, "let CREATE, DROP and DELETE change the store"},
    {"threads", 0, "N", "that work on the answer; default 2"},
};

const struct ct_command ct_query_command = {
    .name = "query",
    .operands = "DIR STATEMENTS",
    .summary = "Runs statements of InfluxQL, separated by semicolons.",
    .details = "centime query store 'SELECT sum(cost_usd) FROM cost GROUP BY provider'",
    .operand_min = 2,
    .operand_max = 2,
    .options = options_of_query,
    .option_count = sizeof options_of_query / sizeof options_of_query[0],
    .run = run,
};
