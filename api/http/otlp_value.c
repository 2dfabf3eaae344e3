#include "otlp_value.h"

#include <math.h>

#include "number.h"
#include "wire_field.h"

#define NUMBER_BYTES 40
#define PATH_BYTES   128

void ct_otlp_print_int64(struct ct_text_out *out, int64_t value)
{
    char text[NUMBER_BYTES];
    ct_text_out_add(out, (struct ct_text){text, ct_print_int64(value, text)});
}

void ct_otlp_print_double(struct ct_text_out *out, double value)
{
    char text[NUMBER_BYTES];
    if (isnan(value))
        ct_text_out_word(out, "NaN");
    else if (isinf(value))
        ct_text_out_word(out, value > 0 ? "Infinity" : "-Infinity");
    else
        ct_text_out_add(out, (struct ct_text){text, ct_print_double(value, text)});
}

void ct_otlp_print_bool(struct ct_text_out *out, bool value)
{
    ct_text_out_word(out, value ? "true" : "false");
}

/* RFC 4648, with its padding. */
void ct_otlp_print_base64(struct ct_text_out *out, struct ct_text bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.len; i += 3) {
        const size_t have = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < have ? (uint8_t)bytes.bytes[i + j] : 0u);
        char four[4];
        for (size_t j = 0; j < 4; j++)
            four[j] = j <= have ? digits[bits >> (18 - 6 * j) & 63] : '=';
        ct_text_out_add(out, (struct ct_text){four, sizeof four});
    }
}

static ct_status too_deep(struct ct_error *err)
{
    return ct_fail(err, CT_LIMIT, "an attribute of more than %d lists and maps inside each other",
                   CT_OTLP_DEPTH_MAX);
}

/* -- Lists and maps in protobuf ---------------------------------------------------------------- */

enum { /* fields of AnyValue */
       WIRE_STRING = 1,
       WIRE_BOOL = 2,
       WIRE_INT = 3,
       WIRE_DOUBLE = 4,
       WIRE_LIST = 5,
       WIRE_MAP = 6,
       WIRE_BYTES = 7
};

static ct_status print_wire_parts(struct ct_text_out *out, struct ct_text rest, bool is_map,
                                  int depth, struct ct_error *err);

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static ct_status print_wire_field(struct ct_text_out *out, const struct ct_wire_field *field,
                                  int depth, struct ct_error *err)
{
    switch (field->number) {
    case WIRE_STRING:
        ct_text_out_json(out, field->bytes);
        return CT_OK;
    case WIRE_BOOL:
        ct_otlp_print_bool(out, field->bits != 0);
        return CT_OK;
    case WIRE_INT:
        ct_otlp_print_int64(out, (int64_t)field->bits);
        return CT_OK;
    case WIRE_DOUBLE:
        ct_otlp_print_double(out, double_of(field->bits));
        return CT_OK;
    case WIRE_LIST:
    case WIRE_MAP:
        return print_wire_parts(out, field->bytes, field->number == WIRE_MAP, depth + 1, err);
    case WIRE_BYTES:
        ct_text_out_word(out, "\"");
        ct_otlp_print_base64(out, field->bytes);
        ct_text_out_word(out, "\"");
        return CT_OK;
    default:
        ct_text_out_word(out, "null");
        return CT_OK;
    }
}

/* An AnyValue: of several fields the last counts. */
static ct_status print_wire_value(struct ct_text_out *out, struct ct_text rest, int depth,
                                  struct ct_error *err)
{
    struct ct_wire_field field = {.number = 0};
    while (rest.len)
        CT_TRY(ct_wire_next(&rest, &field, err));
    return print_wire_field(out, &field, depth, err);
}

/* A KeyValue. */
static ct_status print_wire_pair(struct ct_text_out *out, struct ct_text rest, int depth,
                                 struct ct_error *err)
{
    struct ct_text key = {"", 0}, value = {"", 0};
    while (rest.len) {
        struct ct_wire_field field;
        CT_TRY(ct_wire_next(&rest, &field, err));
        if (field.number == 1)
            key = field.bytes;
        else if (field.number == 2)
            value = field.bytes;
    }
    ct_text_out_json(out, key);
    ct_text_out_word(out, ":");
    return print_wire_value(out, value, depth, err);
}

static ct_status print_wire_parts(struct ct_text_out *out, struct ct_text rest, bool is_map,
                                  int depth, struct ct_error *err)
{
    bool is_first = true;
    if (depth > CT_OTLP_DEPTH_MAX)
        return too_deep(err);
    ct_text_out_word(out, is_map ? "{" : "[");
    while (rest.len) {
        struct ct_wire_field field;
        CT_TRY(ct_wire_next(&rest, &field, err));
        if (field.number != 1 || !field.is_bytes)
            continue;
        if (!is_first)
            ct_text_out_word(out, ",");
        is_first = false;
        CT_TRY(is_map ? print_wire_pair(out, field.bytes, depth, err)
                      : print_wire_value(out, field.bytes, depth, err));
    }
    ct_text_out_word(out, is_map ? "}" : "]");
    return CT_OK;
}

ct_status ct_otlp_print_wire_list(struct ct_text_out *out, struct ct_text bytes,
                                  struct ct_error *err)
{
    return print_wire_parts(out, bytes, false, 1, err);
}

ct_status ct_otlp_print_wire_map(struct ct_text_out *out, struct ct_text bytes,
                                 struct ct_error *err)
{
    return print_wire_parts(out, bytes, true, 1, err);
}

