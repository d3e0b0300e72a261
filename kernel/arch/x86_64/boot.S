/*
 * boot.S - from the multiboot loader (32-bit, no paging) to boot_main in C (64-bit, high half).
 *
 * The first tables map the first GiB three times: where it is, at the direct map, and at the
 * kernel's base. boot_main builds the real ones (paging.c).
 */

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x00010003 /* aligned modules, memory map, address fields below */

#define BOOT_STACK_BYTES 16384

    .section .boot, "ax"
    .code32
    .align 4
multiboot_header:
    .long MULTIBOOT_MAGIC
    .long MULTIBOOT_FLAGS
    .long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
    .long multiboot_header
    .long multiboot_header
    .long kernel_file_end_physical
    .long kernel_end_physical
    .long boot_entry

    .globl boot_entry
boot_entry:
    cli
    cld
    movl %eax, %ebp /* the loader's magic number */
    movl %ebx, %esi /* its information */

    /* Each level's first table: one PDPT and one page directory serve all three places. */
    movl $(boot_directory - KERNEL_BASE_SYMBOL), %edi
    movl $0x83, %eax /* present, writable, 2 MiB */
    movl $512, %ecx
1:  movl %eax, (%edi)
    addl $0x200000, %eax
    addl $8, %edi
    loop 1b
    movl $(boot_directory - KERNEL_BASE_SYMBOL + 3), %eax
    movl %eax, boot_pdpt - KERNEL_BASE_SYMBOL          /* 0 and the direct map */
    movl %eax, boot_pdpt - KERNEL_BASE_SYMBOL + 510 * 8 /* the kernel's base */
    movl $(boot_pdpt - KERNEL_BASE_SYMBOL + 3), %eax
    movl %eax, boot_top - KERNEL_BASE_SYMBOL
    movl %eax, boot_top - KERNEL_BASE_SYMBOL + 256 * 8
    movl %eax, boot_top - KERNEL_BASE_SYMBOL + 511 * 8

    movl $(boot_top - KERNEL_BASE_SYMBOL), %eax
    movl %eax, %cr3
    movl %cr4, %eax
    orl $0x20, %eax /* PAE */
    movl %eax, %cr4
    movl $0xc0000080, %ecx /* EFER: long mode, no-execute */
    rdmsr
    orl $0x900, %eax
    wrmsr
    movl %cr0, %eax
    orl $0x80010000, %eax /* paging, write protection for the kernel too */
    movl %eax, %cr0
    lgdt boot_gdt_pointer
    ljmp $8, $boot_long

    .align 8
boot_gdt:
    .quad 0
    .quad 0x00af9a000000ffff /* 64-bit code */
    .quad 0x00cf92000000ffff /* data */
boot_gdt_pointer:
    .word . - boot_gdt - 1
    .long boot_gdt

    .code64
boot_long:
    movw $16, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    xorl %eax, %eax
    movw %ax, %fs
    movw %ax, %gs
    movabsq $boot_high, %rax
    jmp *%rax

    .section .text
boot_high:
    leaq boot_stack_top(%rip), %rsp
    movl %ebp, %edi
    movl %esi, %esi
    xorl %ebp, %ebp
    call boot_main
    ud2

    .set KERNEL_BASE_SYMBOL, 0xffffffff80000000

    .section .bss
    .align 4096
boot_top:
    .skip 4096
boot_pdpt:
    .skip 4096
boot_directory:
    .skip 4096
    .globl boot_stack_top
boot_stack:
    .skip BOOT_STACK_BYTES
boot_stack_top:

    .section .note.GNU-stack, "", @progbits
