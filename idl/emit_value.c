/* emit_value.c - values into the words of a message, and back. */
#include "emit.h"

#include <string.h>

#define WORD_BYTES 8

/* Bytes of a struct or array. */
static unsigned bytes_of(const struct type *type)
{
    return type->is_array ? (unsigned)type->count * type->size : type->size;
}

void emit_store(struct output *out, const char *indent, const char *words, unsigned word,
                const struct type *type, const char *value)
{
    unsigned bytes = bytes_of(type);

    if (type->kind == TYPE_NAME) {
        emit(out, "%sidl_put_name(&%s[%u], %s);\n", indent, words, word, value);
    } else if (type_is_scalar(type)) {
        emit(out, "%s%s[%u] = %s%s;\n", indent, words, word,
             type->is_signed ? "(word_t)(int64_t)" : "", value);
    } else {
        if (bytes % WORD_BYTES)
            emit(out, "%s%s[%u] = 0;\n", indent, words, word + bytes / WORD_BYTES);
        emit(out, "%smemcpy(&%s[%u], %s, %u);\n", indent, words, word, value, bytes);
    }
}

const char *load_text(struct output *out, const char *words, unsigned word, const struct type *type)
{
    if (type->kind == TYPE_INTEGER && type->size == WORD_BYTES && !type->is_signed)
        return arena_format(out->arena, "%s[%u]", words, word);
    return arena_format(out->arena, "(%s)%s[%u]", type_name(out, type), words, word);
}

void emit_load(struct output *out, const char *indent, const char *words, unsigned word,
               const struct type *type, const char *target)
{
    if (type_is_scalar(type))
        emit(out, "%s*%s = %s;\n", indent, target, load_text(out, words, word, type));
    else if (type->kind == TYPE_NAME)
        emit(out, "%sidl_get_name(&%s[%u], %s);\n", indent, words, word, target);
    else
        emit(out, "%smemcpy(%s, &%s[%u], %u);\n", indent, target, words, word, bytes_of(type));
}

static const char *integer_invalid(struct output *out, const char *value, const struct type *type)
{
    unsigned bits = type->size * 8;

    if (!type->is_signed)
        return arena_format(out->arena, "%s > UINT%u_MAX", value, bits);
    return arena_format(out->arena, "%s != (word_t)(int64_t)(int%u_t)%s", value, bits, value);
}

const char *invalid_text(struct output *out, const char *words, unsigned word,
                         const struct type *type)
{
    const char *value = arena_format(out->arena, "%s[%u]", words, word);
    const char *prefix;

    if (!type_needs_check(type))
        return NULL;
    if (type->kind == TYPE_INTEGER)
        return integer_invalid(out, value, type);
    if (type->kind == TYPE_BOOL)
        return arena_format(out->arena, "%s > 1", value);
    if (type->kind == TYPE_NAME)
        return arena_format(out->arena, "!idl_name_is_good(&%s)", value);
    prefix = arena_format(out->arena, "%s_%s", type->owner->name, type->name);
    if (type->kind == TYPE_ENUM)
        return arena_format(out->arena, "!%s_is_known(%s)", prefix, value);
    if (type->kind == TYPE_FLAGS)
        return arena_format(out->arena, "%s & ~(word_t)%s_ALL", value,
                            upper_case(out->arena, prefix));
    return arena_format(out->arena, "!%s_is_good(&%s)", prefix, value);
}

const char *invalid_error(const struct type *type)
{
    return type->kind == TYPE_INTEGER ? "ERANGE" : "EINVAL";
}
