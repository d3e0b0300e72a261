/*
 * program.c - reads the headers of an ELF program and checks all that they claim.
 *
 * Each check answers NULL, or the sentence that says what is wrong.
 */
#include <elf.h>
#include <stdbool.h>
#include <string.h>

#include <myelin/objects.h>
#include <myelin/program.h>

#define PAGE_BYTES (1ull << PAGE_SIZE_BITS)

static const char *check_header(const Elf64_Ehdr *header, uint64_t file_bytes)
{
    if (file_bytes < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return "it is not an ELF file";
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_machine != EM_X86_64)
        return "it is not for this machine (ELF64, little-endian, x86-64)";
    if (header->e_type != ET_EXEC)
        return "it is not linked to fixed addresses (static, not PIE)";
    if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0)
        return "it has no program headers";
    if (header->e_phoff > PROGRAM_HEAD_BYTES || header->e_phoff > file_bytes ||
        header->e_phnum * sizeof(Elf64_Phdr) > PROGRAM_HEAD_BYTES - header->e_phoff ||
        header->e_phnum * sizeof(Elf64_Phdr) > file_bytes - header->e_phoff)
        return "its program headers are not in its first page";
    return NULL;
}

static uint64_t page_start(const struct program_segment *segment)
{
    return segment->address & ~(PAGE_BYTES - 1);
}

static uint64_t page_end(const struct program_segment *segment)
{
    return (segment->address + segment->memory_bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}

static const char *check_segment(const Elf64_Phdr *header, uint64_t file_bytes)
{
    if (header->p_filesz > header->p_memsz)
        return "a segment is larger in the file than in memory";
    if (header->p_offset > file_bytes || header->p_filesz > file_bytes - header->p_offset)
        return "a segment lies behind the end of the file";
    if (header->p_vaddr < PROGRAM_ADDRESS_FIRST || header->p_vaddr > USER_ADDRESS_END ||
        header->p_memsz > USER_ADDRESS_END - header->p_vaddr)
        return "a segment lies outside of the user's addresses";
    if (header->p_vaddr % PAGE_BYTES != header->p_offset % PAGE_BYTES)
        return "a segment's offset in the page differs between file and memory";
    if ((header->p_flags & PF_W) && (header->p_flags & PF_X))
        return "a segment is both writable and executable";
    return NULL;
}

static uint32_t segment_rights(uint32_t flags)
{
    return (flags & PF_R ? CAP_RIGHTS_READ : 0) | (flags & PF_W ? CAP_RIGHTS_WRITE : 0) |
           (flags & PF_X ? CAP_RIGHTS_EXECUTE : 0);
}

static const char *add_segment(struct program_image *image, const Elf64_Phdr *header,
                               uint64_t file_bytes)
{
    const char *why = check_segment(header, file_bytes);
    struct program_segment segment = {
        .address = header->p_vaddr,
        .memory_bytes = header->p_memsz,
        .file_offset = header->p_offset,
        .file_bytes = header->p_filesz,
        .rights = segment_rights(header->p_flags),
    };

    if (why)
        return why;
    if (image->segment_count == PROGRAM_SEGMENTS_MAX)
        return "it has more than 16 segments";
    for (unsigned i = 0; i < image->segment_count; i++) {
        if (page_start(&segment) < page_end(&image->segments[i]) &&
            page_start(&image->segments[i]) < page_end(&segment))
            return "two segments share a page";
    }
    image->segments[image->segment_count++] = segment;
    return NULL;
}

static const char *read_headers(struct program_image *image, const unsigned char *headers,
                                unsigned count, uint64_t file_bytes)
{
    const char *why = NULL;

    for (unsigned i = 0; i < count && !why; i++) {
        Elf64_Phdr header;

        memcpy(&header, headers + i * sizeof(header), sizeof(header));
        if (header.p_type == PT_INTERP)
            why = "it needs a dynamic linker";
        else if (header.p_type == PT_LOAD && header.p_memsz > 0)
            why = add_segment(image, &header, file_bytes);
    }
    return why;
}

/* Whether the segment holds [offset, offset + bytes) of the file. */
static bool holds_file_part(const struct program_segment *segment, uint64_t offset, uint64_t bytes)
{
    return offset >= segment->file_offset && bytes <= segment->file_bytes &&
           offset - segment->file_offset <= segment->file_bytes - bytes;
}

/* The C library finds its thread-local data by the program headers: they must be mapped. */
static const char *find_headers(struct program_image *image, uint64_t offset, uint64_t bytes)
{
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct program_segment *segment = &image->segments[i];

        if (holds_file_part(segment, offset, bytes)) {
            image->headers = segment->address + (offset - segment->file_offset);
            return NULL;
        }
    }
    return "its program headers are in no segment";
}

static const char *check_entry(const struct program_image *image)
{
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct program_segment *segment = &image->segments[i];

        if ((segment->rights & CAP_RIGHTS_EXECUTE) && image->entry >= segment->address &&
            image->entry - segment->address < segment->memory_bytes)
            return NULL;
    }
    return "its entry point is in no executable segment";
}

error_t program_read(const void *head, uint64_t file_bytes, struct program_image *image,
                     const char **why)
{
    Elf64_Ehdr header = {0};

    memset(image, 0, sizeof(*image));
    if (file_bytes >= sizeof(header))
        memcpy(&header, head, sizeof(header));
    *why = check_header(&header, file_bytes);
    if (*why)
        return ENOEXEC;
    image->entry = header.e_entry;
    image->header_count = header.e_phnum;
    *why = read_headers(image, (const unsigned char *)head + header.e_phoff, header.e_phnum,
                        file_bytes);
    if (!*why)
        *why = find_headers(image, header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr));
    if (!*why)
        *why = check_entry(image);
    return *why ? ENOEXEC : SUCCESS;
}
