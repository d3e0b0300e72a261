/* systest-message.c - what a message carries: words, badges, capabilities; whole or not at all. */
#include "lib/systest.h"
#include <myelin/idl/thread_types.h>

#define LABEL_HERE 0x1234567

static struct partner partner;
static struct message message;

/* ---- words ---- */

static void fill(struct message *filled, word_t seed)
{
    filled->word_count = MESSAGE_WORDS_MAX;
    for (unsigned i = 0; i < MESSAGE_WORDS_MAX; i++)
        filled->words[i] = seed + i;
}

static bool is_filled(const struct message *filled, word_t seed)
{
    for (unsigned i = 0; i < MESSAGE_WORDS_MAX; i++)
        if (filled->words[i] != seed + i)
            return false;
    return filled->word_count == MESSAGE_WORDS_MAX;
}

TEST(MESSAGE_WORDS, "128 words go over with a call, and 128 come back with the answer")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, LABEL_HERE);
    fill(&partner.message, 1000);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK(is_filled(&message, 1000));
    fill(&message, 5000);
    CHECK_GOOD(message_reply(&message));
    CHECK(partner_done(&partner));
    CHECK_GOOD(partner.error);
    CHECK(is_filled(&partner.message, 5000));
}

TEST(MESSAGE_LABEL, "the label goes over, and comes back with the answer")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, LABEL_HERE);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.label, LABEL_HERE);
    message_begin(&message, 0xffffffff);
    CHECK_GOOD(message_reply(&message));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.message.label, 0xffffffff);
}

TEST(MESSAGE_CALL_ORIGIN, "a call shows as a call, with a token to answer it by")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.origin, ORIGIN_CALL);
    CHECK_IS(message.reply & CAP_INDEX_MASK, CAP_TOKEN_INDEX);
}

TEST(MESSAGE_SEND_ORIGIN, "a send shows as a send, without a token")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_SEND, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.origin, ORIGIN_SEND);
    CHECK_IS(message.reply, 0);
}

TEST(MESSAGE_BADGE, "the receiver learns the badge of the capability that was used")
{
    cap_t endpoint = make_endpoint(), client;

    CHECK_GOOD(endpoint_mint(endpoint, 0xfedcba9876543210, &client));
    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, client));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.badge, 0xfedcba9876543210);
}

TEST(MESSAGE_NO_BADGE, "an unbadged capability shows as badge 0")
{
    cap_t endpoint = make_endpoint();

    message.badge = 1;
    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_SEND, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.badge, 0);
}

TEST(MESSAGE_SEVEN, "the seven register words always travel, whatever the count")
{
    struct ipc_registers r;
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_RECV, endpoint));
    let_run();
    r = raw(OP_SEND, endpoint, 1);
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        r.words[i] = 100 + i;
    CHECK_GOOD(enter(&r));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.message.word_count, 0);
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        CHECK_IS(partner.message.words[i], 100 + i);
}

TEST(MESSAGE_NO_MORE_WORDS, "of the words beyond seven only as many go over as were counted")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    partner.message.word_count = 9;
    CHECK_GOOD(partner_start(&partner, OP_SEND, endpoint));
    utcb_self()->words[9] = 0x5eed;
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.word_count, 9);
    CHECK_IS(utcb_self()->words[9], 0x5eed);
}

TEST(MESSAGE_SEND_CLEARS, "after a send the sender's registers tell nothing: words cleared")
{
    struct ipc_registers r;
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_RECV, endpoint));
    let_run();
    r = raw(OP_SEND, endpoint, 1);
    r.words[0] = r.words[6] = 7;
    CHECK_GOOD(enter(&r));
    CHECK(is_cleared(&r));
    CHECK_IS(r.words[0] | r.words[1] | r.words[2], 0);
}

TEST(MESSAGE_SEND_WAITS, "a send waits for its receiver, and goes on when it was received")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_SEND, endpoint));
    CHECK(!partner_done(&partner));
    CHECK_IS(worker_state(&partner.worker), THREAD_WAITS_SEND);
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK(partner_done(&partner));
    CHECK_GOOD(partner.error);
}

