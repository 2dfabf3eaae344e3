/* centime restate: the rows of a scope give way to those of a file, all or nothing. */
#include "commands.h"
#include "input.h"
#include "progress.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#define TAGS_MAX        64
#define SCOPE_BYTES_MAX 8192
#define STRETCH_BYTES   ((size_t)8 << 20)
#define LINE_BYTES_ROOM                                                                            \
    ((size_t)2 << 20) /* more than the longest line: what may be carried over                      \
                       */

struct restating {
    const struct ct_arguments *arguments;
    centime_restate_scope scope;
    centime_restate_options options;
    const char *keys[TAGS_MAX], *values[TAGS_MAX];
    char text[SCOPE_BYTES_MAX]; /* the tags, each key and value ended by a zero byte */
    size_t text_len;
};

/* -- Arguments -------------------------------------------------------------------------------- */

/* Up to `stop` or a comma; a backslash takes the next byte as it is. Returns where it ended. */
static const char *copy_part(struct restating *restating, const char *at, char stop)
{
    while (*at && *at != stop && *at != ',' && restating->text_len + 1 < SCOPE_BYTES_MAX) {
        at += *at == '\\' && at[1];
        restating->text[restating->text_len++] = *at++;
    }
    restating->text[restating->text_len++] = 0;
    return at;
}

/* TAG=VALUE,TAG=VALUE */
static bool add_tags(struct restating *restating, const char *given)
{
    for (const char *at = given;;) {
        centime_restate_scope *scope = &restating->scope;
        const char *key = restating->text + restating->text_len;
        at = copy_part(restating, at, '=');
        const char *value = restating->text + restating->text_len;
        const bool is_pair = *key && *at == '=';
        if (is_pair)
            at = copy_part(restating, at + 1, 0);
        if (!is_pair || (*at && *at != ',') || scope->key_count == TAGS_MAX ||
            restating->text_len + 2 >= SCOPE_BYTES_MAX) {
            ct_args_wrong(restating->arguments,
                          "--scope takes TAG=VALUE,..., at most %d of them, not '%s'", TAGS_MAX,
                          given);
            return false;
        }
        restating->keys[scope->key_count] = key;
        restating->values[scope->key_count++] = value;
        if (!*at++)
            return true;
    }
}

static bool read_scope(struct restating *restating)
{
    const struct ct_arguments *arguments = restating->arguments;
    centime_restate_scope *scope = &restating->scope;
    scope->struct_size = sizeof *scope;
    scope->database = ct_args_value(arguments, "database");
    scope->table = ct_args_has(arguments, "table") ? ct_args_value(arguments, "table") : "cost";
    scope->keys = restating->keys;
    scope->values = restating->values;
    for (size_t i = 0; i < arguments->given_count; i++) {
        if (strcmp(arguments->given[i].option->name, "scope") == 0 &&
            !add_tags(restating, arguments->given[i].value))
            return false;
    }
    const bool has_times = ct_args_has(arguments, "start") || ct_args_has(arguments, "end");
    if (scope->key_count == 0 && !has_times) {
        ct_args_wrong(arguments, "a --scope, --start or --end is needed");
        return false;
    }
    return !has_times || (ct_time_option(arguments, "start", INT64_MIN, &scope->start_ns) &&
                          ct_time_option(arguments, "end", INT64_MAX, &scope->end_ns));
}

static bool read_options(struct restating *restating)
{
    const struct ct_arguments *arguments = restating->arguments;
    centime_restate_options *options = &restating->options;
    options->struct_size = sizeof *options;
    options->expects_count = ct_args_has(arguments, "expect-count");
    options->expected_total = ct_args_value(arguments, "expect-total");
    options->field = ct_args_value(arguments, "field");
    options->has_sequence = ct_args_has(arguments, "sequence");
    options->is_forced = ct_args_has(arguments, "force");
    return ct_args_number(arguments, "expect-count", 0, UINT64_MAX, 0, &options->expected_count) &&
           ct_args_number(arguments, "sequence", 0, UINT64_MAX, 0, &options->sequence);
}

/* -- Work ------------------------------------------------------------------------------------- */

static int report_line(const centime_error *err, const char *file_name)
{
    if (err->line == 0)
        return ct_report(err);
    fprintf(stderr, "centime: %s: line %u: %s\n", file_name, err->line, err->text);
    return CT_EXIT_FAILED;
}

/* The whole input, stretch by stretch, into the restatement. */
static bool stage(centime_restatement *restatement, struct ct_input *input, char *text,
                  struct ct_progress *progress)
{
    const char *file_name = ct_input_name(input);
    size_t carried = 0;
    while (!ct_input_is_at_end(input)) {
        centime_error err = CENTIME_ERROR_INIT;
        size_t got, consumed;
        bool is_final;
        if (!ct_input_read(input, text + carried, STRETCH_BYTES + LINE_BYTES_ROOM - carried, &got,
                           &is_final))
            return false;
        if (centime_restate_lines(restatement, text, carried + got, is_final, NULL, &consumed,
                                  &err) != CENTIME_OK) {
            ct_progress_deinit(progress);
            report_line(&err, file_name);
            return false;
        }
        carried += got - consumed;
        memmove(text, text + consumed, carried);
        ct_progress_show(progress, input->read_bytes, 0);
    }
    return true;
}

