/* Requests that count once, through the public header: lines, charges, columns. What is kept and
 * for how long is tested in unit/store/request_keys_test.c. */
#include "seed_fixture.h"

static int write_keyed(struct seed *seed, const char *text, const char *key,
                       centime_write_result *result)
{
    centime_write_options options = {.struct_size = sizeof options, .request_key = key};
    *result = (centime_write_result)CENTIME_WRITE_RESULT_INIT;
    return centime_write(seed->store, NULL, text, strlen(text), &options, result, &seed->err);
}

static void lines_sent_again_count_once(void **state)
{
    struct seed *seed = *state;
    centime_write_result first, again;
    const char *text = "load n=1i 1\nload n=2i 2\n";
    expect_ok(seed, write_keyed(seed, text, "r1", &first));
    assert_int_equal(first.is_repeat, 0);
    expect_ok(seed, write_keyed(seed, text, "r1", &again));
    assert_int_equal(again.is_repeat, 1);
    assert_int_equal(again.commit, first.commit);
    assert_int_equal(again.rows, 2);
    assert_int_equal(again.overwritten_rows, 0);
    assert_int_equal(write_keyed(seed, "load n=3i 1\n", "r1", &again), CENTIME_INVALID);
    expect_ok(seed, write_keyed(seed, text, "r2", &again));
    assert_int_equal(again.is_repeat, 0);
}

static void good_lines_among_bad_ones_count_once(void **state)
{
    struct seed *seed = *state;
    centime_write_result result;
    const char *text = "load n=1i 1\nload n= 2\n";
    assert_int_equal(write_keyed(seed, text, "r1", &result), CENTIME_PARSE);
    assert_int_equal(result.rows, 1);
    assert_int_equal(write_keyed(seed, text, "r1", &result), CENTIME_PARSE);
    assert_int_equal(result.rows, 1);
    assert_int_equal(result.is_repeat, 1);
    assert_int_equal(result.rejected, 1);
}

/* Entries without an id get a fresh one each time: only the key tells that it is the same request.
 */
static void charges_sent_again_count_once(void **state)
{
    struct seed *seed = *state;
    const centime_cost_entry entry = seed_cost("0.10");
    const char body[] = "{\"cost_usd\":0.10}";
    for (int i = 0; i < 3; i++) {
        centime_write_result result = CENTIME_WRITE_RESULT_INIT;
        expect_ok(seed, centime_writer_request(seed->writer, "k", body, sizeof body, &seed->err));
        expect_ok(seed, centime_writer_costs(seed->writer, &entry, 1, &result, &seed->err));
        assert_int_equal(result.is_repeat, i > 0);
    }
    expect_contains(costs_json(seed), "{\"total_cost\":0.10,");
    expect_ok(seed, centime_writer_costs(seed->writer, &entry, 1, NULL, &seed->err)); /* no key */
    expect_contains(costs_json(seed), "{\"total_cost\":0.20,");
}

static void a_key_is_of_one_call_whatever_comes_of_it(void **state)
{
    struct seed *seed = *state;
    centime_cost_entry entry = seed_cost("no number");
    expect_ok(seed, centime_writer_request(seed->writer, "k", "x", 1, &seed->err));
    assert_int_not_equal(centime_writer_costs(seed->writer, &entry, 1, NULL, &seed->err),
                         CENTIME_OK);
    entry = seed_cost("1");
    for (int i = 0; i < 2; i++)
        expect_ok(seed, centime_writer_costs(seed->writer, &entry, 1, NULL, &seed->err));
    expect_contains(costs_json(seed), "{\"total_cost\":2.00,");
}

static void a_key_has_a_length(void **state)
{
    struct seed *seed = *state;
    char key[257];
    memset(key, 'k', sizeof key);
    key[256] = 0;
    assert_int_equal(centime_writer_request(seed->writer, key, "x", 1, &seed->err),
                     CENTIME_INVALID);
    assert_int_equal(centime_writer_request(seed->writer, "", "x", 1, &seed->err), CENTIME_INVALID);
    key[255] = 0;
    expect_ok(seed, centime_writer_request(seed->writer, key, "x", 1, &seed->err));
}

/* As an older program sends it, which knows no keys. */
static void a_shorter_struct_has_no_key(void **state)
{
    struct seed *seed = *state;
    centime_write_options options = {.request_key = "k"};
    options.struct_size = (uint32_t)offsetof(centime_write_options, request_key);
    for (int i = 0; i < 2; i++) {
        centime_write_result result = CENTIME_WRITE_RESULT_INIT;
        expect_ok(seed, centime_write(seed->store, NULL, "load n=1i 1\n", 12, &options, &result,
                                      &seed->err));
        assert_int_equal(result.is_repeat, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEED_TEST(lines_sent_again_count_once),
        SEED_TEST(good_lines_among_bad_ones_count_once),
        SEED_TEST(charges_sent_again_count_once),
        SEED_TEST(a_key_is_of_one_call_whatever_comes_of_it),
        SEED_TEST(a_key_has_a_length),
        SEED_TEST(a_shorter_struct_has_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
