/* Which column a field's values go to, and of what type it is. */
#include "catalog_state.h"
#include "intake_detail.h"
#include "name_check.h"

/* What a column is to be. */
struct column_kind {
    uint32_t field;
    enum ct_type type;
    bool is_money;
};

static bool is_number(enum ct_type type)
{
    return type == CT_FLOAT64 || type == CT_INT64 || type == CT_UINT64 || type == CT_DECIMAL;
}

/* Whether a literal may stand in a column: the same type, or a number that can be widened without
 * loss. */
static bool is_accepted(enum ct_type column, enum ct_type written)
{
    if (column == written)
        return true;
    if (column == CT_DECIMAL)
        return is_number(written);
    return column == CT_FLOAT64 && (written == CT_INT64 || written == CT_UINT64);
}

static ct_status check_written(const struct ct_batch_table *table, struct ct_text field,
                               enum ct_type type, enum ct_type written, struct ct_error *err)
{
    if (is_accepted(type, written))
        return CT_OK;
    return ct_fail(err, CT_TYPE, "field \"%.*s\" of table \"%.*s\" is %s, the line writes %s",
                   CT_SHOWN(field), CT_SHOWN(table->name), ct_type_name(type),
                   ct_type_name(written));
}

/* As the catalog has it, or as a first value would make it. */
static struct column_kind kind_of(const struct ct_intake *intake,
                                  const struct ct_batch_table *table, struct ct_text field,
                                  enum ct_type written)
{
    if (!(table->table & CT_PROVISIONAL)) {
        const uint32_t number = ct_catalog_find_field(intake->catalog, table->table, field);
        if (number != CT_NONE) {
            const struct ct_field known = ct_catalog_field(intake->catalog, table->table, number);
            return (struct column_kind){number, known.type, known.is_money};
        }
    }
    const struct ct_field_rule rule = ct_field_rule_of(field);
    return (struct column_kind){
        .field = CT_PROVISIONAL,
        .type = rule.is_decimal ? CT_DECIMAL : written,
        .is_money = rule.is_money,
    };
}

static uint32_t find_column(const struct ct_intake *intake, uint32_t table, struct ct_text field)
{
    const struct ct_number_index *index = &intake->detail->tables[table].column_index;
    struct ct_number_probe probe = ct_number_index_probe(ct_intake_name_hash(intake, field));
    for (;;) {
        const uint32_t column = ct_number_index_next(index, &probe);
        if (column == CT_NONE || ct_text_equal(intake->tables[table].columns[column].name, field))
            return column;
    }
}

/* A place for one more column, or CT_NONE where memory is out. */
static uint32_t free_column(struct ct_intake *intake, uint32_t table)
{
    struct ct_batch_table *batch = &intake->tables[table];
    struct ct_free_places *places = &intake->detail->tables[table].free_columns;
    if (places->count > 0) {
        while (batch->columns[places->next].name.bytes)
            places->next++;
        return places->next;
    }
    size_t cap = batch->column_cap;
    if (!ct_grow(intake->allocator, &batch->columns, &cap, (size_t)batch->column_count + 1,
                 sizeof *batch->columns))
        return CT_NONE;
    batch->column_cap = (uint32_t)cap;
    batch->columns[batch->column_count] = (struct ct_batch_column){0};
    return batch->column_count;
}

static ct_status check_field_limit(const struct ct_intake *intake, uint32_t table,
                                   struct ct_error *err)
{
    const struct ct_batch_table *batch = &intake->tables[table];
    uint64_t fields = intake->detail->tables[table].provisional_columns;
    if (!(batch->table & CT_PROVISIONAL))
        fields += ct_catalog_field_count(intake->catalog, batch->table);
    if (fields < CT_TABLE_FIELDS_MAX)
        return CT_OK;
    return ct_fail(err, CT_LIMIT, "table \"%.*s\" has %d fields, no more are possible",
                   CT_SHOWN(batch->name), CT_TABLE_FIELDS_MAX);
}

