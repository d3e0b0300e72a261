/* world.c - boots the world, makes what tests need in it, and sees at the end that all is freed. */

#include <stdio.h>
#include <string.h>

#include <boot.h>
#include <elf64.h>
#include <myelin/boot.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>
#include <myelin/startup.h>

#include "world.h"

#define MEMORY_BASE    (1ull << 20)
#define ARCHIVE_BASE   0x4000ull
#define PROGRAM_BYTES  (sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr))
#define CPIO_HEADER    110
#define ROOT_FILE      "servers/root"
#define FIRST_MAP      0x400000000ull
#define PERSON_BUDGET  (10 * MS)
#define STRANGER_SLOTS 6

struct world world;

/* ---- boot ---- */

/* The smallest program: one page, executable. */
static void put_program(char *at)
{
    Elf64_Ehdr elf = {.e_type = ET_EXEC,
                      .e_entry = WORLD_IP,
                      .e_phoff = sizeof(elf),
                      .e_phentsize = sizeof(Elf64_Phdr),
                      .e_phnum = 1};
    Elf64_Phdr header = {.p_type = PT_LOAD,
                         .p_flags = PF_X,
                         .p_vaddr = 0x200000,
                         .p_filesz = PROGRAM_BYTES,
                         .p_memsz = PROGRAM_BYTES};

    memcpy(elf.e_ident, ELFMAG, SELFMAG);
    memcpy(at, &elf, sizeof(elf));
    memcpy(at + sizeof(elf), &header, sizeof(header));
}

/* An archive (cpio newc) that holds nothing but root. */
static uint64_t put_archive(char *at)
{
    size_t name = sizeof(ROOT_FILE), data = (CPIO_HEADER + name + 3) & ~3ull;

    snprintf(at, CPIO_HEADER + 1, "070701%8x%8x%8x%8x%8x%8x%8x%8x%8x%8x%8x%8x%8x", 0, 0, 0, 0, 0, 0,
             (unsigned)PROGRAM_BYTES, 0, 0, 0, 0, (unsigned)name, 0);
    for (unsigned i = 0; i < CPIO_HEADER; i++)
        if (at[i] == ' ')
            at[i] = '0';
    memcpy(at + CPIO_HEADER, ROOT_FILE, name);
    put_program(at + data);
    return data + PROGRAM_BYTES;
}

static void boot(void)
{
    static struct boot_handover handover;

    handover = (struct boot_handover){
        .archive = ARCHIVE_BASE,
        .archive_bytes = put_archive(arch_memory(ARCHIVE_BASE)),
        .command_line = "test",
        .memory_bytes = WORLD_MEMORY_END,
        .range_count = 3,
        .ranges = {{MEMORY_BASE, WORLD_MEMORY_END, false},
                   {WORLD_HUGE, 2 * WORLD_HUGE, false},
                   {WORLD_DEVICE, WORLD_DEVICE + WORLD_DEVICE_BYTES, true}},
    };
    memset(cpus, 0, sizeof(cpus));
    cpu_self()->timer = UINT64_MAX;
    boot_allocate_from(&handover.ranges[0]);
    vspaces_init(handover.memory_bytes, boot_allocate);
    cspace_init_windows();
    boot_root(&handover);
    schedule(cpu_self());
}

/* The page that root's stack says the auxiliary vector's entry `key` is at. */
static const void *boot_page(uint64_t key)
{
    const struct vspace *vspace = slot_object(&world.root.thread->vspace_slot);
    uint64_t at = world.root.thread->context.sp;

    for (unsigned skip = 4;; skip += 2) {
        uint64_t entry[2];

        for (unsigned i = 0; i < 2; i++) {
            uint64_t address = at + (skip + i) * sizeof(uint64_t);
            memcpy(&entry[i], user_memory(vspace, address), sizeof(uint64_t));
        }
        assert_int_not_equal(entry[0], 0);
        if (entry[0] == key)
            return user_memory(vspace, entry[1]);
    }
}

static cap_t startup_named(const struct startup *startup, const char *name)
{
    for (unsigned i = 0; i < startup->count; i++)
        if (!strncmp(startup->caps[i].name, name, OBJECT_NAME_BYTES))
            return startup->caps[i].cap;
    fail_msg("root has no %s", name);
    return CAP_NULL;
}

