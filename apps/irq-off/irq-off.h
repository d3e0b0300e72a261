/* irq-off.h - the operations that are measured, by the files that they lie in. */
#pragma once

/* Something long is asked of the kernel: `prepare` makes what it is done to, `run` asks. */
struct measured {
    const char *name;
    void (*prepare)(void);
    void (*run)(void);
};

extern const struct measured memory_operations[], waiting_operations[], chain_operations[];
