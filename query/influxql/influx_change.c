/* CREATE, DROP and DELETE. A database that was dropped keeps its name in the catalog, as everything
 * there does; a record says that it is not to be shown until it is made or written to again. */
#include "influx_statement.h"

#include <stdio.h>

#include "influx_token.h"
#include "utf8.h"

#define DROPPED_KEY        "influxql.dropped"
#define DELETED_SERIES_MAX 100000 /* that one statement deletes one by one */

ct_status ct_influx_database_is_shown(struct ct_influx_run *run, uint32_t database, bool *out,
                                      struct ct_error *err)
{
    struct ct_registered record;
    *out = ct_influx_run_may(run, ct_catalog_database_name(run->catalog, database), false);
    if (!*out)
        return CT_OK;
    const ct_status status = ct_registry_get(run->catalog, database, CT_REGISTRY_OPTION,
                                             ct_text_of(DROPPED_KEY), run->allocator, &record, err);
    *out = status == CT_NOT_FOUND;
    if (status != CT_OK)
        return status == CT_NOT_FOUND ? CT_OK : status;
    ct_registered_release(run->allocator, &record);
    const uint32_t count = ct_catalog_table_count(run->catalog);
    for (uint32_t table = 0; !*out && table < count; table++)
        if (ct_catalog_table_database(run->catalog, table) == database)
            CT_TRY(ct_influx_run_has_rows(run, table, out, err));
    return CT_OK;
}

static ct_status mark(struct ct_influx_run *run, struct ct_text database, const char *value,
                      struct ct_error *err)
{
    return ct_store_register(run->store, database, CT_REGISTRY_OPTION, ct_text_of(DROPPED_KEY),
                             ct_text_of(value), err);
}

/* -- CREATE ----------------------------------------------------------------------------------- */

#define NAME_BYTES_MAX 255

/* As in InfluxDB: what would be odd in a path or on a screen is no name. */
static bool is_database_name(struct ct_text name)
{
    if (name.len == 0 || name.len > NAME_BYTES_MAX || !ct_utf8_is_valid(name) ||
        ct_text_equal(name, ct_text_of(".")) || ct_text_equal(name, ct_text_of("..")))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        const unsigned char byte = (unsigned char)name.bytes[i];
        if (byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\')
            return false;
    }
    return true;
}

/* What InfluxDB warns of where a GET creates something. */
static ct_status warn(struct ct_influx_run *run, struct ct_text name, struct ct_error *err)
{
    static const char pattern[] = "deprecated use of 'CREATE DATABASE %s%.*s%s' in a read only "
                                  "context, please use a POST request instead";
    const char *quote = ct_influx_name_needs_quotes(name) ? "\"" : "";
    char *text;
    const size_t cap = sizeof pattern + name.len;
    CT_TRY(ct_influx_run_alloc(run, cap, 1, &text, err));
    snprintf(text, cap, pattern, quote, (int)name.len, name.bytes, quote);
    run->warning = ct_text_of(text);
    return CT_OK;
}

/* Whether it is there is not told to who may not write to it. */
static ct_status create_database(struct ct_influx_run *run, struct ct_text name,
                                 struct ct_error *err)
{
    if (!is_database_name(name))
        return ct_fail(err, CT_INVALID, "invalid name");
    if (!ct_influx_run_may(run, name, true))
        return ct_fail(err, CT_INVALID, "not authorized to create database %.*s",
                       (int)(name.len < 100 ? name.len : 100), name.bytes);
    if (run->options->is_get)
        CT_TRY(warn(run, name, err));
    return mark(run, name, "", err);
}

/* -- DROP and DELETE -------------------------------------------------------------------------- */

static ct_status delete_rows(struct ct_influx_run *run, uint32_t table, const struct ct_tag *tags,
                             uint32_t tag_count, struct ct_influx_range range, struct ct_error *err)
{
    uint64_t commit;
    const struct ct_scope scope = {
        .table = table,
        .tags = tags,
        .tag_count = tag_count,
        .start_ns = range.first_ns,
        .end_ns = range.last_ns == INT64_MAX ? INT64_MAX : range.last_ns + 1,
    };
    return ct_store_delete(run->store, &scope, &commit, err);
}

static ct_status drop_tables(struct ct_influx_run *run, const struct ct_influx_statement *statement,
                             struct ct_error *err)
{
    uint32_t *tables;
    uint32_t count;
    CT_TRY(ct_influx_tables(run, statement, &tables, &count, err));
    for (uint32_t i = 0; i < count; i++)
        CT_TRY(delete_rows(run, tables[i], NULL, 0, ct_influx_range_all(), err));
    return CT_OK;
}

