/* The door in front of sim_disk: counts calls, lets the planned one fail, knows which handles are
 * dead. Invariant: one mutex guards all of it; a handle of an earlier epoch touches nothing. */
#include "sim_door.h"

#include <errno.h>

#include "memory_tree.h"

#define FREE_BYTES_UNLIMITED ((uint64_t)1 << 40)

struct sim_file {
    struct ct_file base;
    uint64_t epoch;
    struct sim_node *node;
    struct sim_bytes *view;
    size_t view_len;
    char path[];
};

struct sim_lock {
    struct ct_lock base;
    uint64_t epoch;
    struct sim_node *node;
};

/* One call under way. */
struct call {
    struct sim_io *sim;
    const char *name;
    const char *given; /* the path as the caller spelt it */
    struct ct_error *err;
    char path[CT_PATH_BYTES_MAX];
};

/* -- Faults ------------------------------------------------------------------------------------ */

static bool is_due(struct sim_io *sim, bool takes_room)
{
    if (sim->fail_at == 0 || sim->call_count < sim->fail_at)
        return false;
    if (sim->has_failed && !sim->fails_for_good)
        return false;
    if (sim->fail_code == CT_DISK_FULL && !takes_room)
        return false;
    sim->has_failed = true;
    return true;
}

static ct_status fail_os(const struct call *call, int os_errno)
{
    return ct_fail_os(call->err, os_errno, call->name, call->given);
}

static ct_status fail_planned(const struct call *call)
{
    return fail_os(call, call->sim->fail_code == CT_DISK_FULL ? ENOSPC : EIO);
}

/* Locks; the caller ends with finish() whatever comes back. */
static ct_status begin(struct call *call, struct ct_io *io, const char *name, const char *path,
                       bool takes_room, struct ct_error *err)
{
    call->sim = (struct sim_io *)io;
    call->name = name;
    call->given = path;
    call->err = err;
    pthread_mutex_lock(&call->sim->mutex);
    call->sim->call_count++;
    if (is_due(call->sim, takes_room))
        return fail_planned(call);
    return memory_path_clean(call->path, path, err);
}

static ct_status finish(struct call *call, ct_status status)
{
    struct sim_io *sim = call->sim;
    if (sim->trace)
        fprintf(sim->trace, "%6llu %-12s %-32s %s\n", (unsigned long long)sim->call_count,
                call->name, call->given, ct_status_name(status));
    pthread_mutex_unlock(&sim->mutex);
    return status;
}

/* As begin, on an open file; *is_planned tells the planned fault from a dead handle. */
static ct_status begin_file(struct call *call, struct ct_file *base, const char *name,
                            bool takes_room, bool *is_planned, struct ct_error *err)
{
    const struct sim_file *file = (const struct sim_file *)base;
    *call = (struct call){
        .sim = (struct sim_io *)base->io, .name = name, .given = base->path, .err = err};
    struct sim_io *sim = call->sim;
    pthread_mutex_lock(&sim->mutex);
    sim->call_count++;
    *is_planned = false;
    if (file->epoch != sim->epoch)
        return fail_os(call, EIO);
    *is_planned = is_due(sim, takes_room);
    return *is_planned ? fail_planned(call) : CT_OK;
}

static ct_status no_folder(const struct call *call, const char *path)
{
    return fail_os(call, sim_disk_find(&call->sim->disk, path) ? ENOTDIR : ENOENT);
}

static ct_status check_folder(const struct call *call, const char *path)
{
    return sim_disk_is_folder(&call->sim->disk, path) ? CT_OK : no_folder(call, path);
}

static ct_status check_parent(const struct call *call, const char *path)
{
    char parent[CT_PATH_BYTES_MAX];
    sim_path_parent(parent, path);
    return check_folder(call, parent);
}

/* -- Files ------------------------------------------------------------------------------------- */

static ct_status make_file(const struct call *call, struct sim_node *node, struct ct_file **out)
{
    struct sim_io *sim = call->sim;
    const size_t path_bytes = strlen(call->path) + 1;
    struct sim_file *file = ct_alloc(sim->base.allocator, sizeof *file + path_bytes);
    if (!file)
        return ct_fail(call->err, CT_NO_MEMORY, "no memory to open a file");
    *file = (struct sim_file){.epoch = sim->epoch, .node = node};
    memcpy(file->path, call->path, path_bytes);
    file->base = (struct ct_file){.io = &sim->base, .path = file->path};
    node->refs++;
    *out = &file->base;
    return CT_OK;
}

