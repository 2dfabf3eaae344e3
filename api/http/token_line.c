#include "token_line.h"

#include <stdio.h>

#include "civil_time.h"
#include "utf8.h"

#define VALUE_BYTES 256 /* the longest value, and a zero byte */

/* One key=value of a line. */
struct pair {
    struct ct_text key;
    char value[VALUE_BYTES]; /* unescaped */
    size_t value_len;
    size_t column;
};

/* What of a line has been seen: each but read and write stands once. */
enum seen {
    SEEN_ID = 1,
    SEEN_HASH = 2,
    SEEN_LAST = 4,
    SEEN_CREATED = 8,
    SEEN_EXPIRES = 16,
    SEEN_ADMIN = 32,
    SEEN_NOTE = 64
};
#define SEEN_NEEDED (SEEN_ID | SEEN_HASH | SEEN_CREATED | SEEN_EXPIRES | SEEN_ADMIN)

static ct_status wrong(struct ct_error *err, size_t column, const char *what)
{
    ct_fail(err, CT_PARSE, "column %zu: %s", column + 1, what);
    if (err)
        err->column = (uint32_t)column + 1;
    return CT_PARSE;
}

/* -- Reading ----------------------------------------------------------------------------------- */

static ct_status read_quoted(struct ct_text line, size_t *at, struct pair *pair,
                             struct ct_error *err)
{
    for (size_t i = *at + 1; i < line.len; i++) {
        char c = line.bytes[i];
        if (c == '"') {
            *at = i + 1;
            return CT_OK;
        }
        if (c == '\\' && ++i < line.len)
            c = line.bytes[i];
        if (pair->value_len == VALUE_BYTES - 1)
            return wrong(err, *at, "a value that is too long");
        pair->value[pair->value_len++] = c;
    }
    return wrong(err, *at, "a quote that is not closed");
}

static ct_status read_bare(struct ct_text line, size_t *at, struct pair *pair, struct ct_error *err)
{
    for (; *at < line.len && line.bytes[*at] != ' '; ++*at) {
        if (pair->value_len == VALUE_BYTES - 1)
            return wrong(err, *at, "a value that is too long");
        pair->value[pair->value_len++] = line.bytes[*at];
    }
    return CT_OK;
}

