#include "query_model.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define HOUR_NS   (INT64_C(3600) * 1000000000)
#define START_NS  (INT64_C(1780272000) * 1000000000) /* 2026-06-01 */
#define NODE_NONE 3

static const struct {
    const char *name;
    enum ct_type type;
} fields[MODEL_TABLES][MODEL_FIELDS] = {
    {{"cost_usd", CT_DECIMAL},
     {"note", CT_STRING},
     {"entry_id", CT_STRING},
     {"count", CT_INT64},
     {"flag", CT_BOOL}},
    {{"cpu", CT_FLOAT64},
     {"count", CT_INT64},
     {"total", CT_UINT64},
     {"flag", CT_BOOL},
     {"rate_usd", CT_DECIMAL}},
};

static const char *const tables[MODEL_TABLES] = {"cost", "system"};

/* -- Questions ------------------------------------------------------------------------------------
 */

static bool is_number(enum ct_type type)
{
    return type != CT_STRING && type != CT_BOOL;
}

static void random_aggregate(struct query_model *question, uint32_t i, struct sim_random *random)
{
    static const enum ct_function functions[] = {
        CT_COUNT, CT_SUM, CT_MEAN, CT_MIN, CT_MAX, CT_FIRST, CT_LAST, CT_FIRST_TIME, CT_LAST_TIME};
    struct ct_aggregate *aggregate = &question->aggregates[i];
    *aggregate = (struct ct_aggregate){.function = CT_COUNT};
    question->fields[i] = -1;
    if (sim_random_chance(random, 8))
        return;
    int field = (int)sim_random_below(random, MODEL_FIELDS);
    if (question->table == MODEL_COST && field == 2) /* entry ids are the rows' identity */
        field = 0;
    question->fields[i] = field;
    aggregate->field = ct_text_of(fields[question->table][field].name);
    aggregate->function = functions[sim_random_below(random, CT_COUNT_OF(functions))];
    const bool needs_number = aggregate->function == CT_SUM || aggregate->function == CT_MEAN ||
                              aggregate->function == CT_MIN || aggregate->function == CT_MAX;
    if (needs_number && !is_number(fields[question->table][field].type))
        aggregate->function = CT_LAST;
}

static void random_filter(struct query_model *question, struct sim_random *random)
{
    uint32_t count = 0;
    question->cluster = question->node = -1;
    if (sim_random_chance(random, 3)) {
        question->cluster = (int)sim_random_below(random, 3);
        snprintf(question->texts[count], 8, "c%d", question->cluster);
        question->wanted[count] = ct_text_of(question->texts[count]);
        question->conditions[count] = (struct ct_filter){.kind = CT_FILTER_IN,
                                                         .tag = ct_text_of("cluster"),
                                                         .values = &question->wanted[count],
                                                         .value_count = 1};
        count++;
    }
    if (sim_random_chance(random, 4)) {
        question->node = (int)sim_random_below(random, 4); /* NODE_NONE: rows without the tag */
        snprintf(question->texts[count], 8, "n%d", question->node);
        question->wanted[count] = question->node == NODE_NONE ? (struct ct_text){"", 0}
                                                              : ct_text_of(question->texts[count]);
        question->conditions[count] = (struct ct_filter){.kind = CT_FILTER_IN,
                                                         .tag = ct_text_of("node"),
                                                         .values = &question->wanted[count],
                                                         .value_count = 1};
        count++;
    }
    question->all = (struct ct_filter){
        .kind = CT_FILTER_AND, .children = question->conditions, .child_count = count};
    if (count)
        question->query.filter = &question->all;
}

static int64_t random_edge(struct sim_random *random)
{
    int64_t edge_ns = START_NS + ((int64_t)sim_random_below(random, 200) - 60) * 24 * HOUR_NS / 2;
    if (sim_random_chance(random, 2))
        edge_ns = START_NS + (int64_t)sim_random_below(random, 60) * HOUR_NS;
    if (sim_random_chance(random, 3))
        edge_ns += (int64_t)sim_random_below(random, 90) * HOUR_NS / 60;
    if (sim_random_chance(random, 6))
        edge_ns += (int64_t)sim_random_below(random, 3) - 1;
    return edge_ns;
}

