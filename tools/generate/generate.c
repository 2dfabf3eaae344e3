/* generate: a month of FinOps as line protocol on stdout, for the demo, the tests and the
 * benchmarks.
 *
 * Three tables in the order of time, as collectors would send them: `cost` once an hour for each
 * resource, with a credit now and then; `system` every two minutes for each node; `service` every
 * five minutes. The data are fleet.c's. */
#include "args.h"
#include "fleet.h"

#include <string.h>

#define NODE_STEP_S     120
#define SERVICE_STEP_S  300
#define SILENT_FROM_S   1800 /* before the end: when the silent node was last heard */
#define CREDIT_ONE_IN   2000 /* cost rows that are followed by a refund */
#define RESOURCES_MAX   200000
#define LINE_BYTES_MAX  512
#define START_DEFAULT_S INT64_C(1780272000) /* 2026-06-01T00:00:00Z */

struct plan {
    uint64_t seed;
    int64_t start_s, end_s;
    uint32_t resource_count, node_count;
    const char *table; /* "": all */
};

/* Lines on their way out. */
struct line_buffer {
    size_t len;
    bool has_failed;
    char bytes[1 << 20];
};

static void flush(struct line_buffer *buffer)
{
    if (fwrite(buffer->bytes, 1, buffer->len, stdout) != buffer->len)
        buffer->has_failed = true;
    buffer->len = 0;
}

static void put_text(struct line_buffer *buffer, const char *text)
{
    const size_t len = strlen(text);
    memcpy(buffer->bytes + buffer->len, text, len);
    buffer->len += len;
}

static void put_padded(struct line_buffer *buffer, uint64_t number, uint32_t digits_min)
{
    char digits[24];
    uint32_t count = 0;
    while (number > 0 || count < digits_min) {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    }
    while (count > 0)
        buffer->bytes[buffer->len++] = digits[--count];
}

static void put_hex(struct line_buffer *buffer, uint64_t number, uint32_t digits)
{
    while (digits-- > 0)
        buffer->bytes[buffer->len++] = "0123456789abcdef"[(number >> (4 * digits)) & 15];
}

/* number x 10^-scale, without zeros at the end. */
static void put_decimal(struct line_buffer *buffer, uint64_t number, uint32_t scale)
{
    while (scale > 0 && number % 10 == 0) {
        number /= 10;
        scale--;
    }
    uint64_t power = 1;
    for (uint32_t i = 0; i < scale; i++)
        power *= 10;
    put_padded(buffer, number / power, 1);
    if (scale == 0)
        return;
    buffer->bytes[buffer->len++] = '.';
    put_padded(buffer, number % power, scale);
}

static void end_line(struct line_buffer *buffer, int64_t time_s)
{
    buffer->bytes[buffer->len++] = ' ';
    put_padded(buffer, (uint64_t)time_s, 1);
    put_text(buffer, "000000000\n");
    if (buffer->len > sizeof buffer->bytes - LINE_BYTES_MAX)
        flush(buffer);
}

static void put_cost_tags(struct line_buffer *buffer, const struct ct_resource *resource)
{
    put_text(buffer, "cost,provider=");
    put_text(buffer, resource->offer->provider);
    put_text(buffer, ",service=");
    put_text(buffer, resource->offer->service);
    put_text(buffer, ",region=");
    put_text(buffer, resource->region);
    put_text(buffer, ",account=acct-");
    put_padded(buffer, resource->account, 6);
    put_text(buffer, ",cluster=");
    put_text(buffer, ct_fleet_cluster_name(resource->cluster));
    put_text(buffer, ",tag.team=");
    put_text(buffer, resource->team);
    put_text(buffer, ",tag.env=");
    put_text(buffer, resource->environment);
    put_text(buffer, ",resource_id=");
    put_text(buffer, resource->offer->id_prefix);
    put_text(buffer, "-");
    put_hex(buffer, resource->id, 12);
}

static void put_cost_row(struct line_buffer *buffer, const struct plan *plan, uint32_t index,
                         int64_t time_s)
{
    const struct ct_resource resource = ct_fleet_resource(plan->seed, index);
    const uint64_t usage = ct_fleet_usage_milli(&resource, plan->seed, time_s);
    if (usage == 0)
        return;
    const uint64_t cost = usage * resource.offer->price_micro_usd; /* scale 3 + 6 */
    put_cost_tags(buffer, &resource);
    put_text(buffer, " cost_usd=");
    put_decimal(buffer, cost, 9);
    put_text(buffer, ",usage_quantity=");
    put_decimal(buffer, usage, 3);
    end_line(buffer, time_s);
    if (ct_fleet_random(plan->seed, resource.id, (uint64_t)time_s + 7) % CREDIT_ONE_IN != 0)
        return;
    put_cost_tags(buffer, &resource);
    put_text(buffer, ",source=credit cost_usd=-");
    put_decimal(buffer, cost / 4, 9);
    end_line(buffer, time_s);
}

