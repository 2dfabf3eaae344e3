#include "line_known.h"

#include "bytes.h"

void ct_line_known_init(struct line_known *known, const struct ct_allocator *allocator)
{
    *known = (struct line_known){.allocator = allocator};
}

void ct_line_known_deinit(struct line_known *known)
{
    for (size_t i = 0; i < CT_KNOWN_TABLES; i++)
        ct_release(known->allocator, known->tables[i].fields);
    ct_release(known->allocator, known->next_alias);
}

void ct_line_known_fit(struct line_known *known, const struct ct_intake *intake)
{
    if (known->next_cap == intake->alias_cap)
        return;
    ct_release(known->allocator, known->next_alias);
    known->next_alias =
        ct_alloc_zeroed(known->allocator, intake->alias_cap, sizeof *known->next_alias);
    known->next_cap = known->next_alias ? intake->alias_cap : 0;
    known->last_alias = 0;
}

static struct ct_known_field known_field_of(struct ct_text raw_name)
{
    struct ct_known_field field = {.len = (uint32_t)raw_name.len + 1};
    char bytes[CT_KNOWN_NAME_BYTES_MAX] = {0};
    memcpy(bytes, raw_name.bytes, raw_name.len);
    bytes[raw_name.len] = '=';
    char mask[CT_KNOWN_NAME_BYTES_MAX] = {0};
    memset(mask, 0xff, field.len);
    for (size_t i = 0; i < CT_KNOWN_NAME_WORDS; i++) {
        field.word[i] = ct_load64(bytes + 8 * i);
        field.mask[i] = ct_load64(mask + 8 * i);
    }
    return field;
}

static struct ct_known_field *find(const struct ct_known_table *table, size_t index,
                                   const struct ct_known_field *field)
{
    for (size_t i = 0; i < table->count; i++) {
        struct ct_known_field *at = &table->fields[(index + i) % table->count];
        if (at->len == field->len && memcmp(at->word, field->word, sizeof at->word) == 0)
            return at;
    }
    return NULL;
}

static struct ct_known_field *append(struct line_known *known, struct ct_known_table *table)
{
    if (table->count == CT_KNOWN_FIELDS_MAX ||
        !ct_grow(known->allocator, &table->fields, &table->cap, table->count + 1,
                 sizeof *table->fields))
        return NULL;
    return &table->fields[table->count++];
}

void ct_line_known_add(struct line_known *known, const struct ct_intake *intake, uint32_t table,
                       size_t index, struct ct_text raw_name, uint32_t column)
{
    if (raw_name.len >= CT_KNOWN_NAME_BYTES_MAX || column == CT_NONE)
        return;
    struct ct_known_table *at = &known->tables[table % CT_KNOWN_TABLES];
    if (at->table != table) {
        at->table = table;
        at->count = 0;
    }
    struct ct_known_field field = known_field_of(raw_name);
    field.column = column;
    field.field = intake->tables[table].columns[column].field;
    struct ct_known_field *place = find(at, index, &field);
    if (!place)
        place = append(known, at);
    if (place)
        *place = field;
}
