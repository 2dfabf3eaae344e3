#include "restate_digest.h"

#include "byte_buffer.h"
#include "hash.h"
#include "source.h"

#define HASH_SEED_1 1
#define HASH_SEED_2 2

struct digest {
    struct ct_catalog *catalog;
    const struct ct_allocator *allocator;
    const struct ct_restate_digest_plan *plan;
    uint32_t *fields; /* that are read */
    uint32_t field_count;
    uint32_t total_at; /* of them; CT_NONE: no total */
    uint32_t currency_tag;
    struct ct_vector *columns; /* of the block at hand */
    struct ct_byte_buffer row;
    struct ct_restate_digest *out;
};

/* -- one row ------------------------------------------------------------------------------- */

static bool has_value(const struct ct_vector *values, uint32_t row)
{
    return values->count > 0 && (!values->present || values->present[row]);
}

static struct ct_decimal decimal_at(const struct ct_vector *values, uint32_t row)
{
    return (struct ct_decimal){.mantissa = values->wide ? values->wide[row] : values->narrow[row],
                               .scale = values->scales ? values->scales[row] : values->scale};
}

static ct_status add_value(struct ct_byte_buffer *out, const struct ct_vector *values, uint32_t row)
{
    switch (values->type) {
    case CT_FLOAT64:
    case CT_INT64:
    case CT_UINT64:
        return ct_byte_buffer_bytes(out, &values->int64[row], sizeof values->int64[row]);
    case CT_BOOL:
        return ct_byte_buffer_bytes(out, &values->boolean[row], 1);
    case CT_STRING: {
        const struct ct_text text = values->string[row];
        const uint64_t len = text.len;
        CT_TRY(ct_byte_buffer_bytes(out, &len, sizeof len));
        return ct_byte_buffer_bytes(out, text.bytes, text.len);
    }
    case CT_DECIMAL: {
        const struct ct_decimal value = ct_decimal_normalise(decimal_at(values, row));
        CT_TRY(ct_byte_buffer_bytes(out, &value.mantissa, sizeof value.mantissa));
        return ct_byte_buffer_bytes(out, &value.scale, 1);
    }
    }
    return CT_OK;
}

static ct_status hash_row(struct digest *digest, uint32_t series, int64_t time_ns, uint32_t row)
{
    struct ct_byte_buffer *bytes = &digest->row;
    bytes->len = 0;
    CT_TRY(ct_byte_buffer_bytes(bytes, &series, sizeof series));
    CT_TRY(ct_byte_buffer_bytes(bytes, &time_ns, sizeof time_ns));
    for (uint32_t i = 0; i < digest->field_count; i++) {
        if (!has_value(&digest->columns[i], row))
            continue;
        CT_TRY(ct_byte_buffer_bytes(bytes, &digest->fields[i], sizeof digest->fields[i]));
        CT_TRY(add_value(bytes, &digest->columns[i], row));
    }
    digest->out->hash[0] += ct_hash(bytes->bytes, bytes->len, HASH_SEED_1);
    digest->out->hash[1] += ct_hash(bytes->bytes, bytes->len, HASH_SEED_2);
    return CT_OK;
}

static void note_currency(struct ct_restate_digest *out, uint32_t currency)
{
    out->is_mixed |= out->has_amounts && out->currency != currency;
    out->has_amounts = true;
    out->currency = currency;
}

static ct_status add_amount(struct digest *digest, uint32_t row, uint32_t currency)
{
    const struct ct_vector *values = &digest->columns[digest->total_at];
    if (!has_value(values, row))
        return CT_OK;
    note_currency(digest->out, currency);
    struct ct_decimal value;
    if (values->type == CT_DECIMAL)
        value = decimal_at(values, row);
    else
        value = (struct ct_decimal){.mantissa = values->type == CT_UINT64
                                                    ? (ct_int128)values->uint64[row]
                                                    : (ct_int128)values->int64[row]};
    return ct_decimal_sum_add(&digest->out->total, value.mantissa, value.scale);
}

/* -- blocks -------------------------------------------------------------------------------- */

struct piece {
    struct ct_cursor *cursor;
    const uint32_t *series;     /* by position */
    const uint32_t *currencies; /* by position; NULL: one */
};

static ct_status add_run(struct digest *digest, const struct piece *piece, const struct ct_run *run,
                         const int64_t *times_ns)
{
    const uint32_t currency = piece->currencies ? piece->currencies[run->position] : 0;
    digest->out->row_count += run->row_count;
    for (uint32_t row = run->first_row; row < run->first_row + run->row_count; row++) {
        if (digest->plan->with_hash)
            CT_TRY(hash_row(digest, piece->series[run->position], times_ns[row], row));
        if (digest->total_at != CT_NONE)
            CT_TRY(add_amount(digest, row, currency));
    }
    return CT_OK;
}

