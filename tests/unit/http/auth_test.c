/* Who a request comes from, and what that lets it do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth.h"
#include "credentials.h"
#include "failure_table.h"
#include "route.h"
#include "server_private.h"
#include "token_file.h"

/* A server with a token file, and one request to it. */
struct scene {
    char folder[64];
    char file[CT_TOKEN_PATH_BYTES_MAX];
    struct ct_server server;
    struct ct_arena arena;
    struct ct_principal principal;
    struct ct_named_text header;
    struct ct_named_text parameters[2];
    struct ct_route route;
    struct ct_request request;
    struct ct_reply reply;
    bool was_handled;
};

static struct scene *scene_now;

static void handle(struct ct_server *server, struct ct_request *request, struct ct_reply *reply)
{
    (void)server;
    (void)request;
    scene_now->was_handled = true;
    ct_reply_nothing(reply);
}

static int open_scene(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    strcpy(scene->folder, "/tmp/centime-auth-XXXXXX");
    if (!mkdtemp(scene->folder) || ct_token_file_path(scene->folder, scene->file, NULL) != CT_OK ||
        ct_token_table_create(ct_allocator_system(), scene->file, true, &scene->server.tokens,
                              NULL) != CT_OK)
        return -1;
    strcpy(scene->server.config.default_database, "default");
    ct_arena_init(&scene->arena, ct_allocator_system(), 0);
    scene->route = (struct ct_route){CT_METHOD_GET,      "/thing",       CT_ACCESS_READ,
                                     CT_FLAVOUR_CENTIME, CT_DATABASE_DB, handle};
    scene->request = (struct ct_request){.method = CT_METHOD_GET,
                                         .route = &scene->route,
                                         .principal = &scene->principal,
                                         .peer = "10.1.2.3:4711",
                                         .arena = &scene->arena,
                                         .parameters = scene->parameters,
                                         .id = "0123456789abcdef"};
    *state = scene_now = scene;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *scene = *state;
    ct_token_table_destroy(scene->server.tokens);
    ct_arena_deinit(&scene->arena);
    unlink(scene->file);
    const int status = rmdir(scene->folder);
    free(scene);
    return status;
}

static void set_header(struct scene *scene, const char *value)
{
    scene->header =
        (struct ct_named_text){ct_text_of("authorization"), ct_text_of(value ? value : "")};
    scene->request.headers = &scene->header;
    scene->request.header_count = value != NULL;
}

static void set_database(struct scene *scene, const char *database)
{
    scene->parameters[0] = (struct ct_named_text){ct_text_of("db"), ct_text_of(database)};
    scene->request.parameter_count = 1;
}

/* The status of the request as it stands. */
static unsigned ask(struct scene *scene)
{
    scene->was_handled = false;
    scene->reply = (struct ct_reply){0};
    ct_auth_identify(&scene->server, &scene->request, &scene->principal);
    ct_route_dispatch(&scene->server, &scene->request, &scene->reply);
    assert_int_equal(scene->was_handled, scene->reply.status == 204);
    return scene->reply.status;
}

static bool says(const struct scene *scene, const char *text)
{
    const struct ct_text body = scene->reply.body;
    return memmem(body.bytes, body.len, text, strlen(text)) != NULL;
}

static const char *header_of(const struct scene *scene, const char *name)
{
    for (size_t i = 0; i < scene->reply.header_count; i++)
        if (strcmp(scene->reply.headers[i].name, name) == 0)
            return scene->reply.headers[i].value;
    return "";
}

/* Adds one that may read `reads` and write `writes` (NULL: none; both: an admin); its secret. */
static const char *add_token(struct scene *scene, const char *reads, const char *writes,
                             int64_t expires_ns)
{
    static char secrets[8][CT_TOKEN_TEXT_BYTES];
    static unsigned used;
    char *secret = secrets[used++ % 8];
    struct ct_token token = {.principal.expires_ns = expires_ns,
                             .principal.is_admin = !reads && !writes};
    if (reads)
        assert_int_equal(ct_token_grant(&token, reads, true, false, NULL), CT_OK);
    if (writes)
        assert_int_equal(ct_token_grant(&token, writes, false, true, NULL), CT_OK);
    assert_int_equal(ct_token_file_add(scene->file, &token, secret, NULL), CT_OK);
    assert_int_equal(ct_token_table_reload(scene->server.tokens, NULL), CT_OK);
    return secret;
}

