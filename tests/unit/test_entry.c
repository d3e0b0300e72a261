/*
 * test_entry.c - the assembly of kernel/arch/x86_64/entry.S and arch_fast.h beside its C twins: the
 * same registers and tags give the same door and the same thread.
 *
 * entry.S is linked into this program under other names (host.mk), and entry_frame.S goes into it
 * with all registers set. What cannot be run so is what only the kernel may execute: writes of CR3
 * and CR0, swapping of stacks by an interrupt, iretq. sysretq ends in a fault here, at which the
 * registers are looked at.
 */
#define _GNU_SOURCE /* the names of registers */
#include <asm/prctl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <arch_fast.h>

#include "world.h"

int run_entry_tests(void);

#define STACK_BYTES 4096

/* entry_frame.S */
enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP, R8, R9, R10, R11, R12, R13, R14, R15, REGISTERS };
extern uint64_t x86_registers[REGISTERS], x86_door, x86_cpu_space;
extern uint32_t x86_cpu_vector_off;
extern struct thread *x86_cpus;
void x86_go(const void *where);
/* entry.S */
extern char x86_syscall_entry[], x86_syscall_entry_watched[], x86_enter_user[];
extern char x86_kernel_stack_top[];
uint64_t x86_counted;

static host_door *const doors[] = {
    fast_call,
    fast_reply_receive,
    fast_notify,
    fast_call_long,
    fast_reply_receive_long,
    arch_enter_broad_call,
    NULL,
    arch_enter_slow,
    NULL,
    arch_enter_object_call,
    NULL,
    fast_await,
};

static struct thread *thread;
static uint64_t stack[STACK_BYTES / 8], before[REGISTERS], seed;

static int begin(void **state)
{
    (void)state;
    thread =
        mmap(NULL, sizeof(*thread), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    x86_cpus = thread;
    x86_counted = 0;
    seed = 1;
    return thread == MAP_FAILED;
}

static int end(void **state)
{
    (void)state;
    return munmap(thread, sizeof(*thread));
}

static uint64_t any(void)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return seed ^ seed >> 29;
}

/* Into entry.S with any registers and that tag. */
static void enter(const char *where, uint64_t tag)
{
    for (unsigned i = 0; i < REGISTERS; i++)
        x86_registers[i] = any();
    x86_registers[RAX] = tag;
    x86_registers[RSP] = (uint64_t)(stack + STACK_BYTES / 16);
    memcpy(before, x86_registers, sizeof(before));
    x86_go(where);
}

/* Every operation with every count, and what else can stand beside them, in each combination of
   two. */
static void doors_are_the_same(void **state)
{
    (void)state;
    for (unsigned operation = 0; operation < 256; operation++)
        for (unsigned words = 0; words < 256; words++)
            for (unsigned bit = 8; bit < 24; bit++) {
                uint32_t tag = operation << 24 | words | (any() & 1) << bit |
                               (words & 1 ? 1u << (any() % 24) : 0);

                enter(x86_syscall_entry, any() << 32 | tag);
                if (doors[x86_door] != host_door_of(tag))
                    fail_msg("tag 0x%x leads to door %u", tag, (unsigned)x86_door);
            }
}

/* On the fast path nothing is touched but r11. */
static void fast_doors_find_all_registers(void **state)
{
    static const uint64_t tags[] = {FAST_TAG_CALL, FAST_TAG_REPLY_RECV, FAST_TAG_NOTIFY,
                                    FAST_TAG_RECV, FAST_TAG_CALL + 8,   FAST_TAG_REPLY_RECV + 128};

    (void)state;
    for (unsigned i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        enter(x86_syscall_entry, any() << 32 | tags[i]);
        x86_registers[R11] = before[R11];
        assert_memory_equal(x86_registers, before, sizeof(before));
    }
}

/* What the C twin stores (arch_enter_slow of the host), and no more of the thread. */
static void assert_saved(void)
{
    const uint64_t *r = before;
    struct context wanted = {.ip = r[RCX],
                             .sp = r[RSP],
                             .rbp = r[RBP],
                             .tag = r[RAX],
                             .words = {r[RDX], r[R8], r[R9], r[R12], r[R13], r[R14], r[R15]},
                             .handle = r[RDI],
                             .token = r[RSI],
                             .status = r[R10],
                             .notified = r[RBX]};
    static const struct thread nothing;
    struct thread rest = *thread;

    assert_memory_equal(&thread->context, &wanted, sizeof(wanted));
    rest.context = nothing.context;
    assert_memory_equal(&rest, &nothing, sizeof(rest));
}

static void slow_way_saves_all(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 1000; turn++) {
        enter(x86_syscall_entry, any() << 32 | TAG_OP(OP_RECV) | (any() & 0xffff));
        assert_int_equal(x86_door, 7);
        assert_saved();
        assert_int_equal(x86_registers[RSP], (uint64_t)x86_kernel_stack_top - 8); /* its return */
        assert_int_equal(x86_registers[RBP], 0);
    }
}

