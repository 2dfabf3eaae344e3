/* Tokens read anew while requests are looked up, and everything counted from many threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth.h"
#include "meters_private.h"
#include "server_private.h"
#include "token_file.h"

#define THREADS  4
#define REQUESTS 2000
#define RELOADS  100

struct scene {
    char folder[64], file[CT_TOKEN_PATH_BYTES_MAX];
    char secret[CT_TOKEN_TEXT_BYTES];
    struct ct_server server;
    _Atomic uint32_t known, unknown;
};

static int open_scene(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    struct ct_token token = {.principal.is_admin = true};
    strcpy(scene->folder, "/tmp/centime-auth-XXXXXX");
    scene->server.meters = ct_meters_create(ct_allocator_system());
    *state = scene;
    return mkdtemp(scene->folder) && scene->server.meters &&
                   ct_token_file_path(scene->folder, scene->file, NULL) == CT_OK &&
                   ct_token_file_add(scene->file, &token, scene->secret, NULL) == CT_OK &&
                   ct_token_table_create(ct_allocator_system(), scene->file, true,
                                         &scene->server.tokens, NULL) == CT_OK
               ? 0
               : -1;
}

static int close_scene(void **state)
{
    struct scene *scene = *state;
    ct_token_table_destroy(scene->server.tokens);
    ct_meters_destroy(scene->server.meters);
    unlink(scene->file);
    const int status = rmdir(scene->folder);
    free(scene);
    return status;
}

static void *ask(void *context)
{
    struct scene *scene = context;
    char value[128];
    struct ct_named_text header = {.name = ct_text_of("Authorization")};
    struct ct_request request = {.peer = "10.0.0.1:1", .headers = &header, .header_count = 1};
    for (int i = 0; i < REQUESTS; i++) {
        struct ct_principal principal;
        const bool is_right = i % 8 != 0;
        snprintf(value, sizeof value, "Bearer %s", is_right ? scene->secret : "wrong");
        header.value = ct_text_of(value);
        ct_auth_identify(&scene->server, &request, &principal);
        atomic_fetch_add(principal.is_admin ? &scene->known : &scene->unknown, 1);
        ct_meters_request(scene->server.meters, NULL, CT_METHOD_GET, 404, 5, 1, 2);
    }
    return NULL;
}

static void tokens_are_read_anew_under_requests(void **state)
{
    struct scene *scene = *state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, scene), 0);
    for (int i = 0; i < RELOADS; i++) {
        assert_int_equal(ct_token_table_reload(scene->server.tokens, NULL), CT_OK);
        assert_int_equal(ct_token_table_count(scene->server.tokens), 1);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(scene->known, THREADS * REQUESTS * 7 / 8);
    assert_int_equal(scene->unknown, THREADS * REQUESTS / 8);
    assert_int_equal(scene->server.meters->sent_bytes, 2 * THREADS * REQUESTS);
    assert_int_equal(scene->server.meters->paths[0].buckets[0], THREADS * REQUESTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tokens_are_read_anew_under_requests, open_scene,
                                        close_scene),
    };
    return cmocka_run_group_tests_name("auth_threads", tests, NULL, NULL);
}
