/* emulator.h - code that QEMU cannot bear. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* VPINSRB, VPINSRW and VPINSRD with a length that they cannot have: QEMU itself ends there, by an
   assertion (gen_pinsr). Any processor refuses them, by an exception like those of all the others.
 */
static inline bool ends_the_emulator(const uint8_t *code)
{
    if (code[0] == 0xc5)
        return code[1] & 4 && code[2] == 0xc4;
    if (code[0] != 0xc4 || !(code[2] & 4))
        return false;
    return (code[1] & 31) == 1 ? code[3] == 0xc4
                               : (code[1] & 31) == 3 && (code[3] == 0x20 || code[3] == 0x22);
}

/* Puts a `nop` in its place. */
static inline void spare_the_emulator(uint8_t *code, unsigned bytes)
{
    for (unsigned i = 0; i + 3 < bytes; i++)
        if (ends_the_emulator(code + i))
            code[i] = 0x90;
}
