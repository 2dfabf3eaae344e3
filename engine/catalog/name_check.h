/* What a name may be, and how errors show one. Layer catalog; store may include it
 * too. */
#ifndef CT_NAME_CHECK_H
#define CT_NAME_CHECK_H

#include "catalog.h"

#define CT_SHOWN_BYTES_MAX 60

/* CT_INVALID where it is empty, CT_LIMIT where it is too long; `what` is "table", "tag key", ... */
ct_status ct_name_check(struct ct_text name, const char *what, struct ct_error *err) CT_MUST_USE;

/* Every key and value a name, keys ascending. */
ct_status ct_tags_check(const struct ct_tag *tags, uint32_t tag_count,
                        struct ct_error *err) CT_MUST_USE;

/* For "%.*s": how many bytes of a name an error shows. Never cuts a UTF-8 character. */
int ct_shown_len(struct ct_text name);

/* The two arguments of "%.*s". */
#define CT_SHOWN(name) ct_shown_len(name), (name).bytes

#endif
