/* systest-syscall.c - the six system calls: each of their errors, deadlines, cancellation. */
#include "lib/systest.h"

static struct partner partner;
static struct message message;

/* The operation on that handle; what word 0 of the answer says goes to *argument. */
static error_t operate(enum operation operation, cap_t handle, uint64_t *argument)
{
    struct ipc_registers r = raw(operation, handle, 1);
    error_t error = enter(&r);

    if (argument)
        *argument = r.words[0];
    return error;
}

/* The same with a deadline. */
static error_t operate_until(enum operation operation, cap_t handle, uint64_t deadline)
{
    struct ipc_registers r = raw(operation, handle, 1);

    r.tag |= TAG_DEADLINE;
    r.deadline = deadline;
    return enter(&r);
}

static cap_t make_stale(void)
{
    cap_t stale = with_rights(make_endpoint(), CAP_RIGHTS_ALL);

    cap_delete(stale);
    return stale;
}

/* ---- send ---- */

TEST(SEND_FORGED, "send to a handle that names nothing is EBADF, and names the handle")
{
    uint64_t argument;

    CHECK_IS(operate(OP_SEND, FORGED_HANDLE, &argument), EBADF);
    CHECK_IS(argument, ARGUMENT_HANDLE);
}

TEST(SEND_STALE, "send to what is gone is ESTALE")
{
    CHECK_IS(operate(OP_SEND, make_stale(), NULL), ESTALE);
}

TEST(SEND_NO_RIGHT, "send without Send is EPERM")
{
    CHECK_IS(operate(OP_SEND, with_rights(make_endpoint(), CAP_RIGHTS_CALL), NULL), EPERM);
}

TEST(SEND_CALL_ONLY, "nobody can send to a call-only endpoint: EPERM, even its owner")
{
    CHECK_IS(operate(OP_SEND, make_call_only(), NULL), EPERM);
}

TEST(SEND_OBJECT, "send to a kernel object, which could not answer, is EBADF")
{
    CHECK_IS(operate(OP_SEND, make_frame(), NULL), EBADF);
}

TEST(SEND_NOTIFICATION, "send to a Notification is EBADF")
{
    CHECK_IS(operate(OP_SEND, make_notification(), NULL), EBADF);
}

TEST(SEND_NOW, "a send that does not wait answers EAGAIN where nobody receives")
{
    CHECK_IS(operate_until(OP_SEND, make_endpoint(), DEADLINE_NOW), EAGAIN);
}

TEST(SEND_NOW_MEETS, "a send that does not wait is delivered where somebody receives")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, endpoint));
    let_run();
    CHECK_GOOD(operate_until(OP_SEND, endpoint, DEADLINE_NOW));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.message.label, 1);
}

TEST(SEND_FOREVER, "the deadline `forever` is as none")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 0);
    CHECK_GOOD(partner_start(&partner, OP_RECV, endpoint));
    let_run();
    CHECK_GOOD(operate_until(OP_SEND, endpoint, DEADLINE_FOREVER));
}

/* ---- call ---- */

TEST(CALL_FORGED, "call of a handle that names nothing is EBADF")
{
    CHECK_IS(operate(OP_CALL, FORGED_HANDLE, NULL), EBADF);
}

TEST(CALL_STALE, "call of what is gone is ESTALE")
{
    CHECK_IS(operate(OP_CALL, make_stale(), NULL), ESTALE);
}

TEST(CALL_NO_RIGHT, "call without Call is EPERM, and tells right and rights")
{
    struct ipc_registers r = raw(OP_CALL, with_rights(make_endpoint(), CAP_RIGHTS_SEND), 1);

    CHECK_IS(enter(&r), EPERM);
    CHECK_IS(r.words[0], ARGUMENT_HANDLE);
    CHECK_IS(r.words[1], CAP_RIGHTS_CALL);
    CHECK_IS(r.words[2], CAP_RIGHTS_SEND);
}

TEST(CALL_NOW, "a call that does not wait answers EAGAIN where nobody receives")
{
    CHECK_IS(operate_until(OP_CALL, make_endpoint(), DEADLINE_NOW), EAGAIN);
}

TEST(CALL_REPLY_OBJECT, "a Reply knows no method but those of its leases: ENOSYS")
{
    cap_t endpoint = make_endpoint(), reply;

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_GOOD(cap_reply_save(message.reply, &reply));
    CHECK_IS(operate(OP_CALL, reply, NULL), ENOSYS);
}

