/* Plain memory behind the files door: names, folders, locks, everything but durability. One mutex
 * guards all of it; what it guards is in memory_tree.h. */
#include "memory_tree.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#define FREE_BYTES ((uint64_t)1 << 40) /* memory's real end shows as CT_NO_MEMORY */

struct memory_io {
    struct ct_io base;
    pthread_mutex_t mutex;
    struct memory_tree tree;
};

struct memory_file {
    struct ct_file base;
    struct memory_node *node;
    struct memory_content *view; /* of map, or NULL */
    size_t view_len;
    char path[];
};

struct memory_lock {
    struct ct_lock base;
    struct memory_node *node;
};

static struct memory_io *enter(struct ct_io *io)
{
    struct memory_io *memory = (struct memory_io *)io;
    pthread_mutex_lock(&memory->mutex);
    return memory;
}

static ct_status leave(struct memory_io *memory, ct_status status)
{
    pthread_mutex_unlock(&memory->mutex);
    return status;
}

/* -- Files --------------------------------------------------------------------------------- */

static ct_status make_file(struct memory_io *memory, const char *path, struct memory_node *node,
                           struct ct_file **out, struct ct_error *err)
{
    const size_t path_bytes = strlen(path) + 1;
    struct memory_file *file = ct_alloc(memory->base.allocator, sizeof *file + path_bytes);
    if (!file)
        return memory_fail(err, path);
    *file = (struct memory_file){.node = node};
    memcpy(file->path, path, path_bytes);
    file->base = (struct ct_file){.io = &memory->base, .path = file->path};
    node->refs++;
    *out = &file->base;
    return CT_OK;
}

static ct_status open_locked(struct memory_io *memory, const char *path, struct ct_file **out,
                             struct ct_error *err)
{
    struct memory_node *node = memory_tree_find(&memory->tree, path);
    if (!node)
        return ct_fail_os(err, memory_path_is_root(path) ? EISDIR : ENOENT, "open", path);
    if (node->is_folder)
        return ct_fail_os(err, EISDIR, "open", path);
    return make_file(memory, path, node, out, err);
}

static ct_status memory_open(struct ct_io *io, const char *path, struct ct_file **out,
                             struct ct_error *err)
{
    char clean[CT_PATH_BYTES_MAX];
    CT_TRY(memory_path_clean(clean, path, err));
    struct memory_io *memory = enter(io);
    return leave(memory, open_locked(memory, clean, out, err));
}

static ct_status create_locked(struct memory_io *memory, const char *path, struct ct_file **out,
                               struct ct_error *err)
{
    if (memory_path_is_root(path) || memory_tree_find(&memory->tree, path))
        return ct_fail_at(err, CT_EXISTS, path, 0, "create failed: exists already");
    struct memory_node *node = NULL;
    CT_TRY(memory_tree_make_node(&memory->tree, path, false, &node, err));
    const ct_status status = make_file(memory, path, node, out, err);
    if (status != CT_OK)
        memory_tree_drop_name(&memory->tree, memory_tree_place(&memory->tree, path));
    return status;
}

static ct_status memory_create(struct ct_io *io, const char *path, struct ct_file **out,
                               struct ct_error *err)
{
    char clean[CT_PATH_BYTES_MAX];
    CT_TRY(memory_path_clean(clean, path, err));
    struct memory_io *memory = enter(io);
    return leave(memory, create_locked(memory, clean, out, err));
}

static ct_status append_locked(struct memory_io *memory, struct memory_file *file,
                               const struct ct_part *parts, size_t part_count, struct ct_error *err)
{
    struct memory_node *node = file->node;
    size_t need = node->len;
    for (size_t i = 0; i < part_count; i++)
        if (__builtin_add_overflow(need, parts[i].len, &need))
            return memory_fail(err, file->path);
    if (!memory_node_reserve(&memory->tree, node, need))
        return memory_fail(err, file->path);
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].len > 0)
            memcpy(node->content->bytes + node->len, parts[i].bytes, parts[i].len);
        node->len += parts[i].len;
    }
    return CT_OK;
}

static ct_status memory_append(struct ct_file *base, const struct ct_part *parts, size_t part_count,
                               struct ct_error *err)
{
    struct memory_io *memory = enter(base->io);
    struct memory_file *file = (struct memory_file *)base;
    return leave(memory, append_locked(memory, file, parts, part_count, err));
}

static ct_status memory_sync(struct ct_file *base, struct ct_error *err)
{
    (void)base;
    (void)err;
    return CT_OK;
}

