/*
 * emit_fuzz.c - NAME_fuzz.c: arbitrary messages into the dispatcher, on the host.
 *
 * Its handlers are weak: a server's own, linked with it, take their place. They check what the
 * dispatcher promised them, and answer with the most that the interface allows.
 */
#include "emit.h"

#include "vocabulary.h"

static void emit_given_checks(struct output *out, const struct parameter *each)
{
    const char *name = each->name;
    unsigned long long bound = each->type.bound;

    switch (each->type.kind) {
    case TYPE_NAME:
        emit(out, "    fuzz_expect(strnlen(%s, 17) <= OBJECT_NAME_BYTES);\n", name);
        break;
    case TYPE_STRING:
        emit(out, "    fuzz_expect(strlen(%s) <= %llu);\n", name, bound);
        break;
    case TYPE_BYTES:
        emit(out, "    fuzz_expect(%s_length <= %llu);\n    fuzz_read(%s, %s_length);\n", name,
             bound, name, name);
        break;
    case TYPE_STRUCT:
        emit(out, "    fuzz_read(%s, sizeof(*%s));\n", name, name);
        break;
    case TYPE_ENUM:
        emit(out, "    fuzz_expect(%s_%s_is_known(%s));\n", each->type.owner->name, each->type.name,
             name);
        break;
    case TYPE_LEASE:
        emit(out, "    fuzz_expect(%s->length <= %llu);\n", name, bound);
        break;
    case TYPE_CAP:
        emit(out,
             cap_type_is_open(&each->cap) ? "    (void)%s;\n    (void)%s_how;\n"
                                          : "    (void)%s;\n",
             name, name);
        break;
    default:
        if (each->type.is_array)
            emit(out, "    fuzz_read(%s, %u * sizeof(*%s));\n", name, (unsigned)each->type.count,
                 name);
        else if (each->type.kind != TYPE_DEADLINE)
            emit(out, "    (void)%s;\n", name);
    }
}

static const char *first_value(struct output *out, const struct type *type)
{
    return arena_format(out->arena, "%s_%s", upper_case(out->arena, type->owner->name),
                        type->declaration->values->name);
}

static void emit_result(struct output *out, const struct parameter *each)
{
    const char *name = each->name;
    unsigned long long bound = each->type.bound;

    switch (each->type.kind) {
    case TYPE_NAME:
        emit(out, "    memset(%s, 'n', OBJECT_NAME_BYTES);\n    %s[OBJECT_NAME_BYTES] = '\\0';\n",
             name, name);
        break;
    case TYPE_STRING:
        emit(out, "    memset(%s, 's', %llu);\n    %s[%llu] = '\\0';\n", name, bound, name, bound);
        break;
    case TYPE_BYTES:
        emit(out, "    memset(%s, 'b', %llu);\n    *%s_length = %llu;\n", name, bound, name, bound);
        break;
    case TYPE_STRUCT:
        emit(out, "    memset(%s, 0, sizeof(*%s));\n", name, name);
        break;
    case TYPE_ENUM:
        emit(out, "    *%s = %s;\n", name, first_value(out, &each->type));
        break;
    case TYPE_CAP:
        emit(out, "    *%s = FUZZ_CAP;\n", name);
        if (each->cap.mode == MODE_CHOSEN)
            emit(out, "    *%s_how = CAP_MOVE;\n", name);
        break;
    default:
        if (each->type.is_array)
            emit(out, "    memset(%s, 0, %u * sizeof(*%s));\n", name, (unsigned)each->type.count,
                 name);
        else
            emit(out, "    *%s = 1;\n", name);
    }
}

static void emit_weak_handler(struct output *out, const struct method *method)
{
    struct items parameters = {0};

    handler_parameters(out, method, &parameters);
    emit(out, "__attribute__((weak))\n");
    emit_items(
        out, arena_format(out->arena, "error_t %s_handle_%s(", out->interface->name, method->name),
        &parameters, "", ")");
    emit(out, "{\n    error_t error = fuzz_outcome(request);\n\n");
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == DIRECTION_IN)
            emit_given_checks(out, each);
    emit(out, "    if (error)\n        return error;\n");
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == DIRECTION_OUT)
            emit_result(out, each);
    emit(out, "    return SUCCESS;\n}\n\n");
}

void emit_fuzz(struct output *out)
{
    const char *name = out->interface->name;

    emit_file_comment(out, arena_format(out->arena, "%s_fuzz.c", name),
                      arena_format(out->arena, "feeds '%s_dispatch' arbitrary messages.", name),
                      "To be linked with idl/host/fuzz.c, on the host, under AddressSanitizer.");
    emit(out, "#include <myelin/idl/%s_server.h>\n\n#include <fuzz.h>\n\n", name);
    for (const struct method *method = out->interface->methods; method; method = method->next)
        if (!method_is_standard(method))
            emit_weak_handler(out, method);
    emit(out, "const struct idl_interface *const fuzz_interface = &%s_interface;\n", name);
}
