#include "civil_time.h"
#include "rollup.h"

/* Of minutes, hours and days, which are all of one length; 0 for the others. */
static int64_t length_of(enum ct_grain grain)
{
    switch (grain) {
    case CT_GRAIN_MINUTE:
        return CT_MINUTE_NS;
    case CT_GRAIN_HOUR:
        return CT_HOUR_NS;
    case CT_GRAIN_DAY:
        return CT_DAY_NS;
    case CT_GRAIN_NONE:
    case CT_GRAIN_MONTH:
        break;
    }
    return 0;
}

/* How far the time is behind the start of its stretch. */
static int64_t rest_of(int64_t time_ns, int64_t length_ns)
{
    const int64_t rest_ns = time_ns % length_ns;
    return rest_ns < 0 ? rest_ns + length_ns : rest_ns;
}

int64_t ct_grain_start(int64_t time_ns, enum ct_grain grain)
{
    const int64_t length_ns = length_of(grain);
    int64_t start_ns;
    if (grain == CT_GRAIN_MONTH)
        return ct_time_unit_start(time_ns, CT_UNIT_MONTH);
    if (length_ns == 0)
        return time_ns;
    return __builtin_sub_overflow(time_ns, rest_of(time_ns, length_ns), &start_ns) ? INT64_MIN
                                                                                   : start_ns;
}

int64_t ct_grain_end(int64_t time_ns, enum ct_grain grain)
{
    const int64_t length_ns = length_of(grain);
    int64_t end_ns;
    if (grain == CT_GRAIN_MONTH)
        return ct_time_unit_end(time_ns, CT_UNIT_MONTH);
    if (length_ns == 0)
        return time_ns;
    const int64_t left_ns = length_ns - rest_of(time_ns, length_ns);
    return __builtin_add_overflow(time_ns, left_ns, &end_ns) ? INT64_MAX : end_ns;
}
