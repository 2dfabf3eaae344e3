/* Random queries over the tables of store_model.h, and their answers worked out row by row. For
 * tests. */
#ifndef QUERY_MODEL_H
#define QUERY_MODEL_H

#include "query.h"
#include "store_model.h"

#define QUERY_MODEL_AGGREGATES 4

/* A query and what its pointers point to. */
struct query_model {
    struct ct_query query;
    int table;
    int fields[QUERY_MODEL_AGGREGATES]; /* of each aggregate; -1: rows are counted */
    struct ct_aggregate aggregates[QUERY_MODEL_AGGREGATES];
    struct ct_text tags[2];
    bool by_cluster, by_node;
    int cluster, node; /* filtered to; -1: any */
    struct ct_filter conditions[2], all;
    struct ct_text wanted[2];
    char texts[2][8];
};

/* False where the table or one of the fields is not there yet. */
bool query_model_random(struct query_model *question, struct ct_store *store,
                        struct sim_random *random);

/* Whether the result is what the rows (of all tables) say; prints the first difference. */
bool query_model_matches(const struct query_model *question, const struct model_row *rows,
                         size_t row_count, const struct ct_result *result);

#endif
