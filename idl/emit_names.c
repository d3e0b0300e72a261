/* emit_names.c - what types and parameters are called in C. */
#include "emit.h"

#include <string.h>

#include "vocabulary.h"

const char *interface_upper(struct output *out)
{
    return upper_case(out->arena, out->interface->name);
}

const char *label_name(struct output *out, const struct method *method)
{
    return arena_format(out->arena, "%s_LABEL_%s", interface_upper(out),
                        upper_case(out->arena, method->name));
}

const char *type_name(struct output *out, const struct type *type)
{
    switch (type->kind) {
    case TYPE_BOOL:
        return "bool";
    case TYPE_ENUM:
        return arena_format(out->arena, "enum %s_%s", type->owner->name, type->name);
    case TYPE_STRUCT:
        return arena_format(out->arena, "struct %s_%s", type->owner->name, type->name);
    case TYPE_FLAGS:
        return vocable_find(integers, type->declaration->base.name)->c_name;
    case TYPE_INTEGER:
        return vocable_find(integers, type->name)->c_name;
    default:
        return "char";
    }
}

bool type_is_scalar(const struct type *type)
{
    return !type->is_array && (type->kind == TYPE_INTEGER || type->kind == TYPE_BOOL ||
                               type->kind == TYPE_ENUM || type->kind == TYPE_FLAGS);
}

static bool struct_needs_check(const struct declaration *declaration)
{
    for (const struct field *field = declaration->fields; field; field = field->next)
        if (field->type.kind != TYPE_INTEGER && type_needs_check(&field->type))
            return true;
    return false;
}

bool type_needs_check(const struct type *type)
{
    switch (type->kind) {
    case TYPE_INTEGER:
        return !type->is_array && type->size < sizeof(uint64_t);
    case TYPE_BOOL:
    case TYPE_ENUM:
    case TYPE_FLAGS:
    case TYPE_NAME:
        return true;
    case TYPE_STRUCT:
        return struct_needs_check(type->declaration);
    default:
        return false;
    }
}

const char *variable_text(struct output *out, const struct type *type, const char *name)
{
    struct arena *arena = out->arena;

    if (type->kind == TYPE_NAME)
        return arena_format(arena, "char %s[OBJECT_NAME_BYTES + 1]", name);
    if (type->kind == TYPE_STRING)
        return arena_format(arena, "char %s[%llu + 1]", name, (unsigned long long)type->bound);
    if (type->is_array)
        return arena_format(arena, "%s %s[%llu]", type_name(out, type), name,
                            (unsigned long long)type->count);
    return arena_format(arena, "%s %s", type_name(out, type), name);
}

/* ---- capabilities and leases ---- */

bool cap_type_is_open(const struct cap_spec *cap)
{
    return (cap->types & (cap->types - 1)) != 0 || !cap->types;
}

const char *argument_text(struct output *out, const struct parameter *parameter)
{
    if (parameter->type.kind == TYPE_CAP)
        return arena_format(out->arena, "ARGUMENT_CAP(%u)", parameter->index);
    if (parameter->type.kind == TYPE_LEASE)
        return arena_format(out->arena, "ARGUMENT_LEASE(%u)", parameter->index);
    if (parameter_is_variable(parameter) && parameter->index > 0)
        return "ARGUMENT_TAG"; /* its place is not fixed; the message's length shows it */
    return arena_format(out->arena, "ARGUMENT_WORD(%u)", parameter->word);
}

const char *cap_how(struct output *out, const struct parameter *parameter)
{
    switch (parameter->cap.mode) {
    case MODE_COPIED:
        return "CAP_COPY";
    case MODE_MOVED:
        return "CAP_MOVE";
    case MODE_DERIVED:
        return arena_format(out->arena, "CAP_DERIVE | %s",
                            rights_c_text(out->arena, parameter->cap.kept));
    default:
        return arena_format(out->arena, "%s_how", parameter->name);
    }
}

const char *types_mask(struct output *out, const struct cap_spec *cap)
{
    const char *text = "";

    for (const struct vocable *type = object_types; type->word; type++)
        if (type->number && cap->types >> type->number & 1)
            text = arena_format(out->arena, "%s%s1u << %s", text, *text ? " | " : "", type->c_name);
    return *text ? text : "0";
}

const char *lease_rights(const struct parameter *parameter)
{
    switch (parameter->lease_access) {
    case LEASE_READ:
        return "CAP_RIGHTS_READ";
    case LEASE_WRITE:
        return "CAP_RIGHTS_WRITE";
    default:
        return "CAP_RIGHTS_READ | CAP_RIGHTS_WRITE";
    }
}

/* ---- parameters ---- */

