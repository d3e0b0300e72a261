/* archive.c - finds the root task's file in the boot archive (cpio, "new ASCII" format). */

#include <boot.h>

#define HEADER_BYTES 110
#define FIELD_DIGITS 8
#define FIELD_SIZE   6  /* the fields are numbered from the magic on */
#define FIELD_NAME   11 /* the name's length, its NUL included */

/* A field's value, or UINT64_MAX if it is not a number. */
static uint64_t read_field(const char *header, unsigned field)
{
    const char *digits = header + 6 + field * FIELD_DIGITS;
    uint64_t value = 0;

    for (unsigned i = 0; i < FIELD_DIGITS; i++) {
        char c = digits[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                : 16;

        if (digit == 16)
            return UINT64_MAX;
        value = value << 4 | digit;
    }
    return value;
}

static uint64_t round_up4(uint64_t value)
{
    return (value + 3) & ~3ull;
}

static bool same_name(const char *entry, uint64_t entry_bytes, const char *name)
{
    uint64_t i = 0;

    while (i + 1 < entry_bytes && name[i] && entry[i] == name[i])
        i++;
    return i + 1 == entry_bytes && !name[i];
}

const void *archive_find(const void *archive, uint64_t bytes, const char *name, uint64_t *length)
{
    const char *base = archive;
    uint64_t at = 0;

    while (at + HEADER_BYTES <= bytes && !memcmp(base + at, "070701", 6)) {
        uint64_t size = read_field(base + at, FIELD_SIZE);
        uint64_t name_bytes = read_field(base + at, FIELD_NAME);
        uint64_t data = round_up4(at + HEADER_BYTES + name_bytes);

        if (size > bytes || name_bytes > bytes || data > bytes || size > bytes - data)
            return NULL;
        if (same_name(base + at + HEADER_BYTES, name_bytes, name)) {
            *length = size;
            return base + data;
        }
        at = round_up4(data + size);
    }
    return NULL;
}
