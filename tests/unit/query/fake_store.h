/* A store made of arrays behind scan.h and the finding half of catalog.h, so that the query layer
 * is tested alone: one table `cost` in database `default`, rows known to the test, cut into
 * sources, units and blocks at random, some with stored statistics, some with a scale for each row
 * or 128-bit mantissas. Including it replaces the engine at link time. */
#ifndef CT_FAKE_STORE_H
#define CT_FAKE_STORE_H

#include <stdlib.h>

#include "query.h"

enum { F_COST, F_CPU, F_REQUESTS, F_BYTES, F_OK, F_STATUS, F_PRICE, FAKE_FIELDS };
enum { T_PROVIDER, T_SERVICE, T_CURRENCY, T_BILLING, FAKE_TAGS };
#define FAKE_VALUES     8 /* of each tag, code 0 aside */
#define FAKE_SERIES     64
#define FAKE_BLOCK_ROWS 96
#define FAKE_ROWS       6000
#define FAKE_BLOCKS     600
#define FAKE_SOURCES    4
#define FAKE_SCALE      12 /* at least every scale in use */

struct fake_row {
    int64_t time_ns;
    uint32_t series;
    uint8_t present[FAKE_FIELDS];
    struct ct_value value[FAKE_FIELDS];
};

struct fake_block {
    uint32_t count;
    bool has_stats;
    bool has_scales, is_wide;
    uint32_t position[FAKE_BLOCK_ROWS];
    int64_t times[FAKE_BLOCK_ROWS];
    uint8_t present[FAKE_FIELDS][FAKE_BLOCK_ROWS];
    bool has_gaps[FAKE_FIELDS];
    int64_t bits[FAKE_FIELDS][FAKE_BLOCK_ROWS]; /* doubles, integers and narrow mantissas */
    uint8_t booleans[FAKE_BLOCK_ROWS];
    struct ct_text strings[FAKE_BLOCK_ROWS];
    uint8_t scales[FAKE_FIELDS][FAKE_BLOCK_ROWS];
    ct_int128 wide[FAKE_FIELDS][FAKE_BLOCK_ROWS];
    uint8_t scale[FAKE_FIELDS];
};

struct ct_source {
    struct ct_snapshot *store;
    const struct ct_scan *scan;
    uint32_t series[FAKE_SERIES]; /* by position */
    uint32_t position[FAKE_SERIES];
    uint32_t codes[FAKE_TAGS][FAKE_SERIES];
    uint32_t first_block, end_block;
    bool gives_cells;
};

/* Several may be open at once. */
struct ct_scan {
    struct ct_snapshot *store;
    int64_t start_ns, end_ns;
    enum ct_grain grain; /* of cells */
    struct ct_source sources[FAKE_SOURCES];
};

struct ct_snapshot {
    struct fake_row rows[FAKE_ROWS];
    uint32_t row_count;
    uint32_t codes[FAKE_SERIES][FAKE_TAGS];
    struct fake_block blocks[FAKE_BLOCKS];
    uint32_t block_count;
    struct ct_source sources[FAKE_SOURCES];
    uint32_t open_cursors;
    bool has_no_cells; /* covered scans give rows only */
};

struct ct_cursor {
    struct ct_source *source;
    const struct ct_cursor_plan *plan_in;
    uint32_t fields[FAKE_FIELDS];
    uint32_t field_count;
    const uint8_t *selected;
    uint32_t next_block, end_block, block;
    struct ct_run runs[FAKE_BLOCK_ROWS];
    struct fake_cells *cells; /* NULL until asked for */
};

struct ct_catalog {
    int unused;
};

static struct ct_snapshot fake;
static struct ct_catalog fake_catalog;

