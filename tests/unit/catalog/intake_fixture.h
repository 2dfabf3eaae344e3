/* What the test programs of intakes share: short ways to say table, tags, values and row. */
#ifndef INTAKE_FIXTURE_H
#define INTAKE_FIXTURE_H

#include "catalog_fixture.h"
#include "intake.h"

static inline struct ct_intake *intake_of(struct ct_catalog *catalog)
{
    struct ct_intake *intake = NULL;
    assert_int_equal(
        ct_intake_create(catalog, ct_allocator_system(), ct_text_of("default"), &intake, NULL),
        CT_OK);
    return intake;
}

static inline uint32_t table_of(struct ct_intake *intake, const char *name)
{
    uint32_t table;
    assert_int_equal(ct_intake_table(intake, ct_text_of(name), &table, NULL), CT_OK);
    return table;
}

/* The series with the one tag `key`. */
static inline uint32_t series_of(struct ct_intake *intake, uint32_t table, const char *key,
                                 const char *value)
{
    const struct ct_tag tag = {ct_text_of(key), ct_text_of(value)};
    uint32_t series;
    assert_int_equal(ct_intake_series(intake, table, &tag, 1, &series, NULL), CT_OK);
    return series;
}

static inline uint32_t column_of(struct ct_intake *intake, uint32_t table, const char *field,
                                 enum ct_type written)
{
    uint32_t column;
    assert_int_equal(ct_intake_column(intake, table, ct_text_of(field), written, &column, NULL),
                     CT_OK);
    return column;
}

static inline void add_row(struct ct_intake *intake, uint32_t table, uint32_t series,
                           int64_t time_ns, struct ct_row_value value)
{
    assert_int_equal(ct_intake_row(intake, table, series, time_ns, &value, 1, NULL), CT_OK);
}

/* One row of one field, from names only. */
static inline void add_float(struct ct_intake *intake, const char *table, const char *host,
                             const char *field, double value)
{
    const uint32_t at = table_of(intake, table);
    const uint32_t column = column_of(intake, at, field, CT_FLOAT64);
    add_row(intake, at, series_of(intake, at, "host", host), 1,
            (struct ct_row_value){.column = column, .float64 = value});
}

static inline void add_string(struct ct_intake *intake, const char *table, const char *host,
                              const char *field, const char *value)
{
    const uint32_t at = table_of(intake, table);
    const uint32_t column = column_of(intake, at, field, CT_STRING);
    add_row(intake, at, series_of(intake, at, "host", host), 1,
            (struct ct_row_value){.column = column, .string = ct_text_of(value)});
}

static inline void resolve(struct ct_intake *intake)
{
    struct ct_error err = {0};
    const ct_status status = ct_intake_resolve(intake, &err);
    if (status != CT_OK)
        print_error("%s\n", err.text);
    assert_int_equal(status, CT_OK);
}

static inline const struct ct_alias *alias_of(const struct ct_intake *intake, const char *bytes)
{
    const size_t len = strlen(bytes);
    return ct_intake_alias(intake, ct_intake_hash(intake, bytes, len), bytes, len);
}

static inline void add_alias(struct ct_intake *intake, const char *bytes, uint32_t table,
                             uint32_t series)
{
    const size_t len = strlen(bytes);
    ct_intake_alias_add(intake, ct_intake_hash(intake, bytes, len), bytes, len, table, series);
}

#endif
