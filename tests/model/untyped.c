/* untyped.c - Untyped memory: "`RETYPE` takes the next piece of that size, zeroes it, and makes the
   object." */

#include <myelin/idl/channel_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/waitset_types.h>
#include <string.h>

#include "model.h"

#define BITS_OF_SMALL 8

/* ---- how large ---- */

static unsigned bits_for(uint64_t bytes)
{
    unsigned bits = 0;

    while (1ull << bits < bytes)
        bits++;
    return bits;
}

/* "64 a slot, and 12 KiB; rounded up to a power of two" */
static unsigned bits_of_space(uint64_t slots_bits)
{
    return bits_for((64ull << slots_bits) + 3 * PAGE_BYTES);
}

/* "about 0.5 KiB, and for each message 16, 8 a word and 64 a capability; rounded up to a power of
   two": the half KiB is what the ABI does not say (CHANNEL_HEAD). */
#define CHANNEL_HEAD 496

static struct answer check_channel(uint64_t size, unsigned *bits)
{
    uint64_t messages = channel_size_capacity(size), words = channel_size_words(size);
    uint64_t caps = channel_size_caps(size);

    if (CHANNEL_SIZE(messages, words, caps) != size)
        return refuse(EINVAL, ARGUMENT_WORD(1), CHANNEL_SIZE(messages, words, caps), size);
    if (messages < 1 || messages > CHANNEL_CAPACITY_MAX)
        return refuse(ERANGE, ARGUMENT_WORD(1), messages < 1 ? 1 : CHANNEL_CAPACITY_MAX, messages);
    if (words < MESSAGE_REGISTER_WORDS || words > MESSAGE_WORDS_MAX)
        return refuse(ERANGE, ARGUMENT_WORD(1),
                      words > MESSAGE_WORDS_MAX ? MESSAGE_WORDS_MAX : MESSAGE_REGISTER_WORDS,
                      words);
    if (caps > MESSAGE_CAPS_MAX)
        return refuse(ERANGE, ARGUMENT_WORD(1), MESSAGE_CAPS_MAX, caps);
    *bits = bits_for(CHANNEL_HEAD + messages * (16 + 8 * words + 64 * caps));
    return DONE;
}

/* 0: there is no such object of that size. */
static unsigned bits_of(uint64_t type, uint64_t size)
{
    switch (type) {
    case OBJECT_UNTYPED:
        return size >= 12 && size <= 47 ? (unsigned)size : 0;
    case OBJECT_FRAME:
        return size == PAGE_SIZE_BITS || size == LARGE_PAGE_SIZE_BITS ? (unsigned)size : 0;
    case OBJECT_CSPACE:
        return size >= 6 && size <= 24 ? bits_of_space(size) : 0;
    case OBJECT_ENDPOINT:
        return size <= UNTYPED_ENDPOINT_CALL_ONLY ? BITS_OF_SMALL : 0;
    case OBJECT_WAITSET:
        return size >= 1 && size <= WAITSET_SOURCES_MAX ? BITS_OF_SMALL : 0;
    case OBJECT_NOTIFICATION:
        return size ? 0 : BITS_OF_SMALL;
    case OBJECT_SCHEDCONTEXT:
        return size ? 0 : 9;
    case OBJECT_THREAD:
        return size ? 0 : 12;
    default: /* OBJECT_VSPACE */
        return size ? 0 : 13;
    }
}

static struct answer check_size(uint64_t type, uint64_t size, unsigned *bits)
{
    switch (type) {
    case OBJECT_UNTYPED:
    case OBJECT_CSPACE:
    case OBJECT_VSPACE:
    case OBJECT_FRAME:
    case OBJECT_THREAD:
    case OBJECT_SCHEDCONTEXT:
    case OBJECT_ENDPOINT:
    case OBJECT_NOTIFICATION:
    case OBJECT_WAITSET:
        *bits = bits_of(type, size);
        return *bits ? DONE : refuse(EINVAL, ARGUMENT_WORD(1), 0, size);
    case OBJECT_CHANNEL:
        return check_channel(size, bits);
    case OBJECT_MEMORYGRANT:
    case OBJECT_IOSPACE:
        return refuse(ENOTSUP, ARGUMENT_WORD(0), OBJECT_NONE, type);
    default:
        return refuse(EINVAL, ARGUMENT_WORD(0), OBJECT_NONE, type);
    }
}

/* ---- where ---- */

/* "Device memory becomes Frames only, at the offset asked for" */
static struct answer place_device(const struct call *call, unsigned bits, uint64_t *offset)
{
    const struct cap *untyped = cap_of(call->target);
    uint64_t type = call->word[0], bytes = 1ull << bits;

    *offset = call->word[4];
    if (type != OBJECT_FRAME)
        return refuse(EINVAL, ARGUMENT_WORD(0), OBJECT_FRAME, type);
    if (*offset % bytes || bytes > untyped->size || *offset > untyped->size - bytes)
        return refuse(ERANGE, ARGUMENT_WORD(4), untyped->size, *offset);
    return DONE;
}

