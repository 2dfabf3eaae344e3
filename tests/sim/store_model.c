#include "store_model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "source.h"

#define HOUR_NS  (INT64_C(3600) * 1000000000)
#define START_NS (INT64_C(1780272000) * 1000000000) /* 2026-06-01 */

static const char *const texts[] = {"", "a", "spot \"price\"", "\xc3\xa4rger",
                                    "a longer note, with more in it"};

struct field {
    const char *name;
    enum ct_type type;
};

static const struct field fields[MODEL_TABLES][MODEL_FIELDS] = {
    {{"cost_usd", CT_DECIMAL},
     {"note", CT_STRING},
     {"entry_id", CT_STRING},
     {"count", CT_INT64},
     {"flag", CT_BOOL}},
    {{"cpu", CT_FLOAT64},
     {"count", CT_INT64},
     {"total", CT_UINT64},
     {"flag", CT_BOOL},
     {"rate_usd", CT_DECIMAL}},
};

static const char *const table_names[MODEL_TABLES] = {"cost", "system"};

/* Series s: cluster s / 3, node s % 3; the last one has no node. */
int model_cluster_of(int series)
{
    return series / 3;
}

int model_node_of(int series)
{
    return series == MODEL_SERIES - 1 ? -1 : series % 3;
}

static void *must(void *pointer)
{
    if (!pointer)
        abort();
    return pointer;
}

void model_commit_deinit(struct model_commit *commit)
{
    free(commit->rows);
    commit->rows = NULL;
}

void model_deinit(struct model *model)
{
    for (size_t i = 0; i < model->commit_count; i++)
        model_commit_deinit(&model->commits[i]);
    free(model->commits);
    memset(model, 0, sizeof *model);
}

void model_add(struct model *model, struct model_commit commit)
{
    if (model->commit_count == model->commit_cap) {
        model->commit_cap = model->commit_cap * 2 + 16;
        model->commits = must(realloc(model->commits, model->commit_cap * sizeof *model->commits));
    }
    model->commits[model->commit_count++] = commit;
}

/* -- random commits ----------------------------------------------------------------------- */

int64_t model_random_time(struct sim_random *random)
{
    static const int64_t month_starts[] = {0, 0, 0, 30, 61, -31, -3650};
    const int64_t days = month_starts[sim_random_below(random, CT_COUNT_OF(month_starts))];
    return START_NS + days * 24 * HOUR_NS + (int64_t)sim_random_below(random, 40) * HOUR_NS;
}

const char *model_field_name(int table, int field)
{
    return fields[table][field].name;
}

enum ct_type model_field_type(int table, int field)
{
    return fields[table][field].type;
}

static struct model_value random_value(struct sim_random *random, enum ct_type type)
{
    struct model_value value = {.is_set = true};
    switch (type) {
    case CT_DECIMAL:
        value.mantissa = (int64_t)sim_random_below(random, 2000000) - 500000;
        value.scale = (uint8_t)sim_random_below(random, 7);
        if (sim_random_chance(random,
                              50)) { /* a real bill's 21 decimals, past 64 bits now and then */
            value.mantissa = (ct_int128)sim_random_next(random) * 1000 + 7;
            value.scale = 21;
        }
        break;
    case CT_STRING:
        value.number = (int64_t)sim_random_below(random, CT_COUNT_OF(texts));
        break;
    case CT_BOOL:
        value.number = (int64_t)sim_random_below(random, 2);
        break;
    case CT_FLOAT64:
        value.real = (double)sim_random_below(random, 1000) / 10;
        break;
    case CT_INT64:
    case CT_UINT64:
        value.number = (int64_t)sim_random_below(random, 1000);
        if (sim_random_chance(random, 40))
            value.number = (int64_t)(sim_random_next(random) >> 1);
        break;
    }
    return value;
}

struct model_row model_random_row(struct sim_random *random, uint8_t table)
{
    struct model_row row = {.table = table,
                            .series = (uint8_t)sim_random_below(random, MODEL_SERIES),
                            .entry = MODEL_NO_ENTRY,
                            .time_ns = model_random_time(random)};
    bool any = false;
    for (int f = 0; f < MODEL_FIELDS; f++) {
        const bool is_entry = table == MODEL_COST && f == 2;
        if (is_entry || sim_random_chance(random, 4))
            continue;
        row.values[f] = random_value(random, fields[table][f].type);
        any = true;
    }
    if (!any)
        row.values[0] = random_value(random, fields[table][0].type);
    if (table == MODEL_COST && sim_random_chance(random, 2))
        row.entry = (int16_t)sim_random_below(random, 3);
    return row;
}

