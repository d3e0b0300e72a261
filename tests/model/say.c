/* say.c - what is done, in words, for whoever reads a program that failed. */

#include <inttypes.h>
#include <stdio.h>

#include "mirror.h"
#include "recipes.h"

bool saying;

static unsigned line;

static const char *const types[OBJECT_TYPES] = {
    "nothing", "Untyped",    "CSpace",       "VSpace",  "Frame",   "Thread", "SchedContext",
    "Cpu",     "Endpoint",   "Notification", "Channel", "WaitSet", "Reply",  "MemoryGrant",
    "Irq",     "IrqControl", "IoPort",       "Trace",   "IoSpace"};

const char *method_name(uint32_t label)
{
    for (unsigned i = 0; i < recipe_count; i++)
        if (recipes[i].label == label)
            return recipes[i].name;
    return "an unknown method";
}

/* A handle: what it means in the space of who runs, and its index and generation. */
static void say_handle(uint64_t handle)
{
    int cap;

    find_cap(thread_space(model.running), handle, OBJECT_NONE, 0, 0, &cap);
    printf("%s", cap == NONE ? "a void handle" : types[cap_of(cap)->type]);
    if (cap != NONE && cap_of(cap)->object != NONE)
        printf(" \"%.16s\"", object_at(cap_of(cap)->object)->name);
    printf(" [%" PRIu64 ".%" PRIu64 "]", (uint64_t)(handle & CAP_INDEX_MASK),
           handle >> CAP_INDEX_BITS);
}

static void say_caps(const struct deed *deed)
{
    static const char *const hows[] = {"copied", "moved", "derived"};

    for (unsigned i = 0; i < tag_caps(deed->now.tag) && i < MESSAGE_CAPS_MAX; i++) {
        uint64_t how = deed->caps[i].how;

        printf(i ? ", " : " with ");
        say_handle(deed->caps[i].cap);
        printf(" %s", how >> 32 < 3 ? hows[how >> 32] : "oddly");
        if (how >> 32 == 2)
            printf(" (rights %" PRIx64 ")", how & 0xffffffff);
    }
}

static void say_words(const struct deed *deed)
{
    for (unsigned i = 0; i < tag_words(deed->now.tag) && i < MESSAGE_REGISTER_WORDS; i++)
        printf("%s%" PRIx64, i ? " " : " (", deed->now.word[i]);
    printf(tag_words(deed->now.tag) ? ")" : "");
}

void say_deed(const struct deed *deed)
{
    static const char *const operations[8] = {"does nothing",  "sends to",
                                              "receives from", "calls",
                                              "answers",       "answers and receives from",
                                              "notifies",      "does something unknown to"};
    unsigned operation = tag_operation(deed->now.tag);

    if (!saying)
        return;
    printf("%3u %.16s %s ", ++line, object_at(model.running)->name,
           operations[operation < 7 ? operation : 7]);
    say_handle(deed->now.handle);
    if (operation == OP_CALL)
        printf(" %s", method_name(tag_label(deed->now.tag)));
    say_words(deed);
    say_caps(deed);
    printf(" tag %" PRIx64, deed->now.tag & 0xffffffff);
}

void say_event(const char *what, uint64_t number)
{
    if (saying)
        printf("%3u %s %" PRIx64, ++line, what, number);
}

void say_again(void)
{
    if (saying)
        printf("%3u %.16s makes its system call again", ++line, object_at(model.running)->name);
}

/* What the threads are at, after what was done. */
void say_outcome(void)
{
    static const char *const states[] = {"inactive", "runs",   "sends",     "calls",   "receives",
                                         "waits",    "awaits", "suspended", "stopped", "exited"};

    for (int i = 0; saying && i < model.object_count; i++) {
        const struct model_thread *t = &object_at(i)->thread;

        if (object_at(i)->type != OBJECT_THREAD || t->state == THREAD_INACTIVE)
            continue;
        printf("%s %.16s %s", i == model.running ? "\n    *" : ",", object_at(i)->name,
               t->suspended ? "suspended" : states[t->state]);
        if (t->state == THREAD_RUNNING)
            printf(" %" PRIu64, t->now.status);
    }
    if (saying)
        printf("\n");
    fflush(stdout);
}