static const struct ct_field fake_fields[FAKE_FIELDS] = {
    [F_COST] = {{"cost_usd", 8}, CT_DECIMAL, true},
    [F_CPU] = {{"cpu", 3}, CT_FLOAT64, false},
    [F_REQUESTS] = {{"requests", 8}, CT_INT64, false},
    [F_BYTES] = {{"bytes", 5}, CT_UINT64, false},
    [F_OK] = {{"ok", 2}, CT_BOOL, false},
    [F_STATUS] = {{"status", 6}, CT_STRING, false},
    [F_PRICE] = {{"unit_price", 10}, CT_DECIMAL, false},
};
static const char *const fake_tags[FAKE_TAGS] = {"provider", "service", "currency",
                                                 "billing_period"};
/* Not in byte order of their codes, with prefixes of each other. */
static const char *const fake_values[FAKE_TAGS][FAKE_VALUES] = {
    {"aws", "gcp", "azure", "a", "zz", "oci", "on prem", "\xc3\xa4"},
    {"ec2", "s3", "ec", "b", "lambda", "gke", "sql", "blob"},
    {"USD", "EUR", "GBP", "JPY", "CHF", "SEK", "NOK", "DKK"},
    {"2026-09", "2026-10", "2026-11", "2026-11-15", "soon", "2025-12", "2026-1", "2026-13"},
};

/* -- Catalog ---------------------------------------------------------------------------------- */

uint32_t ct_catalog_find_database(struct ct_catalog *catalog, struct ct_text name)
{
    (void)catalog;
    return ct_text_equal(name, ct_text_of("default")) ? 0 : CT_NONE;
}

uint32_t ct_catalog_find_table(struct ct_catalog *catalog, uint32_t database, struct ct_text name)
{
    (void)catalog;
    (void)database;
    return ct_text_equal(name, ct_text_of("cost")) ? 0 : CT_NONE;
}

struct ct_table_options ct_catalog_table_options(struct ct_catalog *catalog, uint32_t table)
{
    (void)catalog;
    (void)table;
    return (struct ct_table_options){.kind = CT_TABLE_LEDGER, .currency = "USD"};
}

uint32_t ct_catalog_field_count(struct ct_catalog *catalog, uint32_t table)
{
    (void)catalog;
    (void)table;
    return FAKE_FIELDS;
}

struct ct_field ct_catalog_field(struct ct_catalog *catalog, uint32_t table, uint32_t field)
{
    (void)catalog;
    (void)table;
    return fake_fields[field];
}

uint32_t ct_catalog_find_field(struct ct_catalog *catalog, uint32_t table, struct ct_text name)
{
    (void)catalog;
    (void)table;
    for (uint32_t i = 0; i < FAKE_FIELDS; i++)
        if (ct_text_equal(fake_fields[i].name, name))
            return i;
    return CT_NONE;
}

uint32_t ct_catalog_tag_count(struct ct_catalog *catalog, uint32_t table)
{
    (void)catalog;
    (void)table;
    return FAKE_TAGS;
}

struct ct_text ct_catalog_tag_key(struct ct_catalog *catalog, uint32_t table, uint32_t tag)
{
    (void)catalog;
    (void)table;
    return ct_text_of(fake_tags[tag]);
}

uint32_t ct_catalog_find_tag(struct ct_catalog *catalog, uint32_t table, struct ct_text key)
{
    (void)catalog;
    (void)table;
    for (uint32_t i = 0; i < FAKE_TAGS; i++)
        if (ct_text_equal(ct_text_of(fake_tags[i]), key))
            return i;
    return CT_NONE;
}

uint32_t ct_catalog_value_count(struct ct_catalog *catalog, uint32_t table, uint32_t tag)
{
    (void)catalog;
    (void)table;
    (void)tag;
    return FAKE_VALUES;
}

struct ct_text ct_catalog_value(struct ct_catalog *catalog, uint32_t table, uint32_t tag,
                                uint32_t code)
{
    (void)catalog;
    (void)table;
    return code ? ct_text_of(fake_values[tag][code - 1]) : ct_text_of("");
}

