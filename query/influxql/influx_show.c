/* SHOW: what there is, told from rows that are there now, so that what was deleted is not shown. */
#include "influx_statement.h"

#include <stdlib.h>

struct showing {
    struct ct_influx_run *run;
    const struct ct_influx_statement *statement;
    struct ct_influx_output *output;
    struct ct_influx_expr *condition;
    struct ct_influx_range range;
    struct ct_error *err;
};

static const enum ct_result_type text_types[] = {CT_RESULT_TEXT, CT_RESULT_TEXT, CT_RESULT_TEXT,
                                                 CT_RESULT_TEXT, CT_RESULT_TEXT};
static const struct ct_text no_name = {"", 0};

/* -- Limits ----------------------------------------------------------------------------------- */

/* Counts one more; true where LIMIT and OFFSET let it be seen. */
static bool is_within(const struct ct_influx_limits *limits, uint64_t *counted)
{
    const uint64_t at = (*counted)++;
    return at >= limits->offset && (limits->limit == 0 || at - limits->offset < limits->limit);
}

/* -- Conditions ------------------------------------------------------------------------------- */

/* The condition as a filter on the table's series; fields are refused. */
static ct_status filter_of(struct showing *s, uint32_t table, struct ct_filter **out)
{
    struct ct_influx_plan plan = {.run = s->run, .condition = s->condition};
    const struct ct_influx_input input = {.table = table};
    bool is_whole;
    CT_TRY(ct_influx_filter_make(&plan, &input, out, &is_whole, s->err));
    return is_whole ? CT_OK : ct_fail(s->err, CT_INVALID, "invalid tag comparison operator");
}

static ct_status tag_sets(struct showing *s, uint32_t table, const struct ct_text *tags,
                          uint32_t count, struct ct_result **out)
{
    struct ct_filter *filter;
    CT_TRY(filter_of(s, table, &filter));
    return ct_influx_tag_sets(s->run, table, tags, count, filter, s->range, out, s->err);
}

/* -- One text a row --------------------------------------------------------------------------- */

static ct_status add_texts(struct showing *s, struct ct_text name, const char *const *columns,
                           uint32_t count)
{
    return ct_influx_output_add(s->run, s->output, name, columns, text_types, count, s->err);
}

static ct_status add_row_of_text(struct showing *s, struct ct_text text)
{
    const struct ct_influx_value value = ct_influx_text(text);
    return ct_influx_output_row(s->output, &value, s->err);
}

static ct_status add_count(struct showing *s, struct ct_text name, const char *column,
                           uint64_t count)
{
    static const enum ct_result_type type = CT_RESULT_INT64;
    const struct ct_influx_value value = ct_influx_integer((int64_t)count);
    CT_TRY(ct_influx_output_add(s->run, s->output, name, &column, &type, 1, s->err));
    return ct_influx_output_row(s->output, &value, s->err);
}

static int compare_texts(const void *a, const void *b)
{
    const struct ct_text *x = a;
    const struct ct_text *y = b;
    return ct_text_compare(*x, *y);
}

static ct_status show_databases(struct showing *s)
{
    static const char *const columns[] = {"name"};
    const uint32_t count = ct_catalog_database_count(s->run->catalog);
    struct ct_text *names;
    uint32_t shown = 0;
    CT_TRY(ct_influx_run_alloc(s->run, count, sizeof *names, &names, s->err));
    for (uint32_t i = 0; i < count; i++) {
        bool is_shown;
        CT_TRY(ct_influx_database_is_shown(s->run, i, &is_shown, s->err));
        if (is_shown)
            names[shown++] = ct_catalog_database_name(s->run->catalog, i);
    }
    qsort(names, shown, sizeof *names, compare_texts);
    CT_TRY(add_texts(s, ct_text_of("databases"), columns, 1));
    for (uint32_t i = 0; i < shown; i++)
        CT_TRY(add_row_of_text(s, names[i]));
    return CT_OK;
}

