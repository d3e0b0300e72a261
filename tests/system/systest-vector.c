/*
 * systest-vector.c - vector and x87 state: each thread has its own, new ones the initial state,
 * and nothing of it ever shows in another.
 */
#include <myelin/clock.h>
#include <myelin/idl/thread_types.h>

#include "lib/systest.h"

#define REGISTERS     16
#define YMM_BYTES     32
#define MXCSR_INITIAL 0x1f80u
#define MXCSR_ROUND   0x7f80u /* rounds towards zero */
#define XMM0_AT       160     /* in the XSAVE image */
#define MXCSR_AT      24
#define HEADER_AT     512

/* All ymm registers, MXCSR and the x87 control word. */
struct vector_state {
    uint8_t ymm[REGISTERS][YMM_BYTES];
    uint32_t mxcsr;
    uint16_t control;
    uint16_t unused; /* no byte of it is undefined, so that states can be compared whole */
};

static struct island island, other;
static struct fault_seen seen;
static struct worker worker;
static struct message message;
static struct vector_state mine, its;

#define EACH_REGISTER(form)                                                                  \
    form(0) form(1) form(2) form(3) form(4) form(5) form(6) form(7) form(8) form(9) form(10) \
        form(11) form(12) form(13) form(14) form(15)
#define STORE(n)  "vmovups %%ymm" #n ", 32*" #n "(%0)\n\t"
#define LOAD(n)   "vmovups 32*" #n "(%0), %%ymm" #n "\n\t"
#define STORE_(n) "vmovups %ymm" #n ", 32*" #n "(%rdi); "
#define FILL_(n)  "vmovups (%rsi), %ymm" #n "; "

__attribute__((noinline)) static void store(struct vector_state *state)
{
    __asm__ volatile(EACH_REGISTER(STORE) "stmxcsr 512(%0)\n\tfnstcw 516(%0)"
                     :
                     : "r"(state)
                     : "memory");
}

__attribute__((noinline)) static void load(const struct vector_state *state)
{
    __asm__ volatile(EACH_REGISTER(LOAD) "ldmxcsr 512(%0)\n\tfldcw 516(%0)"
                     :
                     : "r"(state)
                     : "memory");
}

/* Loads `in`, makes the system call, stores to `out`: no C code between that could use a register.
 */
static void call_between(const struct vector_state *in, struct ipc_registers *call,
                         struct vector_state *out)
{
    load(in);
    ipc_enter(call);
    store(out);
}

static void fill(struct vector_state *state, uint8_t seed)
{
    for (unsigned i = 0; i < REGISTERS; i++)
        memset(state->ymm[i], seed + i, YMM_BYTES);
    state->mxcsr = MXCSR_ROUND;
    state->control = 0x27f;
}

static bool is_initial(const struct vector_state *state)
{
    static const uint8_t zero[REGISTERS][YMM_BYTES];

    return memcmp(state->ymm, zero, sizeof(zero)) == 0 && state->mxcsr == MXCSR_INITIAL &&
           state->control == 0x37f;
}

CODE(code_store, EACH_REGISTER(STORE_) "stmxcsr 512(%rdi); fnstcw 516(%rdi); ud2");
CODE(code_fill_call_store,
     EACH_REGISTER(FILL_) "movq %rbx, %rdi; syscall; movq $0x500000, %rdi; " EACH_REGISTER(
         STORE_) "stmxcsr 512(%rdi); fnstcw 516(%rdi); ud2");
CODE(code_fill_spin, EACH_REGISTER(FILL_) "1: jmp 1b");
CODE(code_x87, "fnstsw 520(%rdi); fnstenv (%rdi); ud2");
CODE(code_plain, "ud2");

#define MAKE(island, name) CHECK_GOOD(island_make(island, name, name##_end))

/* An island whose vector registers are full of canaries, and which spins. */
static error_t start_full_island(uint8_t seed)
{
    struct thread_registers registers = {.rsi = ISLAND_DATA};
    error_t error = island_make(&other, code_fill_spin, code_fill_spin_end);

    if (error)
        return error;
    memset(other.data, seed, YMM_BYTES);
    error = island_start(&other, registers);
    sleep_for(2000000);
    return error;
}

TEST(VECTOR_INITIAL, "a new thread begins with the initial vector state, whatever others have")
{
    struct thread_registers registers = {.rdi = ISLAND_DATA};

    MAKE(&island, code_store);
    fill(&mine, 0xa0);
    load(&mine);
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK(is_initial((struct vector_state *)island.data));
}

