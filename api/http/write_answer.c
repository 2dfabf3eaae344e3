#include "write_answer.h"

#include "route.h"

#define REJECTS_IN_WORDS 10 /* the rest is in data[] */

static const char *print_number(const struct ct_request *request, uint64_t number)
{
    struct ct_text_out out;
    ct_text_out_init(&out, request->arena);
    ct_text_out_format(&out, "%llu", (unsigned long long)number);
    return out.is_short ? "" : ct_text_out_text(&out).bytes;
}

/* What a client should hear of whatever else is said: money that was there and is now another
 * amount; an answer that is an earlier request's. */
void ct_write_headers(const struct ct_request *request, const centime_write_result *result,
                      struct ct_reply *reply)
{
    if (result->overwritten_money)
        ct_reply_header(reply, "X-Centime-Overwritten-Money",
                        print_number(request, result->overwritten_money));
    if (result->is_repeat)
        ct_reply_header(reply, "Idempotency-Replayed", "true");
}

void ct_write_counts(const centime_write_result *result, struct ct_text_out *out)
{
    ct_text_out_format(out,
                       "\"accepted\":%llu,\"rejected\":%llu,\"overwritten\":%llu,"
                       "\"overwritten_money\":%llu,\"commit\":%llu,\"is_repeat\":%s",
                       (unsigned long long)result->rows, (unsigned long long)result->rejected,
                       (unsigned long long)result->overwritten_rows,
                       (unsigned long long)result->overwritten_money,
                       (unsigned long long)result->commit, result->is_repeat ? "true" : "false");
}

static void answer_done(const struct ct_request *request, const struct ct_line_request *asked,
                        const centime_write_result *result, struct ct_reply *reply)
{
    struct ct_text_out out;
    if (!asked->is_verbose) {
        ct_reply_nothing(reply);
        return;
    }
    ct_text_out_init(&out, request->arena);
    ct_text_out_word(&out, "{");
    ct_write_counts(result, &out);
    ct_text_out_word(&out, "}\n");
    ct_reply_bytes(reply, "application/json", ct_text_out_text(&out));
}

/* -- Lines that were not taken ----------------------------------------------------------------- */

static void describe(const centime_reject *reject, struct ct_text_out *out)
{
    if (reject->code == CENTIME_TYPE) {
        ct_text_out_word(out, "field type conflict: ");
        ct_text_out_word(out, reject->reason);
        return;
    }
    ct_text_out_word(out, "unable to parse '");
    ct_text_out_word(out, reject->excerpt);
    ct_text_out_word(out, "': ");
    ct_text_out_word(out, reject->reason);
}

/* InfluxDB 1 says "partial write" where some of the lines are there now, and wherever a line was
 * read well and not fit to be stored. */
static bool is_partial(const struct ct_line_request *asked, const centime_write_result *result)
{
    return result->rows > 0 || (asked->all_or_nothing != 1 && result->misfits == result->rejected);
}

static struct ct_text sum_up(const struct ct_request *request, bool partial,
                             const centime_write_result *result)
{
    struct ct_text_out out;
    ct_text_out_init(&out, request->arena);
    if (partial)
        ct_text_out_word(&out, "partial write: ");
    uint32_t told = 0;
    for (; told < result->reject_count && told < REJECTS_IN_WORDS; told++) {
        if (told)
            ct_text_out_word(&out, "\n");
        describe(&result->rejects[told], &out);
    }
    if (result->rejected > told)
        ct_text_out_format(&out, "\nand %llu more", (unsigned long long)(result->rejected - told));
    if (partial)
        ct_text_out_format(&out, " dropped=%llu", (unsigned long long)result->rejected);
    return ct_text_out_text(&out);
}

