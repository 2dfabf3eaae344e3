/* InfluxQL cut into tokens. Layer influxql, for its own files only.
 *
 * A token borrows its text from the statement, or from the arena where escapes were undone. Which
 * token stands at a place depends on the parser: where it wants a regular expression, a slash
 * begins one, elsewhere it divides. So tokens are cut one at a time, from any place. */
#ifndef CT_INFLUX_TOKEN_H
#define CT_INFLUX_TOKEN_H

#include "arena.h"
#include "status.h"

/* Reserved words, in any case of letters. */
#define CT_INFLUX_WORDS(X)                                                                         \
    X(ALL)                                                                                         \
    X(ALTER)                                                                                       \
    X(ANALYZE)                                                                                     \
    X(AND)                                                                                         \
    X(ANY)                                                                                         \
    X(AS)                                                                                          \
    X(ASC)                                                                                         \
    X(BEGIN)                                                                                       \
    X(BY)                                                                                          \
    X(CARDINALITY)                                                                                 \
    X(CONTINUOUS)                                                                                  \
    X(CREATE)                                                                                      \
    X(DATABASE)                                                                                    \
    X(DATABASES)                                                                                   \
    X(DEFAULT)                                                                                     \
    X(DELETE)                                                                                      \
    X(DESC)                                                                                        \
    X(DESTINATIONS)                                                                                \
    X(DIAGNOSTICS)                                                                                 \
    X(DISTINCT)                                                                                    \
    X(DROP)                                                                                        \
    X(DURATION)                                                                                    \
    X(END)                                                                                         \
    X(EVERY)                                                                                       \
    X(EXACT)                                                                                       \
    X(EXPLAIN)                                                                                     \
    X(FALSE)                                                                                       \
    X(FIELD)                                                                                       \
    X(FOR)                                                                                         \
    X(FROM)                                                                                        \
    X(GRANT)                                                                                       \
    X(GRANTS)                                                                                      \
    X(GROUP)                                                                                       \
    X(GROUPS)                                                                                      \
    X(IN)                                                                                          \
    X(INF)                                                                                         \
    X(INSERT)                                                                                      \
    X(INTO)                                                                                        \
    X(KEY)                                                                                         \
    X(KEYS)                                                                                        \
    X(KILL)                                                                                        \
    X(LIMIT)                                                                                       \
    X(MEASUREMENT)                                                                                 \
    X(MEASUREMENTS)                                                                                \
    X(NAME)                                                                                        \
    X(OFFSET)                                                                                      \
    X(ON)                                                                                          \
    X(OR)                                                                                          \
    X(ORDER)                                                                                       \
    X(PASSWORD)                                                                                    \
    X(POLICIES)                                                                                    \
    X(POLICY)                                                                                      \
    X(PRIVILEGES)                                                                                  \
    X(QUERIES)                                                                                     \
    X(QUERY)                                                                                       \
    X(READ)                                                                                        \
    X(REPLICATION)                                                                                 \
    X(RESAMPLE)                                                                                    \
    X(RETENTION)                                                                                   \
    X(REVOKE)                                                                                      \
    X(SELECT)                                                                                      \
    X(SERIES)                                                                                      \
    X(SET)                                                                                         \
    X(SHARD)                                                                                       \
    X(SHARDS)                                                                                      \
    X(SHOW)                                                                                        \
    X(SLIMIT)                                                                                      \
    X(SOFFSET)                                                                                     \
    X(STATS)                                                                                       \
    X(SUBSCRIPTION)                                                                                \
    X(SUBSCRIPTIONS)                                                                               \
    X(TAG)                                                                                         \
    X(TO)                                                                                          \
    X(TRUE)                                                                                        \
    X(USER)                                                                                        \
    X(USERS)                                                                                       \
    X(VALUES)                                                                                      \
    X(WHERE)                                                                                       \
    X(WITH)                                                                                        \
    X(WRITE)

/* name, text */
#define CT_INFLUX_SIGNS(X)                                                                         \
    X(PLUS, "+")                                                                                   \
    X(MINUS, "-")                                                                                  \
    X(STAR, "*")                                                                                   \
    X(SLASH, "/")                                                                                  \
    X(PERCENT, "%")                                                                                \
    X(AMPERSAND, "&")                                                                              \
    X(BAR, "|")                                                                                    \
    X(CARET, "^")                                                                                  \
    X(EQUAL, "=")                                                                                  \
    X(NOT_EQUAL, "!=")                                                                             \
    X(MATCH, "=~")                                                                                 \
    X(NOT_MATCH, "!~")                                                                             \
    X(LESS, "<")                                                                                   \
    X(LESS_EQUAL, "<=")                                                                            \
    X(GREATER, ">")                                                                                \
    X(GREATER_EQUAL, ">=")                                                                         \
    X(OPEN, "(")                                                                                   \
    X(CLOSE, ")")                                                                                  \
    X(COMMA, ",")                                                                                  \
    X(COLON, ":")                                                                                  \
    X(DOUBLE_COLON, "::")                                                                          \
    X(SEMICOLON, ";")                                                                              \
    X(DOT, ".")

enum ct_influx_token_kind {
    CT_TOKEN_END,
    CT_TOKEN_ILLEGAL,
    CT_TOKEN_BLANK, /* blanks and comments */
    CT_TOKEN_NAME,
    CT_TOKEN_PARAMETER, /* $name */
    CT_TOKEN_NUMBER,    /* with a point */
    CT_TOKEN_INTEGER,
    CT_TOKEN_DURATION,
    CT_TOKEN_STRING,
    CT_TOKEN_BAD_STRING,
    CT_TOKEN_BAD_ESCAPE,
    CT_TOKEN_REGEX,
    CT_TOKEN_BAD_REGEX,
#define CT_INFLUX_SIGN_ENUM(name, text) CT_SIGN_##name,
    CT_INFLUX_SIGNS(CT_INFLUX_SIGN_ENUM)
#undef CT_INFLUX_SIGN_ENUM
#define CT_INFLUX_WORD_ENUM(name) CT_WORD_##name,
        CT_INFLUX_WORDS(CT_INFLUX_WORD_ENUM)
#undef CT_INFLUX_WORD_ENUM
};

struct ct_influx_token {
    enum ct_influx_token_kind kind;
    struct ct_text text; /* of names, literals and what is illegal; empty for words and signs */
    size_t start, end;   /* bytes of the statement */
    bool reads_past_end; /* the end of input was looked at: shifts the place that errors name by
                            one, as InfluxDB has it */
};

/* The token that begins at byte `at`. CT_NO_MEMORY where an escaped text has no room. */
ct_status ct_influx_token_scan(struct ct_text statement, size_t at, struct ct_arena *arena,
                               struct ct_influx_token *out, struct ct_error *err) CT_MUST_USE;

/* The regular expression between slashes that begins at byte `at`: CT_TOKEN_REGEX, without its
 * slashes, or CT_TOKEN_BAD_REGEX. */
ct_status ct_influx_token_scan_regex(struct ct_text statement, size_t at, struct ct_arena *arena,
                                     struct ct_influx_token *out, struct ct_error *err) CT_MUST_USE;

/* What an error message calls the token: its text, or that of its kind. */
struct ct_text ct_influx_token_shown(const struct ct_influx_token *token);

/* "SELECT", "+", "EOF": static text. */
const char *ct_influx_token_kind_text(enum ct_influx_token_kind kind);

/* True where the name could not stand without quotes. */
bool ct_influx_name_needs_quotes(struct ct_text name);

#endif