TEST(VECTOR_INITIAL_AFTER, "also if another thread in its own space runs between two of its own")
{
    struct thread_registers registers = {.rdi = ISLAND_DATA};

    CHECK_GOOD(start_full_island(0xbb));
    MAKE(&island, code_store);
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK(is_initial((struct vector_state *)island.data));
}

TEST(VECTOR_X87, "a new thread's x87 stack is empty and its status clear")
{
    struct thread_registers registers = {.rdi = ISLAND_DATA};
    uint16_t *environment;

    __asm__ volatile("fld1\n\tfldpi\n\tfld1" : : : "st", "st(1)", "st(2)");
    MAKE(&island, code_x87);
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    __asm__ volatile("fninit");
    environment = (uint16_t *)island.data;
    CHECK_IS(environment[4], 0xffff); /* tags: all empty */
    CHECK_IS(environment[260], 0);    /* status */
}

TEST(VECTOR_KEPT_SYSCALL, "a system call keeps vector registers, MXCSR and the x87 control word")
{
    struct ipc_registers call = raw(OP_CALL, FORGED_HANDLE, 1);

    fill(&mine, 0x10);
    call_between(&mine, &call, &its);
    CHECK_IS(call.deadline, EBADF);
    CHECK(memcmp(&mine, &its, sizeof(mine)) == 0);
}

static void spoil_vectors(void *endpoint)
{
    static struct message request;
    static struct vector_state full;

    fill(&full, 0x40);
    message_receive((cap_t)endpoint, &request);
    load(&full);
    message_begin(&request, 0);
    message_reply(&request);
}

TEST(VECTOR_KEPT_CALL, "a call keeps them though the server uses them")
{
    cap_t endpoint = make_endpoint();
    struct ipc_registers call = raw(OP_CALL, endpoint, 1);

    CHECK_GOOD(worker_run(&worker, spoil_vectors, (void *)endpoint));
    let_run();
    fill(&mine, 0x20);
    call_between(&mine, &call, &its);
    CHECK_IS(call.deadline, SUCCESS);
    CHECK(memcmp(&mine, &its, sizeof(mine)) == 0);
}

/* The island fills its registers and calls; the test, while it serves the call, fills its own. */
TEST(VECTOR_KEPT_SPACES, "two threads in two spaces find their own, call after call")
{
    struct vector_state *shown;
    struct thread_registers registers = {.rsi = ISLAND_DATA, .rax = TAG(OP_CALL, 1, 0)};
    cap_t endpoint = make_endpoint();
    struct ipc_registers call = raw(OP_REPLY, CAP_NULL, 0);

    MAKE(&island, code_fill_call_store);
    memset(island.data, 0x77, YMM_BYTES);
    registers.rbx = island_give(&island, endpoint);
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(message_receive(endpoint, &message));
    fill(&mine, 0x30);
    call.token = message.reply;
    call_between(&mine, &call, &its);
    load(&mine);
    CHECK_GOOD(island_fault(&island, &seen));
    shown = (struct vector_state *)island.data;
    for (unsigned i = 0; i < REGISTERS * YMM_BYTES; i++)
        CHECK_IS(shown->ymm[0][i], 0x77);
    CHECK_IS(shown->mxcsr, MXCSR_INITIAL);
}

TEST(VECTOR_KEPT_PREEMPTED, "a thread that is preempted by one that uses them finds its own again")
{
    cap_t notification = make_notification();
    struct ipc_registers call = raw(OP_RECV, notification, 0);

    CHECK_GOOD(start_full_island(0xcc));
    CHECK_GOOD(notification_set_timer(notification, clock_now() + 3000000, 1));
    fill(&mine, 0x50);
    call_between(&mine, &call, &its);
    CHECK_IS(call.deadline, SUCCESS);
    CHECK(memcmp(&mine, &its, sizeof(mine)) == 0);
}

TEST(VECTOR_DESTROYED, "the state of a thread that was destroyed shows in nobody")
{
    struct thread_registers registers = {.rdi = ISLAND_DATA};

    CHECK_GOOD(start_full_island(0xdd));
    CHECK_GOOD(cap_delete(other.thread));
    MAKE(&island, code_store);
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK(is_initial((struct vector_state *)island.data));
}

/* ---- read and written by others ---- */

TEST(VECTOR_READ, "READ_VECTOR shows a suspended thread's registers")
{
    size_t length;
    uint8_t xmm[16];

    CHECK_GOOD(start_full_island(0xee));
    CHECK_GOOD(thread_suspend(other.thread));
    CHECK_GOOD(thread_read_vector(other.thread, XMM0_AT, sizeof(xmm), xmm, sizeof(xmm), &length));
    for (unsigned i = 0; i < sizeof(xmm); i++)
        CHECK_IS(xmm[i], 0xee);
}

