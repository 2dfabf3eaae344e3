/* A line on the terminal while something takes more than a second. Layer tools.
 *
 * Nothing is printed where stderr is no terminal, and nothing in the first second. Confined to one
 * thread. */
#ifndef CT_PROGRESS_H
#define CT_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct ct_progress {
    const char *verb;     /* "writing" */
    uint64_t total_bytes; /* 0: not known */
    int64_t start_ns, shown_ns;
    bool is_terminal, is_shown;
};

int64_t ct_monotonic_ns(void);

void ct_progress_init(struct ct_progress *progress, const char *verb, uint64_t total_bytes);
/* At most ten times a second. */
void ct_progress_show(struct ct_progress *progress, uint64_t done_bytes, uint64_t rows);
/* Wipes the line, so that other output may follow. */
void ct_progress_deinit(struct ct_progress *progress);

double ct_progress_seconds(const struct ct_progress *progress);

/* For one long call: a thread that shows how long it has taken. */
struct ct_ticker {
    struct ct_progress progress;
    pthread_t thread;
    pthread_mutex_t lock; /* guards is_over */
    pthread_cond_t over;
    bool is_over, is_running;
};

/* The ticker must not move until ct_ticker_stop, which returns the seconds since the start. */
void ct_ticker_start(struct ct_ticker *ticker, const char *verb);
double ct_ticker_stop(struct ct_ticker *ticker);

#endif
