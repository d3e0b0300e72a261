/*
 * boot.c - makes the root task: its space, its thread, its capabilities. Root is mapped whole;
 * from here on the kernel allocates nothing.
 */

#include <boot.h>
#include <cap/cap.h>
#include <elf64.h>
#include <ipc/ipc.h>
#include <mem/mem.h>
#include <myelin/boot.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/startup.h>
#include <task/turn.h>

#define ROOT_NAME         "root"
#define ROOT_FILE         "servers/root"
#define ROOT_SLOTS_BITS   12
#define ROOT_TABLES_BYTES (2ull << 20) /* page tables that root may come to need */
#define ROOT_PRIORITY     32
#define ROOT_BUDGET       10000000ull /* ns, of as many */
#define ROOT_STACK_BYTES  (128ull << 10)
#define ROOT_STACK_TOP    0x7ffffff00000ull
#define ROOT_UTCB         0x7ffffff10000ull
#define ROOT_STARTUP      0x7ffffff20000ull
#define ROOT_BOOT_INFO    0x7ffffff30000ull
#define ROOT_ARCHIVE      0x100000000000ull
#define ROOT_FREE         0x10000000000ull
#define STARTUP_CAPS      8

/* In the archive, files begin at multiples of 4 only. */
typedef Elf64_Ehdr elf_header __attribute__((aligned(4)));
typedef Elf64_Phdr program_header __attribute__((aligned(4)));

static struct boot_range *allocate_range;

/* What is being made. */
static struct {
    struct cspace *cspace;
    struct vspace *vspace;
    struct thread *thread;
    struct schedcontext *time;
    struct startup *startup;
    struct boot_info *info;
} root;

void boot_allocate_from(struct boot_range *range)
{
    allocate_range = range;
}

