/* Agents through the public header: registered, renewed, listed, and limited in number. */
#include "seed_fixture.h"

static void put(struct seed *seed, const char *agent, const char *details, int64_t now_ns)
{
    expect_ok(seed, centime_agent_register(seed->store, NULL, agent, details, strlen(details),
                                           now_ns, &seed->err));
}

static const char *listed(struct seed *seed, const char *agent)
{
    centime_result *result = NULL;
    centime_buffer *buffer = NULL;
    expect_ok(seed, centime_agents(seed->store, NULL, agent, &result, &seed->err));
    expect_ok(seed, centime_result_format(result, CENTIME_CSV, &buffer, &seed->err));
    centime_result_destroy(result);
    return text_of(buffer);
}

static void the_first_time_stays_and_the_last_word_counts(void **state)
{
    struct seed *seed = *state;
    assert_string_equal(listed(seed, NULL), "agent_id,registered,renewed,details\r\n");
    put(seed, "b", "old", NOW);
    put(seed, "a", "", NOW + SECOND);
    put(seed, "b", "new", NOW + HOUR);
    assert_string_equal(listed(seed, NULL), "agent_id,registered,renewed,details\r\n"
                                            "a,2026-06-01T00:00:01Z,2026-06-01T00:00:01Z,\"\"\r\n"
                                            "b,2026-06-01T00:00:00Z,2026-06-01T01:00:00Z,new\r\n");
    expect_contains(listed(seed, "b"), "\nb,2026-06-01T00:00:00Z");
    assert_null(strstr(listed(seed, "b"), "\na,"));
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct seed *seed = *state;
    static char details[CENTIME_AGENT_DETAIL_BYTES_MAX + 1];
    centime_result *result = NULL;
    assert_int_equal(centime_agent_register(seed->store, NULL, "", "x", 1, NOW, &seed->err),
                     CENTIME_INVALID);
    assert_int_equal(centime_agent_register(seed->store, NULL, NULL, "x", 1, NOW, &seed->err),
                     CENTIME_INVALID);
    memset(details, 'x', sizeof details);
    assert_int_equal(
        centime_agent_register(seed->store, NULL, "a", details, sizeof details, NOW, &seed->err),
        CENTIME_LIMIT);
    expect_ok(seed, centime_agent_register(seed->store, NULL, "a", details, sizeof details - 1, NOW,
                                           &seed->err));
    assert_int_equal(centime_agents(seed->store, NULL, "z", &result, &seed->err),
                     CENTIME_NOT_FOUND);
    assert_int_equal(centime_agents(seed->store, "none", "a", &result, &seed->err),
                     CENTIME_NOT_FOUND);
    assert_null(result);
}

/* Agents take a new id at each start. */
static void the_one_renewed_longest_ago_makes_room(void **state)
{
    struct seed *seed = *state;
    centime_result *result = NULL;
    char id[32];
    for (int i = 0; i < CENTIME_AGENTS_MAX; i++) {
        (void)snprintf(id, sizeof id, "agent-%05d", i);
        put(seed, id, "", NOW + i * SECOND);
    }
    put(seed, "agent-00000", "", NOW + HOUR * 24); /* is there: nobody has to go */
    put(seed, "one-more", "", NOW + HOUR * 24);
    expect_ok(seed, centime_agents(seed->store, NULL, NULL, &result, &seed->err));
    assert_int_equal(centime_result_rows(result), CENTIME_AGENTS_MAX);
    centime_result_destroy(result);
    assert_int_equal(centime_agents(seed->store, NULL, "agent-00001", &result, &seed->err),
                     CENTIME_NOT_FOUND);
    expect_contains(listed(seed, "agent-00000"), "agent-00000");
    expect_contains(listed(seed, "one-more"), "one-more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEED_TEST(the_first_time_stays_and_the_last_word_counts),
        SEED_TEST(what_makes_no_sense_is_refused),
        SEED_TEST(the_one_renewed_longest_ago_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
