# worlds.mk - every sequence of operations over small worlds (tests/worlds): build/small-worlds, the
# kernel core without sanitizers, its variables in sections of their own.

$(eval $(call host_build,worlds))

WORLDS_GLOBALS := $(patsubst %,$(BUILD)/worlds/%.o,$(KERNEL_CORE) $(HOST_ARCH) $(KERNEL_DECODERS) \
                    $(sort $(wildcard kernel/arch/host/*.c)))
WORLDS_SHARED  := $(patsubst %,$(BUILD)/worlds/%.o,$(KERNEL_CHECK) \
                    $(sort $(wildcard tests/unit/world*.c) tests/unit/check.c))
WORLDS_OWN     := $(patsubst %,$(BUILD)/worlds/%.o,$(sort $(wildcard tests/worlds/*.c)))
WORLDS_OBJECTS := $(WORLDS_GLOBALS) $(WORLDS_SHARED) $(WORLDS_OWN)

$(WORLDS_SHARED) $(WORLDS_OWN): FLAGS := -O2 $(HOST_BASE)
$(WORLDS_GLOBALS): FLAGS := -O2 $(HOST_BASE) -include tests/worlds/globals.h
-include $(WORLDS_OBJECTS:.o=.d)

$(BUILD)/small-worlds: $(WORLDS_OBJECTS)
	$(call say,LD,$@)
	$(CC) -fuse-ld=lld-19 -o $@ $^ -lcmocka
