/* A query with its names looked up and checked. Layer query, for its own files only.
 *
 * Invariant: everything in a plan exists in the catalog and fits together; executing it can fail
 * only by what is in the data or by limits. */
#ifndef CT_PLAN_H
#define CT_PLAN_H

#include "query.h"
#include "result_build.h"

/* What the cells must keep of a field, besides its count. */
enum ct_need {
    CT_NEED_SUM = 1,
    CT_NEED_MIN = 2,
    CT_NEED_MAX = 4,
    CT_NEED_FIRST = 8,
    CT_NEED_LAST = 16,
    CT_NEED_SQUARES = 32,    /* exact types: sum of squares; floats: moments */
    CT_NEED_VALUES = 64,     /* every value: bag.h */
    CT_NEED_QUANTILES = 128, /* a sketch */
    CT_NEED_DISTINCT = 256,  /* a sketch */
    CT_NEED_SERIES = 512,    /* samples of each series in the order of time: series_scan.h. Kept by
                                output, not by field */
};

struct ct_plan_field {
    uint32_t field; /* the catalog's number */
    enum ct_type type;
    bool is_money;
    bool is_amount; /* its money is added or compared: of one currency */
    unsigned needs; /* bits of ct_need */
};

/* One aggregate: `field` is an index among the plan's fields, CT_NONE for a count of rows or of
 * tags. */
struct ct_plan_output {
    enum ct_function function;
    uint32_t field;
    const struct ct_aggregate *aggregate; /* NULL for a selected field */
    struct ct_text name;                  /* of the field, also where the basis chose it */
    bool is_of_tag;
    uint32_t tag;               /* CT_NONE: no row has it */
    struct ct_decimal quantile; /* of quantile and median */
};

struct ct_plan {
    const struct ct_query *query;
    struct ct_catalog *catalog;
    const struct ct_allocator *allocator;
    uint32_t table;
    struct ct_plan_field *fields;     /* each field once: first those of outputs */
    uint32_t *field_numbers;          /* as a cursor wants them */
    uint32_t field_count;             /* of outputs */
    uint32_t read_count;              /* with those that only the filter looks at */
    struct ct_plan_output *outputs;   /* one for each aggregate */
    uint32_t tags[CT_QUERY_TAGS_MAX]; /* CT_NONE: no row has it */
    uint32_t currency_tag;            /* CT_NONE where the table has no such tag, or no money */
    char currency[4];                 /* of rows without the tag, where the table has money */
    bool has_money;
    bool checks_currency; /* money is summed up and not kept apart */
    bool needs_times;     /* first or last is asked for */
    bool needs_series;    /* rate and the like: a second pass */
    bool needs_tags;      /* values of tags are counted */
    bool filters_fields;
    const int64_t
        *edges; /* of time buckets, in place of the query's; borrowed. NULL: the query's */
    size_t edge_count;
    uint64_t rows_max;
};

/* On failure the plan is empty. The query outlives it. */
ct_status ct_plan_init(struct ct_plan *plan, struct ct_catalog *catalog,
                       const struct ct_query *query, const struct ct_query_options *options,
                       const struct ct_allocator *allocator, struct ct_error *err) CT_MUST_USE;
void ct_plan_deinit(struct ct_plan *plan);

/* What the result calls an output: two texts, one behind the other; `first` may be in the struct
 * itself. */
struct ct_output_name {
    char function[32];
    struct ct_text first, second;
};
void ct_plan_output_name(const struct ct_plan *plan, uint32_t output, struct ct_output_name *out);

/* Whether some part of the answer can only come from rows: then cells of rollups are of no use. */
bool ct_plan_needs_rows(const struct ct_plan *plan);

/* The text that code 0 of the tag stands for: "", or the table's currency. */
struct ct_text ct_plan_missing_tag(const struct ct_plan *plan, uint32_t tag);

/* The code that rows without the tag are counted under: 0, or that of the table's currency where
 * some row names it. */
uint32_t ct_plan_missing_code(const struct ct_plan *plan, uint32_t tag);

#endif
