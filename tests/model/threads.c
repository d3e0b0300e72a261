/* threads.c - a thread's life: what it waits for, what stops it, what it answers. */

#include <string.h>

#include "model.h"

static struct model_thread *thread_of(int thread)
{
    return &object_at(thread)->thread;
}

static int target(const struct call *call)
{
    return cap_of(call->target)->object;
}

void thread_begins(int thread)
{
    struct model_thread *t = thread_of(thread);

    for (int i = 0; i < THREAD_PLACES; i++)
        t->place[i] = NONE;
    t->waits_at = t->expected = NONE;
    t->caller = t->server = t->reply = NONE;
    t->own = t->reserve = t->bell = NONE;
    t->token = CAP_TOKEN_INDEX;
    t->trapped = true;
    t->flags = FLAGS_AT_FIRST;
    vector_begins(thread);
}

bool is_running(int thread)
{
    return thread_of(thread)->state == THREAD_RUNNING && !thread_of(thread)->suspended;
}

/* "A thread with a time of its own is **active**; one with a reserve instead is **passive**." */
bool is_passive(int thread)
{
    return thread_of(thread)->own == NONE;
}

/* ---- waiting, and its end ---- */

void thread_wakes(int thread)
{
    thread_of(thread)->state = THREAD_RUNNING;
    /* "A deadline ends with the wait that it was given for." */
    thread_of(thread)->deadline = 0;
    if (thread_of(thread)->own != NONE)
        time_offered(thread_of(thread)->own);
    else if (thread_of(thread)->reserve != NONE && thread_of(thread)->caller == NONE)
        time_offered(thread_of(thread)->reserve);
}

static void leave_queue(int thread)
{
    struct model_thread *t = thread_of(thread);
    struct model_object *at = object_at(t->waits_at);

    if (at->type == OBJECT_NOTIFICATION) {
        list_remove(&at->bell.waiters, thread);
    } else if (at->type == OBJECT_WAITSET) {
        at->set.receiver = NONE;
    } else if (at->type == OBJECT_CHANNEL) {
        list_remove(&at->channel.senders, thread);
        list_remove(&at->channel.receivers, thread);
    } else {
        list_remove(&at->endpoint.senders, thread);
        list_remove(&at->endpoint.receivers, thread);
    }
    source_changed(place_of(t->waits_at));
    let_help(place_of(t->waits_at));
    t->waits_at = NONE;
}

void thread_leaves(int thread, error_t reason)
{
    struct model_thread *t = thread_of(thread);

    t->deadline = 0;
    t->lease_count = 0; /* "whatever else ends the call, the leases are gone" */
    if (t->waits_at != NONE)
        leave_queue(thread);
    if (t->state == THREAD_WAITS_REPLY)
        call_ends(thread, reason);
    if (t->expected != NONE)
        list_remove(&object_at(t->expected)->endpoint.expecters, thread);
    t->expected = NONE;
}

void thread_fails(int thread, struct answer answer)
{
    /* "A fault without a handler, whose handler dies or drops it, or whose handler's thread waits
       for the faulting one, stops the thread, and the reason is told." */
    if (thread_of(thread)->faulting) {
        thread_stops(thread, THREAD_STOPPED, THREAD_STOP_HANDLER_GONE);
        return;
    }
    thread_leaves(thread, answer.error);
    put_failure(thread, answer);
    thread_wakes(thread);
}

void thread_goes_back(int thread)
{
    thread_leaves(thread, ECANCELED);
    thread_of(thread)->state = THREAD_RUNNING;
    thread_of(thread)->ip -= SYSCALL_BYTES;
    thread_of(thread)->taken_back = true;
}

/* ---- stopping ---- */

/* "stops or exits with the token still open | `EPIPE`"; "saved a Reply and ends; the Reply was
   moved elsewhere | nothing yet: the Reply still counts". A caller whose fault it handled stops,
   too. */