struct model_commit model_random_rows(struct sim_random *random, bool bulk)
{
    struct model_commit commit = {0};
    const size_t count =
        bulk ? 200 + sim_random_below(random, 2500) : 1 + sim_random_below(random, 8);
    commit.rows = must(calloc(count, sizeof *commit.rows));
    commit.row_count = count;
    const uint8_t table = (uint8_t)sim_random_below(random, MODEL_TABLES);
    const uint8_t series = (uint8_t)sim_random_below(random, MODEL_SERIES);
    const int64_t start_ns = model_random_time(random);
    for (size_t i = 0; i < count; i++) {
        commit.rows[i] =
            model_random_row(random, bulk ? table : (uint8_t)sim_random_below(random, 2));
        if (!bulk)
            continue;
        commit.rows[i].series = series;
        commit.rows[i].time_ns = start_ns + (int64_t)i * (HOUR_NS / 60);
    }
    return commit;
}

struct model_commit model_random_delete(struct sim_random *random)
{
    const int64_t start_ns = model_random_time(random);
    return (struct model_commit){
        .table = (uint8_t)sim_random_below(random, MODEL_TABLES),
        .cluster = (int8_t)((int)sim_random_below(random, 4) - 1),
        .node = (int8_t)((int)sim_random_below(random, 4) - 1),
        .start_ns = start_ns,
        .end_ns = start_ns + (int64_t)sim_random_below(random, 12) * HOUR_NS + 1,
    };
}

/* -- meaning ------------------------------------------------------------------------------ */

static int compare_rows(const void *left, const void *right)
{
    const struct model_row *a = left;
    const struct model_row *b = right;
    if (a->table != b->table)
        return a->table < b->table ? -1 : 1;
    if (a->series != b->series)
        return a->series < b->series ? -1 : 1;
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns ? -1 : 1;
    return a->entry == b->entry ? 0 : a->entry < b->entry ? -1 : 1;
}

struct order {
    struct model_row row;
    size_t written; /* how manieth */
};

static int compare_order(const void *left, const void *right)
{
    const struct order *a = left;
    const struct order *b = right;
    const int rows = compare_rows(&a->row, &b->row);
    return rows ? rows : a->written < b->written ? -1 : a->written > b->written;
}

bool model_is_in_scope(const struct model_commit *delete, const struct model_row *row)
{
    return row->table == delete->table && row->time_ns >= delete->start_ns &&
           row->time_ns < delete->end_ns &&
           (delete->cluster < 0 || delete->cluster == model_cluster_of(row->series)) &&
           (delete->node < 0 || delete->node == model_node_of(row->series));
}

struct model_row *model_rows(const struct model *model, size_t commit_count, size_t *count)
{
    size_t total = 0;
    for (size_t i = 0; i < commit_count; i++)
        total += model->commits[i].row_count;
    struct order *all = must(calloc(total + 1, sizeof *all));
    size_t kept = 0;
    for (size_t i = 0; i < commit_count; i++) {
        const struct model_commit *commit = &model->commits[i];
        if (!commit->rows || commit->is_restatement) {
            size_t left = 0;
            for (size_t k = 0; k < kept; k++) {
                if (!model_is_in_scope(commit, &all[k].row))
                    all[left++] = all[k];
            }
            kept = left;
        }
        for (size_t k = 0; k < commit->row_count; k++, kept++)
            all[kept] = (struct order){.row = commit->rows[k], .written = kept};
    }
    for (size_t k = 0; k < kept; k++)
        all[k].written = k;
    qsort(all, kept, sizeof *all, compare_order);
    struct model_row *rows = must(calloc(kept + 1, sizeof *rows));
    *count = 0;
    for (size_t k = 0; k < kept; k++) {
        if (*count > 0 && compare_rows(&rows[*count - 1], &all[k].row) == 0) {
            for (int f = 0; f < MODEL_FIELDS; f++) {
                if (all[k].row.values[f].is_set)
                    rows[*count - 1].values[f] = all[k].row.values[f];
            }
        } else {
            rows[(*count)++] = all[k].row;
        }
    }
    free(all);
    return rows;
}

