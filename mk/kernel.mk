# kernel.mk - the kernel: kernel.elf for gdb, kernel.bin (flat, multiboot 1) for booting.
#
# The folder selects the architecture: <arch_types.h> is the one in kernel/arch/$(ARCH).

ARCH := x86_64

# All of the kernel but its architectures; the host build (host.mk) uses it as it is.
KERNEL_CORE    := $(sort $(filter-out kernel/arch/% kernel/check/%,$(wildcard kernel/*.c kernel/*/*.c)))
KERNEL_SOURCES := $(KERNEL_CORE) $(sort $(wildcard kernel/arch/$(ARCH)/*.[cS]))
# What looks at the state of them all: for the host's tests, and for the checked kernel.
KERNEL_CHECK   := $(sort $(wildcard kernel/check/*.c))
# The decoders of the objects' methods (idl.mk). One place for both builds: the host's, too.
KERNEL_INTERFACES := channel cpu cspace frame ioport irq irqcontrol memorygrant notification reply \
                     schedcontext thread trace untyped vspace waitset
KERNEL_DECODERS   := $(KERNEL_INTERFACES:%=idl/%_kernel.c)
KERNEL_OBJECTS := $(KERNEL_SOURCES:%=$(BUILD)/%.o) $(KERNEL_DECODERS:%=$(BUILD)/kernel/%.o)
# The same kernel, which checks its state at each entry: other doors, and the check behind them.
CHECKED_SOURCES := $(KERNEL_CHECK) $(sort $(wildcard kernel/arch/$(ARCH)/checked/*.c))
CHECKED_OWN     := $(CHECKED_SOURCES:%=$(BUILD)/%.o)
CHECKED_OBJECTS := $(filter-out $(BUILD)/kernel/arch/$(ARCH)/doors.c.o,$(KERNEL_OBJECTS)) $(CHECKED_OWN)
KERNEL_INCLUDE := -Iinclude -Ikernel -Ikernel/arch -I$(BUILD)/idl/include

# No vector code, no red zone (interrupts use the same stack), no stack protector (it would need
# FS or GS), frame pointers for the backtrace of a panic. Optimised as one program (LTO): a
# message's way leads through many small functions in several files.
KERNEL_FLAGS := --target=x86_64-unknown-none-elf -ffreestanding -nostdlibinc -O2 \
                -mcmodel=kernel -fno-pic -mgeneral-regs-only -mno-red-zone -fno-stack-protector \
                -fno-omit-frame-pointer -momit-leaf-frame-pointer \
                -fno-asynchronous-unwind-tables -fcf-protection=none \
                -fno-strict-aliasing -flto $(KERNEL_INCLUDE) -Ikernel/arch/$(ARCH)

kernel: $(BUILD)/kernel.bin ## Builds the kernel alone

$(KERNEL_OBJECTS) $(CHECKED_OWN): FLAGS := $(KERNEL_FLAGS)
# The fast path has neither a stack nor a frame, and of the broad one nothing comes back, nor of
# object_door: a backtrace out of a method ends with it.
$(BUILD)/kernel/ipc/fastpath.c.o $(BUILD)/kernel/ipc/wakepath.c.o \
$(BUILD)/kernel/ipc/channelpath.c.o $(BUILD)/kernel/ipc/activepath.c.o \
$(BUILD)/kernel/ipc/broadpath.c.o $(BUILD)/kernel/ipc/faultpath.c.o \
$(BUILD)/kernel/ipc/object_call.c.o: FLAGS += -fomit-frame-pointer

$(BUILD)/kernel/idl/%.o: $(BUILD)/idl/% Makefile mk/kernel.mk | setup-build
	$(compile)

link_kernel = $(call say,LD,$@); \
              $(LD) -static -nostdlib -z noexecstack -z max-page-size=4096 --build-id=none --fatal-warnings \
                  --lto-O2 -o $@ -T $^

$(BUILD)/kernel.elf: kernel/arch/$(ARCH)/kernel.ld $(KERNEL_OBJECTS)
	$(link_kernel)

$(BUILD)/kernel-checked.elf: kernel/arch/$(ARCH)/kernel.ld $(CHECKED_OBJECTS)
	$(link_kernel)

$(BUILD)/%.bin: $(BUILD)/%.elf
	$(OBJCOPY) -O binary $< $@

.PHONY: kernel-checked
kernel-checked: $(BUILD)/kernel-checked.bin ## Builds the kernel that checks its own state at each entry
