#include "nearest_name.h"

#define NAME_BYTES_MAX 64

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Damerau's distance, where no letter is edited twice. Both names have at most NAME_BYTES_MAX
 * bytes. */
static unsigned distance(struct ct_text a, struct ct_text b)
{
    unsigned rows[3][NAME_BYTES_MAX + 1]; /* of the last letters of a, rotating */
    for (unsigned j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3];
        const unsigned *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            const unsigned changed = above[j - 1] + (a.bytes[i - 1] != b.bytes[j - 1]);
            row[j] = least(changed, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a.bytes[i - 1] == b.bytes[j - 2] &&
                a.bytes[i - 2] == b.bytes[j - 1])
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

const char *ct_nearest_name(struct ct_text given, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    unsigned nearest_distance = (unsigned)given.len / 3 + 1;
    if (given.len == 0 || given.len > NAME_BYTES_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const struct ct_text name = ct_text_of(names[i]);
        if (name.len > NAME_BYTES_MAX)
            continue;
        const unsigned changes = distance(given, name);
        if (changes < nearest_distance) {
            nearest_distance = changes;
            nearest = names[i];
        }
    }
    return nearest;
}
