/*
 * message.c - messages word by word: packing them into registers and the UTCB, and back.
 *
 * Everything is packed right before the kernel is entered and unpacked right after, so that a C
 * library call between two messages, which may send messages of its own, disturbs nothing.
 */
#include <string.h>

#include "internal.h"

uint64_t message_reply_failures;

static void pack_caps(const struct message *message, struct utcb *utcb)
{
    for (unsigned i = 0; i < message->cap_count; i++) {
        utcb->caps[i].cap = message->caps[i].cap;
        utcb->caps[i].how = message->caps[i].how;
    }
}

/* Words that are not sent go out as zero: no old register content leaves the process. */
static void pack_words(const struct message *message, struct utcb *utcb, struct ipc_registers *r)
{
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        r->words[i] = i < message->word_count ? message->words[i] : 0;
    if (message->word_count > MESSAGE_REGISTER_WORDS)
        memcpy(&utcb->words[MESSAGE_REGISTER_WORDS], &message->words[MESSAGE_REGISTER_WORDS],
               (message->word_count - MESSAGE_REGISTER_WORDS) * sizeof(word_t));
}

static void pack_leases(const struct message *message, struct utcb *utcb)
{
    for (unsigned i = 0; i < message->lease_count; i++) {
        const struct message_lease *lease = &message->leases[i];

        utcb->leases[i] = (struct lease_item){
            .base = lease->via ? lease->offset : (uint64_t)lease->base,
            .length = lease->length,
            .rights = lease->rights | LEASE_OF(lease->number),
            .via = lease->via,
        };
    }
}

static error_t pack(const struct message *message, enum operation operation,
                    struct ipc_registers *r)
{
    if (message->word_count > MESSAGE_WORDS_MAX || message->cap_count > MESSAGE_CAPS_MAX)
        return library_error(EMSGSIZE);
    if (message->accept > MESSAGE_CAPS_MAX)
        return library_error(EINVAL);

    *r = (struct ipc_registers){
        .tag = TAG(operation, message->label, message->word_count) |
               (uint64_t)message->cap_count << TAG_CAPS_SHIFT |
               (uint64_t)message->accept << TAG_ACCEPT_SHIFT,
    };
    pack_words(message, utcb_self(), r);
    pack_caps(message, utcb_self());
    return SUCCESS;
}

/* As pack; only a call lends. */
static error_t pack_call(const struct message *message, struct ipc_registers *r)
{
    error_t error = pack(message, OP_CALL, r);

    if (!error && message->lease_count > MESSAGE_LEASES_MAX)
        error = library_error(EINVAL);
    if (error)
        return error;
    r->tag |= (uint64_t)message->lease_count << TAG_LEASES_SHIFT;
    pack_leases(message, utcb_self());
    return SUCCESS;
}

static void set_deadline(struct ipc_registers *r, uint64_t deadline)
{
    if (deadline != DEADLINE_FOREVER)
        r->tag |= TAG_DEADLINE;
    r->deadline = deadline;
}

static enum message_origin origin_of(uint64_t tag)
{
    if (tag & TAG_ORIGIN_NOTIFICATION)
        return ORIGIN_NONE;
    if (tag & TAG_ORIGIN_FAULT)
        return ORIGIN_FAULT;
    if (tag & TAG_ORIGIN_CHANNEL)
        return ORIGIN_CHANNEL;
    return tag_operation(tag) == OP_CALL ? ORIGIN_CALL : ORIGIN_SEND;
}

static void unpack(struct message *message, const struct ipc_registers *r)
{
    const struct utcb *utcb = utcb_self();

    message->label = tag_label(r->tag);
    message->word_count = tag_words(r->tag);
    message->cap_count = tag_caps(r->tag);
    message->badge = r->handle;
    memcpy(message->words, r->words, sizeof(r->words));
    if (message->word_count > MESSAGE_REGISTER_WORDS)
        memcpy(&message->words[MESSAGE_REGISTER_WORDS], &utcb->words[MESSAGE_REGISTER_WORDS],
               (message->word_count - MESSAGE_REGISTER_WORDS) * sizeof(word_t));
    for (unsigned i = 0; i < message->cap_count; i++) {
        message->caps[i].cap = utcb->caps[i].cap;
        message->caps[i].how = utcb->caps[i].how;
    }
    message->lease_count = tag_leases(r->tag);
    for (unsigned i = 0; i < message->lease_count; i++)
        message->leases[i] = (struct message_lease){.length = utcb->leases[i].length,
                                                    .rights = (uint32_t)utcb->leases[i].rights};
}

