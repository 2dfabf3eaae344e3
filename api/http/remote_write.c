#include "remote_write.h"

#include <remote_write.pb-c.h>

#include "unpack.h"
#include "wire_field.h"

#define REQUEST_SERIES     1 /* its field number */
#define STALE_MARKER       UINT64_C(0x7ff0000000000002)
#define NS_PER_MILLISECOND 1000000

typedef Centime__Prom__Series remote_series;

/* Labels as table and tags. */
struct identity {
    struct ct_text table; /* of __name__; bytes NULL: none */
    centime_row_tag tags[CT_METRIC_TAGS_MAX + 1];
    uint32_t tag_count;
};

static ct_status read_name(struct ct_text label, struct ct_arena *arena, struct ct_text *out,
                           struct ct_error *err)
{
    const char *name = ct_arena_terminated(arena, label);
    if (!name)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a metric's name");
    *out = (struct ct_text){name, label.len};
    return CT_OK;
}

static ct_status read_labels(const remote_series *series, struct ct_arena *arena,
                             struct identity *out, struct ct_error *err)
{
    out->table = (struct ct_text){NULL, 0};
    out->tag_count = 0;
    for (size_t i = 0; i < series->n_labels; i++) {
        const struct ct_text name = ct_unpack_text(series->labels[i]->name);
        const struct ct_text value = ct_unpack_text(series->labels[i]->value);
        if (ct_text_equal(name, ct_text_of("__name__")))
            CT_TRY(read_name(value, arena, &out->table, err));
        else if (out->tag_count <= CT_METRIC_TAGS_MAX)
            out->tags[out->tag_count++] =
                (centime_row_tag){{name.bytes, name.len}, {value.bytes, value.len}};
    }
    return CT_OK;
}

static bool is_stale(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits == STALE_MARKER;
}

static void reject(struct ct_remote_write *request, struct ct_text table, size_t samples,
                   const char *why)
{
    request->rows.points += samples;
    if (samples)
        ct_metric_reject(&request->rows, table, samples, why);
}

static ct_status add_sample(struct ct_remote_write *request, const struct identity *identity,
                            const Centime__Prom__Sample *sample, struct ct_error *err)
{
    int64_t time_ns;
    if (is_stale(sample->value)) {
        request->stale++;
        return CT_OK;
    }
    if (__builtin_mul_overflow(sample->timestamp, (int64_t)NS_PER_MILLISECOND, &time_ns)) {
        reject(request, identity->table, 1, "a timestamp outside the years 1677 to 2262");
        return CT_OK;
    }
    const struct ct_metric_value value = {.field = "value", .real = sample->value};
    const struct ct_metric_point point = {.table = identity->table,
                                          .tags = identity->tags,
                                          .tag_count = identity->tag_count,
                                          .values = &value,
                                          .value_count = 1,
                                          .time_ns = time_ns};
    return ct_metric_add(&request->rows, &point, NULL, err);
}

static ct_status add_series(struct ct_remote_write *request, const remote_series *series,
                            struct ct_arena *arena, struct ct_error *err)
{
    struct identity identity;
    CT_TRY(read_labels(series, arena, &identity, err));
    if (!identity.table.bytes) {
        reject(request, (struct ct_text){"", 0}, series->n_samples + series->n_histograms,
               "a series without the label __name__");
        return CT_OK;
    }
    reject(request, identity.table, series->n_histograms, "native histograms are not stored");
    for (size_t i = 0; i < series->n_samples; i++)
        CT_TRY(add_sample(request, &identity, series->samples[i], err));
    return CT_OK;
}

static ct_status read_request(struct ct_remote_write *request, struct ct_unpack *unpack,
                              struct ct_error *err)
{
    for (struct ct_text rest = request->body; rest.len;) {
        struct ct_wire_field field;
        ProtobufCMessage *message;
        CT_TRY(ct_wire_next(&rest, &field, err));
        if (field.number != REQUEST_SERIES || !field.is_bytes)
            continue;
        CT_TRY(ct_unpack_message(unpack, &centime__prom__series__descriptor, field.bytes,
                                 "a series", &message, err));
        CT_TRY(add_series(request, (const remote_series *)message, &unpack->arena, err));
    }
    return CT_OK;
}

ct_status ct_remote_write_read(void *context, struct ct_error *err)
{
    struct ct_remote_write *request = context;
    struct ct_unpack unpack;
    request->stale = 0;
    ct_unpack_init(&unpack, request->allocator);
    const ct_status status = read_request(request, &unpack, err);
    ct_unpack_deinit(&unpack);
    return status;
}
