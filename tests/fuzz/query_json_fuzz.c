/* Questions in JSON: whatever stands in them, they are read or refused with words, and what was
 * read is answered or refused by a store of a few rows. */
#include "driver.h"
#include "query_json.h"

static const char rows[] = "cost,provider=aws,service=ec2 cost_usd=3.50,usage_quantity=2 1\n"
                           "cost,provider=gcp cost_usd=7.8125e-08 1780272000000000000\n"
                           "m,t=a v=1.5,n=2i,s=\"x\",b=t 1780272000000000000\n";

static centime_store *open_store(void)
{
    centime_options options = CENTIME_OPTIONS_INIT;
    centime_error err = CENTIME_ERROR_INIT;
    centime_store *store;
    options.in_memory = 1;
    options.no_thread = 1;
    FUZZ_REQUIRE(centime_open("fuzz", &options, &store, &err) == CENTIME_OK);
    FUZZ_REQUIRE(centime_write(store, NULL, rows, sizeof rows - 1, NULL, NULL, &err) == CENTIME_OK);
    return store;
}

static void run(centime_store *store, struct ct_query_json *question)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_result *result = NULL;
    centime_buffer *buffer = NULL;
    question->query.rows_max = 1000;
    question->query.memory_bytes = (size_t)16 << 20;
    question->query.elapsed_max_ns = 100000000;
    question->query.threads = 1;
    const int status = question->explains ? centime_explain(store, &question->query, &result, &err)
                                          : centime_run(store, &question->query, &result, &err);
    if (status != CENTIME_OK) {
        FUZZ_REQUIRE(err.text[0]);
        return;
    }
    const int quoted = question->format.is_quoted ? CENTIME_DECIMALS_QUOTED : 0;
    FUZZ_REQUIRE(centime_result_format(result, CENTIME_JSON | quoted, &buffer, &err) == CENTIME_OK);
    centime_buffer_destroy(buffer);
    centime_result_destroy(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static centime_store *store;
    struct ct_query_json question;
    struct ct_json root;
    struct ct_error err = {0};
    struct ct_arena arena;
    if (!store)
        store = open_store();
    if (ct_json_parse((struct ct_text){(const char *)bytes, len}, &root, &err) != CT_OK)
        return 0;
    ct_arena_init(&arena, ct_allocator_system(), 0);
    if (ct_query_json_read(root, INT64_C(1780272000000000000), &arena, &question, &err) == CT_OK)
        run(store, &question);
    else
        FUZZ_REQUIRE(err.text[0]);
    ct_arena_deinit(&arena);
    ct_json_release(&root);
    return 0;
}

void fuzz_seeds(void)
{
    static const char *const seeds[] = {
        ("{\"table\":\"cost\",\"aggregates\":[\"sum(cost_usd)\",\"p95(cost_usd)\",\"count\"],"
         "\"group_by\":[\"provider\"],\"filter\":{\"provider\":[\"aws\",null]},\"order_by\":\"-"
         "count\"}"),
        ("{\"table\":\"m\",\"fields\":[\"v\",\"n\"],\"tags\":\"t\",\"start\":\"-30d\",\"end\":"
         "\"now\","
         "\"filter\":{\"v\":{\"gt\":1,\"le\":2.5},\"or\":[{\"t\":{\"match\":\"^a\"}}]}}"),
        ("{\"table\":\"m\",\"aggregates\":[{\"function\":\"integral\",\"field\":\"v\",\"unit\":"
         "\"1h\","
         "\"gap_max\":\"15m\",\"scale\":3,\"name\":\"i\"}],\"bucket\":\"1d\",\"fill\":\"linear\","
         "\"start\":1780272000,\"end\":1780444800,\"time_zone\":\"UTC\",\"week_start\":"
         "\"sunday\"}"),
        ("{\"table\":\"cost\",\"aggregates\":\"sum(cost_usd)\",\"computed\":[{\"name\":\"x\","
         "\"operation\":\"/"
         "\",\"left\":\"sum_cost_usd\",\"right\":3,\"scale\":4}],\"as_of_commit\":1,"
         "\"basis\":\"billed\",\"dating\":\"billing\",\"bucket\":\"1mo\",\"money\":\"string\"}"),
        ("{\"table\":\"cost\",\"aggregates\":[\"count\"],\"explain\":true,\"filter\":{\"not\":"
         "{\"cost_usd\":{\"field_present\":true}}},\"limit\":1,\"bucket_limit\":2}"),
    };
    for (size_t i = 0; i < CT_COUNT_OF(seeds); i++)
        fuzz_seed_add(seeds[i], strlen(seeds[i]));
}
