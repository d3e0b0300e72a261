/* emit_markdown.c - NAME.md: the reference page of an interface. */
#include "emit.h"

#include <string.h>

#include "vocabulary.h"

/* The type as the interface file writes it. */
static const char *written_type(struct output *out, const struct type *type)
{
    const char *text = type->name;

    if (type->owner_name)
        text = arena_format(out->arena, "%s.%s", type->owner_name, text);
    if (type->is_array)
        text = arena_format(out->arena, "%s[%llu]", text, (unsigned long long)type->count);
    return text;
}

static const char *words_text(struct output *out, unsigned word, unsigned words)
{
    if (words == 1)
        return arena_format(out->arena, "word %u", word);
    return arena_format(out->arena, "words %u to %u", word, word + words - 1);
}

static const char *place_text(struct output *out, const struct parameter *each, bool batch)
{
    if (each->type.kind == TYPE_CAP)
        return arena_format(out->arena, "capability %u", each->index);
    if (each->type.kind == TYPE_LEASE)
        return arena_format(out->arena, "lease %u", each->index);
    if (parameter_is_variable(each) && each->index > 0)
        return "then: length, bytes";
    if (parameter_is_variable(each))
        return arena_format(out->arena, "word %u: length; from word %u: bytes", each->word,
                            each->word + 1);
    return arena_format(out->arena, "%s%s", words_text(out, each->word, each->words),
                        batch ? " of each" : "");
}

static const char *cap_text(struct output *out, const struct cap_spec *cap)
{
    static const char *const modes[] = {"copied", "derived", "moved", "copied, derived or moved"};
    const char *text = types_text(out->arena, cap->types);

    if (cap->rights)
        text = arena_format(out->arena, "%s with %s", text, rights_text(out->arena, cap->rights));
    text = arena_format(out->arena, "%s, %s", text, modes[cap->mode]);
    if (cap->mode == MODE_DERIVED)
        text = arena_format(out->arena, "%s (%s)", text, rights_text(out->arena, cap->kept));
    return cap->optional ? arena_format(out->arena, "%s; may lack", text) : text;
}

static const char *kind_text(struct output *out, const struct parameter *each)
{
    static const char *const access[] = {"", "to read", "to write", "to read and write"};
    unsigned long long bound = each->type.bound;

    switch (each->type.kind) {
    case TYPE_CAP:
        return cap_text(out, &each->cap);
    case TYPE_LEASE:
        return arena_format(out->arena, "memory lent %s, up to %llu bytes",
                            access[each->lease_access], bound);
    case TYPE_STRING:
    case TYPE_BYTES:
        return arena_format(out->arena, "%s, up to %llu", each->type.name, bound);
    default:
        return written_type(out, &each->type);
    }
}

/* A comment in one line of a table. */
static const char *cell(struct output *out, const char *doc)
{
    char *text = arena_format(out->arena, "%s", doc ? doc : "");

    for (char *letter = text; *letter; letter++)
        if (*letter == '\n' || *letter == '|')
            *letter = *letter == '|' ? '/' : ' ';
    return text;
}

static void emit_parameter_rows(struct output *out, const struct method *method,
                                enum direction direction)
{
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == direction && each->type.kind != TYPE_DEADLINE)
            emit(out, "| %s | `%s` | %s | %s | %s |\n", direction == DIRECTION_IN ? "in" : "out",
                 each->name, place_text(out, each, method->batch > 0), kind_text(out, each),
                 cell(out, each->doc));
}

static bool is_sent(const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->type.kind != TYPE_DEADLINE)
            return true;
    return false;
}

static void emit_traits(struct output *out, const struct method *method)
{
    emit(out, "Label `0x%llx`.", (unsigned long long)(out->interface->id << 16 | method->number));
    if (method->needs)
        emit(out, " Needs the right%s %s.", method->needs & (method->needs - 1) ? "s" : "",
             rights_text(out->arena, method->needs));
    if (method->oneway)
        emit(out, " One way: there is no answer.");
    if (method->idempotent)
        emit(out, " May be repeated after a restart.");
    if (method->batch)
        emit(out,
             " Up to %llu requests in one message: word 0 says how many; in the answer each "
             "begins with its error.",
             (unsigned long long)method->batch);
    emit(out, "\n\n");
}

