#include "metric_rows.h"

#include <math.h>
#include <stdio.h>

#include "utf8.h"

#define STALE_TRIES   16
#define EXACT_INTEGER 9007199254740992.0 /* 2^53: beyond, doubles skip whole numbers */
#define SHOWN_BYTES   80

/* The name as errors show it: cut where a character begins, `?` for what a terminal would act on.
 */
static size_t show(struct ct_text name, char *out, size_t cap)
{
    size_t len = name.len < cap - 1 ? name.len : cap - 1;
    len = ct_utf8_valid_len((struct ct_text){name.bytes, len});
    for (size_t i = 0; i < len; i++)
        out[i] = (unsigned char)name.bytes[i] < 0x20 || name.bytes[i] == 0x7f ? '?' : name.bytes[i];
    out[len] = 0;
    return len;
}

void ct_metric_reject(struct ct_metric_rows *rows, struct ct_text table, uint64_t points,
                      const char *why)
{
    char shown[SHOWN_BYTES + 1], text[sizeof rows->reason];
    if (rows->rejected == 0) {
        show(table, shown, sizeof shown);
        const int len = snprintf(text, sizeof text, "metric \"%s\": %s", shown, why);
        const size_t kept = (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
        show((struct ct_text){text, kept}, rows->reason, sizeof rows->reason);
    }
    rows->rejected += points;
}

/* -- Names ------------------------------------------------------------------------------------- */

static bool has_control_bytes(struct ct_text text)
{
    unsigned found = 0;
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char byte = (unsigned char)text.bytes[i];
        found |= byte < 0x20 || byte == 0x7f;
    }
    return found != 0;
}

/* As in line protocol: what could not be written there is not let in here. */
static const char *fault_of_text(struct ct_text text, bool is_name)
{
    if (is_name && text.len == 0)
        return "an empty name";
    if (has_control_bytes(text))
        return "control bytes in a name or tag value";
    if (!ct_utf8_is_valid(text))
        return "a name or tag value that is not UTF-8";
    return NULL;
}

static const char *fault_of_point(const struct ct_metric_point *point)
{
    if (point->tag_count > CT_METRIC_TAGS_MAX)
        return "more than 128 attributes or labels";
    const char *fault = fault_of_text(point->table, true);
    for (uint32_t i = 0; !fault && i < point->tag_count; i++) {
        const centime_row_tag *tag = &point->tags[i];
        fault = fault_of_text((struct ct_text){tag->key.bytes, tag->key.len}, true);
        if (!fault)
            fault = fault_of_text((struct ct_text){tag->value.bytes, tag->value.len}, false);
    }
    return fault;
}

/* -- Rows -------------------------------------------------------------------------------------- */

static bool is_whole(double value)
{
    return value >= -EXACT_INTEGER && value <= EXACT_INTEGER && floor(value) == value;
}

/* Where `as_whole`, real numbers without a fraction are given as whole ones. */
static int write_row(struct ct_metric_rows *rows, const struct ct_metric_point *point,
                     bool as_whole, centime_error *err)
{
    centime_column fields[CT_METRIC_VALUES_MAX];
    int64_t whole[CT_METRIC_VALUES_MAX];
    for (uint32_t i = 0; i < point->value_count; i++) {
        const struct ct_metric_value *value = &point->values[i];
        const bool converts = as_whole && !value->is_whole && is_whole(value->real);
        whole[i] = converts ? (int64_t)value->real : value->whole;
        fields[i] = (centime_column){.name = value->field, .type = CENTIME_INT64};
        if (value->is_whole || converts) {
            fields[i].values = &whole[i];
        } else {
            fields[i].type = CENTIME_FLOAT64;
            fields[i].values = &value->real;
        }
    }
    const centime_row row = {.struct_size = sizeof row,
                             .tag_count = point->tag_count,
                             .table = point->table.bytes,
                             .tags = point->tags,
                             .fields = fields,
                             .field_count = point->value_count,
                             .time_ns = point->time_ns};
    return centime_writer_row(rows->writer, &row, err);
}

static bool is_of_the_point(int status)
{
    return status == CENTIME_TYPE || status == CENTIME_INVALID || status == CENTIME_LIMIT ||
           status == CENTIME_RANGE || status == CENTIME_PARSE;
}

/* *why is set where the point cannot be stored. */
static ct_status put(struct ct_metric_rows *rows, const struct ct_metric_point *point,
                     centime_error *story, const char **why, struct ct_error *err)
{
    *why = fault_of_point(point);
    if (*why)
        return CT_OK;
    int status = write_row(rows, point, false, story);
    if (status == CENTIME_TYPE && write_row(rows, point, true, story) == CENTIME_OK)
        status = CENTIME_OK;
    if (is_of_the_point(status))
        *why = story->text;
    else if (status != CENTIME_OK)
        return ct_fail(err, (ct_status)status, "%s", story->text);
    return CT_OK;
}

ct_status ct_metric_add(struct ct_metric_rows *rows, const struct ct_metric_point *point,
                        bool *is_stored, struct ct_error *err)
{
    centime_error story = CENTIME_ERROR_INIT;
    const char *why;
    if (rows->points >= CT_METRIC_POINTS_MAX)
        return ct_fail(err, CT_LIMIT, "more than %d points in one request: send fewer at a time",
                       CT_METRIC_POINTS_MAX);
    CT_TRY(put(rows, point, &story, &why, err));
    rows->points++;
    if (why)
        ct_metric_reject(rows, point->table, 1, why);
    if (is_stored)
        *is_stored = !why;
    return CT_OK;
}

ct_status ct_metric_add_besides(struct ct_metric_rows *rows, const struct ct_metric_point *point,
                                struct ct_error *err)
{
    centime_error story = CENTIME_ERROR_INIT;
    const char *why;
    return put(rows, point, &story, &why, err);
}

/* -- Commit ------------------------------------------------------------------------------------ */

static ct_status try_write(struct ct_metric_rows *rows,
                           ct_status (*read)(void *context, struct ct_error *err), void *context,
                           centime_write_result *result, struct ct_error *err)
{
    centime_error story = CENTIME_ERROR_INIT;
    rows->points = rows->rejected = 0;
    const ct_status status = read(context, err);
    if (status != CT_OK) {
        centime_writer_discard(rows->writer);
        return status;
    }
    const int code = centime_writer_commit(rows->writer, result, &story);
    return code == CENTIME_OK ? CT_OK : ct_fail(err, (ct_status)code, "%s", story.text);
}

ct_status ct_metric_write(struct ct_metric_rows *rows,
                          ct_status (*read)(void *context, struct ct_error *err), void *context,
                          centime_write_result *result, struct ct_error *err)
{
    ct_status status = CT_STALE;
    for (int tries = 0; status == CT_STALE && tries < STALE_TRIES; tries++)
        status = try_write(rows, read, context, result, err);
    return status;
}
