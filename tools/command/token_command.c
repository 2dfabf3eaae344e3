/* centime token: who may use a server. Works on the token file, while a server runs or none does.
 */
#include "commands.h"
#include "time_argument.h"

#include "token_file.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct ct_option options[] = {
    {"read", 'r', "DATABASE", "create: may ask of it; repeat for several, * for all"},
    {"write", 'w', "DATABASE", "create: may write to it; repeat for several, * for all"},
    {"admin", 0, NULL, "create: may do everything"},
    {"expires", 0, "TIME", "create: when it ends, 30d or 2027-01-01T00:00:00Z; default never"},
    {"note", 0, "TEXT", "create: what it is for; shown by list"},
    {"token-file", 0, "FILE", "where the tokens stand; default `tokens` in DIR"},
    CT_JSON_OPTION,
};

static int report(const struct ct_error *err)
{
    fprintf(stderr, "centime: %s%s%s\n", err->file, err->file[0] ? ": " : "", err->text);
    return CT_EXIT_FAILED;
}

static bool find_file(const struct ct_arguments *arguments, char path[CT_TOKEN_PATH_BYTES_MAX],
                      struct ct_error *err)
{
    const char *given = ct_args_value(arguments, "token-file");
    if (!given)
        return ct_token_file_path(arguments->operands[1], path, err) == CT_OK;
    if (strlen(given) >= CT_TOKEN_PATH_BYTES_MAX) {
        ct_fail(err, CT_LIMIT, "the path of the token file is too long");
        return false;
    }
    memcpy(path, given, strlen(given) + 1);
    return true;
}

/* -- Create ------------------------------------------------------------------------------------ */

static bool read_expiry(const struct ct_arguments *arguments, struct ct_token *token)
{
    const char *text = ct_args_value(arguments, "expires");
    struct timespec now;
    int64_t *expires_ns = &token->principal.expires_ns;
    if (!text || strcmp(text, "never") == 0)
        return true;
    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t now_ns = (int64_t)now.tv_sec * 1000000000;
    int64_t width_ns;
    if (ct_width_argument(text, &width_ns)) {
        if (!__builtin_add_overflow(now_ns, width_ns, expires_ns))
            return true;
    } else if (ct_time_argument(text, expires_ns) && *expires_ns > now_ns) {
        return true;
    }
    ct_args_wrong(arguments,
                  "--expires takes a time to come (2027-01-01T00:00:00Z) or how long (30d), not "
                  "'%s'",
                  text);
    return false;
}

static bool read_grants(const struct ct_arguments *arguments, struct ct_token *token)
{
    struct ct_error err;
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct ct_given *given = &arguments->given[i];
        const bool reads = strcmp(given->option->name, "read") == 0;
        const bool writes = strcmp(given->option->name, "write") == 0;
        if ((reads || writes) &&
            ct_token_grant(token, given->value, reads, writes, &err) != CT_OK) {
            ct_args_wrong(arguments, "%s", err.text);
            return false;
        }
    }
    return true;
}

static bool read_wish(const struct ct_arguments *arguments, struct ct_token *token)
{
    const char *note = ct_args_value(arguments, "note");
    token->principal.is_admin = ct_args_has(arguments, "admin");
    if (note && strlen(note) >= sizeof token->note) {
        ct_args_wrong(arguments, "--note has at most %d bytes", CT_TOKEN_NOTE_BYTES - 1);
        return false;
    }
    if (note)
        memcpy(token->note, note, strlen(note) + 1);
    if (!read_grants(arguments, token) || !read_expiry(arguments, token))
        return false;
    if (token->principal.is_admin || token->principal.grant_count > 0)
        return true;
    ct_args_wrong(arguments, "a token may do something: --read, --write or --admin");
    return false;
}

static int create(const struct ct_arguments *arguments, const char *path)
{
    struct ct_token token = {0};
    struct ct_error err;
    char secret[CT_TOKEN_TEXT_BYTES];
    if (!read_wish(arguments, &token))
        return CT_EXIT_USAGE;
    if (ct_token_file_add(path, &token, secret, &err) != CT_OK)
        return report(&err);
    printf("%s\n", secret);
    fprintf(
        stderr,
        "centime: this is token %s, shown this once; a server that runs takes it after SIGHUP\n",
        token.principal.id);
    return ct_finish_output();
}

/* -- List -------------------------------------------------------------------------------------- */

/* "read a, write a b": names as they are but for quotes, which mark where they end. */
static void print_scope(const struct ct_principal *principal)
{
    const char *before = "";
    if (principal->is_admin) {
        printf("admin");
        before = " ";
    }
    for (uint32_t i = 0; i < principal->grant_count; i++) {
        const struct ct_grant *grant = &principal->grants[i];
        printf("%s%s:%s", before,
               grant->reads && grant->writes ? "read+write"
               : grant->reads                ? "read"
                                             : "write",
               grant->database);
        before = " ";
    }
}

