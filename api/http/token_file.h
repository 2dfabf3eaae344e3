/* The file of a store's tokens, `tokens` in its folder: what `centime token` writes and the server
 * reads. Layer http, and the command `token`.
 *
 * One line for each token, key=value, values quoted where they need it:
 *
 *     # centime tokens 1
 *     id=8f0c... sha256=64 hex digits last=x7Qp created=2026-06-01T00:00:00Z expires=never admin=no
 *     read=finops write=finops note="collector of team a"         (all in one line)
 *
 * read= and write= may stand several times; "*" is every database. The file is written whole beside
 * the old one (mode 0600), synced, and renamed; writers lock the folder meanwhile, readers need no
 * lock. A server reads it when it starts and when it is told to (SIGHUP). */
#ifndef CT_TOKEN_FILE_H
#define CT_TOKEN_FILE_H

#include "alloc.h"
#include "principal.h"
#include "token_secret.h"

#define CT_TOKENS_MAX           1000
#define CT_TOKEN_NOTE_BYTES     129 /* 128 and a zero byte */
#define CT_TOKEN_PATH_BYTES_MAX 1024

struct ct_token {
    struct ct_principal principal; /* its id, grants, expiry */
    uint8_t hash[CT_TOKEN_HASH_BYTES];
    char last[CT_TOKEN_LAST_BYTES];
    int64_t created_ns;
    char note[CT_TOKEN_NOTE_BYTES];
};

struct ct_token_list {
    const struct ct_allocator *allocator;
    struct ct_token *tokens;
    size_t count, cap;
};

/* The tokens of a file; none where there is no file. allocator NULL: the system's.
 * Errors: CT_PARSE with file and line for what is not as above; CT_INVALID for a file that others
 * may write to; CT_LIMIT, CT_IO, CT_NO_MEMORY. The list is empty then. */
ct_status ct_token_list_read(const struct ct_allocator *allocator, const char *path,
                             struct ct_token_list *out, struct ct_error *err) CT_MUST_USE;
void ct_token_list_release(struct ct_token_list *list);

/* Joins folder and "tokens". CT_LIMIT. */
ct_status ct_token_file_path(const char *folder, char path[CT_TOKEN_PATH_BYTES_MAX],
                             struct ct_error *err) CT_MUST_USE;

/* Grants reading or writing of a database ("*": all) to a token in the making. CT_INVALID for a
 * name that is empty, too long or has control bytes, CT_LIMIT. */
ct_status ct_token_grant(struct ct_token *token, const char *database, bool reads, bool writes,
                         struct ct_error *err) CT_MUST_USE;

/* Adds a token to the file, which is made where it is not there, and so is its folder (mode 0700).
 * token   in: grants, expiry, note; out: all of it
 * secret  what to hand to whoever shall use it: stands nowhere else
 * Errors  CT_INVALID for a token without any right, as ct_token_list_read, CT_DISK_FULL. */
ct_status ct_token_file_add(const char *path, struct ct_token *token,
                            char secret[CT_TOKEN_TEXT_BYTES], struct ct_error *err) CT_MUST_USE;

/* Takes a token out of the file, by its id. *left: how many there are still. CT_NOT_FOUND. */
ct_status ct_token_file_remove(const char *path, const char *id, size_t *left,
                               struct ct_error *err) CT_MUST_USE;

#endif