static ct_status drop_database(struct ct_influx_run *run, struct ct_text name, struct ct_error *err)
{
    const struct ct_influx_statement all = {.database = name};
    CT_TRY(ct_influx_run_admit(run, name, err));
    if (ct_catalog_find_database(run->catalog, name) == CT_NONE)
        return CT_OK;
    CT_TRY(drop_tables(run, &all, err));
    return mark(run, name, "1", err);
}

static ct_status drop_measurement(struct ct_influx_run *run, struct ct_text name,
                                  struct ct_error *err)
{
    struct ct_influx_source source = {.name = name};
    const struct ct_influx_statement one = {.sources = &source, .source_count = 1};
    return drop_tables(run, &one, err);
}

/* -- Series that fulfil a condition ----------------------------------------------------------- */

/* One deletion for each tag set that the filter lets through. */
static ct_status delete_series(struct ct_influx_run *run, uint32_t table,
                               const struct ct_filter *filter, struct ct_influx_range range,
                               struct ct_error *err)
{
    const uint32_t count = ct_catalog_tag_count(run->catalog, table);
    struct ct_text *keys;
    struct ct_tag *tags;
    struct ct_result *sets;
    if (!filter)
        return delete_rows(run, table, NULL, 0, range, err);
    CT_TRY(ct_influx_run_alloc(run, count, sizeof *keys, &keys, err));
    CT_TRY(ct_influx_run_alloc(run, count, sizeof *tags, &tags, err));
    for (uint32_t i = 0; i < count; i++)
        keys[i] = ct_catalog_tag_key(run->catalog, table, i);
    CT_TRY(ct_influx_tag_sets(run, table, keys, count, filter, range, &sets, err));
    ct_status status = CT_OK;
    if (sets->row_count > DELETED_SERIES_MAX)
        status = ct_fail(err, CT_LIMIT, "%llu series, at most %d can be deleted at once",
                         (unsigned long long)sets->row_count, DELETED_SERIES_MAX);
    for (uint64_t row = 0; status == CT_OK && row < sets->row_count; row++) {
        for (uint32_t i = 0; i < count; i++)
            tags[i] = (struct ct_tag){keys[i], sets->columns[i].text[row]};
        status = delete_rows(run, table, tags, count, range, err);
    }
    ct_result_destroy(sets);
    return status;
}

static ct_status delete_matching(struct ct_influx_run *run,
                                 const struct ct_influx_statement *statement, struct ct_error *err)
{
    struct ct_influx_plan plan = {.run = run};
    struct ct_influx_range range;
    uint32_t *tables;
    uint32_t count;
    CT_TRY(ct_influx_split_condition(run->arena, statement->condition, run->now_ns, NULL,
                                     &plan.condition, &range, err));
    if (statement->kind == CT_STATEMENT_DROP_SERIES && (range.has_first || range.has_last))
        return ct_fail(err, CT_INVALID, "DROP SERIES doesn't support time in WHERE clause");
    CT_TRY(ct_influx_tables(run, statement, &tables, &count, err));
    for (uint32_t i = 0; i < count; i++) {
        const struct ct_influx_input input = {.table = tables[i]};
        struct ct_filter *filter;
        bool is_whole;
        CT_TRY(ct_influx_filter_make(&plan, &input, &filter, &is_whole, err));
        if (!is_whole)
            return ct_fail(err, CT_INVALID, "fields not supported in WHERE clause during deletion");
        if (range.first_ns <= range.last_ns)
            CT_TRY(delete_series(run, tables[i], filter, range, err));
    }
    return CT_OK;
}

ct_status ct_influx_change(struct ct_influx_run *run, const struct ct_influx_statement *statement,
                           struct ct_error *err)
{
    if (run->options->is_read_only || ct_store_is_read_only(run->store))
        return ct_fail(err, CT_READ_ONLY, "the store is read-only");
    if (run->options->is_get && statement->kind != CT_STATEMENT_CREATE_DATABASE)
        return ct_fail(err, CT_INVALID, "DROP and DELETE are refused by GET: send them by POST");
    run->changes = true;
    switch ((unsigned)statement->kind) {
    case CT_STATEMENT_CREATE_DATABASE:
        return create_database(run, statement->name, err);
    case CT_STATEMENT_DROP_DATABASE:
        return drop_database(run, statement->name, err);
    case CT_STATEMENT_DROP_MEASUREMENT:
        return drop_measurement(run, statement->name, err);
    default:
        return delete_matching(run, statement, err);
    }
}
