/* Texts and times inside the registry's records: a length as varint and the bytes; a zigzag varint.
 * Private to query. */
#ifndef CT_RECORD_TEXT_H
#define CT_RECORD_TEXT_H

#include "bytes.h"
#include "catalog.h"

static inline void ct_record_write_text(struct ct_writer *w, struct ct_text text)
{
    ct_write_varint(w, text.len);
    ct_write_bytes(w, text.bytes, text.len);
}

/* Borrowed from the reader's bytes; not longer than a name may be. */
static inline struct ct_text ct_record_read_text(struct ct_reader *r)
{
    const size_t len = (size_t)ct_read_varint_max(r, CT_NAME_BYTES_MAX);
    const uint8_t *bytes = ct_read_bytes(r, len);
    return (struct ct_text){.bytes = (const char *)bytes, .len = bytes ? len : 0};
}

static inline int64_t ct_record_read_time(struct ct_reader *r)
{
    return ct_unzigzag(ct_read_varint(r));
}

#endif
