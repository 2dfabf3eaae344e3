#include "journal.h"

/* A longer definition gets a chunk of its own size. */
#define CHUNK_BYTES ((size_t)128 << 10)

struct ct_journal_chunk {
    struct ct_journal_chunk *next;
    uint64_t start; /* offset of bytes[0] */
    size_t len, cap;
    uint8_t bytes[];
};

static void release_from(struct ct_journal *journal, struct ct_journal_chunk *chunk)
{
    while (chunk) {
        struct ct_journal_chunk *next = chunk->next;
        ct_release(journal->allocator, chunk);
        chunk = next;
    }
}

void ct_journal_deinit(struct ct_journal *journal)
{
    release_from(journal, journal->first);
    journal->first = journal->last = NULL;
}

bool ct_journal_reserve(struct ct_journal *journal, size_t bytes)
{
    if (journal->last && journal->last->cap - journal->last->len >= bytes)
        return true;
    const size_t cap = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
    struct ct_journal_chunk *chunk = ct_alloc(journal->allocator, sizeof *chunk + cap);
    if (!chunk)
        return false;
    chunk->next = NULL;
    chunk->start = journal->end;
    chunk->len = 0;
    chunk->cap = cap;
    if (journal->last)
        journal->last->next = chunk;
    else
        journal->first = chunk;
    journal->last = chunk;
    return true;
}

void ct_journal_append(struct ct_journal *journal, const struct ct_definition *definition)
{
    struct ct_journal_chunk *chunk = journal->last;
    struct ct_writer w = ct_writer_of(chunk->bytes + chunk->len, chunk->cap - chunk->len);
    ct_definition_write(&w, definition);
    chunk->len += ct_writer_len(&w);
    journal->end += ct_writer_len(&w);
}

void ct_journal_cut(struct ct_journal *journal, uint64_t end)
{
    CT_ASSERT(end >= journal->start && end <= journal->end);
    struct ct_journal_chunk *chunk = journal->first;
    while (chunk && chunk->start + chunk->len < end)
        chunk = chunk->next;
    if (chunk) {
        chunk->len = (size_t)(end - chunk->start);
        release_from(journal, chunk->next);
        chunk->next = NULL;
        journal->last = chunk;
    }
    journal->end = end;
}

void ct_journal_trim(struct ct_journal *journal, uint64_t to)
{
    CT_ASSERT(to <= journal->end);
    if (to <= journal->start)
        return;
    journal->start = to;
    while (journal->first && journal->first->start + journal->first->len <= to) {
        struct ct_journal_chunk *next = journal->first->next;
        ct_release(journal->allocator, journal->first);
        journal->first = next;
    }
    if (!journal->first)
        journal->last = NULL;
}

void ct_journal_copy(const struct ct_journal *journal, uint64_t from, uint64_t to, uint8_t *out)
{
    CT_ASSERT(from >= journal->start && from <= to && to <= journal->end);
    for (const struct ct_journal_chunk *c = journal->first; c && from < to; c = c->next) {
        const uint64_t chunk_end = c->start + c->len;
        if (chunk_end <= from)
            continue;
        const size_t len = (size_t)((chunk_end < to ? chunk_end : to) - from);
        memcpy(out, c->bytes + (from - c->start), len);
        out += len;
        from += len;
    }
}
