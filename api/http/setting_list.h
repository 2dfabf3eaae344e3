/* The table of settings: one row makes a flag of `centime serve`, a variable CENTIME_..., a key of
 * the file, a line of the help and one of --print-config. Layer http; included by server_config.h.
 *
 * X(member of struct ct_server_config, key, flag, kind, default, least, most, words of a CHOICE,
 *   what stands for the value in the help (NULL: a switch, off by default), help) */
#ifndef CT_SETTING_LIST_H
#define CT_SETTING_LIST_H

#define CT_KIB   1024
#define CT_MIB   ((uint64_t)1 << 20)
#define CT_GIB   ((uint64_t)1 << 30)
#define CT_DAY_S 86400

/* clang-format off */
#define CT_SETTING_LIST(X) \
    X(listen, "listen", "listen", TEXT, "127.0.0.1:8080", 0, 0, NULL, "ADDRESS", \
      "where to listen: 127.0.0.1:8080, [::1]:8080; port 0: any that is free") \
    X(listen_lines, "listen_lines", "listen-lines", TEXT, "", 0, 0, NULL, "ADDRESS", \
      "where to take line protocol over TCP, without tokens; empty: nowhere") \
    X(listen_udp, "listen_udp", "listen-udp", TEXT, "", 0, 0, NULL, "ADDRESS", \
      "where to take line protocol over UDP, without tokens; empty: nowhere") \
    X(udp_precision, "udp_precision", "udp-precision", CHOICE, "ns", 0, 0, "ns us ms s", "UNIT", \
      "unit of times in lines over TCP and UDP: ns, us, ms, s") \
    X(lines_database, "lines_database", "lines-database", TEXT, "default", 1, 0, NULL, "NAME", \
      "database of lines over TCP and UDP") \
    X(default_database, "default_database", "default-database", TEXT, "default", 1, 0, NULL, \
      "NAME", "database of requests that name none") \
    X(token_file, "token_file", "token-file", TEXT, "", 0, 0, NULL, "FILE", \
      "file of tokens; empty: `tokens` in the store's folder") \
    X(is_insecure, "insecure", "insecure", SWITCH, "no", 0, 0, NULL, NULL, \
      "let whoever reaches the server do everything where there is no token") \
    X(takes_url_secrets, "url_secrets", "url-secrets", SWITCH, "no", 0, 0, NULL, NULL, \
      "take u= and p= of a URL: proxies log them") \
    X(has_open_metrics, "open_metrics", "open-metrics", SWITCH, "no", 0, 0, NULL, NULL, \
      "show /metrics without a token") \
    X(cors_origin, "cors_origin", "cors-origin", TEXT, "", 0, 0, NULL, "ORIGIN", \
      "site whose pages may ask from a browser: https://host, or *; empty: none") \
    X(durability, "durability", "durability", CHOICE, "sync", 0, 0, "sync interval none", "MODE", \
      "when an answer is sent: sync (rows are on the device), interval, none") \
    X(memory_bytes, "memory", "memory", SIZE, "256MiB", 4 * CT_MIB, 1024 * CT_GIB, NULL, "SIZE", \
      "of rows that are not yet in segments") \
    X(series_max, "series_max", "series-max", COUNT, "16777216", 1, (uint64_t)1 << 30, NULL, "N", \
      "series of one table") \
    X(keeps_queries, "keep_queries", "keep-queries", SWITCH, "no", 0, 0, NULL, NULL, \
      "keep the texts of queries to RAG pipelines; else their hashes") \
    X(header_bytes_max, "header_bytes_max", "header-bytes-max", SIZE, "16KiB", 256, CT_MIB, NULL, \
      "SIZE", "of a request's head; longer: 431") \
    X(body_bytes_max, "body_bytes_max", "body-bytes-max", SIZE, "32MiB", 1, 4 * CT_GIB, NULL, \
      "SIZE", "of a body as it comes; longer: 413") \
    X(unpacked_bytes_max, "unpacked_bytes_max", "unpacked-bytes-max", SIZE, "64MiB", 1, \
      4 * CT_GIB, NULL, "SIZE", "of a body unpacked; longer: 413") \
    X(unpacked_ratio_max, "unpacked_ratio_max", "unpacked-ratio-max", COUNT64, "100", 2, 100000, \
      NULL, "N", "of unpacked to packed past the first MiB; more: 413") \
    X(bodies_bytes_max, "bodies_bytes_max", "bodies-bytes-max", SIZE, "512MiB", 1, 1024 * CT_GIB, \
      NULL, "SIZE", "of the bodies of all requests at once; more: 503") \
    X(connections_max, "connections_max", "connections-max", COUNT, "1024", 1, 100000, NULL, "N", \
      "connections at once") \
    X(connections_per_address_max, "connections_per_address_max", "connections-per-address-max", \
      COUNT, "512", 1, 100000, NULL, "N", "of these from one address") \
    X(header_timeout_s, "header_timeout", "header-timeout", SECONDS, "10s", 1, CT_DAY_S, NULL, \
      "TIME", "for a request's head to come") \
    X(body_timeout_s, "body_timeout", "body-timeout", SECONDS, "30s", 1, CT_DAY_S, NULL, "TIME", \
      "for more of a body to come") \
    X(idle_timeout_s, "idle_timeout", "idle-timeout", SECONDS, "2m", 1, CT_DAY_S, NULL, "TIME", \
      "for the next request on a connection") \
    X(request_timeout_s, "request_timeout", "request-timeout", SECONDS, "5m", 1, CT_DAY_S, NULL, \
      "TIME", "for a request, from head to answer") \
    X(shutdown_timeout_s, "shutdown_timeout", "shutdown-timeout", SECONDS, "30s", 0, CT_DAY_S, \
      NULL, "TIME", "for running requests to finish when the server is told to stop") \
    X(queries_max, "queries_max", "queries-max", COUNT, "32", 1, 100000, NULL, "N", \
      "queries at once; more wait") \
    X(query_wait_s, "query_wait", "query-wait", SECONDS, "5s", 0, CT_DAY_S, NULL, "TIME", \
      "for one of these to end; then: 503") \
    X(query_threads, "query_threads", "query-threads", COUNT, "2", 1, 1024, NULL, "N", \
      "threads of one query") \
    X(query_rows_max, "query_rows_max", "query-rows-max", COUNT64, "10000000", 1, UINT64_MAX, \
      NULL, "N", "rows of one answer") \
    X(query_memory_bytes, "query_memory", "query-memory", SIZE, "1GiB", 1, 1024 * CT_GIB, NULL, \
      "SIZE", "of one query") \
    X(query_timeout_s, "query_timeout", "query-timeout", SECONDS, "1m", 1, CT_DAY_S, NULL, \
      "TIME", "of one query") \
    X(log_level, "log_level", "log-level", CHOICE, "info", 0, 0, "debug info warning error", \
      "LEVEL", "the lowest that is logged: debug, info, warning, error") \
    X(log_format, "log_format", "log-format", CHOICE, "logfmt", 0, 0, "logfmt json", "FORMAT", \
      "of the log on stderr: logfmt or json") \
    X(logs_requests, "log_requests", "log-requests", SWITCH, "yes", 0, 0, NULL, "yes|no", \
      "log each request, not only those that fail")
/* clang-format on */

#endif
