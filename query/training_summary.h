/* How a training run goes: DESIGN section 4, get_training_summary. Layer query; for api.
 *
 * Over all records of the run in the table `llm_training`; a record is a row, told apart by the
 * run's tags and its time. Costs are those of the table `cost` that carry the run's id as tag
 * `run_id` or `tag.run_id`. */
#ifndef CT_TRAINING_SUMMARY_H
#define CT_TRAINING_SUMMARY_H

#include "query.h"

#define CT_COST_PER_STEP_SCALE 12 /* digits after the point, rounded half to even */

struct ct_training_summary {
    struct ct_text model_name; /* of the latest record; lives as long as the summary */
    uint64_t total_steps;      /* records */
    int64_t max_step;
    int64_t current_epoch; /* of the latest record that has one */
    double current_loss;   /* the latest by time; 0 where none was ever given */
    double best_loss;      /* the smallest */
    bool has_loss;
    double avg_gpu_usage; /* mean where it was given; 0 where it never was */
    bool has_gpu_usage;
    double avg_throughput; /* samples/s, mean where it was given */
    bool has_throughput;
    int64_t start_ns, end_ns; /* first and last record */
    bool has_cost;
    struct ct_decimal_sum total_cost;
    struct ct_decimal cost_per_step; /* total_cost / total_steps */
    char currency[4];                /* that costs are in */
    struct ct_result *models;        /* holds the text */
};

struct ct_training_request {
    struct ct_text database; /* not empty */
    struct ct_text run_id;
    int64_t last_ns; /* records and costs up to it, itself included; 0: all */
};

/* CT_NOT_FOUND: no record of the run. CT_CURRENCY: its costs are in several currencies. */
ct_status ct_training_summary_run(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                                  const struct ct_allocator *allocator,
                                  const struct ct_training_request *request,
                                  const struct ct_query_options *options,
                                  struct ct_training_summary *out,
                                  struct ct_error *err) CT_MUST_USE;
void ct_training_summary_deinit(struct ct_training_summary *summary);

#endif
