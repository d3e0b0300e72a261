/*
 * choose.c - from sixteen bytes to something that somebody does. What they mean depends on what is
 * there (the n-th capability of a type), so that any bytes make a program, and most of what it
 * does succeeds; some of the bytes spoil it. What goes into words is words.c.
 */

#include <myelin/idl/channel_types.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/vspace_types.h>
#include <myelin/idl/waitset_types.h>
#include <string.h>

#include "choose.h"
#include "mirror.h"

/* Of an IPC call the words are about: */
enum {
    THE_COUNT = THE_WORDS,
    THE_LABEL,
    THE_ITEMS,
    THE_DEADLINE,
    THE_CLOSED,
    THE_TOKEN = THE_RECIPE
};

uint64_t first_slot; /* in root's space: before it lies what root lives on */

/* ---- handles ---- */

static const uint64_t garbage[8] = {0,
                                    1,
                                    UINT64_MAX,
                                    5ull << CAP_INDEX_BITS | CAP_TOKEN_INDEX,
                                    1ull << CAP_INDEX_BITS | 63,
                                    1ull << CAP_INDEX_BITS | 4000,
                                    1ull << 40,
                                    CAP_GENERATION_LAST << CAP_INDEX_BITS};

/* What somebody looks for: any, or one by which something can be done. */
struct wish {
    int type; /* OBJECT_NONE: any */
    unsigned rights;
    uint32_t label; /* of the method that it is for */
};

/* Is there something that the method could undo, or take? */
static bool object_has_use(uint32_t label, int object)
{
    const struct model_object *o = object_at(object);

    switch (label) {
    case CHANNEL_LABEL_DETACH:
        return o->channel.place[CHANNEL_ENDPOINT] != NONE;
    case CHANNEL_LABEL_DISCARD:
        return o->channel.messages.count;
    case THREAD_LABEL_UNBIND_ENDPOINT:
        return o->type != OBJECT_ENDPOINT || o->endpoint.bound != NONE;
    case WAITSET_LABEL_REMOVE:
        return o->type == OBJECT_WAITSET || in_set(object);
    case THREAD_LABEL_READ_REGISTERS:
    case THREAD_LABEL_WRITE_REGISTERS:
    case THREAD_LABEL_READ_VECTOR:
    case THREAD_LABEL_WRITE_VECTOR:
        return !check_quiet(object).error;
    case SCHEDCONTEXT_LABEL_BIND:
    case SCHEDCONTEXT_LABEL_BIND_SOURCE:
        return o->type != OBJECT_SCHEDCONTEXT || (o->time.home == NONE && o->time.source == NONE);
    case THREAD_LABEL_RESUME:
        return o->thread.suspended;
    case THREAD_LABEL_START:
    case THREAD_LABEL_CONFIGURE:
        return o->type != OBJECT_THREAD || o->thread.state == THREAD_INACTIVE;
    default:
        return true;
    }
}

static bool has_use(uint32_t label, const struct cap *cap)
{
    if (label == CSPACE_LABEL_REVOKE)
        return cap->children.count > 1;
    if (label == CSPACE_LABEL_DELETE)
        return cap->children.count || cap->owner;
    if (label == VSPACE_LABEL_UNMAP || label == VSPACE_LABEL_PROTECT)
        return cap->type != OBJECT_FRAME || cap->mapped_in != NONE;
    return cap->object == NONE || object_has_use(label, cap->object);
}

static bool is_wished(const struct wish *wish, int cap)
{
    const struct cap *c = cap == NONE ? NULL : cap_of(cap);

    return c && (!wish->type || c->type == wish->type) && !(wish->rights & ~c->rights) &&
           (!wish->label || has_use(wish->label, c));
}

/* The n-th such capability in the space, counting round; or NONE. */
static int nth_of(int space, const struct wish *wish, unsigned n)
{
    const struct model_space *s = &object_at(space)->space;
    int found[SLOTS_MAX];
    unsigned count = 0;

    for (int i = 0; i < s->count; i++)
        if (is_wished(wish, s->slot[i].cap))
            found[count++] = s->slot[i].cap;
    return count ? found[n % count] : NONE;
}

