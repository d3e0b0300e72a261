/* systest-fault.c - faults as messages to a handler: what they tell, and how a thread goes on. */
#include "lib/systest.h"
#include <myelin/idl/fault_types.h>
#include <myelin/idl/thread_types.h>

#define UNMAPPED  0x320000000000ull /* a user address where nothing is */
#define TRAP_PAGE 14
#define BADGE     7

static struct fault_seen seen;
static struct message message;
static struct worker worker;
static volatile uint64_t result;

static void read_at(void *address)
{
    result = *(volatile uint64_t *)address;
}

static void write_at(void *address)
{
    *(volatile uint64_t *)address = 1;
}

static void jump_to(void *address)
{
    ((void (*)(void))address)();
}

/* A worker whose faults come to the endpoint. */
static error_t start_handled(cap_t endpoint, void (*run)(void *), void *argument)
{
    struct plan plan = {.run = run, .argument = argument};
    error_t error = endpoint_mint(endpoint, BADGE, &plan.handler);

    return error ? error : worker_start(&worker, &plan);
}

/* Its fault has been received: its reply token is in `message`. */
static error_t take_fault(void (*run)(void *), void *argument)
{
    cap_t endpoint = make_call_only();
    error_t error = start_handled(endpoint, run, argument);

    return error ? error : receive_fault(endpoint, &message, &seen);
}

static error_t answer(void)
{
    message_begin(&message, SUCCESS);
    return message_reply(&message);
}

static unsigned stop_reason(void)
{
    struct thread_info info = {0};

    thread_get_info(worker.thread, &info);
    return info.state == THREAD_STOPPED ? info.stop_reason : THREAD_STOP_NONE;
}

/* ---- what the message says ---- */

TEST(FAULT_READ, "a read of what is not mapped tells address, access, instruction and trap")
{
    CHECK_GOOD(catch_fault(read_at, (void *)(UNMAPPED + 0x123), &seen));
    CHECK_IS(seen.label, FAULT_LABEL_PAGE);
    CHECK_IS(seen.address, UNMAPPED + 0x123);
    CHECK_IS(seen.detail, CAP_RIGHTS_READ);
    CHECK_IS(seen.present, 0);
    CHECK_IS(seen.trap, TRAP_PAGE);
    CHECK(seen.ip >= (uint64_t)read_at && seen.ip < (uint64_t)read_at + 32);
}

TEST(FAULT_WRITE, "a write to what is not mapped tells that it was a write")
{
    CHECK_GOOD(catch_fault(write_at, (void *)UNMAPPED, &seen));
    CHECK_IS(seen.label, FAULT_LABEL_PAGE);
    CHECK_IS(seen.detail, CAP_RIGHTS_WRITE);
}

TEST(FAULT_EXECUTE, "a jump to what is not mapped tells that it was to execute, and where")
{
    CHECK_GOOD(catch_fault(jump_to, (void *)UNMAPPED, &seen));
    CHECK_IS(seen.label, FAULT_LABEL_PAGE);
    CHECK_IS(seen.detail, CAP_RIGHTS_EXECUTE);
    CHECK_IS(seen.ip, UNMAPPED);
    CHECK_IS(seen.address, UNMAPPED);
}

TEST(FAULT_FORBIDDEN, "a write to a page that may only be read tells that a page was there")
{
    void *page = map(make_frame(), CAP_RIGHTS_READ);

    CHECK_GOOD(catch_fault(write_at, page, &seen));
    CHECK_IS(seen.detail, CAP_RIGHTS_WRITE);
    CHECK_IS(seen.present, 1);
}

TEST(FAULT_ORIGIN, "a fault shows as a fault, which only the kernel can send, with the badge")
{
    CHECK_GOOD(take_fault(read_at, (void *)UNMAPPED));
    CHECK_IS(message.origin, ORIGIN_FAULT);
    CHECK_IS(message.badge, BADGE);
    CHECK_IS(message.word_count, 7 + sizeof(struct thread_registers) / sizeof(word_t));
}

