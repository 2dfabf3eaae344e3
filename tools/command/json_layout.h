/* JSON for people: one member of the outermost object a line. Layer tools. */
#ifndef CT_JSON_LAYOUT_H
#define CT_JSON_LAYOUT_H

#include <stddef.h>
#include <stdio.h>

/* Prints the members of a JSON object, one a line, without the outermost braces and with a blank
 * after colons and commas. The bytes are well-formed JSON of the library's. */
void ct_print_json_members(const char *json, size_t len, FILE *out);

#endif
