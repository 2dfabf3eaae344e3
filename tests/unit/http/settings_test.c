/* Settings from flags, environment and file, and what they must hold together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "setting_table.h"
#include "text.h"
#include "token_file.h"

struct scene {
    char folder[64];
    char file[96];
    struct ct_settings settings;
    struct ct_error err;
};

static int open_scene(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    strcpy(scene->folder, "/tmp/centime-settings-XXXXXX");
    if (!mkdtemp(scene->folder))
        return -1;
    snprintf(scene->file, sizeof scene->file, "%s/conf", scene->folder);
    ct_settings_init(&scene->settings);
    strcpy(scene->settings.config.folder, scene->folder);
    *state = scene;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *scene = *state;
    char tokens[96];
    snprintf(tokens, sizeof tokens, "%s/tokens", scene->folder);
    unlink(tokens);
    unlink(scene->file);
    const int status = rmdir(scene->folder);
    free(scene);
    return status;
}

static ct_status set_flag(struct scene *scene, const char *key, const char *value)
{
    memset(&scene->err, 0, sizeof scene->err);
    return ct_settings_set_flag(&scene->settings, key, value, &scene->err);
}

static ct_status read_text(struct scene *scene, const char *text, size_t len)
{
    const int fd = open(scene->file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, text, len), len);
    close(fd);
    memset(&scene->err, 0, sizeof scene->err);
    return ct_settings_read_file(&scene->settings, scene->file, &scene->err);
}

static ct_status read_file(struct scene *scene, const char *text)
{
    return read_text(scene, text, strlen(text));
}

static size_t index_of(const char *key)
{
    for (size_t i = 0; i < ct_setting_count(); i++)
        if (strcmp(ct_setting_key(i), key) == 0)
            return i;
    fail_msg("no setting %s", key);
    return 0;
}

static void expect(const struct scene *scene, const char *key, const char *value,
                   const char *origin)
{
    char found[CT_SETTING_TEXT_BYTES], from[CT_SETTING_TEXT_BYTES + 16];
    ct_settings_print(&scene->settings, index_of(key), found, from);
    assert_string_equal(found, value);
    assert_non_null(strstr(from, origin));
}

static void says(const struct scene *scene, const char *text)
{
    if (!strstr(scene->err.text, text))
        fail_msg("'%s' does not say '%s'", scene->err.text, text);
}

/* -- Values ------------------------------------------------------------------------------------ */

/* Every value reads back as it is printed, and every default lies within its own bounds. */
static void each_setting_prints_as_it_reads(void **state)
{
    struct scene *scene = *state;
    size_t count;
    const struct ct_setting_row *rows = ct_setting_rows(&count);
    assert_in_range(count, 30, CT_SETTINGS_MAX);
    for (size_t i = 0; i < count; i++) {
        char printed[CT_SETTING_TEXT_BYTES], again[CT_SETTING_TEXT_BYTES];
        struct ct_server_config other = {0};
        ct_setting_write(&rows[i], &scene->settings.config, printed);
        assert_int_equal(ct_setting_read(&rows[i], printed, &other, NULL), CT_OK);
        ct_setting_write(&rows[i], &other, again);
        assert_string_equal(printed, again);
        assert_memory_equal((char *)&other + rows[i].offset,
                            (char *)&scene->settings.config + rows[i].offset,
                            rows[i].kind > CT_KIND_CHOICE ? rows[i].size_bytes : 1);
    }
    assert_int_equal(ct_server_config_check(&scene->settings.config, &scene->err), CT_OK);
}

static void defaults_are_what_is_promised(void **state)
{
    const struct scene *scene = *state;
    const struct ct_server_config *config = &scene->settings.config;
    assert_string_equal(config->listen, "127.0.0.1:8080");
    assert_int_equal(config->body_bytes_max, 32 << 20);
    assert_int_equal(config->unpacked_bytes_max, 64 << 20);
    assert_int_equal(config->unpacked_ratio_max, 100);
    assert_int_equal(config->header_bytes_max, 16 << 10);
    assert_int_equal(config->request_timeout_s, 300);
    assert_false(config->is_insecure || config->takes_url_secrets || config->has_open_metrics);
}