static void drop_caller(int thread)
{
    int caller = thread_of(thread)->caller;

    if (caller == NONE)
        return;
    if (thread_of(caller)->reply == NONE && !thread_of(caller)->faulting) {
        thread_fails(caller, refuse(EPIPE, ARGUMENT_PARTNER, 0, 0));
        return;
    }
    thread_of(thread)->caller = NONE;
    thread_of(caller)->server = NONE;
    if (thread_of(caller)->reply == NONE)
        thread_stops(caller, THREAD_STOPPED, THREAD_STOP_HANDLER_GONE);
}

void thread_stops(int thread, int state, int reason)
{
    struct model_thread *t = thread_of(thread);
    int watch = t->place[THREAD_WATCH];

    if (t->state == THREAD_EXITED)
        return;
    t->taken_back |= t->state != THREAD_RUNNING && !t->faulting;
    thread_leaves(thread, EPIPE);
    t->state = state;
    t->stop_reason = reason;
    t->faulting = false;
    give_all_back(thread);
    /* "The badge bits of the notification are set when the thread ends or stops." */
    if (watch != NONE)
        bell_rings(cap_of(watch)->object, cap_of(watch)->badge, MOST_URGENT);
    drop_caller(thread);
}

void thread_loses(int thread, int place)
{
    struct model_thread *t = thread_of(thread);
    static const int reasons[] = {[THREAD_CSPACE] = THREAD_STOP_CSPACE_GONE,
                                  [THREAD_VSPACE] = THREAD_STOP_VSPACE_GONE,
                                  [THREAD_UTCB] = THREAD_STOP_UTCB_GONE};

    if (place == THREAD_UTCB)
        t->utcb = 0;
    if (place <= THREAD_UTCB && t->state != THREAD_INACTIVE)
        thread_stops(thread, THREAD_STOPPED, reasons[place]);
    if (place == THREAD_BELL && t->bell != NONE) {
        object_at(t->bell)->bell.bound = NONE;
        t->bell = NONE;
    }
}

/* The endpoints that are bound to it; the one that was bound last first. */
static int bound_endpoint(int thread)
{
    for (int i = 0; i < model.object_count; i++)
        if (object_at(i)->type == OBJECT_ENDPOINT && object_at(i)->endpoint.bound == thread)
            return i;
    return NONE;
}

static int bound_set(int thread)
{
    for (int i = 0; i < model.object_count; i++)
        if (object_at(i)->type == OBJECT_WAITSET && object_at(i)->set.bound == thread)
            return i;
    return NONE;
}

static void lose_endpoints(int thread)
{
    int bound;

    while ((bound = bound_endpoint(thread)) != NONE)
        endpoint_loses_thread(bound);
    while ((bound = bound_set(thread)) != NONE)
        set_loses_thread(bound);
}

void thread_ends(int thread)
{
    struct model_thread *t = thread_of(thread);

    if (t->state != THREAD_EXITED)
        thread_stops(thread, THREAD_EXITED, THREAD_STOP_NONE);
    lose_endpoints(thread);
    for (int i = 0; i < THREAD_PLACES; i++)
        cap_end(t->place[i]);
    if (t->own != NONE)
        time_unbound(t->own);
    if (t->reserve != NONE)
        time_unbound(t->reserve);
    if (model.running == thread)
        model.running = NONE;
}

/* ---- methods: what it is made of ---- */

static void set_place(int thread, int place, int source)
{
    cap_end(thread_of(thread)->place[place]);
    if (source != NONE)
        thread_of(thread)->place[place] = cap_place(source, IN_THREAD, thread, (uint64_t)place);
}

/* "UTCBs lie in a Frame bound at thread set-up": "Where the Frame is mapped, readable and
   writable." */
static struct answer check_utcb(const struct call *call)
{
    const struct cap *frame = cap_of(call->cap[2]);
    int vspace = cap_of(call->cap[1])->object;
    uint64_t base = frame->mapped_in == vspace ? frame->mapped_at : 0, address = call->word[0];

    if (address % UTCB_SIZE || !base || address < base || address - base > frame->size - UTCB_SIZE)
        return refuse(EINVAL, ARGUMENT_WORD(0), base, address);
    if (!(frame->mapped_rights & CAP_RIGHTS_WRITE) || frame->device)
        return refuse(EPERM, ARGUMENT_CAP(2), CAP_RIGHTS_WRITE, frame->mapped_rights);
    return DONE;
}

