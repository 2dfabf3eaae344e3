#include "setting_table.h"

#include <assert.h>

#define ROW(member, key, flag, kind, initial, min, max, choices, value, help)                      \
    {key,                                                                                          \
     CT_KIND_##kind,                                                                               \
     offsetof(struct ct_server_config, member),                                                    \
     sizeof(((struct ct_server_config *)0)->member),                                               \
     initial,                                                                                      \
     min,                                                                                          \
     max,                                                                                          \
     choices},

static const struct ct_setting_row rows[] = {CT_SETTING_LIST(ROW)};

const struct ct_setting_row *ct_setting_rows(size_t *count)
{
    static_assert(CT_COUNT_OF(rows) <= CT_SETTINGS_MAX, "each has an origin");
    *count = CT_COUNT_OF(rows);
    return rows;
}
