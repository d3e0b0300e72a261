/*
 * world_space.c - small worlds of spaces: what is put into a capability space and seen there, what
 * an address space is given and lends, and copies through what it has lent.
 */

#include <myelin/idl/cspace_types.h>
#include <myelin/idl/frame_types.h>
#include <myelin/idl/memorygrant_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>

#include "worlds.h"

#define ANY       CAP_RIGHTS_ALL
#define MAPPED    (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)
#define WRITE_RUN (CAP_RIGHTS_WRITE | CAP_RIGHTS_EXECUTE)
#define BAD_HOW   (7ull << 32)
#define MISSING   0x500000000ull /* nothing is mapped there */

static struct actor a, b;
static cap_t bell, gift, frame, young, land, more, begun, a_gift, a_space, a_young, b_space;
static uint64_t at, own;

/* So many free slots are left. */
static void leaves_free(struct actor *who, unsigned slots)
{
    const struct cspace *space = thread_cspace(who->thread);

    while (cspace_has_free(space, slots + 1))
        gives(who, bell, CAP_RIGHTS_SEND);
}

/* ---- spaces: of capabilities that come and go, and of addresses ---- */

static void insert_steps(void)
{
    asks_for(&world.root, "puts a gift there", &a.cspace, CSPACE_LABEL_INSERT, .cap = &gift,
             .how = CAP_DERIVE | CAP_RIGHTS_SEND);
    asks_for(&world.root, "moves the gift there", &a.cspace, CSPACE_LABEL_INSERT, .cap = &gift,
             .how = CAP_MOVE);
    asks_for(&world.root, "puts it there in no known way", &a.cspace, CSPACE_LABEL_INSERT,
             .cap = &gift, .how = BAD_HOW);
    asks_for(&world.root, "moves A's UTCB there", &a.cspace, CSPACE_LABEL_INSERT, .cap = &a.frame,
             .how = CAP_MOVE);
    asks_for(&world.root, "sees what A has", &a.cspace, CSPACE_LABEL_INSPECT)->request.words =
        WORDS(0);
    asks_for(&world.root, "sees what A has last", &a.cspace, CSPACE_LABEL_INSPECT)->request.words =
        WORDS(63);
    asks_for(&world.root, "sees how much A has", &a.cspace, CSPACE_LABEL_STATISTICS);
    asks_for(&a, "deletes the other", &a.self, CSPACE_LABEL_DELETE, .cap = &pick_other);
    asks_for(&a, "compares it", &a.self, CSPACE_LABEL_COMPARE, .cap = &pick_other,
             .second = &a_gift);
}

static void protect_step(const char *what, const cap_t *of, uint64_t rights)
{
    asks_for(&world.root, what, &world.vspace, VSPACE_LABEL_PROTECT, .cap = of)->request.words =
        WORDS(rights);
}

static void mapping_steps(void)
{
    protect_step("has it read only", &frame, CAP_RIGHTS_READ);
    protect_step("has it read and written", &frame, MAPPED);
    protect_step("has it written and run", &frame, WRITE_RUN | CAP_RIGHTS_READ);
    protect_step("has it done nothing with", &frame, 0);
    protect_step("has a UTCB read only", &a.frame, CAP_RIGHTS_READ);
    asks_for(&world.root, "unmaps it", &world.vspace, VSPACE_LABEL_UNMAP, .cap = &frame);
    asks_for(&world.root, "maps it", &young, VSPACE_LABEL_MAP, .cap = &frame)->request.words =
        WORDS(MISSING, CAP_RIGHTS_READ);
    asks_for(&world.root, "looks at it", &frame, FRAME_LABEL_INSPECT);
    asks_for(&world.root, "asks where it is", &frame, FRAME_LABEL_PHYSICAL);
    asks_for(&world.root, "looks at the young space", &young, VSPACE_LABEL_INSPECT);
}

static void giving_steps(void)
{
    static const struct {
        const char *what;
        const cap_t *cap;
    } gifts[] = {{"gives it memory", &land},
                 {"gives it more", &more},
                 {"gives it begun memory", &begun},
                 {"gives it a device", &world.device},
                 {"gives it too much", &world.huge}};

    for (unsigned i = 0; i < sizeof(gifts) / sizeof(gifts[0]); i++)
        asks_for(&world.root, gifts[i].what, &young, VSPACE_LABEL_GIVE, .cap = gifts[i].cap,
                 .how = CAP_MOVE);
    asks_for(&world.root, "uses the memory", &land, UNTYPED_LABEL_RETYPE)->request.words =
        NEW(OBJECT_UNTYPED, PAGE_SIZE_BITS);
    asks_for(&world.root, "looks at the memory", &land, UNTYPED_LABEL_INSPECT);
    asks_for(&world.root, "takes it back", &world.root.self, CSPACE_LABEL_REVOKE, .cap = &land);
    asks_for(&world.root, "ends the young space", &world.root.self, CSPACE_LABEL_DELETE,
             .cap = &young);
}

/* It takes one gift more. */
static void make_young(void)
{
    young = make(OBJECT_VSPACE, 0, "young");
    for (unsigned i = 1; i < VSPACE_GIFTS; i++)
        must_ask(young, VSPACE_LABEL_GIVE, NO_WORDS,
                 CAP_HOW(make(OBJECT_UNTYPED, PAGE_SIZE_BITS, ""), CAP_MOVE));
}

