/*
 * host.h - the simulated machine as tests see it: what they set, and what the kernel did.
 *
 * One machine per process; host_reset makes it new. Nothing here is real: memory is a memfd,
 * time stands still until a test moves it, interrupts come when a test says so.
 */
#pragma once

#include <arch.h>

#define HOST_MEMORY_BYTES   (8ull << 30) /* sparse: only what is touched takes memory */
#define HOST_WINDOWS        24
#define HOST_PLACEMENTS     20 /* pieces of memory in one window: as often can a space grow */
#define HOST_LOG_BYTES      4096
#define HOST_VECTOR_BYTES   576 /* the legacy area and the XSAVE header */
#define HOST_MXCSR_MASK     0xffffu
#define HOST_KERNEL_SPACE   0x1000ull /* the page table of the kernel alone */
#define HOST_CLOCK_BASE     1000ull
#define HOST_CLOCK_PER_TICK (1ull << 31) /* a tick is half a nanosecond */

struct host {
    uint64_t now;          /* ns; only tests change it */
    uint64_t timer;        /* what the timer is set to */
    uint64_t timer_writes; /* how often it was set */

    /* Is an interrupt waiting? With `pending` always; else at every n-th question. */
    bool pending;
    uint64_t pending_every;
    uint64_t questions;

    bool measuring, counting;
    uint64_t longest; /* what the next arch_measure answers */

    struct {
        const struct vspace *vspace;
        uint64_t address, bytes, cpus;
    } invalidated; /* the last arch_tlb_invalidate */
    uint64_t invalidations;

    uint32_t unmasked; /* interrupt lines, a bit each */

    struct {
        uint16_t port;
        unsigned width;
        uint32_t value;
    } port; /* the last access; what an input finds is `value` */
    unsigned port_reads, port_writes;
    unsigned general_entries; /* system calls and faults that took neither the fast nor the broad
                                 path, nor one of their own */

    char log[HOST_LOG_BYTES];
    unsigned log_length;

    uint8_t vector_registers[HOST_VECTOR_BYTES];
    bool pcid;

    /* What lies in the windows, in pages; the first without any ends the list. */
    struct host_placement {
        uint32_t at, physical, pages;
    } placed[HOST_WINDOWS][HOST_PLACEMENTS];
};

extern struct host host;

struct fault;
struct thread;

/* The running thread executes a syscall instruction, with what is in its context: as entry.S has
   it, the fast path first. */
void host_system_call(void);

/* It has had that fault, as entry.S has it: a page fault comes to its own door first. */
void host_fault(const struct fault *fault);

/* `host` has been put back to an earlier state, in place of `now`: the windows follow. */
void host_place_again(const struct host *now);
/* Where a window begins. */
char *host_window(unsigned window);

/* A machine as after power-on; so many bytes of its memory are garbage, what follows is 0. */
void host_reset(uint64_t dirty_bytes);
