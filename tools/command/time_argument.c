/* Times of command lines. Days are counted in the proleptic Gregorian calendar by Howard Hinnant's
 * days_from_civil. */
#include "time_argument.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)
#define DAY_S     86400

static int64_t days_of_date(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_of_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const int64_t day_of_era = days - era * 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* Exactly `count` digits at *at, which moves past them; -1 where there are fewer. */
static int64_t digits(const char **at, int count)
{
    int64_t number = 0;
    for (int i = 0; i < count; i++) {
        if (**at < '0' || **at > '9')
            return -1;
        number = number * 10 + (*(*at)++ - '0');
    }
    return number;
}

static bool skip(const char **at, char expected)
{
    if (**at != expected)
        return false;
    (*at)++;
    return true;
}

static bool read_date(const char **at, int64_t *days)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int64_t year = digits(at, 4);
    if (year < 0 || !skip(at, '-'))
        return false;
    const int64_t month = digits(at, 2);
    if (month < 1 || month > 12 || !skip(at, '-'))
        return false;
    const int64_t day = digits(at, 2);
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day < 1 || day > month_days[month - 1] + (month == 2 && is_leap))
        return false;
    *days = days_of_date(year, month, day);
    return true;
}

/* ".123" as nanoseconds; what no int64 holds is refused, not cut. */
static bool read_fraction(const char **at, int64_t *out_ns)
{
    *out_ns = 0;
    if (!skip(at, '.'))
        return true;
    int count = 0;
    for (; **at >= '0' && **at <= '9'; count++) {
        if (count == 9)
            return false;
        *out_ns = *out_ns * 10 + (*(*at)++ - '0');
    }
    for (int i = count; i < 9; i++)
        *out_ns *= 10;
    return count > 0;
}

/* "Z" or "+02:00", as seconds east of UTC. */
static bool read_offset(const char **at, int64_t *out_s)
{
    *out_s = 0;
    if (skip(at, 'Z') || skip(at, 'z'))
        return true;
    const bool is_west = **at == '-';
    if (!skip(at, '-') && !skip(at, '+'))
        return false;
    const int64_t hours = digits(at, 2);
    if (hours < 0 || hours > 23 || !skip(at, ':'))
        return false;
    const int64_t minutes = digits(at, 2);
    *out_s = (hours * 60 + minutes) * (is_west ? -60 : 60);
    return minutes >= 0 && minutes <= 59;
}

static bool read_rfc3339(const char *at, int64_t *out_ns)
{
    int64_t days, offset_s = 0, fraction_ns = 0, second_of_day = 0;
    if (!read_date(&at, &days))
        return false;
    if (*at) {
        if (!skip(&at, 'T') && !skip(&at, 't') && !skip(&at, ' '))
            return false;
        const int64_t hour = digits(&at, 2);
        if (hour < 0 || hour > 23 || !skip(&at, ':'))
            return false;
        const int64_t minute = digits(&at, 2);
        if (minute < 0 || minute > 59 || !skip(&at, ':'))
            return false;
        const int64_t second = digits(&at, 2);
        if (second < 0 || second > 59 || !read_fraction(&at, &fraction_ns) ||
            !read_offset(&at, &offset_s) || *at)
            return false;
        second_of_day = (hour * 60 + minute) * 60 + second;
    }
    const int64_t seconds = days * DAY_S + second_of_day - offset_s;
    return !__builtin_mul_overflow(seconds, SECOND_NS, out_ns) &&
           !__builtin_add_overflow(*out_ns, fraction_ns, out_ns);
}

static bool read_whole(const char *text, const char **end, int64_t *out)
{
    const bool is_negative = *text == '-';
    const char *at = text + is_negative;
    *out = 0;
    if (*at < '0' || *at > '9')
        return false;
    for (; *at >= '0' && *at <= '9'; at++) {
        const int digit = *at - '0';
        if (__builtin_mul_overflow(*out, 10, out) ||
            __builtin_add_overflow(*out, is_negative ? -digit : digit, out))
            return false;
    }
    *end = at;
    return true;
}

bool ct_time_argument(const char *text, int64_t *out_ns)
{
    const char *end;
    if (read_whole(text, &end, out_ns) && *end == 0)
        return true;
    return read_rfc3339(text, out_ns);
}

bool ct_width_argument(const char *text, int64_t *out_ns)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {{"ns", 1},
                 {"us", 1000},
                 {"ms", 1000000},
                 {"s", SECOND_NS},
                 {"m", 60 * SECOND_NS},
                 {"h", 3600 * SECOND_NS},
                 {"d", DAY_S * SECOND_NS},
                 {"w", 7 * DAY_S * SECOND_NS}};
    const char *unit;
    int64_t count;
    if (!read_whole(text, &unit, &count) || count <= 0)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(unit, units[i].name) == 0)
            return !__builtin_mul_overflow(count, units[i].ns, out_ns);
    }
    return false;
}

const char *ct_time_text(int64_t time_ns, char text[CT_TIME_TEXT_BYTES])
{
    int64_t second = time_ns / SECOND_NS, fraction_ns = time_ns % SECOND_NS;
    if (fraction_ns < 0) {
        fraction_ns += SECOND_NS;
        second--;
    }
    int64_t days = second / DAY_S, second_of_day = second % DAY_S;
    if (second_of_day < 0) {
        second_of_day += DAY_S;
        days--;
    }
    int64_t year, month, day;
    date_of_days(days, &year, &month, &day);
    int len = snprintf(text, CT_TIME_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d", (int)year,
                       (int)month, (int)day, (int)(second_of_day / 3600),
                       (int)(second_of_day / 60 % 60), (int)(second_of_day % 60));
    if (fraction_ns) {
        len += snprintf(text + len, CT_TIME_TEXT_BYTES - (size_t)len, ".%09d", (int)fraction_ns);
        while (text[len - 1] == '0')
            len--;
    }
    text[len] = 'Z';
    text[len + 1] = 0;
    return text;
}
