#include "grouping_sets.h"

#include "byte_buffer.h"

#define ENTRY_TAGS_MAX 32 /* of a ledger: keys that get sets of their own */
#define OTHER_TAGS_MAX 8  /* of a table that nobody has heard of */

#define GRAINS_ALL                                                                                 \
    (CT_GRAIN_BIT(CT_GRAIN_HOUR) | CT_GRAIN_BIT(CT_GRAIN_DAY) | CT_GRAIN_BIT(CT_GRAIN_MONTH))
#define GRAINS_DAYS  (CT_GRAIN_BIT(CT_GRAIN_DAY) | CT_GRAIN_BIT(CT_GRAIN_MONTH))
#define GRAINS_KNOWN (GRAINS_ALL | CT_GRAIN_BIT(CT_GRAIN_MINUTE))

bool ct_field_is_rolled(struct ct_catalog *catalog, uint32_t table, uint32_t field)
{
    return field < ct_catalog_field_count(catalog, table) &&
           field != ct_catalog_find_field(catalog, table, ct_text_of("entry_id"));
}

/* -- a list under construction ---------------------------------------------------------------- */

struct sets {
    struct ct_catalog *catalog;
    const struct ct_allocator *allocator;
    uint32_t table, tag_end;
    uint32_t currency; /* CT_NONE: no part of the sets */
    struct ct_set_list list;
    size_t cap;
    bool *is_declared;
    size_t declared_cap;
};

/* Keeps ascending order; false where the tag is there or has no room. */
static bool add_tag(struct ct_rollup_set *set, uint32_t tag)
{
    uint32_t at = set->tag_count;
    for (; at > 0 && set->tags[at - 1] >= tag; at--) {
        if (set->tags[at - 1] == tag)
            return false;
    }
    if (set->tag_count == CT_ROLLUP_TAGS_MAX)
        return false;
    memmove(&set->tags[at + 1], &set->tags[at], (set->tag_count - at) * sizeof set->tags[0]);
    set->tags[at] = tag;
    set->tag_count++;
    return true;
}

/* False where the table does not have one of the keys (yet). */
static bool name_tags(const struct sets *sets, const struct ct_text *keys, uint32_t count,
                      struct ct_rollup_set *out)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t tag = ct_catalog_find_tag(sets->catalog, sets->table, keys[i]);
        if (tag == CT_NONE || tag >= sets->tag_end)
            return false;
        (void)add_tag(out, tag);
    }
    if (sets->currency != CT_NONE)
        (void)add_tag(out, sets->currency);
    return true;
}

static uint32_t find_set(const struct sets *sets, const struct ct_rollup_set *set)
{
    for (uint32_t i = 0; i < sets->list.count; i++) {
        const struct ct_rollup_set *known = &sets->list.sets[i];
        if (known->tag_count == set->tag_count &&
            memcmp(known->tags, set->tags, set->tag_count * sizeof set->tags[0]) == 0)
            return i;
    }
    return CT_NONE;
}

static ct_status add_set(struct sets *sets, const struct ct_rollup_set *set, bool is_declared)
{
    uint32_t at = find_set(sets, set);
    if (at == CT_NONE) {
        if (sets->list.count == CT_ROLLUP_SETS_MAX)
            return CT_OK;
        at = sets->list.count;
        if (!ct_grow(sets->allocator, &sets->list.sets, &sets->cap, (size_t)at + 1,
                     sizeof *sets->list.sets) ||
            !ct_grow(sets->allocator, &sets->is_declared, &sets->declared_cap, (size_t)at + 1,
                     sizeof *sets->is_declared))
            return CT_NO_MEMORY;
        sets->list.count++;
    } else if (!is_declared) {
        return CT_OK;
    }
    sets->list.sets[at] = *set;
    sets->is_declared[at] = is_declared;
    return CT_OK;
}

