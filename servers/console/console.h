/*
 * console.h - the console server's state and its parts.
 */
#pragma once

#include <myelin/ipc.h>

#include "terminal.h"
#include "uart.h"
#include "waiters.h"

/* Bits of the server's own notification. */
#define CONSOLE_BIT_DEVICE 1 /* the device interrupts */
#define CONSOLE_BIT_AGAIN  2 /* look at the device again */

struct console {
    cap_t endpoint;
    cap_t notification;
    cap_t irq;
    cap_t interrupt; /* who hears of Ctrl-C, or CAP_NULL */
    bool sending;    /* the transmit FIFO was filled and has not reported itself empty */
    struct uart uart;
    struct terminal terminal;
    struct writers writers;
    struct readers readers;
};

extern struct console console;

/* ---- device.c: between the terminal and the device ---- */

/* Answers the device's interrupt. */
void device_serve(void);
/* Starts sending what there is to send. */
void device_send(void);
/* Receives again, or stops to, as there is room. */
void device_update(void);
/* Whether all that was written has left the device. If only its last byte has not, it will be
   looked at again by CONSOLE_BIT_AGAIN. */
bool device_drained(void);

/* ---- request.c: what clients ask, whose handlers console_dispatch calls ---- */

/* Answers the writers, and the readers, that need not wait any longer. */
void requests_go_on(void);
/* Ctrl-C: waiting reads end, and who wanted to know is notified. */
void requests_interrupt(void);
