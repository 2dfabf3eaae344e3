/* Settings from flags, environment and a file, and what they come to. */
#include "setting_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "text.h"

#define FILE_BYTES_MAX  ((size_t)64 * 1024)
#define NAME_BYTES_MAX  64
#define ENVIRONMENT     "CENTIME_"
#define ENVIRONMENT_LEN (sizeof ENVIRONMENT - 1)
#define CONFIG_VARIABLE "CENTIME_CONFIG" /* names the file: the command reads it */

size_t ct_setting_count(void)
{
    size_t count;
    ct_setting_rows(&count);
    return count;
}

const char *ct_setting_key(size_t index)
{
    size_t count;
    return ct_setting_rows(&count)[index].key;
}

void ct_server_config_init(struct ct_server_config *config)
{
    size_t count;
    const struct ct_setting_row *rows = ct_setting_rows(&count);
    *config = (struct ct_server_config){0};
    for (size_t i = 0; i < count; i++) {
        const ct_status status = ct_setting_read(&rows[i], rows[i].initial, config, NULL);
        CT_ASSERT(status == CT_OK);
    }
}

void ct_settings_init(struct ct_settings *settings)
{
    *settings = (struct ct_settings){0};
    ct_server_config_init(&settings->config);
}

/* -- Names ------------------------------------------------------------------------------------- */

/* "Query-Timeout" as the table has it; false where that is too long. */
static bool normalise(struct ct_text name, char out[NAME_BYTES_MAX])
{
    if (name.len >= NAME_BYTES_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.bytes[i];
        out[i] = c == '-' ? '_' : c;
        if (c >= 'A' && c <= 'Z')
            out[i] = (char)(c - 'A' + 'a');
    }
    out[name.len] = 0;
    return true;
}

static size_t least_of(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* How many letters must be put in, taken out or changed (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_BYTES_MAX + 1];
    const size_t b_len = strlen(b);
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            const size_t above = row[j];
            row[j] = least_of(row[j - 1] + 1, above + 1, diagonal + (a[i - 1] != b[j - 1] ? 1 : 0));
            diagonal = above;
        }
    }
    return row[b_len];
}

/* A name that is not in the table. *slips: how far the nearest is. */
static const char *nearest(const char *name, size_t *slips)
{
    size_t count;
    const struct ct_setting_row *rows = ct_setting_rows(&count);
    const char *found = "";
    *slips = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        const size_t far = distance(name, rows[i].key);
        if (far < *slips) {
            *slips = far;
            found = rows[i].key;
        }
    }
    return found;
}

static bool is_slip(const char *name, size_t slips)
{
    return slips <= 2 && slips * 3 <= strlen(name);
}

static ct_status refuse_name(const char *name, struct ct_error *err)
{
    size_t slips;
    const char *meant = nearest(name, &slips);
    if (slips <= strlen(name) / 2)
        return ct_fail(err, CT_INVALID, "no setting is called '%s': did you mean '%s'?", name,
                       meant);
    return ct_fail(err, CT_INVALID,
                   "no setting is called '%s': `centime serve --help` lists what there is", name);
}

static bool find(const char *name, size_t *index)
{
    size_t count;
    const struct ct_setting_row *rows = ct_setting_rows(&count);
    for (*index = 0; *index < count; ++*index)
        if (strcmp(rows[*index].key, name) == 0)
            return true;
    return false;
}

/* -- Values ------------------------------------------------------------------------------------ */

/* Reads the value in any case, and keeps it where no better source has spoken. */
static ct_status set(struct ct_settings *settings, size_t index, const char *value,
                     struct ct_setting_origin origin, struct ct_error *err)
{
    size_t count;
    const struct ct_setting_row *row = &ct_setting_rows(&count)[index];
    struct ct_server_config tried = settings->config;
    struct ct_error story;
    const ct_status status = ct_setting_read(row, value, &tried, &story);
    if (status != CT_OK)
        return ct_fail(err, status, "%s: %s", row->key, story.text);
    if (origin.source >= settings->origins[index].source) {
        settings->config = tried;
        settings->origins[index] = origin;
    }
    return CT_OK;
}