static void values_are_read_with_their_units(void **state)
{
    static const struct {
        const char *key, *value, *printed;
    } cases[] = {
        {"memory", "64MiB", "64MiB"},
        {"memory", "67108864", "64MiB"},
        {"memory", "1GiB", "1GiB"},
        {"memory", "5MB", "5000000"},
        {"memory", "8000KiB", "8000KiB"},
        {"memory", "8388608B", "8MiB"},
        {"memory", "2GB", "1953125KiB"},
        {"query-timeout", "90s", "90s"},
        {"query_timeout", "90", "90s"},
        {"query-timeout", "2m", "2m"},
        {"query-timeout", "3600s", "1h"},
        {"query-timeout", "1d", "1d"},
        {"log-requests", "off", "no"},
        {"log-requests", "true", "yes"},
        {"insecure", NULL, "yes"},
        {"Log-Level", "debug", "debug"},
        {"listen", "[::1]:0", "[::1]:0"},
        {"query-rows-max", "18446744073709551615", "18446744073709551615"},
    };
    struct scene *scene = *state;
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        char key[64];
        assert_int_equal(set_flag(scene, cases[i].key, cases[i].value), CT_OK);
        snprintf(key, sizeof key, "%s", cases[i].key);
        for (char *at = key; *at; at++)
            *at = *at == '-' ? '_' : *at == 'L' ? 'l' : *at;
        expect(scene, key, cases[i].printed, "flag");
    }
}

static void what_is_no_value_is_told(void **state)
{
    static const struct {
        const char *key, *value, *text;
    } cases[] = {
        {"memory", "64 MiB", "memory: '64 MiB' is not a size such as 64MiB"},
        {"memory", "64mib", "is not a size"},
        {"memory", "-1", "is not a size"},
        {"memory", "+64MiB", "is not a size"},
        {"memory", "", "is not a size"},
        {"memory", "1", "'1' is not from 4MiB to 1024GiB"},
        {"memory", "18446744073709551616", "is not from"},
        {"memory", "17179869184GiB", "is not from"}, /* 2^64 */
        {"query-timeout", "0s", "'0s' is not from 1s to 1d"},
        {"query-timeout", "1w", "is not a time such as 30s"},
        {"query-timeout", "1.5s", "is not a time"},
        {"queries-max", "0x10", "is not a whole number"},
        {"queries-max", "4294967297", "is not from 1 to 100000"},
        {"log-level", "loud", "is none of: debug info warning error"},
        {"log-level", "debug info", "is none of"},
        {"log-level", "", "is none of"},
        {"insecure", "maybe", "neither yes nor no"},
        {"default-database", "", "a text is needed"},
        {"cors-origin", "a\r\nSet-Cookie: b", "a control byte"},
        {"listen", "\xff:1", "not UTF-8"},
        {"querytimeout", "1s", "no setting is called 'querytimeout': did you mean 'query_timeout'"},
        {"zzz", "1s", "no setting is called 'zzz': `centime serve --help` lists"},
    };
    struct scene *scene = *state;
    const struct ct_server_config before = scene->settings.config;
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        assert_int_not_equal(set_flag(scene, cases[i].key, cases[i].value), CT_OK);
        says(scene, cases[i].text);
    }
    char text[CT_CONFIG_TEXT_BYTES + 1];
    memset(text, 'a', CT_CONFIG_TEXT_BYTES);
    text[CT_CONFIG_TEXT_BYTES] = 0;
    assert_int_equal(set_flag(scene, "listen", text), CT_RANGE);
    text[CT_CONFIG_TEXT_BYTES - 1] = 0;
    assert_memory_equal(&before, &scene->settings.config, sizeof before);
    assert_int_equal(set_flag(scene, "listen", text), CT_OK);
}

/* -- Sources ----------------------------------------------------------------------------------- */

static void a_file_is_read_line_by_line(void **state)
{
    struct scene *scene = *state;
    assert_int_equal(read_file(scene, "# settings\n"
                                      "\n"
                                      "  memory=64MiB  # of rows\r\n"
                                      "cors_origin = \"https://a#b\" # quoted\n"
                                      "Token-File = \"/a path/tokens\"\n"
                                      "listen_udp = \"\"\n"
                                      "\tqueries_max\t=\t7"),
                     CT_OK);
    expect(scene, "memory", "64MiB", "/conf:3");
    expect(scene, "cors_origin", "https://a#b", "/conf:4");
    expect(scene, "token_file", "/a path/tokens", "/conf:5");
    expect(scene, "listen_udp", "", "/conf:6");
    expect(scene, "queries_max", "7", "/conf:7");
    expect(scene, "query_threads", "2", "default");
}