static void random_times(struct query_model *question, struct sim_random *random)
{
    static const int64_t widths[] = {0,
                                     0,
                                     0,
                                     HOUR_NS,
                                     24 * HOUR_NS,
                                     7 * 24 * HOUR_NS,
                                     HOUR_NS / 2,
                                     HOUR_NS / 60,
                                     5 * HOUR_NS + 1};
    struct ct_query *query = &question->query;
    query->start_ns = INT64_MIN;
    query->end_ns = INT64_MAX;
    if (!sim_random_chance(random, 4)) {
        const int64_t a = random_edge(random);
        const int64_t b = random_edge(random);
        query->start_ns = a < b ? a : b;
        query->end_ns = (a < b ? b : a) + 1;
    }
    query->bucket_ns = widths[sim_random_below(random, CT_COUNT_OF(widths))];
    if (query->bucket_ns && sim_random_chance(random, 3))
        query->origin_ns = (int64_t)sim_random_below(random, 48) * HOUR_NS / 2;
}

static bool is_there(const struct query_model *question, struct ct_store *store)
{
    struct ct_catalog *catalog = ct_store_catalog(store);
    const uint32_t database = ct_catalog_find_database(catalog, ct_text_of("default"));
    if (database == CT_NONE)
        return false;
    const uint32_t table =
        ct_catalog_find_table(catalog, database, ct_text_of(tables[question->table]));
    if (table == CT_NONE)
        return false;
    for (uint32_t i = 0; i < question->query.aggregate_count; i++)
        if (question->fields[i] >= 0 &&
            ct_catalog_find_field(catalog, table, question->aggregates[i].field) == CT_NONE)
            return false;
    return true;
}

bool query_model_random(struct query_model *question, struct ct_store *store,
                        struct sim_random *random)
{
    memset(question, 0, sizeof *question);
    question->table = (int)sim_random_below(random, MODEL_TABLES);
    struct ct_query *query = &question->query;
    query->table = ct_text_of(tables[question->table]);
    query->aggregates = question->aggregates;
    query->aggregate_count = 1 + (uint32_t)sim_random_below(random, QUERY_MODEL_AGGREGATES);
    for (uint32_t i = 0; i < query->aggregate_count; i++)
        random_aggregate(question, i, random);
    question->by_cluster = sim_random_chance(random, 2);
    question->by_node = sim_random_chance(random, 3);
    query->tags = question->tags;
    if (question->by_cluster)
        question->tags[query->tag_count++] = ct_text_of("cluster");
    if (question->by_node)
        question->tags[query->tag_count++] = ct_text_of("node");
    random_filter(question, random);
    random_times(question, random);
    return is_there(question, store);
}

/* -- Answers --------------------------------------------------------------------------------------
 */

static int cluster_of(const struct model_row *row)
{
    return row->series / 3;
}

static int node_of(const struct model_row *row)
{
    return row->series == MODEL_SERIES - 1 ? NODE_NONE : row->series % 3;
}

static bool is_wanted(const struct query_model *question, const struct model_row *row)
{
    const struct ct_query *query = &question->query;
    return row->table == question->table && row->time_ns >= query->start_ns &&
           (query->end_ns == INT64_MAX || row->time_ns < query->end_ns) &&
           (question->cluster < 0 || cluster_of(row) == question->cluster) &&
           (question->node < 0 || node_of(row) == question->node);
}

static int64_t bucket_of(const struct query_model *question, const struct model_row *row)
{
    const int64_t width_ns = question->query.bucket_ns;
    if (width_ns == 0)
        return 0;
    int64_t rest = (row->time_ns - question->query.origin_ns) % width_ns;
    return row->time_ns - (rest < 0 ? rest + width_ns : rest);
}

static struct ct_value value_of(const struct model_value *value, enum ct_type type)
{
    struct ct_value out = {.type = type};
    if (type == CT_DECIMAL)
        out.decimal = (struct ct_decimal){value->mantissa, value->scale};
    else if (type == CT_FLOAT64)
        out.float64 = value->real;
    else if (type == CT_BOOL)
        out.boolean = value->number != 0;
    else
        out.int64 = value->number;
    return out;
}

/* Strings are numbers of texts here; their order is that of the texts. */
static int text_rank(int64_t number)
{
    static const int ranks[] = {0, 1, 3, 4, 2};
    return ranks[number];
}

