/* Heads that every reader reads alike, and those that are refused because they could be read in two
 * ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "framing.h"

#define TEXT(bytes)                                                                                \
    {                                                                                              \
        bytes, sizeof bytes - 1                                                                    \
    }
#define HEADER(name, value)                                                                        \
    {                                                                                              \
        TEXT(name), TEXT(value)                                                                    \
    }
#define HOST HEADER("Host", "a")

static struct ct_framing check_11(const struct ct_named_text *headers, size_t count)
{
    return ct_framing_check("HTTP/1.1", headers, count);
}

static void the_length_of_a_body_is_read(void **state)
{
    (void)state;
    const struct ct_named_text none[] = {HOST};
    const struct ct_named_text some[] = {HOST, HEADER("content-length", "33554432")};
    const struct ct_named_text chunked[] = {HOST, HEADER("TRANSFER-ENCODING", "Chunked")};
    assert_int_equal(check_11(none, 1).status, 0);
    assert_int_equal(check_11(none, 1).body_len, 0);
    assert_int_equal(check_11(some, 2).status, 0);
    assert_int_equal(check_11(some, 2).body_len, 33554432);
    assert_int_equal(check_11(chunked, 2).status, 0);
    assert_true(check_11(chunked, 2).body_len == CT_FRAMING_UNKNOWN);
}

static void what_could_be_read_in_two_ways_is_refused(void **state)
{
    (void)state;
    const struct {
        struct ct_named_text headers[3];
        size_t count;
        unsigned status;
    } cases[] = {
        {{HOST, HEADER("Content-Length", "1"), HEADER("Transfer-Encoding", "chunked")}, 3, 400},
        {{HOST, HEADER("Content-Length", "1"), HEADER("Content-Length", "1")}, 3, 400},
        {{HOST, HEADER("Transfer-Encoding", "chunked"), HEADER("Transfer-Encoding", "chunked")},
         3,
         400},
        {{HOST, HEADER("Content-Length", "1,1")}, 2, 400},
        {{HOST, HEADER("Content-Length", "+1")}, 2, 400},
        {{HOST, HEADER("Content-Length", "-1")}, 2, 400},
        {{HOST, HEADER("Content-Length", " 1")}, 2, 400},
        {{HOST, HEADER("Content-Length", "")}, 2, 400},
        {{HOST, HEADER("Content-Length", "1234567890123456789")}, 2, 400},
        {{HOST, HEADER("Transfer-Encoding", "gzip")}, 2, 501},
        {{HOST, HEADER("Transfer-Encoding", "chunked, gzip")}, 2, 501},
        {{HOST, HEADER("Host", "b")}, 2, 400},
        {{HEADER("X", "y")}, 1, 400},
        {{HOST, HEADER("Content-Length ", "1")}, 2, 400},
        {{HOST, HEADER("", "1")}, 2, 400},
        {{HOST, HEADER("X", "a\rb")}, 2, 400},
        {{HOST, HEADER("X", "a\nb")}, 2, 400},
        {{HOST, HEADER("X", "a\177")}, 2, 400},
    };
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        const struct ct_framing framing = check_11(cases[i].headers, cases[i].count);
        if (framing.status != cases[i].status || !framing.fault)
            fail_msg("case %zu: %u", i, framing.status);
    }
}

static void old_clients_need_no_host(void **state)
{
    (void)state;
    const struct ct_named_text chunked = HEADER("Transfer-Encoding", "chunked");
    assert_int_equal(ct_framing_check("HTTP/1.0", NULL, 0).status, 0);
    assert_int_equal(ct_framing_check("HTTP/1.0", &chunked, 1).status, 400);
    assert_int_equal(ct_framing_check("HTTP/2.0", NULL, 0).status, 505);
    assert_int_equal(ct_framing_check("", NULL, 0).status, 505);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_length_of_a_body_is_read),
        cmocka_unit_test(what_could_be_read_in_two_ways_is_refused),
        cmocka_unit_test(old_clients_need_no_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