ct_status ct_settings_set_flag(struct ct_settings *settings, const char *key, const char *value,
                               struct ct_error *err)
{
    char name[NAME_BYTES_MAX];
    size_t index;
    if (!normalise(ct_text_of(key), name))
        return ct_fail(err, CT_INVALID, "no setting has so long a name");
    if (!find(name, &index))
        return refuse_name(name, err);
    return set(settings, index, value ? value : "yes",
               (struct ct_setting_origin){CT_SETTING_FLAG, 0}, err);
}

/* -- The file ---------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct ct_text trim(struct ct_text text)
{
    while (text.len > 0 && is_blank(text.bytes[0]))
        text = (struct ct_text){text.bytes + 1, text.len - 1};
    while (text.len > 0 && is_blank(text.bytes[text.len - 1]))
        text.len--;
    return text;
}

/* The value without its quotes, or up to a comment. */
static ct_status unquote(struct ct_text text, char out[CT_SETTING_TEXT_BYTES], struct ct_error *err)
{
    const char *end;
    if (text.len > 0 && text.bytes[0] == '"') {
        end = memchr(text.bytes + 1, '"', text.len - 1);
        const size_t after = end ? (size_t)(end + 1 - text.bytes) : text.len;
        const struct ct_text rest = trim((struct ct_text){text.bytes + after, text.len - after});
        if (!end || (rest.len > 0 && rest.bytes[0] != '#'))
            return ct_fail(err, CT_INVALID, "a quote that does not end, or text behind it");
        text = (struct ct_text){text.bytes + 1, after - 2};
    } else {
        end = text.len ? memchr(text.bytes, '#', text.len) : NULL;
        text = trim((struct ct_text){text.bytes, end ? (size_t)(end - text.bytes) : text.len});
    }
    if (text.len >= CT_SETTING_TEXT_BYTES || (text.len && memchr(text.bytes, 0, text.len)))
        return ct_fail(err, CT_INVALID, "a value that is too long, or has a zero byte");
    if (text.len)
        memcpy(out, text.bytes, text.len);
    out[text.len] = 0;
    return CT_OK;
}

static ct_status take_line(struct ct_settings *settings, struct ct_text line, uint32_t number,
                           struct ct_error *err)
{
    char name[NAME_BYTES_MAX], value[CT_SETTING_TEXT_BYTES];
    size_t index;
    line = trim(line);
    if (line.len == 0 || line.bytes[0] == '#')
        return CT_OK;
    const char *equals = memchr(line.bytes, '=', line.len);
    const size_t at = equals ? (size_t)(equals - line.bytes) : line.len;
    if (!equals || !normalise(trim((struct ct_text){line.bytes, at}), name))
        return ct_fail(err, CT_INVALID, "`key = value` is expected");
    if (!find(name, &index))
        return refuse_name(name, err);
    const struct ct_setting_origin *before = &settings->origins[index];
    if (before->source == CT_SETTING_FILE)
        return ct_fail(err, CT_INVALID, "%s stands in line %u already", name, before->line);
    CT_TRY(unquote(trim((struct ct_text){equals + 1, line.len - at - 1}), value, err));
    return set(settings, index, value, (struct ct_setting_origin){CT_SETTING_FILE, number}, err);
}

static ct_status take_lines(struct ct_settings *settings, struct ct_text text, const char *path,
                            struct ct_error *err)
{
    uint32_t number = 1;
    for (size_t at = 0; at < text.len; number++) {
        const char *end = memchr(text.bytes + at, '\n', text.len - at);
        const size_t len = end ? (size_t)(end - text.bytes) - at : text.len - at;
        const struct ct_text line = {text.bytes + at, len};
        struct ct_error story;
        const ct_status status = take_line(settings, line, number, &story);
        if (status != CT_OK) {
            ct_fail_at(err, status, path, 0, "%.80s:%u: %.160s", path, number, story.text);
            if (err)
                err->line = number;
            return status;
        }
        at += len + 1;
    }
    return CT_OK;
}

