/*
 * service.h - publish a service, and find one.
 *
 * Finding is two calls: one to `names`, which answers with a capability to the service that can
 * ask for a connection, and one to the service itself (CONNECTION_LABEL_CONNECT), which answers
 * with the capability made for this client. A service that never answers delays its own clients
 * only. All of them use the startup capability "names"; ENOENT if there is none.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/ipc.h>

/* Makes `cap`, an Endpoint or Notification, known as `name`. EACCES, EEXIST. */
error_t service_publish(const char *name, cap_t cap);
/* What names has under `name`: an endpoint to connect to. ENOENT, EACCES. */
error_t service_lookup(const char *name, cap_t *connect);
/* A notification published as `name`, with Send. */
error_t service_lookup_notification(const char *name, cap_t *notification);
/* Looks `name` up and connects. The caller owns *session. */
error_t service_connect(const char *name, cap_t *session);
/* Entry `index` (0..) of names' list; `name` holds OBJECT_NAME_BYTES + 1. ENOENT past the last. */
error_t service_list(unsigned index, char *name, unsigned *kind);
/* Root only, by its own capability to names: what the client of that badge may do with `name`:
   NAMES_MAY_... */
error_t service_allow(cap_t names, uint64_t client, const char *name, unsigned permission);

/* Makes *message, a request of the interface `connection`, its answer: a capability to `endpoint`
   with Call and Grant and with `badge`. If the client takes none, or there is no slot, the answer
   says so. The dispatcher of a service calls it. */
void service_answer_connect(cap_t endpoint, uint64_t badge, struct message *message);