static ct_status add_column(struct ct_intake *intake, uint32_t table, struct ct_text field,
                            const struct column_kind *kind, uint32_t *out, struct ct_error *err)
{
    struct ct_batch_table *batch = &intake->tables[table];
    struct ct_intake_table_detail *detail = &intake->detail->tables[table];
    if (kind->field & CT_PROVISIONAL)
        CT_TRY(check_field_limit(intake, table, err));
    if (!ct_number_index_reserve(&detail->column_index, intake->allocator))
        return ct_intake_no_memory(err);
    const uint32_t column = free_column(intake, table);
    const struct ct_text name =
        column == CT_NONE ? (struct ct_text){0} : ct_intake_name_copy(intake, field);
    if (!name.bytes)
        return ct_intake_no_memory(err);
    if (column == batch->column_count)
        batch->column_count++;
    else
        detail->free_columns.count--;
    batch->columns[column] = (struct ct_batch_column){
        .name = name, .field = kind->field, .type = kind->type, .is_money = kind->is_money};
    detail->provisional_columns += (kind->field & CT_PROVISIONAL) != 0;
    ct_number_index_add(&detail->column_index, ct_intake_name_hash(intake, name), column);
    *out = column;
    return CT_OK;
}

/* A column without values takes another type, or turns out to be in the catalog by now. */
static void change_column(struct ct_intake *intake, uint32_t table, uint32_t column,
                          const struct column_kind *kind)
{
    struct ct_batch_column *change = &intake->tables[table].columns[column];
    if (change->type != kind->type)
        ct_batch_column_release(change, intake->allocator);
    if (!(kind->field & CT_PROVISIONAL))
        intake->detail->tables[table].provisional_columns--;
    change->field = kind->field;
    change->type = kind->type;
    change->is_money = kind->is_money;
}

ct_status ct_intake_column(struct ct_intake *intake, uint32_t table, struct ct_text field,
                           enum ct_type written, uint32_t *out, struct ct_error *err)
{
    CT_ASSERT(table < intake->table_count && ct_type_is_known(written));
    const struct ct_batch_table *batch = &intake->tables[table];
    const uint32_t column = find_column(intake, table, field);
    if (column != CT_NONE && ct_batch_column_is_settled(&batch->columns[column])) {
        *out = column;
        return check_written(batch, field, batch->columns[column].type, written, err);
    }
    CT_TRY(ct_name_check(field, "field name", err));
    const struct column_kind kind = kind_of(intake, batch, field, written);
    CT_TRY(check_written(batch, field, kind.type, written, err));
    if (column == CT_NONE)
        return add_column(intake, table, field, &kind, out, err);
    change_column(intake, table, column, &kind);
    *out = column;
    return CT_OK;
}

static void free_name(struct ct_intake *intake, uint32_t table, uint32_t column)
{
    struct ct_intake_table_detail *detail = &intake->detail->tables[table];
    struct ct_batch_column *gone = &intake->tables[table].columns[column];
    ct_number_index_remove(&detail->column_index, ct_intake_name_hash(intake, gone->name), column);
    ct_batch_column_release(gone, intake->allocator);
    ct_intake_name_release(intake, gone->name);
    *gone = (struct ct_batch_column){0};
    detail->free_columns.count++;
    detail->provisional_columns--;
}

void ct_intake_reset_columns(struct ct_intake *intake, uint32_t table)
{
    struct ct_batch_table *batch = &intake->tables[table];
    struct ct_intake_table_detail *detail = &intake->detail->tables[table];
    for (uint32_t column = 0; column < batch->column_count; column++) {
        if (!batch->columns[column].name.bytes)
            continue;
        if (batch->columns[column].field & CT_PROVISIONAL)
            free_name(intake, table, column);
        else
            ct_batch_column_reset(&batch->columns[column], intake->allocator);
    }
    detail->free_columns.next = 0;
}

void ct_intake_release_columns(struct ct_intake *intake, uint32_t table)
{
    struct ct_batch_table *batch = &intake->tables[table];
    for (uint32_t column = 0; column < batch->column_count; column++) {
        ct_batch_column_release(&batch->columns[column], intake->allocator);
        ct_intake_name_release(intake, batch->columns[column].name);
    }
    ct_release(intake->allocator, batch->columns);
    batch->columns = NULL;
    batch->column_count = batch->column_cap = 0;
    ct_number_index_deinit(&intake->detail->tables[table].column_index, intake->allocator);
}
