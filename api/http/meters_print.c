/* The text of /metrics: Prometheus' format 0.0.4, base units, one HELP and TYPE for each name. */
#include "meters_private.h"
#include "process_figures.h"
#include "server_private.h"

/* -- Lines ------------------------------------------------------------------------------------- */

static void print_head(struct ct_text_out *out, const char *name, const char *type,
                       const char *help)
{
    ct_text_out_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_number(struct ct_text_out *out, const char *name, const char *type,
                         uint64_t value, const char *help)
{
    print_head(out, name, type, help);
    ct_text_out_format(out, "%s %llu\n", name, (unsigned long long)value);
}

static void print_seconds(struct ct_text_out *out, const char *name, const char *type, double value,
                          const char *help)
{
    print_head(out, name, type, help);
    ct_text_out_format(out, "%s %.9g\n", name, value);
}

/* As the format wants values of labels. Ours are patterns and words; this holds whatever they are.
 */
static void print_label(struct ct_text_out *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\\' || *text == '"')
            ct_text_out_format(out, "\\%c", *text);
        else if (*text == '\n')
            ct_text_out_word(out, "\\n");
        else
            ct_text_out_add(out, (struct ct_text){text, 1});
}

static uint64_t read_counter(_Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* -- Requests ---------------------------------------------------------------------------------- */

static void print_count(struct ct_text_out *out, const char *pattern, size_t method, size_t code,
                        uint64_t value)
{
    ct_text_out_word(out, "centime_http_requests_total{path=\"");
    print_label(out, pattern);
    ct_text_out_format(out, "\",method=\"%s\",code=\"", ct_meter_method(method));
    if (ct_meter_code(code))
        ct_text_out_format(out, "%u", ct_meter_code(code));
    else
        ct_text_out_word(out, "other");
    ct_text_out_format(out, "\"} %llu\n", (unsigned long long)value);
}

static void print_requests(struct ct_meters *meters, struct ct_text_out *out)
{
    print_head(out, "centime_http_requests_total", "counter",
               "Requests that were answered, by path pattern, method and status.");
    for (size_t p = 0; p < meters->path_count; p++)
        for (size_t m = 0; m < CT_METER_METHODS; m++)
            for (size_t c = 0; c < CT_METER_CODES; c++) {
                const uint64_t value = read_counter(&meters->paths[p].requests[m][c]);
                if (value > 0)
                    print_count(out, meters->paths[p].pattern, m, c, value);
            }
}

static void print_bucket(struct ct_text_out *out, const char *pattern, size_t bucket,
                         uint64_t below)
{
    ct_text_out_word(out, "centime_http_request_duration_seconds_bucket{path=\"");
    print_label(out, pattern);
    if (bucket < CT_METER_BOUNDS)
        ct_text_out_format(out, "\",le=\"%g\"} %llu\n", (double)ct_meter_bounds_ns[bucket] / 1e9,
                           (unsigned long long)below);
    else
        ct_text_out_format(out, "\",le=\"+Inf\"} %llu\n", (unsigned long long)below);
}

static void print_duration(struct ct_meter_path *path, struct ct_text_out *out)
{
    uint64_t counts[CT_METER_BOUNDS + 1], total = 0, below = 0;
    for (size_t i = 0; i <= CT_METER_BOUNDS; i++)
        total += counts[i] = read_counter(&path->buckets[i]);
    if (total == 0)
        return;
    for (size_t i = 0; i <= CT_METER_BOUNDS; i++)
        print_bucket(out, path->pattern, i, below += counts[i]);
    ct_text_out_word(out, "centime_http_request_duration_seconds_sum{path=\"");
    print_label(out, path->pattern);
    ct_text_out_format(out, "\"} %.9g\n", (double)read_counter(&path->elapsed_ns) / 1e9);
    ct_text_out_word(out, "centime_http_request_duration_seconds_count{path=\"");
    print_label(out, path->pattern);
    ct_text_out_format(out, "\"} %llu\n", (unsigned long long)total);
}

static void print_durations(struct ct_meters *meters, struct ct_text_out *out)
{
    print_head(out, "centime_http_request_duration_seconds", "histogram",
               "From a request's head to its answer, by path pattern.");
    for (size_t p = 0; p < meters->path_count; p++)
        print_duration(&meters->paths[p], out);
}

static void print_connections(struct ct_meters *meters, struct ct_text_out *out)
{
    const int64_t open = atomic_load_explicit(&meters->connections, memory_order_relaxed);
    print_number(out, "centime_http_connections", "gauge", open > 0 ? (uint64_t)open : 0,
                 "Connections that are open.");
    print_number(out, "centime_http_connections_opened_total", "counter",
                 read_counter(&meters->connections_opened), "Connections since the start.");
    print_number(out, "centime_http_received_bytes_total", "counter",
                 read_counter(&meters->received_bytes), "Bytes of bodies of requests.");
    print_number(out, "centime_http_sent_bytes_total", "counter", read_counter(&meters->sent_bytes),
                 "Bytes of bodies of answers.");
}

static void print_refusals(struct ct_meters *meters, struct ct_text_out *out)
{
    static const char *const reasons[CT_REFUSALS] = {
        [CT_REFUSED_CONNECTIONS] = "connections",
        [CT_REFUSED_BODY_SIZE] = "body_size",
        [CT_REFUSED_RATIO] = "ratio",
        [CT_REFUSED_MEMORY] = "memory",
        [CT_REFUSED_TOKEN] = "token",
        [CT_REFUSED_QUERIES] = "queries",
        [CT_REFUSED_TIMEOUT] = "timeout",
        [CT_REFUSED_FRAMING] = "framing",
        [CT_REFUSED_STORE] = "store",
        [CT_REFUSED_DATAGRAMS] = "datagrams",
    };
    print_head(out, "centime_refused_total", "counter",
               "Requests and connections that were not served, by reason.");
    for (size_t i = 0; i < CT_REFUSALS; i++)
        ct_text_out_format(out, "centime_refused_total{reason=\"%s\"} %llu\n", reasons[i],
                           (unsigned long long)read_counter(&meters->refusals[i]));
}

/* -- Writes ------------------------------------------------------------------------------------ */

static void print_written(struct ct_meters *meters, struct ct_text_out *out,
                          enum ct_meter_written what, const char *name, const char *help)
{
    static const char *const paths[CT_WRITE_PATHS] = {
        [CT_WRITE_HTTP] = "lines",
        [CT_WRITE_JSON] = "json",
        [CT_WRITE_AGENT] = "agent",
        [CT_WRITE_OTLP] = "otlp",
        [CT_WRITE_PROMETHEUS] = "prometheus",
        [CT_WRITE_TCP] = "tcp",
        [CT_WRITE_UDP] = "udp",
    };
    print_head(out, name, "counter", help);
    for (size_t i = 0; i < CT_WRITE_PATHS; i++)
        ct_text_out_format(out, "%s{path=\"%s\"} %llu\n", name, paths[i],
                           (unsigned long long)read_counter(&meters->writes[what][i]));
}

static void print_writes(struct ct_meters *meters, struct ct_text_out *out)
{
    print_written(meters, out, CT_WRITTEN_ROWS, "centime_rows_written_total",
                  "Rows that were made durable.");
    print_written(meters, out, CT_WRITTEN_REJECTED, "centime_rows_rejected_total",
                  "Lines and points that were not taken.");
    print_written(meters, out, CT_WRITTEN_OVER_MONEY, "centime_money_overwritten_total",
                  "Rows whose amount of money a later row of the same identity replaced.");
    print_written(meters, out, CT_WRITTEN_REPEATS, "centime_repeated_requests_total",
                  "Requests with a key that were written before, and counted once.");
}

/* -- The store --------------------------------------------------------------------------------- */

static void print_rows(const centime_state *state, struct ct_text_out *out)
{
    print_number(out, "centime_store_read_only", "gauge", state->is_read_only,
                 "1 where nothing more is written; the log says why.");
    print_number(out, "centime_last_commit", "gauge", state->last_commit,
                 "Number of the last commit.");
    print_number(out, "centime_sealed_commit", "gauge", state->sealed_commit,
                 "Rows of commits up to this one are in segments.");
    print_number(out, "centime_live_rows", "gauge", state->live_rows,
                 "Rows in memory, not yet in segments.");
    print_number(out, "centime_live_bytes", "gauge", state->live_bytes, "Memory of these.");
    print_number(out, "centime_segment_files", "gauge", state->segment_count, "Segments.");
    print_number(out, "centime_segment_rows", "gauge", state->segment_rows, "Rows in segments.");
    print_number(out, "centime_tables", "gauge", state->table_count, "Tables of all databases.");
    print_number(out, "centime_series", "gauge", state->series_count, "Series of all tables.");
    print_number(out, "centime_rollup_files", "gauge", state->rollup_files,
                 "Files of cells of many segments.");
    print_number(out, "centime_covered_segments", "gauge", state->covered_segments,
                 "Segments whose cells stand in these files.");
    print_number(out, "centime_log_files", "gauge", state->log_files,
                 "Files of the write-ahead log.");
    print_number(out, "centime_history_files", "gauge", state->history_count,
                 "Files of rows that count no more.");
    print_number(out, "centime_history_rows", "gauge", state->history_rows,
                 "Rows that count no more, kept for questions as of an earlier commit.");
    print_number(out, "centime_history_first_commit", "gauge", state->history_low,
                 "The first commit that can still be asked for.");
}

static void print_storage(const centime_state *state, struct ct_text_out *out)
{
    static const char name[] = "centime_storage_bytes";
    print_head(out, name, "gauge", "Bytes on disk, by kind of file.");
    ct_text_out_format(out, "%s{kind=\"log\"} %llu\n", name, (unsigned long long)state->log_bytes);
    ct_text_out_format(out, "%s{kind=\"catalog\"} %llu\n", name,
                       (unsigned long long)state->catalog_bytes);
    ct_text_out_format(out, "%s{kind=\"segment\"} %llu\n", name,
                       (unsigned long long)state->segment_bytes);
    ct_text_out_format(out, "%s{kind=\"rollup\"} %llu\n", name,
                       (unsigned long long)state->rollup_bytes);
    ct_text_out_format(out, "%s{kind=\"history\"} %llu\n", name,
                       (unsigned long long)state->history_bytes);
}

/* Averages of a scrape's interval are the rate of the sum over the rate of the count. */
static void print_syncs(const centime_state *state, struct ct_text_out *out)
{
    static const char name[] = "centime_log_sync_seconds";
    print_head(out, name, "summary", "Writing and syncing a group of commits to the log.");
    ct_text_out_format(out, "%s_sum %.9g\n%s_count %llu\n", name, (double)state->log_sync_ns / 1e9,
                       name, (unsigned long long)state->log_syncs);
}

static void print_work(const centime_state *state, struct ct_text_out *out)
{
    print_number(out, "centime_seals_total", "counter", state->seals,
                 "Times that live rows became segments.");
    print_number(out, "centime_merges_total", "counter", state->merges,
                 "Times that segments were merged.");
    print_number(out, "centime_step_failures_total", "counter", state->step_failures,
                 "Pieces of background work that failed.");
}

static void print_store(centime_store *store, struct ct_text_out *out)
{
    centime_state state = {.struct_size = sizeof state};
    if (centime_state_of(store, &state) != CENTIME_OK)
        return;
    print_rows(&state, out);
    print_storage(&state, out);
    print_syncs(&state, out);
    print_work(&state, out);
}

/* -- The process ------------------------------------------------------------------------------- */

static void print_process(struct ct_text_out *out)
{
    struct ct_process_figures figures;
    ct_process_figures_read(&figures);
    print_seconds(out, "process_cpu_seconds_total", "counter", figures.cpu_s,
                  "Time of processors, of user and system.");
    print_number(out, "process_resident_memory_bytes", "gauge", figures.resident_bytes,
                 "Memory that is resident.");
    print_number(out, "process_virtual_memory_bytes", "gauge", figures.virtual_bytes,
                 "Memory that is mapped.");
    print_number(out, "process_open_fds", "gauge", figures.open_files, "Open file descriptors.");
    print_number(out, "process_max_fds", "gauge", figures.open_files_max,
                 "How many of them there may be.");
    print_number(out, "process_threads", "gauge", figures.threads, "Threads.");
    print_seconds(out, "process_start_time_seconds", "gauge", figures.started_s,
                  "When the process was started, since 1970 UTC.");
}

void ct_meters_print(struct ct_server *server, struct ct_text_out *out)
{
    print_head(out, "centime_build_info", "gauge", "1, with the version that runs.");
    ct_text_out_format(out, "centime_build_info{version=\"%s\"} 1\n", centime_version());
    if (server->meters) {
        print_requests(server->meters, out);
        print_durations(server->meters, out);
        print_connections(server->meters, out);
        print_refusals(server->meters, out);
        print_writes(server->meters, out);
    }
    print_store(server->store, out);
    print_process(out);
}
