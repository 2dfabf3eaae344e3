/* Cuts tokens. Positions and odd cases (a comment counts as a blank, "1." is a number, µ is a
 * letter of durations) are those of InfluxDB 1.x. */
#include "influx_token.h"

static const char *const kind_texts[] = {[CT_TOKEN_END] = "EOF",
                                         [CT_TOKEN_ILLEGAL] = "ILLEGAL",
                                         [CT_TOKEN_BLANK] = "WS",
                                         [CT_TOKEN_NAME] = "IDENT",
                                         [CT_TOKEN_PARAMETER] = "BOUNDPARAM",
                                         [CT_TOKEN_NUMBER] = "NUMBER",
                                         [CT_TOKEN_INTEGER] = "INTEGER",
                                         [CT_TOKEN_DURATION] = "DURATIONVAL",
                                         [CT_TOKEN_STRING] = "STRING",
                                         [CT_TOKEN_BAD_STRING] = "BADSTRING",
                                         [CT_TOKEN_BAD_ESCAPE] = "BADESCAPE",
                                         [CT_TOKEN_REGEX] = "REGEX",
                                         [CT_TOKEN_BAD_REGEX] = "BADREGEX",
#define SIGN_TEXT(name, text) [CT_SIGN_##name] = text,
                                         CT_INFLUX_SIGNS(SIGN_TEXT)
#undef SIGN_TEXT
#define WORD_TEXT(name) [CT_WORD_##name] = #name,
                                             CT_INFLUX_WORDS(WORD_TEXT)
#undef WORD_TEXT
};

const char *ct_influx_token_kind_text(enum ct_influx_token_kind kind)
{
    return kind_texts[kind];
}

struct ct_text ct_influx_token_shown(const struct ct_influx_token *token)
{
    return token->text.len ? token->text : ct_text_of(kind_texts[token->kind]);
}

