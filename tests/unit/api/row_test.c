/* Single rows of many tables, through the public header. */
#include "seed_fixture.h"

#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static int add_double(struct seed *seed, const char *table, const char *host, double value,
                      int64_t time_ns)
{
    const centime_row_tag tags[] = {{TEXT("zone"), TEXT("z")},
                                    {TEXT("host"), {host, strlen(host)}}};
    const centime_column field = {.name = "value", .type = CENTIME_FLOAT64, .values = &value};
    const centime_row row = {.struct_size = sizeof row,
                             .table = table,
                             .tags = tags,
                             .tag_count = 2,
                             .fields = &field,
                             .field_count = 1,
                             .time_ns = time_ns};
    return centime_writer_row(seed->writer, &row, &seed->err);
}

static uint64_t count_of(struct seed *seed, const char *table)
{
    const centime_aggregate count = {.function = CENTIME_COUNT};
    centime_query query = CENTIME_QUERY_INIT;
    centime_result *result = NULL;
    query.table = table;
    query.aggregates = &count;
    query.aggregate_count = 1;
    if (centime_run(seed->store, &query, &result, &seed->err) != CENTIME_OK)
        return 0;
    const uint64_t rows = (uint64_t)centime_result_int64(result, 0, 0);
    centime_result_destroy(result);
    return rows;
}

static void rows_of_many_tables_are_one_commit(void **state)
{
    struct seed *seed = *state;
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    expect_ok(seed, add_double(seed, "a", "h1", 1, 1));
    expect_ok(seed, add_double(seed, "b", "h1", 1.5, 1));
    expect_ok(seed, add_double(seed, "a", "h2", 2, 1));
    assert_int_equal(count_of(seed, "a"), 0);
    expect_ok(seed, centime_writer_commit(seed->writer, &result, &seed->err));
    assert_int_equal(result.rows, 3);
    assert_int_equal(count_of(seed, "a"), 2);
    assert_int_equal(count_of(seed, "b"), 1);
}

static void a_refused_row_leaves_the_others(void **state)
{
    struct seed *seed = *state;
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    const int64_t seven = 7;
    const centime_column field = {.name = "value", .type = CENTIME_STRING, .values = "x"};
    const centime_column whole = {.name = "value", .type = CENTIME_INT64, .values = &seven};
    centime_row row = {.struct_size = sizeof row, .table = "a", .fields = &whole, .field_count = 1};
    expect_ok(seed, add_double(seed, "a", "h1", 1, 1));
    expect_ok(seed, centime_writer_row(seed->writer, &row, &seed->err)); /* widened */
    row.fields = &field;
    assert_int_equal(centime_writer_row(seed->writer, &row, &seed->err), CENTIME_TYPE);
    row.field_count = 0;
    assert_int_equal(centime_writer_row(seed->writer, &row, &seed->err), CENTIME_INVALID);
    assert_int_equal(add_double(seed, "", "h1", 1, 1), CENTIME_INVALID);
    assert_int_equal(add_double(seed, "a", "h1", 1.0 / 0.0, 1), CENTIME_INVALID);
    expect_ok(seed, centime_writer_commit(seed->writer, &result, &seed->err));
    assert_int_equal(result.rows, 2);
}

static void tags_are_sorted_and_stand_once(void **state)
{
    struct seed *seed = *state;
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    const double one = 1;
    centime_row_tag tags[129];
    const centime_column field = {.name = "value", .type = CENTIME_FLOAT64, .values = &one};
    centime_row row = {.struct_size = sizeof row,
                       .table = "a",
                       .tags = tags,
                       .tag_count = 3,
                       .fields = &field,
                       .field_count = 1};
    tags[0] = (centime_row_tag){TEXT("b"), TEXT("1")};
    tags[1] = (centime_row_tag){TEXT("none"), {NULL, 0}};
    tags[2] = (centime_row_tag){TEXT("a"), TEXT("2")};
    expect_ok(seed, centime_writer_row(seed->writer, &row, &seed->err));
    tags[0] = (centime_row_tag){TEXT("a"), TEXT("2")};
    tags[2] = (centime_row_tag){TEXT("b"), TEXT("1")};
    expect_ok(seed, centime_writer_row(seed->writer, &row, &seed->err));
    tags[2] = tags[0];
    assert_int_equal(centime_writer_row(seed->writer, &row, &seed->err), CENTIME_INVALID);
    char keys[129][4];
    for (int i = 0; i < 129; i++) {
        keys[i][0] = (char)('a' + i % 26);
        keys[i][1] = (char)('a' + i / 26);
        tags[i] = (centime_row_tag){{keys[i], 2}, TEXT("v")};
    }
    row.tag_count = 129;
    assert_int_equal(centime_writer_row(seed->writer, &row, &seed->err), CENTIME_LIMIT);
    row.tag_count = 128;
    expect_ok(seed, centime_writer_row(seed->writer, &row, &seed->err));
    expect_ok(seed, centime_writer_commit(seed->writer, &result, &seed->err));
    assert_int_equal(result.rows, 3);
    assert_int_equal(count_of(seed, "a"), 2); /* two of them are one series and one time */
}

