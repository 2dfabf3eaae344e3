/* What the registry keeps of the last restatement of a scope. Private to store. Bytes: ../FORMAT.md
 * section 6. */
#ifndef CT_RESTATE_RECORD_H
#define CT_RESTATE_RECORD_H

#include "byte_buffer.h"
#include "restate.h"

struct ct_restate_record {
    uint64_t hash[2]; /* of the rows: restate_digest.h */
    uint64_t row_count;
    uint64_t commit;
    bool has_sequence;
    uint64_t sequence;
};

/* The key of a scope: equal for equal scopes, however they are written. The tags are sorted. */
ct_status ct_restate_record_key(const struct ct_restate_scope *scope, struct ct_byte_buffer *out,
                                struct ct_error *err) CT_MUST_USE;

ct_status ct_restate_record_encode(const struct ct_restate_record *record,
                                   struct ct_byte_buffer *out, struct ct_error *err) CT_MUST_USE;
ct_status ct_restate_record_decode(struct ct_text value, struct ct_restate_record *out,
                                   struct ct_error *err) CT_MUST_USE;

#endif
