/* Time zones: what clocks show at an instant, and at which instant they show it. Everyone may
 * include this.
 *
 * Read from the bytes of a TZif file (RFC 9636, versions 1 to 4), of which every Unix has one for
 * each zone of the IANA database. libc's zones are state of the process; these are values. Times
 * here are whole seconds: `time_s` since 1970 UTC, `local_s` since 1970-01-01T00:00:00 on the
 * zone's own clocks, which are shown at time_s + offset. Right for all times that int64 nanoseconds
 * reach (CT_TIME_S_MIN to CT_TIME_S_MAX) and three days beyond.
 *
 * Invariant: a zone is a sequence of stretches of constant offset; the stored transitions ascend,
 * each changes the offset, and after the last of them the rule, where there is one, decides.
 *
 * NULL as a zone is UTC. Zones never change: any number of threads may use one. */
#ifndef CT_TIME_ZONE_H
#define CT_TIME_ZONE_H

#include "alloc.h"
#include "status.h"
#include "text.h"

#define CT_TIME_S_MIN (INT64_MIN / 1000000000 - 1)
#define CT_TIME_S_MAX (INT64_MAX / 1000000000 + 1)

#define CT_ZONE_NAME_BYTES_MAX  64
#define CT_ZONE_FILE_BYTES_MAX  ((size_t)1 << 20)
#define CT_ZONE_TRANSITIONS_MAX 8192

struct ct_time_zone;

/* Letters, digits, `_`, `+` and `-` in parts with one `/` between: a name of the IANA database, and
 * never a path to anywhere else than below the folder that it is joined with. */
bool ct_time_zone_name_is_valid(struct ct_text name);

/* Reads a file's bytes, trusting nothing; neither they nor the name are kept.
 * name  for ct_time_zone_name: at most CT_ZONE_NAME_BYTES_MAX bytes
 * Owns  *out is the caller's until ct_time_zone_destroy.
 * Errors  CT_CORRUPT (names the offset), CT_FORMAT (not a TZif file, or one that counts leap
 * seconds), CT_LIMIT, CT_NO_MEMORY. */
ct_status ct_time_zone_parse(const void *bytes, size_t len, struct ct_text name,
                             const struct ct_allocator *allocator, struct ct_time_zone **out,
                             struct ct_error *err) CT_MUST_USE;
void ct_time_zone_destroy(struct ct_time_zone *zone); /* NULL is fine */

/* "Europe/Berlin", ended by a zero byte; "UTC" for NULL. Lives as long as the zone. */
const char *ct_time_zone_name(const struct ct_time_zone *zone);

/* Seconds east of UTC at the instant. */
int32_t ct_time_zone_offset(const struct ct_time_zone *zone, int64_t time_s);

/* What the zone's clocks show at the instant. */
static inline int64_t ct_time_zone_local(const struct ct_time_zone *zone, int64_t time_s)
{
    return time_s + ct_time_zone_offset(zone, time_s);
}

/* The first instant at which the zone's clocks show local_s or later: of two that show it the
 * first; where clocks were put forward past it, the instant at which they were. Never decreases
 * with local_s. */
int64_t ct_time_zone_instant(const struct ct_time_zone *zone, int64_t local_s);

/* The first instant after this one at which the offset changes; INT64_MAX: none. */
int64_t ct_time_zone_next_change(const struct ct_time_zone *zone, int64_t time_s);

#endif