/* Of those of that type the one with the fewest rights; NONE. */
static int weakest_of(int space, int type)
{
    const struct model_space *s = &object_at(space)->space;
    int weakest = NONE;

    for (int i = 0; i < s->count; i++) {
        int cap = s->slot[i].cap;

        if (cap != NONE && cap_of(cap)->type == type &&
            (weakest == NONE ||
             __builtin_popcount(cap_of(cap)->rights) < __builtin_popcount(cap_of(weakest)->rights)))
            weakest = cap;
    }
    return weakest;
}

/* A slot, counting round, of those that have been emptied before; if there is none, of all. */
static const struct model_slot *nth_used_again(int space, unsigned n)
{
    const struct model_space *s = &object_at(space)->space;
    const struct model_slot *found[SLOTS_MAX];
    unsigned count = 0;

    for (int i = 0; i < s->count; i++)
        if (s->slot[i].generation > 1)
            found[count++] = &s->slot[i];
    return count ? found[n % count] : &s->slot[n % (unsigned)s->count];
}

/* One that a slot of the space had once, or will have. */
static uint64_t another_generation(int space, unsigned n)
{
    const struct model_slot *slot = nth_used_again(space, n);

    return (slot->generation + (n & 1 ? 1 : UINT64_MAX)) << CAP_INDEX_BITS | slot->index;
}

static uint64_t choose_wished(int space, struct wish wish, uint8_t byte)
{
    static const struct wish any = {OBJECT_NONE, 0, 0};
    const struct wish of_type = {wish.type, 0, 0};
    int cap = NONE;

    if (byte >= 0xf8)
        return garbage[byte & 7];
    if (byte >= 0xf0)
        return another_generation(space, byte * 7u);
    if (byte < 0xc0)
        cap = nth_of(space, &wish, byte);
    if (cap == NONE && byte < 0xe8)
        cap = nth_of(space, &of_type, byte);
    if (cap == NONE)
        cap = nth_of(space, &any, byte * 5u);
    return cap == NONE ? 0 : cap_handle(cap);
}

uint64_t choose_handle(int space, int type, uint8_t byte)
{
    return choose_wished(space, (struct wish){type, 0, 0}, byte);
}

/* ---- capabilities ---- */

static uint64_t choose_how(uint8_t byte)
{
    if (byte < 0x80)
        return CAP_COPY;
    if (byte < 0xc0)
        return CAP_MOVE;
    return byte < 0xf8 ? CAP_DERIVE | (byte * 41u & CAP_RIGHTS_ALL) : (uint64_t)byte << 33;
}

/* What root lives on is mostly not deleted, revoked or given away. */
static bool is_needed(const struct deed *deed, const struct cap_item *item, int space)
{
    uint32_t label = tag_label(deed->now.tag);
    uint64_t index = item->cap & CAP_INDEX_MASK;

    if (index >= first_slot || space != 0)
        return false;
    if (label == CSPACE_LABEL_REVOKE)
        return cap_of((int)index)->type != OBJECT_UNTYPED;
    return label == CSPACE_LABEL_DELETE || item->how >> 32;
}

static void put_caps(struct deed *deed, const struct recipe *recipe, const struct step *step,
                     int space)
{
    for (unsigned i = 0; i < recipe->caps; i++) {
        deed->caps[i].cap = choose_wished(space, (struct wish){recipe->cap[i], 0, recipe->label},
                                          step->byte[THE_CAPS + i]);
        deed->caps[i].how = choose_how(step->byte[THE_HOW]);
        if (is_needed(deed, &deed->caps[i], space))
            deed->caps[i].cap = 0;
    }
}

/* ---- spoiling ---- */

#define SPOILT_FROM 0xd0