static ct_status open_file(const struct call *call, struct ct_file **out)
{
    struct sim_node *node = sim_disk_find(&call->sim->disk, call->path);
    if (sim_disk_is_folder(&call->sim->disk, call->path))
        return fail_os(call, EISDIR);
    return node ? make_file(call, node, out) : fail_os(call, ENOENT);
}

static ct_status sim_open(struct ct_io *io, const char *path, struct ct_file **out,
                          struct ct_error *err)
{
    struct call call;
    ct_status status = begin(&call, io, "open", path, false, err);
    if (status == CT_OK)
        status = open_file(&call, out);
    return finish(&call, status);
}

static ct_status check_free_name(const struct call *call)
{
    if (memory_path_is_root(call->path) || sim_disk_find(&call->sim->disk, call->path))
        return ct_fail_at(call->err, CT_EXISTS, call->path, 0, "%s failed: exists already",
                          call->name);
    return check_parent(call, call->path);
}

static ct_status sim_create(struct ct_io *io, const char *path, struct ct_file **out,
                            struct ct_error *err)
{
    struct call call;
    ct_status status = begin(&call, io, "create", path, true, err);
    if (status == CT_OK)
        status = check_free_name(&call);
    if (status == CT_OK)
        status = make_file(&call, sim_disk_make(&call.sim->disk, call.path, false), out);
    return finish(&call, status);
}

/* The first `limit` bytes of the parts. */
static void append_parts(struct sim_node *node, const struct ct_part *parts, size_t part_count,
                         uint64_t limit)
{
    for (size_t i = 0; i < part_count && limit > 0; i++) {
        const size_t len = parts[i].len < limit ? parts[i].len : (size_t)limit;
        sim_node_append(node, parts[i].bytes, len);
        limit -= len;
    }
}

static ct_status sim_append(struct ct_file *base, const struct ct_part *parts, size_t part_count,
                            struct ct_error *err)
{
    struct call call;
    bool is_planned;
    ct_status status = begin_file(&call, base, "append", true, &is_planned, err);
    struct sim_io *sim = call.sim;
    uint64_t len = 0;
    for (size_t i = 0; i < part_count; i++)
        len += parts[i].len;
    uint64_t limit = status == CT_OK ? len : 0;
    if (is_planned)
        limit = sim_random_below(&sim->random, len + 1);
    if (status == CT_OK && sim->capacity_bytes > 0) {
        const uint64_t used_bytes = sim_disk_used_bytes(&sim->disk);
        const uint64_t room =
            used_bytes < sim->capacity_bytes ? sim->capacity_bytes - used_bytes : 0;
        if (room < len) {
            limit = room;
            status = fail_os(&call, ENOSPC);
        }
    }
    append_parts(((struct sim_file *)base)->node, parts, part_count, limit);
    return finish(&call, status);
}

static ct_status sim_sync(struct ct_file *base, struct ct_error *err)
{
    struct call call;
    bool is_planned;
    const ct_status status = begin_file(&call, base, "sync", true, &is_planned, err);
    struct sim_io *sim = call.sim;
    struct sim_node *node = ((struct sim_file *)base)->node;
    if (is_planned)
        sim_disk_fail_sync(&sim->disk, node, &sim->random);
    else if (status == CT_OK && !(sim->lies & SIM_LIE_SYNC))
        sim_node_sync(node);
    return finish(&call, status);
}

static ct_status sim_read_at(struct ct_file *base, uint64_t offset, void *out, size_t len,
                             struct ct_error *err)
{
    struct call call;
    bool is_planned;
    ct_status status = begin_file(&call, base, "read_at", false, &is_planned, err);
    const struct sim_node *node = ((struct sim_file *)base)->node;
    if (status == CT_OK && (offset > node->len || len > node->len - offset))
        status = ct_fail_at(err, CT_CORRUPT, base->path, offset,
                            "file ends at %zu, %zu bytes expected here", node->len, len);
    if (status == CT_OK && len > 0)
        memcpy(out, node->content->bytes + offset, len);
    return finish(&call, status);
}

