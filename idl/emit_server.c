/* emit_server.c - NAME_server.h and NAME_server.c: handlers' prototypes, the table, the loop. */
#include "emit.h"

#include <string.h>

static bool answers_later(const struct method *method)
{
    return !method->oneway && !method->batch && !method_is_standard(method);
}

/* ---- the header ---- */

static void emit_handler_prototype(struct output *out, const struct method *method)
{
    struct items parameters = {0};

    handler_parameters(out, method, &parameters);
    emit_method_doc(out, method);
    emit_items(
        out, arena_format(out->arena, "error_t %s_handle_%s(", out->interface->name, method->name),
        &parameters, "", ");");
    emit(out, "\n");
}

static void emit_answer_prototypes(struct output *out)
{
    emit(out, "/* The answers of methods whose handler said IDL_LATER; `reply` is the saved Reply. "
              "*/\n");
    for (const struct method *method = out->interface->methods; method; method = method->next) {
        struct items parameters = {0};

        if (!answers_later(method))
            continue;
        answer_parameters(out, method, &parameters);
        emit_items(
            out,
            arena_format(out->arena, "error_t %s_answer_%s(", out->interface->name, method->name),
            &parameters, "", ");");
    }
}

/* A service's dispatcher answers those who connect, too: with a capability to the endpoint. */
static const char *dispatch_parameters(const struct output *out)
{
    return out->interface->is_service ? "cap_t endpoint, struct message *message"
                                      : "struct message *message";
}

static const char *const handler_rules =
    "The server writes the handlers. Their in parameters are checked already. A handler returns\n"
    "SUCCESS with its out parameters set, an error, or IDL_LATER. A capability that came is the\n"
    "handler's once it returns SUCCESS or IDL_LATER; after an error it is deleted. Out strings "
    "and\nbytes have room for the most that the interface allows.";

void emit_server_header(struct output *out)
{
    const char *name = out->interface->name;

    emit_file_comment(out, arena_format(out->arena, "%s_server.h", name),
                      arena_format(out->arena, "what a server of '%s' is made of.", name),
                      handler_rules);
    emit(out, "#pragma once\n\n#include <myelin/idl.h>\n#include <myelin/idl/%s_types.h>\n\n",
         name);
    for (const struct method *method = out->interface->methods; method; method = method->next)
        if (!method_is_standard(method))
            emit_handler_prototype(out, method);
    emit(out,
         "/* The methods, and how often each was called. */\n"
         "extern const struct idl_interface %s_interface;\n\n",
         name);
    emit(out, "/* Answers the request in *message%s. */\nvoid %s_dispatch(%s);\n",
         out->interface->is_service ? "; who connects gets a capability to `endpoint`" : "", name,
         dispatch_parameters(out));
    emit(out,
         "/* A server's whole loop. Returns only when receiving fails: the endpoint is gone, "
         "or the\n   thread was cancelled. */\n"
         "error_t %s_serve(cap_t endpoint);\n\n",
         name);
    emit_answer_prototypes(out);
}

/* ---- the table ---- */

static unsigned error_count(const struct method *method)
{
    unsigned count = 0;

    for (const struct error_use *use = method->errors; use; use = use->next)
        count++;
    return count;
}

static void emit_error_lists(struct output *out)
{
    for (const struct method *method = out->interface->methods; method; method = method->next) {
        struct items items = {0};

        if (!method->errors)
            continue;
        for (const struct error_use *use = method->errors; use; use = use->next)
            items_add(out, &items, "%s", use->name);
        emit_items(
            out, arena_format(out->arena, "static const uint16_t errors_of_%s[] = {", method->name),
            &items, "", "};");
    }
}

/* Calls, each documented error, other errors: for each method; and one for unknown requests. */
static unsigned counter_total(struct output *out)
{
    unsigned total = 1;

    for (const struct method *method = out->interface->methods; method; method = method->next)
        total += 2 + error_count(method);
    return total;
}

static const char *answer_words(struct output *out, const struct method *method)
{
    if (method->batch || method->out.variables)
        return "IDL_WORDS_VARY";
    return arena_format(out->arena, "%u", method->out.fixed_words);
}

static void emit_row(struct output *out, const struct method *method, unsigned counter)
{
    const struct shape *in = &method->in;
    unsigned batch = (unsigned)method->batch;
    unsigned least = batch ? 1 : in->least_words;
    unsigned most = batch ? 1 + batch * in->fixed_words : in->most_words;

    emit(out, "    {.name = \"%s\",\n     .label = %s,\n", method->name, label_name(out, method));
    emit(out, "     .least_words = %u,\n     .most_words = %u,\n     .answer_words = %s,\n", least,
         most, answer_words(out, method));
    if (in->caps)
        emit(out, "     .least_caps = %u,\n     .most_caps = %u,\n", in->caps - in->optional_caps,
             in->caps);
    if (in->leases)
        emit(out, "     .leases = %u,\n", in->leases);
    if (method->out.caps)
        emit(out, "     .answer_caps = %u,\n", method->out.caps);
    if (method->errors)
        emit(out, "     .error_count = %u,\n     .errors = errors_of_%s,\n", error_count(method),
             method->name);
    emit(out, "     .counters = &counters[%u],\n     .run = run_%s},\n", counter, method->name);
}

