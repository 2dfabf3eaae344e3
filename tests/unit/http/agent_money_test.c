/* What reports of agents cost: a day of them what a day costs, however they come. The sums below
 * are the rates by the hours, by hand. */
#include "agents_fixture.h"

#define DAY_S  86400
#define STEP_S 300

#define INSTANCE                                                                                   \
    "{\"instance_id\":\"i-1\",\"state\":\"running\",\"hourly_cost\":0.17,"                         \
    "\"launch_time\":\"2025-09-01T08:30:00+00:00\",\"tags\":{\"team\":\"ml\"}}"

static void a_day_of_reports_costs_what_a_day_costs(void **state)
{
    struct http *http = *state;
    for (int64_t at = 0; at <= DAY_S; at += STEP_S)
        expect_success(report_ec2(http, "a", at, INSTANCE));
    assert_string_equal(cost(http), "4.08"); /* 24 x 0.17, and 0.17 / 12 is no decimal */
    assert_int_equal(http_count_rows(http, "default", "cost"), 288);
    assert_string_equal(cost_where(http, "tag.team", "ml"), "4.08");
    assert_string_equal(cost_where(http, "source", "agent"), "4.08");
}

static void a_first_report_costs_nothing(void **state)
{
    struct http *http = *state;
    expect_success(report_ec2(http, "a", 0, INSTANCE));
    assert_string_equal(cost(http), "");
    assert_int_equal(http_count_rows(http, "default", "resource"), 1);
}

static void a_machine_just_started_costs_from_its_start(void **state)
{
    struct http *http = *state;
    /* 09:53:00, two minutes before the report; 0.60 / 30 */
    expect_success(report_ec2(http, "a", 0,
                              "{\"instance_id\":\"i-1\",\"state\":\"running\",\"hourly_cost\":0.60,"
                              "\"launch_time\":\"2026-11-23T09:53:00Z\"}"));
    assert_string_equal(cost(http), "0.02");
    /* Started anew at 09:59, a minute before this report: the four minutes before are not charged.
     */
    expect_success(report_ec2(http, "a", 300,
                              "{\"instance_id\":\"i-1\",\"state\":\"running\",\"hourly_cost\":0.60,"
                              "\"launch_time\":\"2026-11-23T09:59:00Z\"}"));
    assert_string_equal(cost(http), "0.03");
}

/* Cut in the middle by a new agent_id, as at every start of an agent. */
static void a_restarted_agent_goes_on(void **state)
{
    struct http *http = *state;
    for (int64_t at = 0; at <= DAY_S; at += STEP_S)
        report_ec2(http, at < DAY_S / 2 ? "before" : "after", at, INSTANCE);
    assert_string_equal(cost(http), "4.08");
}

static void repeats_change_nothing(void **state)
{
    struct http *http = *state;
    for (int64_t at = 0; at <= 3600; at += STEP_S)
        for (int i = 0; i < 3; i++)
            report_ec2(http, "a", at, INSTANCE);
    assert_string_equal(cost(http), "0.17");
    assert_int_equal(http_count_rows(http, "default", "cost"), 12);
    assert_int_equal(http_count_rows(http, "default", "agent_report"), 13);
}

/* 40 minutes of silence are charged as the two intervals that one report answers for. */
static void an_outage_costs_two_intervals(void **state)
{
    struct http *http = *state;
    report_ec2(http, "a", 0, INSTANCE);
    report_ec2(http, "a", 2400, INSTANCE);
    assert_string_equal(cost(http), "0.028333333333"); /* 0.17 / 6 */
    assert_string_equal(rows_of(http, "cost", "resource_id", "charge_start charge_end"),
                        "2026-11-23T10:35:00Z,i-1,1795429500000000000,1795430100000000000\r\n");
}

