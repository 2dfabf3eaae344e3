#include "civil_time.h"
#include "rollup.h"

static int64_t minute_start(int64_t time_ns)
{
    int64_t rest = time_ns % CT_MINUTE_NS;
    if (rest < 0)
        rest += CT_MINUTE_NS;
    int64_t start_ns;
    return __builtin_sub_overflow(time_ns, rest, &start_ns) ? INT64_MIN : start_ns;
}

static int64_t minute_end(int64_t time_ns)
{
    int64_t rest = time_ns % CT_MINUTE_NS;
    if (rest < 0)
        rest += CT_MINUTE_NS;
    int64_t end_ns;
    return __builtin_add_overflow(time_ns, CT_MINUTE_NS - rest, &end_ns) ? INT64_MAX : end_ns;
}

int64_t ct_grain_start(int64_t time_ns, enum ct_grain grain)
{
    switch (grain) {
    case CT_GRAIN_NONE:
        return time_ns;
    case CT_GRAIN_MINUTE:
        return minute_start(time_ns);
    case CT_GRAIN_HOUR:
        return ct_time_unit_start(time_ns, CT_UNIT_HOUR);
    case CT_GRAIN_DAY:
        return ct_time_unit_start(time_ns, CT_UNIT_DAY);
    case CT_GRAIN_MONTH:
        return ct_time_unit_start(time_ns, CT_UNIT_MONTH);
    }
    return time_ns;
}

int64_t ct_grain_end(int64_t time_ns, enum ct_grain grain)
{
    switch (grain) {
    case CT_GRAIN_NONE:
        return time_ns;
    case CT_GRAIN_MINUTE:
        return minute_end(time_ns);
    case CT_GRAIN_HOUR:
        return ct_time_unit_end(time_ns, CT_UNIT_HOUR);
    case CT_GRAIN_DAY:
        return ct_time_unit_end(time_ns, CT_UNIT_DAY);
    case CT_GRAIN_MONTH:
        return ct_time_unit_end(time_ns, CT_UNIT_MONTH);
    }
    return time_ns;
}
