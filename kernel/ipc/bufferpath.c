/*
 * bufferpath.c - a send, or a receive, with a buffer: the two switches between a sender and a more
 * urgent receiver that waits for it, both on time of their own.
 *
 * The operations themselves are the general way's (endpoint.c), which does all that can happen to a
 * copy. What is short here is the way to them, and who runs next where that is simple to say: the
 * receiver at once; and when it waits again, the thread whose time's turn it is. All registers are
 * saved already, so whatever is not simple goes on as any system call does.
 */

#include <ipc/ipc.h>
#include <task/turn.h>

#define GENERAL FAST_TAIL arch_enter_general(FAST_ARGUMENTS(handle, token, self, tag))

/* Of a send these can be anything up to the limit, of a receive these. */
#define TAG_SEND_PARTS    (TAG_BUFFER | 0x7fu << TAG_WORDS_SHIFT)
#define TAG_RECEIVE_PARTS (TAG_BUFFER | FAST_ACCEPT)

/* The endpoint of the handle, with that right, which is in no set and has no channel; or NULL. */
FAST const struct slot *plain_endpoint(const struct thread *self, cap_t handle, unsigned right)
{
    const struct slot *slot = fast_slot(self, handle);
    const struct endpoint *endpoint = slot_object(slot);

    if (slot->handle != handle || slot->type != OBJECT_ENDPOINT || !(slot->rights & right))
        return NULL;
    return endpoint->special ? NULL : slot;
}

/* Does it run on its own time, as its home, with nothing else to see to when that leaves the CPU?
 */
FAST bool is_at_home(const struct cpu *cpu, const struct thread *self)
{
    return thread_is_running(self) && cpu->time && cpu->time == self->own && !cpu->news_first;
}

/* The most urgent time that is ready, if all that it does is to run its home; or NULL. */
FAST struct schedcontext *next_at_home(const struct cpu *cpu)
{
    if (cpu->time)
        queue_leave(&cpu->time->node); /* the running one is to be in no queue here */
    return time_next_home(cpu) ? time_first(cpu) : NULL;
}

/* The first that is ready runs its home from now on; the time before rests in that queue. */
FAST struct thread *hand_over(struct cpu *cpu, struct schedcontext *time, struct queue *queue,
                              bool front)
{
    struct schedcontext *before = cpu->time;

    queue_take_first(&cpu->ready);
    cpu->time = time;
    queue_put(queue, &before->node, before->priority, front);
    time->home->fast_caller = NULL;
    cpu->thread = time->home;
    return time->home;
}

/* Who runs after a send: the receiver, if it is more urgent. NULL: the scheduler says. */
FAST struct thread *after_send(struct cpu *cpu, const struct thread *self)
{
    struct schedcontext *time = next_at_home(cpu);

    if (!is_at_home(cpu, self) || !time || time->priority <= cpu->time->priority ||
        !schedule_may_hand_over(cpu, time, arch_now()))
        return NULL;
    return hand_over(cpu, time, &cpu->ready, true);
}

FAST_DOOR void buffer_send(FAST_PARAMETERS)
{
    struct thread *self = thread, *next;
    const struct slot *slot = plain_endpoint(self, handle, CAP_RIGHTS_SEND);
    struct sending sending = {.endpoint = slot ? slot_object(slot) : NULL};
    struct failure failure;
    error_t error;

    if (!slot)
        GENERAL;
    sending.badge = slot->data;
    sending.grant = slot->rights & CAP_RIGHTS_GRANT;
    self->pending_count = 0;
    error = buffer_prepare_send(self, &failure);
    if (!error)
        error = endpoint_send(self, &sending, &failure);
    next = error ? NULL : after_send(cpu_self(), self);
    ARCH_LEAVE(next ? next : kernel_system_call_ends(self, error, &failure));
}

/* Who runs while the thread waits, whose time rests with it. NULL: the scheduler says. */
FAST struct thread *after_wait(struct cpu *cpu, struct thread *self)
{
    struct schedcontext *time = next_at_home(cpu);

    if (self->run != ((THREAD_RUN){{.state = THREAD_WAITS_RECEIVE}}).run || !time ||
        cpu->time != self->own || cpu->news_first || !schedule_may_hand_over(cpu, time, arch_now()))
        return NULL;
    return hand_over(cpu, time, &self->parked, false);
}

FAST_DOOR void buffer_receive(FAST_PARAMETERS)
{
    struct thread *self = thread, *next;
    const struct slot *slot = plain_endpoint(self, handle, CAP_RIGHTS_RECV);
    struct receiving receiving = {.slot = slot, .handle = handle};
    struct failure failure;
    error_t error;

    if (!slot || !self->own)
        GENERAL;
    receiving.endpoint = slot_object(slot);
    error = endpoint_receive(self, &receiving, &failure);
    if (error != RESTART)
        buffer_forget(self);
    next = error ? NULL : after_wait(cpu_self(), self);
    ARCH_LEAVE(next ? next : kernel_system_call_ends(self, error, &failure));
}

/* Others that have to do with a buffer are refused, or seldom. */
FAST_DOOR void buffer_door(FAST_PARAMETERS)
{
    struct thread *self = thread;

    if (((uint32_t)tag & ~TAG_SEND_PARTS) == TAG_OP(OP_SEND))
        FAST_TAIL buffer_send(FAST_ARGUMENTS(handle, token, self, tag));
    if (((uint32_t)tag & ~TAG_RECEIVE_PARTS) == TAG_OP(OP_RECV))
        FAST_TAIL buffer_receive(FAST_ARGUMENTS(handle, token, self, tag));
    GENERAL;
}
