/* The resources of a report: one walk over the sections that its kind has. */
#include <stdio.h>
#include <strings.h>

#include "agent_line.h"
#include "agent_report.h"
#include "civil_time.h"
#include "hash.h"
#include "hash_map.h"

/* States in which a machine costs nothing by the hour, in any case. */
static const char *const idle_states[] = {
    "stopped",     "stopping",     "terminated", "terminating", "shutting-down", "pending",
    "deallocated", "deallocating", "deleted",    "deleting",    "suspended",     "paused",
};

struct walk {
    struct ct_agent_report *report;
    const struct ct_agent_section *section;
    struct ct_arena *arena;
    struct ct_text_out tags, fields; /* of the resource at hand */
    uint32_t cap;                    /* of report->resources */
    struct ct_hash_map seen;         /* their keys */
    struct ct_hash_map covered_map;
    struct ct_text *covered; /* node groups whose machines are listed as such: "cluster/group" */
    uint32_t covered_count, covered_cap;
    bool is_failed;        /* the section before */
    bool machines_unknown; /* EC2's machines were asked for, and that failed */
};

static struct ct_text key_of_resource(const void *context, uint32_t id)
{
    const struct walk *walk = context;
    return walk->report->resources[id].key;
}

static struct ct_text key_of_covered(const void *context, uint32_t id)
{
    const struct walk *walk = context;
    return walk->covered[id];
}

static void warn(struct walk *walk, const struct ct_error *err)
{
    ct_agent_warn(&walk->report->warnings, ct_text_of(err->text));
}

static void warn_at(struct walk *walk, struct ct_json json, const char *what)
{
    char path[120], text[256];
    ct_json_path(json, path, sizeof path);
    (void)snprintf(text, sizeof text, "%s: %s", path, what);
    ct_agent_warn(&walk->report->warnings, ct_text_of(text));
}

/* Twice the room, as a rule. False: out of memory. */
static bool grow(struct ct_arena *arena, void **items, uint32_t count, uint32_t *cap, size_t size)
{
    if (count < *cap)
        return true;
    const uint32_t larger = *cap ? *cap * 2 : 64;
    void *bytes = ct_arena_alloc_zeroed(arena, larger, size);
    if (!bytes)
        return false;
    if (count)
        memcpy(bytes, *items, count * size);
    *items = bytes;
    *cap = larger;
    return true;
}

/* -- Machines of node groups ------------------------------------------------------------------- */

/* "cluster/group", ended by a zero byte. */
static struct ct_text join(struct ct_arena *arena, struct ct_text outer, struct ct_text inner)
{
    char *bytes = ct_arena_alloc(arena, outer.len + inner.len + 2);
    if (!bytes)
        return (struct ct_text){NULL, 0};
    if (outer.len)
        memcpy(bytes, outer.bytes, outer.len);
    bytes[outer.len] = '/';
    if (inner.len)
        memcpy(bytes + outer.len + 1, inner.bytes, inner.len);
    bytes[outer.len + 1 + inner.len] = 0;
    return (struct ct_text){bytes, outer.len + 1 + inner.len};
}