/* ---- recv ---- */

TEST(RECV_FORGED, "recv from a handle that names nothing is EBADF")
{
    CHECK_IS(operate(OP_RECV, FORGED_HANDLE, NULL), EBADF);
}

TEST(RECV_STALE, "recv from what is gone is ESTALE")
{
    CHECK_IS(operate(OP_RECV, make_stale(), NULL), ESTALE);
}

TEST(RECV_NO_RIGHT, "recv without Recv is EPERM")
{
    CHECK_IS(operate(OP_RECV, with_rights(make_endpoint(), CAP_RIGHTS_CALL), NULL), EPERM);
}

TEST(RECV_NO_RIGHT_NOTIFICATION, "recv from a Notification without Recv is EPERM")
{
    CHECK_IS(operate(OP_RECV, with_rights(make_notification(), CAP_RIGHTS_SEND), NULL), EPERM);
}

TEST(RECV_OBJECT, "recv from a Frame is EBADF")
{
    CHECK_IS(operate(OP_RECV, make_frame(), NULL), EBADF);
}

TEST(RECV_NOW, "a recv that does not wait answers EAGAIN where nothing is")
{
    CHECK_IS(operate_until(OP_RECV, make_endpoint(), DEADLINE_NOW), EAGAIN);
}

TEST(RECV_NOW_NOTIFICATION, "nor does one from a Notification without bits")
{
    CHECK_IS(operate_until(OP_RECV, make_notification(), DEADLINE_NOW), EAGAIN);
}

/* ---- reply and reply_recv ---- */

static error_t answer(enum operation operation, cap_t source, uint64_t token, uint64_t *argument)
{
    struct ipc_registers r = raw(operation, source, 0);
    error_t error;

    r.token = token;
    error = enter(&r);
    if (argument)
        *argument = r.words[0];
    return error;
}

TEST(REPLY_NOBODY, "reply to 0 is EBADF, and names the token")
{
    uint64_t argument;

    CHECK_IS(answer(OP_REPLY, 0, 0, &argument), EBADF);
    CHECK_IS(argument, ARGUMENT_TOKEN);
}

TEST(REPLY_FORGED, "reply to a token that was never given is ESTALE")
{
    CHECK_IS(answer(OP_REPLY, 0, 0x123ull << CAP_INDEX_BITS | CAP_TOKEN_INDEX, NULL), ESTALE);
}

TEST(REPLY_OBJECT, "reply to an Endpoint is EBADF")
{
    CHECK_IS(answer(OP_REPLY, 0, make_endpoint(), NULL), EBADF);
}

TEST(REPLY_RECV_FORGED, "reply_recv whose reply fails does not receive, and says which half")
{
    cap_t endpoint = make_endpoint();
    uint64_t argument;

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_SEND, endpoint));
    let_run();
    CHECK_IS(answer(OP_REPLY_RECV, endpoint, FORGED_HANDLE, &argument), EBADF);
    CHECK_IS(argument, ARGUMENT_TOKEN);
    CHECK(!partner_done(&partner));
}

TEST(REPLY_RECV_SOURCE, "reply_recv whose receive fails has answered, and says which half")
{
    cap_t endpoint = make_endpoint();
    uint64_t argument;

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(answer(OP_REPLY_RECV, FORGED_HANDLE, message.reply, &argument), EBADF);
    CHECK_IS(argument, ARGUMENT_HANDLE);
    CHECK(partner_done(&partner));
    CHECK_GOOD(partner.error);
}

TEST(REPLY_RECV_NOW, "reply_recv that does not wait answers its caller, then EAGAIN")
{
    struct ipc_registers r;
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    r = raw(OP_REPLY_RECV, endpoint, 0);
    r.tag |= TAG_DEADLINE;
    r.token = message.reply;
    CHECK_IS(enter(&r), EAGAIN);
    CHECK(partner_done(&partner));
    CHECK_GOOD(partner.error);
}

