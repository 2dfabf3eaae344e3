/* centime rates: exchange rates, set, removed and listed. */
#include "commands.h"
#include "time_argument.h"

#include <string.h>

static int list(const struct ct_arguments *arguments, int format)
{
    centime_store *store = ct_open_existing(arguments, true);
    if (!store)
        return CT_EXIT_FAILED;
    centime_result *rates = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    int exit_code;
    if (centime_rates(store, ct_args_value(arguments, "database"),
                      ct_args_value(arguments, "table"), &rates, &err) != CENTIME_OK)
        exit_code = ct_report(&err);
    else
        exit_code = ct_print_result(rates, format);
    centime_result_destroy(rates);
    return ct_close_store(store, exit_code);
}

/* Operands after the action: BASE QUOTE, and the rate to set. */
static int change(const struct ct_arguments *arguments, const char *rate)
{
    centime_rate given = {
        .struct_size = sizeof given,
        .table = ct_args_value(arguments, "table"),
        .base = arguments->operands[2],
        .quote = arguments->operands[3],
        .rate = rate,
    };
    if (!ct_args_has(arguments, "from"))
        return ct_args_wrong(arguments, "--from DAY is missing: the day from which the rate holds");
    if (!ct_time_option(arguments, "from", 0, &given.from_ns))
        return CT_EXIT_USAGE;
    centime_store *store = ct_open_existing(arguments, false);
    if (!store)
        return CT_EXIT_FAILED;
    centime_error err = CENTIME_ERROR_INIT;
    int exit_code = CT_EXIT_DONE;
    if (centime_rate_set(store, ct_args_value(arguments, "database"), &given, &err) != CENTIME_OK)
        exit_code = ct_report(&err);
    return ct_close_store(store, exit_code);
}

static int run(const struct ct_arguments *arguments)
{
    const char *action = arguments->operands[1];
    const int count = arguments->operand_count;
    int format;
    if (!ct_format_option(arguments, &format))
        return CT_EXIT_USAGE;
    if (strcmp(action, "list") == 0 && count == 2)
        return list(arguments, format);
    if (strcmp(action, "set") == 0 && count == 5)
        return change(arguments, arguments->operands[4]);
    if (strcmp(action, "remove") == 0 && count == 4)
        return change(arguments, NULL);
    return ct_args_wrong(arguments, "list, set BASE QUOTE RATE or remove BASE QUOTE");
}

static const struct ct_option options[] = {
    CT_DATABASE_OPTION,
    {"table", 't', "NAME", "the table of rates; default 'default', of list all"},
    {"from", 0, "DAY", "the day, UTC, from which the rate holds, as 2026-06-01"},
    CT_FORMAT_OPTIONS,
};

const struct ct_command ct_rates_command = {
    .name = "rates",
    .operands = "DIR list|set BASE QUOTE RATE|remove BASE QUOTE",
    .summary = "Exchange rates: an amount in BASE times RATE is the amount in QUOTE.",
    .details = "A rate holds up to the day of the pair's next one.",
    .operand_min = 2,
    .operand_max = 5,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
