#include "sim_disk.h"

static void *take(size_t count, size_t size_bytes)
{
    void *block = ct_alloc_zeroed(ct_allocator_system(), count, size_bytes);
    CT_ASSERT(block);
    return block;
}

static void give(void *block)
{
    ct_release(ct_allocator_system(), block);
}

static char *copy_path(const char *path)
{
    const size_t bytes = strlen(path) + 1;
    char *copy = take(1, bytes);
    memcpy(copy, path, bytes);
    return copy;
}

void sim_path_parent(char out[CT_PATH_BYTES_MAX], const char *path)
{
    const char *slash = strrchr(path, '/');
    const size_t len = !slash ? 0 : slash == path ? 1 : (size_t)(slash - path);
    memcpy(out, path, len);
    out[len] = '\0';
}

/* -- Nodes ------------------------------------------------------------------------------------- */

void sim_bytes_release(struct sim_bytes *bytes)
{
    if (bytes && --bytes->refs == 0)
        give(bytes);
}

static struct sim_bytes *bytes_create(size_t cap)
{
    struct sim_bytes *bytes = take(1, sizeof *bytes + cap);
    bytes->refs = 1;
    bytes->cap = cap;
    return bytes;
}

static struct sim_node *node_borrow(struct sim_node *node)
{
    node->refs++;
    return node;
}

void sim_node_release(struct sim_node *node)
{
    if (!node || --node->refs > 0)
        return;
    sim_bytes_release(node->content);
    give(node->image);
    give(node);
}

/* Written bytes never move under a mapped view: growth takes a new content. */
static void reserve(struct sim_node *node, size_t need)
{
    const size_t cap = node->content ? node->content->cap : 0;
    if (need <= cap)
        return;
    struct sim_bytes *bytes = bytes_create(need > 2 * cap ? need : 2 * cap);
    if (node->len > 0)
        memcpy(bytes->bytes, node->content->bytes, node->len);
    sim_bytes_release(node->content);
    node->content = bytes;
}

void sim_node_append(struct sim_node *node, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    reserve(node, node->len + len);
    memcpy(node->content->bytes + node->len, bytes, len);
    node->len += len;
}

void sim_node_sync(struct sim_node *node)
{
    if (node->image) {
        char *image = take(1, node->len);
        memcpy(image, node->image, node->written_len);
        memcpy(image + node->written_len, node->content->bytes + node->written_len,
               node->len - node->written_len);
        give(node->image);
        node->image = image;
    }
    node->written_len = node->len;
    node->durable_len = node->len;
}

void sim_node_flip(struct sim_node *node, uint64_t bit)
{
    CT_ASSERT(bit / 8 < node->len);
    const size_t at = (size_t)(bit / 8);
    const char mask = (char)(1u << (bit % 8));
    struct sim_bytes *bytes = bytes_create(node->content->cap);
    memcpy(bytes->bytes, node->content->bytes, node->len);
    sim_bytes_release(node->content);
    node->content = bytes;
    bytes->bytes[at] ^= mask;
    if (node->image && at < node->written_len)
        node->image[at] ^= mask;
}

/* -- Names ------------------------------------------------------------------------------------- */