/* The report of the middle makes two charges of one, and says so to the report after it. */
static void a_late_report_shortens_the_charge_after_it(void **state)
{
    struct http *http = *state;
    report_ec2(http, "a", 0, INSTANCE);
    report_ec2(http, "a", 600,
               "{\"instance_id\":\"i-1\",\"state\":\"running\",\"hourly_cost\":1.2,"
               "\"tags\":{\"team\":\"ml\",\"a b,c\":\"d=e\"}}");
    assert_string_equal(cost(http), "0.20"); /* 1.2 / 6 */
    report_ec2(http, "a", 300,
               "{\"instance_id\":\"i-1\",\"state\":\"running\",\"hourly_cost\":0.6}");
    assert_string_equal(cost(http), "0.15"); /* 0.6 / 12 and 1.2 / 12 */
    assert_int_equal(http_count_rows(http, "default", "cost"), 2);
    assert_string_equal(cost_where(http, "tag.a b,c", "d=e"), "0.10");
}

/* Nothing was charged for the gap but two intervals, and what comes late fills it. */
static void late_reports_fill_an_outage(void **state)
{
    struct http *http = *state;
    report_ec2(http, "a", 0, INSTANCE);
    report_ec2(http, "a", 3600, INSTANCE);
    for (int64_t at = 3300; at > 0; at -= STEP_S)
        report_ec2(http, "a", at, INSTANCE);
    assert_string_equal(cost(http), "0.17");
}

/* More tags in the table than one question can name: the late report's successor keeps its own. */
static void charges_keep_their_tags_however_many_there_are(void **state)
{
    struct http *http = *state;
    char machines[16384], tag[32];
    size_t len = 0;
    for (int i = 0; i < 130; i++)
        len += (size_t)snprintf(machines + len, sizeof machines - len,
                                "%s{\"instance_id\":\"i-%d\",\"hourly_cost\":0.12,\"tags\":"
                                "{\"key%d\":\"v\"}}",
                                i ? "," : "", i, i);
    expect_success(report_ec2(http, "a", 0, machines));
    expect_success(report_ec2(http, "a", 600, machines));
    expect_success(report_ec2(http, "a", 300, machines));
    assert_int_equal(http_count_rows(http, "default", "cost"), 260);
    assert_string_equal(cost(http), "2.60");
    for (int i = 0; i < 130; i++) {
        (void)snprintf(tag, sizeof tag, "tag.key%d", i);
        assert_string_equal(cost_where(http, tag, "v"), "0.02");
    }
}

static void what_was_silent_for_a_month_is_new(void **state)
{
    struct http *http = *state;
    const int64_t day_s = 86400;
    report_ec2(http, "a", 0, "{\"instance_id\":\"i-1\",\"hourly_cost\":0.12}");
    report_ec2(http, "a", 30 * day_s, "{\"instance_id\":\"i-1\",\"hourly_cost\":0.12}");
    assert_string_equal(cost(http), "0.02");
    report_ec2(http, "a", 62 * day_s, "{\"instance_id\":\"i-1\",\"hourly_cost\":0.12}");
    assert_string_equal(cost(http), "0.02");
}

static void a_stopped_machine_costs_nothing(void **state)
{
    struct http *http = *state;
    const char *stopped = "{\"instance_id\":\"i-1\",\"state\":\"stopped\",\"hourly_cost\":0.12}";
    const char *running = "{\"instance_id\":\"i-1\",\"state\":\"running\",\"hourly_cost\":0.12}";
    report_ec2(http, "a", 0, running);
    report_ec2(http, "a", 300, running);
    report_ec2(http, "a", 600, stopped);
    report_ec2(http, "a", 900, stopped);
    assert_string_equal(cost(http), "0.01");
    report_ec2(http, "a", 1200, running);
    assert_string_equal(cost(http), "0.02");
    assert_int_equal(http_count_rows(http, "default", "resource"), 5);
}

