#include "overwrite.h"

#include "part.h"
#include "state.h"

void ct_overwrites_deinit(struct ct_overwrites *overwrites, const struct ct_allocator *allocator)
{
    for (size_t i = 0; i < overwrites->table_cap; i++)
        ct_release(allocator, overwrites->tables[i].time_ns);
    ct_release(allocator, overwrites->tables);
    ct_release(allocator, overwrites->series);
    memset(overwrites, 0, sizeof *overwrites);
}

static bool has_money(struct ct_store *store, uint32_t table)
{
    const uint32_t count = ct_catalog_field_count(store->catalog, table);
    for (uint32_t field = 0; field < count; field++) {
        if (ct_catalog_field(store->catalog, table, field).is_money)
            return true;
    }
    return false;
}

/* -- the newest times ----------------------------------------------------------------------- */

static bool grow_series(struct ct_store *store, struct ct_newest *newest, size_t series_count)
{
    const size_t before = newest->series_cap;
    if (!ct_grow(store->env.allocator, &newest->time_ns, &newest->series_cap, series_count,
                 sizeof *newest->time_ns))
        return false;
    for (size_t i = before; i < newest->series_cap; i++)
        newest->time_ns[i] = INT64_MIN;
    return true;
}

static void raise(struct ct_newest *newest, uint32_t series, int64_t time_ns)
{
    if (time_ns > newest->time_ns[series])
        newest->time_ns[series] = time_ns;
}

static void load_live(struct ct_newest *newest, const struct ct_live_set *set, uint32_t table)
{
    if (!set || table >= set->table_cap || !set->tables[table])
        return;
    const struct ct_live_table *live = set->tables[table];
    for (uint32_t slot = 0; slot < live->slot_count; slot++)
        raise(newest, live->series_of_slot[slot], live->slot_max_ns[slot]);
}

static ct_status load_segments(struct ct_newest *newest, const struct ct_version *version,
                               uint32_t table, struct ct_error *err)
{
    size_t count;
    struct ct_sealed *const *sealed = ct_version_table(version, table, &count);
    for (size_t i = 0; i < count; i++) {
        struct ct_segment_series directory;
        CT_TRY(ct_segment_series_of(sealed[i]->segment, &directory, err));
        for (uint32_t k = 0; k < directory.count; k++) {
            if (directory.series[k] < newest->series_cap)
                raise(newest, directory.series[k], directory.max_time_ns[k]);
        }
    }
    return CT_OK;
}

/* What was there before this process wrote to the table: read once, at its first write. */
static ct_status load(struct ct_store *store, struct ct_newest *newest, uint32_t table,
                      struct ct_error *err)
{
    pthread_mutex_lock(&store->state);
    struct ct_version *version = store->version;
    ct_version_hold(version);
    load_live(newest, store->frozen, table);
    load_live(newest, store->live, table);
    pthread_mutex_unlock(&store->state);
    const ct_status status = load_segments(newest, version, table, err);
    ct_version_drop(version);
    newest->is_loaded = status == CT_OK;
    return status;
}

static struct ct_newest *newest_of(struct ct_store *store, uint32_t table)
{
    struct ct_overwrites *overwrites = &store->overwrites;
    const size_t before = overwrites->table_cap;
    if (!ct_grow(store->env.allocator, &overwrites->tables, &overwrites->table_cap,
                 (size_t)table + 1, sizeof *overwrites->tables))
        return NULL;
    if (overwrites->table_cap > before)
        memset(overwrites->tables + before, 0,
               (overwrites->table_cap - before) * sizeof *overwrites->tables);
    return &overwrites->tables[table];
}

ct_status ct_overwrites_prepare(struct ct_store *store, uint32_t table, struct ct_error *err)
{
    struct ct_newest *newest = newest_of(store, table);
    if (!newest)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while looking for overwritten rows");
    newest->has_money = newest->has_money || has_money(store, table);
    if (!newest->has_money)
        return CT_OK;
    if (!grow_series(store, newest, ct_catalog_series_count(store->catalog, table)))
        return ct_fail(err, CT_NO_MEMORY, "out of memory while looking for overwritten rows");
    return newest->is_loaded ? CT_OK : load(store, newest, table, err);
}

/* Moves the newest times on and keeps the series of rows that are not newer. */
static ct_status note(struct ct_store *store, const struct ct_row_block *rows, struct ct_error *err)
{
    struct ct_overwrites *overwrites = &store->overwrites;
    struct ct_newest *newest = &overwrites->tables[rows->table];
    overwrites->series_count = 0;
    overwrites->min_time_ns = INT64_MAX;
    overwrites->max_time_ns = INT64_MIN;
    for (uint32_t i = 0; i < rows->row_count; i++) {
        const uint32_t series = rows->series[i];
        const int64_t time_ns = rows->times_ns[i];
        if (time_ns > newest->time_ns[series]) {
            newest->time_ns[series] = time_ns;
            continue;
        }
        if (!ct_grow(store->env.allocator, &overwrites->series, &overwrites->series_cap,
                     overwrites->series_count + 1, sizeof *overwrites->series))
            return ct_fail(err, CT_NO_MEMORY, "out of memory while looking for overwritten rows");
        overwrites->series[overwrites->series_count++] = series;
        if (time_ns < overwrites->min_time_ns)
            overwrites->min_time_ns = time_ns;
        if (time_ns > overwrites->max_time_ns)
            overwrites->max_time_ns = time_ns;
    }
    return CT_OK;
}

