/* check_method.c - one method: its number, parameters, errors, and what goes with what. */
#include "check.h"

#include <string.h>

#include "vocabulary.h"

/* ---- errors ---- */

void check_error_use(struct arena *arena, struct error_use *use, const struct error_entry *errors)
{
    struct suggestion suggestion = {.word = use->name};

    for (const struct error_entry *entry = errors; entry; entry = entry->next) {
        if (strcmp(entry->name, use->name) == 0) {
            use->number = entry->number;
            return;
        }
        suggestion_try(&suggestion, entry->name);
    }
    complain(use->place, "there is no error '%s'%s", use->name,
             suggestion_text(arena, &suggestion));
}

static void check_errors_of(struct arena *arena, struct method *method,
                            const struct error_entry *errors)
{
    for (struct error_use *use = method->errors; use; use = use->next) {
        check_error_use(arena, use, errors);
        for (const struct error_use *other = method->errors; other != use; other = other->next)
            if (strcmp(other->name, use->name) == 0)
                complain(use->place, "error '%s' is named twice", use->name);
    }
}

/* ---- parameters ---- */

static void check_bound(const struct parameter *parameter)
{
    const struct type *type = &parameter->type;

    if (type->bound == 0)
        complain(parameter->place, "'%s' could never hold a byte", parameter->name);
    else if (type->kind != TYPE_LEASE && type->bound > (MESSAGE_WORDS_MAX - 1) * sizeof(uint64_t))
        complain(parameter->place,
                 "'%s' of up to %llu bytes fits into no message: 1016 are the most; lend it "
                 "('lease %s ...')",
                 parameter->name, (unsigned long long)type->bound, parameter->name);
}

static void check_parameter_type(struct arena *arena, struct interface *interface,
                                 struct parameter *parameter)
{
    struct type *type = &parameter->type;

    switch (type->kind) {
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_LEASE:
        check_bound(parameter);
        break;
    case TYPE_CAP:
    case TYPE_DEADLINE:
        break;
    case TYPE_NAME:
        if (type->is_array)
            complain(parameter->place, "the elements of an array are integers or char, not 'name'");
        break;
    default:
        check_type(arena, interface, type);
        if (type->kind == TYPE_INTEGER && !type->is_array && !strcmp(type->name, "char"))
            complain(parameter->place, "'%s' is one char: use u8, or name or string for text",
                     parameter->name);
    }
}

/* A capability that may lack is the last of its message: the count tells. */
static void check_optional(const struct parameter *parameter)
{
    const struct parameter *other = parameter->next;

    if (!parameter->cap.optional)
        return;
    if (parameter->direction == DIRECTION_OUT)
        complain(parameter->place, "only a capability that comes 'in' can be optional");
    for (; other; other = other->next)
        if (other->type.kind == TYPE_CAP && other->direction == parameter->direction)
            complain(parameter->place, "'%s' is optional, so no capability can follow it",
                     parameter->name);
}

/* What the name has behind the one it begins with: "_length" of "x_length" and "x"; or NULL. */
static const char *behind(const char *name, const char *beginning)
{
    size_t length = strlen(beginning);

    return strncmp(name, beginning, length) == 0 ? name + length : NULL;
}

/* How the generated C calls what belongs to a parameter, beside itself. */
static bool is_companion(const char *suffix, enum type_kind kind)
{
    switch (kind) {
    case TYPE_STRING:
        return !strcmp(suffix, "_length");
    case TYPE_BYTES:
        return !strcmp(suffix, "_length") || !strcmp(suffix, "_size") || !strcmp(suffix, "_bytes");
    case TYPE_LEASE:
        return !strcmp(suffix, "_length") || !strcmp(suffix, "_offset");
    case TYPE_CAP:
        return !strcmp(suffix, "_how");
    default:
        return false;
    }
}

static void check_companions(const struct method *method, const struct parameter *parameter)
{
    for (const struct parameter *other = method->parameters; other; other = other->next) {
        const char *suffix = behind(parameter->name, other->name);

        if (suffix && is_companion(suffix, other->type.kind))
            complain(parameter->place, "'%s' belongs to '%s' in the generated C; take another name",
                     parameter->name, other->name);
    }
}

