#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "token_file.h"
#include "token_line.h"

#define A_HASH "aa00000000000000000000000000000000000000000000000000000000000011"
#define A_LINE                                                                                     \
    "id=1 sha256=" A_HASH " created=2026-06-01T00:00:00Z expires=never admin=no read=finops"

struct folder {
    char path[64];
    char file[CT_TOKEN_PATH_BYTES_MAX];
};

static int open_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    strcpy(folder->path, "/tmp/centime-tokens-XXXXXX");
    if (!mkdtemp(folder->path))
        return -1;
    *state = folder;
    return ct_token_file_path(folder->path, folder->file, NULL) == CT_OK ? 0 : -1;
}

static int close_folder(void **state)
{
    struct folder *folder = *state;
    unlink(folder->file);
    const int status = rmdir(folder->path); /* fails where anything else was left */
    free(folder);
    return status;
}

static void put_file(const struct folder *folder, const char *text)
{
    unlink(folder->file);
    const int fd = open(folder->file, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void a_secret_has_256_bits_and_is_never_the_same(void **state)
{
    char first[CT_TOKEN_TEXT_BYTES], second[CT_TOKEN_TEXT_BYTES];
    (void)state;
    assert_int_equal(ct_token_secret_make(first, NULL), CT_OK);
    assert_int_equal(ct_token_secret_make(second, NULL), CT_OK);
    assert_string_not_equal(first, second);
    assert_int_equal(strlen(first), 46);
    assert_memory_equal(first, "ct_", 3);
    assert_int_equal(strspn(first + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "abcdefghijklmnopqrstuvwxyz"),
                     43);
    /* 62^43 is 1.03 x 2^256: every digit but the first takes every value. */
    unsigned seen[128] = {0};
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(ct_token_secret_make(first, NULL), CT_OK);
        seen[(unsigned char)first[45]]++;
    }
    for (const char *at = "09AZaz"; *at; at++)
        assert_in_range(seen[(unsigned char)*at], 5, 80);
}

static void a_hash_is_sha_256(void **state)
{
    static const uint8_t expected[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                       0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                       0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
                                       0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t hash[CT_TOKEN_HASH_BYTES];
    (void)state;
    ct_token_secret_hash(ct_text_of("abc"), hash); /* FIPS 180-2, appendix B.1 */
    assert_memory_equal(hash, expected, sizeof hash);
    assert_true(ct_token_hash_equal(hash, expected));
    for (size_t i = 0; i < sizeof hash; i++) {
        hash[i] ^= 0x10;
        assert_false(ct_token_hash_equal(hash, expected));
        hash[i] ^= 0x10;
    }
}

static void what_was_added_is_read_again(void **state)
{
    const struct folder *folder = *state;
    struct ct_token token = {0};
    struct ct_token_list list;
    char secret[CT_TOKEN_TEXT_BYTES];
    uint8_t hash[CT_TOKEN_HASH_BYTES];
    struct stat about;
    token.principal.expires_ns = INT64_C(1900000000000000000);
    strcpy(token.note, "team \"a\" \\ b, \xc3\xa9");
    assert_int_equal(ct_token_grant(&token, "fin ops", true, false, NULL), CT_OK);
    assert_int_equal(ct_token_grant(&token, "fin ops", false, true, NULL), CT_OK);
    assert_int_equal(ct_token_grant(&token, "*", true, false, NULL), CT_OK);
    assert_int_equal(ct_token_file_add(folder->file, &token, secret, NULL), CT_OK);
    assert_int_equal(stat(folder->file, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);

    assert_int_equal(ct_token_list_read(NULL, folder->file, &list, NULL), CT_OK);
    assert_int_equal(list.count, 1);
    const struct ct_token *read = &list.tokens[0];
    assert_string_equal(read->note, token.note);
    assert_string_equal(read->principal.id, token.principal.id);
    assert_string_equal(read->last, secret + 42);
    assert_int_equal(read->principal.expires_ns, token.principal.expires_ns);
    assert_int_equal(read->created_ns, token.created_ns);
    assert_int_equal(read->principal.grant_count, 2);
    assert_true(ct_principal_writes(&read->principal, "fin ops"));
    assert_true(ct_principal_reads(&read->principal, "anything"));
    assert_false(ct_principal_writes(&read->principal, "anything"));
    assert_true(read->principal.is_token);
    ct_token_secret_hash(ct_text_of(secret), hash);
    assert_memory_equal(read->hash, hash, sizeof hash);
    ct_token_list_release(&list);
}

static void the_file_does_not_have_the_secret(void **state)
{
    const struct folder *folder = *state;
    struct ct_token token = {.principal.is_admin = true};
    char secret[CT_TOKEN_TEXT_BYTES], text[4096] = {0};
    assert_int_equal(ct_token_file_add(folder->file, &token, secret, NULL), CT_OK);
    const int fd = open(folder->file, O_RDONLY);
    assert_in_range(read(fd, text, sizeof text - 1), 100, sizeof text - 1);
    close(fd);
    assert_null(strstr(text, secret));
    secret[20] = 0;
    assert_null(strstr(text, secret + 3));
}

static void a_revoked_one_is_gone_and_the_others_stay(void **state)
{
    const struct folder *folder = *state;
    struct ct_token tokens[3] = {0};
    struct ct_token_list list;
    struct ct_error err;
    char secret[CT_TOKEN_TEXT_BYTES];
    size_t left = 9;
    for (size_t i = 0; i < 3; i++) {
        tokens[i].principal.is_admin = true;
        assert_int_equal(ct_token_file_add(folder->file, &tokens[i], secret, NULL), CT_OK);
    }
    assert_int_equal(ct_token_file_remove(folder->file, "1234", &left, &err), CT_NOT_FOUND);
    assert_non_null(strstr(err.text, "1234"));
    assert_int_equal(ct_token_file_remove(folder->file, tokens[1].principal.id, &left, NULL),
                     CT_OK);
    assert_int_equal(left, 2);
    assert_int_equal(ct_token_list_read(NULL, folder->file, &list, NULL), CT_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.tokens[0].principal.id, tokens[0].principal.id);
    assert_string_equal(list.tokens[1].principal.id, tokens[2].principal.id);
    ct_token_list_release(&list);
}

static void no_file_is_no_tokens(void **state)
{
    const struct folder *folder = *state;
    struct ct_token_list list;
    assert_int_equal(ct_token_list_read(NULL, folder->file, &list, NULL), CT_OK);
    assert_int_equal(list.count, 0);
    ct_token_list_release(&list);
}

static void a_file_that_others_write_to_is_refused(void **state)
{
    const struct folder *folder = *state;
    struct ct_token_list list;
    struct ct_error err;
    put_file(folder, "# centime tokens 1\n" A_LINE "\n");
    assert_int_equal(chmod(folder->file, 0620), 0);
    assert_int_equal(ct_token_list_read(NULL, folder->file, &list, &err), CT_INVALID);
    assert_non_null(strstr(err.text, "chmod 600"));
    assert_int_equal(chmod(folder->file, 0640), 0);
    assert_int_equal(ct_token_list_read(NULL, folder->file, &list, &err), CT_OK);
    ct_token_list_release(&list);
}

/* Each with what the error says; all in the file's third line. */
static const struct {
    const char *line, *text;
} bad_lines[] = {
    {"id=1", "line 3: column 5: a token has id, sha256"},
    {A_LINE " colour=red", "a key that this version does not know"},
    {A_LINE " id=2", "a second time"},
    {A_LINE " garbage", "key=value"},
    {A_LINE " note=\"open", "a quote that is not closed"},
    {A_LINE " note=\"a\"b=c", "a blank is expected"},
    {A_LINE " write=", "1 to 64 bytes"},
    {A_LINE " write=\"a\x01\"", "1 to 64 bytes"},
    {A_LINE " note=\xff", "bytes that are not text"},
    {"id=xyz", "hex"},
    {"id=", "hex"},
    {"id=11112222333344445", "length"},
    {"sha256=" A_HASH "0", "64 hex digits"},
    {"sha256=A" A_HASH, "64 hex digits"},
    {"admin=1", "yes or no"},
    {"created=never", "a time"},
    {"expires=tomorrow", "a time"},
    {A_LINE, "two tokens with the id 1"},
};

static void what_is_wrong_is_told_with_its_line(void **state)
{
    const struct folder *folder = *state;
    for (size_t i = 0; i < CT_COUNT_OF(bad_lines); i++) {
        char text[4096];
        struct ct_error err = {0};
        struct ct_token_list list;
        snprintf(text, sizeof text, "# centime tokens 1\n" A_LINE "\n%s\n", bad_lines[i].line);
        put_file(folder, text);
        assert_int_equal(ct_token_list_read(NULL, folder->file, &list, &err), CT_PARSE);
        assert_non_null(strstr(err.text, bad_lines[i].text));
        assert_int_equal(err.line, 3);
        assert_non_null(strstr(err.file, "/tokens"));
        assert_int_equal(list.count, 0);
    }
}

static void a_file_of_another_kind_is_refused(void **state)
{
    const struct folder *folder = *state;
    struct ct_token_list list;
    put_file(folder, "# centime tokens 2\n");
    assert_int_equal(ct_token_list_read(NULL, folder->file, &list, NULL), CT_FORMAT);
    put_file(folder, "");
    assert_int_equal(ct_token_list_read(NULL, folder->file, &list, NULL), CT_OK);
}

static void the_longest_token_is_one_line(void **state)
{
    struct ct_token token = {.principal = {.id = "0123456789abcdef"}, .created_ns = 1}, again;
    char name[CT_DATABASE_BYTES_MAX], line[CT_TOKEN_LINE_BYTES_MAX];
    (void)state;
    memset(name, '"', sizeof name);
    name[sizeof name - 1] = 0;
    memset(token.note, '\\', sizeof token.note - 1);
    for (int i = 0; i < CT_GRANTS_MAX; i++) {
        name[0] = (char)('!' + i);
        assert_int_equal(ct_token_grant(&token, name, true, true, NULL), CT_OK);
    }
    name[0] = '~';
    assert_int_equal(ct_token_grant(&token, name, true, true, NULL), CT_LIMIT);
    const size_t len = ct_token_line_print(&token, line);
    assert_int_equal(line[len - 1], '\n');
    assert_int_equal(ct_token_line_parse((struct ct_text){line, len - 1}, &again, NULL), CT_OK);
    token.principal.is_token = true;
    assert_memory_equal(&again.principal, &token.principal, sizeof token.principal);
    assert_string_equal(again.note, token.note);
}

static void a_token_without_rights_or_with_a_bad_note_is_not_made(void **state)
{
    const struct folder *folder = *state;
    struct ct_token token = {0};
    char secret[CT_TOKEN_TEXT_BYTES];
    assert_int_equal(ct_token_file_add(folder->file, &token, secret, NULL), CT_INVALID);
    token.principal.is_admin = true;
    strcpy(token.note, "two\nlines");
    assert_int_equal(ct_token_file_add(folder->file, &token, secret, NULL), CT_INVALID);
    assert_int_equal(access(folder->file, F_OK), -1);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, open_folder, close_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_has_256_bits_and_is_never_the_same),
        cmocka_unit_test(a_hash_is_sha_256),
        IN_FOLDER(what_was_added_is_read_again),
        IN_FOLDER(the_file_does_not_have_the_secret),
        IN_FOLDER(a_revoked_one_is_gone_and_the_others_stay),
        IN_FOLDER(no_file_is_no_tokens),
        IN_FOLDER(a_file_that_others_write_to_is_refused),
        IN_FOLDER(what_is_wrong_is_told_with_its_line),
        IN_FOLDER(a_file_of_another_kind_is_refused),
        cmocka_unit_test(the_longest_token_is_one_line),
        IN_FOLDER(a_token_without_rights_or_with_a_bad_note_is_not_made),
    };
    return cmocka_run_group_tests_name("token_file", tests, NULL, NULL);
}
