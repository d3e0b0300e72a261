/*
 * grants-fetch.c - case 2: A requests more than 56 bytes from B. It grants B a buffer to write.
 */
#include "client.h"

static char buffer[GRANTS_TEXT_MAX];

int main(void)
{
    word_t length = grants_ask(GRANTS_FETCH, buffer, sizeof(buffer), CAP_RIGHTS_WRITE);

    printf("got %lu bytes:\n%.*s", length, (int)length, buffer);
    return 0;
}
