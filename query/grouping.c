/* Few combinations: the tuple of codes is one mixed-radix number and indexes a table. Many: it is
 * hashed. */
#include "grouping.h"

#define DIRECT_MAX    ((uint64_t)1 << 20) /* entries of 4 bytes */
#define SLOTS_MIN     1024
#define HASH_MULTIPLY 0x9e3779b97f4a7c15u /* 2^64 / golden ratio */

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for the groups of a query");
}

static ct_status make_table(struct ct_grouping *grouping, struct ct_error *err)
{
    const struct ct_allocator *allocator = grouping->plan->allocator;
    if (grouping->direct_count <= DIRECT_MAX) {
        grouping->direct = ct_alloc_zeroed(allocator, grouping->direct_count, sizeof(uint32_t));
        return grouping->direct ? CT_OK : no_memory(err);
    }
    grouping->slot_cap = SLOTS_MIN;
    grouping->slots = ct_alloc_zeroed(allocator, grouping->slot_cap, sizeof(uint32_t));
    return grouping->slots ? CT_OK : no_memory(err);
}

ct_status ct_grouping_init(struct ct_grouping *grouping, const struct ct_plan *plan,
                           struct ct_error *err)
{
    *grouping =
        (struct ct_grouping){.plan = plan, .tag_count = plan->query->tag_count, .direct_count = 1};
    for (uint32_t i = 0; i < grouping->tag_count; i++) {
        const uint32_t tag = plan->tags[i];
        grouping->missing_code[i] = ct_plan_missing_code(plan, tag);
        grouping->radix[i] = 1;
        if (tag != CT_NONE)
            grouping->radix[i] += ct_catalog_value_count(plan->catalog, plan->table, tag);
        if (grouping->direct_count <= DIRECT_MAX)
            grouping->direct_count *= grouping->radix[i];
    }
    return make_table(grouping, err);
}

void ct_grouping_deinit(struct ct_grouping *grouping)
{
    if (!grouping->plan)
        return;
    const struct ct_allocator *allocator = grouping->plan->allocator;
    ct_release(allocator, grouping->direct);
    ct_release(allocator, grouping->slots);
    ct_release(allocator, grouping->keys);
    *grouping = (struct ct_grouping){0};
}

static ct_status add_group(struct ct_grouping *grouping, const uint32_t *key, uint32_t *out,
                           struct ct_error *err)
{
    const struct ct_plan *plan = grouping->plan;
    if (grouping->group_count >= plan->rows_max || grouping->group_count == CT_GROUP_NONE - 1)
        return ct_fail(err, CT_LIMIT, "more than %llu groups: group by fewer tags or filter",
                       (unsigned long long)plan->rows_max);
    const size_t at = (size_t)grouping->group_count * grouping->tag_count;
    if (!ct_grow(plan->allocator, &grouping->keys, &grouping->key_cap, at + grouping->tag_count,
                 sizeof *grouping->keys))
        return no_memory(err);
    memcpy(grouping->keys + at, key, grouping->tag_count * sizeof *key);
    *out = grouping->group_count++;
    return CT_OK;
}

static uint64_t hash_key(const uint32_t *key, uint32_t count)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < count; i++) {
        hash = (hash ^ key[i]) * HASH_MULTIPLY;
        hash ^= hash >> 29;
    }
    return hash ^ hash >> 32;
}

static uint32_t *find_slot(const struct ct_grouping *grouping, const uint32_t *key)
{
    const size_t key_bytes = grouping->tag_count * sizeof *key;
    const uint64_t mask = grouping->slot_cap - 1;
    for (uint64_t at = hash_key(key, grouping->tag_count) & mask;; at = (at + 1) & mask) {
        uint32_t *slot = &grouping->slots[at];
        if (*slot == 0)
            return slot;
        const uint32_t *there = grouping->keys + (size_t)(*slot - 1) * grouping->tag_count;
        if (memcmp(there, key, key_bytes) == 0)
            return slot;
    }
}

static ct_status grow_slots(struct ct_grouping *grouping, struct ct_error *err)
{
    const struct ct_allocator *allocator = grouping->plan->allocator;
    uint32_t *slots = ct_alloc_zeroed(allocator, 2 * grouping->slot_cap, sizeof *slots);
    if (!slots)
        return no_memory(err);
    ct_release(allocator, grouping->slots);
    grouping->slots = slots;
    grouping->slot_cap *= 2;
    for (uint32_t group = 0; group < grouping->group_count; group++)
        *find_slot(grouping, grouping->keys + (size_t)group * grouping->tag_count) = group + 1;
    return CT_OK;
}

static ct_status find_group(struct ct_grouping *grouping, const uint32_t *key, uint64_t number,
                            uint32_t *out, struct ct_error *err)
{
    if (!grouping->direct && 2 * (uint64_t)grouping->group_count >= grouping->slot_cap)
        CT_TRY(grow_slots(grouping, err));
    uint32_t *slot = grouping->direct ? &grouping->direct[number] : find_slot(grouping, key);
    if (*slot == 0) {
        uint32_t group = 0;
        CT_TRY(add_group(grouping, key, &group, err));
        *slot = group + 1;
    }
    *out = *slot - 1;
    return CT_OK;
}

