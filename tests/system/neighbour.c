/*
 * neighbour.c - a program that does checked work beside hostile ones: neighbour MS SEED
 *
 * It keeps canaries in memory and in all its registers (general, ymm, x87), asks a server something
 * that it knows the answer of, and sees in the end whether it had its share of the processor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <myelin/clock.h>
#include <myelin/process.h>
#include <myelin/schedcontext.h>
#include <myelin/startup.h>

#include "lib/hostile.h"

#define WORDS         4096
#define SHARE_PERCENT 90 /* of what its time allows */
#define MS            1000000ull
#define REGISTERS     16
#define YMM_WORDS     4
#define X87_REGISTERS 8

static uint64_t memory[WORDS], seed;
static uint64_t vector_in[YMM_WORDS * REGISTERS], vector_out[YMM_WORDS * REGISTERS];

static uint64_t canary(uint64_t n)
{
    return CANARY << 32 | (uint32_t)(n * 2654435761u + seed);
}

static void fill(uint64_t *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        words[i] = canary(i);
}

static bool is_filled(const uint64_t *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (words[i] != canary(i))
            return false;
    return true;
}

/* Holds the value in general registers for a while, in which others may run. */
static bool general_registers_hold(uint64_t value)
{
    uint64_t difference;

    __asm__ volatile("movq %1, %%r8; movq %1, %%r9; movq %1, %%r10; movq %1, %%r11\n\t"
                     "movq %1, %%r12; movq %1, %%r13; movq %1, %%r14; movq %1, %%r15\n\t"
                     "movq %1, %%rbx; movq %1, %%rsi; movq %1, %%rdi; movq %1, %%rdx\n\t"
                     "movl $2000, %%ecx\n\t"
                     "1: decl %%ecx; jnz 1b\n\t"
                     "xorq %%r9, %%r8; xorq %%r11, %%r10; orq %%r10, %%r8\n\t"
                     "xorq %%r13, %%r12; orq %%r12, %%r8; xorq %%r15, %%r14; orq %%r14, %%r8\n\t"
                     "xorq %%rsi, %%rbx; orq %%rbx, %%r8; xorq %%rdx, %%rdi; orq %%rdi, %%r8\n\t"
                     "xorq %1, %%r15; orq %%r15, %%r8; xorq %1, %%rdx; orq %%rdx, %%r8\n\t"
                     "movq %%r8, %0"
                     : "=a"(difference)
                     : "a"(value)
                     : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
                       "r14", "r15", "cc");
    return difference == 0;
}

#define EACH_REGISTER(form)                                                                  \
    form(0) form(1) form(2) form(3) form(4) form(5) form(6) form(7) form(8) form(9) form(10) \
        form(11) form(12) form(13) form(14) form(15)
#define LOAD(n)           "vmovups 32*" #n "(%0), %%ymm" #n "\n\t"
#define STORE(n)          "vmovups %%ymm" #n ", 32*" #n "(%1)\n\t"
#define EACH_OF_X87(form) form(0) form(1) form(2) form(3) form(4) form(5) form(6) form(7)
#define PUSH(n)           "fildq 8*" #n "(%0)\n\t"
#define POP(n)            "fistpq 8*" #n "(%1)\n\t"
#define WAIT_A_BIT        "movl $2000, %%ecx\n\t1: decl %%ecx; jnz 1b\n\t"

/* All of ymm0 to ymm15, and their halves that are xmm registers. */
static bool vector_registers_hold(void)
{
    fill(vector_in, YMM_WORDS * REGISTERS);
    memset(vector_out, 0, sizeof(vector_out));
    __asm__ volatile(EACH_REGISTER(LOAD) WAIT_A_BIT EACH_REGISTER(STORE) "vzeroupper"
                     :
                     : "r"(vector_in), "r"(vector_out)
                     : "rcx", "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
                       "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
                       "xmm15");
    return is_filled(vector_out, YMM_WORDS * REGISTERS);
}

/* The eight x87 registers, which hold 64 bits exactly; they come back in the opposite order. */
static bool x87_registers_hold(void)
{
    fill(vector_in, X87_REGISTERS);
    memset(vector_out, 0, sizeof(vector_out));
    __asm__ volatile("fninit\n\t" EACH_OF_X87(PUSH) WAIT_A_BIT EACH_OF_X87(POP)
                     :
                     : "r"(vector_in), "r"(vector_out)
                     : "rcx", "cc", "memory");
    for (unsigned i = 0; i < X87_REGISTERS; i++)
        if (vector_out[i] != vector_in[X87_REGISTERS - 1 - i])
            return false;
    return true;
}

static bool server_is_right(void)
{
    static uint64_t known;
    uint64_t pid, parent;

    if (process_identity(&pid, &parent))
        return false;
    if (!known)
        known = pid;
    return pid == known;
}

/* Of the time since `start` it had what its budget allows, or almost. */
static bool had_its_share(uint64_t start, uint64_t consumed)
{
    struct schedcontext_info now;
    uint64_t since = clock_now() - start;

    if (schedcontext_get_info(startup_cap("time"), &now))
        return false;
    return (now.consumed - consumed) * 100 / SHARE_PERCENT >= since / now.period * now.budget;
}

static int work_until(uint64_t end)
{
    for (uint64_t round = 0; clock_now() < end; round++) {
        if (!is_filled(memory, WORDS) || !general_registers_hold(canary(round)) ||
            !vector_registers_hold() || !x87_registers_hold())
            return HOSTILE_LOST_CANARY;
        if (!server_is_right())
            return HOSTILE_WRONG_ANSWER;
    }
    return HOSTILE_GOOD;
}

int main(int argc, char **argv)
{
    struct schedcontext_info before;
    uint64_t start;
    int end;

    if (argc != 3)
        return HOSTILE_USAGE;
    seed = strtoull(argv[2], NULL, 0);
    fill(memory, WORDS);
    if (schedcontext_get_info(startup_cap("time"), &before))
        return HOSTILE_USAGE;
    start = clock_now();
    end = work_until(start + strtoull(argv[1], NULL, 0) * MS);
    if (end == HOSTILE_GOOD && !had_its_share(start, before.consumed))
        end = HOSTILE_STARVED;
    return end;
}
