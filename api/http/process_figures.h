/* What the system says of this process. Layer http. */
#ifndef CT_PROCESS_FIGURES_H
#define CT_PROCESS_FIGURES_H

#include <stdint.h>

struct ct_process_figures {
    double cpu_s;
    uint64_t resident_bytes, virtual_bytes;
    uint64_t open_files, open_files_max;
    uint64_t threads;
    double started_s; /* since 1970 UTC */
};

/* Members that the system does not tell are 0. */
void ct_process_figures_read(struct ct_process_figures *out);

#endif
