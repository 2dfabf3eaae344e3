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

/* -- Rollup files: manifest_covers.c -------------------------------------------------------- */

/* Room for one more cover (NULL: none) in the state's arrays. */
bool ct_manifest_make_room(struct ct_manifest_state *state, const struct ct_allocator *allocator,
                           const struct ct_cover_entry *cover);
/* What follows id and table in the operation. */
ct_status ct_manifest_encode_cover(const struct ct_cover_entry *cover, const uint64_t *segments,
                                   struct ct_byte_buffer *out);
ct_status ct_manifest_add_cover(struct ct_manifest_state *state,
                                const struct ct_allocator *allocator, struct ct_reader *r);
/* False where there is no such cover. */
bool ct_manifest_drop_cover(struct ct_manifest_state *state, uint64_t id);

/* Covers name live segments of their table, none of them twice. Notes which are covered. */
bool ct_manifest_covers_are_sound(struct ct_manifest_state *state);

#endif
