/* Lines like those before them, without looking at every byte twice: the key is compared with the
 * one that followed its predecessor the last time, field names with those of the table, numbers are
 * read eight digits at a time.
 *
 * Invariant: a line is taken only if the careful reader would make the same row of it; at the first
 * byte that is not as expected it is left to that one. Key bytes equal to an alias's were validated
 * when the alias was made; nothing else that is taken here can hold a byte that must be refused. */
#include "line_digits.h"
#include "line_parser.h"
#include "line_time.h"
#include "number.h"

/* From the start of a field: name, number, what ends it, and a timestamp read in whole words. */
#define MARGIN_BYTES (CT_KNOWN_NAME_BYTES_MAX + CT_DIGITS_READ_MAX + 32)

static inline size_t left(const char *at, const char *end)
{
    return (size_t)(end - at);
}

/* ------------------------------------------------------------------------------------------- key
 */

static const struct ct_alias *look_up(struct ct_line_parser *parser, const char *at,
                                      const char *end)
{
    const struct ct_text key = ct_line_raw_key(parser->scan, at, end);
    if (key.len == 0)
        return NULL;
    const uint64_t hash = ct_intake_hash(parser->intake, key.bytes, key.len);
    return ct_intake_alias(parser->intake, hash, key.bytes, key.len);
}

/* The alias of the key at `at`, which a space follows; NULL where it is new. */
static inline const struct ct_alias *find_alias(struct ct_line_parser *parser, const char *at,
                                                const char *end)
{
    struct line_known *known = &parser->known;
    if (known->next_cap == 0)
        return look_up(parser, at, end);
    const struct ct_alias *aliases = parser->intake->aliases;
    const uint32_t guess = known->next_alias[known->last_alias];
    const struct ct_alias *alias = &aliases[guess];
    if (alias->len > parser->options.key_bytes_max || left(at, end) <= alias->len ||
        !alias->bytes || at[alias->len] != ' ' || memcmp(at, alias->bytes, alias->len) != 0) {
        alias = look_up(parser, at, end);
        if (!alias)
            return NULL;
        known->next_alias[known->last_alias] = (uint32_t)(alias - aliases);
    }
    known->last_alias = (uint32_t)(alias - aliases);
    __builtin_prefetch(&aliases[known->next_alias[known->last_alias]]);
    return alias;
}

/* The next line's key is most likely this one: have it near. */
static inline void prefetch_next_key(const struct ct_line_parser *parser)
{
    const struct line_known *known = &parser->known;
    if (known->next_cap == 0)
        return;
    const struct ct_alias *next = &parser->intake->aliases[known->next_alias[known->last_alias]];
    if (!next->bytes || next->len > parser->options.key_bytes_max)
        return;
    __builtin_prefetch(next->bytes);
    __builtin_prefetch(next->bytes + next->len / 2);
    __builtin_prefetch(next->bytes + next->len);
}

/* --------------------------------------------------------------------------------------- columns
 */

static inline bool is_name_at(const char *at, const struct ct_known_field *field)
{
    uint64_t differs = (ct_load64(at) ^ field->word[0]) & field->mask[0];
    differs |= (ct_load64(at + 8) ^ field->word[1]) & field->mask[1];
    if (field->len > 16) {
        differs |= (ct_load64(at + 16) ^ field->word[2]) & field->mask[2];
        differs |= (ct_load64(at + 24) ^ field->word[3]) & field->mask[3];
    }
    return differs == 0;
}

/* The table's known field whose name is at `at`: number `guess`, or else any. CT_NONE: none. */
static inline uint32_t find_field(const struct ct_known_table *known, uint32_t guess,
                                  const char *at)
{
    if (guess < known->count && is_name_at(at, &known->fields[guess]))
        return guess;
    for (uint32_t i = 0; i < known->count; i++) {
        if (is_name_at(at, &known->fields[i]))
            return i;
    }
    return CT_NONE;
}

/* A column without values that the catalog does not know may become another one, or of another
 * type, any time. */
static bool is_provisional_column_same(const struct ct_batch_column *column,
                                       const struct ct_known_field *field, const char *name)
{
    return ct_batch_column_is_settled(column) && column->name.len == field->len - 1 &&
           memcmp(column->name.bytes, name, column->name.len) == 0;
}

