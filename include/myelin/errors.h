/*
 * errors.h - the one list of errors, with a sentence each.
 *
 * The names and numbers are POSIX's as Linux numbers them, so a C library needs no
 * translation. The kernel returns them in the status register; a server returns one as
 * the label of its reply (0 is success). The definitions repeat those of a C library's
 * <errno.h> token for token, so both headers may be included.
 */
#pragma once

typedef int error_t;

#define SUCCESS 0

#define EPERM        1
#define ENOENT       2
#define EINTR        4
#define EIO          5
#define E2BIG        7
#define ENOEXEC      8
#define EBADF        9
#define ECHILD       10
#define EAGAIN       11
#define ENOMEM       12
#define EACCES       13
#define EFAULT       14
#define EBUSY        16
#define EEXIST       17
#define ENOTDIR      20
#define EISDIR       21
#define EINVAL       22
#define EMFILE       24
#define ENOTTY       25
#define EFBIG        27
#define ENOSPC       28
#define EPIPE        32
#define ERANGE       34
#define EDEADLK      35
#define ENAMETOOLONG 36
#define ENOSYS       38
#define ENOTEMPTY    39
#define ELOOP        40
#define EOVERFLOW    75
#define EMSGSIZE     90
#define EOPNOTSUPP   95
#define ENOTSUP      EOPNOTSUPP
#define ETIMEDOUT    110
#define ESTALE       116
#define ECANCELED    125

/* X(name, sentence): every error there is, in the order of its number. */
#define MYELIN_ERRORS(X)                                                        \
    X(EPERM, "the capability lacks the right that this operation needs")        \
    X(ENOENT, "there is nothing of that name or number")                        \
    X(EINTR, "the operation was interrupted by a person")                       \
    X(EIO, "the device failed")                                                 \
    X(E2BIG, "the arguments are too long")                                      \
    X(ENOEXEC, "the file is not a program that can be run here")                \
    X(EBADF, "the handle names nothing, or an object of another type")          \
    X(ECHILD, "there is no such process to wait for")                           \
    X(EAGAIN, "it cannot be done at once, and the caller did not want to wait") \
    X(ENOMEM, "the memory that was given is used up")                           \
    X(EACCES, "this client is not allowed to reach that service")               \
    X(EFAULT, "a page that the operation needs is not there")                   \
    X(EBUSY, "the object is in use in a way that excludes this")                \
    X(EEXIST, "something of that name or at that address is there already")     \
    X(ENOTDIR, "a part of the path is not a directory")                         \
    X(EISDIR, "the path names a directory")                                     \
    X(EINVAL, "an argument has no meaning here")                                \
    X(EMFILE, "too many files are open")                                        \
    X(ENOTTY, "the file is not a terminal")                                     \
    X(EFBIG, "the file would become too large")                                 \
    X(ENOSPC, "there is no free slot or space left for it")                     \
    X(EPIPE, "the partner is gone, or dropped the request without an answer")   \
    X(ERANGE, "a number is outside its range")                                  \
    X(EDEADLK, "waiting for this would close a circle of threads that wait")    \
    X(ENAMETOOLONG, "the name is too long")                                     \
    X(ENOSYS, "the object or server does not know this method")                 \
    X(ENOTEMPTY, "the directory is not empty")                                  \
    X(ELOOP, "a chain of threads, each waiting for or lending to the next, is too long")            \
    X(EOVERFLOW, "a value does not fit where it should go")                     \
    X(EMSGSIZE, "the message is longer or shorter than this method takes")      \
    X(ENOTSUP, "this is not supported")                                         \
    X(ETIMEDOUT, "the deadline passed first")                                   \
    X(ESTALE, "the capability, token or file existed once and is gone")         \
    X(ECANCELED, "the operation was cancelled")
