/*
 * exit.c - linked into the model's coverage build alone, in place of _exit: a program of the model
 * runs in a process of its own, which would end without having written what it has reached.
 */

_Noreturn void __wrap__exit(int status);
_Noreturn void __real__exit(int status);
int __llvm_profile_write_file(void);

_Noreturn void __wrap__exit(int status)
{
    __llvm_profile_write_file();
    __real__exit(status);
}
