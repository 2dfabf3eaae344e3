/* What the execution of one statement shares. Layer influxql, for its own files only. */
#ifndef CT_INFLUX_RUN_H
#define CT_INFLUX_RUN_H

#include "influxql.h"
#include "query.h"

struct ct_influx_run {
    struct ct_store *store;
    struct ct_snapshot *snapshot;
    struct ct_catalog *catalog;
    const struct ct_allocator *allocator; /* of intermediate results; counted */
    struct ct_arena *arena;               /* of the statement */
    const struct ct_influxql_options *options;
    struct ct_text database; /* the caller's; empty: none */
    int64_t now_ns;
    struct ct_pattern **patterns; /* made for this statement */
    uint32_t pattern_count;
    struct ct_time_zone **zones;
    uint32_t zone_count;
    const struct ct_time_zone *shown_zone; /* of the answer's times */
    bool changes;                          /* the statement needs the right to write */
    struct ct_text warning;                /* of the answer; empty: none */
};

/* May the caller write to the database (where not `writes`: read it)? */
bool ct_influx_run_may(const struct ct_influx_run *run, struct ct_text database, bool writes);

/* CT_OK where the caller may read the database, or write to it where the statement changes rows.
 * One that the caller may neither read nor write is "database not found: x", be it there or not. */
ct_status ct_influx_run_admit(const struct ct_influx_run *run, struct ct_text database,
                              struct ct_error *err) CT_MUST_USE;

/* The number of the database, with InfluxDB's errors: "database name required", "database not
 * found: x". An empty name is the caller's. */
ct_status ct_influx_run_database(struct ct_influx_run *run, struct ct_text name, uint32_t *out,
                                 struct ct_error *err) CT_MUST_USE;

/* Compiles the regular expression once; it lives as long as the run. */
ct_status ct_influx_run_pattern(struct ct_influx_run *run, struct ct_influx_expr *regex,
                                struct ct_pattern **out, struct ct_error *err) CT_MUST_USE;

/* The zone lives as long as the run; empty: NULL, UTC. CT_INVALID: "unable to find time zone x" */
ct_status ct_influx_run_zone(struct ct_influx_run *run, struct ct_text name,
                             const struct ct_time_zone **out, struct ct_error *err) CT_MUST_USE;

/* Room in the arena, cleared. */
ct_status ct_influx_run_alloc(struct ct_influx_run *run, size_t count, size_t size_bytes, void *out,
                              struct ct_error *err) CT_MUST_USE;
/* Room for one more element behind `count`, as ct_influx_extend. */
ct_status ct_influx_run_extend(struct ct_influx_run *run, void *array_pointer, uint32_t count,
                               size_t element_bytes, struct ct_error *err) CT_MUST_USE;

/* CT_CANCELLED where the caller wants no more. */
ct_status ct_influx_run_check(const struct ct_influx_run *run, struct ct_error *err) CT_MUST_USE;

/* True where a table has rows in the run's snapshot: a measurement whose rows were all deleted is
 * not shown. */
ct_status ct_influx_run_has_rows(struct ct_influx_run *run, uint32_t table, bool *out,
                                 struct ct_error *err) CT_MUST_USE;

#endif
