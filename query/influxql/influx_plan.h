/* A SELECT with its names found, wildcards expanded and clauses worked out. Layer influxql, for its
 * own files only.
 *
 * Variables and calls are numbered (`slot` in the tree), the same ones alike, so that a row is
 * worked out by number. Whether a variable is a field, a tag or nothing is a matter of each source:
 * a measurement, or the answer of a subquery. */
#ifndef CT_INFLUX_PLAN_H
#define CT_INFLUX_PLAN_H

#include "influx_run.h"
#include "influx_time.h"

#define CT_INFLUX_SOURCES_MAX    10000 /* measurements that one SELECT reads */
#define CT_INFLUX_COLUMNS_MAX    2048
#define CT_INFLUX_DIMENSIONS_MAX CT_QUERY_TAGS_MAX

struct ct_influx_variable {
    struct ct_text name;
    enum ct_influx_cast cast;
    bool is_selected; /* read outside of calls, by a field */
    bool is_driving;  /* selected, or an argument of a call: rows are there because of it */
};

struct ct_influx_plan;

struct ct_influx_input {
    struct ct_text name; /* of the measurement */
    uint32_t table;      /* CT_NONE: a subquery */
    const struct ct_influx_plan *subquery;
};

struct ct_influx_plan {
    struct ct_influx_run *run;
    const struct ct_influx_select *select;
    struct ct_influx_input *inputs;
    uint32_t input_count;
    struct ct_influx_field *fields; /* expanded; alias is the column's name */
    uint32_t field_count;
    struct ct_influx_variable *variables;
    uint32_t variable_count;
    struct ct_influx_expr **calls;
    uint32_t call_count;
    struct ct_text *dimensions; /* tags grouped by, sorted, each once */
    uint32_t dimension_count;
    struct ct_influx_expr *condition; /* on tags and fields; NULL: none */
    struct ct_influx_range range;
    struct ct_influx_interval interval;
    bool has_inherited_interval;
    enum ct_influx_fill fill;
    bool is_descending;
    bool is_selector; /* its one call picks a row: that row's time and tags are shown */
    int64_t reach_ns; /* how far before the range (after it, descending) rows are read */
    struct ct_text time_name;
};

/* What a name is to a source. */
enum ct_influx_role { CT_ROLE_NONE, CT_ROLE_FIELD, CT_ROLE_TAG };

struct ct_influx_name {
    struct ct_text name;
    enum ct_influx_role role;
    enum ct_result_type type; /* of fields; CT_INFLUX_NULL where it is not known before running */
};

/* Plans the statement. parent: of a subquery, NULL otherwise. All memory is the run's arena's.
 * Errors: CT_INVALID and CT_NOT_FOUND, worded as InfluxDB words them; CT_LIMIT; CT_NO_MEMORY. */
ct_status ct_influx_plan_make(struct ct_influx_run *run, const struct ct_influx_select *select,
                              const struct ct_influx_plan *parent, struct ct_influx_plan **out,
                              struct ct_error *err) CT_MUST_USE;

/* -- Parts, in files of their own ------------------------------------------------------------- */

/* Refuses what InfluxDB refuses before it looks at data (influx_check.c). The plan has its interval
 * and fill. */
ct_status ct_influx_plan_check(const struct ct_influx_plan *plan, struct ct_error *err) CT_MUST_USE;

/* The tags that GROUP BY names, before sources are planned: subqueries inherit them. */
ct_status ct_influx_plan_add_named_dimensions(struct ct_influx_plan *plan,
                                              struct ct_error *err) CT_MUST_USE;

/* Fills fields and dimensions from the statement and the inputs (influx_expand.c). */
ct_status ct_influx_plan_expand(struct ct_influx_plan *plan, struct ct_error *err) CT_MUST_USE;

/* The names that an input has, sorted, in the arena. */
ct_status ct_influx_input_names(const struct ct_influx_plan *plan,
                                const struct ct_influx_input *input, struct ct_influx_name **out,
                                uint32_t *count, struct ct_error *err) CT_MUST_USE;

/* What one name is to the input. */
struct ct_influx_name ct_influx_input_find(const struct ct_influx_plan *plan,
                                           const struct ct_influx_input *input, struct ct_text name,
                                           enum ct_influx_cast cast);

struct ct_influx_frame;

/* The type of an expression's values: those of the frame's columns or, before anything was read
 * (NULL), of the inputs' fields. CT_INFLUX_NULL: it has none. */
enum ct_result_type ct_influx_expr_type(const struct ct_influx_plan *plan,
                                        const struct ct_influx_frame *frame,
                                        const struct ct_influx_expr *expr);

/* The one of two types that values of both are shown as. */
enum ct_result_type ct_influx_wider_type(enum ct_result_type a, enum ct_result_type b);

/* -- Functions -------------------------------------------------------------------------------- */

enum ct_influx_function {
    CT_CALL_COUNT,
    CT_CALL_SUM,
    CT_CALL_MEAN,
    CT_CALL_MIN,
    CT_CALL_MAX,
    CT_CALL_FIRST,
    CT_CALL_LAST,
    CT_CALL_MEDIAN,
    CT_CALL_MODE,
    CT_CALL_STDDEV,
    CT_CALL_SPREAD,
    CT_CALL_PERCENTILE,
    CT_CALL_DISTINCT,
    CT_CALL_TOP,
    CT_CALL_BOTTOM,
    CT_CALL_INTEGRAL,
    CT_CALL_DERIVATIVE,
    CT_CALL_NON_NEGATIVE_DERIVATIVE,
    CT_CALL_DIFFERENCE,
    CT_CALL_NON_NEGATIVE_DIFFERENCE,
    CT_CALL_CUMULATIVE_SUM,
    CT_CALL_MOVING_AVERAGE,
    CT_CALL_ELAPSED,
    CT_CALL_UNKNOWN,
};

/* By its name in lower case. */
enum ct_influx_function ct_influx_function_of(struct ct_text name);
/* abs, floor, ...: of one row's values, no calls in the sense of this file. */
bool ct_influx_is_math(struct ct_text name);
/* derivative and its kin, which read a series of points one after another. */
static inline bool ct_influx_function_is_transform(enum ct_influx_function function)
{
    return function >= CT_CALL_DERIVATIVE && function <= CT_CALL_ELAPSED;
}

#endif