static void a_discarded_batch_leaves_no_trace(void **state)
{
    struct seed *seed = *state;
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    expect_ok(seed, add_double(seed, "gone", "h1", 1, 1));
    centime_writer_discard(seed->writer);
    expect_ok(seed, centime_writer_commit(seed->writer, &result, &seed->err));
    assert_int_equal(result.rows, 0);
    const int64_t seven = 7;
    const centime_column whole = {.name = "value", .type = CENTIME_INT64, .values = &seven};
    const centime_row row = {
        .struct_size = sizeof row, .table = "gone", .fields = &whole, .field_count = 1};
    expect_ok(seed, centime_writer_row(seed->writer, &row, &seed->err)); /* not a float */
}

/* What was seen before is found another way: the same rows, in new batches and after a discard. */
static void rows_seen_before_are_the_same_series(void **state)
{
    struct seed *seed = *state;
    centime_write_result result = CENTIME_WRITE_RESULT_INIT;
    expect_ok(seed, add_double(seed, "a", "gone", 1, 1));
    centime_writer_discard(seed->writer);
    for (int64_t time_ns = 1; time_ns <= 3; time_ns++) {
        expect_ok(seed, add_double(seed, "a", "h1", 1, time_ns));
        expect_ok(seed, add_double(seed, "a", "h2", 1, time_ns));
        expect_ok(seed, add_double(seed, "b", "h1", 1, 7));
        expect_ok(seed, add_double(seed, "a", "gone", 1, 1));
        expect_ok(seed, centime_writer_commit(seed->writer, &result, &seed->err));
        assert_int_equal(result.rows, 4);
    }
    assert_int_equal(count_of(seed, "a"), 7);
    assert_int_equal(count_of(seed, "b"), 1);
}

/* "ab" and "c" is not "a" and "bc"; a name may be longer than what is kept of it. */
static void tags_that_join_to_the_same_bytes_are_apart(void **state)
{
    struct seed *seed = *state;
    static char value[60000];
    memset(value, 'v', sizeof value);
    const double one = 1;
    const centime_row_tag tags[][2] = {
        {{TEXT("ab"), TEXT("c")}, {TEXT("d"), TEXT("e")}},
        {{TEXT("a"), TEXT("bc")}, {TEXT("d"), TEXT("e")}},
        {{TEXT("a"), TEXT("bcd")}, {TEXT("e"), {NULL, 0}}},
        {{TEXT("a"), {value, sizeof value}}, {TEXT("d"), TEXT("e")}},
    };
    const centime_column field = {.name = "value", .type = CENTIME_FLOAT64, .values = &one};
    for (int again = 0; again < 2; again++) {
        for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
            const centime_row row = {.struct_size = sizeof row,
                                     .table = "a",
                                     .tags = tags[i],
                                     .tag_count = 2,
                                     .fields = &field,
                                     .field_count = 1};
            expect_ok(seed, centime_writer_row(seed->writer, &row, &seed->err));
        }
        expect_ok(seed, centime_writer_commit(seed->writer, NULL, &seed->err));
        assert_int_equal(count_of(seed, "a"), 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEED_TEST(rows_of_many_tables_are_one_commit),
        SEED_TEST(a_refused_row_leaves_the_others),
        SEED_TEST(tags_are_sorted_and_stand_once),
        SEED_TEST(a_discarded_batch_leaves_no_trace),
        SEED_TEST(rows_seen_before_are_the_same_series),
        SEED_TEST(tags_that_join_to_the_same_bytes_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
