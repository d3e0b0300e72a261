/*
 * peek.c - reads, writes or executes an address, to see whether it can: peek read|write|execute
 * ADDRESS. It ends with 0 if it could.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    volatile char *address = argc == 3 ? (volatile char *)strtoull(argv[2], NULL, 16) : NULL;

    if (argc != 3)
        return 2;
    if (strcmp(argv[1], "read") == 0)
        (void)*address;
    else if (strcmp(argv[1], "write") == 0)
        *address = 1;
    else if (strcmp(argv[1], "execute") == 0)
        ((void (*)(void))(uintptr_t)address)();
    else
        return 2;
    return 0;
}
