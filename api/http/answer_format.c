#include "answer_format.h"

#include <strings.h>

#include "summary_request.h"
#include "text_out.h"

static const struct {
    const char *name, *media_type;
    int format;
} formats[] = {
    {"json", "application/json", CENTIME_JSON},
    {"columns", "application/json", CENTIME_JSON_COLUMNS},
    {"csv", "text/csv", CENTIME_CSV},
    {"ndjson", "application/x-ndjson", CENTIME_NDJSON},
    {"arrow", "application/vnd.apache.arrow.stream", CENTIME_ARROW},
};

bool ct_answer_format_named(struct ct_text name, int *format)
{
    for (size_t i = 0; i < CT_COUNT_OF(formats); i++)
        if (ct_text_equal(name, ct_text_of(formats[i].name))) {
            *format = formats[i].format;
            return true;
        }
    return false;
}

/* The type at the text's beginning, up to a comma or a parameter, without blanks. */
static struct ct_text first_type(struct ct_text accept)
{
    size_t len = 0;
    while (accept.len > 0 && accept.bytes[0] == ' ')
        accept = (struct ct_text){accept.bytes + 1, accept.len - 1};
    while (len < accept.len && accept.bytes[len] != ',' && accept.bytes[len] != ';' &&
           accept.bytes[len] != ' ')
        len++;
    return (struct ct_text){accept.bytes, len};
}

/* In the order in which they stand: weights are not looked at. */
static void accept_first_known(struct ct_text accept, int *format)
{
    while (accept.len > 0) {
        const struct ct_text type = first_type(accept);
        for (size_t i = 0; i < CT_COUNT_OF(formats); i++)
            if (type.len == strlen(formats[i].media_type) &&
                strncasecmp(type.bytes, formats[i].media_type, type.len) == 0) {
                *format = formats[i].format;
                return;
            }
        const char *comma = memchr(accept.bytes, ',', accept.len);
        const size_t next = comma ? (size_t)(comma - accept.bytes) + 1 : accept.len;
        accept = (struct ct_text){accept.bytes + next, accept.len - next};
    }
}

bool ct_answer_format_read(const struct ct_request *request, struct ct_answer_format *out,
                           struct ct_reply *reply)
{
    bool is_quoted;
    const struct ct_text name = ct_request_parameter(request, "format");
    if (!ct_money_parameter(request, &is_quoted, reply))
        return false;
    out->is_quoted |= is_quoted;
    if (out->is_given)
        return true;
    out->format = CENTIME_JSON;
    if (name.len == 0) {
        accept_first_known(ct_request_header(request, "Accept"), &out->format);
        return true;
    }
    if (ct_answer_format_named(name, &out->format))
        return true;
    ct_reply_error(request, reply, 400, "bad_parameter",
                   "format takes json, columns, csv, ndjson or arrow, not \"%.*s\"",
                   name.len < 60 ? (int)name.len : 60, name.bytes);
    return false;
}

static void add_number_header(const struct ct_request *request, struct ct_reply *reply,
                              const char *name, uint64_t number)
{
    struct ct_text_out out;
    ct_text_out_init(&out, request->arena);
    ct_text_out_format(&out, "%llu", (unsigned long long)number);
    if (!out.is_short)
        ct_reply_header(reply, name, ct_text_out_text(&out).bytes);
}

/* What it took. */
static void add_headers(const struct ct_request *request, const centime_result *result,
                        struct ct_reply *reply)
{
    centime_result_stats stats = {.struct_size = sizeof stats};
    add_number_header(request, reply, "X-Centime-Rows", centime_result_rows(result));
    if (centime_result_stats_of(result, &stats) != CENTIME_OK)
        return;
    add_number_header(request, reply, "X-Centime-Rows-Scanned", stats.rows_scanned);
    add_number_header(request, reply, "X-Centime-Cells-Read", stats.cells_read);
    add_number_header(request, reply, "X-Centime-Elapsed-Us", stats.elapsed_ns / 1000);
}

static const char *media_type_of(int format)
{
    switch (format) {
    case CENTIME_CSV:
        return "text/csv; charset=utf-8";
    case CENTIME_NDJSON:
        return "application/x-ndjson";
    case CENTIME_ARROW:
        return "application/vnd.apache.arrow.stream";
    default:
        return "application/json";
    }
}

void ct_answer_result(const struct ct_request *request, const centime_result *result,
                      const struct ct_answer_format *format, struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_buffer *buffer = NULL;
    const bool is_json = format->format == CENTIME_JSON || format->format == CENTIME_NDJSON ||
                         format->format == CENTIME_JSON_COLUMNS;
    const int quoted = format->is_quoted && is_json ? CENTIME_DECIMALS_QUOTED : 0;
    if (centime_result_format(result, format->format | quoted, &buffer, &err) != CENTIME_OK) {
        ct_reply_failure(request, reply, &err);
        return;
    }
    add_headers(request, result, reply);
    ct_reply_buffer(reply, media_type_of(format->format), buffer);
}
