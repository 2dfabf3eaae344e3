/* A store's life: options to the engine's four doors, and the thread. */
#include "api_private.h"

#define QUERY_THREADS 2

static void write_log(void *context, enum ct_log_level level, struct ct_text line)
{
    const centime_store *store = context;
    store->log(store->log_context, (int)level, line.bytes, line.len);
}

static ct_status set_doors(centime_store *store, const centime_options *options,
                           struct ct_error *err)
{
    store->env.allocator = &store->memory->allocator;
    store->env.clock = ct_clock_system();
    store->env.io = &store->posix;
    ct_io_posix_init(&store->posix, store->env.allocator);
    if (options->in_memory) {
        store->in_memory = ct_io_memory_create(store->env.allocator);
        if (!store->in_memory)
            return ct_fail(err, CT_NO_MEMORY, "out of memory for a store");
        store->env.io = store->in_memory;
    }
    if (options->log) {
        store->log = options->log;
        store->log_context = options->log_context;
        store->logger = (struct ct_logger){.context = store,
                                           .level_min = (enum ct_log_level)options->log_level,
                                           .write = write_log};
        store->env.logger = &store->logger;
    }
    return CT_OK;
}

static ct_status check_options(const centime_options *options, struct ct_error *err)
{
    if (options->durability > CENTIME_NONE)
        return ct_fail(err, CT_INVALID, "unknown durability %u", options->durability);
    if (options->log_level > CENTIME_LOG_ERROR)
        return ct_fail(err, CT_INVALID, "unknown log level %u", options->log_level);
    if (options->allocator && (!options->allocator->allocate || !options->allocator->resize ||
                               !options->allocator->release))
        return ct_fail(err, CT_INVALID, "an allocator without all of its three functions");
    return CT_OK;
}

static ct_status open_store(centime_store *store, const char *path, const centime_options *options,
                            struct ct_error *err)
{
    CT_TRY(set_doors(store, options, err));
    const struct ct_store_options inner = {
        .read_only = options->read_only != 0,
        .must_exist = options->must_exist != 0,
        .durability = (enum ct_durability)options->durability,
        .interval_ms = options->interval_ms,
        .memory_bytes = options->memory_bytes,
        .series_max = options->series_max,
    };
    store->query_threads = options->query_threads ? options->query_threads : QUERY_THREADS;
    CT_TRY(ct_store_open(&store->env, path, &inner, &store->store, err));
    if (options->read_only || options->no_thread)
        return CT_OK;
    return maintenance_start(store->store, store->env.allocator, store->env.logger,
                             &store->maintenance, err);
}

static ct_status close_store(centime_store *store, struct ct_error *err)
{
    maintenance_stop(store->maintenance);
    const ct_status status = store->store ? ct_store_close(store->store, err) : CT_OK;
    if (store->in_memory)
        ct_io_memory_destroy(store->in_memory);
    struct api_memory *memory = store->memory;
    api_entry_ids_deinit(&store->entry_ids);
    ct_budget_cache_deinit(&store->budgets);
    ct_release(&memory->allocator, store);
    api_memory_drop(memory);
    return status;
}

static ct_status open_with(const char *path, const centime_options *options, centime_store **out,
                           struct ct_error *err)
{
    if (!path || !path[0])
        return ct_fail(err, CT_INVALID, "a store needs a path");
    CT_TRY(check_options(options, err));
    struct api_memory *memory = api_memory_create(options->allocator);
    if (!memory)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a store");
    centime_store *store = ct_alloc_zeroed(&memory->allocator, 1, sizeof *store);
    if (!store) {
        api_memory_drop(memory);
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a store");
    }
    store->memory = memory;
    api_entry_ids_init(&store->entry_ids);
    ct_budget_cache_init(&store->budgets, &memory->allocator);
    const ct_status status = open_store(store, path, options, err);
    if (status == CT_OK)
        *out = store;
    else
        (void)close_store(store, NULL);
    return status;
}

int centime_open(const char *path, const centime_options *options, centime_store **out,
                 centime_error *err)
{
    struct ct_error story = {0};
    centime_options known;
    ct_status status = api_read_struct(&known, sizeof known, options, "centime_options", &story);
    if (status == CT_OK)
        status = open_with(path, &known, out, &story);
    return api_answer(status, &story, err);
}

int centime_close(centime_store *store, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(store ? close_store(store, &story) : CT_OK, &story, err);
}

static bool is_currency(const char *currency)
{
    for (int i = 0; i < 3; i++)
        if (currency[i] < 'A' || currency[i] > 'Z')
            return false;
    return currency[3] == 0;
}

static ct_status declare(centime_store *store, const char *database, const char *table,
                         const centime_table_options *options, struct ct_error *err)
{
    if (!table || !table[0])
        return ct_fail(err, CT_INVALID, "a table needs a name");
    if (options->kind > CENTIME_LEDGER || options->partition > CENTIME_MONTH)
        return ct_fail(err, CT_INVALID, "unknown kind %u or partition %u of a table", options->kind,
                       options->partition);
    struct ct_table_options inner = {
        .kind = (enum ct_table_kind)options->kind,
        .partition = (enum ct_partition)options->partition,
        .retention_ns = options->retention_ns,
        .currency = "USD",
    };
    if (options->currency[0]) {
        if (!is_currency(options->currency))
            return ct_fail(err, CT_INVALID, "a currency is three capital letters, as in USD");
        memcpy(inner.currency, options->currency, sizeof inner.currency);
    }
    if (options->retention_ns < 0)
        return ct_fail(err, CT_INVALID, "a retention of less than 0");
    return ct_store_define_table(store->store, api_database(database), api_text(table), &inner,
                                 err);
}

int centime_declare_table(centime_store *store, const char *database, const char *table,
                          const centime_table_options *options, centime_error *err)
{
    struct ct_error story = {0};
    centime_table_options known;
    ct_status status =
        api_read_struct(&known, sizeof known, options, "centime_table_options", &story);
    if (status == CT_OK)
        status = declare(store, database, table, &known, &story);
    return api_answer(status, &story, err);
}
