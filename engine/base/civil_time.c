#include "civil_time.h"

#include "number.h"

/* Years are counted from 1 March, so that the leap day is the last of its year, in eras of 400
 * years, which repeat to the day (after Howard Hinnant). 1970-01-01 is day 719468 after 0000-03-01.
 */
#define ERA_DAYS        146097
#define ERA_YEARS       400
#define EPOCH_DAY       719468
#define DAYS_BEFORE(m)  ((153 * (m) + 2) / 5) /* month 0 is March */
#define FRACTION_DIGITS 9
#define DATE_DAYS_MAX   ((int64_t)1 << 37)

/* Rounded down, also below 0. */
static int64_t floor_divide(int64_t value, int64_t divisor)
{
    return value / divisor - (value % divisor < 0);
}

static bool is_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool ct_date_is_valid(struct ct_date date)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (date.month < 1 || date.month > 12 || date.day < 1)
        return false;
    return date.day <= days[date.month - 1] + (date.month == 2 && is_leap(date.year));
}

int64_t ct_days_of_date(struct ct_date date)
{
    CT_ASSERT(ct_date_is_valid(date));
    const int64_t year = (int64_t)date.year - (date.month <= 2);
    const int month = date.month <= 2 ? date.month + 9 : date.month - 3;
    const int64_t era = floor_divide(year, ERA_YEARS);
    const int64_t year_of_era = year - era * ERA_YEARS;
    const int64_t day_of_year = DAYS_BEFORE(month) + date.day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_DAY;
}

struct ct_date ct_date_of_days(int64_t days)
{
    CT_ASSERT(days <= DATE_DAYS_MAX && days >= -DATE_DAYS_MAX);
    const int64_t shifted = days + EPOCH_DAY;
    const int64_t era = floor_divide(shifted, ERA_DAYS);
    const int64_t day_of_era = shifted - era * ERA_DAYS;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month = (5 * day_of_year + 2) / 153;
    return (struct ct_date){
        .year = (int32_t)(year_of_era + era * ERA_YEARS + (month >= 10)),
        .month = (uint8_t)(month < 10 ? month + 3 : month - 9),
        .day = (uint8_t)(day_of_year - DAYS_BEFORE(month) + 1),
    };
}

struct ct_date ct_date_of_time(int64_t time_ns)
{
    return ct_date_of_days(floor_divide(time_ns, CT_DAY_NS));
}

/* seconds + fraction, where the sum of both may fit though the seconds alone do not. 0 <=
 * fraction_ns < CT_SECOND_NS. */
static ct_status time_of_seconds(int64_t seconds, int64_t fraction_ns, int64_t *time_ns)
{
    if (seconds < 0 && fraction_ns > 0) {
        seconds++;
        fraction_ns -= CT_SECOND_NS;
    }
    int64_t out;
    if (__builtin_mul_overflow(seconds, CT_SECOND_NS, &out) ||
        __builtin_add_overflow(out, fraction_ns, &out))
        return CT_RANGE;
    *time_ns = out;
    return CT_OK;
}

ct_status ct_time_of_date(struct ct_date date, int64_t *time_ns)
{
    return time_of_seconds(ct_days_of_date(date) * (CT_DAY_NS / CT_SECOND_NS), 0, time_ns);
}

int64_t ct_time_unit_start(int64_t time_ns, enum ct_time_unit unit)
{
    struct ct_date date = ct_date_of_time(time_ns);
    int64_t start = 0;
    switch (unit) {
    case CT_UNIT_HOUR:
        if (__builtin_mul_overflow(floor_divide(time_ns, CT_HOUR_NS), CT_HOUR_NS, &start))
            return INT64_MIN;
        return start;
    case CT_UNIT_DAY:
        break;
    case CT_UNIT_YEAR:
        date.month = 1;
        date.day = 1;
        break;
    case CT_UNIT_MONTH:
        date.day = 1;
        break;
    }
    return ct_time_of_date(date, &start) == CT_OK ? start : INT64_MIN;
}

int64_t ct_time_unit_end(int64_t time_ns, enum ct_time_unit unit)
{
    struct ct_date date = ct_date_of_time(time_ns);
    int64_t end = 0;
    switch (unit) {
    case CT_UNIT_HOUR:
        if (__builtin_mul_overflow(floor_divide(time_ns, CT_HOUR_NS) + 1, CT_HOUR_NS, &end))
            return INT64_MAX;
        return end;
    case CT_UNIT_DAY:
        date = ct_date_of_days(ct_days_of_date(date) + 1);
        break;
    case CT_UNIT_MONTH:
        date.year += date.month == 12;
        date.month = date.month == 12 ? 1 : (uint8_t)(date.month + 1);
        date.day = 1;
        break;
    case CT_UNIT_YEAR:
        date = (struct ct_date){.year = date.year + 1, .month = 1, .day = 1};
        break;
    }
    return ct_time_of_date(date, &end) == CT_OK ? end : INT64_MAX;
}

/* -- Text ---------------------------------------------------------------------------------- */

/* What is left to read; any failed step makes it bad for good. */
struct cursor {
    const char *at;
    const char *end;
    bool is_bad;
};

/* The next byte if it is one of `set`, else 0. */
static char accept(struct cursor *c, const char *set)
{
    if (c->at == c->end || *c->at == 0 || !strchr(set, *c->at))
        return 0;
    return *c->at++;
}

