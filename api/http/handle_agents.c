/* Agents of OpenFinOps: they register, and report. What they are told is "status": "success" with
 * exactly 200, or they drop what they had to say. AGENTS.md */
#include "agent_ingest.h"
#include "agent_line.h"
#include "meters.h"
#include "route.h"
#include "text_out.h"

/* -- Registering ------------------------------------------------------------------------------- */

/* The id; NULL with the reply set. */
static const char *agent_of(const struct ct_request *request, const struct ct_json *body,
                            struct ct_reply *reply)
{
    struct ct_text agent = {NULL, 0};
    struct ct_error err = {0};
    const ct_status status = ct_json_text(ct_json_member(body, "agent_id"), &agent, &err);
    if (status == CT_OK && agent.len > 0 && agent.len <= CT_AGENT_TEXT_BYTES_MAX)
        return agent.bytes;
    if (status == CT_OK || status == CT_NOT_FOUND)
        (void)ct_fail(&err, CT_INVALID,
                      "agent_id is missing: send the text that tells this agent from others, of "
                      "at most %d bytes",
                      CT_AGENT_TEXT_BYTES_MAX);
    ct_reply_fail(request, reply, &err);
    return NULL;
}

static void answer_register(struct ct_server *server, struct ct_request *request,
                            struct ct_reply *reply)
{
    struct ct_error err = {0};
    centime_error failure = CENTIME_ERROR_INIT;
    struct ct_json body;
    if (ct_json_parse(request->body, &body, &err) != CT_OK) {
        ct_reply_fail(request, reply, &err);
        return;
    }
    const char *agent = agent_of(request, &body, reply);
    if (agent &&
        centime_agent_register(server->store, request->database, agent, request->body.bytes,
                               request->body.len, request->received_ns, &failure) != CENTIME_OK)
        ct_reply_failure(request, reply, &failure);
    else if (agent)
        ct_reply_bytes(reply, "application/json",
                       ct_text_of("{\"message\":\"Agent registered\",\"status\":\"success\"}\n"));
    ct_json_release(&body);
}

/* -- Reporting --------------------------------------------------------------------------------- */

static void print_warnings(struct ct_text_out *out, const struct ct_agent_warnings *warnings)
{
    ct_text_out_word(out, ",\"warnings\":[");
    for (size_t i = 0; i < warnings->kept; i++) {
        ct_text_out_word(out, i ? "," : "");
        ct_text_out_json(out, warnings->texts[i]);
    }
    ct_text_out_format(out, "],\"warning_count\":%zu", warnings->total);
}

static void answer_success(const struct ct_request *request,
                           const struct ct_agent_warnings *warnings, struct ct_reply *reply)
{
    struct ct_text_out out;
    ct_text_out_init(&out, request->arena);
    ct_text_out_word(&out, "{\"message\":\"Telemetry data received\",\"status\":\"success\"");
    if (warnings->total)
        print_warnings(&out, warnings);
    ct_text_out_word(&out, "}\n");
    ct_reply_bytes(reply, "application/json", ct_text_out_text(&out));
}

static void answer_ingest(struct ct_server *server, struct ct_request *request,
                          struct ct_reply *reply)
{
    struct ct_error err = {0};
    struct ct_json body;
    struct ct_agent_report report;
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    ct_status status = ct_json_parse(request->body, &body, &err);
    if (status != CT_OK) {
        ct_reply_fail(request, reply, &err);
        return;
    }
    status = ct_agent_ingest(server, request, &body, &report, &result, &err);
    if (status == CT_OK) {
        ct_meters_write(server->meters, CT_WRITE_AGENT, &result);
        answer_success(request, &report.warnings, reply);
    } else {
        ct_reply_fail(request, reply, &err);
    }
    ct_json_release(&body);
}

static const struct ct_route routes[] = {
    {CT_METHOD_POST, "/api/v1/agents/register", CT_ACCESS_WRITE, CT_FLAVOUR_CENTIME,
     CT_DATABASE_DATABASE, answer_register},
    {CT_METHOD_POST, "/api/v1/telemetry/ingest", CT_ACCESS_WRITE, CT_FLAVOUR_CENTIME,
     CT_DATABASE_DATABASE, answer_ingest},
};

const struct ct_route_table ct_agent_routes = {routes, CT_COUNT_OF(routes)};
