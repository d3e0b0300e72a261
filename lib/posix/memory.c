/*
 * memory.c - mmap and its kin. Memory comes from the process server; for programs without one,
 * from their own Untyped (own_pages.c).
 */
#include <sys/mman.h>

#include <myelin/cap.h>
#include <myelin/frame.h>
#include <myelin/idl/frame_types.h>
#include <myelin/process.h>
#include <myelin/startup.h>
#include <myelin/vspace.h>

#include "posix.h"

#define CAP_FD_BASE  0x40000000 /* above all descriptors */
#define CAP_FDS_MAX  16
#define MAPPINGS_MAX 64

/* Frames that cap_fd has given a number, until mmap takes them. */
static cap_t cap_fds[CAP_FDS_MAX];

/* Frames that mmap has mapped, until munmap. */
static struct {
    uint64_t address; /* 0: a free entry */
    cap_t frame;
} mappings[MAPPINGS_MAX];

int cap_fd(cap_t cap)
{
    for (int i = 0; i < CAP_FDS_MAX; i++) {
        if (!cap_fds[i]) {
            cap_fds[i] = cap;
            return CAP_FD_BASE + i;
        }
    }
    return -1;
}

/* The index of the mapping at `address` (0: of a free entry), or -1. */
static int find_mapping(uint64_t address)
{
    for (int i = 0; i < MAPPINGS_MAX; i++) {
        if (mappings[i].address == address)
            return i;
    }
    return -1;
}

/* Maps the Frame behind a number of cap_fd, which is used up whatever comes of it. */
static long map_frame(unsigned number, uint64_t length, unsigned protection)
{
    int entry = find_mapping(0);
    struct frame_info info;
    cap_t frame = number < CAP_FDS_MAX ? cap_fds[number] : CAP_NULL;
    void *address;
    error_t error;

    if (!frame)
        return -EBADF;
    cap_fds[number] = CAP_NULL;
    if (entry < 0)
        return -ENOMEM;
    error = frame_inspect(frame, &info);
    if (!error && length > info.size)
        error = EINVAL;
    if (!error)
        error = frame_attach(frame, protection | CAP_RIGHTS_READ, &address);
    if (error)
        return -error;
    mappings[entry].address = (uint64_t)address;
    mappings[entry].frame = frame;
    return (long)address;
}

/* The Frame may have been unmapped or deleted meanwhile: its address is free in any case. */
static void unmap_frame(int entry)
{
    if (frame_detach(mappings[entry].frame))
        vspace_unreserve(mappings[entry].address);
    mappings[entry].address = 0;
}

static long map_anonymous(uint64_t address, uint64_t length, unsigned protection)
{
    error_t error = process_map(&address, length, protection);

    if (error == ENOENT && !startup_cap("process"))
        error = address ? EINVAL : posix_own_pages_map(&address, length);
    return error ? -error : (long)address;
}

/* A private copy of a part of a file. */
static long map_file(const uint64_t *arguments, uint64_t address)
{
    struct open_file *file = posix_descriptor_get((int)arguments[4]);
    uint64_t offset = arguments[5];
    long place;
    long result;

    if (!file || file->kind != OPEN_FILE)
        return -EBADF;
    if (!(arguments[3] & MAP_PRIVATE))
        return -ENOTSUP;
    place = map_anonymous(address, arguments[1], PROT_READ | PROT_WRITE);
    if (place < 0)
        return place;
    result = posix_stream_read(file, (void *)place, arguments[1], &offset);
    if (result >= 0)
        result = linux_mprotect((const uint64_t[]){(uint64_t)place, arguments[1], arguments[2]});
    if (result < 0)
        linux_munmap((const uint64_t[]){(uint64_t)place, arguments[1]});
    return result < 0 ? result : place;
}

long linux_mmap(const uint64_t *arguments)
{
    uint64_t address = arguments[3] & MAP_FIXED ? arguments[0] : 0;
    unsigned protection = (unsigned)arguments[2];
    int descriptor = (int)arguments[4];

    if (!arguments[1] || arguments[1] > USER_ADDRESS_END || arguments[5] & 4095)
        return -EINVAL;
    if (arguments[3] & MAP_ANONYMOUS)
        return map_anonymous(address, PAGE_ROUND(arguments[1]), protection);
    if (descriptor < CAP_FD_BASE)
        return map_file(arguments, address);
    if (address || arguments[5])
        return -EINVAL; /* a Frame is mapped whole, where there is room for it */
    return map_frame((unsigned)(descriptor - CAP_FD_BASE), arguments[1], protection);
}

long linux_munmap(const uint64_t *arguments)
{
    int entry = find_mapping(arguments[0]);
    uint64_t length = PAGE_ROUND(arguments[1]);
    error_t error;

    if (!arguments[0] || arguments[0] & 4095 || !length)
        return -EINVAL;
    if (entry >= 0) {
        unmap_frame(entry);
        return 0;
    }
    error = process_unmap(arguments[0], length);
    if (error == ENOENT && !startup_cap("process"))
        error = posix_own_pages_unmap(arguments[0], length);
    return -error;
}

/* Pages of one's own Untyped are readable and writable for good: nothing to do for them. */
long linux_mprotect(const uint64_t *arguments)
{
    if (!startup_cap("process"))
        return 0;
    return -process_protect(arguments[0], PAGE_ROUND(arguments[1]), (unsigned)arguments[2]);
}

/* Advice may be ignored. */
long linux_madvise(const uint64_t *arguments)
{
    (void)arguments;
    return 0;
}
