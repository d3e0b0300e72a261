/* systest-reply.c - tokens and Reply capabilities: each call is answered once, or gets an error. */
#include "lib/systest.h"
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/thread_types.h>

static struct partner caller, other;
static struct message message;

/* A caller whose call the test has received: its token is in message.reply. */
static error_t take_call(cap_t endpoint, struct partner *partner)
{
    error_t error;

    partner_init(partner, 1);
    partner->message.accept = 1;
    error = partner_start(partner, OP_CALL, endpoint);
    message.accept = 0;
    return error ? error : message_receive(endpoint, &message);
}

static error_t answer(cap_t reply, uint32_t label)
{
    message_begin(&message, label);
    message.reply = reply;
    return message_reply(&message);
}

TEST(REPLY_ONCE, "a token answers once; again it is ESTALE, and the caller has the first answer")
{
    cap_t endpoint = make_endpoint(), token;

    CHECK_GOOD(take_call(endpoint, &caller));
    token = message.reply;
    CHECK_GOOD(answer(token, 10));
    CHECK_REFUSED(answer(token, 11), ESTALE, ARGUMENT_TOKEN);
    CHECK(partner_done(&caller));
    CHECK_IS(caller.message.label, 10);
}

TEST(REPLY_OTHER_TOKEN, "each call has a token of its own: an old one does not answer a new call")
{
    cap_t endpoint = make_endpoint(), token;

    CHECK_GOOD(take_call(endpoint, &caller));
    token = message.reply;
    CHECK_GOOD(answer(token, 10));
    CHECK_GOOD(take_call(endpoint, &other));
    CHECK(message.reply != token);
    CHECK_ERROR(answer(token, 11), ESTALE);
    CHECK(!partner_done(&other));
}

static struct {
    cap_t token;
    error_t error;
} thief;

static void answer_as_thief(void *unused)
{
    static struct message stolen;

    (void)unused;
    message_begin(&stolen, 66);
    stolen.reply = thief.token;
    thief.error = message_reply(&stolen);
}

TEST(REPLY_OTHER_THREAD, "a token is void in any thread but the one that received it")
{
    struct worker worker;
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(take_call(endpoint, &caller));
    thief.token = message.reply;
    CHECK_GOOD(worker_run(&worker, answer_as_thief, NULL));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(thief.error, ESTALE);
    CHECK(!caller.done);
    CHECK_GOOD(answer(thief.token, 10));
    CHECK(partner_done(&caller));
    CHECK_IS(caller.message.label, 10);
}

TEST(REPLY_DROPPED, "a receive drops a token still open: the caller gets EPIPE")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(take_call(endpoint, &caller));
    CHECK_ERROR(message_poll(endpoint, &message), EAGAIN);
    CHECK(partner_done(&caller));
    CHECK_IS(caller.error, EPIPE);
    CHECK_IS(caller.detail.argument, ARGUMENT_PARTNER);
}

TEST(REPLY_KEPT, "a receive on a Notification alone leaves the token")
{
    cap_t endpoint = make_endpoint(), notification = make_notification(), token;
    uint64_t bits;

    CHECK_GOOD(take_call(endpoint, &caller));
    token = message.reply;
    CHECK_ERROR(ipc_poll_notification(notification, &bits), EAGAIN);
    CHECK_GOOD(answer(token, 10));
}

static void echo(void *endpoint)
{
    static struct message request;

    while (message_reply_receive((cap_t)endpoint, &request) == SUCCESS)
        message_begin(&request, 5);
}

TEST(REPLY_NESTED, "a call of its own leaves a server's token")
{
    struct worker worker;
    cap_t endpoint = make_endpoint(), inner = make_endpoint(), token;

    CHECK_GOOD(worker_run(&worker, echo, (void *)inner));
    CHECK_GOOD(take_call(endpoint, &caller));
    token = message.reply;
    CHECK_ERROR(invoke(inner, 1, 0, CAP_NULL), 5);
    CHECK_GOOD(answer(token, 10));
    CHECK(partner_done(&caller));
    CHECK_IS(caller.message.label, 10);
}

static void die_with_call(void *endpoint)
{
    static struct message request;

    message_receive((cap_t)endpoint, &request);
}

TEST(REPLY_SERVER_ENDS, "a caller whose server ends gets EPIPE")
{
    struct worker worker;
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(worker_run(&worker, die_with_call, (void *)endpoint));
    CHECK_REFUSED(invoke(endpoint, 1, 0, CAP_NULL), EPIPE, ARGUMENT_PARTNER);
}

static void fault_with_call(void *endpoint)
{
    static struct message request;

    message_receive((cap_t)endpoint, &request);
    __builtin_trap();
}

