/* What the file system in memory holds. Private to layer io.
 *
 *     names (sorted by path) --> node (file or folder) --> content (counted bytes)
 *     open file -----------------^   its mapped view ----------^
 *
 * Invariants: a node lives while a name, an open file or a lock refers to it, so a removed file can
 * still be read by who has it open. The first node.len bytes of a content never change once
 * written; growth past its room moves to a new content, so mapped views stay as they are. */
#ifndef CT_MEMORY_TREE_H
#define CT_MEMORY_TREE_H

#include "io.h"

struct memory_content {
    size_t refs;
    size_t cap;
    char bytes[];
};

struct memory_node {
    size_t refs;
    bool is_folder;
    bool is_locked;
    struct memory_content *content; /* NULL while empty */
    size_t len;
};

struct memory_name {
    char *path; /* as memory_path_clean spells it */
    struct memory_node *node;
};

struct memory_tree {
    const struct ct_allocator *allocator;
    struct memory_name *names;
    size_t count;
    size_t cap;
};

ct_status memory_fail(struct ct_error *err, const char *path);

/* content may be NULL. */
void memory_content_release(struct memory_tree *tree, struct memory_content *content);
void memory_node_release(struct memory_tree *tree, struct memory_node *node);

/* Room for `need` bytes in all; false where memory is out. */
bool memory_node_reserve(struct memory_tree *tree, struct memory_node *node, size_t need);

/* "a//b/./c/" becomes "a/b/c": one name, one spelling. */
ct_status memory_path_clean(char out[CT_PATH_BYTES_MAX], const char *path, struct ct_error *err);

/* "/" and the empty path of relative names: folders that are always there. */
bool memory_path_is_root(const char *path);

/* Index of the first name not before `path`. */
size_t memory_tree_place(const struct memory_tree *tree, const char *path);

/* NULL where there is none. */
struct memory_node *memory_tree_find(const struct memory_tree *tree, const char *path);

/* Fails as a system call would where `path` (or what `path` is in) is no folder. */
ct_status memory_tree_check_folder(const struct memory_tree *tree, const char *path,
                                   const char *operation, struct ct_error *err);
ct_status memory_tree_check_parent(const struct memory_tree *tree, const char *path,
                                   const char *operation, struct ct_error *err);

/* The name takes over one reference to the node where it succeeds; false where memory is out. */
bool memory_tree_add_name(struct memory_tree *tree, const char *path, struct memory_node *node);
void memory_tree_drop_name(struct memory_tree *tree, size_t place);

/* A new node under a free name. */
ct_status memory_tree_make_node(struct memory_tree *tree, const char *path, bool is_folder,
                                struct memory_node **out, struct ct_error *err);

/* On failure names holds what was added so far: the caller releases it. */
ct_status memory_tree_list(struct memory_tree *tree, const char *folder, struct ct_names *names,
                           struct ct_error *err);

#endif
