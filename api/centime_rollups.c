/* Grouping sets: declared, dropped, listed. */
#include "grouping_sets.h"
#include "result_list.h"

#define LIST_TEXT_MAX 1024

static_assert(CENTIME_GRAIN_MINUTE == CT_GRAIN_BIT(CT_GRAIN_MINUTE) &&
                  CENTIME_GRAIN_HOUR == CT_GRAIN_BIT(CT_GRAIN_HOUR) &&
                  CENTIME_GRAIN_DAY == CT_GRAIN_BIT(CT_GRAIN_DAY) &&
                  CENTIME_GRAIN_MONTH == CT_GRAIN_BIT(CT_GRAIN_MONTH),
              "grains of the header are those of the store");

/* -- Declaring and dropping ------------------------------------------------------------------- */

static ct_status convert_tags(const char *const *tags, size_t count, struct ct_text *out,
                              struct ct_error *err)
{
    if (count > CT_GROUPING_KEYS_MAX)
        return ct_fail(err, CT_LIMIT, "a grouping set of %zu tags, at most %d are possible", count,
                       CT_GROUPING_KEYS_MAX);
    for (size_t i = 0; i < count; i++)
        out[i] = api_text(tags[i]);
    return CT_OK;
}

static ct_status add_sketches(const char *const *fields, size_t count, enum ct_keep keep,
                              struct ct_declared_sketch *out, uint32_t *used, struct ct_error *err)
{
    if (count > CT_ROLLUP_SKETCHES_MAX - *used)
        return ct_fail(err, CT_LIMIT, "a grouping set keeps at most %d sketches",
                       CT_ROLLUP_SKETCHES_MAX);
    for (size_t i = 0; i < count; i++)
        out[(*used)++] = (struct ct_declared_sketch){api_text(fields[i]), keep};
    return CT_OK;
}

static ct_status declare(centime_store *store, const char *database, const centime_rollup *given,
                         struct ct_error *err)
{
    struct ct_text keys[CT_GROUPING_KEYS_MAX];
    struct ct_declared_sketch sketches[CT_ROLLUP_SKETCHES_MAX];
    uint32_t sketch_count = 0;
    CT_TRY(convert_tags(given->tags, given->tag_count, keys, err));
    CT_TRY(add_sketches(given->quantiles, given->quantile_count, CT_KEEP_QUANTILES, sketches,
                        &sketch_count, err));
    CT_TRY(add_sketches(given->distinct, given->distinct_count, CT_KEEP_DISTINCT, sketches,
                        &sketch_count, err));
    const uint32_t usual = CENTIME_GRAIN_HOUR | CENTIME_GRAIN_DAY | CENTIME_GRAIN_MONTH;
    const struct ct_set_declaration declaration = {
        .keys = keys,
        .key_count = (uint32_t)given->tag_count,
        .grains = given->grains ? given->grains : usual,
        .sketches = sketches,
        .sketch_count = sketch_count,
    };
    return ct_store_declare_set(store->store, api_database(database), api_text(given->table),
                                &declaration, err);
}

int centime_rollup_declare(centime_store *store, const char *database, const centime_rollup *rollup,
                           centime_error *err)
{
    struct ct_error story = {0};
    centime_rollup known;
    ct_status status = rollup ? CT_OK : ct_fail(&story, CT_INVALID, "no grouping set");
    if (status == CT_OK)
        status = api_read_struct(&known, sizeof known, rollup, "centime_rollup", &story);
    if (status == CT_OK)
        status = declare(store, database, &known, &story);
    return api_answer(status, &story, err);
}

int centime_rollup_drop(centime_store *store, const char *database, const char *table,
                        const char *const *tags, size_t tag_count, centime_error *err)
{
    struct ct_error story = {0};
    struct ct_text keys[CT_GROUPING_KEYS_MAX];
    ct_status status = convert_tags(tags, tag_count, keys, &story);
    if (status == CT_OK)
        status = ct_store_drop_set(store->store, api_database(database), api_text(table), keys,
                                   (uint32_t)tag_count, &story);
    return api_answer(status, &story, err);
}

/* -- Listing ---------------------------------------------------------------------------------- */

enum { C_TAGS, C_GRAINS, C_ORIGIN, C_QUANTILES, C_DISTINCT, C_SEGMENTS, C_CELLS };

/* Names with commas between, cut where they are too many. */
struct name_list {
    char text[LIST_TEXT_MAX];
    size_t len;
};

