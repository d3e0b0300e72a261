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
static unsigned char *borrowed;     /* of another's memory, mapped here */
static size_t borrowed_bytes;

static word_t sum(const unsigned char *bytes, size_t length)
{
    word_t result = 0;

    for (size_t i = 0; i < length; i++)
        result += bytes[i];
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

static bool borrow(const struct message *message)
{
    struct grant_info info;
    cap_t other = message->cap_count == 1 ? message->caps[0].cap : CAP_NULL;

    if (grant_inspect(other, &info) || grant_map(other, info.rights, (void **)&borrowed))
        return false;
    borrowed_bytes = info.length;
    return true;
}

static bool mark(void)
{
    for (size_t i = 0; i < borrowed_bytes; i += PAGE_BYTES)
        borrowed[i] = 'b';
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
        return borrow(message);
    case GRANTER_MARK:
        return mark();
    default:
        return false;
    }
}

/* Shows what it has, and takes the next order. */
static error_t report(struct message *message)
{
    message_begin(message, 1);
    message_put(message, sum(memory, size));
    message_put(message, memory[5]);
    message_put(message, sum(borrowed, borrowed_bytes));
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
