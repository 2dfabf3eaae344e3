#include "server_config.h"

#include <arpa/inet.h>
#include <string.h>

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

static void set_text(char *out, const char *text)
{
    memcpy(out, text, strlen(text) + 1);
}

void ct_server_config_init(struct ct_server_config *config)
{
    *config = (struct ct_server_config){
        .logs_requests = true,
        .header_bytes_max = 16 * KIB,
        .body_bytes_max = 32 * MIB,
        .unpacked_bytes_max = 64 * MIB,
        .unpacked_ratio_max = 100,
        .bodies_bytes_max = 512 * MIB,
        .connections_max = 1024,
        .connections_per_address_max = 512,
        .header_timeout_s = 10,
        .body_timeout_s = 30,
        .idle_timeout_s = 120,
        .request_timeout_s = 300,
        .shutdown_timeout_s = 30,
        .query_threads = 2,
        .queries_max = 32,
        .query_rows_max = 10000000,
        .query_memory_bytes = 1024 * MIB,
        .query_timeout_s = 60,
        .history_days = UINT32_MAX,
    };
    set_text(config->listen, "127.0.0.1:8080");
    set_text(config->udp_precision, "ns");
    set_text(config->lines_database, "default");
    set_text(config->default_database, "default");
    set_text(config->log_format, "logfmt");
    set_text(config->log_level, "info");
    set_text(config->durability, "sync");
}

/* Numbers, or the one name that every system has for them: what another name stands for may change.
 */
bool ct_server_config_is_local(const char *address)
{
    const char *colon = strrchr(address, ':');
    const size_t len = colon ? (size_t)(colon - address) : 0;
    char host[64];
    struct in_addr four;
    if (len == 0 || len >= sizeof host)
        return false;
    memcpy(host, address, len);
    host[len] = 0;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return strcmp(host, "[::1]") == 0 || strcmp(host, "localhost") == 0;
}
