/* Which series a set of tags is: the catalog's, or one that the batch brings. */
#include "catalog_state.h"
#include "intake_detail.h"
#include "name_check.h"

static uint64_t hash_of(const struct ct_intake *intake, const struct ct_tag *tags,
                        uint32_t tag_count)
{
    uint64_t hash = intake->hash_seed;
    for (uint32_t i = 0; i < tag_count; i++) {
        hash = ct_hash(tags[i].key.bytes, tags[i].key.len, hash);
        hash = ct_hash(tags[i].value.bytes, tags[i].value.len, hash);
    }
    return hash;
}

static bool has_tags(const struct ct_provisional_series *series, const struct ct_tag *tags,
                     uint32_t tag_count)
{
    if (series->tag_count != tag_count)
        return false;
    for (uint32_t i = 0; i < tag_count; i++)
        if (!ct_text_equal(series->tags[i].key, tags[i].key) ||
            !ct_text_equal(series->tags[i].value, tags[i].value))
            return false;
    return true;
}

static uint32_t find_provisional(const struct ct_intake_table_detail *detail, uint64_t hash,
                                 const struct ct_tag *tags, uint32_t tag_count)
{
    struct ct_number_probe probe = ct_number_index_probe(hash);
    for (;;) {
        const uint32_t series = ct_number_index_next(&detail->series_index, &probe);
        if (series == CT_NONE || has_tags(&detail->series[series], tags, tag_count))
            return series;
    }
}

static ct_status check_series_limit(const struct ct_intake *intake,
                                    const struct ct_batch_table *table, struct ct_error *err)
{
    uint64_t count = table->provisional_series;
    if (!(table->table & CT_PROVISIONAL))
        count += ct_catalog_series_count(intake->catalog, table->table);
    if (count < intake->catalog->series_max)
        return CT_OK;
    return ct_fail(err, CT_LIMIT,
                   "table \"%.*s\" has %llu series, which is the limit; a tag with ever new values "
                   "belongs into a field",
                   CT_SHOWN(table->name), (unsigned long long)count);
}

/* Notes keys that the table would get, so that not a whole batch but only this line is refused. */
static ct_status note_new_tag_keys(struct ct_intake *intake, uint32_t table,
                                   const struct ct_tag *tags, uint32_t tag_count,
                                   struct ct_error *err)
{
    const struct ct_batch_table *batch = &intake->tables[table];
    struct ct_dictionary *keys = &intake->detail->tables[table].new_tag_keys;
    const bool is_known = !(batch->table & CT_PROVISIONAL);
    const uint32_t before = is_known ? ct_catalog_tag_count(intake->catalog, batch->table) : 0;
    for (uint32_t i = 0; i < tag_count; i++) {
        if ((is_known &&
             ct_catalog_find_tag(intake->catalog, batch->table, tags[i].key) != CT_NONE) ||
            ct_dictionary_find(keys, tags[i].key) != CT_NONE)
            continue;
        if (before + keys->count >= CT_TABLE_TAG_KEYS_MAX)
            return ct_fail(err, CT_LIMIT,
                           "table \"%.*s\" has %d tag keys, no more are possible: \"%.*s\"",
                           CT_SHOWN(batch->name), CT_TABLE_TAG_KEYS_MAX, CT_SHOWN(tags[i].key));
        if (!ct_dictionary_add(keys, intake->allocator, &intake->detail->batch, tags[i].key))
            return ct_intake_no_memory(err);
    }
    return CT_OK;
}

static struct ct_text place(char **at, struct ct_text text)
{
    const struct ct_text copy = {.bytes = *at, .len = text.len};
    memcpy(*at, text.bytes, text.len);
    *at += text.len;
    return copy;
}

/* Tags and texts in one piece of the batch arena, or NULL. */
static const struct ct_tag *copy_tags(struct ct_intake *intake, const struct ct_tag *tags,
                                      uint32_t tag_count)
{
    size_t bytes = tag_count * sizeof *tags;
    for (uint32_t i = 0; i < tag_count; i++)
        bytes += tags[i].key.len + tags[i].value.len;
    struct ct_tag *copy = ct_arena_alloc(&intake->detail->batch, bytes);
    if (!copy)
        return NULL;
    char *at = (char *)(copy + tag_count);
    for (uint32_t i = 0; i < tag_count; i++) {
        copy[i].key = place(&at, tags[i].key);
        copy[i].value = place(&at, tags[i].value);
    }
    return copy;
}

static ct_status add_provisional(struct ct_intake *intake, uint32_t table, uint64_t hash,
                                 const struct ct_tag *tags, uint32_t tag_count, uint32_t *out,
                                 struct ct_error *err)
{
    struct ct_batch_table *batch = &intake->tables[table];
    struct ct_intake_table_detail *detail = &intake->detail->tables[table];
    CT_TRY(ct_tags_check(tags, tag_count, err));
    CT_TRY(check_series_limit(intake, batch, err));
    CT_TRY(note_new_tag_keys(intake, table, tags, tag_count, err));
    const uint32_t number = batch->provisional_series;
    if (!ct_grow(intake->allocator, &detail->series, &detail->series_cap, (size_t)number + 1,
                 sizeof *detail->series) ||
        !ct_number_index_reserve(&detail->series_index, intake->allocator))
        return ct_intake_no_memory(err);
    const struct ct_tag *copy = copy_tags(intake, tags, tag_count);
    if (!copy)
        return ct_intake_no_memory(err);
    detail->series[number] = (struct ct_provisional_series){
        .hash = hash, .tags = copy, .tag_count = tag_count, .resolved = CT_NONE};
    ct_number_index_add(&detail->series_index, hash, number);
    batch->provisional_series++;
    *out = number;
    return CT_OK;
}

ct_status ct_intake_series(struct ct_intake *intake, uint32_t table, const struct ct_tag *tags,
                           uint32_t tag_count, uint32_t *out, struct ct_error *err)
{
    CT_ASSERT(table < intake->table_count);
    const struct ct_batch_table *batch = &intake->tables[table];
    if (!(batch->table & CT_PROVISIONAL)) {
        const uint32_t known =
            ct_catalog_find_series(intake->catalog, batch->table, tags, tag_count);
        if (known != CT_NONE) {
            *out = known;
            return CT_OK;
        }
    }
    const uint64_t hash = hash_of(intake, tags, tag_count);
    uint32_t number = find_provisional(&intake->detail->tables[table], hash, tags, tag_count);
    if (number == CT_NONE)
        CT_TRY(add_provisional(intake, table, hash, tags, tag_count, &number, err));
    *out = CT_PROVISIONAL | number;
    return CT_OK;
}

struct ct_text ct_intake_series_tag(const struct ct_intake *intake, uint32_t table, uint32_t series,
                                    struct ct_text key)
{
    CT_ASSERT(table < intake->table_count);
    if (!(series & CT_PROVISIONAL)) {
        const uint32_t number = intake->tables[table].table;
        const uint32_t tag = ct_catalog_find_tag(intake->catalog, number, key);
        uint32_t code = 0;
        if (tag == CT_NONE)
            return (struct ct_text){"", 0};
        ct_catalog_series_codes(intake->catalog, number, tag, &series, 1, &code);
        return ct_catalog_value(intake->catalog, number, tag, code);
    }
    const struct ct_provisional_series *provisional =
        &intake->detail->tables[table].series[series & ~CT_PROVISIONAL];
    for (uint32_t i = 0; i < provisional->tag_count; i++) {
        if (ct_text_equal(provisional->tags[i].key, key))
            return provisional->tags[i].value;
    }
    return (struct ct_text){"", 0};
}
