/* A disk that fails, fills up, loses power and lies, behind the files door (engine/io/io.h). For
 * tests.
 *
 *     struct sim_io *sim = sim_io_create(allocator, seed);
 *     struct ct_io *io = sim_io_door(sim);     give this to the engine
 *     sim_io_fail_at(sim, 17, CT_IO, false);   the 17th call fails
 *     ... run the engine, remember what it acknowledged ...
 *     sim_io_power_cut(sim, seed);             now `io` is the disk as the next process finds it
 *     ... close the old handles, open the engine again, compare ...
 *
 * What a power cut does, at its worst but within what disks and file systems promise:
 *   - bytes appended and not synced are kept, lost, or torn: each 512-byte sector on its own keeps
 * the new bytes, or holds zeros, or another file's old bytes, or noise; the file may end anywhere
 * in them. Synced bytes stay, also those in a sector that is torn.
 *   - a name made, renamed or removed is durable once its folder was synced. Until then it may
 *     have happened or not, each change on its own; a rename within a folder is one change, between
 *     folders it is two. A folder whose own name is lost takes what is in it along: sync its parent
 * ("/" too).
 *   - a failed sync drops what it was to write: torn there and then, and no later sync brings it
 * back.
 * "/" and "" are folders from the start. Everything follows from the two seeds. Calls come from any
 * thread, but are deterministic from one only. */
#ifndef SIM_IO_H
#define SIM_IO_H

#include <stdio.h>

#include "io.h"

struct sim_io;

/* Bugs to plant: a test shows with them that it would find the bug. */
enum sim_lie {
    SIM_LIE_SYNC = 1,        /* sync does nothing and says that it did */
    SIM_LIE_SYNC_FOLDER = 2, /* the same for sync_folder */
};

/* An empty disk. NULL when memory is out. `allocator` may be the counting one, to find leaks. */
struct sim_io *sim_io_create(const struct ct_allocator *allocator, uint64_t seed);

/* After every handle was closed. NULL is fine. */
void sim_io_destroy(struct sim_io *sim);

/* Lives as long as sim, through cuts. */
struct ct_io *sim_io_door(struct sim_io *sim);

/* Calls made so far that could fail: all but close and unlock. */
uint64_t sim_io_call_count(const struct sim_io *sim);

/* Call number `at_call` (the first ever is 1) fails with `code`, CT_IO or CT_DISK_FULL, or the
 * first after it that can: the disk runs full only for create, append, sync, make_folder and lock.
 * A failed append leaves some of its bytes. With `for_good` all such calls from then on fail. At
 * most one fault is planned: a new one takes the place of the old; at_call 0 plans none. A power
 * cut or kill ends it. */
void sim_io_fail_at(struct sim_io *sim, uint64_t at_call, ct_status code, bool for_good);

/* True once the planned fault has struck. */
bool sim_io_has_failed(const struct sim_io *sim);

/* Room on the disk: an append past it fails with CT_DISK_FULL and leaves what fits. 0: 1 TiB. */
void sim_io_set_capacity(struct sim_io *sim, uint64_t capacity_bytes);

/* A set of enum sim_lie; stays over cuts until set anew. */
void sim_io_set_lies(struct sim_io *sim, unsigned lies);

/* Handles and locks of before are dead: they can be closed and nothing else (every other call fails
 * with CT_IO); views mapped before stay readable until close. The disk then holds one of the states
 * described above, all of it durable. */
void sim_io_power_cut(struct sim_io *sim, uint64_t seed);

/* kill -9: handles and locks die, the files stay as the process left them, synced or not. */
void sim_io_kill(struct sim_io *sim);

/* Flips one bit (bit 0 is the lowest of byte 0) of a file as stored; open handles read it, mapped
 * views do not. False where there is no such bit. */
bool sim_io_flip_bit(struct sim_io *sim, const char *path, uint64_t bit);

/* Every call that could fail, one line each with its number and result, to find out what a seed
 * does. NULL: none. */
void sim_io_set_trace(struct sim_io *sim, FILE *trace);

#endif
