/*
 * emit_kernel.c - NAME_kernel.h and NAME_kernel.c: the kernel's side of an object.
 *
 * Everything that the interface says is checked (words, the right on the object, values, types
 * and rights of capabilities, a slot for the one that is answered) before the method is called.
 * Up to seven words are taken straight from the caller's registers. Strings and bytes stay in the
 * message: the method gets the word where they begin, and takes each with invocation_word, once.
 * Names are pointers to 16 bytes. Results go to their place in the answer.
 */
#include "emit.h"

#include "vocabulary.h"

#define IN  DIRECTION_IN
#define OUT DIRECTION_OUT

/* ---- the methods' prototypes ---- */

static void add_kernel_parameter(struct output *out, const struct parameter *each,
                                 struct items *items)
{
    const struct type *type = &each->type;
    bool is_out = each->direction == OUT;

    if (type->kind == TYPE_DEADLINE)
        return;
    if (type->kind == TYPE_CAP) {
        if (!is_out)
            items_add(out, items, "struct slot *%s", each->name);
        if (!is_out && each->cap.mode == MODE_CHOSEN)
            items_add(out, items, "uint64_t %s_how", each->name);
    } else if (parameter_is_variable(each)) {
        items_add(out, items, is_out ? "void *%s" : "unsigned %s_word", each->name);
        items_add(out, items, "uint64_t %s%s_length", is_out ? "*" : "", each->name);
    } else if (type->kind == TYPE_NAME) {
        items_add(out, items, "const char *%s%s", is_out ? "*" : "", each->name);
    } else if (type->kind == TYPE_STRUCT) {
        items_add(out, items, "%s%s *%s", is_out ? "" : "const ", type_name(out, type), each->name);
    } else if (type->is_array) {
        items_add(out, items, "%s%s", is_out ? "" : "const ", variable_text(out, type, each->name));
    } else {
        items_add(out, items, "%s %s%s", type_name(out, type), is_out ? "*" : "", each->name);
    }
}

static void emit_method_prototype(struct output *out, const struct method *method)
{
    struct items items = {0};

    items_add(out, &items, "struct invocation *invocation");
    for (const struct parameter *each = method->parameters; each; each = each->next)
        add_kernel_parameter(out, each, &items);
    emit_method_doc(out, method);
    emit_items(
        out, arena_format(out->arena, "error_t %s_handle_%s(", out->interface->name, method->name),
        &items, "", ");");
    emit(out, "\n");
}

void emit_kernel_header(struct output *out)
{
    const char *name = out->interface->name;

    emit_file_comment(out, arena_format(out->arena, "%s_kernel.h", name),
                      arena_format(out->arena, "what the kernel's '%s' answers.", name),
                      "Each method is called with its arguments checked; it may answer RESTART. "
                      "A capability that\nit makes goes into invocation->out_cap; there is a "
                      "slot for it. Names are 16 bytes.");
    emit(out, "#pragma once\n\n#include <cap/cap.h>\n#include <myelin/idl/%s_types.h>\n\n", name);
    for (const struct method *method = out->interface->methods; method; method = method->next)
        if (!method_is_standard(method))
            emit_method_prototype(out, method);
    emit(out,
         "/* Answers a call on the object. */\n"
         "FAST_CALLEE error_t %s_invoke(struct invocation *invocation);\n",
         name);
}

/* ---- taking the arguments ---- */

static bool has_results(const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == OUT && each->words)
            return true;
    return false;
}

static bool uses_error(const struct method *method)
{
    return method->needs || method->in.caps || method->out.caps || has_results(method);
}

static bool in_registers(const struct method *method)
{
    return method->in.fixed_words <= MESSAGE_REGISTER_WORDS;
}

static void emit_words_local(struct output *out, const struct method *method)
{
    unsigned count = method->in.fixed_words;

    if (!in_registers(method))
        emit(out, "    uint64_t words[%u];\n", count);
    else if (count)
        emit(out, "    const uint64_t *words = invocation_registers(invocation);\n");
}

static void emit_kernel_local(struct output *out, const struct parameter *each)
{
    const struct type *type = &each->type;
    const char *nothing = "{0}";

    if (type_is_scalar(type))
        nothing =
            type->kind == TYPE_ENUM ? arena_format(out->arena, "(%s)0", type_name(out, type)) : "0";
    if (parameter_is_variable(each))
        emit(out, "    uint64_t %s_length%s;\n", each->name, each->direction == OUT ? " = 0" : "");
    else if (each->direction == OUT && type->kind == TYPE_NAME)
        emit(out, "    const char *%s = NULL;\n", each->name);
    else if (each->direction == OUT)
        emit(out, "    %s = %s;\n", variable_text(out, type, each->name), nothing);
    else if (!type_is_scalar(type) && type->kind != TYPE_NAME)
        emit(out, "    %s;\n", variable_text(out, type, each->name));
}

