#include "token_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "civil_time.h"
#include "clock.h"
#include "token_line.h"
#include "utf8.h"

#define FIRST_LINE      "# centime tokens 1"
#define FILE_BYTES_MAX  ((size_t)16 << 20)
#define NEW_FILE_ENDING ".new" /* not .tmp: a store that opens sweeps those away */

/* -- Reading ----------------------------------------------------------------------------------- */

static ct_status check_file(int fd, const char *path, size_t *size, struct ct_error *err)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return ct_fail_os(err, errno, "fstat", path);
    if (!S_ISREG(about.st_mode))
        return ct_fail_at(err, CT_INVALID, path, 0, "is no regular file");
    if (about.st_mode & (S_IWGRP | S_IWOTH))
        return ct_fail_at(err, CT_INVALID, path, 0,
                          "others may write to it, and so make tokens: chmod 600 it");
    if (about.st_size < 0 || (uint64_t)about.st_size > FILE_BYTES_MAX)
        return ct_fail_at(err, CT_LIMIT, path, 0, "is larger than %zu bytes", FILE_BYTES_MAX);
    *size = (size_t)about.st_size;
    return CT_OK;
}

/* Reads at most `size` bytes: a file is renamed over another, it never grows. */
static ct_status read_bytes(int fd, const char *path, char *bytes, size_t size, size_t *len,
                            struct ct_error *err)
{
    for (*len = 0; *len < size;) {
        const ssize_t got = read(fd, bytes + *len, size - *len);
        if (got < 0 && errno != EINTR)
            return ct_fail_os(err, errno, "read", path);
        if (got == 0)
            break;
        *len += got > 0 ? (size_t)got : 0;
    }
    return CT_OK;
}

static ct_status add(struct ct_token_list *list, const struct ct_token *token, struct ct_error *err)
{
    if (list->count == CT_TOKENS_MAX)
        return ct_fail(err, CT_LIMIT, "more than %d tokens", CT_TOKENS_MAX);
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->tokens[i].principal.id, token->principal.id) == 0)
            return ct_fail(err, CT_PARSE, "two tokens with the id %s", token->principal.id);
    if (!ct_grow(list->allocator, &list->tokens, &list->cap, list->count + 1, sizeof *list->tokens))
        return ct_fail(err, CT_NO_MEMORY, "out of memory for tokens");
    list->tokens[list->count++] = *token;
    return CT_OK;
}

static ct_status read_line(struct ct_token_list *list, struct ct_text line, size_t number,
                           struct ct_error *err)
{
    struct ct_token token;
    if (number == 1)
        return ct_text_equal(line, ct_text_of(FIRST_LINE))
                   ? CT_OK
                   : ct_fail(err, CT_FORMAT, "does not begin with \"%s\"", FIRST_LINE);
    if (line.len == 0 || line.bytes[0] == '#')
        return CT_OK;
    CT_TRY(ct_token_line_parse(line, &token, err));
    return add(list, &token, err);
}

/* Names file and line in what one of its lines was found to be. */
static ct_status tell_place(struct ct_error *err, const char *path, size_t number)
{
    const struct ct_error story = *err;
    ct_fail_at(err, story.code, path, 0, "line %zu: %.200s", number, story.text);
    err->line = (uint32_t)number;
    err->column = story.column;
    return story.code;
}

static ct_status read_lines(struct ct_token_list *list, const char *path, struct ct_text text,
                            struct ct_error *err)
{
    struct ct_error story = {0};
    size_t number = 1;
    for (size_t at = 0; at < text.len; number++) {
        const char *end = memchr(text.bytes + at, '\n', text.len - at);
        const size_t len = end ? (size_t)(end - text.bytes) - at : text.len - at;
        if (read_line(list, (struct ct_text){text.bytes + at, len}, number, &story) != CT_OK) {
            const ct_status status = tell_place(&story, path, number);
            if (err)
                *err = story;
            return status;
        }
        at += len + 1;
    }
    return CT_OK;
}

