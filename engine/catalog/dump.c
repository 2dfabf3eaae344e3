/* The whole catalog as one stream of definitions: databases, the registry's records by kind, then
 * table by table its options, fields, tag keys, values and series.
 *
 * Invariant: a definition comes after those it needs, also where others define on between two
 * pieces. For that, the ends of tables and of a table's series are noted before what they need is
 * dumped, and the ends of databases and of a table's tag keys once these are. */
#include "catalog_state.h"

static_assert(CT_DUMP_PIECE_BYTES_MAX > CT_REGISTRY_VALUE_BYTES_MAX + CT_REGISTRY_KEY_BYTES_MAX +
                                            (size_t)8 * CT_VARINT_BYTES_MAX,
              "a piece holds the longest definition");

enum phase {
    PHASE_START = 0,
    PHASE_DATABASES,
    PHASE_RECORDS, /* table: their kind, index: their slot */
    PHASE_TABLE,   /* index 0: the table, 1: its options */
    PHASE_FIELDS,
    PHASE_TAGS,
    PHASE_VALUES,
    PHASE_SERIES,
    PHASE_END,
};

struct dump {
    struct ct_catalog *catalog;
    struct ct_dump_cursor *at;
    struct ct_tag_code tags[CT_TAGS_MAX];
};

static void enter(struct ct_dump_cursor *at, enum phase phase)
{
    at->phase = (uint32_t)phase;
    at->index = 0;
}

static void enter_table(struct dump *dump, uint32_t table)
{
    dump->at->table = table;
    if (table >= dump->at->table_end) {
        enter(dump->at, PHASE_END);
        return;
    }
    enter(dump->at, PHASE_TABLE);
    dump->at->series_end = ct_table_of(dump->catalog, table)->series.count;
}

static void enter_records(struct dump *dump, uint32_t kind)
{
    if (kind > CT_REGISTRY_KIND_MAX) {
        enter_table(dump, 0);
        return;
    }
    dump->at->table = kind;
    enter(dump->at, PHASE_RECORDS);
}

static void enter_values(struct dump *dump, uint32_t tag)
{
    dump->at->tag = tag;
    enter(dump->at, tag < dump->at->tag_end ? PHASE_VALUES : PHASE_SERIES);
}

/* Definition `index` of the phase; false where the phase has no more. */
static bool table_definition(struct dump *dump, uint32_t index, struct ct_definition *out)
{
    const uint32_t number = dump->at->table;
    const struct ct_table *table = ct_table_of(dump->catalog, number);
    if (index == 0)
        *out = (struct ct_definition){.kind = CT_DEFINE_TABLE,
                                      .database = table->database,
                                      .number = number,
                                      .text = ct_table_name_of(dump->catalog, number)};
    else
        *out = (struct ct_definition){
            .kind = CT_DEFINE_OPTIONS, .table = number, .options = &table->options};
    return index < 2;
}

static bool named_definition(const struct ct_dictionary *names, uint32_t index,
                             struct ct_definition *out)
{
    if (index >= names->count)
        return false;
    out->number = out->kind == CT_DEFINE_VALUE ? index + 1 : index;
    out->text = ct_dictionary_text(names, index);
    return true;
}

/* The record in the first slot from index on that has one; those of databases that came too late
 * are in the journal. */
static bool record_definition(struct dump *dump, struct ct_definition *out)
{
    struct ct_dump_cursor *at = dump->at;
    const struct ct_registry_records *records = &dump->catalog->registry.records[at->table];
    for (; at->index < records->slot_count; at->index++) {
        const struct ct_registry_slot *slot = &records->slots[at->index];
        if (!slot->bytes || slot->database >= at->database_end)
            continue;
        *out = (struct ct_definition){.kind = CT_DEFINE_RECORD,
                                      .database = slot->database,
                                      .registry_kind = (enum ct_registry_kind)at->table,
                                      .text = ct_registry_key_of(slot),
                                      .value = ct_registry_value_of(slot)};
        return true;
    }
    return false;
}

