/* descriptors.c - segments, the task state with its interrupt stacks, and the interrupt table. */

#include "x86.h"

#define SEGMENT_KERNEL_CODE  0x00af9a000000ffffull
#define SEGMENT_KERNEL_DATA  0x00cf92000000ffffull
#define SEGMENT_USER_DATA    0x00cff2000000ffffull
#define SEGMENT_USER_CODE    0x00affa000000ffffull
#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_TASK        0x28

#define GATE_INTERRUPT        0x8e00ull
#define GATE_USER             0x6000ull /* may be raised by int3, into */
#define STUB_BYTES            16
#define INTERRUPT_STACK_BYTES 4096

/* Those that may come at any moment, whatever GS or the stack is: each a stack of its own. */
enum interrupt_stack { IST_NONE, IST_NMI, IST_DOUBLE_FAULT, IST_MACHINE_CHECK, IST_DEBUG, IST_END };

struct __attribute__((packed)) task_state {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map;
};

struct gate {
    uint64_t low, high;
};

struct __attribute__((packed)) table_pointer {
    uint16_t limit;
    uint64_t base;
};

static uint64_t segments[7];
static struct task_state task_state;
static struct gate gates[256];
static uint8_t interrupt_stacks[IST_END][INTERRUPT_STACK_BYTES] __attribute__((aligned(16)));

static void load_segments(void)
{
    uint64_t base = (uint64_t)&task_state;
    struct table_pointer pointer = {sizeof(segments) - 1, (uint64_t)segments};

    segments[1] = SEGMENT_KERNEL_CODE;
    segments[2] = SEGMENT_KERNEL_DATA;
    segments[3] = SEGMENT_USER_DATA;
    segments[4] = SEGMENT_USER_CODE;
    segments[5] = (sizeof(task_state) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
                  (base >> 24 & 0xff) << 56;
    segments[6] = base >> 32;
    __asm__ volatile("lgdt %0\n\t"
                     "pushq %1\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "movw $0x10, %%ax\n\t"
                     "movw %%ax, %%ss\n\t"
                     "movw %%ax, %%ds\n\t"
                     "movw %%ax, %%es\n\t"
                     "ltr %w2" ::"m"(pointer),
                     "i"(SELECTOR_KERNEL_CODE), "r"(SELECTOR_TASK)
                     : "rax", "memory");
}

static enum interrupt_stack stack_for(unsigned vector)
{
    switch (vector) {
    case TRAP_NMI:
        return IST_NMI;
    case TRAP_DOUBLE_FAULT:
        return IST_DOUBLE_FAULT;
    case TRAP_MACHINE_CHECK:
        return IST_MACHINE_CHECK;
    case TRAP_DEBUG:
        return IST_DEBUG;
    default:
        return IST_NONE;
    }
}

static void load_gates(void)
{
    struct table_pointer pointer = {sizeof(gates) - 1, (uint64_t)gates};

    for (unsigned vector = 0; vector < 256; vector++) {
        uint64_t stub = (uint64_t)trap_stubs + vector * STUB_BYTES;
        uint64_t kind = GATE_INTERRUPT | (vector == 3 || vector == 4 ? GATE_USER : 0);

        gates[vector].low = (stub & 0xffff) | SELECTOR_KERNEL_CODE << 16 |
                            (uint64_t)stack_for(vector) << 32 | kind << 32 |
                            (stub >> 16 & 0xffff) << 48;
        gates[vector].high = stub >> 32;
    }
    __asm__ volatile("lidt %0" ::"m"(pointer));
}

void descriptors_init(void)
{
    task_state.rsp[0] = (uint64_t)kernel_stack_top;
    for (unsigned i = IST_NMI; i < IST_END; i++)
        task_state.ist[i - 1] = (uint64_t)interrupt_stacks[i] + INTERRUPT_STACK_BYTES;
    task_state.io_map = sizeof(task_state); /* no port is open to user mode */
    load_segments();
    load_gates();
}