static void wait_with_call(void *endpoint)
{
    static struct message request;

    message_receive((cap_t)endpoint, &request);
    message_receive(thief.token, &request); /* a Notification: the call stays open */
}

TEST(REPLY_SERVER_DELETED, "a caller whose server is deleted while it serves gets EPIPE")
{
    struct worker worker;
    cap_t endpoint = make_endpoint();

    thief.token = make_notification();
    CHECK_GOOD(worker_run(&worker, wait_with_call, (void *)endpoint));
    partner_init(&caller, 1);
    CHECK_GOOD(partner_start(&caller, OP_CALL, endpoint));
    CHECK(!partner_done(&caller));
    CHECK_IS(worker_state(&caller.worker), THREAD_WAITS_REPLY);
    CHECK_GOOD(cap_delete(worker.thread));
    CHECK(partner_done(&caller));
    CHECK_IS(caller.error, EPIPE);
}

TEST(REPLY_SERVER_FAULTS, "a caller whose server stops by a fault gets EPIPE")
{
    struct worker worker;
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(worker_run(&worker, fault_with_call, (void *)endpoint));
    CHECK_REFUSED(invoke(endpoint, 1, 0, CAP_NULL), EPIPE, ARGUMENT_PARTNER);
    CHECK_IS(worker_state(&worker), THREAD_STOPPED);
}

TEST(REPLY_CALLER_DIES, "the token of a caller that died is void, and says why")
{
    cap_t endpoint = make_endpoint(), token;

    CHECK_GOOD(take_call(endpoint, &caller));
    token = message.reply;
    CHECK_GOOD(cap_delete(caller.worker.thread));
    CHECK_REFUSED(answer(token, 1), ESTALE, ARGUMENT_TOKEN);
    CHECK_IS(ipc_error_detail()->found, EPIPE);
}

TEST(REPLY_ENDPOINT_DIES, "a call that is being served outlives its endpoint")
{
    cap_t endpoint = make_endpoint(), token;

    CHECK_GOOD(take_call(endpoint, &caller));
    token = message.reply;
    CHECK_GOOD(cap_delete(endpoint));
    CHECK_GOOD(answer(token, 10));
    CHECK(partner_done(&caller));
    CHECK_IS(caller.message.label, 10);
}

/* ---- Reply capabilities ---- */

TEST(REPLY_SAVE, "a saved Reply answers later, after other calls; the token is void at once")
{
    cap_t endpoint = make_endpoint(), token, reply;

    CHECK_GOOD(take_call(endpoint, &caller));
    token = message.reply;
    CHECK_GOOD(cap_reply_save(token, &reply));
    CHECK_ERROR(answer(token, 9), ESTALE);
    CHECK_GOOD(take_call(endpoint, &other));
    CHECK_GOOD(answer(message.reply, 20));
    CHECK(!partner_done(&caller) && other.done);
    CHECK_GOOD(answer(reply, 10));
    CHECK(partner_done(&caller));
    CHECK_IS(caller.message.label, 10);
}

TEST(REPLY_SAVE_ONCE, "a Reply answers once, and is gone with it: ESTALE")
{
    cap_t endpoint = make_endpoint(), reply;

    CHECK_GOOD(take_call(endpoint, &caller));
    CHECK_GOOD(cap_reply_save(message.reply, &reply));
    CHECK_GOOD(answer(reply, 10));
    CHECK_REFUSED(answer(reply, 11), ESTALE, ARGUMENT_TOKEN);
}

TEST(REPLY_SAVE_STALE, "REPLY_SAVE of a void token is ESTALE, and word 0 is named")
{
    cap_t endpoint = make_endpoint(), token, reply;

    CHECK_GOOD(take_call(endpoint, &caller));
    token = message.reply;
    CHECK_GOOD(answer(token, 1));
    CHECK_REFUSED(cap_reply_save(token, &reply), ESTALE, ARGUMENT_WORD(0));
}

TEST(REPLY_SAVE_NO_TOKEN, "REPLY_SAVE of what is no token is EBADF")
{
    cap_t reply;

    CHECK_REFUSED(cap_reply_save(make_endpoint(), &reply), EBADF, ARGUMENT_WORD(0));
}

TEST(REPLY_SAVE_NO_ROOM, "REPLY_SAVE without room for the answer is ENOSPC, and the token stays")
{
    cap_t endpoint = make_endpoint(), token;

    CHECK_GOOD(take_call(endpoint, &caller));
    token = message.reply;
    CHECK_REFUSED(invoke(startup_cap("cspace"), CSPACE_LABEL_REPLY_SAVE, token, CAP_NULL), ENOSPC,
                  ARGUMENT_TAG);
    CHECK_GOOD(answer(token, 10));
}

