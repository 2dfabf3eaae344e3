/* The commands, and what they share. Layer tools. */
#ifndef CT_COMMANDS_H
#define CT_COMMANDS_H

#include "args.h"
#include "centime.h"

extern const struct ct_command ct_write_command;
extern const struct ct_command ct_restate_command;
extern const struct ct_command ct_query_command;
extern const struct ct_command ct_rates_command;
extern const struct ct_command ct_rollup_command;
extern const struct ct_command ct_rollups_command;
extern const struct ct_command ct_diff_command;
extern const struct ct_command ct_summary_command;
extern const struct ct_command ct_budget_command;
extern const struct ct_command ct_inspect_command;
extern const struct ct_command ct_verify_command;
extern const struct ct_command ct_compact_command;
extern const struct ct_command ct_version_command;
/* Where the server is built in: CENTIME_SERVER. */
extern const struct ct_command ct_serve_command;
extern const struct ct_command ct_token_command;

#define CT_DATABASE_OPTION                                                                         \
    {                                                                                              \
        "database", 'd', "NAME", "database; default 'default'"                                     \
    }
#define CT_JSON_OPTION                                                                             \
    {                                                                                              \
        "json", 0, NULL, "print JSON, for programs"                                                \
    }
/* Of commands that print an answer: see ct_format_option. */
#define CT_FORMAT_OPTIONS                                                                          \
    {"format", 0, "NAME",                                                                          \
     "table (default), json, columns (JSON, names apart), ndjson, csv, arrow"},                    \
        {"json", 0, NULL, "short for --format json"}, {"csv", 0, NULL, "short for --format csv"},  \
    {                                                                                              \
        "quoted", 0, NULL, "decimals of JSON as texts, for readers whose numbers are doubles"      \
    }
#define CT_END_OPTION                                                                              \
    {                                                                                              \
        "end", 0, "T", "RFC 3339 or nanoseconds since 1970 UTC"                                    \
    }

/* Tells the error on stderr, with file and place where it has them; returns CT_EXIT_FAILED. */
int ct_report(const centime_error *err);

/* Opens the store that operand 0 names, which must be there. NULL, told on stderr, where that
 * fails. */
centime_store *ct_open_existing(const struct ct_arguments *arguments, bool is_read_only);

/* Closes the store; `exit_code`, or CT_EXIT_FAILED, told on stderr, where closing failed. */
int ct_close_store(centime_store *store, int exit_code);

/* Prints a buffer on stdout and destroys it; CT_EXIT_FAILED where stdout takes no more. */
int ct_print_buffer(centime_buffer *buffer);

/* What CT_FORMAT_OPTIONS ask for, as centime_result_format takes it. False, told on stderr, where
 * that is no format or several. */
bool ct_format_option(const struct ct_arguments *arguments, int *format);

/* Prints a result in one of enum centime_format; told on stderr where that fails. */
int ct_print_result(const centime_result *result, int format);

/* Flushes stdout: what was printed before must have got out for the command to be done. */
int ct_finish_output(void);

/* Value of a time option, `otherwise` where it was not given. False, told on stderr, where it is no
 * time. */
bool ct_time_option(const struct ct_arguments *arguments, const char *option_name,
                    int64_t otherwise_ns, int64_t *out_ns);

/* A moment of the store: "commit:N", or a time as above. Both 0 where the option is not given. */
bool ct_moment_option(const struct ct_arguments *arguments, const char *option_name,
                      uint64_t *commit, int64_t *time_ns);

#endif
