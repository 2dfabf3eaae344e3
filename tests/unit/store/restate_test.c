/* Restatements: what they replace, what they refuse, what they remember. The rules of charges that
 * are alike, of expectations and of sequences one by one; interleavings are the property test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "restate.h"
#include "restate_entries.h"
#include "restate_record.h"
#include "scan.h"

#define PATH "/store"

struct world {
    struct ct_env env;
    struct ct_store *store;
    struct ct_intake *intake;
    struct ct_error err;
};

static void open_store(struct world *world, size_t memory_bytes)
{
    const struct ct_store_options options = {.memory_bytes = memory_bytes, .seed = 7};
    assert_int_equal(ct_store_open(&world->env, PATH, &options, &world->store, &world->err), CT_OK);
    assert_int_equal(ct_intake_create(ct_store_catalog(world->store), world->env.allocator,
                                      ct_text_of("default"), &world->intake, &world->err),
                     CT_OK);
}

static void close_store(struct world *world)
{
    ct_intake_destroy(world->intake);
    assert_int_equal(ct_store_close(world->store, &world->err), CT_OK);
}

static int set_up(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    world.env = (struct ct_env){.allocator = ct_allocator_system(), .clock = ct_clock_system()};
    world.env.io = ct_io_memory_create(ct_allocator_system());
    open_store(&world, 0);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    close_store(world);
    ct_io_memory_destroy(world->env.io);
    return 0;
}

/* -- rows ---------------------------------------------------------------------------------- */

struct charge {
    const char *provider, *period;
    int64_t time_ns, cents;
    const char *entry; /* NULL: none */
    const char *currency;
};

static void add_charge(struct ct_intake *intake, const char *table_name,
                       const struct charge *charge)
{
    uint32_t table, series;
    struct ct_row_value values[2] = {{.scale = 2, .narrow = charge->cents}};
    struct ct_tag tags[3];
    uint32_t tag_count = 0, value_count = 1;
    tags[tag_count++] = (struct ct_tag){ct_text_of("billing_period"), ct_text_of(charge->period)};
    if (charge->currency)
        tags[tag_count++] = (struct ct_tag){ct_text_of("currency"), ct_text_of(charge->currency)};
    tags[tag_count++] = (struct ct_tag){ct_text_of("provider"), ct_text_of(charge->provider)};
    assert_int_equal(ct_intake_table(intake, ct_text_of(table_name), &table, NULL), CT_OK);
    assert_int_equal(ct_intake_series(intake, table, tags, tag_count, &series, NULL), CT_OK);
    assert_int_equal(ct_intake_column(intake, table, ct_text_of("cost_usd"), CT_DECIMAL,
                                      &values[0].column, NULL),
                     CT_OK);
    if (charge->entry) {
        assert_int_equal(ct_intake_column(intake, table, ct_text_of("entry_id"), CT_STRING,
                                          &values[1].column, NULL),
                         CT_OK);
        values[value_count++].string = ct_text_of(charge->entry);
    }
    assert_int_equal(
        ct_intake_row(intake, table, series, charge->time_ns, values, value_count, NULL), CT_OK);
}

static void write_charges(struct world *world, const struct charge *charges, size_t count)
{
    struct ct_commit_result result;
    for (size_t i = 0; i < count; i++)
        add_charge(world->intake, "cost", &charges[i]);
    assert_int_equal(ct_store_commit(world->store, world->intake, &result, &world->err), CT_OK);
}

static const struct ct_tag october_aws[] = {{{"billing_period", 14}, {"2026-10", 7}},
                                            {{"provider", 8}, {"aws", 3}}};

static struct ct_restate *begin(struct world *world, const char *table)
{
    const struct ct_restate_scope scope = {.database = ct_text_of("default"),
                                           .table = ct_text_of(table),
                                           .tags = october_aws,
                                           .tag_count = 2,
                                           .start_ns = INT64_MIN,
                                           .end_ns = INT64_MAX};
    struct ct_restate *restate;
    assert_int_equal(ct_restate_begin(world->store, &scope, &restate, &world->err), CT_OK);
    return restate;
}