static int compare_values(const struct ct_value *a, const struct ct_value *b)
{
    switch (a->type) {
    case CT_DECIMAL:
        return ct_decimal_compare(a->decimal, b->decimal);
    case CT_FLOAT64:
        return (a->float64 > b->float64) - (a->float64 < b->float64);
    case CT_BOOL:
        return (int)a->boolean - (int)b->boolean;
    case CT_STRING:
        return text_rank(a->int64) - text_rank(b->int64);
    case CT_INT64:
        return (a->int64 > b->int64) - (a->int64 < b->int64);
    case CT_UINT64:
        return (a->uint64 > b->uint64) - (a->uint64 < b->uint64);
    }
    return 0;
}

/* One cell of the answer: the rows of a group and bucket, one aggregate of them. */
struct sum_up {
    uint64_t rows, count;
    struct ct_decimal_sum exact;
    double floating;
    struct ct_value min, max, first, last;
    int64_t first_ns, last_ns;
};

static void add_value(struct sum_up *cell, int64_t time_ns, const struct ct_value *value)
{
    const bool is_new = cell->count++ == 0;
    ct_status status = CT_OK;
    if (value->type == CT_DECIMAL)
        status = ct_decimal_sum_add(&cell->exact, value->decimal.mantissa, value->decimal.scale);
    else if (value->type == CT_INT64)
        status = ct_decimal_sum_add(&cell->exact, value->int64, 0);
    else if (value->type == CT_UINT64)
        status = ct_decimal_sum_add(&cell->exact, value->uint64, 0);
    else if (value->type == CT_FLOAT64)
        cell->floating += value->float64;
    if (status != CT_OK)
        abort();
    if (is_new || compare_values(value, &cell->min) < 0)
        cell->min = *value;
    if (is_new || compare_values(value, &cell->max) > 0)
        cell->max = *value;
    if (is_new || time_ns < cell->first_ns ||
        (time_ns == cell->first_ns && compare_values(value, &cell->first) > 0)) {
        cell->first = *value;
        cell->first_ns = time_ns;
    }
    if (is_new || time_ns > cell->last_ns ||
        (time_ns == cell->last_ns && compare_values(value, &cell->last) > 0)) {
        cell->last = *value;
        cell->last_ns = time_ns;
    }
}

/* A wanted row and the group that it belongs to; groups stand together. */
struct keyed_row {
    const struct model_row *row;
    int64_t bucket;
    int cluster, node; /* -1 where the question does not group by them */
};

static int compare_keys(const void *left, const void *right)
{
    const struct keyed_row *a = left;
    const struct keyed_row *b = right;
    if (a->bucket != b->bucket)
        return a->bucket < b->bucket ? -1 : 1;
    return a->cluster != b->cluster ? a->cluster - b->cluster : a->node - b->node;
}

static size_t list_wanted(const struct query_model *question, const struct model_row *rows,
                          size_t count, struct keyed_row *out)
{
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++)
        if (is_wanted(question, &rows[i]))
            out[wanted++] = (struct keyed_row){
                .row = &rows[i],
                .bucket = bucket_of(question, &rows[i]),
                .cluster = question->by_cluster ? cluster_of(&rows[i]) : -1,
                .node = question->by_node ? node_of(&rows[i]) : -1,
            };
    qsort(out, wanted, sizeof *out, compare_keys);
    return wanted;
}

