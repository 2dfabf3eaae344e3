#include "summary_request.h"

#include "number.h"

bool ct_money_parameter(const struct ct_request *request, bool *is_quoted, struct ct_reply *reply)
{
    const struct ct_text word = ct_request_parameter(request, "money");
    *is_quoted = ct_text_equal(word, ct_text_of("string"));
    if (*is_quoted || word.len == 0 || ct_text_equal(word, ct_text_of("number")))
        return true;
    ct_reply_error(request, reply, 400, "bad_parameter",
                   "money takes number (all digits, as JSON numbers) or string, not \"%.*s\"",
                   word.len < 60 ? (int)word.len : 60, word.bytes);
    return false;
}

bool ct_count_parameter(const struct ct_request *request, const char *name, uint32_t max,
                        uint32_t *out, struct ct_reply *reply)
{
    uint64_t count;
    const struct ct_text text = ct_request_parameter(request, name);
    if (text.len == 0)
        return true;
    if (ct_parse_uint64(text, &count) == CT_OK && count >= 1 && count <= max) {
        *out = (uint32_t)count;
        return true;
    }
    ct_reply_error(request, reply, 400, "bad_parameter",
                   "%s is a whole number from 1 to %u, not \"%.*s\"", name, max,
                   text.len < 60 ? (int)text.len : 60, text.bytes);
    return false;
}

bool ct_end_parameter(const struct ct_request *request, int64_t *end_ns, struct ct_reply *reply)
{
    int64_t given_ns = *end_ns;
    if (!ct_time_parameter(request, "end", &given_ns, reply))
        return false;
    const bool is_given = ct_request_parameter(request, "end").len > 0;
    *end_ns = is_given && given_ns == 0 ? 1 : given_ns;
    return true;
}

bool ct_summary_options_read(const struct ct_request *request, centime_summary_options *out,
                             struct ct_reply *reply)
{
    bool is_quoted;
    *out = (centime_summary_options){.struct_size = sizeof *out};
    if (!ct_money_parameter(request, &is_quoted, reply))
        return false;
    out->format = is_quoted ? CENTIME_DECIMALS_QUOTED : CENTIME_JSON;
    return ct_end_parameter(request, &out->end_ns, reply);
}
