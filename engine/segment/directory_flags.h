/* What both halves of directory.h agree on. */
#ifndef CT_SEGMENT_DIRECTORY_FLAGS_H
#define CT_SEGMENT_DIRECTORY_FLAGS_H

#include "directory.h"

#define FLAG_COUNTS  1
#define FLAG_MODES   2
#define FLAG_LONG    4
#define SCALE_NO_SUM 255

static inline bool has_exact_stats(uint8_t type)
{
    return type == CT_INT64 || type == CT_UINT64 || type == CT_DECIMAL;
}

#endif
