/* Texts, each once, numbered from 0 in the order in which they came. Private to the catalog layer
 * and its tests.
 *
 * Invariant: number n is the n-th text added; the index finds exactly the texts that are there. A
 * text lies in the caller's arena, its length (2 bytes) before it, and never moves. */
#ifndef CT_DICTIONARY_H
#define CT_DICTIONARY_H

#include "arena.h"
#include "number_index.h"
#include "paged_array.h"
#include "text.h"

struct ct_dictionary {
    struct ct_paged_array texts; /* of const char * */
    struct ct_number_index index;
    uint64_t seed;
    uint32_t count;
};

void ct_dictionary_init(struct ct_dictionary *dictionary, uint64_t seed);
void ct_dictionary_deinit(struct ct_dictionary *dictionary, const struct ct_allocator *allocator);

/* UINT32_MAX where it is not there. */
uint32_t ct_dictionary_find(const struct ct_dictionary *dictionary, struct ct_text text);

/* Adds a text of at most 65535 bytes that is not there, as number `count`. False where memory is
 * out: nothing changed. */
bool ct_dictionary_add(struct ct_dictionary *dictionary, const struct ct_allocator *allocator,
                       struct ct_arena *arena, struct ct_text text);

/* Undoes the last ct_dictionary_add, save for the arena's bytes. */
void ct_dictionary_drop_last(struct ct_dictionary *dictionary);

/* number < count. Borrowed from the arena. */
struct ct_text ct_dictionary_text(const struct ct_dictionary *dictionary, uint32_t number);

#endif