static cap_t untyped_of(const struct boot_info *info, uint64_t bytes, bool device)
{
    for (unsigned i = 0; i < info->untyped_count; i++)
        if (1ull << info->untyped[i].size_bits == bytes && info->untyped[i].device == device)
            return info->untyped[i].cap;
    fail_msg("root has no Untyped of %lu bytes", bytes);
    return CAP_NULL;
}

int world_begin(void **state)
{
    const struct startup *startup;
    const struct boot_info *info;

    (void)state;
    host_reset(WORLD_MEMORY_END);
    world = (struct world){.next_map = FIRST_MAP};
    boot();
    world.root.thread = running();
    startup = boot_page(AT_MYELIN);
    info = boot_page(AT_MYELIN_BOOT);
    world.root.cap = startup_named(startup, "thread");
    world.root.cspace = world.root.self = startup_named(startup, "cspace");
    world.root.time = startup_named(startup, "time");
    world.vspace = startup_named(startup, "vspace");
    world.cpu = startup_named(startup, "cpu");
    world.irqcontrol = startup_named(startup, "irqcontrol");
    world.ioport = startup_named(startup, "ioport");
    world.trace = startup_named(startup, "trace");
    world.memory = untyped_of(info, WORLD_MEMORY, false);
    world.huge = untyped_of(info, WORLD_HUGE, false);
    world.device = untyped_of(info, WORLD_DEVICE_BYTES, true);
    world.slots_used = thread_cspace(world.root.thread)->used;
    world_check();
    return 0;
}

/* ---- the end ---- */

/* The n-th capability in root's space that was not there at the beginning, or CAP_NULL. */
static cap_t something_left(void)
{
    uint64_t index = 0;

    while (!asks(&world.root, world.root.self, CSPACE_LABEL_INSPECT, WORDS(index), NO_CAPS)) {
        index = word(&world.root, 0) & CAP_INDEX_MASK;
        if (index >= world.slots_used)
            return word(&world.root, 0);
        index++;
    }
    return CAP_NULL;
}

int world_end(void **state)
{
    cap_t left;

    (void)state;
    host.pending = false;
    host.pending_every = 0;
    world.meanwhile = NULL;
    if (!could_run(&world.root))
        fail_msg("root cannot run any more");
    revokes(world.memory);
    revokes(world.huge);
    revokes(world.device);
    while ((left = something_left()) != CAP_NULL)
        deletes(left);
    assert_int_equal(thread_cspace(world.root.thread)->used, world.slots_used);
    assert_true(reaper_idle());
    assert_int_equal(host.unmasked, 0);
    assert_false(slot_has_children(slot_of(world.memory)));
    assert_false(slot_has_children(slot_of(world.huge)));
    assert_false(slot_has_children(slot_of(world.device)));
    return 0;
}

/* ---- making things ---- */

cap_t make_from(cap_t untyped, unsigned type, uint64_t size, const char *name)
{
    uint64_t words[2] = {0, 0};

    memcpy(words, name, strlen(name));
    must_ask(untyped, UNTYPED_LABEL_RETYPE, WORDS(type, size, words[0], words[1], 0), NO_CAPS);
    return got(&world.root, 0);
}

cap_t make(unsigned type, uint64_t size, const char *name)
{
    return make_from(world.memory, type, size, name);
}

cap_t endpoint(const char *name)
{
    return make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, name);
}

cap_t call_only(const char *name)
{
    return make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_CALL_ONLY, name);
}

cap_t notification(const char *name)
{
    return make(OBJECT_NOTIFICATION, 0, name);
}

cap_t minted(cap_t cap, uint64_t badge_word, unsigned rights)
{
    must_ask(world.root.self, CSPACE_LABEL_MINT, WORDS(badge_word, rights), CAPS(cap));
    return got(&world.root, 0);
}

cap_t derived(cap_t cap, unsigned rights)
{
    must_ask(world.root.self, CSPACE_LABEL_DERIVE, WORDS(rights, 0, 0), CAPS(cap));
    return got(&world.root, 0);
}

cap_t time_of(unsigned priority, uint64_t budget, uint64_t period)
{
    cap_t time = make(OBJECT_SCHEDCONTEXT, 0, "time");

    must_ask(time, SCHEDCONTEXT_LABEL_CONFIGURE, WORDS(priority, budget, period), CAPS(world.cpu));
    return time;
}

