/* Dates and times of day in UTC, from int64 nanoseconds since 1970 and back. Everyone may include
 * this.
 *
 * Proleptic Gregorian calendar, no leap seconds, no time zones (calendars in other zones are
 * query's). An int64 reaches from 1677-09-21T00:12:43.145224192Z to 2262-04-11T23:47:16.854775807Z;
 * every int64 is a valid time. */
#ifndef CT_CIVIL_TIME_H
#define CT_CIVIL_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"
#include "text.h"

#define CT_SECOND_NS INT64_C(1000000000)
#define CT_MINUTE_NS (60 * CT_SECOND_NS)
#define CT_HOUR_NS   (60 * CT_MINUTE_NS)
#define CT_DAY_NS    (24 * CT_HOUR_NS)

#define CT_TIME_TEXT_MAX 30

struct ct_date {
    int32_t year;
    uint8_t month; /* 1..12 */
    uint8_t day;   /* 1..31 */
};

/* False for 30 February, month 0 and the like. */
bool ct_date_is_valid(struct ct_date date);

/* Days since 1970-01-01, negative before. The date is valid. */
int64_t ct_days_of_date(struct ct_date date);

/* |days| <= 2^37: years within int32. */
struct ct_date ct_date_of_days(int64_t days);

/* The day that holds the time. */
struct ct_date ct_date_of_time(int64_t time_ns);

/* Midnight at the date's beginning; CT_RANGE where int64 nanoseconds do not reach. The date is
 * valid. */
ct_status ct_time_of_date(struct ct_date date, int64_t *time_ns) CT_MUST_USE;

/* RFC 3339: 2026-06-01T12:30:00.25+02:00, with 1 to 9 digits of fraction; T may be t or a blank, Z
 * may be z. Also without offset (UTC) and the date alone (its midnight UTC). CT_PARSE for anything
 * else, days that no month has and leap seconds included; CT_RANGE where int64 nanoseconds do not
 * reach. */
ct_status ct_time_parse(struct ct_text text, int64_t *time_ns) CT_MUST_USE;

/* RFC 3339 in UTC with as many digits of fraction as are needed, none for a whole second:
 * 2026-06-01T12:30:00Z. Writes at most CT_TIME_TEXT_MAX bytes and no terminator; returns the
 * length. */
size_t ct_time_print(int64_t time_ns, char *out);

enum ct_time_unit {
    CT_UNIT_HOUR,
    CT_UNIT_DAY,
    CT_UNIT_MONTH,
    CT_UNIT_YEAR,
};

/* The start of the hour, day, month or year (UTC) that holds the time. INT64_MIN where it lies
 * before that. */
int64_t ct_time_unit_start(int64_t time_ns, enum ct_time_unit unit);

/* The start of the next one, which is the first moment after this one. INT64_MAX where it lies
 * beyond that. */
int64_t ct_time_unit_end(int64_t time_ns, enum ct_time_unit unit);

#endif
