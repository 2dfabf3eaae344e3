/* One figure of a table, as text. For tests of what writes over HTTP. */
#ifndef TABLE_FIGURES_H
#define TABLE_FIGURES_H

#include "server_fixture.h"

/* An aggregate of the rows whose tag has a value (tag NULL: all rows), as CSV shows it;
 * "none" where there is no such table or field. Lives until the next call. */
static inline const char *figure(const struct http *http, const char *database, const char *table,
                                 uint32_t function, const char *field, const char *tag,
                                 const char *value)
{
    static char text[256];
    centime_error err = CENTIME_ERROR_INIT;
    const centime_aggregate aggregate = {function, 0, field, "figure"};
    const centime_filter filter = {
        .kind = CENTIME_IN, .tag = tag, .values = &value, .value_count = 1};
    centime_query query = CENTIME_QUERY_INIT;
    centime_result *result = NULL;
    centime_buffer *buffer = NULL;
    query.database = database;
    query.table = table;
    query.aggregates = &aggregate;
    query.aggregate_count = 1;
    query.filter = tag ? &filter : NULL;
    const int status = centime_run(http->server.store, &query, &result, &err);
    if (status == CENTIME_NOT_FOUND)
        return "none";
    if (status != CENTIME_OK)
        fail_msg("%s", err.text);
    assert_int_equal(centime_result_format(result, CENTIME_CSV, &buffer, &err), CENTIME_OK);
    /* a line of names, then one value */
    const char *line = strchr(centime_buffer_bytes(buffer), '\n') + 1;
    const size_t len = strcspn(line, "\r\n");
    assert_in_range(len, 0, sizeof text - 1);
    memcpy(text, line, len);
    text[len] = 0;
    centime_buffer_destroy(buffer);
    centime_result_destroy(result);
    return text;
}

#endif
