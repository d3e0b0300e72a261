/* systest-registers.c - registers of threads: read, written, kept, and never leaked. */
#include "lib/systest.h"
#include <myelin/idl/fault_types.h>
#include <myelin/idl/thread_types.h>

#define SEED       0xca5e1ull
#define OTHER_SEED 0xca5e2ull
#define FLAG_TRAP  0x100ull
#define FLAGS_IOPL 0x3000ull
#define FLAG_NT    0x4000ull
#define FLAG_AC    0x40000ull
#define FLAG_DF    0x400ull
#define FLAG_IF    0x200ull

static struct island island;
static struct fault_seen seen;
static struct thread_registers registers;
static struct worker worker;
static struct message message;

CODE(code_syscall, "syscall; ud2");
CODE(code_spin, "1: jmp 1b");
CODE(code_ud2, "ud2");
CODE(code_fs, "movq %fs:0, %rax; ud2");
CODE(code_gs, "movq $0xffffffff80000000, %rcx; wrgsbase %rcx; syscall; rdgsbase %rcx; ud2");
CODE(code_flags, "pushfq; popq %rax; ud2");
CODE(code_direction, "std; syscall; pushfq; popq %rcx; ud2");

#define MAKE(name) CHECK_GOOD(island_make(&island, name, name##_end))

static void nothing(void *unused)
{
    (void)unused;
}

/* ---- read and write ---- */

TEST(REGISTERS_NEW, "a new thread's registers are all 0: nothing of another's shows")
{
    static const struct thread_registers zero;
    cap_t thread = make(OBJECT_THREAD, 0);

    CHECK_GOOD(thread_read_registers(thread, &registers));
    CHECK_IS(registers.flags, FLAG_IF | 2); /* that bit is always set */
    registers.flags = 0;
    CHECK(memcmp(&registers, &zero, sizeof(zero)) == 0);
}

TEST(REGISTERS_WRITTEN, "what is written is read back, and is what the thread starts with")
{
    struct thread_registers written = island_canaries(SEED), read;

    MAKE(code_ud2);
    written.ip = ISLAND_CODE;
    written.sp = ISLAND_STACK_TOP;
    CHECK_GOOD(thread_write_registers(island.thread, &written));
    CHECK_GOOD(thread_read_registers(island.thread, &read));
    CHECK_IS(island_canaries_in(&read, SEED), 15);
    CHECK_GOOD(island_start(&island, written));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(island_canaries_in(&seen.registers, SEED), 15);
}

TEST(REGISTERS_FLAGS, "IOPL, TF, NT and AC cannot be written into a thread's flags, nor IF cleared")
{
    MAKE(code_flags);
    registers = (struct thread_registers){.ip = ISLAND_CODE,
                                          .sp = ISLAND_STACK_TOP,
                                          .flags = FLAGS_IOPL | FLAG_TRAP | FLAG_NT | FLAG_AC | 1};
    CHECK_GOOD(thread_write_registers(island.thread, &registers));
    CHECK_GOOD(thread_start(island.thread));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(seen.trap, 6);
    CHECK_IS(seen.registers.rax & (FLAGS_IOPL | FLAG_TRAP | FLAG_NT | FLAG_AC), 0);
    CHECK_IS(seen.registers.rax & (FLAG_IF | 1), FLAG_IF | 1);
}

TEST(REGISTERS_IP, "an instruction pointer outside of user memory is EINVAL, and changes nothing")
{
    MAKE(code_ud2);
    registers = island_canaries(SEED);
    registers.ip = 0xffffffff80100000;
    CHECK_REFUSED(thread_write_registers(island.thread, &registers), EINVAL, ARGUMENT_WORD(0));
    registers.ip = 0x8000000000000000;
    CHECK_ERROR(thread_write_registers(island.thread, &registers), EINVAL);
    CHECK_GOOD(thread_read_registers(island.thread, &registers));
    CHECK_IS(island_canaries_in(&registers, SEED), 0);
}

TEST(REGISTERS_FS, "an FS base outside of user memory is EINVAL")
{
    MAKE(code_ud2);
    registers = (struct thread_registers){.ip = ISLAND_CODE, .fs_base = 0x8000000000000000};
    CHECK_ERROR(thread_write_registers(island.thread, &registers), EINVAL);
}

