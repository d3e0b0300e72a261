/*
 * request.c - what clients ask of the console, at once or by a saved Reply.
 */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/idl/connection_types.h>
#include <myelin/idl/console_types.h>
#include <myelin/service.h>

#include "console.h"

#define MODES (CONSOLE_RAW | CONSOLE_PLAIN)

/* ---- answering later ---- */

static struct message late; /* an answer to a saved Reply */

/* Answers `reply` with *late; it is used up. An error: nobody waits any longer. */
static error_t answer_late(cap_t reply)
{
    error_t error;

    late.reply = reply;
    error = message_reply(&late);
    if (error)
        cap_delete(reply);
    return error;
}

static void answer_writer(const struct writer *writer)
{
    message_begin(&late, SUCCESS);
    message_put(&late, writer->length);
    answer_late(writer->reply);
}

static bool writer_is_done(const struct writer *writer)
{
    if (writer->length == 0)
        return device_drained();
    return terminal_write(&console.terminal, writer->bytes, writer->length);
}

static void writers_go_on(void)
{
    struct writer *writer;

    while ((writer = writers_first(&console.writers)) && writer_is_done(writer)) {
        answer_writer(writer);
        writers_drop(&console.writers);
        device_send();
    }
}

/* Puts what a read gets into *message; returns the cells of input that it takes. */
static size_t put_input(struct message *message, size_t most)
{
    uint8_t bytes[CONSOLE_BYTES_MOST];
    size_t cells;
    size_t length = terminal_look(&console.terminal, bytes, most, &cells);

    message_begin(message, SUCCESS);
    message_put(message, length);
    message_put_bytes(message, bytes, length);
    return cells;
}

/* A reader that died in the meantime takes nothing: the next one gets it. */
static void readers_go_on(void)
{
    struct reader *reader;

    while ((reader = readers_first(&console.readers)) && terminal_readable(&console.terminal)) {
        size_t cells = put_input(&late, reader->most);

        if (answer_late(reader->reply) == SUCCESS)
            ring_drop(&console.terminal.input, cells);
        readers_drop(&console.readers);
    }
}

void requests_go_on(void)
{
    writers_go_on();
    readers_go_on();
}

/* Ends the wait of the first reader with an error. */
static void refuse_reader(error_t error)
{
    message_begin(&late, (uint32_t)error);
    answer_late(readers_first(&console.readers)->reply);
    readers_drop(&console.readers);
}

void requests_interrupt(void)
{
    while (readers_first(&console.readers))
        refuse_reader(EINTR);
    if (console.interrupt && ipc_notify(console.interrupt, 0) != SUCCESS) {
        cap_delete(console.interrupt);
        console.interrupt = CAP_NULL;
    }
}

/* ---- requests ---- */

/* The client waits: its reply token becomes a Reply. EAGAIN: there is no slot for it. */
static error_t save_reply(struct message *message, cap_t *reply)
{
    if (cap_reply_save(message->reply, reply))
        return EAGAIN;
    message->reply = CAP_NULL;
    return SUCCESS;
}

static bool write_at_once(const void *bytes, size_t length)
{
    return length && !writers_first(&console.writers) &&
           terminal_write(&console.terminal, bytes, length);
}

static error_t wait_to_write(struct message *message, const void *bytes, size_t length)
{
    struct writer *writer;
    cap_t reply;

    if (console.writers.count == WAITERS_MAX)
        return EBUSY;
    if (save_reply(message, &reply))
        return EAGAIN;
    writer = writers_add(&console.writers);
    writer->reply = reply;
    writer->length = length;
    memcpy(writer->bytes, bytes, length);
    return SUCCESS;
}

static void handle_write(struct message *message)
{
    uint64_t length = message->words[0];
    const void *bytes = NULL;
    error_t error;

    if (message->word_count >= 1 && length <= CONSOLE_BYTES_MOST)
        bytes = message_get_bytes(message, 1, length);
    if (!bytes)
        return message_begin(message, EMSGSIZE);
    if (write_at_once(bytes, length)) {
        message_begin(message, SUCCESS);
        return message_put(message, length);
    }
    error = wait_to_write(message, bytes, length);
    if (error)
        message_begin(message, (uint32_t)error);
}

/*
 * Every read waits, if only until request_serve ends: so there is one way to answer it, on which
 * the death of the reader loses no input. Where too many wait, the oldest gives way: some may be
 * dead, which only an answer would show.
 */
static void handle_read(struct message *message)
{
    uint64_t most = message->words[0];
    struct reader *reader;
    cap_t reply;

    if (message->word_count < 1)
        return message_begin(message, EMSGSIZE);
    if (most == 0)
        return message_begin(message, EINVAL);
    if (console.readers.count == WAITERS_MAX)
        refuse_reader(EBUSY);
    if (save_reply(message, &reply))
        return message_begin(message, EAGAIN);
    reader = readers_add(&console.readers);
    reader->reply = reply;
    reader->most = most < CONSOLE_BYTES_MOST ? most : CONSOLE_BYTES_MOST;
}

static void handle_mode(struct message *message)
{
    uint64_t mode = message->words[0];

    if (message->word_count < 1)
        return message_begin(message, EMSGSIZE);
    if (mode & ~(uint64_t)MODES)
        return message_begin(message, EINVAL);
    message_begin(message, SUCCESS);
    message_put(message, terminal_set_mode(&console.terminal, (unsigned)mode));
}

/* Whether the capability that came is one that can be notified. */
static error_t check_interrupt(const struct message *message)
{
    uint64_t how = message->caps[0].how;

    if (message->cap_count == 0)
        return SUCCESS;
    if (how >> 32 != OBJECT_NOTIFICATION)
        return EINVAL;
    return how & CAP_RIGHTS_SEND ? SUCCESS : EPERM;
}

static void handle_interrupt(struct message *message)
{
    error_t error = check_interrupt(message);

    if (!error && console.interrupt)
        cap_delete(console.interrupt);
    if (!error)
        console.interrupt = message->cap_count ? message->caps[0].cap : CAP_NULL;
    message_begin(message, (uint32_t)error);
}

static void connect(struct message *message)
{
    static uint64_t clients;

    service_answer_connect(console.endpoint, ++clients, message);
}

static void dispatch(struct message *message)
{
    switch (message->label) {
    case CONSOLE_LABEL_WRITE:
        return handle_write(message);
    case CONSOLE_LABEL_READ:
        return handle_read(message);
    case CONSOLE_LABEL_MODE:
        return handle_mode(message);
    case CONSOLE_LABEL_INTERRUPT:
        return handle_interrupt(message);
    default:
        return message_begin(message, ENOSYS);
    }
}

void request_serve(struct message *message)
{
    cap_t came = message->cap_count ? message->caps[0].cap : CAP_NULL;

    if (message->label == CONNECTION_LABEL_CONNECT)
        connect(message);
    else if (message->badge)
        dispatch(message);
    else
        message_begin(message, ENOSYS); /* not connected yet */
    if (came && came != console.interrupt)
        cap_delete(came);
}
