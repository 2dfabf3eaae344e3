#include "dictionary.h"

#include "bytes.h"
#include "hash.h"

#define LENGTH_BYTES    sizeof(uint16_t)
#define SHORT_BYTES_MAX 256

void ct_dictionary_init(struct ct_dictionary *dictionary, uint64_t seed)
{
    *dictionary = (struct ct_dictionary){
        .texts.element_bytes = sizeof(const char *),
        .seed = seed,
    };
}

void ct_dictionary_deinit(struct ct_dictionary *dictionary, const struct ct_allocator *allocator)
{
    ct_paged_array_deinit(&dictionary->texts, allocator);
    ct_number_index_deinit(&dictionary->index, allocator);
}

static uint64_t hash_of(const struct ct_dictionary *dictionary, struct ct_text text)
{
    return ct_hash(text.bytes, text.len, dictionary->seed);
}

uint32_t ct_dictionary_find(const struct ct_dictionary *dictionary, struct ct_text text)
{
    struct ct_number_probe probe = ct_number_index_probe(hash_of(dictionary, text));
    for (;;) {
        const uint32_t number = ct_number_index_next(&dictionary->index, &probe);
        if (number == UINT32_MAX || ct_text_equal(ct_dictionary_text(dictionary, number), text))
            return number;
    }
}

static void join(char *out, struct ct_text text)
{
    ct_store16(out, (uint16_t)text.len);
    if (text.len)
        memcpy(out + LENGTH_BYTES, text.bytes, text.len);
}

/* Length and text. The many short ones are packed without padding. */
static const char *keep(struct ct_arena *arena, struct ct_text text)
{
    CT_ASSERT(text.len <= UINT16_MAX);
    char joined[SHORT_BYTES_MAX];
    const size_t len = LENGTH_BYTES + text.len;
    if (len <= sizeof joined) {
        join(joined, text);
        return ct_arena_copy(arena, (struct ct_text){.bytes = joined, .len = len}).bytes;
    }
    char *copy = ct_arena_alloc(arena, len);
    if (copy)
        join(copy, text);
    return copy;
}

bool ct_dictionary_add(struct ct_dictionary *dictionary, const struct ct_allocator *allocator,
                       struct ct_arena *arena, struct ct_text text)
{
    if (!ct_number_index_reserve(&dictionary->index, allocator) ||
        !ct_paged_array_reserve(&dictionary->texts, allocator, dictionary->count))
        return false;
    const char *copy = keep(arena, text);
    if (!copy)
        return false;
    const char **place = ct_paged_array_at(&dictionary->texts, dictionary->count);
    *place = copy;
    ct_number_index_add(&dictionary->index, hash_of(dictionary, text), dictionary->count);
    dictionary->count++;
    return true;
}

void ct_dictionary_drop_last(struct ct_dictionary *dictionary)
{
    CT_ASSERT(dictionary->count > 0);
    const uint32_t last = dictionary->count - 1;
    const struct ct_text text = ct_dictionary_text(dictionary, last);
    ct_number_index_remove(&dictionary->index, hash_of(dictionary, text), last);
    dictionary->count = last;
}

struct ct_text ct_dictionary_text(const struct ct_dictionary *dictionary, uint32_t number)
{
    CT_ASSERT(number < dictionary->count);
    const char *const *place = ct_paged_array_at(&dictionary->texts, number);
    return (struct ct_text){.bytes = *place + LENGTH_BYTES, .len = ct_load16(*place)};
}
