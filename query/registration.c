#include "registration.h"

#include "hash.h"
#include "hash_map.h"
#include "record_text.h"

#define VERSION 1

void ct_registration_release(const struct ct_allocator *allocator,
                             struct ct_registration *registration)
{
    ct_release(allocator, registration->members);
    ct_registered_release(allocator, &registration->record);
    *registration = (struct ct_registration){0};
}

/* -- Reading a record -------------------------------------------------------------------------- */

static void read_members(struct ct_reader *r, struct ct_registration *out)
{
    for (uint32_t i = 0; i < out->member_count && !r->is_bad; i++) {
        out->members[i].name = ct_record_read_text(r);
        out->members[i].since_ns = ct_record_read_time(r);
    }
}

/* Takes the record over, also on failure. */
static ct_status decode(const struct ct_allocator *allocator, struct ct_registered *record,
                        struct ct_registration *out, struct ct_error *err)
{
    struct ct_reader r = ct_reader_of((const uint8_t *)record->value.bytes, record->value.len);
    *out = (struct ct_registration){.key = record->key, .record = *record};
    const uint8_t version = ct_read8(&r);
    out->registered_ns = ct_record_read_time(&r);
    out->place = ct_record_read_text(&r);
    out->member_count = (uint32_t)ct_read_varint_max(&r, CT_REGISTRATION_MEMBERS_MAX);
    if (!r.is_bad) {
        out->members =
            ct_alloc_zeroed(allocator, (size_t)out->member_count + 1, sizeof *out->members);
        if (!out->members) {
            ct_registration_release(allocator, out);
            return ct_fail(err, CT_NO_MEMORY, "out of memory for a registration");
        }
        read_members(&r, out);
    }
    if (!r.is_bad && version == VERSION && ct_reader_left(&r) == 0)
        return CT_OK;
    const ct_status status =
        version > VERSION
            ? ct_fail(err, CT_FORMAT, "the registration of \"%.*s\" is of version %u",
                      (int)(out->key.len < 80 ? out->key.len : 80), out->key.bytes, version)
            : ct_fail(err, CT_CORRUPT, "the registration of \"%.*s\" is damaged",
                      (int)(out->key.len < 80 ? out->key.len : 80), out->key.bytes);
    ct_registration_release(allocator, out);
    return status;
}

ct_status ct_registration_read(struct ct_catalog *catalog, struct ct_text database,
                               enum ct_registry_kind kind, struct ct_text key,
                               const struct ct_allocator *allocator, struct ct_registration *out,
                               struct ct_error *err)
{
    struct ct_registered record;
    const uint32_t number = ct_catalog_find_database(catalog, database);
    if (number == CT_NONE)
        return CT_NOT_FOUND;
    CT_TRY(ct_registry_get(catalog, number, kind, key, allocator, &record, err));
    return decode(allocator, &record, out, err);
}

static ct_status decode_all(struct ct_registrations *out, struct ct_registered *records,
                            size_t count, struct ct_error *err)
{
    out->items = ct_alloc_zeroed(out->allocator, count, sizeof *out->items);
    if (!out->items)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for registrations");
    for (; out->count < count; out->count++) {
        struct ct_registered record = records[out->count];
        records[out->count] = (struct ct_registered){0};
        CT_TRY(decode(out->allocator, &record, &out->items[out->count], err));
    }
    return CT_OK;
}

ct_status ct_registrations_read(struct ct_catalog *catalog, struct ct_text database,
                                enum ct_registry_kind kind, const struct ct_allocator *allocator,
                                struct ct_registrations *out, struct ct_error *err)
{
    struct ct_registrations all = {.allocator = allocator};
    struct ct_registered *records = NULL;
    size_t count = 0;
    const uint32_t number = ct_catalog_find_database(catalog, database);
    if (number != CT_NONE)
        CT_TRY(ct_registry_list(catalog, number, kind, allocator, &records, &count, err));
    const ct_status status = count ? decode_all(&all, records, count, err) : CT_OK;
    ct_registered_release_all(allocator, records, count);
    if (status == CT_OK)
        *out = all;
    else
        ct_registrations_deinit(&all);
    return status;
}

void ct_registrations_deinit(struct ct_registrations *registrations)
{
    for (size_t i = 0; i < registrations->count; i++)
        ct_registration_release(registrations->allocator, &registrations->items[i]);
    if (registrations->items)
        ct_release(registrations->allocator, registrations->items);
    *registrations = (struct ct_registrations){0};
}

/* -- Writing a record -------------------------------------------------------------------------- */

/* What is to be registered, with what is registered already. */
struct putting {
    const struct ct_allocator *allocator;
    struct ct_text place;
    const struct ct_text *members;
    uint32_t member_count;
    int64_t now_ns;
    struct ct_registration before; /* all zero: nothing */
    struct ct_hash_map old_members;
};

