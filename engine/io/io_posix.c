/* The files door onto the real file system. The one place that includes sys headers for files.
 *
 * Invariants: an append is complete or reported; a signal or a short write is never seen outside; a
 * failed fdatasync or fsync is reported and never repeated here, since the kernel may have dropped
 * the dirty pages and would answer the second call with success. */
#include "io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h> /* rename */
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

/* What things cost is nobody else's business; the umask may narrow this further. */
#define FILE_MODE   0640
#define FOLDER_MODE 0750

#define VECTORS_PER_WRITE 64

struct posix_file {
    struct ct_file base;
    int fd;
    uint64_t end_offset; /* where the next append goes; of created files only */
    void *view;          /* of map, or NULL */
    size_t view_len;
    char path[]; /* what base.path points to */
};

struct posix_lock {
    struct ct_lock base;
    int fd;
};

static struct posix_file *posix_file_of(struct ct_file *file)
{
    return (struct posix_file *)file;
}

static ct_status fail_exists(struct ct_error *err, const char *operation, const char *path)
{
    (void)ct_fail_os(err, EEXIST, operation, path);
    if (err)
        err->code = CT_EXISTS;
    return CT_EXISTS;
}

static int open_retrying(const char *path, int flags)
{
    int fd;
    do {
        fd = open(path, flags | O_CLOEXEC, FILE_MODE);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

/* Takes fd over, also where it fails. */
static ct_status make_file(struct ct_io *io, const char *path, int fd, struct ct_file **out,
                           struct ct_error *err)
{
    const size_t path_bytes = strlen(path) + 1;
    struct posix_file *file = ct_alloc(io->allocator, sizeof *file + path_bytes);
    if (!file) {
        close(fd);
        return ct_fail_at(err, CT_NO_MEMORY, path, 0, "no memory to open a file");
    }
    *file = (struct posix_file){.fd = fd};
    memcpy(file->path, path, path_bytes);
    file->base = (struct ct_file){.io = io, .path = file->path};
    *out = &file->base;
    return CT_OK;
}

static ct_status posix_open(struct ct_io *io, const char *path, struct ct_file **out,
                            struct ct_error *err)
{
    const int fd = open_retrying(path, O_RDONLY);
    if (fd < 0)
        return ct_fail_os(err, errno, "open", path);
    struct stat about;
    const int os_errno = fstat(fd, &about) != 0 ? errno : S_ISREG(about.st_mode) ? 0 : EISDIR;
    if (os_errno != 0) {
        close(fd);
        return ct_fail_os(err, os_errno, "open", path);
    }
    return make_file(io, path, fd, out, err);
}

static ct_status posix_create(struct ct_io *io, const char *path, struct ct_file **out,
                              struct ct_error *err)
{
    const int fd = open_retrying(path, O_RDWR | O_CREAT | O_EXCL);
    if (fd < 0 && errno == EEXIST)
        return fail_exists(err, "create", path);
    if (fd < 0)
        return ct_fail_os(err, errno, "create", path);
    return make_file(io, path, fd, out, err);
}

/* All `count` vectors at the file's end; changes them as it goes. */
static ct_status write_vectors(struct posix_file *file, struct iovec *vectors, size_t count,
                               struct ct_error *err)
{
    size_t first = 0;
    while (first < count) {
        const ssize_t written =
            pwritev(file->fd, vectors + first, (int)(count - first), (off_t)file->end_offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) /* none at all of more than none: the device takes no more */
            return ct_fail_os(err, written < 0 ? errno : ENOSPC, "write", file->path);
        file->end_offset += (uint64_t)written;
        size_t left = (size_t)written;
        while (first < count && left >= vectors[first].iov_len)
            left -= vectors[first++].iov_len;
        if (left > 0) {
            vectors[first].iov_base = (char *)vectors[first].iov_base + left;
            vectors[first].iov_len -= left;
        }
    }
    return CT_OK;
}

static ct_status posix_append(struct ct_file *base, const struct ct_part *parts, size_t part_count,
                              struct ct_error *err)
{
    struct posix_file *file = posix_file_of(base);
    struct iovec vectors[VECTORS_PER_WRITE];
    size_t filled = 0;
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].len == 0)
            continue;
        /* iovec serves reading and writing, hence is not const. */
        vectors[filled++] =
            (struct iovec){.iov_base = (void *)(uintptr_t)parts[i].bytes, .iov_len = parts[i].len};
        if (filled == VECTORS_PER_WRITE) {
            CT_TRY(write_vectors(file, vectors, filled, err));
            filled = 0;
        }
    }
    return write_vectors(file, vectors, filled, err);
}

