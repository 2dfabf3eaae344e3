#include "logger.h"

#include "number.h"

static const char cut_mark[] = " cut=true";

/* Kept free, so that the mark always fits. */
#define LINE_ROOM (CT_LOG_LINE_BYTES_MAX - (sizeof cut_mark - 1))

const char *ct_log_level_name(enum ct_log_level level)
{
    switch (level) {
    case CT_LOG_DEBUG:
        return "debug";
    case CT_LOG_INFO:
        return "info";
    case CT_LOG_WARNING:
        return "warning";
    case CT_LOG_ERROR:
        return "error";
    }
    return "unknown";
}

static void put(struct ct_log_line *line, const char *bytes, size_t len)
{
    if (line->is_cut || len > LINE_ROOM - line->len) {
        line->is_cut = true;
        return;
    }
    memcpy(line->bytes + line->len, bytes, len);
    line->len += len;
}

static void put_key(struct ct_log_line *line, const char *key)
{
    if (line->len)
        put(line, " ", 1);
    put(line, key, strlen(key));
    put(line, "=", 1);
}

static bool is_plain(struct ct_text value)
{
    for (size_t i = 0; i < value.len; i++) {
        const unsigned char c = (unsigned char)value.bytes[i];
        if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
            return false;
    }
    return value.len > 0;
}

/* Bytes past ASCII stay: they are UTF-8, or at least cannot end the quotes. */
static void put_escaped(struct ct_log_line *line, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    const char coded[] = {'\\', 'x', hex[c >> 4], hex[c & 15]};
    const char quoted[] = {'\\', (char)c};
    if (c == '\n')
        put(line, "\\n", 2);
    else if (c < ' ' || c == 0x7f)
        put(line, coded, sizeof coded);
    else if (c == '"' || c == '\\')
        put(line, quoted, sizeof quoted);
    else
        put(line, &quoted[1], 1);
}

static void put_value(struct ct_log_line *line, struct ct_text value)
{
    if (is_plain(value)) {
        put(line, value.bytes, value.len);
        return;
    }
    put(line, "\"", 1);
    for (size_t i = 0; i < value.len && !line->is_cut; i++)
        put_escaped(line, (unsigned char)value.bytes[i]);
    put(line, "\"", 1);
}

void ct_log_text(struct ct_log_line *line, const char *key, struct ct_text value)
{
    if (!line->logger || line->is_cut)
        return;
    const size_t before = line->len;
    put_key(line, key);
    put_value(line, value);
    if (line->is_cut)
        line->len = before;
}

void ct_log_begin(struct ct_log_line *line, const struct ct_logger *logger, enum ct_log_level level,
                  const char *message)
{
    line->logger = logger && level >= logger->level_min ? logger : NULL;
    line->level = level;
    line->is_cut = false;
    line->len = 0;
    ct_log_text(line, "level", ct_text_of(ct_log_level_name(level)));
    ct_log_text(line, "msg", ct_text_of(message));
}

void ct_log_int(struct ct_log_line *line, const char *key, int64_t value)
{
    char digits[CT_INT64_TEXT_MAX];
    ct_log_text(line, key, (struct ct_text){digits, ct_print_int64(value, digits)});
}

void ct_log_uint(struct ct_log_line *line, const char *key, uint64_t value)
{
    char digits[CT_INT64_TEXT_MAX];
    ct_log_text(line, key, (struct ct_text){digits, ct_print_uint64(value, digits)});
}

void ct_log_error(struct ct_log_line *line, const struct ct_error *error)
{
    ct_log_text(line, "status", ct_text_of(ct_status_name(error->code)));
    ct_log_text(line, "error", ct_text_of(error->text));
    if (error->file[0])
        ct_log_text(line, "file", ct_text_of(error->file));
    if (error->offset)
        ct_log_uint(line, "offset", error->offset);
}

void ct_log_end(struct ct_log_line *line)
{
    if (!line->logger)
        return;
    if (line->is_cut) {
        memcpy(line->bytes + line->len, cut_mark, sizeof cut_mark - 1);
        line->len += sizeof cut_mark - 1;
    }
    line->logger->write(line->logger->context, line->level,
                        (struct ct_text){line->bytes, line->len});
    line->logger = NULL;
}

void ct_log_say(const struct ct_logger *logger, enum ct_log_level level, const char *message)
{
    struct ct_log_line line;
    ct_log_begin(&line, logger, level, message);
    ct_log_end(&line);
}
