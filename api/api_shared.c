/* Memory, errors and versioned structs: what every call of the library goes through. */
#include <stdio.h>

#include "api_private.h"

#define VERSION_TEXT_OF(major, minor, patch) #major "." #minor "." #patch
#define VERSION_TEXT(major, minor, patch)    VERSION_TEXT_OF(major, minor, patch)

/* The public numbers are the engine's. */
#define ASSERT_NUMBER(name, number, text)                                                          \
    static_assert((int)CENTIME_##name == (number), "status numbers differ");
CT_STATUS_LIST(ASSERT_NUMBER)

const char *centime_version(void)
{
    return VERSION_TEXT(CENTIME_VERSION_MAJOR, CENTIME_VERSION_MINOR, CENTIME_VERSION_PATCH);
}

uint32_t centime_version_number(void)
{
    return CENTIME_VERSION_MAJOR * 10000 + CENTIME_VERSION_MINOR * 100 + CENTIME_VERSION_PATCH;
}

const char *centime_status_text(int status)
{
    switch (status) {
#define CASE(name, number, text)                                                                   \
    case number:                                                                                   \
        return text;
        CT_STATUS_LIST(CASE)
#undef CASE
    default:
        return "unknown status";
    }
}

struct api_memory *api_memory_create(const centime_allocator *allocator)
{
    struct ct_allocator inner = *ct_allocator_system();
    if (allocator)
        inner = (struct ct_allocator){allocator->context, allocator->allocate, allocator->resize,
                                      allocator->release};
    struct api_memory *memory = ct_alloc(&inner, sizeof *memory);
    if (!memory)
        return NULL;
    memory->allocator = inner;
    ct_refcount_init(&memory->references);
    return memory;
}

struct api_memory *api_memory_take(struct api_memory *memory)
{
    ct_refcount_take(&memory->references);
    return memory;
}

void api_memory_drop(struct api_memory *memory)
{
    if (!ct_refcount_drop(&memory->references))
        return;
    const struct ct_allocator allocator = memory->allocator;
    ct_release(&allocator, memory);
}

int api_answer(ct_status status, const struct ct_error *err, centime_error *out)
{
    if (status == CT_OK || !out || out->struct_size < sizeof out->struct_size)
        return (int)status;
    centime_error story = {.struct_size = out->struct_size,
                           .code = (int32_t)status,
                           .os_errno = err->os_errno,
                           .line = err->line,
                           .column = err->column,
                           .offset = err->offset};
    memcpy(story.file, err->file, sizeof story.file);
    memcpy(story.text, err->text, sizeof story.text);
    if (story.text[0] == 0)
        snprintf(story.text, sizeof story.text, "%s", ct_status_text(status));
    memcpy(out, &story, out->struct_size < sizeof story ? out->struct_size : sizeof story);
    return (int)status;
}

static ct_status fail_struct(const char *name, struct ct_error *err)
{
    return ct_fail(err, CT_INVALID, "struct_size of %s is not set: use its _INIT macro or sizeof",
                   name);
}

ct_status api_read_struct(void *to, size_t size, const void *from, const char *name,
                          struct ct_error *err)
{
    memset(to, 0, size);
    if (!from)
        return CT_OK;
    uint32_t struct_size;
    memcpy(&struct_size, from, sizeof struct_size);
    if (struct_size < sizeof struct_size)
        return fail_struct(name, err);
    memcpy(to, from, struct_size < size ? struct_size : size);
    return CT_OK;
}

ct_status api_write_struct(void *to, const void *from, size_t size, const char *name,
                           struct ct_error *err)
{
    uint32_t struct_size;
    memcpy(&struct_size, to, sizeof struct_size);
    if (struct_size < sizeof struct_size)
        return fail_struct(name, err);
    const size_t len = struct_size < size ? struct_size : size;
    memcpy((char *)to + sizeof struct_size, (const char *)from + sizeof struct_size,
           len - sizeof struct_size);
    return CT_OK;
}

struct ct_text api_text(const char *text)
{
    return text ? ct_text_of(text) : (struct ct_text){"", 0};
}

struct ct_text api_database(const char *database)
{
    return database && database[0] ? ct_text_of(database) : ct_text_of("default");
}

ct_status api_find_table(centime_store *store, const char *database, const char *table,
                         uint32_t *out, struct ct_error *err)
{
    struct ct_catalog *catalog = ct_store_catalog(store->store);
    const struct ct_text name = api_database(database);
    const uint32_t number = ct_catalog_find_database(catalog, name);
    if (number == CT_NONE)
        return ct_fail(err, CT_NOT_FOUND, "no database \"%.80s\"", name.bytes);
    *out = ct_catalog_find_table(catalog, number, api_text(table));
    if (*out == CT_NONE)
        return ct_fail(err, CT_NOT_FOUND, "no table \"%.80s\" in database \"%.80s\"",
                       table ? table : "", name.bytes);
    return CT_OK;
}
