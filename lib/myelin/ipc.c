/*
 * ipc.c - the seeds' functions: a message is a C struct whose first word is the label.
 */
#include <string.h>

#include <myelin/idl/transfer.h>
#include <myelin/thread.h>

#include "internal.h"

/* Makes *message of a struct of `size` bytes. */
static error_t message_of_struct(struct message *message, const void *bytes, size_t size)
{
    word_t label;

    if (size < sizeof(word_t) || size > IPC_BYTES_MAX)
        return library_error(EMSGSIZE);
    memcpy(&label, bytes, sizeof(label));
    if (label > UINT32_MAX)
        return library_error(EINVAL);
    message_begin(message, (uint32_t)label);
    message_put_bytes(message, (const char *)bytes + sizeof(label), size - sizeof(label));
    return SUCCESS;
}

/* Whether a struct of `size` bytes holds *message. */
static bool struct_holds(const struct message *message, size_t size)
{
    return size >= sizeof(word_t) &&
           message->word_count <= (size - 1) / sizeof(word_t); /* the label takes one word */
}

/* Writes *message to a struct that holds it; what the message lacks becomes zero. */
static void struct_of_message(const struct message *message, void *bytes, size_t size)
{
    word_t label = message->label;
    size_t payload = message->word_count * sizeof(word_t);

    memset(bytes, 0, size);
    memcpy(bytes, &label, sizeof(label));
    if (payload > size - sizeof(label))
        payload = size - sizeof(label);
    memcpy((char *)bytes + sizeof(label), message->words, payload);
}

/* The answer in *message becomes the caller's struct; without one it is dropped. */
static error_t take_answer(const struct message *message, void *response, size_t size)
{
    if (!response || !size)
        return SUCCESS;
    if (!struct_holds(message, size))
        return library_error(EMSGSIZE);
    struct_of_message(message, response, size);
    return SUCCESS;
}

error_t ipc_call_struct(cap_t endpoint, const void *request, size_t request_size, void *response,
                        size_t response_size)
{
    struct message message;
    error_t error = message_of_struct(&message, request, request_size);

    if (!error)
        error = message_call(endpoint, &message);
    return error ? error : take_answer(&message, response, response_size);
}

error_t ipc_call_ended(const struct ipc_registers *r, uint32_t label, void *response,
                       size_t response_size)
{
    struct message message;
    error_t error = library_received(&message, library_status(r, label), r);

    return error ? error : take_answer(&message, response, response_size);
}

error_t ipc_call_receive_cap(cap_t endpoint, const void *request, size_t request_size,
                             void *response, size_t response_size, cap_t *received)
{
    struct message message;
    error_t error = message_of_struct(&message, request, request_size);

    message.accept = 1;
    if (!error)
        error = message_call(endpoint, &message);
    if (error)
        return error;
    *received = message.cap_count ? message.caps[0].cap : CAP_NULL;
    error = take_answer(&message, response, response_size);
    if (error && *received) {
        cap_delete(*received);
        *received = CAP_NULL;
    }
    return error;
}

error_t ipc_send_async(cap_t endpoint, const void *request, size_t size, cap_t completion)
{
    struct message message;
    error_t error = message_of_struct(&message, request, size);

    if (!error && completion)
        message_put_cap(&message, completion, CAP_MOVE);
    return error ? error : message_send_until(endpoint, &message, DEADLINE_NOW);
}

error_t ipc_send(cap_t endpoint, const void *bytes, size_t size)
{
    struct message message;
    error_t error = message_of_struct(&message, bytes, size);

    return error ? error : message_send(endpoint, &message);
}

/* A request that the server's struct cannot hold is answered here and not shown to it. */
static void refuse(struct message *message)
{
    cap_t reply = message->reply;

    message_begin(message, EMSGSIZE);
    if (reply)
        message_reply(message);
}

/* Receives, from *only or (NULL) from anybody, into the caller's struct. */
static error_t receive_struct(cap_t endpoint, const uint64_t *only, void *request, size_t size,
                              struct message *message)
{
    error_t error;

    message->accept = 0;
    for (;;) {
        error = only ? message_receive_from(endpoint, *only, message)
                     : message_receive(endpoint, message);
        if (error)
            return error;
        if (message->origin == ORIGIN_NONE)
            return library_error(EAGAIN);
        if (struct_holds(message, size))
            break;
        refuse(message);
    }
    struct_of_message(message, request, size);
    return SUCCESS;
}

