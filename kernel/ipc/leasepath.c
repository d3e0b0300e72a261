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

/* What is to be copied, from the caller's memory or to it, of which it is that part. */
FAST struct copy plan(const struct thread *self, bool write, uint64_t lent, uint64_t length,
                      uint64_t address)
{
    struct vspace *own = thread_vspace(self), *lenders = thread_vspace(self->caller);

    return write ? (struct copy){own, lenders, address, lent, length}
                 : (struct copy){lenders, own, lent, address, length};
}

/* The same, if the lease is good for it; false: it is for the general way. */
FAST bool prepare(const struct thread *self, bool write, cap_t handle, uint64_t number,
                  uint64_t offset, uint64_t length, uint64_t address, struct copy *copy)
{
    const struct lease_item *lease;

    if (!is_open(self, handle))
        return false;
    lease = usable(self->caller, write, number, offset, length);
    if (lease)
        *copy = plan(self, write, lease->base + offset, length, address);
    return lease;
}

/* All of it at once, if that is so little that nothing need be looked up: what a space has seen is
   the user's. Or with more to do, to which goes where it is in the caller's memory. */
FAST_DOOR void lease_door(FAST_PARAMETERS)
{
    struct thread *self = thread;
    struct copy copy;

    if (tag == TAG_READ && prepare(self, false, handle, word0, word1, word2, word3, &copy)) {
        if (copy_at_once(&copy))
            ARCH_ANSWER(self, TAG_DONE, word2);
        FAST_TAIL lease_door_long(FAST_ARGUMENTS(handle, copy.from_address, self, tag));
    }
    if (tag == TAG_WRITE && prepare(self, true, handle, word0, word1, word2, word3, &copy)) {
        if (copy_at_once(&copy))
            ARCH_ANSWER(self, TAG_DONE, word2);
        FAST_TAIL lease_door_long(FAST_ARGUMENTS(handle, copy.to_address, self, tag));
    }
    FAST_TAIL arch_enter_general(FAST_ARGUMENTS(handle, 0, self, tag));
}

/* Preempted, it goes on where it stopped; where a page is missing, the general way tells. */
FAST_DOOR void lease_door_long(FAST_PARAMETERS)
{
    struct thread *self = thread;
    struct failure unused;
    struct copy copy;
    enum copy_end end;

    if (word3 > USER_ADDRESS_END - word2) /* no lease is longer than that */
        FAST_TAIL arch_enter_general(FAST_ARGUMENTS(handle, 0, self, tag));
    copy = plan(self, tag == TAG_WRITE, token, word2, word3);
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