uint32_t ct_catalog_find_value(struct ct_catalog *catalog, uint32_t table, uint32_t tag,
                               struct ct_text value)
{
    for (uint32_t code = 1; code <= FAKE_VALUES; code++)
        if (ct_text_equal(ct_catalog_value(catalog, table, tag, code), value))
            return code;
    return 0;
}

/* -- Registry: exchange rates that a test puts here ------------------------------------------- */

#define FAKE_RATES 8

static struct ct_registered fake_rates[FAKE_RATES];
static size_t fake_rate_count;

ct_status ct_registry_list(struct ct_catalog *catalog, uint32_t database,
                           enum ct_registry_kind kind, const struct ct_allocator *allocator,
                           struct ct_registered **out, size_t *count, struct ct_error *err)
{
    (void)catalog;
    (void)database;
    (void)kind;
    (void)allocator;
    (void)err;
    *out = fake_rates;
    *count = fake_rate_count;
    return CT_OK;
}

void ct_registered_release_all(const struct ct_allocator *allocator, struct ct_registered *records,
                               size_t count)
{
    (void)allocator;
    (void)records;
    (void)count;
}

ct_status ct_store_register(struct ct_store *store, struct ct_text database,
                            enum ct_registry_kind kind, struct ct_text key, struct ct_text value,
                            struct ct_error *err)
{
    (void)store;
    (void)database;
    (void)kind;
    (void)key;
    (void)value;
    return ct_fail(err, CT_READ_ONLY, "the fake store registers nothing");
}

/* -- Scans ------------------------------------------------------------------------------------ */

ct_status ct_scan_open(struct ct_snapshot *snapshot, uint32_t table, int64_t start_ns,
                       int64_t end_ns, struct ct_scan **out, struct ct_error *err)
{
    (void)table;
    (void)err;
    struct ct_scan *scan = calloc(1, sizeof *scan);
    scan->store = snapshot;
    scan->start_ns = start_ns;
    scan->end_ns = end_ns;
    memcpy(scan->sources, snapshot->sources, sizeof scan->sources);
    for (uint32_t i = 0; i < FAKE_SOURCES; i++)
        scan->sources[i].scan = scan;
    *out = scan;
    return CT_OK;
}

void ct_scan_close(struct ct_scan *scan)
{
    if (scan && scan->store->open_cursors)
        abort(); /* "no cursor may be left" */
    free(scan);
}

uint32_t ct_scan_source_count(const struct ct_scan *scan)
{
    (void)scan;
    return FAKE_SOURCES;
}

struct ct_source *ct_scan_source(struct ct_scan *scan, uint32_t index)
{
    return &scan->sources[index];
}

ct_status ct_source_series(struct ct_source *source, const uint32_t **out, struct ct_error *err)
{
    (void)err;
    *out = source->series;
    return CT_OK;
}

uint32_t ct_source_series_count(const struct ct_source *source)
{
    (void)source;
    return FAKE_SERIES;
}

ct_status ct_source_tag_codes(struct ct_source *source, uint32_t tag, const uint32_t **out,
                              struct ct_error *err)
{
    (void)err;
    *out = source->codes[tag];
    return CT_OK;
}

uint32_t ct_source_unit_count(const struct ct_source *source)
{
    return (source->end_block - source->first_block + 1) / 2;
}

ct_status ct_cursor_open(struct ct_source *source, const struct ct_cursor_plan *plan,
                         struct ct_cursor **out, struct ct_error *err)
{
    (void)err;
    struct ct_cursor *cursor = calloc(1, sizeof *cursor);
    cursor->source = source;
    cursor->field_count = plan->field_count;
    if (plan->field_count)
        memcpy(cursor->fields, plan->fields, plan->field_count * sizeof *plan->fields);
    cursor->selected = plan->selected;
    cursor->next_block = source->first_block + 2 * plan->first_unit;
    cursor->end_block = source->first_block + 2 * plan->end_unit;
    if (cursor->end_block > source->end_block)
        cursor->end_block = source->end_block;
    __atomic_add_fetch(&source->store->open_cursors, 1, __ATOMIC_RELAXED);
    *out = cursor;
    return CT_OK;
}