TEST(REPLY_SAVE_NO_USE, "REPLY_SAVE by a CSpace capability without Use is EPERM")
{
    cap_t space = with_rights(startup_cap("cspace"), CAP_RIGHTS_READ), reply;

    CHECK_REFUSED(cspace_reply_save(space, 0, &reply), EPERM, ARGUMENT_HANDLE);
}

TEST(REPLY_DELETED, "deleting a Reply drops its call: the caller gets EPIPE")
{
    cap_t endpoint = make_endpoint(), reply;

    CHECK_GOOD(take_call(endpoint, &caller));
    CHECK_GOOD(cap_reply_save(message.reply, &reply));
    CHECK_GOOD(cap_delete(reply));
    CHECK(partner_done(&caller));
    CHECK_IS(caller.error, EPIPE);
}

TEST(REPLY_NO_COPY, "a Reply cannot be copied: EINVAL")
{
    cap_t endpoint = make_endpoint(), reply, copy;

    CHECK_GOOD(take_call(endpoint, &caller));
    CHECK_GOOD(cap_reply_save(message.reply, &reply));
    CHECK_REFUSED(cap_derive(reply, CAP_RIGHTS_ALL, &copy), EINVAL, ARGUMENT_CAP(0));
}

TEST(REPLY_MOVED, "a Reply moves to another space, and the call with it: dropped when that dies")
{
    cap_t endpoint = make_endpoint(), space = make(OBJECT_CSPACE, 6), reply, there;

    CHECK_GOOD(take_call(endpoint, &caller));
    CHECK_GOOD(cap_reply_save(message.reply, &reply));
    CHECK_GOOD(cspace_insert(space, reply, CAP_MOVE, &there));
    CHECK_ERROR(answer(reply, 1), ESTALE);
    CHECK(!partner_done(&caller));
    CHECK_GOOD(cap_delete(space));
    CHECK(partner_done(&caller));
    CHECK_IS(caller.error, EPIPE);
}

TEST(REPLY_BY_ANOTHER, "a Reply answers in whichever thread has it")
{
    struct worker worker;
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(take_call(endpoint, &caller));
    CHECK_GOOD(cap_reply_save(message.reply, &thief.token));
    CHECK_GOOD(worker_run(&worker, answer_as_thief, NULL));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_GOOD(thief.error);
    CHECK(partner_done(&caller));
    CHECK_IS(caller.message.label, 66);
}

TEST(REPLY_CANCELLED, "a Reply whose caller was cancelled is ESTALE, and says so")
{
    cap_t endpoint = make_endpoint(), reply;

    CHECK_GOOD(take_call(endpoint, &caller));
    CHECK_GOOD(cap_reply_save(message.reply, &reply));
    CHECK_GOOD(thread_cancel(caller.worker.thread));
    CHECK_REFUSED(answer(reply, 1), ESTALE, ARGUMENT_TOKEN);
    CHECK_IS(ipc_error_detail()->found, ECANCELED);
}

TEST(REPLY_WANTED, "a receive may ask for a Reply instead of a token; then many calls stay open")
{
    struct ipc_registers first = raw(OP_RECV, make_endpoint(), 0), second = first;

    first.tag |= TAG_WANT_REPLY;
    second.tag |= TAG_WANT_REPLY;
    partner_init(&caller, 1);
    partner_init(&other, 2);
    CHECK_GOOD(partner_start(&caller, OP_CALL, first.handle));
    CHECK_GOOD(partner_start(&other, OP_CALL, first.handle));
    CHECK_GOOD(enter(&first));
    CHECK_GOOD(enter(&second));
    CHECK((first.token & CAP_INDEX_MASK) != CAP_TOKEN_INDEX);
    CHECK_GOOD(answer(second.token, 20));
    CHECK_GOOD(answer(first.token, 10));
    CHECK(partner_done(&caller) && partner_done(&other));
    CHECK_IS(caller.message.label, 10);
    CHECK_IS(other.message.label, 20);
}

TEST(REPLY_FAILED, "an answer that cannot be given leaves the token as it was")
{
    cap_t endpoint = make_endpoint(), token;

    CHECK_GOOD(take_call(endpoint, &caller));
    token = message.reply;
    message_begin(&message, 1);
    message_put_cap(&message, FORGED_HANDLE, CAP_COPY);
    CHECK_REFUSED(message_reply(&message), EBADF, ARGUMENT_CAP(0));
    CHECK(!partner_done(&caller));
    CHECK_GOOD(answer(token, 10));
    CHECK(partner_done(&caller));
}

