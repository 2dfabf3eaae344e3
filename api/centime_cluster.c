/* Clusters and services: registered, and listed as JSON. */
#include "api_private.h"
#include "civil_time.h"
#include "registration.h"

#define REGION_DEFAULT "us-east-1"

/* What differs between the two kinds. */
struct shape {
    enum ct_registry_kind kind;
    const char *key; /* how JSON names the id, the place and the members */
    const char *place;
    const char *members;
};

static const struct shape cluster_shape = {CT_REGISTRY_CLUSTER,
                                           "\"cluster_id\":", ",\"region\":", ",\"nodes\":["};
static const struct shape service_shape = {
    CT_REGISTRY_SERVICE, "\"service\":", ",\"cluster_id\":", ",\"dependencies\":["};

static void write_registration(centime_buffer *buffer, const struct shape *shape,
                               const struct ct_registration *registration)
{
    char time[CT_TIME_TEXT_MAX];
    api_buffer_add_text(buffer, shape->key);
    api_json_text(buffer, registration->key);
    api_buffer_add_text(buffer, shape->place);
    api_json_text(buffer, registration->place);
    api_buffer_add_text(buffer, shape->members);
    for (uint32_t i = 0; i < registration->member_count; i++) {
        if (i)
            api_buffer_add(buffer, ",", 1);
        api_json_text(buffer, registration->members[i].name);
    }
    api_buffer_add_text(buffer, "],\"registered_at\":\"");
    api_buffer_add(buffer, time, ct_time_print(registration->registered_ns, time));
    api_buffer_add_text(buffer, "\"}");
}

static ct_status answer_registered(centime_store *store, const struct shape *shape,
                                   const struct ct_registration *registration, centime_buffer **out,
                                   struct ct_error *err)
{
    centime_buffer *buffer = api_buffer_create(store->memory);
    if (!buffer)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer");
    api_buffer_add_text(buffer, "{\"status\":\"registered\",");
    write_registration(buffer, shape, registration);
    return api_buffer_finish(buffer, out, err);
}

static ct_status put(centime_store *store, const char *database, const struct shape *shape,
                     const char *key, const char *place, const struct ct_text *members,
                     uint32_t member_count, centime_buffer **answer, struct ct_error *err)
{
    struct ct_registration registration;
    CT_TRY(ct_registration_put(store->store, api_database(database), shape->kind, api_text(key),
                               api_text(place), members, member_count,
                               ct_clock_now_ns(store->env.clock), &registration, err));
    const ct_status status =
        answer ? answer_registered(store, shape, &registration, answer, err) : CT_OK;
    ct_registration_release(&store->memory->allocator, &registration);
    return status;
}

static ct_status do_register(centime_store *store, const char *database, const struct shape *shape,
                             const char *key, const char *place, const char *const *members,
                             size_t member_count, centime_buffer **answer, struct ct_error *err)
{
    if (member_count > CT_REGISTRATION_MEMBERS_MAX)
        return ct_fail(err, CT_LIMIT, "%zu names, at most %d", member_count,
                       CT_REGISTRATION_MEMBERS_MAX);
    if (member_count && !members)
        return ct_fail(err, CT_INVALID, "a count of names without names");
    struct ct_text *texts =
        ct_alloc_zeroed(&store->memory->allocator, member_count + 1, sizeof *texts);
    if (!texts)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a registration");
    for (size_t i = 0; i < member_count; i++)
        texts[i] = api_text(members[i]);
    const ct_status status =
        put(store, database, shape, key, place, texts, (uint32_t)member_count, answer, err);
    ct_release(&store->memory->allocator, texts);
    return status;
}

int centime_cluster_register(centime_store *store, const char *database, const char *cluster,
                             const char *const *nodes, size_t node_count, const char *region,
                             centime_buffer **answer, centime_error *err)
{
    struct ct_error story = {0};
    const char *place = region && region[0] ? region : REGION_DEFAULT;
    return api_answer(do_register(store, database, &cluster_shape, cluster, place, nodes,
                                  node_count, answer, &story),
                      &story, err);
}

int centime_service_register(centime_store *store, const char *database, const char *service,
                             const char *cluster, const char *const *dependencies,
                             size_t dependency_count, centime_buffer **answer, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(do_register(store, database, &service_shape, service, cluster, dependencies,
                                  dependency_count, answer, &story),
                      &story, err);
}

/* -- Lists ------------------------------------------------------------------------------------- */

static ct_status list(centime_store *store, const char *database, const struct shape *shape,
                      centime_buffer **out, struct ct_error *err)
{
    struct ct_registrations all;
    CT_TRY(ct_registrations_read(ct_store_catalog(store->store), api_database(database),
                                 shape->kind, &store->memory->allocator, &all, err));
    centime_buffer *buffer = api_buffer_create(store->memory);
    if (!buffer) {
        ct_registrations_deinit(&all);
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a list");
    }
    api_buffer_add(buffer, "[", 1);
    for (size_t i = 0; i < all.count; i++) {
        api_buffer_add_text(buffer, i ? ",{" : "{");
        write_registration(buffer, shape, &all.items[i]);
    }
    api_buffer_add(buffer, "]", 1);
    ct_registrations_deinit(&all);
    return api_buffer_finish(buffer, out, err);
}

int centime_clusters_json(centime_store *store, const char *database, centime_buffer **out,
                          centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(list(store, database, &cluster_shape, out, &story), &story, err);
}

int centime_services_json(centime_store *store, const char *database, centime_buffer **out,
                          centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(list(store, database, &service_shape, out, &story), &story, err);
}
