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

static unsigned char *memory;
static cap_t grant;

static word_t sum(bool whole)
{
    word_t result = 0;

    for (size_t i = 0; i < (whole ? GRANTER_BYTES : 4096); i++)
        result += memory[i];
    return result;
}

static bool obey(enum granter_order order)
{
    switch (order) {
    case GRANTER_LOOK:
        return true;
    case GRANTER_CLEAR:
        memset(memory, 0, GRANTER_BYTES);
        return true;
    case GRANTER_UNMAP:
        return munmap(memory + 4096, GRANTER_BYTES - 4096) == 0;
    case GRANTER_END:
        return grant_end(grant) == SUCCESS;
    default:
        return false;
    }
}

int main(void)
{
    struct message message;
    enum granter_order order = GRANTER_LOOK;
    bool whole = true;

    memory = mmap(NULL, GRANTER_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < GRANTER_BYTES; i++)
        memory[i] = relay_byte(i);
    if (grant_create(memory, GRANTER_BYTES, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, &grant))
        return 1;
    do {
        whole = whole && order != GRANTER_UNMAP;
        message_begin(&message, order);
        message_put(&message, sum(whole));
        if (order != GRANTER_END)
            message_put_cap(&message, grant, CAP_COPY);
        if (message_invoke(startup_cap("front"), &message))
            return 2;
        order = (enum granter_order)message.words[0];
    } while (obey(order));
    return 0;
}