__attribute__((naked)) static void fault_with_registers(__attribute__((unused)) void *address)
{
    __asm__("movq $0x1001, %rax\n\t"
            "movq $0x1002, %rbx\n\t"
            "movq $0x1003, %rcx\n\t"
            "movq $0x1004, %rdx\n\t"
            "movq $0x1005, %rsi\n\t"
            "movq $0x1006, %rbp\n\t"
            "movq $0x1008, %r8\n\t"
            "movq $0x1011, %r11\n\t"
            "movq $0x1015, %r15\n\t"
            "movq (%rdi), %rax\n\t"
            "retq");
}

TEST(FAULT_REGISTERS, "the fault tells all registers as they were")
{
    const struct thread_registers *r = &seen.registers;

    CHECK_GOOD(catch_fault(fault_with_registers, (void *)UNMAPPED, &seen));
    CHECK(r->rax == 0x1001 && r->rbx == 0x1002 && r->rcx == 0x1003 && r->rdx == 0x1004);
    CHECK(r->rsi == 0x1005 && r->rbp == 0x1006 && r->r8 == 0x1008 && r->r11 == 0x1011);
    CHECK(r->r15 == 0x1015 && r->rdi == UNMAPPED);
    CHECK_IS(r->ip, seen.ip);
    CHECK_IS(r->sp, seen.sp);
    CHECK_IS(r->gs_base, seen.worker.utcb);
}

/* ---- exceptions ---- */

static void divide_by_zero(void *unused)
{
    (void)unused;
    __asm__ volatile("xorl %%ecx, %%ecx\n\tdivl %%ecx" ::: "eax", "ecx", "edx", "cc");
}

static void breakpoint(void *unused)
{
    (void)unused;
    __asm__ volatile("int3");
}

static void undefined(void *unused)
{
    (void)unused;
    __asm__ volatile("ud2");
}

static void single_step(void *unused)
{
    (void)unused;
    __asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tnop" ::: "memory", "cc");
}

static void step_over_call(void *unused)
{
    (void)unused;
    __asm__ volatile(
        "pushfq\n\torq $0x100, (%%rsp)\n\tmovl $0x80000000, %%eax\n\tpopfq\n\tnop\n\tsyscall" ::
            : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
              "r14", "r15", "memory", "cc");
}

/* The emulator does not raise the vector unit's own exceptions, but x87's. */
static void divide_x87(void *unused)
{
    unsigned short control = 0x37f & ~(1u << 2); /* division by zero is not masked */

    (void)unused;
    __asm__ volatile("fninit\n\tfldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait" : : "m"(control));
}

static void call_linux(void *number)
{
    register uint64_t rax __asm__("rax") = (uint64_t)number;

    __asm__ volatile("syscall" : "+r"(rax) : : "rcx", "r11", "memory");
}

static error_t take_exception(void (*run)(void *))
{
    return catch_fault(run, NULL, &seen);
}

TEST(EXCEPTION_DIVIDE, "a division by zero is exception 0")
{
    CHECK_GOOD(take_exception(divide_by_zero));
    CHECK_IS(seen.label, FAULT_LABEL_EXCEPTION);
    CHECK_IS(seen.trap, 0);
    CHECK_IS(seen.address, 0);
}

TEST(EXCEPTION_BREAKPOINT, "a breakpoint is exception 3")
{
    CHECK_GOOD(take_exception(breakpoint));
    CHECK_IS(seen.label, FAULT_LABEL_EXCEPTION);
    CHECK_IS(seen.trap, 3);
}

TEST(EXCEPTION_UNDEFINED, "an instruction that does not exist is exception 6")
{
    CHECK_GOOD(take_exception(undefined));
    CHECK_IS(seen.label, FAULT_LABEL_EXCEPTION);
    CHECK_IS(seen.trap, 6);
}

TEST(EXCEPTION_STEP, "a single step is exception 1, of the thread and not of the kernel")
{
    CHECK_GOOD(take_exception(single_step));
    CHECK_IS(seen.label, FAULT_LABEL_EXCEPTION);
    CHECK_IS(seen.trap, 1);
}

