/* The log door: one line for each thing worth telling an operator. Everyone may include this.
 *
 * Lines are logfmt: level=info msg="segment sealed" rows=1024 path=cost/2026-06. Values that come
 * from outside are quoted and escaped, so that no tag value can forge a line. Lines carry no time:
 * whoever writes them out adds it. Nothing here opens a file. A NULL logger is silent. */
#ifndef CT_LOGGER_H
#define CT_LOGGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"
#include "text.h"

#define CT_LOG_LINE_BYTES_MAX 1024

enum ct_log_level {
    CT_LOG_DEBUG = 0,
    CT_LOG_INFO = 1,
    CT_LOG_WARNING = 2,
    CT_LOG_ERROR = 3,
};

/* Passed in at open, outlives all that it was given to; `write` is called from any thread. */
struct ct_logger {
    void *context;
    enum ct_log_level level_min; /* what lies below is not even formatted */
    /* line: borrowed for the call, one line without its end, not terminated. */
    void (*write)(void *context, enum ct_log_level level, struct ct_text line);
};

/* "debug", "info", "warning", "error". */
const char *ct_log_level_name(enum ct_log_level level);

/* A line in the making, in the caller's memory. Fields that do not fit are left out, and the line
 * ends in cut=true. */
struct ct_log_line {
    const struct ct_logger *logger; /* NULL: nobody listens, nothing is formatted */
    enum ct_log_level level;
    bool is_cut;
    size_t len;
    char bytes[CT_LOG_LINE_BYTES_MAX];
};

/* Keys and message are our own words: keys of [a-z0-9_]. */
void ct_log_begin(struct ct_log_line *line, const struct ct_logger *logger, enum ct_log_level level,
                  const char *message);
void ct_log_text(struct ct_log_line *line, const char *key, struct ct_text value);
void ct_log_int(struct ct_log_line *line, const char *key, int64_t value);
void ct_log_uint(struct ct_log_line *line, const char *key, uint64_t value);
/* status=..., error="...", and file and offset where there are any. */
void ct_log_error(struct ct_log_line *line, const struct ct_error *error);
void ct_log_end(struct ct_log_line *line);

/* A line of its message alone. */
void ct_log_say(const struct ct_logger *logger, enum ct_log_level level, const char *message);

#endif
