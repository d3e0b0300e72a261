/*
 * clock.h - the monotonic clock: nanoseconds since the kernel started. No system call.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>

uint64_t clock_now(void);
/* Waits until clock_now() >= time. Makes, once per thread, a notification from "memory". */
error_t clock_sleep_until(uint64_t time);