static ct_status memory_read_at(struct ct_file *base, uint64_t offset, void *out, size_t len,
                                struct ct_error *err)
{
    struct memory_io *memory = enter(base->io);
    const struct memory_node *node = ((struct memory_file *)base)->node;
    if (offset > node->len || len > node->len - offset)
        return leave(memory,
                     ct_fail_at(err, CT_CORRUPT, base->path, offset,
                                "file ends at %zu, %zu bytes expected here", node->len, len));
    if (len > 0)
        memcpy(out, node->content->bytes + offset, len);
    return leave(memory, CT_OK);
}

static ct_status memory_size(struct ct_file *base, uint64_t *size_bytes, struct ct_error *err)
{
    (void)err;
    struct memory_io *memory = enter(base->io);
    *size_bytes = ((struct memory_file *)base)->node->len;
    return leave(memory, CT_OK);
}

static ct_status memory_map(struct ct_file *base, struct ct_text *view, struct ct_error *err)
{
    (void)err;
    struct memory_io *memory = enter(base->io);
    struct memory_file *file = (struct memory_file *)base;
    if (!file->view && file->node->len > 0) {
        file->view = file->node->content;
        file->view->refs++;
        file->view_len = file->node->len;
    }
    *view = (struct ct_text){.bytes = file->view ? file->view->bytes : NULL, .len = file->view_len};
    return leave(memory, CT_OK);
}

static void memory_close(struct ct_file *base)
{
    if (!base)
        return;
    struct memory_io *memory = enter(base->io);
    struct memory_file *file = (struct memory_file *)base;
    memory_content_release(&memory->tree, file->view);
    memory_node_release(&memory->tree, file->node);
    ct_release(memory->base.allocator, file);
    (void)leave(memory, CT_OK);
}

/* -- Names, folders, locks ----------------------------------------------------------------- */

static ct_status rename_locked(struct memory_io *memory, const char *from, const char *to,
                               struct ct_error *err)
{
    struct memory_node *node = memory_tree_find(&memory->tree, from);
    const struct memory_node *old = memory_tree_find(&memory->tree, to);
    if (!node)
        return ct_fail_os(err, ENOENT, "rename", from);
    CT_TRY(memory_tree_check_parent(&memory->tree, to, "rename", err));
    if (node->is_folder || memory_path_is_root(to) || (old && old->is_folder))
        return ct_fail_os(err, EISDIR, "rename", from);
    if (node == old)
        return CT_OK;
    node->refs++;
    if (old) {
        struct memory_name *at = memory->tree.names + memory_tree_place(&memory->tree, to);
        memory_node_release(&memory->tree, at->node);
        at->node = node;
    } else if (!memory_tree_add_name(&memory->tree, to, node)) {
        node->refs--;
        return memory_fail(err, to);
    }
    memory_tree_drop_name(&memory->tree, memory_tree_place(&memory->tree, from));
    return CT_OK;
}

static ct_status memory_rename(struct ct_io *io, const char *from, const char *to,
                               struct ct_error *err)
{
    char clean_from[CT_PATH_BYTES_MAX];
    char clean_to[CT_PATH_BYTES_MAX];
    CT_TRY(memory_path_clean(clean_from, from, err));
    CT_TRY(memory_path_clean(clean_to, to, err));
    struct memory_io *memory = enter(io);
    return leave(memory, rename_locked(memory, clean_from, clean_to, err));
}

static ct_status remove_locked(struct memory_io *memory, const char *path, struct ct_error *err)
{
    const struct memory_node *node = memory_tree_find(&memory->tree, path);
    if (!node)
        return ct_fail_os(err, memory_path_is_root(path) ? EISDIR : ENOENT, "remove", path);
    if (node->is_folder)
        return ct_fail_os(err, EISDIR, "remove", path);
    memory_tree_drop_name(&memory->tree, memory_tree_place(&memory->tree, path));
    return CT_OK;
}

static ct_status memory_remove(struct ct_io *io, const char *path, struct ct_error *err)
{
    char clean[CT_PATH_BYTES_MAX];
    CT_TRY(memory_path_clean(clean, path, err));
    struct memory_io *memory = enter(io);
    return leave(memory, remove_locked(memory, clean, err));
}

static ct_status memory_make_folder(struct ct_io *io, const char *path, struct ct_error *err)
{
    char clean[CT_PATH_BYTES_MAX];
    CT_TRY(memory_path_clean(clean, path, err));
    struct memory_io *memory = enter(io);
    if (memory_path_is_root(clean) || memory_tree_find(&memory->tree, clean))
        return leave(memory, ct_fail_at(err, CT_EXISTS, path, 0, "mkdir failed: exists already"));
    struct memory_node *node = NULL;
    return leave(memory, memory_tree_make_node(&memory->tree, clean, true, &node, err));
}

