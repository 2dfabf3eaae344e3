/* Rollup files: the cells of all rows of some segments of one table and UTC month. Private to
 * store. Bytes: ../FORMAT.md section 10.2.
 *
 * A file is written once, under its name before the manifest's edit that names it, and removed
 * after the edit that drops it. Open covers are shared by versions, as segments are. */
#ifndef CT_COVER_H
#define CT_COVER_H

#include "cell_image.h"
#include "io.h"
#include "manifest.h"

struct ct_cover {
    const struct ct_allocator *allocator;
    atomic_uint references;
    uint64_t id;
    struct ct_file *file;
    struct ct_text payload; /* in the mapped file */
    uint64_t payload_checksum;
    _Atomic(struct ct_cell_image *) cells; /* NULL until first asked for */
};

/* Writes roll/<id>.rol below the store's folder, durable by name on return; the folder is made if
 * need be. `entry` comes with id, table, month_ns and segment_count; the rest is filled in. */
ct_status ct_cover_write(struct ct_io *io, const char *folder, struct ct_cover_entry *entry,
                         const uint64_t *segments, const uint8_t *payload, size_t payload_len,
                         struct ct_error *err) CT_MUST_USE;

/* CT_CORRUPT where the file is not what the manifest says. */
ct_status ct_cover_open(struct ct_io *io, const char *folder, const struct ct_cover_entry *entry,
                        const uint64_t *segments, struct ct_cover **out,
                        struct ct_error *err) CT_MUST_USE;
void ct_cover_hold(struct ct_cover *cover);
void ct_cover_drop(struct ct_cover *cover); /* NULL is fine */

/* Its image, opened at first use; borrowed from the cover. tag_end: as ct_cell_image_open. */
ct_status ct_cover_cells(struct ct_cover *cover, uint32_t tag_end, struct ct_cell_image **out,
                         struct ct_error *err) CT_MUST_USE;

/* The checksum over the whole payload. */
ct_status ct_cover_verify(const struct ct_cover *cover, struct ct_error *err) CT_MUST_USE;

#endif