/* "takes the next piece of that size"; "When nothing made of it is alive, the Untyped starts
   afresh." */
static struct answer place_memory(const struct call *call, unsigned bits, uint64_t *offset)
{
    struct cap *untyped = cap_of(call->target);
    uint64_t bytes = 1ull << bits;

    if (!untyped->children.count)
        untyped->used = 0;
    *offset = (untyped->used + bytes - 1) / bytes * bytes;
    if (call->word[0] == OBJECT_UNTYPED && bytes >= untyped->size)
        return refuse(ERANGE, ARGUMENT_WORD(1), (uint64_t)bits_for(untyped->size) - 1, bits);
    if (bytes > untyped->size || *offset > untyped->size - bytes)
        return refuse(ENOMEM, ARGUMENT_HANDLE, bytes, untyped->size - untyped->used);
    return DONE;
}

/* ---- what ---- */

static void begin_object(int object, uint64_t type, uint64_t size)
{
    struct model_object *o = object_at(object);

    if (type == OBJECT_CSPACE) {
        o->space.bits = (unsigned)size;
        /* The last index of the largest table is the reply tokens'. */
        supply_add(&o->space.free, 0, (1ull << size) - (size == CAP_INDEX_BITS));
        model.windows--;
    }
    if (type == OBJECT_VSPACE)
        vspace_begin(object);
    if (type == OBJECT_ENDPOINT) {
        o->endpoint.call_only = size == UNTYPED_ENDPOINT_CALL_ONLY;
        o->endpoint.bound = o->endpoint.channel = NONE;
    }
    if (type == OBJECT_NOTIFICATION)
        o->bell.bound = NONE;
    if (type == OBJECT_SCHEDCONTEXT)
        o->time.home = o->time.source = o->time.cpu = NONE;
    if (type == OBJECT_WAITSET)
        set_begins(object, size);
    if (type == OBJECT_CHANNEL)
        channel_begins(object, size);
    if (type == OBJECT_THREAD)
        thread_begins(object);
}

/* "On a call-only endpoint nobody has Send, not even its owner." */
static unsigned first_rights(uint64_t type, uint64_t size)
{
    bool call_only = type == OBJECT_ENDPOINT && size == UNTYPED_ENDPOINT_CALL_ONLY;

    return CAP_RIGHTS_ALL & ~(call_only ? CAP_RIGHTS_SEND : 0u);
}

static void make_object(int owner, const struct call *call, uint64_t address)
{
    int object = object_new((int)call->word[0]);

    memcpy(object_at(object)->name, &call->word[2], OBJECT_NAME_BYTES);
    object_at(object)->address = address;
    object_at(object)->owner = owner;
    cap_of(owner)->object = object;
    begin_object(object, call->word[0], call->word[1]);
}

/* "`UNTYPED_RETYPE` returns the owner of the new object." */
static void make_owner(struct call *call, unsigned bits, uint64_t offset)
{
    const struct cap *untyped = cap_of(call->target);
    uint64_t type = call->word[0], address = untyped->start + offset;
    int owner = cap_new((int)type, first_rights(type, call->word[1]));

    cap_of(owner)->owner = true;
    cap_of(owner)->device = untyped->device;
    if (type == OBJECT_UNTYPED || type == OBJECT_FRAME) {
        cap_of(owner)->start = address;
        cap_of(owner)->size = 1ull << bits;
    } else {
        make_object(owner, call, address);
    }
    cap_adopt(call->target, owner);
    call->out_cap = owner;
}

static struct answer retype(struct call *call)
{
    struct cap *untyped = cap_of(call->target);
    uint64_t offset = 0;
    unsigned bits = 0;
    struct answer answer = check_size(call->word[0], call->word[1], &bits);

    if (!answer.error)
        answer =
            untyped->device ? place_device(call, bits, &offset) : place_memory(call, bits, &offset);
    if (answer.error)
        return answer;
    if (model.hurried) { /* it is still being zeroed, but it has its place */
        untyped->used = offset;
        return refuse(PREEMPTED, 0, 0, 0);
    }
    if (call->word[0] == OBJECT_CSPACE && !model.windows)
        return refuse(ENOMEM, ARGUMENT_WORD(0), 0, 0);
    if (call->word[0] == OBJECT_FRAME)
        memory_clear(untyped->start + offset, 1ull << bits);
    if (!untyped->device)
        untyped->used = offset + (1ull << bits);
    make_owner(call, bits, offset);
    return DONE;
}

static struct answer inspect(struct call *call)
{
    const struct cap *untyped = cap_of(call->target);
    bool alive = untyped->children.count;

    call->out[0] = untyped->size;
    call->out[1] = alive ? untyped->used : 0;
    call->out[2] = alive;
    call->out[3] = untyped->device;
    call->out_words = 4;
    return DONE;
}

const struct method untyped_methods[] = {
    {UNTYPED_LABEL_RETYPE, CAP_RIGHTS_MANAGE, 5, {{0}}, true, retype},
    {UNTYPED_LABEL_INSPECT, 0, 0, {{0}}, false, inspect},
    {0},
};
