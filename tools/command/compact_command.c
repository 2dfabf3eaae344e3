/* centime compact: live rows into segments, segments into few and small ones. */
#include "commands.h"
#include "progress.h"

#include <string.h>

static centime_state state_of(centime_store *store)
{
    centime_state state;
    memset(&state, 0, sizeof state);
    state.struct_size = sizeof state;
    centime_state_of(store, &state);
    return state;
}

static int run(const struct ct_arguments *arguments)
{
    centime_store *store = ct_open_existing(arguments, false);
    if (!store)
        return CT_EXIT_FAILED;
    const centime_state before = state_of(store);
    struct ct_ticker ticker;
    ct_ticker_start(&ticker, "compacting");
    centime_error err = CENTIME_ERROR_INIT;
    const int status = centime_compact(store, &err);
    const double seconds = ct_ticker_stop(&ticker);
    if (status != CENTIME_OK)
        return ct_close_store(store, ct_report(&err));
    const centime_state after = state_of(store);
    printf(
        "%llu segments and %llu live rows became %llu segments: %llu rows, %llu bytes, in %.2f s\n",
        (unsigned long long)before.segment_count, (unsigned long long)before.live_rows,
        (unsigned long long)after.segment_count, (unsigned long long)after.segment_rows,
        (unsigned long long)after.segment_bytes, seconds);
    return ct_close_store(store, ct_finish_output());
}

const struct ct_command ct_compact_command = {
    .name = "compact",
    .operands = "DIR",
    .summary = "Seals all live rows and merges segments into few and small ones.",
    .operand_min = 1,
    .operand_max = 1,
    .run = run,
};