static ct_status restate_in(struct world *world, const char *table, const struct charge *charges,
                            size_t count, const struct ct_restate_options *options,
                            struct ct_restate_result *result)
{
    struct ct_restate *restate = begin(world, table);
    for (size_t i = 0; i < count; i++)
        add_charge(world->intake, table, &charges[i]);
    const ct_status status = ct_restate_add(restate, world->intake, &world->err);
    if (status == CT_OK)
        return ct_restate_finish(restate, options, result, &world->err);
    ct_restate_abandon(restate);
    ct_intake_reset(world->intake);
    return status;
}

static ct_status restate(struct world *world, const struct charge *charges, size_t count,
                         const struct ct_restate_options *options, struct ct_restate_result *result)
{
    return restate_in(world, "cost", charges, count, options, result);
}

/* Rows of the table, and their sum in cents. */
static uint64_t count_rows(struct world *world, const char *table_name, int64_t *cents)
{
    struct ct_catalog *catalog = ct_store_catalog(world->store);
    const uint32_t table = ct_catalog_find_table(catalog, 0, ct_text_of(table_name));
    const uint32_t field = ct_catalog_find_field(catalog, table, ct_text_of("cost_usd"));
    struct ct_snapshot *snapshot;
    struct ct_scan *scan;
    uint64_t rows = 0;
    *cents = 0;
    assert_int_equal(ct_snapshot_take(world->store, &snapshot, NULL), CT_OK);
    assert_int_equal(ct_scan_open(snapshot, table, INT64_MIN, INT64_MAX, &scan, NULL), CT_OK);
    for (uint32_t s = 0; s < ct_scan_source_count(scan); s++) {
        struct ct_source *source = ct_scan_source(scan, s);
        const struct ct_cursor_plan plan = {
            .fields = &field, .field_count = 1, .end_unit = ct_source_unit_count(source)};
        struct ct_cursor *cursor;
        struct ct_block block;
        bool found;
        assert_int_equal(ct_cursor_open(source, &plan, &cursor, NULL), CT_OK);
        while (ct_cursor_next(cursor, &block, &found, NULL) == CT_OK && found) {
            struct ct_vector values;
            assert_int_equal(ct_cursor_column(cursor, 0, &values, NULL), CT_OK);
            for (uint32_t r = 0; r < block.run_count; r++) {
                const struct ct_run *run = &block.runs[r];
                rows += run->row_count;
                for (uint32_t i = run->first_row; i < run->first_row + run->row_count; i++)
                    *cents +=
                        values.narrow[i] *
                        (int64_t)
                            ct_pow10_int64[2 - (values.scales ? values.scales[i] : values.scale)];
            }
        }
        ct_cursor_close(cursor);
    }
    ct_scan_close(scan);
    ct_snapshot_release(snapshot);
    return rows;
}

static void assert_rows(struct world *world, uint64_t rows, int64_t cents)
{
    int64_t found;
    assert_int_equal(count_rows(world, "cost", &found), rows);
    assert_int_equal(found, cents);
}

static const struct ct_restate_options no_options;

/* -- tests --------------------------------------------------------------------------------- */

static const struct charge old_bill[] = {
    {"aws", "2026-10", 1, 100, NULL, NULL},
    {"aws", "2026-10", 2, 200, "x", NULL},
    {"aws", "2026-11", 3, 400, NULL, NULL},
    {"gcp", "2026-10", 4, 800, NULL, NULL},
};
static const struct charge new_bill[] = {
    {"aws", "2026-10", 1, 111, NULL, NULL},
    {"aws", "2026-10", 5, 222, NULL, NULL},
};