ct_status ct_settings_read_file(struct ct_settings *settings, const char *path,
                                struct ct_error *err)
{
    char text[FILE_BYTES_MAX];
    size_t len = 0;
    if (strlen(path) >= sizeof settings->file)
        return ct_fail(err, CT_LIMIT, "the path of the configuration is too long");
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ct_fail_os(err, errno, "open", path);
    for (ssize_t got = 1; got > 0 && len<sizeof text; len += got> 0 ? (size_t)got : 0)
        if ((got = read(fd, text + len, sizeof text - len)) < 0) {
            const int os_errno = errno;
            close(fd);
            return ct_fail_os(err, os_errno, "read", path);
        }
    close(fd);
    if (len == sizeof text)
        return ct_fail_at(err, CT_LIMIT, path, 0, "is larger than %zu bytes", sizeof text - 1);
    memcpy(settings->file, path, strlen(path) + 1);
    return take_lines(settings, (struct ct_text){text, len}, path, err);
}

/* -- The environment --------------------------------------------------------------------------- */

static void note_ignored(struct ct_settings *settings, struct ct_text variable)
{
    const size_t len = strlen(settings->ignored);
    snprintf(settings->ignored + len, sizeof settings->ignored - len, "%s%.*s", len ? " " : "",
             (int)variable.len, variable.bytes);
}

static ct_status take_variable(struct ct_settings *settings, struct ct_text variable,
                               const char *value, struct ct_error *err)
{
    char name[NAME_BYTES_MAX];
    size_t index, slips;
    struct ct_error story;
    const struct ct_text rest = {variable.bytes + ENVIRONMENT_LEN, variable.len - ENVIRONMENT_LEN};
    if (!normalise(rest, name)) {
        note_ignored(settings, variable);
        return CT_OK;
    }
    if (find(name, &index)) {
        const struct ct_setting_origin origin = {CT_SETTING_ENVIRONMENT, 0};
        const ct_status status = set(settings, index, value, origin, &story);
        return status == CT_OK ? CT_OK
                               : ct_fail(err, status, "%.*s: %s", (int)variable.len, variable.bytes,
                                         story.text);
    }
    const char *meant = nearest(name, &slips);
    if (is_slip(name, slips))
        return ct_fail(err, CT_INVALID, "%.*s is no variable of ours: was the one of '%s' meant?",
                       (int)variable.len, variable.bytes, meant);
    note_ignored(settings, variable);
    return CT_OK;
}

ct_status ct_settings_read_environment(struct ct_settings *settings, char *const *environment,
                                       struct ct_error *err)
{
    for (; *environment; environment++) {
        const char *equals = strchr(*environment, '=');
        if (!equals || strncmp(*environment, ENVIRONMENT, ENVIRONMENT_LEN) != 0)
            continue;
        const struct ct_text variable = {*environment, (size_t)(equals - *environment)};
        if (!ct_text_equal(variable, ct_text_of(CONFIG_VARIABLE)))
            CT_TRY(take_variable(settings, variable, equals + 1, err));
    }
    return CT_OK;
}

/* -- Printing ---------------------------------------------------------------------------------- */

void ct_settings_print(const struct ct_settings *settings, size_t index,
                       char value[CT_SETTING_TEXT_BYTES], char origin[CT_SETTING_TEXT_BYTES + 16])
{
    size_t count;
    const struct ct_setting_row *row = &ct_setting_rows(&count)[index];
    const struct ct_setting_origin *from = &settings->origins[index];
    ct_setting_write(row, &settings->config, value);
    switch (from->source) {
    case CT_SETTING_DEFAULT:
        memcpy(origin, "default", sizeof "default");
        break;
    case CT_SETTING_FILE:
        snprintf(origin, CT_SETTING_TEXT_BYTES + 16, "%s:%u", settings->file, from->line);
        break;
    case CT_SETTING_ENVIRONMENT:
        snprintf(origin, CT_SETTING_TEXT_BYTES + 16, ENVIRONMENT "%s", row->key);
        for (char *at = origin; *at; at++)
            *at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
        break;
    case CT_SETTING_FLAG:
        memcpy(origin, "flag", sizeof "flag");
        break;
    }
}
