/* /query: statements of InfluxQL, asked and answered as InfluxDB 1.x does.
 *
 * A short answer is sent whole. A longer one is made while it is sent: no more is held than one
 * statement's result and one piece of its text. */
#include "influx_question.h"
#include "route.h"
#include "text_out.h"

#define WHOLE_BYTES_MAX ((size_t)128 * 1024) /* a longer answer is streamed */

/* -- Errors ------------------------------------------------------------------------------------ */

/* As Go does it: what HTML takes for its own is escaped too. */
static void add_json_text(struct ct_text_out *out, struct ct_text text)
{
    struct ct_text_out quoted;
    ct_text_out_init(&quoted, out->arena);
    ct_text_out_json(&quoted, text);
    for (size_t i = 0; i < quoted.len; i++) {
        const char byte = quoted.bytes[i];
        if (byte == '<' || byte == '>' || byte == '&')
            ct_text_out_format(out, "\\u%04x", (unsigned)byte);
        else
            ct_text_out_add(out, (struct ct_text){&byte, 1});
    }
}

static void add_csv_text(struct ct_text_out *out, struct ct_text text)
{
    const bool is_quoted = strcspn(text.bytes, ",\"\r\n") < text.len;
    ct_text_out_word(out, is_quoted ? "\"" : "");
    for (size_t i = 0; i < text.len; i++) {
        ct_text_out_word(out, is_quoted && text.bytes[i] == '"' ? "\"" : "");
        ct_text_out_add(out, (struct ct_text){text.bytes + i, 1});
    }
    ct_text_out_word(out, is_quoted ? "\"\n" : "\n");
}

/* 400 in the form that was asked for. */
static void refuse(const struct ct_request *request, struct ct_reply *reply,
                   const struct ct_influx_question *question, const char *text)
{
    const bool is_pretty = question->options.is_pretty;
    struct ct_text_out out;
    ct_text_out_init(&out, request->arena);
    if (question->is_csv) {
        ct_text_out_word(&out, "error\n");
        add_csv_text(&out, ct_text_of(text));
    } else {
        ct_text_out_word(&out, is_pretty ? "{\n    \"error\": " : "{\"error\":");
        add_json_text(&out, ct_text_of(text));
        ct_text_out_word(&out, is_pretty ? "\n}\n" : "}\n");
    }
    ct_reply_bytes(reply, question->is_csv ? "text/csv" : "application/json",
                   ct_text_out_text(&out));
    reply->status = 400;
    ct_reply_influx_header(request, reply, ct_text_of(text));
}

static void refuse_failed(const struct ct_request *request, struct ct_reply *reply,
                          const struct ct_influx_question *question, const centime_error *err)
{
    if (err->code == CENTIME_NO_MEMORY)
        ct_reply_failure(request, reply, err);
    else
        refuse(request, reply, question, err->text);
}

/* -- Answers ----------------------------------------------------------------------------------- */

static bool next_piece(void *context, struct ct_text *piece)
{
    return centime_influxql_next(context, &piece->bytes, &piece->len, NULL) == CENTIME_OK;
}

static void end_answer(void *context)
{
    centime_influxql_end(context);
}

/* The answer becomes the reply's. */
static void reply_answer(const struct ct_request *request, struct ct_reply *reply, bool is_csv,
                         centime_influx_answer *answer)
{
    const struct ct_reply_stream stream = {
        .next = next_piece, .destroy = end_answer, .context = answer};
    const char *type = is_csv ? "text/csv" : "application/json";
    centime_error err = CENTIME_ERROR_INIT;
    struct ct_text piece = {"", 1};
    struct ct_text_out out;
    int status = CENTIME_OK;
    ct_text_out_init(&out, request->arena);
    while (status == CENTIME_OK && piece.len && out.len <= WHOLE_BYTES_MAX) {
        status = centime_influxql_next(answer, &piece.bytes, &piece.len, &err);
        if (status == CENTIME_OK)
            ct_text_out_add(&out, piece);
    }
    const struct ct_text text = ct_text_out_text(&out);
    if (status == CENTIME_OK && !out.is_short && piece.len) {
        ct_reply_streamed(reply, type, text, stream);
        return;
    }
    centime_influxql_end(answer);
    if (status != CENTIME_OK)
        ct_reply_failure(request, reply, &err);
    else if (out.is_short)
        ct_reply_error(request, reply, 503, "no_memory", "out of memory for an answer");
    else
        ct_reply_bytes(reply, type, text);
}

static void answer_query(struct ct_server *server, struct ct_request *request,
                         struct ct_reply *reply)
{
    struct ct_influx_question question;
    struct ct_error story = {0};
    centime_error err = CENTIME_ERROR_INIT;
    centime_influx_answer *answer = NULL;
    ct_reply_influx_version(reply);
    const ct_status status = ct_influx_question_read(server, request, &question, &story);
    if (status == CT_NO_MEMORY) {
        ct_reply_error(request, reply, 503, "no_memory", "%s", story.text);
    } else if (status != CT_OK) {
        refuse(request, reply, &question, story.text);
    } else if (centime_influxql_begin(server->store, question.text.bytes, question.text.len,
                                      &question.options, &answer, &err) != CENTIME_OK) {
        refuse_failed(request, reply, &question, &err);
    }
    ct_influx_question_release(&question);
    if (answer)
        reply_answer(request, reply, question.is_csv, answer);
}

static void answer_flux(struct ct_server *server, struct ct_request *request,
                        struct ct_reply *reply)
{
    (void)server;
    ct_reply_error(request, reply, 400, "flux",
                   "this server does not speak Flux: ask in InfluxQL by /query?db=BUCKET&q=..., or "
                   "in JSON by POST /api/v1/query");
}

static const struct ct_route routes[] = {
    {CT_METHOD_GET | CT_METHOD_POST | CT_ROUTE_FORM, "/query", CT_ACCESS_READ, CT_FLAVOUR_INFLUX_1,
     CT_DATABASE_BY_HANDLER, answer_query},
    {CT_METHOD_POST, "/api/v2/query", CT_ACCESS_READ, CT_FLAVOUR_INFLUX_2, CT_DATABASE_NONE,
     answer_flux},
};

const struct ct_route_table ct_influx_query_routes = {routes, CT_COUNT_OF(routes)};