static void remove_set(struct sets *sets, const struct ct_rollup_set *set)
{
    const uint32_t at = find_set(sets, set);
    if (at == CT_NONE)
        return;
    sets->list.count--;
    memmove(&sets->list.sets[at], &sets->list.sets[at + 1],
            (sets->list.count - at) * sizeof *sets->list.sets);
    memmove(&sets->is_declared[at], &sets->is_declared[at + 1],
            (sets->list.count - at) * sizeof *sets->is_declared);
}

/* -- defaults ----------------------------------------------------------------------------- */

struct default_set {
    const char *keys[3]; /* as many as are not NULL */
    unsigned grains;
};

static const struct default_set ledger_sets[] = {
    {{NULL}, GRAINS_ALL},
    {{"provider"}, GRAINS_ALL},
    {{"provider", "service"}, GRAINS_ALL},
    {{"provider", "account"}, GRAINS_ALL},
    {{"provider", "service", "region"}, GRAINS_ALL},
    {{"cluster"}, GRAINS_ALL},
    {{"billing_period"}, GRAINS_ALL},
    {{"billing_period", "provider", "service"}, GRAINS_ALL},
    {{"resource_id"}, GRAINS_DAYS},
};

/* Of each entry tag, which takes the place of "". */
static const struct default_set entry_sets[] = {
    {{""}, GRAINS_ALL}, {{"provider", ""}, GRAINS_ALL}, {{"provider", "service", ""}, GRAINS_ALL}};

static const struct default_set system_sets[] = {
    {{NULL}, GRAINS_ALL}, {{"cluster"}, GRAINS_KNOWN}, {{"cluster", "node"}, GRAINS_ALL}};
static const struct default_set service_sets[] = {{{"service"}, GRAINS_ALL},
                                                  {{"service", "cluster"}, GRAINS_ALL}};
static const struct default_set training_sets[] = {{{"run_id"}, GRAINS_ALL},
                                                   {{"run_id", "model_name"}, GRAINS_ALL}};
static const struct default_set rag_sets[] = {{{"pipeline_id"}, GRAINS_ALL}};
static const struct default_set total_set[] = {{{NULL}, GRAINS_ALL}};

static const struct {
    const char *table;
    const struct default_set *sets;
    size_t count;
} telemetry[] = {
    {"system", system_sets, CT_COUNT_OF(system_sets)},
    {"service", service_sets, CT_COUNT_OF(service_sets)},
    {"llm_training", training_sets, CT_COUNT_OF(training_sets)},
    {"rag", rag_sets, CT_COUNT_OF(rag_sets)},
};

static ct_status add_default(struct sets *sets, const struct default_set *rule,
                             struct ct_text entry_tag)
{
    struct ct_text keys[CT_COUNT_OF(rule->keys)];
    uint32_t count = 0;
    for (; count < CT_COUNT_OF(rule->keys) && rule->keys[count]; count++)
        keys[count] = rule->keys[count][0] ? ct_text_of(rule->keys[count]) : entry_tag;
    struct ct_rollup_set set = {.grains = rule->grains};
    return name_tags(sets, keys, count, &set) ? add_set(sets, &set, false) : CT_OK;
}

static ct_status add_defaults(struct sets *sets, const struct default_set *rules, size_t count,
                              struct ct_text entry_tag)
{
    for (size_t i = 0; i < count; i++)
        CT_TRY(add_default(sets, &rules[i], entry_tag));
    return CT_OK;
}

/* A tag that came with an entry, not one of the table's own. */
static bool is_entry_tag(struct ct_text key)
{
    static const char *const own[] = {"provider",       "service",   "region", "account",
                                      "cluster",        "currency",  "source", "resource_id",
                                      "billing_period", "invoice_id"};
    for (size_t i = 0; i < CT_COUNT_OF(own); i++) {
        if (ct_text_equal(key, ct_text_of(own[i])))
            return false;
    }
    return true;
}