/* Handles become those of weak capabilities, and numbers in the tag wrong by one. */
static void spoil_little(struct deed *deed, uint8_t how, int type, int space)
{
    int target = weakest_of(space, type), weak = NONE, meant;

    find_cap(space, deed->caps[0].cap, OBJECT_NONE, 0, 0, &meant);
    if (meant != NONE)
        weak = weakest_of(space, cap_of(meant)->type);
    if (how < 0xd8 && target != NONE)
        deed->now.handle = cap_handle(target);
    else if (how < 0xe0 && weak != NONE)
        deed->caps[0].cap = cap_handle(weak);
    else if (how < 0xe8)
        deed->now.tag ^= 1;
    else if (how < 0xec && tag_caps(deed->now.tag))
        deed->now.tag -= 1ull << TAG_CAPS_SHIFT;
    else
        deed->now.tag &= ~(7ull << TAG_ACCEPT_SHIFT);
}

static void spoil(struct deed *deed, uint8_t how, uint8_t by)
{
    switch (how) {
    case 0xf0:
        deed->now.tag ^= by; /* the number of words */
        break;
    case 0xf1:
        deed->now.tag ^= (uint64_t)(by & 7) << TAG_CAPS_SHIFT;
        break;
    case 0xf2:
        deed->now.tag ^= (uint64_t)(by & 7) << TAG_ACCEPT_SHIFT;
        break;
    case 0xf3:
        deed->now.tag ^= (uint64_t)by << TAG_LABEL_SHIFT;
        break;
    case 0xf4:
        deed->now.tag ^= 1ull << (by & 31 & ~(by >> 5 == 7 ? 8u : 0u));
        break;
    case 0xf5:
        deed->now.word[by % MESSAGE_REGISTER_WORDS] = extremes[by >> 4];
        break;
    default:
        break;
    }
}

static void put_spoil(struct deed *deed, const struct step *step, int type, int space)
{
    uint8_t how = step->byte[THE_SPOIL];

    if (how >= 0xf0)
        spoil(deed, how, step->byte[THE_SPOILT]);
    else if (how >= SPOILT_FROM)
        spoil_little(deed, how, type, space);
}

/* ---- messages ---- */

static unsigned choose_count(uint8_t byte)
{
    static const uint8_t counts[16] = {0, 0, 0, 1, 1, 2, 4, 7, 7, 8, 9, 20, 20, 64, 127, 128};

    return counts[byte & 15];
}

static void put_message(struct deed *deed, const struct step *step, int space)
{
    unsigned count = choose_count(step->byte[THE_COUNT]);
    uint8_t items = step->byte[THE_ITEMS];
    unsigned caps = items < 0xa0 ? 0 : 1 + items % 3;

    for (unsigned i = 0; i < MESSAGE_WORDS_MAX; i++)
        deed->words[i] = (uint64_t)model.cap_count << 32 | (uint64_t)i << 8 | step->byte[THE_LABEL];
    memcpy(deed->now.word, deed->words, sizeof(deed->now.word));
    for (unsigned i = 0; i < caps; i++) {
        deed->caps[i].cap = choose_handle(space, OBJECT_NONE, step->byte[THE_CAPS + i]);
        deed->caps[i].how = choose_how(step->byte[THE_HOW]);
        if (is_needed(deed, &deed->caps[i], space))
            deed->caps[i].how = CAP_COPY;
    }
    deed->now.tag |=
        count | caps << TAG_CAPS_SHIFT | (uint64_t)step->byte[THE_LABEL] << TAG_LABEL_SHIFT;
}

/* Of memory, or of a lease that is held already. */
static void put_leases(struct deed *deed, uint8_t byte)
{
    unsigned count = byte < 0x80 ? 0 : 1 + (byte & 1);

    for (unsigned i = 0; i < count; i++) {
        struct lease_item *lease = &deed->leases[i];

        *lease = (struct lease_item){choose_memory(byte * 7u & 0xff), choose_part(byte * 5u & 0xff),
                                     1 + byte % 3, 0};
        if (byte % 3 == 0) {
            lease->via = choose_token(byte * 3u & 0xff);
            lease->base = byte & 12;
            lease->length = (byte & 0x70u) << (byte & 4);
            lease->rights |= LEASE_OF(byte & 1);
        }
        if (byte >= 0xf8)
            lease->length = extremes[byte * 5u & 15];
    }
    deed->now.tag |= (uint64_t)count << TAG_LEASES_SHIFT;
}

