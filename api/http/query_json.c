#include "query_json.h"

#include <stdio.h>

#include "aggregate_json.h"
#include "filter_json.h"
#include "json_member.h"
#include "time_words.h"

/* A question in the making. */
struct asking {
    struct ct_arena *arena;
    struct ct_error *err;
    int64_t now_ns;
    struct ct_query_json *out;
};

typedef ct_status reader(struct asking *asking, struct ct_json json);

/* -- Names ------------------------------------------------------------------------------------- */

static ct_status read_text(struct asking *asking, struct ct_json json, const char **out)
{
    struct ct_text text;
    CT_TRY(ct_json_text(json, &text, asking->err));
    *out = text.bytes;
    return CT_OK;
}

static ct_status read_database(struct asking *asking, struct ct_json json)
{
    return read_text(asking, json, &asking->out->query.database);
}

static ct_status read_table(struct asking *asking, struct ct_json json)
{
    return read_text(asking, json, &asking->out->query.table);
}

static ct_status read_tags(struct asking *asking, struct ct_json json)
{
    centime_query *query = &asking->out->query;
    if (query->tags)
        return ct_json_fail(json, CT_INVALID, asking->err,
                            "group_by and tags are the same: give one");
    return ct_json_texts(json, asking->arena, &query->tags, &query->tag_count, asking->err);
}

static ct_status read_fields(struct asking *asking, struct ct_json json)
{
    centime_query *query = &asking->out->query;
    query->mode = CENTIME_ROWS;
    return ct_json_texts(json, asking->arena, &query->fields, &query->field_count, asking->err);
}

static ct_status read_aggregates(struct asking *asking, struct ct_json json)
{
    return ct_aggregates_json_read(json, asking->arena, &asking->out->query, asking->err);
}

static ct_status read_computed(struct asking *asking, struct ct_json json)
{
    return ct_computed_json_read(json, asking->arena, &asking->out->query, asking->err);
}

static ct_status read_filter(struct asking *asking, struct ct_json json)
{
    centime_filter *filter = ct_arena_alloc_zeroed(asking->arena, 1, sizeof *filter);
    if (!filter)
        return ct_fail(asking->err, CT_NO_MEMORY, "out of memory for a filter");
    asking->out->query.filter = filter;
    return ct_filter_json_read(json, asking->arena, filter, asking->err);
}

/* -- Numbers and words ------------------------------------------------------------------------- */

static ct_status read_uint(struct asking *asking, struct ct_json json, uint64_t max, uint64_t *out)
{
    int64_t number;
    CT_TRY(ct_json_int64(json, &number, asking->err));
    if (number < 0 || (uint64_t)number > max)
        return ct_json_fail(json, CT_RANGE, asking->err, "a whole number from 0 to %llu is wanted",
                            (unsigned long long)max);
    *out = (uint64_t)number;
    return CT_OK;
}

static ct_status read_small(struct asking *asking, struct ct_json json, uint64_t max, uint8_t *out)
{
    uint64_t number = 0;
    CT_TRY(read_uint(asking, json, max, &number));
    *out = (uint8_t)number;
    return CT_OK;
}

static ct_status read_flag(struct asking *asking, struct ct_json json, uint8_t *out)
{
    bool flag = false;
    CT_TRY(ct_json_bool(json, &flag, asking->err));
    *out = flag;
    return CT_OK;
}

static ct_status read_limit(struct asking *asking, struct ct_json json)
{
    return read_uint(asking, json, INT64_MAX, &asking->out->query.limit);
}

static ct_status read_bucket_limit(struct asking *asking, struct ct_json json)
{
    return read_uint(asking, json, INT64_MAX, &asking->out->query.bucket_limit);
}

static ct_status read_rows_max(struct asking *asking, struct ct_json json)
{
    return read_uint(asking, json, INT64_MAX, &asking->out->query.rows_max);
}

