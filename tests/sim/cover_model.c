#include "cover_model.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "grouping_sets.h"
#include "source.h"

#define KEEPS_NUMBER                                                                               \
    (CT_KEEP_COUNT | CT_KEEP_SUM | CT_KEEP_MIN | CT_KEEP_MAX | CT_KEEP_FIRST | CT_KEEP_LAST)
#define KEEPS_OTHER (CT_KEEP_COUNT | CT_KEEP_FIRST | CT_KEEP_LAST)

#define TAGS 2 /* cluster, node */
static const char *const tag_keys[TAGS] = {"cluster", "node"};

/* The value codes of a group; 0 for what was not asked for too. */
struct key {
    uint32_t codes[TAGS];
    int64_t bucket_ns;
};

/* What rows or cells of one group and bucket add up to. */
struct total {
    bool is_used;
    struct key key;
    int64_t rows;
    struct field_total {
        int64_t count;
        struct ct_decimal_sum sum;
        double float_sum, magnitude;
        struct model_value min, max, first, last;
        int64_t first_ns, last_ns;
    } fields[MODEL_FIELDS];
};

struct totals {
    struct total *slots;
    size_t cap, count;
};

struct question {
    struct ct_store *store;
    int table;
    uint32_t number;     /* the store's, of the table */
    uint32_t tags[TAGS]; /* the store's numbers; CT_NONE: no row has had it */
    bool is_asked[TAGS];
    enum ct_grain grain; /* of the buckets; CT_GRAIN_NONE: one for all time */
    int64_t start_ns, end_ns;
    uint32_t fields[MODEL_FIELDS];
    unsigned keeps[MODEL_FIELDS];
    int index[MODEL_FIELDS]; /* the model's, of each field asked for */
    uint32_t field_count;
};

static void *must(void *pointer)
{
    if (!pointer)
        abort();
    return pointer;
}

/* -- totals ------------------------------------------------------------------------------- */

static size_t hash_key(const struct key *key)
{
    uint64_t hash = (uint64_t)key->bucket_ns / 60000000000u;
    hash =
        (hash ^ key->codes[0] * 0x9e3779b9u ^ (uint64_t)key->codes[1] << 21) * 0xbf58476d1ce4e5b9u;
    return (size_t)(hash ^ hash >> 31);
}

static struct total *find_slot(struct total *slots, size_t cap, const struct key *key)
{
    size_t at = hash_key(key) & (cap - 1);
    while (slots[at].is_used && memcmp(&slots[at].key, key, sizeof *key) != 0)
        at = (at + 1) & (cap - 1);
    return &slots[at];
}

static struct total *total_of(struct totals *totals, const struct key *key)
{
    if (totals->count * 2 >= totals->cap) {
        const size_t cap = totals->cap ? totals->cap * 2 : 64;
        struct total *slots = must(calloc(cap, sizeof *slots));
        for (size_t i = 0; i < totals->cap; i++) {
            if (totals->slots[i].is_used)
                *find_slot(slots, cap, &totals->slots[i].key) = totals->slots[i];
        }
        free(totals->slots);
        totals->slots = slots;
        totals->cap = cap;
    }
    struct total *total = find_slot(totals->slots, totals->cap, key);
    totals->count += !total->is_used;
    total->is_used = true;
    total->key = *key;
    return total;
}

static void take_time(struct field_total *total, const struct model_value *value, int64_t time_ns,
                      bool is_last, enum ct_type type)
{
    struct model_value *there = is_last ? &total->last : &total->first;
    int64_t *there_ns = is_last ? &total->last_ns : &total->first_ns;
    const bool is_better = !there->is_set ||
                           (is_last ? time_ns > *there_ns : time_ns < *there_ns) ||
                           (time_ns == *there_ns && model_compare_values(value, there, type) > 0);
    if (!is_better)
        return;
    *there = *value;
    *there_ns = time_ns;
}

static void take_bounds(struct field_total *total, const struct model_value *min,
                        const struct model_value *max, enum ct_type type)
{
    if (!total->min.is_set || model_compare_values(min, &total->min, type) < 0)
        total->min = *min;
    if (!total->max.is_set || model_compare_values(max, &total->max, type) > 0)
        total->max = *max;
}

static bool has_sum(enum ct_type type)
{
    return type != CT_STRING && type != CT_BOOL;
}

