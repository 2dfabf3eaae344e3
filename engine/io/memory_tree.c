/* Rule: nothing here locks; the caller holds the file system's mutex. */
#include "memory_tree.h"

#include <errno.h>
#include <string.h>

ct_status memory_fail(struct ct_error *err, const char *path)
{
    return ct_fail_at(err, CT_NO_MEMORY, path, 0, "no memory for the file system in memory");
}

/* -- Contents and nodes -------------------------------------------------------------------- */

void memory_content_release(struct memory_tree *tree, struct memory_content *content)
{
    if (content && --content->refs == 0)
        ct_release(tree->allocator, content);
}

void memory_node_release(struct memory_tree *tree, struct memory_node *node)
{
    if (--node->refs > 0)
        return;
    memory_content_release(tree, node->content);
    ct_release(tree->allocator, node);
}

bool memory_node_reserve(struct memory_tree *tree, struct memory_node *node, size_t need)
{
    const size_t cap = node->content ? node->content->cap : 0;
    if (need <= cap)
        return true;
    size_t wanted = cap > SIZE_MAX / 2 ? need : cap * 2;
    wanted = wanted < need ? need : wanted;
    if (wanted > SIZE_MAX - sizeof(struct memory_content))
        return false;
    struct memory_content *content = ct_alloc(tree->allocator, sizeof *content + wanted);
    if (!content)
        return false;
    *content = (struct memory_content){.refs = 1, .cap = wanted};
    if (node->len > 0)
        memcpy(content->bytes, node->content->bytes, node->len);
    memory_content_release(tree, node->content);
    node->content = content;
    return true;
}

/* -- Names --------------------------------------------------------------------------------- */

/* "a//b/./c/" becomes "a/b/c": one name, one spelling. */
ct_status memory_path_clean(char out[CT_PATH_BYTES_MAX], const char *path, struct ct_error *err)
{
    if (strlen(path) >= CT_PATH_BYTES_MAX)
        return ct_fail_os(err, ENAMETOOLONG, "look up", path);
    size_t len = 0;
    if (*path == '/')
        out[len++] = '/';
    while (*path) {
        const size_t slashes = strspn(path, "/");
        path += slashes;
        const size_t part_len = strcspn(path, "/");
        if (part_len > 0 && !(part_len == 1 && *path == '.')) {
            if (len > 0 && out[len - 1] != '/')
                out[len++] = '/';
            memcpy(out + len, path, part_len);
            len += part_len;
        }
        path += part_len;
    }
    out[len] = '\0';
    return CT_OK;
}

/* Index of the first name not before `path`. */
size_t memory_tree_place(const struct memory_tree *tree, const char *path)
{
    size_t low = 0;
    size_t high = tree->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(tree->names[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct memory_node *memory_tree_find(const struct memory_tree *tree, const char *path)
{
    const size_t place = memory_tree_place(tree, path);
    if (place < tree->count && strcmp(tree->names[place].path, path) == 0)
        return tree->names[place].node;
    return NULL;
}

bool memory_path_is_root(const char *path)
{
    return path[0] == '\0' || strcmp(path, "/") == 0;
}

ct_status memory_tree_check_folder(const struct memory_tree *tree, const char *path,
                                   const char *operation, struct ct_error *err)
{
    if (memory_path_is_root(path))
        return CT_OK;
    const struct memory_node *node = memory_tree_find(tree, path);
    if (!node)
        return ct_fail_os(err, ENOENT, operation, path);
    return node->is_folder ? CT_OK : ct_fail_os(err, ENOTDIR, operation, path);
}

ct_status memory_tree_check_parent(const struct memory_tree *tree, const char *path,
                                   const char *operation, struct ct_error *err)
{
    char parent[CT_PATH_BYTES_MAX];
    const char *slash = strrchr(path, '/');
    const size_t len = !slash ? 0 : slash == path ? 1 : (size_t)(slash - path);
    memcpy(parent, path, len);
    parent[len] = '\0';
    return memory_tree_check_folder(tree, parent, operation, err);
}

/* The name takes over one reference to the node where it succeeds. */
bool memory_tree_add_name(struct memory_tree *tree, const char *path, struct memory_node *node)
{
    const struct ct_allocator *allocator = tree->allocator;
    if (!ct_grow(allocator, &tree->names, &tree->cap, tree->count + 1, sizeof(struct memory_name)))
        return false;
    const size_t path_bytes = strlen(path) + 1;
    char *copy = ct_alloc(allocator, path_bytes);
    if (!copy)
        return false;
    memcpy(copy, path, path_bytes);
    const size_t place = memory_tree_place(tree, path);
    struct memory_name *at = tree->names + place;
    memmove(at + 1, at, (tree->count - place) * sizeof *at);
    *at = (struct memory_name){.path = copy, .node = node};
    tree->count++;
    return true;
}

void memory_tree_drop_name(struct memory_tree *tree, size_t place)
{
    struct memory_name *at = tree->names + place;
    memory_node_release(tree, at->node);
    ct_release(tree->allocator, at->path);
    tree->count--;
    memmove(at, at + 1, (tree->count - place) * sizeof *at);
}

ct_status memory_tree_make_node(struct memory_tree *tree, const char *path, bool is_folder,
                                struct memory_node **out, struct ct_error *err)
{
    CT_TRY(memory_tree_check_parent(tree, path, "create", err));
    struct memory_node *node = ct_alloc_zeroed(tree->allocator, 1, sizeof *node);
    if (!node)
        return memory_fail(err, path);
    node->refs = 1;
    node->is_folder = is_folder;
    if (!memory_tree_add_name(tree, path, node)) {
        memory_node_release(tree, node);
        return memory_fail(err, path);
    }
    *out = node;
    return CT_OK;
}

/* What `path` is called inside `folder` (of folder_len bytes), or NULL where it is not directly in
 * it. */
static const char *name_inside(const char *path, const char *folder, size_t folder_len)
{
    if (strncmp(path, folder, folder_len) != 0)
        return NULL;
    const char *name = path + folder_len;
    if (folder_len > 0 && folder[folder_len - 1] != '/') {
        if (*name != '/')
            return NULL;
        name++;
    }
    return *name && !strchr(name, '/') ? name : NULL;
}

/* Paths are sorted, and so are the names of one folder among them. */
ct_status memory_tree_list(struct memory_tree *tree, const char *folder, struct ct_names *names,
                           struct ct_error *err)
{
    CT_TRY(memory_tree_check_folder(tree, folder, "open folder", err));
    const size_t folder_len = strlen(folder);
    size_t cap = 0;
    for (size_t i = memory_tree_place(tree, folder); i < tree->count; i++) {
        const char *path = tree->names[i].path;
        if (strncmp(path, folder, folder_len) != 0)
            break;
        const char *name = name_inside(path, folder, folder_len);
        if (!name)
            continue;
        const size_t bytes = strlen(name) + 1;
        char *copy = ct_alloc(tree->allocator, bytes);
        if (!copy ||
            !ct_grow(tree->allocator, &names->name, &cap, names->count + 1, sizeof(char *))) {
            ct_release(tree->allocator, copy);
            return memory_fail(err, folder);
        }
        memcpy(copy, name, bytes);
        names->name[names->count++] = copy;
    }
    return CT_OK;
}