/* -- JSON -------------------------------------------------------------------------------------- */

static ct_status fail_at(struct ct_json json, ct_status status, const char *wanted,
                         struct ct_error *err)
{
    char path[PATH_BYTES];
    ct_json_path(json, path, sizeof path);
    return ct_fail(err, status, "%s: %s is wanted", path, wanted);
}

ct_status ct_otlp_json_int64(struct ct_json json, int64_t *out, struct ct_error *err)
{
    struct ct_text text;
    if (ct_json_kind_of(json) != CT_JSON_STRING)
        return ct_json_int64(json, out, err);
    CT_TRY(ct_json_text(json, &text, err));
    const ct_status status = ct_parse_int64(text, out);
    return status == CT_OK ? CT_OK : fail_at(json, status, "a whole number of 64 bits", err);
}

ct_status ct_otlp_json_double(struct ct_json json, double *out, struct ct_error *err)
{
    struct ct_text text;
    if (ct_json_kind_of(json) != CT_JSON_STRING)
        return ct_json_double(json, out, err);
    CT_TRY(ct_json_text(json, &text, err));
    if (ct_text_equal(text, ct_text_of("NaN")))
        *out = (double)NAN;
    else if (ct_text_equal(text, ct_text_of("Infinity")))
        *out = (double)INFINITY;
    else if (ct_text_equal(text, ct_text_of("-Infinity")))
        *out = -(double)INFINITY;
    else if (ct_parse_double(text, out) != CT_OK)
        return fail_at(json, CT_TYPE, "a number", err);
    return CT_OK;
}

static ct_status print_json_parts(struct ct_text_out *out, struct ct_json container, bool is_map,
                                  int depth, struct ct_error *err);

static void print_text(struct ct_text_out *out, struct ct_text text, bool is_quoted)
{
    if (is_quoted)
        ct_text_out_json(out, text);
    else
        ct_text_out_add(out, text);
}

static ct_status print_json_scalar(struct ct_text_out *out, const char *key, struct ct_json value,
                                   bool is_quoted, struct ct_error *err)
{
    struct ct_text text;
    if (strcmp(key, "boolValue") == 0) {
        bool flag;
        CT_TRY(ct_json_bool(value, &flag, err));
        ct_otlp_print_bool(out, flag);
    } else if (strcmp(key, "intValue") == 0) {
        int64_t whole;
        CT_TRY(ct_otlp_json_int64(value, &whole, err));
        ct_otlp_print_int64(out, whole);
    } else if (strcmp(key, "doubleValue") == 0) {
        double real;
        CT_TRY(ct_otlp_json_double(value, &real, err));
        ct_otlp_print_double(out, real);
    } else {
        CT_TRY(ct_json_text(value, &text, err));
        print_text(out, text, is_quoted);
    }
    return CT_OK;
}

/* {"stringValue": "x"}, {"intValue": "5"}, {"arrayValue": {"values": [...]}}, ... */
static ct_status print_json_value(struct ct_text_out *out, struct ct_json any_value, bool is_quoted,
                                  int depth, struct ct_error *err)
{
    static const char *const scalars[] = {"stringValue", "boolValue", "intValue", "doubleValue",
                                          "bytesValue"};
    for (size_t i = 0; i < CT_COUNT_OF(scalars); i++) {
        const struct ct_json value = ct_json_member(&any_value, scalars[i]);
        if (value.value)
            return print_json_scalar(out, scalars[i], value, is_quoted, err);
    }
    const struct ct_json list = ct_json_member(&any_value, "arrayValue");
    if (list.value)
        return print_json_parts(out, list, false, depth + 1, err);
    const struct ct_json map = ct_json_member(&any_value, "kvlistValue");
    if (map.value)
        return print_json_parts(out, map, true, depth + 1, err);
    if (is_quoted)
        ct_text_out_word(out, "null");
    return CT_OK;
}

static ct_status print_json_pair(struct ct_text_out *out, struct ct_json pair, int depth,
                                 struct ct_error *err)
{
    struct ct_text key = {"", 0};
    const ct_status status = ct_json_text(ct_json_member(&pair, "key"), &key, err);
    if (status != CT_OK && status != CT_NOT_FOUND)
        return status;
    ct_text_out_json(out, key);
    ct_text_out_word(out, ":");
    return print_json_value(out, ct_json_member(&pair, "value"), true, depth, err);
}

static ct_status print_json_parts(struct ct_text_out *out, struct ct_json container, bool is_map,
                                  int depth, struct ct_error *err)
{
    if (depth > CT_OTLP_DEPTH_MAX)
        return too_deep(err);
    const struct ct_json values = ct_json_member(&container, "values");
    ct_text_out_word(out, is_map ? "{" : "[");
    for (size_t i = 0; i < ct_json_count(values); i++) {
        if (i)
            ct_text_out_word(out, ",");
        const struct ct_json part = ct_json_at(&values, i);
        CT_TRY(is_map ? print_json_pair(out, part, depth, err)
                      : print_json_value(out, part, true, depth, err));
    }
    ct_text_out_word(out, is_map ? "}" : "]");
    return CT_OK;
}

ct_status ct_otlp_print_json(struct ct_text_out *out, struct ct_json any_value,
                             struct ct_error *err)
{
    return print_json_value(out, any_value, false, 0, err);
}
