/*
 * archive.c - the boot archive: a cpio archive in the newc format.
 *
 * Each entry is a header of 110 bytes (a magic number and 13 fields of 8 hexadecimal digits), the
 * name and the content, each padded to 4 bytes.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <myelin/file.h>
#include <myelin/log.h>

#include "root.h"

#define HEADER_BYTES 110
#define MAGIC        "070701"
#define MAGIC_BYTES  6
#define FIELD_DIGITS 8
#define FIELD_MODE   1
#define FIELD_SIZE   6
#define FIELD_NAME   11
#define LAST_NAME    "TRAILER!!!"

static error_t read_field(const char *header, unsigned n, uint64_t *value)
{
    const char *digits = header + MAGIC_BYTES + n * FIELD_DIGITS;

    *value = 0;
    for (unsigned i = 0; i < FIELD_DIGITS; i++) {
        static const char known[] = "0123456789abcdef";
        const char *digit = memchr(known, digits[i] | 0x20, sizeof(known) - 1);

        if (!digit)
            return EINVAL;
        *value = *value << 4 | (uint64_t)(digit - known);
    }
    return SUCCESS;
}

static uint64_t padded(uint64_t offset)
{
    return (offset + 3) & ~3ull;
}

/* Copies the name, without "./" or "/" before it. */
static error_t read_name(const char *bytes, uint64_t size, char *name)
{
    if (size == 0 || size > sizeof(((struct archive_entry *)0)->name) || bytes[size - 1])
        return EINVAL;
    if (bytes[0] == '.' && bytes[1] == '/')
        bytes += 2;
    while (*bytes == '/')
        bytes++;
    strcpy(name, bytes);
    return SUCCESS;
}

error_t archive_next(const void *archive, uint64_t size, uint64_t *offset,
                     struct archive_entry *entry)
{
    const char *header = (const char *)archive + *offset;
    uint64_t mode, file_size, name_size, content;

    if (*offset > size || size - *offset < HEADER_BYTES ||
        memcmp(header, MAGIC, MAGIC_BYTES) != 0 || read_field(header, FIELD_MODE, &mode) ||
        read_field(header, FIELD_SIZE, &file_size) || read_field(header, FIELD_NAME, &name_size))
        return EINVAL;
    content = padded(*offset + HEADER_BYTES + name_size);
    if (content > size || file_size > size - content ||
        read_name(header + HEADER_BYTES, name_size, entry->name))
        return EINVAL;
    if (strcmp(entry->name, LAST_NAME) == 0)
        return ENOENT;
    entry->mode = (unsigned)mode;
    entry->size = file_size;
    entry->bytes = (const char *)archive + content;
    *offset = padded(content + file_size);
    return SUCCESS;
}

static error_t next(uint64_t *offset, struct archive_entry *entry)
{
    return archive_next((const void *)root.boot->archive, root.boot->archive_size, offset, entry);
}

error_t archive_find(const char *path, struct archive_entry *entry)
{
    uint64_t offset = 0;
    error_t error;

    while ((error = next(&offset, entry)) == SUCCESS) {
        if (S_ISREG(entry->mode) && strcmp(entry->name, path) == 0)
            return SUCCESS;
    }
    return error;
}

static error_t copy_file(cap_t session, const char *path, const struct archive_entry *entry)
{
    size_t done;
    cap_t file;
    error_t error =
        file_open(session, path, O_WRONLY | O_CREAT | O_TRUNC, entry->mode & 0777, &file, NULL);

    if (error)
        return error;
    error = file_write(file, 0, entry->bytes, entry->size, &done, NULL);
    file_close(file);
    return error;
}

static error_t copy_entry(cap_t session, const struct archive_entry *entry)
{
    char path[sizeof(entry->name) + 1] = "/";
    error_t error;

    if (!entry->name[0] || strcmp(entry->name, ".") == 0)
        return SUCCESS;
    strcpy(path + 1, entry->name);
    if (S_ISREG(entry->mode))
        return copy_file(session, path, entry);
    if (!S_ISDIR(entry->mode))
        return SUCCESS;
    error = file_mkdir(session, path, entry->mode & 0777);
    return error == EEXIST ? SUCCESS : error;
}

error_t archive_copy(cap_t session)
{
    struct archive_entry entry;
    uint64_t offset = 0;
    error_t error, first = SUCCESS;

    while ((error = next(&offset, &entry)) == SUCCESS) {
        error = copy_entry(session, &entry);
        if (error)
            log_line("root: cannot copy '%s': error %d", entry.name, error);
        if (error && !first)
            first = error;
    }
    return error == ENOENT ? first : error;
}
