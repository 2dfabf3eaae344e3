#include "aggregate_json.h"

#include "decimal.h"
#include "json_member.h"
#include "number.h"
#include "time_words.h"

#define COUNT_MAX 1024 /* as the library has it */

static const char *const functions[] = {
    [CENTIME_COUNT] = "count",
    [CENTIME_SUM] = "sum",
    [CENTIME_MEAN] = "mean",
    [CENTIME_MIN] = "min",
    [CENTIME_MAX] = "max",
    [CENTIME_FIRST] = "first",
    [CENTIME_LAST] = "last",
    [CENTIME_FIRST_TIME] = "first_time",
    [CENTIME_LAST_TIME] = "last_time",
    [CENTIME_SPREAD] = "spread",
    [CENTIME_STDDEV] = "stddev",
    [CENTIME_MEDIAN] = "median",
    [CENTIME_QUANTILE] = "quantile",
    [CENTIME_MODE] = "mode",
    [CENTIME_COUNT_DISTINCT] = "count_distinct",
    [CENTIME_INCREASE] = "increase",
    [CENTIME_RATE] = "rate",
    [CENTIME_INTEGRAL] = "integral",
    [CENTIME_APPROXIMATE_QUANTILE] = "approximate_quantile",
    [CENTIME_APPROXIMATE_DISTINCT] = "approximate_distinct",
};

struct reading {
    struct ct_arena *arena;
    struct ct_error *err;
};

/* A copy that ends in a zero byte; NULL: out of memory. */
static const char *keep(const struct reading *reading, struct ct_text text)
{
    const char *copy = ct_arena_terminated(reading->arena, text);
    if (!copy)
        (void)ct_fail(reading->err, CT_NO_MEMORY, "out of memory for a question");
    return copy;
}

/* -- Short forms ------------------------------------------------------------------------------- */

/* "p95", "p99.9": what share it is, which is not the double of 99.9 divided by 100. */
static bool is_percentile(struct ct_text word, double *quantile)
{
    struct ct_decimal percent;
    char text[CT_DECIMAL_TEXT_MAX];
    if (word.len < 2 || word.bytes[0] != 'p' ||
        ct_decimal_parse((struct ct_text){word.bytes + 1, word.len - 1}, &percent) != CT_OK ||
        percent.mantissa < 0 || percent.scale > CT_DECIMAL_SCALE_MAX - 2)
        return false;
    percent.scale += 2;
    const size_t len = ct_decimal_print(percent, 0, text);
    return ct_parse_double((struct ct_text){text, len}, quantile) == CT_OK && *quantile <= 1;
}

static bool find_function(struct ct_text word, uint32_t *function)
{
    for (uint32_t i = 0; i < CT_COUNT_OF(functions); i++)
        if (ct_text_equal(word, ct_text_of(functions[i]))) {
            *function = i;
            return true;
        }
    return false;
}

/* "sum(cost_usd)" in its two parts; a field of "*" or nothing is none. */
static bool split(struct ct_text text, struct ct_text *word, struct ct_text *field)
{
    const char *open = memchr(text.bytes, '(', text.len);
    *word = text;
    *field = (struct ct_text){NULL, 0};
    if (!open)
        return text.len > 0;
    if (text.bytes[text.len - 1] != ')')
        return false;
    word->len = (size_t)(open - text.bytes);
    *field = (struct ct_text){open + 1, text.len - word->len - 2};
    if (ct_text_equal(*field, ct_text_of("*")))
        field->len = 0;
    return true;
}

