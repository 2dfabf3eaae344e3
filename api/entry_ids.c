#include "entry_ids.h"

#include "number.h"

#define SESSION_KEY "entry_session"

void api_entry_ids_init(struct api_entry_ids *ids)
{
    pthread_mutex_init(&ids->mutex, NULL);
    ids->session = 0;
    ids->next = 0;
}

void api_entry_ids_deinit(struct api_entry_ids *ids)
{
    pthread_mutex_destroy(&ids->mutex);
}

/* The last session that was taken; 0: none was. */
static ct_status read_session(struct ct_store *store, uint64_t *session, struct ct_error *err)
{
    struct ct_catalog *catalog = ct_store_catalog(store);
    const struct ct_allocator *allocator = ct_store_env(store)->allocator;
    const uint32_t database = ct_catalog_find_database(catalog, ct_text_of("default"));
    struct ct_registered record;
    *session = 0;
    if (database == CT_NONE)
        return CT_OK;
    ct_status status = ct_registry_get(catalog, database, CT_REGISTRY_OPTION,
                                       ct_text_of(SESSION_KEY), allocator, &record, err);
    if (status == CT_NOT_FOUND)
        return CT_OK;
    if (status != CT_OK)
        return status;
    status = ct_parse_uint64(record.value, session);
    ct_registered_release(allocator, &record);
    if (status != CT_OK)
        return ct_fail(err, CT_CORRUPT, "the store's option " SESSION_KEY " is no number");
    return CT_OK;
}

static ct_status take_session(struct api_entry_ids *ids, struct ct_store *store,
                              struct ct_error *err)
{
    uint64_t session;
    char text[CT_INT64_TEXT_MAX];
    CT_TRY(read_session(store, &session, err));
    const size_t len = ct_print_uint64(session + 1, text);
    CT_TRY(ct_store_register(store, ct_text_of("default"), CT_REGISTRY_OPTION,
                             ct_text_of(SESSION_KEY), (struct ct_text){text, len}, err));
    ids->session = session + 1;
    return CT_OK;
}

ct_status api_entry_ids_take(struct api_entry_ids *ids, struct ct_store *store, uint64_t count,
                             uint64_t *first, struct ct_error *err)
{
    pthread_mutex_lock(&ids->mutex);
    const ct_status status = ids->session ? CT_OK : take_session(ids, store, err);
    if (status == CT_OK) {
        *first = ids->next;
        ids->next += count;
    }
    pthread_mutex_unlock(&ids->mutex);
    return status;
}

size_t api_entry_id_print(const struct api_entry_ids *ids, uint64_t counter,
                          char out[API_ENTRY_ID_BYTES])
{
    size_t len = 0;
    out[len++] = API_ENTRY_ID_MARK;
    len += ct_print_uint64(ids->session, out + len);
    out[len++] = '.';
    return len + ct_print_uint64(counter, out + len);
}
