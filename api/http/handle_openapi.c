/* The description of the API, openapi.json, as it stands beside this file: put into the program by
 * the assembler. */
#include "route.h"

__asm__(".pushsection .rodata\n"
        "ct_openapi_begin:\n"
        ".incbin \"" CT_OPENAPI_FILE "\"\n"
        "ct_openapi_end:\n"
        ".byte 0\n"
        ".popsection\n");

extern const char ct_openapi_begin[];
extern const char ct_openapi_end[];

static void answer_openapi(struct ct_server *server, struct ct_request *request,
                           struct ct_reply *reply)
{
    (void)server;
    (void)request;
    const size_t len = (size_t)(ct_openapi_end - ct_openapi_begin);
    ct_reply_bytes(reply, "application/json", (struct ct_text){ct_openapi_begin, len});
}

static const struct ct_route routes[] = {
    {CT_METHOD_GET, "/api/v1/openapi.json", CT_ACCESS_OPEN, CT_FLAVOUR_CENTIME, CT_DATABASE_NONE,
     answer_openapi},
};

const struct ct_route_table ct_openapi_routes = {routes, CT_COUNT_OF(routes)};