static ct_status memory_sync_folder(struct ct_io *io, const char *path, struct ct_error *err)
{
    char clean[CT_PATH_BYTES_MAX];
    CT_TRY(memory_path_clean(clean, path, err));
    struct memory_io *memory = enter(io);
    return leave(memory, memory_tree_check_folder(&memory->tree, clean, "open folder", err));
}

static ct_status memory_list(struct ct_io *io, const char *path, struct ct_names *out,
                             struct ct_error *err)
{
    char clean[CT_PATH_BYTES_MAX];
    CT_TRY(memory_path_clean(clean, path, err));
    struct memory_io *memory = enter(io);
    struct ct_names names = {0};
    const ct_status status = memory_tree_list(&memory->tree, clean, &names, err);
    if (status == CT_OK)
        *out = names;
    else
        ct_names_release(io, &names);
    return leave(memory, status);
}

static ct_status lock_locked(struct memory_io *memory, const char *path, struct ct_lock **out,
                             struct ct_error *err)
{
    struct memory_node *node = memory_tree_find(&memory->tree, path);
    if (memory_path_is_root(path) || (node && node->is_folder))
        return ct_fail_os(err, EISDIR, "open lock", path);
    if (!node)
        CT_TRY(memory_tree_make_node(&memory->tree, path, false, &node, err));
    if (node->is_locked)
        return ct_fail_at(err, CT_BUSY, path, 0, "locked by another handle");
    struct memory_lock *lock = ct_alloc(memory->base.allocator, sizeof *lock);
    if (!lock)
        return memory_fail(err, path);
    *lock = (struct memory_lock){.base.io = &memory->base, .node = node};
    node->is_locked = true;
    node->refs++;
    *out = &lock->base;
    return CT_OK;
}

static ct_status memory_lock_file(struct ct_io *io, const char *path, struct ct_lock **out,
                                  struct ct_error *err)
{
    char clean[CT_PATH_BYTES_MAX];
    CT_TRY(memory_path_clean(clean, path, err));
    struct memory_io *memory = enter(io);
    return leave(memory, lock_locked(memory, clean, out, err));
}

static void memory_unlock(struct ct_lock *base)
{
    if (!base)
        return;
    struct memory_io *memory = enter(base->io);
    struct memory_lock *lock = (struct memory_lock *)base;
    lock->node->is_locked = false;
    memory_node_release(&memory->tree, lock->node);
    ct_release(memory->base.allocator, lock);
    (void)leave(memory, CT_OK);
}

static ct_status memory_free_bytes(struct ct_io *io, const char *path, uint64_t *out,
                                   struct ct_error *err)
{
    char clean[CT_PATH_BYTES_MAX];
    CT_TRY(memory_path_clean(clean, path, err));
    struct memory_io *memory = enter(io);
    const ct_status status = memory_tree_check_folder(&memory->tree, clean, "statvfs", err);
    if (status == CT_OK)
        *out = FREE_BYTES;
    return leave(memory, status);
}

struct ct_io *ct_io_memory_create(const struct ct_allocator *allocator)
{
    static const struct ct_io_calls calls = {
        .open = memory_open,
        .create = memory_create,
        .append = memory_append,
        .sync = memory_sync,
        .read_at = memory_read_at,
        .size = memory_size,
        .map = memory_map,
        .close = memory_close,
        .rename = memory_rename,
        .remove = memory_remove,
        .make_folder = memory_make_folder,
        .sync_folder = memory_sync_folder,
        .list = memory_list,
        .lock = memory_lock_file,
        .unlock = memory_unlock,
        .free_bytes = memory_free_bytes,
    };
    struct memory_io *memory = ct_alloc_zeroed(allocator, 1, sizeof *memory);
    if (!memory)
        return NULL;
    memory->base = (struct ct_io){.calls = &calls, .allocator = allocator};
    memory->tree.allocator = allocator;
    if (pthread_mutex_init(&memory->mutex, NULL) != 0) {
        ct_release(allocator, memory);
        return NULL;
    }
    return &memory->base;
}

void ct_io_memory_destroy(struct ct_io *io)
{
    if (!io)
        return;
    struct memory_io *memory = (struct memory_io *)io;
    while (memory->tree.count > 0)
        memory_tree_drop_name(&memory->tree, memory->tree.count - 1);
    ct_release(io->allocator, memory->tree.names);
    pthread_mutex_destroy(&memory->mutex);
    ct_release(io->allocator, memory);
}
