/* Changes of a rule are looked for in the years round the time: a moment of year y may lie up to
 * eight days outside y in UTC (167 h and an offset), so y - 2 to y + 2 holds the last change before
 * any time of y and the first after it. */
#include "time_zone_rule.h"

#include "civil_time.h"

#define DAY_S          86400
#define HOURS_MAX      24  /* of an offset */
#define RULE_HOURS_MAX 167 /* of the time of a change */
#define YEARS_ROUND    2
#define CHANGES_MAX    (2 * (2 * YEARS_ROUND + 1))

/* -- Reading ---------------------------------------------------------------------------------- */

/* What is left of the text. Turns sticky-bad at the first fault. */
struct scan {
    const char *at, *end;
    bool is_bad;
};

static bool accept(struct scan *s, char wanted)
{
    if (s->is_bad || s->at == s->end || *s->at != wanted)
        return false;
    s->at++;
    return true;
}

static void expect(struct scan *s, char wanted)
{
    if (!accept(s, wanted))
        s->is_bad = true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int32_t scan_number(struct scan *s, int32_t min, int32_t max)
{
    int32_t number = 0;
    const char *start = s->at;
    while (s->at < s->end && is_digit(*s->at) && number <= max)
        number = number * 10 + (*s->at++ - '0');
    if (s->at == start || number < min || number > max)
        s->is_bad = true;
    return s->is_bad ? 0 : number;
}

/* "CET", or "<+0545>". At least three characters, as POSIX has it. */
static void skip_name(struct scan *s)
{
    const bool is_quoted = accept(s, '<');
    const char *start = s->at;
    for (; s->at < s->end; s->at++) {
        const char c = *s->at;
        const bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_letter && !(is_quoted && (is_digit(c) || c == '+' || c == '-')))
            break;
    }
    if (s->at - start < 3)
        s->is_bad = true;
    if (is_quoted)
        expect(s, '>');
}

/* [+-]hh[:mm[:ss]] */
static int32_t scan_seconds(struct scan *s, int32_t hours_max)
{
    const bool is_negative = accept(s, '-');
    if (!is_negative)
        (void)accept(s, '+');
    int32_t seconds = scan_number(s, 0, hours_max) * 3600;
    if (accept(s, ':')) {
        seconds += scan_number(s, 0, 59) * 60;
        if (accept(s, ':'))
            seconds += scan_number(s, 0, 59);
    }
    return is_negative ? -seconds : seconds;
}

static struct ct_zone_day scan_day(struct scan *s)
{
    struct ct_zone_day day = {.kind = CT_ZONE_DAY_OF_YEAR, .time_s = 2 * 3600};
    expect(s, ',');
    if (accept(s, 'M')) {
        day.kind = CT_ZONE_DAY_MONTH_WEEK;
        day.month = (uint8_t)scan_number(s, 1, 12);
        expect(s, '.');
        day.week = (uint8_t)scan_number(s, 1, 5);
        expect(s, '.');
        day.weekday = (uint8_t)scan_number(s, 0, 6);
    } else if (accept(s, 'J')) {
        day.kind = CT_ZONE_DAY_NO_LEAP;
        day.day = (uint16_t)scan_number(s, 1, 365);
    } else {
        day.day = (uint16_t)scan_number(s, 0, 365);
    }
    if (accept(s, '/'))
        day.time_s = scan_seconds(s, RULE_HOURS_MAX);
    return day;
}

/* The text counts hours west of Greenwich. */
static void scan_rule(struct scan *s, struct ct_zone_rule *rule)
{
    skip_name(s);
    rule->standard_s = -scan_seconds(s, HOURS_MAX);
    if (s->is_bad || s->at == s->end)
        return;
    rule->has_daylight = true;
    skip_name(s);
    rule->daylight_s = rule->standard_s + 3600;
    if (s->at < s->end && *s->at != ',')
        rule->daylight_s = -scan_seconds(s, HOURS_MAX);
    rule->start = scan_day(s);
    rule->end = scan_day(s);
}

ct_status ct_zone_rule_parse(struct ct_text text, struct ct_zone_rule *out, struct ct_error *err)
{
    struct scan s = {.at = text.bytes, .end = text.bytes + text.len};
    struct ct_zone_rule rule = {0};
    scan_rule(&s, &rule);
    if (s.is_bad || s.at != s.end)
        return ct_fail(err, CT_PARSE, "not a rule of a time zone, from byte %zu on: %.*s",
                       (size_t)(s.at - text.bytes) + 1, text.len < 80 ? (int)text.len : 80,
                       text.bytes);
    *out = rule;
    return CT_OK;
}

