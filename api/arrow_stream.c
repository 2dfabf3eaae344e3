/* Answers through Arrow's C data and stream interfaces. Numbers and times are handed out as they
 * stand; whatever is handed out holds the result. Children may be moved out of their parents, as
 * the interface allows, so each holds the result itself. */
#include <errno.h>
#include <stdio.h>

#include "arrow_column.h"

#define FORMAT_BYTES_MAX 32

static void format_of(const struct api_arrow_type *type, char out[FORMAT_BYTES_MAX])
{
    static const char *const formats[] = {
        [CT_RESULT_TIME] = "tsn:UTC", [CT_RESULT_TEXT] = "u",    [CT_RESULT_INT64] = "l",
        [CT_RESULT_UINT64] = "L",     [CT_RESULT_FLOAT64] = "g", [CT_RESULT_BOOL] = "b",
    };
    if (type->type == CT_RESULT_DECIMAL)
        snprintf(out, FORMAT_BYTES_MAX, type->is_wide ? "d:76,%d,256" : "d:38,%d", type->scale);
    else
        snprintf(out, FORMAT_BYTES_MAX, "%s", formats[type->type]);
}

/* -- Schemas ---------------------------------------------------------------------------------- */

/* Of one column; its name is the result's. */
struct schema_hold {
    const centime_result *result;
    char format[FORMAT_BYTES_MAX];
};

static void release_schema_column(struct ArrowSchema *schema)
{
    struct schema_hold *hold = schema->private_data;
    const centime_result *result = hold->result;
    struct api_memory *memory = api_memory_take(result->memory);
    ct_release(&memory->allocator, hold);
    api_result_drop(result);
    api_memory_drop(memory);
    schema->release = NULL;
}

static bool make_schema_column(const centime_result *result, uint32_t column,
                               const struct api_arrow_type *type, struct ArrowSchema *out)
{
    struct schema_hold *hold = ct_alloc_zeroed(&result->memory->allocator, 1, sizeof *hold);
    if (!hold)
        return false;
    hold->result = api_result_take(result);
    format_of(type, hold->format);
    *out = (struct ArrowSchema){
        .format = hold->format,
        .name = result->result->columns[column].name.bytes,
        .flags = ARROW_FLAG_NULLABLE,
        .release = release_schema_column,
        .private_data = hold,
    };
    return true;
}

/* Columns and the pointers to them; freed with the parent, whose children may be gone by then. */
struct schema_parent {
    struct api_memory *memory;
    struct ArrowSchema **pointers;
    struct ArrowSchema *columns;
};

static void release_schema(struct ArrowSchema *schema)
{
    struct schema_parent *parent = schema->private_data;
    struct api_memory *memory = parent->memory;
    for (int64_t i = 0; i < schema->n_children; i++)
        if (parent->columns[i].release)
            parent->columns[i].release(&parent->columns[i]);
    ct_release(&memory->allocator, parent->columns);
    ct_release(&memory->allocator, parent->pointers);
    ct_release(&memory->allocator, parent);
    api_memory_drop(memory);
    schema->release = NULL;
}

static struct schema_parent *make_schema_parent(struct api_memory *memory, uint32_t count)
{
    const struct ct_allocator *allocator = &memory->allocator;
    struct schema_parent *parent = ct_alloc_zeroed(allocator, 1, sizeof *parent);
    if (!parent)
        return NULL;
    parent->columns = ct_alloc_zeroed(allocator, (size_t)count + 1, sizeof *parent->columns);
    parent->pointers = ct_alloc_zeroed(allocator, (size_t)count + 1, sizeof(void *));
    if (!parent->columns || !parent->pointers) {
        ct_release(allocator, parent->columns);
        ct_release(allocator, parent->pointers);
        ct_release(allocator, parent);
        return NULL;
    }
    parent->memory = api_memory_take(memory);
    return parent;
}

static bool make_schema(const centime_result *result, const struct api_arrow_type *types,
                        struct ArrowSchema *out)
{
    const uint32_t count = result->result->column_count;
    struct schema_parent *parent = make_schema_parent(result->memory, count);
    if (!parent)
        return false;
    struct ArrowSchema schema = {.format = "+s",
                                 .name = "",
                                 .children = parent->pointers,
                                 .release = release_schema,
                                 .private_data = parent};
    bool is_made = true;
    for (uint32_t i = 0; is_made && i < count; i++) {
        parent->pointers[i] = &parent->columns[i];
        is_made = make_schema_column(result, i, &types[i], &parent->columns[i]);
        schema.n_children += is_made;
    }
    if (is_made)
        *out = schema;
    else
        release_schema(&schema);
    return is_made;
}

/* -- Arrays ----------------------------------------------------------------------------------- */

struct array_hold {
    const centime_result *result;
    struct api_arrow_column column;
};

static void release_array_column(struct ArrowArray *array)
{
    struct array_hold *hold = array->private_data;
    const centime_result *result = hold->result;
    struct api_memory *memory = api_memory_take(result->memory);
    api_arrow_column_deinit(&hold->column);
    ct_release(&memory->allocator, hold);
    api_result_drop(result);
    api_memory_drop(memory);
    array->release = NULL;
}

/* Rows of a result, from one on. */
struct batch {
    const centime_result *result;
    const struct api_arrow_type *types;
    uint64_t first_row, row_count;
};

