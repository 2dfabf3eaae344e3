/* JSON from outside: what is taken prints as JSON that reads back as the same, numbers included; no
 * accessor reads past what it is given. */
#include "driver.h"
#include "json_read.h"

/* Asks everything of every value. */
static void look_at(struct ct_json json)
{
    char path[32];
    struct ct_text text;
    struct ct_error err;
    int64_t whole;
    double number;
    bool flag;
    ct_json_path(json, path, sizeof path);
    (void)ct_json_bool(json, &flag, &err);
    (void)ct_json_int64(json, &whole, &err);
    (void)ct_json_double(json, &number, &err);
    (void)ct_json_time(json, &whole, &err);
    if (ct_json_text(json, &text, &err) == CT_OK)
        FUZZ_REQUIRE(strlen(text.bytes) == text.len);
    if (ct_json_decimal(json, &text, &err) == CT_OK)
        FUZZ_REQUIRE(strlen(text.bytes) == text.len && text.len > 0);
    for (size_t i = 0; ct_json_kind_of(json) == CT_JSON_ARRAY && i < ct_json_count(json); i++)
        look_at(ct_json_at(&json, i));
    struct ct_json_iterator members = ct_json_members(&json);
    while (ct_json_next(&members)) {
        FUZZ_REQUIRE(ct_json_member(&json, members.member.key).value == members.member.value);
        look_at(members.member);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct ct_json root, again;
    struct ct_error err;
    struct ct_arena arena;
    if (ct_json_parse((struct ct_text){(const char *)bytes, len}, &root, &err) != CT_OK) {
        FUZZ_REQUIRE(err.text[0] && (err.code != CT_PARSE || err.line > 0));
        return 0;
    }
    look_at(root);
    ct_arena_init(&arena, ct_allocator_system(), 0);
    const struct ct_text printed = ct_json_print(root, &arena);
    FUZZ_REQUIRE(printed.bytes);
    FUZZ_REQUIRE(ct_json_parse(printed, &again, &err) == CT_OK);
    FUZZ_REQUIRE(ct_text_equal(ct_json_print(again, &arena), printed));
    ct_json_release(&again);
    ct_arena_deinit(&arena);
    ct_json_release(&root);
    return 0;
}

void fuzz_seeds(void)
{
    static const char *const seeds[] = {
        "{\"costs\":[{\"timestamp\":1780272000.5,\"cost_usd\":7.8125e-08,\"tags\":{\"a\":\"b\"}}]}",
        "[-0,18446744073709551615,18446744073709551616,123456789.123456789,\"3.50\",1e400]",
        "\"\\ud83d\\ude00 \\\" \\\\ \\/ \\b \\u00e9 \xc3\xa9\"",
        "{\"a\":{\"b\":[true,false,null,{}]},\"t\":\"2026-06-01T00:00:00.5+02:00\"}",
        "{\"a\":1,\"b\":{\"a\":2},\"a\":3}",
    };
    for (size_t i = 0; i < CT_COUNT_OF(seeds); i++)
        fuzz_seed_add(seeds[i], strlen(seeds[i]));
}
