/*
 * leasepath.c - memory that was lent with a call is read and written by the token of the call: what
 * lease.c does, for own memory of the caller's and a request that nothing is wrong with.
 *
 * Like the other paths it checks everything first, and leaves to the general way what it does not
 * cover. What is copied changes nothing that tells who runs next.
 */

#include <ipc/ipc.h>
#include <mem/copy.h>
#include <myelin/idl/reply_types.h>

#define TAG_READ  TAG(OP_CALL, REPLY_LABEL_LEASE_READ, 4)
#define TAG_WRITE TAG(OP_CALL, REPLY_LABEL_LEASE_WRITE, 4)
#define TAG_DONE  TAG(OP_REPLY, 0, 1)

/* Does the token stand for a call, and is there nothing else that the thread is to go on with? */
FAST bool is_open(const struct thread *self, cap_t handle)
{
    return handle == self->token && thread_token_open(self) && self->slots_mask &&
           !self->lent_progress.via;
}

/* That lease of the call, if it is of the caller's own memory and may be used so, in that part;
   or NULL. */
FAST const struct lease_item *usable(const struct thread *caller, bool write, uint64_t number,
                                     uint64_t offset, uint64_t length)
{
    const struct lease_item *lease = &caller->leases[number % MESSAGE_LEASES_MAX];

    if (number >= caller->lease_count || lease->via)
        return NULL;
    if (!(lease->rights & (write ? CAP_RIGHTS_WRITE : CAP_RIGHTS_READ)))
        return NULL;
    return length <= lease->length && offset <= lease->length - length ? lease : NULL;
}

/* What is to be copied, from the caller's memory or to it; false: it is for the general way. */
FAST bool plan(const struct thread *self, bool write, cap_t handle, uint64_t number,
               uint64_t offset, uint64_t length, uint64_t address, struct copy *copy)
{
    struct vspace *own, *lenders;
    const struct lease_item *lease;
    uint64_t lent;

    if (!is_open(self, handle))
        return false;
    lease = usable(self->caller, write, number, offset, length);
    if (!lease)
        return false;
    own = thread_vspace(self);
    lenders = thread_vspace(self->caller);
    lent = lease->base + offset;
    *copy = write ? (struct copy){own, lenders, address, lent, length}
                  : (struct copy){lenders, own, lent, address, length};
    return true;
}

/* All of it, if that is so little that nothing need be looked up. What a space has seen is the
   user's. */
FAST bool is_done_at_once(const struct thread *self, bool write, cap_t handle, uint64_t number,
                          uint64_t offset, uint64_t length, uint64_t address)
{
    struct copy copy;

    return plan(self, write, handle, number, offset, length, address, &copy) && copy_at_once(&copy);
}

FAST_DOOR void lease_door(FAST_PARAMETERS)
{
    struct thread *self = thread;

    if (tag == TAG_READ && is_done_at_once(self, false, handle, word0, word1, word2, word3))
        ARCH_ANSWER(self, TAG_DONE, word2);
    if (tag == TAG_WRITE && is_done_at_once(self, true, handle, word0, word1, word2, word3))
        ARCH_ANSWER(self, TAG_DONE, word2);
    FAST_TAIL lease_door_long(FAST_ARGUMENTS(handle, token, self, tag));
}

/* False: it is for the general way. */
FAST bool prepare(const struct thread *self, uint64_t tag, cap_t handle, uint64_t number,
                  uint64_t offset, uint64_t length, uint64_t address, struct copy *copy)
{
    bool write = tag == TAG_WRITE;

    if ((!write && tag != TAG_READ) || length > USER_ADDRESS_END ||
        address > USER_ADDRESS_END - length)
        return false;
    return plan(self, write, handle, number, offset, length, address, copy);
}

/* Preempted, it goes on where it stopped; where a page is missing, the general way tells. */
FAST_DOOR void lease_door_long(FAST_PARAMETERS)
{
    struct thread *self = thread;
    struct failure unused;
    struct copy copy;
    enum copy_end end;

    if (!prepare(self, tag, handle, word0, word1, word2, word3, &copy))
        FAST_TAIL arch_enter_general(FAST_ARGUMENTS(handle, token, self, tag));
    SAVE_MESSAGE(&self->context);
    end = copy_between(&copy);
    if (end == COPY_DONE)
        ARCH_ANSWER(self, TAG_DONE, self->context.words[2]);
    lent_keep(self, self->context.words[2] - copy.length);
    if (end == COPY_PREEMPTED)
        ARCH_LEAVE(kernel_system_call_ends(self, RESTART, &unused));
    else
        ARCH_LEAVE(kernel_system_call(cpu_self()));
}
