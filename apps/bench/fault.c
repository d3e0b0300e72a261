/*
 * fault.c - a page fault, its message to a handler in another address space, and back. The handler
 * answers without having mended anything, so the same instruction faults again, as often as is
 * measured; then it looks at a few such faults closely, maps the page, and the instruction goes on.
 */
#include <myelin/cap.h>
#include <myelin/frame.h>
#include <myelin/idl/fault_types.h>
#include <myelin/idl/partner.h>
#include <myelin/startup.h>
#include <myelin/thread.h>
#include <myelin/vspace.h>

#include "bench.h"
#include "measure.h"

#define PAGE       4096
#define ADDRESS    (VSPACE_WINDOW_BASE - PAGE) /* where the page is missing */
#define TRAP_PAGE  14
#define CHECKED    100
#define PROOF      0x70a57ull /* what the page holds that is mapped in the end */
#define REGISTER_A 0xaaaaaaaa0000000aull
#define REGISTER_B 0xbbbbbbbb0000000bull

extern const char bench_fault_at[]; /* the instruction that faults; the same in both programs */

/* A fault's message. */
struct told {
    struct fault_cause cause;
    struct thread_registers registers;
};
#define FAULT_TAG \
    (TAG(OP_CALL, FAULT_LABEL_PAGE, sizeof(struct told) / sizeof(word_t)) | TAG_ORIGIN_FAULT)

/* ---- the handler ---- */

static struct echo echo;
static cap_t page;

static bool is_good(uint64_t ip)
{
    struct told told;

    for (unsigned i = 0; i < sizeof(told) / sizeof(word_t); i++)
        ((word_t *)&told)[i] = *bench_word(echo.words, i);
    return echo.tag == FAULT_TAG && echo.badge == BENCH_BADGE && told.cause.address == ADDRESS &&
           told.cause.detail == FAULT_READ && !told.cause.present && told.cause.trap == TRAP_PAGE &&
           told.cause.ip == ip && told.cause.sp == told.registers.sp && told.registers.ip == ip &&
           told.registers.rdi == ADDRESS && told.registers.rdx == REGISTER_A &&
           told.registers.r15 == REGISTER_B;
}

/* Answers, and takes the next `count` faults; the last is not answered yet. */
static void take(uint64_t count)
{
    echo.count = count;
    handler_run(&echo);
}

/* A first fault has come: it will come again and again, until the page is there. */
static void handle(void)
{
    uint64_t ip = (uint64_t)bench_fault_at, start, good = is_good(ip);

    echo.tag = echo.answer_tag;
    start = counter_now();
    take(BENCH_ROUNDS);
    bench_ticks = counter_now() - start;
    for (unsigned i = 0; i < CHECKED; i++) {
        echo.tag = echo.answer_tag;
        take(1);
        good += is_good(ip);
    }
    bench_spoilt =
        good != CHECKED + 1 || frame_map(startup_cap(BENCH_OTHER), page, ADDRESS, CAP_RIGHTS_READ);
    echo.tag = echo.answer_tag;
}

static error_t make_page(void)
{
    void *address;
    error_t error = frame_allocate(PAGE, &page);

    if (!error)
        error = frame_attach(page, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, &address);
    if (error)
        return error;
    *(uint64_t *)address = PROOF;
    return frame_detach(page);
}

/* Of whoever else calls the page has come, or he has not looked for it yet. */
int bench_handler(void)
{
    error_t error = bench_settle(startup_cap(BENCH_ENDPOINT));

    if (!error)
        error = make_page();
    echo = (struct echo){.endpoint = startup_cap(BENCH_ENDPOINT),
                         .tag = TAG(OP_RECV, 0, 0),
                         .answer_tag = TAG(OP_REPLY_RECV, SUCCESS, 0),
                         .expected = FAULT_TAG};
    while (!error) {
        take(1);
        error = (error_t)echo.status;
        if (error)
            break;
        if (echo.tag == FAULT_TAG) {
            handle();
            continue;
        }
        frame_unmap(startup_cap(BENCH_OTHER), page);
        bench_answer_other(&echo);
    }
    return 1;
}

/* ---- who faults ---- */

/* Reads where the page is missing; a few registers hold what the handler expects there. */
static uint64_t touch(void)
{
    uint64_t value;

    __asm__ volatile("movabsq %[a], %%rdx\n\t"
                     "movabsq %[b], %%r15\n"
                     ".globl bench_fault_at\n"
                     "bench_fault_at:\n\t"
                     "movq (%[at]), %[value]"
                     : [value] "=a"(value)
                     : [at] "D"(ADDRESS), [a] "i"(REGISTER_A), [b] "i"(REGISTER_B)
                     : "rdx", "r15", "memory");
    return value;
}

static uint64_t time_faults(const void *form)
{
    cap_t client = *(const cap_t *)form;
    uint64_t value, ticks;

    if (thread_set_handler(thread_self(), client))
        return 0;
    value = touch();
    if (thread_set_handler(thread_self(), startup_cap("process")) || partner_ticks(client, &ticks))
        return 0;
    return value == PROOF ? ticks : 0;
}

/* There are page tables for the page. */
static error_t make_tables(void)
{
    cap_t frame;
    error_t error = frame_allocate(PAGE, &frame);

    if (!error)
        error = frame_attach_at(frame, CAP_RIGHTS_READ, ADDRESS);
    return error ? error : cap_delete(frame);
}

int bench_fault(void)
{
    static const char name[] = "fault_rt_inter";
    const struct peer_form form = {"--handler", .passive = true, .other = vspace_self()};
    struct peer handler;
    error_t error = make_tables();
    int status;

    if (!error)
        error = peer_start(&form, &handler);
    if (error)
        return bench_fail_error(name, error);
    status = bench_measure(name, time_faults, &handler.client, BENCH_ROUNDS, NULL);
    peer_end(&handler);
    return status;
}