static void take_value(struct field_total *total, const struct model_value *value, int64_t time_ns,
                       enum ct_type type)
{
    if (!value->is_set)
        return;
    total->count++;
    take_time(total, value, time_ns, false, type);
    take_time(total, value, time_ns, true, type);
    if (!has_sum(type))
        return;
    take_bounds(total, value, value, type);
    total->float_sum += value->real;
    total->magnitude += fabs(value->real);
    ct_int128 mantissa = type == CT_UINT64 ? (ct_int128)(uint64_t)value->number : value->number;
    if (type == CT_DECIMAL)
        mantissa = value->mantissa;
    if (type != CT_FLOAT64 && ct_decimal_sum_add(&total->sum, mantissa, value->scale) != CT_OK)
        abort();
}

static int64_t bucket_of(const struct question *question, int64_t time_ns)
{
    return question->grain == CT_GRAIN_NONE ? 0 : ct_grain_start(time_ns, question->grain);
}

/* -- from the model ----------------------------------------------------------------------- */

static uint32_t code_of(const struct question *question, int tag, int series)
{
    char text[16];
    const int value = tag == 0 ? model_cluster_of(series) : model_node_of(series);
    if (!question->is_asked[tag] || question->tags[tag] == CT_NONE || value < 0)
        return 0;
    snprintf(text, sizeof text, tag == 0 ? "c%d" : "n%d", value);
    return ct_catalog_find_value(ct_store_catalog(question->store), question->number,
                                 question->tags[tag], ct_text_of(text));
}

static void add_model_row(const struct question *question, const struct model_row *row,
                          struct totals *totals)
{
    struct key key;
    memset(&key, 0, sizeof key);
    for (int tag = 0; tag < TAGS; tag++)
        key.codes[tag] = code_of(question, tag, row->series);
    key.bucket_ns = bucket_of(question, row->time_ns);
    struct total *total = total_of(totals, &key);
    total->rows++;
    for (uint32_t i = 0; i < question->field_count; i++) {
        const int field = question->index[i];
        take_value(&total->fields[field], &row->values[field], row->time_ns,
                   model_field_type(question->table, field));
    }
}

static void add_model(const struct question *question, const struct model_row *rows, size_t count,
                      struct totals *totals)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].table == question->table && rows[i].time_ns >= question->start_ns &&
            rows[i].time_ns < question->end_ns)
            add_model_row(question, &rows[i], totals);
    }
}

/* -- from the store ----------------------------------------------------------------------- */

/* Codes of the asked tags by position; NULL where none was asked for. */
struct groups {
    const uint32_t *codes[TAGS];
};

static bool take_groups(const struct question *question, struct ct_source *source,
                        struct groups *groups)
{
    for (int tag = 0; tag < TAGS; tag++) {
        groups->codes[tag] = NULL;
        if (question->is_asked[tag] && question->tags[tag] != CT_NONE &&
            ct_source_tag_codes(source, question->tags[tag], &groups->codes[tag], NULL) != CT_OK)
            return false;
    }
    return true;
}

static struct total *group_total(const struct question *question, const struct groups *groups,
                                 uint32_t position, int64_t time_ns, struct totals *totals)
{
    struct key key;
    memset(&key, 0, sizeof key);
    for (int tag = 0; tag < TAGS; tag++)
        key.codes[tag] = groups->codes[tag] ? groups->codes[tag][position] : 0;
    key.bucket_ns = bucket_of(question, time_ns);
    return total_of(totals, &key);
}

static bool take_rows(const struct question *question, struct ct_cursor *cursor,
                      const struct groups *groups, struct totals *totals, uint64_t *rows)
{
    for (;;) {
        struct ct_block block;
        bool found;
        const int64_t *times_ns;
        struct ct_vector vectors[MODEL_FIELDS];
        if (ct_cursor_next(cursor, &block, &found, NULL) != CT_OK)
            return false;
        if (!found)
            return true;
        if (ct_cursor_times(cursor, &times_ns, NULL) != CT_OK)
            return false;
        for (uint32_t i = 0; i < question->field_count; i++) {
            if (ct_cursor_column(cursor, i, &vectors[i], NULL) != CT_OK)
                return false;
        }
        for (uint32_t r = 0; r < block.run_count; r++) {
            const struct ct_run *run = &block.runs[r];
            *rows += run->row_count;
            for (uint32_t row = run->first_row; row < run->first_row + run->row_count; row++) {
                struct total *total =
                    group_total(question, groups, run->position, times_ns[row], totals);
                total->rows++;
                for (uint32_t i = 0; i < question->field_count; i++) {
                    struct model_value value;
                    model_get_value(&vectors[i], row, &value);
                    take_value(&total->fields[question->index[i]], &value, times_ns[row],
                               model_field_type(question->table, question->index[i]));
                }
            }
        }
    }
}

