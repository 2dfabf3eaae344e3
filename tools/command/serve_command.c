/* centime serve: the server, until a signal ends it. */
#include "commands.h"

#include "server.h"
#include "service_notice.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define WARNING 2 /* a level of ct_server_say */

#define SETTING_OPTION(member, key, flag, kind, initial, min, max, choices, value, help)           \
    {flag, 0, value, help},

static const struct ct_option options[] = {
    {"config", 'c', "FILE", "settings, a line `key = value` each; else the file in CENTIME_CONFIG"},
    {"check-config", 0, NULL, "tell whether the settings make sense and are safe, and end"},
    {"print-config", 0, NULL, "print every setting and where it is from, and end"},
    CT_SETTING_LIST(SETTING_OPTION)};

static int report(const struct ct_error *err, int exit_code)
{
    fprintf(stderr, "centime: ");
    if (err->file[0] && !strstr(err->text, err->file))
        fprintf(stderr, "%s: ", err->file);
    fprintf(stderr, "%s\n", err->text);
    return exit_code;
}

/* -- Settings ---------------------------------------------------------------------------------- */

static bool is_setting(const struct ct_option *option)
{
    return option >= options + 3; /* the first are of this command alone */
}

static ct_status read_flags(const struct ct_arguments *arguments, struct ct_settings *settings,
                            struct ct_error *err)
{
    const char *folder = arguments->operands[0];
    if (strlen(folder) >= sizeof settings->config.folder)
        return ct_fail(err, CT_LIMIT, "the path of the store is too long");
    memcpy(settings->config.folder, folder, strlen(folder) + 1);
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct ct_given *given = &arguments->given[i];
        if (is_setting(given->option))
            CT_TRY(ct_settings_set_flag(settings, given->option->name, given->value, err));
    }
    return CT_OK;
}

static ct_status read_settings(const struct ct_arguments *arguments, struct ct_settings *settings,
                               struct ct_error *err)
{
    const char *file = ct_args_value(arguments, "config");
    if (!file)
        file = getenv("CENTIME_CONFIG");
    ct_settings_init(settings);
    CT_TRY(read_flags(arguments, settings, err));
    CT_TRY(ct_settings_read_environment(settings, environ, err));
    return file && file[0] ? ct_settings_read_file(settings, file, err) : CT_OK;
}

static int print_settings(const struct ct_settings *settings)
{
    char value[CT_SETTING_TEXT_BYTES], origin[CT_SETTING_TEXT_BYTES + 16];
    printf("# settings of %s\n", settings->config.folder);
    for (size_t i = 0; i < ct_setting_count(); i++) {
        ct_settings_print(settings, i, value, origin);
        const char *quote = value[0] == 0 || strpbrk(value, " #") ? "\"" : "";
        printf("%s = %s%s%s # %s\n", ct_setting_key(i), quote, value, quote, origin);
    }
    return ct_finish_output();
}

static int tell_fine(void)
{
    puts("the settings are fine");
    return ct_finish_output();
}

/* -- Life -------------------------------------------------------------------------------------- */

/* A descriptor for each connection, as far as the system lets us. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void block_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, signals, NULL); /* also of every thread that starts from here */
    signal(SIGPIPE, SIG_IGN);
}

/* What went wrong is in the log; the old tokens are in force. */
static void reload(struct ct_server *server)
{
    struct ct_error err;
    ct_service_notice_reloading();
    (void)ct_server_reload(server, &err);
    ct_service_notice("READY=1");
}

/* Waits for the signal that ends the server. From then on a second one ends the process as it
 * stands: what was acknowledged is on disk. */
static void wait_for_end(struct ct_server *server, const sigset_t *signals)
{
    int number = 0;
    while (sigwait(signals, &number) != 0 || number == SIGHUP) {
        if (number == SIGHUP)
            reload(server);
        number = 0;
    }
    sigset_t ending = *signals;
    sigdelset(&ending, SIGHUP);
    pthread_sigmask(SIG_UNBLOCK, &ending, NULL);
}

static int serve(const struct ct_settings *settings)
{
    struct ct_server *server;
    struct ct_error err = {0};
    sigset_t signals;
    umask(S_IRWXG | S_IRWXO);
    block_signals(&signals);
    raise_descriptor_limit();
    if (ct_server_start(&settings->config, &server, &err) != CT_OK)
        return report(&err, CT_EXIT_FAILED);
    if (settings->ignored[0])
        ct_server_say(server, WARNING, "variables that are no settings", settings->ignored);
    printf("centime: listening on http://%s\n", ct_server_address(server));
    fflush(stdout);
    ct_service_notice("READY=1");
    wait_for_end(server, &signals);
    ct_service_notice("STOPPING=1");
    return ct_server_stop(server, &err) == CT_OK ? CT_EXIT_DONE : report(&err, CT_EXIT_FAILED);
}

static int run(const struct ct_arguments *arguments)
{
    struct ct_settings settings;
    struct ct_error err = {0};
    if (read_settings(arguments, &settings, &err) != CT_OK)
        return report(&err, CT_EXIT_USAGE);
    if (ct_args_has(arguments, "print-config"))
        return print_settings(&settings);
    if (ct_server_config_check(&settings.config, &err) != CT_OK)
        return report(&err, CT_EXIT_USAGE);
    return ct_args_has(arguments, "check-config") ? tell_fine() : serve(&settings);
}

const struct ct_command ct_serve_command = {
    .name = "serve",
    .operands = "DIR",
    .summary = "Serves a store over HTTP until SIGTERM or SIGINT ends it.",
    .details =
        "A flag goes before the environment (CENTIME_QUERY_TIMEOUT=30s), that before the file\n"
        "(query_timeout = 30s), that before the default. SIGHUP reads the tokens anew.",
    .operand_min = 1,
    .operand_max = 1,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