/* Where calls are counted, the door finds what it would find otherwise. */
static void counting_keeps_all(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 1000; turn++) {
        uint64_t tag = any() << 32 | (turn & 1 ? FAST_TAG_CALL : FAST_TAG_REPLY_RECV);

        enter(x86_syscall_entry_watched, tag);
        assert_int_equal(x86_counted, turn + 1);
        assert_int_equal(x86_door, turn & 1 ? 0 : 1);
        x86_registers[R11] = before[R11];
        assert_memory_equal(x86_registers, before, sizeof(before));
        assert_saved();
    }
}

/* ---- the way out: at sysretq, which a program may not execute ---- */

static sigjmp_buf at_the_fault;
static greg_t left[NGREG];

static void note_fault(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    memcpy(left, ((ucontext_t *)context)->uc_mcontext.gregs, sizeof(left));
    siglongjmp(at_the_fault, 1);
}

/* wrfsbase or wrgsbase, of rbx, where this machine does not let programs execute them: what they
   would have loaded is looked at here. */
static void note_base(int signal, siginfo_t *info, void *context)
{
    static const uint8_t of_fs[] = {0xf3, 0x48, 0x0f, 0xae, 0xd3};
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    bool fs = memcmp((const void *)registers[REG_RIP], of_fs, sizeof(of_fs)) == 0; /* NOLINT */

    (void)signal;
    (void)info;
    assert_int_equal(registers[REG_RBX], fs ? thread->context.fs_base : thread->context.gs_base);
    registers[REG_RIP] += sizeof(of_fs);
}

/* Those of this program: it goes on with them. */
static uint64_t base_of(int which)
{
    uint64_t base = 0;

    syscall(SYS_arch_prctl, which, &base);
    return base;
}

static void fill_context(struct context *context)
{
    uint64_t *words = (uint64_t *)context;

    for (unsigned i = 0; i < sizeof(*context) / 8; i++)
        words[i] = any();
    context->fs_base = base_of(ARCH_GET_FS);
    context->gs_base = base_of(ARCH_GET_GS);
    context->cr3 = x86_cpu_space = any();
    context->vector_off = x86_cpu_vector_off = VECTOR_OFF;
    context->full = 0;
}

static void leave(void)
{
    static char signal_stack[65536];
    const stack_t other = {.ss_sp = signal_stack, .ss_size = sizeof(signal_stack)};
    const struct sigaction action = {.sa_sigaction = note_fault,
                                     .sa_flags = SA_SIGINFO | SA_ONSTACK};
    const struct sigaction skipping = {.sa_sigaction = note_base,
                                       .sa_flags = SA_SIGINFO | SA_ONSTACK};
    struct sigaction old, old_skipping;
    stack_t old_stack;

    sigaltstack(&other, &old_stack);
    sigaction(SIGSEGV, &action, &old);
    sigaction(SIGILL, &skipping, &old_skipping);
    if (!sigsetjmp(at_the_fault, 1)) {
        memset(x86_registers, 0, sizeof(uint64_t) * REGISTERS);
        x86_registers[RDI] = (uint64_t)thread;
        x86_registers[RSP] = (uint64_t)(stack + STACK_BYTES / 16);
        x86_go(x86_enter_user);
    }
    sigaction(SIGSEGV, &old, NULL);
    sigaction(SIGILL, &old_skipping, NULL);
    sigaltstack(&old_stack, NULL);
}

static void way_out_loads_all(void **state)
{
    static const uint8_t sysretq[] = {0x48, 0x0f, 0x07};
    const struct context *c = &thread->context;

    (void)state;
    for (unsigned turn = 0; turn < 100; turn++) {
        const int registers[] = {REG_RDX, REG_R8, REG_R9, REG_R12, REG_R13, REG_R14, REG_R15};

        fill_context(&thread->context);
        leave();
        assert_memory_equal((const void *)left[REG_RIP], sysretq, sizeof(sysretq)); /* NOLINT */
        for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
            assert_int_equal(left[registers[i]], c->words[i]);
        assert_int_equal(left[REG_RAX], c->tag);
        assert_int_equal(left[REG_RDI], c->handle);
        assert_int_equal(left[REG_RSI], c->token);
        assert_int_equal(left[REG_R10], c->status);
        assert_int_equal(left[REG_RBX], c->notified);
        assert_int_equal(left[REG_RBP], c->rbp);
        assert_int_equal(left[REG_RSP], c->sp);
        assert_int_equal(left[REG_RCX], c->ip);
        assert_int_equal(left[REG_R11], FLAGS_USER);
    }
}

#define ENTRY_TEST(sentence, function) {sentence, function, begin, end, NULL}

int run_entry_tests(void)
{
    const struct CMUnitTest tests[] = {
        ENTRY_TEST("ENTRY-DOORS: entry.S and its C twin send every tag through the same door",
                   doors_are_the_same),
        ENTRY_TEST("ENTRY-FAST: the fast path finds all registers as they came, but r11",
                   fast_doors_find_all_registers),
        ENTRY_TEST("ENTRY-SAVE: the slow way saves what its C twin does, and touches nothing else",
                   slow_way_saves_all),
        ENTRY_TEST("ENTRY-COUNTED: where calls are counted, every register comes through",
                   counting_keeps_all),
        ENTRY_TEST("ENTRY-LEAVE: the way out loads every register that a program can see",
                   way_out_loads_all),
    };

    return cmocka_run_group_tests_name("entry", tests, NULL, NULL);
}
