/* emit_types.c - NAME_types.h: labels, constants, enums, flags, structs. The kernel uses it, too.
 */
#include "emit.h"

#include <string.h>

#include "vocabulary.h"

static const char *number_text(struct output *out, uint64_t number)
{
    const char *suffix = number > UINT32_MAX ? "ull" : number > INT32_MAX ? "u" : "";

    return arena_format(out->arena, number > 4096 ? "0x%llx%s" : "%llu%s",
                        (unsigned long long)number, suffix);
}

static const char *value_name(struct output *out, const char *infix, const struct value *value)
{
    return arena_format(out->arena, "%s_%s%s", interface_upper(out), infix, value->name);
}

static int widest_of(struct output *out, const char *infix, const struct value *values)
{
    size_t widest = 0;

    for (const struct value *value = values; value; value = value->next)
        if (strlen(value_name(out, infix, value)) > widest)
            widest = strlen(value_name(out, infix, value));
    return (int)widest;
}

static void emit_values(struct output *out, const char *infix, const struct value *values)
{
    int widest = widest_of(out, infix, values);

    for (const struct value *value = values; value; value = value->next) {
        emit_doc(out, 0, value->doc);
        emit(out, "#define %-*s %s\n", widest, value_name(out, infix, value),
             number_text(out, value->number));
    }
    if (values)
        emit(out, "\n");
}

static void emit_labels(struct output *out)
{
    size_t widest = 0;

    for (const struct method *method = out->interface->methods; method; method = method->next)
        if (strlen(label_name(out, method)) > widest)
            widest = strlen(label_name(out, method));
    emit(out, "/* What the messages are called: interface and method. */\n");
    for (const struct method *method = out->interface->methods; method; method = method->next)
        emit(out, "#define %-*s 0x%llxu\n", (int)widest, label_name(out, method),
             (unsigned long long)(out->interface->id << 16 | method->number));
    emit(out, "\n");
}

static const char *full_name(struct output *out, const struct declaration *declaration)
{
    return arena_format(out->arena, "%s_%s", out->interface->name, declaration->name);
}

static void emit_enum(struct output *out, const struct declaration *declaration)
{
    const char *name = full_name(out, declaration);

    emit_doc(out, 0, declaration->doc);
    emit(out, "enum %s {\n", name);
    for (const struct value *value = declaration->values; value; value = value->next) {
        emit_doc(out, 4, value->doc);
        emit(out, "    %s = %llu,\n", value_name(out, "", value),
             (unsigned long long)value->number);
    }
    emit(out, "};\n\nstatic inline bool %s_is_known(uint64_t value)\n{\n", name);
    emit(out, "    switch (value) {\n");
    for (const struct value *value = declaration->values; value; value = value->next)
        emit(out, "    case %s:\n", value_name(out, "", value));
    emit(out, "        return true;\n    default:\n        return false;\n    }\n}\n\n");
}

static void emit_flags(struct output *out, const struct declaration *declaration)
{
    const char *all_name =
        arena_format(out->arena, "%s_ALL", upper_case(out->arena, full_name(out, declaration)));
    uint64_t all = 0;

    for (const struct value *value = declaration->values; value; value = value->next)
        all |= value->number;
    emit_doc(out, 0, declaration->doc);
    emit_values(out, "", declaration->values);
    emit(out, "#define %s %s\n\n", all_name, number_text(out, all));
}

/* ---- structs ---- */

/* A bool or enum has no size of its own in C's eyes: its integer stands here. */
static const char *field_text(struct output *out, const struct field *field)
{
    const struct type *type = &field->type;

    if (type->kind == TYPE_BOOL)
        return arena_format(out->arena, "uint8_t %s; /* 0 or 1 */", field->name);
    if (type->kind == TYPE_ENUM)
        return arena_format(out->arena, "%s %s; /* %s */", type_name(out, &type->declaration->base),
                            field->name, type_name(out, type));
    return arena_format(out->arena, "%s;", variable_text(out, type, field->name));
}

static const char *field_invalid(struct output *out, const struct field *field)
{
    const struct type *type = &field->type;
    const char *prefix;

    if (type->kind == TYPE_BOOL)
        return arena_format(out->arena, "value.%s > 1", field->name);
    prefix = arena_format(out->arena, "%s_%s", type->owner->name, type->name);
    if (type->kind == TYPE_ENUM)
        return arena_format(out->arena, "!%s_is_known(value.%s)", prefix, field->name);
    if (type->kind == TYPE_FLAGS)
        return arena_format(out->arena, "value.%s & ~%s_ALL", field->name,
                            upper_case(out->arena, prefix));
    return arena_format(out->arena, "!%s_is_good(&value.%s)", prefix, field->name);
}

static void emit_struct_check(struct output *out, const struct declaration *declaration)
{
    const char *name = full_name(out, declaration);

    emit(out, "/* Whether enums, flags and bools in the %u bytes there hold what they can. */\n",
         declaration->size);
    emit(out, "static inline bool %s_is_good(const void *bytes)\n{\n", name);
    emit(out, "    struct %s value;\n\n    __builtin_memcpy(&value, bytes, sizeof(value));\n",
         name);
    for (const struct field *field = declaration->fields; field; field = field->next)
        if (field->type.kind != TYPE_INTEGER && type_needs_check(&field->type))
            emit(out, "    if (%s)\n        return false;\n", field_invalid(out, field));
    emit(out, "    return true;\n}\n\n");
}

static void emit_struct(struct output *out, const struct declaration *declaration)
{
    const struct type type = {.kind = TYPE_STRUCT,
                              .declaration = (struct declaration *)declaration};
    const char *name = full_name(out, declaration);

    emit_doc(out, 0, declaration->doc);
    emit(out, "struct %s {\n", name);
    for (const struct field *field = declaration->fields; field; field = field->next) {
        emit_doc(out, 4, field->doc);
        emit(out, "    %s\n", field_text(out, field));
    }
    emit(out, "};\n_Static_assert(sizeof(struct %s) == %u, \"as the interface has it\");\n\n", name,
         declaration->size);
    if (type_needs_check(&type))
        emit_struct_check(out, declaration);
}

static void emit_declarations(struct output *out)
{
    for (const struct declaration *each = out->interface->declarations; each; each = each->next) {
        if (each->kind == DECLARED_ENUM)
            emit_enum(out, each);
        else if (each->kind == DECLARED_FLAGS)
            emit_flags(out, each);
        else
            emit_struct(out, each);
    }
}

static const char *what_is_here(struct output *out)
{
    const struct interface *interface = out->interface;

    return arena_format(out->arena, "labels, constants and types of the %s '%s'.",
                        interface->is_object ? "kernel object" : "interface", interface->name);
}

void emit_types(struct output *out)
{
    const struct interface *interface = out->interface;
    const char *upper = interface_upper(out);

    emit_file_comment(out, arena_format(out->arena, "%s_types.h", interface->name),
                      what_is_here(out), interface->doc);
    emit(out, "#pragma once\n\n#include <stdbool.h>\n#include <stdint.h>\n");
    for (const struct import *import = interface->imports; import; import = import->next)
        emit(out, "%s#include <myelin/idl/%s_types.h>\n", import == interface->imports ? "\n" : "",
             import->name);
    emit(out, "\n#define %s_INTERFACE 0x%llx\n#define %s_VERSION   %llu\n\n", upper,
         (unsigned long long)interface->id, upper, (unsigned long long)interface->version);
    emit_labels(out);
    emit_values(out, "", interface->constants);
    emit_values(out, "EVENT_", interface->events);
    emit_declarations(out);
}