TEST(MESSAGE_CALL_WAITS, "a call waits to be received, then for its answer")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    let_run();
    CHECK_IS(worker_state(&partner.worker), THREAD_WAITS_CALL);
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(worker_state(&partner.worker), THREAD_WAITS_REPLY);
    CHECK_GOOD(message_reply(&message));
    CHECK(partner_done(&partner));
}

/* ---- capabilities ---- */

/* A partner that sends the capability, and the message that the test receives. */
static error_t pass(cap_t endpoint, cap_t cap, uint64_t how, unsigned accept)
{
    error_t error;

    partner_init(&partner, 1);
    message_put_cap(&partner.message, cap, how);
    error = partner_start(&partner, OP_SEND, endpoint);
    if (error)
        return error;
    let_run();
    message.accept = accept;
    return message_poll(endpoint, &message);
}

TEST(MESSAGE_CAP_COPY, "a copied capability arrives with its type and rights; the sender keeps his")
{
    cap_t endpoint = make_endpoint(), frame = make_frame();
    struct cap_info info;

    CHECK_GOOD(pass(endpoint, frame, CAP_COPY, 1));
    CHECK_IS(message.cap_count, 1);
    CHECK_IS(message.caps[0].how, (uint64_t)OBJECT_FRAME << 32 | CAP_RIGHTS_ALL);
    CHECK(find_cap(message.caps[0].cap, &info));
    CHECK_IS(info.owner, 0);
    CHECK(find_cap(frame, &info));
}

TEST(MESSAGE_CAP_MOVE, "a moved capability is gone at the sender, and owns its object here")
{
    cap_t endpoint = make_endpoint(), frame = make_frame();
    struct cap_info info;

    CHECK_GOOD(pass(endpoint, frame, CAP_MOVE, 1));
    CHECK(!find_cap(frame, &info));
    CHECK(find_cap(message.caps[0].cap, &info));
    CHECK_IS(info.owner, 1);
}

TEST(MESSAGE_CAP_DERIVE, "a derived capability arrives with just the rights that were named")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(pass(endpoint, make_frame(), CAP_DERIVE | CAP_RIGHTS_READ, 1));
    CHECK_IS(message.caps[0].how, (uint64_t)OBJECT_FRAME << 32 | CAP_RIGHTS_READ);
}

TEST(MESSAGE_CAP_CHILD, "a copy in a message is a child of the sender's: revoking that removes it")
{
    cap_t endpoint = make_endpoint(), frame = make_frame();
    struct cap_info info;

    CHECK_GOOD(pass(endpoint, frame, CAP_COPY, 1));
    CHECK_GOOD(cap_revoke(frame));
    CHECK(!find_cap(message.caps[0].cap, &info));
}

TEST(MESSAGE_CAP_FOUR, "four capabilities travel in one message, in order")
{
    cap_t endpoint = make_endpoint(), minted;

    partner_init(&partner, 1);
    for (unsigned i = 0; i < MESSAGE_CAPS_MAX; i++) {
        CHECK_GOOD(endpoint_mint(endpoint, 10 + i, &minted));
        message_put_cap(&partner.message, minted, CAP_COPY);
    }
    CHECK_GOOD(partner_start(&partner, OP_SEND, endpoint));
    message.accept = MESSAGE_CAPS_MAX;
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.cap_count, MESSAGE_CAPS_MAX);
    for (unsigned i = 0; i < MESSAGE_CAPS_MAX; i++) {
        struct cap_info info;

        CHECK(find_cap(message.caps[i].cap, &info));
        CHECK_IS(info.badge, 10 + i);
    }
}

TEST(MESSAGE_CAP_ANSWER, "an answer carries capabilities, too")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    partner.message.accept = 1;
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.sender_accept, 1);
    message_begin(&message, SUCCESS);
    message_put_cap(&message, make_frame(), CAP_MOVE);
    CHECK_GOOD(message_reply(&message));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.message.cap_count, 1);
    CHECK_IS(partner.message.caps[0].how >> 32, OBJECT_FRAME);
}

