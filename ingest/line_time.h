/* Timestamps of line protocol: what they count and when they are out of range. Layer ingest;
 * internal. */
#ifndef CT_LINE_TIME_H
#define CT_LINE_TIME_H

#include "line_protocol.h"

/* InfluxDB's servers keep the two outermost numbers of each end for themselves, and so do their
 * clients. */
#define CT_LINE_TIME_MIN_NS (-INT64_C(9223372036854775806))
#define CT_LINE_TIME_MAX_NS INT64_C(9223372036854775806)

static inline bool ct_line_time_fits(int64_t time_ns)
{
    return time_ns >= CT_LINE_TIME_MIN_NS && time_ns <= CT_LINE_TIME_MAX_NS;
}

/* count units as nanoseconds. CT_RANGE where no row may have that time. */
ct_status ct_line_time_of(int64_t count, enum ct_precision precision, int64_t *time_ns) CT_MUST_USE;

/* The last whole unit at or before time_ns. */
int64_t ct_line_time_truncate(int64_t time_ns, enum ct_precision precision);

#endif
