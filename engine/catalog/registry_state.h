/* Where the registry's records are kept. Private to the catalog layer.
 *
 * Invariant: a record stays in its slot as long as it lives, whatever happens to others, so that a
 * dump in pieces finds every record that was there all along. Slots of removed records are used
 * again, the last freed first: the same changes always give the same slots. */
#ifndef CT_REGISTRY_STATE_H
#define CT_REGISTRY_STATE_H

#include "number_index.h"
#include "registry.h"

struct ct_registry_slot {
    char *bytes; /* the key, then the value; NULL: free */
    uint32_t database;
    uint32_t key_len;
    uint32_t value_len;
    uint32_t next_free; /* of a free slot */
};

/* The records of one kind, in all databases. All zero is an empty one, once first_free is CT_NONE.
 */
struct ct_registry_records {
    struct ct_registry_slot *slots;
    size_t slot_cap;
    uint32_t slot_count;
    uint32_t first_free; /* CT_NONE: none */
    struct ct_number_index index;
    uint64_t version;
};

/* By kind; 0 stands empty. */
struct ct_registry {
    struct ct_registry_records records[CT_REGISTRY_KIND_MAX + 1];
    uint32_t count; /* of all kinds */
};

static inline struct ct_text ct_registry_key_of(const struct ct_registry_slot *slot)
{
    return (struct ct_text){.bytes = slot->bytes, .len = slot->key_len};
}

static inline struct ct_text ct_registry_value_of(const struct ct_registry_slot *slot)
{
    return (struct ct_text){.bytes = slot->bytes + slot->key_len, .len = slot->value_len};
}

/* A kind that records may have. */
static inline bool ct_registry_kind_is_known(uint64_t kind)
{
    return kind >= 1 && kind <= CT_REGISTRY_KIND_MAX;
}

void ct_registry_init(struct ct_registry *registry);
void ct_registry_deinit(struct ct_registry *registry, const struct ct_allocator *allocator);

#endif
