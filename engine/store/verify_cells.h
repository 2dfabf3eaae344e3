/* Whether stored cells are what their rows add up to. Private to store. */
#ifndef CT_VERIFY_CELLS_H
#define CT_VERIFY_CELLS_H

#include "state.h"

/* The checksums of rollup files; with `deep` every cell of every section and file of the version is
 * compared with those that its rows give now. CT_CORRUPT says where. Adds to counts->files. */
ct_status ct_store_verify_cells(struct ct_store *store, const struct ct_version *version, bool deep,
                                struct ct_verify_counts *counts, struct ct_error *err) CT_MUST_USE;

#endif