error_t library_status(const struct ipc_registers *r, uint32_t label)
{
    if (!r->deadline)
        return SUCCESS;
    library_state()->detail = (struct ipc_error_detail){
        (error_t)r->deadline, r->words[0], r->words[1], r->words[2], label, false};
    return (error_t)r->deadline;
}

/* Enters the kernel, and keeps what it says of an error. */
static error_t enter(struct ipc_registers *r)
{
    uint32_t label = tag_operation(r->tag) == OP_CALL ? tag_label(r->tag) : 0;

    ipc_enter(r);
    return library_status(r, label);
}

error_t message_call_until(cap_t endpoint, struct message *message, uint64_t deadline)
{
    struct ipc_registers r;
    error_t error = pack_call(message, &r);

    if (error)
        return error;
    r.handle = endpoint;
    set_deadline(&r, deadline);
    error = enter(&r);
    if (!error)
        unpack(message, &r);
    return error;
}

error_t message_call(cap_t endpoint, struct message *message)
{
    return message_call_until(endpoint, message, DEADLINE_FOREVER);
}

error_t message_invoke(cap_t endpoint, struct message *message)
{
    uint32_t label = message->label;
    error_t error = message_call(endpoint, message);

    if (error || !message->label)
        return error;
    library_state()->detail = (struct ipc_error_detail){
        .error = (error_t)message->label,
        .argument = message->word_count ? message->words[0] : 0,
        .label = label,
        .answered = true,
    };
    return (error_t)message->label;
}

static error_t send(cap_t endpoint, const struct message *message, uint64_t flags,
                    uint64_t deadline)
{
    struct ipc_registers r;
    error_t error = pack(message, OP_SEND, &r);

    if (error)
        return error;
    r.tag |= flags;
    r.handle = endpoint;
    set_deadline(&r, deadline);
    return enter(&r);
}

error_t message_send_until(cap_t endpoint, struct message *message, uint64_t deadline)
{
    return send(endpoint, message, 0, deadline);
}

error_t message_send(cap_t endpoint, struct message *message)
{
    return message_send_until(endpoint, message, DEADLINE_FOREVER);
}

/* After a receive: *message is what came, or nothing at all. */
error_t library_received(struct message *message, error_t error, const struct ipc_registers *r)
{
    if (error) {
        message->origin = ORIGIN_NONE;
        message->word_count = message->cap_count = 0;
        message->notified = 0;
        message->reply = CAP_NULL;
        return error;
    }
    unpack(message, r);
    message->origin = origin_of(r->tag);
    message->key = utcb_self()->source_key;
    message->notified = r->notified;
    message->reply = message->origin == ORIGIN_NONE ? CAP_NULL : r->token;
    message->sender_accept = tag_accept(r->tag);
    return SUCCESS;
}

static error_t receive(cap_t source, struct message *message, uint64_t flags, uint64_t deadline)
{
    struct ipc_registers r = {.handle = source};

    if (message->accept > MESSAGE_CAPS_MAX)
        return library_received(message, library_error(EINVAL), &r);
    r.tag = TAG(OP_RECV, 0, 0) | flags | (uint64_t)message->accept << TAG_ACCEPT_SHIFT;
    set_deadline(&r, deadline);
    return library_received(message, enter(&r), &r);
}

error_t message_receive_until(cap_t source, struct message *message, uint64_t deadline)
{
    return receive(source, message, 0, deadline);
}

error_t message_receive_from_until(cap_t endpoint, uint64_t badge, cap_t expected,
                                   struct message *message, uint64_t deadline)
{
    struct utcb *utcb = utcb_self();