/* Measurements of which some series fulfils the condition. */
static ct_status matches_condition(struct showing *s, uint32_t table, bool *out)
{
    struct ct_result *sets;
    *out = true;
    if (!s->condition)
        return CT_OK;
    CT_TRY(tag_sets(s, table, NULL, 0, &sets));
    *out = sets->row_count > 0 && ct_result_to_double(&sets->columns[0], 0) > 0;
    ct_result_destroy(sets);
    return CT_OK;
}

static ct_status show_measurements(struct showing *s)
{
    static const char *const columns[] = {"name"};
    uint32_t *tables;
    uint32_t count;
    uint64_t counted = 0;
    bool has_series = false;
    if (s->range.has_first || s->range.has_last)
        return ct_fail(s->err, CT_INVALID,
                       "SHOW MEASUREMENTS doesn't support time in WHERE clause");
    CT_TRY(ct_influx_tables(s->run, s->statement, &tables, &count, s->err));
    for (uint32_t i = 0; i < count; i++) {
        bool matches;
        CT_TRY(matches_condition(s, tables[i], &matches));
        if (!matches || !is_within(&s->statement->limits, &counted))
            continue;
        if (!has_series)
            CT_TRY(add_texts(s, ct_text_of("measurements"), columns, 1));
        has_series = true;
        CT_TRY(add_row_of_text(s, ct_catalog_table_name(s->run->catalog, tables[i])));
    }
    return CT_OK;
}

/* -- Tags ------------------------------------------------------------------------------------- */

/* Whether WITH KEY means the key. */
static ct_status means_key(struct showing *s, struct ct_text key, bool *out)
{
    const struct ct_influx_statement *statement = s->statement;
    struct ct_pattern *pattern;
    const bool is_negative = statement->key_operator == CT_OPERATOR_NOT_EQUAL ||
                             statement->key_operator == CT_OPERATOR_NOT_MATCH;
    *out = !statement->has_key;
    if (!statement->has_key)
        return CT_OK;
    for (uint32_t i = 0; i < statement->key_count; i++)
        *out |= ct_text_equal(statement->keys[i], key);
    if (statement->key_regex) {
        CT_TRY(ct_influx_run_pattern(s->run, statement->key_regex, &pattern, s->err));
        CT_TRY(ct_pattern_matches(pattern, key, out, s->err));
    }
    *out = *out != is_negative;
    return CT_OK;
}

/* The table's tag keys that are meant, sorted. */
static ct_status keys_of(struct showing *s, uint32_t table, struct ct_text **out, uint32_t *count)
{
    const uint32_t all = ct_catalog_tag_count(s->run->catalog, table);
    *count = 0;
    CT_TRY(ct_influx_run_alloc(s->run, all, sizeof **out, out, s->err));
    for (uint32_t i = 0; i < all; i++) {
        bool is_meant;
        const struct ct_text key = ct_catalog_tag_key(s->run->catalog, table, i);
        CT_TRY(means_key(s, key, &is_meant));
        if (is_meant)
            (*out)[(*count)++] = key;
    }
    qsort(*out, *count, sizeof **out, compare_texts);
    return CT_OK;
}

static ct_status has_values(struct showing *s, uint32_t table, struct ct_text key, bool *out)
{
    struct ct_result *sets;
    *out = false;
    CT_TRY(tag_sets(s, table, &key, 1, &sets));
    for (uint64_t row = 0; row < sets->row_count && !*out; row++)
        *out = sets->columns[0].text[row].len > 0;
    ct_result_destroy(sets);
    return CT_OK;
}

static ct_status show_tag_keys(struct showing *s, uint32_t table, bool counts)
{
    static const char *const columns[] = {"tagKey"};
    const struct ct_text name = ct_catalog_table_name(s->run->catalog, table);
    struct ct_text *keys;
    uint32_t count;
    uint64_t counted = 0;
    bool has_series = false;
    CT_TRY(keys_of(s, table, &keys, &count));
    for (uint32_t i = 0; i < count; i++) {
        bool is_there;
        CT_TRY(has_values(s, table, keys[i], &is_there));
        if (!is_there || !is_within(&s->statement->limits, &counted) || counts)
            continue;
        if (!has_series)
            CT_TRY(add_texts(s, name, columns, 1));
        has_series = true;
        CT_TRY(add_row_of_text(s, keys[i]));
    }
    return counts && counted ? add_count(s, name, "count", counted) : CT_OK;
}

