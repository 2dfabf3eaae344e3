/* Defining: what is there already, or a new one. The ct_need_ functions are what the intake's
 * commit shares. */
#include "catalog_state.h"
#include "name_check.h"

struct ct_table_options ct_default_options(struct ct_text table_name)
{
    const bool is_ledger = ct_text_equal(table_name, ct_text_of("cost"));
    return (struct ct_table_options){
        .kind = is_ledger ? CT_TABLE_LEDGER : CT_TABLE_METRICS,
        .currency = "USD",
    };
}

static ct_status check_options(const struct ct_table_options *options, struct ct_error *err)
{
    if (ct_table_options_are_valid(options))
        return CT_OK;
    return ct_fail(err, CT_INVALID,
                   "table options: kind %d, partition %d, retention %lld ns, currency \"%.3s\"; "
                   "wanted are a known kind and partition, no negative retention, and three "
                   "capital letters",
                   (int)options->kind, (int)options->partition, (long long)options->retention_ns,
                   options->currency);
}

ct_status ct_need_database(struct ct_catalog *catalog, struct ct_text name, uint32_t *out,
                           struct ct_error *err)
{
    uint32_t database = ct_dictionary_find(&catalog->database_names, name);
    if (database == CT_NONE) {
        database = catalog->database_names.count;
        CT_TRY(ct_make_database(catalog, name, err));
    }
    *out = database;
    return CT_OK;
}

ct_status ct_need_table(struct ct_catalog *catalog, uint32_t database, struct ct_text name,
                        const struct ct_table_options *options, uint32_t *out, struct ct_error *err)
{
    uint32_t table = ct_locate_table(catalog, database, name);
    if (table == CT_NONE) {
        const struct ct_table_options fallback = ct_default_options(name);
        table = catalog->table_count;
        CT_TRY(ct_make_table(catalog, database, name, err));
        CT_TRY(ct_change_options(catalog, table, options ? options : &fallback, err));
    }
    *out = table;
    return CT_OK;
}

static const char *money_text(bool is_money)
{
    return is_money ? " (money)" : "";
}

ct_status ct_need_field(struct ct_catalog *catalog, uint32_t table, struct ct_text name,
                        enum ct_type type, bool is_money, uint32_t *out, struct ct_error *err)
{
    const struct ct_table *of = ct_table_of(catalog, table);
    uint32_t field = ct_dictionary_find(&of->fields, name);
    if (field == CT_NONE) {
        field = of->fields.count;
        CT_TRY(ct_make_field(catalog, table, name, type, is_money, err));
    } else {
        const struct ct_field_kind kind = of->field_kinds[field];
        if (kind.type != type || kind.is_money != is_money)
            return ct_fail(err, CT_TYPE, "field \"%.*s\" of table \"%.*s\" is %s%s, not %s%s",
                           CT_SHOWN(name), CT_SHOWN(ct_table_name_of(catalog, table)),
                           ct_type_name((enum ct_type)kind.type), money_text(kind.is_money),
                           ct_type_name(type), money_text(is_money));
    }
    *out = field;
    return CT_OK;
}

/* The numbers of the tag's key and value, made where they are missing. */
static ct_status need_tag(struct ct_catalog *catalog, uint32_t table, const struct ct_tag *tag,
                          struct ct_tag_code *out, struct ct_error *err)
{
    const struct ct_series_table *series = &ct_table_of(catalog, table)->series;
    out->tag = ct_dictionary_find(&series->keys, tag->key);
    if (out->tag == CT_NONE) {
        out->tag = series->keys.count;
        CT_TRY(ct_make_tag(catalog, table, tag->key, err));
    }
    const struct ct_dictionary *values = &series->columns[out->tag].values;
    const uint32_t value = ct_dictionary_find(values, tag->value);
    out->code = (value == CT_NONE ? values->count : value) + 1;
    return value == CT_NONE ? ct_make_value(catalog, table, out->tag, tag->value, err) : CT_OK;
}

