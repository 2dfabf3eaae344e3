#include "server_log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "civil_time.h"
#include "clock.h"
#include "utf8.h"

#define MILLISECOND_NS 1000000
#define REPLACEMENT    "\xef\xbf\xbd" /* U+FFFD */

/* A line in the making; what does not fit is left out. */
struct printer {
    char *out;
    size_t len;
};

static void put(struct printer *printer, const char *bytes, size_t len)
{
    if (len > CT_SERVER_LOG_BYTES_MAX - 2 - printer->len) /* room for "}" and the line's end */
        return;
    memcpy(printer->out + printer->len, bytes, len);
    printer->len += len;
}

static void put_word(struct printer *printer, const char *word)
{
    put(printer, word, strlen(word));
}

static void put_time(struct printer *printer, int64_t now_ns)
{
    char text[CT_TIME_TEXT_MAX], digits[8];
    const int64_t second_ns = now_ns - now_ns % CT_SECOND_NS;
    const size_t len = ct_time_print(second_ns, text);
    snprintf(digits, sizeof digits, ".%03dZ", (int)(now_ns % CT_SECOND_NS / MILLISECOND_NS));
    put(printer, text, len - 1); /* without its Z */
    put_word(printer, digits);
}

/* -- JSON -------------------------------------------------------------------------------------- */

static void put_json_byte(struct printer *printer, unsigned char c)
{
    char coded[8];
    if (c == 0) /* many readers of JSON take none */
        snprintf(coded, sizeof coded, REPLACEMENT);
    else if (c == '"' || c == '\\')
        snprintf(coded, sizeof coded, "\\%c", c);
    else if (c < 0x20 || c == 0x7f)
        snprintf(coded, sizeof coded, "\\u%04x", c);
    else
        snprintf(coded, sizeof coded, "%c", c);
    put_word(printer, coded);
}

/* Bytes that are not UTF-8 become U+FFFD, and so do zero bytes. */
static void put_json_text(struct printer *printer, struct ct_text text)
{
    put_word(printer, "\"");
    while (text.len > 0) {
        const size_t valid = ct_utf8_valid_len(text);
        for (size_t i = 0; i < valid; i++)
            put_json_byte(printer, (unsigned char)text.bytes[i]);
        if (valid == text.len)
            break;
        put_word(printer, REPLACEMENT);
        text = (struct ct_text){text.bytes + valid + 1, text.len - valid - 1};
    }
    put_word(printer, "\"");
}

static unsigned hex_digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* What an escape of ct_log_text stands for: \n, \xHH, \" and \\. */
static char unescape(struct ct_text line, size_t *at)
{
    const char c = line.bytes[++*at];
    if (c == 'n')
        return '\n';
    if (c != 'x' || line.len - *at < 3)
        return c;
    *at += 2;
    return (char)(hex_digit(line.bytes[*at - 1]) << 4 | hex_digit(line.bytes[*at]));
}

/* The value at `at`, which is left behind it. */
static struct ct_text read_value(struct ct_text line, size_t *at, char value[CT_LOG_LINE_BYTES_MAX])
{
    const bool is_quoted = *at < line.len && line.bytes[*at] == '"';
    size_t len = 0;
    *at += is_quoted;
    for (; *at < line.len && line.bytes[*at] != (is_quoted ? '"' : ' '); ++*at)
        value[len++] = is_quoted && line.bytes[*at] == '\\' && *at + 1 < line.len
                           ? unescape(line, at)
                           : line.bytes[*at];
    *at += is_quoted && *at < line.len;
    return (struct ct_text){value, len};
}

static void put_json_fields(struct printer *printer, struct ct_text line)
{
    char value[CT_LOG_LINE_BYTES_MAX];
    for (size_t at = 0; at < line.len; at++) {
        const char *equals = memchr(line.bytes + at, '=', line.len - at);
        if (!equals)
            break;
        put_word(printer, ",");
        const struct ct_text key = {line.bytes + at, (size_t)(equals - line.bytes) - at};
        put_json_text(printer, key);
        put_word(printer, ":");
        at += key.len + 1;
        put_json_text(printer, read_value(line, &at, value));
    }
}

/* -- Lines ------------------------------------------------------------------------------------- */

/* As syslog has them. */
static const char *priority_of(enum ct_log_level level)
{
    switch (level) {
    case CT_LOG_DEBUG:
        return "<7>";
    case CT_LOG_INFO:
        return "<6>";
    case CT_LOG_WARNING:
        return "<4>";
    case CT_LOG_ERROR:
        break;
    }
    return "<3>";
}

size_t ct_server_log_format(const struct ct_server_log *log, enum ct_log_level level,
                            struct ct_text line, int64_t now_ns, char out[CT_SERVER_LOG_BYTES_MAX])
{
    struct printer printer = {out, 0};
    if (line.len > CT_LOG_LINE_BYTES_MAX)
        line.len = CT_LOG_LINE_BYTES_MAX;
    if (log->has_priority)
        put_word(&printer, priority_of(level));
    put_word(&printer, log->is_json ? "{\"ts\":\"" : "ts=");
    put_time(&printer, now_ns);
    if (log->is_json) {
        put_word(&printer, "\"");
        put_json_fields(&printer, line);
        out[printer.len++] = '}';
    } else {
        put_word(&printer, " ");
        put(&printer, line.bytes, line.len);
    }
    out[printer.len++] = '\n';
    return printer.len;
}

static void write_line(void *context, enum ct_log_level level, struct ct_text line)
{
    const struct ct_server_log *log = context;
    char out[CT_SERVER_LOG_BYTES_MAX];
    const size_t len =
        ct_server_log_format(log, level, line, ct_clock_now_ns(ct_clock_system()), out);
    ssize_t wrote;
    do {
        wrote = write(log->fd, out, len);
    } while (wrote < 0 && errno == EINTR);
}

/* journald says which file it reads: "device:inode". Another redirection may have come between. */
static bool is_journal(int fd)
{
    const char *said = getenv("JOURNAL_STREAM");
    char found[64];
    struct stat about;
    if (!said || fstat(fd, &about) != 0)
        return false;
    snprintf(found, sizeof found, "%llu:%llu", (unsigned long long)about.st_dev,
             (unsigned long long)about.st_ino);
    return strcmp(found, said) == 0;
}

void ct_server_log_init(struct ct_server_log *log, bool is_json, const char *level_min,
                        struct ct_logger *logger)
{
    *log = (struct ct_server_log){
        .fd = STDERR_FILENO, .is_json = is_json, .has_priority = is_journal(STDERR_FILENO)};
    enum ct_log_level level = CT_LOG_ERROR;
    while (level > CT_LOG_DEBUG && strcmp(ct_log_level_name(level), level_min) != 0)
        level--;
    *logger = (struct ct_logger){log, level, write_line};
}
