/* Reports of agents by hand, and what they came to. */
#ifndef AGENTS_FIXTURE_H
#define AGENTS_FIXTURE_H

#include "server_fixture.h"

#define START_S INT64_C(1795427700) /* 2026-11-23T09:55:00Z */

#define INGEST "/api/v1/telemetry/ingest"

/* Where a report goes, and what is to be told: 200, and the body of the answer. */
static inline const char *report(struct http *http, const char *body)
{
    assert_int_equal(http_ask(http, CT_METHOD_POST, INGEST, body), 200);
    return http_body(http);
}

static inline void expect_success(const char *answer)
{
    assert_string_equal(answer,
                        "{\"message\":\"Telemetry data received\",\"status\":\"success\"}\n");
}

/* A report of EC2 with these instances, at so many seconds after START_S. */
static inline const char *report_ec2(struct http *http, const char *agent, int64_t at_s,
                                     const char *instances)
{
    static char body[20480];
    (void)snprintf(body, sizeof body,
                   "{\"agent_id\":\"%s\",\"timestamp\":%lld.0,\"hostname\":\"vm\","
                   "\"cloud_provider\":\"aws\",\"region\":\"us-west-2\",\"services\":{\"ec2\":"
                   "{\"service\":\"ec2\",\"instances\":[%s]}}}",
                   agent, (long long)(START_S + at_s), instances);
    return report(http, body);
}

/* An answer in CSV without its header, in an arena of the fixture. */
static inline char *asked(struct http *http, const centime_query *query)
{
    static char text[65536];
    centime_error err = CENTIME_ERROR_INIT;
    centime_result *result = NULL;
    centime_buffer *buffer = NULL;
    const int status = centime_run(http->server.store, query, &result, &err);
    text[0] = 0;
    if (status == CENTIME_NOT_FOUND)
        return text;
    if (status != CENTIME_OK)
        fail_msg("%s", err.text);
    assert_int_equal(centime_result_format(result, CENTIME_CSV, &buffer, &err), CENTIME_OK);
    centime_result_destroy(result);
    const char *bytes = strstr(centime_buffer_bytes(buffer), "\r\n") + 2;
    assert_true(strlen(bytes) < sizeof text);
    memcpy(text, bytes, strlen(bytes) + 1);
    centime_buffer_destroy(buffer);
    return text;
}

/* The rows of a table: time, these tags and fields (separated by blanks; "" is none). */
static inline const char *rows_of(struct http *http, const char *table, const char *tags,
                                  const char *fields)
{
    static char words[2][512];
    const char *names[2][32];
    size_t counts[2] = {0, 0};
    const char *from[2] = {tags, fields};
    for (int i = 0; i < 2; i++) {
        assert_true(strlen(from[i]) < sizeof words[i]);
        memcpy(words[i], from[i], strlen(from[i]) + 1);
        for (char *at = words[i]; *at;) {
            names[i][counts[i]++] = at;
            at += strcspn(at, " ");
            if (*at)
                *at++ = 0;
        }
    }
    centime_query query = CENTIME_QUERY_INIT;
    query.mode = CENTIME_ROWS;
    query.table = table;
    query.tags = names[0];
    query.tag_count = counts[0];
    query.fields = names[1];
    query.field_count = counts[1];
    return asked(http, &query);
}

/* "4.08": all charges together, those of one tag's value where tag is given. */
static inline const char *cost_where(struct http *http, const char *tag, const char *value)
{
    const char *const values[] = {value};
    const centime_filter filter = {
        .kind = CENTIME_IN, .tag = tag, .values = values, .value_count = 1};
    const centime_aggregate sum = {CENTIME_SUM, 0, "cost_usd", NULL};
    centime_query query = CENTIME_QUERY_INIT;
    query.table = "cost";
    query.aggregates = &sum;
    query.aggregate_count = 1;
    query.filter = tag ? &filter : NULL;
    char *text = asked(http, &query);
    text[strcspn(text, "\r")] = 0;
    return text;
}

static inline const char *cost(struct http *http)
{
    return cost_where(http, NULL, NULL);
}

#endif
