/*
 * dispatch.c - Linux's system calls by number. What is not in the table answers ENOSYS, which C
 * libraries cope with (brk, for one, makes them use mmap).
 */
#include <sys/syscall.h>

#include "posix.h"

static linux_call *const calls[] = {
    [SYS_read] = linux_read,
    [SYS_write] = linux_write,
    [SYS_readv] = linux_readv,
    [SYS_writev] = linux_writev,
    [SYS_pread64] = linux_pread64,
    [SYS_pwrite64] = linux_pwrite64,
    [SYS_lseek] = linux_lseek,
    [SYS_ioctl] = linux_ioctl,
    [SYS_ftruncate] = linux_ftruncate,
    [SYS_fsync] = linux_fsync,
    [SYS_fdatasync] = linux_fsync,
    [SYS_getdents64] = linux_getdents64,
    [SYS_close] = linux_close,
    [SYS_dup] = linux_dup,
    [SYS_dup2] = linux_dup2,
    [SYS_dup3] = linux_dup3,
    [SYS_fcntl] = linux_fcntl,

    [SYS_open] = linux_open,
    [SYS_openat] = linux_openat,
    [SYS_creat] = linux_creat,
    [SYS_truncate] = linux_truncate,
    [SYS_stat] = linux_stat,
    [SYS_lstat] = linux_stat, /* there are no symbolic links */
    [SYS_fstat] = linux_fstat,
    [SYS_newfstatat] = linux_newfstatat,
    [SYS_access] = linux_access,
    [SYS_faccessat] = linux_faccessat,
    [SYS_mkdir] = linux_mkdir,
    [SYS_mkdirat] = linux_mkdirat,
    [SYS_rmdir] = linux_rmdir,
    [SYS_unlink] = linux_unlink,
    [SYS_unlinkat] = linux_unlinkat,
    [SYS_rename] = linux_rename,
    [SYS_renameat] = linux_renameat,
    [SYS_renameat2] = linux_renameat2,
    [SYS_getcwd] = linux_getcwd,
    [SYS_chdir] = linux_chdir,

    [SYS_mmap] = linux_mmap,
    [SYS_munmap] = linux_munmap,
    [SYS_mprotect] = linux_mprotect,
    [SYS_madvise] = linux_madvise,

    [SYS_exit] = linux_exit,
    [SYS_exit_group] = linux_exit,
    [SYS_arch_prctl] = linux_arch_prctl,
    [SYS_set_tid_address] = linux_gettid,
    [SYS_getpid] = linux_getpid,
    [SYS_getppid] = linux_getppid,
    [SYS_gettid] = linux_gettid,
    [SYS_getuid] = linux_identity,
    [SYS_geteuid] = linux_identity,
    [SYS_getgid] = linux_identity,
    [SYS_getegid] = linux_identity,
    [SYS_sched_yield] = linux_sched_yield,
    [SYS_futex] = linux_futex,
    [SYS_kill] = linux_kill,
    [SYS_tkill] = linux_tkill,
    [SYS_tgkill] = linux_tgkill,
    [SYS_rt_sigaction] = linux_rt_sigaction,
    [SYS_rt_sigprocmask] = linux_rt_sigprocmask,

    [SYS_clock_gettime] = linux_clock_gettime,
    [SYS_clock_getres] = linux_clock_getres,
    [SYS_gettimeofday] = linux_gettimeofday,
    [SYS_nanosleep] = linux_nanosleep,
    [SYS_clock_nanosleep] = linux_clock_nanosleep,
    [SYS_uname] = linux_uname,
    [SYS_getrandom] = linux_getrandom,
};

long foreign_dispatch(uint64_t number, const uint64_t *arguments)
{
    if (number >= sizeof(calls) / sizeof(calls[0]) || !calls[number])
        return -ENOSYS;
    return calls[number](arguments);
}
