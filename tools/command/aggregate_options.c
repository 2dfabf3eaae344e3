#include "aggregate_options.h"
#include "time_argument.h"

#include <string.h>

/* What may follow a field after a colon. */
enum suffix { SUFFIX_NONE, SUFFIX_QUANTILE, SUFFIX_UNIT };

static const struct function {
    const char *option;
    const char *column; /* beginning of the column's name */
    uint32_t function;
    enum suffix suffix;
} functions[] = {
    {"sum", "sum", CENTIME_SUM, SUFFIX_NONE},
    {"mean", "mean", CENTIME_MEAN, SUFFIX_NONE},
    {"min", "min", CENTIME_MIN, SUFFIX_NONE},
    {"max", "max", CENTIME_MAX, SUFFIX_NONE},
    {"count", "count", CENTIME_COUNT, SUFFIX_NONE},
    {"first", "first", CENTIME_FIRST, SUFFIX_NONE},
    {"last", "last", CENTIME_LAST, SUFFIX_NONE},
    {"spread", "spread", CENTIME_SPREAD, SUFFIX_NONE},
    {"stddev", "stddev", CENTIME_STDDEV, SUFFIX_NONE},
    {"median", "median", CENTIME_MEDIAN, SUFFIX_NONE},
    {"mode", "mode", CENTIME_MODE, SUFFIX_NONE},
    {"quantile", "quantile", CENTIME_QUANTILE, SUFFIX_QUANTILE},
    {"approximate", "approximate_quantile", CENTIME_APPROXIMATE_QUANTILE, SUFFIX_QUANTILE},
    {"distinct", "count_distinct", CENTIME_COUNT_DISTINCT, SUFFIX_NONE},
    {"distinct-tag", "count_distinct", CENTIME_COUNT_DISTINCT, SUFFIX_NONE},
    {"increase", "increase", CENTIME_INCREASE, SUFFIX_NONE},
    {"rate", "rate", CENTIME_RATE, SUFFIX_UNIT},
    {"integral", "integral", CENTIME_INTEGRAL, SUFFIX_UNIT},
};

static const struct function *find_function(const char *option)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (strcmp(functions[i].option, option) == 0)
            return &functions[i];
    return NULL;
}

/* A copy of the piece that lives as long as the options; NULL where they are too long. */
static const char *keep(const struct ct_arguments *arguments, struct ct_aggregate_options *options,
                        const char *piece, size_t len)
{
    if (len >= sizeof options->text - options->text_len) {
        ct_args_wrong(arguments, "the names given are too long");
        return NULL;
    }
    char *kept = options->text + options->text_len;
    memcpy(kept, piece, len);
    kept[len] = 0;
    options->text_len += len + 1;
    return kept;
}

/* "0.95", "1", "0": digits after a point at most 15. */
static bool read_quantile(const char *text, double *out)
{
    double value = 0;
    double place = 1;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++)
        value = 10 * value + (*at - '0');
    if (at == text || at - text > 1 || value > 1)
        return false;
    if (*at == '.') {
        double digits = 0;
        const char *first = ++at;
        for (; *at >= '0' && *at <= '9'; at++) {
            digits = 10 * digits + (*at - '0');
            place *= 10;
        }
        if (at == first || at - first > 15)
            return false;
        value += digits / place; /* whole numbers below 2^53: rounded once */
    }
    *out = value;
    return *at == 0 && value <= 1;
}

static bool read_suffix(const struct ct_arguments *arguments, const struct ct_given *given,
                        const struct function *function, const char *suffix,
                        centime_aggregate_options *out)
{
    if (function->suffix == SUFFIX_QUANTILE && suffix && read_quantile(suffix + 1, &out->quantile))
        return true;
    if (function->suffix == SUFFIX_UNIT &&
        (!suffix || ct_width_argument(suffix + 1, &out->unit_ns)))
        return true;
    if (function->suffix == SUFFIX_QUANTILE)
        ct_args_wrong(arguments, "--%s takes FIELD:Q with Q from 0 to 1, as latency:0.95, not '%s'",
                      given->option->name, given->value);
    else
        ct_args_wrong(arguments, "--%s takes FIELD or FIELD:UNIT, as cost:1h, not '%s'",
                      given->option->name, given->value);
    return false;
}

static bool add_aggregate(const struct ct_arguments *arguments,
                          struct ct_aggregate_options *options, const struct ct_given *given,
                          const struct function *function)
{
    if (options->count == CT_AGGREGATES_MAX) {
        ct_args_wrong(arguments, "at most %d aggregates", CT_AGGREGATES_MAX);
        return false;
    }
    centime_aggregate *aggregate = &options->aggregates[options->count];
    centime_aggregate_options *more = &options->options[options->count++];
    *aggregate = (centime_aggregate){.function = function->function, .field = given->value};
    *more = (centime_aggregate_options){.struct_size = sizeof *more};
    if (strcmp(given->option->name, "distinct-tag") == 0) {
        more->tag = given->value;
        aggregate->field = NULL;
        return true;
    }
    if (function->function == CENTIME_COUNT && strcmp(given->value, "*") == 0)
        aggregate->field = NULL;
    if (function->suffix == SUFFIX_NONE)
        return true;
    const char *suffix = strrchr(given->value, ':');
    if (!read_suffix(arguments, given, function, suffix, more))
        return false;
    if (suffix)
        aggregate->field = keep(arguments, options, given->value, (size_t)(suffix - given->value));
    return aggregate->field != NULL;
}

/* What holds for all aggregates that can use it. */
static bool add_shared(const struct ct_arguments *arguments, struct ct_aggregate_options *options)
{
    uint64_t scale;
    int64_t gap_ns = 0;
    const char *gap = ct_args_value(arguments, "gap");
    if (!ct_args_number(arguments, "scale", 0, 38, 0, &scale))
        return false;
    if (gap && !ct_width_argument(gap, &gap_ns)) {
        ct_args_wrong(arguments, "--gap takes a width as 10m, not '%s'", gap);
        return false;
    }
    options->has_scale = ct_args_has(arguments, "scale");
    options->scale = (uint8_t)scale;
    for (size_t i = 0; i < options->count; i++) {
        options->options[i].gap_max_ns = gap_ns;
        options->options[i].has_scale = options->has_scale;
        options->options[i].scale = options->scale;
    }
    return true;
}

bool ct_aggregate_options_read(const struct ct_arguments *arguments,
                               struct ct_aggregate_options *options)
{
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct ct_given *given = &arguments->given[i];
        const struct function *function = find_function(given->option->name);
        if (function && !add_aggregate(arguments, options, given, function))
            return false;
    }
    if (options->count == 0) {
        ct_args_wrong(arguments, "nothing to work out: give --sum FIELD, --count '*' or another");
        return false;
    }
    return add_shared(arguments, options);
}

void ct_aggregate_name(const struct ct_aggregate_options *options, size_t i, char *name, size_t cap)
{
    const centime_aggregate *aggregate = &options->aggregates[i];
    const char *subject = aggregate->field ? aggregate->field : options->options[i].tag;
    const char *column = "";
    for (size_t f = 0; f < sizeof functions / sizeof functions[0]; f++)
        if (functions[f].function == aggregate->function)
            column = functions[f].column;
    snprintf(name, cap, "%s%s%s", column, subject ? "_" : "", subject ? subject : "");
}