static ct_status add_ledger(struct sets *sets)
{
    CT_TRY(add_defaults(sets, ledger_sets, CT_COUNT_OF(ledger_sets), (struct ct_text){0}));
    uint32_t found = 0;
    for (uint32_t tag = 0; tag < sets->tag_end && found < ENTRY_TAGS_MAX; tag++) {
        const struct ct_text key = ct_catalog_tag_key(sets->catalog, sets->table, tag);
        if (!is_entry_tag(key))
            continue;
        CT_TRY(add_defaults(sets, entry_sets, CT_COUNT_OF(entry_sets), key));
        found++;
    }
    return CT_OK;
}

static ct_status add_other(struct sets *sets)
{
    CT_TRY(add_defaults(sets, total_set, CT_COUNT_OF(total_set), (struct ct_text){0}));
    for (uint32_t tag = 0; tag < sets->tag_end && tag < OTHER_TAGS_MAX; tag++) {
        const struct ct_text key = ct_catalog_tag_key(sets->catalog, sets->table, tag);
        CT_TRY(add_defaults(sets, entry_sets, 1, key));
    }
    return CT_OK;
}

static ct_status add_by_kind(struct sets *sets)
{
    if (ct_catalog_table_options(sets->catalog, sets->table).kind == CT_TABLE_LEDGER)
        return add_ledger(sets);
    const struct ct_text name = ct_catalog_table_name(sets->catalog, sets->table);
    for (size_t i = 0; i < CT_COUNT_OF(telemetry); i++) {
        if (ct_text_equal(name, ct_text_of(telemetry[i].table)))
            return add_defaults(sets, telemetry[i].sets, telemetry[i].count, (struct ct_text){0});
    }
    return add_other(sets);
}

/* -- declarations ------------------------------------------------------------------------- */

/* Splits "a,b" into keys; false where there are too many. */
static bool split_keys(struct ct_text joined, struct ct_text *keys, uint32_t *count)
{
    *count = 0;
    while (joined.len > 0) {
        const char *comma = memchr(joined.bytes, ',', joined.len);
        const size_t len = comma ? (size_t)(comma - joined.bytes) : joined.len;
        if (*count == CT_GROUPING_KEYS_MAX)
            return false;
        keys[(*count)++] = (struct ct_text){.bytes = joined.bytes, .len = len};
        const size_t step = comma ? len + 1 : len;
        joined = (struct ct_text){.bytes = joined.bytes + step, .len = joined.len - step};
    }
    return true;
}

static void read_sketches(const struct sets *sets, struct ct_reader *r, struct ct_rollup_set *set)
{
    const uint32_t count = (uint32_t)ct_read_varint_max(r, CT_ROLLUP_SKETCHES_MAX);
    for (uint32_t i = 0; i < count && !r->is_bad; i++) {
        const enum ct_keep keep = (enum ct_keep)ct_read_varint_max(r, CT_KEEP_DISTINCT);
        const size_t len = (size_t)ct_read_varint_max(r, CT_NAME_BYTES_MAX);
        const struct ct_text name = {.bytes = (const char *)ct_read_bytes(r, len), .len = len};
        if (r->is_bad)
            return;
        const uint32_t field = ct_catalog_find_field(sets->catalog, sets->table, name);
        if (field != CT_NONE)
            set->sketches[set->sketch_count++] =
                (struct ct_rollup_sketch){.field = field, .keep = keep};
    }
}

static ct_status apply_declaration(struct sets *sets, struct ct_text joined, struct ct_text value)
{
    struct ct_text keys[CT_GROUPING_KEYS_MAX];
    uint32_t count;
    struct ct_rollup_set set = {0};
    if (!split_keys(joined, keys, &count) || !name_tags(sets, keys, count, &set))
        return CT_OK;
    struct ct_reader r = ct_reader_of(value.bytes, value.len);
    set.grains = ct_read8(&r);
    if (set.grains == 0) {
        remove_set(sets, &set);
        return CT_OK;
    }
    read_sketches(sets, &r, &set);
    return r.is_bad || (set.grains & ~GRAINS_KNOWN) != 0 ? CT_CORRUPT : add_set(sets, &set, true);
}

