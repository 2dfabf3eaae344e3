/* The bytes of several files, or of stdin, one after another. Layer tools. Confined to one thread.
 */
#ifndef CT_INPUT_H
#define CT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ct_input {
    const char *const *names; /* "-": stdin */
    int name_count;
    int at;         /* index of the open one; name_count: none is left */
    int fd;         /* -1: names[at] is not open yet */
    char last_byte; /* that was handed out of the open file */
    uint64_t read_bytes;
};

/* Checks that every file can be read, and adds up their sizes (0 where one is not a regular file).
 * False, told on stderr, where one cannot. */
bool ct_input_init(struct ct_input *input, const char *const *names, int name_count,
                   uint64_t *out_total_bytes);
void ct_input_deinit(struct ct_input *input);

/* Fills buffer unless the input ends before; *out_len is less than cap only at the end. A file that
 * does not end with a newline gets one, so that no line runs on into the next file. False, told on
 * stderr, where reading fails. */
bool ct_input_read(struct ct_input *input, char *buffer, size_t cap, size_t *out_len);

bool ct_input_is_at_end(const struct ct_input *input);

/* Name of the file being read. */
const char *ct_input_name(const struct ct_input *input);

#endif