/* -- sending ------------------------------------------------------------------------------ */

static uint32_t series_tags(int series, struct ct_tag tags[2], char texts_out[2][16])
{
    snprintf(texts_out[0], 16, "c%d", model_cluster_of(series));
    tags[0] = (struct ct_tag){.key = ct_text_of("cluster"), .value = ct_text_of(texts_out[0])};
    if (model_node_of(series) < 0)
        return 1;
    snprintf(texts_out[1], 16, "n%d", model_node_of(series));
    tags[1] = (struct ct_tag){.key = ct_text_of("node"), .value = ct_text_of(texts_out[1])};
    return 2;
}

static void set_value(struct ct_row_value *out, const struct model_value *value, enum ct_type type)
{
    switch (type) {
    case CT_DECIMAL:
        out->scale = value->scale;
        out->is_wide = value->mantissa > INT64_MAX || value->mantissa < INT64_MIN;
        if (out->is_wide)
            out->wide = value->mantissa;
        else
            out->narrow = (int64_t)value->mantissa;
        break;
    case CT_STRING:
        out->string = ct_text_of(texts[value->number]);
        break;
    case CT_BOOL:
        out->boolean = (uint8_t)value->number;
        break;
    case CT_FLOAT64:
        out->float64 = value->real;
        break;
    case CT_INT64:
        out->int64 = value->number;
        break;
    case CT_UINT64:
        out->uint64 = (uint64_t)value->number;
        break;
    }
}

static const struct model_value entry_values[3] = {
    {.is_set = true, .number = 1}, {.is_set = true, .number = 2}, {.is_set = true, .number = 3}};

ct_status model_send_row(struct ct_intake *intake, const struct model_row *row,
                         struct ct_error *err)
{
    uint32_t table;
    CT_TRY(ct_intake_table(intake, ct_text_of(table_names[row->table]), &table, err));
    struct ct_tag tags[2];
    char tag_texts[2][16];
    const uint32_t tag_count = series_tags(row->series, tags, tag_texts);
    uint32_t series;
    CT_TRY(ct_intake_series(intake, table, tags, tag_count, &series, err));
    struct ct_row_value values[MODEL_FIELDS];
    memset(values, 0, sizeof values);
    uint32_t count = 0;
    for (int f = 0; f < MODEL_FIELDS; f++) {
        const struct model_value *value = &row->values[f];
        if (row->table == MODEL_COST && f == 2 && row->entry >= 0 && row->entry < MODEL_NUMBERED)
            value = &entry_values[row->entry];
        if (!value->is_set)
            continue;
        const struct field *field = &fields[row->table][f];
        CT_TRY(ct_intake_column(intake, table, ct_text_of(field->name), field->type,
                                &values[count].column, err));
        set_value(&values[count++], value, field->type);
    }
    return ct_intake_row(intake, table, series, row->time_ns, values, count, err);
}

static ct_status send_rows(struct ct_store *store, const struct model_commit *commit,
                           uint64_t *number, struct ct_error *err)
{
    struct ct_intake *intake;
    CT_TRY(ct_intake_create(ct_store_catalog(store), ct_store_env(store)->allocator,
                            ct_text_of("default"), &intake, err));
    ct_status status = CT_OK;
    for (size_t i = 0; i < commit->row_count && status == CT_OK; i++)
        status = model_send_row(intake, &commit->rows[i], err);
    struct ct_commit_result result = {0};
    if (status == CT_OK)
        status = ct_store_commit(store, intake, &result, err);
    ct_intake_destroy(intake);
    *number = result.commit;
    return status;
}

uint32_t model_table_number(struct ct_store *store, int table)
{
    struct ct_catalog *catalog = ct_store_catalog(store);
    const uint32_t database = ct_catalog_find_database(catalog, ct_text_of("default"));
    if (database == CT_NONE)
        return CT_NONE;
    return ct_catalog_find_table(catalog, database, ct_text_of(table_names[table]));
}

const char *model_table_name(int table)
{
    return table_names[table];
}

