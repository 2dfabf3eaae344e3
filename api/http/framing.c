#include "framing.h"

#include <strings.h>

static bool is_named(const struct ct_named_text *header, const char *name)
{
    return strlen(name) == header->name.len &&
           strncasecmp(header->name.bytes, name, header->name.len) == 0;
}

static bool is_token_byte(unsigned char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return true;
    return c && strchr("!#$%&'*+-.^_`|~", c);
}

static bool is_token(struct ct_text name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!is_token_byte((unsigned char)name.bytes[i]))
            return false;
    return name.len > 0;
}

static bool has_control_byte(struct ct_text value)
{
    for (size_t i = 0; i < value.len; i++) {
        const unsigned char c = (unsigned char)value.bytes[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

/* Digits alone, less than 10^18. */
static bool read_length(struct ct_text value, uint64_t *out)
{
    uint64_t number = 0;
    if (value.len == 0 || value.len > 18)
        return false;
    for (size_t i = 0; i < value.len; i++) {
        if (value.bytes[i] < '0' || value.bytes[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(value.bytes[i] - '0');
    }
    *out = number;
    return true;
}

static struct ct_framing fault(unsigned status, const char *text)
{
    return (struct ct_framing){.status = status, .fault = text};
}

struct ct_framing ct_framing_check(const char *version, const struct ct_named_text *headers,
                                   size_t header_count)
{
    const bool is_1_1 = strcmp(version, "HTTP/1.1") == 0;
    size_t lengths = 0, codings = 0, hosts = 0;
    struct ct_framing framing = {0};
    if (!is_1_1 && strcmp(version, "HTTP/1.0") != 0)
        return fault(505, "HTTP/1.1 and HTTP/1.0 are spoken here");
    for (size_t i = 0; i < header_count; i++) {
        const struct ct_named_text *header = &headers[i];
        if (!is_token(header->name))
            return fault(400, "a header's name has a byte that names do not have");
        if (has_control_byte(header->value))
            return fault(400, "a header's value has a control byte");
        hosts += is_named(header, "Host");
        if (is_named(header, "Content-Length")) {
            lengths++;
            if (!read_length(header->value, &framing.body_len))
                return fault(400, "Content-Length is not a number of bytes");
        }
        if (is_named(header, "Transfer-Encoding")) {
            codings++;
            if (header->value.len != 7 || strncasecmp(header->value.bytes, "chunked", 7) != 0)
                return fault(501, "the only transfer coding here is chunked");
        }
    }
    if (lengths + codings > 1)
        return fault(400, "the length of the body is said more than once: send either one "
                          "Content-Length or Transfer-Encoding: chunked");
    if (hosts > 1 || (is_1_1 && hosts == 0))
        return fault(400, "a request has one Host header");
    if (codings && !is_1_1)
        return fault(400, "HTTP/1.0 has no transfer codings");
    if (codings)
        framing.body_len = CT_FRAMING_UNKNOWN;
    return framing;
}
