/* Buckets have numbers: floor((units since the origin - phase) / count). A number gives a local
 * date or second, that gives an instant, and the instants never decrease with the number. So the
 * bucket of an instant is the last one that begins at or before it, found by a guess from the local
 * clock. Two numbers may begin at once, where a whole day was left out (Samoa, 30 December 2011):
 * then the first is no bucket. */
#include "local_calendar.h"

#include "civil_time.h"

#define DAY_S    INT64_C(86400)
#define HOUR_S   INT64_C(3600)
#define THURSDAY 4 /* 1970-01-01 */
#define MONTHS_PER_UNIT(unit)                                                                      \
    ((unit) == CT_CALENDAR_YEAR ? 12 : (unit) == CT_CALENDAR_QUARTER ? 3 : 1)

static const char *const unit_names[CT_CALENDAR_UNIT_COUNT][3] = {
    {"hour", "h", "hourly"},    {"day", "d", "daily"},         {"week", "w", "weekly"},
    {"month", "mo", "monthly"}, {"quarter", "q", "quarterly"}, {"year", "y", "yearly"},
};

const char *ct_calendar_unit_name(enum ct_calendar_unit unit)
{
    return unit_names[unit][0];
}

bool ct_calendar_unit_of(struct ct_text name, enum ct_calendar_unit *out)
{
    for (int unit = 0; unit < CT_CALENDAR_UNIT_COUNT; unit++)
        for (size_t i = 0; i < CT_COUNT_OF(unit_names[unit]); i++)
            if (ct_text_equal(name, ct_text_of(unit_names[unit][i]))) {
                *out = (enum ct_calendar_unit)unit;
                return true;
            }
    return false;
}

