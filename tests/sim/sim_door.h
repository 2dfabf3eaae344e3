/* What sim_io is made of, between the calls of the engine (sim_door.c) and those of a test
 * (sim_io.c). Private to tests/sim. */
#ifndef SIM_DOOR_H
#define SIM_DOOR_H

#include <pthread.h>

#include "sim_disk.h"
#include "sim_io.h"

struct sim_io {
    struct ct_io base;
    pthread_mutex_t mutex;
    struct sim_disk disk;
    struct sim_random random;
    uint64_t epoch; /* counts cuts and kills */
    uint64_t call_count;
    uint64_t fail_at; /* 0: never */
    ct_status fail_code;
    bool fails_for_good;
    bool has_failed;
    uint64_t capacity_bytes;
    unsigned lies;
    FILE *trace;
};

/* The files door's table; its first argument's io is the `base` of a struct sim_io. */
const struct ct_io_calls *sim_door_calls(void);

#endif