TEST(MESSAGE_CAP_TOO_FEW, "who takes too few capabilities gets none: the sender learns ENOSPC")
{
    cap_t endpoint = make_endpoint(), frame = make_frame();
    struct cap_info info;

    CHECK_ERROR(pass(endpoint, frame, CAP_MOVE, 0), EAGAIN);
    CHECK(partner_done(&partner));
    CHECK_IS(partner.error, ENOSPC);
    CHECK_IS(partner.detail.argument, ARGUMENT_PARTNER);
    CHECK(find_cap(frame, &info));
}

TEST(MESSAGE_CAP_NEXT, "a receiver that cannot take a message goes on to the next sender")
{
    static struct partner other;
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    message_put_cap(&partner.message, make_frame(), CAP_COPY);
    partner_init(&other, 2);
    CHECK_GOOD(partner_start(&partner, OP_SEND, endpoint));
    CHECK_GOOD(partner_start(&other, OP_SEND, endpoint));
    let_run();
    message.accept = 0;
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.label, 2);
}

TEST(MESSAGE_CAP_WAITING, "a sender that meets a waiting receiver of too little room: ENOSPC")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_RECV, endpoint));
    let_run();
    CHECK_REFUSED(invoke_how(endpoint, 1, make_frame(), CAP_COPY, NULL), ENOSPC, ARGUMENT_PARTNER);
    CHECK_IS(worker_state(&partner.worker), THREAD_WAITS_RECEIVE);
}

TEST(MESSAGE_CAP_COUNT, "who takes three capabilities gets three; of four he gets none: ENOSPC")
{
    cap_t endpoint = make_endpoint(), frame = make_frame();

    for (unsigned count = 4; count >= 3; count--) {
        partner_init(&partner, 1);
        for (unsigned i = 0; i < count; i++)
            message_put_cap(&partner.message, frame, CAP_COPY);
        CHECK_GOOD(partner_start(&partner, OP_SEND, endpoint));
        let_run();
        message.accept = 3;
        CHECK_ERROR(message_poll(endpoint, &message), count == 4 ? EAGAIN : SUCCESS);
        CHECK(partner_done(&partner));
        CHECK_IS(partner.error, count == 4 ? ENOSPC : SUCCESS);
    }
    CHECK_IS(message.cap_count, 3);
}

/* A thread in a capability space with so many free slots, which waits for a message. */
static struct worker narrow;
static struct ipc_registers narrow_registers;

static void receive_narrowly(void *endpoint)
{
    narrow_registers = raw(OP_RECV, (cap_t)endpoint, 0);
    narrow_registers.tag |= 4u << TAG_ACCEPT_SHIFT;
    enter(&narrow_registers);
}

static error_t start_narrow(cap_t endpoint, uint64_t room)
{
    cap_t space = make(OBJECT_CSPACE, 6), there = CAP_NULL, handle;
    const struct plan plan = {.run = receive_narrowly, .argument = NULL, .cspace = space};
    struct plan with_endpoint = plan;
    uint64_t slots = 0, used = 0;
    error_t error = cspace_insert(space, endpoint, CAP_COPY, &there);

    with_endpoint.argument = (void *)there;
    while (!error && (error = cspace_statistics(space, &slots, &used)) == SUCCESS &&
           used + room < slots)
        error = cspace_insert(space, endpoint, CAP_COPY, &handle);
    if (!error)
        error = worker_start(&narrow, &with_endpoint);
    let_run();
    return error;
}

static error_t send_caps(cap_t endpoint, unsigned count)
{
    message_begin(&message, 1);
    for (unsigned i = 0; i < count; i++)
        message_put_cap(&message, endpoint, CAP_COPY);
    return message_send(endpoint, &message);
}

TEST(MESSAGE_CAP_NO_SLOTS, "a receiver with two free slots gets two capabilities; of three it gets "
                           "none, and waits on: ENOSPC")
{
    cap_t endpoint = make_endpoint();

    CHECK_GOOD(start_narrow(endpoint, 2));
    CHECK_REFUSED(send_caps(endpoint, 3), ENOSPC, ARGUMENT_PARTNER);
    CHECK_IS(worker_state(&narrow), THREAD_WAITS_RECEIVE);
    CHECK_GOOD(send_caps(endpoint, 2));
    CHECK_GOOD(worker_wait(&narrow));
    CHECK_IS(tag_caps(narrow_registers.tag), 2);
}

