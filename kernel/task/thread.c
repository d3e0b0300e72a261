/* thread.c - a thread's life: made, woken, stopped, bereft of what it needs, destroyed. */

#include <ipc/ipc.h>
#include <mem/mem.h>
#include <myelin/idl/thread_types.h>
#include <task/task.h>

void thread_create(struct thread *thread)
{
    arch_context_init(&thread->context);
    arch_vector_init(thread->vector);
    thread->state = THREAD_INACTIVE;
    thread->token = CAP_TOKEN_INDEX; /* the fast path only adds to it */
    fast_stop(thread);
}

void thread_clear_message(struct thread *thread)
{
    struct context *context = &thread->context;

    memset(context->words, 0, sizeof(context->words));
    context->tag = context->handle = context->token = 0;
    context->status = context->notified = 0;
}

void thread_set_failure(struct thread *thread, const struct failure *failure)
{
    thread_clear_message(thread);
    thread->context.status = (uint64_t)failure->error;
    thread->context.words[0] = failure->argument;
    thread->context.words[1] = failure->expected;
    thread->context.words[2] = failure->found;
}

/* A passive thread that wakes with nobody's time to run on may use its reserve. */
void thread_wake(struct thread *thread)
{
    thread->state = THREAD_RUNNING;
    timeout_cancel(&thread->deadline);
    schedule_unpark(thread);
    if (thread->own)
        schedcontext_offer(thread->own);
    else if (thread->reserve && (!thread->caller || chain_is_deep(thread)))
        schedcontext_offer(thread->reserve);
}

/* Its call will not be answered. */
static void leave_call(struct thread *thread, error_t reason)
{
    struct thread *server = thread->server;
    bool was_saved = thread->reply;

    if (was_saved)
        reply_void(thread->reply, reason);
    thread->reply = NULL;
    thread->server = NULL;
    if (!server)
        return;
    if (!was_saved) {
        server->void_token = server->token;
        server->void_reason = reason;
    }
    server->caller = server->fast_caller = NULL;
}

static bool waits_to_send(const struct thread *thread)
{
    return thread->state == THREAD_WAITS_SEND || thread->state == THREAD_WAITS_CALL;
}

void thread_leave_wait(struct thread *thread, error_t reason)
{
    struct thread *next = chain_next(thread); /* whom its time serves, or helps on */
    struct source *left = waits_to_send(thread) ? source_of_waiter(thread) : NULL;

    fast_forget(thread);
    thread->lease_count = 0;
    timeout_cancel(&thread->deadline);
    queue_leave(&thread->node);
    if (thread->state == THREAD_WAITS_REPLY)
        leave_call(thread, reason);
    if (thread->notification)
        notification_note(thread->notification);
    closed_expect_end(thread);
    thread->endpoint = NULL;
    thread->channel = NULL;
    thread->waitset = NULL;
    thread->notification = NULL;
    if (left) {
        source_refresh(left);
        chain_let_help(left);
    }
    if (!next)
        return;
    thread->state = THREAD_RUNNING; /* the chain ends here now */
    chain_changed(next);
}

void thread_take_back(struct thread *thread)
{
    thread_leave_wait(thread, ECANCELED);
    thread->state = THREAD_RUNNING;
    thread->context.ip -= SYSCALL_INSTRUCTION_BYTES;
}

void thread_wake_with(struct thread *thread, const struct failure *failure)
{
    bool buffer = thread->state == THREAD_WAITS_SEND && thread->context.tag & TAG_BUFFER;

    if (thread->faulting) { /* nobody will handle its fault */
        thread_stop(thread, THREAD_STOPPED, THREAD_STOP_HANDLER_GONE);
        return;
    }
    thread_leave_wait(thread, failure->error);
    thread_set_failure(thread, failure);
    if (buffer && !failure->found) /* its message was not delivered, but so much was copied */
        thread->context.words[2] = thread->buffer.done;
    thread_wake(thread);
}

