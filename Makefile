# boxtop: `make demo` and `make test` are the two commands of a fresh machine. Everything is built below $(BUILD).
#
# Rooms become archives, archives become programs; a new .c file in a room is picked up by itself. SAN=asan|tsan|fuzz builds the same tree
# with a sanitizer below $(BUILD)/$(SAN).

BUILD   ?= build
CC      ?= cc
PREFIX  ?= /usr/local
SAN     ?=
VERSION := 0.1.0

OUT := $(BUILD)$(if $(SAN),/$(SAN))

PKGS_APP  := ncursesw libcurl jansson vterm libssh2 libcrypto libseccomp libpcre2-8 inih
PKGS_TEST := cmocka
PKGS_BOXD := libmicrohttpd libssh jansson

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wwrite-strings -Wformat=2 -Wundef -Werror
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
LINK   := -pie -Wl,-z,relro,-z,now -pthread

OPT := -O2 -g $(HARDEN)
ifeq ($(SAN),asan)
OPT := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -fPIE
endif
ifeq ($(SAN),tsan)
OPT := -O1 -g -fsanitize=thread -fPIE
endif
ifeq ($(SAN),fuzz)
CC  := clang
OPT := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -fPIE
endif

CPPFLAGS += -D_GNU_SOURCE -D_XOPEN_SOURCE=700 -D_XOPEN_SOURCE_EXTENDED -DBOXTOP_VERSION='"$(VERSION)"' -I. -MMD -MP
CFLAGS   += -std=gnu17 $(OPT) $(WARN) -pthread
pkg_cflags = $(filter-out -D_XOPEN_SOURCE=600 -D_DEFAULT_SOURCE,$(shell pkg-config --cflags $(1) 2>/dev/null))
pkg_libs   = $(shell pkg-config --libs $(1) 2>/dev/null)

ROOMS    := client/base client client/text client/api client/stream client/poll client/shell widgets tui tui/cli
sources   = $(wildcard $(addsuffix /*.c,$(1)))
objects   = $(patsubst %.c,$(OUT)/obj/%.o,$(1))

LIB_OBJ  := $(call objects,$(filter-out tui/main.c,$(call sources,$(ROOMS))))
MAIN_OBJ := $(call objects,$(wildcard tui/main.c))
BOXD_OBJ := $(call objects,$(call sources,tests/boxd))
SUP_OBJ  := $(call objects,$(call sources,tests/support))
TESTS    := $(patsubst %.c,$(OUT)/%,$(wildcard tests/unit/test_*.c tests/screens/test_*.c tests/stories/test_*.c))
FUZZERS  := $(wildcard tests/fuzz/fuzz_*.c)

.PHONY: all demo test check test-asan test-tsan fuzz soak bench live format install deps clean tests replay
all: $(OUT)/boxtop $(OUT)/boxd

tests: all $(TESTS)

$(OUT)/obj/tests/boxd/%.o: PKG_CFLAGS := $(call pkg_cflags,$(PKGS_BOXD))
$(OUT)/obj/%.o: PKG_CFLAGS ?= $(call pkg_cflags,$(PKGS_APP))
$(OUT)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_CFLAGS) -c $< -o $@

$(OUT)/libboxtop.a: $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(OUT)/libsupport.a: $(SUP_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(OUT)/libboxd.a: $(filter-out %/boxd/main.o,$(BOXD_OBJ))
	@rm -f $@
	ar rcs $@ $^

$(OUT)/boxtop: $(MAIN_OBJ) $(OUT)/libboxtop.a
	$(CC) $(CFLAGS) $(LINK) $^ -o $@ $(call pkg_libs,$(PKGS_APP)) -lm

$(OUT)/boxd: $(BOXD_OBJ) $(OUT)/libboxtop.a
	$(CC) $(CFLAGS) $(LINK) $^ -o $@ $(call pkg_libs,$(PKGS_BOXD)) -lutil -lm

$(OUT)/tests/%: tests/%.c $(OUT)/libsupport.a $(OUT)/libboxtop.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(call pkg_cflags,$(PKGS_APP) $(PKGS_TEST)) $(LINK) $< $(OUT)/libsupport.a $(OUT)/libboxtop.a \
	    -o $@ $(call pkg_libs,$(PKGS_APP) $(PKGS_TEST)) -lutil -lm

# Tests of boxd's own parts.
$(OUT)/tests/unit/test_boxd_%: tests/unit/test_boxd_%.c $(OUT)/libboxd.a $(OUT)/libsupport.a $(OUT)/libboxtop.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(call pkg_cflags,$(PKGS_BOXD) $(PKGS_TEST)) $(LINK) $(filter-out %.h,$^) \
	    -o $@ $(call pkg_libs,$(PKGS_BOXD) $(PKGS_TEST)) -lutil -lm

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD)

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
