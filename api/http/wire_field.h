/* Fields of a protobuf message one after another, nothing copied. Layer http.
 *
 * The outer messages of a request are walked so, and only the small ones inside them unpacked: what
 * a request needs in memory depends on its largest metric, not on how many it holds. */
#ifndef CT_WIRE_FIELD_H
#define CT_WIRE_FIELD_H

#include <stdint.h>

#include "status.h"
#include "text.h"

struct ct_wire_field {
    uint32_t number;
    bool is_bytes;        /* a message, text or packed array; else a number */
    struct ct_text bytes; /* into the message */
    uint64_t bits;        /* of the number: a varint, or 8 or 4 bytes as they lie */
};

/* Takes the first field off *rest, which is not empty. CT_PARSE: the bytes are no message. */
ct_status ct_wire_next(struct ct_text *rest, struct ct_wire_field *out,
                       struct ct_error *err) CT_MUST_USE;

#endif