static bool is_letter(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_name_byte(unsigned char byte)
{
    return is_letter(byte) || is_digit(byte) || byte == '_';
}

static bool is_blank(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* The byte at `at`; 0 past the end. */
static unsigned char byte_at(struct ct_text text, size_t at)
{
    return at < text.len ? (unsigned char)text.bytes[at] : 0;
}

static struct ct_text part(struct ct_text text, size_t from, size_t to)
{
    return (struct ct_text){text.bytes + from, to - from};
}

static bool is_word(struct ct_text name, const char *word)
{
    for (size_t i = 0; i < name.len; i++) {
        const char byte = name.bytes[i];
        const char upper = (char)(byte >= 'a' && byte <= 'z' ? byte - 'a' + 'A' : byte);
        if (upper != word[i]) /* also where the word has ended */
            return false;
    }
    return word[name.len] == 0;
}

/* The reserved word's token, or CT_TOKEN_NAME. */
static enum ct_influx_token_kind word_of(struct ct_text name)
{
    for (unsigned kind = CT_WORD_ALL; kind < CT_COUNT_OF(kind_texts); kind++)
        if (is_word(name, kind_texts[kind]))
            return (enum ct_influx_token_kind)kind;
    return CT_TOKEN_NAME;
}

bool ct_influx_name_needs_quotes(struct ct_text name)
{
    if (word_of(name) != CT_TOKEN_NAME)
        return true;
    for (size_t i = 0; i < name.len; i++)
        if (!is_name_byte((unsigned char)name.bytes[i]) ||
            (i == 0 && is_digit((unsigned char)name.bytes[i])))
            return true;
    return false;
}

static void finish(struct ct_influx_token *token, enum ct_influx_token_kind kind, size_t end)
{
    token->kind = kind;
    token->end = end;
}

/* -- Blanks ----------------------------------------------------------------------------------- */

static void scan_blanks(struct ct_text text, size_t at, struct ct_influx_token *out)
{
    while (at < text.len && is_blank((unsigned char)text.bytes[at]))
        at++;
    out->reads_past_end = at == text.len;
    finish(out, CT_TOKEN_BLANK, at);
}

static void scan_line_comment(struct ct_text text, size_t at, struct ct_influx_token *out)
{
    while (at < text.len && text.bytes[at] != '\n')
        at++;
    out->reads_past_end = at == text.len;
    finish(out, CT_TOKEN_BLANK, at < text.len ? at + 1 : at);
}

static void scan_block_comment(struct ct_text text, size_t at, struct ct_influx_token *out)
{
    for (at += 2; at + 1 < text.len; at++)
        if (text.bytes[at] == '*' && text.bytes[at + 1] == '/') {
            finish(out, CT_TOKEN_BLANK, at + 2);
            return;
        }
    finish(out, CT_TOKEN_ILLEGAL, text.len);
}

/* -- Names and strings ------------------------------------------------------------------------ */

/* The byte that a backslash and `byte` stand for; 0 where nothing. */
static char unescaped(unsigned char byte)
{
    if (byte == 'n')
        return '\n';
    return (char)(byte == '\\' || byte == '"' || byte == '\'' ? byte : 0);
}

static ct_status undo_escapes(struct ct_text raw, struct ct_arena *arena, struct ct_text *out,
                              struct ct_error *err)
{
    if (raw.len == 0 || !memchr(raw.bytes, '\\', raw.len)) {
        *out = raw;
        return CT_OK;
    }
    char *bytes = ct_arena_alloc(arena, raw.len);
    if (!bytes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a statement");
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.bytes[i] == '\\')
            bytes[len++] = unescaped((unsigned char)raw.bytes[++i]);
        else
            bytes[len++] = raw.bytes[i];
    }
    *out = (struct ct_text){bytes, len};
    return CT_OK;
}

/* A text in quotes, `at` being the opening one; `kind` is what it is when it is well. */
static ct_status scan_quoted(struct ct_text text, size_t at, enum ct_influx_token_kind kind,
                             struct ct_arena *arena, struct ct_influx_token *out,
                             struct ct_error *err)
{
    const char quote = text.bytes[at];
    size_t i = at + 1;
    for (; i < text.len && text.bytes[i] != quote; i++) {
        if (text.bytes[i] == '\n')
            break;
        if (text.bytes[i] != '\\')
            continue;
        if (!unescaped(byte_at(text, i + 1))) {
            const size_t end = i + 2 < text.len ? i + 2 : text.len;
            out->text = part(text, i, end);
            out->start = i + 1;
            finish(out, CT_TOKEN_BAD_ESCAPE, end);
            return CT_OK;
        }
        i++;
    }
    const bool is_closed = i < text.len && text.bytes[i] == quote;
    finish(out, is_closed ? kind : CT_TOKEN_BAD_STRING, is_closed ? i + 1 : i);
    return undo_escapes(part(text, at + 1, i), arena, &out->text, err);
}

static void scan_name(struct ct_text text, size_t at, struct ct_influx_token *out)
{
    size_t end = at;
    while (is_name_byte(byte_at(text, end)))
        end++;
    out->reads_past_end = end == text.len;
    const struct ct_text name = part(text, at, end);
    finish(out, word_of(name), end);
    if (out->kind == CT_TOKEN_NAME)
        out->text = name;
}

/* $name or $"name"; the text is the name. */
static ct_status scan_parameter(struct ct_text text, size_t at, struct ct_arena *arena,
                                struct ct_influx_token *out, struct ct_error *err)
{
    if (byte_at(text, at + 1) == '"')
        return scan_quoted(text, at + 1, CT_TOKEN_PARAMETER, arena, out, err);
    size_t end = at + 1;
    while (is_name_byte(byte_at(text, end)))
        end++;
    out->text = part(text, at + 1, end);
    finish(out, CT_TOKEN_PARAMETER, end);
    return CT_OK;
}

/* -- Numbers ---------------------------------------------------------------------------------- */

static size_t skip_digits(struct ct_text text, size_t at)
{
    while (is_digit(byte_at(text, at)))
        at++;
    return at;
}

/* Bytes of a letter of a duration: 2 for the micro sign, 0 for none. */
static size_t duration_letter_bytes(struct ct_text text, size_t at)
{
    if (is_letter(byte_at(text, at)))
        return 1;
    return byte_at(text, at) == 0xc2 && byte_at(text, at + 1) == 0xb5 ? 2 : 0;
}

static void scan_number(struct ct_text text, size_t at, struct ct_influx_token *out)
{
    size_t end = skip_digits(text, at);
    enum ct_influx_token_kind kind = CT_TOKEN_INTEGER;
    size_t shown_end = end;
    if (byte_at(text, end) == '.') {
        kind = CT_TOKEN_NUMBER;
        const bool has_fraction = is_digit(byte_at(text, end + 1));
        end = skip_digits(text, end + 1);
        shown_end = has_fraction ? end : end - 1;
    } else if (duration_letter_bytes(text, end)) {
        kind = CT_TOKEN_DURATION;
        while (is_digit(byte_at(text, end)) || duration_letter_bytes(text, end))
            end += is_digit(byte_at(text, end)) ? 1 : duration_letter_bytes(text, end);
        shown_end = end;
    }
    out->text = part(text, at, shown_end);
    finish(out, kind, end);
}

/* -- Signs ------------------------------------------------------------------------------------ */

static const struct {
    char text[3];
    enum ct_influx_token_kind kind;
} signs[] = {
    /* those of two bytes first */
    {"=~", CT_SIGN_MATCH},         {"!=", CT_SIGN_NOT_EQUAL},  {"!~", CT_SIGN_NOT_MATCH},
    {">=", CT_SIGN_GREATER_EQUAL}, {"<=", CT_SIGN_LESS_EQUAL}, {"<>", CT_SIGN_NOT_EQUAL},
    {"::", CT_SIGN_DOUBLE_COLON},  {"=", CT_SIGN_EQUAL},       {">", CT_SIGN_GREATER},
    {"<", CT_SIGN_LESS},           {"+", CT_SIGN_PLUS},        {"-", CT_SIGN_MINUS},
    {"*", CT_SIGN_STAR},           {"/", CT_SIGN_SLASH},       {"%", CT_SIGN_PERCENT},
    {"&", CT_SIGN_AMPERSAND},      {"|", CT_SIGN_BAR},         {"^", CT_SIGN_CARET},
    {"(", CT_SIGN_OPEN},           {")", CT_SIGN_CLOSE},       {",", CT_SIGN_COMMA},
    {":", CT_SIGN_COLON},          {";", CT_SIGN_SEMICOLON},   {".", CT_SIGN_DOT},
};

/* Bytes of the character at `at`, going by its first byte. */
static size_t character_bytes(struct ct_text text, size_t at)
{
    size_t end = at + 1;
    if (byte_at(text, at) >= 0xc0)
        while (end < text.len && end < at + 4 && (byte_at(text, end) & 0xc0) == 0x80)
            end++;
    return end - at;
}

static void scan_sign(struct ct_text text, size_t at, struct ct_influx_token *out)
{
    for (size_t i = 0; i < CT_COUNT_OF(signs); i++) {
        const size_t len = strlen(signs[i].text);
        if (at + len <= text.len && memcmp(text.bytes + at, signs[i].text, len) == 0) {
            finish(out, signs[i].kind, at + len);
            return;
        }
    }
    const size_t len = character_bytes(text, at);
    out->text = part(text, at, at + len);
    finish(out, CT_TOKEN_ILLEGAL, at + len);
}

ct_status ct_influx_token_scan(struct ct_text statement, size_t at, struct ct_arena *arena,
                               struct ct_influx_token *out, struct ct_error *err)
{
    *out = (struct ct_influx_token){.start = at};
    if (at >= statement.len) {
        finish(out, CT_TOKEN_END, at);
        return CT_OK;
    }
    const unsigned char byte = (unsigned char)statement.bytes[at];
    const unsigned char next = byte_at(statement, at + 1);
    if (byte == '"')
        return scan_quoted(statement, at, CT_TOKEN_NAME, arena, out, err);
    if (byte == '\'')
        return scan_quoted(statement, at, CT_TOKEN_STRING, arena, out, err);
    if (byte == '$')
        return scan_parameter(statement, at, arena, out, err);
    if (is_blank(byte))
        scan_blanks(statement, at, out);
    else if (is_letter(byte) || byte == '_')
        scan_name(statement, at, out);
    else if (is_digit(byte) || (byte == '.' && is_digit(next)))
        scan_number(statement, at, out);
    else if (byte == '-' && next == '-')
        scan_line_comment(statement, at, out);
    else if (byte == '/' && next == '*')
        scan_block_comment(statement, at, out);
    else
        scan_sign(statement, at, out);
    return CT_OK;
}

ct_status ct_influx_token_scan_regex(struct ct_text statement, size_t at, struct ct_arena *arena,
                                     struct ct_influx_token *out, struct ct_error *err)
{
    *out = (struct ct_influx_token){.start = at};
    size_t end = at + 1;
    for (; end < statement.len && statement.bytes[end] != '/'; end++) {
        if (statement.bytes[end] == '\n')
            break;
        if (statement.bytes[end] == '\\' && byte_at(statement, end + 1) == '/')
            end++;
    }
    const bool is_closed = end < statement.len && statement.bytes[end] == '/';
    finish(out, is_closed ? CT_TOKEN_REGEX : CT_TOKEN_BAD_REGEX, is_closed ? end + 1 : end);
    if (!is_closed)
        return CT_OK;
    char *bytes = ct_arena_alloc(arena, end - at);
    if (!bytes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a statement");
    size_t len = 0;
    for (size_t i = at + 1; i < end; i++) {
        if (statement.bytes[i] == '\\' && statement.bytes[i + 1] == '/')
            i++;
        bytes[len++] = statement.bytes[i];
    }
    out->text = (struct ct_text){bytes, len};
    return CT_OK;
}