/* The column, if it is still what it was when the field was learnt; else NULL. */
static inline const struct ct_batch_column *
column_of(const struct ct_batch_table *table, const struct ct_known_field *field, const char *name)
{
    if (field->column >= table->column_count)
        return NULL;
    const struct ct_batch_column *column = &table->columns[field->column];
    if (column->field != field->field)
        return NULL;
    if ((column->field & CT_PROVISIONAL) && !is_provisional_column_same(column, field, name))
        return NULL;
    return column;
}

/* ---------------------------------------------------------------------------------------- values
 */

static inline double float_of(const struct ct_digits *digits)
{
    /* Both exact as doubles, so that one division rounds once (Clinger 1990). */
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const double size = digits->mantissa <= UINT64_C(1) << 53
                            ? (double)digits->mantissa / powers[digits->scale]
                            : ct_double_of_decimal(digits->mantissa, -(int64_t)digits->scale);
    return digits->is_negative ? -size : size;
}

static inline int64_t signed_of(const struct ct_digits *digits)
{
    const int64_t size = (int64_t)digits->mantissa;
    return digits->is_negative ? -size : size;
}

/* Each reads one value and returns the byte after it; NULL where the careful reader must look. */
static inline const char *read_decimal(const char *at, struct ct_row_value *out)
{
    struct ct_digits digits;
    if (!ct_digits_read(at, &digits))
        return NULL;
    out->narrow = signed_of(&digits);
    out->scale = (uint8_t)digits.scale;
    out->is_wide = false;
    if (*digits.stop == 'i' && digits.scale == 0)
        return digits.stop + 1;
    return digits.stop;
}

static inline const char *read_float(const char *at, struct ct_row_value *out)
{
    struct ct_digits digits;
    if (!ct_digits_read(at, &digits))
        return NULL;
    out->float64 = float_of(&digits);
    return digits.stop;
}

static inline const char *read_integer(const char *at, struct ct_row_value *out, char suffix)
{
    struct ct_digits digits;
    if (!ct_digits_read(at, &digits) || digits.scale > 0 || *digits.stop != suffix)
        return NULL;
    if (suffix == 'u' && digits.is_negative)
        return NULL;
    out->int64 = signed_of(&digits);
    return digits.stop + 1;
}

static const char *read_bool(const char *at, struct ct_row_value *out)
{
    out->boolean = *at == 't' || *at == 'T';
    if (memcmp(at, "true", 4) == 0)
        return at + 4;
    if (memcmp(at, "false", 5) == 0)
        return at + 5;
    return out->boolean || *at == 'f' || *at == 'F' ? at + 1 : NULL;
}

static const char *read_string(const struct ct_line_parser *parser, const char *at, const char *end,
                               struct ct_row_value *out)
{
    if (*at != '"')
        return NULL;
    const char *start = at + 1;
    const char *close = parser->scan->find_not_plain(start, end);
    if (close == end || *close != '"')
        return NULL;
    out->string = (struct ct_text){.bytes = start, .len = left(start, close)};
    return out->string.len <= parser->options.string_bytes_max ? close + 1 : NULL;
}

static inline const char *read_value(const struct ct_line_parser *parser, enum ct_type type,
                                     const char *at, const char *end, struct ct_row_value *out)
{
    switch (type) {
    case CT_DECIMAL:
        return read_decimal(at, out);
    case CT_FLOAT64:
        return read_float(at, out);
    case CT_INT64:
        return read_integer(at, out, 'i');
    case CT_UINT64:
        return read_integer(at, out, 'u');
    case CT_BOOL:
        return read_bool(at, out);
    case CT_STRING:
        return read_string(parser, at, end, out);
    }
    return NULL;
}

/* Fields up to the byte that is no comma; NULL where the careful reader must look. */
static inline const char *read_fields(struct ct_line_parser *parser, uint32_t table_index,
                                      const char *at, const char *end, uint32_t *count)
{
    const struct ct_known_table *known = ct_line_known_table(&parser->known, table_index);
    const struct ct_batch_table *table = &parser->intake->tables[table_index];
    struct ct_row_value *values = parser->values;
    uint64_t used = 0;
    uint32_t guess = 0;
    if (known->table != table_index)
        return NULL;
    for (*count = 0;; guess++) {
        if (left(at, end) < MARGIN_BYTES)
            return NULL;
        guess = find_field(known, guess, at);
        if (guess == CT_NONE || used & UINT64_C(1) << guess)
            return NULL;
        used |= UINT64_C(1) << guess;
        const struct ct_known_field *field = &known->fields[guess];
        const struct ct_batch_column *column = column_of(table, field, at);
        if (!column)
            return NULL;
        struct ct_row_value *value = &values[(*count)++];
        value->column = field->column;
        at = read_value(parser, column->type, at + field->len, end, value);
        if (!at || at == end)
            return NULL;
        if (*at != ',')
            return at;
        at++;
    }
}

