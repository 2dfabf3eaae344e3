/* influxql_answers LINES NOW_NS: writes the lines of a file into database `t` of a store in memory,
 * then answers each line of standard input, one statement or several, with one line of JSON. A line
 * that begins with "!" is line protocol to be written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "centime.h"

static centime_store *store;
static centime_influx_options options = CENTIME_INFLUX_OPTIONS_INIT;

static void stop(const char *what, const centime_error *err)
{
    fprintf(stderr, "influxql_answers: %s: %s\n", what, err->text);
    exit(2);
}

static void write_lines(const char *bytes, size_t len)
{
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_write(store, "t", bytes, len, NULL, NULL, &err) != CENTIME_OK)
        stop("writing", &err);
}

static void load(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t len = 0;
    size_t cap = 1 << 20;
    char *bytes = malloc(cap);
    if (!file) {
        perror(path);
        exit(2);
    }
    for (size_t got; (got = fread(bytes + len, 1, cap - len, file)) > 0;) {
        len += got;
        if (len == cap)
            bytes = realloc(bytes, cap *= 2);
    }
    fclose(file);
    write_lines(bytes, len);
    free(bytes);
}

static void answer(const char *text, size_t len)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_buffer *buffer;
    if (centime_influxql(store, text, len, &options, &buffer, &err) != CENTIME_OK) {
        printf("{\"error\":\"");
        for (const char *at = err.text; *at; at++)
            printf(*at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
        printf("\"}\n");
        return;
    }
    fwrite(centime_buffer_bytes(buffer), 1, centime_buffer_len(buffer), stdout);
    centime_buffer_destroy(buffer);
}

int main(int argc, char **argv)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_options open_options = CENTIME_OPTIONS_INIT;
    char *line = NULL;
    size_t cap = 0;
    if (argc != 3)
        return 2;
    open_options.in_memory = 1;
    if (centime_open("answers", &open_options, &store, &err) != CENTIME_OK)
        stop("opening", &err);
    options.database = "t";
    options.now_ns = strtoll(argv[2], NULL, 10);
    load(argv[1]);
    for (ssize_t len; (len = getline(&line, &cap, stdin)) > 0;) {
        while (len > 0 && line[len - 1] == '\n')
            len--;
        if (line[0] == '!')
            write_lines(line + 1, (size_t)len - 1);
        else
            answer(line, (size_t)len);
    }
    free(line);
    if (centime_close(store, &err) != CENTIME_OK)
        stop("closing", &err);
    return 0;
}