static void what_is_wrong_in_a_file_is_told_with_its_line(void **state)
{
    static const struct {
        const char *line, *text;
    } cases[] = {
        {"memroy = 1GiB", "/conf:2: no setting is called 'memroy': did you mean 'memory'?"},
        {"queries_max = 8", "/conf:2: queries_max stands in line 1 already"},
        {"memory", "`key = value` is expected"},
        {"memory = \"64MiB", "a quote that does not end"},
        {"memory = \"64MiB\" x", "text behind it"},
        {"memory = lots", "/conf:2: memory: 'lots' is not a size"},
        {"= 5", "no setting is called ''"},
        {"[server]", "`key = value` is expected"},
    };
    struct scene *scene = *state;
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        char text[256];
        ct_settings_init(&scene->settings);
        snprintf(text, sizeof text, "queries_max = 7\n%s\nlisten = x\n", cases[i].line);
        assert_int_not_equal(read_file(scene, text), CT_OK);
        says(scene, cases[i].text);
        assert_int_equal(scene->err.line, 2);
    }
    ct_settings_init(&scene->settings);
    assert_int_equal(read_text(scene, "log_level = in\0fo", 17), CT_INVALID);
    char *large = calloc(1, 65536);
    memset(large, '#', 65536);
    assert_int_equal(read_text(scene, large, 65536), CT_LIMIT);
    assert_int_equal(read_text(scene, large, 65535), CT_OK);
    free(large);
    unlink(scene->file);
    assert_int_equal(ct_settings_read_file(&scene->settings, scene->file, NULL), CT_NOT_FOUND);
}

static void a_flag_goes_before_the_environment_and_that_before_the_file(void **state)
{
    struct scene *scene = *state;
    char *environment[] = {"CENTIME_QUERIES_MAX=3", "CENTIME_QUERY_THREADS=3", "PATH=/bin", NULL};
    assert_int_equal(set_flag(scene, "queries_max", "4"), CT_OK);
    assert_int_equal(ct_settings_read_environment(&scene->settings, environment, NULL), CT_OK);
    assert_int_equal(read_file(scene, "queries_max = 2\nquery_threads = 2\nseries_max = 2\n"),
                     CT_OK);
    expect(scene, "queries_max", "4", "flag");
    expect(scene, "query_threads", "3", "CENTIME_QUERY_THREADS");
    expect(scene, "series_max", "2", "/conf:3");
    assert_int_equal(set_flag(scene, "queries_max", "5"), CT_OK); /* the last flag counts */
    expect(scene, "queries_max", "5", "flag");
    assert_int_not_equal(read_file(scene, "queries_max = nonsense\n"),
                         CT_OK); /* also where it
                                     would not count */
}

static void a_slip_in_the_environment_is_an_error_and_strangers_are_listed(void **state)
{
    struct scene *scene = *state;
    char *slip[] = {"CENTIME_MEMORRY=1GiB", NULL};
    char *bad[] = {"CENTIME_MEMORY=much", NULL};
    char *strangers[] = {"CENTIME_CONFIG=/etc/x", "CENTIME_SERVICE_HOST=10.0.0.1",
                         "CENTIME_PORT_8080_TCP=tcp://10.0.0.1:8080", "CENTIMETRE=1", NULL};
    assert_int_equal(ct_settings_read_environment(&scene->settings, slip, &scene->err), CT_INVALID);
    says(scene, "CENTIME_MEMORRY is no variable of ours: was the one of 'memory' meant?");
    assert_int_equal(ct_settings_read_environment(&scene->settings, bad, &scene->err), CT_INVALID);
    says(scene, "CENTIME_MEMORY: memory: 'much' is not a size");
    assert_int_equal(ct_settings_read_environment(&scene->settings, strangers, NULL), CT_OK);
    assert_string_equal(scene->settings.ignored, "CENTIME_SERVICE_HOST CENTIME_PORT_8080_TCP");
}

/* -- What must hold ---------------------------------------------------------------------------- */

static ct_status check(struct scene *scene)
{
    memset(&scene->err, 0, sizeof scene->err);
    return ct_server_config_check(&scene->settings.config, &scene->err);
}