/* "Binds spaces and UTCB. Only while it is inactive." */
static struct answer configure(struct call *call)
{
    struct model_thread *t = thread_of(target(call));
    const struct cap *frame = cap_of(call->cap[2]);
    struct answer answer;

    if (t->state != THREAD_INACTIVE)
        return refuse(EBUSY, ARGUMENT_HANDLE, THREAD_INACTIVE, (uint64_t)t->state);
    answer = check_utcb(call);
    if (answer.error)
        return answer;
    for (int i = THREAD_CSPACE; i <= THREAD_UTCB; i++)
        cap_end(t->place[i]);
    for (int i = THREAD_CSPACE; i <= THREAD_UTCB; i++)
        set_place(target(call), i, call->cap[i]);
    t->gs_base = call->word[0];
    t->utcb = frame->start + t->gs_base - frame->mapped_at;
    utcb_of(target(call))->self = t->gs_base;
    utcb_of(target(call))->clock_base = model.clock_base;
    utcb_of(target(call))->clock_multiplier = model.clock_multiplier;
    return DONE;
}

static bool lacks_space(const struct model_thread *t)
{
    return t->place[THREAD_CSPACE] == NONE || t->place[THREAD_VSPACE] == NONE || !t->utcb;
}

/* "An inactive thread with spaces, registers and a SchedContext becomes runnable." */
static struct answer start(struct call *call)
{
    const struct model_thread *t = thread_of(target(call));

    if (t->state != THREAD_INACTIVE)
        return refuse(EBUSY, ARGUMENT_HANDLE, THREAD_INACTIVE, (uint64_t)t->state);
    if (lacks_space(t))
        return refuse(EINVAL, ARGUMENT_HANDLE, OBJECT_VSPACE, OBJECT_NONE);
    if (t->own == NONE && t->reserve == NONE)
        return refuse(EINVAL, ARGUMENT_HANDLE, OBJECT_SCHEDCONTEXT, OBJECT_NONE);
    thread_wakes(target(call));
    return DONE;
}

/* "Stops it wherever it is. Its call stands; a wait of its own is taken back." */
static struct answer suspend(struct call *call)
{
    struct model_thread *t = thread_of(target(call));
    bool waits = t->state >= THREAD_WAITS_SEND && t->state <= THREAD_WAITS_NOTIFY;

    if (t->state == THREAD_INACTIVE || t->state >= THREAD_STOPPED)
        return refuse(EINVAL, ARGUMENT_HANDLE, THREAD_RUNNING, (uint64_t)t->state);
    if (waits && !t->faulting)
        thread_goes_back(target(call));
    t->suspended = true;
    return DONE;
}

/* "Goes on after `suspend` or a stop." */
static struct answer resume(struct call *call)
{
    struct model_thread *t = thread_of(target(call));

    if (!t->suspended && t->state != THREAD_STOPPED)
        return refuse(EINVAL, ARGUMENT_HANDLE, THREAD_SUSPENDED, (uint64_t)t->state);
    if (lacks_space(t))
        return refuse(EINVAL, ARGUMENT_HANDLE, OBJECT_VSPACE, OBJECT_NONE);
    t->suspended = false;
    t->stop_reason = THREAD_STOP_NONE;
    if (t->state == THREAD_STOPPED || t->state == THREAD_RUNNING)
        thread_wakes(target(call));
    return DONE;
}

/* "`THREAD_CANCEL` ends whatever the thread waits for with `ECANCELED`"; "A thread that does not
   wait gets `ECANCELED` from its next `send`, `call` of an endpoint, or receive, once" */
static struct answer cancel(struct call *call)
{
    struct model_thread *t = thread_of(target(call));
    bool waits = t->state >= THREAD_WAITS_SEND && t->state <= THREAD_WAITS_REPLY;

    if (waits && !t->faulting)
        thread_fails(target(call), refuse(ECANCELED, ARGUMENT_PARTNER, 0, 0));
    else if (t->state < THREAD_STOPPED)
        t->cancelled = true;
    return DONE;
}

