/* The logical query: what is asked, in names, and nothing of how it is answered. Layer query; for
 * every front end (text, JSON, C structs), for planners that choose rollups, and for executors
 * elsewhere.
 *
 * All texts and arrays are borrowed from the caller for the call. Meaning:
 *   - A missing tag is the value "": it is grouped under "" and matched by "". One exception: in a
 * table with a money field a missing `currency` is the table's default currency, in filters and
 * groups alike.
 *   - A missing field is no value: not counted, not summed; a comparison with it is false (so NOT
 * of that comparison is true). Every aggregate of no value is null, but counts, which are 0.
 *   - Without tags and time buckets an aggregation has exactly one row, also over nothing. With
 * them it has a row for each combination that has rows, unless `fill` says otherwise.
 *   - An unknown table or field is CT_NOT_FOUND; an unknown tag is one that no row has.
 *   - Amounts of money in more than one currency in one column are CT_CURRENCY, unless grouped by
 * `currency`, filtered to one, or converted: those count whose rows match and have a value in the
 * field. Counts of any kind, and first, last and mode, which show single values, are not amounts.
 *   - Rows of a result are sorted by its columns from left to right (time, tags, values), or by
 * `order` first: so the order is the same whatever the plan. Nulls come last, ascending or
 * descending. */
#ifndef CT_QUERY_H
#define CT_QUERY_H

#include "alloc.h"
#include "catalog.h"
#include "clock.h"
#include "local_calendar.h"
#include "result.h"
#include "scan.h"

#define CT_QUERY_TAGS_MAX         64
#define CT_QUERY_FIELDS_MAX       1024 /* aggregates, or fields of a selection of rows */
#define CT_QUERY_COMPUTED_MAX     1024
#define CT_QUERY_EDGES_MAX        10000000 /* of calendar buckets */
#define CT_QUERY_FILTER_DEPTH_MAX 32
#define CT_QUERY_FILTER_NODES_MAX 10000
#define CT_QUERY_ROWS_MAX         10000000u /* default of options.rows_max */

/* How values become one. Exact types are decimals and integers: for them nothing is rounded but
 * where it is said, half to even, once. Unless said otherwise strings and bools are CT_TYPE.
 *   count      of values, of any type; with an empty field name, of rows
 *   sum        of exact types a decimal; of floats a double (1e-12 of the sum of magnitudes)
 *   mean       exact sum / count, rounded at `scale`, by default with 6 digits more after the point
 *              than the sum has (trailing zeros do not count), at most 38; of floats a double
 *   min, max, spread (max - min)
 *   first, last  the value with the smallest, largest time, of any type; of several at that time
 *              the largest value. first_time, last_time: that time
 *   stddev     of a sample (n - 1), a double; of one value null. Of exact types the sums of values
 *              and of squares are exact integers, and only the quotient and its root are rounded
 *              (1e-15); CT_RANGE where the squares pass 256 bits. Of floats within 1e-12
 *   median     the middle value; of an even number the mean of the two in the middle, exactly
 *   quantile   nearest rank: of n values in order the ceil(quantile x n)th, at least the first. So
 *              always one of the values. Any type but strings
 *   mode       the most frequent value, of any type; of several the smallest
 *   count_distinct  different values of a field of any type, or of a tag (rows without it are not
 *              counted); exact
 *   increase   of a counter, for each series: how much it grew from each sample to the next. A
 *              smaller value is a reset: the counter is taken to have begun again from 0. What
 *              grew between two samples belongs to the bucket of the later one. Over several
 *              series the sum
 *   rate       increase / the time that it took, per `unit_ns` (0: a second), for each series by
 *              itself, from the sample before to the last sample of the bucket; over several series
 *              the sum. Of exact types rounded for each series at `scale` (12 by default) and
 *              summed exactly; of floats a double
 *   integral   of a rate over time, such as dollars per hour, for each series: a value holds until
 *              the next sample, the last one until the end of the range, but never longer than
 *              `gap_max_ns`; the time per `unit_ns` (0: an hour). An unbounded range ends with the
 *              last sample. Split exactly where buckets meet; over several series the sum. Of exact
 *              types rounded at `scale` (by default as a mean)
 *   approximate_quantile  as quantile within 1 % of the value, a double; needs no list of values.
 *              Values 2^31 times smaller than the largest count as about that small
 *   approximate_distinct  as count_distinct of a field, with a standard error of 1.6 %
 * increase, rate and integral see samples up to gap_max_ns before the range, as the ones before. */