/* It may have been set for a wait that is over. */
static void look_at_deadline(struct timeout *timeout)
{
    static const struct failure too_late = {.error = ETIMEDOUT, .argument = ARGUMENT_DEADLINE};
    struct thread *thread = container_of(timeout, struct thread, deadline);

    if (thread_deadline(thread) > arch_now())
        thread_set_deadline(thread);
    else
        thread_wake_with(thread, &too_late);
}

void thread_set_deadline(struct thread *thread)
{
    uint64_t when = thread_deadline(thread);

    if (when != DEADLINE_FOREVER)
        timeout_set(&thread->deadline, when, look_at_deadline);
}

/* The caller whose token this thread holds learns that it will not be answered. If what it called
   with is a fault it must stop, too, and so on: that takes a step each. */
static void drop_caller(struct thread *thread)
{
    static const struct failure gone = {.error = EPIPE, .argument = ARGUMENT_PARTNER};
    struct thread *caller = thread->caller;

    if (!caller)
        return;
    if (thread_token_open(thread) && !caller->faulting) {
        thread_wake_with(caller, &gone);
        return;
    }
    thread->caller = thread->fast_caller = NULL;
    caller->server = NULL;
    schedule_unpark(thread);
    if (!caller->reply)
        news_tell(caller, (struct news){.handler_gone = 1});
}

void thread_stop(struct thread *thread, unsigned state, unsigned reason)
{
    const struct slot *watch = &thread->watch_slot;

    if (thread->state == THREAD_EXITED)
        return;
    thread_leave_wait(thread, EPIPE);
    fast_stop(thread);
    thread->state = (uint8_t)state;
    thread->stop_reason = (uint8_t)reason;
    revoke_end(thread);
    time_give_back_all(thread);
    thread->faulting = false;
    if (slot_used(watch))
        notification_signal(slot_object(watch), watch->data);
    drop_caller(thread);
}

static void lose_utcb(struct thread *thread)
{
    thread->utcb = NULL;
    if (thread->state != THREAD_INACTIVE)
        thread_stop(thread, THREAD_STOPPED, THREAD_STOP_UTCB_GONE);
}

static void lose_space(struct thread *thread, unsigned reason)
{
    if (thread->state != THREAD_INACTIVE)
        thread_stop(thread, THREAD_STOPPED, reason);
}

static void unbind_notification(struct thread *thread)
{
    struct notification *bound = thread->bound;

    thread->bound = NULL;
    bound->bound = NULL;
    notification_note(bound);
}

void thread_slot_lost(struct slot *slot)
{
    struct thread *thread = (struct thread *)((uintptr_t)slot & ~(PAGE_BYTES - 1)); /* NOLINT */

    switch (slot->home) {
    case HOME_THREAD_CSPACE:
        lose_space(thread, THREAD_STOP_CSPACE_GONE);
        break;
    case HOME_THREAD_VSPACE:
        lose_space(thread, THREAD_STOP_VSPACE_GONE);
        thread->context.cr3 = arch_space_word(0, 0);
        break;
    case HOME_THREAD_UTCB:
        lose_utcb(thread);
        break;
    case HOME_THREAD_NOTIFICATION:
        unbind_notification(thread);
        break;
    default:
        break;
    }
}

/* One bounded step towards the end of a thread that nobody can name any more. */
bool thread_destroy_step(struct thread *thread)
{
    struct cpu *cpu = cpu_self();

    if (thread->state != THREAD_EXITED)
        thread_stop(thread, THREAD_EXITED, THREAD_STOP_NONE);
    if (thread->bound_endpoints)
        return endpoint_unbind_step(thread->bound_endpoints);
    if (thread->bound_sets)
        return waitset_unbind_step(thread->bound_sets);
    cap_drop(&thread->cspace_slot);
    cap_drop(&thread->vspace_slot);
    cap_drop(&thread->utcb_slot);
    cap_drop(&thread->handler_slot);
    cap_drop(&thread->bound_slot);
    cap_drop(&thread->watch_slot);
    if (thread->own)
        schedcontext_unbind(thread->own);
    if (thread->reserve)
        schedcontext_unbind(thread->reserve);
    news_forget(thread);
    schedule_unpark(thread);
    arch_vector_release(thread);
    if (cpu->thread == thread)
        cpu->thread = NULL;
    return true;
}