static void emit_method_section(struct output *out, const struct method *method)
{
    emit(out, "### %s\n\n", method->name);
    if (method->doc)
        emit(out, "%s\n\n", method->doc);
    emit_traits(out, method);
    if (is_sent(method)) {
        emit(out, "| | parameter | where | what | |\n| --- | --- | --- | --- | --- |\n");
        emit_parameter_rows(out, method, DIRECTION_IN);
        emit_parameter_rows(out, method, DIRECTION_OUT);
        emit(out, "\n");
    }
    if (!method->errors)
        return;
    emit(out, "| error | when |\n| --- | --- |\n");
    for (const struct error_use *use = method->errors; use; use = use->next)
        emit(out, "| `%s` | %s |\n", use->name, cell(out, error_sentence_of(out, use)));
    emit(out, "\n");
}

/* ---- types ---- */

static void emit_value_rows(struct output *out, const char *heading, const struct value *values)
{
    if (!values)
        return;
    emit(out, "## %s\n\n| name | value | |\n| --- | --- | --- |\n", heading);
    for (const struct value *value = values; value; value = value->next)
        emit(out, "| `%s` | 0x%llx | %s |\n", value->name, (unsigned long long)value->number,
             cell(out, value->doc));
    emit(out, "\n");
}

static void emit_struct_rows(struct output *out, const struct declaration *declaration)
{
    emit(out, "| byte | field | type | |\n| --- | --- | --- | --- |\n");
    for (const struct field *field = declaration->fields; field; field = field->next)
        emit(out, "| %u | `%s` | %s | %s |\n", field->offset, field->name,
             written_type(out, &field->type), cell(out, field->doc));
    emit(out, "\n");
}

static void emit_type_section(struct output *out, const struct declaration *declaration)
{
    static const char *const kinds[] = {"enum", "flags", "struct"};

    emit(out, "### %s %s\n\n", kinds[declaration->kind], declaration->name);
    if (declaration->doc)
        emit(out, "%s\n\n", declaration->doc);
    if (declaration->kind == DECLARED_STRUCT) {
        emit_struct_rows(out, declaration);
        return;
    }
    emit(out, "| name | value | |\n| --- | --- | --- |\n");
    for (const struct value *value = declaration->values; value; value = value->next)
        emit(out, "| `%s` | 0x%llx | %s |\n", value->name, (unsigned long long)value->number,
             cell(out, value->doc));
    emit(out, "\n");
}

static void emit_general_errors(struct output *out)
{
    if (out->interface->is_object)
        emit(out, "Every method may also answer `EBADF` or `ESTALE` (the handle), `EPERM` (a right "
                  "lacks), `EMSGSIZE`\n(the message has another form), `EINVAL` or `ERANGE` (a "
                  "value or capability that the table excludes),\n`ENOSPC` (no slot for the "
                  "capability of the answer).\n\n");
    else
        emit(out, "Every method may also answer `EMSGSIZE` (the message has another form), "
                  "`EINVAL` or `ERANGE` (a value\nor capability that the table excludes), `EPERM` "
                  "(a capability lacks a right), `ENOSPC` (no room for\nthe capability of the "
                  "answer), before the server itself has seen it, and the kernel's errors of a "
                  "call.\nTwo methods that every server has, `describe` and `counters`, are "
                  "described in [standard](standard.md).\n\n");
}

void emit_markdown(struct output *out)
{
    const struct interface *interface = out->interface;
    bool is_standard = strcmp(interface->name, "standard") == 0;

    emit(out, "# %s\n\n", interface->name);
    if (interface->doc)
        emit(out, "%s\n\n", interface->doc);
    emit(out, "%s 0x%llx, version %llu.%s\n\n",
         interface->is_object ? "Kernel object of type" : "Interface",
         (unsigned long long)interface->id, (unsigned long long)interface->version,
         interface->is_service ? " Clients find it by name, and connect." : "");
    emit_general_errors(out);
    emit(out, "## Methods\n\n");
    for (const struct method *method = interface->methods; method; method = method->next)
        if (!method_is_standard(method) || is_standard)
            emit_method_section(out, method);
    if (interface->declarations)
        emit(out, "## Types\n\n");
    for (const struct declaration *each = interface->declarations; each; each = each->next)
        emit_type_section(out, each);
    emit_value_rows(out, "Constants", interface->constants);
    emit_value_rows(out, "Events", interface->events);
}
