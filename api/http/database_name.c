#include "database_name.h"

static bool is_allowed(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

ct_status ct_database_name_check(struct ct_text name, struct ct_error *err)
{
    bool is_fine = name.len > 0 && name.len <= CT_DATABASE_NAME_BYTES_MAX && name.bytes[0] != '.';
    for (size_t i = 0; is_fine && i < name.len; i++)
        is_fine = is_allowed(name.bytes[i]);
    if (is_fine)
        return CT_OK;
    const size_t shown =
        name.len < CT_DATABASE_NAME_BYTES_MAX ? name.len : CT_DATABASE_NAME_BYTES_MAX;
    return ct_fail(err, CT_INVALID,
                   "\"%.*s\" cannot be the name of a database: take 1 to %d letters, digits, '_', "
                   "'-' and '.', not beginning with '.'",
                   (int)shown, name.bytes ? name.bytes : "", CT_DATABASE_NAME_BYTES_MAX);
}
