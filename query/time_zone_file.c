#include "time_zone_file.h"

static bool has_folder(struct ct_io *io, const char *folder)
{
    struct ct_names names;
    if (io->calls->list(io, folder, &names, NULL) != CT_OK)
        return false;
    const bool is_there = names.count > 0;
    ct_names_release(io, &names);
    return is_there;
}

static ct_status not_found(struct ct_io *io, const char *folder, const char *name,
                           struct ct_error *err)
{
    if (has_folder(io, folder))
        return ct_fail(err, CT_NOT_FOUND, "no time zone %s", name);
    return ct_fail(err, CT_NOT_FOUND, "no time zone %s: there are no zones in %s (package tzdata)",
                   name, folder);
}

ct_status ct_time_zone_load(struct ct_io *io, const char *folder, struct ct_text name,
                            const struct ct_allocator *allocator, struct ct_time_zone **out,
                            struct ct_error *err)
{
    if (name.len == 0 || ct_text_equal(name, ct_text_of("UTC"))) {
        *out = NULL;
        return CT_OK;
    }
    if (!ct_time_zone_name_is_valid(name))
        return ct_fail(err, CT_INVALID, "not a name of a time zone: %.*s",
                       name.len < 80 ? (int)name.len : 80, name.bytes);
    if (!folder)
        folder = CT_TIME_ZONE_FOLDER;
    char terminated[CT_ZONE_NAME_BYTES_MAX + 1] = {0};
    memcpy(terminated, name.bytes, name.len);
    char path[CT_PATH_BYTES_MAX];
    CT_TRY(ct_path_join(path, folder, terminated, err));
    char *bytes;
    size_t len;
    ct_status status = ct_read_file(io, path, CT_ZONE_FILE_BYTES_MAX, &bytes, &len, err);
    if (status == CT_NOT_FOUND)
        return not_found(io, folder, terminated, err);
    CT_TRY(status);
    status = ct_time_zone_parse(bytes, len, name, allocator, out, err);
    ct_release(io->allocator, bytes);
    return status;
}
