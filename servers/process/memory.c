/*
 * memory.c - blocks of Untyped by the buddy system, and the blocks that a process holds.
 */
#include "memory.h"

#include <stdbool.h>

#include <myelin/cap.h>
#include <myelin/objects.h>
#include <myelin/untyped.h>

#define FIRST_BITS      20 /* of what a process takes first: enough for a small one */
#define GROWTH_BITS_MAX 22
#define SLOT_BYTES      64ull

enum block_state {
    BLOCK_UNUSED, /* the record is free, there is no such block */
    BLOCK_FREE,
    BLOCK_SPLIT,
    BLOCK_HELD,
};

struct block {
    cap_t untyped;
    uint16_t parent;  /* 0: it was given to this server whole */
    uint16_t half[2]; /* BLOCK_SPLIT */
    uint16_t next;    /* in its free list, or its holder's; unused: of the unused */
    uint8_t size_bits;
    uint8_t state;
};

static struct block blocks[BLOCKS_MAX]; /* [0] stands for none */
static uint16_t unused_first;
static unsigned touched = 1; /* records from here on were never used */
static uint16_t free_first[BLOCK_BITS_MAX + 1];
static uint64_t total_bytes;
static uint64_t free_bytes;
static uint64_t slots_taken; /* by blocks */

static uint64_t block_bytes(const struct block *block)
{
    return 1ull << block->size_bits;
}

static unsigned record_take(void)
{
    unsigned index = unused_first;

    if (index)
        unused_first = blocks[index].next;
    else if (touched < BLOCKS_MAX)
        index = touched++;
    return index;
}

static void record_give(unsigned index)
{
    blocks[index] = (struct block){.next = unused_first};
    unused_first = (uint16_t)index;
}

static void free_list_push(unsigned index)
{
    struct block *block = &blocks[index];

    block->state = BLOCK_FREE;
    block->next = free_first[block->size_bits];
    free_first[block->size_bits] = (uint16_t)index;
}

static void free_list_remove(unsigned index)
{
    uint16_t *link = &free_first[blocks[index].size_bits];

    while (*link != index)
        link = &blocks[*link].next;
    *link = blocks[index].next;
}

error_t memory_add(cap_t untyped, unsigned size_bits)
{
    unsigned index;

    if (size_bits < BLOCK_BITS_MIN || size_bits > BLOCK_BITS_MAX)
        return ENOSPC;
    index = record_take();
    if (!index)
        return ENOSPC;
    blocks[index] = (struct block){.untyped = untyped, .size_bits = (uint8_t)size_bits};
    free_list_push(index);
    slots_taken++;
    total_bytes += block_bytes(&blocks[index]);
    free_bytes += block_bytes(&blocks[index]);
    return SUCCESS;
}

uint64_t memory_total(void)
{
    return total_bytes;
}

uint64_t memory_free(void)
{
    return free_bytes;
}

uint64_t memory_slots(void)
{
    return slots_taken;
}

/* Makes one half of a block; 0 if there is no record or no capability slot for it. */
static unsigned make_half(unsigned parent)
{
    unsigned index = record_take();
    unsigned bits = blocks[parent].size_bits - 1u;
    cap_t untyped;

    if (!index)
        return 0;
    if (untyped_retype(blocks[parent].untyped, OBJECT_UNTYPED, bits, "block", 0, &untyped)) {
        record_give(index);
        return 0;
    }
    blocks[index] =
        (struct block){.untyped = untyped, .parent = (uint16_t)parent, .size_bits = (uint8_t)bits};
    slots_taken++;
    return index;
}

static void drop_half(unsigned index)
{
    cap_delete(blocks[index].untyped);
    slots_taken--;
    record_give(index);
}

/* Splits a block that is in no list; its halves are in none either. */
static bool split(unsigned index)
{
    unsigned low = make_half(index);
    unsigned high = low ? make_half(index) : 0;

    if (!high) {
        if (low)
            drop_half(low);
        return false;
    }
    blocks[index].state = BLOCK_SPLIT;
    blocks[index].half[0] = (uint16_t)low;
    blocks[index].half[1] = (uint16_t)high;
    return true;
}