/* The values of one key that are there, behind those of keys before it. */
static ct_status add_values(struct showing *s, uint32_t table, struct ct_text key, bool counts,
                            uint64_t *counted, bool *has_series)
{
    static const char *const columns[] = {"key", "value"};
    const struct ct_text name = ct_catalog_table_name(s->run->catalog, table);
    struct ct_result *sets;
    CT_TRY(tag_sets(s, table, &key, 1, &sets));
    ct_status status = CT_OK;
    for (uint64_t row = 0; status == CT_OK && row < sets->row_count; row++) {
        const struct ct_text value = sets->columns[0].text[row];
        if (value.len == 0 || !is_within(&s->statement->limits, counted) || counts)
            continue;
        if (!*has_series)
            status = add_texts(s, name, columns, 2);
        *has_series = true;
        const struct ct_influx_value values[] = {ct_influx_text(key), ct_influx_text(value)};
        if (status == CT_OK)
            status = ct_influx_output_row(s->output, values, s->err);
    }
    ct_result_destroy(sets);
    return status;
}

static ct_status show_tag_values(struct showing *s, uint32_t table, bool counts)
{
    struct ct_text *keys;
    uint32_t count;
    uint64_t counted = 0;
    bool has_series = false;
    CT_TRY(keys_of(s, table, &keys, &count));
    for (uint32_t i = 0; i < count; i++)
        CT_TRY(add_values(s, table, keys[i], counts, &counted, &has_series));
    if (!counts || counted == 0)
        return CT_OK;
    return add_count(s, ct_catalog_table_name(s->run->catalog, table), "count", counted);
}

/* -- Fields ----------------------------------------------------------------------------------- */

static const char *type_shown(enum ct_type type)
{
    switch (type) {
    case CT_FLOAT64:
    case CT_DECIMAL: /* a number with a point, to whoever asks */
        return "float";
    case CT_INT64:
        return "integer";
    case CT_UINT64:
        return "unsigned";
    case CT_BOOL:
        return "boolean";
    case CT_STRING:
        return "string";
    }
    return "";
}

static int compare_fields(const void *a, const void *b)
{
    const struct ct_field *x = a;
    const struct ct_field *y = b;
    return ct_text_compare(x->name, y->name);
}

static ct_status show_field_keys(struct showing *s, uint32_t table, bool counts)
{
    static const char *const columns[] = {"fieldKey", "fieldType"};
    const uint32_t count = ct_catalog_field_count(s->run->catalog, table);
    const struct ct_text name = ct_catalog_table_name(s->run->catalog, table);
    struct ct_field *fields;
    uint64_t counted = 0;
    bool has_series = false;
    if (counts)
        return add_count(s, name, "count", count);
    CT_TRY(ct_influx_run_alloc(s->run, count, sizeof *fields, &fields, s->err));
    for (uint32_t i = 0; i < count; i++)
        fields[i] = ct_catalog_field(s->run->catalog, table, i);
    qsort(fields, count, sizeof *fields, compare_fields);
    for (uint32_t i = 0; i < count; i++) {
        if (!is_within(&s->statement->limits, &counted))
            continue;
        if (!has_series)
            CT_TRY(add_texts(s, name, columns, 2));
        has_series = true;
        const struct ct_influx_value values[] = {
            ct_influx_text(fields[i].name), ct_influx_text(ct_text_of(type_shown(fields[i].type)))};
        CT_TRY(ct_influx_output_row(s->output, values, s->err));
    }
    return CT_OK;
}

/* -- Series ----------------------------------------------------------------------------------- */

/* "cpu,host=a,region=eu", special bytes escaped as in line protocol. */
static size_t add_escaped(char *out, size_t at, struct ct_text text, const char *special)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.bytes[i] && strchr(special, text.bytes[i])) {
            if (out)
                out[at] = '\\';
            at++;
        }
        if (out)
            out[at] = text.bytes[i];
        at++;
    }
    return at;
}