void *boot_allocate(uint64_t bytes)
{
    uint64_t base = allocate_range->base;
    void *memory = arch_memory(base);

    bytes = (bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
    if (base + bytes > allocate_range->end)
        panic("not enough memory to boot");
    allocate_range->base = base + bytes;
    memset(memory, 0, bytes);
    return memory;
}

/* Likewise, aligned to its size, which is a power of two. */
static void *allocate_object(unsigned size_bits)
{
    uint64_t size = 1ull << size_bits;

    allocate_range->base += -allocate_range->base & (size - 1);
    return boot_allocate(size);
}

static void name_object(struct object *object, unsigned type)
{
    object->type = (uint8_t)type;
    memcpy(object->name, ROOT_NAME, sizeof(ROOT_NAME));
}

static void map_physical(uint64_t address, uint64_t physical, uint64_t bytes, unsigned rights)
{
    for (uint64_t at = 0; at < bytes; at += PAGE_BYTES)
        if (vspace_map(root.vspace, address + at, physical + at, 0, rights, false))
            panic("root: cannot map %lx", address + at);
}

/* Fresh zeroed pages at `address`; the kernel's view of them. */
static void *map_fresh(uint64_t address, uint64_t bytes, unsigned rights)
{
    void *memory = boot_allocate(bytes);

    map_physical(address, arch_physical(memory), bytes, rights);
    return memory;
}

static void make_objects(void)
{
    struct failure failure;

    root.cspace = allocate_object(cspace_size_bits(ROOT_SLOTS_BITS));
    root.vspace = allocate_object(VSPACE_SIZE_BITS);
    root.thread = allocate_object(THREAD_SIZE_BITS);
    root.time = boot_allocate(sizeof(*root.time));
    if (cspace_create(root.cspace, ROOT_SLOTS_BITS, &failure) ||
        vspace_create(root.vspace, &failure))
        panic("root: no spaces");
    vspace_add_pool(root.vspace, arch_physical(boot_allocate(ROOT_TABLES_BYTES)),
                    ROOT_TABLES_BYTES);
    thread_create(root.thread);
    name_object(&root.cspace->object, OBJECT_CSPACE);
    name_object(&root.vspace->object, OBJECT_VSPACE);
    name_object(&root.thread->object, OBJECT_THREAD);
    name_object(&root.time->object, OBJECT_SCHEDCONTEXT);
}

/* A root capability of the derivation tree, with all rights. */
static struct slot *add_cap(unsigned type, uint64_t object, uint64_t data)
{
    struct slot *slot = cspace_take(root.cspace);

    slot->type = (uint8_t)type;
    slot->rights = CAP_RIGHTS_ALL;
    slot->object = object;
    slot->data = data;
    tree_insert(slot, NULL);
    return slot;
}

static void name_cap(const struct slot *slot, const char *name)
{
    struct startup_cap *cap = &root.startup->caps[root.startup->count++];

    for (unsigned i = 0; name[i]; i++)
        cap->name[i] = name[i];
    cap->cap = slot->handle;
}

static struct slot *add_object(unsigned type, struct object *object, const char *name)
{
    struct slot *slot = add_cap(type, (uint64_t)object, 0);

    slot->owner = 1;
    object->owner = slot;
    name_cap(slot, name);
    return slot;
}

static void make_caps(void)
{
    struct slot *cspace = add_object(OBJECT_CSPACE, &root.cspace->object, "cspace");
    struct slot *vspace = add_object(OBJECT_VSPACE, &root.vspace->object, "vspace");
    struct slot *cpu = add_cap(OBJECT_CPU, 0, SCHEDCONTEXT_PRIORITY_LEVELS - 1);

    cpu->extra = 1000;
    name_cap(cpu, "cpu");
    add_object(OBJECT_THREAD, &root.thread->object, "thread");
    add_object(OBJECT_SCHEDCONTEXT, &root.time->object, "time");
    name_cap(add_cap(OBJECT_IRQCONTROL, 0, 0), "irqcontrol");
    name_cap(add_cap(OBJECT_IOPORT, 0, 0x10000), "ioport");
    name_cap(add_cap(OBJECT_TRACE, 0, 0), "trace");
    cap_hold(&root.thread->cspace_slot, HOME_THREAD_CSPACE, cspace);
    cap_hold(&root.thread->vspace_slot, HOME_THREAD_VSPACE, vspace);
    cap_hold(&root.time->cpu, HOME_SCHEDCONTEXT_CPU, cpu);
}

static void make_time(void)
{
    struct schedcontext *time = root.time;

    time->configured = true;
    time->priority = ROOT_PRIORITY;
    time->budget = time->period = ROOT_BUDGET;
    time_begin_period(time, 0);
    time->home = root.thread;
    root.thread->own = time;
}

static unsigned segment_rights(uint32_t flags)
{
    return CAP_RIGHTS_READ | (flags & PF_W ? CAP_RIGHTS_WRITE : 0) |
           (flags & PF_X ? CAP_RIGHTS_EXECUTE : 0);
}

/* Segments begin at their page and share no page (the linker script of all programs). */
static void load_segment(const char *image, uint64_t image_bytes, const program_header *header)
{
    uint64_t start = header->p_vaddr & ~(PAGE_BYTES - 1);
    uint64_t end = (header->p_vaddr + header->p_memsz + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
    char *memory;

    if (header->p_offset > image_bytes || header->p_filesz > image_bytes - header->p_offset ||
        header->p_filesz > header->p_memsz || end > ROOT_FREE || end < start)
        panic("root: bad program segment at %lx", header->p_vaddr);
    memory = map_fresh(start, end - start, segment_rights(header->p_flags));
    memcpy(memory + (header->p_vaddr - start), image + header->p_offset, header->p_filesz);
}

static const elf_header *load_image(const char *image, uint64_t bytes)
{
    const elf_header *elf = (const elf_header *)image;
    const program_header *headers;

    if (bytes < sizeof(*elf) || memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 ||
        elf->e_type != ET_EXEC || elf->e_phentsize != sizeof(*headers) || elf->e_phoff > bytes ||
        elf->e_phnum * sizeof(*headers) > bytes - elf->e_phoff)
        panic("root: %s is not a program", ROOT_FILE);
    headers = (const program_header *)(image + elf->e_phoff);
    for (unsigned i = 0; i < elf->e_phnum; i++)
        if (headers[i].p_type == PT_LOAD && headers[i].p_memsz)
            load_segment(image, bytes, &headers[i]);
    return elf;
}

/* Where the program headers are in root's memory: the first segment holds the ELF header. */
static uint64_t headers_address(const char *image, const elf_header *elf)
{
    const program_header *headers = (const program_header *)(image + elf->e_phoff);

    for (unsigned i = 0; i < elf->e_phnum; i++)
        if (headers[i].p_type == PT_LOAD && headers[i].p_offset <= elf->e_phoff &&
            elf->e_phoff < headers[i].p_offset + headers[i].p_filesz)
            return headers[i].p_vaddr + elf->e_phoff - headers[i].p_offset;
    return 0;
}

/* The stack as every program finds it: argc, argv, environment, auxiliary vector. */
static uint64_t make_stack(const char *image, const elf_header *elf)
{
    char *top = (char *)map_fresh(ROOT_STACK_TOP - ROOT_STACK_BYTES, ROOT_STACK_BYTES,
                                  CAP_RIGHTS_READ | CAP_RIGHTS_WRITE) +
                ROOT_STACK_BYTES;
    uint64_t name = ROOT_STACK_TOP - 16, random = ROOT_STACK_TOP - 32;
    const uint64_t words[] = {1,
                              name,
                              0,
                              0,
                              AT_PHDR,
                              headers_address(image, elf),
                              AT_PHENT,
                              elf->e_phentsize,
                              AT_PHNUM,
                              elf->e_phnum,
                              AT_PAGESZ,
                              PAGE_BYTES,
                              AT_RANDOM,
                              random,
                              AT_MYELIN,
                              ROOT_STARTUP,
                              AT_MYELIN_BOOT,
                              ROOT_BOOT_INFO,
                              0,
                              0};
    uint64_t bytes = (sizeof(words) + 15) & ~15ull;

    memcpy(top - 16, ROOT_NAME, sizeof(ROOT_NAME));
    memcpy(top - 32 - bytes, words, sizeof(words));
    return ROOT_STACK_TOP - 32 - bytes;
}

static void add_untyped(uint64_t base, unsigned size_bits, bool device)
{
    struct boot_untyped *entry = &root.info->untyped[root.info->untyped_count];
    struct slot *slot;

    if (root.info->untyped_count == BOOT_UNTYPED_MAX)
        return;
    root.info->untyped_count++;
    slot = add_cap(OBJECT_UNTYPED, base, 0);
    untyped_init(slot, base, size_bits, device);
    *entry = (struct boot_untyped){slot->handle, base, size_bits, device};
}

/* Cuts a range into the largest aligned powers of two. */
static void add_range(const struct boot_range *range)
{
    uint64_t at = (range->base + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);

    while (at + PAGE_BYTES <= range->end) {
        unsigned bits = PAGE_SIZE_BITS;

        while (bits < 47 && !(at & ((2ull << bits) - 1)) && at + (2ull << bits) <= range->end)
            bits++;
        add_untyped(at, bits, range->device);
        at += 1ull << bits;
    }
}

static void copy_command_line(const char *line)
{
    unsigned i;

    for (i = 0; line[i] && i < BOOT_COMMAND_LINE_BYTES - 1; i++)
        root.info->command_line[i] = line[i];
}

static void make_info(const struct boot_handover *handover)
{
    root.info = map_fresh(ROOT_BOOT_INFO, PAGE_BYTES, CAP_RIGHTS_READ);
    root.info->archive = ROOT_ARCHIVE;
    root.info->archive_size = handover->archive_bytes;
    root.info->memory_size = handover->memory_bytes;
    root.info->free_address = ROOT_FREE;
    copy_command_line(handover->command_line);
    map_physical(ROOT_ARCHIVE, handover->archive, handover->archive_bytes, CAP_RIGHTS_READ);
}

void boot_root(struct boot_handover *handover)
{
    uint64_t bytes, stack;
    const char *image =
        archive_find(arch_memory(handover->archive), handover->archive_bytes, ROOT_FILE, &bytes);
    const elf_header *elf;
    void *utcb;

    if (!image)
        panic("the boot archive has no %s", ROOT_FILE);
    make_objects();
    elf = load_image(image, bytes);
    stack = make_stack(image, elf);
    root.startup = map_fresh(ROOT_STARTUP, PAGE_BYTES, CAP_RIGHTS_READ);
    make_caps();
    make_info(handover);
    utcb = map_fresh(ROOT_UTCB, PAGE_BYTES, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE);
    thread_bind_memory(root.thread, root.vspace, arch_physical(utcb), ROOT_UTCB);
    root.thread->context.ip = elf->e_entry;
    root.thread->context.sp = stack;
    make_time();
    for (unsigned i = 0; i < handover->range_count; i++)
        add_range(&handover->ranges[i]);
    thread_wake(root.thread);
}
