/* emit_doc.c - the comment above a generated function: the interface's own words, and the errors.
 */
#include "emit.h"

#include <string.h>

bool method_is_standard(const struct method *method)
{
    return method->number > METHOD_NUMBER_MAX;
}

const char *error_sentence_of(struct output *out, const struct error_use *use)
{
    if (use->sentence)
        return use->sentence;
    for (const struct error_use *own = out->interface->errors; own; own = own->next)
        if (strcmp(own->name, use->name) == 0 && own->sentence)
            return own->sentence;
    for (const struct error_entry *entry = out->errors; entry; entry = entry->next)
        if (strcmp(entry->name, use->name) == 0)
            return entry->sentence;
    return "";
}

static const char *append(struct output *out, const char *text, const char *more)
{
    return *text ? arena_format(out->arena, "%s\n%s", text, more) : more;
}

void emit_method_doc(struct output *out, const struct method *method)
{
    const char *text = method->doc ? method->doc : "";

    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->doc)
            text = append(out, text, arena_format(out->arena, "%s: %s", each->name, each->doc));
    for (const struct error_use *use = method->errors; use; use = use->next)
        text = append(out, text,
                      arena_format(out->arena, "%s: %s.", use->name, error_sentence_of(out, use)));
    emit_doc(out, 0, *text ? text : NULL);
}