enum ct_function {
    CT_COUNT = 0,
    CT_SUM = 1,
    CT_MEAN = 2,
    CT_MIN = 3,
    CT_MAX = 4,
    CT_FIRST = 5,
    CT_LAST = 6,
    CT_FIRST_TIME = 7,
    CT_LAST_TIME = 8,
    CT_SPREAD = 9,
    CT_STDDEV = 10,
    CT_MEDIAN = 11,
    CT_QUANTILE = 12,
    CT_MODE = 13,
    CT_COUNT_DISTINCT = 14,
    CT_INCREASE = 15,
    CT_RATE = 16,
    CT_INTEGRAL = 17,
    CT_APPROXIMATE_QUANTILE = 18,
    CT_APPROXIMATE_DISTINCT = 19,
};
#define CT_FUNCTION_COUNT 20

/* "count", "sum", ...: static text. */
const char *ct_function_name(enum ct_function function);

struct ct_aggregate {
    enum ct_function function;
    struct ct_text field;
    struct ct_text name; /* of the result column; empty: "sum_cost_usd", "count" */
    struct ct_text tag;  /* of count_distinct, in place of a field */
    double quantile;     /* 0 to 1, taken as the shortest decimal that is this double */
    int64_t unit_ns;
    int64_t gap_max_ns; /* 0: any gap, and nothing before the range */
    bool has_scale;
    uint8_t scale; /* digits after the point, at most 38 */
};

/* A condition on a row, as a tree. */
enum ct_filter_kind {
    CT_FILTER_AND = 0,         /* all of children; none: true */
    CT_FILTER_OR = 1,          /* one of children; none: false */
    CT_FILTER_NOT = 2,         /* not its one child */
    CT_FILTER_IN = 3,          /* the tag has one of values; "" is a missing tag */
    CT_FILTER_MATCH = 4,       /* the tag's text matches the regular expression `pattern`; "" is
                                  the text of a missing tag */
    CT_FILTER_PRESENT = 5,     /* the row has the tag */
    CT_FILTER_FIELD = 6,       /* the field compares so with `value` */
    CT_FILTER_FIELD_MATCH = 7, /* the string field matches `pattern` */
    CT_FILTER_FIELD_PRESENT = 8,
};

enum ct_comparison {
    CT_EQUAL = 0,
    CT_NOT_EQUAL = 1,
    CT_LESS = 2,
    CT_LESS_EQUAL = 3,
    CT_GREATER = 4,
    CT_GREATER_EQUAL = 5,
};

/* A value is compared as a number of any type with any field of numbers: with a float field as
 * doubles, with the others exactly (a double is the shortest decimal that reads back as it). Bools
 * are equal or not; strings go by bytes. Anything else is CT_TYPE. */
struct ct_filter {
    enum ct_filter_kind kind;
    const struct ct_filter *children;
    uint32_t child_count;
    struct ct_text tag;
    const struct ct_text *values;
    uint32_t value_count;
    struct ct_text pattern; /* pattern.h */
    struct ct_text field;
    enum ct_comparison comparison;
    struct ct_value value;
    bool reads_value; /* the value is a string, to be read as the field's type: "12.50", "true" */
};

struct ct_order {
    struct ct_text column; /* name of a result column; empty: none */
    bool is_descending;
};

/* What stands in place of values that time buckets do not have. With any but none, each group that
 * has rows (with skips_empty: values) gets a row for each bucket of the range; where the range is
 * open, from its first, to its last bucket that has rows of any group. Filled are nulls, and the
 * counts of buckets without rows. */
enum ct_fill {
    CT_FILL_NONE = 0, /* no rows for buckets without rows */
    CT_FILL_NULL = 1, /* rows with nulls, and counts of 0 */
    CT_FILL_PREVIOUS =
        2,              /* the value of the bucket before, whatever it is; null before the first */
    CT_FILL_LINEAR = 3, /* numbers on the line between the buckets' starts, null outside; of exact
                           types rounded half to even at fill_scale, by default with 6 digits more
                           than the ends have, integers at whole ones */
    CT_FILL_VALUE = 4,  /* fill_value, in columns of numbers; CT_RANGE where a column of integers
                           cannot hold it */
};

/* A column worked out from two others, which stand before it in the answer, or from one and a
 * constant. Null where one of them is null, or the divisor 0; with a column of floats all is in
 * doubles, else exact: sums, differences and products to the last digit (products to the 38th after
 * the point), then rounded half to even at `scale` where one is given; ratios rounded once, by
 * default at 12 digits. */
enum ct_arithmetic {
    CT_ADD = 0,
    CT_SUBTRACT = 1,
    CT_MULTIPLY = 2,
    CT_DIVIDE = 3,
};

struct ct_operand {
    struct ct_text column; /* empty: the constant */
    struct ct_decimal constant;
};

struct ct_computed {
    enum ct_arithmetic operation;
    struct ct_operand left, right;
    struct ct_text name; /* of its column; must be given */
    bool has_scale;
    uint8_t scale;
};

