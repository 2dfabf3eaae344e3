#include "file_names.h"

#include <stdio.h>
#include <string.h>

void ct_name_manifest(char *out, uint64_t number)
{
    snprintf(out, CT_FILE_NAME_CAP, "manifest-%06llu", (unsigned long long)number);
}

void ct_name_catalog(char *out, uint64_t number)
{
    snprintf(out, CT_FILE_NAME_CAP, "catalog-%06llu", (unsigned long long)number);
}

void ct_name_log(char *out, uint64_t number)
{
    snprintf(out, CT_FILE_NAME_CAP, "%010llu.log", (unsigned long long)number);
}

void ct_name_segment(char *out, uint64_t number)
{
    snprintf(out, CT_FILE_NAME_CAP, "%010llu.seg", (unsigned long long)number);
}

void ct_name_rollup(char *out, uint64_t number)
{
    snprintf(out, CT_FILE_NAME_CAP, "%010llu.rol", (unsigned long long)number);
}

bool ct_name_parse(const char *name, const char *prefix, const char *suffix, uint64_t *number)
{
    const size_t prefix_len = strlen(prefix);
    if (strncmp(name, prefix, prefix_len) != 0)
        return false;
    uint64_t value = 0;
    const char *at = name + prefix_len;
    if (*at < '0' || *at > '9')
        return false;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
            return false;
    }
    if (strcmp(at, suffix) != 0)
        return false;
    *number = value;
    return true;
}
