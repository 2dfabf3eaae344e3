/* The text as a stream of lines: where each begins, what is carried over, what is skipped. */
#include "line_protocol.h"

#include <string.h>

#include "line_parser.h"
#include "line_time.h"

#define MARK_BYTES 3 /* byte order mark */

/* So much of a bad line is waited for, so that its excerpt does not depend on how the text was cut.
 */
#define EXCERPT_SEEN_BYTES ((size_t)(2 * CT_REJECT_EXCERPT_BYTES))

ct_status ct_line_parser_create(const struct ct_allocator *allocator, struct ct_intake *intake,
                                struct ct_line_parser **out, struct ct_error *err)
{
    struct ct_line_parser *parser = ct_alloc_zeroed(allocator, 1, sizeof *parser);
    if (!parser)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a line parser");
    parser->allocator = allocator;
    parser->intake = intake;
    parser->scan = ct_line_scanner_best();
    ct_arena_init(&parser->strings, allocator, 0);
    ct_line_known_init(&parser->known, allocator);
    /* The fast reader takes as many fields as it knows without asking for room. */
    if (!ct_grow(allocator, &parser->values, &parser->value_cap, CT_KNOWN_FIELDS_MAX,
                 sizeof *parser->values)) {
        ct_line_parser_destroy(parser);
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a line parser");
    }
    const struct ct_line_options defaults = {0};
    const ct_status status = ct_line_parser_start(parser, &defaults, err);
    CT_ASSERT(status == CT_OK);
    *out = parser;
    return CT_OK;
}

void ct_line_parser_destroy(struct ct_line_parser *parser)
{
    if (!parser)
        return;
    ct_line_known_deinit(&parser->known);
    ct_arena_deinit(&parser->strings);
    ct_release(parser->allocator, parser->fields);
    ct_release(parser->allocator, parser->values);
    ct_release(parser->allocator, parser);
}

static ct_status check_limit(uint32_t *limit, uint32_t fallback, uint32_t most, const char *what,
                             struct ct_error *err)
{
    if (*limit == 0)
        *limit = fallback;
    if (*limit > most)
        return ct_fail(err, CT_INVALID, "%s limit %u is above %u", what, (unsigned)*limit,
                       (unsigned)most);
    return CT_OK;
}

static ct_status check_limits(struct ct_line_options *options, struct ct_error *err)
{
    const uint32_t bytes_most = UINT32_MAX / 4;
    CT_TRY(check_limit(&options->line_bytes_max, CT_LINE_BYTES_MAX, bytes_most, "line bytes", err));
    CT_TRY(check_limit(&options->string_bytes_max, CT_LINE_STRING_BYTES_MAX, bytes_most,
                       "string bytes", err));
    CT_TRY(check_limit(&options->key_bytes_max, CT_LINE_KEY_BYTES_MAX, CT_LINE_KEY_BYTES_MAX,
                       "key bytes", err));
    CT_TRY(
        check_limit(&options->fields_max, CT_LINE_FIELDS_MAX, CT_TABLE_FIELDS_MAX, "fields", err));
    return check_limit(&options->tags_max, CT_TAGS_MAX, CT_TAGS_MAX, "tags", err);
}

ct_status ct_line_parser_start(struct ct_line_parser *parser, const struct ct_line_options *options,
                               struct ct_error *err)
{
    struct ct_line_options checked = *options;
    CT_TRY(check_limits(&checked, err));
    if (!ct_line_time_fits(checked.default_time_ns))
        return ct_fail(err, CT_INVALID, "the default time is out of range");
    checked.default_time_ns = ct_line_time_truncate(checked.default_time_ns, checked.precision);
    parser->options = checked;
    parser->line = 1;
    parser->skip = SKIP_NOTHING;
    parser->is_begun = false;
    parser->known.time.len = 0; /* it may have counted something else */
    return CT_OK;
}

void ct_line_parser_release_strings(struct ct_line_parser *parser)
{
    ct_arena_reset(&parser->strings);
}

static uint64_t count_newlines(const char *at, const char *end)
{
    uint64_t count = 0;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        count++;
        at++;
    }
    return count;
}

/* The rest of a string that is skipped, behind its closing quote; or `end`, or the backslash before
 * it. */
static const char *skip_string(struct ct_line_parser *parser, const char *at, const char *end,
                               bool is_final)
{
    for (;;) {
        at = parser->scan->find_quote(at, end);
        if (at == end)
            return end;
        if (*at == '"') {
            parser->skip = SKIP_LINE;
            return at + 1;
        }
        if (end - at < 2)
            return is_final ? end : at;
        at += 2;
    }
}

