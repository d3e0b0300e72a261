/*
 * uart.c - the registers of a 16550.
 */
#include "uart.h"

#include <myelin/ioport.h>

/* Registers, from the base port. */
#define DATA         0 /* with LINE_DIVISOR set: the divisor's low byte */
#define INTERRUPTS   1 /* with LINE_DIVISOR set: its high byte */
#define CAUSE        2 /* read */
#define FIFO         2 /* write */
#define LINE         3
#define MODEM        4
#define LINE_STATUS  5
#define MODEM_STATUS 6
#define SCRATCH      7

#define INTERRUPT_RECEIVED 0x01
#define INTERRUPT_SENT     0x02
#define CAUSE_NONE         0x01
#define CAUSE_MASK         0x0f
#define CAUSE_SENT         0x02
#define CAUSE_RECEIVED     0x04
#define CAUSE_LINE         0x06
#define CAUSE_TIMEOUT      0x0c /* bytes wait below the FIFO's trigger level */
#define FIFO_ENABLE_CLEAR  0x07 /* both FIFOs, interrupt at the first byte */
#define LINE_8N1           0x03
#define LINE_DIVISOR       0x80
#define DIVISOR_115200     1
#define MODEM_READY        0x0b /* DTR, RTS, and OUT2, which lets interrupts through */
#define STATUS_RECEIVED    0x01
#define STATUS_IDLE        0x40
#define SCRATCH_PROBE      0x5a
#define NOT_THERE          0xff /* what the bus reads where there is no device */

static uint8_t get(const struct uart *uart, unsigned at)
{
    uint64_t value;

    return ioport_in(uart->ports, uart->base + at, 1, &value) ? NOT_THERE : (uint8_t)value;
}

static void set(const struct uart *uart, unsigned at, uint8_t value)
{
    ioport_out(uart->ports, uart->base + at, 1, value);
}

error_t uart_open(struct uart *uart, cap_t ports, unsigned base)
{
    *uart = (struct uart){.ports = ports, .base = base};
    set(uart, SCRATCH, SCRATCH_PROBE);
    if (get(uart, SCRATCH) != SCRATCH_PROBE)
        return EIO;
    set(uart, INTERRUPTS, 0);
    set(uart, LINE, LINE_DIVISOR);
    set(uart, DATA, DIVISOR_115200);
    set(uart, INTERRUPTS, 0);
    set(uart, LINE, LINE_8N1);
    set(uart, FIFO, FIFO_ENABLE_CLEAR);
    set(uart, MODEM, MODEM_READY);
    return SUCCESS;
}

void uart_enable(struct uart *uart, bool received, bool sent)
{
    uint8_t enabled = (received ? INTERRUPT_RECEIVED : 0) | (sent ? INTERRUPT_SENT : 0);

    if (enabled == uart->enabled)
        return;
    uart->enabled = enabled;
    set(uart, INTERRUPTS, enabled);
}

enum uart_cause uart_cause(struct uart *uart)
{
    uint8_t cause = get(uart, CAUSE);

    if (cause & CAUSE_NONE)
        return UART_NOTHING;
    switch (cause & CAUSE_MASK) {
    case CAUSE_RECEIVED:
    case CAUSE_TIMEOUT:
        return UART_RECEIVED;
    case CAUSE_SENT:
        return UART_SENT;
    case CAUSE_LINE:
        get(uart, LINE_STATUS);
        return UART_OTHER;
    default:
        get(uart, MODEM_STATUS);
        return UART_OTHER;
    }
}

bool uart_receive(struct uart *uart, uint8_t *byte)
{
    uint8_t status = get(uart, LINE_STATUS);

    if (status == NOT_THERE || !(status & STATUS_RECEIVED))
        return false;
    *byte = get(uart, DATA);
    return true;
}

void uart_send(struct uart *uart, const uint8_t *bytes, size_t length)
{
    ioport_out_bytes(uart->ports, uart->base + DATA, length, bytes);
}

bool uart_idle(struct uart *uart)
{
    return get(uart, LINE_STATUS) & STATUS_IDLE;
}
