/* worker.c - threads that a test starts, and what their faults tell. */
#include "pages.h"
#include "systest.h"
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>

#define STACK_PAGES      4
#define ENDED_BIT        1
#define FAULTED_BIT      2
#define FLAGS_INTERRUPTS 0x202
#define WHOLE_TIME       10000000ull /* ns */
#define FAULT_BADGE      0xfa017

/* Where a worker begins; its own Thread ends it. */
static void worker_main(void (*run)(void *), void *argument, cap_t thread)
{
    run(argument);
    thread_exit(thread, 0);
}

static error_t make_stack(struct worker *worker)
{
    for (unsigned i = 0; i < STACK_PAGES; i++) {
        void *page = map(make_frame(), READ_WRITE);

        if (!page)
            return ENOMEM;
        worker->stack_top = (uint64_t)page + PAGE;
    }
    pages_take(PAGE); /* nothing lies there: a stack that overflows faults */
    return SUCCESS;
}

static error_t make_time_for(struct worker *worker, const struct plan *plan)
{
    unsigned priority = plan->priority ? plan->priority : SYSTEST_PRIORITY;
    uint64_t budget = plan->budget ? plan->budget : WHOLE_TIME;
    uint64_t period = plan->period ? plan->period : WHOLE_TIME;
    unsigned role = plan->passive ? SCHEDCONTEXT_RESERVE : SCHEDCONTEXT_OWN;
    error_t error;

    worker->time = make(OBJECT_SCHEDCONTEXT, 0);
    error = schedcontext_configure(worker->time, startup_cap("cpu"), priority, budget, period);
    return error ? error : schedcontext_bind(worker->time, worker->thread, role);
}

static error_t set_registers(const struct worker *worker, const struct plan *plan)
{
    struct thread_registers registers = {
        .ip = (uint64_t)worker_main,
        .sp = worker->stack_top - sizeof(word_t), /* as after a call */
        .flags = FLAGS_INTERRUPTS,
        .rdi = (uint64_t)plan->run,
        .rsi = (uint64_t)plan->argument,
        .rdx = worker->thread,
    };

    return thread_write_registers(worker->thread, &registers);
}

static error_t set_watch(struct worker *worker)
{
    cap_t bell;
    error_t error;

    worker->ended = make_notification();
    error = notification_mint(worker->ended, ENDED_BIT, &bell);
    return error ? error : thread_watch(worker->thread, bell);
}

error_t worker_make(struct worker *worker, const struct plan *plan)
{
    cap_t cspace = plan->cspace ? plan->cspace : startup_cap("cspace");
    error_t error =
        thread_create(systest_memory(), plan->name ? plan->name : "worker", &worker->thread);

    if (!error)
        error = make_stack(worker);
    if (error)
        return error;
    worker->utcb_frame = make_frame();
    worker->utcb = map(worker->utcb_frame, READ_WRITE);
    error = thread_configure(worker->thread, cspace, startup_cap("vspace"), worker->utcb_frame,
                             (uint64_t)worker->utcb);
    if (!error)
        error = thread_set_handler(worker->thread, plan->handler);
    if (!error)
        error = set_watch(worker);
    if (!error)
        error = make_time_for(worker, plan);
    return error ? error : set_registers(worker, plan);
}

error_t worker_start(struct worker *worker, const struct plan *plan)
{
    error_t error = worker_make(worker, plan);

    return error ? error : thread_start(worker->thread);
}

error_t worker_run(struct worker *worker, void (*run)(void *), void *argument)
{
    const struct plan plan = {.run = run, .argument = argument};

    return worker_start(worker, &plan);
}

error_t worker_wait(const struct worker *worker)
{
    uint64_t bits;

    return ipc_wait_notification(worker->ended, &bits);
}

unsigned worker_state(const struct worker *worker)
{
    struct thread_info info = {.state = UINT32_MAX};

    thread_get_info(worker->thread, &info);
    return info.state;
}

/* Twice: a thread that has just become ready is behind those that were. */
void let_run(void)
{
    schedcontext_yield(startup_cap("time"));
    schedcontext_yield(startup_cap("time"));
}

error_t receive_fault(cap_t endpoint, struct message *message, struct fault_seen *seen)
{
    error_t error;

    message->accept = 0;
    error = message_receive(endpoint, message);
    if (error)
        return error;
    seen->label = message->label;
    seen->origin = message->origin;
    seen->address = message->words[0];
    seen->detail = message->words[1];
    seen->ip = message->words[2];
    seen->sp = message->words[3];
    seen->present = message->words[4];
    seen->trap = message->words[5];
    memcpy(&seen->registers, &message->words[7], sizeof(seen->registers));
    return SUCCESS;
}

/* What the test waits on hears of the worker's end, too. */
static error_t watch_through(const struct worker *worker, cap_t notification)
{
    cap_t bell;
    error_t error = notification_mint(notification, FAULTED_BIT, &bell);

    if (!error)
        error = thread_watch(worker->thread, bell);
    return error ? error : thread_bind_notification(thread_self(), notification);
}

error_t catch_fault(void (*run)(void *), void *argument, struct fault_seen *seen)
{
    struct plan plan = {.name = "faulting", .run = run, .argument = argument};
    cap_t endpoint = make_call_only(), notification = make_notification();
    struct message message = {0};
    error_t error = endpoint_mint(endpoint, FAULT_BADGE, &plan.handler);

    if (!error)
        error = worker_make(&seen->worker, &plan);
    if (!error)
        error = watch_through(&seen->worker, notification);
    if (!error)
        error = thread_start(seen->worker.thread);
    if (!error)
        error = receive_fault(endpoint, &message, seen);
    if (!error && message.origin == ORIGIN_NONE)
        error = ECHILD;
    thread_bind_notification(thread_self(), CAP_NULL);
    return error;
}
