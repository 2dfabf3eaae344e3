#include "influx_question.h"

#include "json_read.h"
#include "multipart.h"
#include "number.h"
#include "principal.h"

#define CHUNK_ROWS     10000 /* where chunked=true says no other */
#define PARAMETERS_MAX 1000

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory while reading a question");
}

/* -- How it is answered ------------------------------------------------------------------------ */

static ct_status read_epoch(const struct ct_request *request, centime_influx_options *options,
                            struct ct_error *err)
{
    static const struct {
        const char *name;
        uint8_t epoch;
    } epochs[] = {
        {"n", CENTIME_EPOCH_NS},         {"ns", CENTIME_EPOCH_NS},
        {"u", CENTIME_EPOCH_US},         {"us", CENTIME_EPOCH_US},
        {"\xc2\xb5s", CENTIME_EPOCH_US}, {"ms", CENTIME_EPOCH_MS},
        {"s", CENTIME_EPOCH_S},          {"m", CENTIME_EPOCH_M},
        {"h", CENTIME_EPOCH_H},          {"rfc3339", CENTIME_EPOCH_RFC3339},
    };
    const struct ct_text name = ct_request_parameter(request, "epoch");
    if (name.len == 0)
        return CT_OK;
    for (size_t i = 0; i < CT_COUNT_OF(epochs); i++)
        if (ct_text_equal(name, ct_text_of(epochs[i].name))) {
            options->epoch = epochs[i].epoch;
            return CT_OK;
        }
    return ct_fail(err, CT_INVALID, "invalid epoch \"%.*s\" (use ns, u, ms, s, m or h)",
                   (int)(name.len < 40 ? name.len : 40), name.bytes);
}

static bool is_set(const struct ct_request *request, const char *name)
{
    bool value = false;
    return ct_request_flag(request, name, false, &value) && value;
}

static uint32_t chunk_rows(const struct ct_request *request)
{
    const struct ct_text text = ct_request_parameter(request, "chunk_size");
    uint64_t rows = 0;
    const char *stop;
    if (!is_set(request, "chunked"))
        return 0;
    if (text.len == 0 || ct_scan_uint64(text.bytes, text.bytes + text.len, &rows, &stop) != CT_OK ||
        stop != text.bytes + text.len || rows == 0 || rows > UINT32_MAX)
        return CHUNK_ROWS;
    return (uint32_t)rows;
}

/* Only a client that asks for nothing else is given CSV: as in InfluxDB. */
static bool wants_csv(const struct ct_request *request)
{
    struct ct_text accept = ct_request_header(request, "Accept");
    const char *semicolon = accept.len ? memchr(accept.bytes, ';', accept.len) : NULL;
    if (semicolon && !memchr(accept.bytes, ',', accept.len))
        accept.len = (size_t)(semicolon - accept.bytes);
    return ct_text_equal(accept, ct_text_of("text/csv")) ||
           ct_text_equal(accept, ct_text_of("application/csv"));
}

/* -- Parameters of the statement --------------------------------------------------------------- */

static ct_status set_text(const char *name, struct ct_text text, uint32_t kind,
                          centime_influx_parameter *out, struct ct_error *err)
{
    if (memchr(text.bytes, 0, text.len))
        return ct_fail(err, CT_TYPE, "%s: a text with a zero byte", name);
    out->kind = kind;
    out->value = text.bytes;
    return CT_OK;
}

/* {"regex": "a|b"}: the one member says what its value stands for. */
static ct_status read_object(struct ct_json value, centime_influx_parameter *out,
                             struct ct_error *err)
{
    static const struct {
        const char *name;
        uint32_t kind;
    } kinds[] = {
        {"regex", CENTIME_PARAMETER_REGEX},           {"duration", CENTIME_PARAMETER_DURATION},
        {"identifier", CENTIME_PARAMETER_IDENTIFIER}, {"ident", CENTIME_PARAMETER_IDENTIFIER},
        {"string", CENTIME_PARAMETER_STRING},
    };
    struct ct_json_iterator members = ct_json_members(&value);
    struct ct_text text;
    if (ct_json_count(value) != 1 || !ct_json_next(&members))
        return ct_fail(err, CT_TYPE,
                       "%s: an object says what its value is by its one member: regex, duration, "
                       "identifier or string",
                       value.key);
    for (size_t i = 0; i < CT_COUNT_OF(kinds); i++) {
        if (strcmp(members.member.key, kinds[i].name) != 0)
            continue;
        if (ct_json_kind_of(members.member) != CT_JSON_STRING)
            return ct_fail(err, CT_TYPE, "%s: %s literal must be a string value", value.key,
                           kinds[i].name);
        CT_TRY(ct_json_text(members.member, &text, err));
        return set_text(value.key, text, kinds[i].kind, out, err);
    }
    return ct_fail(err, CT_TYPE, "%s: unknown bind object type: %.40s", value.key,
                   members.member.key);
}

static ct_status read_number(struct ct_json value, centime_influx_parameter *out,
                             struct ct_error *err)
{
    struct ct_text text;
    int64_t whole;
    CT_TRY(ct_json_decimal(value, &text, err));
    out->value = text.bytes;
    out->kind = CENTIME_PARAMETER_NUMBER;
    for (size_t i = 0; i < text.len; i++)
        if (strchr(".eE", text.bytes[i]))
            return CT_OK;
    out->kind = CENTIME_PARAMETER_INTEGER;
    return ct_json_int64(value, &whole, err);
}