static void put_buffer(struct deed *deed, uint8_t byte)
{
    if (byte < 0x70)
        return;
    deed->now.tag |= TAG_BUFFER;
    deed->buffer_base = choose_memory(byte * 11u & 0xff);
    deed->buffer_length = choose_part(byte * 5u & 0xff);
}

/* None, now, or within some milliseconds. */
static void put_deadline(struct deed *deed, uint8_t byte)
{
    if (byte < 0x40)
        return;
    deed->now.tag |= TAG_DEADLINE;
    deed->now.status = byte < 0x70 ? DEADLINE_NOW : model.now + byte * byte * 61u - 600000;
}

static void put_closed(struct deed *deed, const struct step *step, int space)
{
    uint8_t byte = step->byte[THE_CLOSED];

    if (byte < 0xc0)
        return;
    deed->now.tag |= TAG_CLOSED;
    deed->closed_badge = byte & 3;
    deed->closed_key = byte >> 3 & 3;
    if (byte & 4)
        deed->closed_endpoint = choose_handle(space, OBJECT_ENDPOINT, byte * 3u & 0xff);
}

static int choose_partner(unsigned operation, uint8_t byte)
{
    bool receives = operation == OP_RECV || operation == OP_REPLY_RECV;

    if (receives && byte % 3 == 2)
        return OBJECT_WAITSET;
    if (operation == OP_NOTIFY || byte % 9 == 8)
        return OBJECT_NOTIFICATION;
    return operation != OP_CALL && byte % 5 >= 3 ? OBJECT_CHANNEL : OBJECT_ENDPOINT;
}

static unsigned right_for(unsigned operation)
{
    if (operation == OP_CALL)
        return CAP_RIGHTS_CALL;
    return operation == OP_SEND || operation == OP_NOTIFY ? CAP_RIGHTS_SEND : CAP_RIGHTS_RECV;
}

/* Who has nothing to answer mostly receives, and who has mostly answers. */
static unsigned choose_operation(const struct step *step)
{
    static const uint8_t operations[16] = {
        OP_SEND, OP_CALL, OP_CALL, OP_RECV, OP_RECV, OP_REPLY_RECV, OP_REPLY_RECV, OP_NOTIFY,
        OP_SEND, OP_CALL, OP_CALL, OP_RECV, OP_SEND, OP_REPLY,      OP_REPLY,      OP_CALL};
    unsigned operation = operations[step->byte[THE_KIND] & 15];
    bool serves = object_at(model.running)->thread.caller != NONE;

    if ((operation == OP_REPLY || operation == OP_REPLY_RECV) && !serves &&
        step->byte[THE_TOKEN] < 0xc0)
        return OP_RECV;
    return operation == OP_RECV && serves && step->byte[THE_TOKEN] < 0x80 ? OP_REPLY : operation;
}

static void take_ipc(const struct step *step)
{
    unsigned operation = choose_operation(step);
    bool receives = operation == OP_RECV || operation == OP_REPLY_RECV;
    int space = thread_space(model.running);
    int type = choose_partner(operation, step->byte[THE_TARGET]);
    struct deed deed = {.now.tag = TAG_OP(operation)};

    deed.now.handle =
        choose_wished(space, (struct wish){type, right_for(operation), 0}, step->byte[THE_TARGET]);
    deed.now.tag |= (uint64_t)(step->byte[THE_TAG] % 5) << TAG_ACCEPT_SHIFT;
    if (step->byte[THE_TAG] < 0x80)
        deed.now.tag &= ~(7ull << TAG_ACCEPT_SHIFT);
    if (receives && step->byte[THE_TAG] >= 0xe0)
        deed.now.tag |= TAG_WANT_REPLY;
    if (operation != OP_RECV && operation != OP_NOTIFY)
        put_message(&deed, step, space);
    if (operation == OP_NOTIFY)
        deed.now.word[0] = step->byte[THE_COUNT] & 15;
    if (operation == OP_CALL)
        put_leases(&deed, step->byte[THE_CLOSED]);
    if (receives || operation == OP_SEND)
        put_buffer(&deed, step->byte[THE_HOW]);
    put_deadline(&deed, step->byte[THE_DEADLINE]);
    if (receives)
        put_closed(&deed, step, space);
    deed.now.token = choose_token(step->byte[THE_TOKEN]);
    put_spoil(&deed, step, type, space);
    deed.preemption = step->byte[THE_PREEMPTION];
    act(&deed);
}