static void print_rejects(const centime_write_result *result, struct ct_text_out *out)
{
    ct_text_out_word(out, ",\"data\":[");
    for (uint32_t i = 0; i < result->reject_count; i++) {
        const centime_reject *reject = &result->rejects[i];
        ct_text_out_word(out, i ? ",{\"error_message\":" : "{\"error_message\":");
        ct_text_out_json(out, ct_text_of(reject->reason));
        ct_text_out_format(out, ",\"line_number\":%llu,\"column\":%u,\"original_line\":",
                           (unsigned long long)reject->line, reject->column);
        ct_text_out_json(out, ct_text_of(reject->excerpt));
        ct_text_out_word(out, "}");
    }
    ct_text_out_word(out, "],");
}

/* What a flavour says of rejected lines. */
struct words {
    unsigned status;
    const char *error; /* NULL: the story itself */
    const char *code;
    const char *before; /* the story, in `message` */
};

static struct words words_of(const struct ct_request *request, bool partial)
{
    if (request->route->flavour == CT_FLAVOUR_INFLUX_2)
        return partial ? (struct words){422, NULL, "unprocessable entity",
                                        "failure writing points to database: "}
                       : (struct words){400, NULL, "invalid", ""};
    struct words words = {400, NULL, partial ? "partial_write" : "parse", ""};
    if (request->route->flavour == CT_FLAVOUR_INFLUX_3)
        words.error =
            partial ? "partial write of line protocol occurred" : "line protocol parsing error";
    return words;
}

static void print_words(const struct words *words, struct ct_text story, struct ct_text_out *out)
{
    ct_text_out_word(out, "{\"error\":");
    ct_text_out_json(out, words->error ? ct_text_of(words->error) : story);
    ct_text_out_word(out, ",\"code\":");
    ct_text_out_json(out, ct_text_of(words->code));
    ct_text_out_word(out, ",\"message\":");
    if (*words->before) {
        struct ct_text_out message;
        ct_text_out_init(&message, out->arena);
        ct_text_out_word(&message, words->before);
        ct_text_out_add(&message, story);
        story = ct_text_out_text(&message);
    }
    ct_text_out_json(out, story);
}

static void answer_rejected(const struct ct_request *request, bool partial,
                            const centime_write_result *result, struct ct_reply *reply)
{
    const struct ct_text story = sum_up(request, partial, result);
    const struct words words = words_of(request, partial);
    struct ct_text_out out;
    ct_text_out_init(&out, request->arena);
    print_words(&words, story, &out);
    print_rejects(result, &out);
    ct_write_counts(result, &out);
    ct_text_out_word(&out, ",\"request_id\":");
    ct_text_out_json(&out, ct_text_of(request->id));
    ct_text_out_word(&out, "}\n");
    ct_reply_bytes(reply, "application/json", ct_text_out_text(&out));
    reply->status = words.status;
    if (request->route->flavour == CT_FLAVOUR_INFLUX_1)
        ct_reply_influx_header(request, reply, story);
    else if (request->route->flavour == CT_FLAVOUR_INFLUX_2)
        ct_reply_header(reply, "X-Platform-Error-Code", words.code);
}

/* -- Requests that were not taken -------------------------------------------------------------- */

void ct_write_failure(const struct ct_request *request, const char *request_key,
                      const centime_error *err, struct ct_reply *reply)
{
    if (request_key && err->code == CENTIME_INVALID)
        ct_reply_error(request, reply, 422, "idempotency_key_reused", "%s", err->text);
    else if (request_key && err->code == CENTIME_LIMIT)
        /* No more keys can be remembered today: later they can. */
        ct_reply_error(request, reply, 503, "limit", "%s", err->text);
    else
        ct_reply_failure(request, reply, err);
}

void ct_write_answer(const struct ct_request *request, const struct ct_line_request *asked,
                     int status, const centime_write_result *result, const centime_error *err,
                     struct ct_reply *reply)
{
    ct_write_headers(request, result, reply);
    if (status == CENTIME_OK)
        answer_done(request, asked, result, reply);
    else if (status == CENTIME_PARSE && result->rejected > 0)
        answer_rejected(request, is_partial(asked, result), result, reply);
    else
        ct_write_failure(request, asked->request_key, err, reply);
}
