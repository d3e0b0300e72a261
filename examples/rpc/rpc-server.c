/*
 * rpc-server.c - shows a server's loop in its plainest form: receive, work, reply.
 *
 * It writes numbers in Roman letters. rpc-client starts it and gives it the endpoint "requests".
 */
#include <string.h>

#include <myelin/idl/roman_types.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>

static const struct {
    unsigned value;
    const char *letters;
} steps[] = {
    {1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"},
    {40, "XL"},  {10, "X"},   {9, "IX"},  {5, "V"},    {4, "IV"},  {1, "I"},
};

static struct roman_response write_roman(const struct roman_request *request)
{
    struct roman_response response = {.error = SUCCESS};
    word_t left = request->number;

    if (request->label != ROMAN_LABEL_WRITE)
        response.error = ENOSYS;
    else if (left == 0 || left > ROMAN_NUMBER_MOST)
        response.error = ERANGE;
    for (size_t i = 0; !response.error && i < sizeof(steps) / sizeof(steps[0]); i++)
        for (; left >= steps[i].value; left -= steps[i].value)
            strcat((char *)response.text, steps[i].letters);
    return response;
}

int main(void)
{
    cap_t requests = startup_cap("requests");

    for (;;) {
        struct roman_request request;
        struct roman_response response;
        cap_t client;

        if (ipc_receive(requests, &request, sizeof(request), &client, NULL) != SUCCESS)
            return 1;
        response = write_roman(&request);
        ipc_reply(client, &response, sizeof(response));
    }
}