static ct_status make_series_of(struct ct_catalog *catalog, uint32_t table,
                                const struct ct_tag *tags, uint32_t tag_count, struct ct_error *err)
{
    struct ct_tag_code codes[CT_TAGS_MAX];
    for (uint32_t i = 0; i < tag_count; i++) {
        struct ct_tag_code code;
        CT_TRY(need_tag(catalog, table, &tags[i], &code, err));
        ct_tag_code_insert(codes, i, code);
    }
    return ct_make_series(catalog, table, codes, tag_count, err);
}

ct_status ct_need_series(struct ct_catalog *catalog, uint32_t table, const struct ct_tag *tags,
                         uint32_t tag_count, uint32_t *out, struct ct_error *err)
{
    uint32_t series = ct_locate_series(catalog, table, tags, tag_count);
    if (series == CT_NONE) {
        series = ct_table_of(catalog, table)->series.count;
        if (series >= catalog->series_max)
            return ct_fail(err, CT_LIMIT,
                           "table \"%.*s\" has %u series, which is the limit; a tag with ever new "
                           "values belongs into a field",
                           CT_SHOWN(ct_table_name_of(catalog, table)), series);
        CT_TRY(make_series_of(catalog, table, tags, tag_count, err));
    }
    *out = series;
    return CT_OK;
}

/* -- Public ------------------------------------------------------------------------------------ */

static void lock_to_define(struct ct_catalog *catalog)
{
    ct_rwlock_lock_write(&catalog->lock);
    ct_undo_begin(catalog);
}

static ct_status settle_and_unlock(struct ct_catalog *catalog, ct_status status)
{
    ct_undo_settle(catalog, status);
    ct_rwlock_unlock(&catalog->lock);
    return status;
}

ct_status ct_catalog_define_database(struct ct_catalog *catalog, struct ct_text name, uint32_t *out,
                                     struct ct_error *err)
{
    CT_TRY(ct_name_check(name, "database name", err));
    lock_to_define(catalog);
    return settle_and_unlock(catalog, ct_need_database(catalog, name, out, err));
}

ct_status ct_catalog_define_table(struct ct_catalog *catalog, uint32_t database,
                                  struct ct_text name, const struct ct_table_options *options,
                                  uint32_t *out, struct ct_error *err)
{
    CT_TRY(ct_name_check(name, "table name", err));
    if (options)
        CT_TRY(check_options(options, err));
    lock_to_define(catalog);
    return settle_and_unlock(catalog, ct_need_table(catalog, database, name, options, out, err));
}

ct_status ct_catalog_set_table_options(struct ct_catalog *catalog, uint32_t table,
                                       const struct ct_table_options *options, struct ct_error *err)
{
    CT_TRY(check_options(options, err));
    ct_rwlock_lock_write(&catalog->lock);
    const ct_status status = ct_change_options(catalog, table, options, err);
    ct_rwlock_unlock(&catalog->lock);
    return status;
}

ct_status ct_catalog_define_field(struct ct_catalog *catalog, uint32_t table, struct ct_text name,
                                  enum ct_type type, bool is_money, uint32_t *out,
                                  struct ct_error *err)
{
    CT_ASSERT(ct_type_is_known(type));
    CT_TRY(ct_name_check(name, "field name", err));
    if (is_money && type != CT_DECIMAL)
        return ct_fail(err, CT_INVALID, "field \"%.*s\" is money and so must be decimal, not %s",
                       CT_SHOWN(name), ct_type_name(type));
    lock_to_define(catalog);
    return settle_and_unlock(catalog,
                             ct_need_field(catalog, table, name, type, is_money, out, err));
}

ct_status ct_catalog_define_series(struct ct_catalog *catalog, uint32_t table,
                                   const struct ct_tag *tags, uint32_t tag_count, uint32_t *out,
                                   struct ct_error *err)
{
    CT_TRY(ct_tags_check(tags, tag_count, err));
    lock_to_define(catalog);
    return settle_and_unlock(catalog, ct_need_series(catalog, table, tags, tag_count, out, err));
}
