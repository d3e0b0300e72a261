/* arch_copy.h - host: how much is copied between two looks for an interrupt. */
#pragma once

/* So little that a test of a few pages is preempted at each. */
#define ARCH_COPY_BYTES 4096ull