static ct_status sim_size(struct ct_file *base, uint64_t *size_bytes, struct ct_error *err)
{
    struct call call;
    bool is_planned;
    const ct_status status = begin_file(&call, base, "size", false, &is_planned, err);
    if (status == CT_OK)
        *size_bytes = ((struct sim_file *)base)->node->len;
    return finish(&call, status);
}

static ct_status sim_map(struct ct_file *base, struct ct_text *view, struct ct_error *err)
{
    struct call call;
    bool is_planned;
    const ct_status status = begin_file(&call, base, "map", false, &is_planned, err);
    struct sim_file *file = (struct sim_file *)base;
    if (status == CT_OK) {
        if (!file->view && file->node->len > 0) {
            file->view = file->node->content;
            file->view->refs++;
            file->view_len = file->node->len;
        }
        *view =
            (struct ct_text){.bytes = file->view ? file->view->bytes : NULL, .len = file->view_len};
    }
    return finish(&call, status);
}

static void sim_close(struct ct_file *base)
{
    if (!base)
        return;
    struct sim_io *sim = (struct sim_io *)base->io;
    struct sim_file *file = (struct sim_file *)base;
    pthread_mutex_lock(&sim->mutex);
    sim_bytes_release(file->view);
    sim_node_release(file->node);
    ct_release(sim->base.allocator, file);
    pthread_mutex_unlock(&sim->mutex);
}

/* -- Names ------------------------------------------------------------------------------------- */

static ct_status rename_file(const struct call *call, const char *to)
{
    struct sim_disk *disk = &call->sim->disk;
    const struct sim_node *node = sim_disk_find(disk, call->path);
    if (!node)
        return fail_os(call, ENOENT);
    CT_TRY(check_parent(call, to));
    if (node->is_folder || sim_disk_is_folder(disk, to))
        return fail_os(call, EISDIR);
    if (node != sim_disk_find(disk, to))
        sim_disk_rename(disk, call->path, to);
    return CT_OK;
}

static ct_status sim_rename(struct ct_io *io, const char *from, const char *to,
                            struct ct_error *err)
{
    struct call call;
    char clean_to[CT_PATH_BYTES_MAX];
    ct_status status = begin(&call, io, "rename", from, false, err);
    if (status == CT_OK)
        status = memory_path_clean(clean_to, to, err);
    if (status == CT_OK)
        status = rename_file(&call, clean_to);
    return finish(&call, status);
}

static ct_status sim_remove(struct ct_io *io, const char *path, struct ct_error *err)
{
    struct call call;
    ct_status status = begin(&call, io, "remove", path, false, err);
    if (status == CT_OK && sim_disk_is_folder(&call.sim->disk, call.path))
        status = fail_os(&call, EISDIR);
    else if (status == CT_OK && !sim_disk_find(&call.sim->disk, call.path))
        status = fail_os(&call, ENOENT);
    if (status == CT_OK)
        sim_disk_remove(&call.sim->disk, call.path);
    return finish(&call, status);
}

static ct_status sim_make_folder(struct ct_io *io, const char *path, struct ct_error *err)
{
    struct call call;
    ct_status status = begin(&call, io, "make_folder", path, true, err);
    if (status == CT_OK)
        status = check_free_name(&call);
    if (status == CT_OK)
        (void)sim_disk_make(&call.sim->disk, call.path, true);
    return finish(&call, status);
}

static ct_status sim_sync_folder(struct ct_io *io, const char *path, struct ct_error *err)
{
    struct call call;
    ct_status status = begin(&call, io, "sync_folder", path, false, err);
    if (status == CT_OK)
        status = check_folder(&call, call.path);
    if (status == CT_OK && !(call.sim->lies & SIM_LIE_SYNC_FOLDER))
        sim_disk_sync_folder(&call.sim->disk, call.path);
    return finish(&call, status);
}

static ct_status add_name(const struct call *call, struct ct_names *names, size_t *cap,
                          const char *name)
{
    const struct ct_allocator *allocator = call->sim->base.allocator;
    const size_t bytes = strlen(name) + 1;
    char *copy = ct_alloc(allocator, bytes);
    if (!copy || !ct_grow(allocator, &names->name, cap, names->count + 1, sizeof(char *))) {
        ct_release(allocator, copy);
        return ct_fail(call->err, CT_NO_MEMORY, "no memory for a list of file names");
    }
    memcpy(copy, name, bytes);
    names->name[names->count++] = copy;
    return CT_OK;
}

