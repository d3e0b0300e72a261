# verify.mk - evidence beside the tests: which lines and branches of the kernel core they reach
# (coverage), what longer runs find (verify), and whether faults are found (mutants). What it all
# shows, and what not, is docs/assurance.md.

# ---- coverage: unit tests and model with counters, without sanitizers ----

$(eval $(call host_build,coverage))
COVERAGE_OBJECTS := $(HOST_OBJECTS:$(BUILD)/host/%=$(BUILD)/coverage/%)
COVERED_OBJECTS  := $(patsubst %,$(BUILD)/coverage/%.o,$(KERNEL_CORE) $(KERNEL_DECODERS))
COVERAGE         := -fprofile-instr-generate -fcoverage-mapping

COVERAGE_MODEL   := $(MODEL_LINKED:$(BUILD)/host/%=$(BUILD)/coverage/%) $(BUILD)/coverage/tests/coverage/exit.c.o

$(COVERAGE_OBJECTS) $(COVERAGE_MODEL): FLAGS := -O1 $(HOST_BASE)
$(HOST_ENTRY:%=$(BUILD)/coverage/%.o): FLAGS := $(ENTRY_FLAGS)
$(COVERED_OBJECTS): FLAGS := -O1 $(HOST_BASE) $(COVERAGE)
$(COVERAGE_OBJECTS) $(COVERAGE_MODEL): | $(IDL_PRODUCTS)
-include $(sort $(COVERAGE_OBJECTS:.o=.d) $(COVERAGE_MODEL:.o=.d))

$(BUILD)/coverage/unit-tests: $(COVERAGE_OBJECTS)
	$(call say,LD,$@)
	$(CC) -fprofile-instr-generate -fuse-ld=lld-19 -o $@ $^ -lcmocka

$(BUILD)/coverage/model-tests: $(COVERAGE_MODEL)
	$(call say,LD,$@)
	$(CC) -fprofile-instr-generate -fuse-ld=lld-19 -Wl,--wrap=_exit -o $@ $^ -lcmocka

.PHONY: coverage
coverage: $(BUILD)/coverage/unit-tests $(BUILD)/coverage/model-tests | setup-test ## Lines and branches of the kernel core that the host tests reach
	scripts/coverage $(BUILD)/coverage

# ---- the long versions, and the mutation check ----

.PHONY: verify mutants
verify: all $(BUILD)/small-worlds $(BUILD)/model-tests $(BUILD)/model-fuzz $(UNIT_TESTS) $(IDL_PRODUCTS) | setup-run setup-test ## Small worlds, model, random threads, fuzz, hostile programs: TIME=10 minutes
	scripts/verify $(or $(TIME),10)

mutants: | setup-test ## Are faults in the kernel core found? SEED=1; hours, and it goes on where it was
	scripts/mutants $(or $(SEED),1)