static void set_bearer(struct scene *scene, const char *secret)
{
    static char value[128];
    snprintf(value, sizeof value, "Bearer %s", secret);
    set_header(scene, value);
}

/* -- Credentials ------------------------------------------------------------------------------- */

static void a_secret_is_found_wherever_clients_put_it(void **state)
{
    static const struct {
        const char *header, *secret;
    } cases[] = {
        {"Bearer ct_x", "ct_x"},
        {"bearer   ct_x  ", "ct_x"},
        {"TOKEN ct_x", "ct_x"},
        {"Token someone:ct_x", "ct_x"},
        {"Token :ct_x", "ct_x"},
        {"Basic dTpjdF94", "ct_x"}, /* u:ct_x */
        {"basic OmN0X3g=", "ct_x"}, /* :ct_x */
        {"Basic dTpjOnQ=", "c:t"},  /* u:c:t: the first colon parts */
        {"Basic dTpj", "c"},        /* u:c, without padding */
        {"Basic dTo=", ""},         /* u: */
        {"Basic dQ==", ""},         /* u */
        {"Basic d!==", ""},         /* no base64 */
        {"Basic dTpjd", ""},        /* cut off */
        {"Basic", ""},
        {"Basic ", ""},
        {"Bearer ", ""},
        {"Bearerct_x", ""},
        {"Digest ct_x", ""},
        {"ct_x", ""},
    };
    struct scene *scene = *state;
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        char memory[CT_SECRET_BYTES_MAX];
        set_header(scene, cases[i].header);
        const struct ct_text secret = ct_credentials_secret(&scene->request, false, memory);
        assert_int_equal(secret.len, strlen(cases[i].secret));
        assert_memory_equal(secret.bytes, cases[i].secret, secret.len);
    }
}

static void a_secret_that_is_too_long_is_none(void **state)
{
    struct scene *scene = *state;
    char header[1024] = "Bearer ", memory[CT_SECRET_BYTES_MAX];
    memset(header + 7, 'a', CT_SECRET_BYTES_MAX + 1);
    set_header(scene, header);
    assert_int_equal(ct_credentials_secret(&scene->request, false, memory).len, 0);
    header[7 + CT_SECRET_BYTES_MAX] = 0;
    set_header(scene, header);
    assert_int_equal(ct_credentials_secret(&scene->request, false, memory).len,
                     CT_SECRET_BYTES_MAX);
    memcpy(header, "Basic ", 6);
    memset(header + 6, 'a', 800);
    set_header(scene, header);
    assert_int_equal(ct_credentials_secret(&scene->request, false, memory).len, 0);
}

static void a_secret_in_the_url_is_taken_only_where_that_is_allowed(void **state)
{
    struct scene *scene = *state;
    const char *secret = add_token(scene, NULL, NULL, 0);
    scene->parameters[0] = (struct ct_named_text){ct_text_of("u"), ct_text_of("someone")};
    scene->parameters[1] = (struct ct_named_text){ct_text_of("p"), ct_text_of(secret)};
    scene->request.parameter_count = 2;
    set_header(scene, NULL);
    assert_int_equal(ask(scene), 401);
    scene->server.config.takes_url_secrets = true;
    assert_int_equal(ask(scene), 204);
    set_header(scene, "Bearer wrong"); /* a header is what counts */
    assert_int_equal(ask(scene), 401);
}

/* -- Tokens ------------------------------------------------------------------------------------ */

static void without_tokens_everybody_may_everything(void **state)
{
    struct scene *scene = *state;
    scene->route.access = CT_ACCESS_ADMIN;
    set_header(scene, NULL);
    assert_int_equal(ask(scene), 204);
    set_header(scene, "Basic cm9vdDpyb290"); /* what python3-influxdb sends unasked */
    assert_int_equal(ask(scene), 204);
    assert_string_equal(scene->principal.id, "anonymous");
}