/* The start of the next line, or as far as the text goes. */
static const char *skip(struct ct_line_parser *parser, const char *at, const char *end,
                        bool is_final)
{
    if (parser->skip == SKIP_STRING) {
        const char *start = at;
        at = skip_string(parser, at, end, is_final);
        parser->line += count_newlines(start, at);
    }
    if (parser->skip != SKIP_LINE)
        return at;
    const char *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    if (!newline)
        return end;
    parser->skip = SKIP_NOTHING;
    parser->line++;
    return newline + 1;
}

/* Drops a byte order mark. False: the text is too short to tell. */
static bool begin(struct ct_line_parser *parser, const char **at, const char *end, bool is_final)
{
    static const char mark[MARK_BYTES] = {'\xef', '\xbb', '\xbf'};
    const size_t len = (size_t)(end - *at) < MARK_BYTES ? (size_t)(end - *at) : MARK_BYTES;
    const bool is_like_mark = memcmp(*at, mark, len) == 0;
    if (is_like_mark && len < MARK_BYTES && !is_final)
        return false;
    if (is_like_mark && len == MARK_BYTES)
        *at += MARK_BYTES;
    parser->is_begun = true;
    return true;
}

static struct line_cursor cursor_of(const struct ct_line_parser *parser, const char *start,
                                    const char *end, bool is_final)
{
    const size_t most = (size_t)parser->options.line_bytes_max + 1; /* with the newline */
    const bool is_capped = (size_t)(end - start) > most;
    return (struct line_cursor){
        .start = start,
        .at = start,
        .end = is_capped ? start + most : end,
        .is_final = is_final && !is_capped,
        .is_capped = is_capped,
    };
}

/* Puts the line on the list and goes on behind it, or to where it must be skipped from. False: more
 * must be seen of it first. */
static bool reject(struct ct_line_parser *parser, const struct line_cursor *c, const char *end,
                   bool is_final, struct ct_reject_list *rejects)
{
    const size_t seen = (size_t)(end - c->start);
    if (!is_final && !c->is_ended && seen < EXCERPT_SEEN_BYTES && !memchr(c->start, '\n', seen))
        return false;
    ct_reject_add(rejects, parser->line, c->start, end, parser->fault_at, parser->fault.code,
                  parser->fault.text);
    parser->line += count_newlines(c->start, c->at);
    if (!c->is_ended)
        parser->skip = c->is_in_string ? SKIP_STRING : SKIP_LINE;
    return true;
}

/* One line by the careful reader. *at moves behind it where it was dealt with. */
static enum line_outcome read_line(struct ct_line_parser *parser, const char **at, const char *end,
                                   bool is_final, struct ct_reject_list *rejects)
{
    struct line_cursor c = cursor_of(parser, *at, end, is_final);
    parser->fault_text = rejects->kept < CT_REJECTS_KEPT ? &parser->fault : NULL;
    const enum line_outcome outcome = ct_line_read(parser, &c);
    if (outcome == LINE_REJECTED && !reject(parser, &c, end, is_final, rejects))
        return LINE_INCOMPLETE;
    if (outcome == LINE_TAKEN)
        parser->line += 1 + c.newlines;
    if (outcome == LINE_TAKEN || outcome == LINE_REJECTED)
        *at = c.at;
    return outcome;
}

ct_status ct_line_parse(struct ct_line_parser *parser, const char *text, size_t len, bool is_final,
                        size_t *consumed, struct ct_reject_list *rejects, struct ct_error *err)
{
    *consumed = 0;
    if (len == 0)
        return CT_OK;
    const char *at = text;
    const char *end = text + len;
    enum line_outcome outcome = LINE_TAKEN;
    if (!parser->is_begun && !begin(parser, &at, end, is_final))
        return CT_OK;
    while (at < end && outcome != LINE_INCOMPLETE && outcome != LINE_FAILED) {
        if (parser->skip == SKIP_NOTHING)
            at = ct_line_read_known(parser, at, end);
        if (parser->skip == SKIP_NOTHING && at < end)
            outcome = read_line(parser, &at, end, is_final, rejects);
        if (parser->skip == SKIP_NOTHING)
            continue;
        const char *start = at;
        at = skip(parser, at, end, is_final);
        if (at == start)
            break;
    }
    *consumed = (size_t)(at - text);
    if (outcome != LINE_FAILED)
        return CT_OK;
    return ct_fail(err, parser->failure.code, "%s", parser->failure.text);
}
