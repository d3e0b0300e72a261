/*
 * pack.c - putting words, names, bytes, capabilities and leases into a message.
 *
 * What does not fit makes the message too long for good: sending it answers EMSGSIZE.
 */
#include <string.h>

#include "internal.h"

#define PAGE_BYTES 4096

void message_begin(struct message *message, uint32_t label)
{
    message->label = label;
    message->word_count = 0;
    message->cap_count = 0;
    message->lease_count = 0;
    message->accept = 0;
}

/* Takes the next `count` words, or marks the message as too long. */
static word_t *take_words(struct message *message, size_t count)
{
    word_t *words = &message->words[message->word_count];

    if (message->word_count > MESSAGE_WORDS_MAX ||
        count > MESSAGE_WORDS_MAX - message->word_count) {
        message->word_count = MESSAGE_WORDS_MAX + 1;
        return NULL;
    }
    message->word_count += (uint32_t)count;
    return words;
}

void message_put(struct message *message, word_t word)
{
    word_t *place = take_words(message, 1);

    if (place)
        *place = word;
}

void message_put_bytes(struct message *message, const void *bytes, size_t length)
{
    size_t count = length / sizeof(word_t) + (length % sizeof(word_t) != 0);
    word_t *place = take_words(message, count);

    if (!place || !count)
        return;
    place[count - 1] = 0;
    memcpy(place, bytes, length);
}

void message_put_name(struct message *message, const char *name)
{
    char padded[OBJECT_NAME_BYTES] = {0};
    size_t length = name ? strlen(name) : 0;

    if (length > OBJECT_NAME_BYTES) {
        take_words(message, MESSAGE_WORDS_MAX + 1);
        return;
    }
    memcpy(padded, name, length);
    message_put_bytes(message, padded, sizeof(padded));
}

void message_put_cap(struct message *message, cap_t cap, uint64_t how)
{
    if (message->cap_count < MESSAGE_CAPS_MAX)
        message->caps[message->cap_count] = (struct message_cap){cap, how};
    message->cap_count++;
}

/* A page that is to be written is written to, with what it holds. */
static void touch(volatile char *byte, uint32_t rights)
{
    if (rights & CAP_RIGHTS_WRITE)
        __atomic_fetch_or(byte, 0, __ATOMIC_RELAXED);
    else
        __atomic_load_n(byte, __ATOMIC_RELAXED);
}

void library_touch(const void *buffer, size_t length, uint32_t rights)
{
    char *bytes = (char *)buffer;

    for (size_t at = 0; at < length; at += PAGE_BYTES - ((uint64_t)(bytes + at) % PAGE_BYTES))
        touch(bytes + at, rights);
}

void message_put_lease(struct message *message, void *base, size_t length, uint32_t rights)
{
    uint32_t n = message->lease_count++;

    if (n >= MESSAGE_LEASES_MAX)
        return; /* sending it answers EINVAL */
    library_touch(base, length, rights);
    message->leases[n] = (struct message_lease){.base = base, .length = length, .rights = rights};
}

void message_put_lease_on(struct message *message, cap_t reply, unsigned number, uint64_t offset,
                          size_t length, uint32_t rights)
{
    uint32_t n = message->lease_count++;

    if (n >= MESSAGE_LEASES_MAX)
        return; /* sending it answers EINVAL */
    message->leases[n] = (struct message_lease){
        .length = length, .rights = rights, .number = number, .offset = offset, .via = reply};
}