static void an_address_that_others_reach_is_never_open(void **state)
{
    struct scene *scene = *state;
    ct_token_table_destroy(scene->server.tokens);
    assert_int_equal(ct_token_table_create(ct_allocator_system(), scene->file, false,
                                           &scene->server.tokens, NULL),
                     CT_OK);
    set_header(scene, NULL);
    assert_int_equal(ask(scene), 401);
}

static void with_one_token_everybody_needs_one(void **state)
{
    struct scene *scene = *state;
    const char *secret = add_token(scene, NULL, NULL, 0);
    set_header(scene, NULL);
    assert_int_equal(ask(scene), 401);
    set_bearer(scene, secret);
    assert_int_equal(ask(scene), 204);
    assert_int_equal(strlen(scene->principal.id), 16);
    scene->route.access = CT_ACCESS_OPEN;
    set_header(scene, "Bearer wrong");
    assert_int_equal(ask(scene), 204);
}

static void an_empty_secret_is_nobodys(void **state)
{
    /* Even where the file has the hash of nothing. */
    static const char text[] =
        "# centime tokens 1\n"
        "id=1 sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 "
        "created=2026-06-01 expires=never admin=yes\n";
    struct scene *scene = *state;
    FILE *file = fopen(scene->file, "w");
    fputs(text, file);
    fclose(file);
    assert_int_equal(ct_token_table_reload(scene->server.tokens, NULL), CT_OK);
    assert_int_equal(ct_token_table_count(scene->server.tokens), 1);
    static const char *const empty[] = {"Bearer ", "Token :", "Basic Og==", "Basic dTo="};
    for (size_t i = 0; i < CT_COUNT_OF(empty); i++) {
        set_header(scene, empty[i]);
        assert_int_equal(ask(scene), 401);
    }
}

static void an_expired_token_is_unknown_and_opens_nothing(void **state)
{
    struct scene *scene = *state;
    const char *secret = add_token(scene, NULL, NULL, INT64_C(1700000000000000000));
    set_bearer(scene, secret);
    assert_int_equal(ask(scene), 401);
    assert_true(says(scene, "has expired"));
    set_header(scene, NULL);
    assert_int_equal(ask(scene), 401);
    secret = add_token(scene, NULL, NULL, INT64_MAX);
    set_bearer(scene, secret);
    assert_int_equal(ask(scene), 204);
}

static void a_token_that_was_revoked_is_unknown_after_the_next_reading(void **state)
{
    struct scene *scene = *state;
    const char *kept = add_token(scene, NULL, NULL, 0), *gone = add_token(scene, NULL, NULL, 0);
    size_t left;
    set_bearer(scene, gone);
    assert_int_equal(ask(scene), 204);
    assert_int_equal(ct_token_file_remove(scene->file, scene->principal.id, &left, NULL), CT_OK);
    assert_int_equal(ask(scene), 204);
    assert_int_equal(ct_token_table_reload(scene->server.tokens, NULL), CT_OK);
    assert_int_equal(ask(scene), 401);
    set_bearer(scene, kept);
    assert_int_equal(ask(scene), 204);
}

static void a_file_that_cannot_be_read_leaves_the_old_tokens(void **state)
{
    struct scene *scene = *state;
    const char *secret = add_token(scene, NULL, NULL, 0);
    FILE *file = fopen(scene->file, "a");
    fputs("id=1 nonsense\n", file);
    fclose(file);
    assert_int_equal(ct_token_table_reload(scene->server.tokens, NULL), CT_PARSE);
    set_bearer(scene, secret);
    assert_int_equal(ask(scene), 204);
    set_header(scene, NULL);
    assert_int_equal(ask(scene), 401);
}

/* -- What a token may do ----------------------------------------------------------------------- */

static void each_right_opens_what_it_is_for(void **state)
{
    struct scene *scene = *state;
    const char *reader = add_token(scene, "a", NULL, 0), *writer = add_token(scene, NULL, "a", 0);
    const char *admin = add_token(scene, NULL, NULL, 0);
    const struct {
        const char *secret, *database;
        enum ct_access access;
        unsigned status;
    } cases[] = {
        {reader, "a", CT_ACCESS_READ, 204},  {reader, "a", CT_ACCESS_WRITE, 403},
        {reader, "a", CT_ACCESS_ADMIN, 403}, {reader, "b", CT_ACCESS_READ, 404},
        {reader, "b", CT_ACCESS_WRITE, 404}, {writer, "a", CT_ACCESS_WRITE, 204},
        {writer, "a", CT_ACCESS_READ, 403},  {writer, "b", CT_ACCESS_WRITE, 404},
        {writer, "", CT_ACCESS_WRITE, 404}, /* the default database */
        {admin, "a", CT_ACCESS_READ, 204},   {admin, "b", CT_ACCESS_WRITE, 204},
        {admin, "", CT_ACCESS_ADMIN, 204},
    };
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        set_bearer(scene, cases[i].secret);
        set_database(scene, cases[i].database);
        scene->route.access = cases[i].access;
        assert_int_equal(ask(scene), cases[i].status);
    }
}

