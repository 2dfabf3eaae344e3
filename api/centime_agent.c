/* Agents: programs that report, registered and listed. What was said of one is kept as it was said.
 *
 * Value of a record (kind AGENT): version u8 (1), times of the first and the last registration
 * zigzag varints (ns), details: their length as varint and their bytes. */
#include "bytes.h"
#include "result_list.h"

#define VERSION        1
#define HEAD_BYTES_MAX (1 + 3 * CT_VARINT_BYTES_MAX)

struct agent {
    struct ct_text id, details;
    int64_t registered_ns, renewed_ns;
};

/* Borrows from the record. */
static ct_status decode(const struct ct_registered *record, struct agent *out, struct ct_error *err)
{
    struct ct_reader r = ct_reader_of((const uint8_t *)record->value.bytes, record->value.len);
    const uint8_t version = ct_read8(&r);
    out->id = record->key;
    out->registered_ns = ct_unzigzag(ct_read_varint(&r));
    out->renewed_ns = ct_unzigzag(ct_read_varint(&r));
    out->details.len = (size_t)ct_read_varint_max(&r, CENTIME_AGENT_DETAIL_BYTES_MAX);
    out->details.bytes = (const char *)ct_read_bytes(&r, out->details.len);
    if (!r.is_bad && version == VERSION && ct_reader_left(&r) == 0)
        return CT_OK;
    return ct_fail(err, version > VERSION ? CT_FORMAT : CT_CORRUPT,
                   "the registration of agent \"%.*s\" is %s",
                   (int)(out->id.len < 80 ? out->id.len : 80), out->id.bytes,
                   version > VERSION ? "of a later version" : "damaged");
}

/* -- Registering ------------------------------------------------------------------------------- */

static ct_status put(centime_store *store, struct ct_text database, const struct agent *agent,
                     struct ct_error *err)
{
    const struct ct_allocator *allocator = &store->memory->allocator;
    const size_t bytes_max = HEAD_BYTES_MAX + agent->details.len;
    uint8_t *bytes = ct_alloc(allocator, bytes_max);
    if (!bytes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a registration");
    struct ct_writer w = ct_writer_of(bytes, bytes_max);
    ct_write8(&w, VERSION);
    ct_write_varint(&w, ct_zigzag(agent->registered_ns));
    ct_write_varint(&w, ct_zigzag(agent->renewed_ns));
    ct_write_varint(&w, agent->details.len);
    ct_write_bytes(&w, agent->details.bytes, agent->details.len);
    const struct ct_text value = {(const char *)bytes, ct_writer_len(&w)};
    const ct_status status =
        ct_store_register(store->store, database, CT_REGISTRY_AGENT, agent->id, value, err);
    ct_release(allocator, bytes);
    return status;
}

/* The time of the first registration, where there was one. */
static ct_status find_first(centime_store *store, uint32_t database, struct agent *agent,
                            bool *is_known, struct ct_error *err)
{
    const struct ct_allocator *allocator = &store->memory->allocator;
    struct ct_registered record;
    struct agent before;
    const ct_status found = ct_registry_get(ct_store_catalog(store->store), database,
                                            CT_REGISTRY_AGENT, agent->id, allocator, &record, err);
    *is_known = found == CT_OK;
    if (found != CT_OK)
        return found == CT_NOT_FOUND ? CT_OK : found;
    const ct_status status = decode(&record, &before, err);
    if (status == CT_OK)
        agent->registered_ns = before.registered_ns;
    ct_registered_release(allocator, &record);
    return status;
}

/* Of the records the one renewed the longest ago; a damaged one goes first. */
static size_t find_oldest(const struct ct_registered *records, size_t count)
{
    size_t oldest = 0;
    int64_t oldest_ns = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        struct agent agent;
        const bool is_whole = decode(&records[i], &agent, NULL) == CT_OK;
        if (!is_whole || agent.renewed_ns < oldest_ns) {
            oldest = i;
            oldest_ns = is_whole ? agent.renewed_ns : INT64_MIN;
        }
    }
    return oldest;
}

/* Agents take a new id whenever they start: the list would grow for ever. */
static ct_status make_room(centime_store *store, struct ct_text name, uint32_t database,
                           struct ct_error *err)
{
    const struct ct_allocator *allocator = &store->memory->allocator;
    struct ct_catalog *catalog = ct_store_catalog(store->store);
    struct ct_registered *records;
    size_t count;
    if (ct_registry_count(catalog, database, CT_REGISTRY_AGENT) < CENTIME_AGENTS_MAX)
        return CT_OK;
    CT_TRY(
        ct_registry_list(catalog, database, CT_REGISTRY_AGENT, allocator, &records, &count, err));
    ct_status status = CT_OK;
    if (count >= CENTIME_AGENTS_MAX) /* another may have made room meanwhile */
        status = ct_store_register(store->store, name, CT_REGISTRY_AGENT,
                                   records[find_oldest(records, count)].key,
                                   (struct ct_text){NULL, 0}, err);
    ct_registered_release_all(allocator, records, count);
    return status;
}