static bool stage_input(centime_restatement *restatement, struct ct_input *input,
                        uint64_t total_bytes)
{
    struct ct_progress progress;
    void *text = mmap(NULL, STRETCH_BYTES + LINE_BYTES_ROOM, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (text == MAP_FAILED) {
        perror("centime: memory for input");
        return false;
    }
    ct_progress_init(&progress, "staging", total_bytes);
    const bool is_staged = stage(restatement, input, text, &progress);
    ct_progress_deinit(&progress);
    munmap(text, STRETCH_BYTES + LINE_BYTES_ROOM);
    return is_staged;
}

static void print_amount(const char *when, uint64_t rows, const char *total, const char *field)
{
    printf("%-6s  %" PRIu64 " rows", when, rows);
    if (total[0])
        printf(", %s %s", field, total);
    putchar('\n');
}

static int print_for_people(const struct restating *restating, const centime_restate_result *result)
{
    const char *field = restating->options.field ? restating->options.field : "cost_usd";
    if (result->is_unchanged)
        printf("unchanged: the scope holds these rows since commit %" PRIu64 "\n", result->commit);
    else
        printf("restated in commit %" PRIu64 "\n", result->commit);
    print_amount("before", result->rows_before, result->total_before, field);
    print_amount("after", result->rows_after, result->total_after, field);
    if (result->numbered_rows)
        printf("%" PRIu64 " charges are like others and count beside them\n",
               result->numbered_rows);
    if (result->folded_rows)
        printf("%" PRIu64 " lines repeat others, of which the last counts\n", result->folded_rows);
    return ct_finish_output();
}

static int print_json(const centime_restate_result *result)
{
    printf("{\"commit\": %" PRIu64 ", \"unchanged\": %s, \"rows_given\": %" PRIu64
           ", \"rows_numbered\": %" PRIu64 ", \"rows_folded\": %" PRIu64
           ", \"rows_before\": %" PRIu64 ", \"rows_after\": %" PRIu64
           ", \"total_before\": %s, \"total_after\": %s}\n",
           result->commit, result->is_unchanged ? "true" : "false", result->given_rows,
           result->numbered_rows, result->folded_rows, result->rows_before, result->rows_after,
           result->total_before[0] ? result->total_before : "null",
           result->total_after[0] ? result->total_after : "null");
    return ct_finish_output();
}

static int restate(const struct restating *restating, centime_store *store, struct ct_input *input,
                   uint64_t total_bytes)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_restatement *restatement;
    if (centime_restate_begin(store, &restating->scope, &restatement, &err) != CENTIME_OK)
        return ct_report(&err);
    if (!stage_input(restatement, input, total_bytes)) {
        centime_restate_abandon(restatement);
        return CT_EXIT_FAILED;
    }
    centime_restate_result result = CENTIME_RESTATE_RESULT_INIT;
    if (centime_restate_finish(restatement, &restating->options, &result, &err) != CENTIME_OK)
        return ct_report(&err);
    return ct_args_has(restating->arguments, "json") ? print_json(&result)
                                                     : print_for_people(restating, &result);
}

static int open_and_restate(const struct restating *restating)
{
    const struct ct_arguments *arguments = restating->arguments;
    struct ct_input input;
    uint64_t total_bytes;
    if (!ct_input_init(&input, arguments->operands + 1, 1, &total_bytes))
        return CT_EXIT_FAILED;
    centime_options options = CENTIME_OPTIONS_INIT;
    centime_error err = CENTIME_ERROR_INIT;
    centime_store *store;
    if (centime_open(arguments->operands[0], &options, &store, &err) != CENTIME_OK) {
        ct_input_deinit(&input);
        return ct_report(&err);
    }
    const int exit_code = restate(restating, store, &input, total_bytes);
    ct_input_deinit(&input);
    return ct_close_store(store, exit_code);
}

static int run(const struct ct_arguments *arguments)
{
    struct restating restating = {.arguments = arguments};
    if (!read_scope(&restating) || !read_options(&restating))
        return CT_EXIT_USAGE;
    return open_and_restate(&restating);
}

static const struct ct_option options[] = {
    CT_DATABASE_OPTION,
    {"table", 't', "NAME", "whose rows are restated; default cost"},
    {"scope", 's', "TAG=VALUE,...", "the rows that have all of these; may be repeated"},
    {"start", 0, "T", "and no earlier time; RFC 3339 or nanoseconds since 1970 UTC"},
    CT_END_OPTION,
    {"expect-count", 0, "N", "rows that the scope must have afterwards; 0 empties it"},
    {"expect-total", 0, "X", "what the field must add up to, exactly"},
    {"field", 0, "NAME", "that is added up; default cost_usd"},
    {"sequence", 0, "N", "of the file: refused where an earlier restatement had a higher one"},
    {"force", 0, NULL, "whatever the sequence says"},
    CT_JSON_OPTION,
};

const struct ct_command ct_restate_command = {
    .name = "restate",
    .operands = "DIR FILE | -",
    .summary = "Replaces the rows of a scope by those of a file, all or nothing.",
    .details =
        "The file is line protocol. One bad line, one outside the scope, another count or total "
        "than expected, and nothing is changed.\n"
        "Queries see the old rows until the new ones have taken their place, in one commit; a "
        "crash leaves the old or the new.\n"
        "In a ledger such as cost, lines that are alike count each. The same file again changes "
        "nothing.\n"
        "A comma in a value is written \\, and a backslash \\\\.",
    .operand_min = 2,
    .operand_max = 2,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
