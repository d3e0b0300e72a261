/*
 * systest-minix.c - MINIX's messages, said with Myelin's: a process is a thread with an open
 * endpoint bound to it, a message 64 bytes, and each primitive one system call. There is no library
 * of that form; this shows that one could be written.
 */
#include <myelin/channel.h>
#include <myelin/clock.h>
#include <myelin/idl/thread_types.h>
#include <myelin/waitset.h>

#include "lib/systest.h"

struct minix_message {
    uint32_t source;
    uint32_t type;
    unsigned char payload[56];
};

_Static_assert(sizeof(struct minix_message) == 64, "as in MINIX");
_Static_assert(sizeof(((struct minix_message *)0)->payload) ==
                   MESSAGE_REGISTER_WORDS * sizeof(word_t),
               "its payload is what travels in registers");

#define ANY 0

static struct message message;

/* ---- the primitives ---- */

static void pack(struct message *to, const struct minix_message *from)
{
    message_begin(to, from->type);
    memcpy(to->words, from->payload, sizeof(from->payload));
    to->word_count = MESSAGE_REGISTER_WORDS;
}

static void unpack(struct minix_message *to, const struct message *from)
{
    to->source = (uint32_t)from->badge;
    to->type = from->label;
    memcpy(to->payload, from->words, sizeof(to->payload));
}

static error_t minix_send(cap_t to, const struct minix_message *m)
{
    pack(&message, m);
    return message_send(to, &message);
}

static error_t minix_sendnb(cap_t to, const struct minix_message *m)
{
    pack(&message, m);
    return message_send_until(to, &message, DEADLINE_NOW);
}

/* From ANY, or from one process. */
static error_t minix_receive(cap_t own, uint32_t from, struct minix_message *m)
{
    error_t error;

    message.accept = 0;
    error =
        from == ANY ? message_receive(own, &message) : message_receive_from(own, from, &message);
    unpack(m, &message);
    return error;
}

/* ---- processes: this one, and partners that execute one primitive ---- */

#define NUMBER(generation, slot) ((uint32_t)(generation) << 16 | (slot))
#define SELF                     NUMBER(1, 1)

static cap_t own; /* this one's endpoint */

static struct process {
    uint32_t number;
    cap_t endpoint;
    struct partner partner;
} second, third;

static void begin(void)
{
    own = make_endpoint();
    thread_bind_endpoint(thread_self(), own);
}

/* The right to send to that endpoint, as the process of that number. */
static cap_t right_to(cap_t endpoint, uint32_t sender)
{
    cap_t minted = CAP_NULL;

    endpoint_mint_rights(endpoint, sender, CAP_RIGHTS_SEND | CAP_RIGHTS_CALL, &minted);
    return minted;
}

/* A process that executes SEND (OP_SEND) or SENDREC (OP_CALL) to this one, or RECEIVE (OP_RECV). */
static error_t start(struct process *process, uint32_t number, enum operation way, uint32_t type)
{
    struct partner *partner = &process->partner;
    error_t error;

    process->number = number;
    process->endpoint = make_endpoint();
    partner_init(partner, type);
    partner->message.word_count = MESSAGE_REGISTER_WORDS;
    partner->message.words[6] = number;
    error = partner_start(partner, way, way == OP_RECV ? process->endpoint : right_to(own, number));
    return error ? error : thread_bind_endpoint(partner->worker.thread, process->endpoint);
}

static word_t last_word(const struct minix_message *m)
{
    word_t word;

    memcpy(&word, m->payload + 48, sizeof(word));
    return word;
}

TEST(MINIX_MESSAGE, "a message is 64 bytes: all 56 of its payload arrive, with its type, and the "
                    "source that its sender cannot choose")
{
    struct minix_message m = {.source = 99, .type = 0x1234};

    begin();
    for (unsigned i = 0; i < sizeof(m.payload); i++)
        m.payload[i] = (unsigned char)(200 - i);
    CHECK_GOOD(start(&second, NUMBER(1, 2), OP_RECV, 0));
    let_run();
    CHECK_GOOD(minix_send(right_to(second.endpoint, SELF), &m));
    CHECK(partner_done(&second.partner));
    CHECK_IS(second.partner.message.badge, SELF);
    CHECK_IS(second.partner.message.label, 0x1234);
    CHECK_IS(second.partner.message.word_count, MESSAGE_REGISTER_WORDS);
    CHECK(memcmp(second.partner.message.words, m.payload, sizeof(m.payload)) == 0);
}