static void a_resized_machine_costs_by_its_new_rate(void **state)
{
    struct http *http = *state;
    report_ec2(http, "a", 0,
               "{\"instance_id\":\"i-1\",\"state\":\"running\",\"hourly_cost\":0.12}");
    report_ec2(http, "a", 300,
               "{\"instance_id\":\"i-1\",\"state\":\"running\",\"hourly_cost\":0.12}");
    report_ec2(http, "a", 600,
               "{\"instance_id\":\"i-1\",\"state\":\"running\",\"hourly_cost\":1.2e0}");
    assert_string_equal(cost(http), "0.11");
}

static void amounts_never_pass_through_a_double(void **state)
{
    struct http *http = *state;
    for (int64_t at = 0; at <= 3600; at += STEP_S)
        report_ec2(http, "a", at,
                   "{\"instance_id\":\"i-1\",\"hourly_cost\":0.40572992812500003123}");
    assert_string_equal(cost(http), "0.40572992812500003123");
}

/* -- Other kinds of money ---------------------------------------------------------------------- */

/* `sections` of metrics.metrics or metrics.services, with "%T" for the seconds. */
static const char *report_metrics(struct http *http, int64_t at_s, const char *head,
                                  const char *inner, const char *sections)
{
    static char body[8192];
    (void)snprintf(body, sizeof body,
                   "{\"agent_id\":\"a\",\"timestamp\":%lld,\"metrics\":{\"%s\":\"acct\","
                   "\"%s\":{%s}}}",
                   (long long)(START_S + at_s), head, inner, sections);
    return report(http, body);
}

static void a_month_of_storage_costs_its_estimate_by_the_hour(void **state)
{
    struct http *http = *state;
    for (int64_t at = 0; at <= DAY_S; at += STEP_S)
        expect_success(report_metrics(http, at, "account_name", "metrics",
                                      "\"storage\":{\"databases\":[{\"database_name\":\"DB\","
                                      "\"estimated_monthly_cost_usd\":30.0}]}"));
    assert_string_equal(cost(http), "1.00");
    assert_string_equal(cost_where(http, "service", "snowflake_storage"), "1.00");
    assert_string_equal(cost_where(http, "account", "acct"), "1.00");
}

/* 24 dollars in each day: every report says so, and a day of them comes to it once. The second view
 * of the same credits is not added. */
static void a_rolling_total_is_spread_over_its_day(void **state)
{
    struct http *http = *state;
    for (int64_t at = 0; at <= DAY_S; at += STEP_S)
        report_metrics(http, at, "account_name", "metrics",
                       "\"warehouses\":{\"warehouses\":[{\"warehouse_name\":\"WH\","
                       "\"total_credits_used\":8.0,\"estimated_cost_usd\":24.0}]},"
                       "\"user_attribution\":{\"user_attributions\":[{\"user_name\":\"U\","
                       "\"warehouse_name\":\"WH\",\"estimated_cost_usd\":24.0}]}");
    assert_string_equal(cost(http), "24.00");
    assert_int_equal(http_count_rows(http, "default", "resource"), 289);
}

static const char *report_cluster(struct http *http, int64_t at_s, const char *uptime_hours,
                                  const char *cost_usd)
{
    char section[512];
    (void)snprintf(section, sizeof section,
                   "\"clusters\":{\"clusters\":[{\"cluster_id\":\"c\",\"cluster_name\":\"shared\","
                   "\"state\":\"RUNNING\",\"uptime_hours\":%s,\"estimated_cost_usd\":%s}]}",
                   uptime_hours, cost_usd);
    return report_metrics(http, at_s, "workspace_name", "metrics", section);
}

