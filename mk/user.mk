# user.mk - user space: two libraries, one program per server, tool, example and system test,
# and the boot archive that holds them.
#
#   servers/NAME/*.c              /servers/NAME
#   apps/NAME.c, apps/NAME/*.c    /bin/NAME
#   examples/TOPIC/NAME.c         /bin/NAME
#   tests/system/NAME.c           /bin/NAME, with tests/system/lib/*.c
#
# Every program is a static ELF file for musl, at 0x200000, entered at myelin_start.

MUSL_LIB     := /usr/lib/x86_64-linux-musl
MUSL_INCLUDE := /usr/include/x86_64-linux-musl

# clang's own headers first, then musl's; none of the machine's.
USER_FLAGS := --target=x86_64-linux-gnu -nostdlibinc -idirafter $(MUSL_INCLUDE) -Iinclude \
              -I$(BUILD)/idl/include -O2 \
              -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
              -ffunction-sections -fdata-sections
# Libraries and servers touch no vector register, so that switching to them costs none; nor does
# the bench, so that it sees what that costs.
PLAIN_FLAGS := $(USER_FLAGS) -mgeneral-regs-only

LIBRARIES := $(foreach name,posix myelin,$(if $(wildcard lib/$(name)/*.[cS]),$(BUILD)/lib$(name).a))
LIBRARY_SOURCES := $(sort $(wildcard lib/myelin/*.[cS] lib/posix/*.[cS]))
TEST_LIBRARY    := $(sort $(wildcard tests/system/lib/*.c))

# $(call program,NAME IN THE ARCHIVE,SOURCES) - one line for each program there is.
PROGRAMS :=
PROGRAM_SOURCES :=
define program
$(if $(filter $(1),$(PROGRAMS)),$(error two programs want to be /$(1) in the boot archive: $(2)))
PROGRAMS += $(1)
PROGRAM_SOURCES += $(2)
$(BUILD)/programs/$(1): $(patsubst %,$(BUILD)/%.o,$(2))

endef
folders = $(patsubst %/,%,$(sort $(dir $(wildcard $(1)))))

$(foreach folder,$(call folders,servers/*/*.c),\
    $(eval $(call program,servers/$(notdir $(folder)),$(sort $(wildcard $(folder)/*.[cS])))))
$(foreach folder,$(call folders,apps/*/*.c),\
    $(eval $(call program,bin/$(notdir $(folder)),$(sort $(wildcard $(folder)/*.[cS])))))
$(foreach file,$(sort $(wildcard apps/*.c examples/*/*.c)),\
    $(eval $(call program,bin/$(basename $(notdir $(file))),$(file))))
$(foreach file,$(sort $(wildcard tests/system/*.c)),\
    $(eval $(call program,bin/$(basename $(notdir $(file))),$(file) $(TEST_LIBRARY))))

USER_SOURCES := $(LIBRARY_SOURCES) $(sort $(PROGRAM_SOURCES))
USER_OBJECTS := $(USER_SOURCES:%=$(BUILD)/%.o)
PROGRAM_FILES := $(PROGRAMS:%=$(BUILD)/programs/%)

user: $(PROGRAM_FILES) ## Builds libraries, servers and programs alone

$(USER_OBJECTS): FLAGS := $(USER_FLAGS)
$(filter $(BUILD)/lib/% $(BUILD)/servers/% $(BUILD)/apps/bench/%,$(USER_OBJECTS)): FLAGS := $(PLAIN_FLAGS)

$(BUILD)/lib%.a: Makefile mk/user.mk
	$(call say,AR,$@)
	rm -f $@
	$(AR) rcs $@ $(filter %.o,$^)
$(foreach name,posix myelin,\
    $(eval $(BUILD)/lib$(name).a: $(filter $(BUILD)/lib/$(name)/%,$(USER_OBJECTS))))

$(PROGRAM_FILES): $(LIBRARIES) Makefile mk/user.mk
	$(call say,LD,$@)
	mkdir -p $(@D)
	$(LD) -static -nostdlib -e myelin_start --image-base=0x200000 -z separate-code -z noexecstack \
	    -z norelro -z max-page-size=4096 --gc-sections --build-id=none --fatal-warnings -o $@ \
	    $(MUSL_LIB)/crt1.o $(MUSL_LIB)/crti.o $(filter %.o,$^) \
	    --start-group $(filter %.a,$^) $(MUSL_LIB)/libc.a --end-group $(MUSL_LIB)/crtn.o

# ---- the boot archive: rootfs/ as it is (but its README), and every program, stripped ----

ROOTFS := $(shell find rootfs -type f ! -path rootfs/README.md 2>/dev/null)

# Changes only when a file comes or goes, so that the archive forgets what went.
$(BUILD)/archive.list: FORCE
	mkdir -p $(@D)
	printf '%s\n' $(sort $(ROOTFS) $(PROGRAMS)) | cmp -s - $@ || \
	    printf '%s\n' $(sort $(ROOTFS) $(PROGRAMS)) > $@
.PHONY: FORCE

$(BUILD)/boot.cpio: $(BUILD)/archive.list $(PROGRAM_FILES) $(ROOTFS) | setup-build
	$(call say,CPIO,$@)
	OBJCOPY=$(OBJCOPY) scripts/make-archive $@ $(BUILD)/programs $(PROGRAMS)