static ct_status read_short(const struct reading *reading, struct ct_json json,
                            centime_aggregate *out, centime_aggregate_options *options)
{
    struct ct_text text, word, field;
    CT_TRY(ct_json_text(json, &text, reading->err));
    if (!split(text, &word, &field))
        return ct_json_fail(json, CT_INVALID, reading->err,
                            "\"%.40s\" is no aggregate; write function(field), or an object",
                            text.bytes);
    if (is_percentile(word, &options->quantile)) {
        out->function = CENTIME_QUANTILE;
        out->name = keep(reading, text);
        if (!out->name)
            return CT_NO_MEMORY;
    } else if (!find_function(word, &out->function)) {
        return ct_json_fail(json, CT_INVALID, reading->err,
                            "no function \"%.*s\"; there are count, sum, mean, min, max, first, "
                            "last, p95, ... (see the description of the API)",
                            word.len < 40 ? (int)word.len : 40, word.bytes);
    }
    out->field = field.len ? keep(reading, field) : NULL;
    return field.len && !out->field ? CT_NO_MEMORY : CT_OK;
}

/* -- Long forms -------------------------------------------------------------------------------- */

/* Set where it is there. */
static ct_status read_optional_text(const struct reading *reading, struct ct_json json,
                                    const char **out)
{
    struct ct_text text;
    const ct_status status = ct_json_text(json, &text, reading->err);
    if (status == CT_OK)
        *out = text.bytes;
    return status == CT_NOT_FOUND ? CT_OK : status;
}

static ct_status read_length(const struct reading *reading, struct ct_json json, int64_t *out)
{
    struct ct_text text;
    struct ct_error story = {0};
    const ct_status status = ct_json_text(json, &text, reading->err);
    if (status != CT_OK)
        return status == CT_NOT_FOUND ? CT_OK : status;
    if (ct_duration_word(text, out, &story) == CT_OK)
        return CT_OK;
    return ct_json_fail(json, CT_INVALID, reading->err, "%s", story.text);
}

/* Digits after the point. */
static ct_status read_scale(const struct reading *reading, struct ct_json json, uint8_t *has,
                            uint8_t *out)
{
    int64_t scale;
    const ct_status status = ct_json_int64(json, &scale, reading->err);
    if (status != CT_OK)
        return status == CT_NOT_FOUND ? CT_OK : status;
    if (scale < 0 || scale > 38)
        return ct_json_fail(json, CT_RANGE, reading->err,
                            "a number of digits from 0 to 38 is "
                            "wanted");
    *has = 1;
    *out = (uint8_t)scale;
    return CT_OK;
}

static ct_status read_long(const struct reading *reading, struct ct_json json,
                           centime_aggregate *out, centime_aggregate_options *options)
{
    static const char *const known[] = {"function", "field", "name",    "tag",
                                        "quantile", "unit",  "gap_max", "scale"};
    CT_TRY(ct_json_known(json, known, CT_COUNT_OF(known), reading->err));
    const struct ct_json function = ct_json_member(&json, "function");
    if (ct_json_kind_of(function) == CT_JSON_NULL)
        return ct_json_fail(function, CT_INVALID, reading->err, "it is missing");
    CT_TRY(ct_json_word(function, functions, CT_COUNT_OF(functions), &out->function, reading->err));
    CT_TRY(read_optional_text(reading, ct_json_member(&json, "field"), &out->field));
    CT_TRY(read_optional_text(reading, ct_json_member(&json, "name"), &out->name));
    CT_TRY(read_optional_text(reading, ct_json_member(&json, "tag"), &options->tag));
    CT_TRY(read_length(reading, ct_json_member(&json, "unit"), &options->unit_ns));
    CT_TRY(read_length(reading, ct_json_member(&json, "gap_max"), &options->gap_max_ns));
    CT_TRY(
        read_scale(reading, ct_json_member(&json, "scale"), &options->has_scale, &options->scale));
    const ct_status status =
        ct_json_double(ct_json_member(&json, "quantile"), &options->quantile, reading->err);
    return status == CT_NOT_FOUND ? CT_OK : status;
}