static void a_counter_costs_what_it_grows_by(void **state)
{
    struct http *http = *state;
    report_cluster(http, 0, "2.0", "6.0"); /* a baseline */
    assert_string_equal(cost(http), "");
    report_cluster(http, 300, "2.08", "6.25");
    assert_string_equal(cost(http), "0.25");
    report_cluster(http, 300, "2.08", "6.25");
    assert_string_equal(cost(http), "0.25");
    report_cluster(http, 3600, "3.0", "9.0"); /* the whole growth, however long it was silent */
    assert_string_equal(cost(http), "3.00");
    report_cluster(http, 1800, "2.5", "7.5"); /* late: two charges of one */
    assert_string_equal(cost(http), "3.00");
    assert_int_equal(http_count_rows(http, "default", "cost"), 3);
    report_cluster(http, 3900, "3.08", "8.9"); /* corrected, not restarted */
    assert_string_equal(cost(http), "3.00");
    assert_string_equal(cost_where(http, "cluster", "shared"), "3.00");
}

static void a_restarted_counter_begins_from_nothing(void **state)
{
    struct http *http = *state;
    report_cluster(http, 0, "2.0", "6.0");
    report_cluster(http, 300, "0.05", "0.15");
    assert_string_equal(cost(http), "0.15");
    /* Higher uptime than at the report before, and yet started since. */
    report_cluster(http, 36000, "5.0", "15.0");
    assert_string_equal(cost(http), "15.15");
}

static void a_counter_just_started_costs_in_full(void **state)
{
    struct http *http = *state;
    report_cluster(http, 0, "0.1", "0.30"); /* 6 minutes */
    assert_string_equal(cost(http), "0.30");
}

static const char *report_job(struct http *http, int64_t at_s, const char *state, const char *run,
                              const char *end)
{
    char section[512];
    (void)snprintf(section, sizeof section,
                   "\"jobs\":{\"jobs\":[{\"run_id\":%s,\"job_id\":7,\"state\":\"%s\","
                   "\"start_time\":\"2026-11-23T08:26:14.943735\",\"end_time\":%s,"
                   "\"runtime_seconds\":3600,\"estimated_cost_usd\":5.4}]}",
                   run, state, end);
    return report_metrics(http, at_s, "workspace_name", "metrics", section);
}

static void a_run_costs_once_when_it_has_ended(void **state)
{
    struct http *http = *state;
    const char *end = "\"2026-11-23T09:26:14.943735\"";
    expect_success(report_job(http, 0, "RUNNING", "455644833", "null"));
    assert_string_equal(cost(http), "");
    for (int64_t at = 300; at < 7200; at += STEP_S)
        expect_success(report_job(http, at, "TERMINATED", "455644833", end));
    assert_string_equal(cost(http), "5.40");
    expect_success(report_job(http, 7200, "TERMINATED", "455644834", end));
    assert_string_equal(cost(http), "10.80");
    assert_string_equal(rows_of(http, "cost", "resource_id", "entry_id cost_usd"),
                        "2026-11-23T09:26:14.943735Z,7,455644833,5.40\r\n"
                        "2026-11-23T09:26:14.943735Z,7,455644834,5.40\r\n");
    expect_contains(report_job(http, 7500, "TERMINATED", "455644835", "null"), "not charged");
    assert_string_equal(cost(http), "10.80");
}

static void services_by_the_month_cost_by_the_hour(void **state)
{
    struct http *http = *state;
    for (int64_t at = 0; at <= DAY_S; at += 3600)
        expect_success(report_metrics(
            http, at, "timestampless", "services",
            "\"mongodb_atlas\":{\"clusters\":[{\"cluster_name\":\"m\",\"region\":\"EU_WEST_1\","
            "\"hourly_cost_usd\":0.24,\"daily_cost_usd\":5.76}]},"
            "\"redis_cloud\":{\"subscriptions\":[{\"subscription_id\":12,\"region\":\"eu\","
            "\"estimated_monthly_cost_usd\":72.0}]},"
            "\"github_actions\":{\"service\":\"github_actions\",\"total_minutes_used\":100,"
            "\"estimated_monthly_cost_usd\":7.2},"
            "\"datadog\":{\"error\":\"Failed to fetch usage data\"}"));
    assert_string_equal(cost_where(http, "service", "mongodb_atlas"), "5.76");
    assert_string_equal(cost_where(http, "service", "redis_cloud"), "2.40");
    assert_string_equal(cost_where(http, "service", "github_actions"), "0.24");
    assert_string_equal(cost(http), "8.40");
}

