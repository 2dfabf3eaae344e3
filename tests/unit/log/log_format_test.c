/* The worked example of engine/FORMAT.md section 3 against what the writer writes and the reader
 * reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log.h"

#define DOCUMENT_BYTES_MAX ((size_t)1 << 20)

/* FORMAT.md, found from where this file was compiled. */
static char *read_document(size_t *len)
{
    struct ct_io io;
    char path[CT_PATH_BYTES_MAX];
    char folder[CT_PATH_BYTES_MAX] = __FILE__;
    *strrchr(folder, '/') = '\0';
    ct_io_posix_init(&io, ct_allocator_system());
    assert_int_equal(ct_path_join(path, folder, "../../../engine/FORMAT.md", NULL), CT_OK);
    char *document = NULL;
    struct ct_error err = {0};
    if (ct_read_file(&io, path, DOCUMENT_BYTES_MAX, &document, len, &err) != CT_OK)
        fail_msg("%s: %s", err.file, err.text);
    return document;
}

static int digit_of(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* The pairs of digits of the first ```hex block, without what stands after # on a line. */
static size_t read_hex(const char *document, size_t document_len, uint8_t *out, size_t cap)
{
    static const char fence[] = "```hex\n";
    const char *at = memmem(document, document_len, fence, strlen(fence));
    assert_non_null(at);
    size_t len = 0;
    for (at += strlen(fence); *at != '`'; at++) {
        if (*at == '#')
            at = strchr(at, '\n');
        if (digit_of(*at) < 0)
            continue;
        assert_true(len < cap);
        out[len++] = (uint8_t)(digit_of(at[0]) * 16 + digit_of(at[1]));
        at++;
    }
    return len;
}

static void the_documents_example_is_what_is_written(void **state)
{
    (void)state;
    size_t document_len = 0;
    char *document = read_document(&document_len);
    uint8_t expected[256];
    const size_t expected_len = read_hex(document, document_len, expected, sizeof expected);
    ct_release(ct_allocator_system(), document);

    struct ct_io *io = ct_io_memory_create(ct_allocator_system());
    struct ct_log *log = NULL;
    const struct ct_part part = {.bytes = "hello", .len = 5};
    const struct ct_log_entry first = {.number = 1, .type = 1, .parts = &part, .part_count = 1};
    const struct ct_log_entry second = {.number = 2, .type = 2};
    assert_int_equal(ct_log_create(io, "/a", CT_LOG_COMMITS, 7, &log, NULL), CT_OK);
    assert_int_equal(ct_log_append(log, &first, 1, true, NULL), CT_OK);
    assert_int_equal(ct_log_append(log, &second, 1, true, NULL), CT_OK);
    ct_log_close(log);

    char *written = NULL;
    size_t len = 0;
    assert_int_equal(ct_read_file(io, "/a", sizeof expected, &written, &len, NULL), CT_OK);
    assert_int_equal(len, expected_len);
    assert_memory_equal(written, expected, len);
    ct_release(ct_allocator_system(), written);
    ct_io_memory_destroy(io);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documents_example_is_what_is_written),
    };
    return cmocka_run_group_tests_name("log_format", tests, NULL, NULL);
}