static ct_status cover(struct walk *walk, struct ct_text group, struct ct_error *err)
{
    const uint64_t hash = ct_hash(group.bytes, group.len, 0);
    if (ct_hash_map_find(&walk->covered_map, hash, group) != CT_HASH_MAP_NONE)
        return CT_OK;
    void *items = walk->covered;
    if (!grow(walk->arena, &items, walk->covered_count, &walk->covered_cap, sizeof *walk->covered))
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a report");
    walk->covered = items;
    walk->covered[walk->covered_count] = group;
    if (ct_hash_map_add(&walk->covered_map, hash, walk->covered_count) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a report");
    walk->covered_count++;
    return CT_OK;
}

/* A machine of EC2 that belongs to a node group of EKS says so in tags that EKS gives it. */
static ct_status note_machine(struct walk *walk, const struct ct_json *tags,
                              struct ct_text *cluster, struct ct_error *err)
{
    struct ct_text group;
    if (ct_json_text(ct_json_member(tags, "eks:cluster-name"), cluster, NULL) != CT_OK)
        return CT_OK;
    if (ct_json_text(ct_json_member(tags, "eks:nodegroup-name"), &group, NULL) != CT_OK)
        return CT_OK;
    const struct ct_text joined = join(walk->arena, *cluster, group);
    if (!joined.bytes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a report");
    return cover(walk, joined, err);
}

static bool is_covered(const struct walk *walk, struct ct_text group)
{
    return ct_hash_map_find(&walk->covered_map, ct_hash(group.bytes, group.len, 0), group) !=
           CT_HASH_MAP_NONE;
}

/* -- One resource ------------------------------------------------------------------------------ */

/* A text, or a number as it was written: ids of up to 2^64 keep their digits. */
static ct_status read_id(struct ct_json json, struct ct_text *out, struct ct_error *err)
{
    const enum ct_json_kind kind = ct_json_kind_of(json);
    char path[80];
    ct_json_path(json, path, sizeof path);
    if (kind == CT_JSON_NUMBER)
        return ct_json_decimal(json, out, err);
    const ct_status status = ct_json_text(json, out, err);
    if (status == CT_NOT_FOUND || (status == CT_OK && out->len == 0))
        return ct_fail(err, CT_INVALID, "%s: missing, so the resource cannot be told from others",
                       path);
    if (status == CT_OK && out->len > CT_AGENT_TEXT_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "%s: %zu bytes, at most %d", path, out->len,
                       CT_AGENT_TEXT_BYTES_MAX);
    if (status == CT_OK && !ct_line_takes_tag(*out))
        return ct_fail(err, CT_INVALID, "%s: with control bytes, or a backslash at its end", path);
    return status;
}

static struct ct_text optional_text(struct walk *walk, const struct ct_json *object,
                                    const char *member)
{
    struct ct_text text = {NULL, 0};
    struct ct_error err;
    if (!member)
        return text;
    const ct_status status = ct_json_text(ct_json_member(object, member), &text, &err);
    if (status != CT_OK && status != CT_NOT_FOUND)
        warn(walk, &err);
    if (text.len <= CT_AGENT_TEXT_BYTES_MAX && ct_line_takes_tag(text))
        return text;
    warn_at(walk, ct_json_member(object, member), "too long, or with control bytes: left out");
    return (struct ct_text){NULL, 0};
}

static void add_entry_tag(struct walk *walk, const struct ct_json *tag, size_t *count)
{
    struct ct_text value = {NULL, 0};
    struct ct_error err;
    const struct ct_text key = ct_text_of(tag->key);
    const ct_status status = ct_json_text(*tag, &value, &err);
    if (status == CT_NOT_FOUND || (status == CT_OK && value.len == 0) || key.len == 0)
        return;
    if (status != CT_OK)
        warn(walk, &err);
    else if (key.len > CT_AGENT_TEXT_BYTES_MAX || value.len > CT_AGENT_TEXT_BYTES_MAX)
        warn_at(walk, *tag, "too long a tag: left out");
    else if (++*count > CT_AGENT_TAGS_MAX)
        warn_at(walk, *tag, "more than 50 tags: left out");
    else
        ct_line_tag(&walk->tags, "tag.", key, value);
}

/* Network tags of Google are a list of words: one tag with all of them. */
static void add_words(struct walk *walk, const struct ct_json *words)
{
    struct ct_text_out out;
    ct_text_out_init(&out, walk->arena);
    for (size_t i = 0; i < ct_json_count(*words); i++) {
        struct ct_text word;
        if (ct_json_text(ct_json_at(words, i), &word, NULL) != CT_OK)
            continue;
        ct_text_out_word(&out, out.len ? "," : "");
        ct_text_out_add(&out, word);
    }
    if (out.len > CT_AGENT_TEXT_BYTES_MAX)
        warn_at(walk, *words, "too long together: left out");
    else if (out.len)
        ct_line_tag(&walk->tags, "tag.", ct_text_of("network_tags"), ct_text_out_text(&out));
}

static void add_entry_tags(struct walk *walk, const struct ct_json *tags)
{
    size_t count = 0;
    switch (ct_json_kind_of(*tags)) {
    case CT_JSON_OBJECT:
        for (struct ct_json_iterator each = ct_json_members(tags); ct_json_next(&each);)
            add_entry_tag(walk, &each.member, &count);
        break;
    case CT_JSON_ARRAY:
        add_words(walk, tags);
        break;
    case CT_JSON_NULL:
        break;
    case CT_JSON_BOOL:
    case CT_JSON_NUMBER:
    case CT_JSON_STRING:
        warn_at(walk, *tags, "an object is wanted: left out");
        break;
    }
}

static bool is_idle(struct ct_text state)
{
    for (size_t i = 0; i < CT_COUNT_OF(idle_states); i++)
        if (strlen(idle_states[i]) == state.len &&
            strncasecmp(idle_states[i], state.bytes, state.len) == 0)
            return true;
    return false;
}

static void read_numbers(struct walk *walk, const struct ct_json *entry)
{
    const struct ct_agent_section *section = walk->section;
    for (size_t i = 0; i < CT_COUNT_OF(section->numbers) && section->numbers[i].from; i++) {
        double value;
        struct ct_error err;
        const ct_status status =
            ct_json_double(ct_json_member(entry, section->numbers[i].from), &value, &err);
        if (status == CT_OK)
            ct_line_double(&walk->fields, section->numbers[i].to, value);
        else if (status != CT_NOT_FOUND)
            warn(walk, &err);
    }
}

/* Where it says nothing, or nothing that makes sense, the amount is unknown. */
static void read_money(struct walk *walk, const struct ct_json *entry, struct ct_reading *reading)
{
    struct ct_text digits;
    struct ct_error err;
    if (!walk->section->money)
        return;
    ct_status status = ct_json_decimal(ct_json_member(entry, walk->section->money), &digits, &err);
    if (status == CT_OK)
        status = ct_decimal_parse(digits, &reading->money);
    if (status == CT_OK)
        reading->form = walk->section->form;
    else if (status != CT_NOT_FOUND)
        warn(walk, &err);
}

static bool read_moment(struct walk *walk, const struct ct_json *entry, const char *member,
                        int64_t *out)
{
    struct ct_error err;
    if (!member)
        return false;
    const ct_status status = ct_json_time(ct_json_member(entry, member), out, &err);
    if (status == CT_OK)
        return true;
    if (status != CT_NOT_FOUND)
        warn(walk, &err);
    return false;
}

static void read_age(struct walk *walk, const struct ct_json *entry, struct ct_reading *reading)
{
    const struct ct_agent_section *section = walk->section;
    reading->has_start = read_moment(walk, entry, section->start, &reading->start_ns);
    if (section->uptime_hours)
        reading->has_uptime = ct_json_double(ct_json_member(entry, section->uptime_hours),
                                             &reading->uptime_hours, NULL) == CT_OK;
}

/* A run counts once, when it has ended; its row stands at that time. */
static void settle_run(struct walk *walk, const struct ct_json *entry, struct ct_text state,
                       struct ct_resource *resource)
{
    struct ct_reading *reading = &resource->reading;
    struct ct_error err;
    int64_t end_ns;
    const bool has_ended = strncasecmp(state.len ? state.bytes : "", "running", 7) != 0 &&
                           strncasecmp(state.len ? state.bytes : "", "pending", 7) != 0;
    const bool has_end = read_moment(walk, entry, walk->section->end, &end_ns) && end_ns >= 0;
    reading->is_charged = has_ended && has_end;
    if (has_ended && !has_end)
        warn_at(walk, *entry, "a run that has ended without a time: not charged");
    if (has_end)
        reading->time_ns = end_ns;
    if (read_id(ct_json_member(entry, walk->section->entry_id), &resource->entry_id, &err) !=
        CT_OK) {
        warn(walk, &err);
        reading->is_charged = false;
    }
}

/* Node groups of EKS are machines of EC2: where those are listed, they carry the cost. */
static void settle_group(struct walk *walk, struct ct_resource *resource)
{
    if (is_covered(walk, resource->id))
        resource->reading.is_charged = false;
    else if (walk->machines_unknown)
        resource->reading.form = CT_MONEY_UNKNOWN;
}

/* What the conversion needs is there again when the row is read back: agent_lookup.c. */
static void add_reading_fields(struct walk *walk, const struct ct_reading *reading)
{
    struct ct_text_out *fields = &walk->fields;
    ct_line_int64(fields, "interval_s", reading->interval_ns / CT_SECOND_NS);
    if (reading->form != CT_MONEY_UNKNOWN) {
        ct_line_decimal(fields, ct_money_field(reading->form), reading->money);
        ct_line_bool(fields, "is_charged", reading->is_charged);
    }
    if (reading->has_start)
        ct_line_int64(fields, "start_ns", reading->start_ns);
    if (reading->has_uptime)
        ct_line_double(fields, "uptime_hours", reading->uptime_hours);
}

static void read_reading(struct walk *walk, const struct ct_json *entry,
                         struct ct_resource *resource)
{
    struct ct_reading *reading = &resource->reading;
    const struct ct_text state = optional_text(walk, entry, walk->section->state);
    *reading = (struct ct_reading){.time_ns = walk->report->time_ns,
                                   .interval_ns = walk->report->interval_ns};
    read_money(walk, entry, reading);
    read_age(walk, entry, reading);
    reading->is_charged =
        walk->section->form != CT_MONEY_HOURLY || state.len == 0 || !is_idle(state);
    if (walk->section->form == CT_MONEY_ONCE)
        settle_run(walk, entry, state, resource);
    if (walk->section->inner && walk->section->form == CT_MONEY_HOURLY)
        settle_group(walk, resource);
    add_reading_fields(walk, reading);
    read_numbers(walk, entry);
    if (state.len)
        ct_line_string(&walk->fields, "state", state);
}

static void add_own_tags(struct walk *walk, const struct ct_resource *resource,
                         struct ct_text cluster)
{
    struct ct_text_out *tags = &walk->tags;
    ct_line_tag(tags, "", ct_text_of("provider"), walk->report->provider);
    ct_line_tag(tags, "", ct_text_of("service"), ct_text_of(resource->service));
    ct_line_tag(tags, "", ct_text_of("account"), walk->report->account);
    ct_line_tag(tags, "", ct_text_of("region"), resource->region);
    ct_line_tag(tags, "", ct_text_of("resource_id"), resource->id);
    ct_line_tag(tags, "", ct_text_of("cluster"), cluster);
}

static ct_status tag(struct walk *walk, const struct ct_json *entry, const struct ct_json *outer,
                     const struct ct_resource *resource, struct ct_error *err)
{
    const struct ct_json tags = ct_json_member(entry, "tags");
    struct ct_text cluster = optional_text(walk, outer, walk->section->cluster);
    if (strcmp(resource->service, "ec2") == 0)
        CT_TRY(note_machine(walk, &tags, &cluster, err));
    add_own_tags(walk, resource, cluster);
    add_entry_tags(walk, &tags);
    return CT_OK;
}

/* Its id and where it is; CT_INVALID and the like where it cannot be told from others. */
static ct_status identify(struct walk *walk, const struct ct_json *entry,
                          const struct ct_json *outer, struct ct_resource *resource,
                          struct ct_error *err)
{
    const struct ct_agent_section *section = walk->section;
    resource->service = section->service;
    resource->kind = section->kind;
    resource->id = ct_text_of(section->service);
    if (section->id)
        CT_TRY(read_id(ct_json_member(entry, section->id), &resource->id, err));
    if (section->inner) {
        struct ct_text outer_id;
        CT_TRY(read_id(ct_json_member(outer, section->outer_id), &outer_id, err));
        resource->id = join(walk->arena, outer_id, resource->id);
    }
    resource->region = optional_text(walk, entry, section->region);
    if (resource->region.len == 0)
        resource->region = optional_text(walk, outer, section->region);
    if (resource->region.len == 0)
        resource->region = walk->report->region;
    resource->key = ct_agent_key(walk->arena, ct_text_of(section->service),
                                 ct_text_of(section->kind), resource->region, resource->id);
    if (!resource->key.bytes || !resource->id.bytes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a report");
    return CT_OK;
}

/* -- The walk ---------------------------------------------------------------------------------- */

static ct_status keep(struct walk *walk, struct ct_resource *resource, struct ct_error *err)
{
    struct ct_agent_report *report = walk->report;
    void *items = report->resources;
    const uint32_t at = report->resource_count;
    resource->tags = ct_arena_copy(walk->arena, ct_text_out_text(&walk->tags));
    resource->fields = ct_arena_copy(walk->arena, ct_text_out_text(&walk->fields));
    if (!resource->tags.bytes || !resource->fields.bytes || walk->tags.is_short ||
        walk->fields.is_short ||
        !grow(walk->arena, &items, at, &walk->cap, sizeof *report->resources))
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a report");
    report->resources = items;
    report->resources[at] = *resource;
    if (resource->reading.form != CT_MONEY_ONCE &&
        ct_hash_map_add(&walk->seen, ct_hash(resource->key.bytes, resource->key.len, 0), at) !=
            CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a report");
    report->resource_count++;
    return CT_OK;
}

/* Of two that cannot be told apart the first counts. Runs have their own ids. */
static bool is_seen(const struct walk *walk, const struct ct_resource *resource)
{
    return walk->section->form != CT_MONEY_ONCE &&
           ct_hash_map_find(&walk->seen, ct_hash(resource->key.bytes, resource->key.len, 0),
                            resource->key) != CT_HASH_MAP_NONE;
}

/* CT_NO_MEMORY and CT_LIMIT only; all else costs the resource and is told. */
static ct_status take(struct walk *walk, const struct ct_json *entry, const struct ct_json *outer,
                      struct ct_error *err)
{
    struct ct_resource resource = {0};
    if (ct_json_kind_of(*entry) != CT_JSON_OBJECT) {
        warn_at(walk, *entry, "an object is wanted: left out");
        return CT_OK;
    }
    if (ct_json_member(entry, "error").value)
        return CT_OK; /* unknown, and not nothing */
    const ct_status status = identify(walk, entry, outer, &resource, err);
    if (status == CT_NO_MEMORY)
        return status;
    if (status != CT_OK) {
        warn(walk, err);
        return CT_OK;
    }
    if (is_seen(walk, &resource)) {
        warn_at(walk, *entry, "the same resource again: left out");
        return CT_OK;
    }
    if (walk->report->resource_count == CT_AGENT_RESOURCES_MAX)
        return ct_fail(err, CT_LIMIT, "more than %d resources in a report", CT_AGENT_RESOURCES_MAX);
    walk->tags.len = walk->fields.len = 0;
    CT_TRY(tag(walk, entry, outer, &resource, err));
    read_reading(walk, entry, &resource);
    return keep(walk, &resource, err);
}

static ct_status take_inner(struct walk *walk, const struct ct_json *outer, struct ct_error *err)
{
    const struct ct_json list = ct_json_member(outer, walk->section->inner);
    if (ct_json_kind_of(list) != CT_JSON_ARRAY) {
        if (list.value)
            warn_at(walk, list, "an array is wanted: left out");
        return CT_OK;
    }
    for (size_t i = 0; i < ct_json_count(list); i++) {
        const struct ct_json entry = ct_json_at(&list, i);
        CT_TRY(take(walk, &entry, outer, err));
    }
    return CT_OK;
}

static ct_status take_list(struct walk *walk, const struct ct_json *list, struct ct_error *err)
{
    for (size_t i = 0; i < ct_json_count(*list); i++) {
        const struct ct_json entry = ct_json_at(list, i);
        CT_TRY(walk->section->inner ? take_inner(walk, &entry, err)
                                    : take(walk, &entry, &entry, err));
    }
    return CT_OK;
}

/* A section that says "error" is unknown; one of another shape is told. */
static bool makes_sense(struct walk *walk, const struct ct_json *section)
{
    const struct ct_json list =
        ct_json_member(section, walk->section->list ? walk->section->list : "");
    if (ct_json_kind_of(*section) != CT_JSON_OBJECT) {
        warn_at(walk, *section, "an object is wanted: the section is left out");
        return false;
    }
    if (ct_json_member(section, "error").value)
        return false;
    if (walk->section->list && ct_json_kind_of(list) != CT_JSON_ARRAY) {
        warn_at(walk, list, "an array is wanted: the section is left out");
        return false;
    }
    return true;
}

static ct_status take_section(struct walk *walk, const struct ct_json *base, struct ct_error *err)
{
    const struct ct_json section = ct_json_member(base, walk->section->member);
    if (!section.is_there || (walk->section->is_repeated && walk->is_failed))
        return CT_OK;
    walk->report->sections += !walk->section->is_repeated;
    walk->is_failed = !makes_sense(walk, &section);
    if (walk->is_failed) {
        walk->report->sections_failed++;
        walk->machines_unknown |= strcmp(walk->section->service, "ec2") == 0;
        return CT_OK;
    }
    if (!walk->section->list)
        return take(walk, &section, &section, err);
    const struct ct_json list = ct_json_member(&section, walk->section->list);
    return take_list(walk, &list, err);
}

ct_status ct_agent_report_resources(const struct ct_json *body, struct ct_agent_report *report,
                                    struct ct_error *err)
{
    struct walk walk = {.report = report, .arena = report->warnings.arena};
    const struct ct_agent_kind *kind = report->kind;
    struct ct_json steps[3];
    if (!kind)
        return CT_OK;
    const struct ct_json base = ct_agent_descend(body, kind->base, CT_COUNT_OF(kind->base), steps);
    ct_text_out_init(&walk.tags, walk.arena);
    ct_text_out_init(&walk.fields, walk.arena);
    ct_hash_map_init(&walk.seen, walk.arena->allocator, key_of_resource, &walk);
    ct_hash_map_init(&walk.covered_map, walk.arena->allocator, key_of_covered, &walk);
    ct_status status = CT_OK;
    for (size_t i = 0; status == CT_OK && i < kind->section_count; i++) {
        walk.section = &kind->sections[i];
        status = take_section(&walk, &base, err);
    }
    ct_hash_map_deinit(&walk.seen);
    ct_hash_map_deinit(&walk.covered_map);
    return status;
}
