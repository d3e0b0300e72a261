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
    if (cap->type == OBJECT_REPLY)
        same(slot->object != 0, cap->object != NONE, "Reply: does its caller wait", name);
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
    /* Of a wait that was taken back only what the system call will look at counts. */
    bool again = t->ip == WORLD_IP - SYSCALL_BYTES;

    same(context->ip, t->ip, "the instruction pointer", name);
    if (again && tag_operation(now->tag) == OP_RECV) /* words are ignored */
        same(context->tag & TAG_RECEIVE_FLAGS, now->tag & TAG_RECEIVE_FLAGS, "register rax (tag)",
             name);
    else
        same(context->tag, now->tag, "register rax (tag)", name);
    same(context->handle, now->handle, "register rdi (handle, badge)", name);
    same(context->status, now->status, "register r10 (status)", name);
    same(context->sp, t->sp, "the stack pointer", name);
    same(context->rbp, t->rbp, "register rbp", name);
    same(context->full, t->trapped, "do rcx, r11 and the flags count", name);
    same(t->trapped ? context->rcx : 0, t->trapped ? t->rcx : 0, "register rcx", name);
    same(t->trapped ? context->r11 : 0, t->trapped ? t->r11 : 0, "register r11", name);
    same(t->trapped ? context->flags : 0, t->trapped ? t->flags : 0, "the flags", name);
    same(context->fs_base, t->fs_base, "FS base", name);
    same(context->gs_base, t->gs_base, "GS base", name);
    for (int i = 0; i < MESSAGE_REGISTER_WORDS && !(again && tag_operation(now->tag) == OP_RECV);
         i++)
        same(context->words[i], now->word[i], "register: a word", name);
    if (again)
        return;
    same(context->token, now->token, "register rsi (token)", name);
    same(context->notified, now->notified, "register rbx (bits)", name);
}

/* ---- memory, the UTCBs that lie in it included ---- */

static void compare_sheet(const struct sheet *sheet)
{
    const uint64_t *kernel = arch_memory(sheet->physical);
    const uint64_t *said = (const uint64_t *)sheet->byte;

    for (unsigned i = 0; i < PAGE_BYTES / sizeof(*said); i++)
        if (kernel[i] != said[i])
            differ(i < UTCB_SIZE / sizeof(*said) ? "memory, or a UTCB: a word" : "memory: a word",
                   "", kernel[i], said[i]);
}

/* Memory that is no Frame's any more may be anything. */
static bool is_frames(const struct sheet *sheet)
{
    for (int i = 0; i < model.cap_count; i++)
        if (cap_of(i)->type == OBJECT_FRAME && sheet->physical - cap_of(i)->start < cap_of(i)->size)
            return true;
    return false;
}

static void compare_memory(void)
{
    for (int i = 0; i < model.sheet_count; i++)
        if (memcmp(arch_memory(model.sheet[i].physical), model.sheet[i].byte, PAGE_BYTES) != 0 &&
            is_frames(&model.sheet[i]))
            compare_sheet(&model.sheet[i]);
}

/* ---- links ---- */

/* The address of the memory of a kernel object that a pointer leads to; 0: none. */
static uint64_t address_of(const void *object)
{
    return object ? arch_physical(object) : 0;
}

static uint64_t address_said(int object)
{
    return object == NONE ? 0 : object_at(object)->address;
}

static void compare_lent(const struct thread *thread, const struct model_thread *t,
                         const char *name)
{
    const struct schedcontext *time = thread->lent;

    for (int i = 0; i < t->lent.count; i++) {
        same(address_of(time), address_said(t->lent.item[i]), "thread: a time of a source", name);
        time = time->next;
    }
    same(address_of(time), 0, "thread: one time of a source more", name);
}

static void compare_links(const struct thread *thread, const struct model_thread *t,
                          const char *name)
{
    const struct endpoint *expected = thread->expected;

    same(address_of(thread->caller), address_said(t->caller), "thread: whose call it serves", name);
    if (t->state == THREAD_WAITS_REPLY) /* a fast answer leaves it as it was */
        same(address_of(thread->server), address_said(t->server), "thread: who serves its call",
             name);
    same(thread->reply != NULL, t->reply != NONE, "thread: is its Reply saved", name);
    same(thread->token, t->token, "thread: its last token", name);
    same(address_of(thread->own), address_said(t->own), "thread: its own time", name);
    same(address_of(thread->reserve), address_said(t->reserve), "thread: its reserve", name);
    compare_lent(thread, t, name);
    same(address_of(thread->bound), address_said(t->bell), "thread: its notification", name);
    same(address_of(expected), address_said(t->expected), "thread: what it expects", name);
    same(thread_deadline(thread) == DEADLINE_FOREVER ? 0 : thread_deadline(thread), t->deadline,
         "thread: its deadline", name);
}

