/* main.c - all unit tests, group by group; or those whose name is like the first argument. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

int run_queue_tests(void);
int run_timeout_tests(void);
int run_world_tests(void);
int run_derivation_tests(void);
int run_cspace_tests(void);
int run_untyped_tests(void);
int run_delete_tests(void);
int run_endpoint_tests(void);
int run_closed_tests(void);
int run_buffer_tests(void);
int run_transfer_tests(void);
int run_reply_tests(void);
int run_lease_tests(void);
int run_lend_tests(void);
int run_memorygrant_tests(void);
int run_fastpath_tests(void);
int run_notification_tests(void);
int run_channel_tests(void);
int run_waitset_tests(void);
int run_membership_tests(void);
int run_post_tests(void);
int run_thread_tests(void);
int run_fault_tests(void);
int run_time_tests(void);
int run_chain_tests(void);
int run_donation_tests(void);
int run_vspace_tests(void);
int run_device_tests(void);
int run_values_tests(void);
int run_random_tests(void);
int run_names_tests(void);
int run_ramfs_tests(void);
int run_fs_tests(void);
int run_console_tests(void);
int run_shell_tests(void);
int run_ring_tests(void);
int run_region_tests(void);

int main(int count, char **arguments)
{
    static int (*const groups[])(void) = {
        run_queue_tests,    run_timeout_tests, run_world_tests,      run_derivation_tests,
        run_cspace_tests,   run_untyped_tests, run_delete_tests,     run_endpoint_tests,
        run_closed_tests,   run_buffer_tests,  run_transfer_tests,   run_reply_tests,
        run_lease_tests,    run_lend_tests,    run_fastpath_tests,   run_notification_tests,
        run_thread_tests,   run_fault_tests,   run_time_tests,       run_chain_tests,
        run_donation_tests, run_vspace_tests,  run_device_tests,     run_values_tests,
        run_random_tests,   run_names_tests,   run_ramfs_tests,      run_fs_tests,
        run_console_tests,  run_shell_tests,   run_ring_tests,       run_memorygrant_tests,
        run_channel_tests,  run_waitset_tests, run_membership_tests, run_post_tests,
        run_region_tests,
    };
    int failed = 0;

    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        failed += groups[i]();
    return failed != 0;
}
