/* Attribute values of OTLP that are no texts, as the text of a tag. Layer http; for otlp_protobuf.c
 * and otlp_json.c.
 *
 * Numbers in their shortest form, true and false, bytes in base64, lists and maps as JSON. */
#ifndef CT_OTLP_VALUE_H
#define CT_OTLP_VALUE_H

#include <stdint.h>

#include "json_read.h"
#include "text_out.h"

#define CT_OTLP_DEPTH_MAX 32 /* of lists and maps in a value */

void ct_otlp_print_int64(struct ct_text_out *out, int64_t value);
void ct_otlp_print_double(struct ct_text_out *out, double value); /* or NaN, Infinity, -Infinity */
void ct_otlp_print_bool(struct ct_text_out *out, bool value);
void ct_otlp_print_base64(struct ct_text_out *out, struct ct_text bytes);

/* The protobuf messages ArrayValue and KeyValueList. CT_PARSE, CT_LIMIT (depth). */
ct_status ct_otlp_print_wire_list(struct ct_text_out *out, struct ct_text bytes,
                                  struct ct_error *err) CT_MUST_USE;
ct_status ct_otlp_print_wire_map(struct ct_text_out *out, struct ct_text bytes,
                                 struct ct_error *err) CT_MUST_USE;

/* A 64-bit integer, as a number or as text. CT_NOT_FOUND, err untouched, where it is not there;
 * CT_TYPE, CT_RANGE. */
ct_status ct_otlp_json_int64(struct ct_json json, int64_t *out, struct ct_error *err) CT_MUST_USE;
/* A double, as a number or as text: "NaN" and "Infinity" too. As above. */
ct_status ct_otlp_json_double(struct ct_json json, double *out, struct ct_error *err) CT_MUST_USE;

/* An AnyValue in JSON, {"stringValue": "x"}; of a text its bytes. CT_TYPE, CT_LIMIT. */
ct_status ct_otlp_print_json(struct ct_text_out *out, struct ct_json any_value,
                             struct ct_error *err) CT_MUST_USE;

#endif
