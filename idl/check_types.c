/* check_types.c - what a type's name means; enums, flags; structs without hidden padding. */
#include "check.h"

#include <string.h>

#include "vocabulary.h"

#define ENUM_VALUE_MAX 0x7fffffff /* a C enum holds no more everywhere */

/* ---- names of types ---- */

static const struct interface *find_import(struct arena *arena, const struct interface *interface,
                                           const struct type *type)
{
    struct suggestion suggestion = {.word = type->owner_name};

    for (const struct import *import = interface->imports; import; import = import->next) {
        if (strcmp(import->name, type->owner_name) == 0)
            return import->interface;
        suggestion_try(&suggestion, import->name);
    }
    complain(type->place, "interface '%s' is not imported%s", type->owner_name,
             suggestion_text(arena, &suggestion));
    return NULL;
}

static bool take_integer(struct type *type)
{
    const struct vocable *integer = type->owner_name ? NULL : vocable_find(integers, type->name);

    if (!integer)
        return false;
    type->kind = TYPE_INTEGER;
    type->size = type->alignment = integer->number & 0xff;
    type->is_signed = integer->number & VOCABLE_SIGNED;
    return true;
}

static void suggest_type(struct suggestion *suggestion, const struct interface *owner)
{
    static const char *const others[] = {"bool", "name", "string", "bytes", "cap"};

    vocable_suggest(integers, suggestion);
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        suggestion_try(suggestion, others[i]);
    for (const struct declaration *each = owner->declarations; each; each = each->next)
        suggestion_try(suggestion, each->name);
}

static void check_struct(struct arena *arena, struct interface *interface,
                         struct declaration *declaration);

/* Takes size and alignment of the declared type; a struct that is used first is checked first. */
static void take_declared(struct arena *arena, struct interface *interface, struct type *type)
{
    static const enum type_kind kinds[] = {TYPE_ENUM, TYPE_FLAGS, TYPE_STRUCT};
    struct declaration *declaration = type->declaration;

    type->kind = kinds[declaration->kind];
    if (declaration->being_checked)
        complain(type->place, "struct '%s' contains itself", declaration->name);
    else if (declaration->kind == DECLARED_STRUCT && !declaration->checked)
        check_struct(arena, interface, declaration);
    else if (!declaration->checked)
        check_type(arena, interface, &declaration->base);
    type->size = declaration->kind == DECLARED_STRUCT ? declaration->size : declaration->base.size;
    type->alignment =
        declaration->kind == DECLARED_STRUCT ? declaration->alignment : declaration->base.alignment;
}

static void find_declared(struct arena *arena, struct interface *interface, struct type *type)
{
    struct suggestion suggestion = {.word = type->name};

    type->owner = type->owner_name ? find_import(arena, interface, type) : interface;
    if (!type->owner)
        return;
    for (struct declaration *each = type->owner->declarations; each; each = each->next) {
        if (strcmp(each->name, type->name) != 0)
            continue;
        type->declaration = each;
        take_declared(arena, interface, type);
        return;
    }
    suggest_type(&suggestion, type->owner);
    complain(type->place, "there is no type '%s'%s", type->name,
             suggestion_text(arena, &suggestion));
}

static void check_array(const struct type *type)
{
    if (type->count == 0 || type->count > MESSAGE_WORDS_MAX * sizeof(uint64_t))
        complain(type->place, "an array has 1 to %u elements", (unsigned)(MESSAGE_WORDS_MAX * 8));
    else if (type->kind != TYPE_INTEGER)
        complain(type->place, "the elements of an array are integers or char, not '%s'",
                 type->name);
}

void check_type(struct arena *arena, struct interface *interface, struct type *type)
{
    if (type->kind == TYPE_BOOL) {
        type->size = type->alignment = 1;
    } else if (type->kind == TYPE_INTEGER && !take_integer(type)) {
        find_declared(arena, interface, type);
        if (!type->declaration)
            return;
    }
    if (type->is_array)
        check_array(type);
}

/* ---- enums and flags ---- */

static uint64_t largest_of(const struct declaration *declaration)
{
    unsigned bits = declaration->base.size * 8;
    uint64_t largest = bits >= 64 ? UINT64_MAX : (1ull << bits) - 1;

    if (declaration->kind == DECLARED_ENUM && largest > ENUM_VALUE_MAX)
        return ENUM_VALUE_MAX;
    return largest;
}

