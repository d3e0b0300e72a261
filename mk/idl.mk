# idl.mk - the interface compiler, and what it makes of idl/interfaces: headers for everybody, the
# dispatchers as one library.
#
#   build/myidl                              the compiler, a program of this machine
#   build/idl/include/myelin/errors.h        the list of errors, for kernel and programs
#   build/idl/include/myelin/idl/NAME.h      client stubs; NAME_types.h, NAME_server.h, NAME_kernel.h
#   build/idl/NAME_server.c                  the dispatcher, in build/libidl.a
#   build/idl/NAME_kernel.c                  an object's decoder, in the kernel (kernel.mk)
#   build/idl/NAME.md, NAME.json             the reference page, the description for tools

IDL_COMPILER_SOURCES := $(sort $(wildcard idl/*.c))
IDL_INTERFACES       := $(sort $(filter-out idl/interfaces/errors.idl idl/interfaces/standard.idl, \
                          $(wildcard idl/interfaces/*.idl)))
IDL_NAMES            := $(notdir $(basename $(IDL_INTERFACES)))
IDL_COMMON           := idl/interfaces/errors.idl idl/interfaces/standard.idl
IDL_DISPATCHERS      := $(IDL_NAMES:%=$(BUILD)/idl/%_server.o)

$(BUILD)/myidl: $(IDL_COMPILER_SOURCES) $(wildcard idl/*.h) include/myelin/abi.h include/myelin/objects.h \
                mk/idl.mk | setup-build
	$(call say,CC,$@)
	mkdir -p $(@D)
	$(CC) $(COMMON) -O1 -Iinclude -fuse-ld=lld-19 -o $@ $(IDL_COMPILER_SOURCES)

# $(call imported,FILE) - the interfaces whose types FILE uses, and those that these use.
imports  = $(shell sed -n 's/^import  *\([a-z0-9_]*\) *;.*/idl\/interfaces\/\1.idl/p' $(1))
imported = $(foreach file,$(wildcard $(call imports,$(1))),$(file) $(call imported,$(file)))

# $(call interface,NAME) - all that the compiler makes of one file, at once.
define interface
IDL_PRODUCTS += $(BUILD)/idl/$(1)_server.c
$(BUILD)/idl/include/myelin/idl/$(1).h $(BUILD)/idl/include/myelin/idl/$(1)_types.h \
$(BUILD)/idl/include/myelin/idl/$(1)_server.h $(BUILD)/idl/$(1)_server.c &: \
        idl/interfaces/$(1).idl $(sort $(call imported,idl/interfaces/$(1).idl)) \
        $(IDL_COMMON) $(BUILD)/myidl
	$$(call say,IDL,$$<)
	$(BUILD)/myidl -o $(BUILD)/idl $$<

endef
IDL_PRODUCTS := $(BUILD)/idl/include/myelin/errors.h
$(foreach name,$(IDL_NAMES),$(eval $(call interface,$(name))))

# Of an object there is the kernel's side, too.
$(KERNEL_INTERFACES:%=$(BUILD)/idl/%_kernel.c): $(BUILD)/idl/%_kernel.c: $(BUILD)/idl/%_server.c ;

$(BUILD)/idl/include/myelin/errors.h: idl/interfaces/errors.idl $(BUILD)/myidl
	$(call say,IDL,$<)
	$(BUILD)/myidl errors -o $(BUILD)/idl $<

$(OBJECTS) $(WORLDS_OBJECTS): | $(IDL_PRODUCTS)

$(IDL_DISPATCHERS): $(BUILD)/idl/%_server.o: $(BUILD)/idl/%_server.c Makefile mk/idl.mk \
        mk/user.mk | $(IDL_PRODUCTS)
	$(call say,CC,$<)
	$(CC) $(COMMON) $(PLAIN_FLAGS) -MMD -MP -c -o $@ $<
-include $(IDL_DISPATCHERS:.o=.d)

$(BUILD)/libidl.a: $(IDL_DISPATCHERS)
	$(call say,AR,$@)
	rm -f $@
	$(AR) rcs $@ $^

# Before the libraries that it uses; the linker goes round them all anyway.
$(PROGRAM_FILES): $(BUILD)/libidl.a

.PHONY: idl fuzz new-server
idl: $(IDL_PRODUCTS) $(BUILD)/libidl.a ## Builds the interface compiler and what it generates

# What is given on the command line alone, as it stands: an environment may have a NAME, too.
NEW_SERVER := $(if $(filter command,$(firstword $(origin NAME))),$(value NAME))

new-server: $(BUILD)/myidl | setup-check ## Writes a new server NAME=..., with its interface, a client and a test
	scripts/new-server '$(subst ','\'',$(NEW_SERVER))'

fuzz: $(IDL_PRODUCTS) | setup-test ## Feeds every dispatcher arbitrary messages, a minute each (SECONDS_EACH=)
	tests/idl/fuzz $(or $(SECONDS_EACH),60) $(IDL_NAMES)