uint32_t model_scope_tags(const struct model_commit *commit, struct ct_tag tags[2],
                          char tag_texts[2][16])
{
    uint32_t count = 0;
    if (commit->cluster >= 0) {
        snprintf(tag_texts[0], 16, "c%d", commit->cluster);
        tags[count++] = (struct ct_tag){ct_text_of("cluster"), ct_text_of(tag_texts[0])};
    }
    if (commit->node >= 0) {
        snprintf(tag_texts[1], 16, "n%d", commit->node);
        tags[count++] = (struct ct_tag){ct_text_of("node"), ct_text_of(tag_texts[1])};
    }
    return count;
}

ct_status model_send(struct ct_store *store, const struct model_commit *commit, uint64_t *number,
                     struct ct_error *err)
{
    *number = 0;
    if (commit->rows)
        return send_rows(store, commit, number, err);
    const uint32_t table = model_table_number(store, commit->table);
    if (table == CT_NONE)
        return CT_OK;
    struct ct_tag tags[2];
    char tag_texts[2][16];
    const uint32_t count = model_scope_tags(commit, tags, tag_texts);
    const struct ct_scope scope = {.table = table,
                                   .tags = tags,
                                   .tag_count = count,
                                   .start_ns = commit->start_ns,
                                   .end_ns = commit->end_ns};
    return ct_store_delete(store, &scope, number, err);
}

/* -- comparing ---------------------------------------------------------------------------- */

struct found_rows {
    struct model_row *rows;
    size_t count, cap;
};

/* The value that stands for the entry id "k" of a restatement. */
static int64_t numbered(struct ct_text text)
{
    int64_t number = 0;
    for (size_t i = 0; i < text.len && i < 5; i++)
        number = number * 10 + (text.bytes[i] - '0');
    return number + MODEL_NUMBERED + 1;
}

void model_get_value(const struct ct_vector *vector, uint32_t row, struct model_value *out)
{
    memset(out, 0, sizeof *out);
    if (vector->present && !vector->present[row])
        return;
    out->is_set = true;
    switch (vector->type) {
    case CT_DECIMAL:
        out->mantissa = vector->wide ? vector->wide[row] : vector->narrow[row];
        out->scale = vector->scales ? vector->scales[row] : vector->scale;
        break;
    case CT_STRING:
        out->number = numbered(vector->string[row]);
        for (size_t i = 0; i < CT_COUNT_OF(texts); i++) {
            if (ct_text_equal(vector->string[row], ct_text_of(texts[i])))
                out->number = (int64_t)i;
        }
        break;
    case CT_BOOL:
        out->number = vector->boolean[row];
        break;
    case CT_FLOAT64:
        out->real = vector->float64[row];
        break;
    case CT_INT64:
    case CT_UINT64:
        out->number = vector->int64[row];
        break;
    }
}

static bool same_value(const struct model_value *a, const struct model_value *b, enum ct_type type)
{
    if (a->is_set != b->is_set)
        return false;
    if (!a->is_set)
        return true;
    if (type == CT_DECIMAL)
        return ct_decimal_compare((struct ct_decimal){a->mantissa, a->scale},
                                  (struct ct_decimal){b->mantissa, b->scale}) == 0;
    if (type == CT_FLOAT64)
        return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    return a->number == b->number;
}

int model_compare_values(const struct model_value *a, const struct model_value *b,
                         enum ct_type type)
{
    switch (type) {
    case CT_DECIMAL:
        return ct_decimal_compare((struct ct_decimal){a->mantissa, a->scale},
                                  (struct ct_decimal){b->mantissa, b->scale});
    case CT_STRING:
        return ct_text_compare(ct_text_of(texts[a->number]), ct_text_of(texts[b->number]));
    case CT_FLOAT64:
        return a->real < b->real ? -1 : a->real > b->real;
    case CT_UINT64:
        return (uint64_t)a->number < (uint64_t)b->number
                   ? -1
                   : (uint64_t)a->number > (uint64_t)b->number;
    case CT_BOOL:
    case CT_INT64:
        return a->number < b->number ? -1 : a->number > b->number;
    }
    return 0;
}