static void put_node_row(struct line_buffer *buffer, const struct plan *plan, uint32_t index,
                         int64_t time_s)
{
    static const char *const names[] = {
        " cpu_usage=", ",memory_usage=", ",disk_usage=", ",gpu_usage="};
    const struct ct_node node = ct_fleet_node(plan->seed, index, plan->node_count);
    if (node.fault == 3 && time_s >= plan->end_s - SILENT_FROM_S)
        return;
    put_text(buffer, "system,cluster=");
    put_text(buffer, ct_fleet_cluster_name(node.cluster));
    put_text(buffer, ",node=node-");
    put_padded(buffer, node.index, 4);
    put_text(buffer, ",region=");
    put_text(buffer, node.region);
    for (uint32_t metric = 0; metric < 4; metric++) {
        put_text(buffer, names[metric]);
        put_decimal(buffer, ct_fleet_load(&node, plan->seed, metric, time_s), 1);
    }
    put_text(buffer, ",temperature=");
    put_decimal(buffer,
                (node.fault == 1 ? 860 : 420) + ct_fleet_load(&node, plan->seed, 0, time_s) / 20,
                1);
    end_line(buffer, time_s);
}

static void put_service_row(struct line_buffer *buffer, const struct plan *plan, uint32_t app,
                            int64_t time_s)
{
    const uint64_t dice = ct_fleet_random(plan->seed, 900000 + app, (uint64_t)time_s);
    const uint64_t wave = 400 + dice % 300 + 600 * (uint64_t)(time_s / 3600 % 24 >= 7);
    put_text(buffer, "service,service=");
    put_text(buffer, ct_fleet_app_name(app));
    put_text(buffer, ",cluster=");
    put_text(buffer, ct_fleet_cluster_name(app % 3));
    put_text(buffer, " request_count=");
    put_padded(buffer, wave * (1 + app * app), 1);
    put_text(buffer, "i,success_rate=");
    put_decimal(buffer, 9990 - dice / 1000 % 60, 2);
    put_text(buffer, ",avg_response_time=");
    put_decimal(buffer, 180 + app * 35 + dice / 100000 % 90, 1);
    put_text(buffer, dice % 500 == 0 ? ",status=\"degraded\"" : ",status=\"ok\"");
    end_line(buffer, time_s);
}

static bool wants(const struct plan *plan, const char *table)
{
    return plan->table[0] == 0 || strcmp(plan->table, table) == 0;
}

static void put_step(struct line_buffer *buffer, const struct plan *plan, int64_t time_s)
{
    if (time_s % CT_FLEET_HOUR_S == 0 && wants(plan, "cost")) {
        for (uint32_t i = 0; i < plan->resource_count; i++)
            put_cost_row(buffer, plan, i, time_s);
    }
    if (time_s % NODE_STEP_S == 0 && wants(plan, "system")) {
        for (uint32_t i = 0; i < plan->node_count; i++)
            put_node_row(buffer, plan, i, time_s);
    }
    if (time_s % SERVICE_STEP_S == 0 && wants(plan, "service")) {
        for (uint32_t i = 0; i < CT_FLEET_APPS; i++)
            put_service_row(buffer, plan, i, time_s);
    }
}

static int write_lines(const struct plan *plan)
{
    static struct line_buffer buffer; /* a megabyte: too much for a stack */
    for (int64_t time_s = plan->start_s; time_s < plan->end_s; time_s += 60)
        put_step(&buffer, plan, time_s);
    flush(&buffer);
    if (buffer.has_failed || fflush(stdout) != 0) {
        perror("generate: stdout");
        return CT_EXIT_FAILED;
    }
    return CT_EXIT_DONE;
}

static int run(const struct ct_arguments *arguments)
{
    uint64_t days, resources, nodes, seed, start_s;
    if (!ct_args_number(arguments, "days", 1, 4000, 30, &days) ||
        !ct_args_number(arguments, "resources", 1, RESOURCES_MAX, 2000, &resources) ||
        !ct_args_number(arguments, "nodes", 1, 9999, 64, &nodes) ||
        !ct_args_number(arguments, "seed", 0, UINT32_MAX, 1, &seed) ||
        !ct_args_number(arguments, "start", 0, UINT64_C(4000000000), START_DEFAULT_S, &start_s))
        return CT_EXIT_USAGE;
    const char *table = ct_args_value(arguments, "table");
    if (table && strcmp(table, "cost") != 0 && strcmp(table, "system") != 0 &&
        strcmp(table, "service") != 0)
        return ct_args_wrong(arguments, "--table is cost, system or service, not '%s'", table);
    const int64_t start = (int64_t)(start_s - start_s % CT_FLEET_HOUR_S);
    const struct plan plan = {
        .seed = seed,
        .start_s = start,
        .end_s = start + (int64_t)days * 86400,
        .resource_count = (uint32_t)resources,
        .node_count = (uint32_t)nodes,
        .table = table ? table : "",
    };
    return write_lines(&plan);
}

static const struct ct_option options[] = {
    {"days", 0, "N", "days of data; default 30"},
    {"resources", 0, "N", "resources that cost money each hour; default 2000"},
    {"nodes", 0, "N", "cluster nodes; default 64"},
    {"start", 0, "SECONDS", "epoch seconds of the first hour; default 2026-06-01T00:00Z"},
    {"seed", 0, "N", "another company; default 1"},
    {"table", 0, "NAME", "only cost, system or service"},
};

int main(int argc, char **argv)
{
    static const struct ct_command command = {
        .name = "generate",
        .operands = "",
        .summary =
            "Writes made-up but lifelike FinOps line protocol to stdout. Same options, same bytes.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .run = run,
    };
    return ct_args_run_single(&command, argc, argv);
}
