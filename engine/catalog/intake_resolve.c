/* From provisional to real, for a whole batch in one step.
 *
 * Invariant: under the catalog's lock, either all that the rows use becomes defined and only then
 * the batch's numbers change, or the catalog is as it was. What no row uses is not defined. */
#include "catalog_state.h"
#include "intake_detail.h"
#include "name_check.h"

static bool takes_part(const struct ct_batch_column *column)
{
    return column->values > 0;
}

static ct_status fill_ends(struct ct_intake *intake, struct ct_error *err)
{
    for (uint32_t t = 0; t < intake->table_count; t++) {
        const struct ct_batch_table *table = &intake->tables[t];
        for (uint32_t c = 0; c < table->column_count; c++) {
            struct ct_batch_column *column = &table->columns[c];
            if (!takes_part(column) || column->filled == table->row_count)
                continue;
            if (!ct_batch_column_reserve(column, intake->allocator, table->row_cap) ||
                !ct_batch_column_fill_gap(column, intake->allocator, table->row_count))
                return ct_intake_no_memory(err);
        }
    }
    return CT_OK;
}

static bool table_needs_definitions(const struct ct_batch_table *table)
{
    if (table->row_count == 0)
        return false;
    if (table->table & CT_PROVISIONAL || table->provisional_series > 0)
        return true;
    for (uint32_t c = 0; c < table->column_count; c++)
        if (takes_part(&table->columns[c]) && table->columns[c].field & CT_PROVISIONAL)
            return true;
    return false;
}

/* -- Checking ---------------------------------------------------------------------------------- */

static ct_status check_column(struct ct_catalog *catalog, uint32_t table,
                              const struct ct_batch_column *column, struct ct_error *err)
{
    const struct ct_table *of = ct_table_of(catalog, table);
    const uint32_t field = ct_dictionary_find(&of->fields, column->name);
    if (field == CT_NONE)
        return CT_OK;
    const struct ct_field_kind kind = of->field_kinds[field];
    if (kind.type == column->type && kind.is_money == column->is_money)
        return CT_OK;
    return ct_fail(err, CT_STALE,
                   "field \"%.*s\" of table \"%.*s\" has meanwhile been defined as %s%s, "
                   "the batch has %s%s",
                   CT_SHOWN(column->name), CT_SHOWN(ct_table_name_of(catalog, table)),
                   ct_type_name((enum ct_type)kind.type), kind.is_money ? " (money)" : "",
                   ct_type_name(column->type), column->is_money ? " (money)" : "");
}

static uint32_t locate_table(const struct ct_intake *intake, const struct ct_batch_table *table)
{
    if (!(table->table & CT_PROVISIONAL))
        return table->table;
    const uint32_t database =
        ct_dictionary_find(&intake->catalog->database_names, intake->database_name);
    return database == CT_NONE ? CT_NONE : ct_locate_table(intake->catalog, database, table->name);
}

/* Fields that others have defined meanwhile, before anything is made: their names would be made in
 * vain. */
static ct_status check_fields(const struct ct_intake *intake, struct ct_error *err)
{
    for (uint32_t t = 0; t < intake->table_count; t++) {
        const struct ct_batch_table *table = &intake->tables[t];
        if (!table_needs_definitions(table))
            continue;
        const uint32_t located = locate_table(intake, table);
        for (uint32_t c = 0; located != CT_NONE && c < table->column_count; c++)
            if (takes_part(&table->columns[c]) && table->columns[c].field & CT_PROVISIONAL)
                CT_TRY(check_column(intake->catalog, located, &table->columns[c], err));
    }
    return CT_OK;
}

/* -- Defining: nothing of the batch changes but `resolved`
 * ------------------------------------------ */

static ct_status define_fields(struct ct_intake *intake, const struct ct_batch_table *table,
                               uint32_t number, struct ct_error *err)
{
    for (uint32_t c = 0; c < table->column_count; c++) {
        const struct ct_batch_column *column = &table->columns[c];
        uint32_t field;
        if (takes_part(column) && column->field & CT_PROVISIONAL)
            CT_TRY(ct_need_field(intake->catalog, number, column->name, column->type,
                                 column->is_money, &field, err));
    }
    return CT_OK;
}

/* There was room for it when its row was read, so others have taken that meanwhile: the rows are to
 * be read again, which tells those past the limit from the others. */