static void emit_kernel_locals(struct output *out, const struct method *method)
{
    emit_words_local(out, method);
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->words)
            emit_kernel_local(out, each);
    if (uses_error(method))
        emit(out, "    error_t error;\n");
    if (uses_error(method) || method->in.fixed_words || method->in.variables)
        emit(out, "\n");
}

static void emit_count_check(struct output *out, const struct method *method)
{
    emit(out,
         "    if (tag_words(invocation->tag) %s %u)\n"
         "        return invocation_fail(invocation, EMSGSIZE, ARGUMENT_TAG, %u, "
         "tag_words(invocation->tag));\n",
         method->in.variables ? "<" : "!=", method->in.least_words, method->in.least_words);
}

static void emit_value_check(struct output *out, const struct parameter *each)
{
    const char *invalid;

    if (each->type.kind == TYPE_NAME)
        return;
    invalid = invalid_text(out, "words", each->word, &each->type);
    if (invalid)
        emit(out,
             "    if (%s)\n        return invocation_fail(invocation, %s, ARGUMENT_WORD(%u), 0, "
             "words[%u]);\n",
             invalid, invalid_error(&each->type), each->word, each->word);
}

/* The kernel's objects have at most one variable parameter, behind the fixed ones. */
static void emit_length_take(struct output *out, const struct method *method,
                             const struct parameter *each)
{
    unsigned word = method->in.fixed_words;

    if (word < MESSAGE_REGISTER_WORDS)
        emit(out, "    %s_length = invocation_registers(invocation)[%u];\n", each->name, word);
    else
        emit(out, "    %s_length = invocation_word(invocation, %u);\n", each->name, word);
    emit(out,
         "    if (%s_length > %llu || tag_words(invocation->tag) != %u + (%s_length + 7) / 8)\n"
         "        return invocation_fail(invocation, EMSGSIZE, ARGUMENT_WORD(%u), %llu,\n"
         "                               %s_length);\n",
         each->name, (unsigned long long)each->type.bound, word + 1, each->name, word,
         (unsigned long long)each->type.bound, each->name);
}

static void emit_cap_check(struct output *out, const struct parameter *each)
{
    const struct cap_spec *cap = &each->cap;
    const char *indent = cap->optional ? "    " : "";
    const char *type = "OBJECT_NONE";

    for (const struct vocable *entry = object_types; entry->word; entry++)
        if (entry->number && cap->types == 1u << entry->number)
            type = entry->c_name;
    if (cap->optional)
        emit(out, "    if (tag_caps(invocation->tag) > %u) {\n", each->index);
    emit(out, "%s    error = invocation_need_cap(invocation, %u, %s, %s);\n", indent, each->index,
         type, rights_c_text(out->arena, cap->rights));
    emit(out, "%s    if (error)\n%s        return error;\n", indent, indent);
    if (cap->optional)
        emit(out, "    }\n");
}

static void emit_words_take(struct output *out, const struct method *method)
{
    if (!in_registers(method))
        emit(out,
             "    for (unsigned i = 0; i < %u; i++)\n"
             "        words[i] = invocation_word(invocation, i);\n",
             method->in.fixed_words);
}

static void emit_kernel_checks(struct output *out, const struct method *method)
{
    const struct parameter *each;

    if (method->needs)
        emit(out,
             "    error = invocation_need(invocation, %s);\n"
             "    if (error)\n        return error;\n",
             rights_c_text(out->arena, method->needs));
    emit_count_check(out, method);
    emit_words_take(out, method);
    for (each = method->parameters; each; each = each->next) {
        if (each->direction != IN)
            continue;
        if (each->type.kind == TYPE_CAP)
            emit_cap_check(out, each);
        else if (parameter_is_variable(each))
            emit_length_take(out, method, each);
        else if (each->words)
            emit_value_check(out, each);
    }
    if (method->out.caps)
        emit(out, "    error = invocation_need_slot(invocation);\n"
                  "    if (error)\n        return error;\n");
}

static void emit_kernel_copies(struct output *out, const struct method *method)
{
    for (const struct parameter *each = method->parameters; each; each = each->next) {
        if (each->direction != IN || parameter_is_variable(each) || !each->words ||
            type_is_scalar(&each->type) || each->type.kind == TYPE_NAME)
            continue;
        emit_load(out, "    ", "words", each->word, &each->type,
                  each->type.kind == TYPE_STRUCT ? arena_format(out->arena, "&%s", each->name)
                                                 : each->name);
    }
}

/* ---- calling the method, putting its results ---- */

