#include "meters_private.h"

#include <string.h>

/* Every status that a route may answer; others count as the last. */
static const unsigned codes[CT_METER_CODES] = {200, 204, 400, 401, 403, 404, 405,
                                               406, 408, 409, 411, 413, 414, 415,
                                               422, 429, 431, 500, 501, 503, 0};

static const char *const methods[CT_METER_METHODS] = {"GET",    "HEAD",    "POST", "PUT",
                                                      "DELETE", "OPTIONS", "OTHER"};

const int64_t ct_meter_bounds_ns[CT_METER_BOUNDS] = {
    500000,   1000000,   2500000,   5000000,    10000000,   25000000,
    50000000, 100000000, 250000000, 1000000000, 2500000000, 10000000000};

unsigned ct_meter_code(size_t index)
{
    return codes[index];
}

const char *ct_meter_method(size_t index)
{
    return methods[index];
}

/* -- Paths ------------------------------------------------------------------------------------- */

/* Routes with one pattern (and several methods) are one path. */
static size_t find_path(const struct ct_meters *meters, const char *pattern)
{
    size_t i = 0;
    while (i < meters->path_count && strcmp(meters->paths[i].pattern, pattern) != 0)
        i++;
    return i;
}

static size_t count_routes(void)
{
    size_t table_count, count = 0;
    const struct ct_route_table *const *tables = ct_route_tables(&table_count);
    for (size_t i = 0; i < table_count; i++)
        count += tables[i]->count;
    return count;
}

static void add_paths(struct ct_meters *meters)
{
    size_t table_count;
    const struct ct_route_table *const *tables = ct_route_tables(&table_count);
    meters->paths[meters->path_count++].pattern = "other"; /* no route takes it */
    for (size_t t = 0; t < table_count; t++)
        for (size_t i = 0; i < tables[t]->count; i++) {
            const char *pattern = tables[t]->routes[i].pattern;
            const size_t path = find_path(meters, pattern);
            if (path == meters->path_count)
                meters->paths[meters->path_count++].pattern = pattern;
        }
}

struct ct_meters *ct_meters_create(const struct ct_allocator *allocator)
{
    struct ct_meters *meters = ct_alloc_zeroed(allocator, 1, sizeof *meters);
    if (!meters)
        return NULL;
    meters->allocator = allocator;
    meters->paths = ct_alloc_zeroed(allocator, count_routes() + 1, sizeof *meters->paths);
    if (!meters->paths) {
        ct_release(allocator, meters);
        return NULL;
    }
    add_paths(meters);
    return meters;
}

void ct_meters_destroy(struct ct_meters *meters)
{
    if (!meters)
        return;
    ct_release(meters->allocator, meters->paths);
    ct_release(meters->allocator, meters);
}

/* -- Counting ---------------------------------------------------------------------------------- */

static void count(_Atomic uint64_t *counter, uint64_t by)
{
    atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

static size_t code_index(unsigned status)
{
    size_t i = 0;
    while (i < CT_METER_CODES - 1 && codes[i] != status)
        i++;
    return i;
}

/* The number of the lowest bit. */
static size_t method_index(enum ct_method method)
{
    const unsigned bits = (unsigned)method;
    size_t i = 0;
    while (i < CT_METER_METHODS - 1 && !(bits >> i & 1))
        i++;
    return i;
}

void ct_meters_request(struct ct_meters *meters, const struct ct_route *route,
                       enum ct_method method, unsigned status, int64_t elapsed_ns,
                       size_t received_bytes, size_t sent_bytes)
{
    const size_t index = route ? find_path(meters, route->pattern) : 0;
    struct ct_meter_path *path = &meters->paths[index < meters->path_count ? index : 0];
    size_t bucket = 0;
    while (bucket < CT_METER_BOUNDS && elapsed_ns > ct_meter_bounds_ns[bucket])
        bucket++;
    count(&path->requests[method_index(method)][code_index(status)], 1);
    count(&path->buckets[bucket], 1);
    count(&path->elapsed_ns, elapsed_ns > 0 ? (uint64_t)elapsed_ns : 0);
    count(&meters->received_bytes, received_bytes);
    count(&meters->sent_bytes, sent_bytes);
}

void ct_meters_write(struct ct_meters *meters, enum ct_write_path path,
                     const centime_write_result *result)
{
    if (result->is_repeat) { /* its rows were written, and counted, before */
        count(&meters->writes[CT_WRITTEN_REPEATS][path], 1);
        return;
    }
    count(&meters->writes[CT_WRITTEN_ROWS][path], result->rows);
    count(&meters->writes[CT_WRITTEN_REJECTED][path], result->rejected);
    count(&meters->writes[CT_WRITTEN_OVER_MONEY][path], result->overwritten_money);
}

void ct_meters_refuse(struct ct_meters *meters, enum ct_refusal why)
{
    ct_meters_refuse_many(meters, why, 1);
}

void ct_meters_refuse_many(struct ct_meters *meters, enum ct_refusal why, uint64_t count_of_them)
{
    count(&meters->refusals[why], count_of_them);
}

void ct_meters_connection(struct ct_meters *meters, int change)
{
    atomic_fetch_add_explicit(&meters->connections, change, memory_order_relaxed);
    if (change > 0)
        count(&meters->connections_opened, (uint64_t)change);
}
