/*
 * random_buffer.c - the buffers of the people of test_random.c: each has a page or two to send
 * from, filled with his letter, and as much to receive into; now and then a page of his is not
 * there.
 */
#include <myelin/idl/vspace_types.h>
#include <string.h>

#include "random.h"

#define BUFFER_PAGES 2
#define BUFFER_BYTES (BUFFER_PAGES * PAGE_BYTES)

static cap_t buffer_frames[PEOPLE][2 * BUFFER_PAGES];
static uint64_t buffer_at[PEOPLE];

static unsigned char *buffer_byte(unsigned i, uint64_t offset)
{
    return user_memory(object_of(world.vspace), buffer_at[i] + offset);
}

void makes_buffers(void)
{
    uint64_t address;

    for (unsigned i = 0; i < PEOPLE; i++)
        for (unsigned page = 0; page < 2 * BUFFER_PAGES; page++) {
            buffer_frames[i][page] = mapped_frame(&address);
            if (page == 0)
                buffer_at[i] = address;
            memset(buffer_byte(i, page * PAGE_BYTES), (int)('a' + i), PAGE_BYTES);
        }
}

void chooses_buffer(unsigned i, const struct thread *thread, bool send)
{
    uint64_t offset = any(BUFFER_BYTES);

    thread->utcb->buffer_base = buffer_at[i] + offset + (send ? 0 : BUFFER_BYTES);
    thread->utcb->buffer_length = 1 + any((unsigned)(BUFFER_BYTES - offset));
}

void moves_a_page(void)
{
    unsigned i = any(PEOPLE), page = any(2 * BUFFER_PAGES);
    cap_t frame = buffer_frames[i][page];

    if (!buffer_byte(i, page * PAGE_BYTES))
        must_ask(world.vspace, VSPACE_LABEL_MAP,
                 WORDS(buffer_at[i] + page * PAGE_BYTES, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE),
                 CAPS(frame));
    else if (one_in(6))
        must_ask(world.vspace, VSPACE_LABEL_UNMAP, NO_WORDS, CAPS(frame));
}

void check_buffer(unsigned i, const struct thread *thread)
{
    const struct utcb *utcb = thread->utcb;
    uint64_t offset = utcb->buffer_base - buffer_at[i];
    int letter = -1;

    for (uint64_t n = offset; n < offset + utcb->buffer_length; n++) {
        const unsigned char *byte = buffer_byte(i, n);

        if (byte && letter < 0)
            letter = *byte;
        assert_true(!byte || *byte == letter);
    }
}
