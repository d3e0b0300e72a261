/*
 * table.c - what names remembers: services, and who may do what with them.
 */
#include "table.h"

#include <myelin/idl/names_types.h>
#include <string.h>

error_t names_check(const char *name)
{
    size_t length = strnlen(name, OBJECT_NAME_BYTES + 1);

    if (length == 0 || length > OBJECT_NAME_BYTES)
        return EINVAL;
    for (size_t i = 0; i < length; i++)
        if (name[i] <= ' ' || name[i] > '~')
            return EINVAL;
    return SUCCESS;
}

struct service *names_find(struct names_table *table, const char *name, unsigned kind)
{
    for (unsigned i = 0; i < table->service_count; i++)
        if (table->services[i].kind == kind && strcmp(table->services[i].name, name) == 0)
            return &table->services[i];
    return NULL;
}

error_t names_add(struct names_table *table, const struct service *service)
{
    if (names_find(table, service->name, service->kind))
        return EEXIST;
    if (table->service_count == NAMES_SERVICES_MAX)
        return ENOSPC;
    table->services[table->service_count++] = *service;
    return SUCCESS;
}

void names_remove(struct names_table *table, struct service *service)
{
    struct service *end = &table->services[table->service_count--];

    memmove(service, service + 1, (size_t)(end - (service + 1)) * sizeof(*service));
}

static struct permission *find_permission(struct names_table *table, uint64_t client,
                                          const char *name)
{
    for (unsigned i = 0; i < table->permission_count; i++) {
        struct permission *permission = &table->permissions[i];

        if (permission->client == client && strcmp(permission->name, name) == 0)
            return permission;
    }
    return NULL;
}

error_t names_allow(struct names_table *table, uint64_t client, const char *name, unsigned may)
{
    struct permission *permission = find_permission(table, client, name);

    if (may == 0) {
        if (permission)
            *permission = table->permissions[--table->permission_count];
        return SUCCESS;
    }
    if (!permission) {
        if (table->permission_count == NAMES_PERMISSIONS_MAX)
            return ENOSPC;
        permission = &table->permissions[table->permission_count++];
        permission->client = client;
        permission->may = 0;
        strcpy(permission->name, name);
    }
    permission->may |= may;
    return SUCCESS;
}

/* Whether a client other than this one may publish `name` by that very name. */
static bool is_reserved(const struct names_table *table, uint64_t client, const char *name)
{
    for (unsigned i = 0; i < table->permission_count; i++) {
        const struct permission *permission = &table->permissions[i];

        if (permission->client != client && permission->may & NAMES_MAY_PUBLISH &&
            strcmp(permission->name, name) == 0)
            return true;
    }
    return false;
}

unsigned names_may(const struct names_table *table, uint64_t client, const char *name)
{
    unsigned own = 0;
    unsigned any = 0;

    if (client == NAMES_ROOT)
        return NAMES_PERMISSIONS;
    for (unsigned i = 0; i < table->permission_count; i++) {
        const struct permission *permission = &table->permissions[i];

        if (permission->client != client)
            continue;
        if (strcmp(permission->name, name) == 0)
            own |= permission->may;
        if (strcmp(permission->name, NAMES_ANY) == 0)
            any |= permission->may;
    }
    if (is_reserved(table, client, name))
        any &= ~(unsigned)NAMES_MAY_PUBLISH;
    return own | any;
}

uint32_t names_rights(unsigned kind, uint32_t rights, unsigned may)
{
    uint32_t use = 0;

    if (kind == NAMES_NOTIFICATION)
        return may & NAMES_MAY_NOTIFY ? rights & CAP_RIGHTS_SEND : 0;
    if (may & NAMES_MAY_CALL)
        use |= rights & CAP_RIGHTS_CALL;
    if (may & NAMES_MAY_SEND)
        use |= rights & CAP_RIGHTS_SEND;
    return use ? use | (rights & CAP_RIGHTS_GRANT) : 0;
}
