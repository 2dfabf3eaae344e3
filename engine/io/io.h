/* The files door: all that the engine asks of a file system. Layer io; may be included by log,
 * segment, store and by tests.
 *
 * Files are written once, from their start to their end, and read afterwards; nothing is ever
 * overwritten in place. Paths are those of the store's folder joined with names that the engine
 * makes itself. Every call may fail and says which operation on which path did. Behind this
 * interface stand the real file system (ct_io_posix), plain memory (ct_io_memory) and, in tests,
 * memory that loses power, runs full and returns errors. */
#ifndef CT_IO_H
#define CT_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alloc.h"
#include "status.h"
#include "text.h"

#define CT_PATH_BYTES_MAX 4096 /* with the terminator */

struct ct_io;
struct ct_file; /* one open file, made and freed by its ct_io */
struct ct_lock; /* one held lock */

/* A piece of what is written: borrowed for the call. */
struct ct_part {
    const void *bytes;
    size_t len;
};

/* Names in a folder, without "." and "..", in byte order. */
struct ct_names {
    char **name;
    size_t count;
};

/* Thread rule: calls on different files may run at once; calls on one file are serialised by its
 * user, save read_at, which may run beside anything. */
struct ct_io_calls {
    /* For reading. CT_NOT_FOUND where there is none. */
    ct_status (*open)(struct ct_io *io, const char *path, struct ct_file **out,
                      struct ct_error *err);
    /* For appending. CT_EXISTS where there is one. Its name is durable only after sync_folder. */
    ct_status (*create)(struct ct_io *io, const char *path, struct ct_file **out,
                        struct ct_error *err);
    /* Writes all parts at the end or fails; after a failure the file's end is unknown and the
     * caller gives the file up. */
    ct_status (*append)(struct ct_file *file, const struct ct_part *parts, size_t part_count,
                        struct ct_error *err);
    /* fdatasync: what was appended is on the device. Never called again after a failure. */
    ct_status (*sync)(struct ct_file *file, struct ct_error *err);
    /* Exactly len bytes or fails: CT_CORRUPT where the file ends before. */
    ct_status (*read_at)(struct ct_file *file, uint64_t offset, void *out, size_t len,
                         struct ct_error *err);
    ct_status (*size)(struct ct_file *file, uint64_t *size_bytes, struct ct_error *err);
    /* Read-only view of all of a file that no longer grows; lives until close. Empty: NULL, 0. */
    ct_status (*map)(struct ct_file *file, struct ct_text *view, struct ct_error *err);
    /* Never fails; an unsynced file may lose what was appended. file may be NULL. */
    void (*close)(struct ct_file *file);
    /* Of a file; replaces a file that has the new name. */
    ct_status (*rename)(struct ct_io *io, const char *from, const char *to, struct ct_error *err);
    /* CT_NOT_FOUND where there is none. */
    ct_status (*remove)(struct ct_io *io, const char *path, struct ct_error *err);
    /* CT_EXISTS where there is one. */
    ct_status (*make_folder)(struct ct_io *io, const char *path, struct ct_error *err);
    /* Names made, renamed and removed in this folder before the call are durable after it. */
    ct_status (*sync_folder)(struct ct_io *io, const char *path, struct ct_error *err);
    ct_status (*list)(struct ct_io *io, const char *path, struct ct_names *out,
                      struct ct_error *err);
    /* Creates the file if need be and locks it against other openers, in this process and in
     * others; CT_BUSY where another holds it. Ends with the process. */
    ct_status (*lock)(struct ct_io *io, const char *path, struct ct_lock **out,
                      struct ct_error *err);
    void (*unlock)(struct ct_lock *lock);
    /* Bytes that can still be written below this folder. */
    ct_status (*free_bytes)(struct ct_io *io, const char *path, uint64_t *out,
                            struct ct_error *err);
};

struct ct_io {
    const struct ct_io_calls *calls;
    const struct ct_allocator *allocator; /* for files, locks and name lists */
};

/* The implementation keeps its ct_file as first member of its own struct. */
struct ct_file {
    struct ct_io *io;
    char *path; /* owned by the file, for messages */
};

struct ct_lock {
    struct ct_io *io;
};

/* The real file system. `allocator` outlives the io. */
void ct_io_posix_init(struct ct_io *io, const struct ct_allocator *allocator);

/* A file system in memory, for unit tests and stores that need not last: locks, folders, everything
 * but durability. NULL when memory is out. */
struct ct_io *ct_io_memory_create(const struct ct_allocator *allocator);
void ct_io_memory_destroy(struct ct_io *io);

/* -- Built from the calls above ------------------------------------------------------------- */

/* "folder/name" into a buffer of CT_PATH_BYTES_MAX; CT_LIMIT where it does not fit. */
ct_status ct_path_join(char *out, const char *folder, const char *name,
                       struct ct_error *err) CT_MUST_USE;

/* Puts `bytes` under folder/name in one step: temporary file, sync, rename, sync of the folder.
 * After a crash the old content is there or the new. */
ct_status ct_replace_file(struct ct_io *io, const char *folder, const char *name,
                          struct ct_text bytes, struct ct_error *err) CT_MUST_USE;

/* The whole of a small file; *out is owned by the caller (io->allocator), len_max a named limit:
 * CT_LIMIT beyond. */
ct_status ct_read_file(struct ct_io *io, const char *path, size_t len_max, char **out, size_t *len,
                       struct ct_error *err) CT_MUST_USE;

void ct_names_release(struct ct_io *io, struct ct_names *names);

#endif
