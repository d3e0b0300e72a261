/*
 * vectors.c - a thread's x87 and vector registers, as an image that its debugger sees. "Vector
 * state, x87 included, is kept over a system call."; the machine is one that has x87 and SSE alone.
 */

#include <string.h>

#include "model.h"

#define CONTROL_WORD_AT 0
#define MXCSR_AT        24
#define MXCSR_BITS      0xffffu
#define HEADER_AT       512 /* which parts there are: a bit each; the rest of it is 0 */
#define PARTS           3u

static struct model_thread *target(const struct call *call)
{
    return &object_at(cap_of(call->target)->object)->thread;
}

/* "A thread begins with its x87 and vector registers as after FNINIT, every exception masked." */
void vector_begins(int thread)
{
    uint8_t *image = object_at(thread)->thread.vector;
    const uint16_t control_word = 0x37f;
    const uint32_t mxcsr = 0x1f80;

    memset(image, 0, VECTOR_BYTES);
    memcpy(image + CONTROL_WORD_AT, &control_word, sizeof(control_word));
    memcpy(image + MXCSR_AT, &mxcsr, sizeof(mxcsr));
}

/* "no such part": whole words, inside of the image, not too many */
static struct answer check_part(uint64_t offset, uint64_t length)
{
    if (offset % 8 || offset > VECTOR_BYTES)
        return refuse(ERANGE, ARGUMENT_WORD(0), VECTOR_BYTES, offset);
    if (length % 8 || length > THREAD_VECTOR_CHUNK || length > VECTOR_BYTES - offset)
        return refuse(ERANGE, ARGUMENT_WORD(1), THREAD_VECTOR_CHUNK, length);
    return DONE;
}

struct answer read_vector(struct call *call)
{
    struct answer answer = check_quiet(cap_of(call->target)->object);

    if (!answer.error)
        answer = check_part(call->word[0], call->word[1]);
    if (answer.error)
        return answer;
    call->out[0] = call->word[1];
    memcpy(&call->out[1], target(call)->vector + call->word[0], call->word[1]);
    call->out_words = 1 + (unsigned)call->word[1] / 8;
    return DONE;
}

/* "the processor would not load this image" */
static bool can_be_loaded(const uint8_t *image)
{
    uint32_t mxcsr;
    uint64_t header[8], rest = 0;

    memcpy(&mxcsr, image + MXCSR_AT, sizeof(mxcsr));
    memcpy(header, image + HEADER_AT, sizeof(header));
    for (int i = 1; i < 8; i++)
        rest |= header[i];
    return !(mxcsr & ~MXCSR_BITS) && !(header[0] & ~(uint64_t)PARTS) && !rest;
}

struct answer write_vector(struct call *call)
{
    uint8_t image[VECTOR_BYTES];
    uint64_t length = call->word[1];
    struct answer answer = check_bytes(call, 1, THREAD_VECTOR_CHUNK);

    if (!answer.error)
        answer = check_quiet(cap_of(call->target)->object);
    if (!answer.error)
        answer = check_part(call->word[0], length);
    if (answer.error)
        return answer;
    memcpy(image, target(call)->vector, VECTOR_BYTES);
    memcpy(image + call->word[0], &call->word[2], length);
    if (!can_be_loaded(image))
        return refuse(EINVAL, ARGUMENT_WORD(2), 0, call->word[0]);
    memcpy(target(call)->vector, image, VECTOR_BYTES);
    return DONE;
}