/* Where the key's group begins, or would. */
static size_t find_group(const struct keyed_row *rows, size_t count, const struct keyed_row *key)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_keys(&rows[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct sum_up sum_group(const struct query_model *question, int field,
                               const struct keyed_row *key, const struct keyed_row *rows,
                               size_t count)
{
    struct sum_up cell = {0};
    for (size_t i = find_group(rows, count, key); i < count && compare_keys(&rows[i], key) == 0;
         i++) {
        const struct model_row *row = rows[i].row;
        cell.rows++;
        if (field < 0 || !row->values[field].is_set)
            continue;
        const struct ct_value value =
            value_of(&row->values[field], fields[question->table][field].type);
        add_value(&cell, row->time_ns, &value);
    }
    return cell;
}

static const char *const texts[] = {"", "a", "spot \"price\"", "\xc3\xa4rger",
                                    "a longer note, with more in it"};

static bool same_value(const struct ct_result_column *column, uint64_t row,
                       const struct ct_value *value)
{
    struct ct_decimal_sum sum = {0};
    switch (value->type) {
    case CT_DECIMAL:
        return ct_decimal_sum_add(&sum, value->decimal.mantissa, value->decimal.scale) == CT_OK &&
               ct_decimal_sum_compare(&sum, &column->decimal[row]) == 0;
    case CT_FLOAT64:
        return column->float64[row] == value->float64;
    case CT_BOOL:
        return column->boolean[row] == value->boolean;
    case CT_STRING:
        return ct_text_equal(column->text[row], ct_text_of(texts[value->int64]));
    case CT_INT64:
    case CT_UINT64:
        return column->int64[row] == value->int64;
    }
    return false;
}

static bool same_sum(const struct ct_result_column *column, uint64_t row, const struct sum_up *cell)
{
    if (column->type == CT_RESULT_FLOAT64)
        return fabs(column->float64[row] - cell->floating) <= 1e-9 + 1e-11 * fabs(cell->floating);
    return ct_decimal_sum_compare(&column->decimal[row], &cell->exact) == 0;
}

/* Within half of the last digit that the mean shows. */
static bool same_mean(const struct ct_result_column *column, uint64_t row,
                      const struct sum_up *cell)
{
    const double expected =
        (column->type == CT_RESULT_FLOAT64 ? cell->floating
                                           : ct_decimal_sum_to_double(&cell->exact)) /
        (double)cell->count;
    const double found = ct_result_to_double(column, row);
    return fabs(found - expected) <= 1e-6 + 1e-11 * fabs(expected);
}

static bool same_output(const struct ct_result_column *column, uint64_t row,
                        enum ct_function function, bool counts_rows, const struct sum_up *cell)
{
    if (function == CT_COUNT)
        return column->uint64[row] == (counts_rows ? cell->rows : cell->count);
    if (column->is_null[row] != (cell->count == 0))
        return false;
    if (cell->count == 0)
        return true;
    if (function == CT_SUM)
        return same_sum(column, row, cell);
    if (function == CT_MEAN)
        return same_mean(column, row, cell);
    if (function == CT_FIRST_TIME || function == CT_LAST_TIME)
        return column->int64[row] == (function == CT_FIRST_TIME ? cell->first_ns : cell->last_ns);
    return same_value(column, row,
                      function == CT_MIN     ? &cell->min
                      : function == CT_MAX   ? &cell->max
                      : function == CT_FIRST ? &cell->first
                                             : &cell->last);
}

static int number_after(struct ct_text text, int otherwise)
{
    return text.len == 2 ? text.bytes[1] - '0' : otherwise;
}

static bool same_row(const struct query_model *question, const struct ct_result *result,
                     uint64_t row, const struct keyed_row *rows, size_t count, uint64_t *seen)
{
    const struct ct_result_column *column = result->columns;
    struct keyed_row key = {.cluster = -1, .node = -1};
    if (question->query.bucket_ns)
        key.bucket = (column++)->int64[row];
    if (question->by_cluster)
        key.cluster = number_after((column++)->text[row], -1);
    if (question->by_node)
        key.node = number_after((column++)->text[row], NODE_NONE);
    for (uint32_t i = 0; i < question->query.aggregate_count; i++) {
        const struct sum_up cell = sum_group(question, question->fields[i], &key, rows, count);
        if (i == 0)
            *seen += cell.rows;
        if (!same_output(&column[i], row, question->aggregates[i].function, question->fields[i] < 0,
                         &cell)) {
            fprintf(stderr, "row %" PRIu64 ", column %.*s differs\n", row, (int)column[i].name.len,
                    column[i].name.bytes);
            return false;
        }
    }
    return true;
}

bool query_model_matches(const struct query_model *question, const struct model_row *rows,
                         size_t row_count, const struct ct_result *result)
{
    struct keyed_row *wanted = calloc(row_count + 1, sizeof *wanted);
    if (!wanted)
        abort();
    const size_t wanted_count = list_wanted(question, rows, row_count, wanted);
    uint64_t seen = 0;
    bool is_same = true;
    for (uint64_t row = 0; row < result->row_count && is_same; row++)
        is_same = same_row(question, result, row, wanted, wanted_count, &seen);
    if (is_same && seen != wanted_count)
        fprintf(stderr, "the groups have %" PRIu64 " rows of %zu\n", seen, wanted_count);
    free(wanted);
    return is_same && seen == wanted_count;
}
