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

/* The next bytes of what was lent; where they are not there, what was taken so far is all. */
static error_t fetch(struct writer *writer)
{
    uint64_t left = writer->total - writer->taken;
    size_t length = left < CONSOLE_BYTES_MOST ? left : CONSOLE_BYTES_MOST;
    error_t error = lease_read(writer->reply, 0, writer->taken, writer->bytes, length);

    if (!error)
        writer->length = length;
    else if (writer->taken)
        writer->total = writer->taken;
    return error && !writer->taken ? error : SUCCESS;
}

/* Takes as much as there is room for. EAGAIN: not all. */
static error_t take(struct writer *writer)
{
    error_t error = SUCCESS;

    while (writer->taken < writer->total) {
        if (!writer->length)
            error = fetch(writer);
        if (!error && !terminal_write(&console.terminal, writer->bytes, writer->length))
            error = EAGAIN;
        if (error)
            return error;
        writer->taken += writer->length;
        writer->length = 0;
        device_send();
    }
    return SUCCESS;
}

/* EAGAIN: it waits on. */
static error_t writer_go_on(struct writer *writer)
{
    if (writer->total == 0)
        return device_drained() ? SUCCESS : EAGAIN;
    return take(writer);
}

static void writers_go_on(void)
{
    struct writer *writer;
    error_t error;

    while ((writer = writers_first(&console.writers)) && (error = writer_go_on(writer)) != EAGAIN) {
        cap_t reply = writer->reply;

        answered(error ? idl_answer_error(reply, error)
                       : console_answer_write(reply, writer->taken),
                 reply);
        writers_drop(&console.writers);
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

/* The client waits for so many bytes to be taken; *writer is its place. */
static error_t wait_to_write(const struct idl_request *request, uint64_t total,
                             struct writer **writer)
{
    cap_t reply;

    if (console.writers.count == WAITERS_MAX)
        return EBUSY;
    if (save_reply(request, &reply))
        return EAGAIN;
    *writer = writers_add(&console.writers);
    (*writer)->reply = reply;
    (*writer)->length = 0;
    (*writer)->taken = 0;
    (*writer)->total = total;
    return SUCCESS;
}

error_t console_handle_write(struct idl_request *request, const void *text, size_t text_length,
                             uint64_t *written)
{
    struct writer *writer;
    error_t error;

    *written = text_length;
    if (write_at_once(text, text_length))
        return SUCCESS;
    error = wait_to_write(request, text_length, &writer);
    if (error)
        return error;
    writer->length = text_length;
    memcpy(writer->bytes, text, text_length);
    return IDL_LATER;
}

/* Taken at the loop's end, or as there is room. Of no bytes there is nothing to wait for. */
error_t console_handle_write_lent(struct idl_request *request, const struct idl_lease *text,
                                  uint64_t *written)
{
    struct writer *writer;
    error_t error;

    *written = 0;
    if (!text->length)
        return SUCCESS;
    error = wait_to_write(request, text->length, &writer);
    return error ? error : IDL_LATER;
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