TEST(REPLY_TOO_MANY_CAPS, "an answer with more capabilities than the caller takes is ENOSPC")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(take_call(endpoint, &caller));
    message_begin(&message, 1);
    message_put_cap(&message, make_frame(), CAP_COPY);
    message_put_cap(&message, make_frame(), CAP_COPY);
    CHECK_REFUSED(message_reply(&message), ENOSPC, ARGUMENT_PARTNER);
    CHECK(!partner_done(&caller));
}

TEST(REPLY_LIBRARY, "the library's loop tells a caller why its answer could not be given")
{
    cap_t endpoint = make_endpoint();
    uint64_t failures = message_reply_failures;

    CHECK_GOOD(take_call(endpoint, &caller));
    partner_init(&other, 2);
    CHECK_GOOD(partner_start(&other, OP_SEND, endpoint));
    message_begin(&message, SUCCESS);
    message_put_cap(&message, make_frame(), CAP_COPY);
    message_put_cap(&message, make_frame(), CAP_COPY);
    CHECK_GOOD(message_reply_receive(endpoint, &message));
    CHECK_IS(message.label, 2);
    CHECK_IS(message_reply_failures, failures + 1);
    CHECK(partner_done(&caller));
    CHECK_IS(caller.message.label, ENOSPC);
}

/* ---- structs ---- */

struct sum {
    word_t label;
    word_t a, b;
};

static void serve_sums(void *endpoint)
{
    struct sum sum = {0};
    cap_t reply = CAP_NULL;
    uint64_t badge;

    while (
        !ipc_reply_receive((cap_t)endpoint, &sum, sizeof(sum), &sum, sizeof(sum), &reply, &badge))
        sum = (struct sum){.label = SUCCESS, .a = sum.a + sum.b, .b = badge};
}

TEST(REPLY_STRUCT, "a server answers and receives structs in one call, whatever sizes come")
{
    struct worker worker;
    cap_t endpoint = make_endpoint();
    struct sum sum = {.label = 7, .a = 2, .b = 3}, answer;
    word_t longer[] = {7, 1, 2, 3}, shorter[] = {7, 9};

    CHECK_GOOD(worker_run(&worker, serve_sums, (void *)endpoint));
    CHECK_GOOD(ipc_call(endpoint, &sum, sizeof(sum), &answer, sizeof(answer)));
    CHECK(answer.label == SUCCESS && answer.a == 5 && answer.b == 0);
    CHECK_GOOD(ipc_call(endpoint, longer, sizeof(longer), &answer, sizeof(answer)));
    CHECK(answer.label == EMSGSIZE && answer.a == 0 && answer.b == 0);
    CHECK_GOOD(ipc_call(endpoint, shorter, sizeof(shorter), &answer, sizeof(answer)));
    CHECK(answer.label == SUCCESS && answer.a == 9);
}

TEST(REPLY_STRUCT_REFUSED,
     "structs: an answer that is too long, a label that is none and a bad handle are told")
{
    struct worker worker;
    cap_t endpoint = make_endpoint();
    struct sum sum = {.label = 7, .a = 1, .b = 2}, answer;
    word_t label;

    CHECK_GOOD(worker_run(&worker, serve_sums, (void *)endpoint));
    CHECK_ERROR(ipc_call(endpoint, &sum, sizeof(sum), &label, sizeof(label)), EMSGSIZE);
    sum.label = 1ull << 32;
    CHECK_ERROR(ipc_call(endpoint, &sum, sizeof(sum), &answer, sizeof(answer)), EINVAL);
    sum.label = 7;
    CHECK_ERROR(ipc_call(CAP_NULL, &sum, sizeof(sum), &answer, sizeof(answer)), EBADF);
    CHECK_GOOD(ipc_call(endpoint, &sum, sizeof(sum), &answer, sizeof(answer)));
    CHECK_IS(answer.a, 3);
}

TEST(REPLY_STRUCT_VOID, "structs: an answer to nobody does not stop the server")
{
    struct sum sum = {.label = 7, .a = 2, .b = 3};
    cap_t endpoint = make_endpoint(), reply;
    uint64_t badge;

    CHECK_GOOD(take_call(endpoint, &caller));
    reply = message.reply;
    CHECK_GOOD(answer(reply, 1));
    partner_init(&other, 1);
    CHECK_GOOD(partner_start(&other, OP_CALL, endpoint));
    CHECK_GOOD(ipc_reply_receive(endpoint, &sum, sizeof(sum), &sum, sizeof(sum), &reply, &badge));
    CHECK_IS(sum.label, other.message.label);
    CHECK_GOOD(ipc_reply(reply, &sum, sizeof(sum)));
}

SUITE
