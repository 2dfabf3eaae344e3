/* The made-up company whose bills and metrics tools/generate writes: what it runs where, at which
 * price, and how each thing's use goes up and down. Layer tools.
 *
 * Invariant: everything follows from (seed, index, time) by integer arithmetic, so the same
 * arguments give the same bytes on every machine, and any hour can be made without those before it.
 */
#ifndef CT_FLEET_H
#define CT_FLEET_H

#include <stdbool.h>
#include <stdint.h>

#define CT_FLEET_HOUR_S 3600

/* How use moves over time. */
enum ct_shape {
    CT_SHAPE_FLAT,    /* runs all the time: a reservation, an address */
    CT_SHAPE_DAILY,   /* follows the day of its region */
    CT_SHAPE_OFFICE,  /* as daily, little at weekends */
    CT_SHAPE_BATCH,   /* a few hours at night, nothing otherwise */
    CT_SHAPE_GROWING, /* storage: a little more every hour */
};

struct ct_offer {
    const char *provider;
    const char *service;
    uint32_t price_micro_usd; /* per unit and hour */
    uint32_t usage_milli;     /* typical units per hour, in thousandths */
    uint32_t weight;          /* how many of the company's resources are of it, relative */
    enum ct_shape shape;
    const char *id_prefix;
};

/* One thing that costs money each hour. */
struct ct_resource {
    const struct ct_offer *offer;
    const char *region, *team, *environment;
    uint32_t account, cluster;
    uint64_t id;
    uint32_t usage_milli;
    uint32_t phase_h; /* hour of the day (UTC) with the most use */
};

struct ct_node {
    const char *region;
    uint32_t cluster;
    uint32_t index;
    uint32_t base[4]; /* cpu, memory, disk, gpu in tenths of a percent */
    uint32_t fault;   /* 0 healthy; 1 hot; 2 overloaded; 3 went silent */
    uint32_t phase_h;
};

uint64_t ct_fleet_random(uint64_t seed, uint64_t a, uint64_t b);

struct ct_resource ct_fleet_resource(uint64_t seed, uint32_t index);
/* Thousandths of units used in the hour that begins at time_s; 0: the resource has no row for it.
 */
uint64_t ct_fleet_usage_milli(const struct ct_resource *resource, uint64_t seed, int64_t time_s);

struct ct_node ct_fleet_node(uint64_t seed, uint32_t index, uint32_t node_count);
/* Metric 0..3 (cpu, memory, disk, gpu) at a time, in tenths of a percent, 0..1000. */
uint32_t ct_fleet_load(const struct ct_node *node, uint64_t seed, uint32_t metric, int64_t time_s);

#define CT_FLEET_CLUSTERS 8
#define CT_FLEET_APPS     24
const char *ct_fleet_cluster_name(uint32_t cluster);
const char *ct_fleet_app_name(uint32_t app);

#endif