/* What goes from the one who calls a C function to the function. */
static void add_given(struct output *out, const struct parameter *each, struct items *items)
{
    const struct type *type = &each->type;

    switch (type->kind) {
    case TYPE_NAME:
    case TYPE_STRING:
        items_add(out, items, "const char *%s", each->name);
        break;
    case TYPE_BYTES:
        items_add(out, items, "const void *%s", each->name);
        items_add(out, items, "size_t %s_length", each->name);
        break;
    case TYPE_STRUCT:
        items_add(out, items, "const %s *%s", type_name(out, type), each->name);
        break;
    default:
        items_add(out, items, "%s%s", type->is_array ? "const " : "",
                  variable_text(out, type, each->name));
    }
}

/* What comes back from it. */
static void add_taken(struct output *out, const struct parameter *each, struct items *items)
{
    const struct type *type = &each->type;

    if (type->kind == TYPE_NAME || type->kind == TYPE_STRING || type->is_array)
        items_add(out, items, "%s", variable_text(out, type, each->name));
    else
        items_add(out, items, "%s *%s", type_name(out, type), each->name);
}

static void add_client_lease(struct output *out, const struct parameter *each, enum lease_form form,
                             struct items *items)
{
    if (form == LEASE_ITEM) {
        items_add(out, items, "struct lease_item %s", each->name);
        return;
    }
    if (form == LEASE_HELD) {
        items_add(out, items, "const struct idl_lease *%s", each->name);
        items_add(out, items, "uint64_t %s_offset", each->name);
    } else {
        items_add(out, items, "%svoid *%s", each->lease_access == LEASE_READ ? "const " : "",
                  each->name);
    }
    items_add(out, items, "size_t %s_length", each->name);
}

static void add_client_cap(struct output *out, const struct parameter *each, struct items *items)
{
    bool is_out = each->direction == DIRECTION_OUT;

    items_add(out, items, "cap_t %s%s", is_out ? "*" : "", each->name);
    if (!is_out && each->cap.mode == MODE_CHOSEN)
        items_add(out, items, "uint64_t %s_how", each->name);
}

void client_parameter(struct output *out, const struct parameter *each, enum lease_form form,
                      struct items *items)
{
    if (each->type.kind == TYPE_DEADLINE) {
        items_add(out, items, "uint64_t deadline");
    } else if (each->type.kind == TYPE_LEASE) {
        add_client_lease(out, each, form, items);
    } else if (each->type.kind == TYPE_CAP) {
        add_client_cap(out, each, items);
    } else if (each->direction == DIRECTION_IN) {
        add_given(out, each, items);
    } else if (each->type.kind == TYPE_BYTES) {
        items_add(out, items, "void *%s", each->name);
        items_add(out, items, "size_t %s_size", each->name);
        items_add(out, items, "size_t *%s_length", each->name);
    } else {
        add_taken(out, each, items);
    }
}

void client_parameters(struct output *out, const struct method *method, enum lease_form form,
                       struct items *items)
{
    items_add(out, items, "cap_t %s", out->interface->name);
    for (const struct parameter *each = method->parameters; each; each = each->next)
        client_parameter(out, each, form, items);
}

static void add_handler_cap(struct output *out, const struct parameter *each, struct items *items)
{
    const char *star = each->direction == DIRECTION_OUT ? "*" : "";
    bool is_out = each->direction == DIRECTION_OUT;

    items_add(out, items, "cap_t %s%s", star, each->name);
    if (is_out ? each->cap.mode == MODE_CHOSEN : cap_type_is_open(&each->cap))
        items_add(out, items, "uint64_t %s%s_how", star, each->name);
}

static void add_handler(struct output *out, const struct parameter *each, struct items *items)
{
    if (each->type.kind == TYPE_DEADLINE)
        return;
    if (each->type.kind == TYPE_LEASE) {
        items_add(out, items, "const struct idl_lease *%s", each->name);
    } else if (each->type.kind == TYPE_CAP) {
        add_handler_cap(out, each, items);
    } else if (each->direction == DIRECTION_IN) {
        add_given(out, each, items);
    } else if (each->type.kind == TYPE_BYTES) {
        items_add(out, items, "void *%s", each->name);
        items_add(out, items, "size_t *%s_length", each->name);
    } else {
        add_taken(out, each, items);
    }
}

void handler_parameters(struct output *out, const struct method *method, struct items *items)
{
    items_add(out, items, "struct idl_request *request");
    for (const struct parameter *each = method->parameters; each; each = each->next)
        add_handler(out, each, items);
}

void answer_parameters(struct output *out, const struct method *method, struct items *items)
{
    items_add(out, items, "cap_t reply");
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        if (each->direction != DIRECTION_OUT)
            continue;
        if (each->type.kind != TYPE_CAP) {
            add_given(out, each, items);
            continue;
        }
        items_add(out, items, "cap_t %s", each->name);
        if (each->cap.mode == MODE_CHOSEN)
            items_add(out, items, "uint64_t %s_how", each->name);
    }
}
