/*
 * systest-grant.c - MemoryGrants between processes: copied through, unmapped, ended, orphaned.
 */
#include <sys/mman.h>

#include <myelin/idl/vspace_types.h>
#include <myelin/memorygrant.h>

#include "lib/granter.h"
#include "lib/systest.h"

static unsigned char mine[GRANTER_BYTES + PAGE];

static bool is_pattern(const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != relay_byte(i))
            return false;
    return true;
}

TEST(MGRANT_READ, "64 KiB of another process are read into memory that was never touched")
{
    unsigned char *own = mmap(NULL, GRANTER_BYTES + PAGE, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(own != MAP_FAILED);
    CHECK_GOOD(granter_start());
    CHECK_GOOD(grant_read(granter.grant, 0, own + 99, GRANTER_BYTES));
    CHECK(is_pattern(own + 99, GRANTER_BYTES));
    CHECK(!own[98] && !own[99 + GRANTER_BYTES]);
    granter_stop();
    munmap(own, GRANTER_BYTES + PAGE);
}

TEST(MGRANT_WRITE, "64 KiB are written into another process, which finds them in its memory")
{
    word_t sum = 0;

    for (size_t i = 0; i < GRANTER_BYTES; i++)
        sum += mine[i] = (unsigned char)(i * 3 + 1);
    CHECK_GOOD(granter_start());
    CHECK_GOOD(grant_write(granter.grant, 0, mine, GRANTER_BYTES));
    CHECK_GOOD(granter_sees());
    CHECK_IS(granter.sum, sum);
    granter_stop();
}

TEST(MGRANT_BOUNDS, "the last byte is reached, one more is ERANGE")
{
    CHECK_GOOD(granter_start());
    CHECK_GOOD(grant_read(granter.grant, GRANTER_BYTES - 1, mine, 1));
    CHECK_GOOD(grant_read(granter.grant, GRANTER_BYTES, mine, 0));
    CHECK_REFUSED(grant_read(granter.grant, GRANTER_BYTES - 1, mine, 2), ERANGE, ARGUMENT_WORD(0));
    CHECK_REFUSED(grant_write(granter.grant, GRANTER_BYTES, mine, 1), ERANGE, ARGUMENT_WORD(0));
    granter_stop();
}

TEST(MGRANT_PART, "a part with fewer rights is derived, reaches no further, and does no more")
{
    cap_t part;
    struct grant_info info;

    CHECK_GOOD(granter_start());
    CHECK_GOOD(cap_derive_range(granter.grant, CAP_RIGHTS_READ, 1000, 10, &part));
    CHECK_GOOD(grant_inspect(part, &info));
    CHECK_IS(info.length, 10);
    CHECK_IS(info.rights, CAP_RIGHTS_READ);
    CHECK_GOOD(grant_read(part, 0, mine, 10));
    CHECK(mine[0] == relay_byte(1000) && mine[9] == relay_byte(1009));
    CHECK_ERROR(grant_read(part, 0, mine, 11), ERANGE);
    CHECK_REFUSED(grant_write(part, 0, mine, 1), EPERM, ARGUMENT_HANDLE);
    CHECK_ERROR(cap_derive_range(part, CAP_RIGHTS_READ, 1, 10, &part), ERANGE);
    granter_stop();
}

TEST(MGRANT_UNMAPPED, "memory that the granter unmaps is EFAULT, with the bytes before it")
{
    CHECK_GOOD(granter_start());
    CHECK_GOOD(granter_unmap(granter.front));
    CHECK_GOOD(grant_read(granter.grant, 0, mine, PAGE));
    CHECK_REFUSED(grant_read(granter.grant, 10, mine, PAGE), EFAULT, ARGUMENT_PARTNER);
    CHECK_IS(ipc_error_detail()->found, PAGE - 10);
    granter_stop();
}

TEST(MGRANT_ENDED, "a grant that its granter has ended is ESTALE to whoever has a copy or a part")
{
    cap_t part, kept;

    CHECK_GOOD(granter_start());
    kept = granter.grant;
    CHECK_GOOD(cap_derive_range(kept, CAP_RIGHTS_READ, 0, 10, &part));
    CHECK_GOOD(granter_end(granter.front));
    CHECK_ERROR(grant_read(kept, 0, mine, 1), ESTALE);
    CHECK_ERROR(grant_read(part, 0, mine, 1), ESTALE);
    granter_stop();
}

TEST(MGRANT_ORPHANED, "a grant dies with its granter, and leaves no slot in use")
{
    uint64_t slots, before, after;
    cap_t part;

    CHECK_GOOD(granter_start());
    CHECK_GOOD(cspace_statistics(cspace_self(), &slots, &before));
    CHECK_GOOD(cap_derive_range(granter.grant, CAP_RIGHTS_READ, 0, 10, &part));
    CHECK_GOOD(process_kill(granter.process));
    CHECK_ERROR(grant_read(granter.grant, 0, mine, 1), ESTALE);
    CHECK_ERROR(grant_write(part, 0, mine, 1), ESTALE);
    CHECK_GOOD(cspace_statistics(cspace_self(), &slots, &after));
    CHECK_IS(after, before - 1); /* and the one that `before` had counted is free again, too */
    granter_stop();
}

TEST(MGRANT_RIGHT, "without Grant on the VSpace nothing is granted: EPERM")
{
    struct message message;

    message_begin(&message, VSPACE_LABEL_GRANT);
    message_put(&message, (word_t)mine);
    message_put(&message, 1);
    message_put(&message, CAP_RIGHTS_READ);
    message.accept = 1;
    CHECK_REFUSED(message_invoke(with_rights(startup_cap("vspace"), CAP_RIGHTS_WRITE), &message),
                  EPERM, ARGUMENT_HANDLE);
}

TEST(MGRANT_NO_SLOT, "a granter that takes no capability in answer is told so: ENOSPC")
{
    struct message message;

    message_begin(&message, VSPACE_LABEL_GRANT);
    message_put(&message, (word_t)mine);
    message_put(&message, 1);
    message_put(&message, CAP_RIGHTS_READ);
    CHECK_REFUSED(message_invoke(startup_cap("vspace"), &message), ENOSPC, ARGUMENT_TAG);
}

TEST(MGRANT_UNTOUCHED, "what a granter never touched is EFAULT at once: nobody waits for its pager")
{
    unsigned char *fresh =
        mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cap_t grant;

    CHECK(fresh != MAP_FAILED);
    fresh[0] = 7;
    CHECK_GOOD(granter_grant_untouched(fresh, 2 * PAGE, CAP_RIGHTS_READ, &grant));
    CHECK_REFUSED(grant_read(grant, 0, mine, 2 * PAGE), EFAULT, ARGUMENT_PARTNER);
    CHECK_IS(ipc_error_detail()->found, PAGE);
    CHECK_IS(mine[0], 7);
    grant_touch(fresh, 2 * PAGE, CAP_RIGHTS_READ);
    CHECK_GOOD(grant_read(grant, 0, mine, 2 * PAGE));
    CHECK_GOOD(grant_end(grant));
    munmap(fresh, 2 * PAGE);
}

SUITE