static ct_status define_one_series(struct ct_intake *intake, uint32_t number,
                                   struct ct_provisional_series *series, struct ct_error *err)
{
    const ct_status status = ct_need_series(intake->catalog, number, series->tags,
                                            series->tag_count, &series->resolved, err);
    return status == CT_LIMIT
               ? ct_fail(err, CT_STALE,
                         "other writers have made the last series that the table may "
                         "have: read the rows again")
               : status;
}

static ct_status define_series(struct ct_intake *intake, uint32_t t, uint32_t number,
                               struct ct_error *err)
{
    const struct ct_batch_table *table = &intake->tables[t];
    struct ct_provisional_series *provisional = intake->detail->tables[t].series;
    if (table->provisional_series == 0)
        return CT_OK;
    for (uint32_t row = 0; row < table->row_count; row++) {
        if (!(table->series[row] & CT_PROVISIONAL))
            continue;
        struct ct_provisional_series *series = &provisional[table->series[row] & ~CT_PROVISIONAL];
        if (series->resolved == CT_NONE)
            CT_TRY(define_one_series(intake, number, series, err));
    }
    return CT_OK;
}

static ct_status define_table(struct ct_intake *intake, uint32_t t, uint32_t database,
                              struct ct_error *err)
{
    const struct ct_batch_table *table = &intake->tables[t];
    uint32_t number = table->table;
    if (number & CT_PROVISIONAL)
        CT_TRY(ct_need_table(intake->catalog, database, table->name, NULL, &number, err));
    CT_TRY(define_fields(intake, table, number, err));
    return define_series(intake, t, number, err);
}

/* What was undone has no number. */
static void forget_resolved(struct ct_intake *intake)
{
    for (uint32_t t = 0; t < intake->table_count; t++)
        for (uint32_t s = 0; s < intake->tables[t].provisional_series; s++)
            intake->detail->tables[t].series[s].resolved = CT_NONE;
}

static ct_status define_all(struct ct_intake *intake, struct ct_error *err)
{
    uint32_t database = intake->database;
    CT_TRY(check_fields(intake, err));
    if (database & CT_PROVISIONAL)
        CT_TRY(ct_need_database(intake->catalog, intake->database_name, &database, err));
    for (uint32_t t = 0; t < intake->table_count; t++)
        if (table_needs_definitions(&intake->tables[t]))
            CT_TRY(define_table(intake, t, database, err));
    return CT_OK;
}

/* -- Publishing: numbers of what is defined now; cannot fail
 * ---------------------------------------- */

static void publish_table(struct ct_intake *intake, uint32_t t)
{
    struct ct_batch_table *table = &intake->tables[t];
    struct ct_intake_table_detail *detail = &intake->detail->tables[t];
    table->table = locate_table(intake, table);
    const struct ct_dictionary *fields = &ct_table_of(intake->catalog, table->table)->fields;
    for (uint32_t c = 0; c < table->column_count; c++) {
        struct ct_batch_column *column = &table->columns[c];
        if (!takes_part(column) || !(column->field & CT_PROVISIONAL))
            continue;
        column->field = ct_dictionary_find(fields, column->name);
        detail->provisional_columns--;
    }
    if (table->provisional_series == 0)
        return;
    for (uint32_t row = 0; row < table->row_count; row++)
        if (table->series[row] & CT_PROVISIONAL)
            table->series[row] = detail->series[table->series[row] & ~CT_PROVISIONAL].resolved;
}

static void publish_all(struct ct_intake *intake)
{
    intake->database = ct_dictionary_find(&intake->catalog->database_names, intake->database_name);
    for (uint32_t t = 0; t < intake->table_count; t++)
        if (table_needs_definitions(&intake->tables[t]))
            publish_table(intake, t);
}

static bool needs_definitions(const struct ct_intake *intake)
{
    for (uint32_t t = 0; t < intake->table_count; t++)
        if (table_needs_definitions(&intake->tables[t]))
            return true;
    return false;
}

ct_status ct_intake_resolve(struct ct_intake *intake, struct ct_error *err)
{
    struct ct_catalog *catalog = intake->catalog;
    CT_TRY(fill_ends(intake, err));
    if (!needs_definitions(intake))
        return CT_OK;
    ct_rwlock_lock_write(&catalog->lock);
    ct_undo_begin(catalog);
    const ct_status status = ct_undo_settle(catalog, define_all(intake, err));
    if (status == CT_OK)
        publish_all(intake);
    else
        forget_resolved(intake);
    ct_rwlock_unlock(&catalog->lock);
    if (status == CT_OK)
        ct_intake_aliases_settle(intake);
    return status;
}
