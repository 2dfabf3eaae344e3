#include "agent_lookup.h"

#include <stdlib.h>

#include "agent_line.h"
#include "civil_time.h"
#include "hash.h"
#include "hash_map.h"

#define TABLE        "resource"
#define IDS_MAX      256  /* asked for by name; where more are missing, all are asked for */
#define NAMES_MAX    1024 /* tags of a table: as many as a table may have */
#define TAGS_AT_ONCE 56   /* of one question, besides those that tell resources apart */
#define KEY_TAGS     4
#define FIELDS_MAX   5

static const char *const key_tags[KEY_TAGS] = {"service", "kind", "region", "resource_id"};

/* One resource that is looked for. */
struct sought {
    struct ct_resource *resource; /* of the report */
    bool is_found;
    int64_t time_ns; /* of the reading that was found */
    bool is_read;
    struct ct_reading reading;
    struct ct_text tags;
};

struct seeker {
    const struct ct_agent_lookup *lookup;
    enum ct_money_form form;
    bool looks_back;
    struct sought *all;
    uint32_t count, missing;
    struct ct_hash_map map; /* from keys to `all` */
    struct ct_text_out scratch;
};

static struct ct_text key_of(const void *context, uint32_t id)
{
    const struct seeker *seeker = context;
    return seeker->all[id].resource->key;
}

static ct_status fail_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory while looking for earlier reports");
}

/* NULL where the store has no such thing. */
static ct_status run(const struct ct_agent_lookup *lookup, const centime_query *query,
                     centime_result **out, struct ct_error *err)
{
    centime_error failure = CENTIME_ERROR_INIT;
    *out = NULL;
    const int status = centime_run(lookup->store, query, out, &failure);
    if (status == CENTIME_OK || status == CENTIME_NOT_FOUND)
        return CT_OK;
    return ct_fail(err, (ct_status)failure.code, "%s", failure.text);
}

static ct_status start(struct seeker *seeker, const struct ct_agent_lookup *lookup,
                       enum ct_money_form form, bool looks_back, struct ct_error *err)
{
    struct ct_agent_report *report = lookup->report;
    *seeker = (struct seeker){.lookup = lookup, .form = form, .looks_back = looks_back};
    ct_hash_map_init(&seeker->map, lookup->arena->allocator, key_of, seeker);
    ct_text_out_init(&seeker->scratch, lookup->arena);
    seeker->all = ct_arena_alloc_zeroed(lookup->arena, (size_t)report->resource_count + 1,
                                        sizeof *seeker->all);
    if (!seeker->all)
        return fail_memory(err);
    for (uint32_t i = 0; i < report->resource_count; i++) {
        struct ct_resource *resource = &report->resources[i];
        if (resource->reading.form != form)
            continue;
        seeker->all[seeker->count].resource = resource;
        if (ct_hash_map_add(&seeker->map, ct_hash(resource->key.bytes, resource->key.len, 0),
                            seeker->count) != CT_OK)
            return fail_memory(err);
        seeker->count++;
    }
    seeker->missing = seeker->count;
    return CT_OK;
}

/* -- When ---------------------------------------------------------------------------------------
 */

struct scope {
    const char *provider[1], *account[1];
    const char *ids[IDS_MAX];
    centime_filter parts[3];
    centime_filter all;
};

/* Of the report's provider and account; where few are missing, only of these. */
static void set_scope(const struct seeker *seeker, struct scope *out)
{
    const struct ct_agent_report *report = seeker->lookup->report;
    uint32_t count = 0;
    out->provider[0] = report->provider.bytes;
    out->account[0] = report->account.len ? report->account.bytes : "";
    out->parts[0] = (centime_filter){
        .kind = CENTIME_IN, .tag = "provider", .values = out->provider, .value_count = 1};
    out->parts[1] = (centime_filter){
        .kind = CENTIME_IN, .tag = "account", .values = out->account, .value_count = 1};
    out->all = (centime_filter){.kind = CENTIME_AND, .child_count = 2, .children = out->parts};
    if (seeker->missing > IDS_MAX)
        return;
    for (uint32_t i = 0; i < seeker->count; i++)
        if (!seeker->all[i].is_found)
            out->ids[count++] = seeker->all[i].resource->id.bytes;
    out->parts[2] = (centime_filter){
        .kind = CENTIME_IN, .tag = "resource_id", .values = out->ids, .value_count = count};
    out->all.child_count = 3;
}

static struct ct_text text_at(const centime_result *result, uint32_t column, uint64_t row)
{
    const centime_text text = centime_result_text(result, column, row);
    return (struct ct_text){text.bytes, text.len};
}

