/*
 * membrane.c - stands in for address spaces and frames: runs a program with the kernel's own
 * objects, then the same program inside a membrane, which counts what is called and forwards it.
 *
 * membrane [PROGRAM]: another program than membrane-client.
 *
 * A stand-in is the membrane's endpoint with a badge: which object it speaks for. One that comes
 * back as an argument is known by cspace_compare: nobody else can mint a badge on that endpoint.
 */
#include <inttypes.h>

#include <myelin/endpoint.h>
#include <myelin/idl/frame_server.h>
#include <myelin/idl/membrane_server.h>
#include <myelin/idl/vspace_server.h>
#include <myelin/notification.h>
#include <myelin/thread.h>

#include "membrane.h"

#define STAND_INS   16 /* their badges: 1 to 16 */
#define ENTER_BADGE 0x100
#define ENDED       1ull /* the client has ended */

/* What stands in for what. A frame has one mapping for each capability to it, so the membrane has
   one for each space in which it is mapped. */
struct stand_in {
    uint32_t type; /* OBJECT_NONE: free */
    cap_t object;
    cap_t mapped[STAND_INS]; /* frames: by the number of the space, or CAP_NULL */
};

static struct stand_in stand_ins[STAND_INS];
static cap_t endpoint;

static struct stand_in *of_badge(uint64_t badge)
{
    return &stand_ins[badge - 1];
}

/* The real error, and which argument it is about: numbers are the same on both sides. */
static error_t forwarded(struct idl_request *request, error_t error)
{
    return error ? idl_deny(request, error, ipc_error_detail()->argument) : SUCCESS;
}

/* ---- entering ---- */

error_t membrane_handle_enter(struct idl_request *request, cap_t object, uint64_t object_how,
                              cap_t *stand_in)
{
    unsigned n = 0;
    error_t error;

    while (n < STAND_INS && stand_ins[n].type)
        n++;
    if (n == STAND_INS)
        return idl_deny(request, ENOSPC, ARGUMENT_CAP(0));
    error = endpoint_mint(endpoint, n + 1, stand_in);
    if (!error)
        stand_ins[n] = (struct stand_in){.type = object_how >> 32, .object = object};
    return error;
}

/* ---- frames ---- */

error_t frame_handle_physical(struct idl_request *request, uint64_t *address, uint64_t *size)
{
    return forwarded(request, frame_physical(of_badge(request->badge)->object, address, size));
}

error_t frame_handle_inspect(struct idl_request *request, struct frame_info *info)
{
    const struct stand_in *frame = of_badge(request->badge);
    error_t error = frame_inspect(frame->object, info);

    for (unsigned i = 0; !error && !info->address && i < STAND_INS; i++)
        if (frame->mapped[i])
            error = frame_inspect(frame->mapped[i], info);
    return forwarded(request, error);
}

/* ---- spaces ---- */

/* The frame that the argument stands in for; NULL: it is no stand-in of ours. */
static struct stand_in *exchange(cap_t argument)
{
    bool ours;
    uint64_t badge;
    error_t error = cspace_compare(cspace_self(), argument, endpoint, &ours, &badge);

    if (error || !ours || badge - 1 >= STAND_INS || of_badge(badge)->type != OBJECT_FRAME)
        return NULL;
    return of_badge(badge);
}

/* The real capability by which the frame is mapped in the space. */
static error_t find_mapped(struct idl_request *request, cap_t argument, cap_t **mapped)
{
    struct stand_in *frame = exchange(argument);

    if (!frame)
        return idl_deny(request, EINVAL, ARGUMENT_CAP(0));
    *mapped = &frame->mapped[request->badge - 1];
    if (**mapped)
        return SUCCESS;
    return forwarded(request, cap_derive(frame->object, CAP_RIGHTS_ALL, *mapped));
}

/* The argument has done its work; after an error the dispatcher deletes it. */
static error_t done(struct idl_request *request, cap_t argument, error_t error)
{
    if (!error)
        cap_delete(argument);
    return forwarded(request, error);
}