void ct_cursor_close(struct ct_cursor *cursor)
{
    if (cursor) {
        free(cursor->cells);
        __atomic_sub_fetch(&cursor->source->store->open_cursors, 1, __ATOMIC_RELAXED);
    }
    free(cursor);
}

static bool fake_is_wanted(const struct ct_cursor *cursor, const struct fake_block *block,
                           uint32_t row)
{
    const struct ct_scan *scan = cursor->source->scan;
    const int64_t time = block->times[row];
    return time >= scan->start_ns && (scan->end_ns == INT64_MAX || time < scan->end_ns) &&
           (!cursor->selected || cursor->selected[block->position[row]]);
}

static void fake_fill_block(struct ct_cursor *cursor, const struct fake_block *block,
                            struct ct_block *out)
{
    uint32_t wanted = 0;
    *out = (struct ct_block){.row_count = block->count,
                             .runs = cursor->runs,
                             .min_time_ns = INT64_MAX,
                             .max_time_ns = INT64_MIN};
    for (uint32_t row = 0; row < block->count; row++) {
        const int64_t time = block->times[row];
        out->min_time_ns = time < out->min_time_ns ? time : out->min_time_ns;
        out->max_time_ns = time > out->max_time_ns ? time : out->max_time_ns;
        if (!fake_is_wanted(cursor, block, row))
            continue;
        wanted++;
        struct ct_run *last = out->run_count ? &cursor->runs[out->run_count - 1] : NULL;
        if (last && last->position == block->position[row] &&
            last->first_row + last->row_count == row)
            last->row_count++;
        else
            cursor->runs[out->run_count++] = (struct ct_run){block->position[row], row, 1};
    }
    out->is_whole = wanted == block->count;
}

ct_status ct_cursor_next(struct ct_cursor *cursor, struct ct_block *out, bool *found,
                         struct ct_error *err)
{
    (void)err;
    *found = false;
    while (cursor->next_block < cursor->end_block && !*found) {
        cursor->block = cursor->next_block++;
        fake_fill_block(cursor, &cursor->source->store->blocks[cursor->block], out);
        *found = out->run_count > 0;
    }
    return CT_OK;
}

ct_status ct_cursor_times(struct ct_cursor *cursor, const int64_t **out, struct ct_error *err)
{
    (void)err;
    *out = cursor->source->store->blocks[cursor->block].times;
    return CT_OK;
}

ct_status ct_cursor_column(struct ct_cursor *cursor, uint32_t i, struct ct_vector *out,
                           struct ct_error *err)
{
    (void)err;
    const struct fake_block *block = &cursor->source->store->blocks[cursor->block];
    const uint32_t field = cursor->fields[i];
    *out = (struct ct_vector){.type = fake_fields[field].type, .count = block->count};
    out->present = block->has_gaps[field] ? block->present[field] : NULL;
    out->int64 = block->bits[field];
    if (out->type == CT_BOOL)
        out->boolean = block->booleans;
    if (out->type == CT_STRING)
        out->string = block->strings;
    if (out->type != CT_DECIMAL)
        return CT_OK;
    out->scale = block->scale[field];
    out->scales = block->has_scales ? block->scales[field] : NULL;
    out->wide = block->is_wide ? block->wide[field] : NULL;
    return CT_OK;
}

