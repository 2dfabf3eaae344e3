/* Names of the store's files. Private to store. ../FORMAT.md section 2. */
#ifndef CT_FILE_NAMES_H
#define CT_FILE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#define CT_NAME_CURRENT   "CURRENT"
#define CT_NAME_LOCK      "LOCK"
#define CT_FOLDER_LOG     "log"
#define CT_FOLDER_SEGMENT "seg"
#define CT_FOLDER_ROLLUP  "roll"

#define CT_FILE_NAME_CAP 40

/* Each writes at most CT_FILE_NAME_CAP bytes with the terminator. */
void ct_name_manifest(char *out, uint64_t number); /* manifest-000017 */
void ct_name_catalog(char *out, uint64_t number);  /* catalog-000018 */
void ct_name_log(char *out, uint64_t number);      /* 0000000019.log */
void ct_name_segment(char *out, uint64_t number);  /* 0000000020.seg */
void ct_name_rollup(char *out, uint64_t number);   /* 0000000021.rol */

/* The number in `name`, where it is `prefix`, digits, `suffix` and nothing else. */
bool ct_name_parse(const char *name, const char *prefix, const char *suffix, uint64_t *number);

#endif