static void add_cap_argument(struct output *out, const struct parameter *each, struct items *items)
{
    if (each->direction == OUT)
        return;
    items_add(out, items,
              each->cap.optional ? "tag_caps(invocation->tag) > %u ? invocation->caps[%u] : NULL"
                                 : "invocation->caps[%u]",
              each->index, each->index);
    if (each->cap.mode == MODE_CHOSEN)
        items_add(out, items, "invocation_how(invocation, %u)", each->index);
}

static void add_variable_argument(struct output *out, const struct method *method,
                                  const struct parameter *each, struct items *items)
{
    bool is_out = each->direction == OUT;

    items_add(out, items, is_out ? "&invocation->out[%u]" : "%u",
              (is_out ? method->out.fixed_words : method->in.fixed_words) + 1);
    items_add(out, items, "%s%s_length", is_out ? "&" : "", each->name);
}

static void add_kernel_argument(struct output *out, const struct method *method,
                                const struct parameter *each, struct items *items)
{
    const struct type *type = &each->type;
    bool is_out = each->direction == OUT;

    if (type->kind == TYPE_DEADLINE)
        return;
    if (type->kind == TYPE_CAP)
        add_cap_argument(out, each, items);
    else if (parameter_is_variable(each))
        add_variable_argument(out, method, each, items);
    else if (!is_out && type_is_scalar(type))
        items_add(out, items, "%s", load_text(out, "words", each->word, type));
    else if (!is_out && type->kind == TYPE_NAME)
        items_add(out, items, "(const char *)&words[%u]", each->word);
    else if (type->kind == TYPE_STRUCT || (is_out && !type->is_array))
        items_add(out, items, "&%s", each->name);
    else
        items_add(out, items, "%s", each->name);
}

static void emit_kernel_result(struct output *out, const struct parameter *each)
{
    const struct type *type = &each->type;

    if (parameter_is_variable(each))
        emit(out, "    invocation_put_bytes(invocation, %u, %s_length);\n", each->word, each->name);
    else if (type->kind == TYPE_NAME)
        emit(out, "    invocation_put_name(invocation, %u, %s);\n", each->word, each->name);
    else if (type_is_scalar(type))
        emit(out, "    invocation->out[%u] = %s%s;\n", each->word,
             type->is_signed ? "(uint64_t)(int64_t)" : "", each->name);
    else
        emit(out, "    memcpy(&invocation->out[%u], %s%s, sizeof(%s));\n", each->word,
             type->kind == TYPE_STRUCT ? "&" : "", each->name, each->name);
}

static void emit_kernel_results(struct output *out, const struct method *method)
{
    emit(out, "    if (error)\n        return error;\n");
    if (method->out.fixed_words)
        emit(out, "    invocation->out_words = %u;\n", method->out.fixed_words);
    for (const struct parameter *each = method->parameters; each; each = each->next)
        if (each->direction == OUT && each->words)
            emit_kernel_result(out, each);
    emit(out, "    return SUCCESS;\n");
}

static void emit_kernel_call(struct output *out, const struct method *method)
{
    struct items items = {0};
    const char *keep = has_results(method) ? "error =" : "return";

    items_add(out, &items, "invocation");
    for (const struct parameter *each = method->parameters; each; each = each->next)
        add_kernel_argument(out, method, each, &items);
    emit_items(
        out,
        arena_format(out->arena, "    %s %s_handle_%s(", keep, out->interface->name, method->name),
        &items, "", ");");
    if (has_results(method))
        emit_kernel_results(out, method);
}

static void emit_kernel_method(struct output *out, const struct method *method)
{
    emit(out, "static error_t answer_%s(struct invocation *invocation)\n{\n", method->name);
    emit_kernel_locals(out, method);
    emit_kernel_checks(out, method);
    emit_kernel_copies(out, method);
    emit_kernel_call(out, method);
    emit(out, "}\n\n");
}

void emit_kernel(struct output *out)
{
    const char *name = out->interface->name;

    emit_file_comment(out, arena_format(out->arena, "%s_kernel.c", name),
                      arena_format(out->arena, "takes apart what '%s' is asked.", name), NULL);
    emit(out, "#include <myelin/idl/%s_kernel.h>\n#include <task/task.h>\n\n", name);
    for (const struct method *method = out->interface->methods; method; method = method->next)
        if (!method_is_standard(method))
            emit_kernel_method(out, method);
    emit(out,
         "FAST_CALLEE error_t %s_invoke(struct invocation *invocation)\n{\n"
         "    switch (tag_label(invocation->tag)) {\n",
         name);
    for (const struct method *method = out->interface->methods; method; method = method->next)
        if (!method_is_standard(method))
            emit(out, "    case %s:\n        return answer_%s(invocation);\n",
                 label_name(out, method), method->name);
    emit(out, "    default:\n        return invocation_fail(invocation, ENOSYS, ARGUMENT_TAG, 0, "
              "tag_label(invocation->tag));\n    }\n}\n");
}