/* Decoded decimals of a whole block against its stored count, sum, minimum and maximum. */
static bool stats_match(struct ct_cursor *cursor, uint32_t field, const struct ct_vector *vector)
{
    struct ct_block_stats stats;
    bool found = false;
    if (ct_cursor_stats(cursor, field, &stats, &found, NULL) != CT_OK)
        return false;
    if (!found)
        return true;
    struct ct_decimal_sum sum = {0};
    uint32_t count = 0;
    for (uint32_t row = 0; row < vector->count; row++) {
        struct model_value value;
        model_get_value(vector, row, &value);
        if (!value.is_set)
            continue;
        count++;
        if (vector->type == CT_DECIMAL &&
            ct_decimal_sum_add(&sum, value.mantissa, value.scale) != CT_OK)
            return false;
    }
    if (count != stats.value_count)
        return false;
    return vector->type != CT_DECIMAL || count == 0 ||
           ct_decimal_sum_compare(&sum, &stats.exact_sum) == 0;
}

/* The table's fields that somebody has written. */
struct known_fields {
    uint32_t number[MODEL_FIELDS];
    int index[MODEL_FIELDS];
    uint32_t count;
};

static bool take_block(struct ct_cursor *cursor, const struct ct_block *block, int table,
                       const struct known_fields *known, const int8_t *series_of,
                       struct found_rows *found)
{
    const int64_t *times_ns;
    struct ct_vector vectors[MODEL_FIELDS];
    if (ct_cursor_times(cursor, &times_ns, NULL) != CT_OK)
        return false;
    for (uint32_t i = 0; i < known->count; i++) {
        if (ct_cursor_column(cursor, i, &vectors[i], NULL) != CT_OK)
            return false;
        if (block->is_whole && !stats_match(cursor, i, &vectors[i])) {
            fprintf(stderr, "stored statistics of %s differ\n",
                    fields[table][known->index[i]].name);
            return false;
        }
    }
    for (uint32_t r = 0; r < block->run_count; r++) {
        const struct ct_run *run = &block->runs[r];
        for (uint32_t row = run->first_row; row < run->first_row + run->row_count; row++) {
            if (found->count == found->cap) {
                found->cap = found->cap * 2 + 256;
                found->rows = must(realloc(found->rows, found->cap * sizeof *found->rows));
            }
            struct model_row *out = &found->rows[found->count++];
            memset(out, 0, sizeof *out);
            out->table = (uint8_t)table;
            out->series = (uint8_t)series_of[run->position];
            out->entry = MODEL_NO_ENTRY;
            out->time_ns = times_ns[row];
            for (uint32_t i = 0; i < known->count; i++)
                model_get_value(&vectors[i], row, &out->values[known->index[i]]);
            if (table == MODEL_COST && out->values[2].is_set) {
                out->entry = (int16_t)(out->values[2].number - 1);
                out->values[2].is_set = false;
            }
        }
    }
    return true;
}

/* Which of the model's series each position is; -1 where none. */
static int8_t *map_series(struct ct_source *source, struct ct_store *store, uint32_t table)
{
    const uint32_t count = ct_source_series_count(source);
    const uint32_t *series;
    int8_t *out = must(malloc(count + 1));
    if (ct_source_series(source, &series, NULL) != CT_OK)
        abort();
    for (uint32_t i = 0; i < count; i++) {
        out[i] = -1;
        for (int s = 0; s < MODEL_SERIES; s++) {
            struct ct_tag tags[2];
            char tag_texts[2][16];
            const uint32_t tag_count = series_tags(s, tags, tag_texts);
            if (ct_catalog_find_series(ct_store_catalog(store), table, tags, tag_count) ==
                series[i])
                out[i] = (int8_t)s;
        }
    }
    return out;
}

static bool take_units(struct ct_source *source, int table, const struct known_fields *known,
                       const int8_t *series_of, uint32_t first, uint32_t end,
                       struct found_rows *found)
{
    const struct ct_cursor_plan plan = {
        .fields = known->number, .field_count = known->count, .first_unit = first, .end_unit = end};
    struct ct_error err;
    struct ct_cursor *cursor;
    if (ct_cursor_open(source, &plan, &cursor, &err) != CT_OK) {
        fprintf(stderr, "cursor: %s\n", err.text);
        return false;
    }
    bool ok = true;
    bool more = true;
    while (ok && more) {
        struct ct_block block;
        if (ct_cursor_next(cursor, &block, &more, &err) != CT_OK) {
            fprintf(stderr, "next: %s\n", err.text);
            ok = false;
        } else if (more) {
            ok = take_block(cursor, &block, table, known, series_of, found);
        }
    }
    ct_cursor_close(cursor);
    return ok;
}

