/*
 * main.c - myidl, the interface compiler.
 *
 * myidl [-e ERRORS.idl] [-o FOLDER] FILE.idl...   writes what is generated from each interface
 * myidl errors -o FOLDER ERRORS.idl               writes errors.h
 * myidl check [-e ERRORS.idl] FILE.idl...         only looks for errors
 * myidl diff [-e ERRORS.idl] OLD.idl NEW.idl      says whether NEW serves OLD's clients
 *
 * errors.idl, standard.idl and imported interfaces are looked for beside FILE.idl.
 * Exit status: 0 good; 1 a file is wrong, or the versions are incompatible; 2 wrong usage.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "diff.h"
#include "emit.h"
#include "parser.h"

struct options {
    struct arena arena;
    const char *errors_path; /* NULL: beside the interface */
    const char *folder;
    const char **files;
    int file_count;
};

/* ---- reading ---- */

static const char *beside(struct arena *arena, const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');

    return arena_format(arena, "%.*s%s.idl", slash ? (int)(slash + 1 - path) : 0, path, name);
}

static struct source *open_source(struct arena *arena, const char *path)
{
    struct source *source = arena_take(arena, sizeof(*source));

    return source_read(source, arena, path) ? source : NULL;
}

static struct error_entry *read_errors(struct options *options, const char *path)
{
    struct arena *arena = &options->arena;
    const char *errors_path =
        options->errors_path ? options->errors_path : beside(arena, path, "errors");
    struct source *source = open_source(arena, errors_path);
    struct error_entry *errors = source ? parse_errors(arena, source) : NULL;

    if (errors)
        check_errors(arena, errors);
    return errors && !source->complaints ? errors : NULL;
}

/* A file that is being read, and the one that imports it. */
struct reading {
    const struct reading *importer;
    const char *path;
    const struct error_entry *errors;
};

static struct interface *read_interface(struct options *options, const struct reading *reading);

static bool is_being_read(const struct reading *reading, const char *path)
{
    for (; reading; reading = reading->importer)
        if (strcmp(reading->path, path) == 0)
            return true;
    return false;
}

static bool read_import(struct options *options, const struct reading *importer,
                        struct import *import)
{
    const char *path = beside(&options->arena, importer->path, import->name);
    const struct reading reading = {importer, path, importer->errors};

    if (is_being_read(importer, path)) {
        complain(import->place, "the imports go round in a circle: '%s' is being read already",
                 import->name);
        return false;
    }
    if (access(path, R_OK)) {
        complain(import->place, "there is no file '%s'", path);
        return false;
    }
    import->interface = read_interface(options, &reading);
    return import->interface != NULL;
}

static bool read_imports(struct options *options, const struct reading *reading,
                         struct interface *interface)
{
    for (struct import *import = interface->imports; import; import = import->next)
        if (!read_import(options, reading, import))
            return false;
    return true;
}

static bool is_standard(const struct interface *interface)
{
    return strcmp(interface->name, "standard") == 0;
}

/* The methods of standard.idl, which every server answers, go to the end of the list. */
static bool add_standard_methods(struct options *options, struct interface *interface)
{
    struct method **end = &interface->methods;
    struct source *source;

    if (interface->is_object || is_standard(interface))
        return true;
    source = open_source(
        &options->arena,
        beside(&options->arena,
               options->errors_path ? options->errors_path : interface->source->path, "standard"));
    if (!source)
        return false;
    while (*end)
        end = &(*end)->next;
    *end = parse_interface(&options->arena, source)->methods;
    return true;
}

static struct interface *read_interface(struct options *options, const struct reading *reading)
{
    struct source *source = open_source(&options->arena, reading->path);
    struct interface *interface;

    if (!source)
        return NULL;
    interface = parse_interface(&options->arena, source);
    if (!read_imports(options, reading, interface) || !add_standard_methods(options, interface))
        return NULL;
    check_interface(&options->arena, interface, reading->errors);
    return source->complaints ? NULL : interface;
}

static struct interface *read_file(struct options *options, const char *path,
                                   const struct error_entry *errors)
{
    const struct reading reading = {NULL, path, errors};

    return read_interface(options, &reading);
}

/* ---- writing ---- */

static void make_folders(struct arena *arena, const char *path)
{
    char *copy = arena_format(arena, "%s", path);

    for (char *at = copy + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(copy, 0777) && errno != EEXIST)
            return; /* opening the file tells why */
        *at = '/';
    }
}

/* What `write` makes, without empty lines at its end. */
static bool write_text(struct output *out, void (*write)(struct output *out), FILE *file)
{
    char *text = NULL;
    size_t length = 0;
    bool good = false;

    out->file = open_memstream(&text, &length);
    if (!out->file)
        return false;
    write(out);
    if (fclose(out->file) == 0) {
        while (length > 1 && text[length - 1] == '\n' && text[length - 2] == '\n')
            length--;
        good = fwrite(text, 1, length, file) == length;
    }
    free(text);
    return good;
}

