# fuzz.mk - the model and the kernel core under libFuzzer: build/model-fuzz, guided by what of the
# kernel core a program reaches, under both sanitizers. `make verify` runs it (scripts/verify).

$(eval $(call host_build,fuzz))
FUZZ_DRIVER   := tests/model/fuzz/fuzz.c
FUZZ_LINKED   := $(patsubst $(BUILD)/host/%,$(BUILD)/fuzz/%, \
                   $(filter-out %/tests/model/main.c.o,$(MODEL_LINKED))) \
                 $(BUILD)/fuzz/$(FUZZ_DRIVER).o
FUZZ_GUIDED   := $(patsubst %,$(BUILD)/fuzz/%.o,$(KERNEL_CORE)) \
                 $(HOST_DECODERS:$(BUILD)/host/%=$(BUILD)/fuzz/%)

$(FUZZ_LINKED): FLAGS := -O1 $(SANITIZE) -fno-omit-frame-pointer $(HOST_BASE)
$(FUZZ_GUIDED): FLAGS := -O1 $(SANITIZE) -fsanitize=fuzzer-no-link -fno-omit-frame-pointer $(HOST_BASE)
$(FUZZ_LINKED): | $(IDL_PRODUCTS)
-include $(FUZZ_LINKED:.o=.d)

$(BUILD)/model-fuzz: $(FUZZ_LINKED)
	$(call say,LD,$@)
	$(CC) $(SANITIZE) -fsanitize=fuzzer -fuse-ld=lld-19 -o $@ $^ -lcmocka
