#include "roll_writer.h"

struct ct_roll_writer {
    const struct ct_roll_plan *plan;
    struct ct_rollup_builder *builder;
    struct ct_vector *vectors; /* [plan->column_count] */
};

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory while adding up rows");
}

ct_status ct_roll_plan_columns(struct ct_roll_plan *plan, struct ct_catalog *catalog,
                               uint32_t table, const struct ct_segment_column *columns,
                               uint32_t column_count, struct ct_error *err)
{
    ct_release(plan->allocator, plan->columns);
    ct_release(plan->allocator, plan->column_at);
    plan->column_count = 0;
    plan->columns = ct_alloc_zeroed(plan->allocator, column_count, sizeof *plan->columns);
    plan->column_at = ct_alloc_zeroed(plan->allocator, column_count, sizeof *plan->column_at);
    if (!plan->columns || !plan->column_at) {
        ct_release(plan->allocator, plan->columns);
        ct_release(plan->allocator, plan->column_at);
        plan->columns = NULL;
        plan->column_at = NULL;
        return no_memory(err);
    }
    for (uint32_t i = 0; i < column_count; i++) {
        if (!ct_field_is_rolled(catalog, table, columns[i].field))
            continue;
        plan->columns[plan->column_count] =
            (struct ct_rollup_column){.field = columns[i].field, .type = columns[i].type};
        plan->column_at[plan->column_count++] = i;
    }
    return CT_OK;
}

ct_status ct_roll_plan_init(struct ct_roll_plan *plan, struct ct_catalog *catalog,
                            const struct ct_allocator *allocator, uint32_t table,
                            const struct ct_segment_column *columns, uint32_t column_count,
                            uint32_t tag_count, enum ct_effort effort, struct ct_error *err)
{
    *plan = (struct ct_roll_plan){.allocator = allocator, .tag_count = tag_count, .effort = effort};
    ct_status status =
        ct_grouping_sets_of(catalog, table, tag_count, allocator, &plan->sets, NULL, err);
    if (status == CT_OK)
        status = ct_roll_plan_columns(plan, catalog, table, columns, column_count, err);
    if (status != CT_OK)
        ct_roll_plan_deinit(plan);
    return status;
}

void ct_roll_plan_deinit(struct ct_roll_plan *plan)
{
    if (!plan->allocator)
        return;
    ct_set_list_deinit(&plan->sets, plan->allocator);
    ct_release(plan->allocator, plan->columns);
    ct_release(plan->allocator, plan->column_at);
    *plan = (struct ct_roll_plan){0};
}

struct ct_rollup_plan ct_roll_plan_of(const struct ct_roll_plan *plan)
{
    return (struct ct_rollup_plan){.sets = plan->sets.sets,
                                   .set_count = plan->sets.count,
                                   .columns = plan->columns,
                                   .column_count = plan->column_count,
                                   .tag_count = plan->tag_count,
                                   .effort = plan->effort,
                                   .keeps_all = plan->keeps_all};
}

ct_status ct_roll_writer_create(const struct ct_roll_plan *plan, struct ct_roll_writer **out,
                                struct ct_error *err)
{
    struct ct_roll_writer *writer = ct_alloc_zeroed(plan->allocator, 1, sizeof *writer);
    if (!writer)
        return no_memory(err);
    writer->plan = plan;
    writer->vectors = ct_alloc_zeroed(plan->allocator, plan->column_count, sizeof *writer->vectors);
    const struct ct_rollup_plan rollup = ct_roll_plan_of(plan);
    ct_status status = CT_OK;
    if (!writer->vectors && plan->column_count > 0)
        status = no_memory(err);
    if (status == CT_OK)
        status = ct_rollup_builder_create(plan->allocator, &rollup, &writer->builder, err);
    if (status != CT_OK) {
        ct_roll_writer_destroy(writer);
        return status;
    }
    *out = writer;
    return CT_OK;
}

void ct_roll_writer_destroy(struct ct_roll_writer *writer)
{
    if (!writer)
        return;
    const struct ct_allocator *allocator = writer->plan->allocator;
    ct_rollup_builder_destroy(writer->builder);
    ct_release(allocator, writer->vectors);
    ct_release(allocator, writer);
}

ct_status ct_roll_writer_rows(struct ct_roll_writer *writer, const uint32_t *codes,
                              uint32_t row_count, const int64_t *times_ns,
                              const struct ct_vector *vectors, struct ct_error *err)
{
    for (uint32_t i = 0; i < writer->plan->column_count; i++)
        writer->vectors[i] = vectors[writer->plan->column_at[i]];
    CT_TRY(ct_rollup_builder_series(writer->builder, codes, err));
    return ct_rollup_builder_rows(writer->builder, row_count, times_ns, writer->vectors, err);
}

ct_status ct_roll_writer_image(struct ct_roll_writer *writer, uint8_t **out, size_t *len,
                               struct ct_error *err)
{
    return ct_rollup_builder_finish(writer->builder, out, len, err);
}

ct_status ct_roll_writer_payload(struct ct_roll_writer *writer, uint8_t **out, size_t *len,
                                 struct ct_error *err)
{
    uint8_t *image;
    size_t image_len;
    CT_TRY(ct_rollup_builder_finish(writer->builder, &image, &image_len, err));
    const struct ct_allocator *allocator = writer->plan->allocator;
    const ct_status status =
        ct_roll_payload_make(allocator, &writer->plan->sets, image, image_len, out, len, err);
    ct_release(allocator, image);
    return status;
}
