/* arch_copy.h - x86-64: how much is copied between two looks for an interrupt. */
#pragma once

/* 8 bytes a step: with what leads up to it less than 5,000 of them. */
#define ARCH_COPY_BYTES 32768ull