ct_status ct_grouping_of_key(struct ct_grouping *grouping, const uint32_t *key, uint32_t *group,
                             struct ct_error *err)
{
    uint64_t number = 0;
    for (uint32_t i = 0; i < grouping->tag_count; i++) {
        if (key[i] >= grouping->radix[i])
            return ct_fail(err, CT_CORRUPT, "a tag value that is not defined");
        number = number * grouping->radix[i] + key[i];
    }
    return find_group(grouping, key, number, group, err);
}

ct_status ct_grouping_source(struct ct_grouping *grouping, struct ct_source *source,
                             const uint8_t *selected, uint32_t *groups, struct ct_error *err)
{
    const uint32_t *codes[CT_QUERY_TAGS_MAX];
    for (uint32_t i = 0; i < grouping->tag_count; i++) {
        codes[i] = NULL;
        if (grouping->plan->tags[i] != CT_NONE)
            CT_TRY(ct_source_tag_codes(source, grouping->plan->tags[i], &codes[i], err));
    }
    uint32_t key[CT_QUERY_TAGS_MAX];
    const uint32_t count = ct_source_series_count(source);
    for (uint32_t position = 0; position < count; position++) {
        groups[position] = CT_GROUP_NONE;
        if (!selected[position])
            continue;
        uint64_t number = 0;
        for (uint32_t i = 0; i < grouping->tag_count; i++) {
            const uint32_t code = codes[i] ? codes[i][position] : 0;
            key[i] = code ? code : grouping->missing_code[i];
            if (key[i] >= grouping->radix[i])
                return ct_fail(err, CT_CORRUPT, "series %u has a tag value that is not defined",
                               position);
            number = number * grouping->radix[i] + key[i];
        }
        CT_TRY(find_group(grouping, key, number, &groups[position], err));
    }
    return CT_OK;
}

struct ct_text ct_grouping_value(const struct ct_grouping *grouping, uint32_t group, uint32_t i)
{
    const struct ct_plan *plan = grouping->plan;
    const uint32_t code = grouping->keys[(size_t)group * grouping->tag_count + i];
    if (code == 0)
        return ct_plan_missing_tag(plan, plan->tags[i]);
    return ct_catalog_value(plan->catalog, plan->table, plan->tags[i], code);
}

/* -- Ranking ---------------------------------------------------------------------------------- */

/* Values of the listed groups, in the order of the list; sorted are places in it. */
static int compare_places(const struct ct_grouping *grouping, const struct ct_text *values,
                          uint32_t a, uint32_t b)
{
    const struct ct_text *value_a = values + (size_t)a * grouping->tag_count;
    const struct ct_text *value_b = values + (size_t)b * grouping->tag_count;
    for (uint32_t i = 0; i < grouping->tag_count; i++) {
        const int order = ct_text_compare(value_a[i], value_b[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

static void merge(const struct ct_grouping *grouping, const struct ct_text *values,
                  const uint32_t *in, size_t middle, size_t end, uint32_t *out)
{
    size_t left = 0;
    size_t right = middle;
    for (size_t at = 0; at < end; at++) {
        const bool takes_left =
            right == end ||
            (left < middle && compare_places(grouping, values, in[left], in[right]) <= 0);
        out[at] = takes_left ? in[left++] : in[right++];
    }
}

static void sort(const struct ct_grouping *grouping, const struct ct_text *values, uint32_t *places,
                 size_t count, uint32_t *scratch)
{
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            const size_t left = count - at;
            merge(grouping, values, places + at, left < width ? left : width,
                  left < 2 * width ? left : 2 * width, scratch + at);
        }
        memcpy(places, scratch, count * sizeof *places);
    }
}

ct_status ct_grouping_rank(const struct ct_grouping *grouping, uint32_t *groups, uint32_t count,
                           struct ct_error *err)
{
    const struct ct_allocator *allocator = grouping->plan->allocator;
    const size_t tag_count = grouping->tag_count;
    if (count < 2)
        return CT_OK;
    struct ct_text *values = ct_alloc_zeroed(allocator, count * tag_count, sizeof *values);
    uint32_t *places = ct_alloc_zeroed(allocator, 2 * (size_t)count, sizeof *places);
    if (values && places) {
        for (size_t at = 0; at < count * tag_count; at++)
            values[at] =
                ct_grouping_value(grouping, groups[at / tag_count], (uint32_t)(at % tag_count));
        for (uint32_t i = 0; i < count; i++)
            places[i] = i;
        sort(grouping, values, places, count, places + count);
        for (uint32_t i = 0; i < count; i++)
            places[count + i] = groups[places[i]];
        memcpy(groups, places + count, count * sizeof *groups);
    }
    const bool is_sorted = values && places;
    ct_release(allocator, values);
    ct_release(allocator, places);
    return is_sorted ? CT_OK : no_memory(err);
}
