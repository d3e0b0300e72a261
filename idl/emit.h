/*
 * emit.h - writing what is generated: text, comments, and the C forms of types and parameters.
 */
#pragma once

#include <stdio.h>

#include "check.h"
#include "tree.h"

struct output {
    FILE *file;
    struct arena *arena;
    const struct interface *interface;
    const struct error_entry *errors; /* the list of all errors */
};

/* Items of a list that is wrapped: parameters, arguments. */
struct items {
    const char *item[64];
    unsigned count;
};

/* ---- emit.c: text ---- */

__attribute__((format(printf, 2, 3))) void emit(struct output *out, const char *format, ...);
/* "/" "* doc *" "/", in one line or several, each indented by that many spaces. NULL: nothing. */
void emit_doc(struct output *out, unsigned indent, const char *doc);
/* The comment at the beginning of a file. `what` completes "NAME - ". */
void emit_file_comment(struct output *out, const char *file, const char *what, const char *doc);
__attribute__((format(printf, 3, 4))) void items_add(struct output *out, struct items *items,
                                                     const char *format, ...);
/* `prefix`, the items with commas, `suffix`; wrapped where the line is full, in line with the end
   of the prefix. No items: "void" if that is what `empty` says. */
void emit_items(struct output *out, const char *prefix, const struct items *items,
                const char *empty, const char *suffix);
const char *upper_case(struct arena *arena, const char *text);
/* The first sentence of a comment, or "". */
const char *first_sentence(struct arena *arena, const char *doc);

/* ---- emit_names.c: what things are called in C ---- */

const char *interface_upper(struct output *out);
/* "FS_LABEL_OPEN" */
const char *label_name(struct output *out, const struct method *method);
/* "uint64_t", "enum fs_kind", "struct fs_status": of one element. */
const char *type_name(struct output *out, const struct type *type);
/* As a field or local variable: "uint8_t pad[3]", "char name[OBJECT_NAME_BYTES + 1]". */
const char *variable_text(struct output *out, const struct type *type, const char *name);
/* Whether C passes it by value. */
bool type_is_scalar(const struct type *type);
/* Whether the words must be looked at before they are taken for such a value. */
bool type_needs_check(const struct type *type);

/* How a client's stub is given a lease: a buffer of the caller's; a lease that the caller holds; or
   either, as it goes into the UTCB. */
enum lease_form { LEASE_OF_BUFFER, LEASE_HELD, LEASE_ITEM };

/* The parameters of a client's stub, of one of them, and of a handler. */
void client_parameters(struct output *out, const struct method *method, enum lease_form form,
                       struct items *items);
void client_parameter(struct output *out, const struct parameter *each, enum lease_form form,
                      struct items *items);
void handler_parameters(struct output *out, const struct method *method, struct items *items);
/* The out parameters as values, for an answer that is given later. */
void answer_parameters(struct output *out, const struct method *method, struct items *items);
/* Several types or any: then the handler is told the type and rights, too. */
bool cap_type_is_open(const struct cap_spec *cap);
/* What an error about it names: "ARGUMENT_CAP(0)". */
const char *argument_text(struct output *out, const struct parameter *parameter);
/* What the sender writes into cap_item.how. */
const char *cap_how(struct output *out, const struct parameter *parameter);
const char *types_mask(struct output *out, const struct cap_spec *cap);
const char *lease_rights(const struct parameter *parameter);

/* ---- emit_value.c: values into words, and back ---- */

/* `words` is the array that the message is in. */
void emit_store(struct output *out, const char *indent, const char *words, unsigned word,
                const struct type *type, const char *value);
/* Into *target (scalars) or the array or struct called target. */
void emit_load(struct output *out, const char *indent, const char *words, unsigned word,
               const struct type *type, const char *target);
/* The value of a scalar in that word, with a cast where C wants one. */
const char *load_text(struct output *out, const char *words, unsigned word,
                      const struct type *type);
/* A condition that holds if words[word] is no such value, or NULL: every word is one. */
const char *invalid_text(struct output *out, const char *words, unsigned word,
                         const struct type *type);
/* ERANGE or EINVAL: what is wrong with a value that is none. */
const char *invalid_error(const struct type *type);

/* ---- one file each ---- */

void emit_types(struct output *out);         /* NAME_types.h */
void emit_client(struct output *out);        /* NAME.h */
void emit_server_header(struct output *out); /* NAME_server.h */
void emit_server(struct output *out);        /* NAME_server.c */
void emit_failing(struct output *out);       /* NAME_failing.c */
void emit_fuzz(struct output *out);          /* NAME_fuzz.c */
void emit_kernel_header(struct output *out); /* NAME_kernel.h */
void emit_kernel(struct output *out);        /* NAME_kernel.c */
void emit_markdown(struct output *out);      /* NAME.md */
void emit_json(struct output *out);          /* NAME.json */
void emit_errors_header(struct output *out); /* errors.h */

/* ---- parts that several of them share ---- */

/* emit_batch.c */
void emit_batch_types(struct output *out, const struct method *method);
void emit_batch_stub(struct output *out, const struct method *method);
void emit_batch_run(struct output *out, const struct method *method);
/* emit_run.c: the server's function for one method. */
void emit_run(struct output *out, const struct method *method);
void emit_answer_later(struct output *out, const struct method *method);
/* emit_doc.c: the comment above a stub or a handler: its text, its errors. */
void emit_method_doc(struct output *out, const struct method *method);
const char *error_sentence_of(struct output *out, const struct error_use *use);
/* form.c: the errors that the form of a message alone is answered with. */
void form_errors(struct output *out, const struct method *method, struct items *items);
/* Methods that every server answers are added by the compiler; their numbers begin here. */
bool method_is_standard(const struct method *method);