/* Which of a row's costs is meant by aggregates without a field: the first there is of
 *   billed      cost_usd, billed_cost, cost
 *   effective   effective_cost, effective_cost_usd
 *   list        list_cost, list_cost_usd
 *   contracted  contracted_cost, contracted_cost_usd */
enum ct_basis {
    CT_BASIS_NONE = 0, /* such aggregates are CT_INVALID */
    CT_BASIS_BILLED = 1,
    CT_BASIS_EFFECTIVE = 2,
    CT_BASIS_LIST = 3,
    CT_BASIS_CONTRACTED = 4,
};

/* Amounts brought to one currency by rates of a table (rates.h), each at the rate in effect at the
 * time that it is counted at. Amounts of one currency under one rate are added up exactly, times
 * the rate; the sums of those are rounded once, half to even, where a scale is given (a mean at its
 * own), and are exact to the 38th digit after the point where none is. An amount without a rate is
 * CT_CURRENCY, with the pair and the day. Of money sums and means can be converted; time buckets of
 * a width need a range with both ends. */
struct ct_conversion {
    struct ct_text currency; /* empty: no conversion */
    struct ct_text table;    /* of rates; empty: "default" */
    bool has_scale;
    uint8_t scale;
};

/* By which of a charge's two dates it is counted. By billing: where the tag `billing_period` begins
 * with a month (2026-03, or a day in it), at the start of that month, whenever the charge was;
 * where it does not, at the start of the month of the charge. So a range holds the months that
 * begin in it, and time buckets are months or longer. Months are the calendar's, from the 1st. */
enum ct_dating {
    CT_DATED_BY_CHARGE = 0,
    CT_DATED_BY_BILLING = 1,
};

enum ct_query_mode {
    CT_QUERY_AGGREGATE = 0, /* columns: time (with time buckets), tags, aggregates, computed */
    CT_QUERY_ROWS = 1,      /* columns: time, tags, fields */
};

struct ct_query {
    struct ct_text database; /* empty: "default" */
    struct ct_text table;
    enum ct_query_mode mode;
    const struct ct_aggregate *aggregates;
    uint32_t aggregate_count;
    const struct ct_text *fields; /* of CT_QUERY_ROWS */
    uint32_t field_count;
    const struct ct_text *tags; /* grouped by, or selected */
    uint32_t tag_count;
    const struct ct_filter *filter; /* NULL: all */
    int64_t start_ns, end_ns;       /* start <= time < end; end INT64_MAX includes it */
    int64_t bucket_ns;              /* width of time buckets; 0: none */
    int64_t origin_ns;              /* a time at which a bucket begins */
    struct ct_order order;
    uint64_t limit;   /* rows of the result, after ordering; 0: all */
    bool skips_empty; /* leaves out rows of the result in which every field's value is null (a count
                         of 0) */
    bool has_period;  /* buckets of a calendar in place of bucket_ns */
    struct ct_period period;
    struct ct_calendar calendar;
    enum ct_fill fill;
    struct ct_decimal fill_value;
    bool has_fill_scale;
    uint8_t fill_scale;
    uint64_t bucket_limit; /* rows of each time bucket, the first by `order`, ties by tags; the
                              answer is sorted by time, then so. 0: all */
    const struct ct_computed *computed;
    uint32_t computed_count;
    enum ct_basis basis;
    enum ct_dating dating;
    struct ct_conversion conversion;
};

/* All zero is the default. */
struct ct_query_options {
    uint32_t
        threads; /* workers, the caller's thread among them; 0, 1: no other thread. At most 64 */
    uint64_t rows_max;   /* of the result, or of the groups on the way to it; 0: CT_QUERY_ROWS_MAX.
                            Beyond: CT_LIMIT */
    size_t memory_bytes; /* for groups and the result; 0: no limit. Beyond: CT_LIMIT */
    const _Atomic bool *is_cancelled; /* looked at once a block; NULL: never. Then CT_CANCELLED */
    int64_t elapsed_max_ns;           /* 0: no limit. Beyond, seen once a block: CT_LIMIT */
    const struct ct_clock *clock;     /* for that; NULL: the system's */
    bool ignores_stats;               /* decodes every block: for measuring and for checking */
    bool ignores_rollups;             /* reads rows, never cells: the same answer, slower */
};

/* Answers the query from the snapshot. The result is the caller's (ct_result_destroy) and
 * independent of the snapshot. What is exact (see ct_function) does not depend on `threads`.
 * Threads: any, each with its own snapshot or sharing one. Errors: CT_NOT_FOUND, CT_TYPE,
 * CT_INVALID, CT_CURRENCY, CT_LIMIT, CT_RANGE (a sum past 256 bits), CT_CANCELLED, and those of
 * reading. */
ct_status ct_query_run(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                       const struct ct_allocator *allocator, const struct ct_query *query,
                       const struct ct_query_options *options, struct ct_result **out,
                       struct ct_error *err) CT_MUST_USE;

#endif
