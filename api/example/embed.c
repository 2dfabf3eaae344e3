/* A program with a store of its own: opens it, writes three charges, asks what each provider cost.
 */
#include <stdio.h>
#include <string.h>

#include <centime.h>

static const char charges[] = "cost,provider=aws,service=ec2 cost_usd=17.5 1780272000000000000\n"
                              "cost,provider=aws,service=s3 cost_usd=3.75 1780272000000000000\n"
                              "cost,provider=gcp,service=gke cost_usd=0.1 1780275600000000000\n";

static int report(const centime_error *err)
{
    fprintf(stderr, "centime: %s\n", err->text);
    return 1;
}

int main(void)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1; /* leave this out and give a folder to keep the rows */

    centime_store *store;
    if (centime_open("example", &options, &store, &err) != CENTIME_OK)
        return report(&err);
    if (centime_write(store, NULL, charges, strlen(charges), NULL, NULL, &err) != CENTIME_OK)
        return report(&err);

    const centime_aggregate sum = {CENTIME_SUM, 0, "cost_usd", NULL};
    const char *const by[] = {"provider"};
    centime_query query = CENTIME_QUERY_INIT;
    query.table = "cost";
    query.aggregates = &sum;
    query.aggregate_count = 1;
    query.tags = by;
    query.tag_count = 1;
    centime_result *result;
    if (centime_run(store, &query, &result, &err) != CENTIME_OK)
        return report(&err);

    centime_buffer *table;
    if (centime_result_format(result, CENTIME_TABLE, &table, &err) != CENTIME_OK)
        return report(&err);
    fputs(centime_buffer_bytes(table), stdout);
    centime_buffer_destroy(table);
    centime_result_destroy(result);
    return centime_close(store, &err) == CENTIME_OK ? 0 : report(&err);
}
