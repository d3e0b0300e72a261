/*
 * uart.h - the registers of a 16550.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <myelin/abi.h>
#include <myelin/errors.h>

#define UART_FIFO_BYTES 16

struct uart {
    cap_t ports;
    unsigned base;
    uint8_t enabled; /* interrupts, as the device has them */
};

/* Why it interrupts. */
enum uart_cause {
    UART_NOTHING,
    UART_RECEIVED, /* bytes are there */
    UART_SENT,     /* the transmit FIFO is empty */
    UART_OTHER,    /* line or modem status; reading the cause has settled it */
};

/* Sets the device up: 115200 baud, 8 bits, no parity, FIFOs, no interrupts yet. EIO: there is
   none at these ports. */
error_t uart_open(struct uart *uart, cap_t ports, unsigned base);
/* Lets it interrupt for received bytes, and for an empty transmit FIFO. */
void uart_enable(struct uart *uart, bool received, bool sent);
enum uart_cause uart_cause(struct uart *uart);
/* Takes a received byte; false: none is there. */
bool uart_receive(struct uart *uart, uint8_t *byte);
/* Puts bytes into the transmit FIFO, which takes UART_FIFO_BYTES when it is empty. `bytes` has room
   for so many. */
void uart_send(struct uart *uart, const uint8_t *bytes, size_t length);
/* Whether the last bit has left. */
bool uart_idle(struct uart *uart);
