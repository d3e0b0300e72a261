/* import.c - the model begins with what boot made. From then on each goes its own way. */

#include <string.h>

#include "../unit/world.h"
#include "mirror.h"

static struct slot *first_child(const struct slot *slot)
{
    return slot->first_child;
}

static struct slot *next_child(const struct slot *slot)
{
    return slot->next & 1 ? NULL : (struct slot *)slot->next; /* NOLINT */
}

/* ---- capabilities and their objects ---- */

static int import_object(const struct slot *slot, int owner)
{
    const struct object *object = slot_object(slot);
    int made = object_new(slot->type);

    object_at(made)->address = arch_physical(object);
    object_at(made)->owner = owner;
    memcpy(object_at(made)->name, object->name, OBJECT_NAME_BYTES);
    return made;
}

static void import_range(struct cap *cap, const struct slot *slot)
{
    switch (slot->type) {
    case OBJECT_UNTYPED:
        cap->start = slot->object;
        cap->size = 1ull << slot->size_bits;
        break;
    case OBJECT_CPU:
        cap->start = slot->data;
        cap->size = slot->extra;
        break;
    case OBJECT_IOPORT:
        cap->start = slot->object;
        cap->size = slot->data;
        break;
    default:
        break;
    }
}

/* One that lies in the space of root, which is the first object. */
static int import_cap(const struct slot *slot)
{
    int cap = cap_new(slot->type, slot->rights);

    cap_of(cap)->owner = slot->owner;
    cap_of(cap)->device = slot->device;
    import_range(cap_of(cap), slot);
    if (slot->owner && slot->type != OBJECT_UNTYPED)
        cap_of(cap)->object = import_object(slot, cap);
    return cap;
}

static int object_of_type(int type)
{
    for (int i = 0; i < model.object_count; i++)
        if (object_at(i)->type == type)
            return i;
    return NONE;
}

/* The thread's spaces, and the Cpu of its time. */
static void import_held(const struct slot *slot, int source)
{
    static const int places[] = {
        [HOME_THREAD_CSPACE] = THREAD_CSPACE, [HOME_THREAD_VSPACE] = THREAD_VSPACE};
    int root = object_of_type(OBJECT_THREAD);

    for (const struct slot *child = first_child(slot); child; child = next_child(child))
        if (child->home == HOME_SCHEDCONTEXT_CPU)
            object_at(object_of_type(OBJECT_SCHEDCONTEXT))->time.cpu =
                cap_place(source, IN_TIME, object_of_type(OBJECT_SCHEDCONTEXT), 0);
        else
            object_at(root)->thread.place[places[child->home]] =
                cap_place(source, IN_THREAD, root, (uint64_t)places[child->home]);
}

static void import_space(const struct cspace *space)
{
    struct model_space *s;
    uint64_t used = space->used;

    for (uint64_t i = 0; i < used; i++)
        import_cap(&space->table[i]);
    s = &object_at(object_of_type(OBJECT_CSPACE))->space;
    s->bits = space->slots_bits;
    supply_add(&s->free, 0, 1ull << s->bits);
    for (uint64_t i = 0; i < used; i++)
        cap_into_space((int)i, object_of_type(OBJECT_CSPACE));
}

/* ---- the address space ---- */

static void import_entry(struct model_vspace *v, uint64_t entry, unsigned level, uint64_t address)
{
    if (!pte_is_leaf(entry, level)) {
        v->table[v->table_count].level = level - 1;
        v->table[v->table_count++].address = address;
        return;
    }
    v->page[v->page_count++] =
        (struct page){.address = address,
                      .bytes = level ? LARGE_PAGE_BYTES : PAGE_BYTES,
                      .physical = pte_address(entry),
                      .rights = CAP_RIGHTS_READ | (pte_writable(entry) ? CAP_RIGHTS_WRITE : 0) |
                                (entry & PTE_NO_EXECUTE ? 0 : CAP_RIGHTS_EXECUTE)};
}

static void import_tables(struct model_vspace *v, const uint64_t *table, unsigned level,
                          uint64_t address)
{
    for (uint64_t i = 0; i < PAGE_TABLE_ENTRIES; i++) {
        uint64_t at = address + (i << (PAGE_SIZE_BITS + 9 * level));

        if (!pte_present(table[i]))
            continue;
        import_entry(v, table[i], level, at);
        if (!pte_is_leaf(table[i], level))
            import_tables(v, arch_memory(pte_address(table[i])), level - 1, at);
    }
}

static void import_vspace(const struct vspace *vspace)
{
    struct model_vspace *v = &object_at(object_of_type(OBJECT_VSPACE))->vspace;

    for (int i = 0; i < SLOTS_MAX; i++)
        model.vspace_serial[i] = 1;
    v->id = vspace->id;
    v->serial = vspace->serial;
    supply_add(&model.vspace_ids, v->id + 1, v->id + SLOTS_MAX);
    import_tables(v, vspace->top, PAGE_TABLE_LEVELS - 1, 0);
    for (int i = 0; i < v->page_count; i++)
        memcpy(memory_at(v->page[i].physical), arch_memory(v->page[i].physical), PAGE_BYTES);
    v->free = (vspace->pool_end - vspace->pool_next) / PAGE_BYTES;
}

/* ---- the thread, and its time ---- */

static void import_thread(const struct thread *thread)
{
    struct model_thread *t = &object_at(object_of_type(OBJECT_THREAD))->thread;

    t->state = thread->state;
    t->rbp = thread->context.rbp;
    t->flags = thread->context.flags;
    t->ip = thread->context.ip;
    t->sp = thread->context.sp;
    t->gs_base = thread->context.gs_base;
    t->own = object_of_type(OBJECT_SCHEDCONTEXT);
    t->utcb = arch_physical(thread->utcb);
    model.running = object_of_type(OBJECT_THREAD);
}

static void import_time(const struct schedcontext *time)
{
    struct model_time *t = &object_at(object_of_type(OBJECT_SCHEDCONTEXT))->time;

    t->home = object_of_type(OBJECT_THREAD);
    t->source = NONE;
    t->configured = true;
    t->priority = time->priority;
    t->budget = time->budget;
    t->period = time->period;
    t->remaining = time->remaining;
    t->period_start = time->period_start;
    model.time = object_of_type(OBJECT_SCHEDCONTEXT);
}

static void forget_all(void)
{
    model.full = model.hurried = false;
    model.cap_count = model.object_count = 0;
    model.graves.count = model.vspace_ids.count = 0;
    model.windows = (int)arch_window_count() - 1;
    model.unmasked = 0;
    model.sheet_count = model.message_count = 0;
    model.now = host.now;
    model.idle = model.timer_interrupts = 0;
    model.log_length = 0;
    model.measuring = false;
    model.longest = 0;
    arch_clock_parameters(&model.clock_base, &model.clock_multiplier);
    memset(&model.port, 0, sizeof(model.port));
    for (int i = 0; i < LINES; i++)
        model.line[i] = NONE;
}

void import_boot(void)
{
    const struct thread *root = cpu_self()->thread;
    const struct cspace *space = thread_cspace(root);
    int caps;

    forget_all();
    import_space(space);
    caps = model.cap_count;
    thread_begins(object_of_type(OBJECT_THREAD));
    for (int i = 0; i < caps; i++)
        import_held(&space->table[i], i);
    import_vspace(thread_vspace(root));
    import_thread(root);
    import_time(root->own);
}
