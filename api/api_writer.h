/* A writer, for the files that write. Private to api. */
#ifndef CENTIME_API_WRITER_H
#define CENTIME_API_WRITER_H

#include "api_private.h"
#include "line_protocol.h"

struct centime_writer {
    centime_store *store;
    struct ct_intake *intake;
    struct ct_line_parser *parser;
    struct ct_reject_list rejects; /* of the piece being read */
    /* Of the next write: centime_writer_partial, centime_writer_request. */
    bool is_partial;
    bool has_request;
    struct ct_request_key request;
    char request_key[CT_REQUEST_KEY_BYTES_MAX];
};

/* One call of centime_writer_lines. */
struct writing {
    centime_writer *writer;
    const char *text;
    size_t len;
    bool all_or_nothing;
    bool may_misfit; /* all_or_nothing takes no offence at misfits */
    struct ct_line_options line_options;
    uint64_t lines_before; /* of the text, before the piece being read */
    centime_write_result result;
    struct ct_commit_result commit; /* of all pieces */
    struct ct_error first_reject;
};

/* A column with what the intake says of it. */
struct api_batch_field {
    const centime_column *column;
    uint32_t index; /* the intake's */
    enum ct_type stored;
};

/* The type that a column of enum centime_type asks its field to have. */
enum ct_type api_written_type(uint32_t type);

/* CT_INVALID: no name, no values, an unknown type or scale. */
ct_status api_check_column(const centime_column *column, struct ct_error *err) CT_MUST_USE;

/* The column's value in a row, as its field stores it. Texts are borrowed. */
ct_status api_convert_value(const struct api_batch_field *field, size_t row,
                            struct ct_row_value *out, struct ct_error *err) CT_MUST_USE;

ct_status api_writer_make(centime_store *store, const char *database, centime_writer **out,
                          struct ct_error *err) CT_MUST_USE;

/* Line feeds in the text. */
uint64_t api_count_lines(const char *text, size_t len);

/* Forgets what the intake holds. */
void api_writer_reset(centime_writer *writer);

/* Commits what the intake holds and adds to the counts; the intake is empty then. CT_STALE: to be
 * reset and filled again. */
ct_status api_writer_commit(centime_writer *writer, struct ct_commit_result *total,
                            struct ct_error *err) CT_MUST_USE;

/* All but what the caller set. */
void api_clear_counts(centime_write_result *result);
void api_copy_counts(centime_write_result *result, const struct ct_commit_result *commit);

/* As centime_writer_request. */
ct_status api_writer_request(centime_writer *writer, const char *key, const void *content,
                             size_t len, struct ct_error *err) CT_MUST_USE;

#endif