TEST(VECTOR_WRITE, "WRITE_VECTOR is what the thread finds in its registers")
{
    struct thread_registers registers = {.rdi = ISLAND_DATA};
    uint64_t header = 3, xmm[2] = {0x1234, 0x5678};
    uint32_t mxcsr[2] = {MXCSR_ROUND, 0};

    MAKE(&island, code_store);
    CHECK_GOOD(thread_write_vector(island.thread, XMM0_AT, xmm, sizeof(xmm)));
    CHECK_GOOD(thread_write_vector(island.thread, MXCSR_AT, mxcsr, sizeof(mxcsr)));
    CHECK_GOOD(thread_write_vector(island.thread, HEADER_AT, &header, sizeof(header)));
    CHECK_GOOD(island_start(&island, registers));
    CHECK_GOOD(island_fault(&island, &seen));
    CHECK(memcmp(island.data, xmm, sizeof(xmm)) == 0);
    CHECK_IS(((struct vector_state *)island.data)->mxcsr, MXCSR_ROUND);
}

TEST(VECTOR_WRITE_MXCSR, "reserved bits of MXCSR are EINVAL, and the image stays as it was")
{
    size_t length;
    uint32_t bad[2] = {0xffffffff, 0}, kept[2];

    MAKE(&island, code_plain);
    CHECK_REFUSED(thread_write_vector(island.thread, MXCSR_AT, bad, sizeof(bad)), EINVAL,
                  ARGUMENT_WORD(2));
    CHECK_GOOD(
        thread_read_vector(island.thread, MXCSR_AT, sizeof(kept), kept, sizeof(kept), &length));
    CHECK_IS(kept[0], MXCSR_INITIAL);
}

TEST(VECTOR_WRITE_COMPONENTS, "state components that the processor does not have are EINVAL")
{
    uint64_t header = 1ull << 62;

    MAKE(&island, code_plain);
    CHECK_ERROR(thread_write_vector(island.thread, HEADER_AT, &header, sizeof(header)), EINVAL);
}

TEST(VECTOR_WRITE_COMPACTED, "the compacted format is EINVAL")
{
    uint64_t header[2] = {3, 1ull << 63};

    MAKE(&island, code_plain);
    CHECK_ERROR(thread_write_vector(island.thread, HEADER_AT, header, sizeof(header)), EINVAL);
}

TEST(VECTOR_WRITE_RESERVED, "reserved bytes of the XSAVE header are EINVAL")
{
    uint64_t header = 1;

    MAKE(&island, code_plain);
    CHECK_ERROR(thread_write_vector(island.thread, HEADER_AT + 56, &header, sizeof(header)),
                EINVAL);
}

TEST(VECTOR_RANGE, "a range outside of the image, or not of whole words, is ERANGE")
{
    size_t length;
    uint64_t word = 0;

    MAKE(&island, code_plain);
    CHECK_REFUSED(thread_read_vector(island.thread, 1 << 20, 8, &word, 8, &length), ERANGE,
                  ARGUMENT_WORD(0));
    CHECK_REFUSED(thread_read_vector(island.thread, 4, 8, &word, 8, &length), ERANGE,
                  ARGUMENT_WORD(0));
    CHECK_REFUSED(thread_read_vector(island.thread, 0, 4, &word, 4, &length), ERANGE,
                  ARGUMENT_WORD(1));
    CHECK_REFUSED(thread_write_vector(island.thread, -8ull, &word, 8), ERANGE, ARGUMENT_WORD(0));
}

TEST(VECTOR_RUNNING, "vector state cannot be read or written while the thread runs: EBUSY")
{
    size_t length;
    uint64_t word = 0;

    CHECK_GOOD(start_full_island(0x11));
    CHECK_REFUSED(thread_read_vector(other.thread, 0, 8, &word, 8, &length), EBUSY,
                  ARGUMENT_HANDLE);
    CHECK_REFUSED(thread_write_vector(other.thread, 0, &word, 8), EBUSY, ARGUMENT_HANDLE);
}

TEST(VECTOR_RIGHTS, "READ_VECTOR needs Read, WRITE_VECTOR Manage: EPERM")
{
    size_t length;
    uint64_t word = 0;

    MAKE(&island, code_plain);
    CHECK_REFUSED(
        thread_read_vector(with_rights(island.thread, CAP_RIGHTS_MANAGE), 0, 8, &word, 8, &length),
        EPERM, ARGUMENT_HANDLE);
    CHECK_REFUSED(thread_write_vector(with_rights(island.thread, CAP_RIGHTS_READ), 0, &word, 8),
                  EPERM, ARGUMENT_HANDLE);
}

SUITE
