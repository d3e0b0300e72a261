/*
 * emit_failing.c - NAME_failing.c: a server of which every method fails, with the error of choice.
 *
 * It is for tests of clients: FAILING ERROR [NAME] publishes itself under that name.
 */
#include "emit.h"

#include <string.h>

/* The name at the end of "const char *name", "uint64_t x[4]". */
static const char *name_in(struct output *out, const char *parameter)
{
    const char *end = parameter + strcspn(parameter, "[");
    const char *start = end;

    while (start > parameter && start[-1] != ' ' && start[-1] != '*')
        start--;
    return arena_text(out->arena, start, (size_t)(end - start));
}

static void emit_failing_handler(struct output *out, const struct method *method)
{
    struct items parameters = {0};

    handler_parameters(out, method, &parameters);
    emit_items(
        out, arena_format(out->arena, "error_t %s_handle_%s(", out->interface->name, method->name),
        &parameters, "", ")");
    emit(out, "{\n");
    for (unsigned i = 0; i < parameters.count; i++)
        emit(out, "    (void)%s;\n", name_in(out, parameters.item[i]));
    emit(out, "    return failure;\n}\n\n");
}

void emit_failing(struct output *out)
{
    const char *name = out->interface->name;

    emit_file_comment(out, arena_format(out->arena, "%s_failing.c", name),
                      arena_format(out->arena, "a server of '%s' that always fails.", name),
                      "usage: PROGRAM ERROR [NAME] - the error by its name; published as NAME.");
    emit(out, "#include <myelin/idl/%s_server.h>\n\nstatic error_t failure = EIO;\n\n", name);
    for (const struct method *method = out->interface->methods; method; method = method->next)
        if (!method_is_standard(method))
            emit_failing_handler(out, method);
    emit(out,
         "int main(int argc, char **argv)\n{\n"
         "    return idl_fail_always(&%s_interface, &failure, argc, argv);\n}\n",
         name);
}
