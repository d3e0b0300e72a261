/*
 * sampler-client.c - calls every method of idl/interfaces/sampler.idl: a call is a C function.
 */
#include <string.h>

#include <myelin/endpoint.h>
#include <myelin/idl/sampler.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/notification.h>

#include "../example.h"

static void show_numbers(cap_t server)
{
    struct sampler_point point = {.x = 3, .y = -4}, mirrored = {0};
    uint64_t sum = 0;
    error_t error;

    must("add", sampler_add(server, 1, 20, 300, &sum));
    printf("1 + 20 + 300 = %llu\n", (unsigned long long)sum);
    must("mirror", sampler_mirror(server, &point, SAMPLER_X, &mirrored));
    printf("(3, -4) mirrored at the x axis is (%d, %d)\n", mirrored.x, mirrored.y);
    error = sampler_add(server, UINT64_MAX, 1, 0, &sum);
    printf("2^64 - 1 + 1: %s\n", error_sentence(error));
}

static void show_text(cap_t server)
{
    char loud[SAMPLER_TEXT_MOST + 1] = "", reversed[SAMPLER_DATA_MOST];
    size_t length = 0;

    must("shout",
         sampler_shout(server, "hello", "stressed", 8, loud, reversed, sizeof(reversed), &length));
    printf("%s, %.*s\n", loud, (int)length, reversed);
}

static void show_capability(cap_t server)
{
    uint64_t bits = 0;
    cap_t bell, badged;

    must("a notification", notification_create("bell", &bell));
    must("minting", notification_mint(bell, 5, &badged));
    must("ring", sampler_ring(server, badged));
    must("waiting", ipc_wait_notification(bell, &bits));
    printf("the bell rang with bits %llu\n", (unsigned long long)bits);
}

static void show_lease(cap_t server)
{
    static char buffer[10000];
    uint64_t filled = 0;

    must("fill", sampler_fill(server, 'e', buffer, sizeof(buffer), &filled));
    printf("%llu bytes lent and filled, the last with '%c'\n", (unsigned long long)filled,
           buffer[sizeof(buffer) - 1]);
}

static void show_batch(cap_t server)
{
    struct sampler_square_request roots[] = {{2}, {3}, {1000000}};
    struct sampler_square_answer squares[3] = {0};

    must("square", sampler_square(server, roots, squares, 3));
    printf("squares: %llu, %llu, %llu\n", (unsigned long long)squares[0].squared,
           (unsigned long long)squares[1].squared, (unsigned long long)squares[2].squared);
}

/* What every server answers. Method 0 is add, and its first error EOVERFLOW. */
static void show_counters(cap_t server)
{
    uint32_t id, version = 0, methods, number, error = 0;
    uint64_t calls = 0, count = 0;
    char name[OBJECT_NAME_BYTES + 1] = "";

    must("describe", sampler_describe(server, &id, &version, &methods, name));
    must("counters", sampler_counters(server, 0, 0, &number, &calls, &error, &count));
    printf("%s, version %u: add was called %llu times, %s came %llu times\n", name, version,
           (unsigned long long)calls, error_name((error_t)error), (unsigned long long)count);
}

int main(void)
{
    cap_t requests, process;

    must("an endpoint", endpoint_create("sampler", UNTYPED_ENDPOINT_CALL_ONLY, &requests));
    process = start_partner("/bin/sampler-server", "requests", requests, SERVER_RIGHTS);
    show_numbers(requests);
    show_text(requests);
    show_capability(requests);
    show_lease(requests);
    show_batch(requests);
    show_counters(requests);
    process_release(process);
    return 0;
}