TEST(REGISTERS_STACK, "a stack pointer that is no address harms only its thread")
{
    MAKE(code_flags);
    registers = (struct thread_registers){.sp = 0x8000000000000000};
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(seen.label, FAULT_LABEL_EXCEPTION);
    CHECK_IS(seen.sp, 0x8000000000000000);
}

TEST(REGISTERS_STACK_SYSCALL, "a system call with such a stack pointer works as any other")
{
    MAKE(code_syscall);
    registers = island_canaries(SEED);
    registers.rax = TAG(OP_CALL, 1, 0);
    registers.sp = 0x8000000000000000;
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(seen.trap, 6);
    CHECK_IS(seen.registers.r10, EBADF);
}

TEST(REGISTERS_GS, "the GS base, the UTCB's address, cannot be written")
{
    MAKE(code_ud2);
    registers = (struct thread_registers){.ip = ISLAND_CODE, .gs_base = 0x1234};
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(seen.registers.gs_base, ISLAND_UTCB);
}

TEST(REGISTERS_RUNNING, "a thread's registers cannot be read or written while it runs: EBUSY")
{
    MAKE(code_spin);
    CHECK_GOOD(island_start(&island, (struct thread_registers){0}));
    CHECK_REFUSED(thread_read_registers(island.thread, &registers), EBUSY, ARGUMENT_HANDLE);
    CHECK_REFUSED(thread_write_registers(island.thread, &registers), EBUSY, ARGUMENT_HANDLE);
    CHECK_GOOD(thread_suspend(island.thread));
    CHECK_GOOD(thread_read_registers(island.thread, &registers));
}

TEST(REGISTERS_WAITING, "nor while it waits for a message: EBUSY")
{
    static struct partner partner;

    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, make_endpoint()));
    let_run();
    CHECK_REFUSED(thread_read_registers(partner.worker.thread, &registers), EBUSY, ARGUMENT_HANDLE);
}

TEST(REGISTERS_SHORT, "WRITE_REGISTERS with fewer words than there are registers is EMSGSIZE")
{
    CHECK_REFUSED(invoke(make(OBJECT_THREAD, 0), THREAD_LABEL_WRITE_REGISTERS, 0, CAP_NULL),
                  EMSGSIZE, ARGUMENT_TAG);
}

TEST(REGISTERS_RIGHTS, "READ_REGISTERS needs Read, WRITE_REGISTERS Manage: EPERM")
{
    cap_t thread = make(OBJECT_THREAD, 0);

    CHECK_REFUSED(thread_read_registers(with_rights(thread, CAP_RIGHTS_MANAGE), &registers), EPERM,
                  ARGUMENT_HANDLE);
    CHECK_REFUSED(thread_write_registers(with_rights(thread, CAP_RIGHTS_READ), &registers), EPERM,
                  ARGUMENT_HANDLE);
}

/* ---- kept ---- */

TEST(KEPT_PREEMPTED, "a thread that is preempted finds all its registers again")
{
    MAKE(code_spin);
    CHECK_GOOD(island_start(&island, island_canaries(SEED)));
    for (unsigned i = 0; i < 5; i++)
        sleep_for(1000000);
    CHECK_GOOD(thread_suspend(island.thread));
    CHECK_GOOD(thread_read_registers(island.thread, &registers));
    CHECK_IS(island_canaries_in(&registers, SEED), 15);
}

TEST(KEPT_CALL, "a system call keeps rbp and rsp, and tells in rcx where it came from")
{
    MAKE(code_syscall);
    registers = island_canaries(SEED);
    registers.rax = TAG(OP_CALL, 1, 0);
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(seen.registers.rbp, registers.rbp);
    CHECK_IS(seen.registers.sp, ISLAND_STACK_TOP);
    CHECK_IS(seen.registers.rcx, ISLAND_CODE + 2);
    CHECK_IS(seen.registers.r11 & FLAG_IF, FLAG_IF);
}

TEST(KEPT_DIRECTION, "a system call with the direction flag set harms nobody; flags are not kept")
{
    MAKE(code_direction);
    registers = (struct thread_registers){.rax = TAG(OP_CALL, 1, 0)};
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(seen.registers.rcx & FLAG_DF, 0);
    CHECK_IS(seen.registers.r10, EBADF);
}