/* ------------------------------------------------------------------------------------------ time
 */

/* Remembers the timestamp that `len` bytes with their newline spell. */
static void remember_time(struct ct_known_time *known, const char *at, size_t len, int64_t time_ns)
{
    static const unsigned char ones[24] = {255, 255, 255, 255, 255, 255, 255, 255,
                                           255, 255, 255, 255, 255, 255, 255, 255,
                                           255, 255, 255, 255, 255, 255, 255, 255};
    *known = (struct ct_known_time){.len = (uint32_t)len, .time_ns = time_ns};
    memcpy(known->mask, ones, len);
    for (size_t i = 0; i < CT_COUNT_OF(known->word); i++)
        known->word[i] = ct_load64(at + 8 * i) & known->mask[i];
}

static inline bool is_known_time(const struct ct_known_time *known, const char *at)
{
    uint64_t differs = (ct_load64(at) & known->mask[0]) ^ known->word[0];
    differs |= (ct_load64(at + 8) & known->mask[1]) ^ known->word[1];
    differs |= (ct_load64(at + 16) & known->mask[2]) ^ known->word[2];
    return differs == 0 && known->len > 0;
}

/* digits and a newline; returns the next line's start, or NULL. */
static inline const char *read_time(struct ct_line_parser *parser, const char *at, int64_t *time_ns)
{
    struct ct_known_time *known = &parser->known.time;
    if (is_known_time(known, at)) {
        *time_ns = known->time_ns;
        return at + known->len;
    }
    uint64_t count = 0;
    unsigned run = 8;
    const char *stop = at;
    for (int i = 0; i < 3 && run == 8; i++) {
        const uint64_t word = ct_load64(stop);
        run = ct_digits_run(word);
        count = count * ct_digits_pow10(run) + ct_digits_value(word, run);
        stop += run;
    }
    const size_t len = left(at, stop);
    if (len == 0 || len > 19 || *stop != '\n' || count > INT64_MAX)
        return NULL;
    if (ct_line_time_of((int64_t)count, parser->options.precision, time_ns) != CT_OK)
        return NULL;
    remember_time(known, at, len + 1, *time_ns);
    return stop + 1;
}

/* After the fields: a newline, or a space and the time. */
static inline const char *read_tail(struct ct_line_parser *parser, const char *at, const char *end,
                                    int64_t *time_ns)
{
    if (*at == '\n') {
        *time_ns = parser->options.default_time_ns;
        return at + 1;
    }
    if (*at != ' ' || left(at, end) < CT_DIGITS_READ_MAX)
        return NULL;
    return read_time(parser, at + 1, time_ns);
}

/* ------------------------------------------------------------------------------------------ line
 */

/* Takes the line at `at` and returns the next one's start; NULL, and nothing was done, where it is
 * not known. */
static inline const char *read_line(struct ct_line_parser *parser, const char *start,
                                    const char *end)
{
    const struct ct_alias *alias = find_alias(parser, start, end);
    if (!alias || alias->len > parser->options.key_bytes_max)
        return NULL;
    uint32_t count;
    int64_t time_ns;
    const char *at = read_fields(parser, alias->table, start + alias->len + 1, end, &count);
    if (!at)
        return NULL;
    at = read_tail(parser, at, end, &time_ns);
    if (!at || left(start, at) - 1 > parser->options.line_bytes_max ||
        count > parser->options.fields_max)
        return NULL;
    prefetch_next_key(parser);
    if (ct_intake_row(parser->intake, alias->table, alias->series, time_ns, parser->values, count,
                      NULL) != CT_OK)
        return NULL;
    return at;
}

const char *ct_line_read_known(struct ct_line_parser *parser, const char *at, const char *end)
{
    ct_line_known_fit(&parser->known, parser->intake);
    while (left(at, end) > MARGIN_BYTES) {
        const char *next = read_line(parser, at, end);
        if (!next)
            break;
        parser->line++;
        at = next;
    }
    return at;
}
