/* What statements share while they run. */
#include "influx_run.h"

#include "scan.h"
#include "time_zone_file.h"

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for a statement");
}

ct_status ct_influx_run_alloc(struct ct_influx_run *run, size_t count, size_t size_bytes, void *out,
                              struct ct_error *err)
{
    void *room = ct_arena_alloc_zeroed(run->arena, count ? count : 1, size_bytes);
    if (!room)
        return no_memory(err);
    memcpy(out, &room, sizeof room);
    return CT_OK;
}

ct_status ct_influx_run_extend(struct ct_influx_run *run, void *array_pointer, uint32_t count,
                               size_t element_bytes, struct ct_error *err)
{
    if (count & (count - 1)) /* room for a power of two */
        return CT_OK;
    void *old;
    void *grown = ct_arena_alloc_zeroed(run->arena, count ? 2 * (size_t)count : 1, element_bytes);
    if (!grown)
        return no_memory(err);
    memcpy(&old, array_pointer, sizeof old);
    if (count)
        memcpy(grown, old, count * element_bytes);
    memcpy(array_pointer, &grown, sizeof grown);
    return CT_OK;
}

bool ct_influx_run_may(const struct ct_influx_run *run, struct ct_text database, bool writes)
{
    const struct ct_influxql_options *options = run->options;
    bool may = !options->is_limited;
    for (uint32_t i = 0; i < options->grant_count && !may; i++) {
        const struct ct_influx_grant *grant = &options->grants[i];
        may = (writes ? grant->writes : grant->reads) &&
              (ct_text_equal(grant->database, ct_text_of("*")) ||
               ct_text_equal(grant->database, database));
    }
    return may;
}

static ct_status not_found(struct ct_text database, struct ct_error *err)
{
    return ct_fail(err, CT_NOT_FOUND, "database not found: %.*s",
                   (int)(database.len < 100 ? database.len : 100), database.bytes);
}

ct_status ct_influx_run_admit(const struct ct_influx_run *run, struct ct_text database,
                              struct ct_error *err)
{
    if (ct_influx_run_may(run, database, run->changes))
        return CT_OK;
    if (!ct_influx_run_may(run, database, !run->changes))
        return not_found(database, err);
    return ct_fail(err, CT_INVALID, "not authorized to %s database %.*s",
                   run->changes ? "write to" : "read",
                   (int)(database.len < 100 ? database.len : 100), database.bytes);
}

ct_status ct_influx_run_database(struct ct_influx_run *run, struct ct_text name, uint32_t *out,
                                 struct ct_error *err)
{
    if (name.len == 0)
        name = run->database;
    if (name.len == 0)
        return ct_fail(err, CT_INVALID, "database name required");
    CT_TRY(ct_influx_run_admit(run, name, err));
    *out = ct_catalog_find_database(run->catalog, name);
    return *out == CT_NONE ? not_found(name, err) : CT_OK;
}

ct_status ct_influx_run_pattern(struct ct_influx_run *run, struct ct_influx_expr *regex,
                                struct ct_pattern **out, struct ct_error *err)
{
    if (!regex->pattern) {
        CT_TRY(ct_influx_run_extend(run, &run->patterns, run->pattern_count, sizeof *run->patterns,
                                    err));
        CT_TRY(ct_pattern_compile(regex->text, run->allocator, &regex->pattern, err));
        run->patterns[run->pattern_count++] = regex->pattern;
    }
    *out = regex->pattern;
    return CT_OK;
}

ct_status ct_influx_run_zone(struct ct_influx_run *run, struct ct_text name,
                             const struct ct_time_zone **out, struct ct_error *err)
{
    struct ct_time_zone *zone = NULL;
    *out = NULL;
    if (name.len == 0)
        return CT_OK;
    CT_TRY(ct_influx_run_extend(run, &run->zones, run->zone_count, sizeof *run->zones, err));
    ct_status status = CT_NOT_FOUND;
    if (run->options->zone_files)
        status =
            ct_time_zone_load(run->options->zone_files, NULL, name, run->allocator, &zone, err);
    if (status == CT_NO_MEMORY)
        return status;
    if (status != CT_OK)
        return ct_fail(err, CT_INVALID, "unable to find time zone %.*s",
                       (int)(name.len < 64 ? name.len : 64), name.bytes);
    run->zones[run->zone_count++] = zone;
    *out = zone;
    return CT_OK;
}

ct_status ct_influx_run_check(const struct ct_influx_run *run, struct ct_error *err)
{
    if (run->options->is_cancelled && *run->options->is_cancelled)
        return ct_fail(err, CT_CANCELLED, "query interrupted");
    return CT_OK;
}

/* True where some row comes out of the source. */
static ct_status source_has_rows(struct ct_source *source, bool *out, struct ct_error *err)
{
    const struct ct_cursor_plan plan = {.end_unit = ct_source_unit_count(source)};
    struct ct_cursor *cursor;
    struct ct_block block;
    CT_TRY(ct_cursor_open(source, &plan, &cursor, err));
    const ct_status status = ct_cursor_next(cursor, &block, out, err);
    ct_cursor_close(cursor);
    return status;
}

ct_status ct_influx_run_has_rows(struct ct_influx_run *run, uint32_t table, bool *out,
                                 struct ct_error *err)
{
    struct ct_scan *scan;
    *out = false;
    CT_TRY(ct_scan_open(run->snapshot, table, INT64_MIN, INT64_MAX, &scan, err));
    ct_status status = CT_OK;
    for (uint32_t i = 0; status == CT_OK && !*out && i < ct_scan_source_count(scan); i++)
        status = source_has_rows(ct_scan_source(scan, i), out, err);
    ct_scan_close(scan);
    return status;
}