static bool take_source(struct ct_source *source, struct ct_store *store, uint32_t number,
                        int table, const struct known_fields *known, struct sim_random *random,
                        struct found_rows *found)
{
    int8_t *series_of = map_series(source, store, number);
    const uint32_t units = ct_source_unit_count(source);
    const uint32_t cut = units ? (uint32_t)sim_random_below(random, units) : 0;
    const bool ok = take_units(source, table, known, series_of, 0, cut, found) &&
                    take_units(source, table, known, series_of, cut, units, found);
    free(series_of);
    return ok;
}

static bool take_range(struct ct_snapshot *snapshot, int table, int64_t start_ns, int64_t end_ns,
                       struct sim_random *random, struct found_rows *found)
{
    struct ct_store *store = snapshot->store;
    const uint32_t number = model_table_number(store, table);
    if (number == CT_NONE)
        return true;
    struct known_fields known = {0};
    for (int f = 0; f < MODEL_FIELDS; f++) {
        known.index[known.count] = f;
        known.number[known.count] = ct_catalog_find_field(ct_store_catalog(store), number,
                                                          ct_text_of(fields[table][f].name));
        known.count += known.number[known.count] != CT_NONE;
    }
    struct ct_error err;
    struct ct_scan *scan;
    if (ct_scan_open(snapshot, number, start_ns, end_ns, &scan, &err) != CT_OK) {
        fprintf(stderr, "scan: %s\n", err.text);
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < ct_scan_source_count(scan) && ok; i++)
        ok = take_source(ct_scan_source(scan, i), store, number, table, &known, random, found);
    ct_scan_close(scan);
    return ok;
}

static void print_row(const char *who, const struct model_row *row)
{
    fprintf(stderr, "%s: table %d series %d entry %d time %" PRId64 ":", who, row->table,
            row->series, row->entry, row->time_ns);
    for (int f = 0; f < MODEL_FIELDS; f++) {
        if (row->values[f].is_set)
            fprintf(stderr, " %s=%" PRId64 "/%d,%" PRId64 ",%g", fields[row->table][f].name,
                    (int64_t)row->values[f].mantissa, row->values[f].scale, row->values[f].number,
                    row->values[f].real);
    }
    fprintf(stderr, "\n");
}

bool model_same_rows(const struct model_row *expected, size_t expected_count,
                     const struct model_row *found, size_t found_count)
{
    for (size_t i = 0; i < expected_count || i < found_count; i++) {
        bool same =
            i < expected_count && i < found_count && compare_rows(&expected[i], &found[i]) == 0;
        for (int f = 0; same && f < MODEL_FIELDS; f++)
            same = same_value(&expected[i].values[f], &found[i].values[f],
                              fields[expected[i].table][f].type);
        if (same)
            continue;
        fprintf(stderr, "row %zu of %zu expected, %zu found\n", i, expected_count, found_count);
        if (i < expected_count)
            print_row("expected", &expected[i]);
        if (i < found_count)
            print_row("found   ", &found[i]);
        return false;
    }
    return true;
}

bool model_matches(const struct model *model, size_t commit_count, struct ct_snapshot *snapshot,
                   struct sim_random *random)
{
    struct found_rows found = {0};
    /* Two scans that meet somewhere see each row once. */
    const int64_t cut_ns = model_random_time(random);
    bool ok = true;
    for (int table = 0; table < MODEL_TABLES && ok; table++)
        ok = take_range(snapshot, table, INT64_MIN, cut_ns, random, &found) &&
             take_range(snapshot, table, cut_ns, INT64_MAX, random, &found);
    if (found.count)
        qsort(found.rows, found.count, sizeof *found.rows, compare_rows);
    size_t expected_count = 0;
    struct model_row *expected = model_rows(model, commit_count, &expected_count);
    if (ok)
        ok = model_same_rows(expected, expected_count, found.rows, found.count);
    free(expected);
    free(found.rows);
    return ok;
}
