/*
 * choose.c - from sixteen bytes to something that somebody does. What they mean depends on what is
 * there (the n-th capability of a type), so that any bytes make a program, and most of what it
 * does succeeds; some of the bytes spoil it.
 */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/untyped_types.h>
#include <string.h>

#include "mirror.h"
#include "recipes.h"

/* Which byte of a step is about what. */
enum {
    THE_KIND,
    THE_RECIPE,
    THE_TARGET,
    THE_WORDS,                           /* five */
    THE_CAPS = THE_WORDS + RECIPE_WORDS, /* three */
    THE_HOW = THE_CAPS + RECIPE_CAPS,
    THE_TAG,
    THE_SPOIL,
    THE_SPOILT,
    THE_PREEMPTION
};

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

/* The n-th capability of that type in the space, counting round; or NONE. */
static int nth_of(int space, int type, unsigned n)
{
    const struct model_space *s = &object_at(space)->space;
    int found[SLOTS_MAX];
    unsigned count = 0;

    for (int i = 0; i < s->count; i++)
        if (s->slot[i].cap != NONE && (!type || cap_of(s->slot[i].cap)->type == type))
            found[count++] = s->slot[i].cap;
    return count ? found[n % count] : NONE;
}

/* One that a slot of the space had once, or will have. */
static uint64_t another_generation(int space, unsigned n)
{
    const struct model_space *s = &object_at(space)->space;
    const struct model_slot *slot = &s->slot[n % (unsigned)s->count];

    return (slot->generation + (n & 1 ? 1 : UINT64_MAX)) << CAP_INDEX_BITS | slot->index;
}

static uint64_t choose_handle(int space, int type, uint8_t byte)
{
    int cap = NONE;

    if (byte >= 0xf8)
        return garbage[byte & 7];
    if (byte >= 0xf0)
        return another_generation(space, byte * 7u);
    if (byte < 0xe0)
        cap = nth_of(space, type, byte);
    if (cap == NONE)
        cap = nth_of(space, OBJECT_NONE, byte * 5u);
    return cap == NONE ? 0 : cap_handle(cap);
}

/* ---- words ---- */

static const struct {
    uint64_t type, size;
} kinds[] = {
    {OBJECT_UNTYPED, 12},
    {OBJECT_UNTYPED, 14},
    {OBJECT_UNTYPED, 17},
    {OBJECT_UNTYPED, 21},
    {OBJECT_UNTYPED, 22},
    {OBJECT_CSPACE, 6},
    {OBJECT_CSPACE, 6},
    {OBJECT_CSPACE, 7},
    {OBJECT_VSPACE, 0},
    {OBJECT_VSPACE, 0},
    {OBJECT_FRAME, 12},
    {OBJECT_FRAME, 12},
    {OBJECT_FRAME, 12},
    {OBJECT_FRAME, 21},
    {OBJECT_THREAD, 0},
    {OBJECT_SCHEDCONTEXT, 0},
    {OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN},
    {OBJECT_ENDPOINT, UNTYPED_ENDPOINT_CALL_ONLY},
    {OBJECT_NOTIFICATION, 0},
    {OBJECT_NOTIFICATION, 0},
    {OBJECT_CHANNEL, CHANNEL_SIZE(2, 7, 0)},
    {OBJECT_CHANNEL, CHANNEL_SIZE(1, 128, 4)},
    {OBJECT_WAITSET, 3},
    /* What cannot be made. */
    {OBJECT_UNTYPED, 11},
    {OBJECT_UNTYPED, 48},
    {OBJECT_CSPACE, 5},
    {OBJECT_CSPACE, 25},
    {OBJECT_FRAME, 13},
    {OBJECT_ENDPOINT, 2},
    {OBJECT_NOTIFICATION, 1},
    {OBJECT_CHANNEL, CHANNEL_SIZE(0, 7, 0)},
    {OBJECT_CHANNEL, CHANNEL_SIZE(65537, 7, 0)},
    {OBJECT_CHANNEL, CHANNEL_SIZE(1, 6, 0)},
    {OBJECT_CHANNEL, CHANNEL_SIZE(1, 129, 0)},
    {OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 5)},
    {OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0) | 1ull << 60},
    {OBJECT_WAITSET, 0},
    {OBJECT_WAITSET, 16777217},
    {OBJECT_THREAD, 7},
    {OBJECT_REPLY, 0},
    {OBJECT_IOSPACE, 0},
    {OBJECT_MEMORYGRANT, 0},
    {99, 0},
};