static ct_status read_threads(struct asking *asking, struct ct_json json)
{
    uint64_t threads = 0;
    CT_TRY(read_uint(asking, json, 1024, &threads));
    asking->out->query.threads = (uint32_t)threads;
    return CT_OK;
}

static ct_status read_skips_empty(struct asking *asking, struct ct_json json)
{
    return read_flag(asking, json, &asking->out->query.skips_empty);
}

static ct_status read_ignores_rollups(struct asking *asking, struct ct_json json)
{
    return read_flag(asking, json, &asking->out->query.ignores_rollups);
}

static ct_status read_explain(struct asking *asking, struct ct_json json)
{
    return ct_json_bool(json, &asking->out->explains, asking->err);
}

static ct_status read_basis(struct asking *asking, struct ct_json json)
{
    static const char *const words[] = {[CENTIME_BASIS_NONE] = "none",
                                        [CENTIME_BILLED] = "billed",
                                        [CENTIME_EFFECTIVE] = "effective",
                                        [CENTIME_LIST] = "list",
                                        [CENTIME_CONTRACTED] = "contracted"};
    return ct_json_word(json, words, CT_COUNT_OF(words), &asking->out->query.basis, asking->err);
}

static ct_status read_dating(struct asking *asking, struct ct_json json)
{
    static const char *const words[] = {
        [CENTIME_BY_CHARGE] = "charge", [CENTIME_BY_BILLING] = "billing"};
    return ct_json_word(json, words, CT_COUNT_OF(words), &asking->out->query.dating, asking->err);
}

static ct_status read_convert_to(struct asking *asking, struct ct_json json)
{
    return read_text(asking, json, &asking->out->query.convert_to);
}

static ct_status read_convert_scale(struct asking *asking, struct ct_json json)
{
    asking->out->query.has_convert_scale = 1;
    return read_small(asking, json, 38, &asking->out->query.convert_scale);
}

static ct_status read_rate_table(struct asking *asking, struct ct_json json)
{
    return read_text(asking, json, &asking->out->query.rate_table);
}

/* -- Order ------------------------------------------------------------------------------------- */

/* "total", "-total", or {"column": "total", "descending": true}. */
static ct_status read_order_by(struct asking *asking, struct ct_json json)
{
    centime_query *query = &asking->out->query;
    if (ct_json_kind_of(json) == CT_JSON_OBJECT) {
        static const char *const known[] = {"column", "descending"};
        bool is_descending = false;
        CT_TRY(ct_json_known(json, known, CT_COUNT_OF(known), asking->err));
        CT_TRY(ct_json_required(ct_json_member(&json, "column"), &query->order_by, asking->err));
        const ct_status status =
            ct_json_bool(ct_json_member(&json, "descending"), &is_descending, asking->err);
        query->is_descending = is_descending;
        return status == CT_NOT_FOUND ? CT_OK : status;
    }
    CT_TRY(read_text(asking, json, &query->order_by));
    if (query->order_by[0] == '-') {
        query->order_by++;
        query->is_descending = 1;
    }
    return CT_OK;
}

static ct_status read_descending(struct asking *asking, struct ct_json json)
{
    return read_flag(asking, json, &asking->out->query.is_descending);
}

/* -- Times ------------------------------------------------------------------------------------- */

static ct_status read_time(struct asking *asking, struct ct_json json, int64_t *out)
{
    return ct_time_word_json(json, asking->now_ns, out, asking->err);
}

static ct_status read_start(struct asking *asking, struct ct_json json)
{
    return read_time(asking, json, &asking->out->query.start_ns);
}

static ct_status read_end(struct asking *asking, struct ct_json json)
{
    return read_time(asking, json, &asking->out->query.end_ns);
}

static ct_status read_origin(struct asking *asking, struct ct_json json)
{
    return read_time(asking, json, &asking->out->query.origin_ns);
}