/* Puts a block of which nothing is made into the free list, joined with its free neighbours. */
static void join_and_push(unsigned index)
{
    while (blocks[index].parent) {
        unsigned parent = blocks[index].parent;
        unsigned low = blocks[parent].half[0], high = blocks[parent].half[1];
        unsigned neighbour = low == index ? high : low;

        if (blocks[neighbour].state != BLOCK_FREE)
            break;
        free_list_remove(neighbour);
        drop_half(low);
        drop_half(high);
        index = parent;
    }
    free_list_push(index);
}

/* A block of that size in no list, or 0. */
static unsigned block_take(unsigned size_bits)
{
    unsigned bits = size_bits;
    unsigned index;

    while (bits <= BLOCK_BITS_MAX && !free_first[bits])
        bits++;
    if (bits > BLOCK_BITS_MAX)
        return 0;
    index = free_first[bits];
    free_list_remove(index);
    for (; bits > size_bits; bits--) {
        blocks[index].state = BLOCK_HELD;
        if (!split(index)) {
            join_and_push(index);
            return 0;
        }
        free_list_push(blocks[index].half[1]);
        index = blocks[index].half[0];
    }
    blocks[index].state = BLOCK_HELD;
    free_bytes -= block_bytes(&blocks[index]);
    return index;
}

static void block_give(unsigned index)
{
    cap_revoke(blocks[index].untyped);
    free_bytes += block_bytes(&blocks[index]);
    join_and_push(index);
}

/* log2 of a block in which such an object surely fits. */
static unsigned block_bits_for(unsigned type, uint64_t size)
{
    unsigned bits = BLOCK_BITS_MIN;

    if (type == OBJECT_UNTYPED || type == OBJECT_FRAME)
        bits = (unsigned)size + 1;
    else if (type == OBJECT_CSPACE)
        bits = (unsigned)size + 8; /* 64 bytes a slot, and the space's own tables */
    return bits > BLOCK_BITS_MIN ? bits : BLOCK_BITS_MIN;
}

/* The larger a holding, the larger its next block, so that the number of blocks stays small. */
static unsigned growth_bits(const struct holding *holding)
{
    unsigned bits = holding->first ? BLOCK_BITS_MIN : FIRST_BITS;

    while (bits < GROWTH_BITS_MAX && 2ull << bits < holding->bytes)
        bits++;
    return bits;
}

static error_t grow(struct holding *holding, unsigned least_bits)
{
    unsigned bits = growth_bits(holding);
    unsigned index = 0;

    if (bits < least_bits)
        bits = least_bits;
    for (; bits >= least_bits && !index; bits--) {
        if (holding->bytes + (1ull << bits) <= total_bytes / 2)
            index = block_take(bits);
    }
    if (!index)
        return ENOMEM;
    blocks[index].next = (uint16_t)holding->first;
    holding->first = index;
    holding->bytes += block_bytes(&blocks[index]);
    return SUCCESS;
}

static error_t retype_in(const struct holding *holding, unsigned type, uint64_t size,
                         const char *name, cap_t *object)
{
    if (!holding->first)
        return ENOMEM;
    return untyped_retype(blocks[holding->first].untyped, type, size, name, 0, object);
}

/* Whatever fails, also for want of a slot of this server's own, is memory to those who ask. */
error_t holding_retype(struct holding *holding, unsigned type, uint64_t size, const char *name,
                       cap_t *object)
{
    error_t error = retype_in(holding, type, size, name, object);

    if (error == ENOMEM || error == ERANGE) { /* ERANGE: a larger Untyped than the block */
        error = grow(holding, block_bits_for(type, size));
        if (!error)
            error = retype_in(holding, type, size, name, object);
    }
    return error ? ENOMEM : SUCCESS;
}

void holding_release(struct holding *holding)
{
    while (holding->first) {
        unsigned index = holding->first;

        holding->first = blocks[index].next;
        block_give(index);
    }
    holding->bytes = 0;
}

error_t slots_ensure(uint64_t free)
{
    uint64_t slots, used, bytes;
    unsigned index;
    error_t error = cspace_statistics(cspace_self(), &slots, &used);

    if (error || slots - used >= free)
        return error;
    bytes = slots * SLOT_BYTES;
    index = block_take((unsigned)__builtin_ctzll(bytes));
    if (!index)
        return ENOMEM;
    if (cspace_grow(cspace_self(), blocks[index].untyped)) {
        block_give(index);
        return ENOMEM;
    }
    slots_taken--; /* it is used up */
    return SUCCESS;
}