static void expect(struct cursor *c, const char *set)
{
    c->is_bad |= accept(c, set) == 0;
}

static bool has_digit(const struct cursor *c)
{
    return c->at < c->end && (unsigned char)(*c->at - '0') < 10;
}

/* A number of exactly so many digits, at most max. */
static int32_t expect_number(struct cursor *c, int digits, int32_t max)
{
    int32_t value = 0;
    for (int i = 0; i < digits; i++) {
        if (!has_digit(c)) {
            c->is_bad = true;
            return 0;
        }
        value = value * 10 + (*c->at++ - '0');
    }
    c->is_bad |= value > max;
    return value;
}

static struct ct_date expect_date(struct cursor *c)
{
    struct ct_date date;
    date.year = expect_number(c, 4, 9999);
    expect(c, "-");
    date.month = (uint8_t)expect_number(c, 2, 12);
    expect(c, "-");
    date.day = (uint8_t)expect_number(c, 2, 31);
    c->is_bad |= !ct_date_is_valid(date);
    return date;
}

/* Seconds after midnight. */
static int64_t expect_time_of_day(struct cursor *c)
{
    const int32_t hour = expect_number(c, 2, 23);
    expect(c, ":");
    const int32_t minute = expect_number(c, 2, 59);
    expect(c, ":");
    const int32_t second = expect_number(c, 2, 59);
    return (hour * 60 + minute) * 60 + second;
}

static int64_t accept_fraction_ns(struct cursor *c)
{
    if (!accept(c, "."))
        return 0;
    c->is_bad |= !has_digit(c);
    int64_t fraction_ns = 0;
    int64_t unit_ns = CT_SECOND_NS;
    while (has_digit(c)) {
        unit_ns /= 10;
        c->is_bad |= unit_ns == 0;
        fraction_ns += unit_ns * (*c->at++ - '0');
    }
    return fraction_ns;
}

/* Seconds east of Greenwich. */
static int64_t accept_offset(struct cursor *c)
{
    if (c->at == c->end || accept(c, "Zz"))
        return 0;
    const char sign = accept(c, "+-");
    c->is_bad |= sign == 0;
    const int32_t hours = expect_number(c, 2, 23);
    expect(c, ":");
    const int32_t minutes = expect_number(c, 2, 59);
    const int64_t offset = (hours * 60 + minutes) * 60;
    return sign == '-' ? -offset : offset;
}

ct_status ct_time_parse(struct ct_text text, int64_t *time_ns)
{
    if (text.len == 0)
        return CT_PARSE;
    struct cursor c = {.at = text.bytes, .end = text.bytes + text.len};
    const struct ct_date date = expect_date(&c);
    int64_t second_of_day = 0;
    int64_t fraction_ns = 0;
    if (c.at < c.end) {
        expect(&c, "Tt ");
        second_of_day = expect_time_of_day(&c);
        fraction_ns = accept_fraction_ns(&c);
        second_of_day -= accept_offset(&c);
    }
    if (c.is_bad || c.at != c.end)
        return CT_PARSE;
    const int64_t seconds = ct_days_of_date(date) * (CT_DAY_NS / CT_SECOND_NS) + second_of_day;
    return time_of_seconds(seconds, fraction_ns, time_ns);
}

/* 0 to 99, and a byte after it. */
static char *put_pair(char *at, int64_t value, char after)
{
    memcpy(at, ct_two_digits((uint64_t)value), 2);
    at[2] = after;
    return at + 3;
}

static char *put_year(char *at, int64_t year)
{
    memcpy(at, ct_two_digits((uint64_t)year / 100), 2);
    return put_pair(at + 2, year % 100, '-');
}

/* Without the zeros that say nothing; nothing at all of 0. */
static char *put_fraction(char *at, int64_t fraction_ns)
{
    if (fraction_ns == 0)
        return at;
    *at = '.';
    for (unsigned i = FRACTION_DIGITS; i > 0; i--, fraction_ns /= 10)
        at[i] = (char)('0' + fraction_ns % 10);
    at += FRACTION_DIGITS + 1;
    while (at[-1] == '0')
        at--;
    return at;
}

size_t ct_time_print(int64_t time_ns, char *out)
{
    const int64_t days = floor_divide(time_ns, CT_DAY_NS);
    const struct ct_date date = ct_date_of_days(days);
    /* time_ns - days * CT_DAY_NS, without the overflow that the product has in the first day of
     * all. */
    const int64_t rest_ns = time_ns % CT_DAY_NS;
    const int64_t of_day_ns = rest_ns < 0 ? rest_ns + CT_DAY_NS : rest_ns;
    char *at = put_year(out, date.year);
    at = put_pair(at, date.month, '-');
    at = put_pair(at, date.day, 'T');
    at = put_pair(at, of_day_ns / CT_HOUR_NS, ':');
    at = put_pair(at, of_day_ns / CT_MINUTE_NS % 60, ':');
    at = put_pair(at, of_day_ns / CT_SECOND_NS % 60, 'Z') - 1; /* back over the Z */
    at = put_fraction(at, of_day_ns % CT_SECOND_NS);
    *at++ = 'Z';
    return (size_t)(at - out);
}