static size_t print_key(const struct ct_result *sets, uint64_t row, struct ct_text name,
                        const struct ct_text *keys, uint32_t count, char *out)
{
    size_t at = add_escaped(out, 0, name, ", ");
    for (uint32_t i = 0; i < count; i++) {
        const struct ct_text value = sets->columns[i].text[row];
        if (value.len == 0)
            continue;
        at = add_escaped(out, at, ct_text_of(","), "");
        at = add_escaped(out, at, keys[i], ",= ");
        at = add_escaped(out, at, ct_text_of("="), "");
        at = add_escaped(out, at, value, ",= ");
    }
    return at;
}

static ct_status add_key(struct showing *s, struct ct_text key)
{
    static const char *const columns[] = {"key"};
    if (s->output->series_count == 0)
        CT_TRY(add_texts(s, no_name, columns, 1));
    return add_row_of_text(s, key);
}

/* Of all tag sets, sorted as texts. */
static ct_status print_keys(struct showing *s, const struct ct_result *sets, struct ct_text name,
                            const struct ct_text *tags, uint32_t count, struct ct_text **out)
{
    CT_TRY(ct_influx_run_alloc(s->run, sets->row_count, sizeof **out, out, s->err));
    for (uint64_t row = 0; row < sets->row_count; row++) {
        char *bytes;
        const size_t len = print_key(sets, row, name, tags, count, NULL);
        CT_TRY(ct_influx_run_alloc(s->run, len, 1, &bytes, s->err));
        print_key(sets, row, name, tags, count, bytes);
        (*out)[row] = (struct ct_text){bytes, len};
    }
    qsort(*out, sets->row_count, sizeof **out, compare_texts);
    return CT_OK;
}

/* Keys are counted through all measurements. */
static ct_status show_series(struct showing *s, uint32_t table, uint64_t *counted)
{
    const struct ct_text name = ct_catalog_table_name(s->run->catalog, table);
    struct ct_text *tags, *keys;
    uint32_t count;
    struct ct_result *sets;
    CT_TRY(keys_of(s, table, &tags, &count));
    CT_TRY(tag_sets(s, table, tags, count, &sets));
    ct_status status = print_keys(s, sets, name, tags, count, &keys);
    for (uint64_t row = 0; status == CT_OK && row < sets->row_count; row++)
        if (is_within(&s->statement->limits, counted))
            status = add_key(s, keys[row]);
    ct_result_destroy(sets);
    return status;
}

static ct_status count_series(struct showing *s, uint32_t table, uint64_t *out)
{
    struct ct_text *keys;
    uint32_t count;
    struct ct_result *sets;
    CT_TRY(keys_of(s, table, &keys, &count));
    CT_TRY(tag_sets(s, table, keys, count, &sets));
    *out = sets->row_count;
    ct_result_destroy(sets);
    return CT_OK;
}

/* -- Measurement by measurement --------------------------------------------------------------- */

static ct_status show_of_table(struct showing *s, uint32_t table, uint64_t *counted)
{
    uint64_t count = 0;
    switch ((unsigned)s->statement->kind) {
    case CT_STATEMENT_SHOW_TAG_KEYS:
    case CT_STATEMENT_SHOW_TAG_KEY_CARDINALITY:
        return show_tag_keys(s, table, s->statement->kind == CT_STATEMENT_SHOW_TAG_KEY_CARDINALITY);
    case CT_STATEMENT_SHOW_TAG_VALUES:
    case CT_STATEMENT_SHOW_TAG_VALUES_CARDINALITY:
        return show_tag_values(s, table,
                               s->statement->kind == CT_STATEMENT_SHOW_TAG_VALUES_CARDINALITY);
    case CT_STATEMENT_SHOW_FIELD_KEYS:
    case CT_STATEMENT_SHOW_FIELD_KEY_CARDINALITY:
        return show_field_keys(s, table,
                               s->statement->kind == CT_STATEMENT_SHOW_FIELD_KEY_CARDINALITY);
    case CT_STATEMENT_SHOW_SERIES:
        return show_series(s, table, counted);
    default:
        break;
    }
    CT_TRY(count_series(s, table, &count));
    *counted += count;
    const bool is_by_table =
        s->statement->is_exact || s->statement->source_count || s->statement->condition;
    if (!is_by_table || count == 0)
        return CT_OK;
    return add_count(s, ct_catalog_table_name(s->run->catalog, table), "count", count);
}

