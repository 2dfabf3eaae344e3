/* An array that grows without moving what is large: pages of 4096 elements, of which only the first
 * is resized while it is small. Private to the catalog layer and its tests.
 *
 * Invariant: an element that was never made reads as zero, and a page of nothing but such elements
 * takes no memory. So a tag key that few series have costs little. */
#ifndef CT_PAGED_ARRAY_H
#define CT_PAGED_ARRAY_H

#include "alloc.h"

#include <stdint.h>

#define CT_PAGE_ELEMENTS ((uint32_t)4096)

/* All zero but element_bytes is an empty one. */
struct ct_paged_array {
    void **pages; /* NULL: all zero */
    uint32_t element_bytes;
    uint32_t page_count;
    size_t page_cap;
    uint32_t first_cap; /* elements that page 0 has room for */
};

void ct_paged_array_deinit(struct ct_paged_array *array, const struct ct_allocator *allocator);

/* Makes sure that element `at` has memory; false where there is none. Elements of page 0 may move.
 */
bool ct_paged_array_reserve(struct ct_paged_array *array, const struct ct_allocator *allocator,
                            uint32_t at);

/* The element, or NULL where it has no memory (and so is zero). */
static inline void *ct_paged_array_at(const struct ct_paged_array *array, uint32_t at)
{
    const uint32_t page = at / CT_PAGE_ELEMENTS;
    if (page >= array->page_count || !array->pages[page] || (page == 0 && at >= array->first_cap))
        return NULL;
    return (char *)array->pages[page] + (size_t)(at % CT_PAGE_ELEMENTS) * array->element_bytes;
}

#endif