static void take_sum(struct field_total *total, const struct ct_vector *sum, uint32_t cell)
{
    struct model_value value;
    model_get_value(sum, cell, &value);
    if (!value.is_set)
        abort();
    total->float_sum += value.real;
    if (sum->type == CT_DECIMAL &&
        ct_decimal_sum_add(&total->sum, value.mantissa, value.scale) != CT_OK)
        abort();
}

static void take_cell(struct field_total *total, const struct ct_cell_column *column, uint32_t cell,
                      enum ct_type type)
{
    if (!column->counts || column->counts[cell] == 0)
        return;
    struct model_value first, last, min, max;
    total->count += column->counts[cell];
    model_get_value(&column->first, cell, &first);
    model_get_value(&column->last, cell, &last);
    take_time(total, &first, column->first_times_ns[cell], false, type);
    take_time(total, &last, column->last_times_ns[cell], true, type);
    if (!has_sum(type))
        return;
    model_get_value(&column->min, cell, &min);
    model_get_value(&column->max, cell, &max);
    take_bounds(total, &min, &max, type);
    take_sum(total, &column->sum, cell);
}

static bool take_cells(const struct question *question, struct ct_cursor *cursor,
                       const struct groups *groups, struct totals *totals, uint64_t *count)
{
    for (;;) {
        struct ct_cell_block block;
        const struct ct_cell_column *columns;
        bool found;
        struct ct_error err;
        if (ct_cursor_next_cells(cursor, &block, &columns, &found, &err) != CT_OK) {
            fprintf(stderr, "cells: %s\n", err.text);
            return false;
        }
        if (!found)
            return true;
        *count += block.cell_count;
        for (uint32_t cell = 0; cell < block.cell_count; cell++) {
            struct total *total = group_total(question, groups, block.positions[cell],
                                              block.buckets_ns[cell], totals);
            total->rows += block.rows[cell];
            for (uint32_t i = 0; i < question->field_count; i++)
                take_cell(&total->fields[question->index[i]], &columns[i], cell,
                          model_field_type(question->table, question->index[i]));
        }
    }
}

/* Some sources are read by two cursors, some with groups left out and taken by another cursor. */
static bool take_units(const struct question *question, struct ct_source *source, uint32_t first,
                       uint32_t end, const uint8_t *selected, struct totals *totals,
                       struct cover_tally *tally)
{
    struct ct_source_info info;
    struct groups groups;
    struct ct_error err;
    struct ct_cursor *cursor;
    ct_source_describe(source, &info);
    const struct ct_cursor_plan plan = {.fields = question->fields,
                                        .field_count = question->field_count,
                                        .keeps = question->keeps,
                                        .selected = selected,
                                        .first_unit = first,
                                        .end_unit = end};
    if (!take_groups(question, source, &groups) ||
        ct_cursor_open(source, &plan, &cursor, &err) != CT_OK) {
        fprintf(stderr, "cursor: %s\n", err.text);
        return false;
    }
    const bool ok = ct_source_info_has_cells(&info)
                        ? take_cells(question, cursor, &groups, totals, &tally->cells)
                        : take_rows(question, cursor, &groups, totals, &tally->rows);
    ct_cursor_close(cursor);
    return ok;
}

static bool take_source(const struct question *question, struct ct_source *source,
                        struct sim_random *random, struct totals *totals, struct cover_tally *tally)
{
    struct ct_source_info info;
    ct_source_describe(source, &info);
    tally->sources[info.tier]++;
    if (info.grain > question->grain && question->grain != CT_GRAIN_NONE) {
        fprintf(stderr, "cells of a coarser grain than was asked for\n");
        return false;
    }
    const uint32_t units = ct_source_unit_count(source);
    const uint32_t cut = units ? (uint32_t)sim_random_below(random, units) : 0;
    const uint32_t positions = ct_source_series_count(source);
    uint8_t *some = must(calloc(positions + 1, 1));
    uint8_t *others = must(calloc(positions + 1, 1));
    for (uint32_t i = 0; i < positions; i++) {
        some[i] = (uint8_t)sim_random_below(random, 2);
        others[i] = !some[i];
    }
    const bool ok = take_units(question, source, 0, cut, NULL, totals, tally) &&
                    take_units(question, source, cut, units, some, totals, tally) &&
                    take_units(question, source, cut, units, others, totals, tally);
    free(some);
    free(others);
    return ok;
}

