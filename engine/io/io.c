/* What every implementation of the files door shares: paths, and the two whole-file verbs that are
 * built from its calls. Invariant: a name that ct_replace_file has touched holds the old content or
 * the new, never a mixture, whenever the crash comes. */
#include "io.h"

#include <string.h>

#define TEMPORARY_SUFFIX ".tmp"

ct_status ct_path_join(char *out, const char *folder, const char *name, struct ct_error *err)
{
    const size_t folder_len = strlen(folder);
    const size_t name_len = strlen(name);
    const bool has_slash = folder_len > 0 && folder[folder_len - 1] == '/';
    const size_t slash_len = folder_len == 0 || has_slash ? 0 : 1;
    if (folder_len >= CT_PATH_BYTES_MAX || name_len >= CT_PATH_BYTES_MAX ||
        folder_len + slash_len + name_len >= CT_PATH_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "path of %zu bytes is longer than %d",
                       folder_len + slash_len + name_len, CT_PATH_BYTES_MAX - 1);
    memmove(out, folder, folder_len); /* out may be folder */
    if (slash_len)
        out[folder_len] = '/';
    memcpy(out + folder_len + slash_len, name, name_len + 1);
    return CT_OK;
}

static ct_status write_new_file(struct ct_io *io, const char *path, struct ct_text bytes,
                                struct ct_error *err)
{
    struct ct_file *file = NULL;
    CT_TRY(io->calls->create(io, path, &file, err));
    const struct ct_part part = {.bytes = bytes.bytes, .len = bytes.len};
    ct_status status = io->calls->append(file, &part, 1, err);
    if (status == CT_OK)
        status = io->calls->sync(file, err);
    io->calls->close(file);
    return status;
}

ct_status ct_replace_file(struct ct_io *io, const char *folder, const char *name,
                          struct ct_text bytes, struct ct_error *err)
{
    char path[CT_PATH_BYTES_MAX];
    char temporary[CT_PATH_BYTES_MAX];
    CT_TRY(ct_path_join(path, folder, name, err));
    if (strlen(path) + sizeof TEMPORARY_SUFFIX > sizeof temporary)
        return ct_fail(err, CT_LIMIT, "path of %zu bytes leaves no room for \"%s\"", strlen(path),
                       TEMPORARY_SUFFIX);
    memcpy(temporary, path, strlen(path));
    memcpy(temporary + strlen(path), TEMPORARY_SUFFIX, sizeof TEMPORARY_SUFFIX);

    /* One may be left of a crash. */
    const ct_status left = io->calls->remove(io, temporary, err);
    if (left != CT_OK && left != CT_NOT_FOUND)
        return left;
    ct_status status = write_new_file(io, temporary, bytes, err);
    if (status == CT_OK)
        status = io->calls->rename(io, temporary, path, err);
    if (status != CT_OK) {
        (void)io->calls->remove(io, temporary, NULL); /* the first error is the one to tell */
        return status;
    }
    return io->calls->sync_folder(io, folder, err);
}

static ct_status read_whole(struct ct_file *file, size_t len_max, char **out, size_t *len,
                            struct ct_error *err)
{
    const struct ct_io *io = file->io;
    uint64_t size_bytes = 0;
    CT_TRY(io->calls->size(file, &size_bytes, err));
    if (size_bytes > len_max)
        return ct_fail_at(err, CT_LIMIT, file->path, 0, "file of %llu bytes, at most %zu expected",
                          (unsigned long long)size_bytes, len_max);
    char *bytes = ct_alloc(io->allocator, size_bytes ? (size_t)size_bytes : 1);
    if (!bytes)
        return ct_fail_at(err, CT_NO_MEMORY, file->path, 0, "no memory for a file of %llu bytes",
                          (unsigned long long)size_bytes);
    const ct_status status = io->calls->read_at(file, 0, bytes, (size_t)size_bytes, err);
    if (status != CT_OK) {
        ct_release(io->allocator, bytes);
        return status;
    }
    *out = bytes;
    *len = (size_t)size_bytes;
    return CT_OK;
}

ct_status ct_read_file(struct ct_io *io, const char *path, size_t len_max, char **out, size_t *len,
                       struct ct_error *err)
{
    struct ct_file *file = NULL;
    CT_TRY(io->calls->open(io, path, &file, err));
    const ct_status status = read_whole(file, len_max, out, len, err);
    io->calls->close(file);
    return status;
}

void ct_names_release(struct ct_io *io, struct ct_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        ct_release(io->allocator, names->name[i]);
    ct_release(io->allocator, names->name);
    *names = (struct ct_names){0};
}