TEST(MINIX_SEND, "SEND waits until RECEIVE from any takes its message")
{
    struct minix_message m;

    begin();
    CHECK_GOOD(start(&second, NUMBER(1, 2), OP_SEND, 7));
    CHECK(!partner_done(&second.partner));
    CHECK_GOOD(minix_receive(own, ANY, &m));
    CHECK_IS(m.source, NUMBER(1, 2));
    CHECK_IS(m.type, 7);
    CHECK_IS(last_word(&m), NUMBER(1, 2));
    CHECK(partner_done(&second.partner));
}

TEST(MINIX_RECEIVE, "RECEIVE from one process takes its message; that of another, who came before, "
                    "waits")
{
    struct minix_message m;

    begin();
    CHECK_GOOD(start(&second, NUMBER(1, 2), OP_SEND, 7));
    CHECK_GOOD(start(&third, NUMBER(1, 3), OP_SEND, 8));
    let_run();
    CHECK_GOOD(minix_receive(own, NUMBER(1, 3), &m));
    CHECK_IS(m.source, NUMBER(1, 3));
    CHECK(partner_done(&third.partner) && !second.partner.done);
    CHECK_GOOD(minix_receive(own, ANY, &m));
    CHECK_IS(m.source, NUMBER(1, 2));
}

TEST(MINIX_SENDREC,
     "SENDREC ends with its answer: another message to its caller is not taken for it")
{
    struct minix_message m;

    begin();
    CHECK_GOOD(start(&second, NUMBER(1, 2), OP_CALL, 7));
    CHECK_GOOD(minix_receive(own, ANY, &m));
    CHECK_IS(m.type, 7);
    pack(&message, &m);
    CHECK_ERROR(message_send_until(right_to(second.endpoint, SELF), &message, DEADLINE_NOW),
                EAGAIN);
    CHECK(!partner_done(&second.partner));
    pack(&message, &(struct minix_message){.type = 70});
    CHECK_GOOD(message_reply(&message));
    CHECK(partner_done(&second.partner));
    CHECK_IS(second.partner.message.label, 70);
}

TEST(MINIX_NOTIFY,
     "NOTIFY waits for nobody, and comes with the next RECEIVE, together with a message "
     "that was there before")
{
    cap_t bell = make_notification();
    struct minix_message m;

    begin();
    CHECK_GOOD(thread_bind_notification(thread_self(), bell));
    CHECK_GOOD(start(&second, NUMBER(1, 2), OP_SEND, 7));
    let_run();
    CHECK_GOOD(ipc_notify(bell, 1u << 3));
    CHECK_GOOD(ipc_notify(bell, 1u << 3)); /* as in MINIX: pending once */
    CHECK_GOOD(minix_receive(own, ANY, &m));
    CHECK_IS(message.notified, 1u << 3);
    CHECK_IS(m.type, 7);
    CHECK_ERROR(message_poll(own, &message), EAGAIN);
}

TEST(MINIX_NOTIFY_CLOSED, "a NOTIFY ends a RECEIVE from one process, too")
{
    cap_t bell = make_notification();
    struct minix_message m;

    begin();
    CHECK_GOOD(thread_bind_notification(thread_self(), bell));
    CHECK_GOOD(ipc_notify(bell, 4));
    CHECK_GOOD(minix_receive(own, NUMBER(1, 9), &m));
    CHECK_IS(message.origin, ORIGIN_NONE);
    CHECK_IS(message.notified, 4);
}

TEST(MINIX_SENDNB, "SENDNB is EAGAIN where the other does not RECEIVE, and is taken where it does")
{
    const struct minix_message m = {.type = 5};
    cap_t to;

    begin();
    CHECK_GOOD(start(&second, NUMBER(1, 2), OP_RECV, 0));
    to = right_to(second.endpoint, SELF);
    CHECK_ERROR(minix_sendnb(to, &m), EAGAIN);
    let_run();
    CHECK_GOOD(minix_sendnb(to, &m));
    CHECK(partner_done(&second.partner));
    CHECK_ERROR(minix_sendnb(to, &m), EPIPE); /* it has ended */
}