    utcb->closed_badge = badge;
    utcb->closed_endpoint = expected;
    return receive(endpoint, message, TAG_CLOSED, deadline);
}

error_t message_receive_from(cap_t endpoint, uint64_t badge, struct message *message)
{
    return message_receive_from_until(endpoint, badge, CAP_NULL, message, DEADLINE_FOREVER);
}

error_t message_receive(cap_t source, struct message *message)
{
    return message_receive_until(source, message, DEADLINE_FOREVER);
}

error_t message_poll(cap_t source, struct message *message)
{
    return message_receive_until(source, message, DEADLINE_NOW);
}

/* Touched first, so that its pages are there; nobody waits for the other's pager. */
static void set_buffer(const void *buffer, size_t length, uint32_t rights)
{
    struct utcb *utcb = utcb_self();

    library_touch(buffer, length, rights);
    utcb->buffer_base = (uint64_t)buffer;
    utcb->buffer_length = length;
}

error_t message_send_buffer(cap_t endpoint, struct message *message, const void *buffer,
                            size_t length, uint64_t deadline, size_t *sent)
{
    error_t error;

    set_buffer(buffer, length, CAP_RIGHTS_READ);
    error = send(endpoint, message, TAG_BUFFER, deadline);
    *sent = error ? 0 : utcb_self()->buffer_length;
    return error;
}

error_t message_receive_buffer(cap_t endpoint, struct message *message, void *buffer, size_t size,
                               uint64_t deadline, size_t *length)
{
    error_t error;

    set_buffer(buffer, size, CAP_RIGHTS_WRITE);
    error = receive(endpoint, message, TAG_BUFFER, deadline);
    *length = error || message->origin == ORIGIN_NONE ? 0 : utcb_self()->buffer_length;
    return error;
}

error_t message_reply(struct message *message)
{
    struct ipc_registers r;
    error_t error = pack(message, OP_REPLY, &r);

    if (error)
        return error;
    r.token = message->reply;
    error = enter(&r);
    if (!error)
        message->reply = CAP_NULL;
    return error;
}

/* Of a reply_recv. On the partner's side it is the answer only if it has no room for it. */
bool library_reply_half_failed(error_t error, uint64_t argument)
{
    if (argument == ARGUMENT_PARTNER)
        return error == ENOSPC;
    return argument == ARGUMENT_TAG || argument == ARGUMENT_TOKEN || argument >= ARGUMENT_CAP(0);
}

/*
 * An answer that cannot be given as it is: the caller, if it is still there, gets the reason
 * instead; what was to be moved to it, which nobody else knows, is deleted, and so is a Reply
 * capability that is void.
 */
static void reply_failed(struct message *message, error_t error)
{
    unsigned caps = message->cap_count <= MESSAGE_CAPS_MAX ? message->cap_count : 0;

    message_reply_failures++;
    for (unsigned i = 0; i < caps; i++) {
        if (message->caps[i].how == CAP_MOVE)
            cap_delete(message->caps[i].cap);
    }
    message->label = (uint32_t)error;
    message->word_count = message->cap_count = 0;
    if (error != ESTALE)
        message_reply(message);
    else if ((message->reply & CAP_INDEX_MASK) != CAP_TOKEN_INDEX)
        cap_delete(message->reply);
}

error_t library_reply_receive(cap_t source, struct message *message, struct ipc_registers *r)
{
    error_t error;

    if (message->reply) {
        error = pack(message, OP_REPLY_RECV, r);
        if (!error) {
            r->handle = source;
            r->token = message->reply;
            error = enter(r);
            if (!error || !library_reply_half_failed(error, r->words[0]))
                return error;
        }
        reply_failed(message, error);
    }
    if (message->accept > MESSAGE_CAPS_MAX)
        return library_error(EINVAL);
    *r = (struct ipc_registers){
        .tag = TAG(OP_RECV, 0, 0) | (uint64_t)message->accept << TAG_ACCEPT_SHIFT,
        .handle = source,
    };
    return enter(r);
}

error_t message_reply_receive(cap_t source, struct message *message)
{
    struct ipc_registers r;
    error_t error = library_reply_receive(source, message, &r);

    return library_received(message, error, &r);
}
