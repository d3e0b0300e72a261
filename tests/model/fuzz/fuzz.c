/*
 * fuzz.c - programs that libFuzzer makes, guided by what of the kernel they reach. A difference, a
 * broken invariant or a sanitizer's complaint ends it and leaves the program in a file, which
 * build/model-tests makes short and says in words.
 */

#include <stddef.h>
#include <string.h>

#include "../mirror.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct program program;
    size_t steps = size / STEP_BYTES;

    program.count = steps < STEPS_MAX ? (unsigned)steps : STEPS_MAX;
    memcpy(program.step, data, program.count * sizeof(program.step[0]));
    program_do(&program);
    return 0;
}