/* Whose row this is; the key tags stand in columns from `first`. NULL: nobody's that is sought. */
static struct sought *find_sought(const struct seeker *seeker, const centime_result *result,
                                  uint32_t first, uint64_t row)
{
    const struct ct_text key = ct_agent_key(
        seeker->lookup->arena, text_at(result, first, row), text_at(result, first + 1, row),
        text_at(result, first + 2, row), text_at(result, first + 3, row));
    const uint32_t at = key.bytes
                            ? ct_hash_map_find(&seeker->map, ct_hash(key.bytes, key.len, 0), key)
                            : CT_HASH_MAP_NONE;
    return at == CT_HASH_MAP_NONE ? NULL : &seeker->all[at];
}

static void note_times(struct seeker *seeker, const centime_result *result)
{
    for (uint64_t row = 0; row < centime_result_rows(result); row++) {
        struct sought *sought = find_sought(seeker, result, 0, row);
        if (!sought || sought->is_found || centime_result_is_null(result, KEY_TAGS, row))
            continue;
        sought->is_found = true;
        sought->time_ns = centime_result_int64(result, KEY_TAGS, row);
        seeker->missing--;
    }
}

static int64_t add_clamped(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static ct_status look_within(struct seeker *seeker, int64_t window_ns, struct ct_error *err)
{
    const int64_t time_ns = seeker->lookup->report->time_ns;
    const centime_aggregate aggregate = {.function = seeker->looks_back ? CENTIME_LAST_TIME
                                                                        : CENTIME_FIRST_TIME,
                                         .field = ct_money_field(seeker->form),
                                         .name = "at"};
    centime_query query = CENTIME_QUERY_INIT;
    centime_result *result;
    struct scope scope;
    set_scope(seeker, &scope);
    query.database = seeker->lookup->database;
    query.table = TABLE;
    query.aggregates = &aggregate;
    query.aggregate_count = 1;
    query.tags = key_tags;
    query.tag_count = KEY_TAGS;
    query.filter = &scope.all;
    query.start_ns = seeker->looks_back ? time_ns - window_ns : time_ns + 1;
    query.end_ns = seeker->looks_back ? time_ns : add_clamped(time_ns + 1, window_ns);
    query.cancel = seeker->lookup->cancel;
    CT_TRY(run(seeker->lookup, &query, &result, err));
    if (result)
        note_times(seeker, result);
    centime_result_destroy(result);
    return CT_OK;
}

static ct_status find_times(struct seeker *seeker, struct ct_error *err)
{
    const int64_t windows_ns[] = {2 * seeker->lookup->report->interval_ns, CT_DAY_NS,
                                  CT_AGENT_MEMORY_NS};
    if (seeker->lookup->report->time_ns == INT64_MAX)
        return CT_OK;
    for (size_t i = 0; i < CT_COUNT_OF(windows_ns) && seeker->missing > 0; i++)
        CT_TRY(look_within(seeker, windows_ns[i], err));
    return CT_OK;
}

/* -- What ---------------------------------------------------------------------------------------
 */

/* Which columns the table has of those that are wanted. */
struct columns {
    const char *fields[FIELDS_MAX];
    size_t field_count;
    const char *tags[NAMES_MAX]; /* but for those that are known or tell resources apart */
    size_t tag_count;
    centime_result *names; /* what the texts lie in */
};

static bool is_wanted_field(const struct seeker *seeker, const char *name)
{
    static const char *const wanted[] = {"interval_s", "is_charged", "start_ns", "uptime_hours"};
    for (size_t i = 0; i < CT_COUNT_OF(wanted); i++)
        if (strcmp(name, wanted[i]) == 0)
            return true;
    return strcmp(name, ct_money_field(seeker->form)) == 0;
}

static bool is_known_tag(const char *name)
{
    for (size_t i = 0; i < KEY_TAGS; i++)
        if (strcmp(name, key_tags[i]) == 0)
            return true;
    return strcmp(name, "provider") == 0 || strcmp(name, "account") == 0;
}

static ct_status list_columns(const struct seeker *seeker, struct columns *out,
                              struct ct_error *err)
{
    centime_error failure = CENTIME_ERROR_INIT;
    *out = (struct columns){0};
    if (centime_table_columns(seeker->lookup->store, seeker->lookup->database, TABLE, &out->names,
                              &failure) != CENTIME_OK)
        return ct_fail(err, (ct_status)failure.code, "%s", failure.text);
    for (uint64_t row = 0; row < centime_result_rows(out->names); row++) {
        const char *name = centime_result_text(out->names, 0, row).bytes;
        const bool is_tag = ct_text_equal(text_at(out->names, 1, row), ct_text_of("tag"));
        if (is_tag && !is_known_tag(name) && out->tag_count < NAMES_MAX)
            out->tags[out->tag_count++] = name;
        else if (!is_tag && is_wanted_field(seeker, name) && out->field_count < FIELDS_MAX)
            out->fields[out->field_count++] = name;
    }
    return CT_OK;
}

static bool has_value(const centime_result *result, const char *name, uint64_t row,
                      uint32_t *column)
{
    const int at = centime_result_find(result, name);
    *column = at < 0 ? 0 : (uint32_t)at;
    return at >= 0 && !centime_result_is_null(result, *column, row);
}

/* False where the row says no money of the form. */
static bool read_reading(const struct seeker *seeker, const centime_result *result, uint64_t row,
                         struct ct_reading *out)
{
    uint32_t column;
    centime_decimal money;
    if (!has_value(result, ct_money_field(seeker->form), row, &column) ||
        centime_result_decimal(result, column, row, &money, NULL) != CENTIME_OK)
        return false;
    out->form = seeker->form;
    out->money.mantissa = (ct_int128)((ct_uint128)(uint64_t)money.high << 64 | money.low);
    out->money.scale = (uint8_t)money.scale;
    out->interval_ns = seeker->lookup->report->interval_ns;
    if (has_value(result, "interval_s", row, &column)) {
        const int64_t interval_s = centime_result_int64(result, column, row);
        if (interval_s > 0 && interval_s <= CT_DAY_NS / CT_SECOND_NS * 366)
            out->interval_ns = interval_s * CT_SECOND_NS;
    }
    out->is_charged = has_value(result, "is_charged", row, &column) &&
                      centime_result_int64(result, column, row) != 0;
    out->has_start = has_value(result, "start_ns", row, &column);
    if (out->has_start)
        out->start_ns = centime_result_int64(result, column, row);
    out->has_uptime = has_value(result, "uptime_hours", row, &column);
    if (out->has_uptime)
        out->uptime_hours = centime_result_double(result, column, row);
    return true;
}

/* The tags of a row that stand in columns from `first`, behind those that were read before. */
static ct_status read_tags(struct seeker *seeker, const centime_result *result, uint64_t row,
                           uint32_t first, size_t count, struct sought *sought,
                           struct ct_error *err)
{
    struct ct_text_out *out = &seeker->scratch;
    out->len = 0;
    ct_text_out_add(out, sought->tags);
    for (uint32_t i = 0; i < count; i++)
        if (!centime_result_is_null(result, first + i, row))
            ct_line_tag(out, "", ct_text_of(centime_result_name(result, first + i)),
                        text_at(result, first + i, row));
    if (out->len)
        sought->tags = ct_arena_copy(seeker->lookup->arena, ct_text_out_text(out));
    return out->is_short || (out->len && !sought->tags.bytes) ? fail_memory(err) : CT_OK;
}

/* Rows of one moment, with some of the table's other tags. */
static ct_status read_piece(struct seeker *seeker, const struct columns *columns, int64_t time_ns,
                            size_t first_tag, size_t tag_count, struct ct_error *err)
{
    const char *tags[KEY_TAGS + TAGS_AT_ONCE];
    centime_query query = CENTIME_QUERY_INIT;
    centime_result *result;
    struct scope scope;
    memcpy(tags, key_tags, sizeof key_tags);
    for (size_t i = 0; i < tag_count; i++)
        tags[KEY_TAGS + i] = columns->tags[first_tag + i];
    set_scope(seeker, &scope);
    scope.all.child_count = 2; /* all of the moment */
    query.mode = CENTIME_ROWS;
    query.database = seeker->lookup->database;
    query.table = TABLE;
    query.fields = columns->fields;
    query.field_count = columns->field_count;
    query.tags = tags;
    query.tag_count = KEY_TAGS + tag_count;
    query.filter = &scope.all;
    query.start_ns = time_ns;
    query.end_ns = time_ns + 1;
    query.cancel = seeker->lookup->cancel;
    CT_TRY(run(seeker->lookup, &query, &result, err));
    ct_status status = CT_OK;
    for (uint64_t row = 0; result && status == CT_OK && row < centime_result_rows(result); row++) {
        struct sought *sought = find_sought(seeker, result, 1, row);
        if (!sought || !sought->is_found || sought->time_ns != time_ns)
            continue;
        sought->reading.time_ns = time_ns;
        sought->is_read |= read_reading(seeker, result, row, &sought->reading);
        status = read_tags(seeker, result, row, 1 + KEY_TAGS, tag_count, sought, err);
    }
    centime_result_destroy(result);
    return status;
}

static ct_status read_moment(struct seeker *seeker, const struct columns *columns, int64_t time_ns,
                             struct ct_error *err)
{
    const size_t count = seeker->looks_back ? 0 : columns->tag_count;
    size_t at = 0;
    do {
        const size_t piece = count - at < TAGS_AT_ONCE ? count - at : TAGS_AT_ONCE;
        CT_TRY(read_piece(seeker, columns, time_ns, at, piece, err));
        at += piece;
    } while (at < count);
    return CT_OK;
}

static int compare_times(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Resources of one report share its time: there are few moments, mostly one. */
static ct_status read_rows(struct seeker *seeker, struct ct_error *err)
{
    int64_t *times = ct_arena_alloc(seeker->lookup->arena, (seeker->count + 1) * sizeof *times);
    struct columns columns;
    size_t count = 0;
    if (!times)
        return fail_memory(err);
    for (uint32_t i = 0; i < seeker->count; i++)
        if (seeker->all[i].is_found)
            times[count++] = seeker->all[i].time_ns;
    if (count == 0)
        return CT_OK;
    qsort(times, count, sizeof *times, compare_times);
    ct_status status = list_columns(seeker, &columns, err);
    for (size_t i = 0; status == CT_OK && i < count; i++)
        if (i == 0 || times[i] != times[i - 1])
            status = read_moment(seeker, &columns, times[i], err);
    centime_result_destroy(columns.names);
    return status;
}

/* -- Both ways ----------------------------------------------------------------------------------
 */

static ct_status look_back(struct seeker *seeker, struct ct_error *err)
{
    CT_TRY(find_times(seeker, err));
    if (seeker->form == CT_MONEY_CUMULATIVE) /* a rate needs no more than the time */
        CT_TRY(read_rows(seeker, err));
    for (uint32_t i = 0; i < seeker->count; i++) {
        const struct sought *sought = &seeker->all[i];
        struct ct_resource *resource = sought->resource;
        resource->has_before =
            seeker->form == CT_MONEY_CUMULATIVE ? sought->is_read : sought->is_found;
        resource->before = sought->reading;
        resource->before.time_ns = sought->time_ns;
    }
    return CT_OK;
}

ct_status ct_agent_lookup_before(const struct ct_agent_lookup *lookup, enum ct_money_form form,
                                 struct ct_error *err)
{
    struct seeker seeker;
    ct_status status = start(&seeker, lookup, form, true, err);
    if (status == CT_OK)
        status = look_back(&seeker, err);
    ct_hash_map_deinit(&seeker.map);
    return status;
}

/* The tags of a charge, which are those of the row but for its kind. */
static ct_status whole_tags(struct seeker *seeker, const struct sought *sought, struct ct_text *out,
                            struct ct_error *err)
{
    const struct ct_agent_report *report = seeker->lookup->report;
    const struct ct_resource *resource = sought->resource;
    struct ct_text_out *tags = &seeker->scratch;
    tags->len = 0;
    ct_line_tag(tags, "", ct_text_of("provider"), report->provider);
    ct_line_tag(tags, "", ct_text_of("service"), ct_text_of(resource->service));
    ct_line_tag(tags, "", ct_text_of("account"), report->account);
    ct_line_tag(tags, "", ct_text_of("region"), resource->region);
    ct_line_tag(tags, "", ct_text_of("resource_id"), resource->id);
    ct_text_out_add(tags, sought->tags);
    *out = ct_arena_copy(seeker->lookup->arena, ct_text_out_text(tags));
    return tags->is_short || !out->bytes ? fail_memory(err) : CT_OK;
}

static ct_status look_ahead(struct seeker *seeker, struct ct_resource **out, uint32_t *count,
                            struct ct_error *err)
{
    const struct ct_agent_lookup *lookup = seeker->lookup;
    *count = 0;
    CT_TRY(find_times(seeker, err));
    CT_TRY(read_rows(seeker, err));
    *out = ct_arena_alloc_zeroed(lookup->arena, (size_t)seeker->count + 1, sizeof **out);
    if (!*out)
        return fail_memory(err);
    for (uint32_t i = 0; i < seeker->count; i++) {
        const struct sought *sought = &seeker->all[i];
        if (!sought->is_read)
            continue;
        struct ct_resource *later = &(*out)[(*count)++];
        *later = *sought->resource;
        later->reading = sought->reading;
        later->before = sought->resource->reading;
        later->has_before = true;
        CT_TRY(whole_tags(seeker, sought, &later->tags, err));
    }
    return CT_OK;
}

ct_status ct_agent_lookup_after(const struct ct_agent_lookup *lookup, enum ct_money_form form,
                                struct ct_resource **out, uint32_t *count, struct ct_error *err)
{
    struct seeker seeker;
    ct_status status = start(&seeker, lookup, form, false, err);
    if (status == CT_OK)
        status = look_ahead(&seeker, out, count, err);
    ct_hash_map_deinit(&seeker.map);
    return status;
}
