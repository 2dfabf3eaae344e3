#include "paged_array.h"

#include <string.h>

#define FIRST_CAP_MIN 4

void ct_paged_array_deinit(struct ct_paged_array *array, const struct ct_allocator *allocator)
{
    for (uint32_t page = 0; page < array->page_count; page++)
        ct_release(allocator, array->pages[page]);
    ct_release(allocator, array->pages);
    *array = (struct ct_paged_array){.element_bytes = array->element_bytes};
}

static bool reserve_page_slots(struct ct_paged_array *array, const struct ct_allocator *allocator,
                               uint32_t page_count)
{
    if (page_count <= array->page_count)
        return true;
    /* Most arrays stay below one page: they get one slot. */
    if (array->page_cap == 0) {
        array->pages = ct_alloc(allocator, page_count * sizeof *array->pages);
        if (!array->pages)
            return false;
        array->page_cap = page_count;
    }
    if (!ct_grow(allocator, &array->pages, &array->page_cap, page_count, sizeof *array->pages))
        return false;
    memset(array->pages + array->page_count, 0,
           (page_count - array->page_count) * sizeof *array->pages);
    array->page_count = page_count;
    return true;
}

static bool reserve_first(struct ct_paged_array *array, const struct ct_allocator *allocator,
                          uint32_t at)
{
    if (at < array->first_cap)
        return true;
    uint32_t cap = array->first_cap ? array->first_cap : FIRST_CAP_MIN;
    while (cap <= at)
        cap *= 2;
    const size_t old_bytes = (size_t)array->first_cap * array->element_bytes;
    const size_t bytes = (size_t)cap * array->element_bytes;
    char *page = ct_resize(allocator, array->pages[0], bytes);
    if (!page)
        return false;
    memset(page + old_bytes, 0, bytes - old_bytes);
    array->pages[0] = page;
    array->first_cap = cap;
    return true;
}

bool ct_paged_array_reserve(struct ct_paged_array *array, const struct ct_allocator *allocator,
                            uint32_t at)
{
    const uint32_t page = at / CT_PAGE_ELEMENTS;
    if (!reserve_page_slots(array, allocator, page + 1))
        return false;
    if (page == 0)
        return reserve_first(array, allocator, at);
    if (!array->pages[page])
        array->pages[page] = ct_alloc_zeroed(allocator, CT_PAGE_ELEMENTS, array->element_bytes);
    return array->pages[page] != NULL;
}