static ct_status apply_declarations(struct sets *sets, struct ct_error *err)
{
    const struct ct_text name = ct_catalog_table_name(sets->catalog, sets->table);
    const uint32_t database = ct_catalog_table_database(sets->catalog, sets->table);
    struct ct_registered *records = NULL;
    size_t count = 0;
    CT_TRY(ct_registry_list(sets->catalog, database, CT_REGISTRY_GROUPING_SET, sets->allocator,
                            &records, &count, err));
    ct_status status = CT_OK;
    for (size_t i = 0; i < count && status == CT_OK; i++) {
        const struct ct_text key = records[i].key;
        if (key.len <= name.len || key.bytes[name.len] != 0 ||
            memcmp(key.bytes, name.bytes, name.len) != 0)
            continue;
        const struct ct_text joined = {.bytes = key.bytes + name.len + 1,
                                       .len = key.len - name.len - 1};
        status = apply_declaration(sets, joined, records[i].value);
    }
    ct_registered_release_all(sets->allocator, records, count);
    return status;
}

/* -- the sets of a table ------------------------------------------------------------------ */

static bool has_money(struct ct_catalog *catalog, uint32_t table)
{
    const uint32_t count = ct_catalog_field_count(catalog, table);
    for (uint32_t field = 0; field < count; field++) {
        if (ct_catalog_field(catalog, table, field).is_money)
            return true;
    }
    return false;
}

ct_status ct_grouping_sets_of(struct ct_catalog *catalog, uint32_t table, uint32_t tag_end,
                              const struct ct_allocator *allocator, struct ct_set_list *out,
                              bool **is_declared, struct ct_error *err)
{
    struct sets sets = {.catalog = catalog,
                        .allocator = allocator,
                        .table = table,
                        .tag_end = tag_end,
                        .currency = CT_NONE};
    const uint32_t currency = ct_catalog_find_tag(catalog, table, ct_text_of("currency"));
    if (currency != CT_NONE && currency < tag_end && has_money(catalog, table))
        sets.currency = currency;
    ct_status status = add_by_kind(&sets);
    if (status == CT_OK)
        status = apply_declarations(&sets, err);
    if (status != CT_OK) {
        ct_set_list_deinit(&sets.list, allocator);
        ct_release(allocator, sets.is_declared);
        return ct_fail(err, status,
                       status == CT_CORRUPT ? "a declared grouping set is damaged"
                                            : "out of memory for grouping sets");
    }
    *out = sets.list;
    if (is_declared)
        *is_declared = sets.is_declared;
    else
        ct_release(allocator, sets.is_declared);
    return CT_OK;
}

/* -- declaring ---------------------------------------------------------------------------- */

static ct_status check_keys(const struct ct_text *keys, uint32_t count, struct ct_error *err)
{
    if (count > CT_GROUPING_KEYS_MAX)
        return ct_fail(err, CT_LIMIT, "a grouping set has at most %d tag keys",
                       CT_GROUPING_KEYS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        if (keys[i].len == 0 || memchr(keys[i].bytes, ',', keys[i].len))
            return ct_fail(err, CT_INVALID, "a tag key of a grouping set is empty or has a comma");
        for (uint32_t k = 0; k < i; k++) {
            if (ct_text_equal(keys[i], keys[k]))
                return ct_fail(err, CT_INVALID, "a grouping set names a tag key twice");
        }
    }
    return CT_OK;
}

static ct_status check_declaration(const struct ct_set_declaration *declaration,
                                   struct ct_error *err)
{
    if (declaration->grains == 0 || (declaration->grains & ~GRAINS_KNOWN) != 0)
        return ct_fail(err, CT_INVALID, "grains are minute, hour, day and month, at least one");
    if (declaration->sketch_count > CT_ROLLUP_SKETCHES_MAX)
        return ct_fail(err, CT_LIMIT, "a grouping set has at most %d sketches",
                       CT_ROLLUP_SKETCHES_MAX);
    for (uint32_t i = 0; i < declaration->sketch_count; i++) {
        const struct ct_declared_sketch *sketch = &declaration->sketches[i];
        if (sketch->field.len == 0 ||
            (sketch->keep != CT_KEEP_QUANTILES && sketch->keep != CT_KEEP_DISTINCT))
            return ct_fail(err, CT_INVALID, "a sketch is of quantiles or of distinct values");
    }
    return CT_OK;
}

