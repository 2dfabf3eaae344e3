/* The table of settings: one row makes a flag, a variable, a key of the file, a line of the help
 * and of --print-config. Layer http; of server_config.c and what reads settings. */
#ifndef CT_SETTING_TABLE_H
#define CT_SETTING_TABLE_H

#include "server_config.h"
#include "setting_list.h"

enum ct_setting_kind {
    CT_KIND_TEXT = 0,
    CT_KIND_CHOICE,  /* a text of a list */
    CT_KIND_SWITCH,  /* bool */
    CT_KIND_SIZE,    /* size_t, bytes: 64MiB */
    CT_KIND_SECONDS, /* uint32_t: 30s, 5m, 2h */
    CT_KIND_COUNT,   /* uint32_t */
    CT_KIND_COUNT64  /* uint64_t */
};

struct ct_setting_row {
    const char *key;
    enum ct_setting_kind kind;
    size_t offset, size_bytes; /* of the member of struct ct_server_config */
    const char *initial;       /* as a file would have it */
    uint64_t min, max;
    const char *choices; /* of a CHOICE: "debug info warning error" */
};

const struct ct_setting_row *ct_setting_rows(size_t *count);

/* CT_INVALID or CT_RANGE: says what was found and what would do, but not of which setting. */
ct_status ct_setting_read(const struct ct_setting_row *row, const char *text,
                          struct ct_server_config *config, struct ct_error *err) CT_MUST_USE;
/* Zero-terminated; reads back as the same. */
void ct_setting_write(const struct ct_setting_row *row, const struct ct_server_config *config,
                      char out[CT_SETTING_TEXT_BYTES]);

#endif
