/*
 * invoke.c - how the library's wrappers make their requests, and whose objects they use.
 */
#include <string.h>

#include <myelin/untyped.h>

#include "internal.h"

static cap_t memory; /* set by untyped_set_memory */

cap_t library_memory(void)
{
    if (!memory)
        memory = startup_cap("memory");
    return memory;
}

void untyped_set_memory(cap_t untyped)
{
    memory = untyped;
}

void library_request(struct message *message, uint32_t label, const word_t *words, size_t count)
{
    message_begin(message, label);
    message_put_bytes(message, words, count * sizeof(word_t));
}

void library_argument(struct message *message, cap_t cap)
{
    if (cap)
        message_put_cap(message, cap, CAP_COPY);
}

error_t library_call_for_cap(cap_t object, struct message *message, cap_t *result)
{
    error_t error;

    message->accept = 1;
    error = message_invoke(object, message);
    if (error)
        return error;
    if (message->cap_count != 1)
        return library_error(EBADF);
    *result = message->caps[0].cap;
    return SUCCESS;
}

error_t library_retype(unsigned type, uint64_t size, const char *name, cap_t *object)
{
    return untyped_retype(library_memory(), type, size, name, 0, object);
}

error_t library_copy_bytes(const struct message *message, void *buffer, size_t most, size_t *length)
{
    const void *bytes = message_get_bytes(message, 1, message->words[0]);

    if (!bytes || message->words[0] > most)
        return library_error(EMSGSIZE);
    *length = message->words[0];
    memcpy(buffer, bytes, *length);
    return SUCCESS;
}