static ct_status read_parameter(struct ct_json value, centime_influx_parameter *out,
                                struct ct_error *err)
{
    struct ct_text text;
    bool flag;
    out->name = value.key;
    switch (ct_json_kind_of(value)) {
    case CT_JSON_BOOL:
        CT_TRY(ct_json_bool(value, &flag, err));
        out->kind = CENTIME_PARAMETER_BOOLEAN;
        out->value = flag ? "true" : "false";
        return CT_OK;
    case CT_JSON_NUMBER:
        return read_number(value, out, err);
    case CT_JSON_STRING:
        CT_TRY(ct_json_text(value, &text, err));
        return set_text(value.key, text, CENTIME_PARAMETER_STRING, out, err);
    case CT_JSON_OBJECT:
        return read_object(value, out, err);
    case CT_JSON_NULL:
    case CT_JSON_ARRAY:
        break;
    }
    return ct_fail(err, CT_TYPE, "%s: a text, a number, true, false or an object is wanted, not %s",
                   value.key, value.value ? ct_json_kind_name(ct_json_kind_of(value)) : "null");
}

static ct_status read_members(struct ct_request *request, const struct ct_json *root,
                              centime_influx_options *options, struct ct_error *err)
{
    if (ct_json_kind_of(*root) != CT_JSON_OBJECT)
        return ct_fail(err, CT_TYPE, "an object of names and values, not %s",
                       ct_json_kind_name(ct_json_kind_of(*root)));
    const size_t count = ct_json_count(*root);
    if (count > PARAMETERS_MAX)
        return ct_fail(err, CT_LIMIT, "%zu parameters, at most %d", count, PARAMETERS_MAX);
    centime_influx_parameter *parameters =
        ct_arena_alloc_zeroed(request->arena, count + 1, sizeof *parameters);
    if (!parameters)
        return no_memory(err);
    struct ct_json_iterator members = ct_json_members(root);
    for (size_t i = 0; ct_json_next(&members); i++)
        CT_TRY(read_parameter(members.member, &parameters[i], err));
    options->parameters = parameters;
    options->parameter_count = count;
    return CT_OK;
}

/* *root holds what the parameters point to. */
static ct_status read_parameters(struct ct_request *request, struct ct_json *root,
                                 centime_influx_options *options, struct ct_error *err)
{
    struct ct_error story = {0};
    const struct ct_text text = ct_request_parameter(request, "params");
    if (text.len == 0)
        return CT_OK;
    ct_status status = ct_json_parse(text, root, &story);
    if (status == CT_OK)
        status = read_members(request, root, options, &story);
    if (status != CT_OK)
        return ct_fail(err, status, "error parsing query parameters: %s", story.text);
    return CT_OK;
}

/* -- Who asks ---------------------------------------------------------------------------------- */

static ct_status read_grants(struct ct_request *request, centime_influx_options *options,
                             struct ct_error *err)
{
    const struct ct_principal *principal = request->principal;
    if (principal->is_admin)
        return CT_OK;
    centime_influx_grant *grants =
        ct_arena_alloc_zeroed(request->arena, (size_t)principal->grant_count + 1, sizeof *grants);
    if (!grants)
        return no_memory(err);
    for (uint32_t i = 0; i < principal->grant_count; i++) {
        grants[i].database = principal->grants[i].database;
        grants[i].reads = principal->grants[i].reads;
        grants[i].writes = principal->grants[i].writes;
    }
    options->grants = grants;
    options->grant_count = principal->grant_count;
    return CT_OK;
}

static void set_limits(const struct ct_server *server, const struct ct_request *request,
                       centime_influx_options *options)
{
    options->rows_max = server->config.query_rows_max;
    options->memory_bytes = server->config.query_memory_bytes;
    options->threads = server->config.query_threads;
    options->cancel = request->cancel;
}

/* -- The whole --------------------------------------------------------------------------------- */

static bool is_blank(struct ct_text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(" \t\r\n", text.bytes[i]))
            return false;
    return true;
}

ct_status ct_influx_question_read(const struct ct_server *server, struct ct_request *request,
                                  struct ct_influx_question *out, struct ct_error *err)
{
    centime_influx_options *options = &out->options;
    *out = (struct ct_influx_question){.is_csv = wants_csv(request)};
    *options = (centime_influx_options)CENTIME_INFLUX_OPTIONS_INIT;
    options->format = out->is_csv ? CENTIME_CSV : CENTIME_JSON;
    CT_TRY(ct_multipart_add(request, err));
    options->is_pretty = is_set(request, "pretty");
    options->chunk_rows = chunk_rows(request);
    out->text = ct_request_parameter(request, "q");
    if (is_blank(out->text))
        return ct_fail(err, CT_INVALID, "missing required parameter \"q\"");
    CT_TRY(read_epoch(request, options, err));
    CT_TRY(read_parameters(request, &out->json, options, err));
    const struct ct_text database = ct_request_parameter(request, "db");
    options->database = database.len ? database.bytes : server->config.default_database;
    options->retention_policy = ct_request_parameter(request, "rp").bytes;
    options->is_get = request->method != CT_METHOD_POST;
    set_limits(server, request, options);
    return read_grants(request, options, err);
}

void ct_influx_question_release(struct ct_influx_question *question)
{
    ct_json_release(&question->json);
}