static void fake_stat(struct ct_block_stats *stats, const struct ct_value *value)
{
    const bool is_first = stats->value_count++ == 0;
    stats->type = value->type;
    stats->has_sum = stats->has_min_max = value->type != CT_BOOL && value->type != CT_STRING;
    ct_status status = CT_OK;
    switch (value->type) {
    case CT_DECIMAL:
        status =
            ct_decimal_sum_add(&stats->exact_sum, value->decimal.mantissa, value->decimal.scale);
        if (is_first || ct_decimal_compare(value->decimal, stats->decimal_min) < 0)
            stats->decimal_min = value->decimal;
        if (is_first || ct_decimal_compare(value->decimal, stats->decimal_max) > 0)
            stats->decimal_max = value->decimal;
        break;
    case CT_INT64:
        status = ct_decimal_sum_add(&stats->exact_sum, value->int64, 0);
        if (is_first || value->int64 < stats->min.int64)
            stats->min.int64 = value->int64;
        if (is_first || value->int64 > stats->max.int64)
            stats->max.int64 = value->int64;
        break;
    case CT_UINT64:
        status = ct_decimal_sum_add(&stats->exact_sum, value->uint64, 0);
        if (is_first || value->uint64 < stats->min.uint64)
            stats->min.uint64 = value->uint64;
        if (is_first || value->uint64 > stats->max.uint64)
            stats->max.uint64 = value->uint64;
        break;
    case CT_FLOAT64:
        stats->float_sum += value->float64;
        if (is_first || value->float64 < stats->min.float64)
            stats->min.float64 = value->float64;
        if (is_first || value->float64 > stats->max.float64)
            stats->max.float64 = value->float64;
        break;
    case CT_BOOL:
    case CT_STRING:
        break;
    }
    if (status != CT_OK)
        abort();
}

static struct ct_value fake_value(const struct fake_block *block, uint32_t field, uint32_t row);

static void fake_stats(const struct fake_block *block, uint32_t field, struct ct_block_stats *out)
{
    *out = (struct ct_block_stats){.type = fake_fields[field].type};
    for (uint32_t row = 0; row < block->count; row++) {
        if (!block->present[field][row])
            continue;
        const struct ct_value value = fake_value(block, field, row);
        fake_stat(out, &value);
    }
}

ct_status ct_cursor_stats(struct ct_cursor *cursor, uint32_t i, struct ct_block_stats *out,
                          bool *found, struct ct_error *err)
{
    (void)err;
    const struct fake_block *block = &cursor->source->store->blocks[cursor->block];
    *found = block->has_stats;
    fake_stats(block, cursor->fields[i], out);
    return CT_OK;
}

/* -- Making rows ------------------------------------------------------------------------------ */

static uint64_t fake_seed;

