#include "manifest.h"

#include "file_names.h"
#include "log.h"
#include "manifest_codec.h"

#define CURRENT_BYTES_MAX 64
#define RECORD_EDIT       1

struct ct_manifest {
    struct ct_io *io;
    struct ct_log *log;
    struct ct_manifest_state state;
    uint64_t edit_number;
};

static ct_status read_current(struct ct_io *io, const char *folder, char *name, bool *found,
                              struct ct_error *err)
{
    char path[CT_PATH_BYTES_MAX];
    CT_TRY(ct_path_join(path, folder, CT_NAME_CURRENT, err));
    char *bytes = NULL;
    size_t len = 0;
    const ct_status status = ct_read_file(io, path, CURRENT_BYTES_MAX, &bytes, &len, err);
    *found = status == CT_OK;
    if (status == CT_NOT_FOUND)
        return CT_OK;
    if (status != CT_OK)
        return status;
    ct_status result = CT_OK;
    uint64_t number;
    if (len < 2 || len > CT_FILE_NAME_CAP || bytes[len - 1] != '\n') {
        result = ct_fail_at(err, CT_CORRUPT, path, 0, "does not name a manifest");
    } else {
        memcpy(name, bytes, len - 1);
        name[len - 1] = 0;
        if (!ct_name_parse(name, "manifest-", "", &number))
            result = ct_fail_at(err, CT_CORRUPT, path, 0, "does not name a manifest");
    }
    ct_release(io->allocator, bytes);
    return result;
}

static ct_status read_edits(struct ct_io *io, const char *path, struct ct_manifest_state *state,
                            struct ct_error *err)
{
    struct ct_log_reader *reader;
    CT_TRY(ct_log_reader_open(io, path, CT_LOG_MANIFEST, UINT64_MAX, &reader, err));
    bool found = true;
    bool any = false;
    ct_status status = CT_OK;
    while (status == CT_OK) {
        struct ct_log_record record;
        status = ct_log_reader_next(reader, &record, &found, err);
        if (status != CT_OK || !found)
            break;
        any = true;
        status = ct_manifest_apply(state, io->allocator, record.payload, path, err);
    }
    ct_log_reader_close(reader);
    if (status == CT_OK &&
        !any) /* CURRENT names a manifest only once its first record is durable */
        status = ct_fail_at(err, CT_CORRUPT, path, 0, "holds no edits");
    return status;
}

ct_status ct_manifest_load(struct ct_io *io, const char *folder, struct ct_manifest_state *state,
                           bool *found, struct ct_error *err)
{
    memset(state, 0, sizeof *state);
    char name[CT_FILE_NAME_CAP + 1];
    CT_TRY(read_current(io, folder, name, found, err));
    if (!*found)
        return CT_OK;
    char path[CT_PATH_BYTES_MAX];
    CT_TRY(ct_path_join(path, folder, name, err));
    const ct_status status = read_edits(io, path, state, err);
    if (status != CT_OK)
        ct_manifest_state_deinit(state, io->allocator);
    return status;
}

/* Only one manifest is ever needed; what an earlier crash left over goes too. */
static void remove_others(struct ct_io *io, const char *folder, uint64_t keep)
{
    struct ct_names names;
    if (io->calls->list(io, folder, &names, NULL) != CT_OK)
        return;
    for (size_t i = 0; i < names.count; i++) {
        uint64_t number;
        char path[CT_PATH_BYTES_MAX];
        if (ct_name_parse(names.name[i], "manifest-", "", &number) && number != keep &&
            ct_path_join(path, folder, names.name[i], NULL) == CT_OK)
            (void)io->calls->remove(io, path, NULL);
    }
    ct_names_release(io, &names);
}

static ct_status append(struct ct_manifest *manifest, const struct ct_byte_buffer *bytes,
                        struct ct_error *err)
{
    const struct ct_part part = {.bytes = bytes->bytes, .len = bytes->len};
    const struct ct_log_entry entry = {
        .number = ++manifest->edit_number, .type = RECORD_EDIT, .parts = &part, .part_count = 1};
    return ct_log_append(manifest->log, &entry, 1, true, err);
}

