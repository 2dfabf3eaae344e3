/* Reading files and stdin in large pieces. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAUSE_MS 50 /* of a pipe, after which its bytes so far are worked on */

static bool fail(const char *name)
{
    fprintf(stderr, "centime: %s: %s\n", name, strerror(errno));
    return false;
}

static bool is_stdin(const char *name)
{
    return strcmp(name, "-") == 0;
}

bool ct_input_init(struct ct_input *input, const char *const *names, int name_count,
                   uint64_t *out_total_bytes)
{
    *input = (struct ct_input){.names = names, .name_count = name_count, .fd = -1};
    uint64_t total_bytes = 0;
    bool is_known = true;
    for (int i = 0; i < name_count; i++) {
        struct stat stat_of_file;
        const bool is_found = is_stdin(names[i]) ? fstat(STDIN_FILENO, &stat_of_file) == 0
                                                 : stat(names[i], &stat_of_file) == 0;
        if (!is_found || (!is_stdin(names[i]) && access(names[i], R_OK) != 0))
            return fail(names[i]);
        if (S_ISDIR(stat_of_file.st_mode)) {
            errno = EISDIR;
            return fail(names[i]);
        }
        is_known = is_known && S_ISREG(stat_of_file.st_mode);
        total_bytes += (uint64_t)stat_of_file.st_size;
    }
    *out_total_bytes = is_known ? total_bytes : 0;
    return true;
}

void ct_input_deinit(struct ct_input *input)
{
    if (input->fd > STDIN_FILENO)
        close(input->fd);
    input->fd = -1;
}

const char *ct_input_name(const struct ct_input *input)
{
    const char *name = input->names[input->at];
    return is_stdin(name) ? "stdin" : name;
}

static bool open_file(struct ct_input *input)
{
    const char *name = input->names[input->at];
    input->fd = is_stdin(name) ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    if (input->fd < 0)
        return fail(name);
    posix_fadvise(input->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return true;
}

static bool pauses(const struct ct_input *input)
{
    struct pollfd source = {.fd = input->fd, .events = POLLIN};
    return poll(&source, 1, PAUSE_MS) == 0;
}

bool ct_input_read(struct ct_input *input, char *buffer, size_t cap, size_t *out_len,
                   bool *is_end_of_file)
{
    size_t len = 0;
    *is_end_of_file = false;
    if (input->fd < 0 && !open_file(input))
        return false;
    while (len < cap && (len == 0 || !pauses(input))) {
        const ssize_t got = read(input->fd, buffer + len, cap - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(ct_input_name(input));
        if (got == 0) {
            ct_input_deinit(input);
            input->at++;
            *is_end_of_file = true;
            break;
        }
        len += (size_t)got;
    }
    input->read_bytes += len;
    *out_len = len;
    return true;
}
