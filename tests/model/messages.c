/* messages.c - a message goes from one thread to another: "A message goes over whole or not at all:
   all is checked before anything moves." */

#include <string.h>

#include "model.h"

static struct model_thread *thread_of(int thread)
{
    return &object_at(thread)->thread;
}

struct registers *registers_of(int thread)
{
    return &thread_of(thread)->now;
}

struct utcb *utcb_of(int thread)
{
    return (struct utcb *)memory_at(thread_of(thread)->utcb);
}

void clear_registers(int thread)
{
    memset(registers_of(thread), 0, sizeof(struct registers));
}

/* "tag, badge, token, bits and the other words are 0" */
void put_failure(int thread, struct answer answer)
{
    clear_registers(thread);
    registers_of(thread)->status = (uint64_t)answer.error;
    registers_of(thread)->word[0] = answer.argument;
    registers_of(thread)->word[1] = answer.expected;
    registers_of(thread)->word[2] = answer.found;
}

/* ---- may it? ---- */

/* "descriptors of capabilities and leases once, when the sender calls" */
void message_read(int thread)
{
    struct model_thread *t = thread_of(thread);

    t->item_count = tag_caps(t->now.tag);
    for (unsigned i = 0; i < t->item_count; i++)
        t->item[i] = (struct item){utcb_of(thread)->caps[i].cap, utcb_of(thread)->caps[i].how};
}

static bool moved_before(const struct model_thread *from, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (from->item[i].cap == from->item[n].cap &&
            (from->item[i].how & ~0xffffffffull) == CAP_MOVE)
            return true;
    return false;
}

struct answer check_items(int from, bool grant, uint64_t argument)
{
    const struct model_thread *t = thread_of(from);
    struct answer answer = DONE;
    int source;

    /* "Without Grant on the capability that is called, neither the call nor its answer carries
       any." */
    if (t->item_count && !grant)
        return refuse(EPERM, argument, CAP_RIGHTS_GRANT, 0);
    for (unsigned i = 0; i < t->item_count && !answer.error; i++) {
        answer =
            find_cap(thread_space(from), t->item[i].cap, OBJECT_NONE, 0, ARGUMENT_CAP(i), &source);
        /* "`EINVAL` | capability n | moved twice, a copy of an Untyped or Reply, or no such `how`"
         */
        if (!answer.error && moved_before(t, i))
            answer = refuse(EINVAL, ARGUMENT_CAP(i), 0, t->item[i].cap);
        if (!answer.error)
            answer = check_item(source, t->item[i].how, ARGUMENT_CAP(i));
    }
    return answer;
}

struct answer check_message(int from, int to, bool grant, uint64_t argument)
{
    unsigned count = thread_of(from)->item_count, accepts = tag_accept(registers_of(to)->tag);
    struct answer answer = check_items(from, grant, argument);

    if (answer.error || !count)
        return answer;
    /* "Too few accepted or too few free slots are `ENOSPC` to the sender, also if it waited
       already." */
    if (accepts < count)
        return refuse(ENOSPC, ARGUMENT_PARTNER, count, accepts);
    if (!space_has_free(thread_space(to), count))
        return refuse(ENOSPC, ARGUMENT_PARTNER, count, 0);
    return DONE;
}

/* ---- it does ---- */

/* "The seven register words always travel, whatever the count says." */
static void words_go(int from, int to)
{
    unsigned count = tag_words(registers_of(from)->tag);

    memcpy(registers_of(to)->word, registers_of(from)->word, sizeof(registers_of(to)->word));
    for (unsigned i = MESSAGE_REGISTER_WORDS; i < count; i++)
        utcb_of(to)->words[i] = utcb_of(from)->words[i];
}

/* "The kernel picks a free slot in the receiver's space and writes the handle into the receiver's
   `utcb->caps[n]`, with type and rights." */