static ct_status list_names(const struct call *call, struct ct_names *names)
{
    CT_TRY(check_folder(call, call->path));
    const struct sim_names *live = &call->sim->disk.live;
    size_t cap = 0;
    for (size_t i = 0; i < live->count; i++) {
        const char *path = live->at[i].path;
        char parent[CT_PATH_BYTES_MAX];
        sim_path_parent(parent, path);
        const char *slash = strrchr(path, '/');
        if (strcmp(parent, call->path) == 0)
            CT_TRY(add_name(call, names, &cap, slash ? slash + 1 : path));
    }
    return CT_OK;
}

static ct_status sim_list(struct ct_io *io, const char *path, struct ct_names *out,
                          struct ct_error *err)
{
    struct call call;
    struct ct_names names = {0};
    ct_status status = begin(&call, io, "list", path, false, err);
    if (status == CT_OK)
        status = list_names(&call, &names);
    if (status == CT_OK)
        *out = names;
    else
        ct_names_release(io, &names);
    return finish(&call, status);
}

static ct_status lock_file(const struct call *call, struct ct_lock **out)
{
    struct sim_io *sim = call->sim;
    if (sim_disk_is_folder(&sim->disk, call->path))
        return fail_os(call, EISDIR);
    CT_TRY(check_parent(call, call->path));
    struct sim_node *node = sim_disk_find(&sim->disk, call->path);
    if (node && node->is_locked)
        return ct_fail_at(call->err, CT_BUSY, call->path, 0, "locked by another handle");
    struct sim_lock *lock = ct_alloc(sim->base.allocator, sizeof *lock);
    if (!lock)
        return ct_fail(call->err, CT_NO_MEMORY, "no memory for a lock");
    if (!node)
        node = sim_disk_make(&sim->disk, call->path, false);
    *lock = (struct sim_lock){.base.io = &sim->base, .epoch = sim->epoch, .node = node};
    node->is_locked = true;
    node->refs++;
    *out = &lock->base;
    return CT_OK;
}

static ct_status sim_lock(struct ct_io *io, const char *path, struct ct_lock **out,
                          struct ct_error *err)
{
    struct call call;
    ct_status status = begin(&call, io, "lock", path, true, err);
    if (status == CT_OK)
        status = lock_file(&call, out);
    return finish(&call, status);
}

static void sim_unlock(struct ct_lock *base)
{
    if (!base)
        return;
    struct sim_io *sim = (struct sim_io *)base->io;
    struct sim_lock *lock = (struct sim_lock *)base;
    pthread_mutex_lock(&sim->mutex);
    if (lock->epoch == sim->epoch) /* else it may be another's by now */
        lock->node->is_locked = false;
    sim_node_release(lock->node);
    ct_release(sim->base.allocator, lock);
    pthread_mutex_unlock(&sim->mutex);
}

static ct_status sim_free_bytes(struct ct_io *io, const char *path, uint64_t *out,
                                struct ct_error *err)
{
    struct call call;
    ct_status status = begin(&call, io, "free_bytes", path, false, err);
    if (status == CT_OK)
        status = check_folder(&call, call.path);
    if (status == CT_OK) {
        const struct sim_io *sim = call.sim;
        const uint64_t capacity_bytes =
            sim->capacity_bytes > 0 ? sim->capacity_bytes : FREE_BYTES_UNLIMITED;
        const uint64_t used_bytes = sim_disk_used_bytes(&sim->disk);
        *out = used_bytes < capacity_bytes ? capacity_bytes - used_bytes : 0;
    }
    return finish(&call, status);
}

const struct ct_io_calls *sim_door_calls(void)
{
    static const struct ct_io_calls calls = {
        .open = sim_open,
        .create = sim_create,
        .append = sim_append,
        .sync = sim_sync,
        .read_at = sim_read_at,
        .size = sim_size,
        .map = sim_map,
        .close = sim_close,
        .rename = sim_rename,
        .remove = sim_remove,
        .make_folder = sim_make_folder,
        .sync_folder = sim_sync_folder,
        .list = sim_list,
        .lock = sim_lock,
        .unlock = sim_unlock,
        .free_bytes = sim_free_bytes,
    };
    return &calls;
}
