/*
 * world_misused.c - a small world of requests of a wrong form: each method of each kernel object is
 * asked with words that it does not take, by a capability without the right that it needs, and
 * without the capabilities that it wants. All is refused, and changes nothing.
 *
 * Which methods there are, and how many words each takes, the kernel is asked when the world is
 * made.
 */

#include <myelin/idl/channel_types.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/irq_types.h>
#include <myelin/idl/irqcontrol_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>
#include <myelin/idl/waitset_types.h>

#include "worlds.h"

#define ANY      CAP_RIGHTS_ALL
#define NO_RIGHT CAP_RIGHTS_EXECUTE /* that any method needs */
#define TOO_MANY 127                /* words, for any method */

static struct actor a;
static cap_t ep, a_ep, bell, a_bell;

/* Root's capability to one of each type, and one without rights. */
static struct {
    cap_t good, weak;
} object[OBJECT_TYPES];

static void has(unsigned type, cap_t cap)
{
    object[type].good = cap;
    object[type].weak = type == OBJECT_UNTYPED ? CAP_NULL : derived(cap, NO_RIGHT);
}

static error_t asks_too_much(cap_t cap, uint32_t method)
{
    return asks(&world.root, cap, method, (struct words){.count = TOO_MANY}, NO_CAPS);
}

static void misuse(unsigned type)
{
    for (uint32_t method = LABEL(type, 1);; method++) {
        if (asks_too_much(object[type].good, method) == ENOSYS)
            return;
        assert_int_equal(status(&world.root), EMSGSIZE);
        asks_for(&world.root, "says too much", &object[type].good, method, .refused = EMSGSIZE,
                 .request.words.count = TOO_MANY);
        if (object[type].weak && asks_too_much(object[type].weak, method) == EPERM)
            asks_for(&world.root, "has not the right", &object[type].weak, method, .refused = EPERM,
                     .request.words.count = TOO_MANY);
    }
}

/* In place of a capability of the type that it wants; CAP_NULL: of one of any type. */
static void wants(uint32_t method, const cap_t *instead)
{
    unsigned type = method >> 16;

    assert_int_equal(asks_too_much(object[type].good, method), EMSGSIZE);
    asks_for(&world.root, "gives what is none", &object[type].good, method, .refused = EINVAL,
             .cap = instead, .request.words.count = (unsigned)word(&world.root, 1));
}

static void wanting(void)
{
    static const uint32_t any[] = {CSPACE_LABEL_DERIVE, CSPACE_LABEL_DELETE, CSPACE_LABEL_REVOKE,
                                   CSPACE_LABEL_INSERT, CSPACE_LABEL_COMPARE};
    static const uint32_t one_type[] = {
        CSPACE_LABEL_MINT,
        CSPACE_LABEL_GROW,
        VSPACE_LABEL_GIVE,
        VSPACE_LABEL_MAP,
        VSPACE_LABEL_UNMAP,
        VSPACE_LABEL_PROTECT,
        VSPACE_LABEL_LOCATE,
        THREAD_LABEL_CONFIGURE,
        THREAD_LABEL_SET_HANDLER,
        THREAD_LABEL_BIND_NOTIFICATION,
        THREAD_LABEL_BIND_ENDPOINT,
        THREAD_LABEL_UNBIND_ENDPOINT,
        THREAD_LABEL_WATCH,
        THREAD_LABEL_FOLLOW,
        SCHEDCONTEXT_LABEL_BIND,
        SCHEDCONTEXT_LABEL_BIND_SOURCE,
        CHANNEL_LABEL_ATTACH,
        CHANNEL_LABEL_NOTIFY_FILLED,
        CHANNEL_LABEL_NOTIFY_ROOM,
        SCHEDCONTEXT_LABEL_CONFIGURE,
        IRQ_LABEL_BIND,
        WAITSET_LABEL_ADD,
        WAITSET_LABEL_REMOVE,
    };

    for (unsigned i = 0; i < sizeof(any) / sizeof(any[0]); i++)
        wants(any[i], NULL);
    for (unsigned i = 0; i < sizeof(one_type) / sizeof(one_type[0]); i++)
        wants(one_type[i], &world.trace);
}

static void make_objects(void)
{
    bell = notification("bell");
    has(OBJECT_UNTYPED, make(OBJECT_UNTYPED, PAGE_SIZE_BITS, ""));
    has(OBJECT_CSPACE, world.root.cspace);
    has(OBJECT_VSPACE, world.vspace);
    has(OBJECT_FRAME, make(OBJECT_FRAME, PAGE_SIZE_BITS, ""));
    has(OBJECT_THREAD, a.cap);
    has(OBJECT_SCHEDCONTEXT, a.time);
    has(OBJECT_CPU, world.cpu);
    has(OBJECT_NOTIFICATION, bell);
    has(OBJECT_CHANNEL, make(OBJECT_CHANNEL, CHANNEL_SIZE(1, 7, 0), "channel"));
    has(OBJECT_WAITSET, make(OBJECT_WAITSET, 1, "set"));
    must_ask(world.vspace, VSPACE_LABEL_GRANT,
             WORDS(PAGE_BYTES, 1, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE), NO_CAPS);
    has(OBJECT_MEMORYGRANT, got(&world.root, 0));
    must_ask(world.irqcontrol, IRQCONTROL_LABEL_ISSUE, WORDS(4, 2), NO_CAPS);
    has(OBJECT_IRQ, got(&world.root, 0));
    has(OBJECT_IRQCONTROL, world.irqcontrol);
    has(OBJECT_IOPORT, world.ioport);
    has(OBJECT_TRACE, world.trace);
}

/* That there is more than one state: the thread, the channel and the set change. */
static void changing_steps(void)
{
    takes_part(&a);
    does(&a, "calls", OP_CALL, &a_ep, .lasts = MS);
    does(&a, "waits for the bell", OP_RECV, &a_bell);
    asks_for(&world.root, "suspends A", &a.cap, THREAD_LABEL_SUSPEND);
    asks_for(&world.root, "resumes A", &a.cap, THREAD_LABEL_RESUME);
    asks_for(&world.root, "attaches the channel", &object[OBJECT_CHANNEL].good,
             CHANNEL_LABEL_ATTACH, .cap = &ep);
    asks_for(&world.root, "adds the bell", &object[OBJECT_WAITSET].good, WAITSET_LABEL_ADD,
             .cap = &bell)
        ->request.words = WORDS(1);
    timer_steps();
    takes_part(&world.root);
}

static void make_misused(void)
{
    a = stranger("A", ACTIVE, 20);
    ep = call_only("ep");
    a_ep = gives(&a, ep, CAP_RIGHTS_CALL);
    make_objects();
    a_bell = gives(&a, bell, CAP_RIGHTS_RECV);
    for (unsigned type = 0; type < OBJECT_TYPES; type++)
        if (object[type].good)
            misuse(type);
    wanting();
    changing_steps();
}

const struct small_world world_misused = {
    "misused",
    "WORLD-13: what has a wrong form is refused, by each method, and changes nothing",
    make_misused,
    0,
    false,
    16,
    8};
