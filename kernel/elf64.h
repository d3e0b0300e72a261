/* elf64.h - as much of the ELF64 format as loading one static program takes. */
#pragma once

#include <stdint.h>

#define ELFMAG    "\177ELF"
#define SELFMAG   4
#define ET_EXEC   2
#define PT_LOAD   1
#define PF_X      1
#define PF_W      2
#define AT_PHDR   3
#define AT_PHENT  4
#define AT_PHNUM  5
#define AT_PAGESZ 6
#define AT_RANDOM 25

typedef struct {
    unsigned char e_ident[16];
    uint16_t e_type, e_machine;
    uint32_t e_version;
    uint64_t e_entry, e_phoff, e_shoff;
    uint32_t e_flags;
    uint16_t e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
} Elf64_Ehdr;

typedef struct {
    uint32_t p_type, p_flags;
    uint64_t p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
} Elf64_Phdr;
