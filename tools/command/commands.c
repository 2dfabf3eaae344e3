/* What the commands share: opening, printing, telling errors. */
#include "commands.h"

#include "time_argument.h"

#include <string.h>

int ct_report(const centime_error *err)
{
    fputs("centime: ", stderr);
    if (err->file[0] && !strstr(err->text, err->file))
        fprintf(stderr, "%s: ", err->file);
    if (err->code == CENTIME_CORRUPT && err->offset)
        fprintf(stderr, "at byte %llu: ", (unsigned long long)err->offset);
    fprintf(stderr, "%s\n", err->text[0] ? err->text : centime_status_text(err->code));
    return CT_EXIT_FAILED;
}

centime_store *ct_open_existing(const struct ct_arguments *arguments, bool is_read_only)
{
    centime_options options = CENTIME_OPTIONS_INIT;
    options.must_exist = 1;
    options.read_only = is_read_only;
    options.no_thread = 1; /* nothing here goes on in the background */
    centime_store *store = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_open(arguments->operands[0], &options, &store, &err) != CENTIME_OK) {
        ct_report(&err);
        return NULL;
    }
    return store;
}

int ct_close_store(centime_store *store, int exit_code)
{
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_close(store, &err) != CENTIME_OK)
        return ct_report(&err);
    return exit_code;
}

int ct_finish_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return CT_EXIT_DONE;
    perror("centime: stdout");
    return CT_EXIT_FAILED;
}

int ct_print_buffer(centime_buffer *buffer)
{
    fwrite(centime_buffer_bytes(buffer), 1, centime_buffer_len(buffer), stdout);
    centime_buffer_destroy(buffer);
    return ct_finish_output();
}

int ct_print_result(const centime_result *result, int format)
{
    centime_buffer *buffer = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_result_format(result, format, &buffer, &err) != CENTIME_OK)
        return ct_report(&err);
    return ct_print_buffer(buffer);
}

static bool find_format(const char *name, int *format)
{
    static const struct {
        const char *name;
        int format;
    } formats[] = {
        {"table", CENTIME_TABLE},   {"json", CENTIME_JSON}, {"columns", CENTIME_JSON_COLUMNS},
        {"ndjson", CENTIME_NDJSON}, {"csv", CENTIME_CSV},   {"arrow", CENTIME_ARROW},
    };
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, name) == 0) {
            *format = formats[i].format;
            return true;
        }
    return false;
}

bool ct_format_option(const struct ct_arguments *arguments, int *format)
{
    const char *name = ct_args_value(arguments, "format");
    const bool is_json = ct_args_has(arguments, "json"), is_csv = ct_args_has(arguments, "csv");
    if (is_json + is_csv + (name != NULL) > 1) {
        ct_args_wrong(arguments, "one of --format, --json and --csv");
        return false;
    }
    if (!name)
        name = is_json ? "json" : is_csv ? "csv" : "table";
    if (!find_format(name, format)) {
        ct_args_wrong(arguments,
                      "--format takes table, json, columns, ndjson, csv or arrow, not '%s'", name);
        return false;
    }
    if (ct_args_has(arguments, "quoted"))
        *format |= CENTIME_DECIMALS_QUOTED;
    return true;
}

bool ct_time_option(const struct ct_arguments *arguments, const char *option_name,
                    int64_t otherwise_ns, int64_t *out_ns)
{
    const char *text = ct_args_value(arguments, option_name);
    *out_ns = otherwise_ns;
    if (!text || ct_time_argument(text, out_ns))
        return true;
    ct_args_wrong(
        arguments,
        "--%s takes RFC 3339 (2026-06-01T00:00:00Z) or nanoseconds since 1970 UTC, not '%s'",
        option_name, text);
    return false;
}

bool ct_moment_option(const struct ct_arguments *arguments, const char *option_name,
                      uint64_t *commit, int64_t *time_ns)
{
    static const char prefix[] = "commit:";
    const char *text = ct_args_value(arguments, option_name);
    *commit = 0;
    *time_ns = 0;
    if (!text)
        return true;
    if (strncmp(text, prefix, sizeof prefix - 1) != 0) {
        if (ct_time_argument(text, time_ns) && *time_ns != 0)
            return true;
    } else if (ct_args_read_number(text + sizeof prefix - 1, UINT64_MAX, commit) && *commit > 0) {
        return true;
    }
    ct_args_wrong(arguments,
                  "--%s takes commit:N, RFC 3339 (2026-06-01T00:00:00Z) or nanoseconds since 1970 "
                  "UTC, not '%s'",
                  option_name, text);
    return false;
}
