/*
 * fuzz.c - the host around a fuzz driver: makes messages of arbitrary bytes, has them served one
 * after the other, and looks at each answer.
 *
 * Without a server the driver's weak handlers answer; a server's own take their place, and then
 * what it keeps from one message to the next is tried, too. Built with -fsanitize=fuzzer; the bytes
 * are the fuzzer's.
 */
#include <fuzz.h>

#include <stdio.h>
#include <stdlib.h>

#include <myelin/idl/connection_types.h>

#define FUZZ_HEADER    10 /* bytes that say what a message is like */
#define MESSAGES_MOST  64 /* of one input */
#define CAP_TYPES      19
#define METHOD_UNKNOWN 0x1234

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const uint8_t *rest; /* of the input */
static size_t rest_length;
static uint8_t outcome;

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

uint8_t fuzz_byte(void)
{
    static uint8_t byte;

    if (!rest_length)
        return byte += 47;
    rest_length--;
    return byte = *rest++;
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

/* ---- without a server ---- */

__attribute__((weak)) void fuzz_begin(void)
{
}
__attribute__((weak)) void fuzz_end(void)
{
}

__attribute__((weak)) void fuzz_serve(struct message *message)
{
    idl_dispatch(fuzz_interface, message);
}

/* ---- a message ---- */

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
        message->label =
            header[1] & 0x80 ? CONNECTION_LABEL_CONNECT : fuzz_interface->id << 16 | METHOD_UNKNOWN;
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

static void fill(struct message *message, const uint8_t *header, size_t length)
{
    for (size_t i = 0; i < length; i++)
        ((uint8_t *)message->words)[i] = fuzz_byte();
    for (unsigned i = 0; i < message->cap_count; i++)
        message->caps[i] = (struct message_cap){
            FUZZ_CAP, (uint64_t)((header[2] + i) % CAP_TYPES) << 32 | (header[1] * 8u)};
    for (unsigned i = 0; i < MESSAGE_LEASES_MAX; i++)
        message->leases[i] = (struct message_lease){
            .length = header[8] & 0x80 ? header[8] * 64u : header[8], .rights = 3};
    if (!message->word_count)
        message->word_count = (uint32_t)((length + 7) / 8);
}

static void check_caps(const struct message *message)
{
    fuzz_expect(message->cap_count <= message->sender_accept);
    for (unsigned i = 0; i < message->cap_count; i++) {
        fuzz_expect(fuzz_holds(message->caps[i].cap));
        if (message->caps[i].how == CAP_MOVE)
            fuzz_let_go(message->caps[i].cap);
    }
}

/* `came` is the message as it was: after an error nothing of it is kept. */
static void check_answer(const struct message *message, const struct message *came)
{
    fuzz_expect(message->word_count <= MESSAGE_WORDS_MAX);
    fuzz_expect(message->cap_count <= MESSAGE_CAPS_MAX);
    if (!message->reply || message->origin == ORIGIN_NONE) /* nothing is answered */
        return;
    fuzz_expect(!fuzz_token_is_taken());
    fuzz_expect(strcmp(error_name((error_t)message->label), "E?") != 0);
    if (!message->label) {
        check_caps(message);
        return;
    }
    fuzz_expect(message->word_count <= 1 && message->cap_count == 0);
    for (unsigned i = 0; i < came->cap_count; i++)
        fuzz_expect(!fuzz_holds(came->caps[i].cap));
}

/* Whose message it is: a client's that has connected, or has a file open, or anybody's. */
static uint64_t badge_of(uint8_t byte)
{
    return byte & 0x40 ? fuzz_badge(byte) : byte & 0x3f;
}

static void serve_one(void)
{
    struct message came, *message = calloc(1, sizeof(*message)); /* a step over its end is seen */
    uint8_t header[FUZZ_HEADER];
    size_t length;

    if (!message)
        return;
    for (unsigned i = 0; i < FUZZ_HEADER; i++)
        header[i] = fuzz_byte();
    length = header[5] & 0x40 ? header[9] * 8u : header[9] / 2;
    choose_method(message, header);
    fill(message, header, length < sizeof(message->words) ? length : sizeof(message->words));
    message->reply = message->origin == ORIGIN_CALL ? CAP_TOKEN_INDEX : CAP_NULL;
    message->badge = badge_of(header[6]);
    outcome = header[7];
    came = *message;
    fuzz_kernel_serves(&came, header[7] & 0x80 ? header[7] : 0);
    fuzz_serve(message);
    check_answer(message, &came);
    free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    rest = bytes;
    rest_length = size;
    fuzz_kernel_begin();
    fuzz_begin();
    for (unsigned i = 0; i < MESSAGES_MOST && rest_length > FUZZ_HEADER; i++)
        serve_one();
    fuzz_end();
    return 0;
}
