/*
 * abi.h - what kernel and programs agree on: the message, the system calls, the UTCB.
 *
 * The register table is docs/abi.md; the meaning of each operation is docs/ipc.md.
 */
#pragma once

#include <stdint.h>

typedef uint64_t word_t;

/*
 * A capability handle: slot index (low 24 bits) and the slot's generation (high 40 bits).
 * 0 is never a handle. A reply token looks the same, with the reserved index 0xffffff.
 */
typedef uint64_t cap_t;

#define CAP_NULL            ((cap_t)0)
#define CAP_INDEX_BITS      24
#define CAP_INDEX_MASK      ((1ull << CAP_INDEX_BITS) - 1)
#define CAP_TOKEN_INDEX     CAP_INDEX_MASK
#define CAP_GENERATION_LAST ((1ull << 40) - 1)

/* ---- the tag: label (high half), operation, flags and counts (low half) ---- */

#define MESSAGE_REGISTER_WORDS 7   /* words that travel in registers, always all of them */
#define MESSAGE_WORDS_MAX      128 /* words 7..127 lie in the UTCB: 1 KiB in all */
#define MESSAGE_CAPS_MAX       4
#define MESSAGE_LEASES_MAX     4

#define TAG_WORDS_SHIFT  0          /* bits 0-7: number of words, 0..128 */
#define TAG_CAPS_SHIFT   8          /* bits 8-10: capabilities sent, 0..4 */
#define TAG_LEASES_SHIFT 11         /* bits 11-13: leases, 0..4 */
#define TAG_ACCEPT_SHIFT 14         /* bits 14-16: capabilities this side will take, 4: all */
#define TAG_DEADLINE     (1u << 17) /* the deadline register counts; without it: forever */
#define TAG_BUFFER       (1u << 18) /* the UTCB's buffer item takes part */
#define TAG_WANT_REPLY   (1u << 19) /* receive: a Reply capability instead of a token */
#define TAG_CLOSED       (1u << 20) /* receive: only from utcb->closed_badge */

/* Origin bits: only the kernel sets them; a sent tag that has one is EINVAL. */
#define TAG_ORIGIN_CHANNEL      (1u << 21)
#define TAG_ORIGIN_NOTIFICATION (1u << 22) /* no message: only utcb bits in `notified` */
#define TAG_ORIGIN_FAULT        (1u << 23)
#define TAG_ORIGIN_MASK         (TAG_ORIGIN_CHANNEL | TAG_ORIGIN_NOTIFICATION | TAG_ORIGIN_FAULT)

#define TAG_OPERATION_SHIFT 24         /* bits 24-30 */
#define TAG_MYELIN          (1u << 31) /* set in every Myelin call; clear: a foreign system call */
#define TAG_LABEL_SHIFT     32

/* The six system calls. In a received tag the operation is the sender's: CALL or SEND. */
enum operation {
    OP_SEND = 1,
    OP_RECV = 2,
    OP_CALL = 3,
    OP_REPLY = 4,
    OP_REPLY_RECV = 5,
    OP_NOTIFY = 6,
};

#define TAG_OP(operation) (TAG_MYELIN | (uint32_t)(operation) << TAG_OPERATION_SHIFT)
#define TAG(operation, label, words) \
    ((uint64_t)(label) << TAG_LABEL_SHIFT | TAG_OP(operation) | (uint64_t)(words))

/* A label: whose interface, and which method of it. The interface language gives them (idl/). */
#define LABEL(interface, method) ((uint32_t)(interface) << 16 | (method))

static inline uint32_t label_interface(uint32_t label)
{
    return label >> 16;
}

static inline uint32_t tag_label(uint64_t tag)
{
    return (uint32_t)(tag >> TAG_LABEL_SHIFT);
}

static inline unsigned tag_words(uint64_t tag)
{
    return (unsigned)(tag & 0xff);
}

static inline unsigned tag_caps(uint64_t tag)
{
    return (unsigned)(tag >> TAG_CAPS_SHIFT & 7);
}

static inline unsigned tag_leases(uint64_t tag)
{
    return (unsigned)(tag >> TAG_LEASES_SHIFT & 7);
}

static inline unsigned tag_accept(uint64_t tag)
{
    return (unsigned)(tag >> TAG_ACCEPT_SHIFT & 7);
}

static inline unsigned tag_operation(uint64_t tag)
{
    return (unsigned)(tag >> TAG_OPERATION_SHIFT & 0x7f);
}

/*
 * What an error is about, as word 0 of an error from the kernel says it, and word 0 of a server's
 * (docs/abi.md).
 */