static void a_scope_is_replaced_and_the_rest_stays(void **state)
{
    struct world *world = *state;
    struct ct_restate_result result;
    write_charges(world, old_bill, 4);
    assert_int_equal(restate(world, new_bill, 2, &no_options, &result), CT_OK);
    assert_int_equal(result.commit, 2);
    assert_int_equal(result.before.row_count, 2);
    assert_int_equal(result.after.row_count, 2);
    assert_rows(world, 4, 111 + 222 + 400 + 800);
    close_store(world);
    open_store(world, 0);
    assert_rows(world, 4, 111 + 222 + 400 + 800);
    assert_int_equal(ct_store_compact(world->store, NULL), CT_OK);
    assert_rows(world, 4, 111 + 222 + 400 + 800);
}

static void staged_rows_are_not_seen(void **state)
{
    struct world *world = *state;
    write_charges(world, old_bill, 4);
    struct ct_restate *restate = begin(world, "cost");
    add_charge(world->intake, "cost", &new_bill[0]);
    assert_int_equal(ct_restate_add(restate, world->intake, &world->err), CT_OK);
    assert_rows(world, 4, 1500);
    ct_restate_abandon(restate);
    assert_rows(world, 4, 1500);
}

static void rows_committed_after_it_win_over_it(void **state)
{
    struct world *world = *state;
    struct ct_restate_result result;
    struct ct_restate *restate = begin(world, "cost");
    add_charge(world->intake, "cost", &new_bill[0]);
    assert_int_equal(ct_restate_add(restate, world->intake, &world->err), CT_OK);
    write_charges(world, old_bill, 4); /* while staging: replaced */
    assert_int_equal(ct_restate_finish(restate, &no_options, &result, &world->err), CT_OK);
    assert_rows(world, 3, 111 + 400 + 800);
    const struct charge later = {"aws", "2026-10", 1, 7, NULL, NULL};
    write_charges(world, &later, 1);
    assert_rows(world, 3, 7 + 400 + 800);
    assert_int_equal(ct_store_compact(world->store, NULL), CT_OK);
    assert_rows(world, 3, 7 + 400 + 800);
}

static void equal_charges_count_each(void **state)
{
    struct world *world = *state;
    struct ct_restate_result result;
    const struct charge bill[] = {
        {"aws", "2026-10", 1, 5, NULL, NULL}, {"aws", "2026-10", 1, 5, NULL, NULL},
        {"aws", "2026-10", 1, 5, NULL, NULL}, {"aws", "2026-10", 1, 7, "id", NULL},
        {"aws", "2026-10", 1, 8, "id", NULL},
    };
    assert_int_equal(restate(world, bill, 5, &no_options, &result), CT_OK);
    assert_int_equal(result.numbered_rows, 2);
    assert_int_equal(result.folded_rows, 1); /* of the same id the last wins */
    assert_rows(world, 4, 15 + 8);
    assert_int_equal(restate(world, bill, 5, &no_options, &result), CT_OK);
    assert_true(result.is_unchanged);
    assert_rows(world, 4, 15 + 8);
}

static void in_metrics_the_last_of_equal_rows_wins(void **state)
{
    struct world *world = *state;
    struct ct_restate_result result;
    const struct charge rows[] = {{"aws", "2026-10", 1, 5, NULL, NULL},
                                  {"aws", "2026-10", 1, 6, NULL, NULL}};
    int64_t cents;
    assert_int_equal(restate_in(world, "rates", rows, 2, &no_options, &result), CT_OK);
    assert_int_equal(result.folded_rows, 1);
    assert_int_equal(result.numbered_rows, 0);
    assert_int_equal(count_rows(world, "rates", &cents), 1);
    assert_int_equal(cents, 6);
}

static void the_same_content_again_changes_nothing(void **state)
{
    struct world *world = *state;
    struct ct_restate_result first, again;
    write_charges(world, old_bill, 4);
    assert_int_equal(restate(world, new_bill, 2, &no_options, &first), CT_OK);
    assert_int_equal(restate(world, new_bill, 2, &no_options, &again), CT_OK);
    assert_true(again.is_unchanged);
    assert_int_equal(again.commit, first.commit);
    close_store(world);
    open_store(world, 0);
    assert_int_equal(restate(world, new_bill, 2, &no_options, &again), CT_OK);
    assert_true(again.is_unchanged);
    assert_int_equal(again.commit, first.commit);
}

