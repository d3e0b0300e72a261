# run.mk - starting, testing, measuring, debugging. The work is done by scripts/.

export BUILD

# CMD goes to the guest as it stands: neither make nor a shell expands it.
COMMAND := $(value CMD)
unexport CMD

# ---- run, run-iso, test: make ends and a script takes its place (mk/become.c) ----
#
# A recipe that fails makes `make` exit with 2, whatever its status was; here the guest's counts.
# Nothing can follow in the same make, so such a target comes last. Where that extension cannot be
# loaded $(become ...) is empty, and $(no_become) says so.

ENDING   := run run-iso test
no_become = echo 'make: cannot load $(BUILD)/become.so' >&2; exit 1
NOT_LAST := $(filter $(ENDING),$(filter-out $(lastword $(MAKECMDGOALS)),$(MAKECMDGOALS)))

ifneq ($(NOT_LAST),)
$(error $(NOT_LAST): give this target alone or last)
endif
# Goals beside one of these, or beside clean, are made in the order given.
ifneq ($(and $(word 2,$(MAKECMDGOALS)),$(filter clean $(ENDING),$(MAKECMDGOALS))),)
.NOTPARALLEL:
endif
ifneq ($(filter $(ENDING),$(MAKECMDGOALS)),)
ifeq ($(findstring n,$(filter-out --%,$(firstword $(MAKEFLAGS)))),)
-load $(BUILD)/become.so
endif
endif
$(BUILD)/become.so: mk/become.c | setup-build
	mkdir -p $(@D)
	$(CC) $(COMMON) -shared -fPIC -o $@ $<

.PHONY: $(ENDING)
run: all | setup-run ## Boots to the shell; CMD='ls /; free' runs that, powers off, exits with its status
	$(become env,BUILD=$(BUILD),scripts/run,--,$(COMMAND))
	$(no_become)

run-iso: iso | setup-run ## Boots the ISO image as a CD
	$(become env,BUILD=$(BUILD),scripts/run,--iso,--,$(COMMAND))
	$(no_become)

test: all $(BUILD)/kernel-checked.bin $(UNIT_TESTS) $(BUILD)/model-tests $(BUILD)/small-worlds | setup-run setup-test ## Runs all tests
	$(become env,BUILD=$(BUILD),scripts/test)
	$(no_become)

# ---- the others ----

.PHONY: check bench bench-trace bench-plot debug debug-console iso format
check: all $(OBJECTS) | setup-check setup-test ## Checks format, warnings, static analysis, scripts
	$(write_commands)
	scripts/check

bench: all | setup-run ## Measures the paths of a message, in instructions
	scripts/bench

bench-trace: all | setup-run setup-trace ## Follows one round trip instruction by instruction, and says what it is made of
	bench/trace.py

bench-plot: | setup-plot ## Draws the last recorded figures beside the peers' (docs/figures/peers.svg)
	scripts/bench-plot

debug: all | setup-run setup-debug ## QEMU stopped under gdb, with the symbols of kernel and servers
	scripts/debug

debug-console: | setup-debug ## The guest's terminal while `make debug` runs, in another window
	scripts/debug --console

ISO_FILES := $(BUILD)/iso/boot/kernel.bin $(BUILD)/iso/boot/boot.cpio $(BUILD)/iso/boot/grub/grub.cfg

iso: $(BUILD)/myelin.iso ## Makes build/myelin.iso, which boots by BIOS
$(BUILD)/myelin.iso: $(ISO_FILES) | setup-iso
	$(call say,ISO,$@)
	grub-mkrescue -d /usr/lib/grub/i386-pc -o $@ $(BUILD)/iso > $(BUILD)/iso.log 2>&1 || \
	    { cat $(BUILD)/iso.log >&2; exit 1; }

$(BUILD)/iso/boot/%: $(BUILD)/%
	mkdir -p $(@D)
	cp $< $@

$(BUILD)/iso/boot/grub/grub.cfg: scripts/grub.cfg
	mkdir -p $(@D)
	cp $< $@

format: | setup-check ## Formats every C file
	scripts/check --format
