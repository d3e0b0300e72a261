/* multiboot.c - the first C code: what the loader says, then every part of the kernel in turn. */

#include <boot.h>
#include <cap/cap.h>
#include <mem/mem.h>
#include <task/task.h>

#include "x86.h"

#define MULTIBOOT_LOADER_MAGIC 0x2badb002u
#define INFO_COMMAND_LINE      (1u << 2)
#define INFO_MODULES           (1u << 3)
#define INFO_MEMORY_MAP        (1u << 6)
#define MEMORY_USABLE          1
#define LOW_MEMORY_END         0x100000ull
#define DIRECT_MAP_MAX         (64ull << 30)

struct multiboot_info {
    uint32_t flags, mem_lower, mem_upper, boot_device;
    uint32_t command_line, module_count, modules;
    uint32_t symbols[4];
    uint32_t map_length, map;
};

struct multiboot_module {
    uint32_t start, end, string, reserved;
};

struct __attribute__((packed)) multiboot_memory {
    uint32_t size;
    uint64_t base, length;
    uint32_t type;
};

extern char kernel_end[];

static struct boot_handover handover;

/* Skips the kernel's own file name, which some loaders put first. */
static const char *skip_kernel_name(const char *line)
{
    static const char name[] = "kernel.bin";

    for (const char *at = line; *at; at++) {
        if (!memcmp(at, "cmd=", 4))
            break;
        if (!memcmp(at, name, sizeof(name) - 1)) {
            at += sizeof(name) - 1;
            while (*at == ' ')
                at++;
            return at;
        }
    }
    return line;
}

static void read_modules(const struct multiboot_info *info)
{
    const struct multiboot_module *module = arch_memory(info->modules);

    if (!(info->flags & INFO_MODULES) || !info->module_count)
        panic("no boot archive: give it as the first module (-initrd build/boot.cpio)");
    if (module->start % PAGE_BYTES)
        panic("the boot archive is not page-aligned in memory");
    handover.archive = module->start;
    handover.archive_bytes = module->end - module->start;
}

/* What is usable of one range: nothing below 1 MiB, and not what the loader and we stand in. */
static void add_memory(uint64_t base, uint64_t end)
{
    uint64_t image_end = (uint64_t)kernel_end - KERNEL_BASE;
    uint64_t archive_end = handover.archive + handover.archive_bytes;
    uint64_t taken = image_end > archive_end ? image_end : archive_end;
    struct boot_range *range = &handover.ranges[handover.range_count];

    if (base < LOW_MEMORY_END)
        base = LOW_MEMORY_END;
    if (end > DIRECT_MAP_MAX)
        end = DIRECT_MAP_MAX;
    if (base < taken && end > LOW_MEMORY_END)
        base = (taken + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
    if (base >= end || handover.range_count == BOOT_RANGES_MAX)
        return;
    *range = (struct boot_range){.base = base, .end = end & ~(PAGE_BYTES - 1)};
    handover.range_count++;
}

static uint64_t read_memory_map(const struct multiboot_info *info)
{
    uint64_t at = info->map, end = at + info->map_length, memory_end = 0;

    if (!(info->flags & INFO_MEMORY_MAP))
        panic("the loader gave no memory map");
    while (at < end) {
        const struct multiboot_memory *entry = arch_memory(at);

        if (entry->type == MEMORY_USABLE) {
            handover.memory_bytes += entry->length;
            add_memory(entry->base, entry->base + entry->length);
            if (entry->base + entry->length > memory_end)
                memory_end = entry->base + entry->length;
        }
        at += entry->size + sizeof(entry->size);
    }
    if (!handover.range_count)
        panic("no usable memory");
    return memory_end < DIRECT_MAP_MAX ? memory_end : DIRECT_MAP_MAX;
}

/* Device memory that drivers may ask root for: old VGA, and the HPET's registers. */
static void add_devices(void)
{
    static const struct boot_range devices[] = {
        {0xa0000, 0xc0000, true},
        {0xfed00000, 0xfed01000, true},
    };

    for (unsigned i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
        if (handover.range_count < BOOT_RANGES_MAX)
            handover.ranges[handover.range_count++] = devices[i];
}

static void system_call_init(void)
{
    write_msr(MSR_EFER, read_msr(MSR_EFER) | 1);
    write_msr(MSR_STAR, 0x10ull << 48 | 0x08ull << 32);
    arch_count(false);
    write_msr(MSR_SFMASK, 0x1 << 8 | 1 << 9 | 1 << 10 | 1 << 14 | 1 << 18); /* TF IF DF NT AC */
}

_Noreturn void boot_main(uint32_t magic, const struct multiboot_info *info_physical);

_Noreturn void boot_main(uint32_t magic, const struct multiboot_info *info_physical)
{
    const struct multiboot_info *info = arch_memory((uint64_t)info_physical);
    uint64_t memory_end;

    if (magic != MULTIBOOT_LOADER_MAGIC)
        panic("not started by a multiboot loader");
    read_modules(info);
    memory_end = read_memory_map(info);
    handover.command_line =
        info->flags & INFO_COMMAND_LINE ? skip_kernel_name(arch_memory(info->command_line)) : "";
    log_print("myelin: %lu MiB of memory, boot archive %lu KiB\n", handover.memory_bytes >> 20,
              handover.archive_bytes >> 10);
    boot_allocate_from(&handover.ranges[0]);
    add_devices();
    paging_init(memory_end);
    descriptors_init();
    apic_init();
    clock_init();
    vector_init();
    system_call_init();
    vspaces_init(memory_end, boot_allocate);
    cspace_init_windows();
    boot_root(&handover);
    boot_leave();
}