static void the_same_content_restates_what_was_overwritten(void **state)
{
    struct world *world = *state;
    struct ct_restate_result result;
    const struct charge late = {"aws", "2026-10", 9, 1, NULL, NULL};
    assert_int_equal(restate(world, new_bill, 2, &no_options, &result), CT_OK);
    write_charges(world, &late, 1);
    assert_int_equal(restate(world, new_bill, 2, &no_options, &result), CT_OK);
    assert_false(result.is_unchanged);
    assert_int_equal(result.commit, 3);
    assert_rows(world, 2, 333);
}

static void a_row_outside_the_scope_is_refused(void **state)
{
    struct world *world = *state;
    struct ct_restate_result result;
    const struct charge mixed[] = {{"aws", "2026-10", 1, 5, NULL, NULL},
                                   {"azure", "2026-10", 1, 6, NULL, NULL}};
    write_charges(world, old_bill, 4);
    assert_int_equal(restate(world, mixed, 2, &no_options, &result), CT_INVALID);
    assert_non_null(strstr(world->err.text, "provider is \"azure\""));
    assert_int_equal(world->err.line, 2);
    assert_rows(world, 4, 1500);
    struct ct_catalog *catalog = ct_store_catalog(world->store);
    const uint32_t tag = ct_catalog_find_tag(catalog, 0, ct_text_of("provider"));
    assert_int_equal(ct_catalog_find_value(catalog, 0, tag, ct_text_of("azure")), 0);
}

static void a_time_outside_the_scope_is_refused(void **state)
{
    struct world *world = *state;
    const struct ct_restate_scope scope = {
        .database = ct_text_of("default"), .table = ct_text_of("cost"), .start_ns = 0, .end_ns = 5};
    struct ct_restate *restate;
    assert_int_equal(ct_restate_begin(world->store, &scope, &restate, NULL), CT_OK);
    add_charge(world->intake, "cost", &new_bill[1]);
    assert_int_equal(ct_restate_add(restate, world->intake, &world->err), CT_INVALID);
    assert_non_null(strstr(world->err.text, "time 5"));
    ct_restate_abandon(restate);
    ct_intake_reset(world->intake);
}

static void an_unexpected_count_changes_nothing(void **state)
{
    struct world *world = *state;
    struct ct_restate_result result;
    const struct ct_restate_options options = {.has_count = true, .count = 3};
    write_charges(world, old_bill, 4);
    assert_int_equal(restate(world, new_bill, 2, &options, &result), CT_INVALID);
    assert_non_null(strstr(world->err.text, "2 rows, where 3 were expected"));
    assert_rows(world, 4, 1500);
}

static void an_unexpected_total_changes_nothing(void **state)
{
    struct world *world = *state;
    struct ct_restate_result result;
    struct ct_restate_options options = {.has_total = true,
                                         .total = {.mantissa = 3331, .scale = 3}};
    write_charges(world, old_bill, 4);
    assert_int_equal(restate(world, new_bill, 2, &options, &result), CT_INVALID);
    assert_non_null(strstr(world->err.text, "add up to 3.33, where 3.331 was expected"));
    assert_rows(world, 4, 1500);
    options.total = (struct ct_decimal){.mantissa = 33300, .scale = 4};
    assert_int_equal(restate(world, new_bill, 2, &options, &result), CT_OK);
    assert_rows(world, 4, 1533);
}

static void a_total_over_currencies_is_refused(void **state)
{
    struct world *world = *state;
    struct ct_restate_result result;
    const struct charge bill[] = {{"aws", "2026-10", 1, 5, NULL, "EUR"},
                                  {"aws", "2026-10", 1, 6, NULL, "USD"}};
    const struct ct_restate_options options = {.has_total = true,
                                               .total = {.mantissa = 11, .scale = 2}};
    assert_int_equal(restate(world, bill, 2, &options, &result), CT_CURRENCY);
    assert_int_equal(restate(world, bill, 2, &no_options, &result), CT_OK);
    assert_false(result.after.has_total);
}

