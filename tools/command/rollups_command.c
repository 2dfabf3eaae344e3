/* centime rollups: which grouping sets a table keeps cells for; declared and dropped. */
#include "commands.h"

#include <string.h>

#define NAMES_MAX      16
#define TEXT_BYTES_MAX 4096

/* A list of names as given with commas between, cut apart. */
struct name_list {
    const char *names[NAMES_MAX];
    size_t count;
    char text[TEXT_BYTES_MAX];
};

static bool cut(const struct ct_arguments *arguments, const char *what, const char *given,
                struct name_list *out)
{
    out->count = 0;
    if (!given || !*given)
        return true;
    const size_t len = strlen(given);
    if (len >= sizeof out->text) {
        ct_args_wrong(arguments, "%s: the names are too long", what);
        return false;
    }
    memcpy(out->text, given, len + 1);
    for (char *at = out->text; at;) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma = 0;
        if (!*at || out->count == NAMES_MAX) {
            ct_args_wrong(arguments, "%s takes up to %d names with commas between, not '%s'", what,
                          NAMES_MAX, given);
            return false;
        }
        out->names[out->count++] = at;
        at = comma ? comma + 1 : NULL;
    }
    return true;
}

static bool read_grains(const struct ct_arguments *arguments, uint32_t *out)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } grains[] = {{"minute", CENTIME_GRAIN_MINUTE},
                  {"hour", CENTIME_GRAIN_HOUR},
                  {"day", CENTIME_GRAIN_DAY},
                  {"month", CENTIME_GRAIN_MONTH}};
    struct name_list names;
    *out = 0;
    if (!cut(arguments, "--grains", ct_args_value(arguments, "grains"), &names))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        const uint32_t before = *out;
        for (size_t g = 0; g < sizeof grains / sizeof grains[0]; g++)
            if (strcmp(names.names[i], grains[g].name) == 0)
                *out |= grains[g].bit;
        if (*out == before) {
            ct_args_wrong(arguments, "--grains takes minute, hour, day and month, each once");
            return false;
        }
    }
    return true;
}

static int list(const struct ct_arguments *arguments, const char *table, int format)
{
    centime_store *store = ct_open_existing(arguments, true);
    if (!store)
        return CT_EXIT_FAILED;
    centime_result *sets = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    int exit_code;
    if (centime_rollups(store, ct_args_value(arguments, "database"), table, &sets, &err) !=
        CENTIME_OK)
        exit_code = ct_report(&err);
    else
        exit_code = ct_print_result(sets, format);
    centime_result_destroy(sets);
    return ct_close_store(store, exit_code);
}

/* What there is to build, built now: nobody else will, before the next writer opens the store. */
static int build(centime_store *store)
{
    centime_error err = CENTIME_ERROR_INIT;
    for (int did_work = 1; did_work;)
        if (centime_step(store, &did_work, &err) != CENTIME_OK)
            return ct_report(&err);
    return CT_EXIT_DONE;
}

static int declare(const struct ct_arguments *arguments, const char *table, const char *tags)
{
    struct name_list keys, quantiles, distinct;
    centime_rollup rollup = {.struct_size = sizeof rollup, .table = table};
    if (!cut(arguments, "the set", tags, &keys) ||
        !cut(arguments, "--quantiles", ct_args_value(arguments, "quantiles"), &quantiles) ||
        !cut(arguments, "--distinct", ct_args_value(arguments, "distinct"), &distinct) ||
        !read_grains(arguments, &rollup.grains))
        return CT_EXIT_USAGE;
    rollup.tags = keys.names;
    rollup.tag_count = keys.count;
    rollup.quantiles = quantiles.names;
    rollup.quantile_count = quantiles.count;
    rollup.distinct = distinct.names;
    rollup.distinct_count = distinct.count;
    centime_store *store = ct_open_existing(arguments, false);
    if (!store)
        return CT_EXIT_FAILED;
    centime_error err = CENTIME_ERROR_INIT;
    int exit_code = CT_EXIT_DONE;
    if (centime_rollup_declare(store, ct_args_value(arguments, "database"), &rollup, &err) !=
        CENTIME_OK)
        exit_code = ct_report(&err);
    else
        exit_code = build(store);
    return ct_close_store(store, exit_code);
}

static int drop(const struct ct_arguments *arguments, const char *table, const char *tags)
{
    struct name_list keys;
    if (!cut(arguments, "the set", tags, &keys))
        return CT_EXIT_USAGE;
    centime_store *store = ct_open_existing(arguments, false);
    if (!store)
        return CT_EXIT_FAILED;
    centime_error err = CENTIME_ERROR_INIT;
    int exit_code = CT_EXIT_DONE;
    if (centime_rollup_drop(store, ct_args_value(arguments, "database"), table, keys.names,
                            keys.count, &err) != CENTIME_OK)
        exit_code = ct_report(&err);
    return ct_close_store(store, exit_code);
}

static int run(const struct ct_arguments *arguments)
{
    const char *action = arguments->operands[1];
    const char *table = arguments->operands[2];
    int format;
    if (!ct_format_option(arguments, &format))
        return CT_EXIT_USAGE;
    if (strcmp(action, "list") == 0 && arguments->operand_count == 3)
        return list(arguments, table, format);
    if (arguments->operand_count == 4 && strcmp(action, "declare") == 0)
        return declare(arguments, table, arguments->operands[3]);
    if (arguments->operand_count == 4 && strcmp(action, "drop") == 0)
        return drop(arguments, table, arguments->operands[3]);
    return ct_args_wrong(arguments, "list TABLE, declare TABLE TAGS or drop TABLE TAGS");
}

static const struct ct_option options[] = {
    CT_DATABASE_OPTION,
    {"grains", 0, "NAME,NAME", "of declare: minute, hour, day, month; default hour,day,month"},
    {"quantiles", 0, "FIELD,FIELD", "of declare: fields whose quantiles are sketched (1 %)"},
    {"distinct", 0, "FIELD,FIELD", "of declare: fields whose distinct values are sketched"},
    CT_FORMAT_OPTIONS,
};

const struct ct_command ct_rollups_command = {
    .name = "rollups",
    .operands = "DIR list TABLE|declare TABLE TAGS|drop TABLE TAGS",
    .summary = "The grouping sets that a table keeps rollups for.",
    .details =
        "TAGS are tag keys with commas between, '' for the total. Answers are the same with and\n"
        "without a set; with it they are faster. Declaring builds it from what is stored.",
    .operand_min = 3,
    .operand_max = 4,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
