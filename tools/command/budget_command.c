/* centime budget: set, shown, checked, removed. */
#include "commands.h"

#include <string.h>

#define CONDITIONS_MAX 64  /* of one budget, as the library has it */
#define KEY_BYTES_MAX  256 /* here; other programs may use longer ones */

static const char *const periods[] = {
    [CENTIME_BUDGET_MONTHLY] = "monthly", [CENTIME_BUDGET_DAILY] = "daily",
    [CENTIME_BUDGET_WEEKLY] = "weekly",   [CENTIME_BUDGET_QUARTERLY] = "quarterly",
    [CENTIME_BUDGET_YEARLY] = "yearly",
};

static const char *const calendars[] = {
    [CENTIME_BUDGET_CHARGE] = "charge",
    [CENTIME_BUDGET_BILLING] = "billing",
};

/* -- Scope ------------------------------------------------------------------------------------- */

/* Conditions in the making: keys are copied, values point into the arguments. */
struct scope {
    char keys[CONDITIONS_MAX][KEY_BYTES_MAX];
    const char *values[CT_ARGS_GIVEN_MAX]; /* those of a condition one behind the other */
    uint32_t value_count;
    centime_budget_condition conditions[CONDITIONS_MAX];
    uint32_t count;
};

/* "KEY=VALUE" or "KEY!=VALUE" in its parts. */
struct pair {
    const char *key;
    size_t key_len;
    const char *value;
    bool is_negated;
};

static bool read_pair(const char *text, struct pair *out)
{
    const char *equals = strchr(text, '=');
    if (!equals)
        return false;
    out->is_negated = equals > text && equals[-1] == '!';
    out->key = text;
    out->key_len = (size_t)(equals - text) - out->is_negated;
    out->value = equals + 1;
    return out->key_len > 0 && out->key_len < KEY_BYTES_MAX;
}

static bool is_of(const centime_budget_condition *condition, const struct pair *pair)
{
    return strlen(condition->key) == pair->key_len &&
           memcmp(condition->key, pair->key, pair->key_len) == 0 &&
           (condition->is_negated != 0) == pair->is_negated;
}

/* Makes a condition of the pair's key and kind, unless there is one. */
static bool need_condition(struct scope *scope, const struct pair *pair)
{
    for (uint32_t i = 0; i < scope->count; i++)
        if (is_of(&scope->conditions[i], pair))
            return true;
    if (scope->count == CONDITIONS_MAX)
        return false;
    char *key = scope->keys[scope->count];
    memcpy(key, pair->key, pair->key_len);
    key[pair->key_len] = 0;
    scope->conditions[scope->count++] =
        (centime_budget_condition){.key = key, .is_negated = pair->is_negated};
    return true;
}

/* Values of one key are alternatives. */
static void add_values(const struct ct_arguments *arguments, struct scope *scope,
                       centime_budget_condition *condition)
{
    struct pair pair;
    condition->values = &scope->values[scope->value_count];
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct ct_given *given = &arguments->given[i];
        if (strcmp(given->option->name, "scope") == 0 && read_pair(given->value, &pair) &&
            is_of(condition, &pair)) {
            scope->values[scope->value_count++] = pair.value;
            condition->value_count++;
        }
    }
}

static bool read_scope(const struct ct_arguments *arguments, struct scope *scope)
{
    struct pair pair;
    scope->count = scope->value_count = 0;
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct ct_given *given = &arguments->given[i];
        if (strcmp(given->option->name, "scope") == 0 &&
            (!read_pair(given->value, &pair) || !need_condition(scope, &pair))) {
            ct_args_wrong(arguments,
                          "--scope takes KEY=VALUE or KEY!=VALUE, of at most %d keys, not '%s'",
                          CONDITIONS_MAX, given->value);
            return false;
        }
    }
    for (uint32_t i = 0; i < scope->count; i++)
        add_values(arguments, scope, &scope->conditions[i]);
    return true;
}

/* -- Set --------------------------------------------------------------------------------------- */

/* Index of the option's word among the names, 0 where it was not given. */
static bool read_word(const struct ct_arguments *arguments, const char *option_name,
                      const char *const *names, uint32_t count, uint32_t *out)
{
    const char *word = ct_args_value(arguments, option_name);
    *out = 0;
    if (!word)
        return true;
    for (; *out < count; ++*out)
        if (strcmp(names[*out], word) == 0)
            return true;
    ct_args_wrong(arguments, "--%s does not know '%s'", option_name, word);
    return false;
}

static int put(const struct ct_arguments *arguments, const centime_budget *budget)
{
    centime_store *store = ct_open_existing(arguments, false);
    centime_error err = CENTIME_ERROR_INIT;
    if (!store)
        return CT_EXIT_FAILED;
    int exit_code = CT_EXIT_DONE;
    if (centime_budget_set(store, ct_args_value(arguments, "database"), budget, &err) != CENTIME_OK)
        exit_code = ct_report(&err);
    return ct_close_store(store, exit_code);
}

static int set(const struct ct_arguments *arguments, const char *id)
{
    centime_budget budget = {
        .struct_size = sizeof budget,
        .id = id,
        .name = ct_args_value(arguments, "name"),
        .amount = ct_args_value(arguments, "amount"),
        .currency = ct_args_value(arguments, "currency"),
        .alert_threshold = ct_args_value(arguments, "alert"),
        .time_zone = ct_args_value(arguments, "time-zone"),
    };
    if (!budget.amount)
        return ct_args_wrong(arguments, "a budget needs --amount");
    if (!read_word(arguments, "period", periods, sizeof periods / sizeof periods[0],
                   &budget.period) ||
        !read_word(arguments, "calendar", calendars, sizeof calendars / sizeof calendars[0],
                   &budget.calendar))
        return CT_EXIT_USAGE;
    struct scope scope;
    if (!read_scope(arguments, &scope))
        return CT_EXIT_USAGE;
    budget.conditions = scope.conditions;
    budget.condition_count = scope.count;
    return put(arguments, &budget);
}

