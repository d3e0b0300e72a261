/*
 * spin.c - runs for ever, and uses all the time it gets: something to stop with Ctrl-C or kill.
 */
int main(void)
{
    for (;;)
        __asm__ volatile("pause");
}
