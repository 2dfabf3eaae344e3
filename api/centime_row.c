/* Rows of any tables, one call each, into the writer's batch; centime_writer_commit makes them one
 * commit. For programs whose requests hold many tables and must be there whole or not at all. */
#include "api_writer.h"

#define ROW_FIELDS_MAX 1024

/* Insertion by key: tags mostly come sorted. */
static ct_status read_tags(const centime_row *row, struct ct_tag *tags, uint32_t *count,
                           struct ct_error *err)
{
    *count = 0;
    for (uint32_t i = 0; i < row->tag_count; i++) {
        const centime_row_tag *given = &row->tags[i];
        const struct ct_tag tag = {{given->key.bytes, given->key.len},
                                   {given->value.bytes, given->value.len}};
        if (tag.value.len == 0)
            continue;
        if (*count == CT_TAGS_MAX)
            return ct_fail(err, CT_LIMIT, "a row of more than %d tags", CT_TAGS_MAX);
        uint32_t at = (*count)++;
        for (; at > 0 && ct_text_compare(tags[at - 1].key, tag.key) > 0; at--)
            tags[at] = tags[at - 1];
        tags[at] = tag;
    }
    return CT_OK;
}

static ct_status read_field(centime_writer *writer, uint32_t table, const centime_column *column,
                            struct ct_row_value *value, struct ct_error *err)
{
    struct api_batch_field field = {.column = column};
    CT_TRY(api_check_column(column, err));
    if (column->type == CENTIME_TAG)
        return ct_fail(err, CT_INVALID, "\"%.80s\" is a tag among a row's fields", column->name);
    CT_TRY(ct_intake_column(writer->intake, table, ct_text_of(column->name),
                            api_written_type(column->type), &field.index, err));
    field.stored = writer->intake->tables[table].columns[field.index].type;
    return api_convert_value(&field, 0, value, err);
}

static ct_status add_row(centime_writer *writer, const centime_row *row, struct ct_error *err)
{
    struct ct_tag tags[CT_TAGS_MAX];
    struct ct_row_value values[ROW_FIELDS_MAX];
    uint32_t tag_count, table, series;
    if (row->field_count == 0 || row->field_count > ROW_FIELDS_MAX)
        return ct_fail(err, row->field_count ? CT_LIMIT : CT_INVALID,
                       "a row of %u fields: 1 to %d are allowed", row->field_count, ROW_FIELDS_MAX);
    CT_TRY(read_tags(row, tags, &tag_count, err));
    CT_TRY(ct_intake_table(writer->intake, api_text(row->table), &table, err));
    for (uint32_t i = 0; i < row->field_count; i++)
        CT_TRY(read_field(writer, table, &row->fields[i], &values[i], err));
    CT_TRY(ct_intake_series(writer->intake, table, tags, tag_count, &series, err));
    return ct_intake_row(writer->intake, table, series, row->time_ns, values, row->field_count,
                         err);
}

int centime_writer_row(centime_writer *writer, const centime_row *row, centime_error *err)
{
    struct ct_error story = {0};
    centime_row known;
    ct_status status = row ? CT_OK : ct_fail(&story, CT_INVALID, "no row");
    if (status == CT_OK)
        status = api_read_struct(&known, sizeof known, row, "centime_row", &story);
    if (status == CT_OK)
        status = add_row(writer, &known, &story);
    return api_answer(status, &story, err);
}
