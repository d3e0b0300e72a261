/*
 * request.c - what clients ask of names. Who a client is says the badge of its capability, which
 * root minted; what it may do, root says with `allow`.
 */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/idl/names_server.h>

#include "table.h"

/* Arguments that a refusal can be about (docs/abi.md). */
#define CALLER         0
#define TITLE          1
#define TITLE_TO_ALLOW 2

/* A slot whose object died is empty, or has another generation by now. */
static bool is_alive(const struct service *service)
{
    struct cap_info info;

    return cap_inspect(CAP_NULL, service->cap & CAP_INDEX_MASK, &info) == SUCCESS &&
           info.cap == service->cap;
}

static void forget(struct service *service)
{
    cap_delete(service->cap);
    names_remove(&names_table, service);
}

/* As names_find; a service found dead is forgotten. */
static struct service *find_alive(const char *name, unsigned kind)
{
    struct service *service = names_find(&names_table, name, kind);

    if (!service || is_alive(service))
        return service;
    forget(service);
    return NULL;
}

static void forget_dead(void)
{
    for (unsigned i = names_table.service_count; i > 0; i--)
        if (!is_alive(&names_table.services[i - 1]))
            forget(&names_table.services[i - 1]);
}

static error_t check_title(struct idl_request *request, const char *title, unsigned argument)
{
    return names_check(title) ? idl_deny(request, EINVAL, argument) : SUCCESS;
}

static void describe(const char *title, cap_t cap, uint64_t how, struct service *service)
{
    bool is_endpoint = how >> 32 == OBJECT_ENDPOINT;

    strcpy(service->name, title);
    service->kind = is_endpoint ? NAMES_ENDPOINT : NAMES_NOTIFICATION;
    service->cap = cap;
    service->rights = (uint32_t)how;
}

error_t names_handle_publish(struct idl_request *request, const char *title, cap_t service,
                             uint64_t service_how)
{
    struct service published;
    error_t error = check_title(request, title, TITLE);

    if (error)
        return error;
    if (!(names_may(&names_table, request->badge, title) & NAMES_MAY_PUBLISH))
        return idl_deny(request, EACCES, TITLE);
    describe(title, service, service_how, &published);
    if (find_alive(title, published.kind))
        return idl_deny(request, EEXIST, TITLE);
    if (names_table.service_count == NAMES_SERVICES_MAX)
        forget_dead();
    return names_add(&names_table, &published);
}

/* What the client may do with it; EACCES: nothing that such a service is for. */
static error_t permission_for(const struct idl_request *request, const char *title,
                              enum names_kind kind, unsigned *may)
{
    unsigned useful =
        kind == NAMES_NOTIFICATION ? NAMES_MAY_NOTIFY : NAMES_MAY_CALL | NAMES_MAY_SEND;

    *may = names_may(&names_table, request->badge, title);
    return *may & useful ? SUCCESS : EACCES;
}

error_t names_handle_lookup(struct idl_request *request, const char *title, enum names_kind kind,
                            cap_t *service, uint64_t *service_how)
{
    const struct service *found;
    uint32_t rights;
    unsigned may;
    error_t error = check_title(request, title, TITLE);

    if (!error)
        error = permission_for(request, title, kind, &may);
    if (error)
        return idl_deny(request, error, TITLE);
    found = find_alive(title, kind);
    if (!found)
        return idl_deny(request, ENOENT, TITLE);
    rights = names_rights(found->kind, found->rights, may);
    if (!rights)
        return idl_deny(request, EPERM, TITLE);
    *service = found->cap;
    *service_how = CAP_DERIVE | rights;
    return SUCCESS;
}

error_t names_handle_list(struct idl_request *request, uint64_t index,
                          char title[OBJECT_NAME_BYTES + 1], enum names_kind *kind)
{
    const struct service *services = names_table.services;

    (void)request;
    while (index < names_table.service_count && !is_alive(&services[index]))
        forget(&names_table.services[index]);
    if (index >= names_table.service_count)
        return ENOENT;
    strcpy(title, services[index].name);
    *kind = services[index].kind;
    return SUCCESS;
}

error_t names_handle_allow(struct idl_request *request, uint64_t client, const char *title,
                           uint32_t permission)
{
    error_t error;

    if (request->badge != NAMES_ROOT)
        return idl_deny(request, EACCES, CALLER);
    error = check_title(request, title, TITLE_TO_ALLOW);
    return error ? error : names_allow(&names_table, client, title, permission);
}
