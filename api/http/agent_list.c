#include "agent_list.h"

#include <stdlib.h>

#include "agent_ingest.h"
#include "civil_time.h"
#include "hash.h"
#include "hash_map.h"

#define WARNING_INTERVALS 2
#define OFFLINE_INTERVALS 3

struct listing {
    struct ct_arena *arena;
    struct ct_agent_list *list;
    struct ct_hash_map map; /* from ids to entries */
};

const char *ct_agent_state_name(enum ct_agent_state state)
{
    static const char *const names[] = {
        [CT_AGENT_HEALTHY] = "healthy",
        [CT_AGENT_WARNING] = "warning",
        [CT_AGENT_OFFLINE] = "offline",
    };
    return names[state];
}

static struct ct_text id_of(const void *context, uint32_t at)
{
    const struct listing *listing = context;
    return listing->list->entries[at].id;
}

static ct_status fail_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for a list of agents");
}

/* A copy, as results go before the list does. */
static struct ct_text copy_text(struct listing *listing, const centime_result *result,
                                uint32_t column, uint64_t row)
{
    const centime_text text = centime_result_text(result, column, row);
    return ct_arena_copy(listing->arena, (struct ct_text){text.bytes, text.len});
}

/* The entry of an id, made where there is none; NULL: out of memory. There is room. */
static struct ct_agent_entry *entry_of(struct listing *listing, struct ct_text id)
{
    struct ct_agent_list *list = listing->list;
    const uint64_t hash = ct_hash(id.bytes, id.len, 0);
    const uint32_t at = ct_hash_map_find(&listing->map, hash, id);
    if (at != CT_HASH_MAP_NONE)
        return &list->entries[at];
    list->entries[list->count].id = id;
    if (!id.bytes || ct_hash_map_add(&listing->map, hash, (uint32_t)list->count) != CT_OK)
        return NULL;
    return &list->entries[list->count++];
}

static ct_status make_room(struct listing *listing, uint64_t more, struct ct_error *err)
{
    const size_t cap = listing->list->count + (size_t)more;
    struct ct_agent_entry *entries =
        ct_arena_alloc_zeroed(listing->arena, cap + 1, sizeof *entries);
    if (!entries)
        return fail_memory(err);
    if (listing->list->count)
        memcpy(entries, listing->list->entries, listing->list->count * sizeof *entries);
    listing->list->entries = entries;
    return CT_OK;
}

/* -- Registrations ----------------------------------------------------------------------------- */

static ct_status add_registered(struct listing *listing, const centime_result *result,
                                int64_t end_ns, struct ct_error *err)
{
    const int64_t since_ns = end_ns - CT_AGENT_LIST_DAYS * CT_DAY_NS;
    CT_TRY(make_room(listing, centime_result_rows(result), err));
    for (uint64_t row = 0; row < centime_result_rows(result); row++) {
        const int64_t registered_ns = centime_result_int64(result, 1, row);
        if (registered_ns > end_ns || centime_result_int64(result, 2, row) <= since_ns)
            continue;
        struct ct_agent_entry *entry = entry_of(listing, copy_text(listing, result, 0, row));
        if (!entry)
            return fail_memory(err);
        entry->registered_ns = registered_ns;
        entry->details = copy_text(listing, result, 3, row);
    }
    return CT_OK;
}

static ct_status read_registered(struct listing *listing, centime_store *store,
                                 const char *database, int64_t end_ns, struct ct_error *err)
{
    centime_error failure = CENTIME_ERROR_INIT;
    centime_result *result = NULL;
    if (centime_agents(store, database, NULL, &result, &failure) != CENTIME_OK)
        return ct_fail(err, (ct_status)failure.code, "%s", failure.text);
    const ct_status status = add_registered(listing, result, end_ns, err);
    centime_result_destroy(result);
    return status;
}

/* -- Reports ----------------------------------------------------------------------------------- */

enum {
    COLUMN_ID,
    COLUMN_PROVIDER,
    COLUMN_HOSTNAME,
    COLUMN_REGION,
    COLUMN_TIME,
    COLUMN_INTERVAL,
    COLUMN_FAILED
};

