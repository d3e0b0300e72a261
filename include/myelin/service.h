/*
 * service.h - publish a service, find one, run one.
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

/*
 * What a server does with one request. The answer is written into the same message:
 * message_begin(message, error), then message_put... - a handler that does not even begin one
 * sends the request's words back. To answer later it takes message->reply by cap_reply_save and
 * sets message->reply to CAP_NULL. Bits of a bound notification come here, too: `notified`, and
 * if they came alone, origin ORIGIN_NONE.
 */
typedef void service_handler(struct message *message);

/*
 * A server's whole life: receives from `endpoint`, has the handler answer, and again. Takes no
 * capabilities from clients. CONNECTION_LABEL_CONNECT is answered here: badges 1, 2, 3 ... in the
 * order of connection. Returns only when receiving fails: the endpoint is gone, or the thread was
 * cancelled. A server that needs more writes this loop of five lines itself (lib/myelin/service.c).
 */
error_t service_run(cap_t endpoint, service_handler *handler);

/* Makes *message, a request CONNECTION_LABEL_CONNECT, its answer: a capability to `endpoint` with
   Call and Grant and with `badge`. If the client takes none, or there is no slot, the answer says
   so. */
void service_answer_connect(cap_t endpoint, uint64_t badge, struct message *message);