ct_status ct_calendar_check(const struct ct_calendar *calendar, struct ct_period period,
                            struct ct_error *err)
{
    if (calendar->week_start > 7 || calendar->year_month > 12 || calendar->month_day > 31)
        return ct_fail(err, CT_INVALID, "a calendar with weekday %d, month %d, day %d",
                       calendar->week_start, calendar->year_month, calendar->month_day);
    if ((unsigned)period.unit >= CT_CALENDAR_UNIT_COUNT)
        return ct_fail(err, CT_INVALID, "unknown unit %d of a calendar", (int)period.unit);
    if (period.count > CT_CALENDAR_COUNT_MAX || period.phase > CT_CALENDAR_COUNT_MAX ||
        period.phase < -CT_CALENDAR_COUNT_MAX)
        return ct_fail(err, CT_INVALID, "a period of %u units, shifted by %d: at most %d",
                       period.count, period.phase, CT_CALENDAR_COUNT_MAX);
    if (period.unit == CT_CALENDAR_HOUR && period.count > 1 && 24 % period.count != 0)
        return ct_fail(err, CT_INVALID, "%u hours do not divide a day: use buckets of fixed width",
                       period.count);
    return CT_OK;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* -- Numbers of buckets, and the local second at which each begins ------------------------------
 */

struct cut {
    struct ct_calendar calendar; /* no zeros but for the zone */
    enum ct_calendar_unit unit;
    int64_t count, phase;
};

static struct cut cut_of(const struct ct_calendar *calendar, struct ct_period period)
{
    struct cut cut = {.calendar = *calendar, .unit = period.unit, .phase = period.phase};
    cut.count = period.count ? period.count : 1;
    if (cut.calendar.week_start == 0)
        cut.calendar.week_start = 1;
    if (cut.calendar.year_month == 0)
        cut.calendar.year_month = 1;
    if (cut.calendar.month_day == 0)
        cut.calendar.month_day = 1;
    return cut;
}

/* Days since 1970 of the day on which the month, counted from year 0, starts. */
static int64_t month_start_days(const struct cut *cut, int64_t month)
{
    struct ct_date date = {.year = (int32_t)floor_divide(month, 12)};
    date.month = (uint8_t)(month - 12 * (int64_t)date.year + 1);
    date.day = cut->calendar.month_day;
    while (!ct_date_is_valid(date))
        date.day--;
    return ct_days_of_date(date);
}

/* Since year 0, the month that has started by then. */
static int64_t month_of_days(const struct cut *cut, int64_t days)
{
    const struct ct_date date = ct_date_of_days(days);
    const int64_t month = (int64_t)date.year * 12 + date.month - 1;
    return days < month_start_days(cut, month) ? month - 1 : month;
}

/* Of the first week that starts in 1970 or on one of the six days before. */
static int64_t first_week_days(const struct cut *cut)
{
    return -(int64_t)((THURSDAY - cut->calendar.week_start + 7) % 7);
}

/* Which unit a local second lies in. */
static int64_t unit_of_local(const struct cut *cut, int64_t local_s)
{
    const int64_t days = floor_divide(local_s, DAY_S);
    switch (cut->unit) {
    case CT_CALENDAR_HOUR:
        return floor_divide(local_s, HOUR_S);
    case CT_CALENDAR_DAY:
        return days;
    case CT_CALENDAR_WEEK:
        return floor_divide(days - first_week_days(cut), 7);
    case CT_CALENDAR_MONTH:
    case CT_CALENDAR_QUARTER:
    case CT_CALENDAR_YEAR:
        return floor_divide(month_of_days(cut, days) - (cut->calendar.year_month - 1),
                            MONTHS_PER_UNIT(cut->unit));
    }
    return 0;
}

static int64_t local_of_unit(const struct cut *cut, int64_t unit)
{
    switch (cut->unit) {
    case CT_CALENDAR_HOUR:
        return unit * HOUR_S;
    case CT_CALENDAR_DAY:
        return unit * DAY_S;
    case CT_CALENDAR_WEEK:
        return (unit * 7 + first_week_days(cut)) * DAY_S;
    case CT_CALENDAR_MONTH:
    case CT_CALENDAR_QUARTER:
    case CT_CALENDAR_YEAR:
        return DAY_S * month_start_days(cut, unit * MONTHS_PER_UNIT(cut->unit) +
                                                 cut->calendar.year_month - 1);
    }
    return 0;
}

static int64_t number_of_local(const struct cut *cut, int64_t local_s)
{
    return floor_divide(unit_of_local(cut, local_s) - cut->phase, cut->count);
}

/* Long periods reach past the time that zones know: there the offset no longer matters, since the
 * edge is clamped anyway. */
static int64_t bucket_start_s(const struct cut *cut, int64_t number)
{
    const int64_t local_s = local_of_unit(cut, number * cut->count + cut->phase);
    if (local_s < CT_TIME_S_MIN - DAY_S || local_s > CT_TIME_S_MAX + DAY_S)
        return local_s;
    return ct_time_zone_instant(cut->calendar.zone, local_s);
}

/* -- Hours one by one --------------------------------------------------------------------------
 *
 * An hour begins where clocks show a full hour, for the first or the second time, and where they
 * are put into another hour. So the two hours between one and three on the night that has it twice
 * are three buckets, each one hour long. */

/* Constant offset round some time, until the next change: asked for once, not once an hour. */
struct stretch {
    int64_t until_s; /* INT64_MIN: nothing is known yet */
    int64_t offset_s;
};

static void stretch_to(struct stretch *stretch, const struct ct_time_zone *zone, int64_t time_s)
{
    if (time_s < stretch->until_s)
        return;
    stretch->offset_s = ct_time_zone_offset(zone, time_s);
    stretch->until_s = ct_time_zone_next_change(zone, time_s);
}

static int64_t next_hour_s(struct stretch *stretch, const struct ct_time_zone *zone, int64_t time_s)
{
    for (;;) {
        stretch_to(stretch, zone, time_s);
        const int64_t hour = floor_divide(time_s + stretch->offset_s, HOUR_S);
        const int64_t next_s = (hour + 1) * HOUR_S - stretch->offset_s;
        const int64_t change_s = stretch->until_s;
        if (next_s < change_s)
            return next_s;
        const int64_t old_hour = floor_divide(change_s - 1 + stretch->offset_s, HOUR_S);
        stretch_to(stretch, zone, change_s);
        const int64_t local_s = change_s + stretch->offset_s;
        if (local_s % HOUR_S == 0 || floor_divide(local_s, HOUR_S) != old_hour)
            return change_s;
        time_s = change_s;
    }
}

/* -- Buckets ---------------------------------------------------------------------------------- */

/* One bucket, in seconds: start <= time < end. */
struct bucket {
    int64_t start_s, end_s;
    int64_t number;         /* not of single hours */
    struct stretch stretch; /* of single hours: round `start_s` */
};

static bool is_single_hours(const struct cut *cut)
{
    return cut->unit == CT_CALENDAR_HOUR && cut->count == 1;
}

static void next_bucket(const struct cut *cut, struct bucket *bucket)
{
    bucket->start_s = bucket->end_s;
    if (is_single_hours(cut)) {
        bucket->end_s = next_hour_s(&bucket->stretch, cut->calendar.zone, bucket->start_s);
        return;
    }
    while (bucket->end_s == bucket->start_s)
        bucket->end_s = bucket_start_s(cut, ++bucket->number + 1);
}

static struct bucket bucket_round(const struct cut *cut, int64_t time_s)
{
    /* Hours are counted from the midnight before the last, which begins one in any zone. */
    struct cut guess = *cut;
    if (is_single_hours(cut))
        guess.unit = CT_CALENDAR_DAY;
    const int64_t local_s = ct_time_zone_local(cut->calendar.zone, time_s);
    struct bucket bucket = {.number = number_of_local(&guess, local_s) - 1,
                            .stretch = {.until_s = INT64_MIN}};
    bucket.end_s = bucket_start_s(&guess, bucket.number);
    bucket.number--;
    while (bucket.end_s <= time_s)
        next_bucket(cut, &bucket);
    return bucket;
}

static int64_t clamped_ns(int64_t time_s)
{
    int64_t time_ns;
    if (__builtin_mul_overflow(time_s, CT_SECOND_NS, &time_ns))
        return time_s < 0 ? INT64_MIN : INT64_MAX;
    return time_ns;
}

void ct_calendar_period(const struct ct_calendar *calendar, struct ct_period period,
                        int64_t time_ns, int64_t *start_ns, int64_t *end_ns)
{
    const struct cut cut = cut_of(calendar, period);
    const struct bucket bucket = bucket_round(&cut, floor_divide(time_ns, CT_SECOND_NS));
    *start_ns = clamped_ns(bucket.start_s);
    *end_ns = clamped_ns(bucket.end_s);
}

struct edges {
    int64_t *ns;
    size_t count, cap, max;
    const struct ct_allocator *allocator;
};

static ct_status add_edge(struct edges *edges, int64_t edge_s, struct ct_error *err)
{
    if (edges->count == edges->max)
        return ct_fail(err, CT_LIMIT, "more than %zu periods: ask for longer ones", edges->max);
    if (!ct_grow(edges->allocator, &edges->ns, &edges->cap, edges->count + 1, sizeof *edges->ns))
        return ct_fail(err, CT_NO_MEMORY, "out of memory for the periods of a calendar");
    edges->ns[edges->count++] = clamped_ns(edge_s);
    return CT_OK;
}

static ct_status add_edges(const struct cut *cut, int64_t start_ns, int64_t end_ns,
                           struct edges *edges, struct ct_error *err)
{
    struct bucket bucket = bucket_round(cut, floor_divide(start_ns, CT_SECOND_NS));
    CT_TRY(add_edge(edges, bucket.start_s, err));
    for (;;) {
        CT_TRY(add_edge(edges, bucket.end_s, err));
        if (clamped_ns(bucket.end_s) >= end_ns)
            return CT_OK;
        next_bucket(cut, &bucket);
    }
}

ct_status ct_calendar_cut(const struct ct_calendar *calendar, struct ct_period period,
                          int64_t start_ns, int64_t end_ns, size_t edges_max,
                          const struct ct_allocator *allocator, int64_t **edges, size_t *count,
                          struct ct_error *err)
{
    CT_TRY(ct_calendar_check(calendar, period, err));
    if (start_ns >= end_ns)
        return ct_fail(err, CT_INVALID, "a range of time that ends before it starts");
    const struct cut cut = cut_of(calendar, period);
    struct edges found = {.max = edges_max, .allocator = allocator};
    const ct_status status = add_edges(&cut, start_ns, end_ns, &found, err);
    if (status != CT_OK) {
        ct_release(allocator, found.ns);
        return status;
    }
    *edges = found.ns;
    *count = found.count;
    return CT_OK;
}

/* -- Rollups ---------------------------------------------------------------------------------- */

static bool is_aligned(const int64_t *edges, size_t count, enum ct_grain grain)
{
    for (size_t i = 0; i < count; i++)
        if (edges[i] != INT64_MAX && ct_grain_start(edges[i], grain) != edges[i])
            return false;
    return true;
}

enum ct_grain ct_calendar_grain(const int64_t *edges, size_t count)
{
    int grain = CT_GRAIN_MONTH;
    while (grain > CT_GRAIN_NONE && !is_aligned(edges, count, (enum ct_grain)grain))
        grain--;
    return (enum ct_grain)grain;
}