static ct_status read_open(struct ct_token_list *list, int fd, const char *path,
                           struct ct_error *err)
{
    size_t size = 0, len = 0;
    CT_TRY(check_file(fd, path, &size, err));
    char *bytes = ct_alloc(list->allocator, size + 1);
    if (!bytes)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for tokens");
    ct_status status = read_bytes(fd, path, bytes, size, &len, err);
    if (status == CT_OK)
        status = read_lines(list, path, (struct ct_text){bytes, len}, err);
    ct_release(list->allocator, bytes);
    return status;
}

ct_status ct_token_list_read(const struct ct_allocator *allocator, const char *path,
                             struct ct_token_list *out, struct ct_error *err)
{
    *out = (struct ct_token_list){.allocator = allocator ? allocator : ct_allocator_system()};
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? CT_OK : ct_fail_os(err, errno, "open", path);
    const ct_status status = read_open(out, fd, path, err);
    close(fd);
    if (status != CT_OK)
        ct_token_list_release(out);
    return status;
}

void ct_token_list_release(struct ct_token_list *list)
{
    ct_release(list->allocator, list->tokens);
    *list = (struct ct_token_list){.allocator = list->allocator};
}

/* -- Writing ----------------------------------------------------------------------------------- */

static ct_status write_all(int fd, const char *path, const char *bytes, size_t len,
                           struct ct_error *err)
{
    for (size_t done = 0; done < len;) {
        const ssize_t wrote = write(fd, bytes + done, len - done);
        if (wrote < 0 && errno != EINTR)
            return ct_fail_os(err, errno, "write", path);
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return CT_OK;
}

static ct_status write_tokens(const struct ct_token_list *list, int fd, const char *path,
                              struct ct_error *err)
{
    static const char head[] = FIRST_LINE "\n# made by `centime token`: change it by that\n";
    char line[CT_TOKEN_LINE_BYTES_MAX];
    CT_TRY(write_all(fd, path, head, sizeof head - 1, err));
    for (size_t i = 0; i < list->count; i++)
        CT_TRY(write_all(fd, path, line, ct_token_line_print(&list->tokens[i], line), err));
    return fsync(fd) == 0 ? CT_OK : ct_fail_os(err, errno, "fsync", path);
}

/* Whole, beside the old one, synced, renamed: a reader and a crash find the old file or the new. */
static ct_status replace_file(const struct ct_token_list *list, const char *path, int folder,
                              struct ct_error *err)
{
    char new_path[CT_TOKEN_PATH_BYTES_MAX + sizeof NEW_FILE_ENDING];
    snprintf(new_path, sizeof new_path, "%s%s", path, NEW_FILE_ENDING);
    unlink(new_path); /* of a command that was killed here; O_EXCL follows no link */
    const int fd = open(new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return ct_fail_os(err, errno, "open", new_path);
    ct_status status = write_tokens(list, fd, new_path, err);
    close(fd);
    if (status == CT_OK && rename(new_path, path) != 0)
        status = ct_fail_os(err, errno, "rename", new_path);
    if (status == CT_OK && fsync(folder) != 0)
        return ct_fail_os(err, errno, "fsync folder of", path);
    if (status != CT_OK)
        unlink(new_path);
    return status;
}

/* Opens and locks the folder of the file; `makes`: it is made where it is not there. */
static ct_status lock_folder(const char *path, bool makes, int *out, struct ct_error *err)
{
    char folder[CT_TOKEN_PATH_BYTES_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    if (folder[0] == 0)
        memcpy(folder, "/", 2);
    if (makes && mkdir(folder, S_IRWXU) != 0 && errno != EEXIST)
        return ct_fail_os(err, errno, "mkdir", folder);
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return ct_fail_os(err, errno, "open", folder);
    if (flock(fd, LOCK_EX) != 0) {
        const int os_errno = errno;
        close(fd);
        return ct_fail_os(err, os_errno, "lock", folder);
    }
    *out = fd;
    return CT_OK;
}

static bool is_printable(struct ct_text text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.bytes[i] < 0x20 || text.bytes[i] == 0x7f)
            return false;
    return ct_utf8_is_valid(text);
}

static ct_status fill(struct ct_token *token, char secret[CT_TOKEN_TEXT_BYTES],
                      struct ct_error *err)
{
    uint64_t id;
    if (!token->principal.is_admin && token->principal.grant_count == 0)
        return ct_fail(err, CT_INVALID, "a token that may do nothing");
    if (!is_printable(ct_text_of(token->note)))
        return ct_fail(err, CT_INVALID, "a note with control bytes, or that is not UTF-8");
    CT_TRY(ct_random_bytes(&id, sizeof id, err));
    CT_TRY(ct_token_secret_make(secret, err));
    snprintf(token->principal.id, sizeof token->principal.id, "%016llx", (unsigned long long)id);
    token->principal.is_token = true;
    ct_token_secret_hash(ct_text_of(secret), token->hash);
    memcpy(token->last, secret + CT_TOKEN_TEXT_BYTES - CT_TOKEN_LAST_BYTES, CT_TOKEN_LAST_BYTES);
    const int64_t now_ns = ct_clock_now_ns(ct_clock_system());
    token->created_ns = now_ns - now_ns % CT_SECOND_NS;
    return CT_OK;
}

ct_status ct_token_file_add(const char *path, struct ct_token *token,
                            char secret[CT_TOKEN_TEXT_BYTES], struct ct_error *err)
{
    struct ct_token_list list;
    int folder;
    CT_TRY(fill(token, secret, err));
    CT_TRY(lock_folder(path, true, &folder, err));
    ct_status status = ct_token_list_read(NULL, path, &list, err);
    if (status == CT_OK)
        status = add(&list, token, err);
    if (status == CT_OK)
        status = replace_file(&list, path, folder, err);
    ct_token_list_release(&list);
    close(folder);
    return status;
}

static ct_status take_out(struct ct_token_list *list, const char *id, struct ct_error *err)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->tokens[i].principal.id, id) == 0) {
            list->count--;
            memmove(&list->tokens[i], &list->tokens[i + 1],
                    (list->count - i) * sizeof *list->tokens);
            return CT_OK;
        }
    return ct_fail(err, CT_NOT_FOUND, "no token has the id \"%.40s\"", id);
}

