# host.mk - the kernel core compiled for this machine, with kernel/arch/host underneath, under
# AddressSanitizer and UndefinedBehaviorSanitizer: the unit tests (tests/unit, cmocka). With it
# come servers, their generated dispatchers and what else of user space needs no kernel: there
# idl/host/myelin/syscall.h takes the place of include/myelin/syscall.h.

HOST_SERVERS      := $(addprefix servers/,names ramfs console power)
HOST_PURE         := $(sort $(wildcard servers/root/manifest*.c lib/myelin/program*.c \
                       $(addprefix lib/myelin/,pack.c message.c error.c service.c connect.c ring.c) \
                       $(wildcard lib/myelin/idl_[cps]*.c) \
                       servers/process/region.c \
                       $(addprefix apps/sh/,line.c command.c fault.c) \
                       $(filter-out %/main.c,$(wildcard $(addsuffix /*.c,$(HOST_SERVERS))))))
# Their dispatchers: the tests give them messages.
HOST_DISPATCHERS  := $(patsubst %,$(BUILD)/host/idl/%_server.c.o,connection fs console names power)
# What the simulated machine shares with the real one.
HOST_ARCH         := kernel/arch/x86_64/registers.c
# The kernel's assembly, under other names, and the way into it (tests/unit/test_entry.c).
HOST_ENTRY        := kernel/arch/x86_64/entry.S tests/unit/entry_frame.S tests/unit/entry_exits.c
HOST_SOURCES      := $(KERNEL_CORE) $(KERNEL_CHECK) $(HOST_ARCH) $(HOST_PURE) \
                     $(filter-out $(HOST_ENTRY),$(sort $(wildcard kernel/arch/host/*.c tests/unit/*.c)))
HOST_DECODERS     := $(KERNEL_DECODERS:%=$(BUILD)/host/%.o)
HOST_OBJECTS      := $(HOST_SOURCES:%=$(BUILD)/host/%.o) $(HOST_DECODERS) \
                     $(HOST_DISPATCHERS) $(HOST_ENTRY:%=$(BUILD)/host/%.o)
# Compiled a second time here; compile_commands.json lists them as what they are there.
HOST_CORE_OBJECTS := $(patsubst %,$(BUILD)/host/%.o,$(KERNEL_CORE) $(KERNEL_CHECK) $(HOST_ARCH) $(HOST_PURE)) \
                     $(HOST_DECODERS) $(HOST_DISPATCHERS) $(HOST_ENTRY:%=$(BUILD)/host/%.o)
HOST_BASE         := -fno-strict-aliasing -Iidl/host $(KERNEL_INCLUDE) -Ikernel/arch/host -I.
SANITIZE          := -fsanitize=address,undefined -fno-sanitize-recover=all

$(HOST_OBJECTS): FLAGS := -O1 $(SANITIZE) -fno-omit-frame-pointer $(HOST_BASE)

ENTRY_NAMES := syscall_entry syscall_entry_watched enter_user trap_stubs idle_sleep kernel_stack_top \
               arch_enter_slow arch_enter_general arch_enter_broad_call \
               arch_enter_broad_reply_receive fast_call fast_call_long fast_reply_receive \
               fast_reply_receive_long fast_notify broad_call broad_reply_receive doors cpus \
               cpu_space cpu_vector_off watch_system_call kernel_trap_panic \
               arch_enter_object_call arch_enter_lease_call arch_enter_buffer arch_leave leave_with \
               fast_await fast_send leave_kernel leave_scheduled
ENTRY_FLAGS := -O2 -fno-strict-aliasing -fomit-frame-pointer $(KERNEL_INCLUDE) -Ikernel/arch/x86_64 \
               $(foreach name,$(ENTRY_NAMES),-D$(name)=x86_$(name))
$(HOST_ENTRY:%=$(BUILD)/host/%.o): FLAGS := $(ENTRY_FLAGS)

UNIT_TESTS := $(if $(wildcard tests/unit/*.c),$(BUILD)/unit-tests)

$(BUILD)/host/idl/%.o: $(BUILD)/idl/% Makefile mk/host.mk | setup-test
	$(compile)

$(BUILD)/unit-tests: $(HOST_OBJECTS)
	$(call say,LD,$@)
	$(CC) $(SANITIZE) -fuse-ld=lld-19 -o $@ $^ -lcmocka

# ---- further builds of the same sources ----

# $(call host_build,NAME) - rules for another build of the host's sources, in build/NAME.
define host_build
$(BUILD)/$(1)/%.o: % Makefile mk/host.mk | setup-test
	$$(compile)

$(BUILD)/$(1)/idl/%.o: $(BUILD)/idl/% Makefile mk/host.mk | setup-test
	$$(compile)

endef
