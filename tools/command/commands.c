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
