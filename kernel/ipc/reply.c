/*
 * reply.c - the one answer to a call. The server holds a token, good once and only in the thread
 * that received the call, or a Reply capability, which can be kept and moved. Whatever becomes
 * of either, the caller gets exactly one answer or one error.
 */

#include <ipc/ipc.h>
#include <myelin/idl/thread_types.h>

static const struct failure dropped = {.error = EPIPE, .argument = ARGUMENT_PARTNER};

static void fill_reply_slot(struct slot *slot, struct thread *caller)
{
    slot->type = OBJECT_REPLY;
    slot->rights = CAP_RIGHTS_ALL;
    slot->object = (uint64_t)caller;
    slot->data = 0;
    slot->owner = 0;
    tree_insert(slot, NULL);
    caller->reply = slot;
}

/* The server runs on its caller's time until the answer, or until it receives again. */
void reply_give(struct thread *receiver, struct thread *caller, bool want_reply)
{
    caller->state = THREAD_WAITS_REPLY;
    caller->server = receiver;
    receiver->caller = caller;
    if (want_reply) {
        struct slot *slot = cspace_take(thread_cspace(receiver));

        fill_reply_slot(slot, caller);
        receiver->context.token = slot->handle;
        return;
    }
    receiver->token += TOKEN_STEP;
    receiver->context.token = receiver->token;
}

error_t reply_check_token(const struct thread *thread, uint64_t token, uint64_t argument,
                          struct failure *failure)
{
    if (!reply_is_token(token))
        return fail(failure, EBADF, argument, CAP_TOKEN_INDEX, token);
    if (token != thread->token || !thread_token_open(thread))
        return fail(failure, ESTALE, argument, thread->token,
                    token == thread->void_token ? (uint64_t)thread->void_reason : SUCCESS);
    return SUCCESS;
}

void reply_save(struct thread *thread, struct slot *slot)
{
    fill_reply_slot(slot, thread->caller);
}

/* The caller is answered: from here on nothing links it to whoever served it. */
static void unlink_caller(struct thread *caller)
{
    struct thread *server = caller->server;

    caller->lease_count = 0;
    caller->server = NULL;
    if (caller->reply) {
        caller->reply->object = 0;
        caller->reply = NULL;
    }
    if (server)
        server->caller = server->fast_caller = NULL;
}

/* Of who takes too few anyway it is not asked: the fast path, whose callers take none, does not
   note whether they have Grant. */
static bool may_carry(const struct thread *replier, const struct thread *caller)
{
    return caller->grant || tag_accept(caller->context.tag) < replier->pending_count;
}

static error_t answer(struct thread *replier, struct thread *caller, struct failure *failure)
{
    struct thread *server = caller->server;
    error_t error = SUCCESS;

    if (!caller->faulting) /* an answer to a fault carries nothing: the thread just goes on */
        error = message_check(replier, caller, may_carry(replier, caller), ARGUMENT_TOKEN, failure);
    if (error)
        return error;

    /* Commit. */
    if (caller->faulting)
        caller->faulting = false;
    else
        message_deliver(replier, caller, 0);
    unlink_caller(caller);
    thread_wake(caller);
    if (server && (server != replier || tag_operation(replier->context.tag) == OP_REPLY))
        chain_changed(server); /* it goes on, but no longer on this caller's time */
    return SUCCESS;
}

/* Through a Reply capability: it is gone with the answer. */
static error_t answer_saved(struct thread *replier, uint64_t handle, struct failure *failure)
{
    struct slot *slot =
        cspace_lookup(thread_cspace(replier), handle, OBJECT_REPLY, 0, ARGUMENT_TOKEN, failure);
    error_t error;

    if (!slot)
        return failure->error;
    if (!slot->object)
        return fail(failure, ESTALE, ARGUMENT_TOKEN, 0, slot->data);
    for (unsigned i = 0; i < replier->pending_count; i++)
        if (replier->pending[i].cap == handle) /* it is gone with the answer, so not in it */
            return fail(failure, EINVAL, ARGUMENT_CAP(i), OBJECT_NONE, OBJECT_REPLY);
    error = answer(replier, slot_object(slot), failure);
    if (error)
        return error;
    slot->type = OBJECT_NONE; /* it has no relatives in the tree of capabilities */
    slot_release(slot);
    return SUCCESS;
}

error_t reply_send(struct thread *replier, uint64_t token, struct failure *failure)
{
    error_t error;

    message_prepare(replier);
    if (!reply_is_token(token))
        return answer_saved(replier, token, failure);
    error = reply_check_token(replier, token, ARGUMENT_TOKEN, failure);
    return error ? error : answer(replier, replier->caller, failure);
}

void reply_forget(struct thread *thread)
{
    struct thread *caller = thread->caller;

    if (!caller)
        return;
    if (thread_token_open(thread)) {
        thread_wake_with(caller, &dropped);
        return;
    }
    thread->caller = thread->fast_caller = NULL; /* saved: it waits on, but lends no more time */
    caller->server = NULL;
}

void reply_deleted(struct slot *slot)
{
    struct thread *caller = slot_object(slot);

    if (!caller)
        return;
    caller->reply = NULL;
    thread_wake_with(caller, &dropped);
}

void reply_void(struct slot *slot, error_t reason)
{
    slot->object = 0;
    slot->data = (uint64_t)reason;
}

void reply_moved(struct slot *slot)
{
    struct thread *caller = slot_object(slot);

    if (caller)
        caller->reply = slot;
}
