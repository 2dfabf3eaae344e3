/* A TZif file: a header, a block with times of 4 bytes and, from version 2 on, a second header and
 * block with times of 8 bytes and a POSIX TZ text between two newlines. All numbers are big-endian.
 *
 *     "TZif" version 15 bytes | isutcnt isstdcnt leapcnt timecnt typecnt charcnt (4 bytes each)
 *     timecnt times | timecnt types (1 byte) | typecnt x (offset 4, is dst 1, name 1) | charcnt
 *     leapcnt x (time + 4) | isstdcnt | isutcnt */
#include "time_zone.h"

#include <string.h>

#include "bytes.h"
#include "time_zone_rule.h"

#define HEADER_BYTES   44
#define TYPES_MAX      256
#define TYPE_BYTES     6
#define NAME_CHARS_MAX 4096
#define RULE_BYTES_MAX 256
#define INDICATORS_MAX TYPES_MAX
#define TIME_BYTES_V1  4
#define TIME_BYTES     8
#define BEYOND_S       INT64_C(259200) /* three days */

struct change {
    int64_t at_s;
    int32_t offset_s; /* from then on */
};

struct ct_time_zone {
    const struct ct_allocator *allocator;
    char name[CT_ZONE_NAME_BYTES_MAX + 1];
    bool has_rule;
    int64_t rule_from_s;
    struct ct_zone_rule rule;
    int32_t first_offset_s; /* before the first change */
    uint32_t change_count;
    struct change changes[];
};

static bool is_name_byte(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-';
}

bool ct_time_zone_name_is_valid(struct ct_text name)
{
    if (name.len == 0 || name.len > CT_ZONE_NAME_BYTES_MAX)
        return false;
    bool is_part_open = false; /* the part has a byte already */
    for (size_t i = 0; i < name.len; i++) {
        const bool is_slash = name.bytes[i] == '/';
        if (is_slash ? !is_part_open : !is_name_byte(name.bytes[i]))
            return false;
        is_part_open = !is_slash;
    }
    return is_part_open;
}

/* -- Reading ---------------------------------------------------------------------------------- */

struct file {
    struct ct_reader reader;
    const uint8_t *start;
    struct ct_text name; /* of the zone, for messages */
};

struct header {
    uint8_t version;
    uint32_t utc_count, standard_count, leap_count, time_count, type_count, char_count;
};

/* Borrowed from the file. */
struct block {
    const uint8_t *times, *time_types, *types;
    uint32_t time_count, type_count;
    size_t time_bytes;
};

static ct_status damaged(const struct file *file, struct ct_error *err, const char *what)
{
    char name[CT_ZONE_NAME_BYTES_MAX + 1] = {0};
    memcpy(name, file->name.bytes, file->name.len);
    return ct_fail_at(err, CT_CORRUPT, name, (uint64_t)(file->reader.at - file->start),
                      "time zone: %s", what);
}

static uint32_t read_big32(struct ct_reader *r)
{
    return __builtin_bswap32(ct_read32(r));
}

static int64_t load_time(const uint8_t *at, size_t time_bytes)
{
    if (time_bytes == TIME_BYTES_V1)
        return (int32_t)__builtin_bswap32(ct_load32(at));
    return (int64_t)__builtin_bswap64(ct_load64(at));
}

static ct_status read_header(struct file *file, struct header *out, struct ct_error *err)
{
    struct ct_reader *r = &file->reader;
    const uint8_t *magic = ct_read_bytes(r, 4);
    if (!magic || memcmp(magic, "TZif", 4) != 0)
        return ct_fail(err, CT_FORMAT, "time zone %.*s: not a TZif file", (int)file->name.len,
                       file->name.bytes);
    out->version = ct_read8(r);
    (void)ct_read_bytes(r, 15);
    out->utc_count = read_big32(r);
    out->standard_count = read_big32(r);
    out->leap_count = read_big32(r);
    out->time_count = read_big32(r);
    out->type_count = read_big32(r);
    out->char_count = read_big32(r);
    if (r->is_bad)
        return damaged(file, err, "the file ends inside its header");
    if (out->version != 0 && (out->version < '2' || out->version > '4'))
        return ct_fail(err, CT_FORMAT, "time zone %.*s: TZif version %d is not known",
                       (int)file->name.len, file->name.bytes, out->version);
    if (out->time_count > CT_ZONE_TRANSITIONS_MAX || out->char_count > NAME_CHARS_MAX ||
        out->standard_count > INDICATORS_MAX || out->utc_count > INDICATORS_MAX)
        return damaged(file, err, "a count is past its limit");
    return CT_OK;
}