static bool add_store(const struct question *question, struct ct_snapshot *snapshot,
                      struct sim_random *random, struct totals *totals, struct cover_tally *tally)
{
    uint32_t tags[TAGS];
    uint32_t tag_count = 0;
    for (int tag = 0; tag < TAGS; tag++) {
        if (question->is_asked[tag] && question->tags[tag] != CT_NONE)
            tags[tag_count++] = question->tags[tag];
    }
    const struct ct_cover_request cover = {
        .tags = tags,
        .tag_count = tag_count,
        .fields = question->fields,
        .keeps = question->keeps,
        .field_count = question->field_count,
        .grain_max = question->grain == CT_GRAIN_NONE ? CT_GRAIN_MONTH : question->grain,
    };
    struct ct_error err;
    struct ct_scan *scan;
    if (ct_scan_open_covered(snapshot, question->number, question->start_ns, question->end_ns,
                             &cover, &scan, &err) != CT_OK) {
        fprintf(stderr, "covered scan: %s %s\n", err.file, err.text);
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < ct_scan_source_count(scan) && ok; i++)
        ok = take_source(question, ct_scan_source(scan, i), random, totals, tally);
    ct_scan_close(scan);
    return ok;
}

/* -- comparing ---------------------------------------------------------------------------- */

static bool same_value(const struct model_value *a, const struct model_value *b, enum ct_type type)
{
    return a->is_set == b->is_set && (!a->is_set || model_compare_values(a, b, type) == 0);
}

static const char *difference(const struct field_total *a, const struct field_total *b,
                              enum ct_type type)
{
    if (a->count != b->count)
        return "count";
    if (a->count == 0)
        return NULL;
    if (a->first_ns != b->first_ns || !same_value(&a->first, &b->first, type))
        return "first";
    if (a->last_ns != b->last_ns || !same_value(&a->last, &b->last, type))
        return "last";
    if (!has_sum(type))
        return NULL;
    if (!same_value(&a->min, &b->min, type))
        return "min";
    if (!same_value(&a->max, &b->max, type))
        return "max";
    if (type == CT_FLOAT64)
        return fabs(a->float_sum - b->float_sum) <= 1e-12 * a->magnitude ? NULL : "sum";
    return ct_decimal_sum_compare(&a->sum, &b->sum) == 0 ? NULL : "sum";
}

static bool same_total(const struct question *question, const struct total *expected,
                       const struct total *found)
{
    const char *what = expected->rows == found->rows ? NULL : "rows";
    const char *field = "";
    for (uint32_t i = 0; i < question->field_count && !what; i++) {
        const int index = question->index[i];
        field = model_field_name(question->table, index);
        what = difference(&expected->fields[index], &found->fields[index],
                          model_field_type(question->table, index));
    }
    if (!what)
        return true;
    fprintf(stderr,
            "table %d, grain %d, [%" PRId64 ", %" PRId64 "), group %u %u, bucket %" PRId64
            ": %s %s differs; %" PRId64 " rows expected, %" PRId64 " found\n",
            question->table, (int)question->grain, question->start_ns, question->end_ns,
            expected->key.codes[0], expected->key.codes[1], expected->key.bucket_ns, field, what,
            expected->rows, found->rows);
    return false;
}

static bool same_totals(const struct question *question, const struct totals *expected,
                        struct totals *found)
{
    static const struct total nothing;
    for (size_t i = 0; i < expected->cap; i++) {
        const struct total *total = &expected->slots[i];
        if (!total->is_used)
            continue;
        const struct total *other =
            found->cap ? find_slot(found->slots, found->cap, &total->key) : &nothing;
        if (!same_total(question, total, other))
            return false;
    }
    if (found->count > expected->count) {
        fprintf(stderr, "groups that nobody wrote: %zu expected, %zu found\n", expected->count,
                found->count);
        return false;
    }
    return true;
}

/* -- questions ---------------------------------------------------------------------------- */

/* Mostly at an hour, at a day's start, in the middle of an hour, or open. */
static int64_t random_bound(struct sim_random *random, bool is_start)
{
    int64_t time_ns = model_random_time(random);
    switch (sim_random_below(random, 5)) {
    case 0:
        return is_start ? INT64_MIN : INT64_MAX;
    case 1:
        return ct_grain_start(time_ns, CT_GRAIN_DAY);
    case 2:
        return ct_grain_start(time_ns, CT_GRAIN_MONTH);
    case 3:
        time_ns += (int64_t)sim_random_below(random, 3600) * 1000000000;
        return time_ns;
    default:
        return time_ns;
    }
}