/* "Ends the calling thread. Never answered." */
static struct answer exit_thread(struct call *call)
{
    if (target(call) != call->caller)
        return refuse(EINVAL, ARGUMENT_HANDLE, 0, 0);
    lose_endpoints(call->caller);
    thread_of(call->caller)->exit_code = call->word[0];
    thread_stops(call->caller, THREAD_EXITED, THREAD_STOP_NONE);
    return DONE;
}

/* ---- methods: what it is bound to ---- */

static int optional(const struct call *call)
{
    return call->caps ? call->cap[0] : NONE;
}

static struct answer set_handler(struct call *call)
{
    set_place(target(call), THREAD_HANDLER, optional(call));
    return DONE;
}

static struct answer watch(struct call *call)
{
    int bell = optional(call);

    if (bell != NONE && !cap_of(bell)->badge)
        return refuse(EINVAL, ARGUMENT_CAP(0), 1, 0);
    set_place(target(call), THREAD_WATCH, bell);
    if (bell != NONE && thread_of(target(call))->state >= THREAD_STOPPED)
        bell_rings(cap_of(bell)->object, cap_of(bell)->badge, MOST_URGENT);
    return DONE;
}

static bool another_waits(const struct list *queue, int thread)
{
    return queue->count > 1 || (queue->count == 1 && queue->item[0] != thread);
}

static struct answer bind_notification(struct call *call)
{
    int cap = optional(call), thread = target(call);
    int bell = cap == NONE ? NONE : cap_of(cap)->object;
    struct model_bell *b = bell == NONE ? NULL : &object_at(bell)->bell;

    if (b && (in_set(bell) || (b->bound != NONE && b->bound != thread) ||
              another_waits(&b->waiters, thread)))
        return refuse(EBUSY, ARGUMENT_CAP(0), 0, 0);
    set_place(thread, THREAD_BELL, cap);
    if (!b)
        return DONE;
    thread_of(thread)->bell = bell;
    b->bound = thread;
    bell_looks(bell);
    return DONE;
}

static struct answer bind_endpoint(struct call *call)
{
    int endpoint = cap_of(call->cap[0])->object, thread = target(call);
    struct model_endpoint *e = &object_at(endpoint)->endpoint;
    struct answer answer = check_bind(endpoint, thread);

    if (answer.error)
        return answer;
    e->orphaned = false;
    if (e->bound == thread)
        return DONE;
    e->bound = thread;
    let_help(endpoint);
    if (first_waiter(endpoint) != NONE)
        chain_rises(thread, thread_of(first_waiter(endpoint))->urgency);
    return DONE;
}

static struct answer unbind_endpoint(struct call *call)
{
    int endpoint = cap_of(call->cap[0])->object, thread = target(call);
    const struct model_thread *t = thread_of(thread);

    if (object_at(endpoint)->endpoint.bound != thread)
        return refuse(EBUSY, ARGUMENT_CAP(0), 0, 0);
    if (t->state == THREAD_WAITS_RECEIVE && t->closed && t->waits_at == endpoint)
        return refuse(EBUSY, ARGUMENT_HANDLE, THREAD_RUNNING, (uint64_t)t->state);
    object_at(endpoint)->endpoint.bound = NONE;
    let_none_help(endpoint);
    return DONE;
}

static struct answer set_foreign(struct call *call)
{
    if (call->word[0] >= USER_ADDRESS_END)
        return refuse(EINVAL, ARGUMENT_WORD(0), USER_ADDRESS_END, call->word[0]);
    thread_of(target(call))->foreign_entry = call->word[0];
    return DONE;
}

static struct answer set_tls(struct call *call)
{
    if (call->word[0] >= USER_ADDRESS_END)
        return refuse(EINVAL, ARGUMENT_WORD(0), USER_ADDRESS_END, call->word[0]);
    thread_of(target(call))->fs_base = call->word[0];
    return DONE;
}

/* "What this thread, as a server, wants of the time that its callers give it." */
static struct answer set_donation(struct call *call)
{
    struct model_thread *t = thread_of(target(call));

