#include "summary_query.h"

static uint32_t find_table(const struct ct_summary_source *source, const char *table)
{
    const uint32_t database = ct_catalog_find_database(source->catalog, source->database);
    return database == CT_NONE
               ? CT_NONE
               : ct_catalog_find_table(source->catalog, database, ct_text_of(table));
}

bool ct_summary_has_table(const struct ct_summary_source *source, const char *table)
{
    return find_table(source, table) != CT_NONE;
}

ct_status ct_summary_ask(const struct ct_summary_source *source,
                         const struct ct_summary_question *question, struct ct_summary_answer *out,
                         struct ct_error *err)
{
    const uint32_t table = find_table(source, question->table);
    struct ct_aggregate aggregates[CT_SUMMARY_VALUES_MAX];
    char names[CT_SUMMARY_VALUES_MAX][4];
    uint32_t count = 0;
    CT_ASSERT(table != CT_NONE && question->value_count <= CT_SUMMARY_VALUES_MAX);
    for (uint32_t i = 0; i < question->value_count; i++) {
        const struct ct_text field = ct_text_of(question->values[i].field);
        out->columns[i] = -1;
        if (field.len && ct_catalog_find_field(source->catalog, table, field) == CT_NONE)
            continue;
        out->columns[i] = (int)count;
        names[count][0] = (char)('a' + count); /* distinct: the same may be asked twice */
        aggregates[count] = (struct ct_aggregate){.function = question->values[i].function,
                                                  .field = field,
                                                  .name = {names[count], 1},
                                                  .quantile = question->values[i].quantile};
        count++;
    }
    const struct ct_query query = {
        .database = source->database,
        .table = ct_text_of(question->table),
        .aggregates = aggregates,
        .aggregate_count = count,
        .filter = question->filter,
        .start_ns = INT64_MIN,
        .end_ns = source->end_ns,
    };
    return ct_query_run(source->snapshot, source->catalog, source->allocator, &query,
                        source->options, &out->result, err);
}

/* NULL where there is no value. */
static const struct ct_result_column *column_of(const struct ct_summary_answer *answer,
                                                uint32_t value)
{
    const int at = answer->columns[value];
    if (at < 0 || answer->result->columns[at].is_null[0])
        return NULL;
    return &answer->result->columns[at];
}

bool ct_summary_double(const struct ct_summary_answer *answer, uint32_t value, double *out)
{
    const struct ct_result_column *column = column_of(answer, value);
    *out = column ? ct_result_to_double(column, 0) : 0;
    return column != NULL;
}

bool ct_summary_int64(const struct ct_summary_answer *answer, uint32_t value, int64_t *out)
{
    const struct ct_result_column *column = column_of(answer, value);
    const bool is_whole =
        column && (column->type == CT_RESULT_INT64 || column->type == CT_RESULT_UINT64 ||
                   column->type == CT_RESULT_TIME);
    *out = is_whole ? column->int64[0] : 0;
    return is_whole;
}

bool ct_summary_decimal(const struct ct_summary_answer *answer, uint32_t value,
                        struct ct_decimal_sum *out)
{
    const struct ct_result_column *column = column_of(answer, value);
    const bool is_decimal = column && column->type == CT_RESULT_DECIMAL;
    *out = is_decimal ? column->decimal[0] : (struct ct_decimal_sum){0};
    return is_decimal;
}

int64_t ct_summary_end(int64_t last_ns)
{
    return last_ns == 0 || last_ns == INT64_MAX ? INT64_MAX : last_ns + 1;
}

struct ct_filter ct_summary_tag_is(const char *tag, const struct ct_text *value)
{
    return (struct ct_filter){
        .kind = CT_FILTER_IN, .tag = ct_text_of(tag), .values = value, .value_count = 1};
}
