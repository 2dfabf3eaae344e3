/* What a test does to the simulated disk: plan faults, cut the power, kill, flip, lie. */
#include "sim_door.h"

#include "memory_tree.h"

struct sim_io *sim_io_create(const struct ct_allocator *allocator, uint64_t seed)
{
    struct sim_io *sim = ct_alloc_zeroed(ct_allocator_system(), 1, sizeof *sim);
    if (!sim)
        return NULL;
    sim->base = (struct ct_io){.calls = sim_door_calls(), .allocator = allocator};
    sim->random = sim_random_of(seed);
    pthread_mutex_init(&sim->mutex, NULL);
    return sim;
}

void sim_io_destroy(struct sim_io *sim)
{
    if (!sim)
        return;
    sim_disk_deinit(&sim->disk);
    pthread_mutex_destroy(&sim->mutex);
    ct_release(ct_allocator_system(), sim);
}

struct ct_io *sim_io_door(struct sim_io *sim)
{
    return &sim->base;
}

uint64_t sim_io_call_count(const struct sim_io *sim)
{
    return sim->call_count;
}

void sim_io_fail_at(struct sim_io *sim, uint64_t at_call, ct_status code, bool for_good)
{
    CT_ASSERT(code == CT_IO || code == CT_DISK_FULL);
    sim->fail_at = at_call;
    sim->fail_code = code;
    sim->fails_for_good = for_good;
    sim->has_failed = false;
}

bool sim_io_has_failed(const struct sim_io *sim)
{
    return sim->has_failed;
}

void sim_io_set_capacity(struct sim_io *sim, uint64_t capacity_bytes)
{
    sim->capacity_bytes = capacity_bytes;
}

void sim_io_set_lies(struct sim_io *sim, unsigned lies)
{
    sim->lies = lies;
}

void sim_io_kill(struct sim_io *sim)
{
    pthread_mutex_lock(&sim->mutex);
    sim->epoch++;
    sim->fail_at = 0;
    sim_disk_unlock_all(&sim->disk);
    if (sim->trace)
        fprintf(sim->trace, "------ kill\n");
    pthread_mutex_unlock(&sim->mutex);
}

void sim_io_power_cut(struct sim_io *sim, uint64_t seed)
{
    sim_io_kill(sim);
    pthread_mutex_lock(&sim->mutex);
    sim->random = sim_random_of(seed);
    sim_disk_cut(&sim->disk, &sim->random);
    if (sim->trace) {
        fprintf(sim->trace, "------ power cut; left:\n");
        for (size_t i = 0; i < sim->disk.live.count; i++)
            fprintf(sim->trace, "       %s (%zu bytes)\n", sim->disk.live.at[i].path,
                    sim->disk.live.at[i].node->len);
    }
    pthread_mutex_unlock(&sim->mutex);
}

bool sim_io_flip_bit(struct sim_io *sim, const char *path, uint64_t bit)
{
    char clean[CT_PATH_BYTES_MAX];
    if (memory_path_clean(clean, path, NULL) != CT_OK)
        return false;
    pthread_mutex_lock(&sim->mutex);
    struct sim_node *node = sim_disk_find(&sim->disk, clean);
    const bool is_there = node && bit / 8 < node->len;
    if (is_there)
        sim_node_flip(node, bit);
    pthread_mutex_unlock(&sim->mutex);
    return is_there;
}

void sim_io_set_trace(struct sim_io *sim, FILE *trace)
{
    sim->trace = trace;
}
