/* form.c - which errors the form of a method's messages is answered with, before it is called. */
#include "emit.h"

#include <string.h>

static bool may_lack_rights(const struct method *method)
{
    if (method->needs || method->in.leases)
        return true;
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == DIRECTION_IN && each->type.kind == TYPE_CAP && each->cap.rights)
            return true;
    return false;
}

/* Whether a value of some parameter is refused so. The kernel takes names as they are. */
static bool refuses_values(const struct output *out, const struct method *method, const char *error)
{
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        bool is_name = each->type.kind == TYPE_NAME && out->interface->is_object;

        if (each->direction == DIRECTION_IN && each->words && !parameter_is_variable(each) &&
            !is_name && type_needs_check(&each->type) &&
            strcmp(invalid_error(&each->type), error) == 0)
            return true;
    }
    return false;
}

static void list(struct output *out, struct items *items, const char *error, bool is_possible)
{
    if (is_possible)
        items_add(out, items, "%s", error);
}

void form_errors(struct output *out, const struct method *method, struct items *items)
{
    bool is_object = out->interface->is_object;
    bool takes_caps = method->in.caps > 0;

    list(out, items, "EMSGSIZE", true);
    list(out, items, "EBADF", is_object);
    list(out, items, "ESTALE", is_object);
    list(out, items, "EPERM", may_lack_rights(method));
    list(out, items, "EINVAL", takes_caps || refuses_values(out, method, "EINVAL"));
    list(out, items, "ERANGE", refuses_values(out, method, "ERANGE"));
    list(out, items, "ENOSPC", method->out.caps > 0);
}