static void ask_fields(struct question *question, struct sim_random *random)
{
    struct ct_catalog *catalog = ct_store_catalog(question->store);
    for (int field = 0; field < MODEL_FIELDS; field++) {
        const uint32_t number = ct_catalog_find_field(
            catalog, question->number, ct_text_of(model_field_name(question->table, field)));
        const bool is_entry = question->table == MODEL_COST && field == 2; /* never in cells */
        if (number == CT_NONE || is_entry || sim_random_chance(random, 3))
            continue;
        const uint32_t at = question->field_count++;
        question->fields[at] = number;
        question->index[at] = field;
        question->keeps[at] =
            has_sum(model_field_type(question->table, field)) ? KEEPS_NUMBER : KEEPS_OTHER;
    }
}

static bool ask(struct question *question, struct ct_store *store, struct sim_random *random)
{
    *question = (struct question){.store = store};
    question->table = (int)sim_random_below(random, MODEL_TABLES);
    question->number = model_table_number(store, question->table);
    if (question->number == CT_NONE)
        return false;
    for (int tag = 0; tag < TAGS; tag++) {
        question->tags[tag] = ct_catalog_find_tag(ct_store_catalog(store), question->number,
                                                  ct_text_of(tag_keys[tag]));
        question->is_asked[tag] = sim_random_chance(random, 2);
    }
    question->grain = (enum ct_grain)sim_random_below(random, CT_GRAIN_COUNT);
    question->start_ns = random_bound(random, true);
    question->end_ns = random_bound(random, false);
    if (question->start_ns > question->end_ns) {
        const int64_t later_ns = question->start_ns;
        question->start_ns = question->end_ns;
        question->end_ns = later_ns;
    }
    ask_fields(question, random);
    return true;
}

static bool answer_matches(const struct question *question, const struct model_row *rows,
                           size_t count, struct ct_snapshot *snapshot, struct sim_random *random,
                           struct cover_tally *tally)
{
    struct totals expected = {0};
    struct totals found = {0};
    tally->scans++;
    add_model(question, rows, count, &expected);
    const bool ok = add_store(question, snapshot, random, &found, tally) &&
                    same_totals(question, &expected, &found);
    free(expected.slots);
    free(found.slots);
    return ok;
}

bool covers_match(const struct model *model, size_t commit_count, struct ct_snapshot *snapshot,
                  struct sim_random *random, int questions, struct cover_tally *tally)
{
    size_t count;
    struct model_row *rows = model_rows(model, commit_count, &count);
    bool ok = true;
    for (int i = 0; i < questions && ok; i++) {
        struct question question;
        ok = !ask(&question, snapshot->store, random) ||
             answer_matches(&question, rows, count, snapshot, random, tally);
    }
    free(rows);
    return ok;
}

ct_status cover_define_days(struct ct_store *store, struct ct_error *err)
{
    for (int table = 0; table < MODEL_TABLES; table++) {
        const struct ct_table_options options = {.kind = table == MODEL_COST ? CT_TABLE_LEDGER
                                                                             : CT_TABLE_METRICS,
                                                 .partition = CT_PARTITION_DAY,
                                                 .currency = "USD"};
        CT_TRY(ct_store_define_table(store, ct_text_of("default"),
                                     ct_text_of(model_table_name(table)), &options, err));
    }
    return CT_OK;
}

ct_status cover_random_set(struct ct_store *store, struct sim_random *random, struct ct_error *err)
{
    struct ct_text keys[TAGS];
    uint32_t count = 0;
    for (int tag = 0; tag < TAGS; tag++) {
        if (sim_random_chance(random, 2))
            keys[count++] = ct_text_of(tag_keys[tag]);
    }
    const struct ct_text table = ct_text_of(sim_random_chance(random, 2) ? "cost" : "system");
    const struct ct_text database = ct_text_of("default");
    if (sim_random_chance(random, 3))
        return ct_store_drop_set(store, database, table, keys, count, err);
    const struct ct_set_declaration declaration = {
        .keys = keys,
        .key_count = count,
        .grains = (unsigned)(1 + sim_random_below(random, 15)) << CT_GRAIN_MINUTE};
    return ct_store_declare_set(store, database, table, &declaration, err);
}
