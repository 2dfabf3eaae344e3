/* The server's log: one line for each event on stderr, of the server and of the store alike. Layer
 * http.
 *
 *     ts=2026-06-01T12:30:00.250Z level=info msg=request id=5be1... path=/write status=204
 *     {"ts":"2026-06-01T12:30:00.250Z","level":"info","msg":"request",...}
 *
 * Lines come as ct_log_line makes them, escaped, so that nothing that a client sends forges one. In
 * JSON every value is a text: an id of digits alone does not become a number. Where stderr is
 * journald's, a line begins with its priority, "<6>". Each is one write: lines of several threads
 * do not mix. */
#ifndef CT_SERVER_LOG_H
#define CT_SERVER_LOG_H

#include "logger.h"

struct ct_server_log {
    int fd;
    bool is_json;
    bool has_priority;
};

/* On stderr. level_min: "debug", "info", "warning", "error". The logger points to *log. */
void ct_server_log_init(struct ct_server_log *log, bool is_json, const char *level_min,
                        struct ct_logger *logger);

#define CT_SERVER_LOG_BYTES_MAX (6 * CT_LOG_LINE_BYTES_MAX + 128)

/* A line with its end, of a time, into out; returns its length. */
size_t ct_server_log_format(const struct ct_server_log *log, enum ct_log_level level,
                            struct ct_text line, int64_t now_ns, char out[CT_SERVER_LOG_BYTES_MAX]);

#endif
