/* What a server is told: by flags, then environment (CENTIME_*), then a file, then these defaults.
 * Layer http, and the command `serve`. One table in server_config.c has name, type, default and
 * help of each; unknown names are errors that say where. */
#ifndef CT_SERVER_CONFIG_H
#define CT_SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

#define CT_CONFIG_TEXT_BYTES 256

struct ct_server_config {
    char folder[CT_CONFIG_TEXT_BYTES * 4];     /* of the store */
    char listen[CT_CONFIG_TEXT_BYTES];         /* "127.0.0.1:8080", "[::1]:8080"; port 0: any */
    char listen_lines[CT_CONFIG_TEXT_BYTES];   /* TCP, line protocol; "": off */
    char listen_udp[CT_CONFIG_TEXT_BYTES];     /* "": off */
    char udp_precision[8];                     /* "ns", "ms", ... of UDP and TCP lines */
    char lines_database[65];                   /* of TCP and UDP */
    char default_database[65];                 /* where a request names none */
    char token_file[CT_CONFIG_TEXT_BYTES * 4]; /* "": `tokens` in the folder */
    char cors_origin[CT_CONFIG_TEXT_BYTES];    /* "": no CORS */
    char log_format[8];                        /* "logfmt" or "json" */
    char log_level[8];                         /* "info" */
    char durability[12];                       /* "sync", "interval", "none" */
    bool is_insecure;                          /* a non-loopback address without a token is fine */
    bool takes_url_secrets; /* u= and p= of InfluxDB 1: they end up in the logs of proxies */
    bool has_open_metrics;  /* /metrics without a token */
    bool logs_requests;     /* each, at level info; else only failures */
    bool keeps_queries;     /* texts of RAG queries: "keep", else hashed */
    size_t header_bytes_max, body_bytes_max, unpacked_bytes_max, unpacked_ratio_max;
    size_t bodies_bytes_max; /* of all requests at once; beyond: 503 */
    uint32_t connections_max, connections_per_address_max;
    uint32_t header_timeout_s, body_timeout_s, idle_timeout_s;
    uint32_t request_timeout_s, shutdown_timeout_s;
    uint32_t query_threads, queries_max; /* at once; beyond: 503 */
    uint64_t query_rows_max;
    size_t query_memory_bytes;
    uint32_t query_timeout_s;
    size_t memory_bytes;
    uint32_t series_max;
    uint32_t history_days; /* UINT32_MAX: as the store has it */
};

/* The defaults. */
void ct_server_config_init(struct ct_server_config *config);

/* Is an address to listen at one that only this machine reaches: 127.*, [::1], localhost? */
bool ct_server_config_is_local(const char *address);

#endif