static void read_a_byte(void *address)
{
    (void)*(volatile char *)address;
}

TEST(MESSAGE_PAGE,
     "a mapped page moves in a message: it is gone at its old place when the receiver "
     "has it, and what was in it is his")
{
    cap_t endpoint = make_endpoint(), frame = make_frame();
    char *page = map(frame, READ_WRITE), *there;
    struct fault_seen seen;

    memcpy(page, "it moves", sizeof("it moves"));
    partner_init(&partner, 1);
    partner.message.accept = 1;
    CHECK_GOOD(partner_start(&partner, OP_RECV, endpoint));
    let_run();
    message_begin(&message, 1);
    message_put_cap(&message, frame, CAP_MOVE);
    CHECK_GOOD(message_send(endpoint, &message));
    CHECK_GOOD(catch_fault(read_a_byte, page, &seen));
    CHECK_IS(seen.address, page);
    CHECK(partner_done(&partner));
    there = map(partner.message.caps[0].cap, CAP_RIGHTS_READ);
    CHECK(there && strcmp(there, "it moves") == 0);
}

TEST(MESSAGE_CAP_NO_GRANT, "through a capability without Grant no capability travels: EPERM")
{
    cap_t client = with_rights(make_endpoint(), CAP_RIGHTS_CALL);

    CHECK_REFUSED(invoke_how(client, 1, make_frame(), CAP_COPY, NULL), EPERM, ARGUMENT_HANDLE);
}

TEST(MESSAGE_CAP_ANSWER_NO_GRANT, "nor does one come back with the answer: EPERM for the server")
{
    cap_t endpoint = make_endpoint(), client = with_rights(endpoint, CAP_RIGHTS_CALL);

    partner_init(&partner, 1);
    partner.message.accept = 1;
    CHECK_GOOD(partner_start(&partner, OP_CALL, client));
    CHECK_GOOD(message_receive(endpoint, &message));
    message_begin(&message, SUCCESS);
    message_put_cap(&message, make_frame(), CAP_COPY);
    CHECK_REFUSED(message_reply(&message), EPERM, ARGUMENT_TOKEN);
    message_begin(&message, SUCCESS);
    CHECK_GOOD(message_reply(&message)); /* the token is as it was */
}

TEST(MESSAGE_CAP_HOW, "a way of sending that does not exist is EINVAL")
{
    CHECK_REFUSED(invoke_how(make_endpoint(), 1, make_frame(), 5ull << 32, NULL), EINVAL,
                  ARGUMENT_CAP(0));
}

TEST(MESSAGE_CAP_TWICE, "a capability cannot be moved twice in one message: EINVAL")
{
    cap_t frame = make_frame();

    message_begin(&message, 1);
    message_put_cap(&message, frame, CAP_MOVE);
    message_put_cap(&message, frame, CAP_MOVE);
    CHECK_REFUSED(message_call(make_endpoint(), &message), EINVAL, ARGUMENT_CAP(1));
}

TEST(MESSAGE_CAP_FORGED, "a handle that names nothing cannot be sent: EBADF, and it is named")
{
    message_begin(&message, 1);
    message_put_cap(&message, make_frame(), CAP_COPY);
    message_put_cap(&message, FORGED_HANDLE, CAP_COPY);
    CHECK_REFUSED(message_call(make_endpoint(), &message), EBADF, ARGUMENT_CAP(1));
}

