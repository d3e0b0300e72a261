/*
 * idl_pack.c - names, strings and bytes in the words of a message, for generated code.
 */
#include <myelin/idl.h>

bool idl_name_fits(const char *name)
{
    return !name || strnlen(name, OBJECT_NAME_BYTES + 1) <= OBJECT_NAME_BYTES;
}

void idl_put_name(word_t *words, const char *name)
{
    words[0] = words[1] = 0;
    if (name)
        memcpy(words, name, strnlen(name, OBJECT_NAME_BYTES));
}

bool idl_name_is_good(const word_t *words)
{
    char name[OBJECT_NAME_BYTES + 1];

    idl_get_name(words, name);
    for (size_t i = strlen(name); i < OBJECT_NAME_BYTES; i++)
        if (name[i])
            return false;
    return true;
}

void idl_get_name(const word_t *words, char *name)
{
    memcpy(name, words, OBJECT_NAME_BYTES);
    name[OBJECT_NAME_BYTES] = '\0';
}

static size_t words_of(size_t bytes)
{
    return bytes / sizeof(word_t) + (bytes % sizeof(word_t) != 0);
}

void idl_put_bytes(struct idl_cursor *cursor, const void *bytes, size_t length)
{
    word_t *place = &cursor->words[cursor->at];
    size_t count = words_of(length);

    place[0] = length;
    if (count) {
        /* The bytes may lie in these very words, at a later place. */
        memmove(&place[1], bytes, length);
        memset((char *)&place[1] + length, 0, count * sizeof(word_t) - length);
    }
    cursor->at += 1 + (unsigned)count;
}

const void *idl_take_bytes(struct idl_cursor *cursor, size_t most, size_t *length)
{
    const word_t *place = &cursor->words[cursor->at];
    unsigned left = cursor->end - cursor->at;

    if (left < 1 || place[0] > most || words_of(place[0]) > left - 1)
        return NULL;
    *length = place[0];
    cursor->at += 1 + (unsigned)words_of(place[0]);
    return &place[1];
}

bool idl_take_string(struct idl_cursor *cursor, size_t most, char *string)
{
    size_t length;
    const void *bytes = idl_take_bytes(cursor, most, &length);

    if (!bytes || memchr(bytes, '\0', length))
        return false;
    memcpy(string, bytes, length);
    string[length] = '\0';
    return true;
}
