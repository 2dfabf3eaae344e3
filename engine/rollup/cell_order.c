/* Merge sort from the bottom up; halves that follow one another already are left as they are, which
 * they mostly are: cells are made in the order of time. */
#include "cell_order.h"

typedef bool (*comes_before)(const struct ct_face_tally *face, uint32_t a, uint32_t b);

static bool group_before(const struct ct_face_tally *face, uint32_t a, uint32_t b)
{
    const uint32_t tag_count = face->set.tag_count;
    const uint32_t *codes_a = face->codes + (size_t)a * tag_count;
    const uint32_t *codes_b = face->codes + (size_t)b * tag_count;
    for (uint32_t i = 0; i < tag_count; i++)
        if (codes_a[i] != codes_b[i])
            return codes_a[i] < codes_b[i];
    return false;
}

static bool bucket_before(const struct ct_face_tally *face, uint32_t a, uint32_t b)
{
    return face->buckets_ns[a] < face->buckets_ns[b];
}

/* [0, middle) and [middle, count), both sorted, into one. */
static void merge_halves(const struct ct_face_tally *face, comes_before before, uint32_t *items,
                         uint32_t middle, uint32_t count, uint32_t *room)
{
    if (!before(face, items[middle], items[middle - 1]))
        return;
    memcpy(room, items, middle * sizeof *items);
    for (uint32_t a = 0, b = middle, to = 0; a < middle; to++) {
        const bool takes_b = b < count && before(face, items[b], room[a]);
        items[to] = takes_b ? items[b++] : room[a++];
    }
}

static void sort(const struct ct_face_tally *face, comes_before before, uint32_t *items,
                 uint32_t count, uint32_t *room)
{
    for (uint32_t half = 1; half < count; half *= 2) {
        for (uint32_t from = 0; from + half < count; from += 2 * half) {
            const uint32_t left = count - from;
            merge_halves(face, before, items + from, half, left < 2 * half ? left : 2 * half, room);
        }
    }
}

static void sort_groups(struct ct_cell_order *order, const struct ct_face_tally *face)
{
    for (uint32_t g = 0; g < face->group_count; g++)
        order->groups[g] = g;
    sort(face, group_before, order->groups, face->group_count, order->room);
    for (uint32_t position = 0; position < face->group_count; position++)
        order->positions[order->groups[position]] = position;
}

/* Cells by group (a counting sort; first[] is in `room`), then each group's by bucket. */
static void sort_cells(struct ct_cell_order *order, const struct ct_face_tally *face)
{
    uint32_t *first = order->room;
    memset(first, 0, (face->group_count + 1u) * sizeof *first);
    for (uint32_t i = 0; i < face->tally.cell_count; i++)
        first[order->positions[face->groups[i]] + 1]++;
    for (uint32_t g = 0; g < face->group_count; g++)
        first[g + 1] += first[g];
    for (uint32_t i = 0; i < face->tally.cell_count; i++)
        order->cells[first[order->positions[face->groups[i]]]++] = i;
    for (uint32_t from = 0, to; from < face->tally.cell_count; from = to) {
        const uint32_t group = face->groups[order->cells[from]];
        for (to = from; to < face->tally.cell_count && face->groups[order->cells[to]] == group;)
            to++;
        sort(face, bucket_before, order->cells + from, to - from, order->room);
    }
}

ct_status ct_cell_order_init(struct ct_cell_order *order, const struct ct_face_tally *face)
{
    const struct ct_allocator *allocator = face->tally.allocator;
    const size_t groups = face->group_count + (size_t)1, cells = face->tally.cell_count + (size_t)1;
    *order = (struct ct_cell_order){
        .groups = ct_alloc(allocator, groups * sizeof(uint32_t)),
        .positions = ct_alloc(allocator, groups * sizeof(uint32_t)),
        .cells = ct_alloc(allocator, cells * sizeof(uint32_t)),
        .room = ct_alloc(allocator, (groups > cells ? groups : cells) * sizeof(uint32_t)),
    };
    if (!order->groups || !order->positions || !order->cells || !order->room)
        return CT_NO_MEMORY;
    sort_groups(order, face);
    sort_cells(order, face);
    return CT_OK;
}

void ct_cell_order_deinit(struct ct_cell_order *order, const struct ct_allocator *allocator)
{
    ct_release(allocator, order->groups);
    ct_release(allocator, order->positions);
    ct_release(allocator, order->cells);
    ct_release(allocator, order->room);
}
