/* Small durable records beside the tables: clusters, budgets, exchange rates, grouping sets. Part
 * of the catalog (catalog.h), with its lock, journal and dump; bytes: ../FORMAT.md section 6,
 * kind 8. Layer catalog; query and api reach it through store.
 *
 * A record belongs to a database and a kind, has a key, and holds bytes that only its kind's owner
 * understands. Putting replaces; an empty value removes. The latest word counts, as with the
 * options of a table. Durable once the store has logged the journal: ct_store_register. */
#ifndef CT_REGISTRY_H
#define CT_REGISTRY_H

#include "catalog.h"

/* Stored numbers: never renumbered. */
enum ct_registry_kind {
    CT_REGISTRY_GROUPING_SET = 1, /* a declared rollup set of a table */
    CT_REGISTRY_CLUSTER = 2,
    CT_REGISTRY_SERVICE = 3,
    CT_REGISTRY_BUDGET = 4,
    CT_REGISTRY_RATE_TABLE = 5,  /* exchange rates, effective-dated */
    CT_REGISTRY_RESTATEMENT = 6, /* the last one of a scope */
    CT_REGISTRY_AGENT = 7,
    CT_REGISTRY_ALIAS = 8,
    CT_REGISTRY_OPTION = 9,       /* of the store: history horizon and the like */
    CT_REGISTRY_REQUEST_KEY = 10, /* those of many commits */
};
#define CT_REGISTRY_KIND_MAX 10

#define CT_REGISTRY_KEY_BYTES_MAX   4096
#define CT_REGISTRY_VALUE_BYTES_MAX ((size_t)1 << 20)
#define CT_REGISTRY_RECORDS_MAX     1000000 /* of all kinds and databases */

/* A copy; both from one allocation, released by ct_registered_release. */
struct ct_registered {
    struct ct_text key;
    struct ct_text value;
    char *bytes; /* what they lie in */
};
void ct_registered_release(const struct ct_allocator *allocator, struct ct_registered *record);

/* CT_LIMIT past the limits above, CT_INVALID for an empty key or an unknown database or kind.
 * Removing what is not there is fine. */
ct_status ct_registry_put(struct ct_catalog *catalog, uint32_t database, enum ct_registry_kind kind,
                          struct ct_text key, struct ct_text value,
                          struct ct_error *err) CT_MUST_USE;

/* CT_NOT_FOUND (err untouched) where there is none. */
ct_status ct_registry_get(struct ct_catalog *catalog, uint32_t database, enum ct_registry_kind kind,
                          struct ct_text key, const struct ct_allocator *allocator,
                          struct ct_registered *out, struct ct_error *err) CT_MUST_USE;

/* All records of a kind, by the bytes of their keys; a fresh array of *count (released by
 * ct_registered_release_all). */
ct_status ct_registry_list(struct ct_catalog *catalog, uint32_t database,
                           enum ct_registry_kind kind, const struct ct_allocator *allocator,
                           struct ct_registered **out, size_t *count,
                           struct ct_error *err) CT_MUST_USE;
void ct_registered_release_all(const struct ct_allocator *allocator, struct ct_registered *records,
                               size_t count);

/* How many records of a kind a database has. */
size_t ct_registry_count(struct ct_catalog *catalog, uint32_t database, enum ct_registry_kind kind);

/* Goes up with every change of any record of the kind, in any database: for caches. */
uint64_t ct_registry_version(struct ct_catalog *catalog, enum ct_registry_kind kind);

#endif