static const uint64_t extremes[16] = {0,
                                      1,
                                      4095,
                                      4096,
                                      4097,
                                      UINT32_MAX,
                                      1ull << 32,
                                      USER_ADDRESS_END - 4096,
                                      USER_ADDRESS_END,
                                      USER_ADDRESS_END + 1,
                                      1ull << 63,
                                      UINT64_MAX - 1,
                                      UINT64_MAX,
                                      LARGE_PAGE_BYTES,
                                      LARGE_PAGE_BYTES - 1,
                                      0x10000};

static uint64_t choose_address(uint8_t byte)
{
    if (byte < 0x60)
        return MEMORY_BEGINS + (byte & 15) * PAGE_BYTES + (byte & 16 ? LARGE_PAGE_BYTES : 0);
    if (byte < 0xc0)
        return MEMORY_BEGINS + (byte & 3) * LARGE_PAGE_BYTES;
    return byte < 0xf0 ? (uint64_t)byte << 39 : extremes[byte & 15];
}

/* In the few pages that there are from the beginning, and what comes after them. */
static uint64_t choose_memory(uint8_t byte)
{
    if (byte < 0xe8)
        return MEMORY_BEGINS + (byte >> 5) * (PAGE_BYTES / 2) + (byte & 31) * 8;
    return byte < 0xf8 ? choose_address(byte) : extremes[byte & 15];
}

static uint64_t choose_part(uint8_t byte)
{
    static const uint64_t parts[8] = {
        0, 8, 100, 1000, PAGE_BYTES - 8, PAGE_BYTES, PAGE_BYTES + 64, 2 * PAGE_BYTES};

    if (byte < 0xf0)
        return byte & 8 ? byte : parts[byte & 7];
    return extremes[byte & 15];
}

static uint64_t choose_length(uint8_t byte)
{
    static const uint64_t lengths[8] = {
        0, 0, PAGE_BYTES, PAGE_BYTES, 100, LARGE_PAGE_BYTES, 2 * PAGE_BYTES, 8};

    return byte < 0xe0 ? lengths[byte & 7] : extremes[byte & 15];
}

/* Mostly the one that it was given last. */
static uint64_t choose_token(uint8_t byte)
{
    const struct model_thread *t = &object_at(model.running)->thread;
    int space = thread_space(model.running);

    if (byte < 0xa0 && t->caller != NONE && object_at(t->caller)->thread.reply == NONE)
        return t->token;
    if (byte < 0xe0)
        return choose_handle(space, OBJECT_REPLY, byte & 0x7f);
    return byte < 0xf0 ? t->token : choose_handle(space, OBJECT_NONE, byte);
}

static uint64_t choose_word(enum meaning meaning, uint8_t byte)
{
    switch (meaning) {
    case RIGHTS:
        return byte < 0x60 ? CAP_RIGHTS_ALL : byte * 41u & (byte & 1 ? CAP_RIGHTS_ALL : 0xffff);
    case BADGE:
        return byte < 0xf0 ? byte & 7 : extremes[byte & 15];
    case ADDRESS:
        return choose_address(byte);
    case LENGTH:
        return choose_length(byte);
    case INDEX:
        return byte < 0xf0 ? byte & 63 : extremes[byte & 15];
    case LINE:
        return byte < 0xf0 ? byte % 26 : extremes[byte & 15];
    case COUNT:
        return byte < 0xf0 ? byte & 7 : extremes[byte & 15];
    case PORT:
        return byte < 0xe0 ? byte * 64u : extremes[byte & 15];
    case PRIORITY:
        return byte < 0xf0 ? byte % 64 : extremes[byte & 15];
    case BUDGET:
        return byte < 0xf0 ? 20000ull * (1 + byte % 50) : extremes[byte & 15];
    case PERIOD:
        return byte < 0xf0 ? 1000000ull * (1 + byte % 20) : extremes[byte & 15];
    case ROLE:
        return byte < 0xf0 ? byte & 1 : extremes[byte & 15];
    case WHEN:
        return byte < 0x20 ? 0 : model.now + byte * byte * 101u;
    case USER_ADDRESS:
        return byte < 0xc0 ? MEMORY_BEGINS + byte * UTCB_SIZE : choose_address(byte);
    case TOKEN:
        return choose_token(byte);
    case MEMORY:
        return choose_memory(byte);
    case PART:
        return choose_part(byte);
    case NUMBER:
        return byte < 0xe0 ? byte & 1 : byte;
    case LENDABLE:
        return byte < 0xf0 ? 1 + byte % 3 : byte;
    case WIDTH:
        return 1u << (byte & 3);
    case ANYTHING:
        return byte < 0xe0 ? byte : extremes[byte & 15];
    default:
        return 0;
    }
}

static void put_kind(struct deed *deed, uint8_t byte)
{
    unsigned n = byte % (sizeof(kinds) / sizeof(kinds[0]));

    deed->now.word[0] = kinds[n].type;
    deed->now.word[1] = kinds[n].size;
}

