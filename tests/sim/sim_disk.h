/* The disk behind sim_io: what the process sees, what the device has, and what a power cut makes of
 * the two.
 *
 *     live names ------> node: content [0 ......... len)    what the process sees
 *     durable names ---> node: image   [0 .. written_len)   what the device was given
 *     changes: made in live names, not yet in durable ones
 *
 * Invariants: durable_len <= written_len <= len; applying all changes in order to the durable names
 * gives the live ones; image is NULL while it would equal the content. Memory comes from libc and
 * never runs out here, so that tests may fail the engine's allocations alone. */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include "io.h"
#include "sim_random.h"

#define SIM_SECTOR_BYTES 512
#define SIM_GRAVES       4

struct sim_bytes { /* shared by a node and the views mapped of it */
    size_t refs;
    size_t cap;
    char bytes[];
};

struct sim_node {
    size_t refs; /* names, changes, handles, locks, graves */
    bool is_folder;
    bool is_locked;
    bool is_cut; /* by the cut under way */
    struct sim_bytes *content;
    size_t len;
    char *image;
    size_t written_len; /* synced, or dropped by a failed sync */
    size_t durable_len; /* the size that the last good sync promised */
};

struct sim_names {
    struct sim_name {
        char *path;
        struct sim_node *node;
    } * at; /* by path */
    size_t count, cap;
};

struct sim_change {
    char *from; /* NULL: the name is made */
    char *to;   /* NULL: the name is removed */
    struct sim_node *node;
};

struct sim_disk {
    struct sim_names live;
    struct sim_names durable;
    struct sim_change *changes; /* in order */
    size_t change_count, change_cap;
    struct sim_node
        *graves[SIM_GRAVES]; /* removed files, whose old bytes come back in torn sectors */
    size_t grave_next;
};

void sim_disk_deinit(struct sim_disk *disk);

void sim_bytes_release(struct sim_bytes *bytes); /* NULL is fine */
void sim_node_release(struct sim_node *node);

/* Paths as memory_path_clean spells them. */
struct sim_node *sim_disk_find(const struct sim_disk *disk, const char *path);
bool sim_disk_is_folder(const struct sim_disk *disk, const char *path);
void sim_path_parent(char out[CT_PATH_BYTES_MAX], const char *path);

/* The caller has checked that the system call would succeed. */
struct sim_node *sim_disk_make(struct sim_disk *disk, const char *path, bool is_folder);
void sim_disk_rename(struct sim_disk *disk, const char *from, const char *to);
void sim_disk_remove(struct sim_disk *disk, const char *path);
void sim_disk_sync_folder(struct sim_disk *disk, const char *path);

void sim_node_append(struct sim_node *node, const void *bytes, size_t len);
void sim_node_sync(struct sim_node *node);
void sim_node_flip(struct sim_node *node, uint64_t bit);

/* The dirty bytes are dropped: torn on the device, and clean to the system. */
void sim_disk_fail_sync(struct sim_disk *disk, struct sim_node *node, struct sim_random *random);

/* Bytes of all named files. */
uint64_t sim_disk_used_bytes(const struct sim_disk *disk);

void sim_disk_cut(struct sim_disk *disk, struct sim_random *random);
void sim_disk_unlock_all(struct sim_disk *disk);

#endif
