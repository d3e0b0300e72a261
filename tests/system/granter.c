/*
 * granter.c - a process that grants memory to a suite, and then does what it is told.
 */
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include <myelin/ipc.h>
#include <myelin/memorygrant.h>
#include <myelin/startup.h>

#include "lib/peers.h"

#define PAGE_BYTES 4096

static unsigned char *memory;
static size_t size = GRANTER_BYTES; /* of it that is mapped */
static cap_t grant;                 /* CAP_NULL: ended */

static word_t sum(void)
{
    word_t result = 0;

    for (size_t i = 0; i < size; i++)
        result += memory[i];
    return result;
}

static bool unmap(void)
{
    size = PAGE_BYTES;
    return munmap(memory + size, GRANTER_BYTES - size) == 0;
}

static bool end(void)
{
    cap_t ended = grant;

    grant = CAP_NULL;
    return grant_end(ended) == SUCCESS;
}

static bool borrow(cap_t other)
{
    struct grant_info info;
    unsigned char *mapped;

    if (grant_inspect(other, &info) || grant_map(other, info.rights, (void **)&mapped))
        return false;
    for (size_t i = 0; i < info.length; i += PAGE_BYTES)
        mapped[i] = 'b';
    return true;
}

static bool obey(const struct message *message)
{
    switch ((enum granter_order)message->words[0]) {
    case GRANTER_LOOK:
        return true;
    case GRANTER_CLEAR:
        memset(memory, 0, size);
        return true;
    case GRANTER_UNMAP:
        return unmap();
    case GRANTER_END:
        return end();
    case GRANTER_BORROW:
        return message->cap_count == 1 && borrow(message->caps[0].cap);
    default:
        return false;
    }
}

/* Shows what it has, and takes the next order. */
static error_t report(struct message *message)
{
    message_begin(message, 1);
    message_put(message, sum());
    message_put(message, memory[5]);
    message->accept = 1;
    if (grant)
        message_put_cap(message, grant, CAP_COPY);
    return message_invoke(startup_cap("front"), message);
}

int main(void)
{
    static struct message message;

    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < size; i++)
        memory[i] = relay_byte(i);
    if (grant_create(memory, size, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, &grant))
        return 1;
    do {
        if (report(&message))
            return 2;
    } while (obey(&message));
    return 0;
}
