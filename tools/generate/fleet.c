/* The made-up company. Prices are of the order that the providers list; names are theirs, amounts
 * are not. */
#include "fleet.h"

#include <stddef.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct ct_offer offers[] = {
    {"aws", "AmazonEC2", 384000, 1000, 260, CT_SHAPE_DAILY, "i"},
    {"aws", "AmazonEC2", 96000, 1000, 160, CT_SHAPE_FLAT, "i"},
    {"aws", "AmazonRDS", 290000, 1000, 60, CT_SHAPE_FLAT, "db"},
    {"aws", "AmazonS3", 32, 9000000, 110, CT_SHAPE_GROWING, "bucket"},
    {"aws", "AWSLambda", 17, 8000000, 90, CT_SHAPE_OFFICE, "fn"},
    {"aws", "AmazonSageMaker", 4096000, 4000, 18, CT_SHAPE_BATCH, "train"},
    {"aws", "AmazonBedrock", 3000, 900000, 14, CT_SHAPE_OFFICE, "model"},
    {"aws", "AWSDataTransfer", 90000, 3000, 60, CT_SHAPE_DAILY, "nat"},
    {"gcp", "ComputeEngine", 134000, 1000, 120, CT_SHAPE_DAILY, "gce"},
    {"gcp", "BigQuery", 6250000, 150, 26, CT_SHAPE_OFFICE, "bq"},
    {"gcp", "CloudStorage", 27, 8000000, 46, CT_SHAPE_GROWING, "gs"},
    {"gcp", "VertexAI", 2933000, 8000, 10, CT_SHAPE_BATCH, "job"},
    {"gcp", "GKE", 100000, 1000, 12, CT_SHAPE_FLAT, "gke"},
    {"azure", "VirtualMachines", 166000, 1000, 90, CT_SHAPE_OFFICE, "vm"},
    {"azure", "SQLDatabase", 504000, 1000, 28, CT_SHAPE_FLAT, "sql"},
    {"azure", "BlobStorage", 25, 6000000, 36, CT_SHAPE_GROWING, "blob"},
    {"azure", "AzureOpenAI", 10000, 300000, 12, CT_SHAPE_OFFICE, "aoai"},
    {"azure", "Bandwidth", 87000, 1500, 20, CT_SHAPE_DAILY, "bw"},
};

static const struct {
    const char *provider;
    const char *regions[3];
} places[] = {
    {"aws", {"us-east-1", "eu-central-1", "us-west-2"}},
    {"gcp", {"europe-west4", "us-central1", "asia-east1"}},
    {"azure", {"westeurope", "eastus", "southeastasia"}},
};

static const char *const teams[] = {"checkout", "search",   "payments", "identity",  "data",
                                    "ml",       "platform", "mobile",   "logistics", "support"};
static const char *const environments[] = {"prod", "prod", "prod", "staging", "dev"};
static const char *const clusters[CT_FLEET_CLUSTERS] = {
    "prod-us", "prod-eu", "prod-asia", "gpu-train", "gpu-serve", "staging", "data", "edge",
};
static const char *const cluster_regions[CT_FLEET_CLUSTERS] = {
    "us-east-1", "eu-central-1", "asia-east1",  "us-west-2",
    "us-east-1", "europe-west4", "us-central1", "westeurope",
};
static const char *const apps[CT_FLEET_APPS] = {
    "cart",   "catalog", "search",  "ranking", "pricing",  "payments", "ledger",  "invoices",
    "login",  "profile", "mail",    "push",    "feed",     "media",    "upload",  "reports",
    "export", "billing", "gateway", "edge",    "embedder", "chat",     "routing", "tracking",
};

/* 1000 x (1 + 0.45 cos) over the hours after the peak. */
static const uint32_t day_milli[24] = {1450, 1435, 1390, 1318, 1225, 1116, 1000, 884,
                                       775,  682,  610,  565,  550,  565,  610,  682,
                                       775,  884,  1000, 1116, 1225, 1318, 1390, 1435};

uint64_t ct_fleet_random(uint64_t seed, uint64_t a, uint64_t b)
{
    uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15) + a * UINT64_C(0xd6e8feb86659fd93) +
                 b * UINT64_C(0xa0761d6478bd642f);
    x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    x = (x ^ (x >> 29)) * UINT64_C(0x9fb21c651e98df25);
    return x ^ (x >> 32);
}

const char *ct_fleet_cluster_name(uint32_t cluster)
{
    return clusters[cluster];
}

const char *ct_fleet_app_name(uint32_t app)
{
    return apps[app];
}

static const struct ct_offer *pick_offer(uint64_t random)
{
    uint32_t total = 0;
    for (size_t i = 0; i < COUNT_OF(offers); i++)
        total += offers[i].weight;
    uint32_t left = (uint32_t)(random % total);
    for (size_t i = 0;; i++) {
        if (left < offers[i].weight)
            return &offers[i];
        left -= offers[i].weight;
    }
}

