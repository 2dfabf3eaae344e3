/* Every case of the public line-protocol corpus: verdict and points. Each is read whole, with a
 * newline added, split in two at every byte and byte by byte; the first time by the careful reader,
 * later by both. The cases come from line_protocol_corpus.py, which says how they are written. */
#include "bytes.h"
#include "line_fixture.h"

#define STEPPED_BYTES_MAX 512 /* byte by byte is quadratic */

struct corpus_case {
    struct ct_text key;
    struct ct_line_options options;
    struct ct_text text;
    bool is_valid;
    struct ct_reader points; /* at their count */
};

static int failures;

static void report(const struct corpus_case *c, const char *how, const char *what)
{
    failures++;
    printf("case %.*s, %s: %s\n", (int)c->key.len, c->key.bytes, how, what);
}

static struct ct_text read_text(struct ct_reader *r)
{
    const size_t len = ct_read32(r);
    const uint8_t *bytes = ct_read_bytes(r, len);
    return (struct ct_text){.bytes = (const char *)bytes, .len = bytes ? len : 0};
}

/* --------------------------------------------------------------------------------------- compare
 */

/* The corpus writes -0 as 0. */
static bool is_same_float(const struct ct_value *value, double expected)
{
    if (value->type == CT_DECIMAL)
        return ct_decimal_to_double(value->decimal) == expected;
    return value->type == CT_FLOAT64 && value->float64 == expected;
}

/* Reads a value's letter and content. */
static bool is_same_value(struct ct_reader *r, const struct ct_value *value)
{
    const char letter = (char)ct_read8(r);
    if (letter == 's')
        return ct_text_equal(value->string, read_text(r)) && value->type == CT_STRING;
    const uint64_t bits = ct_read64(r);
    double expected;
    memcpy(&expected, &bits, sizeof expected);
    switch (letter) {
    case 'i':
        return value->type == CT_INT64 && (uint64_t)value->int64 == bits;
    case 'u':
        return value->type == CT_UINT64 && value->uint64 == bits;
    case 'b':
        return value->type == CT_BOOL && value->boolean == bits;
    case 'f':
        return is_same_float(value, expected);
    default:
        return false;
    }
}

static void skip_value(struct ct_reader *r)
{
    if (ct_read8(r) == 's')
        (void)read_text(r);
    else
        (void)ct_read64(r);
}

static const char *compare_fields(struct ct_reader *r, const struct ct_batch_table *table,
                                  uint32_t row)
{
    const char *fault = NULL;
    const uint32_t count = ct_read32(r);
    if (fixture_field_count(table, row) != count)
        fault = "another number of fields";
    for (uint32_t i = 0; i < count; i++) {
        const struct ct_batch_column *column = fixture_column(table, read_text(r));
        struct ct_value value;
        if (!column || !fixture_value(column, row, &value)) {
            fault = "a field is missing";
            skip_value(r);
        } else if (!is_same_value(r, &value)) {
            fault = "another value";
        }
    }
    return fault;
}

static const char *compare_tags(struct ct_reader *r, const struct line_fixture *f,
                                const struct ct_batch_table *table, uint32_t row)
{
    const char *fault = NULL;
    const uint32_t count = ct_read32(r);
    if (fixture_tag_count(f, table, row) != count)
        fault = "another number of tags";
    for (uint32_t i = 0; i < count; i++) {
        const struct ct_text key = read_text(r);
        if (!ct_text_equal(fixture_tag(f, table, row, key), read_text(r)))
            fault = "another tag value";
    }
    return fault;
}

/* The points of one table come in the order in which they were written: `row` counts them. */
static const char *compare_point(struct ct_reader *r, const struct line_fixture *f,
                                 uint32_t *rows_of_table)
{
    const int64_t time_ns = (int64_t)ct_read64(r);
    const struct ct_batch_table *table = fixture_table(f, read_text(r));
    if (!table)
        return "a table is missing";
    uint32_t *row = &rows_of_table[table - f->intake->tables];
    if (*row == table->row_count)
        return "a row is missing";
    const char *fault = table->times_ns[*row] == time_ns ? NULL : "another time";
    const char *tag_fault = compare_tags(r, f, table, *row);
    const char *field_fault = compare_fields(r, table, *row);
    (*row)++;
    return fault ? fault : tag_fault ? tag_fault : field_fault;
}

static void compare_points(const struct corpus_case *c, struct line_fixture *f, const char *how)
{
    if (ct_intake_resolve(f->intake, &f->err) != CT_OK) {
        report(c, how, f->err.text);
        return;
    }
    struct ct_reader r = c->points;
    const uint32_t count = ct_read32(&r);
    if (f->intake->row_count != count) {
        report(c, how, "another number of points");
        return;
    }
    uint32_t *rows_of_table = calloc(f->intake->table_count + 1, sizeof *rows_of_table);
    fixture_require(rows_of_table != NULL, "memory");
    const char *fault = NULL;
    for (uint32_t i = 0; i < count && !fault; i++)
        fault = compare_point(&r, f, rows_of_table);
    free(rows_of_table);
    if (fault)
        report(c, how, fault);
}

