/* Command lines from tables. The only user of getopt's process-wide state, in main's thread, once
 * per process. */
#include "args.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

static const struct ct_option help_option = {"help", 'h', NULL, "print this help"};

static const char *program_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "  -d, --database NAME" in the left column, help in the right one. */
static void print_option(const struct ct_option *option, FILE *out)
{
    char left[64];
    char letter[8] = "    ";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name, option->value ? " " : "",
             option->value ? option->value : "");
    fprintf(out, "  %-28s %s\n", left, option->help);
}

static void print_command_help(const char *prefix, const struct ct_command *command, FILE *out)
{
    fprintf(out, "usage: %s%s%s [OPTION...] %s\n\n%s\n\n", prefix, *prefix ? " " : "",
            command->name, command->operands, command->summary);
    for (size_t i = 0; i < command->option_count; i++)
        print_option(&command->options[i], out);
    print_option(&help_option, out);
    if (command->details)
        fprintf(out, "\n%s\n", command->details);
}

static void print_program_help(const struct ct_command *const *commands, size_t command_count,
                               const char *about, FILE *out)
{
    fprintf(out, "%s\n\n", about);
    for (size_t i = 0; i < command_count; i++)
        fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(out, "  %-10s %s\n", "help", "this text, or what a command takes: help COMMAND");
    fputs("\nexit codes: 0 done, 1 failed, 2 wrong use\n", out);
}

static int wrong(const struct ct_command *command, const char *text, const char *what)
{
    fprintf(stderr, "%s: %s%s\n", command->name, text, what);
    fprintf(stderr, "%s --help tells what it takes\n", command->name);
    return CT_EXIT_USAGE;
}

/* getopt's tables from ours: long options return their index + 256, so that letters stay apart. */
static void fill_getopt_tables(const struct ct_command *command, struct option *longs,
                               char *letters)
{
    *letters++ = ':';
    for (size_t i = 0; i < command->option_count; i++) {
        const struct ct_option *option = &command->options[i];
        longs[i] = (struct option){option->name, option->value ? required_argument : no_argument,
                                   NULL, 256 + (int)i};
        if (!option->letter)
            continue;
        *letters++ = option->letter;
        if (option->value)
            *letters++ = ':';
    }
    *letters++ = 'h';
    *letters = 0;
    longs[command->option_count] = (struct option){"help", no_argument, NULL, 'h'};
    longs[command->option_count + 1] = (struct option){NULL, 0, NULL, 0};
}

static const struct ct_option *option_of(const struct ct_command *command, int found)
{
    if (found >= 256)
        return &command->options[found - 256];
    for (size_t i = 0; i < command->option_count; i++) {
        if (command->options[i].letter == found)
            return &command->options[i];
    }
    return NULL;
}

static int parse_options(struct ct_arguments *arguments, const char *prefix, int argc, char **argv)
{
    const struct ct_command *command = arguments->command;
    struct option longs[CT_ARGS_OPTIONS_MAX + 2];
    char letters[2 * CT_ARGS_OPTIONS_MAX + 4];
    fill_getopt_tables(command, longs, letters);
    opterr = 0;
    optind = 1;
    for (int found; (found = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        if (found == 'h') {
            print_command_help(prefix, command, stdout);
            return -1;
        }
        if (found == ':')
            return wrong(command, "a value is missing after ", argv[optind - 1]);
        const struct ct_option *option = found == '?' ? NULL : option_of(command, found);
        if (!option)
            return wrong(command, "does not know ", argv[optind - 1]);
        if (arguments->given_count == CT_ARGS_GIVEN_MAX)
            return wrong(command, "too many options, from ", argv[optind - 1]);
        arguments->given[arguments->given_count++] = (struct ct_given){option, optarg};
    }
    arguments->operands = (const char *const *)(argv + optind);
    arguments->operand_count = argc - optind;
    return CT_EXIT_DONE;
}

static int parse_and_run(const struct ct_command *command, const char *prefix, int argc,
                         char **argv)
{
    struct ct_arguments arguments = {.command = command};
    const int parsed = parse_options(&arguments, prefix, argc, argv);
    if (parsed != CT_EXIT_DONE)
        return parsed < 0 ? CT_EXIT_DONE : parsed;
    if (arguments.operand_count < command->operand_min)
        return wrong(command, "too few arguments, takes ", command->operands);
    if (arguments.operand_count > command->operand_max)
        return wrong(command, "one argument too many: ", arguments.operands[command->operand_max]);
    return command->run(&arguments);
}

static const struct ct_command *find_command(const struct ct_command *const *commands,
                                             size_t command_count, const char *name)
{
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

int ct_args_run(const struct ct_command *const *commands, size_t command_count, const char *about,
                int argc, char **argv)
{
    const char *program = argc > 0 ? program_name(argv[0]) : "";
    const char *name = argc > 1 ? argv[1] : "";
    const bool asks_help =
        strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0;
    if (asks_help && argc > 2)
        name = argv[2];
    else if (asks_help || argc < 2) {
        print_program_help(commands, command_count, about, asks_help ? stdout : stderr);
        return asks_help ? CT_EXIT_DONE : CT_EXIT_USAGE;
    }
    const struct ct_command *command = find_command(commands, command_count, name);
    if (!command) {
        fprintf(stderr, "%s: no command '%s'; '%s help' lists them\n", program, name, program);
        return CT_EXIT_USAGE;
    }
    if (asks_help) {
        print_command_help(program, command, stdout);
        return CT_EXIT_DONE;
    }
    return parse_and_run(command, program, argc - 1, argv + 1);
}

int ct_args_run_single(const struct ct_command *command, int argc, char **argv)
{
    return parse_and_run(command, "", argc, argv);
}

const char *ct_args_value(const struct ct_arguments *arguments, const char *option_name)
{
    for (size_t i = arguments->given_count; i-- > 0;) {
        const struct ct_given *given = &arguments->given[i];
        if (strcmp(given->option->name, option_name) == 0)
            return given->value ? given->value : "";
    }
    return NULL;
}

bool ct_args_has(const struct ct_arguments *arguments, const char *option_name)
{
    return ct_args_value(arguments, option_name) != NULL;
}

bool ct_args_read_number(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t number = 0;
    for (const char *at = text; *at; at++) {
        if (*at < '0' || *at > '9' || number > (max - (uint64_t)(*at - '0')) / 10)
            return false;
        number = number * 10 + (uint64_t)(*at - '0');
    }
    *out = number;
    return *text != 0;
}

bool ct_args_number(const struct ct_arguments *arguments, const char *option_name, uint64_t min,
                    uint64_t max, uint64_t otherwise, uint64_t *out)
{
    const char *text = ct_args_value(arguments, option_name);
    *out = otherwise;
    if (!text)
        return true;
    uint64_t number;
    if (!ct_args_read_number(text, max, &number) || number < min || number > max) {
        ct_args_wrong(arguments, "--%s takes a whole number from %llu to %llu, not '%s'",
                      option_name, (unsigned long long)min, (unsigned long long)max, text);
        return false;
    }
    *out = number;
    return true;
}

int ct_args_wrong(const struct ct_arguments *arguments, const char *format, ...)
{
    char text[512];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    return wrong(arguments->command, text, "");
}
