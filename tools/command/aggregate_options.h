/* --sum, --quantile and the other functions of `centime rollup`. Layer tools. */
#ifndef CT_AGGREGATE_OPTIONS_H
#define CT_AGGREGATE_OPTIONS_H

#include "commands.h"

#define CT_AGGREGATES_MAX      64
#define CT_AGGREGATE_BYTES_MAX 8192

#define CT_AGGREGATE_OPTIONS                                                                       \
    {"sum", 0, "FIELD", "exact for decimals and integers; functions may be repeated"},             \
        {"mean", 0, "FIELD", ""}, {"min", 0, "FIELD", ""}, {"max", 0, "FIELD", ""},                \
        {"count", 0, "FIELD", "how many rows have the field; '*': how many rows"},                 \
        {"first", 0, "FIELD", "the value of the earliest row"},                                    \
        {"last", 0, "FIELD", "the value of the latest row"},                                       \
        {"spread", 0, "FIELD", "the largest value less the smallest"},                             \
        {"stddev", 0, "FIELD", "of a sample"}, {"median", 0, "FIELD", ""},                         \
        {"mode", 0, "FIELD", "the most frequent value"},                                           \
        {"quantile", 0, "FIELD:Q", "as latency:0.95; the value of that rank"},                     \
        {"approximate", 0, "FIELD:Q", "as --quantile within 1 %, in little memory"},               \
        {"distinct", 0, "FIELD", "how many different values"},                                     \
        {"distinct-tag", 0, "TAG", "how many different values of a tag"},                          \
        {"increase", 0, "FIELD", "of a counter, over its resets; a sum over series"},              \
        {"rate", 0, "FIELD[:UNIT]", "that for each second, or each UNIT as 1h"},                   \
        {"integral", 0, "FIELD[:UNIT]",                                                            \
         "of a rate over time, as dollars per hour; UNIT is the rate's, default 1h"},              \
        {"gap", 0, "WIDTH", "a sample of --rate and --integral holds no longer than that"},        \
    {                                                                                              \
        "scale", 0, "DIGITS", "after the point, of --mean, --rate, --integral and --convert"       \
    }

/* What was given, with room for what its pointers point to: not to be copied. */
struct ct_aggregate_options {
    centime_aggregate aggregates[CT_AGGREGATES_MAX];
    centime_aggregate_options options[CT_AGGREGATES_MAX];
    size_t count;
    uint8_t has_scale, scale;
    char text[CT_AGGREGATE_BYTES_MAX]; /* names of fields, each ended by a zero byte */
    size_t text_len;
};

/* Into options that are all zero. False, told on stderr, for wrong use. */
bool ct_aggregate_options_read(const struct ct_arguments *arguments,
                               struct ct_aggregate_options *options);

/* The name of an aggregate's column: "sum_cost_usd". */
void ct_aggregate_name(const struct ct_aggregate_options *options, size_t i, char *name,
                       size_t cap);

#endif
