#include "failure_table.h"

#include <arpa/inet.h>

#include "hash.h"

void ct_failure_table_init(struct ct_failure_table *table, uint64_t seed)
{
    memset(table->slots, 0, sizeof table->slots);
    table->seed = seed;
    ct_mutex_init(&table->mutex);
}

void ct_failure_table_deinit(struct ct_failure_table *table)
{
    ct_mutex_deinit(&table->mutex);
}

/* Who has one IPv6 address has 2^64 of them. */
static uint64_t hash_of(const struct ct_failure_table *table, struct ct_text address)
{
    struct in6_addr six;
    char text[INET6_ADDRSTRLEN];
    if (address.len > 0 && address.len < sizeof text) {
        memcpy(text, address.bytes, address.len);
        text[address.len] = 0;
        if (inet_pton(AF_INET6, text, &six) == 1 && !IN6_IS_ADDR_V4MAPPED(&six))
            return ct_hash(&six, 8, table->seed);
    }
    return ct_hash(address.bytes, address.len, table->seed);
}

/* The address's own, else the one that is the least loss. */
static struct ct_failure_slot *find_slot(struct ct_failure_table *table, uint64_t address)
{
    struct ct_failure_slot *set = table->slots[address % CT_FAILURE_SETS];
    struct ct_failure_slot *least = &set[0];
    for (size_t i = 0; i < CT_FAILURE_WAYS; i++) {
        if (set[i].address == address)
            return &set[i];
        if (set[i].clean_at_ns < least->clean_at_ns)
            least = &set[i];
    }
    *least = (struct ct_failure_slot){.address = address};
    return least;
}

bool ct_failure_table_note(struct ct_failure_table *table, struct ct_text address, int64_t now_ns)
{
    const uint64_t hash = hash_of(table, address);
    ct_mutex_lock(&table->mutex);
    struct ct_failure_slot *slot = find_slot(table, hash);
    const int64_t from_ns = slot->clean_at_ns > now_ns ? slot->clean_at_ns : now_ns;
    const bool is_too_often = from_ns - now_ns > (CT_FAILURES_AT_ONCE - 1) * CT_FAILURE_PAUSE_NS;
    if (!is_too_often)
        slot->clean_at_ns = from_ns + CT_FAILURE_PAUSE_NS;
    ct_mutex_unlock(&table->mutex);
    return is_too_often;
}