cap_t mapped_frame(uint64_t *address)
{
    cap_t frame = make(OBJECT_FRAME, PAGE_SIZE_BITS, "");

    *address = world.next_map;
    world.next_map += PAGE_BYTES;
    must_ask(world.vspace, VSPACE_LABEL_MAP, WORDS(*address, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE),
             CAPS(frame));
    return frame;
}

/* ---- people ---- */

static struct actor thread_in(cap_t cspace, cap_t self, const char *name, enum living living,
                              unsigned priority)
{
    struct actor actor = {.cspace = cspace, .self = self, .cap = make(OBJECT_THREAD, 0, name)};
    uint64_t utcb;

    actor.frame = mapped_frame(&utcb);
    actor.thread = object_of(actor.cap);
    must_ask(actor.cap, THREAD_LABEL_CONFIGURE, WORDS(utcb),
             CAPS(cspace, world.vspace, actor.frame));
    actor.thread->context.ip = WORLD_IP;
    if (living == TIMELESS)
        return actor;
    actor.time = time_of(priority, PERSON_BUDGET, PERSON_BUDGET);
    must_ask(actor.time, SCHEDCONTEXT_LABEL_BIND,
             WORDS(living == PASSIVE ? SCHEDCONTEXT_RESERVE : SCHEDCONTEXT_OWN), CAPS(actor.cap));
    must_ask(actor.cap, THREAD_LABEL_START, NO_WORDS, NO_CAPS);
    return actor;
}

struct actor person(const char *name, enum living living, unsigned priority)
{
    return thread_in(world.root.cspace, world.root.self, name, living, priority);
}

struct actor spinner(const char *name, unsigned priority, uint64_t budget, uint64_t period)
{
    struct actor actor = person(name, TIMELESS, 0);

    actor.time = time_of(priority, budget, period);
    must_ask(actor.time, SCHEDCONTEXT_LABEL_BIND, WORDS(SCHEDCONTEXT_OWN), CAPS(actor.cap));
    must_ask(actor.cap, THREAD_LABEL_START, NO_WORDS, NO_CAPS);
    return actor;
}

struct actor stranger(const char *name, enum living living, unsigned priority)
{
    cap_t cspace = make(OBJECT_CSPACE, STRANGER_SLOTS, name);

    must_ask(cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAPS(cspace));
    return thread_in(cspace, word(&world.root, 0), name, living, priority);
}

cap_t gives(struct actor *actor, cap_t cap, unsigned rights)
{
    must_ask(actor->cspace, CSPACE_LABEL_INSERT, NO_WORDS, CAP_HOW(cap, CAP_DERIVE | rights));
    return word(&world.root, 0);
}

void binds(struct actor *actor, cap_t cap)
{
    must_ask(actor->cap, THREAD_LABEL_BIND_ENDPOINT, NO_WORDS, CAPS(cap));
}

/* ---- looking and acting as root ---- */

struct slot *slot_in(struct actor *actor, cap_t cap)
{
    struct failure failure;
    struct slot *slot =
        cspace_lookup(thread_cspace(actor->thread), cap, OBJECT_NONE, 0, 0, &failure);

    assert_non_null(slot);
    return slot;
}

struct slot *slot_of(cap_t cap)
{
    return slot_in(&world.root, cap);
}

void *object_of(cap_t cap)
{
    return slot_object(slot_of(cap));
}

bool is_gone(struct actor *actor, cap_t cap)
{
    struct failure failure;

    return !cspace_lookup(thread_cspace(actor->thread), cap, OBJECT_NONE, 0, 0, &failure) &&
           failure.error == ESTALE;
}

void deletes(cap_t cap)
{
    must_ask(world.root.self, CSPACE_LABEL_DELETE, NO_WORDS, CAPS(cap));
}

void revokes(cap_t cap)
{
    must_ask(world.root.self, CSPACE_LABEL_REVOKE, NO_WORDS, CAPS(cap));
}

void suspends(struct actor *actor)
{
    must_ask(actor->cap, THREAD_LABEL_SUSPEND, NO_WORDS, NO_CAPS);
}

void resumes(struct actor *actor)
{
    must_ask(actor->cap, THREAD_LABEL_RESUME, NO_WORDS, NO_CAPS);
}

void cancels(struct actor *actor)
{
    must_ask(actor->cap, THREAD_LABEL_CANCEL, NO_WORDS, NO_CAPS);
}