#define ARGUMENT_HANDLE   0x0
#define ARGUMENT_WORD(n)  ((uint64_t)(n) + 1) /* word n of the message, from 0: up to 0x80 */
#define ARGUMENT_TAG      0xf0                /* so many words, capabilities, leases; the label */
#define ARGUMENT_TOKEN    0xf1
#define ARGUMENT_DEADLINE 0xf2
#define ARGUMENT_EXPECTED 0xf3 /* the endpoint that a closed receive expects */
#define ARGUMENT_BUFFER   0xf4 /* the own buffer, beside the message */
#define ARGUMENT_CAP(n)   (0x100 + (uint64_t)(n))
#define ARGUMENT_LEASE(n) (0x180 + (uint64_t)(n))
#define ARGUMENT_PARTNER  0x200 /* the fault is on the partner's side */

_Static_assert(ARGUMENT_WORD(MESSAGE_WORDS_MAX - 1) < ARGUMENT_TAG, "each is told from the others");

/* Deadlines: absolute nanoseconds of the monotonic clock. */
#define DEADLINE_NOW     ((uint64_t)0)
#define DEADLINE_FOREVER UINT64_MAX

/* ---- the UTCB: what does not fit into registers ---- */

/*
 * How a capability travels. Sent: `cap` is the sender's handle, `how` one of CAP_COPY,
 * CAP_MOVE, or CAP_DERIVE with the rights to keep. Received: `cap` is the new handle in
 * the receiver's space, `how` its type (high half) and rights (low half).
 */
struct cap_item {
    cap_t cap;
    uint64_t how;
};

#define CAP_COPY   ((uint64_t)0)
#define CAP_MOVE   ((uint64_t)1 << 32)
#define CAP_DERIVE ((uint64_t)2 << 32) /* | rights to keep */

/*
 * A buffer lent with a call, for reading, writing or both, until the call is answered. Sent, of
 * one's own memory: `base` is its address, `via` 0. Sent, of a lease that one holds, to lend it on:
 * `via` is the open token or the Reply through which it is held, `base` the offset in that lease,
 * and the lease's number goes into the high half of `rights` (LEASE_OF). It ends with whichever of
 * the two calls ends first. Received: length and rights, base and via 0.
 */
struct lease_item {
    uint64_t base;
    uint64_t length;
    uint64_t rights;
    uint64_t via;
};

#define LEASE_NUMBER_SHIFT 32
#define LEASE_OF(number)   ((uint64_t)(number) << LEASE_NUMBER_SHIFT) /* | rights */
/* Calls that one lease reaches through at most, from the last server to the memory's owner. */
#define LEASE_CALLS_MAX    8

/*
 * One per thread, 2 KiB, 2 KiB-aligned, inside a Frame mapped into the thread's VSpace.
 * The thread finds it through GS: gs:0 is word 0. The kernel reads each word at most
 * once per operation. Everything from `self` on is written when the thread is configured
 * and never read by the kernel again.
 */
struct utcb {
    uint64_t words[MESSAGE_WORDS_MAX]; /* 7..127 travel; 0..6 are the program's scratch */
    struct cap_item caps[MESSAGE_CAPS_MAX];
    struct lease_item leases[MESSAGE_LEASES_MAX];
    uint64_t buffer_base;
    uint64_t buffer_length;
    uint64_t closed_badge;    /* the badge that a closed receive takes */
    uint64_t closed_key;      /* of a WaitSet: the key, too */
    uint64_t closed_endpoint; /* a handle: its bound thread should send that; 0: not said */
    uint64_t source_key;      /* received from a WaitSet: the key of the source */
    uint64_t foreign_ip;      /* where a bounced foreign system call came from */

    uint64_t self;       /* the UTCB's own address in its VSpace */
    uint64_t clock_base; /* now = (rdtsc - clock_base) * clock_multiplier >> 32, in ns */
    uint64_t clock_multiplier;
    uint64_t foreign_stack; /* top of the stack that the foreign entry uses */
    uint64_t library[93];   /* the C library layer's own; the kernel never touches it */
};

#define UTCB_SIZE 2048
_Static_assert(sizeof(struct utcb) == UTCB_SIZE, "the UTCB is 2 KiB");
#define UTCB_OFFSET_SELF          1272
#define UTCB_OFFSET_FOREIGN_IP    1264
#define UTCB_OFFSET_FOREIGN_STACK 1296
_Static_assert(__builtin_offsetof(struct utcb, self) == UTCB_OFFSET_SELF, "assembly uses it");
_Static_assert(__builtin_offsetof(struct utcb, foreign_ip) == UTCB_OFFSET_FOREIGN_IP, "");
_Static_assert(__builtin_offsetof(struct utcb, foreign_stack) == UTCB_OFFSET_FOREIGN_STACK, "");

#define OBJECT_NAME_BYTES    16
#define PAGE_SIZE_BITS       12
#define LARGE_PAGE_SIZE_BITS 21
/* User addresses end here: the last page of the lower half is never mapped (SYSRET). */
#define USER_ADDRESS_END     0x00007ffffffff000ull