    if (call->word[0] > THREAD_RUN_OUT_ENDS_CALL)
        return refuse(EINVAL, ARGUMENT_WORD(0), 0, call->word[0]);
    if (call->word[1] > UINT32_MAX)
        return refuse(ERANGE, ARGUMENT_WORD(1), UINT32_MAX, call->word[1]);
    t->ends_calls = call->word[0] == THREAD_RUN_OUT_ENDS_CALL;
    t->least_us = call->word[1];
    return DONE;
}

#define NO_CAPS {{0}}
#define ONE(...)        \
    {                   \
        {               \
            __VA_ARGS__ \
        }               \
    }

const struct method thread_methods[] = {
    {THREAD_LABEL_CONFIGURE,
     CAP_RIGHTS_MANAGE,
     1,
     {{OBJECT_CSPACE, CAP_RIGHTS_USE, true, false},
      {OBJECT_VSPACE, CAP_RIGHTS_WRITE, true, false},
      {OBJECT_FRAME, CAP_RIGHTS_WRITE, true, false}},
     false,
     configure},
    {THREAD_LABEL_START, CAP_RIGHTS_MANAGE, 0, NO_CAPS, false, start},
    {THREAD_LABEL_SUSPEND, CAP_RIGHTS_MANAGE, 0, NO_CAPS, false, suspend},
    {THREAD_LABEL_RESUME, CAP_RIGHTS_MANAGE, 0, NO_CAPS, false, resume},
    {THREAD_LABEL_CANCEL, CAP_RIGHTS_MANAGE, 0, NO_CAPS, false, cancel},
    {THREAD_LABEL_EXIT, CAP_RIGHTS_USE, 1, NO_CAPS, false, exit_thread},
    {THREAD_LABEL_SET_HANDLER, CAP_RIGHTS_MANAGE, 0,
     ONE(OBJECT_ENDPOINT, CAP_RIGHTS_CALL, true, true), false, set_handler},
    {THREAD_LABEL_SET_FOREIGN, CAP_RIGHTS_USE, 1, NO_CAPS, false, set_foreign},
    {THREAD_LABEL_SET_TLS, CAP_RIGHTS_USE, 1, NO_CAPS, false, set_tls},
    {THREAD_LABEL_BIND_NOTIFICATION, CAP_RIGHTS_MANAGE, 0,
     ONE(OBJECT_NOTIFICATION, CAP_RIGHTS_RECV, true, true), false, bind_notification},
    {THREAD_LABEL_BIND_ENDPOINT, CAP_RIGHTS_MANAGE, 0,
     ONE(OBJECT_ENDPOINT, CAP_RIGHTS_RECV, true, false), false, bind_endpoint},
    {THREAD_LABEL_UNBIND_ENDPOINT, CAP_RIGHTS_MANAGE, 0,
     ONE(OBJECT_ENDPOINT, CAP_RIGHTS_RECV, true, false), false, unbind_endpoint},
    {THREAD_LABEL_WATCH, CAP_RIGHTS_MANAGE, 0,
     ONE(OBJECT_NOTIFICATION, CAP_RIGHTS_SEND, true, true), false, watch},
    {THREAD_LABEL_INSPECT, CAP_RIGHTS_READ, 0, NO_CAPS, false, inspect_thread},
    {THREAD_LABEL_READ_REGISTERS, CAP_RIGHTS_READ, 0, NO_CAPS, false, read_registers},
    {THREAD_LABEL_WRITE_REGISTERS, CAP_RIGHTS_MANAGE, REGISTER_WORDS, NO_CAPS, false,
     write_registers},
    {THREAD_LABEL_READ_VECTOR, CAP_RIGHTS_READ, 2, NO_CAPS, false, read_vector},
    {THREAD_LABEL_WRITE_VECTOR, CAP_RIGHTS_MANAGE, OR_MORE | 2, NO_CAPS, false, write_vector},
    {THREAD_LABEL_FOLLOW, CAP_RIGHTS_READ, 1, ONE(OBJECT_ENDPOINT, 0, true, false), false, follow},
    {THREAD_LABEL_SET_DONATION, CAP_RIGHTS_USE, 2, NO_CAPS, false, set_donation},
    {0},
};
