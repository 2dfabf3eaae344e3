#include "bucket_options.h"
#include "time_argument.h"

#include <string.h>

/* A whole number up to 9,999 at the start of a text. */
static bool read_small(const char **at, uint32_t *out)
{
    const char *first = *at;
    *out = 0;
    for (; **at >= '0' && **at <= '9' && *at - first < 4; (*at)++)
        *out = 10 * *out + (uint32_t)(**at - '0');
    return *at > first;
}

static bool read_every(const struct ct_arguments *arguments, centime_query *query)
{
    static const struct {
        const char *name;
        uint32_t unit;
    } units[] = {{"h", CENTIME_HOURS},   {"d", CENTIME_DAYS},     {"w", CENTIME_WEEKS},
                 {"mo", CENTIME_MONTHS}, {"q", CENTIME_QUARTERS}, {"y", CENTIME_YEARS}};
    const char *every = ct_args_value(arguments, "every");
    if (!every)
        return true;
    const char *at = every;
    if (read_small(&at, &query->unit_count) && query->unit_count > 0)
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
            if (strcmp(at, units[i].name) == 0)
                query->unit = units[i].unit;
    if (query->unit == CENTIME_NO_UNIT)
        ct_args_wrong(arguments, "--every takes 1h, 1d, 1w, 1mo, 1q or 1y, not '%s'", every);
    return query->unit != CENTIME_NO_UNIT;
}

/* "4" or "04-06" */
static bool read_year_start(const struct ct_arguments *arguments, centime_query *query)
{
    const char *start = ct_args_value(arguments, "year-start");
    if (!start)
        return true;
    const char *at = start;
    uint32_t month = 0;
    uint32_t day = 1;
    bool is_right = read_small(&at, &month);
    if (is_right && *at == '-') {
        at++;
        is_right = read_small(&at, &day);
    }
    if (!is_right || *at || month < 1 || month > 12 || day < 1 || day > 31) {
        ct_args_wrong(arguments, "--year-start takes a month as 4, or a day as 04-06, not '%s'",
                      start);
        return false;
    }
    query->year_month = (uint8_t)month;
    query->month_day = (uint8_t)day;
    return true;
}

struct choice {
    const char *name;
    uint32_t value;
};

/* The value of an option that takes one of a few words; 0 where it was not given. */
static bool read_choice(const struct ct_arguments *arguments, const char *option,
                        const struct choice *choices, size_t count, uint32_t *out)
{
    const char *given = ct_args_value(arguments, option);
    if (!given)
        return true;
    for (size_t i = 0; i < count; i++)
        if (strcmp(given, choices[i].name) == 0) {
            *out = choices[i].value;
            return true;
        }
    ct_args_wrong(arguments, "--%s does not know '%s'", option, given);
    return false;
}

static bool read_choices(const struct ct_arguments *arguments, centime_query *query)
{
    static const struct choice bases[] = {{"billed", CENTIME_BILLED},
                                          {"effective", CENTIME_EFFECTIVE},
                                          {"list", CENTIME_LIST},
                                          {"contracted", CENTIME_CONTRACTED}};
    static const struct choice datings[] = {{"charge", CENTIME_BY_CHARGE},
                                            {"billing", CENTIME_BY_BILLING}};
    return read_choice(arguments, "basis", bases, sizeof bases / sizeof bases[0], &query->basis) &&
           read_choice(arguments, "calendar", datings, sizeof datings / sizeof datings[0],
                       &query->dating);
}

/* A word, or else a number, which the library reads. */
static void read_fill(const struct ct_arguments *arguments, centime_query *query)
{
    static const struct choice fills[] = {{"null", CENTIME_FILL_NULL},
                                          {"none", CENTIME_FILL_NONE},
                                          {"previous", CENTIME_FILL_PREVIOUS},
                                          {"linear", CENTIME_FILL_LINEAR}};
    const char *given = ct_args_value(arguments, "fill");
    if (!given)
        return;
    query->fill = CENTIME_FILL_VALUE;
    query->fill_value = given;
    for (size_t i = 0; i < sizeof fills / sizeof fills[0]; i++)
        if (strcmp(given, fills[i].name) == 0) {
            query->fill = fills[i].value;
            query->fill_value = NULL;
        }
}

bool ct_bucket_options_read(const struct ct_arguments *arguments, centime_query *query)
{
    uint64_t week_start;
    const char *bucket = ct_args_value(arguments, "bucket");
    if (bucket && !ct_width_argument(bucket, &query->bucket_ns)) {
        ct_args_wrong(arguments, "--bucket takes a width as 15m, 1h or 1d, not '%s'", bucket);
        return false;
    }
    if (!read_every(arguments, query) || !read_year_start(arguments, query) ||
        !read_choices(arguments, query) ||
        !ct_args_number(arguments, "week-start", 1, 7, 0, &week_start) ||
        !ct_args_number(arguments, "each", 1, UINT32_MAX, 0, &query->bucket_limit))
        return false;
    query->week_start = (uint8_t)week_start;
    query->time_zone = ct_args_value(arguments, "tz");
    query->convert_to = ct_args_value(arguments, "convert");
    query->rate_table = ct_args_value(arguments, "rates");
    read_fill(arguments, query);
    return true;
}
