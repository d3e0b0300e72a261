/*
 * manifest_check.c - what can be checked only when the whole manifest is read.
 */
#include "manifest.h"

#include <stdio.h>
#include <string.h>

#include <myelin/idl/names_types.h>

#define SERVICES_MAX (MANIFEST_PROGRAMS_MAX * MANIFEST_PERMISSIONS_MAX)

/* The names that anybody may publish. */
struct services {
    unsigned count;
    const char *name[SERVICES_MAX];
};

static void collect_services(const struct manifest *manifest, struct services *services)
{
    services->count = 0;
    for (unsigned i = 0; i < manifest->program_count; i++) {
        const struct manifest_program *program = &manifest->programs[i];

        for (unsigned k = 0; k < program->permission_count; k++) {
            if (program->permissions[k].permission == NAMES_MAY_PUBLISH)
                services->name[services->count++] = program->permissions[k].service;
        }
    }
}

static bool is_service(const struct services *services, const char *name)
{
    for (unsigned i = 0; i < services->count; i++) {
        if (strcmp(services->name[i], name) == 0)
            return true;
    }
    return strcmp(name, MANIFEST_ANY) == 0;
}

static void check_service(struct manifest *manifest, const struct services *services, unsigned line,
                          const char *service)
{
    const char *meant;

    if (is_service(services, service))
        return;
    meant = manifest_suggest(service, services->name, services->count);
    if (meant)
        manifest_complain(manifest, line, "nobody may publish '%s', expected '%s'?", service,
                          meant);
    else
        manifest_complain(manifest, line, "nobody may publish '%s', expected a service", service);
}

/* Whether the program may itself publish the service. */
static bool publishes(const struct manifest_program *program, const char *service)
{
    for (unsigned i = 0; i < program->permission_count; i++) {
        if (program->permissions[i].permission == NAMES_MAY_PUBLISH &&
            strcmp(program->permissions[i].service, service) == 0)
            return true;
    }
    return false;
}

/* Root connects before it starts the program, so the service must be there by then. */
static void check_session(struct manifest *manifest, const struct manifest_program *program,
                          const struct manifest_session *session)
{
    for (const struct manifest_program *other = manifest->programs; other < program; other++) {
        if (publishes(other, session->service))
            return;
    }
    manifest_complain(manifest, session->line,
                      "no program before '%s' publishes '%s', expected one to connect to",
                      program->name, session->service);
}

static void check_services(struct manifest *manifest, const struct manifest_program *program,
                           const struct services *services)
{
    for (unsigned i = 0; i < program->permission_count; i++)
        check_service(manifest, services, program->permissions[i].line,
                      program->permissions[i].service);
    for (unsigned i = 0; i < program->session_count; i++)
        check_session(manifest, program, &program->sessions[i]);
    if (program->archive_line && !publishes(program, program->archive))
        manifest_complain(manifest, program->archive_line,
                          "'%s' does not publish '%s', expected 'may publish %s' in its block",
                          program->name, program->archive, program->archive);
}

static bool overlap(const struct manifest_device *a, const struct manifest_device *b)
{
    return a->kind == b->kind && a->first < b->first + b->count && b->first < a->first + a->count;
}

/* A device has one driver: no range may be given out twice. */
static void check_device(struct manifest *manifest, const struct manifest_device *device)
{
    for (unsigned i = 0; i < manifest->program_count; i++) {
        const struct manifest_program *other = &manifest->programs[i];

        for (unsigned k = 0; k < other->device_count; k++) {
            if (other->devices[k].line < device->line && overlap(&other->devices[k], device))
                manifest_complain(manifest, device->line,
                                  "%s 0x%x is given to '%s' already, in line %u",
                                  device->kind == MANIFEST_IRQ ? "irq" : "ioport", device->first,
                                  other->name, other->devices[k].line);
        }
    }
}

/* All that a program finds by name at its start must have different names. */
static void check_device_names(struct manifest *manifest, const struct manifest_program *program)
{
    for (unsigned i = 0; i < program->device_count; i++) {
        for (unsigned k = 0; k < i; k++) {
            if (strcmp(program->devices[i].name, program->devices[k].name) == 0)
                manifest_complain(manifest, program->devices[i].line,
                                  "'%s' has a device '%s' already, in line %u; expected 'as NAME'",
                                  program->name, program->devices[i].name,
                                  program->devices[k].line);
        }
    }
}

static void check_program(struct manifest *manifest, const struct manifest_program *program,
                          const struct services *services, manifest_file_exists *file_exists)
{
    if (!program->has_time)
        manifest_complain(manifest, program->line,
                          "program '%s' has no time, expected a line 'active ...', or 'passive ...'"
                          " with its reserve",
                          program->name);
    if (!file_exists(program->file))
        manifest_complain(manifest, program->line,
                          "the boot archive has no file '%s', expected the program of '%s' there",
                          program->file, program->name);
    for (unsigned i = 0; i < program->device_count; i++)
        check_device(manifest, &program->devices[i]);
    check_device_names(manifest, program);
    check_services(manifest, program, services);
}

/* Mistakes in the order of their lines; those of the whole come last. */
static void sort_mistakes(struct manifest *manifest)
{
    unsigned count = manifest->mistake_count;
    struct manifest_mistake *list = manifest->mistakes;

    if (count > MANIFEST_MISTAKES_MAX)
        count = MANIFEST_MISTAKES_MAX;
    for (unsigned i = 1; i < count; i++) {
        struct manifest_mistake mistake = list[i];
        unsigned k = i;

        for (; k > 0 && list[k - 1].line - 1 > mistake.line - 1; k--)
            list[k] = list[k - 1];
        list[k] = mistake;
    }
}

void manifest_check(struct manifest *manifest, manifest_file_exists *file_exists)
{
    static const char *const needed[] = {"process", "names"};
    static struct services services;

    collect_services(manifest, &services);
    for (unsigned i = 0; i < manifest->program_count; i++)
        check_program(manifest, &manifest->programs[i], &services, file_exists);
    for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (!manifest_find(manifest, needed[i]))
            manifest_complain(manifest, 0, "there is no program '%s', expected a block for it",
                              needed[i]);
    }
    sort_mistakes(manifest);
}
