/*
 * file.h - the client's side of the file protocol.
 *
 * Programs use their C library (open, read, ...), which comes here. A session is what
 * service_connect gives for a file server; a file is a capability of its own. Paths are
 * absolute. A dead file server is ESTALE, or EPIPE for who waited for it.
 */
#pragma once

#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/errors.h>

#define FILE_NAME_BYTES 255

struct file_status {
    uint32_t kind; /* FS_FILE, FS_DIRECTORY */
    uint32_t mode; /* permission bits */
    uint64_t size; /* bytes */
    uint64_t inode;
    uint64_t links;
    uint64_t changed; /* ns of the monotonic clock */
};

struct file_entry {
    uint64_t inode;
    uint32_t kind; /* FS_FILE, FS_DIRECTORY */
    char name[FILE_NAME_BYTES + 1];
};

/* The process's session with the file server "ramfs", opened at first use and kept. EPIPE:
   there is no file server. */
error_t file_session(cap_t *session);
/* Forgets it, if `error` says that the server is gone; the next file_session connects anew. */
void file_session_failed(error_t error);

/* ---- on a session ---- */

/* Opens or (O_CREAT) makes a file; flags as <fcntl.h> has them. Of *status (may be NULL) only
   kind and size are set. The caller closes *file. */
error_t file_open(cap_t session, const char *path, unsigned flags, unsigned mode, cap_t *file,
                  struct file_status *status);
error_t file_stat_path(cap_t session, const char *path, struct file_status *status);
error_t file_mkdir(cap_t session, const char *path, unsigned mode);
/* flags: FS_UNLINK_DIRECTORY or 0. */
error_t file_unlink(cap_t session, const char *path, unsigned flags);
error_t file_rename(cap_t session, const char *from, const char *to);

/* ---- on a file ---- */

/* Reads up to `length` bytes, of any number; *done is less only at the end of the file. On an
   error *done tells how far it came. */
error_t file_read(cap_t file, uint64_t offset, void *buffer, size_t length, size_t *done);
/* Writes all; offset FS_APPEND: at the end. `size` (may be NULL): the file's size after. */
error_t file_write(cap_t file, uint64_t offset, const void *buffer, size_t length, size_t *done,
                   uint64_t *size);
error_t file_stat(cap_t file, struct file_status *status);
/* Entry `index` (0..) of a directory. ENOENT past the last. */
error_t file_readdir(cap_t file, uint64_t index, struct file_entry *entry);
error_t file_truncate(cap_t file, uint64_t size);
/* Closes it and deletes the capability, whatever the server says. */
error_t file_close(cap_t file);
