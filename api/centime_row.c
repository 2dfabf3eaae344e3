/* Rows of any tables, one call each, into the writer's batch; centime_writer_commit makes them one
 * commit. For programs whose requests hold many tables and must be there whole or not at all. */
#include "api_writer.h"

#define ROW_FIELDS_MAX     1024
#define IDENTITY_BYTES_MAX 4096 /* longer ones are looked up tag by tag each time */

/* Table and tags as they were given, in one piece: what has been seen so before is found by one
 * probe. Begins with a zero byte, which no line does, whose aliases stand in the same table. */
struct identity {
    char bytes[IDENTITY_BYTES_MAX];
    size_t len; /* 0: too long */
    uint64_t hash;
};

static bool identity_add(struct identity *identity, const char *bytes, size_t len)
{
    if (len > UINT16_MAX || len + 2 > IDENTITY_BYTES_MAX - identity->len)
        return false;
    identity->bytes[identity->len++] = (char)(len & 0xff);
    identity->bytes[identity->len++] = (char)(len >> 8);
    if (len)
        memcpy(identity->bytes + identity->len, bytes, len);
    identity->len += len;
    return true;
}

static void make_identity(struct identity *identity, const struct ct_intake *intake,
                          const centime_row *row)
{
    const struct ct_text table = api_text(row->table);
    identity->bytes[0] = 0;
    identity->len = 1;
    bool fits = identity_add(identity, table.bytes, table.len);
    for (uint32_t i = 0; fits && i < row->tag_count; i++) {
        const centime_row_tag *tag = &row->tags[i];
        fits = identity_add(identity, tag->key.bytes, tag->key.len) &&
               identity_add(identity, tag->value.bytes, tag->value.len);
    }
    if (fits)
        identity->hash = ct_intake_hash(intake, identity->bytes, identity->len);
    else
        identity->len = 0;
}

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

static ct_status find_series(centime_writer *writer, const centime_row *row, uint32_t *table,
                             uint32_t *series, struct ct_error *err)
{
    struct ct_intake *intake = writer->intake;
    struct ct_tag tags[CT_TAGS_MAX];
    struct identity identity;
    uint32_t tag_count;
    make_identity(&identity, intake, row);
    const struct ct_alias *alias =
        identity.len ? ct_intake_alias(intake, identity.hash, identity.bytes, identity.len) : NULL;
    if (alias) {
        *table = alias->table;
        *series = alias->series;
        return CT_OK;
    }
    CT_TRY(read_tags(row, tags, &tag_count, err));
    CT_TRY(ct_intake_table(intake, api_text(row->table), table, err));
    CT_TRY(ct_intake_series(intake, *table, tags, tag_count, series, err));
    if (identity.len)
        ct_intake_alias_add(intake, identity.hash, identity.bytes, identity.len, *table, *series);
    return CT_OK;
}

static ct_status add_row(centime_writer *writer, const centime_row *row, struct ct_error *err)
{
    struct ct_row_value values[ROW_FIELDS_MAX];
    uint32_t table, series;
    if (row->field_count == 0 || row->field_count > ROW_FIELDS_MAX)
        return ct_fail(err, row->field_count ? CT_LIMIT : CT_INVALID,
                       "a row of %u fields: 1 to %d are allowed", row->field_count, ROW_FIELDS_MAX);
    CT_TRY(find_series(writer, row, &table, &series, err));
    for (uint32_t i = 0; i < row->field_count; i++)
        CT_TRY(read_field(writer, table, &row->fields[i], &values[i], err));
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
