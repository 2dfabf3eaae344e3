/* Any bytes as a line of the token file, as an Authorization header, as a setting and as a value in
 * the log. What is taken reads back as the same; a secret is within its bounds; a line of the log
 * is one line, and as JSON it is an object. */
#include <string.h>

#include "credentials.h"
#include "driver.h"
#include "json_read.h"
#include "server_log.h"
#include "setting_table.h"
#include "token_line.h"

static void try_token(struct ct_text text)
{
    struct ct_token token, again;
    char line[CT_TOKEN_LINE_BYTES_MAX];
    if (ct_token_line_parse(text, &token, NULL) != CT_OK)
        return;
    const size_t len = ct_token_line_print(&token, line);
    FUZZ_REQUIRE(memchr(line, '\n', len) == line + len - 1);
    FUZZ_REQUIRE(ct_token_line_parse((struct ct_text){line, len - 1}, &again, NULL) == CT_OK);
    FUZZ_REQUIRE(memcmp(&token.principal, &again.principal, sizeof token.principal) == 0);
    FUZZ_REQUIRE(memcmp(token.hash, again.hash, sizeof token.hash) == 0);
    FUZZ_REQUIRE(strcmp(token.note, again.note) == 0);
}

static void try_header(struct ct_text text)
{
    char memory[CT_SECRET_BYTES_MAX];
    const struct ct_named_text header = {ct_text_of("authorization"), text};
    const struct ct_request request = {.headers = &header, .header_count = 1};
    const struct ct_text secret = ct_credentials_secret(&request, true, memory);
    FUZZ_REQUIRE(secret.len <= CT_SECRET_BYTES_MAX);
    uint8_t hash[CT_TOKEN_HASH_BYTES];
    ct_token_secret_hash(secret, hash); /* every byte of it is there */
}

static void try_settings(struct ct_text text)
{
    size_t count;
    const struct ct_setting_row *rows = ct_setting_rows(&count);
    char value[512], printed[CT_SETTING_TEXT_BYTES], again[CT_SETTING_TEXT_BYTES];
    if (text.len >= sizeof value || (text.len && memchr(text.bytes, 0, text.len)))
        return;
    if (text.len)
        memcpy(value, text.bytes, text.len);
    value[text.len] = 0;
    for (size_t i = 0; i < count; i++) {
        struct ct_server_config config = {0};
        if (ct_setting_read(&rows[i], value, &config, NULL) != CT_OK)
            continue;
        ct_setting_write(&rows[i], &config, printed);
        FUZZ_REQUIRE(ct_setting_read(&rows[i], printed, &config, NULL) == CT_OK);
        ct_setting_write(&rows[i], &config, again);
        FUZZ_REQUIRE(strcmp(printed, again) == 0);
    }
}

static void check_line(void *context, enum ct_log_level level, struct ct_text line)
{
    static const struct ct_server_log plain = {0}, json = {.is_json = true, .has_priority = false};
    char out[CT_SERVER_LOG_BYTES_MAX];
    struct ct_json root;
    (void)context;
    size_t len = ct_server_log_format(&plain, level, line, 1, out);
    FUZZ_REQUIRE(memchr(out, '\n', len) == out + len - 1);
    len = ct_server_log_format(&json, level, line, 1, out);
    FUZZ_REQUIRE(memchr(out, '\n', len) == out + len - 1);
    FUZZ_REQUIRE(ct_json_parse((struct ct_text){out, len}, &root, NULL) == CT_OK);
    FUZZ_REQUIRE(ct_json_kind_of(root) == CT_JSON_OBJECT);
    FUZZ_REQUIRE(ct_json_count(root) >= 4); /* ts, level, msg, and the value or cut */
    ct_json_release(&root);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct ct_text text = {(const char *)bytes, len};
    const struct ct_logger logger = {NULL, CT_LOG_DEBUG, check_line};
    struct ct_log_line line;
    try_token(text);
    try_header(text);
    try_settings(text);
    ct_log_begin(&line, &logger, CT_LOG_INFO, "request");
    ct_log_text(&line, "value", text);
    ct_log_end(&line);
    return 0;
}

void fuzz_seeds(void)
{
    static const char token_line[] =
        "id=1 sha256=aa00000000000000000000000000000000000000000000000000000000000011 last=abcd "
        "created=2026-06-01T00:00:00Z expires=never admin=no read=\"a b\" write=* note=\"\\\"\"";
    static const char *const seeds[] = {
        token_line,
        "Basic dTpjdF94",
        "Token u:ct_x",
        "Bearer ct_x",
        "64MiB",
        "90s",
        "18446744073709551616",
        "a\"b\\c\nlevel=error\r\x01\xff\xc3\xa9",
    };
    for (size_t i = 0; i < CT_COUNT_OF(seeds); i++)
        fuzz_seed_add(seeds[i], strlen(seeds[i]));
}