TEST(MINIX_SENDA,
     "SENDA goes on at once, in order; its receiver takes it by a WaitSet, beside what "
     "is sent to its endpoint")
{
    cap_t set = make(OBJECT_WAITSET, 2), table = make(OBJECT_CHANNEL, CHANNEL_SIZE(2, 7, 0));
    struct minix_message m = {.type = 1};

    own = make_endpoint();
    CHECK_GOOD(waitset_add(set, 1, own));
    CHECK_GOOD(waitset_add(set, 2, table));
    CHECK_GOOD(minix_sendnb(table, &m));
    m.type = 2;
    CHECK_GOOD(minix_sendnb(table, &m));
    CHECK_ERROR(minix_sendnb(table, &m), EAGAIN);
    CHECK_GOOD(start(&second, NUMBER(1, 2), OP_SEND, 3));
    let_run();
    for (unsigned n = 0, next = 1; n < 3; n++) {
        CHECK_GOOD(minix_receive(set, ANY, &m));
        CHECK_IS(m.type, message.key == 2 ? next++ : 3);
    }
    CHECK(partner_done(&second.partner));
}

TEST(MINIX_GENERATION,
     "what could send to a process that has ended never reaches the one that takes "
     "its place")
{
    const struct minix_message m = {.type = 5};
    cap_t memory = make(OBJECT_UNTYPED, PAGE_SIZE_BITS), old, again, to;

    begin();
    CHECK_GOOD(untyped_retype(memory, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "old", 0, &old));
    to = right_to(old, SELF);
    CHECK_ERROR(minix_sendnb(to, &m), EAGAIN);
    CHECK_GOOD(cap_delete(old));
    CHECK_GOOD(untyped_retype(memory, OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN, "new", 0, &again));
    CHECK_IS(again & CAP_INDEX_MASK, old & CAP_INDEX_MASK); /* the same slot and memory */
    CHECK_ERROR(minix_sendnb(to, &m), ESTALE);
    CHECK_ERROR(minix_sendnb(old, &m), ESTALE);
    CHECK_ERROR(minix_sendnb(again, &m), EAGAIN);
}

TEST(MINIX_DEADLOCK, "two that SEND to each other: the second is told EDEADLK, as ELOCKED in MINIX")
{
    const struct minix_message m = {.type = 5};

    begin();
    CHECK_GOOD(start(&second, NUMBER(1, 2), OP_SEND, 7));
    CHECK(!partner_done(&second.partner));
    CHECK_ERROR(minix_send(right_to(second.endpoint, SELF), &m), EDEADLK);
}

TEST(MINIX_EXPECTED,
     "RECEIVE from a process that waits for this one to RECEIVE from it is no circle, "
     "from another it is EDEADLK")
{
    begin();
    CHECK_GOOD(start(&second, NUMBER(1, 2), OP_SEND, 7));
    let_run();
    message.accept = 0;
    CHECK_ERROR(
        message_receive_from_until(own, NUMBER(1, 9), second.endpoint, &message, DEADLINE_FOREVER),
        EDEADLK);
    CHECK_GOOD(
        message_receive_from_until(own, NUMBER(1, 2), second.endpoint, &message, DEADLINE_FOREVER));
    CHECK_IS(message.label, 7);
}

TEST(MINIX_LIMITS, "each process has the primitives that it was given, to those it was given: SEND "
                   "alone is no SENDREC")
{
    const struct minix_message m = {.type = 5};
    cap_t send_only;

    begin();
    CHECK_GOOD(endpoint_mint_send_cap(make_endpoint(), SELF, &send_only));
    CHECK_ERROR(minix_sendnb(send_only, &m), EAGAIN);
    pack(&message, &m);
    CHECK_REFUSED(message_call(send_only, &message), EPERM, ARGUMENT_HANDLE);
    CHECK_REFUSED(message_poll(send_only, &message), EPERM, ARGUMENT_HANDLE);
}

TEST(MINIX_DEATH, "who waits for a process that ends is told, in SEND and in SENDREC")
{
    begin();
    CHECK_GOOD(start(&second, NUMBER(1, 2), OP_RECV, 0));
    own = second.endpoint; /* the others send to it */
    CHECK_GOOD(start(&third, NUMBER(1, 3), OP_CALL, 7));
    let_run(); /* it has taken the call, and ends: that call is dropped */
    CHECK(partner_done(&third.partner));
    CHECK_IS(third.partner.error, EPIPE);
    CHECK_GOOD(start(&third, NUMBER(1, 3), OP_SEND, 7));
    CHECK(partner_done(&third.partner));
    CHECK_IS(third.partner.error, EPIPE);
}

SUITE
