/* Command lines: getopt_long driven by one table, which also prints the help. Layer tools.
 *
 * A program is a table of commands, a command a table of options. What was given is kept in order,
 * so that options may be repeated and their order may mean something. Texts point into argv. */
#ifndef CT_ARGS_H
#define CT_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CT_ARGS_OPTIONS_MAX 64  /* of one command */
#define CT_ARGS_GIVEN_MAX   256 /* options on one command line */

/* What a process ends with. */
enum ct_exit {
    CT_EXIT_DONE = 0,
    CT_EXIT_FAILED = 1,
    CT_EXIT_USAGE = 2,
    CT_EXIT_EXCEEDED = 3, /* of a check: a budget is exceeded */
};

struct ct_option {
    const char *name;  /* long form, without its dashes */
    char letter;       /* short form, 0 where there is none */
    const char *value; /* what stands for the value in the help; NULL: a switch */
    const char *help;
};

struct ct_arguments;

struct ct_command {
    const char *name;
    const char *operands; /* as the help shows them: "DIR FILE..." */
    const char *summary;  /* one line */
    const char *details;  /* paragraphs under the options; NULL: none */
    int operand_min, operand_max;
    const struct ct_option *options;
    size_t option_count;
    int (*run)(const struct ct_arguments *arguments); /* an enum ct_exit */
};

struct ct_arguments {
    const struct ct_command *command;
    const char *const *operands;
    int operand_count;
    size_t given_count;
    struct ct_given {
        const struct ct_option *option;
        const char *value; /* NULL for a switch */
    } given[CT_ARGS_GIVEN_MAX];
};

/* Finds the command that argv[1] names, parses the rest and runs it. Answers `help`, `help
 * COMMAND`, --help and --version's absence itself. Wrong use is told on stderr and gives
 * CT_EXIT_USAGE. */
int ct_args_run(const struct ct_command *const *commands, size_t command_count, const char *about,
                int argc, char **argv);

/* As ct_args_run, for a program that is a single command. */
int ct_args_run_single(const struct ct_command *command, int argc, char **argv);

/* The last value given for an option, or NULL; for a switch "" where it was given. */
const char *ct_args_value(const struct ct_arguments *arguments, const char *option_name);
bool ct_args_has(const struct ct_arguments *arguments, const char *option_name);

/* Digits and nothing else, at most `max` (9 or more). */
bool ct_args_read_number(const char *text, uint64_t max, uint64_t *out);

/* The value as a whole number in [min, max], or `otherwise` where the option was not given. False,
 * told on stderr, where it is something else. */
bool ct_args_number(const struct ct_arguments *arguments, const char *option_name, uint64_t min,
                    uint64_t max, uint64_t otherwise, uint64_t *out);

/* Prints "centime COMMAND: text" and where to find help; returns CT_EXIT_USAGE. */
int ct_args_wrong(const struct ct_arguments *arguments, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
