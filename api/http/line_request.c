#include "line_request.h"

#include <strings.h>

#include "database_name.h"
#include "route.h"

static const struct {
    const char *name;
    uint32_t precision;
} precisions[] = {
    {"ns", CENTIME_NS},          {"n", CENTIME_NS},           {"u", CENTIME_US},
    {"us", CENTIME_US},          {"\xc2\xb5s", CENTIME_US}, /* the micro sign, and the Greek letter
                                                             */
    {"\xce\xbcs", CENTIME_US},   {"ms", CENTIME_MS},          {"s", CENTIME_S},
    {"m", CENTIME_MINUTE},       {"h", CENTIME_HOUR},         {"nanosecond", CENTIME_NS},
    {"microsecond", CENTIME_US}, {"millisecond", CENTIME_MS}, {"second", CENTIME_S},
    {"auto", CENTIME_AUTO},
};

bool ct_line_precision(struct ct_text name, uint32_t *out)
{
    for (size_t i = 0; i < CT_COUNT_OF(precisions); i++)
        if (ct_text_equal(name, ct_text_of(precisions[i].name))) {
            *out = precisions[i].precision;
            return true;
        }
    return false;
}

static bool refuse(const struct ct_request *request, struct ct_reply *reply, const char *parameter,
                   struct ct_text value, const char *expected)
{
    const int shown = value.len < 64 ? (int)value.len : 64;
    ct_reply_error(request, reply, 400, "bad_parameter", "invalid %s \"%.*s\" (use %s)", parameter,
                   shown, value.bytes, expected);
    return false;
}

static bool read_precision(const struct ct_request *request, struct ct_line_request *out,
                           struct ct_reply *reply)
{
    const struct ct_text name = ct_request_parameter(request, "precision");
    if (name.len == 0 || ct_line_precision(name, &out->precision))
        return true;
    return refuse(request, reply, "precision", name, "n, ns, u, us, ms, s, m, h or auto");
}

/* Of a cluster's replicas, of which there are none: taken, and of no effect. */
static bool check_consistency(const struct ct_request *request, struct ct_reply *reply)
{
    static const char *const levels[] = {"one", "all", "any", "quorum"};
    const struct ct_text level = ct_request_parameter(request, "consistency");
    for (size_t i = 0; i < CT_COUNT_OF(levels); i++)
        if (ct_text_equal(level, ct_text_of(levels[i])))
            return true;
    if (level.len == 0)
        return true;
    ct_reply_error(request, reply, 400, "bad_parameter",
                   "invalid consistency level (use one, all, any or quorum; none has an effect)");
    return false;
}

/* Retention is a table's, not a policy's of the request: the name is looked at and dropped. */
static bool check_retention_policy(const struct ct_request *request, struct ct_reply *reply)
{
    struct ct_text policy = ct_request_parameter(request, "rp");
    if (request->route->database_from == CT_DATABASE_BUCKET) {
        const struct ct_text bucket = ct_request_parameter(request, "bucket");
        const char *slash = bucket.len ? memchr(bucket.bytes, '/', bucket.len) : NULL;
        const size_t at = slash ? (size_t)(slash - bucket.bytes) + 1 : bucket.len;
        policy = (struct ct_text){bucket.bytes + at, bucket.len - at};
    }
    struct ct_error err;
    if (policy.len == 0 || ct_database_name_check(policy, &err) == CT_OK)
        return true;
    return refuse(request, reply, "retention policy", policy, "a plain name, or leave it out");
}

static bool is_word(struct ct_text text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.bytes, word, text.len) == 0;
}

bool ct_accept_partial_read(const struct ct_request *request, uint8_t *all_or_nothing,
                            struct ct_reply *reply)
{
    struct ct_text word = ct_request_parameter(request, "accept_partial");
    if (word.len == 0)
        word = ct_request_header(request, "X-Centime-Accept-Partial");
    if (word.len == 0)
        return true;
    if (!is_word(word, "true") && !is_word(word, "false"))
        return refuse(request, reply, "accept_partial", word, "true or false");
    *all_or_nothing = is_word(word, "false");
    return true;
}

static bool read_flag(const struct ct_request *request, const char *name, bool *out,
                      struct ct_reply *reply)
{
    return ct_request_flag(request, name, false, out) ||
           refuse(request, reply, name, ct_request_parameter(request, name), "true or false");
}

bool ct_request_key_read(const struct ct_request *request, const char **out_key,
                         struct ct_reply *reply)
{
    const struct ct_text key = ct_request_header(request, "Idempotency-Key");
    if (key.len > CT_REQUEST_KEY_BYTES_MAX) {
        ct_reply_error(request, reply, 400, "bad_header",
                       "Idempotency-Key has %zu bytes, at most %d", key.len,
                       CT_REQUEST_KEY_BYTES_MAX);
        return false;
    }
    *out_key = NULL;
    if (key.len == 0)
        return true;
    *out_key = ct_arena_terminated(request->arena, key);
    if (!*out_key)
        ct_reply_error(request, reply, 503, "no_memory", "out of memory");
    return *out_key != NULL;
}

bool ct_line_request_read(const struct ct_request *request, struct ct_line_request *out,
                          struct ct_reply *reply)
{
    const enum ct_flavour flavour = request->route->flavour;
    bool no_sync; /* durability is the store's: a stronger one than asked for does no harm */
    *out = (struct ct_line_request){
        .precision = flavour == CT_FLAVOUR_INFLUX_3 ? CENTIME_AUTO : CENTIME_NS,
        .all_or_nothing = flavour == CT_FLAVOUR_INFLUX_2 ? CENTIME_WELL_FORMED : 0,
    };
    return read_precision(request, out, reply) && check_consistency(request, reply) &&
           check_retention_policy(request, reply) &&
           ct_accept_partial_read(request, &out->all_or_nothing, reply) &&
           read_flag(request, "verbose", &out->is_verbose, reply) &&
           read_flag(request, "no_sync", &no_sync, reply) &&
           ct_request_key_read(request, &out->request_key, reply);
}