ct_status ct_aggregates_json_read(struct ct_json json, struct ct_arena *arena, centime_query *query,
                                  struct ct_error *err)
{
    const struct reading reading = {arena, err};
    const bool is_list = ct_json_kind_of(json) == CT_JSON_ARRAY;
    const size_t count = is_list ? ct_json_count(json) : 1;
    if (count > COUNT_MAX)
        return ct_json_fail(json, CT_LIMIT, err, "%zu aggregates, at most %d", count, COUNT_MAX);
    centime_aggregate *aggregates = ct_arena_alloc_zeroed(arena, count + 1, sizeof *aggregates);
    centime_aggregate_options *options = ct_arena_alloc_zeroed(arena, count + 1, sizeof *options);
    if (!aggregates || !options)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a question");
    for (size_t i = 0; i < count; i++) {
        const struct ct_json one = is_list ? ct_json_at(&json, i) : json;
        const bool is_short = ct_json_kind_of(one) == CT_JSON_STRING;
        options[i].struct_size = sizeof *options;
        CT_TRY(is_short ? read_short(&reading, one, &aggregates[i], &options[i])
                        : read_long(&reading, one, &aggregates[i], &options[i]));
    }
    query->aggregates = aggregates;
    query->aggregate_options = options;
    query->aggregate_count = count;
    return CT_OK;
}

/* -- Computed columns -------------------------------------------------------------------------- */

/* A text names a column, a number is itself. */
static ct_status read_operand(const struct reading *reading, struct ct_json json,
                              const char **column, const char **value)
{
    struct ct_text text;
    if (ct_json_kind_of(json) == CT_JSON_STRING)
        return read_optional_text(reading, json, column);
    const ct_status status = ct_json_decimal(json, &text, reading->err);
    if (status == CT_NOT_FOUND)
        return ct_json_fail(json, CT_INVALID, reading->err,
                            "a column's name or a number is wanted");
    CT_TRY(status);
    *value = text.bytes;
    return CT_OK;
}

static ct_status read_operation(const struct reading *reading, struct ct_json json, uint32_t *out)
{
    static const char *const words[] = {"add", "subtract", "multiply", "divide",
                                        "+",   "-",        "*",        "/"};
    uint32_t word;
    if (ct_json_kind_of(json) == CT_JSON_NULL)
        return ct_json_fail(json, CT_INVALID, reading->err, "it is missing");
    CT_TRY(ct_json_word(json, words, CT_COUNT_OF(words), &word, reading->err));
    *out = word % 4; /* in the order of enum centime_arithmetic */
    return CT_OK;
}

static ct_status read_computed(const struct reading *reading, struct ct_json json,
                               centime_computed *out)
{
    static const char *const known[] = {"name", "operation", "left", "right", "scale"};
    out->struct_size = sizeof *out;
    CT_TRY(ct_json_known(json, known, CT_COUNT_OF(known), reading->err));
    CT_TRY(ct_json_required(ct_json_member(&json, "name"), &out->name, reading->err));
    CT_TRY(read_operation(reading, ct_json_member(&json, "operation"), &out->operation));
    CT_TRY(read_operand(reading, ct_json_member(&json, "left"), &out->left, &out->left_value));
    CT_TRY(read_operand(reading, ct_json_member(&json, "right"), &out->right, &out->right_value));
    return read_scale(reading, ct_json_member(&json, "scale"), &out->has_scale, &out->scale);
}

ct_status ct_computed_json_read(struct ct_json json, struct ct_arena *arena, centime_query *query,
                                struct ct_error *err)
{
    const struct reading reading = {arena, err};
    const bool is_list = ct_json_kind_of(json) == CT_JSON_ARRAY;
    const size_t count = is_list ? ct_json_count(json) : 1;
    if (count > COUNT_MAX)
        return ct_json_fail(json, CT_LIMIT, err, "%zu columns, at most %d", count, COUNT_MAX);
    centime_computed *computed = ct_arena_alloc_zeroed(arena, count + 1, sizeof *computed);
    if (!computed)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a question");
    for (size_t i = 0; i < count; i++)
        CT_TRY(read_computed(&reading, is_list ? ct_json_at(&json, i) : json, &computed[i]));
    query->computed = computed;
    query->computed_count = count;
    return CT_OK;
}
