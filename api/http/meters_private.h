/* The counters. Layer http; of meters.c and meters_print.c. */
#ifndef CT_METERS_PRIVATE_H
#define CT_METERS_PRIVATE_H

#include "meters.h"
#include "route.h"

#include <stdatomic.h>

#define CT_METER_METHODS 7
#define CT_METER_CODES   21
#define CT_METER_BOUNDS  12 /* of the buckets; one more holds what is longer */

struct ct_meter_path {
    const char *pattern; /* of a route; "other" for what no route takes */
    _Atomic uint64_t requests[CT_METER_METHODS][CT_METER_CODES];
    _Atomic uint64_t buckets[CT_METER_BOUNDS + 1]; /* not cumulated */
    _Atomic uint64_t elapsed_ns;
};

enum ct_meter_written {
    CT_WRITTEN_ROWS = 0,
    CT_WRITTEN_REJECTED = 1,
    CT_WRITTEN_OVER_MONEY = 2,
    CT_WRITTEN_REPEATS = 3
};
#define CT_METER_WRITTEN 4

struct ct_meters {
    const struct ct_allocator *allocator;
    struct ct_meter_path *paths;
    size_t path_count;
    _Atomic uint64_t received_bytes, sent_bytes;
    _Atomic int64_t connections;
    _Atomic uint64_t connections_opened;
    _Atomic uint64_t writes[CT_METER_WRITTEN][CT_WRITE_PATHS];
    _Atomic uint64_t refusals[CT_REFUSALS];
};

extern const int64_t ct_meter_bounds_ns[CT_METER_BOUNDS];

unsigned ct_meter_code(size_t index); /* 0: any other */
const char *ct_meter_method(size_t index);

#endif
