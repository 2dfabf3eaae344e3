#include "series_table.h"

#include "hash.h"

void ct_series_table_init(struct ct_series_table *series, uint64_t seed)
{
    *series = (struct ct_series_table){.tag_counts.element_bytes = sizeof(uint8_t)};
    ct_dictionary_init(&series->keys, seed);
}

static void deinit_column(struct ct_tag_column *column, const struct ct_allocator *allocator)
{
    ct_dictionary_deinit(&column->values, allocator);
    ct_paged_array_deinit(&column->codes, allocator);
}

void ct_series_table_deinit(struct ct_series_table *series, const struct ct_allocator *allocator)
{
    for (uint32_t tag = 0; tag < series->keys.count; tag++)
        deinit_column(&series->columns[tag], allocator);
    ct_release(allocator, series->columns);
    ct_dictionary_deinit(&series->keys, allocator);
    ct_paged_array_deinit(&series->tag_counts, allocator);
    ct_number_index_deinit(&series->index, allocator);
}

bool ct_series_table_add_tag(struct ct_series_table *series, const struct ct_allocator *allocator,
                             struct ct_arena *arena, struct ct_text key)
{
    const uint32_t tag = series->keys.count;
    if (!ct_grow(allocator, &series->columns, &series->column_cap, (size_t)tag + 1,
                 sizeof *series->columns) ||
        !ct_dictionary_add(&series->keys, allocator, arena, key))
        return false;
    struct ct_tag_column *column = &series->columns[tag];
    ct_dictionary_init(&column->values, series->keys.seed);
    column->codes = (struct ct_paged_array){.element_bytes = sizeof(uint32_t)};
    return true;
}

void ct_series_table_drop_tag(struct ct_series_table *series, const struct ct_allocator *allocator)
{
    ct_dictionary_drop_last(&series->keys);
    deinit_column(&series->columns[series->keys.count], allocator);
}

static uint64_t hash_of(const struct ct_series_table *series, const struct ct_tag_code *tags,
                        uint32_t tag_count)
{
    return ct_hash(tags, tag_count * sizeof *tags, series->keys.seed);
}

static bool has_tags(const struct ct_series_table *series, uint32_t number,
                     const struct ct_tag_code *tags, uint32_t tag_count)
{
    const uint8_t *count = ct_paged_array_at(&series->tag_counts, number);
    if (*count != tag_count)
        return false;
    for (uint32_t i = 0; i < tag_count; i++)
        if (ct_tag_column_code(&series->columns[tags[i].tag], number) != tags[i].code)
            return false;
    return true;
}

uint32_t ct_series_table_find(const struct ct_series_table *series, const struct ct_tag_code *tags,
                              uint32_t tag_count)
{
    struct ct_number_probe probe = ct_number_index_probe(hash_of(series, tags, tag_count));
    for (;;) {
        const uint32_t number = ct_number_index_next(&series->index, &probe);
        if (number == CT_NONE || has_tags(series, number, tags, tag_count))
            return number;
    }
}

static bool reserve(struct ct_series_table *series, const struct ct_allocator *allocator,
                    const struct ct_tag_code *tags, uint32_t tag_count)
{
    if (!ct_number_index_reserve(&series->index, allocator) ||
        !ct_paged_array_reserve(&series->tag_counts, allocator, series->count))
        return false;
    for (uint32_t i = 0; i < tag_count; i++)
        if (!ct_paged_array_reserve(&series->columns[tags[i].tag].codes, allocator, series->count))
            return false;
    return true;
}

bool ct_series_table_add(struct ct_series_table *series, const struct ct_allocator *allocator,
                         const struct ct_tag_code *tags, uint32_t tag_count)
{
    static_assert(CT_TAGS_MAX <= UINT8_MAX, "a count of tags is one byte");
    if (!reserve(series, allocator, tags, tag_count))
        return false;
    const uint32_t number = series->count;
    for (uint32_t i = 0; i < tag_count; i++) {
        uint32_t *code = ct_paged_array_at(&series->columns[tags[i].tag].codes, number);
        *code = tags[i].code;
    }
    uint8_t *count = ct_paged_array_at(&series->tag_counts, number);
    *count = (uint8_t)tag_count;
    ct_number_index_add(&series->index, hash_of(series, tags, tag_count), number);
    series->count++;
    return true;
}

void ct_series_table_drop_last(struct ct_series_table *series)
{
    CT_ASSERT(series->count > 0);
    struct ct_tag_code tags[CT_TAGS_MAX];
    const uint32_t last = series->count - 1;
    const uint32_t tag_count = ct_series_table_tags(series, last, tags);
    ct_number_index_remove(&series->index, hash_of(series, tags, tag_count), last);
    for (uint32_t i = 0; i < tag_count; i++) {
        uint32_t *code = ct_paged_array_at(&series->columns[tags[i].tag].codes, last);
        *code = 0;
    }
    series->count = last;
}

uint32_t ct_series_table_tags(const struct ct_series_table *series, uint32_t number,
                              struct ct_tag_code *out)
{
    CT_ASSERT(number < series->count);
    uint32_t count = 0;
    for (uint32_t tag = 0; tag < series->keys.count; tag++) {
        const uint32_t code = ct_tag_column_code(&series->columns[tag], number);
        if (code)
            out[count++] = (struct ct_tag_code){.tag = tag, .code = code};
    }
    return count;
}
