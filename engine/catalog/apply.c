/* Definitions from a log or a catalog file into a catalog.
 *
 * Invariant: a definition either repeats exactly what is there, or has the next number and is new
 * in every respect; anything else is damage. Options and the registry's records are the exception:
 * the latest word counts. */
#include "catalog_state.h"

/* The next number and nothing of that name; or the number of what has the name. */
enum standing { STANDING_NEW, STANDING_KNOWN, STANDING_WRONG };

static enum standing standing_of(uint32_t number, uint32_t count, uint32_t found)
{
    if (number == count && found == CT_NONE)
        return STANDING_NEW;
    return number < count && number == found ? STANDING_KNOWN : STANDING_WRONG;
}

/* CT_CORRUPT without a text: the caller knows where. */
static ct_status apply_database(struct ct_catalog *catalog, const struct ct_definition *d,
                                struct ct_error *err)
{
    const struct ct_dictionary *names = &catalog->database_names;
    switch (standing_of(d->number, names->count, ct_dictionary_find(names, d->text))) {
    case STANDING_NEW:
        return ct_make_database(catalog, d->text, err);
    case STANDING_KNOWN:
        return CT_OK;
    case STANDING_WRONG:
        break;
    }
    return CT_CORRUPT;
}

static ct_status apply_table(struct ct_catalog *catalog, const struct ct_definition *d,
                             struct ct_error *err)
{
    if (d->database >= catalog->database_names.count)
        return CT_CORRUPT;
    const uint32_t found = ct_locate_table(catalog, d->database, d->text);
    switch (standing_of(d->number, catalog->table_count, found)) {
    case STANDING_NEW:
        return ct_make_table(catalog, d->database, d->text, err);
    case STANDING_KNOWN:
        return CT_OK;
    case STANDING_WRONG:
        break;
    }
    return CT_CORRUPT;
}

static ct_status apply_field(struct ct_catalog *catalog, const struct ct_definition *d,
                             struct ct_error *err)
{
    const struct ct_table *table = ct_table_of(catalog, d->table);
    const struct ct_dictionary *fields = &table->fields;
    switch (standing_of(d->number, fields->count, ct_dictionary_find(fields, d->text))) {
    case STANDING_NEW:
        return ct_make_field(catalog, d->table, d->text, d->type, d->is_money, err);
    case STANDING_KNOWN:
        return table->field_kinds[d->number].type == d->type &&
                       table->field_kinds[d->number].is_money == d->is_money
                   ? CT_OK
                   : CT_CORRUPT;
    case STANDING_WRONG:
        break;
    }
    return CT_CORRUPT;
}

static ct_status apply_tag(struct ct_catalog *catalog, const struct ct_definition *d,
                           struct ct_error *err)
{
    const struct ct_dictionary *keys = &ct_table_of(catalog, d->table)->series.keys;
    switch (standing_of(d->number, keys->count, ct_dictionary_find(keys, d->text))) {
    case STANDING_NEW:
        return ct_make_tag(catalog, d->table, d->text, err);
    case STANDING_KNOWN:
        return CT_OK;
    case STANDING_WRONG:
        break;
    }
    return CT_CORRUPT;
}

static ct_status apply_value(struct ct_catalog *catalog, const struct ct_definition *d,
                             struct ct_error *err)
{
    const struct ct_series_table *series = &ct_table_of(catalog, d->table)->series;
    if (d->tag >= series->keys.count || d->number == 0)
        return CT_CORRUPT;
    const struct ct_dictionary *values = &series->columns[d->tag].values;
    switch (standing_of(d->number - 1, values->count, ct_dictionary_find(values, d->text))) {
    case STANDING_NEW:
        return ct_make_value(catalog, d->table, d->tag, d->text, err);
    case STANDING_KNOWN:
        return CT_OK;
    case STANDING_WRONG:
        break;
    }
    return CT_CORRUPT;
}

static ct_status apply_series(struct ct_catalog *catalog, const struct ct_definition *d,
                              struct ct_error *err)
{
    const struct ct_series_table *series = &ct_table_of(catalog, d->table)->series;
    for (uint32_t i = 0; i < d->tag_count; i++)
        if (d->tags[i].tag >= series->keys.count ||
            d->tags[i].code > series->columns[d->tags[i].tag].values.count)
            return CT_CORRUPT;
    const uint32_t found = ct_series_table_find(series, d->tags, d->tag_count);
    switch (standing_of(d->number, series->count, found)) {
    case STANDING_NEW:
        return ct_make_series(catalog, d->table, d->tags, d->tag_count, err);
    case STANDING_KNOWN:
        return CT_OK;
    case STANDING_WRONG:
        break;
    }
    return CT_CORRUPT;
}

static ct_status apply_one(struct ct_catalog *catalog, const struct ct_definition *d,
                           struct ct_error *err)
{
    if (d->kind == CT_DEFINE_DATABASE)
        return apply_database(catalog, d, err);
    if (d->kind == CT_DEFINE_TABLE)
        return apply_table(catalog, d, err);
    if (d->kind == CT_DEFINE_RECORD)
        return d->database < catalog->database_names.count ? ct_change_record(catalog, d, err)
                                                           : CT_CORRUPT;
    if (d->table >= catalog->table_count)
        return CT_CORRUPT;
    if (d->kind == CT_DEFINE_OPTIONS)
        return ct_change_options(catalog, d->table, d->options, err);
    if (d->kind == CT_DEFINE_FIELD)
        return apply_field(catalog, d, err);
    if (d->kind == CT_DEFINE_TAG)
        return apply_tag(catalog, d, err);
    return d->kind == CT_DEFINE_VALUE ? apply_value(catalog, d, err)
                                      : apply_series(catalog, d, err);
}

static ct_status apply_all(struct ct_catalog *catalog, const uint8_t *bytes, size_t len,
                           struct ct_error *err)
{
    struct ct_reader r = ct_reader_of(bytes, len);
    struct ct_definition definition;
    struct ct_definition_room room;
    while (ct_reader_left(&r) > 0) {
        const uint64_t offset = (uint64_t)(r.at - bytes);
        if (!ct_definition_read(&r, &definition, &room))
            return ct_fail_at(err, CT_CORRUPT, NULL, offset,
                              "no definition at byte %llu of the catalog's definitions",
                              (unsigned long long)offset);
        const ct_status status = apply_one(catalog, &definition, err);
        if (status == CT_NO_MEMORY)
            return status;
        if (status != CT_OK) /* a limit too: no catalog wrote past one */
            return ct_fail_at(err, CT_CORRUPT, NULL, offset,
                              "the definition at byte %llu (kind %d, number %u) contradicts "
                              "those before it",
                              (unsigned long long)offset, (int)definition.kind, definition.number);
    }
    return CT_OK;
}

ct_status ct_catalog_apply(struct ct_catalog *catalog, const uint8_t *bytes, size_t len,
                           struct ct_error *err)
{
    if (len == 0)
        return CT_OK;
    ct_rwlock_lock_write(&catalog->lock);
    const ct_status status = apply_all(catalog, bytes, len, err);
    ct_rwlock_unlock(&catalog->lock);
    return status;
}