static void caps_go(int from, int to)
{
    struct model_thread *t = thread_of(from);

    for (unsigned i = 0; i < t->item_count; i++) {
        struct cap_item *item = &utcb_of(to)->caps[i];
        int source, arrived;

        find_cap(thread_space(from), t->item[i].cap, OBJECT_NONE, 0, 0, &source);
        item->cap = item_into_space(source, t->item[i].how, thread_space(to));
        find_cap(thread_space(to), item->cap, OBJECT_NONE, 0, 0, &arrived);
        item->how = (uint64_t)cap_of(arrived)->type << 32 | cap_of(arrived)->rights;
    }
    t->item_count = 0;
}

/* What of its tag the receiver sees: label, operation, counts of words, capabilities, leases, and
   how many capabilities the sender takes in answer. */
uint64_t tag_that_goes(uint64_t tag)
{
    const uint64_t leave_out =
        TAG_DEADLINE | TAG_BUFFER | TAG_WANT_REPLY | TAG_CLOSED | TAG_ORIGIN_MASK;

    return tag & ~leave_out;
}

#define REGISTERS_AT   MESSAGE_REGISTER_WORDS /* of a fault: behind its cause */
#define SYSCALLS_FLAGS 0x202

/* "rcx, r11 | - | the address after `syscall`, 0x202" */
struct thread_registers registers_seen(int thread)
{
    const struct model_thread *t = thread_of(thread);
    const struct registers *now = &t->now;

    return (struct thread_registers){.ip = t->ip,
                                     .sp = t->sp,
                                     .flags = t->trapped ? t->flags : SYSCALLS_FLAGS,
                                     .rax = now->tag,
                                     .rbx = now->notified,
                                     .rcx = t->trapped ? t->rcx : t->ip,
                                     .rdx = now->word[0],
                                     .rsi = now->token,
                                     .rdi = now->handle,
                                     .rbp = t->rbp,
                                     .r8 = now->word[1],
                                     .r9 = now->word[2],
                                     .r10 = now->status,
                                     .r11 = t->trapped ? t->r11 : SYSCALLS_FLAGS,
                                     .r12 = now->word[3],
                                     .r13 = now->word[4],
                                     .r14 = now->word[5],
                                     .r15 = now->word[6],
                                     .fs_base = t->fs_base,
                                     .gs_base = t->gs_base};
}

/* A fault's message: what happened, and "method page = 1 (in cause cause, in thread.registers
   registers)" */
static uint64_t fault_goes(int from, int to)
{
    const struct model_thread *t = thread_of(from);
    const struct thread_registers r = registers_seen(from);

    memset(registers_of(to)->word, 0, sizeof(registers_of(to)->word));
    memcpy(registers_of(to)->word, t->fault.word, sizeof(t->fault.word));
    memcpy(&utcb_of(to)->words[REGISTERS_AT], &r, sizeof(r));
    return TAG(OP_CALL, t->fault.label, REGISTERS_AT + sizeof(r) / sizeof(uint64_t)) |
           TAG_ORIGIN_FAULT;
}

void message_announced(int to, uint64_t tag, uint64_t badge)
{
    struct registers *there = registers_of(to);
    int bell = thread_of(to)->bell;
    bool answers = thread_of(to)->state == THREAD_WAITS_REPLY;

    there->tag = tag;
    there->handle = badge;
    there->token = 0;
    there->status = SUCCESS;
    /* "A receive that finds a message and bits returns both (`rbx`)"; "The answer to a call never
       takes bits." */
    there->notified = bell != NONE && !answers ? bell_takes(bell, to) : 0;
}

void message_goes(int from, int to, uint64_t badge)
{
    uint64_t tag;

    if (thread_of(from)->faulting) {
        tag = fault_goes(from, to);
    } else {
        tag = tag_that_goes(registers_of(from)->tag);
        words_go(from, to);
        caps_go(from, to);
        leases_go(from, to);
    }
    message_announced(to, tag, badge);
}
