/*
 * meetings.h - what threads of the model meet at, and what goes over there: a part of model.h,
 * which includes it where its types are known.
 */
#pragma once

/* ---- endpoints.c ---- */

/* What a message is sent by. */
struct way {
    int endpoint;
    uint64_t badge;
    bool call, grant, now;
};

struct answer endpoint_sends(int sender, const struct way *way);
struct answer endpoint_receives(int receiver, int endpoint, bool now);
/* What is there for the receiver, callers or messages of the channel: it has it, or an error.
   EAGAIN: there is nothing for it. */
struct answer endpoint_gives(int receiver, int endpoint);
/* The endpoint that a closed receive names, or NONE. */
struct answer find_expected(int receiver, int *expected);
/* The receiver begins to wait there, at an Endpoint or a WaitSet; or may not. */
struct answer wait_to_receive(int receiver, int at, bool now, int expected);
void endpoint_ends(int endpoint);
/* Its bound thread ends: who waits there gets EPIPE. */
void endpoint_loses_thread(int endpoint);
struct answer check_bind(int endpoint, int thread);
/* Would that thread, being the one who receives from there, close a circle with who waits there? */
error_t check_bound_circle(int source, int thread);
/* Who waits for what comes from that thread gets EPIPE. */
void dismiss_expecters(int endpoint);
/* The thread's fault is a call to its handler. */
void fault_calls(int thread, const struct fault_words *fault);
/* The thread that receives there and that waiters help; or NONE. */
int server_of(int object);
bool is_orphaned(int source);
/* By what it is waited for there: the endpoint that a channel is attached to, or the object. */
int place_of(int object);
/* The most urgent of those who wait to send or to call there, or for room; NONE. */
int first_waiter(int source);
/* Behind its equals. */
void queue_add(struct list *queue, int thread);

/* ---- replies.c ---- */

bool is_token(uint64_t handle);
struct answer check_token(int thread, uint64_t token, uint64_t argument);
/* The server has taken the call. */
void call_begins(int server, int caller, bool want_reply);
struct answer answer_call(int server);
/* The thread is about to receive. */
void call_forgotten(int server);
/* A Reply for the open token, in no place yet. */
int reply_for_token(int server);
void reply_ends(int cap);
/* The call will not be answered, for that reason. */
void call_ends(int caller, error_t reason);

/* ---- channels.c ---- */

void channel_begins(int channel, uint64_t size);
void channel_ends(int channel);
void channel_loses(int channel, int place);
int channel_holds(int channel);
int endpoint_of_channel(int channel);
/* Its oldest message is taken; EAGAIN: there is none. */
struct answer channel_gives(int channel, int receiver);
struct answer channel_takes(int sender, int channel, const struct way *way);
struct answer channel_receives(int receiver, int channel, bool now);
extern const struct method channel_methods[];

/* ---- copies.c: what lies in memory, and is copied by the kernel ---- */

/* The byte there, and what follows it in the same page. */
uint8_t *memory_at(uint64_t physical);
void memory_clear(uint64_t physical, uint64_t bytes);
/* The same by address, for who has that right; NULL: it is missing. */
uint8_t *memory_mapped(int vspace, uint64_t address, unsigned right);

/* A range of a space that another may copy from or to. */
struct model_lent {
    int vspace;
    uint64_t base, length;
};

/* What is asked of it; `word` says which word of the call `offset` is. */
struct lent_use {
    uint64_t offset, length, address;
    unsigned word;
    bool write;
};

/* Reads where the thread's buffer lies, once, if its system call has one. */
struct answer buffer_read(int thread);
/* The sender's buffer is copied to the receiver's, as far as both go. EAGAIN: a page of the
   sender's was missing, and it will send again. */
struct answer buffer_goes(int from, int to);
/* Both learn how long it was; what the receiver's tag says of it. */
uint64_t buffers_told(int from, int to);

/* ---- leases.c ---- */

/* Reads and checks what the caller lends, once, when it calls. */
struct answer leases_read(int caller);
void leases_go(int caller, int server);
/* All of a lease of the Reply that is called, to be used so. */
struct answer find_lease(const struct call *call, uint64_t number, unsigned right,
                         struct model_lent *lent);

/* ---- bells.c: Notifications ---- */

uint64_t bell_takes(int bell, int thread);
/* Its bits, and nothing else, are in the thread's registers. */
void bell_gives(int bell, int thread);
/* Bits are set, by somebody so urgent. */
void bell_rings(int bell, uint64_t bits, unsigned urgency);
#define MOST_URGENT                                                              \
    (PRIORITIES - 1) /* interrupts, timers, and whatever the kernel itself tells \
                      */
/* The bound thread gets what is there, if it waits to receive. */
void bell_looks(int bell);
struct answer bell_receives(int receiver, int bell, bool now);
void bell_ends(int bell);
extern const struct method notification_methods[];

/* ---- waitsets.c: waiting for any of many ---- */

void set_begins(int set, uint64_t capacity);
void set_ends(int set);
/* The thread that it belongs to ends. */
void set_loses_thread(int set);
void set_loses_source(int source);
struct answer set_receives(int receiver, int set, bool now);
/* Who waits, at the set that the source is in, for what comes with that badge; or NONE. */
int set_receiver(int source, uint64_t badge);
/* What is there to be taken from it, and how urgent that is, may have changed. */
void source_changed(int source);
/* The source from which its receiver would take next; or NONE. */
int set_first(int set);
bool in_set(int object);
/* The receiver, which waited there, gets what it gets from that source. */
void tell_key(int receiver, int at, int source);
extern const struct method waitset_methods[];

/* ---- source_times.c: times of Notifications and Channels ---- */

/* The thread takes something from there. */
void source_lends(int source, int receiver);
void receive_begins(int receiver);
void receive_ends(int receiver);
void give_all_back(int thread);
/* The one on which the thread runs; NONE. */
int lent_time(int thread);
void time_leaves_source(int time);
/* The source ends. */
void source_loses_time(int source);
struct answer bind_source(struct call *call);
