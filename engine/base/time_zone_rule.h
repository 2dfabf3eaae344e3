/* The rule of a time zone as a POSIX TZ text has it, without its names: an offset, and perhaps a
 * second one for a part of every year: "CET-1CEST,M3.5.0,M10.5.0/3", "<+0545>-5:45". For
 * time_zone.c and tests.
 *
 * Seconds are whole ones since 1970 UTC; a year that a rule is asked for lies within int32. */
#ifndef CT_TIME_ZONE_RULE_H
#define CT_TIME_ZONE_RULE_H

#include "status.h"
#include "text.h"

/* Offsets that a zone may have, in seconds east of UTC (RFC 9636). */
#define CT_ZONE_OFFSET_MIN (-89999)
#define CT_ZONE_OFFSET_MAX 93599

enum ct_zone_day_kind {
    CT_ZONE_DAY_MONTH_WEEK, /* M3.5.0: weekday 0 (Sunday) of week 5 (the last) of March */
    CT_ZONE_DAY_NO_LEAP,    /* J60: 1 March in every year */
    CT_ZONE_DAY_OF_YEAR,    /* 59: counted from 0, 29 February counts */
};

/* A moment of each year, on the clock that is about to be changed. */
struct ct_zone_day {
    enum ct_zone_day_kind kind;
    uint8_t month, week, weekday; /* of MONTH_WEEK */
    uint16_t day;                 /* of the others */
    int32_t time_s;               /* after midnight of that day; -167 h to 167 h */
};

struct ct_zone_rule {
    int32_t standard_s; /* seconds east of UTC */
    int32_t daylight_s; /* from `start` to `end`; it may be the smaller one (Dublin) */
    bool has_daylight;
    struct ct_zone_day start, end;
};

/* CT_PARSE for anything else than a whole rule; a daylight time without its days is refused. */
ct_status ct_zone_rule_parse(struct ct_text text, struct ct_zone_rule *out,
                             struct ct_error *err) CT_MUST_USE;

/* Seconds east of UTC at a time within int64 nanoseconds. */
int32_t ct_zone_rule_offset(const struct ct_zone_rule *rule, int64_t time_s);

/* The first time after this one at which the offset changes; INT64_MAX: it never does. */
int64_t ct_zone_rule_next(const struct ct_zone_rule *rule, int64_t time_s);

#endif