static uint64_t fake_random(void)
{
    fake_seed += 0x9e3779b97f4a7c15u;
    uint64_t z = fake_seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint32_t fake_below(uint32_t end)
{
    return (uint32_t)(fake_random() % end);
}

static struct ct_value fake_value(const struct fake_block *block, uint32_t field, uint32_t row)
{
    struct ct_value value = {.type = fake_fields[field].type};
    value.int64 = block->bits[field][row];
    if (value.type == CT_BOOL)
        value.boolean = block->booleans[row];
    if (value.type == CT_STRING)
        value.string = block->strings[row];
    if (value.type == CT_FLOAT64)
        memcpy(&value.float64, &block->bits[field][row], sizeof value.float64);
    if (value.type == CT_DECIMAL) {
        value.decimal.mantissa = block->is_wide ? block->wide[field][row] : block->bits[field][row];
        value.decimal.scale = block->has_scales ? block->scales[field][row] : block->scale[field];
    }
    return value;
}

/* A mantissa of any size up to 10^17, of either sign. */
static int64_t fake_mantissa(void)
{
    const int64_t magnitude =
        (int64_t)(fake_random() % (uint64_t)ct_pow10_int64[1 + fake_below(17)]);
    return fake_below(4) == 0 ? -magnitude : magnitude;
}

static void fake_fill_row(struct fake_block *block, uint32_t row)
{
    static const char *const words[] = {"ok", "degraded", "", "down \"x\"", "a,b"};
    for (uint32_t field = 0; field < FAKE_FIELDS; field++) {
        block->present[field][row] = !block->has_gaps[field] || fake_below(3) > 0;
        block->bits[field][row] =
            fake_fields[field].type == CT_DECIMAL ? fake_mantissa() : (int64_t)fake_random();
        block->scales[field][row] = (uint8_t)fake_below(FAKE_SCALE + 1);
        block->wide[field][row] = (ct_int128)fake_mantissa() * 1000000;
    }
    const double cpu = (double)fake_below(100000) / 1000.0;
    memcpy(&block->bits[F_CPU][row], &cpu, sizeof cpu);
    block->booleans[row] = (uint8_t)fake_below(2);
    block->strings[row] = ct_text_of(words[fake_below(5)]);
}

/* Rows of a few series: one at a time in a sorted block, in any order in a live one. */
static void fake_fill(struct fake_block *block, const struct ct_source *source, int64_t first_ns,
                      int64_t step_ns, bool is_live)
{
    *block = (struct fake_block){.count = 1 + fake_below(FAKE_BLOCK_ROWS)};
    block->has_stats = !is_live;
    block->has_scales = is_live || fake_below(6) == 0;
    block->is_wide = fake_below(6) == 0;
    uint32_t position = fake_below(FAKE_SERIES);
    int64_t time = first_ns + (int64_t)fake_below(100) * step_ns;
    for (uint32_t field = 0; field < FAKE_FIELDS; field++) {
        block->has_gaps[field] = fake_below(3) == 0;
        block->scale[field] = (uint8_t)fake_below(FAKE_SCALE + 1);
    }
    for (uint32_t row = 0; row < block->count; row++) {
        if (is_live || (fake_below(16) == 0 && position + 1 < FAKE_SERIES)) {
            position = is_live ? fake_below(FAKE_SERIES) : position + 1;
            time = first_ns + (int64_t)fake_below(100) * step_ns;
        }
        block->position[row] = position;
        block->times[row] = time;
        time += (int64_t)fake_below(3) * step_ns;
        fake_fill_row(block, row);
        struct fake_row *copy = &fake.rows[fake.row_count++];
        copy->time_ns = block->times[row];
        copy->series = source->series[position];
        for (uint32_t field = 0; field < FAKE_FIELDS; field++) {
            copy->present[field] = block->present[field][row];
            copy->value[field] = fake_value(block, field, row);
        }
    }
}

static void fake_fill_source(struct ct_source *source)
{
    source->store = &fake;
    for (uint32_t i = 0; i < FAKE_SERIES; i++)
        source->series[i] = i;
    for (uint32_t i = FAKE_SERIES - 1; i > 0; i--) {
        const uint32_t k = fake_below(i + 1);
        const uint32_t swap = source->series[i];
        source->series[i] = source->series[k];
        source->series[k] = swap;
    }
    for (uint32_t i = 0; i < FAKE_SERIES; i++)
        for (uint32_t tag = 0; tag < FAKE_TAGS; tag++)
            source->codes[tag][i] = fake.codes[source->series[i]][tag];
}

#include "fake_cells.h"
#include "fake_outline.h"

/* Times are spread around first_ns by step_ns. currency_count 0: no row has a currency tag. */
static void fake_make(uint64_t seed, int64_t first_ns, int64_t step_ns, uint32_t currency_count)
{
    fake_seed = seed;
    fake.row_count = fake.block_count = 0;
    for (uint32_t i = 0; i < FAKE_SERIES; i++) {
        fake.codes[i][T_PROVIDER] = fake_below(FAKE_VALUES + 1);
        fake.codes[i][T_SERVICE] = fake_below(FAKE_VALUES + 1);
        fake.codes[i][T_CURRENCY] = currency_count ? fake_below(currency_count + 1) : 0;
    }
    for (uint32_t i = 0; i < FAKE_SOURCES; i++) {
        struct ct_source *source = &fake.sources[i];
        fake_fill_source(source);
        source->first_block = fake.block_count;
        const uint32_t blocks = fake_below(12);
        for (uint32_t k = 0; k < blocks; k++)
            fake_fill(&fake.blocks[fake.block_count++], source, first_ns, step_ns,
                      i + 1 == FAKE_SOURCES);
        source->end_block = fake.block_count;
    }
}

#endif
