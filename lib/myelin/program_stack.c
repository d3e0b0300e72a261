/*
 * program_stack.c - the stack that a program starts on, as Linux programs expect it:
 *
 *   sp -> argc, argv..., 0, environment..., 0, auxiliary vector, 0, 0,
 *         struct startup, 16 random bytes, the strings                      <- top
 */
#include <elf.h>
#include <string.h>

#include <myelin/program.h>

#define PAGE_BYTES (1ull << PAGE_SIZE_BITS)

struct writer {
    unsigned char *bytes; /* the buffer's beginning */
    uint64_t base;        /* the address that it will have */
    uint64_t at;          /* the address that is written next */
};

static void put(struct writer *writer, uint64_t word)
{
    memcpy(writer->bytes + (writer->at - writer->base), &word, sizeof(word));
    writer->at += sizeof(word);
}

static void put_auxiliary(struct writer *writer, uint64_t type, uint64_t value)
{
    put(writer, type);
    put(writer, value);
}

/* The addresses of `count` strings that lie one behind the other, and a 0. */
static void put_strings(struct writer *writer, const char *strings, size_t bytes, uint64_t address)
{
    for (size_t at = 0; at < bytes; at += strlen(strings + at) + 1)
        put(writer, address + at);
    put(writer, 0);
}

static unsigned count_strings(const char *strings, size_t bytes)
{
    unsigned count = 0;

    for (size_t at = 0; at < bytes; at += strlen(strings + at) + 1)
        count++;
    return count;
}

static uint64_t startup_bytes(const struct program_start *start)
{
    return sizeof(struct startup) + start->cap_count * sizeof(struct startup_cap);
}

/* Where everything behind the vectors comes to lie. */
struct places {
    uint64_t arguments, environment, random, startup;
};

static struct places find_places(const struct program_start *start, uint64_t top)
{
    struct places places;

    places.arguments = top - start->argument_bytes;
    places.environment = places.arguments - start->environment_bytes;
    places.random = (places.environment - sizeof(start->random)) & ~15ull;
    places.startup = (places.random - startup_bytes(start)) & ~15ull;
    return places;
}

static void put_block(struct writer *writer, uint64_t address, const void *from, size_t bytes)
{
    if (bytes > 0)
        memcpy(writer->bytes + (address - writer->base), from, bytes);
}

static void put_blocks(struct writer *writer, const struct program_start *start,
                       const struct places *places)
{
    const struct startup startup = {.count = start->cap_count};

    put_block(writer, places->arguments, start->arguments, start->argument_bytes);
    put_block(writer, places->environment, start->environment, start->environment_bytes);
    put_block(writer, places->random, start->random, sizeof(start->random));
    put_block(writer, places->startup, &startup, sizeof(startup));
    put_block(writer, places->startup + sizeof(startup), start->caps,
              start->cap_count * sizeof(struct startup_cap));
}

static void put_vectors(struct writer *writer, const struct program_start *start,
                        const struct places *places)
{
    put(writer, count_strings(start->arguments, start->argument_bytes));
    put_strings(writer, start->arguments, start->argument_bytes, places->arguments);
    put_strings(writer, start->environment, start->environment_bytes, places->environment);
    put_auxiliary(writer, AT_PHDR, start->image->headers);
    put_auxiliary(writer, AT_PHENT, sizeof(Elf64_Phdr));
    put_auxiliary(writer, AT_PHNUM, start->image->header_count);
    put_auxiliary(writer, AT_PAGESZ, PAGE_BYTES);
    put_auxiliary(writer, AT_ENTRY, start->image->entry);
    put_auxiliary(writer, AT_RANDOM, places->random);
    put_auxiliary(writer, AT_MYELIN, places->startup);
    put_auxiliary(writer, AT_NULL, 0);
}

static uint64_t page_of(uint64_t address)
{
    return address & ~(PAGE_BYTES - 1);
}

#define AUXILIARY_WORDS 16 /* as put_vectors has them */

uint64_t program_stack(void *buffer, size_t size, uint64_t top, const struct program_start *start)
{
    uint64_t strings = count_strings(start->arguments, start->argument_bytes) +
                       count_strings(start->environment, start->environment_bytes);
    uint64_t vector_bytes = (3 + strings + AUXILIARY_WORDS) * sizeof(uint64_t);
    struct writer writer = {.bytes = buffer, .base = top - size};
    struct places places = find_places(start, top);

    if (start->argument_bytes + start->environment_bytes + startup_bytes(start) + vector_bytes +
            64 >
        size)
        return 0;
    writer.at = (places.startup - vector_bytes) & ~15ull;
    memset(writer.bytes + (page_of(writer.at) - writer.base), 0, top - page_of(writer.at));
    put_blocks(&writer, start, &places);
    uint64_t stack_pointer = writer.at;
    put_vectors(&writer, start, &places);
    return stack_pointer;
}