static void a_scope_is_emptied_only_where_that_is_expected(void **state)
{
    struct world *world = *state;
    struct ct_restate_result result;
    const struct ct_restate_options empty = {.has_count = true};
    write_charges(world, old_bill, 4);
    assert_int_equal(ct_restate_finish(begin(world, "cost"), &no_options, &result, &world->err),
                     CT_INVALID);
    assert_rows(world, 4, 1500);
    assert_int_equal(ct_restate_finish(begin(world, "cost"), &empty, &result, &world->err), CT_OK);
    assert_rows(world, 2, 1200);
    assert_int_equal(ct_restate_finish(begin(world, "cost"), &empty, &result, &world->err), CT_OK);
    assert_true(result.is_unchanged);
    assert_int_equal(ct_restate_finish(begin(world, "none"), &empty, &result, &world->err), CT_OK);
    assert_int_equal(result.commit, 0);
}

static void an_older_artifact_is_refused_unless_forced(void **state)
{
    struct world *world = *state;
    struct ct_restate_result result;
    struct ct_restate_options options = {.has_sequence = true, .sequence = 8};
    assert_int_equal(restate(world, new_bill, 2, &options, &result), CT_OK);
    options.sequence = 7;
    assert_int_equal(restate(world, new_bill, 1, &options, &result), CT_STALE);
    assert_rows(world, 2, 333);
    close_store(world);
    open_store(world, 0);
    assert_int_equal(restate(world, new_bill, 1, &options, &result), CT_STALE);
    options.is_forced = true;
    assert_int_equal(restate(world, new_bill, 1, &options, &result), CT_OK);
    assert_rows(world, 1, 111);
}

static void a_newer_sequence_of_the_same_content_is_remembered(void **state)
{
    struct world *world = *state;
    struct ct_restate_result result;
    struct ct_restate_options options = {.has_sequence = true, .sequence = 8};
    assert_int_equal(restate(world, new_bill, 2, &options, &result), CT_OK);
    options.sequence = 9;
    assert_int_equal(restate(world, new_bill, 2, &options, &result), CT_OK);
    assert_true(result.is_unchanged);
    options.sequence = 8;
    assert_int_equal(restate(world, new_bill, 1, &options, &result), CT_STALE);
}

#define MANY 40000

/* Equal charges may be many segments apart. */
static void rows_past_the_memory_budget_are_staged_in_files(void **state)
{
    struct world *world = *state;
    struct ct_restate_result result;
    close_store(world);
    open_store(world, 1 << 20);
    struct ct_restate *restate = begin(world, "cost");
    for (int64_t i = 0; i < MANY; i++) {
        const struct charge charge = {"aws", "2026-10", i % (MANY / 4) * 86400000000000 / 200,
                                      1,     NULL,      NULL};
        add_charge(world->intake, "cost", &charge);
        if (i % 1000 == 999)
            assert_int_equal(ct_restate_add(restate, world->intake, &world->err), CT_OK);
    }
    assert_int_equal(ct_restate_finish(restate, &no_options, &result, &world->err), CT_OK);
    assert_int_equal(result.numbered_rows, MANY - MANY / 4);
    assert_int_equal(result.after.row_count, MANY);
    assert_rows(world, MANY, MANY);
    struct ct_store_state state_now;
    ct_store_state_of(world->store, &state_now);
    assert_true(state_now.segment_count <= 2); /* one for each month */
    struct ct_verify_counts counts;
    assert_int_equal(ct_store_verify(world->store, true, &counts, &world->err), CT_OK);
}