static void check_value(const struct declaration *declaration, const struct value *value)
{
    if (value->number > largest_of(declaration))
        complain(value->place, "value 0x%llx of '%s' does not fit: 0x%llx is the largest",
                 (unsigned long long)value->number, value->name,
                 (unsigned long long)largest_of(declaration));
    if (declaration->kind == DECLARED_FLAGS && value->number == 0)
        complain(value->place, "flag '%s' has no bit", value->name);
    for (const struct value *other = declaration->values; other != value; other = other->next)
        if (other->number == value->number)
            complain(value->place, "'%s' and '%s' have the same value", value->name, other->name);
}

static void check_values(struct arena *arena, struct interface *interface,
                         struct declaration *declaration)
{
    struct type *base = &declaration->base;

    check_type(arena, interface, base);
    declaration->checked = true;
    if (base->kind != TYPE_INTEGER || base->is_signed || strcmp(base->name, "char") == 0) {
        complain(base->place, "'%s' cannot hold the values: u8, u16, u32 or u64 can", base->name);
        return;
    }
    for (const struct value *value = declaration->values; value; value = value->next)
        check_value(declaration, value);
}

/* ---- structs ---- */

static void check_field_type(const struct field *field)
{
    static const char *const sent_alone[] = {"name", "string", "bytes", "cap"};

    for (unsigned i = 0; i < sizeof(sent_alone) / sizeof(sent_alone[0]); i++)
        if (!field->type.declaration && strcmp(field->type.name, sent_alone[i]) == 0)
            complain(field->type.place, "a struct has no '%s': its fields have a fixed layout",
                     field->type.name);
    if (is_c_word(field->name))
        complain(field->place, "'%s' has a meaning in the generated C; take another name",
                 field->name);
}

static bool is_sent_alone(const char *word)
{
    return strcmp(word, "name") == 0 || strcmp(word, "string") == 0 || strcmp(word, "bytes") == 0 ||
           strcmp(word, "cap") == 0;
}

static void check_field_twice(const struct declaration *declaration, const struct field *field)
{
    for (const struct field *other = declaration->fields; other != field; other = other->next)
        if (strcmp(other->name, field->name) == 0)
            complain(field->place, "a field '%s' is there already, in line %u", field->name,
                     other->place.line);
}

/* Puts the field at `offset`, where the field before ended. */
static void place_field(struct declaration *declaration, struct field *field)
{
    unsigned alignment = field->type.alignment ? field->type.alignment : 1;
    unsigned missing = (alignment - declaration->size % alignment) % alignment;

    if (missing)
        complain(field->place, "field '%s' would lie at byte %u: write 'u8 pad[%u];' before it",
                 field->name, declaration->size, missing);
    field->offset = declaration->size + missing;
    declaration->size =
        field->offset + field->type.size * (field->type.is_array ? (unsigned)field->type.count : 1);
    if (declaration->alignment < alignment)
        declaration->alignment = alignment;
}

static void check_end(const struct declaration *declaration)
{
    unsigned missing = declaration->alignment
                           ? (declaration->alignment - declaration->size % declaration->alignment) %
                                 declaration->alignment
                           : 0;

    if (!declaration->fields)
        complain(declaration->place, "struct '%s' has no fields", declaration->name);
    else if (missing)
        complain(declaration->place,
                 "struct '%s' would end at byte %u: write 'u8 pad[%u];' after its last field",
                 declaration->name, declaration->size, missing);
}

static void check_struct(struct arena *arena, struct interface *interface,
                         struct declaration *declaration)
{
    declaration->being_checked = true;
    for (struct field *field = declaration->fields; field; field = field->next) {
        field->type.kind = strcmp(field->type.name, "bool") == 0 ? TYPE_BOOL : TYPE_INTEGER;
        check_field_type(field);
        check_field_twice(declaration, field);
        if (!is_sent_alone(field->type.name))
            check_type(arena, interface, &field->type);
        place_field(declaration, field);
    }
    declaration->being_checked = false;
    declaration->checked = true;
    check_end(declaration);
}

void check_declarations(struct arena *arena, struct interface *interface)
{
    for (struct declaration *each = interface->declarations; each; each = each->next) {
        if (each->kind != DECLARED_STRUCT)
            check_values(arena, interface, each);
        else if (!each->checked)
            check_struct(arena, interface, each);
    }
}