static ct_status show_of_tables(struct showing *s)
{
    uint32_t *tables;
    uint32_t count;
    uint64_t counted = 0;
    const struct ct_influx_statement *statement = s->statement;
    CT_TRY(ct_influx_tables(s->run, statement, &tables, &count, s->err));
    if (statement->kind == CT_STATEMENT_SHOW_MEASUREMENT_CARDINALITY)
        return add_count(s, no_name, statement->is_exact ? "count" : "cardinality estimation",
                         count);
    for (uint32_t i = 0; i < count; i++)
        CT_TRY(show_of_table(s, tables[i], &counted));
    const bool is_total = statement->kind == CT_STATEMENT_SHOW_SERIES_CARDINALITY &&
                          !statement->is_exact && !statement->source_count && !statement->condition;
    return is_total ? add_count(s, no_name, "cardinality estimation", counted) : CT_OK;
}

/* -- What centime has none, or one, of -------------------------------------------------------- */

static ct_status show_policies(struct showing *s)
{
    static const char *const columns[] = {"name", "duration", "shardGroupDuration", "replicaN",
                                          "default"};
    static const enum ct_result_type types[] = {CT_RESULT_TEXT, CT_RESULT_TEXT, CT_RESULT_TEXT,
                                                CT_RESULT_INT64, CT_RESULT_BOOL};
    uint32_t database;
    CT_TRY(ct_influx_run_database(s->run, s->statement->database, &database, s->err));
    CT_TRY(ct_influx_output_add(s->run, s->output, no_name, columns, types, 5, s->err));
    const struct ct_influx_value values[] = {
        ct_influx_text(ct_text_of("autogen")), ct_influx_text(ct_text_of("0s")),
        ct_influx_text(ct_text_of("168h0m0s")), ct_influx_integer(1), ct_influx_boolean(true)};
    return ct_influx_output_row(s->output, values, s->err);
}

static ct_status show_continuous_queries(struct showing *s)
{
    static const char *const columns[] = {"name", "query"};
    for (uint32_t i = 0; i < ct_catalog_database_count(s->run->catalog); i++) {
        bool is_shown;
        CT_TRY(ct_influx_database_is_shown(s->run, i, &is_shown, s->err));
        if (is_shown)
            CT_TRY(add_texts(s, ct_catalog_database_name(s->run->catalog, i), columns, 2));
    }
    return CT_OK;
}

ct_status ct_influx_show(struct ct_influx_run *run, const struct ct_influx_statement *statement,
                         struct ct_influx_output *output, struct ct_error *err)
{
    static const char *const user_columns[] = {"user", "admin"};
    static const char *const query_columns[] = {"qid", "query", "database", "duration", "status"};
    struct showing s = {.run = run, .statement = statement, .output = output, .err = err};
    CT_TRY(ct_influx_split_condition(run->arena, statement->condition, run->now_ns, NULL,
                                     &s.condition, &s.range, err));
    switch ((unsigned)statement->kind) {
    case CT_STATEMENT_SHOW_DATABASES:
        return show_databases(&s);
    case CT_STATEMENT_SHOW_MEASUREMENTS:
        return show_measurements(&s);
    case CT_STATEMENT_SHOW_RETENTION_POLICIES:
        return show_policies(&s);
    case CT_STATEMENT_SHOW_USERS:
        return add_texts(&s, no_name, user_columns, 2);
    case CT_STATEMENT_SHOW_CONTINUOUS_QUERIES:
        return show_continuous_queries(&s);
    case CT_STATEMENT_SHOW_QUERIES:
        return add_texts(&s, no_name, query_columns, 5);
    case CT_STATEMENT_SHOW_SUBSCRIPTIONS:
        return CT_OK;
    default:
        return show_of_tables(&s);
    }
}
