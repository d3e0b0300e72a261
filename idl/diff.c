/* diff.c - comparing two versions of an interface by the rules of docs/idl.md. */
#include "diff.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vocabulary.h"

struct comparison {
    struct arena *arena;
    const struct interface *old, *new;
    unsigned compatible, incompatible;
};

__attribute__((format(printf, 2, 3))) static void breaks(struct comparison *comparison,
                                                         const char *format, ...)
{
    va_list arguments;

    comparison->incompatible++;
    printf("incompatible: ");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

__attribute__((format(printf, 2, 3))) static void grows(struct comparison *comparison,
                                                        const char *format, ...)
{
    va_list arguments;

    comparison->compatible++;
    printf("compatible: ");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

/* ---- constants, events ---- */

static const struct value *find_value(const struct value *list, const char *name)
{
    while (list && strcmp(list->name, name) != 0)
        list = list->next;
    return list;
}

static void compare_values(struct comparison *c, const char *what, const struct value *old,
                           const struct value *new)
{
    for (const struct value *value = old; value; value = value->next) {
        const struct value *now = find_value(new, value->name);

        if (!now)
            breaks(c, "%s %s is gone", what, value->name);
        else if (now->number != value->number)
            breaks(c, "%s %s was 0x%llx and is 0x%llx", what, value->name,
                   (unsigned long long)value->number, (unsigned long long)now->number);
    }
    for (const struct value *value = new; value; value = value->next)
        if (!find_value(old, value->name))
            grows(c, "%s %s is new", what, value->name);
}

/* ---- types ---- */

static const struct declaration *find_declaration(const struct declaration *list, const char *name)
{
    while (list && strcmp(list->name, name) != 0)
        list = list->next;
    return list;
}

static bool uses(const struct type *type, const struct declaration *declaration)
{
    if (!type->declaration)
        return false;
    if (type->declaration == declaration)
        return true;
    for (const struct field *field = type->declaration->fields; field; field = field->next)
        if (uses(&field->type, declaration))
            return true;
    return false;
}

/* An old client must never get a value that it does not know. */
static bool is_answered(const struct interface *interface, const struct declaration *declaration)
{
    for (const struct method *method = interface->methods; method; method = method->next)
        for (const struct parameter *each = method->parameters; each; each = each->next)
            if (each->direction == DIRECTION_OUT && uses(&each->type, declaration))
                return true;
    return false;
}

static void compare_enum(struct comparison *c, const struct declaration *old,
                         const struct declaration *new)
{
    const char *what = arena_format(c->arena, "%s.", old->name);

    if (strcmp(old->base.name, new->base.name) != 0)
        breaks(c, "type %s was of %s and is of %s", old->name, old->base.name, new->base.name);
    for (const struct value *value = new->values; value; value = value->next)
        if (!find_value(old->values, value->name) && is_answered(c->old, old))
            breaks(c, "value %s%s is new, and old clients can get it in an answer", what,
                   value->name);
        else if (!find_value(old->values, value->name))
            grows(c, "value %s%s is new", what, value->name);
    for (const struct value *value = old->values; value; value = value->next) {
        const struct value *now = find_value(new->values, value->name);

        if (!now)
            breaks(c, "value %s%s is gone", what, value->name);
        else if (now->number != value->number)
            breaks(c, "value %s%s was 0x%llx and is 0x%llx", what, value->name,
                   (unsigned long long)value->number, (unsigned long long)now->number);
    }
}

static bool same_type(const struct type *a, const struct type *b)
{
    bool same_owner = !a->owner_name == !b->owner_name &&
                      (!a->owner_name || strcmp(a->owner_name, b->owner_name) == 0);

    return same_owner && a->kind == b->kind && a->is_array == b->is_array && a->count == b->count &&
           !a->name == !b->name && (!a->name || strcmp(a->name, b->name) == 0);
}

static void compare_struct(struct comparison *c, const struct declaration *old,
                           const struct declaration *new)
{
    const struct field *a = old->fields, *b = new->fields;

    for (; a && b; a = a->next, b = b->next)
        if (strcmp(a->name, b->name) != 0 || !same_type(&a->type, &b->type))
            breaks(c, "struct %s: field '%s' at byte %u is another now", old->name, a->name,
                   a->offset);
    if (a || b)
        breaks(c, "struct %s had %u bytes and has %u", old->name, old->size, new->size);
}

static void compare_declarations(struct comparison *c)
{
    const struct declaration *each, *now;

    for (each = c->old->declarations; each; each = each->next) {
        now = find_declaration(c->new->declarations, each->name);
        if (!now)
            breaks(c, "type %s is gone", each->name);
        else if (now->kind != each->kind)
            breaks(c, "type %s is of another kind", each->name);
        else if (each->kind == DECLARED_STRUCT)
            compare_struct(c, each, now);
        else
            compare_enum(c, each, now);
    }
    for (each = c->new->declarations; each; each = each->next)
        if (!find_declaration(c->old->declarations, each->name))
            grows(c, "type %s is new", each->name);
}

/* ---- parameters ---- */

static void compare_bound(struct comparison *c, const char *where, const struct parameter *old,
                          const struct parameter *new)
{
    bool larger = new->type.bound > old->type.bound;
    bool is_in = old->direction == DIRECTION_IN;

    if (new->type.bound == old->type.bound)
        return;
    if (larger == is_in)
        grows(c, "%s: at most %llu bytes, before %llu", where, (unsigned long long)new->type.bound,
              (unsigned long long)old->type.bound);
    else
        breaks(c, "%s: at most %llu bytes, before %llu: old %s", where,
               (unsigned long long)new->type.bound, (unsigned long long)old->type.bound,
               is_in ? "clients may send more" : "clients have no room for it");
}

static void compare_cap(struct comparison *c, const char *where, const struct cap_spec *old,
                        const struct cap_spec *new, enum direction direction)
{
    uint32_t old_types = old->types ? old->types : UINT32_MAX;
    uint32_t new_types = new->types ? new->types : UINT32_MAX;
    bool is_in = direction == DIRECTION_IN;
    uint32_t more_rights = is_in ? new->rights & ~old->rights : old->rights & ~new->rights;
    uint32_t other_types = is_in ? old_types & ~new_types : new_types & ~old_types;

    if (more_rights)
        breaks(c, "%s: the right %s is %s", where, rights_text(c->arena, more_rights),
               is_in ? "asked for now" : "not given any more");
    else if (old->rights != new->rights)
        grows(c, "%s: other rights", where);
    if (other_types)
        breaks(c, "%s: was %s and is %s", where, types_text(c->arena, old->types),
               types_text(c->arena, new->types));
    else if (old->types != new->types)
        grows(c, "%s: is %s now", where, types_text(c->arena, new->types));
    if (old->mode != new->mode || old->kept != new->kept)
        breaks(c, "%s: it travels in another way", where);
    if (old->optional && !new->optional)
        breaks(c, "%s: it may not lack any more", where);
    else if (old->optional != new->optional)
        grows(c, "%s: it may lack now", where);
}

static void compare_parameter(struct comparison *c, const struct method *method,
                              const struct parameter *old, const struct parameter *new)
{
    const char *where = arena_format(c->arena, "%s, '%s'", method->name, old->name);

    if (old->direction != new->direction || strcmp(old->name, new->name) != 0 ||
        !same_type(&old->type, &new->type)) {
        breaks(c, "%s: is another parameter now ('%s')", where, new->name);
        return;
    }
    compare_bound(c, where, old, new);
    if (old->type.kind == TYPE_CAP)
        compare_cap(c, where, &old->cap, &new->cap, old->direction);
    if (new->lease_access & ~old->lease_access)
        breaks(c, "%s: more is lent than before", where);
    else if (new->lease_access != old->lease_access)
        grows(c, "%s: less is lent than before", where);
}

static void compare_parameters(struct comparison *c, const struct method *old,
                               const struct method *new)
{
    const struct parameter *a = old->parameters, *b = new->parameters;

    for (; a && b; a = a->next, b = b->next)
        compare_parameter(c, old, a, b);
    for (; a; a = a->next)
        breaks(c, "%s, '%s': is gone", old->name, a->name);
    for (; b; b = b->next)
        breaks(c, "%s, '%s': is new; a new method could have it", old->name, b->name);
}

/* ---- methods ---- */

static const struct method *find_method(const struct interface *interface, uint64_t number)
{
    const struct method *method = interface->methods;

    while (method && method->number != number)
        method = method->next;
    return method;
}

static bool has_error(const struct method *method, const char *name)
{
    for (const struct error_use *use = method->errors; use; use = use->next)
        if (strcmp(use->name, name) == 0)
            return true;
    return false;
}

static void compare_errors(struct comparison *c, const struct method *old, const struct method *new)
{
    for (const struct error_use *use = new->errors; use; use = use->next)
        if (!has_error(old, use->name))
            grows(c, "%s: error %s is new", old->name, use->name);
    for (const struct error_use *use = old->errors; use; use = use->next)
        if (!has_error(new, use->name))
            grows(c, "%s: error %s is gone", old->name, use->name);
}

static void compare_method(struct comparison *c, const struct method *old, const struct method *new)
{
    if (strcmp(old->name, new->name) != 0)
        breaks(c, "method %llu was called %s and is called %s", (unsigned long long)old->number,
               old->name, new->name);
    if (old->oneway != new->oneway)
        breaks(c, "%s: is %soneway now", old->name, new->oneway ? "" : "not ");
    if (old->idempotent && !new->idempotent)
        breaks(c, "%s: may not be repeated any more", old->name);
    else if (old->idempotent != new->idempotent)
        grows(c, "%s: may be repeated now", old->name);
    if (new->batch < old->batch || !old->batch != !new->batch)
        breaks(c, "%s: a batch of %llu, before %llu", old->name, (unsigned long long)new->batch,
               (unsigned long long)old->batch);
    else if (new->batch != old->batch)
        grows(c, "%s: a larger batch", old->name);
    if (new->needs & ~old->needs)
        breaks(c, "%s: needs the right %s now", old->name,
               rights_text(c->arena, new->needs & ~old->needs));
    else if (new->needs != old->needs)
        grows(c, "%s: needs fewer rights", old->name);
    compare_errors(c, old, new);
    compare_parameters(c, old, new);
}

static void compare_methods(struct comparison *c)
{
    const struct method *each, *now;

    for (each = c->old->methods; each; each = each->next) {
        now = find_method(c->new, each->number);
        if (now)
            compare_method(c, each, now);
        else
            breaks(c, "method %s (%llu) is gone", each->name, (unsigned long long)each->number);
    }
    for (each = c->new->methods; each; each = each->next)
        if (!find_method(c->old, each->number))
            grows(c, "method %s (%llu) is new", each->name, (unsigned long long)each->number);
}

static void compare_headings(struct comparison *c)
{
    const struct interface *old = c->old, *new = c->new;

    if (strcmp(old->name, new->name) != 0)
        breaks(c, "interface %s is called %s now", old->name, new->name);
    if (old->id != new->id || old->is_object != new->is_object)
        breaks(c, "the id was 0x%llx and is 0x%llx", (unsigned long long)old->id,
               (unsigned long long)new->id);
    if (old->is_service && !new->is_service)
        breaks(c, "clients cannot connect any more");
}

unsigned diff_interfaces(struct arena *arena, const struct interface *old,
                         const struct interface *new)
{
    struct comparison comparison = {.arena = arena, .old = old, .new = new};

    compare_headings(&comparison);
    compare_values(&comparison, "constant", old->constants, new->constants);
    compare_values(&comparison, "event", old->events, new->events);
    compare_declarations(&comparison);
    compare_methods(&comparison);
    if (comparison.compatible + comparison.incompatible > 0 && new->version <= old->version)
        breaks(&comparison, "the version must rise: it was %llu and is %llu",
               (unsigned long long)old->version, (unsigned long long)new->version);
    if (comparison.incompatible)
        printf("%s: incompatible\n", new->name);
    else
        printf("%s: %s\n", new->name, comparison.compatible ? "compatible" : "no difference");
    return comparison.incompatible;
}