static void compare_thread(int object)
{
    const struct thread *thread = kernel_object(object);
    const struct model_thread *t = &object_at(object)->thread;
    const char *name = object_at(object)->name;

    same(thread->state, t->state, "thread: state", name);
    same(thread->suspended, t->suspended, "thread: is it suspended", name);
    same(thread->stop_reason, t->stop_reason, "thread: why it stopped", name);
    same(thread->cancelled, t->cancelled, "thread: is it cancelled", name);
    same(thread->faulting, t->faulting, "thread: does it fault", name);
    compare_links(thread, t, name);
    if (t->state == THREAD_RUNNING)
        compare_registers(&thread->context, t, name);
    same(address_of(thread->utcb), t->utcb, "thread: its UTCB", name);
}

static void compare_time(int object)
{
    const struct schedcontext *time = kernel_object(object);
    const struct model_time *t = &object_at(object)->time;
    const char *name = object_at(object)->name;
    uint64_t spent = cpu_self()->time == time ? host.now - cpu_self()->time_since : 0;

    same(address_of(time->home), address_said(t->home), "time: home", name);
    same(address_of(time->source), address_said(t->source), "time: its source", name);
    same(time->configured, t->configured, "time: is it configured", name);
    same(time->priority, t->priority, "time: priority", name);
    same(time->budget, t->budget, "time: budget", name);
    same(schedcontext_consumed(time) + spent, t->consumed, "time: consumed", name);
    same(time->period_start, t->period_start, "time: when its period began", name);
    same(spent < time->remaining ? time->remaining - spent : 0, t->remaining,
         "time: what is left of the budget", name);
    same(time->refill.active ? time->refill.when : 0, t->refill, "time: when it has budget again",
         name);
}

/* ---- queues ---- */

/* The n-th of a kernel's queue; NULL: there are not so many. */
static const struct queue_node *nth(const struct queue *queue, int n)
{
    for (const struct queue_node *leader = queue->first; leader; leader = leader->less_urgent) {
        const struct queue_node *at = leader;

        do {
            if (n-- == 0)
                return at;
            at = at->next;
        } while (at != leader);
    }
    return NULL;
}

/* Two queues, of which the first comes first among equals. */
static void compare_queues(const struct queue *first, const struct queue *second,
                           const struct list *list, const char *what, const char *name)
{
    int one = 0, other = 0;

    for (int i = 0; i < list->count; i++) {
        const struct queue_node *a = nth(first, one), *b = nth(second, other);
        bool take = a && (!b || a->priority >= b->priority);
        const struct queue_node *node = take ? a : b;

        one += take;
        other += !take;
        same(node ? arch_physical(container_of(node, struct thread, node)) : 0,
             object_at(list->item[i])->address, what, name);
        same(node ? node->priority : 0, object_at(list->item[i])->thread.urgency, what, name);
    }
    same(nth(first, one) || nth(second, other), false, what, name);
}

/* What a source is in a WaitSet. */
static void compare_source(const struct source *source, int object)
{
    const struct model_source *s = &object_at(object)->source;
    const char *name = object_at(object)->name;

    same(source->set != NULL, in_set(object), "source: is it in a WaitSet", name);
    if (!in_set(object))
        return;
    same(address_of(source->set), address_said(s->set), "source: its WaitSet", name);
    same(source->key, s->key, "source: its key", name);
}

static void compare_set(int object)
{
    const struct waitset *set = kernel_object(object);
    const struct model_set *s = &object_at(object)->set;
    const char *name = object_at(object)->name;
    int passed = 0, ready = 0;

    same(set->capacity, s->capacity, "WaitSet: capacity", name);
    same(address_of(set->bound), address_said(s->bound), "WaitSet: its thread", name);
    same(set->orphaned, s->orphaned, "WaitSet: did its thread end", name);
    for (int i = 0; i < s->ready.count; i++) {
        const struct model_source *source = &object_at(s->ready.item[i])->source;
        const struct queue_node *node =
            source->passed ? nth(&set->passed, passed++) : nth(&set->ready, ready++);

        same(node ? arch_physical(container_of(node, struct source, node)) : 0,
             object_at(s->ready.item[i])->address, "WaitSet: what comes next", name);
        same(node ? node->priority : 0, source->urgency, "WaitSet: how urgent it is", name);
    }
    same(nth(&set->passed, passed) || nth(&set->ready, ready), false, "WaitSet: something more",
         name);
}