TEST(EXCEPTION_X87, "an unmasked floating-point error is exception 16")
{
    CHECK_GOOD(take_exception(divide_x87));
    CHECK_IS(seen.label, FAULT_LABEL_EXCEPTION);
    CHECK_IS(seen.trap, 16);
}

TEST(FAULT_UNKNOWN_CALL, "a foreign system call of a thread without an entry goes to its handler")
{
    CHECK_GOOD(catch_fault(call_linux, (void *)39, &seen));
    CHECK_IS(seen.label, FAULT_LABEL_FOREIGN);
    CHECK_IS(seen.address, 39);
    CHECK_IS(seen.origin, ORIGIN_FAULT);
}

/* ---- going on ---- */

TEST(FAULT_SERVED, "a handler that maps the page lets the thread go on where it was")
{
    cap_t endpoint = make_call_only(), frame = make_frame();
    uint64_t *page = map(frame, READ_WRITE);

    *page = 0x600d;
    result = 0;
    CHECK_GOOD(frame_unmap(CAP_NULL, frame));
    CHECK_GOOD(start_handled(endpoint, read_at, page));
    CHECK_GOOD(receive_fault(endpoint, &message, &seen));
    CHECK_IS(seen.address, page);
    CHECK_GOOD(frame_map(CAP_NULL, frame, seen.address, CAP_RIGHTS_READ));
    CHECK_GOOD(answer());
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(result, 0x600d);
}

TEST(EXCEPTION_STEP_SYSCALL,
     "a single step over a system call steps in the program, not the kernel")
{
    cap_t endpoint = make_call_only();
    uint64_t before;

    CHECK_GOOD(start_handled(endpoint, step_over_call, NULL));
    CHECK_GOOD(receive_fault(endpoint, &message, &seen));
    CHECK_IS(seen.trap, 1);
    before = seen.ip;
    CHECK_GOOD(answer());
    CHECK_GOOD(receive_fault(endpoint, &message, &seen));
    CHECK_IS(seen.label, FAULT_LABEL_EXCEPTION);
    CHECK_IS(seen.trap, 1);
    CHECK(seen.ip > before && seen.ip < before + 16); /* behind the call, in the program */
}

TEST(FAULT_AGAIN, "a thread that is let go on without help faults again")
{
    cap_t endpoint = make_call_only();

    CHECK_GOOD(start_handled(endpoint, read_at, (void *)UNMAPPED));
    CHECK_GOOD(receive_fault(endpoint, &message, &seen));
    CHECK_GOOD(answer());
    seen.address = 0;
    CHECK_GOOD(receive_fault(endpoint, &message, &seen));
    CHECK_IS(seen.address, UNMAPPED);
}

static void done(void *unused)
{
    (void)unused;
    result = 0xd09e;
}

TEST(FAULT_MOVED, "a handler may change the registers of the thread that faulted")
{
    struct thread_registers registers;

    result = 0;
    CHECK_GOOD(take_fault(read_at, (void *)UNMAPPED));
    CHECK_GOOD(thread_read_registers(worker.thread, &registers));
    registers.ip = (uint64_t)done;
    CHECK_GOOD(thread_write_registers(worker.thread, &registers));
    CHECK_GOOD(answer());
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(result, 0xd09e);
}

TEST(FAULT_ANSWER_EMPTY, "an answer to a fault changes no register of the thread")
{
    struct thread_registers registers;
    cap_t endpoint = make_call_only();

    CHECK_GOOD(start_handled(endpoint, fault_with_registers, (void *)UNMAPPED));
    CHECK_GOOD(receive_fault(endpoint, &message, &seen));
    registers = seen.registers;
    message_begin(&message, 99);
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        message_put(&message, 0xbad);
    CHECK_GOOD(message_reply(&message));
    CHECK_GOOD(receive_fault(endpoint, &message, &seen));
    CHECK(memcmp(&registers, &seen.registers, sizeof(registers)) == 0);
}

/* ---- nobody handles it ---- */

TEST(FAULT_NO_HANDLER, "a fault without a handler stops the thread, and the reason is told")
{
    struct thread_info info;

    CHECK_GOOD(worker_run(&worker, read_at, (void *)UNMAPPED));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(stop_reason(), THREAD_STOP_NO_HANDLER);
    CHECK_GOOD(thread_get_info(worker.thread, &info));
    CHECK_IS(info.exit_code, UNMAPPED);
}

