/* TZif files made by hand, for tests and fuzz seeds. */
#ifndef CT_TIME_ZONE_FIXTURE_H
#define CT_TIME_ZONE_FIXTURE_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TZIF_BYTES_MAX 1024

struct tzif {
    uint8_t bytes[TZIF_BYTES_MAX];
    size_t len;
};

struct tzif_change {
    int64_t at_s;
    int32_t offset_s;
};

static inline void tzif_add(struct tzif *file, uint64_t value, size_t bytes)
{
    for (size_t i = bytes; i-- > 0;)
        file->bytes[file->len++] = (uint8_t)(value >> 8 * i);
}

static inline void tzif_header(struct tzif *file, char version, uint32_t times, uint32_t types)
{
    memcpy(file->bytes + file->len, "TZif", 4);
    file->len += 4;
    tzif_add(file, (uint8_t)version, 1);
    memset(file->bytes + file->len, 0, 15);
    file->len += 15;
    const uint32_t counts[] = {0, 0, 0, times, types, 4};
    for (size_t i = 0; i < 6; i++)
        tzif_add(file, counts[i], 4);
}

/* Type 0 is `first_s`; each change has a type of its own. */
static inline void tzif_block(struct tzif *file, size_t time_bytes, int32_t first_s,
                              const struct tzif_change *changes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        tzif_add(file, (uint64_t)changes[i].at_s, time_bytes);
    for (uint32_t i = 0; i < count; i++)
        tzif_add(file, i + 1, 1);
    for (uint32_t i = 0; i <= count; i++) {
        tzif_add(file, (uint32_t)(i ? changes[i - 1].offset_s : first_s), 4);
        tzif_add(file, 0, 2);
    }
    tzif_add(file, 0x41424300, 4); /* one name for all: "ABC" */
}

/* Version 0 has the first block only, and no rule; in the others the first block is empty. */
static inline struct tzif tzif_of(char version, int32_t first_s, const struct tzif_change *changes,
                                  uint32_t count, const char *rule)
{
    struct tzif file = {.len = 0};
    if (version == 0) {
        tzif_header(&file, version, count, count + 1);
        tzif_block(&file, 4, first_s, changes, count);
        return file;
    }
    tzif_header(&file, version, 0, 1);
    tzif_block(&file, 4, 0, NULL, 0);
    tzif_header(&file, version, count, count + 1);
    tzif_block(&file, 8, first_s, changes, count);
    file.len +=
        (size_t)snprintf((char *)file.bytes + file.len, TZIF_BYTES_MAX - file.len, "\n%s\n", rule);
    return file;
}

#endif
