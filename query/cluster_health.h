/* How the clusters are: DESIGN section 4, get_cluster_health_summary, of all that are registered
 * and all that have sent system metrics. Layer query; for api.
 *
 * A node that was silent too long counts with a score of 0: since its last sample, or since it was
 * registered where none ever came. One that was registered a short while ago and has not been heard
 * yet is no judgement on its cluster. */
#ifndef CT_CLUSTER_HEALTH_H
#define CT_CLUSTER_HEALTH_H

#include "query.h"
#include "registration.h"

#define CT_NODE_SILENT_NS ((int64_t)300 * 1000000000) /* a node heard longer ago counts as down */

enum ct_health {
    CT_HEALTH_HEALTHY = 0,  /* score 80 and more */
    CT_HEALTH_WARNING = 1,  /* 60 and more */
    CT_HEALTH_CRITICAL = 2, /* 20 and more */
    CT_HEALTH_DOWN = 3,
    CT_HEALTH_UNKNOWN = 4, /* no node was ever heard, and none is overdue */
};

/* "healthy", "warning", "critical", "down", "unknown". */
const char *ct_health_name(enum ct_health health);

enum ct_system_usage { CT_USAGE_CPU = 0, CT_USAGE_MEMORY = 1, CT_USAGE_DISK = 2, CT_USAGE_GPU = 3 };
#define CT_SYSTEM_USAGES 4

struct ct_cluster_health {
    struct ct_text cluster;             /* lives as long as the list */
    enum ct_health status;              /* by the mean score of its nodes */
    uint32_t total_nodes;               /* registered, or seen in samples */
    uint32_t healthy_nodes;             /* heard lately, and healthy */
    double average[CT_SYSTEM_USAGES];   /* percent: mean of the nodes' latest samples; 0 where none
                                           has it */
    uint32_t sampled[CT_SYSTEM_USAGES]; /* nodes whose latest sample has it */
};

struct ct_cluster_health_list {
    const struct ct_allocator *allocator;
    struct ct_cluster_health *clusters; /* by cluster id */
    uint32_t count;
    struct ct_result *samples; /* hold the texts */
    struct ct_registrations registered;
};

struct ct_cluster_health_request {
    struct ct_text database; /* empty: "default" */
    int64_t now_ns;
    int64_t silent_ns; /* 0: CT_NODE_SILENT_NS */
    bool is_past;      /* samples after now_ns are left out: else they are clocks that run ahead */
};

/* Score of one node's latest sample: 100 less what its readings cost it. */
struct ct_node_reading {
    double cpu, memory, error_rate, temperature; /* 0 where not read */
};
int ct_node_score(const struct ct_node_reading *reading);

/* From the table `system` and the registrations. */
ct_status ct_cluster_health_run(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                                const struct ct_allocator *allocator,
                                const struct ct_cluster_health_request *request,
                                const struct ct_query_options *options,
                                struct ct_cluster_health_list *out,
                                struct ct_error *err) CT_MUST_USE;
void ct_cluster_health_deinit(struct ct_cluster_health_list *list);

#endif