/* "A passive one that has answered on the fast path counts as urgent as when it last came the
   general way", which is not the model's to know. */
static void take_urgency(struct list *receivers)
{
    struct list taken = *receivers;

    receivers->count = 0;
    for (int i = 0; i < taken.count; i++) {
        struct model_thread *t = &object_at(taken.item[i])->thread;
        const struct thread *thread = kernel_object(taken.item[i]);

        if (t->own == NONE)
            t->urgency = thread->node.priority;
        queue_add(receivers, taken.item[i]);
    }
}

static void compare_endpoint(int object)
{
    const struct endpoint *endpoint = kernel_object(object);
    const struct model_endpoint *e = &object_at(object)->endpoint;
    const char *name = object_at(object)->name;
    static const struct queue none;

    same(endpoint->call_only, e->call_only, "endpoint: is it call-only", name);
    same(address_of(endpoint->bound), address_said(e->bound), "endpoint: its thread", name);
    same(address_of(endpoint->channel), address_said(e->channel), "endpoint: its channel", name);
    same(endpoint->channel_next, e->channel_next, "endpoint: whose turn it is", name);
    same(endpoint->orphaned, e->orphaned, "endpoint: did its thread end", name);
    compare_source(&endpoint->source, object);
    compare_queues(&endpoint->passed, &endpoint->senders, &e->senders, "endpoint: who sends", name);
    take_urgency(&object_at(object)->endpoint.receivers);
    if (endpoint_fast_waiter(endpoint))
        same(address_of(endpoint_fast_waiter(endpoint)),
             e->receivers.count ? object_at(e->receivers.item[0])->address : 0,
             "endpoint: who receives", name);
    else
        compare_queues(&endpoint->receivers, &none, &e->receivers, "endpoint: who receives", name);
}

static void compare_channel(int object)
{
    const struct channel *channel = kernel_object(object);
    const struct model_channel *c = &object_at(object)->channel;
    const char *name = object_at(object)->name;
    static const struct queue none;

    same(channel->capacity, c->capacity, "channel: capacity", name);
    same(channel->depth, c->messages.count, "channel: messages in it", name);
    same(channel->high_water, c->high_water, "channel: high-water mark", name);
    same(channel->refused, c->refused, "channel: refused", name);
    same(channel->refusing, c->refusing, "channel: is it refusing", name);
    same(channel->source.urgency, c->urgency, "channel: how urgent it is", name);
    compare_source(&channel->source, object);
    same(address_of(channel->endpoint), address_said(endpoint_of_channel(object)),
         "channel: its endpoint", name);
    compare_queues(&channel->senders, &none, &c->senders, "channel: who waits for room", name);
    compare_queues(&channel->receivers, &none, &c->receivers, "channel: who receives", name);
}

static void compare_bell(int object)
{
    const struct notification *bell = kernel_object(object);
    const struct model_bell *b = &object_at(object)->bell;
    const char *name = object_at(object)->name;
    static const struct queue none;

    same(bell->bits, b->bits, "notification: bits", name);
    same(bell->source.urgency, b->urgency, "notification: how urgent they are", name);
    compare_source(&bell->source, object);
    same(address_of(bell->bound), address_said(b->bound), "notification: its thread", name);
    same(bell->timer.active ? bell->timer.when : 0, b->timer, "notification: timer", name);
    if (notification_listener(bell))
        same(address_of(notification_listener(bell)),
             b->waiters.count ? object_at(b->waiters.item[0])->address : 0,
             "notification: who waits", name);
    else
        compare_queues(&bell->waiters, &none, &b->waiters, "notification: who waits", name);
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
    case OBJECT_SCHEDCONTEXT:
        compare_time(object);
        break;
    case OBJECT_ENDPOINT:
        compare_endpoint(object);
        break;
    case OBJECT_CHANNEL:
        compare_channel(object);
        break;
    case OBJECT_NOTIFICATION:
        compare_bell(object);
        break;
    case OBJECT_WAITSET:
        compare_set(object);
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

bool comparing = true;

void compare_all(void)
{
    if (!comparing)
        return;
    for (int object = 0; object < model.object_count; object++)
        compare_object(object);
    compare_trees();
    compare_memory();
    compare_devices();
}