static ct_status do_register(centime_store *store, struct ct_text database, struct agent *agent,
                             struct ct_error *err)
{
    if (agent->id.len == 0)
        return ct_fail(err, CT_INVALID, "an agent needs an id");
    if (agent->details.len > CENTIME_AGENT_DETAIL_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "%zu bytes of details of an agent, at most %d",
                       agent->details.len, CENTIME_AGENT_DETAIL_BYTES_MAX);
    const uint32_t number = ct_catalog_find_database(ct_store_catalog(store->store), database);
    bool is_known = false;
    if (number != CT_NONE) {
        CT_TRY(find_first(store, number, agent, &is_known, err));
        if (!is_known)
            CT_TRY(make_room(store, database, number, err));
    }
    return put(store, database, agent, err);
}

int centime_agent_register(centime_store *store, const char *database, const char *agent,
                           const char *details, size_t len, int64_t now_ns, centime_error *err)
{
    struct ct_error story = {0};
    const int64_t now = now_ns ? now_ns : ct_clock_now_ns(store->env.clock);
    struct agent given = {
        .id = api_text(agent),
        .details = {details, details ? len : 0},
        .registered_ns = now,
        .renewed_ns = now,
    };
    return api_answer(do_register(store, api_database(database), &given, &story), &story, err);
}

/* -- Listing ----------------------------------------------------------------------------------- */

static ct_status fill(struct ct_result *result, const struct ct_registered *records, size_t count,
                      struct ct_error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct agent agent;
        CT_TRY(decode(&records[i], &agent, err));
        CT_TRY(api_list_put(result, 0, i, agent.id, err));
        result->columns[1].int64[i] = agent.registered_ns;
        result->columns[2].int64[i] = agent.renewed_ns;
        CT_TRY(api_list_put(result, 3, i, agent.details, err));
    }
    return CT_OK;
}

static ct_status list(centime_store *store, const struct ct_registered *records, size_t count,
                      centime_result **out, struct ct_error *err)
{
    static const struct api_list_column shapes[] = {
        {"agent_id", CT_RESULT_TEXT},
        {"registered", CT_RESULT_TIME},
        {"renewed", CT_RESULT_TIME},
        {"details", CT_RESULT_TEXT},
    };
    struct ct_result *result;
    CT_TRY(api_list_create(store, shapes, CT_COUNT_OF(shapes), count, &result, err));
    return api_list_finish(store, result, fill(result, records, count, err), out, err);
}

static ct_status list_all(centime_store *store, uint32_t database, centime_result **out,
                          struct ct_error *err)
{
    const struct ct_allocator *allocator = &store->memory->allocator;
    struct ct_registered *records;
    size_t count;
    CT_TRY(ct_registry_list(ct_store_catalog(store->store), database, CT_REGISTRY_AGENT, allocator,
                            &records, &count, err));
    const ct_status status = list(store, records, count, out, err);
    ct_registered_release_all(allocator, records, count);
    return status;
}

static ct_status list_one(centime_store *store, uint32_t database, struct ct_text agent,
                          centime_result **out, struct ct_error *err)
{
    const struct ct_allocator *allocator = &store->memory->allocator;
    struct ct_registered record;
    const ct_status found =
        database == CT_NONE ? CT_NOT_FOUND
                            : ct_registry_get(ct_store_catalog(store->store), database,
                                              CT_REGISTRY_AGENT, agent, allocator, &record, err);
    if (found == CT_NOT_FOUND)
        return ct_fail(err, CT_NOT_FOUND, "no agent \"%.*s\"",
                       (int)(agent.len < 80 ? agent.len : 80), agent.bytes);
    if (found != CT_OK)
        return found;
    const ct_status status = list(store, &record, 1, out, err);
    ct_registered_release(allocator, &record);
    return status;
}

int centime_agents(centime_store *store, const char *database, const char *agent,
                   centime_result **out, centime_error *err)
{
    struct ct_error story = {0};
    const uint32_t number =
        ct_catalog_find_database(ct_store_catalog(store->store), api_database(database));
    ct_status status;
    if (agent)
        status = list_one(store, number, api_text(agent), out, &story);
    else if (number == CT_NONE)
        status = list(store, NULL, 0, out, &story);
    else
        status = list_all(store, number, out, &story);
    return api_answer(status, &story, err);
}