static size_t names_place(const struct sim_names *names, const char *path)
{
    size_t low = 0;
    size_t high = names->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(names->at[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct sim_node *names_find(const struct sim_names *names, const char *path)
{
    const size_t place = names_place(names, path);
    if (place < names->count && strcmp(names->at[place].path, path) == 0)
        return names->at[place].node;
    return NULL;
}

static void names_put(struct sim_names *names, const char *path, struct sim_node *node)
{
    node_borrow(node);
    const size_t place = names_place(names, path);
    struct sim_name *at = names->at + place;
    if (names_find(names, path)) {
        sim_node_release(at->node);
        at->node = node;
        return;
    }
    const bool has_room = ct_grow(ct_allocator_system(), &names->at, &names->cap, names->count + 1,
                                  sizeof *names->at);
    CT_ASSERT(has_room);
    at = names->at + place;
    memmove(at + 1, at, (names->count - place) * sizeof *at);
    *at = (struct sim_name){.path = copy_path(path), .node = node};
    names->count++;
}

static void names_drop_at(struct sim_names *names, size_t place)
{
    struct sim_name *at = names->at + place;
    sim_node_release(at->node);
    give(at->path);
    names->count--;
    memmove(at, at + 1, (names->count - place) * sizeof *at);
}

static void names_drop(struct sim_names *names, const char *path, const struct sim_node *node)
{
    if (names_find(names, path) == node)
        names_drop_at(names, names_place(names, path));
}

static void names_deinit(struct sim_names *names)
{
    while (names->count > 0)
        names_drop_at(names, names->count - 1);
    give(names->at);
    *names = (struct sim_names){0};
}

static bool names_have_folder(const struct sim_names *names, const char *path)
{
    if (path[0] == '\0' || strcmp(path, "/") == 0)
        return true;
    const struct sim_node *node = names_find(names, path);
    return node && node->is_folder;
}

/* -- Changes of names -------------------------------------------------------------------------- */

static void change_apply(struct sim_names *names, const struct sim_change *change)
{
    if (change->to)
        names_put(names, change->to, change->node);
    if (change->from)
        names_drop(names, change->from, change->node);
}

static void change_deinit(struct sim_change *change)
{
    give(change->from);
    give(change->to);
    sim_node_release(change->node);
}

/* from or to may be NULL. */
static void change_names(struct sim_disk *disk, const char *from, const char *to,
                         struct sim_node *node)
{
    const bool has_room = ct_grow(ct_allocator_system(), &disk->changes, &disk->change_cap,
                                  disk->change_count + 1, sizeof *disk->changes);
    CT_ASSERT(has_room);
    struct sim_change *change = disk->changes + disk->change_count++;
    *change = (struct sim_change){
        .from = from ? copy_path(from) : NULL,
        .to = to ? copy_path(to) : NULL,
        .node = node_borrow(node),
    };
    change_apply(&disk->live, change);
}

static void bury(struct sim_disk *disk, struct sim_node *node)
{
    struct sim_node **grave = &disk->graves[disk->grave_next++ % SIM_GRAVES];
    sim_node_release(*grave);
    *grave = node_borrow(node);
}

struct sim_node *sim_disk_find(const struct sim_disk *disk, const char *path)
{
    return names_find(&disk->live, path);
}

bool sim_disk_is_folder(const struct sim_disk *disk, const char *path)
{
    return names_have_folder(&disk->live, path);
}

struct sim_node *sim_disk_make(struct sim_disk *disk, const char *path, bool is_folder)
{
    struct sim_node *node = take(1, sizeof *node);
    node->refs = 1;
    node->is_folder = is_folder;
    change_names(disk, NULL, path, node);
    sim_node_release(node); /* the names hold it now */
    return node;
}

void sim_disk_rename(struct sim_disk *disk, const char *from, const char *to)
{
    char from_folder[CT_PATH_BYTES_MAX];
    char to_folder[CT_PATH_BYTES_MAX];
    sim_path_parent(from_folder, from);
    sim_path_parent(to_folder, to);
    struct sim_node *node = node_borrow(names_find(&disk->live, from));
    struct sim_node *old = names_find(&disk->live, to);
    if (old)
        bury(disk, old);
    if (strcmp(from_folder, to_folder) == 0) {
        change_names(disk, from, to, node);
    } else {
        change_names(disk, NULL, to, node);
        change_names(disk, from, NULL, node);
    }
    sim_node_release(node);
}

void sim_disk_remove(struct sim_disk *disk, const char *path)
{
    struct sim_node *node = names_find(&disk->live, path);
    bury(disk, node);
    change_names(disk, path, NULL, node);
}

void sim_disk_sync_folder(struct sim_disk *disk, const char *path)
{
    size_t kept = 0;
    for (size_t i = 0; i < disk->change_count; i++) {
        struct sim_change *change = disk->changes + i;
        char folder[CT_PATH_BYTES_MAX];
        sim_path_parent(folder, change->to ? change->to : change->from);
        if (strcmp(folder, path) == 0) {
            change_apply(&disk->durable, change);
            change_deinit(change);
        } else {
            disk->changes[kept++] = *change;
        }
    }
    disk->change_count = kept;
}

uint64_t sim_disk_used_bytes(const struct sim_disk *disk)
{
    uint64_t used_bytes = 0;
    for (size_t i = 0; i < disk->live.count; i++)
        used_bytes += disk->live.at[i].node->len;
    return used_bytes;
}

/* -- Power cut --------------------------------------------------------------------------------- */

/* What happens to all that is not durable: the extremes often enough, else each piece on its own.
 */
enum fate {
    FATE_LOST,
    FATE_KEPT,
    FATE_MIXED,
};

static enum fate draw_fate(struct sim_random *random)
{
    const uint64_t draw = sim_random_below(random, 6);
    return draw == 0 ? FATE_LOST : draw == 1 ? FATE_KEPT : FATE_MIXED;
}

/* A file whose bytes may turn up in a sector that was given to another: NULL where none was drawn.
 */
static const struct sim_node *draw_old_file(const struct sim_disk *disk, struct sim_random *random)
{
    const size_t draw = (size_t)sim_random_below(random, disk->live.count + SIM_GRAVES);
    return draw < SIM_GRAVES ? disk->graves[draw] : disk->live.at[draw - SIM_GRAVES].node;
}

static void fill_noise(char *out, size_t len, struct sim_random *random)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (char)sim_random_next(random);
}

/* The piece [offset, offset + len) of one sector, which holds `fresh` or something else. */
static void tear_sector(const struct sim_disk *disk, const char *fresh, size_t offset, size_t len,
                        char *out, struct sim_random *random)
{
    const uint64_t draw = sim_random_below(random, 8);
    if (draw < 4) {
        memcpy(out, fresh, len);
    } else if (draw < 6) {
        memset(out, 0, len);
    } else if (draw == 6) {
        fill_noise(out, len, random);
    } else {
        const struct sim_node *old = draw_old_file(disk, random);
        memset(out, 0, len);
        if (old && old->len > offset)
            memcpy(out, old->content->bytes + offset,
                   old->len - offset < len ? old->len - offset : len);
    }
}

/* What the device may hold of the node's bytes from written_len to `end`. */
static void tear(const struct sim_disk *disk, const struct sim_node *node, size_t end, char *out,
                 struct sim_random *random)
{
    size_t at = node->written_len;
    while (at < end) {
        const size_t sector_end = (at / SIM_SECTOR_BYTES + 1) * SIM_SECTOR_BYTES;
        const size_t piece_end = sector_end < end ? sector_end : end;
        tear_sector(disk, node->content->bytes + at, at, piece_end - at, out + at, random);
        at = piece_end;
    }
}

static void copy_written(const struct sim_node *node, size_t end, char *out)
{
    const size_t len = node->written_len < end ? node->written_len : end;
    if (len > 0)
        memcpy(out, node->image ? node->image : node->content->bytes, len);
}

void sim_disk_fail_sync(struct sim_disk *disk, struct sim_node *node, struct sim_random *random)
{
    if (node->written_len == node->len)
        return;
    char *image = take(1, node->len);
    copy_written(node, node->len, image);
    tear(disk, node, node->len, image, random);
    give(node->image);
    node->image = image;
    node->written_len = node->len;
}

static void cut_file(const struct sim_disk *disk, struct sim_node *node, struct sim_random *random)
{
    const enum fate fate = draw_fate(random);
    size_t end = node->len;
    if (fate == FATE_LOST)
        end = node->durable_len;
    else if (fate == FATE_MIXED)
        end -= (size_t)sim_random_below(random, node->len - node->durable_len + 1);

    struct sim_bytes *bytes = bytes_create(end);
    copy_written(node, end, bytes->bytes);
    if (fate == FATE_MIXED)
        tear(disk, node, end, bytes->bytes, random);
    else if (end > node->written_len)
        memcpy(bytes->bytes + node->written_len, node->content->bytes + node->written_len,
               end - node->written_len);
    sim_bytes_release(node->content);
    give(node->image);
    node->image = NULL;
    node->content = bytes;
    node->len = node->written_len = node->durable_len = end;
}

static void cut_names(struct sim_disk *disk, struct sim_random *random)
{
    const enum fate fate = draw_fate(random);
    for (size_t i = 0; i < disk->change_count; i++) {
        if (fate == FATE_KEPT || (fate == FATE_MIXED && sim_random_chance(random, 2)))
            change_apply(&disk->durable, disk->changes + i);
        change_deinit(disk->changes + i);
    }
    disk->change_count = 0;
    /* A folder comes before what is in it, so one pass takes whole lost trees along. */
    size_t i = 0;
    while (i < disk->durable.count) {
        char folder[CT_PATH_BYTES_MAX];
        sim_path_parent(folder, disk->durable.at[i].path);
        if (names_have_folder(&disk->durable, folder))
            i++;
        else
            names_drop_at(&disk->durable, i);
    }
}

void sim_disk_cut(struct sim_disk *disk, struct sim_random *random)
{
    cut_names(disk, random);
    for (size_t i = 0; i < disk->durable.count; i++)
        disk->durable.at[i].node->is_cut = false;
    for (size_t i = 0; i < disk->durable.count; i++) {
        struct sim_node *node = disk->durable.at[i].node;
        if (!node->is_folder && !node->is_cut)
            cut_file(disk, node, random);
        node->is_cut = true;
    }
    names_deinit(&disk->live);
    for (size_t i = 0; i < disk->durable.count; i++)
        names_put(&disk->live, disk->durable.at[i].path, disk->durable.at[i].node);
    sim_disk_unlock_all(disk);
}

void sim_disk_unlock_all(struct sim_disk *disk)
{
    for (size_t i = 0; i < disk->live.count; i++)
        disk->live.at[i].node->is_locked = false;
}

void sim_disk_deinit(struct sim_disk *disk)
{
    names_deinit(&disk->live);
    names_deinit(&disk->durable);
    for (size_t i = 0; i < disk->change_count; i++)
        change_deinit(disk->changes + i);
    give(disk->changes);
    for (size_t i = 0; i < SIM_GRAVES; i++)
        sim_node_release(disk->graves[i]);
    *disk = (struct sim_disk){0};
}
