/*
 * globals.h - included before each file of the kernel core and of the simulated machine: their
 * variables lie in two sections of their own, so that snapshot.c can put all of them back.
 */
#pragma once

#pragma clang section bss = "kernel_bss" data = "kernel_data"
