/* centime inspect: what is in the store, and where its bytes are. */
#include "commands.h"

#include <inttypes.h>
#include <string.h>

/* One table, as it is told. The texts are of the list of tables. */
struct table {
    const char *database, *name;
    uint64_t rows, bytes;
    centime_result *columns, *usage;
};

static const char *text_at(const centime_result *result, const char *column, uint64_t row)
{
    const int index = centime_result_find(result, column);
    return index < 0 ? "" : centime_result_text(result, (uint32_t)index, row).bytes;
}

static uint64_t number_at(const centime_result *result, const char *column, uint64_t row)
{
    const int index = centime_result_find(result, column);
    return index < 0 ? 0 : (uint64_t)centime_result_int64(result, (uint32_t)index, row);
}

static int count_rows(centime_store *store, struct table *table, centime_error *err)
{
    const centime_aggregate count = {.function = CENTIME_COUNT};
    centime_query query = CENTIME_QUERY_INIT;
    query.database = table->database;
    query.table = table->name;
    query.aggregates = &count;
    query.aggregate_count = 1;
    centime_result *result = NULL;
    const int status = centime_run(store, &query, &result, err);
    if (status == CENTIME_OK)
        table->rows = (uint64_t)centime_result_int64(result, 0, 0);
    centime_result_destroy(result);
    return status;
}

static int look_at(centime_store *store, struct table *table, centime_error *err)
{
    int status = count_rows(store, table, err);
    if (status == CENTIME_OK)
        status = centime_table_columns(store, table->database, table->name, &table->columns, err);
    if (status == CENTIME_OK)
        status = centime_table_usage(store, table->database, table->name, &table->usage, err);
    if (status != CENTIME_OK)
        return status;
    for (uint64_t row = 0; row < centime_result_rows(table->usage); row++)
        table->bytes += number_at(table->usage, "bytes", row);
    return CENTIME_OK;
}

static void forget(struct table *table)
{
    centime_result_destroy(table->columns);
    centime_result_destroy(table->usage);
}

/* -- For programs ----------------------------------------------------------------------------- */

/* The rows of a result as JSON objects with commas between; `only` is one row, or UINT64_MAX for
 * all. Without the last closing brace where `is_open`, so that members may follow. */
static void print_objects(const centime_result *result, uint64_t only, bool is_open)
{
    centime_buffer *buffer = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_result_format(result, CENTIME_NDJSON, &buffer, &err) != CENTIME_OK) {
        ct_report(&err);
        return;
    }
    const char *at = centime_buffer_bytes(buffer);
    for (uint64_t row = 0; *at; row++) {
        const size_t len = strcspn(at, "\n");
        if (only == UINT64_MAX || row == only)
            printf("%s%.*s", row && only == UINT64_MAX ? ", " : "", (int)(is_open ? len - 1 : len),
                   at);
        at += len + (at[len] == '\n');
    }
    centime_buffer_destroy(buffer);
}

static void print_table_json(const centime_result *tables, uint64_t row, const struct table *table)
{
    print_objects(tables, row, true);
    printf(", \"rows\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"columns\": [", table->rows,
           table->bytes);
    print_objects(table->columns, UINT64_MAX, false);
    fputs("], \"usage\": [", stdout);
    print_objects(table->usage, UINT64_MAX, false);
    fputs("]}", stdout);
}

static void print_store_json(const centime_state *state)
{
    printf("{\"last_commit\": %" PRIu64 ", \"sealed_commit\": %" PRIu64 ", \"live_rows\": %" PRIu64
           ", \"live_bytes\": %" PRIu64 ", \"log_files\": %" PRIu64 ", \"log_bytes\": %" PRIu64
           ", \"catalog_bytes\": %" PRIu64 ", \"segments\": %" PRIu64 ", \"segment_rows\": %" PRIu64
           ", \"segment_bytes\": %" PRIu64 ", \"history_days\": %" PRIu32
           ", \"history_low\": %" PRIu64 ", \"history_segments\": %" PRIu64
           ", \"history_rows\": %" PRIu64 ", \"history_bytes\": %" PRIu64 ", \"tables\": [",
           state->last_commit, state->sealed_commit, state->live_rows, state->live_bytes,
           state->log_files, state->log_bytes, state->catalog_bytes, state->segment_count,
           state->segment_rows, state->segment_bytes, state->history_days, state->history_low,
           state->history_count, state->history_rows, state->history_bytes);
}

/* -- For people ------------------------------------------------------------------------------- */

