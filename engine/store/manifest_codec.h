/* Manifest edits to bytes and back, and their meaning. Private to store. */
#ifndef CT_MANIFEST_CODEC_H
#define CT_MANIFEST_CODEC_H

#include "byte_buffer.h"
#include "manifest.h"

ct_status ct_manifest_encode(const struct ct_manifest_edit *edit,
                             struct ct_byte_buffer *out) CT_MUST_USE;

/* The edits that make `state` from nothing. */
ct_status ct_manifest_encode_state(const struct ct_manifest_state *state,
                                   struct ct_byte_buffer *out) CT_MUST_USE;

/* Applies one encoded edit. On failure the state is in between and to be thrown away. */
ct_status ct_manifest_apply(struct ct_manifest_state *state, const struct ct_allocator *allocator,
                            struct ct_text bytes, const char *file,
                            struct ct_error *err) CT_MUST_USE;

#endif