static void sort_keys(struct ct_text *keys, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const struct ct_text key = keys[i];
        uint32_t at = i;
        for (; at > 0 && ct_text_compare(key, keys[at - 1]) < 0; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

static ct_status append(struct ct_byte_buffer *out, struct ct_text text)
{
    uint8_t *at = ct_byte_buffer_room(out, text.len + 1);
    if (!at)
        return CT_NO_MEMORY;
    memcpy(at, text.bytes, text.len);
    ct_byte_buffer_advance(out, text.len);
    return CT_OK;
}

/* The table's name, a zero byte, the keys in order with commas between. */
static ct_status write_key(struct ct_text table, const struct ct_text *keys, uint32_t count,
                           struct ct_byte_buffer *out)
{
    struct ct_text sorted[CT_GROUPING_KEYS_MAX];
    memcpy(sorted, keys, count * sizeof *keys);
    sort_keys(sorted, count);
    CT_TRY(append(out, table));
    CT_TRY(append(out, (struct ct_text){.bytes = "", .len = 1}));
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            CT_TRY(append(out, ct_text_of(",")));
        CT_TRY(append(out, sorted[i]));
    }
    return CT_OK;
}

static ct_status write_value(const struct ct_set_declaration *declaration,
                             struct ct_byte_buffer *out)
{
    const char grains = (char)declaration->grains;
    CT_TRY(append(out, (struct ct_text){.bytes = &grains, .len = 1}));
    CT_TRY(ct_byte_buffer_varint(out, declaration->sketch_count));
    for (uint32_t i = 0; i < declaration->sketch_count; i++) {
        CT_TRY(ct_byte_buffer_varint(out, (uint64_t)declaration->sketches[i].keep));
        CT_TRY(ct_byte_buffer_varint(out, declaration->sketches[i].field.len));
        CT_TRY(append(out, declaration->sketches[i].field));
    }
    return CT_OK;
}

static ct_status put(struct ct_store *store, struct ct_text database, struct ct_text table,
                     const struct ct_set_declaration *declaration, struct ct_error *err)
{
    const struct ct_allocator *allocator = ct_store_env(store)->allocator;
    struct ct_byte_buffer key = {.allocator = allocator};
    struct ct_byte_buffer value = {.allocator = allocator};
    ct_status status = write_key(table, declaration->keys, declaration->key_count, &key);
    if (status == CT_OK)
        status = write_value(declaration, &value);
    if (status != CT_OK)
        ct_fail(err, status, "out of memory for a grouping set");
    else
        status = ct_store_register(
            store, database, CT_REGISTRY_GROUPING_SET,
            (struct ct_text){.bytes = (const char *)key.bytes, .len = key.len},
            (struct ct_text){.bytes = (const char *)value.bytes, .len = value.len}, err);
    ct_byte_buffer_deinit(&key);
    ct_byte_buffer_deinit(&value);
    return status;
}

ct_status ct_store_declare_set(struct ct_store *store, struct ct_text database,
                               struct ct_text table, const struct ct_set_declaration *declaration,
                               struct ct_error *err)
{
    CT_TRY(check_keys(declaration->keys, declaration->key_count, err));
    CT_TRY(check_declaration(declaration, err));
    return put(store, database, table, declaration, err);
}

ct_status ct_store_drop_set(struct ct_store *store, struct ct_text database, struct ct_text table,
                            const struct ct_text *keys, uint32_t key_count, struct ct_error *err)
{
    CT_TRY(check_keys(keys, key_count, err));
    const struct ct_set_declaration nothing = {.keys = keys, .key_count = key_count};
    return put(store, database, table, &nothing, err);
}
