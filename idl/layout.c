/*
 * layout.c - where each parameter lies in the message.
 *
 * Words: first the parameters of fixed size, in the order of the file, each in whole words; then
 * strings and bytes, each a word with the length and the bytes,
 * padded with zeros to whole words. Capabilities and leases: in the order of the file.
 */
#include "check.h"

#define WORD_BYTES 8
#define NAME_WORDS (OBJECT_NAME_BYTES / WORD_BYTES)

bool parameter_is_variable(const struct parameter *parameter)
{
    return parameter->type.kind == TYPE_STRING || parameter->type.kind == TYPE_BYTES;
}

static unsigned words_of_bytes(uint64_t bytes)
{
    return (unsigned)((bytes + WORD_BYTES - 1) / WORD_BYTES);
}

unsigned type_words(const struct type *type)
{
    switch (type->kind) {
    case TYPE_CAP:
    case TYPE_LEASE:
    case TYPE_DEADLINE:
        return 0;
    case TYPE_NAME:
        return NAME_WORDS;
    case TYPE_STRING:
    case TYPE_BYTES:
        return 1 + words_of_bytes(type->bound);
    case TYPE_STRUCT:
        return words_of_bytes(type->size);
    default:
        return type->is_array ? words_of_bytes(type->count * type->size) : 1;
    }
}

static void place_fixed(struct parameter *parameter, struct shape *shape)
{
    parameter->word = shape->fixed_words;
    shape->fixed_words += parameter->words;
    if (parameter->type.kind == TYPE_LEASE)
        parameter->index = shape->leases++;
    if (parameter->type.kind != TYPE_CAP)
        return;
    parameter->index = shape->caps++;
    shape->optional_caps += parameter->cap.optional;
}

/* Only the first variable one has a place that is known beforehand. */
static void place_variable(struct parameter *parameter, struct shape *shape)
{
    parameter->index = shape->variables++;
    parameter->word = parameter->index == 0 ? shape->fixed_words : 0;
    shape->least_words++;
    shape->most_words += parameter->words;
}

static void layout_direction(struct method *method, enum direction direction, struct shape *shape)
{
    struct parameter *each;

    *shape = (struct shape){0};
    for (each = method->parameters; each; each = each->next) {
        each->words = type_words(&each->type);
        if (each->direction == direction && !parameter_is_variable(each))
            place_fixed(each, shape);
    }
    shape->least_words = shape->most_words = shape->fixed_words;
    for (each = method->parameters; each; each = each->next)
        if (each->direction == direction && parameter_is_variable(each))
            place_variable(each, shape);
}

void layout_method(struct method *method)
{
    layout_direction(method, DIRECTION_IN, &method->in);
    layout_direction(method, DIRECTION_OUT, &method->out);
}

bool method_is_short(const struct method *method)
{
    const struct shape *in = &method->in, *out = &method->out;

    return !method->batch && !in->caps && !out->caps && !in->leases && !in->variables &&
           !out->variables && in->fixed_words <= MESSAGE_REGISTER_WORDS &&
           out->fixed_words <= MESSAGE_REGISTER_WORDS;
}