static void check_parameter(struct arena *arena, struct interface *interface,
                            const struct method *method, struct parameter *parameter)
{
    for (const struct parameter *other = method->parameters; other != parameter;
         other = other->next)
        if (strcmp(other->name, parameter->name) == 0)
            complain(parameter->place, "a parameter '%s' is there already, in line %u",
                     parameter->name, other->place.line);
    if (parameter->type.kind != TYPE_DEADLINE &&
        (is_c_word(parameter->name) || is_local_word(parameter->name) ||
         strcmp(parameter->name, interface->name) == 0))
        complain(parameter->place, "'%s' has a meaning in the generated C; take another name",
                 parameter->name);
    check_companions(method, parameter);
    check_parameter_type(arena, interface, parameter);
    check_optional(parameter);
    if (interface->is_object && parameter->type.kind == TYPE_LEASE)
        complain(parameter->place, "nothing can be lent to a kernel object");
}

/* ---- what goes with what ---- */

static void check_oneway(const struct method *method)
{
    if (method->errors)
        complain(method->errors->place, "a oneway method has no answer, so no errors");
    if (method->batch)
        complain(method->place, "a oneway method cannot be a batch");
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        if (each->direction == DIRECTION_OUT)
            complain(each->place, "a oneway method has no answer, so no 'out %s'", each->name);
        if (each->type.kind == TYPE_LEASE)
            complain(each->place, "a lease lives until the answer; a oneway method has none");
    }
}

static void check_batch(const struct method *method)
{
    unsigned in = 1 + (unsigned)method->batch * method->in.fixed_words;
    unsigned out = 1 + (unsigned)method->batch * (1 + method->out.fixed_words);

    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (parameter_is_variable(each) || each->type.kind == TYPE_CAP ||
            each->type.kind == TYPE_LEASE)
            complain(each->place, "'%s' cannot be in a batch: only what has a fixed size can",
                     each->name);
    if (method->batch > MESSAGE_WORDS_MAX || in > MESSAGE_WORDS_MAX || out > MESSAGE_WORDS_MAX)
        complain(method->place, "a batch of %llu takes %u words; %u are the most",
                 (unsigned long long)method->batch, in > out ? in : out, MESSAGE_WORDS_MAX);
}

/* Complains about the first parameter with which a direction gets too long. */
static void check_direction(const struct method *method, enum direction direction)
{
    unsigned words = 0, caps = 0, leases = 0;

    for (const struct parameter *each = method->parameters; each; each = each->next) {
        if (each->direction != direction)
            continue;
        words += each->words;
        if (each->words && words > MESSAGE_WORDS_MAX && words - each->words <= MESSAGE_WORDS_MAX)
            complain(each->place, "with '%s' the message takes up to %u words; %u are the most",
                     each->name, words, MESSAGE_WORDS_MAX);
        if (each->type.kind == TYPE_CAP && ++caps == MESSAGE_CAPS_MAX + 1)
            complain(each->place, "'%s' is capability %u; a message holds %u", each->name, caps,
                     MESSAGE_CAPS_MAX);
        if (each->type.kind == TYPE_LEASE && ++leases == MESSAGE_LEASES_MAX + 1)
            complain(each->place, "'%s' is lease %u; a message holds %u", each->name, leases,
                     MESSAGE_LEASES_MAX);
    }
}

/* standard.idl has the methods that every server answers, with the numbers set apart for them. */
static bool is_from_standard(const struct method *method)
{
    const char *path = method->place.source->path;
    const char *slash = strrchr(path, '/');

    return strcmp(slash ? slash + 1 : path, "standard.idl") == 0;
}

void check_method(struct arena *arena, struct interface *interface, struct method *method,
                  const struct error_entry *errors)
{
    if (method->number == 0 || (method->number > METHOD_NUMBER_MAX && !is_from_standard(method)))
        complain(method->place, "the number of a method is 1 to 0x%x", METHOD_NUMBER_MAX);
    for (struct parameter *each = method->parameters; each; each = each->next)
        check_parameter(arena, interface, method, each);
    check_errors_of(arena, method, errors);
    layout_method(method);
    check_direction(method, DIRECTION_IN);
    check_direction(method, DIRECTION_OUT);
    if (method->oneway)
        check_oneway(method);
    if (method->batch)
        check_batch(method);
    if (interface->is_object && (method->oneway || method->batch))
        complain(method->place, "a kernel object has no oneway and no batch methods");
}
