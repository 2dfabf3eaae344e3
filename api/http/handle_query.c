/* The native query: asked in JSON, answered as JSON, CSV, NDJSON or an Arrow stream. */
#include "query_json.h"
#include "route.h"
#include "server_private.h"

/* The question's text: the body, or parameter q. */
static bool parse(const struct ct_request *request, struct ct_json *root, struct ct_reply *reply)
{
    struct ct_error err = {0};
    const struct ct_text text =
        request->method == CT_METHOD_POST ? request->body : ct_request_parameter(request, "q");
    const ct_status status = ct_json_parse(text, root, &err);
    if (status == CT_OK)
        return true;
    ct_reply_error(request, reply, status == CT_NO_MEMORY ? 503 : 400, ct_reply_slug(status),
                   "%s; send a question such as {\"table\": \"cost\", \"aggregates\": "
                   "[\"sum(cost_usd)\"]}, in the body of POST or as q= of GET",
                   err.text);
    return false;
}

/* The smaller of what is wished and what is allowed; 0 is no wish, and no limit. */
static uint64_t within(uint64_t wished, uint64_t allowed)
{
    return wished == 0 || (allowed > 0 && wished > allowed) ? allowed : wished;
}

static void limit(const struct ct_server *server, const struct ct_request *request,
                  centime_query *query)
{
    const struct ct_server_config *config = &server->config;
    query->rows_max = within(query->rows_max, config->query_rows_max);
    query->threads = (uint32_t)within(query->threads, config->query_threads);
    query->memory_bytes = config->query_memory_bytes;
    query->elapsed_max_ns = (int64_t)config->query_timeout_s * 1000000000;
    query->cancel = request->cancel;
}

/* Of the question, else of the request. */
static const char *find_database(const struct ct_request *request,
                                 const struct ct_query_json *question)
{
    struct ct_text name = ct_request_parameter(request, "database");
    if (question->query.database && question->query.database[0])
        return question->query.database;
    if (name.len == 0)
        name = ct_request_parameter(request, "db");
    return name.len ? name.bytes : request->database;
}

static void run(struct ct_server *server, const struct ct_request *request,
                struct ct_query_json *question, struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_result *result = NULL;
    question->query.database = find_database(request, question);
    if (!ct_request_may(server, request, CT_ACCESS_READ, question->query.database, reply) ||
        !ct_answer_format_read(request, &question->format, reply))
        return;
    limit(server, request, &question->query);
    const int status = question->explains
                           ? centime_explain(server->store, &question->query, &result, &err)
                           : centime_run(server->store, &question->query, &result, &err);
    if (status == CENTIME_OK)
        ct_answer_result(request, result, &question->format, reply);
    else
        ct_reply_failure(request, reply, &err);
    centime_result_destroy(result);
}

static void answer_query(struct ct_server *server, struct ct_request *request,
                         struct ct_reply *reply)
{
    struct ct_query_json question;
    struct ct_json root;
    struct ct_error err = {0};
    if (!parse(request, &root, reply))
        return;
    const ct_status status =
        ct_query_json_read(root, request->received_ns, request->arena, &question, &err);
    if (status == CT_OK)
        run(server, request, &question, reply);
    else
        ct_reply_error(request, reply, status == CT_NO_MEMORY ? 503 : 400, ct_reply_slug(status),
                       "%s", err.text);
    ct_json_release(&root);
}

static const struct ct_route routes[] = {
    {CT_METHOD_GET | CT_METHOD_POST, "/api/v1/query", CT_ACCESS_READ, CT_FLAVOUR_CENTIME,
     CT_DATABASE_BY_HANDLER, answer_query},
};

const struct ct_route_table ct_query_routes = {routes, CT_COUNT_OF(routes)};