/* Machines of a node group that are listed as such carry the cost; the group is charged where they
 * are not. */
static void node_groups_are_not_charged_twice(void **state)
{
    struct http *http = *state;
    for (int64_t at = 0; at <= 3600; at += STEP_S) {
        char body[2048];
        (void)snprintf(
            body, sizeof body,
            "{\"agent_id\":\"a\",\"timestamp\":%lld,\"region\":\"r\",\"services\":{"
            "\"ec2\":{\"instances\":[{\"instance_id\":\"i-1\",\"hourly_cost\":1.00,\"tags\":"
            "{\"eks:cluster-name\":\"k\",\"eks:nodegroup-name\":\"gpu\"}}]},"
            "\"eks\":{\"clusters\":[{\"cluster_name\":\"k\",\"nodegroups\":["
            "{\"nodegroup_name\":\"gpu\",\"hourly_cost\":1.00},"
            "{\"nodegroup_name\":\"cpu\",\"hourly_cost\":0.25}]}]}}}",
            (long long)(START_S + at));
        expect_success(report(http, body));
    }
    assert_string_equal(cost(http), "1.25");
    assert_string_equal(cost_where(http, "cluster", "k"), "1.25");
    assert_string_equal(cost_where(http, "resource_id", "k/cpu"), "0.25");
    assert_string_equal(cost_where(http, "resource_id", "i-1"), "1.00");
}

/* In between the list of machines failed: whether the group is among them is unknown then, and the
 * machine's next report answers for both intervals. */
static void a_failed_list_of_machines_charges_no_group(void **state)
{
    struct http *http = *state;
    const char *machines = "\"instances\":[{\"instance_id\":\"i-1\",\"hourly_cost\":1.20,\"tags\":"
                           "{\"eks:cluster-name\":\"k\",\"eks:nodegroup-name\":\"gpu\"}}]";
    for (int64_t at = 0; at <= 600; at += STEP_S) {
        char body[1024];
        (void)snprintf(
            body, sizeof body,
            "{\"agent_id\":\"a\",\"timestamp\":%lld,\"region\":\"r\",\"services\":{"
            "\"ec2\":{%s},\"eks\":{\"clusters\":[{\"cluster_name\":\"k\",\"nodegroups\":["
            "{\"nodegroup_name\":\"gpu\",\"hourly_cost\":1.20}]}]}}}",
            (long long)(START_S + at), at == 300 ? "\"error\":\"denied\"" : machines);
        expect_success(report(http, body));
    }
    assert_string_equal(cost(http), "0.20");
    assert_string_equal(cost_where(http, "resource_id", "i-1"), "0.20");
}

/* Where machines are not asked for at all, the group is all that is known. */
static void a_group_alone_is_charged(void **state)
{
    struct http *http = *state;
    for (int64_t at = 0; at <= 300; at += STEP_S) {
        char body[1024];
        (void)snprintf(body, sizeof body,
                       "{\"agent_id\":\"a\",\"timestamp\":%lld,\"region\":\"r\",\"services\":{"
                       "\"eks\":{\"clusters\":[{\"cluster_name\":\"k\",\"nodegroups\":["
                       "{\"nodegroup_name\":\"gpu\",\"hourly_cost\":1.20}]}]}}}",
                       (long long)(START_S + at));
        expect_success(report(http, body));
    }
    assert_string_equal(cost(http), "0.10");
}