error_t ipc_receive(cap_t endpoint, void *request, size_t size, cap_t *reply_cap, uint64_t *badge)
{
    struct message message;
    error_t error = receive_struct(endpoint, NULL, request, size, &message);

    if (error)
        return error;
    *reply_cap = message.reply;
    if (badge)
        *badge = message.badge;
    return SUCCESS;
}

/* Of a reply_recv: *message is what came. */
static error_t take_request(cap_t endpoint, struct message *message, error_t error, void *request,
                            size_t size, cap_t *reply_cap, uint64_t *badge)
{
    while (!error && message->origin != ORIGIN_NONE && !struct_holds(message, size)) {
        message_begin(message, EMSGSIZE);
        error = message_reply_receive(endpoint, message);
    }
    *reply_cap = message->reply;
    if (error)
        return error;
    if (message->origin == ORIGIN_NONE)
        return library_error(EAGAIN);
    struct_of_message(message, request, size);
    *badge = message->badge;
    return SUCCESS;
}

error_t ipc_reply_receive_struct(cap_t endpoint, const void *response, size_t response_size,
                                 void *request, size_t request_size, cap_t *reply_cap,
                                 uint64_t *badge)
{
    struct message message;
    error_t error = message_of_struct(&message, response, response_size);

    if (error)
        message_begin(&message, (uint32_t)error);
    message.reply = *reply_cap;
    error = message_reply_receive(endpoint, &message);
    return take_request(endpoint, &message, error, request, request_size, reply_cap, badge);
}

error_t ipc_reply_receive_ended(const struct ipc_registers *r, cap_t endpoint, const void *response,
                                size_t response_size, void *request, size_t request_size,
                                cap_t *reply_cap, uint64_t *badge)
{
    struct message message;
    error_t error = library_status(r, 0);

    if (error && library_reply_half_failed(error, r->words[0]))
        return ipc_reply_receive_struct(endpoint, response, response_size, request, request_size,
                                        reply_cap, badge);
    error = library_received(&message, error, r);
    return take_request(endpoint, &message, error, request, request_size, reply_cap, badge);
}

error_t ipc_receive_from(cap_t endpoint, uint64_t badge, void *request, size_t size,
                         cap_t *reply_cap)
{
    struct message message;
    error_t error = receive_struct(endpoint, &badge, request, size, &message);

    if (!error)
        *reply_cap = message.reply;
    return error;
}

error_t ipc_reply(cap_t reply_cap, const void *response, size_t size)
{
    return ipc_reply_with_cap(reply_cap, response, size, CAP_NULL);
}

error_t ipc_reply_with_cap(cap_t reply_cap, const void *response, size_t size, cap_t cap)
{
    struct message message;
    error_t error = message_of_struct(&message, response, size);

    if (error)
        return error;
    if (cap)
        message_put_cap(&message, cap, CAP_COPY);
    message.reply = reply_cap;
    return message_reply(&message);
}

/* Enters with an operation that carries one word; the bits that came go to *bits. */
static error_t notification_enter(cap_t notification, uint64_t tag, uint64_t word, uint64_t *bits)
{
    struct ipc_registers r = {.tag = tag, .handle = notification, .words = {word}};

    ipc_enter(&r);
    if (r.deadline) {
        library_state()->detail = (struct ipc_error_detail){
            (error_t)r.deadline, r.words[0], r.words[1], r.words[2], 0, false};
        return (error_t)r.deadline;
    }
    if (bits)
        *bits = r.notified;
    return SUCCESS;
}

error_t ipc_notify(cap_t notification, uint64_t bits)
{
    return notification_enter(notification, TAG(OP_NOTIFY, 0, 1), bits, NULL);
}

error_t ipc_wait_notification(cap_t notification, uint64_t *bits)
{
    return notification_enter(notification, TAG(OP_RECV, 0, 0), 0, bits);
}

error_t ipc_poll_notification(cap_t notification, uint64_t *bits)
{
    return notification_enter(notification, TAG(OP_RECV, 0, 0) | TAG_DEADLINE, 0, bits);
}

error_t ipc_wait_any(cap_t endpoint, cap_t notification, struct message *message, uint64_t *bits)
{
    error_t error = SUCCESS;

    if (library_state()->bound_notification != notification)
        error = thread_bind_notification(thread_self(), notification);
    if (!error)
        error = message_receive(endpoint, message);
    if (!error)
        *bits = message->notified;
    return error;
}

error_t ipc_transfer_cap(cap_t endpoint, cap_t cap)
{
    return transfer_give(endpoint, cap);
}