/* -- looking ------------------------------------------------------------------------------ */

struct look {
    struct ct_store *store;
    uint32_t table;
    struct ct_segment_column *columns; /* money, and the entry id where it counts */
    uint32_t column_count;
    uint32_t money_count; /* they come first */
    struct ct_version *version;
    struct ct_live_set *frozen;   /* or NULL */
    struct ct_live_view views[2]; /* frozen, live */
    struct ct_part_reader **readers;
    size_t reader_count;
    struct ct_row_pool pool;
    uint32_t *fresh; /* by series: its rows in the commit, in the range looked at */
};

static ct_status find_columns(struct look *look, struct ct_error *err)
{
    struct ct_catalog *catalog = look->store->catalog;
    const uint32_t count = ct_catalog_field_count(catalog, look->table);
    look->columns =
        ct_alloc_zeroed(look->store->env.allocator, (size_t)count + 1, sizeof *look->columns);
    if (!look->columns)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while looking for overwritten rows");
    for (uint32_t field = 0; field < count; field++) {
        if (ct_catalog_field(catalog, look->table, field).is_money)
            look->columns[look->column_count++] =
                (struct ct_segment_column){.field = field, .type = CT_DECIMAL};
    }
    look->money_count = look->column_count;
    const uint32_t entry_field = ct_entry_field(catalog, look->table);
    if (entry_field != CT_NONE)
        look->columns[look->column_count++] = (struct ct_segment_column){
            .field = entry_field, .type = ct_catalog_field(catalog, look->table, entry_field).type};
    if (ct_row_pool_init(&look->pool, look->store->env.allocator, look->columns, look->column_count,
                         entry_field) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while looking for overwritten rows");
    return CT_OK;
}

static ct_status hold_parts(struct look *look, struct ct_error *err)
{
    struct ct_store *store = look->store;
    pthread_mutex_lock(&store->state);
    look->version = store->version;
    ct_version_hold(look->version);
    ct_status status = ct_live_view_take(store->frozen, look->table, &look->views[0], err);
    if (store->frozen)
        ct_live_set_hold(look->frozen = store->frozen);
    if (status == CT_OK)
        status = ct_live_view_take(store->live, look->table, &look->views[1], err);
    pthread_mutex_unlock(&store->state);
    return status;
}

static ct_status open_part(struct look *look, const struct ct_row_part *part,
                           const struct ct_deletes *deletes, struct ct_error *err)
{
    const struct ct_part_plan plan = {
        .allocator = look->store->env.allocator,
        .columns = look->columns,
        .column_count = look->column_count,
        .start_ns = look->store->overwrites.min_time_ns,
        .end_ns = look->store->overwrites.max_time_ns + 1,
        .deletes = *deletes,
    };
    CT_TRY(ct_part_reader_create(part, &plan, &look->readers[look->reader_count], err));
    look->reader_count++;
    return CT_OK;
}

static ct_status open_parts(struct look *look, const struct ct_deletes *deletes,
                            struct ct_error *err)
{
    const struct ct_overwrites *overwrites = &look->store->overwrites;
    size_t count;
    struct ct_sealed *const *sealed = ct_version_table(look->version, look->table, &count);
    look->readers =
        ct_alloc_zeroed(look->store->env.allocator, count + 2, sizeof(struct ct_part_reader *));
    if (!look->readers)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while looking for overwritten rows");
    for (size_t i = 0; i < count; i++) {
        const struct ct_segment_info *info = &sealed[i]->entry.info;
        const struct ct_row_part part = {.sealed = sealed[i]};
        if (info->max_time_ns >= overwrites->min_time_ns &&
            info->min_time_ns <= overwrites->max_time_ns)
            CT_TRY(open_part(look, &part, deletes, err));
    }
    for (int i = 0; i < 2; i++) {
        const struct ct_row_part part = {.view = &look->views[i]};
        if (look->views[i].row_count > 0)
            CT_TRY(open_part(look, &part, deletes, err));
    }
    return CT_OK;
}

/* How many rows of each noted series the commit has in the range. */
static ct_status count_fresh(struct look *look, const struct ct_row_block *rows,
                             struct ct_error *err)
{
    const struct ct_overwrites *overwrites = &look->store->overwrites;
    look->fresh = ct_alloc_zeroed(look->store->env.allocator,
                                  overwrites->tables[look->table].series_cap, sizeof *look->fresh);
    if (!look->fresh)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while looking for overwritten rows");
    for (uint32_t i = 0; i < rows->row_count; i++) {
        if (rows->times_ns[i] >= overwrites->min_time_ns &&
            rows->times_ns[i] <= overwrites->max_time_ns)
            look->fresh[rows->series[i]]++;
    }
    return CT_OK;
}

static struct ct_decimal amount_of(const struct ct_row_pool *pool, uint32_t i, size_t row,
                                   bool *is_there)
{
    const struct ct_vector vector = ct_row_pool_vector(pool, i, row, 1);
    *is_there = vector.count > 0 && (!vector.present || vector.present[0]);
    if (!*is_there)
        return (struct ct_decimal){0};
    return (struct ct_decimal){.mantissa = vector.wide ? vector.wide[0] : vector.narrow[0],
                               .scale = vector.scales[0]};
}

/* Does the row bring another amount than what the rows of its identity before it say? */
static bool changes_money(const struct look *look, const uint32_t *group, size_t at)
{
    for (uint32_t i = 0; i < look->money_count; i++) {
        bool is_there;
        const struct ct_decimal amount = amount_of(&look->pool, i, group[at], &is_there);
        for (size_t before = at; is_there && before-- > 0;) {
            bool was_there;
            const struct ct_decimal old = amount_of(&look->pool, i, group[before], &was_there);
            if (!was_there)
                continue;
            if (ct_decimal_compare(old, amount) != 0)
                return true;
            break;
        }
    }
    return false;
}

/* Rows from `first_fresh` on are the commit's. */
static ct_status count_series(struct look *look, size_t first_fresh,
                              struct ct_overwrite_counts *counts, struct ct_error *err)
{
    if (ct_row_pool_sort(&look->pool) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while looking for overwritten rows");
    const struct ct_row_pool *pool = &look->pool;
    for (size_t first = 0; first < pool->row_count;) {
        const size_t end = ct_row_pool_group_end(pool, first);
        for (size_t i = first + 1; i < end; i++) {
            if (pool->order[i] < first_fresh)
                continue;
            counts->rows++;
            counts->money += changes_money(look, pool->order + first, i - first);
        }
        first = end;
    }
    return CT_OK;
}

static ct_status count_all(struct look *look, const struct ct_row_block *rows,
                           struct ct_overwrite_counts *counts, struct ct_error *err)
{
    CT_TRY(count_fresh(look, rows, err));
    const struct ct_overwrites *overwrites = &look->store->overwrites;
    for (size_t i = 0; i < overwrites->series_count; i++) {
        const uint32_t series = overwrites->series[i];
        const uint32_t fresh = look->fresh[series];
        look->fresh[series] = 0; /* each series once */
        if (fresh == 0)
            continue;
        ct_row_pool_reset(&look->pool);
        for (size_t k = 0; k < look->reader_count; k++)
            CT_TRY(ct_part_reader_add(look->readers[k], series, &look->pool, err));
        CT_ASSERT(look->pool.row_count >= fresh);
        CT_TRY(count_series(look, look->pool.row_count - fresh, counts, err));
    }
    return CT_OK;
}

static void look_deinit(struct look *look)
{
    const struct ct_allocator *allocator = look->store->env.allocator;
    for (size_t i = 0; i < look->reader_count; i++)
        ct_part_reader_destroy(look->readers[i]);
    ct_release(allocator, look->readers);
    ct_release(allocator, look->columns);
    ct_release(allocator, look->fresh);
    ct_row_pool_deinit(&look->pool);
    ct_live_view_deinit(&look->views[0], allocator);
    ct_live_view_deinit(&look->views[1], allocator);
    ct_live_set_drop(look->frozen);
    ct_version_drop(look->version);
}

ct_status ct_overwrites_count(struct ct_store *store, const struct ct_row_block *rows,
                              struct ct_overwrite_counts *counts, struct ct_error *err)
{
    if (!store->overwrites.tables[rows->table].has_money)
        return CT_OK;
    CT_TRY(note(store, rows, err));
    const bool is_fresh = rows->is_fresh && ct_entry_field(store->catalog, rows->table) != CT_NONE;
    if (store->overwrites.series_count == 0 || is_fresh)
        return CT_OK;
    struct look look = {.store = store, .table = rows->table};
    struct ct_delete_list deletes = {0};
    ct_status status = hold_parts(&look, err);
    if (status == CT_OK)
        status = ct_delete_list_init(&deletes, look.version, rows->table, UINT64_MAX,
                                     store->env.allocator, err);
    const struct ct_deletes in_force = {
        .catalog = store->catalog, .tombstones = deletes.tombstones, .count = deletes.count};
    if (status == CT_OK)
        status = find_columns(&look, err);
    if (status == CT_OK)
        status = open_parts(&look, &in_force, err);
    if (status == CT_OK)
        status = count_all(&look, rows, counts, err);
    look_deinit(&look);
    ct_delete_list_deinit(&deletes, store->env.allocator);
    return status;
}