static struct ct_text old_member_name(const void *context, uint32_t id)
{
    const struct ct_registration *before = context;
    return before->members[id].name;
}

static ct_status index_old_members(struct putting *putting, struct ct_error *err)
{
    const struct ct_registration *before = &putting->before;
    for (uint32_t i = 0; i < before->member_count; i++) {
        const struct ct_text name = before->members[i].name;
        const uint64_t hash = ct_hash(name.bytes, name.len, 0);
        if (ct_hash_map_find(&putting->old_members, hash, name) == CT_HASH_MAP_NONE &&
            ct_hash_map_add(&putting->old_members, hash, i) != CT_OK)
            return ct_fail(err, CT_NO_MEMORY, "out of memory for a registration");
    }
    return CT_OK;
}

static int64_t since_ns(const struct putting *putting, struct ct_text name)
{
    const uint32_t id =
        ct_hash_map_find(&putting->old_members, ct_hash(name.bytes, name.len, 0), name);
    return id == CT_HASH_MAP_NONE ? putting->now_ns : putting->before.members[id].since_ns;
}

static void encode(const struct putting *putting, struct ct_writer *w)
{
    const bool is_known = putting->before.record.bytes != NULL;
    ct_write8(w, VERSION);
    ct_write_varint(w, ct_zigzag(is_known ? putting->before.registered_ns : putting->now_ns));
    ct_record_write_text(w, putting->place);
    ct_write_varint(w, putting->member_count);
    for (uint32_t i = 0; i < putting->member_count; i++) {
        ct_record_write_text(w, putting->members[i]);
        ct_write_varint(w, ct_zigzag(since_ns(putting, putting->members[i])));
    }
}

static size_t encoded_bytes_max(const struct putting *putting)
{
    size_t bytes = 1 + (size_t)4 * CT_VARINT_BYTES_MAX + putting->place.len;
    for (uint32_t i = 0; i < putting->member_count; i++)
        bytes += putting->members[i].len + (size_t)2 * CT_VARINT_BYTES_MAX;
    return bytes;
}

static ct_status check(struct ct_text key, const struct putting *putting, struct ct_error *err)
{
    if (key.len == 0)
        return ct_fail(err, CT_INVALID, "a registration needs a name");
    if (putting->member_count > CT_REGISTRATION_MEMBERS_MAX)
        return ct_fail(err, CT_LIMIT, "%u members of a registration, at most %d",
                       putting->member_count, CT_REGISTRATION_MEMBERS_MAX);
    if (putting->place.len > CT_NAME_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "a name of %zu bytes", putting->place.len);
    for (uint32_t i = 0; i < putting->member_count; i++) {
        if (putting->members[i].len == 0)
            return ct_fail(err, CT_INVALID, "member %u of a registration has no name", i + 1);
        if (putting->members[i].len > CT_NAME_BYTES_MAX)
            return ct_fail(err, CT_LIMIT, "a name of %zu bytes", putting->members[i].len);
    }
    return CT_OK;
}

static ct_status put(struct putting *putting, struct ct_store *store, struct ct_text database,
                     enum ct_registry_kind kind, struct ct_text key, struct ct_error *err)
{
    CT_TRY(index_old_members(putting, err));
    const size_t bytes_max = encoded_bytes_max(putting);
    uint8_t *bytes = ct_alloc(putting->allocator, bytes_max);
    if (!bytes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a registration");
    struct ct_writer w = ct_writer_of(bytes, bytes_max);
    encode(putting, &w);
    const struct ct_text value = {(const char *)bytes, ct_writer_len(&w)};
    const ct_status status = ct_store_register(store, database, kind, key, value, err);
    ct_release(putting->allocator, bytes);
    return status;
}

ct_status ct_registration_put(struct ct_store *store, struct ct_text database,
                              enum ct_registry_kind kind, struct ct_text key, struct ct_text place,
                              const struct ct_text *members, uint32_t member_count, int64_t now_ns,
                              struct ct_registration *out, struct ct_error *err)
{
    struct ct_catalog *catalog = ct_store_catalog(store);
    const struct ct_allocator *allocator = ct_store_env(store)->allocator;
    struct putting putting = {.allocator = allocator,
                              .place = place,
                              .members = members,
                              .member_count = member_count,
                              .now_ns = now_ns};
    CT_TRY(check(key, &putting, err));
    ct_status status =
        ct_registration_read(catalog, database, kind, key, allocator, &putting.before, err);
    if (status != CT_OK && status != CT_NOT_FOUND)
        return status;
    ct_hash_map_init(&putting.old_members, allocator, old_member_name, &putting.before);
    status = put(&putting, store, database, kind, key, err);
    ct_hash_map_deinit(&putting.old_members);
    ct_registration_release(allocator, &putting.before);
    if (status != CT_OK)
        return status;
    return ct_registration_read(catalog, database, kind, key, allocator, out, err);
}
