/*
 * request.c - what clients ask of the console, at once or by a saved Reply.
 */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/idl/console_server.h>

#include "console.h"

/* ---- answering later ---- */

/* After an answer to a saved Reply: one that could not be given is dropped, nobody waits for it. */
static error_t answered(error_t error, cap_t reply)
{
    if (error)
        cap_delete(reply);
    return error;
}

static bool writer_is_done(const struct writer *writer)
{
    if (writer->length == 0)
        return device_drained();
    return terminal_write(&console.terminal, writer->bytes, writer->length);
}

static void writers_go_on(void)
{
    const struct writer *writer;

    while ((writer = writers_first(&console.writers)) && writer_is_done(writer)) {
        answered(console_answer_write(writer->reply, writer->length), writer->reply);
        writers_drop(&console.writers);
        device_send();
    }
}

/* Only what was delivered leaves the input: a reader that died in the meantime takes nothing. */
static void answer_reader(const struct reader *reader)
{
    uint8_t bytes[CONSOLE_BYTES_MOST];
    size_t cells;
    size_t length = terminal_look(&console.terminal, bytes, reader->most, &cells);

    if (answered(console_answer_read(reader->reply, bytes, length), reader->reply) == SUCCESS)
        ring_drop(&console.terminal.input, cells);
}

static void readers_go_on(void)
{
    const struct reader *reader;

    while ((reader = readers_first(&console.readers)) && terminal_readable(&console.terminal)) {
        answer_reader(reader);
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
    cap_t reply = readers_first(&console.readers)->reply;

    answered(idl_answer_error(reply, error), reply);
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
static error_t save_reply(const struct idl_request *request, cap_t *reply)
{
    return cap_reply_save(request->reply, reply) ? EAGAIN : SUCCESS;
}

static bool write_at_once(const void *bytes, size_t length)
{
    return length && !writers_first(&console.writers) &&
           terminal_write(&console.terminal, bytes, length);
}

error_t console_handle_write(struct idl_request *request, const void *text, size_t text_length,
                             uint64_t *written)
{
    struct writer *writer;
    cap_t reply;

    *written = text_length;
    if (write_at_once(text, text_length))
        return SUCCESS;
    if (console.writers.count == WAITERS_MAX)
        return EBUSY;
    if (save_reply(request, &reply))
        return EAGAIN;
    writer = writers_add(&console.writers);
    writer->reply = reply;
    writer->length = text_length;
    memcpy(writer->bytes, text, text_length);
    return IDL_LATER;
}

/*
 * Every read waits, if only until the loop's end: so there is one way to answer it, on which the
 * death of the reader loses no input. Where too many wait, the oldest gives way: some may be dead,
 * which only an answer would show.
 */
error_t console_handle_read(struct idl_request *request, uint64_t most, void *text,
                            size_t *text_length)
{
    struct reader *reader;
    cap_t reply;

    (void)text;
    (void)text_length;
    if (most == 0)
        return idl_deny(request, EINVAL, 1);
    if (console.readers.count == WAITERS_MAX)
        refuse_reader(EBUSY);
    if (save_reply(request, &reply))
        return EAGAIN;
    reader = readers_add(&console.readers);
    reader->reply = reply;
    reader->most = most < CONSOLE_BYTES_MOST ? most : CONSOLE_BYTES_MOST;
    return IDL_LATER;
}

error_t console_handle_mode(struct idl_request *request, uint32_t mode, uint32_t *before)
{
    (void)request;
    if (terminal_set_mode(&console.terminal, mode, before) == TYPED_INTERRUPT)
        requests_interrupt();
    return SUCCESS;
}

error_t console_handle_interrupt(struct idl_request *request, cap_t notification)
{
    (void)request;
    if (console.interrupt)
        cap_delete(console.interrupt);
    console.interrupt = notification;
    return SUCCESS;
}