/* ------------------------------------------------------------------------------------------- run
 */

/* Judges what was fed, and makes ready for the next. `whole` is NULL or what was rejected of the
 * whole text. */
static void judge(const struct corpus_case *c, struct line_fixture *f, const char *how,
                  const struct ct_reject_list *whole, uint64_t rows)
{
    if (c->is_valid && f->rejects->total)
        report(c, how, f->rejects->items[0].reason);
    else if (!c->is_valid && !f->rejects->total)
        report(c, how, "accepted, but must be refused");
    else if (c->is_valid)
        compare_points(c, f, how);
    if (whole && !fixture_same_rejects(f->rejects, whole))
        report(c, how, "other rejects than of the whole text");
    if (whole && f->intake->row_count != rows)
        report(c, how, "other rows than of the whole text");
    fixture_reset(f);
    fixture_start(f, &c->options);
}

static void feed_with_newline(struct line_fixture *f, const struct corpus_case *c)
{
    char *text = malloc(c->text.len + 1);
    fixture_require(text != NULL, "memory");
    memcpy(text, c->text.bytes, c->text.len);
    text[c->text.len] = '\n';
    fixture_feed(f, text, c->text.len + 1, true);
    free(text);
}

static void run_case(const struct corpus_case *c)
{
    static struct line_fixture f;
    static struct ct_reject_list whole;
    fixture_open(&f);
    fixture_start(&f, &c->options);
    fixture_feed(&f, c->text.bytes, c->text.len, true);
    whole = *f.rejects;
    const uint64_t rows = f.intake->row_count;
    judge(c, &f, "whole", NULL, 0);
    fixture_feed(&f, c->text.bytes, c->text.len, true);
    judge(c, &f, "whole again", &whole, rows);
    feed_with_newline(&f, c);
    judge(c, &f, "with a newline", NULL, 0);
    for (size_t at = 0; at <= c->text.len; at++) {
        fixture_feed_split(&f, c->text.bytes, c->text.len, at);
        judge(c, &f, "split in two", &whole, rows);
    }
    if (c->text.len <= STEPPED_BYTES_MAX) {
        fixture_feed_in_steps(&f, c->text.bytes, c->text.len, 1);
        judge(c, &f, "byte by byte", &whole, rows);
    }
    fixture_close(&f);
    if (f.allocator.live_blocks != 0)
        report(c, "after all", "memory was not given back");
}

/* ------------------------------------------------------------------------------------------ main
 */

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    fixture_require(file && fseek(file, 0, SEEK_END) == 0, "cannot open the cases");
    *len = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*len + 1);
    fixture_require(bytes && fread(bytes, 1, *len, file) == *len, "cannot read the cases");
    fclose(file);
    return bytes;
}

/* Points are gone over to find the next case. */
static void skip_points(struct ct_reader *r)
{
    for (uint32_t points = ct_read32(r); points > 0; points--) {
        (void)ct_read64(r);
        (void)read_text(r);
        for (uint32_t tags = ct_read32(r); tags > 0; tags--) {
            (void)read_text(r);
            (void)read_text(r);
        }
        for (uint32_t fields = ct_read32(r); fields > 0; fields--) {
            (void)read_text(r);
            skip_value(r);
        }
    }
}

static struct corpus_case read_case(struct ct_reader *r)
{
    struct corpus_case c = {.key = read_text(r)};
    const ct_status status = ct_precision_parse(read_text(r), &c.options.precision, NULL);
    c.options.default_time_ns = (int64_t)ct_read64(r);
    c.text = read_text(r);
    c.is_valid = ct_read8(r) != 0;
    c.points = *r;
    if (c.is_valid)
        skip_points(r);
    fixture_require(status == CT_OK && !r->is_bad, "malformed cases");
    return c;
}

int main(int argc, char **argv)
{
    fixture_require(argc == 2, "usage: line_protocol_corpus_test CASES");
    size_t len;
    char *bytes = read_file(argv[1], &len);
    struct ct_reader r = ct_reader_of(bytes, len);
    unsigned cases = 0;
    unsigned valid = 0;
    while (ct_reader_left(&r) > 0) {
        const struct corpus_case c = read_case(&r);
        cases++;
        valid += c.is_valid;
        run_case(&c);
    }
    free(bytes);
    printf("%u cases, %u of them valid, %d failures\n", cases, valid, failures);
    return failures == 0 && valid > 0 && valid < cases ? 0 : 1;
}