static ct_status posix_sync(struct ct_file *base, struct ct_error *err)
{
    if (fdatasync(posix_file_of(base)->fd) != 0)
        return ct_fail_os(err, errno, "fdatasync", base->path);
    return CT_OK;
}

static ct_status posix_read_at(struct ct_file *base, uint64_t offset, void *out, size_t len,
                               struct ct_error *err)
{
    char *at = out;
    while (len > 0) {
        const ssize_t got = pread(posix_file_of(base)->fd, at, len, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ct_fail_os(err, errno, "read", base->path);
        if (got == 0)
            return ct_fail_at(err, CT_CORRUPT, base->path, offset,
                              "file ends here, %zu more bytes expected", len);
        at += got;
        offset += (uint64_t)got;
        len -= (size_t)got;
    }
    return CT_OK;
}

static ct_status posix_size(struct ct_file *base, uint64_t *size_bytes, struct ct_error *err)
{
    struct stat about;
    if (fstat(posix_file_of(base)->fd, &about) != 0)
        return ct_fail_os(err, errno, "stat", base->path);
    *size_bytes = (uint64_t)about.st_size;
    return CT_OK;
}

static ct_status posix_map(struct ct_file *base, struct ct_text *view, struct ct_error *err)
{
    struct posix_file *file = posix_file_of(base);
    if (!file->view) {
        uint64_t size_bytes = 0;
        CT_TRY(posix_size(base, &size_bytes, err));
        if (size_bytes > 0) {
            void *mapped = mmap(NULL, (size_t)size_bytes, PROT_READ, MAP_SHARED, file->fd, 0);
            if (mapped == MAP_FAILED)
                return ct_fail_os(err, errno, "mmap", base->path);
            file->view = mapped;
            file->view_len = (size_t)size_bytes;
        }
    }
    *view = (struct ct_text){.bytes = file->view, .len = file->view_len};
    return CT_OK;
}

static void posix_close(struct ct_file *base)
{
    if (!base)
        return;
    struct posix_file *file = posix_file_of(base);
    if (file->view)
        munmap(file->view, file->view_len);
    close(file->fd);
    ct_release(base->io->allocator, file);
}

static ct_status posix_rename(struct ct_io *io, const char *from, const char *to,
                              struct ct_error *err)
{
    (void)io;
    if (rename(from, to) != 0)
        return ct_fail_os(err, errno, "rename", from);
    return CT_OK;
}

static ct_status posix_remove(struct ct_io *io, const char *path, struct ct_error *err)
{
    (void)io;
    if (unlink(path) != 0)
        return ct_fail_os(err, errno, "remove", path);
    return CT_OK;
}

static ct_status posix_make_folder(struct ct_io *io, const char *path, struct ct_error *err)
{
    (void)io;
    if (mkdir(path, FOLDER_MODE) == 0)
        return CT_OK;
    if (errno == EEXIST)
        return fail_exists(err, "mkdir", path);
    return ct_fail_os(err, errno, "mkdir", path);
}

static ct_status posix_sync_folder(struct ct_io *io, const char *path, struct ct_error *err)
{
    (void)io;
    const int fd = open_retrying(path, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return ct_fail_os(err, errno, "open folder", path);
    const int os_errno = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return os_errno == 0 ? CT_OK : ct_fail_os(err, os_errno, "fsync of folder", path);
}

static ct_status add_name(struct ct_io *io, struct ct_names *names, size_t *cap, const char *name,
                          struct ct_error *err)
{
    const size_t bytes = strlen(name) + 1;
    char *copy = ct_alloc(io->allocator, bytes);
    if (!copy || !ct_grow(io->allocator, &names->name, cap, names->count + 1, sizeof(char *))) {
        ct_release(io->allocator, copy);
        return ct_fail(err, CT_NO_MEMORY, "no memory for a list of file names");
    }
    memcpy(copy, name, bytes);
    names->name[names->count++] = copy;
    return CT_OK;
}

static ct_status read_names(struct ct_io *io, DIR *folder, const char *path, struct ct_names *names,
                            struct ct_error *err)
{
    size_t cap = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry)
            break;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            CT_TRY(add_name(io, names, &cap, entry->d_name, err));
    }
    return errno == 0 ? CT_OK : ct_fail_os(err, errno, "read folder", path);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static ct_status posix_list(struct ct_io *io, const char *path, struct ct_names *out,
                            struct ct_error *err)
{
    DIR *folder = opendir(path);
    if (!folder)
        return ct_fail_os(err, errno, "open folder", path);
    struct ct_names names = {0};
    const ct_status status = read_names(io, folder, path, &names, err);
    closedir(folder);
    if (status != CT_OK) {
        ct_names_release(io, &names);
        return status;
    }
    if (names.count > 1)
        qsort(names.name, names.count, sizeof *names.name, compare_names);
    *out = names;
    return CT_OK;
}

/* flock belongs to the open file description, so a second open in this process is shut out too,
 * which fcntl's record locks would let pass (and drop at the first close of any descriptor of the
 * file). */
static ct_status posix_lock(struct ct_io *io, const char *path, struct ct_lock **out,
                            struct ct_error *err)
{
    const int fd = open_retrying(path, O_RDWR | O_CREAT);
    if (fd < 0)
        return ct_fail_os(err, errno, "open lock", path);
    int result;
    do {
        result = flock(fd, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        const int os_errno = errno;
        close(fd);
        if (os_errno == EWOULDBLOCK)
            return ct_fail_at(err, CT_BUSY, path, 0, "locked by another process or handle");
        return ct_fail_os(err, os_errno, "lock", path);
    }
    struct posix_lock *lock = ct_alloc(io->allocator, sizeof *lock);
    if (!lock) {
        close(fd);
        return ct_fail_at(err, CT_NO_MEMORY, path, 0, "no memory for a lock");
    }
    *lock = (struct posix_lock){.base.io = io, .fd = fd};
    *out = &lock->base;
    return CT_OK;
}

static void posix_unlock(struct ct_lock *base)
{
    if (!base)
        return;
    struct posix_lock *lock = (struct posix_lock *)base;
    close(lock->fd);
    ct_release(base->io->allocator, lock);
}

static ct_status posix_free_bytes(struct ct_io *io, const char *path, uint64_t *out,
                                  struct ct_error *err)
{
    (void)io;
    struct statvfs about;
    if (statvfs(path, &about) != 0)
        return ct_fail_os(err, errno, "statvfs", path);
    *out = (uint64_t)about.f_bavail * about.f_frsize;
    return CT_OK;
}

void ct_io_posix_init(struct ct_io *io, const struct ct_allocator *allocator)
{
    static const struct ct_io_calls calls = {
        .open = posix_open,
        .create = posix_create,
        .append = posix_append,
        .sync = posix_sync,
        .read_at = posix_read_at,
        .size = posix_size,
        .map = posix_map,
        .close = posix_close,
        .rename = posix_rename,
        .remove = posix_remove,
        .make_folder = posix_make_folder,
        .sync_folder = posix_sync_folder,
        .list = posix_list,
        .lock = posix_lock,
        .unlock = posix_unlock,
        .free_bytes = posix_free_bytes,
    };
    *io = (struct ct_io){.calls = &calls, .allocator = allocator};
}
