/* centime version */
#include "commands.h"

static int run(const struct ct_arguments *arguments)
{
    (void)arguments;
    printf("centime %s\n", centime_version());
    return ct_finish_output();
}

const struct ct_command ct_version_command = {
    .name = "version",
    .operands = "",
    .summary = "Prints the version of the library.",
    .run = run,
};
