/* Time zones by name, from the system's files. Layer query; api and the front ends may include
 * this.
 *
 * The folder is a parameter and never the environment's: a library does not listen to TZDIR. */
#ifndef CT_TIME_ZONE_FILE_H
#define CT_TIME_ZONE_FILE_H

#include "io.h"
#include "time_zone.h"

#define CT_TIME_ZONE_FOLDER "/usr/share/zoneinfo"

/* The zone of an IANA name such as "America/New_York"; "UTC" and "" need no file and give NULL,
 * which is UTC.
 * io      the door to the system's files, not that of a store in memory
 * folder  NULL: CT_TIME_ZONE_FOLDER
 * Owns    *out is the caller's until ct_time_zone_destroy.
 * Errors  CT_INVALID (a name that could not be one), CT_NOT_FOUND (no such zone, or no zones at
 * all: the text says which), and those of ct_time_zone_parse.
 * Cost    one small file read, some 30 us. */
ct_status ct_time_zone_load(struct ct_io *io, const char *folder, struct ct_text name,
                            const struct ct_allocator *allocator, struct ct_time_zone **out,
                            struct ct_error *err) CT_MUST_USE;

#endif
