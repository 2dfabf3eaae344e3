#include "auth.h"

#include "clock.h"
#include "credentials.h"
#include "failure_table.h"
#include "route.h"
#include "server_private.h"
#include "sync.h"
#include "token_file.h"

struct ct_token_table {
    const struct ct_allocator *allocator;
    bool is_open_when_empty;
    char path[CT_TOKEN_PATH_BYTES_MAX];
    struct ct_rwlock lock; /* over list */
    struct ct_token_list list;
    struct ct_failure_table failures;
};

ct_status ct_token_table_create(const struct ct_allocator *allocator, const char *path,
                                bool is_open_when_empty, struct ct_token_table **out,
                                struct ct_error *err)
{
    const size_t len = strlen(path);
    uint64_t seed;
    if (len >= CT_TOKEN_PATH_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "the token file's path is too long");
    CT_TRY(ct_random_bytes(&seed, sizeof seed, err));
    struct ct_token_table *table = ct_alloc_zeroed(allocator, 1, sizeof *table);
    if (!table)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for tokens");
    table->allocator = allocator;
    table->is_open_when_empty = is_open_when_empty;
    memcpy(table->path, path, len + 1);
    const ct_status status = ct_token_list_read(allocator, path, &table->list, err);
    if (status != CT_OK) {
        ct_release(allocator, table);
        return status;
    }
    ct_rwlock_init(&table->lock);
    ct_failure_table_init(&table->failures, seed);
    *out = table;
    return CT_OK;
}

void ct_token_table_destroy(struct ct_token_table *table)
{
    if (!table)
        return;
    ct_token_list_release(&table->list);
    ct_rwlock_deinit(&table->lock);
    ct_failure_table_deinit(&table->failures);
    ct_release(table->allocator, table);
}

ct_status ct_token_table_reload(struct ct_token_table *table, struct ct_error *err)
{
    struct ct_token_list fresh;
    CT_TRY(ct_token_list_read(table->allocator, table->path, &fresh, err));
    ct_rwlock_lock_write(&table->lock);
    struct ct_token_list old = table->list;
    table->list = fresh;
    ct_rwlock_unlock(&table->lock);
    ct_token_list_release(&old);
    return CT_OK;
}

size_t ct_token_table_count(struct ct_token_table *table)
{
    ct_rwlock_lock_read(&table->lock);
    const size_t count = table->list.count;
    ct_rwlock_unlock(&table->lock);
    return count;
}

static void set_anonymous(struct ct_principal *out, bool is_admin)
{
    *out = (struct ct_principal){.id = "anonymous", .is_admin = is_admin};
}

/* All tokens are compared, and each in constant time: how long it takes tells nothing. */
static const struct ct_token *find_token(const struct ct_token_list *list, struct ct_text secret)
{
    uint8_t hash[CT_TOKEN_HASH_BYTES];
    const struct ct_token *found = NULL;
    if (secret.len == 0)
        return NULL;
    ct_token_secret_hash(secret, hash);
    for (size_t i = 0; i < list->count; i++)
        if (ct_token_hash_equal(hash, list->tokens[i].hash))
            found = &list->tokens[i];
    return found;
}

/* "10.1.2.3:4711" and "[::1]:4711" without the port and what is around it. */
static struct ct_text host_of(const char *peer)
{
    const struct ct_text all = ct_text_of(peer ? peer : "");
    const char *colon = peer ? strrchr(peer, ':') : NULL;
    if (all.len > 0 && peer[0] == '[' && colon && colon > peer + 2)
        return (struct ct_text){peer + 1, (size_t)(colon - peer) - 2};
    return colon ? (struct ct_text){peer, (size_t)(colon - peer)} : all;
}

/* False: a secret that no token has. */
static bool identify(struct ct_token_table *table, struct ct_text secret, int64_t now_ns,
                     struct ct_principal *out)
{
    set_anonymous(out, false);
    ct_rwlock_lock_read(&table->lock);
    const bool is_open = table->list.count == 0 && table->is_open_when_empty;
    const struct ct_token *token = is_open ? NULL : find_token(&table->list, secret);
    if (token && token->principal.expires_ns != 0 && token->principal.expires_ns <= now_ns)
        token = NULL;
    if (token)
        *out = token->principal;
    ct_rwlock_unlock(&table->lock);
    out->is_admin |= is_open;
    return is_open || token || secret.len == 0;
}

void ct_auth_identify(struct ct_server *server, const struct ct_request *request,
                      struct ct_principal *out)
{
    char memory[CT_SECRET_BYTES_MAX];
    if (!server->tokens) {
        set_anonymous(out, true);
        return;
    }
    const struct ct_text secret =
        ct_credentials_secret(request, server->config.takes_url_secrets, memory);
    if (identify(server->tokens, secret, ct_clock_now_ns(ct_clock_system()), out))
        return;
    out->is_wrong = true;
    /* Open routes take whatever clients send with their pings, and count nothing. */
    if (request->route && request->route->access == CT_ACCESS_OPEN)
        return;
    out->is_barred = ct_failure_table_note(&server->tokens->failures, host_of(request->peer),
                                           ct_clock_monotonic_ns(ct_clock_system()));
}
