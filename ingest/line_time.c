/* Timestamps: what they count and when they are out of range. */
#include "line_time.h"

#include <string.h>

int64_t ct_precision_ns(enum ct_precision precision)
{
    switch (precision) {
    case CT_PRECISION_NS:
    case CT_PRECISION_AUTO:
        return 1;
    case CT_PRECISION_US:
        return 1000;
    case CT_PRECISION_MS:
        return 1000000;
    case CT_PRECISION_S:
        return 1000000000;
    case CT_PRECISION_M:
        return INT64_C(60) * 1000000000;
    case CT_PRECISION_H:
        return INT64_C(3600) * 1000000000;
    }
    return 1;
}

ct_status ct_precision_parse(struct ct_text name, enum ct_precision *out, struct ct_error *err)
{
    static const struct {
        const char *name;
        enum ct_precision precision;
    } names[] = {
        {"ns", CT_PRECISION_NS},
        {"n", CT_PRECISION_NS},
        {"us", CT_PRECISION_US},
        {"u", CT_PRECISION_US},
        {"\xc2\xb5s", CT_PRECISION_US}, /* micro sign */
        {"\xce\xbcs", CT_PRECISION_US}, /* Greek mu */
        {"ms", CT_PRECISION_MS},
        {"s", CT_PRECISION_S},
        {"m", CT_PRECISION_M},
        {"h", CT_PRECISION_H},
        {"nanosecond", CT_PRECISION_NS},
        {"microsecond", CT_PRECISION_US},
        {"millisecond", CT_PRECISION_MS},
        {"second", CT_PRECISION_S},
        {"auto", CT_PRECISION_AUTO},
    };
    for (size_t i = 0; i < CT_COUNT_OF(names); i++) {
        if (ct_text_equal(name, ct_text_of(names[i].name))) {
            *out = names[i].precision;
            return CT_OK;
        }
    }
    const int shown = name.len < 32 ? (int)name.len : 32;
    return ct_fail(err, CT_INVALID,
                   "precision \"%.*s\" is unknown: expected ns, us, ms, s, m, h or auto", shown,
                   shown ? name.bytes : "");
}

/* InfluxDB 3's guess: seconds until the year 2128, and so on in steps of a thousand. */
static int64_t guess_unit_ns(int64_t count)
{
    const uint64_t size = count < 0 ? 0 - (uint64_t)count : (uint64_t)count;
    if (size < UINT64_C(5000000000))
        return 1000000000;
    if (size < UINT64_C(5000000000000))
        return 1000000;
    if (size < UINT64_C(5000000000000000))
        return 1000;
    return 1;
}

ct_status ct_line_time_of(int64_t count, enum ct_precision precision, int64_t *time_ns)
{
    const int64_t unit_ns =
        precision == CT_PRECISION_AUTO ? guess_unit_ns(count) : ct_precision_ns(precision);
    int64_t scaled;
    if (__builtin_mul_overflow(count, unit_ns, &scaled) || !ct_line_time_fits(scaled))
        return CT_RANGE;
    *time_ns = scaled;
    return CT_OK;
}

int64_t ct_line_time_truncate(int64_t time_ns, enum ct_precision precision)
{
    const int64_t unit_ns = ct_precision_ns(precision);
    const int64_t rest = time_ns % unit_ns;
    const int64_t down_ns = rest < 0 ? rest + unit_ns : rest;
    /* Only within an hour of the first time there is may no whole unit come before it. */
    return time_ns >= CT_LINE_TIME_MIN_NS + down_ns ? time_ns - down_ns : time_ns;
}
