/* The one C++ file: Google Benchmark behind benchmark_shim.h. */
#include "benchmark_shim.h"

#include <benchmark/benchmark.h>

struct ct_bench_run {
    benchmark::State &state;
};

void ct_bench_add(const char *name, ct_bench_function function, const void *argument)
{
    benchmark::RegisterBenchmark(name, [function, argument](benchmark::State &state) {
        ct_bench_run run{state};
        function(&run, argument);
    });
}

bool ct_bench_next(ct_bench_run *run)
{
    return run->state.KeepRunning();
}

void ct_bench_items(ct_bench_run *run, uint64_t items)
{
    run->state.SetItemsProcessed(run->state.iterations() * static_cast<int64_t>(items));
}

void ct_bench_bytes(ct_bench_run *run, uint64_t bytes)
{
    run->state.SetBytesProcessed(run->state.iterations() * static_cast<int64_t>(bytes));
}

void ct_bench_figure(ct_bench_run *run, const char *name, double value)
{
    run->state.counters[name] = value;
}

void ct_bench_fail(ct_bench_run *run, const char *message)
{
    run->state.SkipWithError(message);
}

int main(int argc, char **argv)
{
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    ct_bench_define();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