static const char *expiry_text(const struct ct_token *token, char text[CT_TIME_TEXT_BYTES])
{
    return token->principal.expires_ns ? ct_time_text(token->principal.expires_ns, text) : "never";
}

static void print_row(const struct ct_token *token)
{
    char created[CT_TIME_TEXT_BYTES], expires[CT_TIME_TEXT_BYTES];
    printf("%-16s  ...%-4s  %-20s  %-20s  ", token->principal.id, token->last,
           ct_time_text(token->created_ns, created), expiry_text(token, expires));
    print_scope(&token->principal);
    printf("%s%s\n", token->note[0] ? "  # " : "", token->note);
}

static void print_json_text(const char *text)
{
    putchar('"');
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else
            putchar(*text); /* neither names nor notes have control bytes */
    putchar('"');
}

static void print_json_names(const struct ct_principal *principal, const char *key, bool writes)
{
    const char *before = "";
    printf(",\"%s\":[", key);
    for (uint32_t i = 0; i < principal->grant_count; i++)
        if (writes ? principal->grants[i].writes : principal->grants[i].reads) {
            printf("%s", before);
            print_json_text(principal->grants[i].database);
            before = ",";
        }
    printf("]");
}

static void print_json_row(const struct ct_token *token)
{
    char created[CT_TIME_TEXT_BYTES], expires[CT_TIME_TEXT_BYTES];
    printf("{\"id\":\"%s\",\"last_four\":\"%s\",\"created\":\"%s\"", token->principal.id,
           token->last, ct_time_text(token->created_ns, created));
    if (token->principal.expires_ns)
        printf(",\"expires\":\"%s\"", expiry_text(token, expires));
    else
        printf(",\"expires\":null");
    printf(",\"admin\":%s", token->principal.is_admin ? "true" : "false");
    print_json_names(&token->principal, "read", false);
    print_json_names(&token->principal, "write", true);
    printf(",\"note\":");
    print_json_text(token->note);
    printf("}");
}

static int list(const struct ct_arguments *arguments, const char *path)
{
    const bool is_json = ct_args_has(arguments, "json");
    struct ct_token_list tokens;
    struct ct_error err;
    if (ct_token_list_read(NULL, path, &tokens, &err) != CT_OK)
        return report(&err);
    printf(is_json ? "[" : "%-16s  %-7s  %-20s  %-20s  %s\n", "id", "last", "created", "expires",
           "may");
    for (size_t i = 0; i < tokens.count; i++) {
        if (is_json && i > 0)
            printf(",");
        (is_json ? print_json_row : print_row)(&tokens.tokens[i]);
    }
    if (is_json)
        printf("]\n");
    ct_token_list_release(&tokens);
    return ct_finish_output();
}

/* -- Revoke ------------------------------------------------------------------------------------ */

static int revoke(const struct ct_arguments *arguments, const char *path)
{
    struct ct_error err;
    size_t left = 0;
    if (arguments->operand_count != 3)
        return ct_args_wrong(arguments, "revoke takes DIR and the ID that list shows");
    if (ct_token_file_remove(path, arguments->operands[2], &left, &err) != CT_OK)
        return report(&err);
    fprintf(stderr, "centime: revoked; a server that runs forgets it after SIGHUP\n");
    if (left == 0)
        fprintf(stderr, "centime: that was the last token: a server on a loopback address now lets "
                        "whoever reaches it do everything\n");
    return CT_EXIT_DONE;
}

static int run(const struct ct_arguments *arguments)
{
    char path[CT_TOKEN_PATH_BYTES_MAX];
    struct ct_error err;
    const char *verb = arguments->operands[0];
    if (!find_file(arguments, path, &err))
        return report(&err);
    if (strcmp(verb, "revoke") == 0)
        return revoke(arguments, path);
    if (arguments->operand_count > 2)
        return ct_args_wrong(arguments, "one argument too many: %s", arguments->operands[2]);
    if (strcmp(verb, "create") == 0)
        return create(arguments, path);
    if (strcmp(verb, "list") == 0)
        return list(arguments, path);
    return ct_args_wrong(arguments, "takes create, list or revoke, not '%s'", verb);
}

const struct ct_command ct_token_command = {
    .name = "token",
    .operands = "create|list|revoke DIR [ID]",
    .summary = "Makes, lists and revokes the tokens of a server.",
    .details = "A token is printed once, when it is made; the store keeps its hash. Without any, a "
               "server\n"
               "on a loopback address lets whoever reaches it do everything.\n\n"
               "    centime token create DIR --write metrics --expires 90d --note 'collector'\n"
               "    kill -HUP $(pidof centime)",
    .operand_min = 2,
    .operand_max = 3,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