TEST(REPLY_RECV_NEXT, "reply_recv answers one caller and receives the next in one call")
{
    static struct partner second;
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    partner_init(&second, 2);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(partner_start(&second, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.label, 1);
    message_begin(&message, 10);
    CHECK_GOOD(message_reply_receive(endpoint, &message));
    CHECK_IS(message.label, 2);
    CHECK(partner_done(&partner) && !second.done);
    CHECK_IS(partner.message.label, 10);
}

/* ---- notify ---- */

TEST(NOTIFY_FORGED, "notify of a handle that names nothing is EBADF")
{
    CHECK_IS(operate(OP_NOTIFY, FORGED_HANDLE, NULL), EBADF);
}

TEST(NOTIFY_STALE, "notify of what is gone is ESTALE")
{
    CHECK_IS(operate(OP_NOTIFY, make_stale(), NULL), ESTALE);
}

TEST(NOTIFY_ENDPOINT, "notify of an Endpoint is EBADF")
{
    CHECK_IS(operate(OP_NOTIFY, make_endpoint(), NULL), EBADF);
}

TEST(NOTIFY_NO_RIGHT, "notify without Send is EPERM")
{
    CHECK_IS(operate(OP_NOTIFY, with_rights(make_notification(), CAP_RIGHTS_RECV), NULL), EPERM);
}

/* ---- cancel ---- */

static error_t cancel_waiting(enum operation operation, cap_t target)
{
    partner_init(&partner, 1);
    if (partner_start(&partner, operation, target))
        return ECHILD;
    let_run();
    if (partner.done || thread_cancel(partner.worker.thread))
        return ECHILD;
    return partner_done(&partner) ? partner.error : ECHILD;
}

TEST(CANCEL_SEND, "a cancelled send answers ECANCELED, and is not delivered")
{
    cap_t endpoint = make_endpoint();

    CHECK_IS(cancel_waiting(OP_SEND, endpoint), ECANCELED);
    CHECK_ERROR(message_poll(endpoint, &message), EAGAIN);
}

TEST(CANCEL_CALL, "a cancelled call that nobody has received answers ECANCELED")
{
    cap_t endpoint = make_endpoint();

    CHECK_IS(cancel_waiting(OP_CALL, endpoint), ECANCELED);
    CHECK_ERROR(message_poll(endpoint, &message), EAGAIN);
}

TEST(CANCEL_RECV, "a cancelled recv answers ECANCELED")
{
    CHECK_IS(cancel_waiting(OP_RECV, make_endpoint()), ECANCELED);
}

TEST(CANCEL_NOTIFICATION, "a cancelled wait for a Notification answers ECANCELED")
{
    CHECK_IS(cancel_waiting(OP_RECV, make_notification()), ECANCELED);
}

TEST(CANCEL_SERVED,
     "a cancelled call that is being served: the server's token is void and says why")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_GOOD(thread_cancel(partner.worker.thread));
    CHECK_REFUSED(message_reply(&message), ESTALE, ARGUMENT_TOKEN);
    CHECK_IS(ipc_error_detail()->found, ECANCELED);
    CHECK(partner_done(&partner));
    CHECK_IS(partner.error, ECANCELED);
}

TEST(CANCEL_STICKY, "a thread cancelled while it does not wait gets ECANCELED when it next would")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_RECV, endpoint));
    CHECK_GOOD(thread_cancel(partner.worker.thread)); /* it has not run yet */
    CHECK(partner_done(&partner));
    CHECK_IS(partner.error, ECANCELED);
}

TEST(CANCEL_ONCE, "a cancellation is used up by the operation that it ended")
{
    CHECK_GOOD(thread_cancel(thread_self()));
    CHECK_ERROR(message_poll(make_endpoint(), &message), ECANCELED);
    CHECK_ERROR(message_poll(make_endpoint(), &message), EAGAIN);
}

TEST(CANCEL_NOT_OBJECTS, "a call on a kernel object never waits: a cancellation does not end it")
{
    struct cap_info info;

    CHECK_GOOD(thread_cancel(thread_self()));
    CHECK_GOOD(cap_inspect(CAP_NULL, 0, &info));
    CHECK_ERROR(message_poll(make_endpoint(), &message), ECANCELED);
}

TEST(CANCEL_NOT_REPLIES, "nor does it end a reply or a notify, which never wait")
{
    cap_t endpoint = make_endpoint(), notification = make_notification();
    uint64_t bits;

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_GOOD(thread_cancel(thread_self()));
    message_begin(&message, 0);
    CHECK_GOOD(message_reply(&message));
    CHECK_GOOD(ipc_notify(notification, 5));
    CHECK_ERROR(ipc_poll_notification(notification, &bits), ECANCELED);
    CHECK_GOOD(ipc_poll_notification(notification, &bits));
    CHECK_IS(bits, 5);
}

SUITE
