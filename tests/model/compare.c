/*
 * compare.c - all that can be observed, of the kernel and of the model. The kernel's objects are
 * found by the addresses that the model says they have, its capabilities by walking both trees at
 * once.
 */

#include <string.h>

#include "../unit/world.h"
#include "mirror.h"

#define same(kernel, model_says, what, name)      \
    ((uint64_t)(kernel) == (uint64_t)(model_says) \
         ? (void)0                                \
         : differ(what, name, (uint64_t)(kernel), (uint64_t)(model_says)))

static struct slot *first_child(const struct slot *slot)
{
    return slot->first_child;
}

static struct slot *next_child(const struct slot *slot)
{
    return slot->next & 1 ? NULL : (struct slot *)slot->next; /* NOLINT */
}

static void *kernel_object(int object)
{
    return arch_memory(object_at(object)->address);
}

static const char *name_of(const struct cap *cap)
{
    return cap->object == NONE ? "a range" : object_at(cap->object)->name;
}

/* ---- one capability ---- */

static void compare_frame(const struct slot *slot, const struct cap *cap)
{
    const struct vspace *in = cap->mapped_in == NONE ? NULL : kernel_object(cap->mapped_in);

    same(frame_is_mapped(slot), in != NULL, "Frame: is it mapped", "");
    if (!in)
        return;
    same(frame_mapped_at(slot, in), cap->mapped_at, "Frame: where it is mapped", "");
    same(slot->map_rights, cap->mapped_rights, "Frame: rights of its mapping", "");
}

static void compare_range(const struct slot *slot, const struct cap *cap)
{
    switch (cap->type) {
    case OBJECT_UNTYPED:
        if (cap->children.count)
            same(slot->data, cap->used, "Untyped: bytes used", "");
        /* fall through */
    case OBJECT_FRAME:
        same(slot->object, cap->start, "memory: where it begins", "");
        same(1ull << slot->size_bits, cap->size, "memory: bytes", "");
        break;
    case OBJECT_IRQ:
    case OBJECT_IOPORT:
        same(slot->object, cap->start, "range: first", "");
        same(slot->data, cap->size, "range: how many", "");
        break;
    case OBJECT_MEMORYGRANT:
        same(memorygrant_base(slot), cap->start, "grant: address", "");
        same(memorygrant_length(slot), cap->size, "grant: length", "");
        break;
    case OBJECT_CPU:
        same(slot->data, cap->start, "Cpu: priority", "");
        same(slot->extra, cap->size, "Cpu: share", "");
        break;
    default:
        break;
    }
}

static void compare_cap(const struct slot *slot, int number)
{
    const struct cap *cap = cap_of(number);
    const char *name = name_of(cap);

    same(slot->type, cap->type, "capability: type", name);
    same(slot->rights, cap->rights, "capability: rights", name);
    same(slot->owner, cap->owner, "capability: does it own", name);
    same(slot->device, cap->device, "capability: device memory", name);
    if (has_badge(cap->type))
        same(slot->data, cap->badge, "capability: badge", name);
    if (cap->object != NONE)
        same(arch_physical(slot_object(slot)), object_at(cap->object)->address,
             "capability: object", name);
    if (cap->object != NONE && cap->owner)
        same((uintptr_t)((struct object *)slot_object(slot))->owner, (uintptr_t)slot,
             "object: its owner", name);
    compare_range(slot, cap);
    if (cap->type == OBJECT_FRAME)
        compare_frame(slot, cap);
}

/* ---- the tree ---- */

static const struct slot *table_slot(const struct cap *cap)
{
    const struct cspace *space = kernel_object(cap->holder);

    return &space->table[cap->index];
}

/* A capability, and all that was made of it, in order. */
static void compare_tree(const struct slot *slot, int cap)
{
    const struct list *children = &cap_of(cap)->children;
    const struct slot *child = first_child(slot);

    compare_cap(slot, cap);
    if (cap_of(cap)->place == IN_SPACE)
        same((uintptr_t)slot, (uintptr_t)table_slot(cap_of(cap)), "tree: which slot it is",
             name_of(cap_of(cap)));
    for (int i = 0; i < children->count; i++, child = next_child(child)) {
        if (!child)
            differ("tree: number of children", name_of(cap_of(cap)), (uint64_t)i,
                   (uint64_t)children->count);
        compare_tree(child, children->item[i]);
    }
    if (child)
        differ("tree: a child more", name_of(cap_of(cap)), child->type, OBJECT_NONE);
}

static void compare_trees(void)
{
    for (int cap = 0; cap < model.cap_count; cap++)
        if (cap_of(cap)->type != OBJECT_NONE && cap_of(cap)->parent == NONE &&
            cap_of(cap)->place == IN_SPACE) {
            const struct slot *slot = table_slot(cap_of(cap));

            same((slot->prev & 1) && slot->prev == slot->next, true, "tree: it has no parent",
                 name_of(cap_of(cap)));
            compare_tree(slot, cap);
        }
}

