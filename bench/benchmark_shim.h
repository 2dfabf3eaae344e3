/* Google Benchmark for programs written in C. Benchmarks only.
 *
 * A program defines ct_bench_define, which names its benchmarks; the shim has main, so that all
 * options of Google Benchmark work (--benchmark_filter, --benchmark_out, ...). */
#ifndef BENCHMARK_SHIM_H
#define BENCHMARK_SHIM_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One run of one benchmark; lives while its function runs. */
struct ct_bench_run;

/* Sets up, loops while ct_bench_next says so, reports. `argument` is what ct_bench_add was given.
 */
typedef void (*ct_bench_function)(struct ct_bench_run *run, const void *argument);

/* The name is copied; the argument must outlive the program's runs. */
void ct_bench_add(const char *name, ct_bench_function function, const void *argument);

/* The head of the timed loop: while (ct_bench_next(run)) { ... }. */
bool ct_bench_next(struct ct_bench_run *run);

/* After the loop: items and bytes of one iteration, shown as rates per second. */
void ct_bench_items(struct ct_bench_run *run, uint64_t items);
void ct_bench_bytes(struct ct_bench_run *run, uint64_t bytes);

/* After the loop: a figure shown as it is. */
void ct_bench_figure(struct ct_bench_run *run, const char *name, double value);

/* Ends the run with a message: what was to be measured does not work. */
void ct_bench_fail(struct ct_bench_run *run, const char *message);

/* Defined by the program. */
void ct_bench_define(void);

/* Keeps the compiler from dropping what was written behind the pointer. */
static inline void ct_bench_use(const void *pointer)
{
    __asm__ volatile("" : : "r"(pointer) : "memory");
}

#ifdef __cplusplus
}
#endif

#endif
