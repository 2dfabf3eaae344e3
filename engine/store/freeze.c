/* The turn from one live set to the next, and from one log file to the next. */
#include "file_names.h"
#include "state.h"

static ct_status create_log(struct ct_store *store, uint64_t number, struct ct_log **out,
                            struct ct_error *err)
{
    char name[CT_FILE_NAME_CAP];
    char folder[CT_PATH_BYTES_MAX];
    char path[CT_PATH_BYTES_MAX];
    ct_name_log(name, number);
    CT_TRY(ct_path_join(folder, store->path, CT_FOLDER_LOG, err));
    CT_TRY(ct_path_join(path, folder, name, err));
    struct ct_log *log;
    CT_TRY(
        ct_log_create(store->env.io, path, CT_LOG_COMMITS, ct_store_next_salt(store), &log, err));
    const ct_status status = store->env.io->calls->sync_folder(store->env.io, folder, err);
    if (status != CT_OK) {
        ct_log_close(log);
        return status;
    }
    *out = log;
    return CT_OK;
}

ct_status ct_store_next_log(struct ct_store *store, struct ct_error *err)
{
    struct ct_log *log;
    CT_TRY(create_log(store, store->log_number + 1, &log, err));
    ct_log_close(store->log);
    store->log = log;
    store->log_number++;
    return CT_OK;
}

ct_status ct_store_freeze(struct ct_store *store, struct ct_error *err)
{
    /* Later rows must not outlive earlier ones: the old file is durable before the new one is
     * written. */
    ct_status status = CT_OK;
    if (store->has_unsynced)
        status = ct_log_sync(store->log, err);
    if (status == CT_OK) {
        store->has_unsynced = false;
        status = ct_store_next_log(store, err);
    }
    if (status != CT_OK)
        return ct_store_break(store, err);
    struct ct_live_set *live = ct_live_set_create(store->env.allocator, store->log_number);
    if (!live) {
        ct_fail(err, CT_NO_MEMORY, "out of memory while freezing live rows");
        return ct_store_break(store, err);
    }
    pthread_mutex_lock(&store->state);
    CT_ASSERT(!store->frozen);
    store->frozen = store->live;
    store->live = live;
    pthread_cond_broadcast(&store->work);
    pthread_mutex_unlock(&store->state);
    return CT_OK;
}
