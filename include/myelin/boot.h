/*
 * boot.h - what the kernel hands to the root task.
 *
 * Root starts like every program (startup.h), mapped whole by the kernel, with the startup
 * capabilities "cspace", "vspace", "thread", "time", "cpu", "irqcontrol", "ioport", "trace",
 * each with all rights, and, behind the auxiliary vector's entry AT_MYELIN_BOOT, this page.
 */
#pragma once

#include <myelin/abi.h>

#define AT_MYELIN_BOOT          0x4d7a
#define BOOT_COMMAND_LINE_BYTES 1024
#define BOOT_UNTYPED_MAX        96

struct boot_untyped {
    cap_t cap;
    uint64_t base;      /* physical address */
    uint32_t size_bits; /* log2 of its bytes */
    uint32_t device;    /* 1: device memory, frames only */
};

struct boot_info {
    uint64_t archive; /* address of the boot archive (cpio newc), mapped readable in root */
    uint64_t archive_size;
    uint64_t memory_size;  /* bytes of RAM the machine has */
    uint64_t free_address; /* root's addresses from here to USER_ADDRESS_END / 2 are unused */
    uint64_t untyped_count;
    struct boot_untyped untyped[BOOT_UNTYPED_MAX];
    char command_line[BOOT_COMMAND_LINE_BYTES]; /* after the kernel's own name; NUL-terminated */
};

_Static_assert(sizeof(struct boot_info) <= 4096, "it is one page");