static const char *pick_region(const struct ct_offer *offer, uint64_t random)
{
    size_t place = 0;
    while (places[place].provider[0] != offer->provider[0] ||
           places[place].provider[1] != offer->provider[1])
        place++;
    const uint64_t dice = random % 10; /* most of it in the first region */
    return places[place].regions[dice < 6 ? 0 : dice < 9 ? 1 : 2];
}

struct ct_resource ct_fleet_resource(uint64_t seed, uint32_t index)
{
    uint64_t dice[8];
    for (uint32_t i = 0; i < COUNT_OF(dice); i++)
        dice[i] = ct_fleet_random(seed, index, 1000 + i);
    struct ct_resource resource = {.offer = pick_offer(dice[0])};
    resource.region = pick_region(resource.offer, dice[1]);
    /* The square of an even spread: some teams have far more than others. */
    const uint64_t spread = dice[2] % 1000;
    resource.team = teams[spread * spread / 1000 * COUNT_OF(teams) / 1000];
    resource.environment = environments[dice[3] % COUNT_OF(environments)];
    resource.account = 100 + (uint32_t)(dice[4] % 12);
    resource.cluster = (uint32_t)(dice[5] % CT_FLEET_CLUSTERS);
    resource.id = dice[6];
    const uint64_t typical = resource.offer->usage_milli;
    const bool is_one_unit = typical == 1000 && resource.offer->shape == CT_SHAPE_FLAT;
    resource.usage_milli = is_one_unit ? 1000 : (uint32_t)(typical * (400 + dice[7] % 1600) / 1000);
    resource.phase_h = 10 + (uint32_t)(dice[7] >> 32) % 8;
    return resource;
}

static uint64_t hour_of_day(int64_t time_s)
{
    return (uint64_t)(time_s / CT_FLEET_HOUR_S) % 24;
}

static bool is_weekend(int64_t time_s)
{
    return (time_s / 86400 + 4) % 7 % 6 ==
           0; /* 1970-01-01 was a Thursday; 0 is Sunday, 6 Saturday */
}

static uint64_t day_factor_milli(uint32_t phase_h, int64_t time_s)
{
    return day_milli[(hour_of_day(time_s) + 24 - phase_h) % 24];
}

uint64_t ct_fleet_usage_milli(const struct ct_resource *resource, uint64_t seed, int64_t time_s)
{
    const uint64_t hour = (uint64_t)(time_s / CT_FLEET_HOUR_S);
    const uint64_t noise_milli = 950 + ct_fleet_random(seed, resource->id, hour) % 101;
    const uint64_t usage = resource->usage_milli;
    switch (resource->offer->shape) {
    case CT_SHAPE_FLAT:
        return usage;
    case CT_SHAPE_DAILY:
        return usage * day_factor_milli(resource->phase_h, time_s) / 1000 * noise_milli / 1000;
    case CT_SHAPE_OFFICE:
        return usage * day_factor_milli(resource->phase_h, time_s) / 1000 * noise_milli / 1000 *
               (is_weekend(time_s) ? 35 : 100) / 100;
    case CT_SHAPE_BATCH:
        return (hour_of_day(time_s) + resource->phase_h) % 24 < 4 ? usage * noise_milli / 1000 : 0;
    case CT_SHAPE_GROWING:
        return usage + usage / 20000 * (hour % 8760);
    }
    return 0;
}

struct ct_node ct_fleet_node(uint64_t seed, uint32_t index, uint32_t node_count)
{
    struct ct_node node = {.cluster = index % CT_FLEET_CLUSTERS, .index = index};
    node.region = cluster_regions[node.cluster];
    for (uint32_t i = 0; i < COUNT_OF(node.base); i++)
        node.base[i] = 150 + (uint32_t)(ct_fleet_random(seed, 500000 + index, i) % 400);
    const bool has_gpus = node.cluster == 3 || node.cluster == 4;
    node.base[3] = has_gpus ? node.base[3] + 250 : 0;
    node.phase_h = 11 + node.cluster % 6;
    /* A few nodes in trouble, so that a health summary has something to say. */
    if (index % 23 == 5)
        node.fault = 1;
    else if (index % 29 == 8)
        node.fault = 2;
    else if (index + 3 == node_count)
        node.fault = 3;
    return node;
}

uint32_t ct_fleet_load(const struct ct_node *node, uint64_t seed, uint32_t metric, int64_t time_s)
{
    if (node->base[metric] == 0)
        return 0;
    if (metric == 2) /* disks fill up slowly */
        return node->base[metric] + (uint32_t)(time_s / 21600 % 240);
    if (node->fault == 2 && metric < 2)
        return 930 + (uint32_t)(ct_fleet_random(seed, node->index, (uint64_t)time_s) % 60);
    const uint64_t day = metric == 1 ? 1000 : day_factor_milli(node->phase_h, time_s);
    const uint64_t noise = ct_fleet_random(seed, node->index * 4 + metric, (uint64_t)time_s) % 81;
    const uint64_t load = node->base[metric] * day / 1000 + noise;
    return load > 1000 ? 1000 : (uint32_t)load;
}