static void a_route_of_no_database_wants_any_right_of_its_kind(void **state)
{
    struct scene *scene = *state;
    const char *reader = add_token(scene, "a", NULL, 0);
    scene->route.database_from = CT_DATABASE_NONE;
    set_header(scene, NULL);
    assert_int_equal(ask(scene), 401);
    set_bearer(scene, reader);
    assert_int_equal(ask(scene), 204);
    scene->route.access = CT_ACCESS_WRITE;
    assert_int_equal(ask(scene), 403);
}

static void a_route_whose_handler_asks_is_closed_to_strangers(void **state)
{
    struct scene *scene = *state;
    const char *writer = add_token(scene, NULL, "a", 0);
    scene->route.database_from = CT_DATABASE_BY_HANDLER;
    set_header(scene, NULL);
    assert_int_equal(ask(scene), 401);
    set_header(scene, "Bearer wrong");
    assert_int_equal(ask(scene), 401);
    set_bearer(scene, writer); /* a stranger no more: its handler looks at the rights */
    assert_int_equal(ask(scene), 204);
}

static void strangers_are_told_so_in_the_words_of_the_flavour(void **state)
{
    static const struct {
        enum ct_flavour flavour;
        const char *none, *wrong, *realm;
    } cases[] = {
        {CT_FLAVOUR_CENTIME, "Authorization: Bearer ct_...", "mistyped or revoked", "centime"},
        {CT_FLAVOUR_INFLUX_1, "{\"error\":\"unable to parse authentication credentials\"}\n",
         "{\"error\":\"authorization failed\"}\n", "InfluxDB"},
        {CT_FLAVOUR_INFLUX_2, "{\"code\":\"unauthorized\",\"message\":\"unauthorized access\"}\n",
         "\"unauthorized access\"", "centime"},
        {CT_FLAVOUR_INFLUX_3, "{\"error\":\"this needs a token", "{\"error\":\"no token",
         "centime"},
        {CT_FLAVOUR_OTLP, "{\"code\":16,", "{\"code\":16,", "centime"},
        {CT_FLAVOUR_PROMETHEUS, "this needs a token", "no token", "centime"},
    };
    struct scene *scene = *state;
    add_token(scene, NULL, NULL, 0);
    for (size_t i = 0; i < CT_COUNT_OF(cases); i++) {
        scene->route.flavour = cases[i].flavour;
        set_header(scene, NULL);
        assert_int_equal(ask(scene), 401);
        assert_true(says(scene, cases[i].none));
        assert_non_null(strstr(header_of(scene, "WWW-Authenticate"), cases[i].realm));
        set_header(scene, "Basic dTp3cm9uZw==");
        assert_int_equal(ask(scene), 401);
        assert_true(says(scene, cases[i].wrong));
    }
}

/* -- Failures ---------------------------------------------------------------------------------- */

static void many_wrong_tokens_are_answered_429_and_a_right_one_still_204(void **state)
{
    struct scene *scene = *state;
    const char *secret = add_token(scene, NULL, NULL, 0);
    set_header(scene, "Bearer wrong");
    for (int i = 0; i < CT_FAILURES_AT_ONCE; i++)
        assert_int_equal(ask(scene), 401);
    assert_int_equal(ask(scene), 429);
    assert_string_equal(header_of(scene, "Retry-After"), "1");
    scene->request.peer = "10.1.2.4:4711";
    assert_int_equal(ask(scene), 401);
    scene->request.peer = "10.1.2.3:4712"; /* another connection of the same */
    set_header(scene, NULL);               /* nothing was guessed */
    assert_int_equal(ask(scene), 401);
    set_bearer(scene, secret);
    assert_int_equal(ask(scene), 204);
}

