/* The seed's summaries: health of clusters, training runs, retrieval pipelines, costs. Each as it
 * is, or with `end=` as it was. */
#include "decimal.h"
#include "route.h"
#include "server_private.h"
#include "summary_request.h"

#define HOUR_NS INT64_C(3600000000000)
#define TOP_MAX 10000

static void finish(const struct ct_request *request, int status, centime_buffer *buffer,
                   const centime_error *err, struct ct_reply *reply)
{
    if (status == CENTIME_OK)
        ct_reply_buffer(reply, "application/json", buffer);
    else
        ct_reply_failure(request, reply, err);
}

static void answer_health(struct ct_server *server, struct ct_request *request,
                          struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_buffer *buffer = NULL;
    int64_t end_ns = 0;
    if (!ct_end_parameter(request, &end_ns, reply))
        return;
    const int status =
        centime_cluster_health_json(server->store, request->database, end_ns, &buffer, &err);
    finish(request, status, buffer, &err, reply);
}

/* The id of the path, or, as a path has no "/" in a part, of a parameter; NULL with the reply set.
 */
static const char *find_id(const struct ct_request *request, const char *parameter,
                           struct ct_reply *reply)
{
    struct ct_text id = request->path_argument;
    if (id.len == 0)
        id = ct_request_parameter(request, parameter);
    if (id.len > 0)
        return id.bytes;
    ct_reply_error(request, reply, 400, "bad_parameter", "which one? add %s=", parameter);
    return NULL;
}

typedef int summary_of(centime_store *store, const char *database, const char *id,
                       const centime_summary_options *options, centime_buffer **out,
                       centime_error *err);

static void answer_summary(struct ct_server *server, struct ct_request *request,
                           const char *parameter, summary_of *ask, struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_buffer *buffer = NULL;
    centime_summary_options options;
    const char *id = find_id(request, parameter, reply);
    if (!id || !ct_summary_options_read(request, &options, reply))
        return;
    const int status = ask(server->store, request->database, id, &options, &buffer, &err);
    finish(request, status, buffer, &err, reply);
}

static void answer_training(struct ct_server *server, struct ct_request *request,
                            struct ct_reply *reply)
{
    answer_summary(server, request, "run_id", centime_training_summary_with, reply);
}

static void answer_rag(struct ct_server *server, struct ct_request *request, struct ct_reply *reply)
{
    answer_summary(server, request, "pipeline_id", centime_rag_summary_with, reply);
}

/* -- Costs ------------------------------------------------------------------------------------- */

/* Hours, perhaps with a fraction, to ns; false: the reply tells. */
static bool read_window(const struct ct_request *request, int64_t *window_ns,
                        struct ct_reply *reply)
{
    struct ct_decimal hours;
    const struct ct_text text = ct_request_parameter(request, "time_range_hours");
    ct_int128 product;
    if (text.len == 0)
        return true;
    if (ct_decimal_parse(text, &hours) == CT_OK && hours.mantissa > 0 &&
        !__builtin_mul_overflow(hours.mantissa, (ct_int128)HOUR_NS, &product)) {
        const ct_int128 window = product / ct_pow10_int128(hours.scale);
        if (window > 0 && window <= INT64_MAX) {
            *window_ns = (int64_t)window;
            return true;
        }
    }
    ct_reply_error(request, reply, 400, "bad_parameter",
                   "time_range_hours is a number above 0 and of at most 2562047 hours, not "
                   "\"%.*s\"",
                   text.len < 60 ? (int)text.len : 60, text.bytes);
    return false;
}

static bool read_cost_options(const struct ct_request *request, centime_cost_options *out,
                              struct ct_reply *reply)
{
    uint32_t top = 0;
    *out = (centime_cost_options){.struct_size = sizeof *out, .database = request->database};
    const struct ct_text currency = ct_request_parameter(request, "currency");
    out->currency = currency.len ? currency.bytes : NULL;
    if (!read_window(request, &out->window_ns, reply) ||
        !ct_end_parameter(request, &out->end_ns, reply) ||
        !ct_count_parameter(request, "top", TOP_MAX, &top, reply))
        return false;
    out->top_count = top;
    return true;
}

static void answer_costs(struct ct_server *server, struct ct_request *request,
                         struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_cost_options options;
    centime_cost_summary *summary = NULL;
    centime_buffer *buffer = NULL;
    bool is_quoted;
    if (!read_cost_options(request, &options, reply) ||
        !ct_money_parameter(request, &is_quoted, reply))
        return;
    int status = centime_cost_summary_run(server->store, &options, &summary, &err);
    if (status == CENTIME_OK)
        status = centime_cost_summary_format(
            summary, is_quoted ? CENTIME_DECIMALS_QUOTED : CENTIME_JSON, &buffer, &err);
    centime_cost_summary_destroy(summary);
    finish(request, status, buffer, &err, reply);
}

#define ROUTE(path, handle)                                                                        \
    {                                                                                              \
        CT_METHOD_GET, path, CT_ACCESS_READ, CT_FLAVOUR_CENTIME, CT_DATABASE_DATABASE, handle      \
    }

static const struct ct_route routes[] = {
    ROUTE("/api/v1/clusters/health", answer_health),
    ROUTE("/api/v1/training", answer_training),
    ROUTE("/api/v1/training/{run_id}", answer_training),
    ROUTE("/api/v1/rag", answer_rag),
    ROUTE("/api/v1/rag/{pipeline_id}", answer_rag),
    ROUTE("/api/v1/costs/summary", answer_costs),
};

const struct ct_route_table ct_summary_routes = {routes, CT_COUNT_OF(routes)};
