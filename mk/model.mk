# model.mk - the executable specification (tests/model) beside the kernel core on the simulated
# machine: build/model-tests runs programs by seed, under both sanitizers.

MODEL_SOURCES := $(sort $(wildcard tests/model/*.c))
MODEL_SHARED  := $(addprefix tests/unit/,world.c world_calls.c check.c pairs.c)
MODEL_OBJECTS := $(MODEL_SOURCES:%=$(BUILD)/host/%.o)
MODEL_LINKED  := $(MODEL_OBJECTS) $(HOST_DECODERS) \
                 $(patsubst %,$(BUILD)/host/%.o,$(KERNEL_CORE) $(KERNEL_CHECK) $(HOST_ARCH) $(MODEL_SHARED) \
                   $(wildcard kernel/arch/host/*.c))

$(MODEL_OBJECTS): FLAGS := -O1 $(SANITIZE) -fno-omit-frame-pointer -fno-strict-aliasing \
                           -Iidl/host $(KERNEL_INCLUDE) -Ikernel/arch/host -I.

$(BUILD)/model-tests: $(MODEL_LINKED)
	$(call say,LD,$@)
	$(CC) $(SANITIZE) -fuse-ld=lld-19 -o $@ $^ -lcmocka
