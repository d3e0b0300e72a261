/* looks.c - what a thread shows to who may look at it: its registers, what it waits for. */

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

/* ---- registers ---- */

/* "it runs or waits: suspend it first"; "A thread that waits so can be read and written
   (`READ_REGISTERS`, `WRITE_REGISTERS`)." */
struct answer check_quiet(int thread)
{
    const struct model_thread *t = thread_of(thread);
    bool quiet = t->state == THREAD_INACTIVE || t->state >= THREAD_STOPPED || t->faulting ||
                 (t->suspended && t->state == THREAD_RUNNING);

    return quiet ? DONE : refuse(EBUSY, ARGUMENT_HANDLE, THREAD_SUSPENDED, (uint64_t)t->state);
}

struct answer read_registers(struct call *call)
{
    struct answer answer = check_quiet(target(call));
    struct thread_registers seen;

    if (answer.error)
        return answer;
    /* "`recv`: rdi the endpoint, notification, channel or WaitSet; rsi and the words are ignored.":
       of one that was taken back it is not said what they are, and the program ends. */
    if (thread_of(target(call))->taken_back)
        model.full = true;
    seen = registers_seen(target(call));
    memcpy(call->out, &seen, sizeof(seen));
    call->out_words = REGISTER_WORDS;
    return DONE;
}

/* Carry, parity, adjust, zero, sign, direction, overflow, identification. */
#define FLAGS_OF_USERS  0x200cd5ull
#define FLAG_INTERRUPTS 0x200ull

static void put_registers(struct model_thread *t, const struct thread_registers *r)
{
    const uint64_t words[] = {r->rdx, r->r8, r->r9, r->r12, r->r13, r->r14, r->r15};

    t->ip = r->ip;
    t->sp = r->sp;
    t->rbp = r->rbp;
    t->flags = (r->flags & FLAGS_OF_USERS) | FLAG_INTERRUPTS;
    t->rcx = r->rcx;
    t->r11 = r->r11;
    t->fs_base = r->fs_base; /* "The UTCB's address. It cannot be written." */
    t->now = (struct registers){
        .tag = r->rax, .handle = r->rdi, .token = r->rsi, .status = r->r10, .notified = r->rbx};
    memcpy(t->now.word, words, sizeof(words));
    t->trapped = true;
    t->taken_back = false;
}

/* "What would harm is cleaned or refused." */
struct answer write_registers(struct call *call)
{
    struct thread_registers wanted;
    struct answer answer = check_quiet(target(call));

    memcpy(&wanted, call->word, sizeof(wanted));
    if (answer.error)
        return answer;
    if (wanted.ip >= USER_ADDRESS_END || wanted.fs_base >= USER_ADDRESS_END)
        return refuse(EINVAL, ARGUMENT_WORD(0), USER_ADDRESS_END, wanted.ip);
    put_registers(thread_of(target(call)), &wanted);
    /* "Whoever writes the thread's registers meanwhile has it begin anew." */
    thread_of(target(call))->lent_via = 0;
    return DONE;
}

/* ---- whom it waits for ---- */

#define LINKS_MAX 32

/* "Whom a call of this thread on the endpoint would wait for: the first is bound to it, the second
   is the one that the first waits for, and so on." *before is who waits for it, or NONE. */
static int link_at(int self, int endpoint, uint64_t index, int *before)
{
    int at = server_of(endpoint);

    *before = NONE;
    for (uint64_t i = 0; at != NONE && i < index; i++) {
        if (at == self || i == LINKS_MAX)
            return NONE;
        *before = at;
        at = awaits(at);
    }
    return at;
}

/* Why that thread waits for the next, and where: an object, or NONE. */
static enum thread_link link_of(int thread, int *where)
{
    const struct model_thread *t = thread_of(thread);

    /* "Its closed receive expects a message of the next, by that endpoint." */
    *where = t->expected;
    if (t->expected != NONE)
        return THREAD_LINK_EXPECTED;
    /* "It is in the queue of an endpoint that is bound to the next." */
    *where = t->waits_at == NONE ? NONE : place_of(t->waits_at);
    return *where == NONE ? THREAD_LINK_SERVED : THREAD_LINK_QUEUED;
}

struct answer follow(struct call *call)
{
    int where = cap_of(call->cap[0])->object, before;
    int next = link_at(target(call), where, call->word[0], &before);
    enum thread_link link = THREAD_LINK_QUEUED;

    /* "the chain has no such link" */
    if (next == NONE)
        return refuse(ENOENT, ARGUMENT_WORD(0), 0, call->word[0]);
    if (before != NONE)
        link = link_of(before, &where);
    call->out[0] = (uint64_t)link | (uint64_t)(next == target(call)) << 8;
    put_name(call, 1, where == NONE ? NULL : object_at(where)->name);
    put_name(call, 3, object_at(next)->name);
    call->out_words = 5;
    return DONE;
}

/* ---- what it is at ---- */

static const char *name_or_none(int object)
{
    return object == NONE ? NULL : object_at(object)->name;
}

static int awaited(const struct model_thread *t)
{
    return t->state == THREAD_WAITS_REPLY ? t->server : t->waits_at;
}

struct answer inspect_thread(struct call *call)
{
    const struct model_thread *t = thread_of(target(call));
    int state = t->suspended ? THREAD_SUSPENDED : t->state, time = time_of_thread(target(call));
    int charged = t->own != NONE ? t->own : t->reserve;
    const struct model_time *runs_on = time == NONE ? NULL : &object_at(time)->time;

    call->out[0] =
        (uint64_t)state | (uint64_t)t->stop_reason << 8 | (uint64_t)is_passive(target(call)) << 16;
    call->out[1] = state == THREAD_EXITED ? t->exit_code : t->fault.word[0];
    put_name(call, 2, object_at(target(call))->name);
    put_name(call, 4, name_or_none(awaited(t)));
    call->out[6] = runs_on ? runs_on->priority | runs_on->consumed << 8 : 0;
    put_name(call, 7, runs_on ? name_or_none(runs_on->home) : NULL);
    call->out[9] = t->ip;
    call->out[10] = charged == NONE ? 0 : object_at(charged)->time.consumed;
    call->out_words = 11;
    return DONE;
}
