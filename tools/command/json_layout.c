/* JSON for people. Looks only at braces, commas, colons and quotes: the text is known to be
 * well-formed. */
#include "json_layout.h"

#include <stdbool.h>

void ct_print_json_members(const char *json, size_t len, FILE *out)
{
    int depth = 0;
    bool is_in_string = false;
    for (size_t i = 0; i < len; i++) {
        const char c = json[i];
        if (is_in_string) {
            putc(c, out);
            if (c == '\\' && i + 1 < len)
                putc(json[++i], out);
            is_in_string = c != '"';
            continue;
        }
        const bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
        depth += opens;
        depth -= closes;
        is_in_string = c == '"';
        if (c == ' ' || c == '\n' || (opens && depth == 1) || (closes && depth == 0))
            continue;
        if (c == ',' && depth == 1) {
            putc('\n', out);
            continue;
        }
        putc(c, out);
        if (c == ',' || c == ':')
            putc(' ', out);
    }
    putc('\n', out);
}