static void add_name(struct name_list *list, struct ct_text name)
{
    if (list->len && list->len < sizeof list->text)
        list->text[list->len++] = ',';
    const size_t room = sizeof list->text - list->len;
    const size_t shown = name.len < room ? name.len : room;
    memcpy(list->text + list->len, name.bytes, shown);
    list->len += shown;
}

static struct ct_text text_of(const struct name_list *list)
{
    return (struct ct_text){list->text, list->len};
}

static void list_grains(unsigned grains, struct name_list *out)
{
    static const char *const names[CT_GRAIN_COUNT] = {
        [CT_GRAIN_MINUTE] = "minute",
        [CT_GRAIN_HOUR] = "hour",
        [CT_GRAIN_DAY] = "day",
        [CT_GRAIN_MONTH] = "month",
    };
    for (unsigned grain = CT_GRAIN_MINUTE; grain < CT_GRAIN_COUNT; grain++)
        if (grains & CT_GRAIN_BIT(grain))
            add_name(out, ct_text_of(names[grain]));
}

static ct_status put_sketches(struct ct_catalog *catalog, uint32_t table,
                              const struct ct_rollup_set *set, enum ct_keep keep, uint32_t column,
                              struct ct_result *result, uint64_t row, struct ct_error *err)
{
    struct name_list fields = {.len = 0};
    for (uint32_t i = 0; i < set->sketch_count; i++)
        if (set->sketches[i].keep == keep)
            add_name(&fields, ct_catalog_field(catalog, table, set->sketches[i].field).name);
    return api_list_put(result, column, row, text_of(&fields), err);
}

static ct_status fill_set(struct ct_catalog *catalog, uint32_t table,
                          const struct ct_grouping_set *set, struct ct_result *result, uint64_t row,
                          struct ct_error *err)
{
    struct name_list tags = {.len = 0};
    struct name_list grains = {.len = 0};
    for (uint32_t i = 0; i < set->set.tag_count; i++)
        add_name(&tags, ct_catalog_tag_key(catalog, table, set->set.tags[i]));
    list_grains(set->set.grains, &grains);
    CT_TRY(api_list_put(result, C_TAGS, row, text_of(&tags), err));
    CT_TRY(api_list_put(result, C_GRAINS, row, text_of(&grains), err));
    CT_TRY(api_list_put(result, C_ORIGIN, row,
                        ct_text_of(set->is_declared ? "declared" : "default"), err));
    CT_TRY(
        put_sketches(catalog, table, &set->set, CT_KEEP_QUANTILES, C_QUANTILES, result, row, err));
    CT_TRY(put_sketches(catalog, table, &set->set, CT_KEEP_DISTINCT, C_DISTINCT, result, row, err));
    result->columns[C_SEGMENTS].uint64[row] = set->segment_count;
    result->columns[C_CELLS].uint64[row] = set->cell_count;
    return CT_OK;
}

static ct_status fill_list(centime_store *store, uint32_t table, const struct ct_grouping_set *sets,
                           uint32_t count, centime_result **out, struct ct_error *err)
{
    static const struct api_list_column shapes[] = {
        {"tags", CT_RESULT_TEXT},      {"grains", CT_RESULT_TEXT},   {"origin", CT_RESULT_TEXT},
        {"quantiles", CT_RESULT_TEXT}, {"distinct", CT_RESULT_TEXT}, {"segments", CT_RESULT_UINT64},
        {"cells", CT_RESULT_UINT64},
    };
    struct ct_result *result;
    CT_TRY(api_list_create(store, shapes, CT_COUNT_OF(shapes), count, &result, err));
    ct_status status = CT_OK;
    for (uint32_t i = 0; status == CT_OK && i < count; i++)
        status = fill_set(ct_store_catalog(store->store), table, &sets[i], result, i, err);
    return api_list_finish(store, result, status, out, err);
}

static ct_status list(centime_store *store, const char *database, const char *name,
                      centime_result **out, struct ct_error *err)
{
    uint32_t table;
    struct ct_grouping_set *sets = NULL;
    uint32_t count = 0;
    CT_TRY(api_find_table(store, database, name, &table, err));
    CT_TRY(ct_store_list_sets(store->store, table, &sets, &count, err));
    const ct_status status = fill_list(store, table, sets, count, out, err);
    ct_release(ct_store_env(store->store)->allocator, sets);
    return status;
}

int centime_rollups(centime_store *store, const char *database, const char *table,
                    centime_result **out, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(list(store, database, table, out, &story), &story, err);
}
