/*
 * start.c - the first code of a program: finds its capabilities, sets the foreign entry, and
 * goes on to the C library's own start.
 */
#include <myelin/startup.h>
#include <myelin/syscall.h>
#include <myelin/thread.h>

#include "posix.h"

#define FOREIGN_STACK_SIZE 16384

void myelin_start(void);
void posix_start(const uint64_t *stack);

static char foreign_stack[FOREIGN_STACK_SIZE] __attribute__((aligned(16)));

/*
 * The stack is as Linux's ABI has it: argc, argv, 0, environment, 0, auxiliary vector. It goes
 * to _start as it came, with rdx 0: no function to register for the exit.
 */
__attribute__((naked, noreturn)) void myelin_start(void)
{
    __asm__("xorl %ebp, %ebp\n\t"
            "movq %rsp, %rbx\n\t"
            "movq %rsp, %rdi\n\t"
            "andq $-16, %rsp\n\t"
            "call posix_start\n\t"
            "movq %rbx, %rsp\n\t"
            "xorl %edx, %edx\n\t"
            "jmp _start");
}

/* The value of an entry of the auxiliary vector; 0 if it is not there. */
static uint64_t auxiliary(const uint64_t *vector, uint64_t type)
{
    while (vector[0] && vector[0] != type)
        vector += 2;
    return vector[0] ? vector[1] : 0;
}

void posix_start(const uint64_t *stack)
{
    char *const *environment = (char *const *)(stack + 1 + stack[0] + 1);
    char *const *end = environment;

    while (*end)
        end++;
    startup_set((const struct startup *)auxiliary((const uint64_t *)(end + 1), AT_MYELIN));
    utcb_self()->foreign_stack = (uint64_t)(foreign_stack + FOREIGN_STACK_SIZE);
    if (thread_set_foreign(thread_self(), (uint64_t)foreign_entry))
        __builtin_trap(); /* nothing of the C library would work */
    posix_path_begin(environment);
    posix_descriptors_begin();
}
