/* Time buckets, and what else `centime rollup` may do with them. Layer tools. */
#ifndef CT_BUCKET_OPTIONS_H
#define CT_BUCKET_OPTIONS_H

#include "commands.h"

#define CT_BUCKET_OPTIONS                                                                          \
    {"bucket", 0, "WIDTH", "a row for each stretch of time: 15m, 1h, 1d"},                         \
        {"every", 0, "PERIOD", "as calendars have them: 1h, 1d, 1w, 1mo, 1q, 1y"},                 \
        {"tz", 0, "ZONE", "of --every, as Europe/Berlin; default UTC"},                            \
        {"week-start", 0, "DAY", "1 Monday (default) to 7 Sunday"},                                \
        {"year-start", 0, "MONTH[-DAY]", "of years and quarters, as 4 or 04-06"},                  \
        {"fill", 0, "HOW", "rows without data: null, previous, linear or a number"},               \
        {"each", 0, "N", "only the first N rows of each stretch, by --order"},                     \
        {"calendar", 0, "NAME", "charge (default), or billing: by the tag billing_period"},        \
        {"basis", 0, "NAME", "--sum '' is of the billed, effective, list or contracted cost"},     \
        {"convert", 0, "CURRENCY", "bring amounts to it by stored rates: centime rates"},          \
    {                                                                                              \
        "rates", 0, "TABLE", "of rates, for --convert; default 'default'"                          \
    }

/* False, told on stderr, for wrong use. */
bool ct_bucket_options_read(const struct ct_arguments *arguments, centime_query *query);

#endif
