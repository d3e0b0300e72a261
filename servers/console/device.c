/*
 * device.c - between the terminal and the device: bytes in, bytes out, by interrupts.
 */
#include <myelin/clock.h>
#include <myelin/irq.h>
#include <myelin/notification.h>

#include "console.h"

/* What is done before clients have their turn: a person, or a pipe, may type without end. */
#define CAUSES_AT_ONCE   64
#define BYTES_AT_ONCE    64
#define LOOK_AGAIN_AFTER 1000000ull /* ns; the last byte takes less than 0.1 ms */

void device_update(void)
{
    uart_enable(&console.uart, terminal_can_type(&console.terminal), console.sending);
}

void device_send(void)
{
    struct ring *output = &console.terminal.output;
    size_t length = output->count < UART_FIFO_BYTES ? output->count : UART_FIFO_BYTES;
    uint8_t bytes[UART_FIFO_BYTES] = {0};

    if (console.sending || length == 0)
        return;
    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)ring_peek(output, i);
    uart_send(&console.uart, bytes, length);
    ring_drop(output, length);
    console.sending = true;
}

static void receive(void)
{
    uint8_t byte;

    for (unsigned i = 0; i < BYTES_AT_ONCE; i++) {
        if (!terminal_can_type(&console.terminal) || !uart_receive(&console.uart, &byte))
            return;
        if (terminal_type(&console.terminal, byte) == TYPED_INTERRUPT)
            requests_interrupt();
    }
}

static void serve_cause(enum uart_cause cause)
{
    if (cause == UART_RECEIVED)
        receive();
    if (cause == UART_SENT)
        console.sending = false;
    requests_go_on();
    device_send();
    device_update();
}

/*
 * The line is acknowledged before the device is asked, and the device until it has no cause
 * left: the interrupt is an edge, and one that comes in between would be lost otherwise.
 */
void device_serve(void)
{
    enum uart_cause cause = UART_OTHER;

    irq_acknowledge(console.irq, 0);
    for (unsigned i = 0; i < CAUSES_AT_ONCE && cause != UART_NOTHING; i++) {
        cause = uart_cause(&console.uart);
        serve_cause(cause);
    }
    if (cause != UART_NOTHING)
        ipc_notify(console.notification, CONSOLE_BIT_DEVICE);
}

bool device_drained(void)
{
    if (console.sending || console.terminal.output.count)
        return false;
    if (uart_idle(&console.uart))
        return true;
    notification_set_timer(console.notification, clock_now() + LOOK_AGAIN_AFTER, CONSOLE_BIT_AGAIN);
    return false;
}
