/* Clusters with their nodes and services with what they depend on, as records of the registry
 * (kinds CLUSTER and SERVICE). Layer query; for api and the cluster health.
 *
 * Value of a record: version u8 (1), time of the first registration zigzag varint (ns), place text,
 * how many members varint, then for each its name as text and the time since when it belongs zigzag
 * varint. A text is its length as varint and its bytes. */
#ifndef CT_REGISTRATION_H
#define CT_REGISTRATION_H

#include "store.h"

#define CT_REGISTRATION_MEMBERS_MAX 65536

struct ct_member {
    struct ct_text name;
    int64_t since_ns; /* registered, without a break, since */
};

struct ct_registration {
    struct ct_text key;   /* the cluster or service */
    struct ct_text place; /* a cluster's region, a service's cluster */
    int64_t registered_ns;
    struct ct_member *members; /* nodes, or services that are needed; in the order given */
    uint32_t member_count;
    struct ct_registered record; /* what the texts lie in */
};

void ct_registration_release(const struct ct_allocator *allocator,
                             struct ct_registration *registration);

/* Registers, durably. Of what was registered before only the times stay: the first registration's,
 * and since when each member belongs.
 * members  member_count names, not empty
 * out      what is registered now; released by ct_registration_release
 * Errors   CT_INVALID, CT_LIMIT, and those of ct_store_register.
 * Threads  any; of two at once the later one's word counts. */
ct_status ct_registration_put(struct ct_store *store, struct ct_text database,
                              enum ct_registry_kind kind, struct ct_text key, struct ct_text place,
                              const struct ct_text *members, uint32_t member_count, int64_t now_ns,
                              struct ct_registration *out, struct ct_error *err) CT_MUST_USE;

/* CT_NOT_FOUND (err untouched) where there is none, or no such database. CT_CORRUPT names the key.
 */
ct_status ct_registration_read(struct ct_catalog *catalog, struct ct_text database,
                               enum ct_registry_kind kind, struct ct_text key,
                               const struct ct_allocator *allocator, struct ct_registration *out,
                               struct ct_error *err) CT_MUST_USE;

/* All of a kind, by key. */
struct ct_registrations {
    const struct ct_allocator *allocator;
    struct ct_registration *items;
    size_t count;
};
ct_status ct_registrations_read(struct ct_catalog *catalog, struct ct_text database,
                                enum ct_registry_kind kind, const struct ct_allocator *allocator,
                                struct ct_registrations *out, struct ct_error *err) CT_MUST_USE;
void ct_registrations_deinit(struct ct_registrations *registrations);

#endif
