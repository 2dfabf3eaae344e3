/* The description of the API, against the tables of routes. */
#include "server_fixture.h"

#include "json_read.h"

static const struct {
    unsigned method;
    const char *name;
} methods[] = {{CT_METHOD_GET, "get"},
               {CT_METHOD_POST, "post"},
               {CT_METHOD_PUT, "put"},
               {CT_METHOD_DELETE, "delete"}};

static struct ct_json read_description(struct http *http)
{
    struct ct_json root;
    struct ct_error err;
    assert_int_equal(http_ask(http, CT_METHOD_GET, "/api/v1/openapi.json", ""), 200);
    if (ct_json_parse(http->reply.body, &root, &err) != CT_OK)
        fail_msg("openapi.json: %s", err.text);
    return root;
}

static void every_route_is_described(void **state)
{
    struct ct_json root = read_description(*state);
    const struct ct_json paths = ct_json_member(&root, "paths");
    size_t count;
    const struct ct_route_table *const *tables = ct_route_tables(&count);
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; i < tables[t]->count; i++) {
            const struct ct_route *route = &tables[t]->routes[i];
            const struct ct_json path = ct_json_member(&paths, route->pattern);
            for (size_t m = 0; m < CT_COUNT_OF(methods); m++)
                if ((route->methods & methods[m].method) &&
                    !ct_json_member(&path, methods[m].name).is_there)
                    fail_msg("%s %s is not in api/http/openapi.json: describe it there, and ask it "
                             "in tests/http/openapi_test.py",
                             methods[m].name, route->pattern);
        }
    ct_json_release(&root);
}

/* Is there a route of this pattern and method? */
static bool is_route(const char *pattern, const char *method)
{
    size_t count;
    const struct ct_route_table *const *tables = ct_route_tables(&count);
    for (size_t t = 0; t < count; t++)
        for (size_t i = 0; i < tables[t]->count; i++) {
            const struct ct_route *route = &tables[t]->routes[i];
            for (size_t m = 0; m < CT_COUNT_OF(methods); m++)
                if (strcmp(route->pattern, pattern) == 0 && (route->methods & methods[m].method) &&
                    strcmp(methods[m].name, method) == 0)
                    return true;
        }
    return false;
}

static void nothing_else_is_described(void **state)
{
    struct ct_json root = read_description(*state);
    const struct ct_json described = ct_json_member(&root, "paths");
    struct ct_json_iterator paths = ct_json_members(&described);
    size_t count = 0;
    while (ct_json_next(&paths)) {
        struct ct_json_iterator operations = ct_json_members(&paths.member);
        for (; ct_json_next(&operations); count++)
            if (!is_route(paths.member.key, operations.member.key))
                fail_msg("%s %s of openapi.json is no route", operations.member.key,
                         paths.member.key);
    }
    assert_true(count > 40);
    ct_json_release(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(every_route_is_described),
        HTTP_TEST(nothing_else_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
