/* fuzz_console.c - the console under the fuzzer, with its own handlers, on a device that does what
   the input says. */
#include <fuzz.h>

#include <myelin/clock.h>
#include <myelin/idl/console_server.h>
#include <myelin/ioport.h>
#include <myelin/irq.h>
#include <myelin/notification.h>

#include "servers/console/console.h"

#define PORT     0x3f8
#define ENDPOINT 1
#define SCRATCH  7

struct console console;

static uint32_t scratch;

uint64_t clock_now(void)
{
    static uint64_t now;

    return now += 1000;
}

void fuzz_invoke(struct ipc_registers *r)
{
    unsigned answer_words = 0;

    switch (tag_label(r->tag)) {
    case IOPORT_LABEL_IN:
        r->words[0] = r->words[0] == PORT + SCRATCH ? scratch : fuzz_byte();
        answer_words = 1;
        break;
    case IOPORT_LABEL_OUT:
        if (r->words[0] == PORT + SCRATCH)
            scratch = (uint32_t)r->words[2];
        break;
    case IOPORT_LABEL_OUT_BYTES:
        fuzz_expect(r->words[0] == PORT && r->words[1] - 1 < IOPORT_BYTES_MOST);
        break;
    default:
        fuzz_expect(tag_label(r->tag) == NOTIFICATION_LABEL_SET_TIMER ||
                    tag_label(r->tag) == IRQ_LABEL_ACKNOWLEDGE);
    }
    r->tag = TAG(OP_CALL, SUCCESS, answer_words);
    r->deadline = SUCCESS;
}

void fuzz_begin(void)
{
    memset(&console, 0, sizeof(console));
    console.endpoint = ENDPOINT;
    fuzz_expect(uart_open(&console.uart, 1, PORT) == SUCCESS);
    device_update();
}

/* Who waits is held, and so is the notification of Ctrl-C. */
void fuzz_end(void)
{
    const struct reader *reader = readers_first(&console.readers);
    const struct writer *writer = writers_first(&console.writers);

    fuzz_expect(!reader || fuzz_holds(reader->reply));
    fuzz_expect(!writer || fuzz_holds(writer->reply));
    fuzz_expect(!console.interrupt || fuzz_holds(console.interrupt));
}

/* As servers/console/main.c, with an interrupt now and then. */
void fuzz_serve(struct message *message)
{
    console_dispatch(console.endpoint, message);
    if (fuzz_byte() & 1)
        device_serve();
    requests_go_on();
    device_send();
    device_update();
}
