/*
 * services.c - what root tells names, and asks it.
 */
#include <string.h>

#include <myelin/clock.h>
#include <myelin/idl/names_types.h>
#include <myelin/ipc.h>
#include <myelin/log.h>
#include <myelin/notification.h>
#include <myelin/service.h>
#include <myelin/startup.h>

#include "root.h"

#define READY_LOOK_NS 1000000ull    /* between two looks */
#define READY_MOST_NS 5000000000ull /* then it is given up */

/* The badges of programs: their place in the manifest, behind root's own. */
uint64_t services_badge(const struct manifest_program *program)
{
    return NAMES_ROOT + 1 + (uint64_t)(program - root.manifest.programs);
}

error_t services_allow(const struct manifest_program *program)
{
    error_t error = SUCCESS;

    for (unsigned i = 0; i < program->permission_count && !error; i++)
        error = service_allow(startup_cap("names"), services_badge(program),
                              program->permissions[i].service, program->permissions[i].permission);
    return error;
}

static bool is_published(const char *service)
{
    char name[OBJECT_NAME_BYTES + 1];
    unsigned kind;

    for (unsigned i = 0; service_list(i, name, &kind) == SUCCESS; i++) {
        if (strcmp(name, service) == 0)
            return true;
    }
    return false;
}

/* The first service that the program is to publish and has not, or NULL. */
static const char *missing_service(const struct manifest_program *program)
{
    for (unsigned i = 0; i < program->permission_count; i++) {
        const struct manifest_permission *permission = &program->permissions[i];

        if (permission->permission == NAMES_MAY_PUBLISH &&
            strcmp(permission->service, MANIFEST_ANY) != 0 && !is_published(permission->service))
            return permission->service;
    }
    return NULL;
}

error_t services_wait(const struct manifest_program *program)
{
    uint64_t end = clock_now() + READY_MOST_NS;
    const char *missing;

    while ((missing = missing_service(program)) != NULL) {
        if (clock_now() >= end) {
            log_line("root: %s has not published '%s' in 5 seconds", program->name, missing);
            return ETIMEDOUT;
        }
        clock_sleep_until(clock_now() + READY_LOOK_NS);
    }
    return SUCCESS;
}
