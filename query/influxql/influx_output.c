/* Rows of answers that do not come from a SELECT, and where they come from. */
#include "influx_statement.h"

#include <stdlib.h>

ct_status ct_influx_output_add(struct ct_influx_run *run, struct ct_influx_output *output,
                               struct ct_text name, const char *const *columns,
                               const enum ct_result_type *types, uint32_t column_count,
                               struct ct_error *err)
{
    CT_TRY(ct_influx_run_extend(run, &output->series, output->series_count, sizeof *output->series,
                                err));
    struct ct_result *rows = ct_result_create(run->allocator, 0);
    if (!rows)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer");
    output->series[output->series_count++] =
        (struct ct_influxql_series){.name = name, .rows = rows};
    CT_TRY(ct_result_set_columns(rows, column_count, err));
    for (uint32_t i = 0; i < column_count; i++) {
        rows->columns[i].type = types[i];
        CT_TRY(ct_result_copy_text(rows, ct_text_of(columns[i]), &rows->columns[i].name, err));
    }
    return CT_OK;
}

ct_status ct_influx_output_row(struct ct_influx_output *output,
                               const struct ct_influx_value *values, struct ct_error *err)
{
    struct ct_result *rows = output->series[output->series_count - 1].rows;
    if (rows->row_count >= CT_INFLUXQL_ROWS_MAX)
        return ct_fail(err, CT_LIMIT, "more than %u rows", CT_INFLUXQL_ROWS_MAX);
    if (rows->row_count == rows->row_cap)
        CT_TRY(ct_result_reserve(rows, rows->row_cap ? 2 * rows->row_cap : 16, err));
    for (uint32_t i = 0; i < rows->column_count; i++)
        CT_TRY(ct_influx_value_put(rows, i, rows->row_count, &values[i], err));
    rows->row_count++;
    return CT_OK;
}

/* -- Measurements ----------------------------------------------------------------------------- */

struct named_table {
    struct ct_text name;
    uint32_t table;
};

static int compare_tables(const void *a, const void *b)
{
    const struct named_table *x = a;
    const struct named_table *y = b;
    return ct_text_compare(x->name, y->name);
}

static ct_status is_named(struct ct_influx_run *run, const struct ct_influx_statement *statement,
                          struct ct_text name, bool *out, struct ct_error *err)
{
    *out = statement->source_count == 0;
    for (uint32_t i = 0; !*out && i < statement->source_count; i++) {
        struct ct_pattern *pattern;
        *out = ct_text_equal(statement->sources[i].name, name);
        if (!statement->sources[i].regex)
            continue;
        CT_TRY(ct_influx_run_pattern(run, statement->sources[i].regex, &pattern, err));
        CT_TRY(ct_pattern_matches(pattern, name, out, err));
    }
    return CT_OK;
}

/* FROM may name the database too. */
static struct ct_text database_of(const struct ct_influx_statement *statement)
{
    if (statement->source_count && statement->sources[0].database.len)
        return statement->sources[0].database;
    return statement->database;
}

ct_status ct_influx_tables(struct ct_influx_run *run, const struct ct_influx_statement *statement,
                           uint32_t **out, uint32_t *count, struct ct_error *err)
{
    struct named_table *tables;
    uint32_t database;
    uint32_t found = 0;
    const uint32_t table_count = ct_catalog_table_count(run->catalog);
    CT_TRY(ct_influx_run_database(run, database_of(statement), &database, err));
    CT_TRY(ct_influx_run_alloc(run, table_count, sizeof *tables, &tables, err));
    CT_TRY(ct_influx_run_alloc(run, table_count, sizeof **out, out, err));
    for (uint32_t table = 0; table < table_count; table++) {
        bool is_meant = false;
        const struct ct_text name = ct_catalog_table_name(run->catalog, table);
        if (ct_catalog_table_database(run->catalog, table) == database)
            CT_TRY(is_named(run, statement, name, &is_meant, err));
        if (is_meant)
            CT_TRY(ct_influx_run_has_rows(run, table, &is_meant, err));
        if (is_meant)
            tables[found++] = (struct named_table){name, table};
    }
    qsort(tables, found, sizeof *tables, compare_tables);
    for (uint32_t i = 0; i < found; i++)
        (*out)[i] = tables[i].table;
    *count = found;
    return CT_OK;
}

ct_status ct_influx_tag_sets(struct ct_influx_run *run, uint32_t table, const struct ct_text *tags,
                             uint32_t tag_count, const struct ct_filter *filter,
                             struct ct_influx_range range, struct ct_result **out,
                             struct ct_error *err)
{
    static const struct ct_aggregate count = {.function = CT_COUNT};
    const struct ct_query query = {
        .database =
            ct_catalog_database_name(run->catalog, ct_catalog_table_database(run->catalog, table)),
        .table = ct_catalog_table_name(run->catalog, table),
        .aggregates = &count,
        .aggregate_count = 1,
        .tags = tags,
        .tag_count = tag_count,
        .filter = filter,
        .start_ns = range.first_ns,
        .end_ns = range.last_ns == INT64_MAX ? INT64_MAX : range.last_ns + 1,
        .skips_empty = true,
    };
    const struct ct_query_options options = {
        .threads = run->options->threads,
        .rows_max = run->options->rows_max,
        .is_cancelled = run->options->is_cancelled,
    };
    return ct_query_run(run->snapshot, run->catalog, run->allocator, &query, &options, out, err);
}