/* So that what is said of the object is of use to people: its type and a number. */
static void put_title(struct deed *deed)
{
    static const char *const names[OBJECT_TYPES] = {
        [OBJECT_CSPACE] = "space",      [OBJECT_VSPACE] = "vspace",
        [OBJECT_THREAD] = "thread",     [OBJECT_SCHEDCONTEXT] = "time",
        [OBJECT_ENDPOINT] = "endpoint", [OBJECT_NOTIFICATION] = "bell",
        [OBJECT_CHANNEL] = "channel",   [OBJECT_WAITSET] = "set",
    };
    uint64_t type = deed->now.word[0];
    char name[OBJECT_NAME_BYTES] = {0};

    if (type < OBJECT_TYPES && names[type])
        strcpy(name, names[type]);
    name[strlen(name)] = (char)('A' + model.object_count / 26 % 26);
    name[strlen(name)] = (char)('a' + model.object_count % 26);
    memcpy(&deed->now.word[2], name, sizeof(name));
}

/* Of a thread: where it will be, and words that mean something as a system call, or nothing. */
static void put_registers(struct deed *deed, const struct step *step)
{
    uint64_t *word = deed->words;
    uint8_t where = step->byte[THE_WORDS];

    for (unsigned i = 0; i < 20; i++)
        word[i] = extremes[(step->byte[THE_WORDS + 1 + i % 4] + i) & 15];
    word[0] = where < 0xc0 ? choose_memory(where) : extremes[where & 15];
    if (step->byte[THE_CAPS] < 0xc0)
        word[18] = choose_memory(step->byte[THE_CAPS]); /* FS base */
    memcpy(deed->now.word, word, sizeof(deed->now.word));
}

static void put_words(struct deed *deed, const struct recipe *recipe, const struct step *step)
{
    if (recipe->words > RECIPE_WORDS)
        put_registers(deed, step);
    for (unsigned i = 0; i < recipe->words && i < RECIPE_WORDS; i++) {
        uint8_t byte = step->byte[THE_WORDS + i];

        if (recipe->word[i] == KIND)
            put_kind(deed, byte);
        else if (recipe->word[i] == NAME)
            put_title(deed);
        else if (recipe->word[i] != NOTHING && recipe->word[i] != REGISTERS)
            deed->now.word[i] = choose_word(recipe->word[i], byte);
    }
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
        deed->caps[i].cap = choose_handle(space, recipe->cap[i], step->byte[THE_CAPS + i]);
        deed->caps[i].how = choose_how(step->byte[THE_HOW]);
        if (is_needed(deed, &deed->caps[i], space))
            deed->caps[i].cap = 0;
    }
}

/* ---- spoiling ---- */

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
            lease->length = byte & 0x70;
            lease->rights |= LEASE_OF(byte & 1);
        }
        if (byte >= 0xf8)
            lease->length = extremes[byte * 5u & 15];
    }
    deed->now.tag |= (uint64_t)count << TAG_LEASES_SHIFT;
}

static void put_buffer(struct deed *deed, uint8_t byte)
{
    if (byte < 0x90)
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
    return operation != OP_CALL && byte % 5 == 4 ? OBJECT_CHANNEL : OBJECT_ENDPOINT;
}

static void take_ipc(const struct step *step)
{
    static const uint8_t operations[8] = {OP_SEND,  OP_CALL,       OP_CALL,       OP_RECV,
                                          OP_REPLY, OP_REPLY_RECV, OP_REPLY_RECV, OP_NOTIFY};
    unsigned operation = operations[step->byte[THE_KIND] & 7];
    bool receives = operation == OP_RECV || operation == OP_REPLY_RECV;
    int space = thread_space(model.running);
    int type = choose_partner(operation, step->byte[THE_TARGET]);
    struct deed deed = {.now.tag = TAG_OP(operation)};

    deed.now.handle = choose_handle(space, type, step->byte[THE_TARGET]);
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
    if (step->byte[THE_SPOIL] >= 0xf0)
        spoil(&deed, step->byte[THE_SPOIL], step->byte[THE_SPOILT]);
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

    if (was_lent() && step->byte[THE_KIND] & 1)
        while (recipe->target != OBJECT_REPLY)
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
                          : choose_handle(space, recipe->target, step->byte[THE_TARGET]);
    put_words(&deed, recipe, step);
    put_caps(&deed, recipe, step, space);
    if (step->byte[THE_SPOIL] >= 0xf0)
        spoil(&deed, step->byte[THE_SPOIL], step->byte[THE_SPOILT]);
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
    else if ((step->byte[THE_KIND] & 15) < 14)
        act_write(choose_memory(step->byte[THE_TARGET]), step->byte[THE_WORDS]);
    else
        act_fault(&fault);
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
