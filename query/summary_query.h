/* One row of figures from one table, whatever fields the table happens to have. Private to the
 * summaries of query. */
#ifndef CT_SUMMARY_QUERY_H
#define CT_SUMMARY_QUERY_H

#include "query.h"

#define CT_SUMMARY_VALUES_MAX 16

/* Where questions go. */
struct ct_summary_source {
    struct ct_snapshot *snapshot;
    struct ct_catalog *catalog;
    const struct ct_allocator *allocator;
    const struct ct_query_options *options;
    struct ct_text database; /* not empty */
    int64_t end_ns;          /* rows before it; INT64_MAX: all */
};

struct ct_summary_value {
    enum ct_function function;
    const char *field; /* "": rows, for CT_COUNT */
    double quantile;   /* of CT_QUANTILE */
};

struct ct_summary_question {
    const char *table;
    const struct ct_filter *filter;
    const struct ct_summary_value *values;
    uint32_t value_count; /* at most CT_SUMMARY_VALUES_MAX */
};

struct ct_summary_answer {
    struct ct_result *result;           /* one row */
    int columns[CT_SUMMARY_VALUES_MAX]; /* of each value; -1: the table has no such field */
};

/* False before the first row of such a table came. */
bool ct_summary_has_table(const struct ct_summary_source *source, const char *table);

/* The table is there. The answer's result is the caller's to destroy. */
ct_status ct_summary_ask(const struct ct_summary_source *source,
                         const struct ct_summary_question *question, struct ct_summary_answer *out,
                         struct ct_error *err) CT_MUST_USE;

/* False, and *out 0, where there is no value. */
bool ct_summary_double(const struct ct_summary_answer *answer, uint32_t value, double *out);
bool ct_summary_int64(const struct ct_summary_answer *answer, uint32_t value, int64_t *out);
bool ct_summary_decimal(const struct ct_summary_answer *answer, uint32_t value,
                        struct ct_decimal_sum *out);

/* What a source's end is for rows up to a time, itself included; 0: all. */
int64_t ct_summary_end(int64_t last_ns);

/* Rows whose tag has the value. The values' array is the caller's, as long as the filter. */
struct ct_filter ct_summary_tag_is(const char *tag, const struct ct_text *value);

#endif
