/* The rollup files of a version, with the segments that each covers. Private to store.
 *
 * Invariant (the manifest's, see manifest.h): what a cover names is in the version, and no segment
 * is covered twice. */
#ifndef CT_VERSION_COVERS_H
#define CT_VERSION_COVERS_H

#include "cover.h"

struct ct_version;
struct ct_sealed;

struct ct_version_cover {
    struct ct_cover *cover;
    uint32_t table;
    int64_t month_ns;
    struct ct_sealed **segments; /* in the version's order; borrowed from it */
    uint32_t segment_count;
    uint32_t tag_end;       /* the highest of its segments */
    int64_t min_ns, max_ns; /* of its segments' rows */
    uint64_t row_count;
};

struct ct_version_covers {
    struct ct_version_cover *covers; /* by table */
    size_t count;
    uint32_t *cover_of; /* by segment of the version: 1 + number of its cover, or 0 */
};

/* For a version whose segments are all there: open covers from `before` (may be NULL) or from their
 * files. On failure what was made is given back with the version. */
ct_status ct_version_covers_init(struct ct_version *version, struct ct_io *io, const char *folder,
                                 const struct ct_manifest_state *state,
                                 const struct ct_version *before, struct ct_error *err) CT_MUST_USE;
/* The same covers for a version of the same segments. */
ct_status ct_version_covers_copy(struct ct_version *version, const struct ct_version *before,
                                 struct ct_error *err) CT_MUST_USE;
void ct_version_covers_deinit(struct ct_version *version);

#endif