static void make_spaces(void)
{
    a = stranger("A", ACTIVE, 20);
    bell = notification("bell");
    gift = notification("gift");
    frame = mapped_frame(&at);
    make_young();
    land = make(OBJECT_UNTYPED, PAGE_SIZE_BITS + 2, "");
    more = make(OBJECT_UNTYPED, PAGE_SIZE_BITS, "");
    begun = make(OBJECT_UNTYPED, PAGE_SIZE_BITS + 1, "");
    make_from(begun, OBJECT_NOTIFICATION, 0, "");
    a_gift = gives(&a, gift, CAP_RIGHTS_SEND);
    leaves_free(&a, 2);
    takes_part(&a);
    insert_steps();
    mapping_steps();
    giving_steps();
    takes_part(&world.root);
}

const struct small_world world_spaces = {
    "spaces",
    "WORLD-16: capabilities are put into spaces, memory is given and mapped, and both are seen",
    make_spaces,
    0,
    true,
    16,
    1};

/* ---- grants: memory that outlives a call, copied through while its pages go ---- */

static void granting_steps(void)
{
    static const struct {
        const char *what;
        uint64_t address, length, rights;
    } grants[] = {{"grants two pages", 0, 2 * PAGE_BYTES, MAPPED},
                  {"grants them to be read", 0, 2 * PAGE_BYTES, CAP_RIGHTS_READ},
                  {"grants nothing", 0, 0, MAPPED},
                  {"grants what is not its own", USER_ADDRESS_END, 1, MAPPED}};

    takes_part(&a);
    for (unsigned i = 0; i < sizeof(grants) / sizeof(grants[0]); i++)
        asks_for(&a, grants[i].what, &a_space, VSPACE_LABEL_GRANT)->request.words =
            WORDS(grants[i].address ? grants[i].address : at, grants[i].length, grants[i].rights);
    asks_for(&a, "asks where that is", &a_space, VSPACE_LABEL_LOCATE, .cap = &pick_other);
    asks_for(&a, "asks another space", &a_young, VSPACE_LABEL_LOCATE, .cap = &pick_other);
    asks_for(&a, "takes back a part", &a.self, CSPACE_LABEL_DERIVE, .cap = &pick_other)
        ->request.words = WORDS(CAP_RIGHTS_READ, 100, 6000);
    asks_for(&a, "takes all back", &a.self, CSPACE_LABEL_REVOKE, .cap = &a_space);
    asks_for(&a, "deletes it", &a.self, CSPACE_LABEL_DELETE, .cap = &pick_other);
    asks_for(&a, "gives it to B", &b_space, CSPACE_LABEL_INSERT, .cap = &pick_other,
             .how = CAP_MOVE);
}

static void copy_step(const char *what, uint32_t method, uint64_t offset)
{
    asks_for(&b, what, &pick_other, method)->request.words = WORDS(offset, 5000, own);
}

static void copying_steps(void)
{
    takes_part(&b);
    copy_step("reads", MEMORYGRANT_LABEL_READ, 0);
    copy_step("reads too far", MEMORYGRANT_LABEL_READ, 2 * PAGE_BYTES - 1);
    copy_step("writes", MEMORYGRANT_LABEL_WRITE, 1000);
    copy_step("writes too far", MEMORYGRANT_LABEL_WRITE, 2 * PAGE_BYTES - 1);
    asks_for(&b, "looks at it", &pick_other, MEMORYGRANT_LABEL_INSPECT);
    asks_for(&b, "deletes what came", &b.self, CSPACE_LABEL_DELETE, .cap = &pick_other);
}

static void make_grants(void)
{
    uint64_t second;

    a = stranger("A", ACTIVE, 20);
    b = stranger("B", ACTIVE, 30);
    bell = notification("bell");
    mapped_frame(&at);
    frame = mapped_frame(&second);
    mapped_frame(&own);
    mapped_frame(&second);
    young = make(OBJECT_VSPACE, 0, "young");
    a_space = gives(&a, world.vspace, ANY);
    a_young = gives(&a, young, ANY);
    b_space = gives(&a, b.cspace, ANY);
    leaves_free(&a, 2);
    leaves_free(&b, 1);
    granting_steps();
    copying_steps();
    asks_for(&world.root, "unmaps a page", &world.vspace, VSPACE_LABEL_UNMAP, .cap = &frame);
    asks_for(&world.root, "maps it again", &world.vspace, VSPACE_LABEL_MAP, .cap = &frame)
        ->request.words = WORDS(at + PAGE_BYTES, MAPPED);
    asks_for(&world.root, "has it read only", &world.vspace, VSPACE_LABEL_PROTECT, .cap = &frame)
        ->request.words = WORDS(CAP_RIGHTS_READ);
    asks_for(&world.root, "cancels B", &b.cap, THREAD_LABEL_CANCEL);
    takes_part(&world.root);
}

const struct small_world world_grants = {
    "grants",
    "WORLD-17: granted memory is copied through, while it is taken back and its pages go",
    make_grants,
    0,
    true,
    16,
    1};
