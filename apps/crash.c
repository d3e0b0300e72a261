/*
 * crash.c - faults in the way that is asked for: a test aid, and a look at what the shell says.
 */
#include <stdint.h>
#include <string.h>

#include "complain.h"

#define A_KERNEL_ADDRESS 0xffffffff80000000ull

/* Keeps the compiler from seeing where a pointer points, and from using what it sees. */
static void *hidden(uintptr_t address)
{
    __asm__("" : "+r"(address));
    return (void *)address;
}

static void write_null(void)
{
    *(volatile int *)hidden(0) = 1;
}

static void divide_by_zero(void)
{
    __asm__ volatile("xorl %%ecx, %%ecx\n\tdivl %%ecx" ::: "eax", "ecx", "edx", "cc");
}

static void forbidden_instruction(void)
{
    __asm__ volatile("cli");
}

static uint64_t recurse(uint64_t depth)
{
    volatile char room[1024];

    memset((void *)room, (int)depth, sizeof(room));
    return depth == UINT64_MAX ? 0 : recurse(depth + 1) + (uint64_t)room[depth % sizeof(room)];
}

static void overflow_stack(void)
{
    recurse(0);
}

static void write_text(void)
{
    *(volatile char *)hidden((uintptr_t)write_text) = 0;
}

static void execute_data(void)
{
    static unsigned char just_a_return[] = {0xc3};

    ((void (*)(void))hidden((uintptr_t)just_a_return))();
}

static void read_kernel(void)
{
    (void)*(volatile char *)hidden(A_KERNEL_ADDRESS);
}

static const struct {
    const char *name;
    void (*run)(void);
} ways[] = {
    {"null", write_null},      {"divide", divide_by_zero}, {"instruction", forbidden_instruction},
    {"stack", overflow_stack}, {"write-text", write_text}, {"exec-data", execute_data},
    {"kernel", read_kernel},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (strcmp(argv[1], ways[i].name) == 0) {
            ways[i].run();
            fprintf(stderr, "crash: %s: no fault came\n", argv[1]);
            return 1;
        }
    }
    return usage("crash null|divide|instruction|stack|write-text|exec-data|kernel");
}
