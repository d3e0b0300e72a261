/*
 * posix.h - what the files of libposix share: Linux's system calls, answered in the process.
 *
 * A program's C library executes Linux's `syscall`; the kernel does not know the number and
 * bounces to foreign_entry (foreign.c), which runs one of the functions below on a stack of its
 * own. Nothing here, or in libmyelin, may use thread-local storage (FS may be 0), vector registers,
 * or a C library function that does either or makes system calls. Of Debian's musl these are
 * known to be free of all that: memcpy, memmove, memset, memcmp, strlen, strncmp, strrchr (not
 * strspn and strcspn: stack protector and vector registers).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/errors.h>

/* A system call: its six arguments in order; a result, or an error as a negative number. */
typedef long linux_call(const uint64_t *arguments);

/* Number to function, for all calls there are (dispatch.c). */
long foreign_dispatch(uint64_t number, const uint64_t *arguments);
void foreign_entry(void);

/* ---- descriptors (descriptor.c) ---- */

#define DESCRIPTORS_MAX 64

enum open_kind {
    OPEN_NOTHING, /* standard streams without a console: reads end, writes are EIO */
    OPEN_CONSOLE,
    OPEN_LOG, /* standard streams of a program that has the kernel's log, and no console */
    OPEN_FILE,
    OPEN_DIRECTORY,
};

/* What an open made: descriptors from dup share it, and its offset. */
struct open_file {
    enum open_kind kind;
    unsigned references; /* descriptors; 0: this entry is free */
    int flags;           /* O_... */
    cap_t cap;           /* console, Trace or file */
    uint64_t offset;     /* bytes; of a directory: entries */
};

/* Standard streams. */
void posix_descriptors_begin(void);
/* At the end of the process: file servers hear that its files are closed. */
void posix_descriptors_end(void);
struct open_file *posix_descriptor_get(int descriptor);
/* The lowest free descriptor, for a new open file: or -EMFILE, and `cap` stays the caller's. */
long posix_descriptor_open(enum open_kind kind, cap_t cap, int flags);

/* ---- paths (path.c) ---- */

#define PATH_BYTES 512

/* The working directory at the start: the environment's PWD, or "/". */
void posix_path_begin(char *const *environment);
/* Makes `path` absolute and plain (no ".", "..", "//") in absolute[PATH_BYTES]: 0 or an error. */
long posix_path_resolve(const char *path, char *absolute);
/* The same for the ...at calls. Only AT_FDCWD and absolute paths are supported (ENOTSUP). */
long posix_path_resolve_at(int directory, const char *path, char *absolute);
/* Resolves, and gets the session with the file server. */
long posix_path_session(int directory, const char *path, char *absolute, cap_t *session);
/* -error; notes a file server that is gone. */
long posix_path_result(error_t error);

/* ---- memory (memory.c, own_pages.c) ---- */

#define PAGE_ROUND(length) (((length) + 4095) & ~4095ull)

/* Memory of programs without a process server: root, and the process server itself. */
error_t posix_own_pages_map(uint64_t *address, uint64_t length);
error_t posix_own_pages_unmap(uint64_t address, uint64_t length);

/* ---- streams (stream.c, console.c) ---- */

/* Moves bytes at *offset; how many, or an error. */
long posix_stream_read(struct open_file *file, void *buffer, size_t length, uint64_t *offset);
long posix_stream_write(struct open_file *file, const void *buffer, size_t length,
                        uint64_t *offset);
/* The terminal's modes, and its size. */
long posix_console_control(struct open_file *file, unsigned request, void *argument);

/* ---- the calls ---- */

linux_call linux_read, linux_write, linux_readv, linux_writev, linux_pread64, linux_pwrite64;
linux_call linux_lseek, linux_ioctl, linux_ftruncate, linux_fsync, linux_getdents64;
linux_call linux_close, linux_dup, linux_dup2, linux_dup3, linux_fcntl;
linux_call linux_open, linux_openat, linux_creat, linux_truncate;
linux_call linux_stat, linux_fstat, linux_newfstatat, linux_access, linux_faccessat;
linux_call linux_mkdir, linux_mkdirat, linux_rmdir, linux_unlink, linux_unlinkat;
linux_call linux_rename, linux_renameat, linux_renameat2;
linux_call linux_getcwd, linux_chdir;
linux_call linux_mmap, linux_munmap, linux_mprotect, linux_madvise;
linux_call linux_exit, linux_arch_prctl, linux_getpid, linux_getppid, linux_gettid;
linux_call linux_identity, linux_sched_yield;
linux_call linux_futex, linux_kill, linux_tkill, linux_tgkill;
linux_call linux_rt_sigaction, linux_rt_sigprocmask;
linux_call linux_clock_gettime, linux_clock_getres, linux_gettimeofday;
linux_call linux_nanosleep, linux_clock_nanosleep;
linux_call linux_uname, linux_getrandom;
