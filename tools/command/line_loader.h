/* Loads line protocol from files into a store, parsing and committing at the same time. Layer
 * tools.
 *
 * The caller's thread reads a stretch of input and parses it into the batch of one writer; a second
 * thread commits batches, in the order of the input, because later rows replace earlier ones. A few
 * writers take turns. A batch holds the lines of one stretch of one file; a line that goes on past
 * the stretch is carried over to the next. */
#ifndef CT_LINE_LOADER_H
#define CT_LINE_LOADER_H

#include "centime.h"
#include "input.h"
#include "progress.h"

#define CT_LOADER_REJECTS_MAX 20 /* told; the others are counted */

/* What is told of a batch once it is durable. */
struct ct_loaded {
    uint64_t commit, rows, overwritten_rows, overwritten_money; /* of the batch; sums in totals */
    uint64_t rejected;
    uint64_t input_bytes; /* read up to the end of the batch */
};

struct ct_load_plan {
    centime_store *store;
    const char *database;
    centime_write_options write_options; /* all_or_nothing: of all files together, one commit */
    size_t batch_bytes;                  /* of text that becomes one commit */
    bool prints_json;                    /* a line on stdout for each commit */
};

/* Loads all of the input and adds up what it did. Rejected lines are told on stderr and are no
 * failure. False, told on stderr, where something else failed: what *totals has until then is
 * durable. */
bool ct_load_lines(const struct ct_load_plan *plan, struct ct_input *input,
                   struct ct_progress *progress, struct ct_loaded *totals);

#endif
