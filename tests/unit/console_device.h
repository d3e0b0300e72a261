/*
 * console_device.h - a make-believe 16550 for the tests of the console: what it received, what it
 * sent, and when it interrupts.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <myelin/ioport.h>

#include "servers/console/uart.h"

#define PORT      0x3f8
#define SENT_MOST 65536

static struct {
    char typed[16384];
    size_t typed_at, typed_length;
    char sent[SENT_MOST];
    size_t sent_length;
    unsigned in_fifo; /* bytes put in since it was last found empty */
    bool holds;       /* the other side takes nothing */
    bool sent_cause, busy;
    uint32_t enabled, scratch;
} device;

static inline uint32_t device_cause(void)
{
    if (device.enabled & 1 && device.typed_at < device.typed_length)
        return 0x04;
    if (device.enabled & 2 && device.sent_cause) {
        device.sent_cause = false;
        return 0x02;
    }
    return 0x01;
}

static inline uint64_t device_read(uint64_t port)
{
    switch (port - PORT) {
    case 0:
        return (uint8_t)device.typed[device.typed_at++];
    case 2:
        return device_cause();
    case 5:
        return (device.typed_at < device.typed_length ? 1 : 0) | (device.busy ? 0 : 0x40);
    default:
        return device.scratch;
    }
}

static inline void device_empties(void)
{
    device.in_fifo = 0;
    device.sent_cause = true;
}

static inline void device_write(uint64_t port, uint32_t value);

/* Up to 16 bytes for the FIFO. */
static inline void device_write_bytes(const word_t *words)
{
    uint8_t bytes[IOPORT_BYTES_MOST];

    memcpy(bytes, &words[2], sizeof(bytes));
    for (uint64_t i = 0; i < words[1]; i++)
        device_write(words[0], bytes[i]);
}

static inline void device_write(uint64_t port, uint32_t value)
{
    if (port == PORT + 7)
        device.scratch = value;
    if (port == PORT + 1)
        device.enabled = value;
    if (port != PORT || device.enabled == 0)
        return;
    assert_true(++device.in_fifo <= UART_FIFO_BYTES);
    assert_true(device.sent_length < SENT_MOST);
    device.sent[device.sent_length++] = (char)value;
}

/* A method of its ports; the number of words answered. */
static inline unsigned device_invoke(struct ipc_registers *r)
{
    switch (tag_label(r->tag)) {
    case IOPORT_LABEL_IN:
        r->words[0] = device_read(r->words[0]);
        return 1;
    case IOPORT_LABEL_OUT:
        device_write(r->words[0], (uint32_t)r->words[2]);
        return 0;
    default:
        device_write_bytes(r->words);
        return 0;
    }
}

/* Just that has been sent since the last time. */
static inline void assert_sent(const char *text)
{
    assert_int_equal(device.sent_length, strlen(text));
    assert_memory_equal(device.sent, text, device.sent_length);
    device.sent_length = 0;
}