/* ---- spaces ---- */

static void compare_space(int object)
{
    const struct cspace *space = kernel_object(object);
    const struct model_space *s = &object_at(object)->space;
    const char *name = object_at(object)->name;
    uint64_t used = 0;

    same(space->mask + 1, 1ull << s->bits, "space: slots", name);
    for (int i = 0; i < s->count; i++) {
        const struct slot *slot = &space->table[s->slot[i].index];

        same(slot_used(slot), s->slot[i].cap != NONE, "space: is a slot in use", name);
        same(slot->handle, s->slot[i].generation << CAP_INDEX_BITS | s->slot[i].index,
             "space: the handle of a slot", name);
        used += s->slot[i].cap != NONE;
    }
    same(space->used, used, "space: slots in use", name);
}

/* What is mapped, by the walk that the processor would make. */
static void compare_table(const struct model_vspace *v, const uint64_t *table, unsigned level,
                          uint64_t base, int *pages, int *tables)
{
    for (uint64_t i = 0; i < PAGE_TABLE_ENTRIES; i++) {
        uint64_t at = base + (i << (PAGE_SIZE_BITS + 9 * level)), expected = 0;

        if (!pte_present(table[i]))
            continue;
        if (!pte_is_leaf(table[i], level)) {
            ++*tables;
            compare_table(v, arch_memory(pte_address(table[i])), level - 1, at, pages, tables);
            continue;
        }
        ++*pages;
        for (int n = 0; n < v->page_count; n++)
            if (v->page[n].address == at)
                expected = pte_leaf(v->page[n].physical, v->page[n].bytes == LARGE_PAGE_BYTES,
                                    v->page[n].rights, v->page[n].device);
        same(table[i], expected, "page table: an entry", "");
    }
}

static void compare_vspace(int object)
{
    const struct vspace *vspace = kernel_object(object);
    const struct model_vspace *v = &object_at(object)->vspace;
    const char *name = object_at(object)->name;
    int pages = 0, tables = 0;

    same(vspace->id, v->id, "address space: id", name);
    same(vspace->serial, v->serial, "address space: serial", name);
    compare_table(v, vspace->top, PAGE_TABLE_LEVELS - 1, 0, &pages, &tables);
    same(pages, v->page_count, "address space: pages", name);
    same(tables, v->table_count, "address space: tables", name);
}

/* ---- threads ---- */

static void compare_registers(const struct context *context, const struct model_thread *t,
                              const char *name)
{
    const struct registers *now = &t->now;

    same(context->status, now->status, "register r10 (status)", name);
    for (int i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        same(context->words[i], now->word[i], "register: a word", name);
    same(context->tag, now->tag, "register rax (tag)", name);
    same(context->handle, now->handle, "register rdi (handle, badge)", name);
    same(context->token, now->token, "register rsi (token)", name);
    same(context->notified, now->notified, "register rbx (bits)", name);
}

static void compare_utcb(const struct utcb *kernel, const struct utcb *u, const char *name)
{
    const uint64_t *one = (const uint64_t *)kernel, *other = (const uint64_t *)u;

    for (unsigned i = 0; i < sizeof(*u) / sizeof(*one); i++)
        if (one[i] != other[i])
            differ("UTCB: a word", name, one[i], other[i]);
}

static void compare_thread(int object)
{
    const struct thread *thread = kernel_object(object);
    const struct model_thread *t = &object_at(object)->thread;
    const char *name = object_at(object)->name;

    if (object != model.running)
        return;
    compare_registers(&thread->context, t, name);
    compare_utcb(thread->utcb, &t->utcb, name);
}

/* ---- all ---- */

static void compare_object(int object)
{
    const struct model_object *o = object_at(object);
    const struct object *kernel = kernel_object(object);

    if (o->type == OBJECT_NONE || o->dying)
        return;
    same(kernel->type, o->type, "object: type", o->name);
    same(memcmp(kernel->name, o->name, OBJECT_NAME_BYTES), 0, "object: name", o->name);
    switch (o->type) {
    case OBJECT_CSPACE:
        compare_space(object);
        break;
    case OBJECT_VSPACE:
        compare_vspace(object);
        break;
    case OBJECT_THREAD:
        compare_thread(object);
        break;
    default:
        break;
    }
}

static void compare_devices(void)
{
    same(host.unmasked, model.unmasked, "interrupt lines: unmasked", "");
    same(host.port_reads, model.port.reads, "ports: reads", "");
    same(host.port_writes, model.port.writes, "ports: writes", "");
    same(host.port.port, model.port.port, "ports: which", "");
    same(host.port.width, model.port.width, "ports: width", "");
    same(host.port.value, model.port.value, "ports: value", "");
}

void compare_all(void)
{
    same(arch_physical(cpu_self()->thread), object_at(model.running)->address, "who runs",
         object_at(model.running)->name);
    for (int object = 0; object < model.object_count; object++)
        compare_object(object);
    compare_trees();
    compare_devices();
}