static void abandoned_files_are_removed(void **state)
{
    struct world *world = *state;
    close_store(world);
    open_store(world, 1 << 20);
    struct ct_restate *restate = begin(world, "cost");
    for (int64_t i = 0; i < MANY; i++) {
        const struct charge charge = {"aws", "2026-10", i, 1, NULL, NULL};
        add_charge(world->intake, "cost", &charge);
        if (i % 1000 == 999)
            assert_int_equal(ct_restate_add(restate, world->intake, &world->err), CT_OK);
    }
    struct ct_names names;
    assert_int_equal(world->env.io->calls->list(world->env.io, PATH "/seg", &names, NULL), CT_OK);
    assert_true(names.count > 0);
    ct_names_release(world->env.io, &names);
    ct_restate_abandon(restate);
    assert_int_equal(world->env.io->calls->list(world->env.io, PATH "/seg", &names, NULL), CT_OK);
    assert_int_equal(names.count, 0);
    ct_names_release(world->env.io, &names);
}

static void scopes_that_make_no_sense_are_refused(void **state)
{
    struct world *world = *state;
    const struct ct_tag twice[] = {{{"a", 1}, {"1", 1}}, {{"a", 1}, {"2", 1}}};
    struct ct_restate_scope scope = {.database = ct_text_of("default"),
                                     .table = ct_text_of("cost"),
                                     .tags = twice,
                                     .tag_count = 2,
                                     .start_ns = 0,
                                     .end_ns = 1};
    struct ct_restate *restate;
    assert_int_equal(ct_restate_begin(world->store, &scope, &restate, NULL), CT_INVALID);
    scope.tag_count = 1;
    scope.end_ns = 0;
    assert_int_equal(ct_restate_begin(world->store, &scope, &restate, NULL), CT_INVALID);
    scope.end_ns = 1;
    scope.table.len = 0;
    assert_int_equal(ct_restate_begin(world->store, &scope, &restate, NULL), CT_INVALID);
}

static void a_damaged_record_is_told(void **state)
{
    struct world *world = *state;
    const struct ct_restate_record record = {.hash = {1, UINT64_MAX}, .row_count = 3, .commit = 9};
    struct ct_restate_record read;
    struct ct_byte_buffer bytes = {.allocator = world->env.allocator};
    assert_int_equal(ct_restate_record_encode(&record, &bytes, NULL), CT_OK);
    struct ct_text value = {(const char *)bytes.bytes, bytes.len};
    assert_int_equal(ct_restate_record_decode(value, &read, NULL), CT_OK);
    assert_int_equal(read.hash[1], UINT64_MAX);
    assert_int_equal(read.row_count, 3);
    assert_int_equal(read.commit, 9);
    assert_false(read.has_sequence);
    for (value.len = 0; value.len < bytes.len; value.len++)
        assert_int_equal(ct_restate_record_decode(value, &read, NULL), CT_CORRUPT);
    bytes.bytes[0] = 2;
    assert_int_equal(ct_restate_record_decode(value, &read, NULL), CT_FORMAT);
    ct_byte_buffer_deinit(&bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_scope_is_replaced_and_the_rest_stays),
        TEST(staged_rows_are_not_seen),
        TEST(rows_committed_after_it_win_over_it),
        TEST(equal_charges_count_each),
        TEST(in_metrics_the_last_of_equal_rows_wins),
        TEST(the_same_content_again_changes_nothing),
        TEST(the_same_content_restates_what_was_overwritten),
        TEST(a_row_outside_the_scope_is_refused),
        TEST(a_time_outside_the_scope_is_refused),
        TEST(an_unexpected_count_changes_nothing),
        TEST(an_unexpected_total_changes_nothing),
        TEST(a_total_over_currencies_is_refused),
        TEST(a_scope_is_emptied_only_where_that_is_expected),
        TEST(an_older_artifact_is_refused_unless_forced),
        TEST(a_newer_sequence_of_the_same_content_is_remembered),
        TEST(rows_past_the_memory_budget_are_staged_in_files),
        TEST(abandoned_files_are_removed),
        TEST(scopes_that_make_no_sense_are_refused),
        TEST(a_damaged_record_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