static ct_status read_pair(struct ct_text line, size_t *at, struct pair *pair, struct ct_error *err)
{
    const struct ct_text rest = {line.bytes + *at, line.len - *at};
    const char *equals = memchr(rest.bytes, '=', rest.len);
    pair->column = *at;
    pair->value_len = 0;
    if (!equals)
        return wrong(err, *at, "key=value is expected here");
    pair->key = (struct ct_text){rest.bytes, (size_t)(equals - rest.bytes)};
    *at += pair->key.len + 1;
    if (*at < line.len && line.bytes[*at] == '"')
        CT_TRY(read_quoted(line, at, pair, err));
    else
        CT_TRY(read_bare(line, at, pair, err));
    pair->value[pair->value_len] = 0;
    if (*at < line.len && line.bytes[*at] != ' ')
        return wrong(err, *at, "a blank is expected after a value");
    while (*at < line.len && line.bytes[*at] == ' ')
        ++*at;
    return CT_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_hex(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (hex_digit(text[i]) < 0)
            return false;
    return len > 0;
}

static ct_status take_hash(const struct pair *pair, struct ct_token *out, struct ct_error *err)
{
    if (pair->value_len != 2 * sizeof out->hash || !is_hex(pair->value, pair->value_len))
        return wrong(err, pair->column, "sha256 has 64 hex digits");
    for (size_t i = 0; i < sizeof out->hash; i++)
        out->hash[i] =
            (uint8_t)(hex_digit(pair->value[2 * i]) << 4 | hex_digit(pair->value[2 * i + 1]));
    return CT_OK;
}

/* "never", where that may be, is 0. */
static ct_status take_time(const struct pair *pair, bool may_be_never, int64_t *out,
                           struct ct_error *err)
{
    const struct ct_text value = {pair->value, pair->value_len};
    *out = 0;
    if (may_be_never && ct_text_equal(value, ct_text_of("never")))
        return CT_OK;
    if (ct_time_parse(value, out) != CT_OK || *out == 0)
        return wrong(err, pair->column, "a time such as 2026-06-01T00:00:00Z is expected");
    return CT_OK;
}

static ct_status take_bool(const struct pair *pair, bool *out, struct ct_error *err)
{
    *out = strcmp(pair->value, "yes") == 0;
    if (!*out && strcmp(pair->value, "no") != 0)
        return wrong(err, pair->column, "yes or no is expected");
    return CT_OK;
}

static ct_status take_text(const struct pair *pair, size_t len_min, char *out, size_t cap,
                           struct ct_error *err)
{
    if (pair->value_len < len_min || pair->value_len >= cap)
        return wrong(err, pair->column, "a value of this length is not expected here");
    memcpy(out, pair->value, pair->value_len + 1);
    return CT_OK;
}

static ct_status take_id(const struct pair *pair, struct ct_token *out, struct ct_error *err)
{
    if (!is_hex(pair->value, pair->value_len))
        return wrong(err, pair->column, "an id has 1 to 16 hex digits");
    return take_text(pair, 1, out->principal.id, sizeof out->principal.id, err);
}

static ct_status take_grant(const struct pair *pair, bool reads, struct ct_token *out,
                            struct ct_error *err)
{
    struct ct_error story;
    const ct_status status = ct_token_grant(out, pair->value, reads, !reads, &story);
    return status == CT_OK ? CT_OK : wrong(err, pair->column, story.text);
}

static ct_status take_pair(const struct pair *pair, struct ct_token *out, unsigned *seen,
                           struct ct_error *err)
{
    static const char *const keys[] = {"id",      "sha256", "last", "created",
                                       "expires", "admin",  "note"};
    if (ct_text_equal(pair->key, ct_text_of("read")))
        return take_grant(pair, true, out, err);
    if (ct_text_equal(pair->key, ct_text_of("write")))
        return take_grant(pair, false, out, err);
    unsigned bit = 0;
    for (unsigned i = 0; i < CT_COUNT_OF(keys); i++)
        if (ct_text_equal(pair->key, ct_text_of(keys[i])))
            bit = 1U << i;
    if (*seen & bit)
        return wrong(err, pair->column, "this key stands here a second time");
    *seen |= bit;
    switch (bit) {
    case SEEN_ID:
        return take_id(pair, out, err);
    case SEEN_HASH:
        return take_hash(pair, out, err);
    case SEEN_LAST:
        return take_text(pair, 0, out->last, sizeof out->last, err);
    case SEEN_CREATED:
        return take_time(pair, false, &out->created_ns, err);
    case SEEN_EXPIRES:
        return take_time(pair, true, &out->principal.expires_ns, err);
    case SEEN_ADMIN:
        return take_bool(pair, &out->principal.is_admin, err);
    case SEEN_NOTE:
        return take_text(pair, 0, out->note, sizeof out->note, err);
    default:
        return wrong(err, pair->column, "a key that this version does not know");
    }
}

ct_status ct_token_line_parse(struct ct_text line, struct ct_token *out, struct ct_error *err)
{
    struct pair pair;
    unsigned seen = 0;
    *out = (struct ct_token){.principal.is_token = true};
    if (!ct_utf8_is_valid(line) || (line.len && memchr(line.bytes, 0, line.len)))
        return wrong(err, 0, "bytes that are not text");
    for (size_t at = 0; at < line.len;) {
        CT_TRY(read_pair(line, &at, &pair, err));
        CT_TRY(take_pair(&pair, out, &seen, err));
    }
    if ((seen & SEEN_NEEDED) != SEEN_NEEDED)
        return wrong(err, line.len, "a token has id, sha256, created, expires and admin");
    return CT_OK;
}

/* -- Writing ----------------------------------------------------------------------------------- */

struct printer {
    char *out;
    size_t len;
};

static void put(struct printer *printer, const char *text, size_t len)
{
    CT_ASSERT(len < CT_TOKEN_LINE_BYTES_MAX - printer->len);
    memcpy(printer->out + printer->len, text, len);
    printer->len += len;
}

static void put_pair(struct printer *printer, const char *key, const char *value)
{
    if (printer->len)
        put(printer, " ", 1);
    put(printer, key, strlen(key));
    put(printer, "=\"", 2);
    for (const char *at = value; *at; at++) {
        if (*at == '"' || *at == '\\')
            put(printer, "\\", 1);
        put(printer, at, 1);
    }
    put(printer, "\"", 1);
}

static void put_time(struct printer *printer, const char *key, int64_t time_ns)
{
    char text[CT_TIME_TEXT_MAX + 1];
    text[ct_time_print(time_ns, text)] = 0;
    put_pair(printer, key, time_ns ? text : "never");
}

static void put_hash(struct printer *printer, const uint8_t hash[CT_TOKEN_HASH_BYTES])
{
    static const char hex[] = "0123456789abcdef";
    char text[2 * CT_TOKEN_HASH_BYTES + 1];
    for (size_t i = 0; i < CT_TOKEN_HASH_BYTES; i++) {
        text[2 * i] = hex[hash[i] >> 4];
        text[2 * i + 1] = hex[hash[i] & 15];
    }
    text[sizeof text - 1] = 0;
    put_pair(printer, "sha256", text);
}

size_t ct_token_line_print(const struct ct_token *token, char out[CT_TOKEN_LINE_BYTES_MAX])
{
    struct printer printer = {out, 0};
    const struct ct_principal *principal = &token->principal;
    put_pair(&printer, "id", principal->id);
    put_hash(&printer, token->hash);
    put_pair(&printer, "last", token->last);
    put_time(&printer, "created", token->created_ns);
    put_time(&printer, "expires", principal->expires_ns);
    put_pair(&printer, "admin", principal->is_admin ? "yes" : "no");
    for (uint32_t i = 0; i < principal->grant_count; i++) {
        if (principal->grants[i].reads)
            put_pair(&printer, "read", principal->grants[i].database);
        if (principal->grants[i].writes)
            put_pair(&printer, "write", principal->grants[i].database);
    }
    if (token->note[0])
        put_pair(&printer, "note", token->note);
    put(&printer, "\n", 1);
    return printer.len;
}