/* ---- calls of kernel objects ---- */

/* Who holds a call with which memory was lent mostly does something with that. */
static bool was_lent(void)
{
    int caller = object_at(model.running)->thread.caller;

    return caller != NONE && object_at(caller)->thread.lease_count;
}

static const struct recipe *choose_recipe(const struct step *step)
{
    const struct recipe *recipe = &recipes[step->byte[THE_RECIPE] % recipe_count];

    if (was_lent() && step->byte[THE_KIND] & 3)
        while (recipe->target != OBJECT_REPLY || recipe->label % 2 != step->byte[THE_RECIPE] % 2)
            recipe = recipe > recipes ? recipe - 1 : &recipes[recipe_count - 1];
    return recipe;
}

static void take_method(const struct step *step)
{
    const struct recipe *recipe = choose_recipe(step);
    int space = thread_space(model.running);
    struct deed deed = {.now.tag = TAG(OP_CALL, recipe->label, recipe->words) |
                                   (uint64_t)recipe->caps << TAG_CAPS_SHIFT |
                                   (step->byte[THE_TAG] < 0xf0 ? 1ull : 0) << TAG_ACCEPT_SHIFT};

    deed.now.handle = recipe->target == OBJECT_REPLY
                          ? choose_token(step->byte[THE_TARGET])
                          : choose_wished(space, (struct wish){recipe->target, 0, recipe->label},
                                          step->byte[THE_TARGET]);
    put_words(&deed, recipe, step);
    put_caps(&deed, recipe, step, space);
    put_spoil(&deed, step, recipe->target, space);
    deed.preemption = step->byte[THE_PREEMPTION];
    act(&deed);
}

/* ---- what comes from outside ---- */

#define FAULT_PAGE LABEL(0x100, 1)

static void take_event(const struct step *step)
{
    uint64_t address = choose_address(step->byte[THE_TARGET]);
    const struct fault_words fault = {FAULT_PAGE, {address, CAP_RIGHTS_READ, 0x200100, 0, 0, 14}};
    uint64_t ns = (uint64_t)step->byte[THE_TARGET] * step->byte[THE_TARGET] * 97;

    if ((step->byte[THE_KIND] & 15) < 10 || (model.running == NONE && step->byte[THE_KIND] & 1))
        act_time(ns);
    else if ((step->byte[THE_KIND] & 15) == 10 || model.running == NONE)
        act_interrupt(step->byte[THE_TARGET] % LINES);
    else if (act_again(step->byte[THE_PREEMPTION]))
        return;
    else if ((step->byte[THE_KIND] & 15) < 13)
        act_write(choose_memory(step->byte[THE_TARGET]), step->byte[THE_WORDS]);
    else if ((step->byte[THE_KIND] & 15) < 14)
        act_vector(step->byte[THE_TARGET], step->byte[THE_WORDS]);
    else
        act_fault(&fault, step->byte[THE_WORDS] >= 0xa0);
}

void take_step(const struct step *step)
{
    if (model.running == NONE || (step->byte[THE_KIND] & 0xf0) == 0x70)
        take_event(step);
    else if (act_again(step->byte[THE_PREEMPTION]))
        return;
    else if (step->byte[THE_KIND] < 0x70)
        take_ipc(step);
    else
        take_method(step);
}