static ct_status make_array_column(const struct batch *batch, uint32_t column,
                                   struct ArrowArray *out, struct ct_error *err)
{
    const struct ct_allocator *allocator = &batch->result->memory->allocator;
    struct array_hold *hold = ct_alloc_zeroed(allocator, 1, sizeof *hold);
    if (!hold)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a batch of an answer");
    const ct_status status =
        api_arrow_column_init(&hold->column, allocator, &batch->result->result->columns[column],
                              &batch->types[column], batch->first_row, batch->row_count, err);
    if (status != CT_OK) {
        ct_release(allocator, hold);
        return status;
    }
    hold->result = api_result_take(batch->result);
    *out = (struct ArrowArray){
        .length = (int64_t)batch->row_count,
        .null_count = (int64_t)hold->column.null_count,
        .n_buffers = hold->column.buffer_count,
        .buffers = hold->column.buffers,
        .release = release_array_column,
        .private_data = hold,
    };
    return CT_OK;
}

struct array_parent {
    struct api_memory *memory;
    struct ArrowArray **pointers;
    struct ArrowArray *columns;
    const void *validity; /* NULL: rows are never null */
};

static void release_array(struct ArrowArray *array)
{
    struct array_parent *parent = array->private_data;
    struct api_memory *memory = parent->memory;
    for (int64_t i = 0; i < array->n_children; i++)
        if (parent->columns[i].release)
            parent->columns[i].release(&parent->columns[i]);
    ct_release(&memory->allocator, parent->columns);
    ct_release(&memory->allocator, parent->pointers);
    ct_release(&memory->allocator, parent);
    api_memory_drop(memory);
    array->release = NULL;
}

static struct array_parent *make_array_parent(struct api_memory *memory, uint32_t count)
{
    const struct ct_allocator *allocator = &memory->allocator;
    struct array_parent *parent = ct_alloc_zeroed(allocator, 1, sizeof *parent);
    if (!parent)
        return NULL;
    parent->columns = ct_alloc_zeroed(allocator, (size_t)count + 1, sizeof *parent->columns);
    parent->pointers = ct_alloc_zeroed(allocator, (size_t)count + 1, sizeof(void *));
    if (!parent->columns || !parent->pointers) {
        ct_release(allocator, parent->columns);
        ct_release(allocator, parent->pointers);
        ct_release(allocator, parent);
        return NULL;
    }
    parent->memory = api_memory_take(memory);
    return parent;
}

static ct_status make_array(const struct batch *batch, struct ArrowArray *out, struct ct_error *err)
{
    const uint32_t count = batch->result->result->column_count;
    struct array_parent *parent = make_array_parent(batch->result->memory, count);
    if (!parent)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a batch of an answer");
    struct ArrowArray array = {.length = (int64_t)batch->row_count,
                               .n_buffers = 1,
                               .buffers = &parent->validity,
                               .children = parent->pointers,
                               .release = release_array,
                               .private_data = parent};
    ct_status status = CT_OK;
    for (uint32_t i = 0; status == CT_OK && i < count; i++) {
        parent->pointers[i] = &parent->columns[i];
        status = make_array_column(batch, i, &parent->columns[i], err);
        array.n_children += status == CT_OK;
    }
    if (status == CT_OK)
        *out = array;
    else
        release_array(&array);
    return status;
}

/* -- Streams ---------------------------------------------------------------------------------- */

struct stream {
    const centime_result *result;
    uint64_t next_row;
    struct ct_error err; /* of the last call */
    struct api_arrow_type types[];
};

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    struct stream *s = stream->private_data;
    s->err = (struct ct_error){0};
    if (make_schema(s->result, s->types, out))
        return 0;
    (void)ct_fail(&s->err, CT_NO_MEMORY, "out of memory for the schema of an answer");
    return ENOMEM;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct stream *s = stream->private_data;
    s->err = (struct ct_error){0};
    struct batch batch = {s->result, s->types, s->next_row,
                          api_arrow_batch_rows(s->result->result, s->next_row)};
    if (batch.row_count == 0) {
        *out = (struct ArrowArray){0}; /* released: the end */
        return 0;
    }
    const ct_status status = make_array(&batch, out, &s->err);
    if (status != CT_OK)
        return status == CT_NO_MEMORY ? ENOMEM : EOVERFLOW;
    s->next_row += batch.row_count;
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream)
{
    const struct stream *s = stream->private_data;
    return s->err.code == CT_OK ? NULL : s->err.text;
}

static void release_stream(struct ArrowArrayStream *stream)
{
    struct stream *s = stream->private_data;
    const centime_result *result = s->result;
    struct api_memory *memory = api_memory_take(result->memory);
    ct_release(&memory->allocator, s);
    api_result_drop(result);
    api_memory_drop(memory);
    stream->release = NULL;
}

static ct_status make_stream(const centime_result *result, struct ArrowArrayStream *out,
                             struct ct_error *err)
{
    const uint32_t count = result->result->column_count;
    const struct ct_allocator *allocator = &result->memory->allocator;
    struct stream *s = ct_alloc_zeroed(allocator, 1, sizeof *s + count * sizeof s->types[0]);
    if (!s)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a stream of an answer");
    for (uint32_t i = 0; i < count; i++) {
        const ct_status status = api_arrow_type_of(result->result, i, &s->types[i], err);
        if (status != CT_OK) {
            ct_release(allocator, s);
            return status;
        }
    }
    s->result = api_result_take(result);
    *out = (struct ArrowArrayStream){.get_schema = get_schema,
                                     .get_next = get_next,
                                     .get_last_error = get_last_error,
                                     .release = release_stream,
                                     .private_data = s};
    return CT_OK;
}

int centime_result_arrow_stream(const centime_result *result, struct ArrowArrayStream *out,
                                centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(make_stream(result, out, &story), &story, err);
}