error_t vspace_handle_give(struct idl_request *request, cap_t memory)
{
    return forwarded(request, vspace_give(of_badge(request->badge)->object, memory));
}

error_t vspace_handle_map(struct idl_request *request, uint64_t address, uint64_t rights,
                          cap_t frame)
{
    cap_t *mapped;
    error_t error = find_mapped(request, frame, &mapped);

    if (error)
        return error;
    return done(request, frame,
                vspace_map(of_badge(request->badge)->object, address, rights, *mapped));
}

error_t vspace_handle_unmap(struct idl_request *request, cap_t frame)
{
    cap_t *mapped;
    error_t error = find_mapped(request, frame, &mapped);

    if (error)
        return error;
    return done(request, frame, vspace_unmap(of_badge(request->badge)->object, *mapped));
}

error_t vspace_handle_protect(struct idl_request *request, uint64_t rights, cap_t frame)
{
    cap_t *mapped;
    error_t error = find_mapped(request, frame, &mapped);

    if (error)
        return error;
    return done(request, frame, vspace_protect(of_badge(request->badge)->object, rights, *mapped));
}

error_t vspace_handle_inspect(struct idl_request *request, struct vspace_info *info)
{
    return forwarded(request, vspace_inspect(of_badge(request->badge)->object, info));
}

/* A grant is for copying through: nothing is mapped that would have to be counted. */
error_t vspace_handle_grant(struct idl_request *request, uint64_t address, uint64_t length,
                            uint64_t rights, cap_t *granted)
{
    cap_t space = of_badge(request->badge)->object;

    return forwarded(request, vspace_grant(space, address, length, rights, granted));
}

error_t vspace_handle_locate(struct idl_request *request, cap_t grant, uint64_t *address)
{
    return done(request, grant, vspace_locate(of_badge(request->badge)->object, grant, address));
}

/* ---- the membrane itself ---- */

/* The badge says what was called, and so of which interface the message is. */
static void dispatch(struct message *message)
{
    if (message->badge == ENTER_BADGE)
        membrane_dispatch(message);
    else if (of_badge(message->badge)->type == OBJECT_FRAME)
        frame_dispatch(message);
    else
        vspace_dispatch(message);
}

/* Until bits of the bound notification come. */
static void serve(void)
{
    static struct message message;

    do {
        message.accept = 1;
        must("receiving", message_reply_receive(endpoint, &message));
        if (message.origin != ORIGIN_NONE)
            dispatch(&message);
    } while (!(message.notified & ENDED));
    if (message.reply)
        message_reply(&message);
}

static void print_counts(const struct idl_interface *interface)
{
    for (unsigned i = 0; i < interface->method_count; i++)
        if (*interface->methods[i].counters)
            printf("  %s.%s %" PRIu64 "\n", interface->name, interface->methods[i].name,
                   *interface->methods[i].counters);
}

static void run_outside(const char *program)
{
    struct process_status status;
    cap_t client = start_inside(program, CAP_NULL, CAP_NULL);

    must("waiting", process_wait(client, &status));
    process_release(client);
}

static void run_inside(const char *program)
{
    cap_t enter, bell, bits, client;

    must("an endpoint", endpoint_create("membrane", UNTYPED_ENDPOINT_CALL_ONLY, &endpoint));
    must("its client's", endpoint_mint(endpoint, ENTER_BADGE, &enter));
    must("a notification", notification_create("ended", &bell));
    must("its bits", notification_mint(bell, ENDED, &bits));
    must("binding", thread_bind_notification(thread_self(), bell));
    client = start_inside(program, enter, CAP_NULL);
    must("watching", process_watch(client, bits));
    serve();
    process_release(client);
}

int main(int count, char **arguments)
{
    const char *program = count > 1 ? arguments[1] : "/bin/membrane-client";

    puts("with the kernel's own objects:");
    fflush(stdout);
    run_outside(program);
    puts("inside the membrane:");
    fflush(stdout);
    run_inside(program);
    puts("what was called:");
    print_counts(&vspace_interface);
    print_counts(&frame_interface);
    return 0;
}
