/* Calendars: where hours, days, weeks, months, quarters and years begin in a time zone. Layer
 * query; api may include this.
 *
 * A bucket is `count` units of local time; its edges are the instants at which local clocks first
 * show its beginning. Where midnight does not exist the day begins with its first instant, where it
 * exists twice with the first one: so days have 23, 24 or 25 hours, nothing is lost or counted
 * twice, and days, months and years add up (reference: budgets' periods).
 *
 * Invariant: buckets cover all time without gap or overlap, none is empty, and the one that holds
 * an instant does not depend on the range that is cut. */
#ifndef CT_LOCAL_CALENDAR_H
#define CT_LOCAL_CALENDAR_H

#include "rollup.h"
#include "time_zone.h"

#define CT_CALENDAR_COUNT_MAX 10000

enum ct_calendar_unit {
    CT_CALENDAR_HOUR = 0, /* a count of 1: every hour that clocks strike, the repeated one in autumn
                             too; else one that divides 24, by what clocks show */
    CT_CALENDAR_DAY = 1,
    CT_CALENDAR_WEEK = 2,
    CT_CALENDAR_MONTH = 3,
    CT_CALENDAR_QUARTER = 4,
    CT_CALENDAR_YEAR = 5,
};
#define CT_CALENDAR_UNIT_COUNT 6

/* "hour", "day", ...: static text. And back, also of "1d"-like letters h, d, w, mo, q, y and of
 * "daily", "weekly", ...; false for anything else. */
const char *ct_calendar_unit_name(enum ct_calendar_unit unit);
bool ct_calendar_unit_of(struct ct_text name, enum ct_calendar_unit *out);

/* All zero: UTC, weeks from Monday, months from the 1st, years from January. */
struct ct_calendar {
    const struct ct_time_zone *zone; /* borrowed; NULL: UTC */
    uint8_t week_start;              /* 1 Monday to 7 Sunday; 0: Monday */
    uint8_t year_month;              /* month in which years and quarters start; 0: January */
    uint8_t month_day; /* day on which months, quarters and years start, or the month's last where
                          it has none such; 0: the 1st */
};

/* Count 0 is 1. Buckets of several units begin `phase` units after those that count from
 * 1970-01-01 (days, weeks) or from the start of year 0 (months, quarters, years): so 3 months are
 * quarters and 2 weeks are the same ones whatever is asked. |phase| <= CT_CALENDAR_COUNT_MAX. */
struct ct_period {
    enum ct_calendar_unit unit;
    uint32_t count;
    int32_t phase;
};

/* CT_INVALID for options or periods that make no sense. */
ct_status ct_calendar_check(const struct ct_calendar *calendar, struct ct_period period,
                            struct ct_error *err) CT_MUST_USE;

/* Start and end of the bucket that holds the time, start <= time < end; clamped to what int64
 * reaches, where INT64_MAX is the end of time and lies in the last bucket. Checked options. */
void ct_calendar_period(const struct ct_calendar *calendar, struct ct_period period,
                        int64_t time_ns, int64_t *start_ns, int64_t *end_ns);

/* The edges of all buckets that [start_ns, end_ns) touches: bucket i is [edges[i], edges[i + 1]),
 * edge 0 is at or before the start, the last one at or after the end. An end of INT64_MAX is
 * included, start < end.
 * edges_max  CT_LIMIT beyond
 * Owns       *edges is the caller's (the allocator's), *count >= 2 of them, ascending.
 * Errors     CT_INVALID, CT_LIMIT, CT_NO_MEMORY. */
ct_status ct_calendar_cut(const struct ct_calendar *calendar, struct ct_period period,
                          int64_t start_ns, int64_t end_ns, size_t edges_max,
                          const struct ct_allocator *allocator, int64_t **edges, size_t *count,
                          struct ct_error *err) CT_MUST_USE;

/* The coarsest grain of rollups that never lies across an edge: months for months of UTC, hours for
 * days of New York, minutes for those of Kolkata, CT_GRAIN_NONE where rows must be looked at. */
enum ct_grain ct_calendar_grain(const int64_t *edges, size_t count);

#endif
