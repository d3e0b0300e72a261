/* emit_errors.c - errors.h: every error's number, name and sentence. */
#include "emit.h"

#include <string.h>

static const char *const about_errors =
    "The names and numbers are POSIX's as Linux numbers them, so a C library needs no\n"
    "translation. The kernel returns them in the status register; a server returns one as\n"
    "the label of its reply (0 is success). The definitions repeat those of a C library's\n"
    "<errno.h> token for token, so both headers may be included.";

void emit_errors_header(struct output *out)
{
    emit_file_comment(out, "errors.h", "the one list of errors, with a sentence each.",
                      about_errors);
    emit(out, "#pragma once\n\ntypedef int error_t;\n\n#define SUCCESS 0\n\n");
    for (const struct error_entry *entry = out->errors; entry; entry = entry->next) {
        emit_doc(out, 0, entry->doc);
        emit(out, "#define %-12s %d\n", entry->alias ? entry->alias : entry->name, entry->number);
        if (entry->alias)
            emit(out, "#define %-12s %s\n", entry->name, entry->alias);
    }
    emit(out, "\n/* X(name, sentence): every error there is, in the order of its number. */\n"
              "#define MYELIN_ERRORS(X) \\\n");
    for (const struct error_entry *entry = out->errors; entry; entry = entry->next)
        emit(out, "    X(%s, \"%s\")%s\n", entry->name, entry->sentence, entry->next ? " \\" : "");
}
