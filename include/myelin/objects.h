/*
 * objects.h - the types of kernel objects and the rights that a capability can carry.
 */
#pragma once

#include <stdint.h>

enum object_type {
    OBJECT_NONE = 0,
    OBJECT_UNTYPED = 1,
    OBJECT_CSPACE = 2,
    OBJECT_VSPACE = 3,
    OBJECT_FRAME = 4,
    OBJECT_THREAD = 5,
    OBJECT_SCHEDCONTEXT = 6,
    OBJECT_CPU = 7,
    OBJECT_ENDPOINT = 8,
    OBJECT_NOTIFICATION = 9,
    OBJECT_CHANNEL = 10,
    OBJECT_WAITSET = 11,
    OBJECT_REPLY = 12,
    OBJECT_MEMORYGRANT = 13,
    OBJECT_IRQ = 14,
    OBJECT_IRQCONTROL = 15,
    OBJECT_IOPORT = 16,
    OBJECT_TRACE = 17,
    OBJECT_IOSPACE = 18,
    OBJECT_TYPES
};

/* Rights only shrink. What each means by type is the table in docs/capabilities.md. */
#define CAP_RIGHTS_READ    0x0001 /* read memory or ports; inspect an object */
#define CAP_RIGHTS_WRITE   0x0002 /* write memory or ports; put capabilities into a CSpace; map */
#define CAP_RIGHTS_EXECUTE 0x0004 /* execute memory */
#define CAP_RIGHTS_SEND    0x0008 /* send on an endpoint; notify a notification */
#define CAP_RIGHTS_CALL    0x0010 /* call an endpoint */
#define CAP_RIGHTS_POST    0x0020 /* post to an endpoint's channel */
#define CAP_RIGHTS_RECV    0x0040 /* receive; mint */
#define CAP_RIGHTS_GRANT   0x0080 /* capabilities travel, both ways; MemoryGrants of a VSpace */
#define CAP_RIGHTS_DMA     0x0100 /* learn a Frame's physical address */
#define CAP_RIGHTS_MANAGE  0x0200 /* change an object: start, configure, bind, retype, grow */
#define CAP_RIGHTS_USE                                            \
    0x0400 /* a CSpace: derive, mint, delete, revoke one's own; a \
              Thread: exit, register a foreign entry */
#define CAP_RIGHTS_ALL 0x07ff

/*
 * What `size` says of a Channel that is to be made: how many messages it holds (1 to
 * CHANNEL_CAPACITY_MAX of channel.idl), how many words (7 to 128) and how many capabilities
 * (0 to 4) a message may have.
 */
#define CHANNEL_SIZE(capacity, words, caps) \
    ((uint64_t)(capacity) | (uint64_t)(words) << 32 | (uint64_t)(caps) << 40)

static inline uint64_t channel_size_capacity(uint64_t size)
{
    return size & 0xffffffff;
}

static inline uint64_t channel_size_words(uint64_t size)
{
    return size >> 32 & 0xff;
}

static inline uint64_t channel_size_caps(uint64_t size)
{
    return size >> 40 & 0xff;
}
