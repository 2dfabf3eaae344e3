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
    int at; /* index of the one being read; name_count: none is left */
    int fd; /* -1: names[at] is not open yet */
    uint64_t read_bytes;
};

/* Checks that every file can be read, and adds up their sizes (0 where one is not a regular file).
 * False, told on stderr, where one cannot. */
bool ct_input_init(struct ct_input *input, const char *const *names, int name_count,
                   uint64_t *out_total_bytes);
void ct_input_deinit(struct ct_input *input);

static inline bool ct_input_is_at_end(const struct ct_input *input)
{
    return input->at == input->name_count;
}

/* Fills buffer from the file that is being read, or less where that ends or a pipe pauses: what
 * came so far should not wait for what may come much later. *is_end_of_file: the next call reads
 * the next file. False, told on stderr, where reading fails. */
bool ct_input_read(struct ct_input *input, char *buffer, size_t cap, size_t *out_len,
                   bool *is_end_of_file);

/* Name of the file that the next call reads; stdin's is "stdin". Not at the end. */
const char *ct_input_name(const struct ct_input *input);

#endif