/* Past the leap seconds and indicators, which say nothing about posix time. */
static ct_status read_block(struct file *file, const struct header *header, size_t time_bytes,
                            struct block *out, struct ct_error *err)
{
    struct ct_reader *r = &file->reader;
    if (header->leap_count != 0)
        return ct_fail(err, CT_FORMAT,
                       "time zone %.*s counts leap seconds, which times here do not",
                       (int)file->name.len, file->name.bytes);
    *out = (struct block){.time_count = header->time_count,
                          .type_count = header->type_count,
                          .time_bytes = time_bytes};
    out->times = ct_read_bytes(r, header->time_count * time_bytes);
    out->time_types = ct_read_bytes(r, header->time_count);
    out->types = ct_read_bytes(r, (size_t)header->type_count * TYPE_BYTES);
    (void)ct_read_bytes(r, header->char_count);
    (void)ct_read_bytes(r, header->standard_count);
    (void)ct_read_bytes(r, header->utc_count);
    return r->is_bad ? damaged(file, err, "the file ends inside its data") : CT_OK;
}

static ct_status check_block(const struct file *file, const struct block *block,
                             struct ct_error *err)
{
    if (block->type_count == 0 || block->type_count > TYPES_MAX)
        return damaged(file, err, "there are no kinds of time, or too many");
    for (uint32_t i = 0; i < block->type_count; i++) {
        const int64_t offset_s = load_time(block->types + (size_t)i * TYPE_BYTES, TIME_BYTES_V1);
        if (offset_s < CT_ZONE_OFFSET_MIN || offset_s > CT_ZONE_OFFSET_MAX)
            return damaged(file, err, "an offset of more than a day");
    }
    for (uint32_t i = 0; i < block->time_count; i++) {
        const uint8_t *at = block->times + i * block->time_bytes;
        if (block->time_types[i] >= block->type_count)
            return damaged(file, err, "a transition to a kind of time that is not there");
        if (i > 0 && load_time(at, block->time_bytes) <=
                         load_time(at - block->time_bytes, block->time_bytes))
            return damaged(file, err, "transitions out of order");
    }
    return CT_OK;
}

/* Empty where the file says that nobody knows. */
static ct_status read_footer(struct file *file, struct ct_text *out, struct ct_error *err)
{
    struct ct_reader *r = &file->reader;
    if (ct_read8(r) != '\n')
        return damaged(file, err, "no rule after the data");
    const char *start = (const char *)r->at;
    const char *end = memchr(start, '\n', ct_reader_left(r));
    if (!end || end - start > RULE_BYTES_MAX)
        return damaged(file, err, "a rule without end");
    *out = (struct ct_text){start, (size_t)(end - start)};
    return CT_OK;
}

static ct_status read_file(struct file *file, struct block *block, struct ct_text *rule,
                           struct ct_error *err)
{
    struct header header = {0};
    CT_TRY(read_header(file, &header, err));
    CT_TRY(read_block(file, &header, TIME_BYTES_V1, block, err));
    if (header.version == 0)
        return check_block(file, block, err);
    CT_TRY(read_header(file, &header, err));
    CT_TRY(read_block(file, &header, TIME_BYTES, block, err));
    CT_TRY(check_block(file, block, err));
    return read_footer(file, rule, err);
}

/* -- Making ----------------------------------------------------------------------------------- */

static int32_t block_offset(const struct block *block, uint8_t type)
{
    return (int32_t)load_time(block->types + (size_t)type * TYPE_BYTES, TIME_BYTES_V1);
}

static bool is_within_reach(int64_t time_s)
{
    return time_s >= CT_TIME_S_MIN && time_s <= CT_TIME_S_MAX;
}