static bool field_definition(const struct ct_table *table, uint32_t index,
                             struct ct_definition *out)
{
    out->kind = CT_DEFINE_FIELD;
    if (!named_definition(&table->fields, index, out))
        return false;
    out->type = (enum ct_type)table->field_kinds[index].type;
    out->is_money = table->field_kinds[index].is_money;
    return true;
}

static bool series_definition(struct dump *dump, uint32_t index, struct ct_definition *out)
{
    if (index >= dump->at->series_end)
        return false;
    const struct ct_table *table = ct_table_of(dump->catalog, dump->at->table);
    out->kind = CT_DEFINE_SERIES;
    out->number = index;
    out->tag_count = ct_series_table_tags(&table->series, index, dump->tags);
    out->tags = dump->tags;
    return true;
}

static bool phase_definition(struct dump *dump, struct ct_definition *out)
{
    const struct ct_dump_cursor *at = dump->at;
    *out = (struct ct_definition){.table = at->table, .tag = at->tag};
    switch ((enum phase)at->phase) {
    case PHASE_START:
    case PHASE_END:
        return false;
    case PHASE_DATABASES:
        out->kind = CT_DEFINE_DATABASE;
        return named_definition(&dump->catalog->database_names, at->index, out);
    case PHASE_RECORDS:
        return record_definition(dump, out);
    case PHASE_TABLE:
        return table_definition(dump, at->index, out);
    case PHASE_FIELDS:
        return field_definition(ct_table_of(dump->catalog, at->table), at->index, out);
    case PHASE_TAGS:
        out->kind = CT_DEFINE_TAG;
        return named_definition(&ct_table_of(dump->catalog, at->table)->series.keys, at->index,
                                out);
    case PHASE_VALUES:
        out->kind = CT_DEFINE_VALUE;
        return named_definition(&ct_tag_column_of(dump->catalog, at->table, at->tag)->values,
                                at->index, out);
    case PHASE_SERIES:
        return series_definition(dump, at->index, out);
    }
    return false;
}

static void next_phase(struct dump *dump)
{
    struct ct_dump_cursor *at = dump->at;
    switch ((enum phase)at->phase) {
    case PHASE_START:
        at->table_end = dump->catalog->table_count;
        enter(at, PHASE_DATABASES);
        return;
    case PHASE_DATABASES:
        at->database_end = at->index;
        enter_records(dump, 1);
        return;
    case PHASE_RECORDS:
        enter_records(dump, at->table + 1);
        return;
    case PHASE_TABLE:
        enter(at, PHASE_FIELDS);
        return;
    case PHASE_FIELDS:
        enter(at, PHASE_TAGS);
        return;
    case PHASE_TAGS:
        at->tag_end = at->index;
        enter_values(dump, 0);
        return;
    case PHASE_VALUES:
        enter_values(dump, at->tag + 1);
        return;
    case PHASE_SERIES:
        enter_table(dump, at->table + 1);
        return;
    case PHASE_END:
        return;
    }
}

static void fill(struct dump *dump, struct ct_writer *w)
{
    struct ct_definition definition;
    while (dump->at->phase != PHASE_END) {
        if (!phase_definition(dump, &definition)) {
            next_phase(dump);
            continue;
        }
        if (ct_definition_bytes_max(&definition) > ct_writer_left(w))
            return;
        ct_definition_write(w, &definition);
        dump->at->index++;
    }
}

ct_status ct_catalog_dump(struct ct_catalog *catalog, struct ct_dump_cursor *cursor, uint8_t **out,
                          size_t *len, struct ct_error *err)
{
    *out = NULL;
    *len = 0;
    if (cursor->phase == PHASE_END)
        return CT_OK;
    uint8_t *piece = ct_alloc(catalog->allocator, CT_DUMP_PIECE_BYTES_MAX);
    if (!piece)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a piece of the catalog");
    struct ct_writer w = ct_writer_of(piece, CT_DUMP_PIECE_BYTES_MAX);
    struct dump dump = {.catalog = catalog, .at = cursor};
    ct_rwlock_lock_read(&catalog->lock);
    fill(&dump, &w);
    ct_rwlock_unlock(&catalog->lock);
    *len = ct_writer_len(&w);
    if (*len == 0)
        ct_release(catalog->allocator, piece);
    else
        *out = piece;
    return CT_OK;
}