static void print_store(const centime_state *state)
{
    printf("commits   %" PRIu64 ", sealed up to %" PRIu64 "\n", state->last_commit,
           state->sealed_commit);
    printf("segments  %" PRIu64 " with %" PRIu64 " rows, %" PRIu64 " bytes", state->segment_count,
           state->segment_rows, state->segment_bytes);
    if (state->segment_rows)
        printf(", %.2f bytes a row", (double)state->segment_bytes / (double)state->segment_rows);
    printf("\nhistory   %" PRIu64 " rows, %" PRIu64 " bytes, back to commit %" PRIu64
           ", kept for %" PRIu32 " days",
           state->history_rows, state->history_bytes, state->history_low, state->history_days);
    printf("\nlive      %" PRIu64 " rows, %" PRIu64 " bytes of memory\n", state->live_rows,
           state->live_bytes);
    printf("log       %" PRIu64 " files, %" PRIu64 " bytes; catalog %" PRIu64 " bytes\n",
           state->log_files, state->log_bytes, state->catalog_bytes);
}

static void print_table(const centime_result *tables, uint64_t row, const struct table *table)
{
    printf(
        "\n%s of database %s: %" PRIu64 " rows, %" PRIu64 " series, %" PRIu64 " bytes in segments",
        table->name, table->database, table->rows, number_at(tables, "series", row), table->bytes);
    if (table->rows)
        printf(", %.2f a row", (double)table->bytes / (double)table->rows);
    printf("; %s, %s\n", text_at(tables, "kind", row), text_at(tables, "currency", row));
}

static void print_table_parts(const struct table *table)
{
    putchar('\n');
    ct_print_result(table->columns, CENTIME_TABLE);
    if (centime_result_rows(table->usage) == 0)
        return;
    putchar('\n');
    ct_print_result(table->usage, CENTIME_TABLE);
}

/* -- Both ------------------------------------------------------------------------------------- */

struct wanted {
    const char *database, *table; /* NULL: all */
    bool is_json;
};

static bool is_wanted(const struct wanted *wanted, const struct table *table)
{
    return (!wanted->table || strcmp(wanted->table, table->name) == 0) &&
           (!wanted->database || strcmp(wanted->database, table->database) == 0);
}

static int print_tables(centime_store *store, const struct wanted *wanted,
                        const centime_result *tables, uint64_t *out_count)
{
    for (uint64_t row = 0; row < centime_result_rows(tables); row++) {
        struct table table = {.database = text_at(tables, "database", row),
                              .name = text_at(tables, "table", row)};
        if (!is_wanted(wanted, &table))
            continue;
        centime_error err = CENTIME_ERROR_INIT;
        if (look_at(store, &table, &err) != CENTIME_OK) {
            forget(&table);
            return ct_report(&err);
        }
        if (wanted->is_json) {
            fputs(*out_count ? ", " : "", stdout);
            print_table_json(tables, row, &table);
        } else {
            print_table(tables, row, &table);
            if (wanted->table)
                print_table_parts(&table);
        }
        forget(&table);
        (*out_count)++;
    }
    return CT_EXIT_DONE;
}

static int inspect(centime_store *store, const struct wanted *wanted)
{
    centime_state state;
    memset(&state, 0, sizeof state);
    state.struct_size = sizeof state;
    centime_state_of(store, &state);
    centime_result *tables = NULL;
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_tables(store, &tables, &err) != CENTIME_OK)
        return ct_report(&err);
    if (wanted->is_json)
        print_store_json(&state);
    else if (!wanted->table)
        print_store(&state);
    uint64_t count = 0;
    int exit_code = print_tables(store, wanted, tables, &count);
    if (wanted->is_json)
        fputs("]}\n", stdout);
    centime_result_destroy(tables);
    if (exit_code == CT_EXIT_DONE && wanted->table && count == 0) {
        fprintf(stderr, "centime: there is no table '%s'\n", wanted->table);
        exit_code = CT_EXIT_FAILED;
    }
    return exit_code == CT_EXIT_DONE ? ct_finish_output() : exit_code;
}

static int run(const struct ct_arguments *arguments)
{
    const struct wanted wanted = {
        .database = ct_args_value(arguments, "database"),
        .table = arguments->operand_count > 1 ? arguments->operands[1] : NULL,
        .is_json = ct_args_has(arguments, "json"),
    };
    centime_store *store = ct_open_existing(arguments, true);
    if (!store)
        return CT_EXIT_FAILED;
    return ct_close_store(store, inspect(store, &wanted));
}

static const struct ct_option options[] = {
    {"database", 'd', "NAME", "only tables of this database"},
    CT_JSON_OPTION,
};

const struct ct_command ct_inspect_command = {
    .name = "inspect",
    .operands = "DIR [TABLE]",
    .summary =
        "Tells tables, rows, series and bytes; of one TABLE also its columns and their codecs.",
    .operand_min = 1,
    .operand_max = 2,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
