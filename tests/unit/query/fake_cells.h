/* The rollups of the fake store: a source whose rows all lie in the range of a covered scan gives
 * cells in their place, worked out row by row from the block that it would have given. Part of
 * fake_store.h. */
#ifndef CT_FAKE_CELLS_H
#define CT_FAKE_CELLS_H

/* One column of a block of cells, filled value by value. */
struct fake_cell_column {
    struct ct_cell_column shown;
    int64_t counts[FAKE_BLOCK_ROWS];
    uint8_t present[FAKE_BLOCK_ROWS];
    struct ct_decimal_sum exact[FAKE_BLOCK_ROWS];
    double floating[FAKE_BLOCK_ROWS];
    ct_int128 sum_wide[FAKE_BLOCK_ROWS];
    uint8_t sum_scales[FAKE_BLOCK_ROWS];
    struct fake_cell_values {
        struct ct_value value[FAKE_BLOCK_ROWS];
        int64_t bits[FAKE_BLOCK_ROWS];
        uint8_t booleans[FAKE_BLOCK_ROWS];
        struct ct_text strings[FAKE_BLOCK_ROWS];
        ct_int128 wide[FAKE_BLOCK_ROWS];
        uint8_t scales[FAKE_BLOCK_ROWS];
        int64_t times[FAKE_BLOCK_ROWS];
    } min, max, first, last;
};

struct fake_cells {
    uint32_t count;
    uint32_t positions[FAKE_BLOCK_ROWS];
    int64_t buckets[FAKE_BLOCK_ROWS];
    int64_t rows[FAKE_BLOCK_ROWS];
    struct fake_cell_column columns[FAKE_FIELDS];
    struct ct_cell_column shown[FAKE_FIELDS];
};

static int fake_compare(const struct ct_value *a, const struct ct_value *b)
{
    switch (a->type) {
    case CT_FLOAT64:
        return (a->float64 > b->float64) - (a->float64 < b->float64);
    case CT_INT64:
        return (a->int64 > b->int64) - (a->int64 < b->int64);
    case CT_UINT64:
        return (a->uint64 > b->uint64) - (a->uint64 < b->uint64);
    case CT_BOOL:
        return (int)a->boolean - (int)b->boolean;
    case CT_STRING:
        return ct_text_compare(a->string, b->string);
    case CT_DECIMAL:
        return ct_decimal_compare(a->decimal, b->decimal);
    }
    return 0;
}

static void fake_add_sum(struct fake_cell_column *column, uint32_t cell,
                         const struct ct_value *value)
{
    ct_status status = CT_OK;
    if (value->type == CT_FLOAT64)
        column->floating[cell] += value->float64;
    else if (value->type == CT_INT64)
        status = ct_decimal_sum_add(&column->exact[cell], value->int64, 0);
    else if (value->type == CT_UINT64)
        status = ct_decimal_sum_add(&column->exact[cell], value->uint64, 0);
    else if (value->type == CT_DECIMAL)
        status =
            ct_decimal_sum_add(&column->exact[cell], value->decimal.mantissa, value->decimal.scale);
    if (status != CT_OK)
        abort();
}

static void fake_keep(struct fake_cell_values *values, uint32_t cell, bool is_better, int64_t time,
                      const struct ct_value *value)
{
    if (!is_better)
        return;
    values->value[cell] = *value;
    values->times[cell] = time;
}

static void fake_cell_add(struct fake_cell_column *column, uint32_t cell, int64_t time,
                          const struct ct_value *value)
{
    const bool is_new = column->counts[cell]++ == 0;
    column->present[cell] = 1;
    fake_add_sum(column, cell, value);
    fake_keep(&column->min, cell, is_new || fake_compare(value, &column->min.value[cell]) < 0, time,
              value);
    fake_keep(&column->max, cell, is_new || fake_compare(value, &column->max.value[cell]) > 0, time,
              value);
    const int64_t first = column->first.times[cell];
    const int64_t last = column->last.times[cell];
    const bool is_first =
        time < first || (time == first && fake_compare(value, &column->first.value[cell]) > 0);
    const bool is_last =
        time > last || (time == last && fake_compare(value, &column->last.value[cell]) > 0);
    fake_keep(&column->first, cell, is_new || is_first, time, value);
    fake_keep(&column->last, cell, is_new || is_last, time, value);
}

static struct ct_vector fake_values_vector(struct fake_cell_values *values, const uint8_t *present,
                                           uint32_t count, enum ct_type type)
{
    struct ct_vector vector = {.type = type, .count = count, .present = present};
    for (uint32_t i = 0; i < count; i++) {
        values->bits[i] = values->value[i].int64;
        values->booleans[i] = type == CT_BOOL && values->value[i].boolean;
        values->strings[i] = values->value[i].string;
        values->wide[i] = values->value[i].decimal.mantissa;
        values->scales[i] = values->value[i].decimal.scale;
    }
    vector.int64 = values->bits;
    if (type == CT_BOOL)
        vector.boolean = values->booleans;
    if (type == CT_STRING)
        vector.string = values->strings;
    if (type == CT_DECIMAL) {
        vector.wide = values->wide;
        vector.scales = values->scales;
    }
    return vector;
}

