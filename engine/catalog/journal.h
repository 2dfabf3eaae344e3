/* The definitions in the order in which they were made, encoded, until the store has written them
 * down. Private to the catalog layer and its tests.
 *
 * Invariant: a byte's offset never changes; [start, end) is in memory, in chunks of which each
 * holds whole definitions. Trimming frees chunks from the front, so at most one chunk is kept
 * longer than it must. */
#ifndef CT_JOURNAL_H
#define CT_JOURNAL_H

#include "definition.h"

struct ct_journal_chunk;

/* All zero but the allocator is an empty one. */
struct ct_journal {
    const struct ct_allocator *allocator;
    struct ct_journal_chunk *first, *last;
    uint64_t start; /* offset of the first byte that must be kept */
    uint64_t end;
};

void ct_journal_deinit(struct ct_journal *journal);

/* Makes room for one ct_journal_append; false where memory is out. */
bool ct_journal_reserve(struct ct_journal *journal, size_t bytes);

/* Room for ct_definition_bytes_max must have been reserved. */
void ct_journal_append(struct ct_journal *journal, const struct ct_definition *definition);

/* Forgets what was appended from offset `end` on. */
void ct_journal_cut(struct ct_journal *journal, uint64_t end);

/* Gives up the bytes before `to`. */
void ct_journal_trim(struct ct_journal *journal, uint64_t to);

/* start <= from <= to <= end; out has room for to - from bytes. */
void ct_journal_copy(const struct ct_journal *journal, uint64_t from, uint64_t to, uint8_t *out);

#endif
