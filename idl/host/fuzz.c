/*
 * fuzz.c - the host around a generated fuzz driver: makes a message of arbitrary bytes, has it
 * dispatched, and looks at the answer.
 *
 * There is no kernel: a dispatcher enters it only to delete capabilities, which are counted.
 * Built with -fsanitize=fuzzer; the bytes are the fuzzer's.
 */
#include <fuzz.h>

#include <stdio.h>
#include <stdlib.h>

#include <myelin/cap.h>
#include <myelin/service.h>

#define FUZZ_HEADER    8 /* bytes that say what the message is like */
#define CAP_TYPES      19
#define METHOD_UNKNOWN 0x1234

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct utcb utcb;
static unsigned came, deleted;
static uint8_t outcome;

struct utcb *utcb_self(void)
{
    return &utcb;
}

void ipc_enter(struct ipc_registers *r)
{
    r->tag = 0;
    r->deadline = ESTALE;
}

error_t cap_delete(cap_t cap)
{
    (void)cap;
    deleted++;
    return SUCCESS;
}

void service_answer_connect(cap_t endpoint, uint64_t badge, struct message *message)
{
    (void)endpoint;
    (void)badge;
    idl_reject(message, ENOSPC, 0);
}

void fuzz_expectation(bool holds, const char *condition)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz: this does not hold: %s\n", condition);
    abort();
}

void fuzz_read(const void *bytes, size_t length)
{
    const volatile uint8_t *at = bytes;

    for (size_t i = 0; i < length; i++)
        (void)at[i];
}

error_t fuzz_outcome(struct idl_request *request)
{
    request->argument = outcome;
    switch (outcome & 7) {
    case 6:
        return IDL_LATER;
    case 7:
        return ENOENT;
    default:
        return SUCCESS;
    }
}

/* Mostly a label that the interface has; the tag's counts are mostly those of the method. */
static void choose_method(struct message *message, const uint8_t *header)
{
    unsigned index = header[0] % (fuzz_interface->method_count + 1);
    const struct idl_method *method = &fuzz_interface->methods[index];

    message->origin = header[1] & 1 ? ORIGIN_CALL : header[1] / 2 % (ORIGIN_CHANNEL + 1);
    message->sender_accept = header[2] & 1 ? MESSAGE_CAPS_MAX : header[2] % MESSAGE_CAPS_MAX;
    message->cap_count = header[3] % (MESSAGE_CAPS_MAX + 1);
    message->lease_count = header[4] % (MESSAGE_LEASES_MAX + 1);
    if (index == fuzz_interface->method_count) {
        message->label = fuzz_interface->id << 16 | METHOD_UNKNOWN;
        return;
    }
    message->label = method->label;
    if (header[3] & 0x80)
        message->cap_count = method->most_caps;
    if (header[4] & 0x80)
        message->lease_count = method->leases;
    if (header[5] & 0x80)
        message->word_count = method->least_words;
}

static void fill(struct message *message, const uint8_t *bytes, size_t size)
{
    size_t length = size < sizeof(message->words) ? size : sizeof(message->words);

    memcpy(message->words, bytes, length);
    for (unsigned i = 0; i < MESSAGE_CAPS_MAX; i++)
        message->caps[i] = (struct message_cap){
            FUZZ_CAP + i, (uint64_t)(size ? bytes[i % size] % CAP_TYPES : 0) << 32 |
                              (size > 1 ? bytes[1] * 8u : CAP_RIGHTS_ALL)};
    for (unsigned i = 0; i < MESSAGE_LEASES_MAX; i++)
        message->leases[i] = (struct message_lease){.length = size * 64, .rights = 3};
    if (!message->word_count)
        message->word_count = (uint32_t)((length + 7) / 8);
}

static void check_answer(const struct message *message)
{
    fuzz_expect(message->word_count <= MESSAGE_WORDS_MAX);
    fuzz_expect(message->cap_count <= MESSAGE_CAPS_MAX);
    if (!message->reply || message->origin == ORIGIN_NONE) /* nothing is answered */
        return;
    fuzz_expect(message->cap_count <= message->sender_accept);
    fuzz_expect(strcmp(error_name((error_t)message->label), "E?") != 0);
    if (message->label) {
        fuzz_expect(message->word_count == 1 && message->cap_count == 0);
        fuzz_expect(deleted == came);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    /* On the heap: a step over its end is seen. */
    struct message *message = calloc(1, sizeof(*message));

    if (!message || size < FUZZ_HEADER) {
        free(message);
        return 0;
    }
    choose_method(message, bytes);
    fill(message, bytes + FUZZ_HEADER, size - FUZZ_HEADER);
    message->reply = CAP_TOKEN_INDEX;
    message->badge = bytes[6];
    outcome = bytes[7];
    came = message->cap_count;
    deleted = 0;
    idl_dispatch(fuzz_interface, message);
    check_answer(message);
    free(message);
    return 0;
}
