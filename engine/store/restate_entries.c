#include "restate_entries.h"

#include <stdio.h>

#include "hash.h"

#define SLOTS_MIN    1024
#define ID_BYTES_MAX 11 /* a 32-bit number and its end */

void ct_restate_entries_init(struct ct_restate_entries *entries,
                             const struct ct_allocator *allocator)
{
    memset(entries, 0, sizeof *entries);
    ct_arena_init(&entries->texts, allocator, 0);
}

void ct_restate_entries_deinit(struct ct_restate_entries *entries)
{
    const struct ct_allocator *allocator = entries->texts.allocator;
    ct_release(allocator, entries->slots);
    ct_release(allocator, entries->ids);
    ct_release(allocator, entries->present);
    ct_arena_deinit(&entries->texts);
}

static struct ct_entry_count *find(struct ct_entry_count *slots, size_t cap, uint32_t series,
                                   int64_t time_ns)
{
    const uint64_t hash = ct_hash(&time_ns, sizeof time_ns, series);
    size_t at = (size_t)hash & (cap - 1);
    while (slots[at].count > 0 && (slots[at].series != series || slots[at].time_ns != time_ns))
        at = (at + 1) & (cap - 1);
    return &slots[at];
}

/* At most three quarters are used. */
static bool make_room(struct ct_restate_entries *entries)
{
    if (entries->used + 1 <= entries->cap / 4 * 3)
        return true;
    const struct ct_allocator *allocator = entries->texts.allocator;
    const size_t cap = entries->cap ? entries->cap * 2 : SLOTS_MIN;
    struct ct_entry_count *slots = ct_alloc_zeroed(allocator, cap, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < entries->cap; i++) {
        const struct ct_entry_count *from = &entries->slots[i];
        if (from->count > 0)
            *find(slots, cap, from->series, from->time_ns) = *from;
    }
    ct_release(allocator, entries->slots);
    entries->slots = slots;
    entries->cap = cap;
    return true;
}

/* How manieth row of this series and time it is, from 1; 0 where memory is out. */
static uint32_t count_row(struct ct_restate_entries *entries, uint32_t series, int64_t time_ns)
{
    if (!make_room(entries))
        return 0;
    struct ct_entry_count *slot = find(entries->slots, entries->cap, series, time_ns);
    entries->used += slot->count == 0;
    slot->series = series;
    slot->time_ns = time_ns;
    return ++slot->count;
}

static bool print_id(struct ct_restate_entries *entries, uint32_t number, struct ct_text *out)
{
    char *text = ct_arena_alloc(&entries->texts, ID_BYTES_MAX);
    if (!text)
        return false;
    out->len = (size_t)snprintf(text, ID_BYTES_MAX, "%u", number);
    out->bytes = text;
    return true;
}

static bool reserve(struct ct_restate_entries *entries, uint32_t row_count)
{
    const struct ct_allocator *allocator = entries->texts.allocator;
    return ct_grow(allocator, &entries->ids, &entries->id_cap, row_count, sizeof *entries->ids) &&
           ct_grow(allocator, &entries->present, &entries->present_cap, row_count, 1);
}

ct_status ct_restate_entries_number(struct ct_restate_entries *entries,
                                    const struct ct_row_block *rows, const struct ct_vector *given,
                                    struct ct_vector *out, uint64_t *numbered)
{
    *numbered = 0;
    ct_arena_reset(&entries->texts);
    if (!reserve(entries, rows->row_count))
        return CT_NO_MEMORY;
    for (uint32_t i = 0; i < rows->row_count; i++) {
        const bool is_given = given && (!given->present || given->present[i]);
        entries->ids[i] = is_given ? given->string[i] : (struct ct_text){"", 0};
        entries->present[i] = is_given;
        if (is_given && entries->ids[i].len > 0) /* an empty id tells nothing apart */
            continue;
        const uint32_t number = count_row(entries, rows->series[i], rows->times_ns[i]);
        if (number == 0)
            return CT_NO_MEMORY;
        if (number == 1)
            continue;
        if (!print_id(entries, number, &entries->ids[i]))
            return CT_NO_MEMORY;
        entries->present[i] = 1;
        ++*numbered;
    }
    *out = (struct ct_vector){.type = CT_STRING,
                              .count = rows->row_count,
                              .present = entries->present,
                              .string = entries->ids};
    return CT_OK;
}
