/*
 * share-reader.c - maps the page that share.c lends: with mmap, as any other file descriptor.
 */
#include <stdio.h>
#include <sys/mman.h>

#include <myelin/cap.h>
#include <myelin/idl/share_types.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>

static error_t ask(word_t label, struct share_response *response, cap_t *received)
{
    struct share_request request = {.label = label};
    error_t error = ipc_call_receive_cap(startup_cap("share"), &request, sizeof(request), response,
                                         sizeof(*response), received);

    return error ? error : (error_t)response->error;
}

int main(void)
{
    struct share_response response;
    cap_t frame, none;
    volatile int *shared;

    if (ask(SHARE_LABEL_GET, &response, &frame) != SUCCESS)
        return 1;
    shared = mmap(NULL, response.size, PROT_READ, MAP_SHARED, cap_fd(frame), 0);
    if (shared == MAP_FAILED)
        return 1;
    printf("the shared value is %d\n", *shared);
    if (ask(SHARE_LABEL_NEXT, &response, &none) != SUCCESS)
        return 1;
    printf("now the shared value is %d\n", *shared);
    fflush(stdout);
    *shared = 0; /* never done: the page may only be read */
    puts("the reader has written");
    return 0;
}