static ct_status read_as_of(struct asking *asking, struct ct_json json)
{
    int64_t *time_ns = &asking->out->query.as_of_time_ns;
    CT_TRY(read_time(asking, json, time_ns));
    *time_ns += *time_ns == 0; /* 0 is no time */
    return CT_OK;
}

static ct_status read_as_of_commit(struct asking *asking, struct ct_json json)
{
    return read_uint(asking, json, INT64_MAX, &asking->out->query.as_of_commit);
}

/* "1mo" is a calendar's, "90m" a width. */
static ct_status read_bucket(struct asking *asking, struct ct_json json)
{
    struct ct_text text;
    centime_query *query = &asking->out->query;
    struct ct_error story;
    CT_TRY(ct_json_text(json, &text, asking->err));
    if (ct_calendar_word(text, &query->unit, &query->unit_count))
        return CT_OK;
    if (ct_duration_word(text, &query->bucket_ns, &story) == CT_OK)
        return CT_OK;
    return ct_json_fail(json, CT_INVALID, asking->err,
                        "a width such as 90s, 15m, 1h, 1d, 1w, 1mo, 1q or 1y is wanted, not "
                        "\"%.40s\"",
                        text.bytes);
}

static ct_status read_time_zone(struct asking *asking, struct ct_json json)
{
    return read_text(asking, json, &asking->out->query.time_zone);
}

static ct_status read_week_start(struct asking *asking, struct ct_json json)
{
    static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
    uint32_t day;
    if (ct_json_kind_of(json) == CT_JSON_NUMBER)
        return read_small(asking, json, 7, &asking->out->query.week_start);
    CT_TRY(ct_json_word(json, days, CT_COUNT_OF(days), &day, asking->err));
    asking->out->query.week_start = (uint8_t)(day + 1);
    return CT_OK;
}

static ct_status read_year_month(struct asking *asking, struct ct_json json)
{
    return read_small(asking, json, 12, &asking->out->query.year_month);
}

static ct_status read_month_day(struct asking *asking, struct ct_json json)
{
    return read_small(asking, json, 31, &asking->out->query.month_day);
}

static ct_status read_bucket_phase(struct asking *asking, struct ct_json json)
{
    int64_t phase;
    CT_TRY(ct_json_int64(json, &phase, asking->err));
    if (phase < -10000 || phase > 10000)
        return ct_json_fail(json, CT_RANGE, asking->err, "a number from -10000 to 10000 is wanted");
    asking->out->query.unit_phase = (int32_t)phase;
    return CT_OK;
}

/* A word, or the number that stands in empty buckets. */
static ct_status read_fill(struct asking *asking, struct ct_json json)
{
    static const char *const words[] = {[CENTIME_FILL_NONE] = "none",
                                        [CENTIME_FILL_NULL] = "null",
                                        [CENTIME_FILL_PREVIOUS] = "previous",
                                        [CENTIME_FILL_LINEAR] = "linear"};
    centime_query *query = &asking->out->query;
    struct ct_text digits;
    struct ct_error story;
    if (ct_json_decimal(json, &digits, &story) != CT_OK)
        return ct_json_word(json, words, CT_COUNT_OF(words), &query->fill, asking->err);
    query->fill = CENTIME_FILL_VALUE;
    query->fill_value = digits.bytes;
    return CT_OK;
}

static ct_status read_fill_scale(struct asking *asking, struct ct_json json)
{
    asking->out->query.has_fill_scale = 1;
    return read_small(asking, json, 38, &asking->out->query.fill_scale);
}

/* -- Answers ----------------------------------------------------------------------------------- */

static ct_status read_format(struct asking *asking, struct ct_json json)
{
    static const char *const words[] = {"json", "columns", "csv", "ndjson", "arrow"};
    uint32_t word;
    CT_TRY(ct_json_word(json, words, CT_COUNT_OF(words), &word, asking->err));
    (void)ct_answer_format_named(ct_text_of(words[word]), &asking->out->format.format);
    asking->out->format.is_given = true;
    return CT_OK;
}