static void fake_show_column(struct fake_cell_column *column, uint32_t count, enum ct_type type)
{
    struct ct_cell_column *shown = &column->shown;
    shown->counts = column->counts;
    shown->sum = (struct ct_vector){.type = CT_DECIMAL,
                                    .count = count,
                                    .present = column->present,
                                    .wide = column->sum_wide,
                                    .scales = column->sum_scales};
    for (uint32_t i = 0; i < count; i++) {
        struct ct_decimal sum;
        if (ct_decimal_sum_value(&column->exact[i], &sum) != CT_OK)
            abort();
        column->sum_wide[i] = sum.mantissa;
        column->sum_scales[i] = sum.scale;
    }
    if (type == CT_FLOAT64)
        shown->sum = (struct ct_vector){.type = CT_FLOAT64,
                                        .count = count,
                                        .present = column->present,
                                        .float64 = column->floating};
    shown->min = fake_values_vector(&column->min, column->present, count, type);
    shown->max = fake_values_vector(&column->max, column->present, count, type);
    shown->first = fake_values_vector(&column->first, column->present, count, type);
    shown->last = fake_values_vector(&column->last, column->present, count, type);
    shown->first_times_ns = column->first.times;
    shown->last_times_ns = column->last.times;
}

static uint32_t fake_find_cell(struct fake_cells *cells, uint32_t position, int64_t bucket)
{
    uint32_t cell = 0;
    while (cell < cells->count &&
           (cells->positions[cell] != position || cells->buckets[cell] != bucket))
        cell++;
    if (cell == cells->count) {
        cells->positions[cell] = position;
        cells->buckets[cell] = bucket;
        cells->count++;
    }
    return cell;
}

/* The cells of one block's wanted rows. */
static void fake_make_cells(struct ct_cursor *cursor, const struct fake_block *block,
                            struct fake_cells *cells)
{
    memset(cells, 0, sizeof *cells);
    for (uint32_t row = 0; row < block->count; row++) {
        const uint32_t position = block->position[row];
        if (cursor->selected && !cursor->selected[position])
            continue;
        const int64_t bucket = ct_grain_start(block->times[row], cursor->source->scan->grain);
        const uint32_t cell = fake_find_cell(cells, position, bucket);
        cells->rows[cell]++;
        for (uint32_t i = 0; i < cursor->field_count; i++) {
            const uint32_t field = cursor->fields[i];
            const struct ct_value value = fake_value(block, field, row);
            if (block->present[field][row])
                fake_cell_add(&cells->columns[i], cell, block->times[row], &value);
        }
    }
    for (uint32_t i = 0; i < cursor->field_count; i++) {
        fake_show_column(&cells->columns[i], cells->count, fake_fields[cursor->fields[i]].type);
        cells->shown[i] = cells->columns[i].shown;
    }
}

ct_status ct_cursor_next_cells(struct ct_cursor *cursor, struct ct_cell_block *out,
                               const struct ct_cell_column **columns, bool *found,
                               struct ct_error *err)
{
    (void)err;
    *found = false;
    if (!cursor->cells)
        cursor->cells = calloc(1, sizeof *cursor->cells);
    while (cursor->next_block < cursor->end_block && !*found) {
        fake_make_cells(cursor, &cursor->source->store->blocks[cursor->next_block++],
                        cursor->cells);
        *found = cursor->cells->count > 0;
    }
    *columns = cursor->cells->shown;
    *out = (struct ct_cell_block){.cell_count = cursor->cells->count,
                                  .positions = cursor->cells->positions,
                                  .buckets_ns = cursor->cells->buckets,
                                  .rows = cursor->cells->rows};
    return CT_OK;
}

static bool fake_source_is_inside(const struct ct_source *source)
{
    const struct ct_scan *scan = source->scan;
    for (uint32_t i = source->first_block; i < source->end_block; i++)
        for (uint32_t row = 0; row < scan->store->blocks[i].count; row++) {
            const int64_t time = scan->store->blocks[i].times[row];
            if (time < scan->start_ns || (scan->end_ns != INT64_MAX && time >= scan->end_ns))
                return false;
        }
    return true;
}

/* No set of the fake store keeps sketches. */
static bool fake_wants_sketches(const struct ct_cover_request *cover)
{
    unsigned keeps = 0;
    for (uint32_t i = 0; i < cover->field_count; i++)
        keeps |= cover->keeps[i];
    return (keeps & (CT_KEEP_QUANTILES | CT_KEEP_DISTINCT)) != 0;
}

ct_status ct_scan_open_covered(struct ct_snapshot *snapshot, uint32_t table, int64_t start_ns,
                               int64_t end_ns, const struct ct_cover_request *cover,
                               struct ct_scan **out, struct ct_error *err)
{
    CT_TRY(ct_scan_open(snapshot, table, start_ns, end_ns, out, err));
    struct ct_scan *scan = *out;
    if (cover->grain_max == CT_GRAIN_NONE || snapshot->has_no_cells || fake_wants_sketches(cover))
        return CT_OK;
    scan->grain = (enum ct_grain)(1 + fake_below((uint32_t)cover->grain_max));
    for (uint32_t i = 0; i < FAKE_SOURCES; i++)
        scan->sources[i].gives_cells = fake_source_is_inside(&scan->sources[i]);
    return CT_OK;
}

void ct_source_describe(const struct ct_source *source, struct ct_source_info *out)
{
    *out =
        (struct ct_source_info){.tier = source->gives_cells ? CT_TIER_SECTION : CT_TIER_ROWS,
                                .grain = source->gives_cells ? source->scan->grain : CT_GRAIN_NONE,
                                .row_bound = 1000000};
}

#endif