/* -- Any order --------------------------------------------------------------------------------- */

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Two machines and a counter; rates change, one stops for a while, and there are holes. */
static void report_step(struct http *http, int step)
{
    char body[2048];
    (void)snprintf(body, sizeof body,
                   "{\"agent_id\":\"a\",\"timestamp\":%lld,\"region\":\"r\",\"services\":{\"ec2\":{"
                   "\"instances\":[{\"instance_id\":\"i-1\",\"state\":\"%s\",\"hourly_cost\":0.%d7,"
                   "\"tags\":{\"step\":\"%d\"}},{\"instance_id\":\"i-2\",\"hourly_cost\":0.013}]},"
                   "\"s3\":{\"buckets\":[{\"bucket_name\":\"b\",\"monthly_cost\":%d.01}]}}}",
                   (long long)(START_S + step * 300 + (step > 20 ? 7000 : 0)),
                   step % 7 == 3 ? "stopped" : "running", step % 5, step % 3, 20 + step % 2);
    expect_success(report(http, body));
    (void)snprintf(body, sizeof body,
                   "{\"agent_id\":\"d\",\"timestamp\":%lld,\"metrics\":{\"workspace_name\":\"w\","
                   "\"metrics\":{\"clusters\":{\"clusters\":[{\"cluster_id\":\"c\","
                   "\"uptime_hours\":%d.%d,\"estimated_cost_usd\":%d.%02d}]}}}}",
                   (long long)(START_S + step * 300), step % 10 / 4, step % 4 * 2, step % 10,
                   step % 13);
    expect_success(report(http, body));
}

#define STEPS 40

static void any_order_with_repeats_comes_to_the_same(void **state)
{
    struct http *http = *state;
    char expected[64];
    for (int step = 0; step < STEPS; step++)
        report_step(http, step);
    (void)snprintf(expected, sizeof expected, "%s", cost(http));
    assert_true(strlen(expected) > 3);
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct http *other;
        uint64_t random = seed;
        int order[STEPS];
        assert_int_equal(http_open((void **)&other), 0);
        for (int i = 0; i < STEPS; i++) {
            const int at = (int)(next_random(&random) % (uint64_t)(i + 1));
            order[i] = order[at];
            order[at] = i;
        }
        for (int i = 0; i < STEPS; i++) {
            report_step(other, order[i]);
            if (next_random(&random) % 3 == 0)
                report_step(other, order[next_random(&random) % (uint64_t)(i + 1)]);
        }
        if (strcmp(cost(other), expected) != 0)
            fail_msg("seed %d: %s, in order %s", (int)seed, cost(other), expected);

        http_close((void **)&other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(a_day_of_reports_costs_what_a_day_costs),
        HTTP_TEST(a_first_report_costs_nothing),
        HTTP_TEST(a_machine_just_started_costs_from_its_start),
        HTTP_TEST(a_restarted_agent_goes_on),
        HTTP_TEST(repeats_change_nothing),
        HTTP_TEST(an_outage_costs_two_intervals),
        HTTP_TEST(a_late_report_shortens_the_charge_after_it),
        HTTP_TEST(late_reports_fill_an_outage),
        HTTP_TEST(charges_keep_their_tags_however_many_there_are),
        HTTP_TEST(what_was_silent_for_a_month_is_new),
        HTTP_TEST(a_stopped_machine_costs_nothing),
        HTTP_TEST(a_resized_machine_costs_by_its_new_rate),
        HTTP_TEST(amounts_never_pass_through_a_double),
        HTTP_TEST(a_month_of_storage_costs_its_estimate_by_the_hour),
        HTTP_TEST(a_rolling_total_is_spread_over_its_day),
        HTTP_TEST(a_counter_costs_what_it_grows_by),
        HTTP_TEST(a_restarted_counter_begins_from_nothing),
        HTTP_TEST(a_counter_just_started_costs_in_full),
        HTTP_TEST(a_run_costs_once_when_it_has_ended),
        HTTP_TEST(services_by_the_month_cost_by_the_hour),
        HTTP_TEST(node_groups_are_not_charged_twice),
        HTTP_TEST(a_failed_list_of_machines_charges_no_group),
        HTTP_TEST(a_group_alone_is_charged),
        HTTP_TEST(any_order_with_repeats_comes_to_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
