#include "credentials.h"

#include <strings.h>

static const struct ct_text none = {"", 0};

static struct ct_text trim(struct ct_text text)
{
    while (text.len > 0 && text.bytes[0] == ' ')
        text = (struct ct_text){text.bytes + 1, text.len - 1};
    while (text.len > 0 && text.bytes[text.len - 1] == ' ')
        text.len--;
    return text;
}

/* Splits "Scheme rest"; false where the header has another scheme. */
static bool has_scheme(struct ct_text header, const char *scheme, struct ct_text *rest)
{
    const size_t len = strlen(scheme);
    if (header.len <= len || header.bytes[len] != ' ' ||
        strncasecmp(header.bytes, scheme, len) != 0)
        return false;
    *rest = trim((struct ct_text){header.bytes + len, header.len - len});
    return true;
}

/* What stands behind the first colon; `otherwise` where there is none. */
static struct ct_text behind_colon(struct ct_text text, struct ct_text otherwise)
{
    const char *colon = text.len ? memchr(text.bytes, ':', text.len) : NULL;
    if (!colon)
        return otherwise;
    return (struct ct_text){colon + 1, text.len - (size_t)(colon + 1 - text.bytes)};
}

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Strictly, but for padding, which may be left out. False: no base64, or more than fits. */
static bool decode_base64(struct ct_text text, char memory[CT_SECRET_BYTES_MAX],
                          struct ct_text *out)
{
    uint32_t bits = 0;
    unsigned held = 0;
    size_t len = 0;
    while (text.len > 0 && text.bytes[text.len - 1] == '=')
        text.len--;
    for (size_t i = 0; i < text.len; i++) {
        const int digit = base64_digit(text.bytes[i]);
        if (digit < 0 || len == CT_SECRET_BYTES_MAX)
            return false;
        bits = (bits << 6 | (uint32_t)digit) & 0xffff;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        memory[len++] = (char)(bits >> held & 0xff);
    }
    *out = (struct ct_text){memory, len};
    return text.len % 4 != 1;
}

static struct ct_text of_header(struct ct_text header, char memory[CT_SECRET_BYTES_MAX])
{
    struct ct_text rest = none, decoded;
    if (has_scheme(header, "Basic", &rest))
        return decode_base64(rest, memory, &decoded) ? behind_colon(decoded, none) : none;
    if (has_scheme(header, "Token", &rest))
        rest = behind_colon(rest, rest);
    else if (!has_scheme(header, "Bearer", &rest))
        return none;
    return rest.len <= CT_SECRET_BYTES_MAX ? rest : none;
}

struct ct_text ct_credentials_secret(const struct ct_request *request, bool takes_url,
                                     char memory[CT_SECRET_BYTES_MAX])
{
    const struct ct_text header = ct_request_header(request, "Authorization");
    if (header.len > 0)
        return of_header(header, memory);
    if (!takes_url)
        return none;
    const struct ct_text secret = ct_request_parameter(request, "p");
    return secret.len > 0 && secret.len <= CT_SECRET_BYTES_MAX ? secret : none;
}
