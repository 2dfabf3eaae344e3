/* centime serve: the server, until a signal ends it. */
#include "commands.h"

#include "server.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static const struct ct_option options[] = {
    {"listen", 'l', "ADDRESS", "where to listen; default 127.0.0.1:8080; port 0: any"},
};

static bool take_text(const struct ct_arguments *arguments, const char *name, const char *text,
                      char *out, size_t cap)
{
    if (strlen(text) >= cap) {
        ct_args_wrong(arguments, "%s has at most %zu bytes", name, cap - 1);
        return false;
    }
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static bool read_config(const struct ct_arguments *arguments, struct ct_server_config *config)
{
    const char *listen = ct_args_value(arguments, "listen");
    ct_server_config_init(config);
    return take_text(arguments, "DIR", arguments->operands[0], config->folder,
                     sizeof config->folder) &&
           (!listen ||
            take_text(arguments, "--listen", listen, config->listen, sizeof config->listen));
}

static int report(const struct ct_error *err)
{
    fprintf(stderr, "centime: %s\n", err->text);
    return CT_EXIT_FAILED;
}

/* A descriptor for each connection, as far as the system lets us. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Waits for the signal that ends the server. From then on a second one ends the process as it
 * stands: what was acknowledged is on disk. */
static void wait_for_end(const sigset_t *signals)
{
    int number = 0;
    while (sigwait(signals, &number) != 0)
        continue;
    pthread_sigmask(SIG_UNBLOCK, signals, NULL);
}

static int run(const struct ct_arguments *arguments)
{
    struct ct_server_config config;
    struct ct_server *server;
    struct ct_error err = {0};
    sigset_t signals;
    if (!read_config(arguments, &config))
        return CT_EXIT_USAGE;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* also of every thread that starts from here */
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    if (ct_server_start(&config, &server, &err) != CT_OK)
        return report(&err);
    printf("centime: listening on http://%s\n", ct_server_address(server));
    fflush(stdout);
    wait_for_end(&signals);
    return ct_server_stop(server, &err) == CT_OK ? CT_EXIT_DONE : report(&err);
}

const struct ct_command ct_serve_command = {
    .name = "serve",
    .operands = "DIR",
    .summary = "Serves a store over HTTP until SIGTERM or SIGINT ends it.",
    .operand_min = 1,
    .operand_max = 1,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
