# Makefile - builds Myelin, starts it and tests it. `make help` lists what it can do.
#
# One make, no recursion. Folders select what is built; no source is listed by hand. Everything
# that is made lies in build/ (BUILD=folder: elsewhere). V=1 shows the commands.
#
#   mk/kernel.mk   kernel.elf and kernel.bin
#   mk/user.mk     libraries, servers, programs, the boot archive
#   mk/idl.mk      the interface compiler and what it generates
#   mk/host.mk     the kernel core as a program of this machine, for the unit tests
#   mk/worlds.mk   small worlds of the kernel core
#   mk/verify.mk   evidence beside the tests: coverage, long runs, mutants
#   mk/run.mk      starting, testing, measuring, debugging

SHELL     := /bin/bash
BUILD     ?= build
MAKEFLAGS += --no-builtin-rules --no-builtin-variables --no-print-directory
ifeq ($(findstring -j,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif

# Recipes are silent, and what they say goes to stderr: stdout is for what the guest prints.
.SILENT:
.DELETE_ON_ERROR:
.SUFFIXES:
say = printf '  %-8s %s\n' $(1) $(patsubst $(BUILD)/%,%,$(2)) >&2
ifeq ($(V),1)
.SHELLFLAGS := -xc
endif

CC      := clang-19
AR      := llvm-ar-19
LD      := ld.lld-19
OBJCOPY := llvm-objcopy-19

WARNINGS := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Werror
COMMON   := -std=gnu17 -g $(WARNINGS)

.PHONY: all kernel user
all: kernel user $(BUILD)/boot.cpio $(BUILD)/compile_commands.json ## Builds the kernel and the boot archive

include mk/kernel.mk mk/user.mk mk/host.mk mk/model.mk mk/worlds.mk
OBJECTS := $(KERNEL_OBJECTS) $(CHECKED_OWN) $(USER_OBJECTS) $(HOST_OBJECTS) $(MODEL_OBJECTS) $(WORLDS_OWN)
include mk/idl.mk mk/run.mk mk/verify.mk mk/fuzz.mk

# ---- one rule compiles every file; FLAGS is set beside each group of objects ----

command  = $(CC) $(COMMON) $(FLAGS) -c -o $@ $<
compile  = $(call say,CC,$<); mkdir -p $(@D); \
           echo '{ "directory": "$(CURDIR)", "file": "$<", "output": "$@", "command": "$(command)" },' > $@.json; \
           $(command) -MMD -MP

$(BUILD)/host/%.o: % Makefile mk/host.mk | setup-test
	$(compile)

$(BUILD)/%.o: % Makefile mk/kernel.mk mk/user.mk | setup-build
	$(compile)

-include $(OBJECTS:.o=.d)

# For clangd and clang-tidy: how each file is compiled, written down beside the object.
COMMAND_OBJECTS := $(filter-out $(HOST_CORE_OBJECTS),$(OBJECTS))
write_commands = { echo '['; cat $(COMMAND_OBJECTS:=.json) 2>/dev/null | sed '$$ s/,$$//'; echo ']'; } \
                 > $(BUILD)/compile_commands.json; ln -sf $(BUILD)/compile_commands.json .

$(BUILD)/compile_commands.json: $(KERNEL_OBJECTS) $(USER_OBJECTS)
	$(write_commands)

.PHONY: compile-commands setup-build setup-run setup-test setup-check setup-iso setup-debug setup-trace setup-plot
compile-commands: $(OBJECTS) ## Writes compile_commands.json, for clangd, unit tests included
	$(write_commands)

# Installs from Debian what that purpose needs and the machine lacks; at once if nothing lacks.
setup-build setup-run setup-test setup-check setup-iso setup-debug setup-trace setup-plot:
	scripts/setup $(@:setup-%=%)

.PHONY: clean help
clean: ## Removes all that was built
	rm -rf $(BUILD) compile_commands.json

help: ## Lists these targets
	sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | sort | \
	    awk -F '\t' '{ printf "make %-18s %s\n", $$1, $$2 }'
	echo
	echo "V=1 shows the commands, BUILD=folder builds elsewhere."
