/* centime verify: is everything in the store as it was written? */
#include "commands.h"
#include "progress.h"

static int run(const struct ct_arguments *arguments)
{
    const bool is_deep = ct_args_has(arguments, "deep");
    centime_store *store = ct_open_existing(arguments, true);
    if (!store)
        return CT_EXIT_FAILED;
    struct ct_ticker ticker;
    ct_ticker_start(&ticker, "verifying");
    centime_verified verified = {.struct_size = sizeof verified};
    centime_error err = CENTIME_ERROR_INIT;
    const int status = centime_verify(store, is_deep, &verified, &err);
    const double seconds = ct_ticker_stop(&ticker);
    if (status != CENTIME_OK)
        return ct_close_store(store, ct_report(&err));
    printf("sound: %llu files, %llu segments, %llu rows, %llu blocks%s, in %.2f s\n",
           (unsigned long long)verified.files, (unsigned long long)verified.segments,
           (unsigned long long)verified.rows, (unsigned long long)verified.blocks,
           is_deep ? ", all decoded and summed up again" : "", seconds);
    return ct_close_store(store, ct_finish_output());
}

static const struct ct_option options[] = {
    {"deep", 0, NULL, "also decode every block and recompute every stored sum"},
};

const struct ct_command ct_verify_command = {
    .name = "verify",
    .operands = "DIR",
    .summary = "Checks every checksum of every file.",
    .operand_min = 1,
    .operand_max = 1,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