TEST(KEPT_GS, "whatever a program writes into GS, the kernel works, and GS is the UTCB again")
{
    MAKE(code_gs);
    registers = (struct thread_registers){.rax = TAG(OP_CALL, 1, 0)};
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(seen.trap, 6);
    CHECK_IS(seen.registers.rcx, ISLAND_UTCB);
}

TEST(KEPT_FS, "SET_TLS sets the FS base of its thread, and of no other")
{
    cap_t thread;

    MAKE(code_fs);
    thread = with_rights(island.thread, CAP_RIGHTS_USE);
    *(uint64_t *)island.data = 0x715;
    CHECK_GOOD(thread_set_tls(thread, ISLAND_DATA));
    CHECK_GOOD(thread_read_registers(island.thread, &registers));
    CHECK_IS(registers.fs_base, ISLAND_DATA);
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(seen.registers.rax, 0x715);
}

/* ---- nothing leaks ---- */

TEST(LEAK_ERROR, "an error leaves nothing in the registers but what it tells")
{
    const struct thread_registers *r = &seen.registers;

    MAKE(code_syscall);
    registers = island_canaries(SEED);
    registers.rax = TAG(OP_CALL, 1, 0);
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(r->r10, EBADF);
    CHECK_IS(r->rax | r->rbx | r->rsi | r->rdi, 0);
    CHECK_IS(r->r12 | r->r13 | r->r14 | r->r15, 0);
    CHECK_IS(r->r9, registers.rdi); /* found: the handle */
}

/* The island calls with a canary in every register; the test receives with its own in all. */
TEST(LEAK_CALL,
     "a call carries to another space its seven words, and nothing else of its registers")
{
    struct all_registers mine;
    cap_t endpoint = make_endpoint();

    MAKE(code_syscall);
    registers = island_canaries(SEED);
    registers.rax = TAG(OP_CALL, 1, 0);
    registers.rdi = island_give(&island, endpoint);
    CHECK_GOOD(island_start(&island, registers));
    registers_fill(&mine, OTHER_SEED);
    mine.rax = TAG(OP_RECV, 0, 0);
    mine.rdi = endpoint;
    registers_enter(&mine);
    CHECK_IS(mine.r10, SUCCESS);
    CHECK(mine.rdx == registers.rdx && mine.r8 == registers.r8 && mine.r15 == registers.r15);
    mine.rdx = mine.r8 = mine.r9 = mine.r12 = mine.r13 = mine.r14 = mine.r15 = 0;
    CHECK(!registers_hold(&mine, SEED));
    CHECK_IS(mine.rbx | mine.rdi, 0);
    CHECK_IS(mine.rbp >> 16, OTHER_SEED);
}

TEST(LEAK_ANSWER,
     "an answer carries back its seven words, and nothing else of the server's registers")
{
    struct thread_registers *r = &seen.registers;
    struct all_registers mine;
    cap_t endpoint = make_endpoint();

    MAKE(code_syscall);
    registers = island_canaries(SEED);
    registers.rax = TAG(OP_CALL, 1, 0);
    registers.rdi = island_give(&island, endpoint);
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(message_receive(endpoint, &message));
    registers_fill(&mine, OTHER_SEED);
    mine.rax = TAG(OP_REPLY, 0, 0);
    mine.rsi = message.reply;
    registers_enter(&mine);
    CHECK_IS(mine.r10, SUCCESS);
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(island_canaries_in(r, OTHER_SEED), 7);
    CHECK_IS(r->rbp >> 16, SEED);
    CHECK_IS(r->rbx | r->rdi | r->rsi | r->r10, 0);
}

TEST(LEAK_NOTIFY, "a notification carries to another space its bits alone")
{
    struct thread_registers *r = &seen.registers;
    struct all_registers mine;
    cap_t notification = make_notification();

    MAKE(code_syscall);
    registers = island_canaries(SEED);
    registers.rax = TAG(OP_RECV, 0, 0);
    registers.rdi = island_give(&island, notification);
    CHECK_GOOD(island_start(&island, registers));
    sleep_for(1000000);
    registers_fill(&mine, OTHER_SEED);
    mine.rax = TAG(OP_NOTIFY, 0, 1);
    mine.rdi = notification;
    mine.rdx = 6;
    registers_enter(&mine);
    CHECK_IS(mine.r10, SUCCESS);
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(island_canaries_in(r, OTHER_SEED), 0);
    CHECK_IS(r->rbx, 6);
    CHECK_IS(r->rdx | r->r8 | r->r9 | r->r12 | r->r13 | r->r14 | r->r15, 0);
}