ct_status ct_token_file_remove(const char *path, const char *id, size_t *left, struct ct_error *err)
{
    struct ct_token_list list;
    int folder;
    CT_TRY(lock_folder(path, false, &folder, err));
    ct_status status = ct_token_list_read(NULL, path, &list, err);
    if (status == CT_OK)
        status = take_out(&list, id, err);
    if (status == CT_OK)
        status = replace_file(&list, path, folder, err);
    if (status == CT_OK)
        *left = list.count;
    ct_token_list_release(&list);
    close(folder);
    return status;
}

/* -- Making ------------------------------------------------------------------------------------ */

ct_status ct_token_file_path(const char *folder, char path[CT_TOKEN_PATH_BYTES_MAX],
                             struct ct_error *err)
{
    const int len = snprintf(path, CT_TOKEN_PATH_BYTES_MAX, "%s/tokens", folder);
    if (len < 0 || len >= CT_TOKEN_PATH_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "a path of more than %d bytes", CT_TOKEN_PATH_BYTES_MAX - 1);
    return CT_OK;
}

ct_status ct_token_grant(struct ct_token *token, const char *database, bool reads, bool writes,
                         struct ct_error *err)
{
    struct ct_principal *principal = &token->principal;
    const struct ct_text name = ct_text_of(database);
    if (name.len == 0 || name.len >= CT_DATABASE_BYTES_MAX || !is_printable(name))
        return ct_fail(err, CT_INVALID,
                       "a database's name in a token has 1 to %d bytes, none of them a control "
                       "byte; * stands for all",
                       CT_DATABASE_BYTES_MAX - 1);
    uint32_t i = 0;
    while (i < principal->grant_count && strcmp(principal->grants[i].database, database) != 0)
        i++;
    if (i == CT_GRANTS_MAX)
        return ct_fail(err, CT_LIMIT, "a token for more than %d databases: use *", CT_GRANTS_MAX);
    if (i == principal->grant_count) {
        principal->grants[i] = (struct ct_grant){0};
        memcpy(principal->grants[i].database, name.bytes, name.len + 1);
        principal->grant_count++;
    }
    principal->grants[i].reads |= reads;
    principal->grants[i].writes |= writes;
    return CT_OK;
}
