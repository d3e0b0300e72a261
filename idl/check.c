/* check.c - an interface as a whole: its id, names that are used twice, its errors. */
#include "check.h"

#include <ctype.h>
#include <string.h>

#include "vocabulary.h"

#define INTERFACE_ID_MIN 0x100
#define INTERFACE_ID_MAX 0xffff
#define ERROR_NUMBER_MAX 4095

static bool is_lower_case_of(const char *lower, const char *word)
{
    while (*word && *lower == tolower((unsigned char)*word))
        word++, lower++;
    return !*word && !*lower;
}

static void check_object_id(const struct interface *interface)
{
    for (const struct vocable *type = object_types; type->word; type++) {
        if (!type->number || type->number != interface->id)
            continue;
        if (!is_lower_case_of(interface->name, type->word))
            complain(interface->place, "object type %u is %s, not '%s'", type->number, type->word,
                     interface->name);
        return;
    }
    complain(interface->place, "there is no object type %llu", (unsigned long long)interface->id);
}

/* "idl/interfaces/fs.idl" must hold `fs`: imports and make rules find files by this. */
static void check_file_name(struct arena *arena, const struct interface *interface)
{
    const char *slash = strrchr(interface->source->path, '/');
    const char *file = slash ? slash + 1 : interface->source->path;

    if (strcmp(file, arena_format(arena, "%s.idl", interface->name)) != 0)
        complain(interface->place, "interface '%s' belongs into a file '%s.idl', not '%s'",
                 interface->name, interface->name, file);
}

static void check_heading(struct arena *arena, const struct interface *interface)
{
    check_file_name(arena, interface);
    /* The client's stubs have the handle as a parameter of that name. */
    if (is_c_word(interface->name) || (!interface->is_object && is_local_word(interface->name)))
        complain(interface->place, "'%s' has a meaning in the generated C; take another name",
                 interface->name);
    if (interface->is_object)
        check_object_id(interface);
    else if (interface->id < INTERFACE_ID_MIN || interface->id > INTERFACE_ID_MAX)
        complain(interface->place, "the id of an interface is 0x%x to 0x%x, not 0x%llx",
                 INTERFACE_ID_MIN, INTERFACE_ID_MAX, (unsigned long long)interface->id);
    if (interface->is_object && interface->is_service)
        complain(interface->place, "an object is not found by name: it cannot be a service");
    if (interface->version == 0)
        complain(interface->place, "versions count from 1");
}

/* ---- names that are used twice ---- */

static void check_twice(struct place place, const char *what, const char *name, struct place first)
{
    if (first.line < place.line || (first.line == place.line && first.column < place.column))
        complain(place, "%s '%s' is there already, in line %u", what, name, first.line);
}

static void check_value_against(const struct value *value, const struct value *list)
{
    for (; list; list = list->next)
        if (strcmp(list->name, value->name) == 0)
            check_twice(value->place, "a value", value->name, list->place);
}

/* Constants and the values of enums and flags share one space of names in C. */
static void check_values_twice(const struct interface *interface, const struct value *list)
{
    for (const struct value *value = list; value; value = value->next) {
        check_value_against(value, interface->constants);
        for (const struct declaration *other = interface->declarations; other; other = other->next)
            check_value_against(value, other->values);
    }
}

static void check_declaration_twice(const struct interface *interface,
                                    const struct declaration *declaration)
{
    const struct declaration *other = interface->declarations;

    for (; other != declaration; other = other->next)
        if (strcmp(other->name, declaration->name) == 0)
            check_twice(declaration->place, "a type", declaration->name, other->place);
}

static void check_method_twice(const struct interface *interface, const struct method *method)
{
    for (const struct method *other = interface->methods; other != method; other = other->next) {
        if (strcmp(other->name, method->name) == 0)
            check_twice(method->place, "a method", method->name, other->place);
        if (other->number == method->number)
            complain(method->place, "method number %llu is that of '%s' already",
                     (unsigned long long)method->number, other->name);
    }
}

/* A method with leases is three functions: it, and these. */
static void check_method_companion(const struct interface *interface, const struct method *method)
{
    for (const struct method *other = interface->methods; other; other = other->next) {
        size_t length = strlen(other->name);
        const char *suffix = method->name + length;

        if (other->in.leases && !strncmp(method->name, other->name, length) &&
            (!strcmp(suffix, "_once") || !strcmp(suffix, "_on")))
            complain(method->place,
                     "'%s' belongs to '%s', which lends, in the generated C; take another name",
                     method->name, other->name);
    }
}

static void check_names(const struct interface *interface)
{
    check_values_twice(interface, interface->constants);
    for (const struct declaration *each = interface->declarations; each; each = each->next) {
        check_values_twice(interface, each->values);
        check_declaration_twice(interface, each);
    }
    for (const struct value *event = interface->events; event; event = event->next)
        check_value_against(event, interface->events);
    for (const struct method *method = interface->methods; method; method = method->next)
        check_method_twice(interface, method);
}

/* ---- the whole ---- */

static void check_events(const struct interface *interface)
{
    for (const struct value *event = interface->events; event; event = event->next)
        if (event->number == 0)
            complain(event->place, "event '%s' has no bit", event->name);
}

void check_interface(struct arena *arena, struct interface *interface,
                     const struct error_entry *errors)
{
    check_heading(arena, interface);
    check_names(interface);
    check_events(interface);
    check_declarations(arena, interface);
    for (struct error_use *use = interface->errors; use; use = use->next)
        check_error_use(arena, use, errors);
    for (struct method *method = interface->methods; method; method = method->next)
        check_method(arena, interface, method, errors);
    for (const struct method *method = interface->methods; method; method = method->next)
        check_method_companion(interface, method); /* how many leases it has is known now */
}

void check_errors(struct arena *arena, const struct error_entry *errors)
{
    int last = 0;

    (void)arena;
    for (const struct error_entry *entry = errors; entry; entry = entry->next) {
        if (entry->number <= last || entry->number > ERROR_NUMBER_MAX)
            complain(entry->place, "the number of '%s' must be above %d: the list is in order",
                     entry->name, last);
        last = entry->number;
    }
}
