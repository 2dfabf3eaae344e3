/* Progress on a terminal. */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define QUIET_NS    INT64_C(1000000000) /* what is over sooner needs no progress */
#define INTERVAL_NS INT64_C(100000000)

int64_t ct_monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void ct_progress_init(struct ct_progress *progress, const char *verb, uint64_t total_bytes)
{
    *progress = (struct ct_progress){
        .verb = verb,
        .total_bytes = total_bytes,
        .start_ns = ct_monotonic_ns(),
        .is_terminal = isatty(STDERR_FILENO) == 1,
    };
}

double ct_progress_seconds(const struct ct_progress *progress)
{
    return (double)(ct_monotonic_ns() - progress->start_ns) / 1e9;
}

void ct_progress_show(struct ct_progress *progress, uint64_t done_bytes, uint64_t rows)
{
    if (!progress->is_terminal)
        return;
    const int64_t now_ns = ct_monotonic_ns();
    if (now_ns - progress->start_ns < QUIET_NS || now_ns - progress->shown_ns < INTERVAL_NS)
        return;
    progress->shown_ns = now_ns;
    progress->is_shown = true;
    const double seconds = (double)(now_ns - progress->start_ns) / 1e9;
    fprintf(stderr, "\r\033[K%s", progress->verb);
    if (progress->total_bytes)
        fprintf(stderr, " %3.0f %%", 100.0 * (double)done_bytes / (double)progress->total_bytes);
    if (done_bytes)
        fprintf(stderr, ", %.0f MB", (double)done_bytes / 1e6);
    if (rows)
        fprintf(stderr, ", %.2f M rows, %.2f M rows/s", (double)rows / 1e6,
                (double)rows / seconds / 1e6);
    fprintf(stderr, ", %.0f s", seconds);
    if (progress->total_bytes && done_bytes)
        fprintf(stderr, ", %.0f s left",
                seconds * (double)(progress->total_bytes - done_bytes) / (double)done_bytes);
    fflush(stderr);
}

void ct_progress_deinit(struct ct_progress *progress)
{
    if (progress->is_shown)
        fputs("\r\033[K", stderr);
    progress->is_shown = false;
}

static void *tick(void *argument)
{
    struct ct_ticker *ticker = argument;
    pthread_mutex_lock(&ticker->lock);
    while (!ticker->is_over) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += INTERVAL_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&ticker->over, &ticker->lock, &until);
        ct_progress_show(&ticker->progress, 0, 0);
    }
    pthread_mutex_unlock(&ticker->lock);
    return NULL;
}

void ct_ticker_start(struct ct_ticker *ticker, const char *verb)
{
    *ticker = (struct ct_ticker){0};
    ct_progress_init(&ticker->progress, verb, 0);
    if (!ticker->progress.is_terminal)
        return;
    pthread_mutex_init(&ticker->lock, NULL);
    pthread_cond_init(&ticker->over, NULL);
    ticker->is_running = pthread_create(&ticker->thread, NULL, tick, ticker) == 0;
}

double ct_ticker_stop(struct ct_ticker *ticker)
{
    if (ticker->is_running) {
        pthread_mutex_lock(&ticker->lock);
        ticker->is_over = true;
        pthread_cond_signal(&ticker->over);
        pthread_mutex_unlock(&ticker->lock);
        pthread_join(ticker->thread, NULL);
        ct_progress_deinit(&ticker->progress);
    }
    return ct_progress_seconds(&ticker->progress);
}