TEST(MESSAGE_CAP_REVOKED, "a capability revoked while its message waits: the sender gets ESTALE")
{
    cap_t endpoint = make_endpoint(), frame = make_frame();

    partner_init(&partner, 1);
    message_put_cap(&partner.message, with_rights(frame, CAP_RIGHTS_READ), CAP_COPY);
    CHECK_GOOD(partner_start(&partner, OP_SEND, endpoint));
    let_run();
    CHECK_GOOD(cap_revoke(frame));
    message.accept = 1;
    CHECK_ERROR(message_poll(endpoint, &message), EAGAIN);
    CHECK(partner_done(&partner));
    CHECK_IS(partner.error, ESTALE);
    CHECK_IS(partner.detail.argument, ARGUMENT_CAP(0));
}

/* ---- tags that no message has ---- */

/* Calls with that in the tag; *r is what came back. */
static error_t call_with_tag(uint64_t bits, struct ipc_registers *r)
{
    *r = raw(OP_CALL, make_endpoint(), 1);
    r->tag |= bits;
    return enter(r);
}

TEST(TAG_ORIGIN, "a tag with origin bits, which only the kernel sets, is EINVAL")
{
    struct ipc_registers r;

    CHECK_IS(call_with_tag(TAG_ORIGIN_FAULT, &r), EINVAL);
    CHECK_IS(r.words[0], ARGUMENT_TAG);
    CHECK_IS(call_with_tag(TAG_ORIGIN_NOTIFICATION, &r), EINVAL);
    CHECK_IS(call_with_tag(TAG_ORIGIN_CHANNEL, &r), EINVAL);
}

TEST(TAG_WORDS, "a message of 129 words is EMSGSIZE, and says how many are allowed")
{
    struct ipc_registers r;

    CHECK_IS(call_with_tag(MESSAGE_WORDS_MAX + 1, &r), EMSGSIZE);
    CHECK_IS(r.words[0], ARGUMENT_TAG);
    CHECK_IS(r.words[1], MESSAGE_WORDS_MAX);
    CHECK_IS(r.words[2], MESSAGE_WORDS_MAX + 1);
}

TEST(TAG_CAPS, "a message of five capabilities is EINVAL")
{
    struct ipc_registers r;

    CHECK_IS(call_with_tag(5u << TAG_CAPS_SHIFT, &r), EINVAL);
}

TEST(TAG_ACCEPT, "to take seven capabilities is to take all four")
{
    cap_t endpoint = make_endpoint(), frame = make_frame();
    struct ipc_registers r = raw(OP_RECV, endpoint, 0);

    partner_init(&partner, 1);
    for (unsigned i = 0; i < MESSAGE_CAPS_MAX; i++)
        message_put_cap(&partner.message, frame, CAP_COPY);
    CHECK_GOOD(partner_start(&partner, OP_SEND, endpoint));
    r.tag |= 7u << TAG_ACCEPT_SHIFT;
    CHECK_GOOD(enter(&r));
    CHECK_IS(tag_caps(r.tag), MESSAGE_CAPS_MAX);
    CHECK(partner_done(&partner));
    CHECK_GOOD(partner.error);
}

TEST(TAG_BUFFER, "a buffer does not go with a call: EINVAL")
{
    struct ipc_registers r;

    CHECK_IS(call_with_tag(TAG_BUFFER, &r), EINVAL);
}

TEST(TAG_CLOSED, "only a receive can be closed: EINVAL")
{
    struct ipc_registers r;

    CHECK_IS(call_with_tag(TAG_CLOSED, &r), EINVAL);
}

TEST(TAG_OPERATION, "a seventh operation does not exist: ENOSYS")
{
    struct ipc_registers r = raw((enum operation)7, make_endpoint(), 0);

    CHECK_IS(enter(&r), ENOSYS);
    r = raw((enum operation)0, make_endpoint(), 0);
    CHECK_IS(enter(&r), ENOSYS);
}

TEST(ERROR_REGISTERS, "an error clears everything but status, argument, expected and found")
{
    struct ipc_registers r = raw(OP_CALL, FORGED_HANDLE, 1);

    r.token = 5;
    r.notified = 6;
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        r.words[i] = 100 + i;
    CHECK_IS(enter(&r), EBADF);
    CHECK(is_cleared(&r));
    CHECK_IS(r.words[0], ARGUMENT_HANDLE);
    CHECK_IS(r.words[2], FORGED_HANDLE);
}

SUITE