static void one_network_of_ipv6_is_one_address(void **state)
{
    struct scene *scene = *state;
    add_token(scene, NULL, NULL, 0);
    set_header(scene, "Bearer wrong");
    for (int i = 0; i < CT_FAILURES_AT_ONCE; i++) {
        scene->request.peer = i % 2 ? "[2001:db8::1]:4711" : "[2001:db8::2]:80";
        assert_int_equal(ask(scene), 401);
    }
    scene->request.peer = "[2001:db8::3]:1";
    assert_int_equal(ask(scene), 429);
    scene->request.peer = "[2001:db8:0:1::3]:1";
    assert_int_equal(ask(scene), 401);
    scene->request.peer = NULL; /* of a socket that tells none */
    assert_int_equal(ask(scene), 401);
}

static void failures_are_forgiven_with_time_and_counted_by_network(void **state)
{
    struct ct_failure_table *table = calloc(1, sizeof *table);
    const struct ct_text one = ct_text_of("2001:db8::1"), same = ct_text_of("2001:db8::ffff");
    const struct ct_text other = ct_text_of("2001:db8:0:1::1");
    int64_t now_ns = INT64_C(1000000000000);
    (void)state;
    ct_failure_table_init(table, 7);
    for (int i = 0; i < CT_FAILURES_AT_ONCE; i++)
        assert_false(ct_failure_table_note(table, i % 2 ? one : same, now_ns));
    assert_true(ct_failure_table_note(table, one, now_ns));
    assert_true(ct_failure_table_note(table, same, now_ns));
    assert_false(ct_failure_table_note(table, other, now_ns));
    now_ns += CT_FAILURE_PAUSE_NS;
    assert_false(ct_failure_table_note(table, one, now_ns));
    assert_true(ct_failure_table_note(table, one, now_ns));
    now_ns += CT_FAILURES_AT_ONCE * CT_FAILURE_PAUSE_NS;
    for (int i = 0; i < CT_FAILURES_AT_ONCE; i++)
        assert_false(ct_failure_table_note(table, one, now_ns));
    ct_failure_table_deinit(table);
    free(table);
}

static void more_addresses_than_slots_are_no_trouble(void **state)
{
    struct ct_failure_table *table = calloc(1, sizeof *table);
    (void)state;
    ct_failure_table_init(table, 7);
    for (unsigned i = 0; i < 100000; i++) {
        char address[32];
        snprintf(address, sizeof address, "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        assert_false(ct_failure_table_note(table, ct_text_of(address), i));
    }
    ct_failure_table_deinit(table);
    free(table);
}

#define ON_SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_SCENE(a_secret_is_found_wherever_clients_put_it),
        ON_SCENE(a_secret_that_is_too_long_is_none),
        ON_SCENE(a_secret_in_the_url_is_taken_only_where_that_is_allowed),
        ON_SCENE(without_tokens_everybody_may_everything),
        ON_SCENE(an_address_that_others_reach_is_never_open),
        ON_SCENE(with_one_token_everybody_needs_one),
        ON_SCENE(an_empty_secret_is_nobodys),
        ON_SCENE(an_expired_token_is_unknown_and_opens_nothing),
        ON_SCENE(a_token_that_was_revoked_is_unknown_after_the_next_reading),
        ON_SCENE(a_file_that_cannot_be_read_leaves_the_old_tokens),
        ON_SCENE(each_right_opens_what_it_is_for),
        ON_SCENE(a_route_of_no_database_wants_any_right_of_its_kind),
        ON_SCENE(a_route_whose_handler_asks_is_closed_to_strangers),
        ON_SCENE(strangers_are_told_so_in_the_words_of_the_flavour),
        ON_SCENE(many_wrong_tokens_are_answered_429_and_a_right_one_still_204),
        ON_SCENE(one_network_of_ipv6_is_one_address),
        cmocka_unit_test(failures_are_forgiven_with_time_and_counted_by_network),
        cmocka_unit_test(more_addresses_than_slots_are_no_trouble),
    };
    return cmocka_run_group_tests_name("auth", tests, NULL, NULL);
}