static ct_status add_heard(struct listing *listing, const centime_result *result,
                           struct ct_error *err)
{
    CT_TRY(make_room(listing, centime_result_rows(result), err));
    for (uint64_t row = 0; row < centime_result_rows(result); row++) {
        const int64_t heard_ns = centime_result_int64(result, COLUMN_TIME, row);
        struct ct_agent_entry *entry =
            entry_of(listing, copy_text(listing, result, COLUMN_ID, row));
        if (!entry)
            return fail_memory(err);
        if (entry->heard_ns >= heard_ns) /* it has reported from somewhere else since */
            continue;
        entry->heard_ns = heard_ns;
        entry->provider = copy_text(listing, result, COLUMN_PROVIDER, row);
        entry->hostname = copy_text(listing, result, COLUMN_HOSTNAME, row);
        entry->region = copy_text(listing, result, COLUMN_REGION, row);
        entry->interval_ns = centime_result_int64(result, COLUMN_INTERVAL, row) * CT_SECOND_NS;
        entry->sections_failed = centime_result_int64(result, COLUMN_FAILED, row);
    }
    return CT_OK;
}

static ct_status read_heard(struct listing *listing, centime_store *store, const char *database,
                            int64_t end_ns, const centime_cancel *cancel, struct ct_error *err)
{
    static const char *const tags[] = {"agent_id", "provider", "hostname", "region"};
    static const centime_aggregate aggregates[] = {
        {CENTIME_LAST_TIME, 0, "interval_s", "at"},
        {CENTIME_LAST, 0, "interval_s", "interval"},
        {CENTIME_LAST, 0, "sections_failed", "failed"},
    };
    centime_error failure = CENTIME_ERROR_INIT;
    centime_query query = CENTIME_QUERY_INIT;
    centime_result *result = NULL;
    query.database = database;
    query.table = "agent_report";
    query.aggregates = aggregates;
    query.aggregate_count = CT_COUNT_OF(aggregates);
    query.tags = tags;
    query.tag_count = CT_COUNT_OF(tags);
    query.start_ns = end_ns - CT_AGENT_LIST_DAYS * CT_DAY_NS + 1;
    query.end_ns = end_ns + 1;
    query.cancel = cancel;
    const int found = centime_run(store, &query, &result, &failure);
    if (found == CENTIME_NOT_FOUND)
        return CT_OK;
    if (found != CENTIME_OK)
        return ct_fail(err, (ct_status)failure.code, "%s", failure.text);
    const ct_status status = add_heard(listing, result, err);
    centime_result_destroy(result);
    return status;
}

/* -- Together ---------------------------------------------------------------------------------- */

static void judge(struct ct_agent_entry *entry, int64_t end_ns)
{
    if (entry->interval_ns <= 0)
        entry->interval_ns = ct_agent_interval_ns(NULL, entry->details);
    const int64_t last_ns = entry->heard_ns ? entry->heard_ns : entry->registered_ns;
    const int64_t silence_ns = end_ns - last_ns;
    if (silence_ns < WARNING_INTERVALS * entry->interval_ns)
        entry->state = CT_AGENT_HEALTHY;
    else
        entry->state = silence_ns < OFFLINE_INTERVALS * entry->interval_ns ? CT_AGENT_WARNING
                                                                           : CT_AGENT_OFFLINE;
}

static int compare_ids(const void *left, const void *right)
{
    const struct ct_agent_entry *a = left;
    const struct ct_agent_entry *b = right;
    return ct_text_compare(a->id, b->id);
}

ct_status ct_agent_list_read(centime_store *store, const char *database, int64_t end_ns,
                             const centime_cancel *cancel, struct ct_arena *arena,
                             struct ct_agent_list *out, struct ct_error *err)
{
    struct listing listing = {.arena = arena, .list = out};
    *out = (struct ct_agent_list){0};
    if (end_ns < (int64_t)CT_AGENT_LIST_DAYS * CT_DAY_NS || end_ns == INT64_MAX)
        return ct_fail(err, CT_RANGE, "end: after January 1970 and before 2262 is wanted");
    ct_hash_map_init(&listing.map, arena->allocator, id_of, &listing);
    ct_status status = read_registered(&listing, store, database, end_ns, err);
    if (status == CT_OK)
        status = read_heard(&listing, store, database, end_ns, cancel, err);
    ct_hash_map_deinit(&listing.map);
    if (status != CT_OK)
        return status;
    for (size_t i = 0; i < out->count; i++)
        judge(&out->entries[i], end_ns);
    if (out->count)
        qsort(out->entries, out->count, sizeof *out->entries, compare_ids);
    return CT_OK;
}
