/* Answers for people: aligned columns, numbers to the right. Control bytes of hostile texts become
 * '?', so that a tag value cannot drive a terminal. Every character counts as one column wide. */
#include "api_private.h"

struct cell {
    struct ct_text text;
    char value[CENTIME_DECIMAL_BYTES];
};

static void read_cell(const struct ct_result_column *column, uint64_t row, struct cell *cell)
{
    if (!column->is_null[row] && column->type == CT_RESULT_TEXT) {
        cell->text = column->text[row];
        return;
    }
    cell->text = (struct ct_text){cell->value, api_print_value(column, row, cell->value)};
}

static size_t width_of(struct ct_text text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.len; i++)
        width += ((unsigned char)text.bytes[i] & 0xc0) != 0x80; /* all but bytes that continue */
    return width;
}

static bool is_to_the_right(const struct ct_result_column *column)
{
    return column->type != CT_RESULT_TEXT && column->type != CT_RESULT_TIME;
}

static void add_repeated(centime_buffer *buffer, const char *byte, size_t count)
{
    for (size_t i = 0; i < count; i++)
        api_buffer_add(buffer, byte, 1);
}

void api_printable_text(centime_buffer *buffer, struct ct_text text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char byte = (unsigned char)text.bytes[i];
        const bool is_c1 = byte == 0xc2 && i + 1 < text.len && /* U+0080 to U+009F */
                           (unsigned char)text.bytes[i + 1] < 0xa0;
        if (byte >= 0x20 && byte != 0x7f && !is_c1)
            continue;
        api_buffer_add(buffer, text.bytes + from, i - from);
        api_buffer_add(buffer, "?", 1);
        i += is_c1;
        from = i + 1;
    }
    if (from < text.len)
        api_buffer_add(buffer, text.bytes + from, text.len - from);
}

static void add_cell(centime_buffer *buffer, struct ct_text text, size_t width, bool is_right,
                     bool is_last)
{
    const size_t used = width_of(text);
    const size_t padding = width > used ? width - used : 0;
    if (is_right)
        add_repeated(buffer, " ", padding);
    api_printable_text(buffer, text);
    if (is_last) {
        api_buffer_add(buffer, "\n", 1);
        return;
    }
    if (!is_right)
        add_repeated(buffer, " ", padding);
    api_buffer_add(buffer, "  ", 2);
}

static void measure(const struct ct_result *result, size_t *widths)
{
    struct cell cell;
    for (uint32_t i = 0; i < result->column_count; i++) {
        widths[i] = width_of(result->columns[i].name);
        for (uint64_t row = 0; row < result->row_count; row++) {
            read_cell(&result->columns[i], row, &cell);
            const size_t width = width_of(cell.text);
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
}

static void write_head(centime_buffer *buffer, const struct ct_result *result, const size_t *widths)
{
    const uint32_t count = result->column_count;
    for (uint32_t i = 0; i < count; i++)
        add_cell(buffer, result->columns[i].name, widths[i], is_to_the_right(&result->columns[i]),
                 i + 1 == count);
    for (uint32_t i = 0; i < count; i++) {
        add_repeated(buffer, "-", widths[i]);
        api_buffer_add_text(buffer, i + 1 == count ? "\n" : "  ");
    }
}

ct_status api_write_table(centime_buffer *buffer, const struct ct_result *result,
                          struct ct_error *err)
{
    const struct ct_allocator *allocator = &buffer->memory->allocator;
    const uint32_t count = result->column_count;
    size_t *widths = ct_alloc_zeroed(allocator, (size_t)count + 1, sizeof *widths);
    if (!widths)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer's text");
    measure(result, widths);
    write_head(buffer, result, widths);
    struct cell cell;
    for (uint64_t row = 0; row < result->row_count; row++)
        for (uint32_t i = 0; i < count; i++) {
            read_cell(&result->columns[i], row, &cell);
            add_cell(buffer, cell.text, widths[i], is_to_the_right(&result->columns[i]),
                     i + 1 == count);
        }
    ct_release(allocator, widths);
    return CT_OK;
}