static void an_address_that_others_reach_needs_a_token(void **state)
{
    static const char *const reached[] = {"0.0.0.0:8080", ":8080",         "[::]:8080",
                                          "192.0.2.1:80", "example.com:1", "127.example.com:1",
                                          "8080",         "[::1]x:1"};
    static const char *const local[] = {"127.0.0.1:0", "127.9.9.9:1", "[::1]:0", "localhost:8080"};
    struct scene *scene = *state;
    struct ct_token token = {.principal.is_admin = true};
    char secret[CT_TOKEN_TEXT_BYTES], path[CT_TOKEN_PATH_BYTES_MAX];
    for (size_t i = 0; i < CT_COUNT_OF(local); i++) {
        assert_int_equal(set_flag(scene, "listen", local[i]), CT_OK);
        assert_int_equal(check(scene), CT_OK);
    }
    for (size_t i = 0; i < CT_COUNT_OF(reached); i++) {
        assert_int_equal(set_flag(scene, "listen", reached[i]), CT_OK);
        assert_int_equal(check(scene), CT_INVALID);
        says(scene, "no token");
    }
    assert_int_equal(set_flag(scene, "insecure", NULL), CT_OK);
    assert_int_equal(check(scene), CT_OK);
    assert_int_equal(set_flag(scene, "insecure", "no"), CT_OK);
    assert_int_equal(ct_token_file_path(scene->folder, path, NULL), CT_OK);
    assert_int_equal(ct_token_file_add(path, &token, secret, NULL), CT_OK);
    assert_int_equal(check(scene), CT_OK);
    assert_int_equal(set_flag(scene, "listen_udp", "0.0.0.0:8089"), CT_OK); /* takes no token */
    assert_int_equal(check(scene), CT_INVALID);
    says(scene, "listen_udp = 0.0.0.0:8089");
    assert_int_equal(set_flag(scene, "listen_udp", "127.0.0.1:8089"), CT_OK);
    assert_int_equal(set_flag(scene, "listen_lines", ":9009"), CT_OK);
    assert_int_equal(check(scene), CT_INVALID);
    says(scene, "listen_lines");
}

static void settings_that_do_not_fit_together_are_refused(void **state)
{
    static const struct {
        const char *key, *value, *text;
    } cases[] = {
        {"unpacked_bytes_max", "1GiB", "unpacked_bytes_max is more than bodies_bytes_max"},
        {"body_bytes_max", "1GiB", "body_bytes_max is more than bodies_bytes_max"},
        {"connections_per_address_max", "2000", "more than connections_max"},
        {"header_timeout", "1h", "header_timeout is more than request_timeout"},
        {"body_timeout", "1h", "body_timeout is more than"},
        {"query_timeout", "1h", "query_timeout is more than"},
        {"default_database", "../etc", "default_database: "},
        {"lines_database", ".x", "lines_database: "},
        {"cors_origin", "*", "cors_origin = *, and no token"},
    };
    struct scene *scene = *state;
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        struct ct_server_config before = scene->settings.config;
        assert_int_equal(set_flag(scene, cases[i].key, cases[i].value), CT_OK);
        assert_int_equal(check(scene), CT_INVALID);
        says(scene, cases[i].text);
        scene->settings.config = before;
    }
    assert_int_equal(check(scene), CT_OK);
}

static void a_token_file_that_cannot_be_read_is_no_empty_one(void **state)
{
    struct scene *scene = *state;
    const int fd = open(scene->file, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "nonsense\n", 9), 9);
    close(fd);
    assert_int_equal(set_flag(scene, "token_file", scene->file), CT_OK);
    assert_int_equal(check(scene), CT_FORMAT);
    says(scene, "line 1");
}

#define ON_SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_SCENE(each_setting_prints_as_it_reads),
        ON_SCENE(defaults_are_what_is_promised),
        ON_SCENE(values_are_read_with_their_units),
        ON_SCENE(what_is_no_value_is_told),
        ON_SCENE(a_file_is_read_line_by_line),
        ON_SCENE(what_is_wrong_in_a_file_is_told_with_its_line),
        ON_SCENE(a_flag_goes_before_the_environment_and_that_before_the_file),
        ON_SCENE(a_slip_in_the_environment_is_an_error_and_strangers_are_listed),
        ON_SCENE(an_address_that_others_reach_needs_a_token),
        ON_SCENE(settings_that_do_not_fit_together_are_refused),
        ON_SCENE(a_token_file_that_cannot_be_read_is_no_empty_one),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
