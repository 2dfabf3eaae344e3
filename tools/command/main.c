/* The centime command: which command is which, and nothing else. */
#include "commands.h"

int main(int argc, char **argv)
{
    static const struct ct_command *const commands[] = {
        &ct_write_command,   &ct_restate_command, &ct_rollup_command,  &ct_query_command,
        &ct_rollups_command, &ct_diff_command,    &ct_summary_command, &ct_budget_command,
        &ct_rates_command,   &ct_inspect_command, &ct_verify_command,  &ct_compact_command,
        &ct_version_command,
#ifdef CENTIME_SERVER
        &ct_serve_command,   &ct_token_command,
#endif
    };
    return ct_args_run(commands, sizeof commands / sizeof commands[0],
                       "centime: a time-series store for FinOps, in a folder.\n\n"
                       "usage: centime COMMAND DIR ...",
                       argc, argv);
}