static ct_status add_block(struct digest *digest, const struct piece *piece,
                           const struct ct_block *block, struct ct_error *err)
{
    const int64_t *times_ns = NULL;
    if (digest->plan->with_hash)
        CT_TRY(ct_cursor_times(piece->cursor, &times_ns, err));
    for (uint32_t i = 0; i < digest->field_count; i++)
        CT_TRY(ct_cursor_column(piece->cursor, i, &digest->columns[i], err));
    for (uint32_t i = 0; i < block->run_count; i++) {
        const ct_status status = add_run(digest, piece, &block->runs[i], times_ns);
        if (status == CT_NO_MEMORY)
            return ct_fail(err, status, "out of memory while looking at a scope's rows");
        if (status != CT_OK)
            return ct_fail(err, status, "the total of the scope's rows is too large");
    }
    return CT_OK;
}

static ct_status add_blocks(struct digest *digest, const struct piece *piece, struct ct_error *err)
{
    for (;;) {
        struct ct_block block;
        bool found;
        CT_TRY(ct_cursor_next(piece->cursor, &block, &found, err));
        if (!found)
            return CT_OK;
        CT_TRY(add_block(digest, piece, &block, err));
    }
}

/* -- sources ------------------------------------------------------------------------------- */

static ct_status select_series(const struct digest *digest, struct ct_source *source,
                               uint8_t *selected, struct ct_error *err)
{
    const struct ct_tombstone *scope = digest->plan->scope;
    const uint32_t count = ct_source_series_count(source);
    memset(selected, 1, count);
    for (uint32_t i = 0; i < scope->tag_count; i++) {
        const uint32_t *codes;
        CT_TRY(ct_source_tag_codes(source, scope->tags[i].tag, &codes, err));
        for (uint32_t k = 0; k < count; k++)
            selected[k] &= codes[k] == scope->tags[i].code;
    }
    return CT_OK;
}

static ct_status add_selected(struct digest *digest, struct ct_source *source,
                              const uint8_t *selected, struct ct_error *err)
{
    struct piece piece = {0};
    CT_TRY(ct_source_series(source, &piece.series, err));
    if (digest->currency_tag != CT_NONE)
        CT_TRY(ct_source_tag_codes(source, digest->currency_tag, &piece.currencies, err));
    const struct ct_cursor_plan plan = {.fields = digest->fields,
                                        .field_count = digest->field_count,
                                        .selected = selected,
                                        .end_unit = ct_source_unit_count(source)};
    CT_TRY(ct_cursor_open(source, &plan, &piece.cursor, err));
    const ct_status status = add_blocks(digest, &piece, err);
    ct_cursor_close(piece.cursor);
    return status;
}

static ct_status add_source(struct digest *digest, struct ct_source *source, struct ct_error *err)
{
    uint8_t *selected = ct_alloc_zeroed(digest->allocator, ct_source_series_count(source), 1);
    if (!selected)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while looking at a scope's rows");
    ct_status status = select_series(digest, source, selected, err);
    if (status == CT_OK)
        status = add_selected(digest, source, selected, err);
    ct_release(digest->allocator, selected);
    return status;
}

static ct_status add_sources(struct digest *digest, struct ct_snapshot *snapshot,
                             struct ct_error *err)
{
    const struct ct_tombstone *scope = digest->plan->scope;
    struct ct_scan *scan;
    CT_TRY(ct_scan_open(snapshot, scope->table, scope->start_ns, scope->end_ns, &scan, err));
    ct_status status = CT_OK;
    for (uint32_t i = 0; i < ct_scan_source_count(scan) && status == CT_OK; i++)
        status = add_source(digest, ct_scan_source(scan, i), err);
    ct_scan_close(scan);
    return status;
}

static ct_status choose_fields(struct digest *digest, struct ct_error *err)
{
    const struct ct_restate_digest_plan *plan = digest->plan;
    const uint32_t count = ct_catalog_field_count(digest->catalog, plan->scope->table);
    digest->fields = ct_alloc_zeroed(digest->allocator, count, sizeof *digest->fields);
    digest->columns = ct_alloc_zeroed(digest->allocator, count, sizeof *digest->columns);
    if (!digest->fields || !digest->columns)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while looking at a scope's rows");
    digest->total_at = CT_NONE;
    for (uint32_t field = 0; field < count; field++) {
        if (field == plan->total_field)
            digest->total_at = digest->field_count;
        if (plan->with_hash || field == plan->total_field)
            digest->fields[digest->field_count++] = field;
    }
    digest->currency_tag =
        ct_catalog_find_tag(digest->catalog, plan->scope->table, ct_text_of("currency"));
    return CT_OK;
}

ct_status ct_restate_digest_of(struct ct_snapshot *snapshot,
                               const struct ct_restate_digest_plan *plan,
                               struct ct_restate_digest *out, struct ct_error *err)
{
    struct ct_store *store = snapshot->store;
    const struct ct_allocator *allocator = store->env.allocator;
    struct digest digest = {.catalog = store->catalog,
                            .allocator = allocator,
                            .plan = plan,
                            .row = {.allocator = allocator},
                            .out = out};
    memset(out, 0, sizeof *out);
    ct_status status = choose_fields(&digest, err);
    if (status == CT_OK)
        status = add_sources(&digest, snapshot, err);
    ct_release(allocator, digest.fields);
    ct_release(allocator, digest.columns);
    ct_byte_buffer_deinit(&digest.row);
    return status;
}