/* -- Status and check -------------------------------------------------------------------------- */

static int print_json(const struct ct_arguments *arguments, centime_store *store, const char *id,
                      int64_t now_ns)
{
    centime_buffer *buffer = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_budget_status_json(store, ct_args_value(arguments, "database"), id, now_ns, &buffer,
                                   &err) != CENTIME_OK)
        return ct_report(&err);
    return ct_print_buffer(buffer);
}

static int print_status(const struct ct_arguments *arguments, centime_store *store, const char *id,
                        int64_t now_ns)
{
    centime_result *result = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    if (ct_args_has(arguments, "json"))
        return print_json(arguments, store, id, now_ns);
    if (centime_budget_status(store, ct_args_value(arguments, "database"), id, now_ns, &result,
                              &err) != CENTIME_OK)
        return ct_report(&err);
    const int exit_code =
        ct_print_result(result, ct_args_has(arguments, "csv") ? CENTIME_CSV : CENTIME_TABLE);
    centime_result_destroy(result);
    return exit_code;
}

static int print_check(const struct ct_arguments *arguments, centime_store *store, const char *id,
                       int64_t now_ns)
{
    size_t exceeded = 0;
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_budget_check(store, ct_args_value(arguments, "database"), id, now_ns,
                             ct_args_value(arguments, "add"), &exceeded, &err) != CENTIME_OK)
        return ct_report(&err);
    const int exit_code = print_status(arguments, store, id, now_ns);
    return exit_code == CT_EXIT_DONE && exceeded ? CT_EXIT_EXCEEDED : exit_code;
}

static int show(const struct ct_arguments *arguments, const char *id, bool is_check)
{
    int64_t now_ns;
    if (!ct_time_option(arguments, "at", 0, &now_ns))
        return CT_EXIT_USAGE;
    centime_store *store = ct_open_existing(arguments, true);
    if (!store)
        return CT_EXIT_FAILED;
    const int exit_code = is_check ? print_check(arguments, store, id, now_ns)
                                   : print_status(arguments, store, id, now_ns);
    return ct_close_store(store, exit_code);
}

/* -- Remove ------------------------------------------------------------------------------------ */

static int drop(const struct ct_arguments *arguments, const char *id)
{
    centime_store *store = ct_open_existing(arguments, false);
    centime_error err = CENTIME_ERROR_INIT;
    if (!store)
        return CT_EXIT_FAILED;
    int exit_code = CT_EXIT_DONE;
    if (centime_budget_remove(store, ct_args_value(arguments, "database"), id, &err) != CENTIME_OK)
        exit_code = ct_report(&err);
    return ct_close_store(store, exit_code);
}

static int run(const struct ct_arguments *arguments)
{
    const char *verb = arguments->operands[1];
    const char *id = arguments->operand_count > 2 ? arguments->operands[2] : NULL;
    const bool is_check = strcmp(verb, "check") == 0;
    if (is_check || strcmp(verb, "status") == 0)
        return show(arguments, id, is_check);
    if (strcmp(verb, "set") != 0 && strcmp(verb, "remove") != 0)
        return ct_args_wrong(arguments,
                             "budgets are set, removed, checked or asked for their "
                             "status, not '%s'",
                             verb);
    if (!id)
        return ct_args_wrong(arguments, "%s which budget?", verb);
    return strcmp(verb, "set") == 0 ? set(arguments, id) : drop(arguments, id);
}

static const struct ct_option options[] = {
    CT_DATABASE_OPTION,
    {"amount", 0, "N", "set: what may be spent in each period, as a decimal"},
    {"period", 0, "P", "set: daily, weekly, monthly, quarterly or yearly; default monthly"},
    {"scope", 's', "K=V", "set: charges whose tag K is V, or K!=V; repeatable"},
    {"name", 0, "TEXT", "set: for people; default the id"},
    {"currency", 0, "C", "set: default USD"},
    {"alert", 0, "N", "set: warn from this part of the amount on; default 0.8"},
    {"time-zone", 0, "Z", "set: where days begin, as in Europe/Berlin; default UTC"},
    {"calendar", 0, "C",
     "set: charges by their time (charge) or by their billing_period (billing)"},
    {"add", 0, "N", "check: with this amount more"},
    {"at", 0, "T", "status, check: the period that holds this moment; default now"},
    CT_JSON_OPTION,
    {"csv", 0, NULL, "print CSV, for programs"},
};

const struct ct_command ct_budget_command = {
    .name = "budget",
    .operands = "DIR set ID|status [ID]|check [ID]|remove ID",
    .summary = "Sets budgets, and tells how they stand.",
    .details =
        "All keys of a scope must match. Values of one key are alternatives; an empty one is a\n"
        "charge without the tag, one that ends in * is all that begin like it. Entry tags are\n"
        "named as they are stored: tag.team.\n\n"
        "check exits with 3 when a budget is exceeded, or would be with --add.\n\n"
        "T is RFC 3339 (2026-06-01T00:00:00Z) or nanoseconds since 1970 UTC.",
    .operand_min = 2,
    .operand_max = 3,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