static ct_status read_money(struct asking *asking, struct ct_json json)
{
    static const char *const words[] = {"number", "string"};
    uint32_t word;
    CT_TRY(ct_json_word(json, words, CT_COUNT_OF(words), &word, asking->err));
    asking->out->format.is_quoted = word == 1;
    return CT_OK;
}

/* -- The whole --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    reader *read;
} members[] = {
    {"database", read_database},
    {"table", read_table},
    {"aggregates", read_aggregates},
    {"fields", read_fields},
    {"group_by", read_tags},
    {"tags", read_tags},
    {"filter", read_filter},
    {"start", read_start},
    {"end", read_end},
    {"bucket", read_bucket},
    {"origin", read_origin},
    {"bucket_phase", read_bucket_phase},
    {"time_zone", read_time_zone},
    {"week_start", read_week_start},
    {"year_month", read_year_month},
    {"month_day", read_month_day},
    {"fill", read_fill},
    {"fill_scale", read_fill_scale},
    {"computed", read_computed},
    {"order_by", read_order_by},
    {"descending", read_descending},
    {"limit", read_limit},
    {"bucket_limit", read_bucket_limit},
    {"skips_empty", read_skips_empty},
    {"basis", read_basis},
    {"dating", read_dating},
    {"convert_to", read_convert_to},
    {"convert_scale", read_convert_scale},
    {"rate_table", read_rate_table},
    {"as_of", read_as_of},
    {"as_of_commit", read_as_of_commit},
    {"explain", read_explain},
    {"ignores_rollups", read_ignores_rollups},
    {"threads", read_threads},
    {"rows_max", read_rows_max},
    {"format", read_format},
    {"money", read_money},
};

static ct_status check(const struct ct_query_json *question, struct ct_error *err)
{
    const centime_query *query = &question->query;
    if (!query->table)
        return ct_fail(err, CT_INVALID, "table is missing: which one is asked?");
    if (query->aggregate_count && query->field_count)
        return ct_fail(err, CT_INVALID,
                       "aggregates and fields: give aggregates to sum rows up, or fields for the "
                       "rows themselves");
    if (!query->aggregate_count && !query->field_count)
        return ct_fail(err, CT_INVALID,
                       "nothing is asked: add aggregates, such as [\"sum(cost_usd)\"], or fields");
    return CT_OK;
}

/* The library takes both ends or none. */
static ct_status bound(centime_query *query, bool has_start, bool has_end, struct ct_error *err)
{
    if (has_start && !has_end)
        query->end_ns = INT64_MAX;
    if (has_end && !has_start)
        query->start_ns = INT64_MIN;
    if (has_start && has_end && query->start_ns >= query->end_ns)
        return ct_fail(err, CT_INVALID, "start is not before end: nothing lies between them");
    return CT_OK;
}

ct_status ct_query_json_read(struct ct_json json, int64_t now_ns, struct ct_arena *arena,
                             struct ct_query_json *out, struct ct_error *err)
{
    const char *names[CT_COUNT_OF(members)];
    struct asking asking = {.arena = arena, .err = err, .now_ns = now_ns, .out = out};
    *out = (struct ct_query_json){.query = CENTIME_QUERY_INIT};
    for (size_t i = 0; i < CT_COUNT_OF(members); i++)
        names[i] = members[i].name;
    CT_TRY(ct_json_known(json, names, CT_COUNT_OF(names), err));
    for (size_t i = 0; i < CT_COUNT_OF(members); i++) {
        const struct ct_json member = ct_json_member(&json, members[i].name);
        if (ct_json_kind_of(member) != CT_JSON_NULL)
            CT_TRY(members[i].read(&asking, member));
    }
    CT_TRY(bound(&out->query, ct_json_kind_of(ct_json_member(&json, "start")) != CT_JSON_NULL,
                 ct_json_kind_of(ct_json_member(&json, "end")) != CT_JSON_NULL, err));
    return check(out, err);
}
