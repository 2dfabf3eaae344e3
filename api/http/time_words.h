/* Times and lengths of time as people and programs write them in requests. Layer http. */
#ifndef CT_TIME_WORDS_H
#define CT_TIME_WORDS_H

#include "json_read.h"
#include "reply.h"

/* A moment. Digits are seconds since 1970 UTC, exactly, or, as no seconds are that many, ms, us or
 * ns (from 5e9, 5e12 and 5e15 on, as lines of precision auto); else RFC 3339 ("2026-06-01",
 * "2026-06-01T12:30:00.5+02:00"), or "now", "-30d", "now-90m": fixed units, a day is 24 hours.
 * CT_PARSE or CT_RANGE, told. */
ct_status ct_time_word(struct ct_text text, int64_t now_ns, int64_t *time_ns, struct ct_error *err);
/* The same of a JSON number or string; CT_NOT_FOUND where it is null or not there. */
ct_status ct_time_word_json(struct ct_json json, int64_t now_ns, int64_t *time_ns,
                            struct ct_error *err);
/* The same of a parameter of the request, with its time of arrival as now; *time_ns untouched where
 * there is none. False: the reply tells. */
bool ct_time_parameter(const struct ct_request *request, const char *name, int64_t *time_ns,
                       struct ct_reply *reply);

/* "90s", "1.5h", "1h30m", "1d": positive ns. Units ns, us, ms, s, m, h, d, w. CT_PARSE or CT_RANGE,
 * told. */
ct_status ct_duration_word(struct ct_text text, int64_t *length_ns, struct ct_error *err);

/* A length of time that is a number of calendar units: "3mo", "1q", "1y", "2w", "1d", "6h". False
 * where it is none. */
bool ct_calendar_word(struct ct_text text, uint32_t *unit, uint32_t *count);

#endif