TEST(LEAK_SWITCH, "a thread that starts after another finds none of its registers")
{
    MAKE(code_spin);
    CHECK_GOOD(island_start(&island, island_canaries(SEED)));
    sleep_for(1000000);
    CHECK_GOOD(thread_suspend(island.thread));
    MAKE(code_ud2);
    CHECK_GOOD(island_start(&island, (struct thread_registers){0}));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(island_canaries_in(&seen.registers, SEED), 0);
}

TEST(LEAK_UTCB, "the UTCB's words that a message does not count do not go over")
{
    static struct partner partner;
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    partner.message.word_count = 3;
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    for (unsigned i = 7; i < MESSAGE_WORDS_MAX; i++)
        partner.worker.utcb->words[i] = SEED;
    memset(utcb_self()->words, 0, sizeof(utcb_self()->words));
    CHECK_GOOD(message_receive(endpoint, &message));
    for (unsigned i = 7; i < MESSAGE_WORDS_MAX; i++)
        CHECK_IS(utcb_self()->words[i], 0);
}

/* ---- the foreign entry ---- */

#define GETPID 39

TEST(FOREIGN_BOUNCE, "a foreign system call goes on at the entry, all registers untouched but rcx")
{
    const struct thread_registers *r = &seen.registers;

    MAKE(code_syscall);
    CHECK_GOOD(thread_set_foreign(island.thread, ISLAND_CODE + 2));
    registers = island_canaries(SEED);
    registers.rax = GETPID;
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(r->rax, GETPID);
    CHECK_IS(r->rcx, ISLAND_CODE + 2);
    CHECK_IS(r->sp, ISLAND_STACK_TOP);
    CHECK_IS(island.utcb->foreign_ip, ISLAND_CODE + 2);
    CHECK_IS(island_canaries_in(r, SEED), 12); /* all but rax, rcx and r11 */
}

TEST(FOREIGN_NONE, "with entry 0 a foreign system call goes to the handler")
{
    MAKE(code_syscall);
    CHECK_GOOD(thread_set_foreign(island.thread, ISLAND_CODE + 2));
    CHECK_GOOD(thread_set_foreign(island.thread, 0));
    registers = (struct thread_registers){.rax = GETPID};
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(seen.label, FAULT_LABEL_FOREIGN);
}

TEST(FOREIGN_KEEPS, "the C library's system calls keep every register but rax, rcx and r11")
{
    struct all_registers before, after;

    registers_fill(&before, SEED);
    before.rax = GETPID;
    after = before;
    registers_enter(&after);
    CHECK((int64_t)after.rax > 0);
    after.rax = before.rax;
    after.rcx = before.rcx;
    after.r11 = before.r11;
    CHECK(memcmp(&before, &after, sizeof(before)) == 0);
}

/* Seeds the 128 bytes below the stack pointer, calls, and counts those that are as before. */
__attribute__((naked)) static uint64_t words_kept_in_red_zone(void)
{
    __asm__("movq $-16, %rcx\n"
            "1: movq $0x5eed, (%rsp, %rcx, 8)\n\t"
            "incq %rcx\n\t"
            "jnz 1b\n\t"
            "movl $39, %eax\n\t"
            "syscall\n\t"
            "xorl %eax, %eax\n\t"
            "movq $-16, %rcx\n"
            "2: cmpq $0x5eed, (%rsp, %rcx, 8)\n\t"
            "jne 3f\n\t"
            "incq %rax\n"
            "3: incq %rcx\n\t"
            "jnz 2b\n\t"
            "retq");
}

TEST(FOREIGN_RED_ZONE, "the C library's system calls leave the stack's red zone alone")
{
    CHECK_IS(words_kept_in_red_zone(), 16);
}

TEST(FOREIGN_ONLY_OWN, "the foreign entry is the thread's: another's calls do not go there")
{
    MAKE(code_syscall);
    registers = (struct thread_registers){.rax = GETPID};
    CHECK_GOOD(worker_run(&worker, nothing, NULL));
    CHECK_GOOD(thread_set_foreign(worker.thread, ISLAND_CODE));
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK_IS(seen.label, FAULT_LABEL_FOREIGN);
}

SUITE
