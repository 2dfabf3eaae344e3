/* Where partitions of time begin and end. Private to store. */
#ifndef CT_CALENDAR_H
#define CT_CALENDAR_H

#include "catalog.h"
#include "civil_time.h"

/* A table that has not decided yet counts as cut by months. */
static inline enum ct_time_unit ct_partition_unit(enum ct_partition partition)
{
    return partition == CT_PARTITION_DAY ? CT_UNIT_DAY : CT_UNIT_MONTH;
}

/* Start of the UTC day or month that holds the time. */
static inline int64_t ct_partition_start(int64_t time_ns, enum ct_partition partition)
{
    return ct_time_unit_start(time_ns, ct_partition_unit(partition));
}

/* First instant after the partition that holds the time; INT64_MAX at the end of time. */
static inline int64_t ct_partition_end(int64_t time_ns, enum ct_partition partition)
{
    return ct_time_unit_end(time_ns, ct_partition_unit(partition));
}

#endif
