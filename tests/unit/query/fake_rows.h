/* Rows of the fake store made by hand, one by one, and what an answer shows of them. For tests that
 * include fake_store.h first and use all of this. */
#ifndef CT_FAKE_ROWS_H
#define CT_FAKE_ROWS_H

/* Empty; series have no tags until fake.codes says so. */
static void fake_clear(void)
{
    fake_seed = 1;
    fake.row_count = fake.block_count = 0;
    memset(fake.codes, 0, sizeof fake.codes);
    for (uint32_t i = 0; i < FAKE_SOURCES; i++) {
        fake_fill_source(&fake.sources[i]);
        fake.sources[i].first_block = fake.sources[i].end_block = 0;
    }
}

/* A row with one field, in a block of its own of the first source. Set codes before. */
static void fake_put(uint32_t series, int64_t time_ns, uint32_t field, struct ct_value value)
{
    struct ct_source *source = &fake.sources[0];
    if (fake.block_count == 0)
        fake_fill_source(source);
    struct fake_block *block = &fake.blocks[fake.block_count++];
    source->end_block = fake.block_count;
    memset(block, 0, sizeof *block);
    block->count = 1;
    block->has_stats = true;
    for (uint32_t i = 0; i < FAKE_SERIES; i++)
        if (source->series[i] == series)
            block->position[0] = i;
    block->times[0] = time_ns;
    for (uint32_t i = 0; i < FAKE_FIELDS; i++)
        block->has_gaps[i] = true;
    block->present[field][0] = 1;
    block->bits[field][0] = value.int64;
    if (value.type == CT_DECIMAL)
        block->bits[field][0] = (int64_t)value.decimal.mantissa;
    block->scale[field] = value.type == CT_DECIMAL ? value.decimal.scale : 0;
    block->strings[0] = value.type == CT_STRING ? value.string : ct_text_of("");
    block->booleans[0] = value.type == CT_BOOL && value.boolean;
    struct fake_row *row = &fake.rows[fake.row_count++];
    *row = (struct fake_row){.time_ns = time_ns, .series = series};
    row->present[field] = 1;
    row->value[field] = value;
}

static struct ct_value fake_money(const char *text)
{
    struct ct_value value = {.type = CT_DECIMAL};
    if (ct_decimal_parse(ct_text_of(text), &value.decimal) != CT_OK)
        abort();
    return value;
}

/* What a decimal column shows. */
static const char *fake_show(const struct ct_result_column *column, uint64_t row)
{
    static char text[4][CT_DECIMAL_TEXT_MAX + 1];
    static unsigned next;
    char *out = text[next++ % 4];
    if (column->is_null[row])
        return "null";
    out[ct_decimal_sum_print(&column->decimal[row], 0, out)] = 0;
    return out;
}

#endif