static ct_status write_first(struct ct_manifest *manifest, struct ct_error *err)
{
    struct ct_byte_buffer bytes = {.allocator = manifest->io->allocator};
    ct_status status = ct_manifest_encode_state(&manifest->state, &bytes);
    if (status == CT_OK)
        status = append(manifest, &bytes, err);
    else
        ct_fail(err, status, "out of memory while writing the manifest");
    ct_byte_buffer_deinit(&bytes);
    return status;
}

ct_status ct_manifest_create(struct ct_io *io, const char *folder, struct ct_manifest_state *state,
                             uint64_t salt, struct ct_manifest **out, struct ct_error *err)
{
    struct ct_manifest *manifest = ct_alloc_zeroed(io->allocator, 1, sizeof *manifest);
    if (!manifest)
        return ct_fail(err, CT_NO_MEMORY, "out of memory");
    manifest->io = io;
    manifest->state = *state;
    memset(state, 0, sizeof *state);
    const uint64_t number = manifest->state.next_number++;

    char name[CT_FILE_NAME_CAP + 1];
    ct_name_manifest(name, number);
    char path[CT_PATH_BYTES_MAX];
    ct_status status = ct_path_join(path, folder, name, err);
    if (status == CT_OK) {
        /* A crash before CURRENT was switched may have left a file of this name. */
        status = io->calls->remove(io, path, err);
        if (status == CT_NOT_FOUND)
            status = CT_OK;
    }
    if (status == CT_OK)
        status = ct_log_create(io, path, CT_LOG_MANIFEST, salt, &manifest->log, err);
    if (status == CT_OK)
        status = write_first(manifest, err);
    if (status == CT_OK)
        status = io->calls->sync_folder(io, folder, err);
    if (status == CT_OK) {
        const size_t len = strlen(name);
        name[len] = '\n';
        status = ct_replace_file(io, folder, CT_NAME_CURRENT,
                                 (struct ct_text){.bytes = name, .len = len + 1}, err);
    }
    if (status != CT_OK) {
        ct_manifest_close(manifest);
        return status;
    }
    remove_others(io, folder, number);
    *out = manifest;
    return CT_OK;
}

ct_status ct_manifest_commit(struct ct_manifest *manifest, const struct ct_manifest_edit *edit,
                             struct ct_error *err)
{
    const struct ct_allocator *allocator = manifest->io->allocator;
    struct ct_byte_buffer bytes = {.allocator = allocator};
    ct_status status = ct_manifest_encode(edit, &bytes);
    /* Memory for the new state is found before the edit becomes durable. */
    struct ct_manifest_state *state = &manifest->state;
    if (status == CT_OK &&
        !(ct_grow(allocator, &state->segments, &state->segment_cap,
                  state->segment_count + edit->added_count, sizeof *state->segments) &&
          ct_grow(allocator, &state->tombstones, &state->tombstone_cap,
                  state->tombstone_count + edit->tombstone_count, sizeof *state->tombstones) &&
          ct_manifest_make_room(state, allocator, edit->cover) &&
          ct_grow(allocator, &state->catalogs, &state->catalog_cap, state->catalog_count + 1,
                  sizeof *state->catalogs) &&
          ct_grow(allocator, &state->times.marks, &state->times.cap,
                  state->times.count + edit->time_count, sizeof *state->times.marks)))
        status = CT_NO_MEMORY;
    if (status != CT_OK)
        ct_fail(err, status, "out of memory while editing the manifest");
    else
        status = append(manifest, &bytes, err);
    if (status == CT_OK) {
        const struct ct_text text = {.bytes = (const char *)bytes.bytes, .len = bytes.len};
        status = ct_manifest_apply(state, allocator, text, "manifest", err);
        CT_ASSERT(status == CT_OK);
    }
    ct_byte_buffer_deinit(&bytes);
    return status;
}

const struct ct_manifest_state *ct_manifest_state_of(const struct ct_manifest *manifest)
{
    return &manifest->state;
}

void ct_manifest_close(struct ct_manifest *manifest)
{
    if (!manifest)
        return;
    const struct ct_allocator *allocator = manifest->io->allocator;
    ct_log_close(manifest->log);
    ct_manifest_state_deinit(&manifest->state, allocator);
    ct_release(allocator, manifest);
}