static bool write_file(struct options *options, const struct interface *interface,
                       const struct error_entry *errors, const char *path,
                       void (*write)(struct output *out))
{
    struct output out = {.arena = &options->arena, .interface = interface, .errors = errors};
    const char *full = arena_format(&options->arena, "%s/%s", options->folder, path);
    bool good;
    FILE *file;

    make_folders(&options->arena, full);
    file = fopen(full, "w");
    if (!file) {
        fprintf(stderr, "myidl: %s: cannot be written: %s\n", full, strerror(errno));
        return false;
    }
    good = write_text(&out, write, file);
    good = fclose(file) == 0 && good;
    if (!good)
        fprintf(stderr, "myidl: %s: cannot be written\n", full);
    return good;
}

struct product {
    const char *path; /* %s: the interface's name */
    void (*write)(struct output *out);
    unsigned of;
};

#define OF_OBJECTS  1u
#define OF_SERVERS  2u
#define OF_STANDARD 4u

static const struct product products[] = {
    {"include/myelin/idl/%s_types.h", emit_types, OF_OBJECTS | OF_SERVERS},
    {"include/myelin/idl/%s.h", emit_client, OF_OBJECTS | OF_SERVERS},
    {"include/myelin/idl/%s_server.h", emit_server_header, OF_OBJECTS | OF_SERVERS},
    {"include/myelin/idl/%s_kernel.h", emit_kernel_header, OF_OBJECTS},
    {"%s_server.c", emit_server, OF_OBJECTS | OF_SERVERS},
    {"%s_kernel.c", emit_kernel, OF_OBJECTS},
    {"%s_failing.c", emit_failing, OF_OBJECTS | OF_SERVERS},
    {"%s_fuzz.c", emit_fuzz, OF_OBJECTS | OF_SERVERS},
    {"%s.md", emit_markdown, OF_OBJECTS | OF_SERVERS | OF_STANDARD},
    {"%s.json", emit_json, OF_OBJECTS | OF_SERVERS | OF_STANDARD},
};

static const char *product_path(struct arena *arena, const char *pattern, const char *name)
{
    const char *gap = strstr(pattern, "%s");

    return arena_format(arena, "%.*s%s%s", (int)(gap - pattern), pattern, name, gap + 2);
}

static bool write_products(struct options *options, const struct interface *interface,
                           const struct error_entry *errors)
{
    for (unsigned i = 0; i < sizeof(products) / sizeof(products[0]); i++) {
        const struct product *product = &products[i];
        unsigned of = is_standard(interface) ? OF_STANDARD
                      : interface->is_object ? OF_OBJECTS
                                             : OF_SERVERS;

        if (product->of & of &&
            !write_file(options, interface, errors,
                        product_path(&options->arena, product->path, interface->name),
                        product->write))
            return false;
    }
    return true;
}

/* ---- commands ---- */

static int compile(struct options *options, bool writes)
{
    int status = 0;

    for (int i = 0; i < options->file_count; i++) {
        const char *path = options->files[i];
        const struct error_entry *errors = read_errors(options, path);
        struct interface *interface = errors ? read_file(options, path, errors) : NULL;

        if (!interface || (writes && !write_products(options, interface, errors)))
            status = 1;
    }
    return status;
}

static int write_errors(struct options *options)
{
    const struct error_entry *errors;

    options->errors_path = options->files[0];
    errors = read_errors(options, options->errors_path);
    return errors &&
                   write_file(options, NULL, errors, "include/myelin/errors.h", emit_errors_header)
               ? 0
               : 1;
}

static int diff(struct options *options)
{
    const struct error_entry *errors = read_errors(options, options->files[1]);
    struct interface *old = NULL, *new = NULL;

    if (errors)
        old = read_file(options, options->files[0], errors);
    if (old)
        new = read_file(options, options->files[1], errors);
    return new && diff_interfaces(&options->arena, old, new) == 0 ? 0 : 1;
}

static int usage(void)
{
    fputs("usage: myidl [check] [-e ERRORS.idl] [-o FOLDER] FILE.idl...\n"
          "       myidl errors [-o FOLDER] ERRORS.idl\n"
          "       myidl diff [-e ERRORS.idl] OLD.idl NEW.idl\n",
          stderr);
    return 2;
}

static bool take_options(struct options *options, int argc, const char **argv, int first)
{
    options->files = argv;
    for (int i = first; i < argc; i++) {
        if (strcmp(argv[i], "-e") == 0 && i + 1 < argc)
            options->errors_path = argv[++i];
        else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc)
            options->folder = argv[++i];
        else if (argv[i][0] == '-')
            return false;
        else
            options->files[options->file_count++] = argv[i];
    }
    return options->file_count > 0;
}

static int run(struct options *options, const char *command, int argc, const char **argv)
{
    bool is_command = strcmp(command, "check") == 0 || strcmp(command, "errors") == 0 ||
                      strcmp(command, "diff") == 0;

    if (!take_options(options, argc, argv, is_command ? 2 : 1))
        return usage();
    if (strcmp(command, "check") == 0)
        return compile(options, false);
    if (strcmp(command, "errors") == 0)
        return options->file_count == 1 ? write_errors(options) : usage();
    if (strcmp(command, "diff") == 0)
        return options->file_count == 2 ? diff(options) : usage();
    return compile(options, true);
}

int main(int argc, char **argv)
{
    struct options options = {.folder = "."};
    int status = argc < 2 ? usage() : run(&options, argv[1], argc, (const char **)argv);

    arena_free(&options.arena);
    return status;
}
