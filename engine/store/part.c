#include "part.h"

uint32_t ct_entry_field(struct ct_catalog *catalog, uint32_t table)
{
    if (ct_catalog_table_options(catalog, table).kind != CT_TABLE_LEDGER)
        return CT_NONE;
    return ct_catalog_find_field(catalog, table, ct_text_of("entry_id"));
}

bool ct_tombstone_matches(const struct ct_tombstone *tombstone, struct ct_catalog *catalog,
                          uint32_t series)
{
    for (uint32_t i = 0; i < tombstone->tag_count; i++) {
        uint32_t code = 0;
        ct_catalog_series_codes(catalog, tombstone->table, tombstone->tags[i].tag, &series, 1,
                                &code);
        if (code != tombstone->tags[i].code)
            return false;
    }
    return true;
}

bool ct_part_is_touched(const struct ct_row_part *part, const struct ct_tombstone *tombstone)
{
    const uint64_t commit =
        part->sealed ? part->sealed->entry.applied_commit : part->view->first_commit;
    const bool is_past = part->sealed && part->sealed->entry.is_history;
    return !is_past && tombstone->commit > commit && tombstone->start_ns <= ct_part_max_ns(part) &&
           tombstone->end_ns > ct_part_min_ns(part);
}

ct_status ct_delete_list_init(struct ct_delete_list *list, const struct ct_version *version,
                              uint32_t table, uint64_t last_commit,
                              const struct ct_allocator *allocator, struct ct_error *err)
{
    memset(list, 0, sizeof *list);
    if (version->tombstone_count == 0)
        return CT_OK;
    list->tombstones =
        ct_alloc_zeroed(allocator, version->tombstone_count, sizeof(struct ct_tombstone *));
    if (!list->tombstones)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while looking at deletes");
    for (size_t i = 0; i < version->tombstone_count; i++) {
        const struct ct_tombstone *tombstone = &version->tombstones[i];
        if (tombstone->table == table && tombstone->commit <= last_commit)
            list->tombstones[list->count++] = tombstone;
    }
    return CT_OK;
}

void ct_delete_list_deinit(struct ct_delete_list *list, const struct ct_allocator *allocator)
{
    ct_release(allocator, list->tombstones);
    memset(list, 0, sizeof *list);
}

ct_status ct_part_reader_create(const struct ct_row_part *part, const struct ct_part_plan *plan,
                                struct ct_part_reader **out, struct ct_error *err)
{
    struct ct_part_reader *reader = ct_alloc_zeroed(plan->allocator, 1, sizeof *reader);
    if (!reader)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while reading rows");
    reader->part = *part;
    reader->plan = *plan;
    reader->columns = ct_alloc_zeroed(plan->allocator, plan->column_count, sizeof *reader->columns);
    ct_status status = CT_OK;
    if (!reader->columns) {
        status = ct_fail(err, CT_NO_MEMORY, "out of memory while reading rows");
    } else {
        if (plan->column_count)
            memcpy(reader->columns, plan->columns, plan->column_count * sizeof *reader->columns);
        reader->plan.columns = reader->columns;
        for (uint32_t i = 0; i < plan->column_count; i++)
            reader->marks_deleted |= plan->columns[i].field == CT_FIELD_UNTIL;
        status =
            part->sealed ? ct_part_segment_begin(reader, err) : ct_part_live_begin(reader, err);
    }
    if (status != CT_OK) {
        ct_part_reader_destroy(reader);
        return status;
    }
    *out = reader;
    return CT_OK;
}

void ct_part_reader_destroy(struct ct_part_reader *reader)
{
    if (!reader)
        return;
    const struct ct_allocator *allocator = reader->plan.allocator;
    ct_release(allocator, reader->columns);
    ct_release(allocator, reader->deleted);
    ct_release(allocator, reader->deleted_commits);
    ct_segment_reader_destroy(reader->segment_reader);
    ct_commit_reader_destroy(reader->commits);
    ct_release(allocator, reader->segment_columns);
    ct_release(allocator, reader->slot_of_series);
    ct_release(allocator, reader->references);
    ct_release(allocator, reader->slot_start);
    ct_release(allocator, reader->chunk_columns);
    ct_release(allocator, reader->kept);
    ct_release(allocator, reader);
}

/* Notes the ranges of deletes that this series falls under. */
static ct_status note_deletes(struct ct_part_reader *reader, uint32_t series)
{
    const struct ct_deletes *deletes = &reader->plan.deletes;
    reader->deleted_count = 0;
    for (size_t i = 0; i < deletes->count; i++) {
        const struct ct_tombstone *tombstone = deletes->tombstones[i];
        if (!ct_part_is_touched(&reader->part, tombstone) ||
            !ct_tombstone_matches(tombstone, deletes->catalog, series))
            continue;
        const size_t need = reader->deleted_count + 1;
        if (!ct_grow(reader->plan.allocator, &reader->deleted, &reader->deleted_cap, need,
                     sizeof *reader->deleted) ||
            !ct_grow(reader->plan.allocator, &reader->deleted_commits, &reader->commits_cap, need,
                     sizeof *reader->deleted_commits))
            return CT_NO_MEMORY;
        reader->deleted[reader->deleted_count] =
            (struct ct_time_range){.start_ns = tombstone->start_ns, .end_ns = tombstone->end_ns};
        reader->deleted_commits[reader->deleted_count++] = tombstone->commit;
    }
    return CT_OK;
}

ct_status ct_part_reader_seek(struct ct_part_reader *reader, uint32_t series, struct ct_error *err)
{
    if (note_deletes(reader, series) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while reading rows");
    return reader->part.sealed ? ct_part_segment_seek(reader, series, err)
                               : ct_part_live_seek(reader, series, err);
}

ct_status ct_part_reader_time_after(struct ct_part_reader *reader, uint32_t rows, int64_t *time_ns,
                                    struct ct_error *err)
{
    if (reader->part.sealed)
        return ct_part_segment_time_after(reader, rows, time_ns, err);
    *time_ns = ct_part_live_time_after(reader, rows);
    return CT_OK;
}

ct_status ct_part_reader_add_until(struct ct_part_reader *reader, int64_t end_ns,
                                   struct ct_row_pool *pool, struct ct_error *err)
{
    CT_ASSERT(pool->column_count == reader->plan.column_count);
    return reader->part.sealed ? ct_part_segment_add(reader, end_ns, pool, err)
                               : ct_part_live_add(reader, end_ns, pool, err);
}

ct_status ct_part_reader_add(struct ct_part_reader *reader, uint32_t series,
                             struct ct_row_pool *pool, struct ct_error *err)
{
    CT_TRY(ct_part_reader_seek(reader, series, err));
    return ct_part_reader_add_until(reader, INT64_MAX, pool, err);
}