static void emit_table(struct output *out)
{
    unsigned counter = 1;

    emit(out, "static const struct idl_method methods[] = {\n");
    for (const struct method *method = out->interface->methods; method; method = method->next) {
        emit_row(out, method, counter);
        counter += 2 + error_count(method);
    }
    emit(out, "};\n\n");
}

static unsigned most_caps(const struct interface *interface)
{
    unsigned most = 0;

    for (const struct method *method = interface->methods; method; method = method->next)
        if (method->in.caps > most)
            most = method->in.caps;
    return most;
}

static void emit_interface(struct output *out)
{
    const struct interface *interface = out->interface;
    const char *upper = interface_upper(out);

    emit(out, "const struct idl_interface %s_interface = {\n", interface->name);
    emit(out, "    .name = \"%s\",\n    .id = %s_INTERFACE,\n    .version = %s_VERSION,\n",
         interface->name, upper, upper);
    emit(out, "    .method_count = sizeof(methods) / sizeof(methods[0]),\n"
              "    .methods = methods,\n    .unknown = &counters[0],\n");
    if (most_caps(interface))
        emit(out, "    .accept = %u,\n", most_caps(interface));
    if (interface->is_service)
        emit(out, "    .connected = &connected,\n");
    if (interface->is_object)
        emit(out, "    .is_object = true,\n");
    emit(out, "};\n\n");
}

static void emit_dispatch(struct output *out)
{
    const char *name = out->interface->name;
    bool is_service = out->interface->is_service;

    emit(out, "void %s_dispatch(%s)\n{\n    idl_dispatch%s(&%s_interface, %smessage);\n}\n\n", name,
         dispatch_parameters(out), is_service ? "_service" : "", name,
         is_service ? "endpoint, " : "");
}

/* ---- the loop ---- */

static bool is_in_loop(const struct method *method)
{
    return method_is_short(method) && !method->oneway && !method_is_standard(method);
}

static void emit_cases(struct output *out)
{
    unsigned index = 0;

    for (const struct method *method = out->interface->methods; method; method = method->next) {
        if (is_in_loop(method))
            emit(out,
                 "        case IDL_REQUEST(%s, %u):\n"
                 "            if (idl_answer_short(&%s_interface, endpoint, &methods[%u], run_%s, "
                 "&r,"
                 " &other))\n                continue;\n            break;\n",
                 label_name(out, method), method->in.fixed_words, out->interface->name, index,
                 method->name);
        index++;
    }
}

static bool has_short_methods(const struct interface *interface)
{
    for (const struct method *method = interface->methods; method; method = method->next)
        if (is_in_loop(method))
            return true;
    return false;
}

static void emit_serve(struct output *out)
{
    const char *name = out->interface->name;

    emit(out, "error_t %s_serve(cap_t endpoint)\n{\n", name);
    if (!has_short_methods(out->interface)) {
        emit(out, "    return idl_serve(&%s_interface, endpoint);\n}\n\n", name);
        return;
    }
    emit(out,
         "    struct idl_server server = {.interface = &%s_interface, .endpoint = endpoint};\n",
         name);
    emit(out,
         "    struct ipc_registers r = {.tag = IDL_RECEIVE(%u), .handle = endpoint};\n"
         "    struct ipc_registers other; /* apart, so that r can stay in registers */\n"
         "    error_t error;\n\n    ipc_enter(&r);\n    for (;;) {\n"
         "        switch (r.tag) {\n",
         most_caps(out->interface));
    emit_cases(out);
    emit(out, "        default:\n            other = r;\n"
              "            error = idl_serve_other(&server, &other);\n"
              "            if (error)\n                return error;\n"
              "        }\n        r = other;\n    }\n}\n\n");
}

void emit_server(struct output *out)
{
    const struct interface *interface = out->interface;
    const char *name = interface->name;

    emit_file_comment(out, arena_format(out->arena, "%s_server.c", name),
                      arena_format(out->arena, "the dispatcher of a server of '%s'.", name), NULL);
    emit(out, "#include <myelin/idl/%s_server.h>\n\n", name);
    emit(out, "static uint64_t counters[%u];\n%s\n", counter_total(out),
         interface->is_service ? "static uint64_t connected;\n" : "");
    for (const struct method *method = interface->methods; method; method = method->next) {
        emit_run(out, method);
        if (method->batch)
            emit_batch_run(out, method);
    }
    emit_error_lists(out);
    emit_table(out);
    emit_interface(out);
    emit_dispatch(out);
    emit_serve(out);
    for (const struct method *method = interface->methods; method; method = method->next)
        if (answers_later(method))
            emit_answer_later(out, method);
}
