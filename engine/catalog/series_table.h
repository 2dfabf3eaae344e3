/* The series of one table, as columns of value codes by tag key. Private to the catalog layer and
 * its tests.
 *
 * Invariant: series n has code c for tag t exactly where columns[t].codes[n] is c (0: none); no two
 * series have the same codes. A series is found by the hash of its (tag, code) pairs in tag order
 * and verified in the columns, so that it costs 4 bytes for each tag, one for their count, and a
 * slot. */
#ifndef CT_SERIES_TABLE_H
#define CT_SERIES_TABLE_H

#include "definition.h"
#include "dictionary.h"

struct ct_tag_column {
    struct ct_dictionary values; /* code = number + 1 */
    struct ct_paged_array codes; /* of uint32_t, by series */
};

struct ct_series_table {
    struct ct_dictionary keys;
    struct ct_tag_column *columns; /* [keys.count] */
    size_t column_cap;
    struct ct_paged_array tag_counts; /* of uint8_t, by series */
    struct ct_number_index index;
    uint32_t count;
};

void ct_series_table_init(struct ct_series_table *series, uint64_t seed);
void ct_series_table_deinit(struct ct_series_table *series, const struct ct_allocator *allocator);

/* Adds a tag key that is not there. False where memory is out: nothing changed. */
bool ct_series_table_add_tag(struct ct_series_table *series, const struct ct_allocator *allocator,
                             struct ct_arena *arena, struct ct_text key);
/* Undoes the last add; no series may use the key. */
void ct_series_table_drop_tag(struct ct_series_table *series, const struct ct_allocator *allocator);

/* CT_NONE where there is none. tags by tag, each once. */
uint32_t ct_series_table_find(const struct ct_series_table *series, const struct ct_tag_code *tags,
                              uint32_t tag_count);

/* Adds a series that is not there, as number `count`. False where memory is out: nothing changed.
 */
bool ct_series_table_add(struct ct_series_table *series, const struct ct_allocator *allocator,
                         const struct ct_tag_code *tags, uint32_t tag_count);
void ct_series_table_drop_last(struct ct_series_table *series);

/* The tags of a series, by tag; out has room for CT_TAGS_MAX. Returns how many. */
uint32_t ct_series_table_tags(const struct ct_series_table *series, uint32_t number,
                              struct ct_tag_code *out);

/* Into `tags`, which are `count` by tag and have room for one more. */
static inline void ct_tag_code_insert(struct ct_tag_code *tags, uint32_t count,
                                      struct ct_tag_code tag)
{
    uint32_t at = count;
    for (; at > 0 && tags[at - 1].tag > tag.tag; at--)
        tags[at] = tags[at - 1];
    tags[at] = tag;
}

static inline uint32_t ct_tag_column_code(const struct ct_tag_column *column, uint32_t series)
{
    const uint32_t *code = ct_paged_array_at(&column->codes, series);
    return code ? *code : 0;
}

#endif