/* The last transition begins what the rule says; those that change nothing but a name go. */
static void take_changes(struct ct_time_zone *zone, const struct block *block)
{
    zone->first_offset_s = block_offset(block, 0);
    int32_t before_s = zone->first_offset_s;
    for (uint32_t i = 0; i < block->time_count; i++) {
        struct change change = {load_time(block->times + i * block->time_bytes, block->time_bytes),
                                block_offset(block, block->time_types[i])};
        if (zone->has_rule && i + 1 == block->time_count) {
            zone->rule_from_s = change.at_s;
            if (is_within_reach(change.at_s))
                change.offset_s = ct_zone_rule_offset(&zone->rule, change.at_s);
        }
        if (change.offset_s != before_s)
            zone->changes[zone->change_count++] = change;
        before_s = change.offset_s;
    }
}

static ct_status make_zone(const struct file *file, const struct block *block, struct ct_text rule,
                           const struct ct_allocator *allocator, struct ct_time_zone **out,
                           struct ct_error *err)
{
    struct ct_zone_rule parsed = {0};
    if (rule.len && ct_zone_rule_parse(rule, &parsed, NULL) != CT_OK)
        return damaged(file, err, "its rule cannot be read");
    struct ct_time_zone *zone = ct_alloc_zeroed(
        allocator, 1, sizeof *zone + (size_t)block->time_count * sizeof *zone->changes);
    if (!zone)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a time zone");
    zone->allocator = allocator;
    memcpy(zone->name, file->name.bytes, file->name.len);
    zone->has_rule = rule.len != 0;
    zone->rule = parsed;
    zone->rule_from_s = INT64_MIN;
    take_changes(zone, block);
    *out = zone;
    return CT_OK;
}

ct_status ct_time_zone_parse(const void *bytes, size_t len, struct ct_text name,
                             const struct ct_allocator *allocator, struct ct_time_zone **out,
                             struct ct_error *err)
{
    if (len > CT_ZONE_FILE_BYTES_MAX || name.len > CT_ZONE_NAME_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "a time zone of %zu bytes with a name of %zu", len, name.len);
    struct file file = {.reader = ct_reader_of(bytes, len), .start = bytes, .name = name};
    struct block block = {0};
    struct ct_text rule = {0};
    CT_TRY(read_file(&file, &block, &rule, err));
    return make_zone(&file, &block, rule, allocator, out, err);
}

void ct_time_zone_destroy(struct ct_time_zone *zone)
{
    if (zone)
        ct_release(zone->allocator, zone);
}

/* -- Asking ----------------------------------------------------------------------------------- */

const char *ct_time_zone_name(const struct ct_time_zone *zone)
{
    return zone ? zone->name : "UTC";
}

/* Number of changes at or before the time. */
static uint32_t changes_until(const struct ct_time_zone *zone, int64_t time_s)
{
    uint32_t low = 0, high = zone->change_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (zone->changes[middle].at_s <= time_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t ct_time_zone_offset(const struct ct_time_zone *zone, int64_t time_s)
{
    if (!zone)
        return 0;
    if (zone->has_rule && time_s >= zone->rule_from_s)
        return ct_zone_rule_offset(&zone->rule, time_s);
    const uint32_t count = changes_until(zone, time_s);
    return count ? zone->changes[count - 1].offset_s : zone->first_offset_s;
}

int64_t ct_time_zone_next_change(const struct ct_time_zone *zone, int64_t time_s)
{
    if (!zone)
        return INT64_MAX;
    const uint32_t next = changes_until(zone, time_s);
    if (next < zone->change_count)
        return zone->changes[next].at_s;
    const int64_t from_s = time_s > zone->rule_from_s ? time_s : zone->rule_from_s;
    if (!zone->has_rule || from_s > CT_TIME_S_MAX + BEYOND_S)
        return INT64_MAX;
    return ct_zone_rule_next(&zone->rule, from_s);
}

int64_t ct_time_zone_instant(const struct ct_time_zone *zone, int64_t local_s)
{
    if (!zone)
        return local_s;
    int64_t time_s = local_s - CT_ZONE_OFFSET_MAX; /* not later than any that could show it */
    for (;;) {
        const int64_t shown_s = local_s - ct_time_zone_offset(zone, time_s);
        const int64_t found_s = shown_s > time_s ? shown_s : time_s;
        const int64_t change_s = ct_time_zone_next_change(zone, time_s);
        if (found_s < change_s)
            return found_s;
        time_s = change_s;
    }
}
