/* Times and widths as they stand on a command line. Layer tools. */
#ifndef CT_TIME_ARGUMENT_H
#define CT_TIME_ARGUMENT_H

#include <stdbool.h>
#include <stdint.h>

#define CT_TIME_TEXT_BYTES 40

/* RFC 3339 ("2026-06-01", "2026-06-01T00:00:00Z", with a fraction or an offset) or nanoseconds
 * since 1970 UTC. False for anything else and for what int64 nanoseconds do not reach. */
bool ct_time_argument(const char *text, int64_t *out_ns);

/* "1h", "15m", "10s", "1d", "1w", "250ms", "5us", "1ns": a positive whole number and its unit. */
bool ct_width_argument(const char *text, int64_t *out_ns);

/* RFC 3339 in UTC, with as many digits of a fraction as it takes; returns text. */
const char *ct_time_text(int64_t time_ns, char text[CT_TIME_TEXT_BYTES]);

#endif
