/* What a database may be called over HTTP. Layer http.
 *
 * The engine takes any text and makes no path of it; requests are held to less, so that a name is
 * harmless wherever it may be copied to: logs, file names of exports, shells. */
#ifndef CT_DATABASE_NAME_H
#define CT_DATABASE_NAME_H

#include "status.h"
#include "text.h"

#define CT_DATABASE_NAME_BYTES_MAX 64

/* CT_INVALID, told, for a name that is empty, longer, begins with '.', or has another byte than
 * A-Z, a-z, 0-9, '_', '.' and '-'. */
ct_status ct_database_name_check(struct ct_text name, struct ct_error *err) CT_MUST_USE;

#endif