TEST(FAULT_HANDLER_GONE, "a handler that is gone stops the thread")
{
    cap_t endpoint = make_call_only();
    struct plan plan = {.run = read_at, .argument = (void *)UNMAPPED, .handler = endpoint};

    CHECK_GOOD(worker_make(&worker, &plan));
    CHECK_GOOD(cap_delete(endpoint));
    CHECK_GOOD(thread_start(worker.thread));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(stop_reason(), THREAD_STOP_NO_HANDLER);
}

TEST(FAULT_HANDLER_DIES, "a handler that dies while the fault waits for it stops the thread")
{
    cap_t endpoint = make_call_only();

    CHECK_GOOD(start_handled(endpoint, read_at, (void *)UNMAPPED));
    let_run();
    CHECK_IS(worker_state(&worker), THREAD_WAITS_CALL);
    CHECK_GOOD(cap_delete(endpoint));
    CHECK_IS(stop_reason(), THREAD_STOP_HANDLER_GONE);
}

TEST(FAULT_DROPPED, "a handler that drops the fault stops the thread")
{
    cap_t endpoint = make_call_only();

    CHECK_GOOD(start_handled(endpoint, read_at, (void *)UNMAPPED));
    CHECK_GOOD(receive_fault(endpoint, &message, &seen));
    CHECK_ERROR(message_poll(endpoint, &message), EAGAIN);
    CHECK_IS(stop_reason(), THREAD_STOP_HANDLER_GONE);
}

TEST(FAULT_OWN_HANDLER, "a handler that faults itself does not wait for itself: it stops")
{
    cap_t endpoint = make_call_only();
    struct plan plan = {.run = read_at, .argument = (void *)UNMAPPED, .handler = endpoint};

    CHECK_GOOD(worker_make(&worker, &plan));
    CHECK_GOOD(thread_bind_endpoint(worker.thread, endpoint));
    CHECK_GOOD(thread_start(worker.thread));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(stop_reason(), THREAD_STOP_HANDLER_GONE);
}

TEST(FAULT_RESUMED, "a thread that was stopped by a fault can be resumed, with the page there")
{
    cap_t frame = make_frame();
    void *page = map(frame, READ_WRITE);

    CHECK_GOOD(frame_unmap(CAP_NULL, frame));
    CHECK_GOOD(worker_run(&worker, write_at, page));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_GOOD(frame_map(CAP_NULL, frame, (uint64_t)page, READ_WRITE));
    CHECK_GOOD(thread_resume(worker.thread));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(worker_state(&worker), THREAD_EXITED);
    CHECK_IS(*(uint64_t *)page, 1);
}

TEST(FAULT_KILLED, "a thread that waits for its handler can be destroyed; the handler learns it")
{
    CHECK_GOOD(take_fault(read_at, (void *)UNMAPPED));
    CHECK_GOOD(cap_delete(worker.thread));
    CHECK_ERROR(answer(), ESTALE);
}

TEST(HANDLER_NO_CALL, "a handler needs Call: EPERM")
{
    CHECK_GOOD(worker_run(&worker, done, NULL));
    CHECK_REFUSED(thread_set_handler(worker.thread, with_rights(make_endpoint(), CAP_RIGHTS_SEND)),
                  EPERM, ARGUMENT_CAP(0));
}

TEST(HANDLER_TYPE, "a handler that is no Endpoint is EINVAL")
{
    CHECK_GOOD(worker_run(&worker, done, NULL));
    CHECK_REFUSED(thread_set_handler(worker.thread, make_frame()), EINVAL, ARGUMENT_CAP(0));
}

TEST(HANDLER_NO_MANAGE, "SET_HANDLER without Manage is EPERM")
{
    CHECK_GOOD(worker_run(&worker, done, NULL));
    CHECK_REFUSED(thread_set_handler(with_rights(worker.thread, CAP_RIGHTS_READ), make_endpoint()),
                  EPERM, ARGUMENT_HANDLE);
}

SUITE
