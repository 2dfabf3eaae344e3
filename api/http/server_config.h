/* What a server is told: by flags, then environment (CENTIME_*), then a file, then these defaults.
 * Layer http, and the command `serve`. One table in setting_list.h has name, kind, default, bounds
 * and help of each; unknown names are errors that say where. No setting is a secret: tokens stand
 * in their file. */
#ifndef CT_SERVER_CONFIG_H
#define CT_SERVER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "setting_list.h"
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
    uint32_t query_threads, queries_max; /* at once; beyond: wait */
    uint32_t query_wait_s;               /* then: 503 */
    uint64_t query_rows_max;
    size_t query_memory_bytes;
    uint32_t query_timeout_s;
    size_t memory_bytes;
    uint32_t series_max;
};

/* The defaults. */
void ct_server_config_init(struct ct_server_config *config);

/* Is an address to listen at one that only this machine reaches: 127.*, [::1], localhost? */
bool ct_server_config_is_local(const char *address);

/* Does it make sense, and is it safe? An address that others reach needs a token in the token file,
 * unless `insecure`. Errors: CT_INVALID, naming the settings; as ct_token_list_read. */
ct_status ct_server_config_check(const struct ct_server_config *config,
                                 struct ct_error *err) CT_MUST_USE;

/* -- Settings by name -------------------------------------------------------------------------- */

/* The table is CT_SETTING_LIST in setting_list.h. A key is also a flag, with - for _, and after
 * CENTIME_ in capitals an environment variable. */
#define CT_SETTINGS_MAX       48
#define CT_SETTING_TEXT_BYTES (CT_CONFIG_TEXT_BYTES * 4)

size_t ct_setting_count(void);
const char *ct_setting_key(size_t index);

/* In rising order of precedence. */
enum ct_setting_source {
    CT_SETTING_DEFAULT = 0,
    CT_SETTING_FILE = 1,
    CT_SETTING_ENVIRONMENT = 2,
    CT_SETTING_FLAG = 3
};

/* A configuration in the making, and where each of its values is from. */
struct ct_settings {
    struct ct_server_config config;
    char file[CT_SETTING_TEXT_BYTES]; /* that was read; "": none */
    struct ct_setting_origin {
        enum ct_setting_source source;
        uint32_t line; /* of the file */
    } origins[CT_SETTINGS_MAX];
    char ignored[CT_CONFIG_TEXT_BYTES]; /* variables that look like ours and are not */
};

/* All defaults. */
void ct_settings_init(struct ct_settings *settings);

/* Each takes a source; they may come in any order. A value of a lesser source than the one that is
 * there is looked at, and left. Errors: CT_INVALID and CT_RANGE, naming the setting, what was found
 * and what would do; for a name that there is not, the one that was meant. */

/* `key` with - or _; a switch takes NULL. */
ct_status ct_settings_set_flag(struct ct_settings *settings, const char *key, const char *value,
                               struct ct_error *err) CT_MUST_USE;
/* Lines `key = value`; # begins a comment, quotes keep blanks. Errors name file and line; CT_IO,
 * CT_NOT_FOUND, CT_LIMIT. */
ct_status ct_settings_read_file(struct ct_settings *settings, const char *path,
                                struct ct_error *err) CT_MUST_USE;
/* CENTIME_* of an environment such as `environ`. A name that is but a slip away from one of ours is
 * an error; others of that beginning (of tests, of a cluster that names services) are listed in
 * `ignored`. */
ct_status ct_settings_read_environment(struct ct_settings *settings, char *const *environment,
                                       struct ct_error *err) CT_MUST_USE;

/* The value as a file would have it, zero-terminated, and "default", "flag", "CENTIME_LISTEN",
 * "/etc/centime.conf:3". */
void ct_settings_print(const struct ct_settings *settings, size_t index,
                       char value[CT_SETTING_TEXT_BYTES], char origin[CT_SETTING_TEXT_BYTES + 16]);

#endif
