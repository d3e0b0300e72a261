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
/* entry_exits.c */
extern char x86_exit_message[], x86_exit_answer[], x86_exit_error[], x86_exit_bits[];
extern char x86_exit_saved[], x86_exit_after_save[];
void x86_copy(uint64_t *to, const uint64_t *from, uint64_t count);
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
    fast_send,
    arch_enter_buffer,
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
                                    FAST_TAG_RECV, FAST_TAG_CALL + 8,   FAST_TAG_REPLY_RECV + 128,
                                    FAST_TAG_SEND};

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

/* wrfsbase or wrgsbase, where this machine does not let programs execute them: what they would have
   loaded is looked at here. */
static void note_base(int signal, siginfo_t *info, void *context)
{
    static const int by_number[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                    REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                    REG_R12, REG_R13, REG_R14, REG_R15};
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    const uint8_t *code = (const uint8_t *)registers[REG_RIP]; /* NOLINT */
    unsigned number = (code[4] & 7) | (code[1] & 1) << 3;      /* f3, 48 or 49, 0f, ae, d0 or d8 */
    bool fs = (code[4] & 0xf8) == 0xd0;

    (void)signal;
    (void)info;
    assert_int_equal(registers[by_number[number]],
                     fs ? thread->context.fs_base : thread->context.gs_base);
    registers[REG_RIP] += 5;
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

/* To `where`, with what is in x86_registers. */
static void leave(const void *where)
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
    if (!sigsetjmp(at_the_fault, 1))
        x86_go(where);
    sigaction(SIGSEGV, &old, NULL);
    sigaction(SIGILL, &old_skipping, NULL);
    sigaltstack(&old_stack, NULL);
}

/* A message's registers, as sysretq finds them, are what is in that context. */
static void assert_left_with(const struct context *c)
{
    static const uint8_t sysretq[] = {0x48, 0x0f, 0x07};
    const int registers[] = {REG_RDX, REG_R8, REG_R9, REG_R12, REG_R13, REG_R14, REG_R15};

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

static void way_out_loads_all(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 100; turn++) {
        fill_context(&thread->context);
        memset(x86_registers, 0, sizeof(uint64_t) * REGISTERS);
        x86_registers[RDI] = (uint64_t)thread;
        x86_registers[RSP] = (uint64_t)(stack + STACK_BYTES / 16);
        leave(x86_enter_user);
        assert_left_with(&thread->context);
    }
}

/* ---- the ways out that arch_fast.h has: entry_exits.c ---- */

/* That one, with any registers; the thread that runs can be anything. */
static void leave_by(const char *exit)
{
    fill_context(&thread->context);
    for (unsigned i = 0; i < REGISTERS; i++)
        x86_registers[i] = any();
    x86_registers[RSP] = (uint64_t)(stack + STACK_BYTES / 16);
    memcpy(before, x86_registers, sizeof(before));
    leave(exit);
}

static void messages_are_the_same(void **state)
{
    const uint64_t *r = before;

    (void)state;
    for (unsigned turn = 0; turn < 100; turn++) {
        leave_by(x86_exit_message);
        arch_leave_fast(r[R12], r[R13], r[R14], r[R15], r[RDI], r[RSI], r[RDX], r[RCX], r[R8],
                        r[R9], thread, r[RAX]);
        assert_left_with(&thread->context);
    }
}

static void answers_are_the_same(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 100; turn++) {
        leave_by(x86_exit_answer);
        arch_answer(thread, before[RAX], before[RDX]);
        assert_left_with(&thread->context);
    }
}

/* It goes on where it is, on its own stack. */
static void stay(struct context *context)
{
    context->ip = before[RCX];
    context->sp = before[RSP];
    context->rbp = before[RBP];
}

static void errors_are_the_same(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 100; turn++) {
        leave_by(x86_exit_error);
        arch_return_fast(thread, 0, (error_t)(before[RDI] & 0xff), before[RDX], before[RSI]);
        stay(&thread->context);
        assert_left_with(&thread->context);
    }
}

static void bits_are_the_same(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 100; turn++) {
        leave_by(x86_exit_bits);
        arch_fast_clear(&thread->context, TAG_BITS, before[RDI]);
        stay(&thread->context);
        assert_left_with(&thread->context);
    }
}

static void saved_ones_are_the_same(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 100; turn++) {
        leave_by(x86_exit_saved);
        assert_left_with(&thread->context);
        leave_by(x86_exit_after_save);
        assert_int_equal(thread->context.sp, before[RSP]);
        assert_int_equal(thread->context.rbp, before[RBP]);
        arch_fast_save(&thread->context, before[RCX]);
        arch_fast_clear(&thread->context, before[RAX], before[RDI]);
        assert_left_with(&thread->context);
    }
}

static void copies_are_the_same(void **state)
{
    uint64_t from[MESSAGE_WORDS_MAX], to[MESSAGE_WORDS_MAX + 1], wanted[MESSAGE_WORDS_MAX + 1];

    (void)state;
    for (unsigned i = 0; i < MESSAGE_WORDS_MAX; i++)
        from[i] = any();
    for (unsigned count = 0; count <= MESSAGE_WORDS_MAX; count++) {
        memset(to, 0x5a, sizeof(to));
        memset(wanted, 0x5a, sizeof(wanted));
        x86_copy(to, from, count);
        arch_fast_copy(wanted, from, count);
        assert_memory_equal(to, wanted, sizeof(to));
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
        ENTRY_TEST("ENTRY-MESSAGE: a message leaves the fast path as its C twin has it",
                   messages_are_the_same),
        ENTRY_TEST("ENTRY-ANSWER: so does an answer with nothing but a tag", answers_are_the_same),
        ENTRY_TEST("ENTRY-ERROR: so does an error, with what tells more", errors_are_the_same),
        ENTRY_TEST("ENTRY-BITS: so do bits", bits_are_the_same),
        ENTRY_TEST("ENTRY-SAVED: so does a thread whose registers were saved, in whole or cleared",
                   saved_ones_are_the_same),
        ENTRY_TEST("ENTRY-COPY: words are copied as its C twin does, none to all, and no more",
                   copies_are_the_same),
    };

    return cmocka_run_group_tests_name("entry", tests, NULL, NULL);
}
