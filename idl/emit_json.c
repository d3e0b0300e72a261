/* emit_json.c - NAME.json: the interface for tools, one method, type or error a line. */
#include "emit.h"

#include "vocabulary.h"

static void emit_text(struct output *out, const char *text)
{
    emit(out, "\"");
    for (; text && *text; text++) {
        if (*text == '\n')
            emit(out, "\\n");
        else if (*text == '"' || *text == '\\')
            emit(out, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            emit(out, "\\u%04x", *text);
        else
            emit(out, "%c", *text);
    }
    emit(out, "\"");
}

static void emit_member(struct output *out, const char *name, const char *text)
{
    emit(out, ", \"%s\": ", name);
    emit_text(out, text);
}

/* Values as text: JSON's numbers end at 53 bits in many tools. */
static void emit_values(struct output *out, const struct value *values)
{
    emit(out, "[");
    for (const struct value *value = values; value; value = value->next) {
        emit(out, "%s{\"name\": \"%s\", \"value\": \"0x%llx\"", value == values ? "" : ", ",
             value->name, (unsigned long long)value->number);
        emit_member(out, "doc", value->doc);
        emit(out, "}");
    }
    emit(out, "]");
}

static const char *kind_name(const struct type *type)
{
    static const char *const names[] = {"integer", "bool",  "enum", "flags", "struct",  "name",
                                        "string",  "bytes", "cap",  "lease", "deadline"};

    return names[type->kind];
}

static void emit_type(struct output *out, const struct type *type)
{
    emit(out, ", \"kind\": \"%s\"", kind_name(type));
    if (type->name && type->owner_name)
        emit(out, ", \"type\": \"%s.%s\"", type->owner_name, type->name);
    else if (type->name)
        emit(out, ", \"type\": \"%s\"", type->name);
    if (type->is_array)
        emit(out, ", \"count\": %llu", (unsigned long long)type->count);
    if (type->bound)
        emit(out, ", \"most\": %llu", (unsigned long long)type->bound);
}

static void emit_parameter(struct output *out, const struct parameter *each)
{
    static const char *const modes[] = {"copied", "derived", "moved", "chosen"};

    emit(out, "{\"name\": \"%s\", \"direction\": \"%s\"", each->name,
         each->direction == DIRECTION_IN ? "in" : "out");
    emit_type(out, &each->type);
    if (each->type.kind == TYPE_CAP) {
        emit(out, ", \"index\": %u", each->index);
        emit_member(out, "types", types_text(out->arena, each->cap.types));
        emit_member(out, "rights", rights_text(out->arena, each->cap.rights));
        emit_member(out, "mode", modes[each->cap.mode]);
        if (each->cap.mode == MODE_DERIVED)
            emit_member(out, "kept", rights_text(out->arena, each->cap.kept));
        emit(out, ", \"optional\": %s", each->cap.optional ? "true" : "false");
    } else if (each->type.kind == TYPE_LEASE) {
        emit(out, ", \"index\": %u", each->index);
        emit_member(out, "access", lease_rights(each));
    } else if (parameter_is_variable(each)) {
        emit(out, ", \"variable\": %u", each->index);
    } else {
        emit(out, ", \"word\": %u, \"words\": %u", each->word, each->words);
    }
    emit_member(out, "doc", each->doc);
    emit(out, "}");
}

static void emit_parameters(struct output *out, const struct method *method)
{
    bool first = true;

    emit(out, ", \"parameters\": [");
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        if (each->type.kind == TYPE_DEADLINE)
            continue;
        emit(out, first ? "" : ", ");
        emit_parameter(out, each);
        first = false;
    }
    emit(out, "]");
}

static void emit_error_uses(struct output *out, const struct method *method)
{
    emit(out, ", \"errors\": [");
    for (const struct error_use *use = method->errors; use; use = use->next) {
        emit(out, "%s{\"name\": \"%s\", \"number\": %d", use == method->errors ? "" : ", ",
             use->name, use->number);
        emit_member(out, "sentence", error_sentence_of(out, use));
        emit(out, "}");
    }
    emit(out, "]");
}

static void emit_form_errors(struct output *out, const struct method *method)
{
    struct items items = {0};

    form_errors(out, method, &items);
    emit(out, ", \"form_errors\": [");
    for (unsigned i = 0; i < items.count; i++)
        emit(out, "%s\"%s\"", i ? ", " : "", items.item[i]);
    emit(out, "]");
}

static void emit_method(struct output *out, const struct method *method)
{
    emit(out, "    {\"name\": \"%s\", \"number\": %llu, \"label\": \"0x%llx\"", method->name,
         (unsigned long long)method->number,
         (unsigned long long)(out->interface->id << 16 | method->number));
    emit(out, ", \"oneway\": %s, \"idempotent\": %s, \"batch\": %llu",
         method->oneway ? "true" : "false", method->idempotent ? "true" : "false",
         (unsigned long long)method->batch);
    emit_member(out, "needs", rights_text(out->arena, method->needs));
    emit_member(out, "doc", method->doc);
    emit_parameters(out, method);
    emit_error_uses(out, method);
    emit_form_errors(out, method);
    emit(out, "}");
}

static void emit_fields(struct output *out, const struct declaration *declaration)
{
    emit(out, ", \"size\": %u, \"fields\": [", declaration->size);
    for (const struct field *field = declaration->fields; field; field = field->next) {
        emit(out, "%s{\"name\": \"%s\", \"offset\": %u, \"size\": %u",
             field == declaration->fields ? "" : ", ", field->name, field->offset,
             field->type.size);
        emit_type(out, &field->type);
        emit_member(out, "doc", field->doc);
        emit(out, "}");
    }
    emit(out, "]");
}

static void emit_declaration(struct output *out, const struct declaration *declaration)
{
    static const char *const kinds[] = {"enum", "flags", "struct"};

    emit(out, "    {\"name\": \"%s\", \"kind\": \"%s\"", declaration->name,
         kinds[declaration->kind]);
    emit_member(out, "doc", declaration->doc);
    if (declaration->kind == DECLARED_STRUCT) {
        emit_fields(out, declaration);
    } else {
        emit_member(out, "base", declaration->base.name);
        emit(out, ", \"values\": ");
        emit_values(out, declaration->values);
    }
    emit(out, "}");
}

void emit_json(struct output *out)
{
    const struct interface *interface = out->interface;

    emit(out,
         "{\n  \"name\": \"%s\", \"id\": \"0x%llx\", \"version\": %llu, \"object\": %s, "
         "\"service\": %s",
         interface->name, (unsigned long long)interface->id, (unsigned long long)interface->version,
         interface->is_object ? "true" : "false", interface->is_service ? "true" : "false");
    emit_member(out, "doc", interface->doc);
    emit(out, ",\n  \"methods\": [\n");
    for (const struct method *method = interface->methods; method; method = method->next) {
        emit_method(out, method);
        emit(out, method->next ? ",\n" : "\n");
    }
    emit(out, "  ],\n  \"types\": [\n");
    for (const struct declaration *each = interface->declarations; each; each = each->next) {
        emit_declaration(out, each);
        emit(out, each->next ? ",\n" : "\n");
    }
    emit(out, "  ],\n  \"constants\": ");
    emit_values(out, interface->constants);
    emit(out, ",\n  \"events\": ");
    emit_values(out, interface->events);
    emit(out, "\n}\n");
}