/* -- Asking ----------------------------------------------------------------------------------- */

static int64_t days_of(int32_t year, int month, int day)
{
    return ct_days_of_date((struct ct_date){year, (uint8_t)month, (uint8_t)day});
}

/* 1970-01-01 was a Thursday. */
static int weekday_of(int64_t days)
{
    const int weekday = (int)((days + 4) % 7);
    return weekday < 0 ? weekday + 7 : weekday;
}

static int64_t month_week_days(const struct ct_zone_day *day, int32_t year)
{
    const int64_t first = days_of(year, day->month, 1);
    const int64_t past =
        day->month == 12 ? days_of(year + 1, 1, 1) : days_of(year, day->month + 1, 1);
    int64_t days =
        first + (day->weekday - weekday_of(first) + 7) % 7 + INT64_C(7) * (day->week - 1);
    while (days >= past) /* week 5 is the last one, which may be the fourth */
        days -= 7;
    return days;
}

/* On the clock that the day's time is told by. */
static int64_t local_of(const struct ct_zone_day *day, int32_t year)
{
    int64_t days = 0;
    switch (day->kind) {
    case CT_ZONE_DAY_MONTH_WEEK:
        days = month_week_days(day, year);
        break;
    case CT_ZONE_DAY_NO_LEAP: /* counted in a year without 29 February, then moved past it */
        days = days_of(year, 1, 1) + day->day - 1;
        if (day->day >= 60 && days_of(year, 3, 1) - days_of(year, 1, 1) == 60)
            days++;
        break;
    case CT_ZONE_DAY_OF_YEAR:
        days = days_of(year, 1, 1) + day->day;
        break;
    }
    return days * DAY_S + day->time_s;
}

struct change {
    int64_t at_s;
    int32_t offset_s; /* from then on */
};

/* By time; of two at once the later in the list counts, so daylight time that ends when the next
 * one starts never ends. */
static void insert_change(struct change *changes, int count, struct change added)
{
    int at = count;
    for (; at > 0 && changes[at - 1].at_s > added.at_s; at--)
        changes[at] = changes[at - 1];
    changes[at] = added;
}

static void changes_round(const struct ct_zone_rule *rule, int64_t time_s,
                          struct change changes[CHANGES_MAX])
{
    const int64_t days = time_s / DAY_S; /* toward 0: a day off does not matter */
    const int32_t year = ct_date_of_days(days).year;
    int count = 0;
    for (int32_t y = year - YEARS_ROUND; y <= year + YEARS_ROUND; y++) {
        insert_change(
            changes, count++,
            (struct change){local_of(&rule->end, y) - rule->daylight_s, rule->standard_s});
    }
    for (int32_t y = year - YEARS_ROUND; y <= year + YEARS_ROUND; y++) {
        insert_change(
            changes, count++,
            (struct change){local_of(&rule->start, y) - rule->standard_s, rule->daylight_s});
    }
}

int32_t ct_zone_rule_offset(const struct ct_zone_rule *rule, int64_t time_s)
{
    if (!rule->has_daylight)
        return rule->standard_s;
    struct change changes[CHANGES_MAX] = {0};
    changes_round(rule, time_s, changes);
    int at = CHANGES_MAX - 1;
    while (at > 0 && changes[at].at_s > time_s)
        at--;
    return changes[at].offset_s;
}

int64_t ct_zone_rule_next(const struct ct_zone_rule *rule, int64_t time_s)
{
    if (!rule->has_daylight)
        return INT64_MAX;
    struct change changes[CHANGES_MAX] = {0};
    changes_round(rule, time_s, changes);
    const int32_t offset_s = ct_zone_rule_offset(rule, time_s);
    /* Not the last one, of which it is not known whether another comes at once. */
    for (int i = 0; i + 1 < CHANGES_MAX; i++) {
        const bool is_undone = changes[i + 1].at_s == changes[i].at_s;
        if (changes[i].at_s > time_s && !is_undone && changes[i].offset_s != offset_s)
            return changes[i].at_s;
    }
    return INT64_MAX;
}
