/* "Did you mean": which of the names that are known is the one that somebody mistyped. Layer http.
 */
#ifndef CT_NEAREST_NAME_H
#define CT_NEAREST_NAME_H

#include "text.h"

/* The name that takes the fewest letters changed, left out, added or swapped with their neighbour,
 * at most a third of them; NULL where none is that near. */
const char *ct_nearest_name(struct ct_text given, const char *const *names, size_t count);

#endif
