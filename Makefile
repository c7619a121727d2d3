# boxtop: `make demo` and `make test` are the two commands of a fresh machine. Everything is built below $(BUILD).
#
#   make             build boxtop and boxd
#   make demo        install what is missing, build, run boxtop on a dozen boxes of this machine
#   make test        install what is missing, build, run every test
#   make deps        install what is missing for `make test`
#   make check       format, layering, words, documents
#   make test-asan   every test under the address and undefined-behaviour sanitizers
#   make test-tsan   the tests with threads under the thread sanitizer
#   make check-clang build everything with clang
#   make check-vterm03  build and test against libvterm 0.3 (fetched from Debian 13, not installed)
#   make fuzz        search with each fuzzer for FUZZ_SECONDS (60); FUZZ="emulator wire" for some of them
#   make sessions    record the sessions of real programs anew that the terminal's tests replay
#   make soak        the long tests
#   make bench       compare with peers, as a table and as JSON
#   make live        look at the real service (needs UPSTASH_BOX_API_KEY; reads only)
#   make format      clang-format all sources
#   make readme      make the tables in README.md anew
#   make install     boxtop, its manual page and completions, below DESTDIR and PREFIX
#   make clean       remove $(BUILD)
#
# Rooms become archives, archives become programs; a new .c file in a room is picked up by itself. SAN=asan|tsan|fuzz builds the same tree
# with a sanitizer below $(BUILD)/$(SAN); `make CC=clang BUILD=build/clang` with another compiler.

BUILD   ?= build
PREFIX  ?= /usr/local
SAN     ?=
VERSION := 0.1.0

# Bash, since pipes must fail when a part of them fails.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS   += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SECONDARY:

OUT  := $(BUILD)$(if $(SAN),/$(SAN))
JOBS := $(shell nproc 2>/dev/null || echo 2)

# Another make, on all cores unless the caller said how many.
again = $(MAKE) $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))

# ---- compilers and flags -------------------------------------------------------------------------------------------------------------

# libcurl is not linked but loaded: client/curl_late.c.
PKGS_LATE := libcurl
PKGS_APP  := ncursesw jansson vterm libssh2 libcrypto libseccomp libpcre2-8 inih
PKGS_BOXD := libmicrohttpd libssh jansson
PKGS_TEST := cmocka

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wwrite-strings -Wformat=2 -Wundef -Werror
HARDEN := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection
CHECKED := -g -U_FORTIFY_SOURCE -fno-omit-frame-pointer

ifeq ($(SAN),)
OPT := -O2 -g $(HARDEN)
else ifeq ($(SAN),asan)
OPT := -O1 $(CHECKED) -fsanitize=address,undefined -fno-sanitize-recover=all
else ifeq ($(SAN),tsan)
OPT := -O1 $(CHECKED) -fsanitize=thread
else ifeq ($(SAN),fuzz)
CC  := clang
OPT := -O1 $(CHECKED) -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
else
$(error SAN=$(SAN): it is asan, tsan, fuzz or nothing)
endif

# The feature macros come from here alone: ncurses' own -D_XOPEN_SOURCE=600 would hide cchar_t and more.
DEFINES := -D_GNU_SOURCE -D_XOPEN_SOURCE=700 -D_XOPEN_SOURCE_EXTENDED -DBOXTOP_VERSION='"$(VERSION)"' -I.
CFLAGS  += -std=gnu17 $(OPT) $(WARN) -fPIE -pthread
LDFLAGS += $(OPT) -pie -pthread -Wl,-z,relro,-z,now -Wl,--as-needed

pkg_cflags = $(filter-out -D_XOPEN_SOURCE=600 -D_DEFAULT_SOURCE,$(shell pkg-config --cflags $(1) 2>/dev/null))
pkg_libs   = $(shell pkg-config --libs $(1) 2>/dev/null)

APP_CFLAGS  := $(call pkg_cflags,$(PKGS_APP) $(PKGS_LATE))
APP_LIBS    := $(call pkg_libs,$(PKGS_APP)) -lm
BOXD_CFLAGS := $(call pkg_cflags,$(PKGS_BOXD))
BOXD_LIBS   := $(call pkg_libs,$(PKGS_BOXD)) -lutil -lm
TEST_CFLAGS := $(call pkg_cflags,$(PKGS_APP) $(PKGS_LATE) $(PKGS_TEST))
TEST_LIBS   := $(call pkg_libs,$(PKGS_APP) $(PKGS_LATE) $(PKGS_TEST)) -lutil -lm

# ---- what there is -------------------------------------------------------------------------------------------------------------------

ROOMS   := client/base client client/text client/api client/stream client/poll client/shell widgets tui tui/cli
sources  = $(wildcard $(addsuffix /*.c,$(1)))
objects  = $(patsubst %.c,$(OUT)/obj/%.o,$(1))

LIB_OBJ     := $(call objects,$(filter-out tui/main.c,$(call sources,$(ROOMS))))
MAIN_OBJ    := $(call objects,$(wildcard tui/main.c))
BOXD_OBJ    := $(call objects,$(call sources,tests/boxd))
SUPPORT_OBJ := $(call objects,$(call sources,tests/support))

programs   = $(patsubst %.c,$(OUT)/%,$(wildcard $(1)))
QUICK     := $(call programs,tests/unit/test_*.c tests/screens/test_*.c)
STORIES   := $(call programs,tests/stories/test_*.c)
TESTS     := $(QUICK) $(STORIES)
BENCHES   := $(call programs,tests/bench/bench_*.c)
SOAKS     := $(call programs,tests/soak/soak_*.c)
FUZZERS   := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS   := $(addprefix $(OUT)/replay/,$(FUZZERS))
INTEROP   := $(wildcard tests/interop/run.sh)

# A room that is not there yet leaves its program out.
PROGRAMS := $(if $(MAIN_OBJ),$(OUT)/boxtop) $(if $(wildcard tests/boxd/main.c),$(OUT)/boxd)
ACTIONS  := $(if $(wildcard tui/action.h),$(OUT)/actions)
OBJ      := $(LIB_OBJ) $(MAIN_OBJ) $(BOXD_OBJ) $(SUPPORT_OBJ) \
            $(OUT)/obj/tests/screens/console.o $(patsubst $(OUT)/%,$(OUT)/obj/%.o,$(TESTS) $(BENCHES) $(SOAKS)) $(OUT)/obj/tests/tools/actions.o $(OUT)/obj/tests/tools/record.o $(call objects,$(wildcard tests/fuzz/*.c))

# ---- building ------------------------------------------------------------------------------------------------------------------------

.PHONY: all tests deps demo test check check-clang check-vterm03 test-asan test-tsan replay fuzz soak bench live format install uninstall clean help

all: $(OUT)/libboxtop.a $(PROGRAMS)

# All that can be compiled, in this tree.
tests: all $(TESTS)

$(OUT)/obj/%.o: PKG_CFLAGS = $(APP_CFLAGS)
$(OUT)/obj/client/base/%.o: PKG_CFLAGS =
$(OUT)/obj/tests/%.o: PKG_CFLAGS = $(TEST_CFLAGS)
$(OUT)/obj/tests/boxd/%.o: PKG_CFLAGS = $(BOXD_CFLAGS)

# The emulator compares with constants everywhere and hides nothing behind one: not traced, its fuzzer runs twice as often.
ifeq ($(SAN),fuzz)
$(OUT)/obj/client/base/%.o $(OUT)/obj/client/shell/%.o $(OUT)/obj/tests/fuzz/fuzz_emulator.o: CFLAGS += -fno-sanitize-coverage=trace-cmp
endif

$(OUT)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC   $(OUT)/$<"
	@$(CC) $(CPPFLAGS) $(DEFINES) -MMD -MP $(CFLAGS) $(PKG_CFLAGS) -c $< -o $@

# An archive lists its objects in a file that changes when they do: one that goes away makes it anew.
$(OUT)/%.list: FORCE
	@mkdir -p $(@D)
	@echo '$(ARCHIVED)' | cmp -s - $@ || echo '$(ARCHIVED)' >$@

$(OUT)/libboxtop.a $(OUT)/libboxtop.list: ARCHIVED = $(LIB_OBJ)
$(OUT)/libsupport.a $(OUT)/libsupport.list: ARCHIVED = $(SUPPORT_OBJ)
$(OUT)/libboxd.a $(OUT)/libboxd.list: ARCHIVED = $(filter-out %/boxd/main.o,$(BOXD_OBJ))
$(OUT)/libboxtop.a: $(LIB_OBJ)
$(OUT)/libsupport.a: $(SUPPORT_OBJ)
$(OUT)/libboxd.a: $(filter-out %/boxd/main.o,$(BOXD_OBJ))
$(OUT)/%.a: $(OUT)/%.list
	@rm -f $@
	@ar rcs $@ $(ARCHIVED)

link = echo "  LINK $@" && mkdir -p $(@D) && $(CC) $(LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) -o $@

$(OUT)/boxtop: $(MAIN_OBJ) $(OUT)/libboxtop.a
	@$(link) $(APP_LIBS)

$(OUT)/boxd: $(BOXD_OBJ) $(OUT)/libboxtop.a
	@$(link) $(BOXD_LIBS)

$(OUT)/tests/%: $(OUT)/obj/tests/%.o $(OUT)/libsupport.a $(OUT)/libboxtop.a
	@$(link) $(TEST_LIBS)

# boxd's own parts are tested in the test's process; so is what is tested against its SSH side.
$(addprefix $(OUT)/tests/unit/,test_shell test_shell_login test_recording test_forward): $(OUT)/tests/unit/%: $(OUT)/obj/tests/unit/%.o $(OUT)/libsupport.a $(OUT)/libboxd.a $(OUT)/libboxtop.a
	@$(link) $(BOXD_LIBS) $(TEST_LIBS)
$(OUT)/tests/unit/test_boxd_%: $(OUT)/obj/tests/unit/test_boxd_%.o $(OUT)/libboxd.a $(OUT)/libsupport.a $(OUT)/libboxtop.a
	@$(link) $(BOXD_LIBS) $(TEST_LIBS)

# Preloaded into boxtop by the torture, so it is nothing but C.
$(OUT)/failing_calls.so: tests/preload/failing_calls.c tests/preload/failing_calls.h Makefile
	@mkdir -p $(@D)
	@echo "  LINK $@"
	@$(CC) $(DEFINES) -std=gnu17 -O2 -g $(WARN) -fPIC -shared $< -o $@ -ldl
$(OUT)/tests/stories/test_torture $(OUT)/tests/soak/soak_torture: | $(OUT)/failing_calls.so

# The tests of the whole console stand on a client that only writes down what it is asked.
CONSOLE := $(OUT)/obj/tests/screens/console.o
$(OUT)/tests/screens/test_app%: $(OUT)/obj/tests/screens/test_app%.o $(CONSOLE) $(OUT)/libsupport.a $(OUT)/libboxtop.a
	@$(link) $(TEST_LIBS)
$(OUT)/tests/bench/bench_logs: $(OUT)/obj/tests/bench/bench_logs.o $(CONSOLE) $(OUT)/libsupport.a $(OUT)/libboxtop.a
	@$(link) $(TEST_LIBS)

# A fuzzer is one function: with clang's driver it searches, with ours it replays what was found before.
$(OUT)/replay/%: $(OUT)/obj/tests/fuzz/%.o $(OUT)/obj/tests/fuzz/replay.o $(OUT)/libsupport.a $(OUT)/libboxtop.a
	@$(link) $(TEST_LIBS)

$(OUT)/fuzz/%: $(OUT)/obj/tests/fuzz/%.o $(OUT)/libsupport.a $(OUT)/libboxtop.a
	@$(link) -fsanitize=fuzzer $(TEST_LIBS)

FORCE:

# ---- the two commands ----------------------------------------------------------------------------------------------------------------

# Packages first, then a make that finds them.
demo:
	@tests/tools/deps.sh build
	+@$(again) all
	@BUILD=$(OUT) tests/tools/demo.sh

test:
	@tests/tools/deps.sh test
	+@$(again) test-build
	@$(MAKE) test-run

deps:
	@tests/tools/deps.sh test

# Warnings and stories are checked in the release tree, everything else under the address and undefined-behaviour sanitizers.
.PHONY: test-build test-run sanitized
ASAN := $(BUILD)/asan
CHECKED_TESTS := $(QUICK:$(OUT)/%=$(ASAN)/%) $(addprefix $(ASAN)/replay/,$(FUZZERS))

# The sandbox shows its whole strength without a sanitizer, which needs system calls of its own.
RELEASE_TESTS := $(filter %/test_sandbox %/test_shell %/test_recording %/test_forward,$(QUICK))

test-build: tests sanitized $(ACTIONS)
sanitized:
	+@$(again) SAN=asan $(CHECKED_TESTS)

test-run:
	@BUILD=$(BUILD) tests/run.sh tests/tools/check.sh tests/tools/test_tools.sh $(CHECKED_TESTS) $(RELEASE_TESTS) $(STORIES) $(INTEROP)

# ---- more checks ---------------------------------------------------------------------------------------------------------------------

check:
	$(if $(ACTIONS),+@$(again) $(ACTIONS))
	@BUILD=$(BUILD) tests/tools/check.sh

check-clang:
	+@$(again) CC=clang BUILD=$(BUILD)/clang tests

test-asan:
	+@$(again) SAN=asan tests $(REPLAYS:$(OUT)/%=$(ASAN)/%)
	@BUILD=$(ASAN) tests/run.sh $(TESTS:$(OUT)/%=$(ASAN)/%) $(REPLAYS:$(OUT)/%=$(ASAN)/%)

# Threads: whatever starts the client's thread or pushes through a queue.
TSAN_TESTS := $(wildcard tests/unit/test_client*.c tests/unit/test_queue*.c tests/unit/test_thread*.c tests/unit/test_log.c)
test-tsan:
	+@$(again) SAN=tsan $(TSAN_TESTS:%.c=$(BUILD)/tsan/%)
	@BUILD=$(BUILD)/tsan tests/run.sh $(TSAN_TESTS:%.c=$(BUILD)/tsan/%)

# Debian 12 has libvterm 0.1.4; what others have is 0.3, with another API. Builds against that one, and runs the emulator's tests on it.
VTERM03 := $(BUILD)/vterm03
VTERM_TESTS := $(wildcard tests/unit/test_emulator*.c tests/unit/test_guard*.c tests/unit/test_grid*.c)
check-vterm03:
	@tests/tools/vterm03.sh $(VTERM03)
	+@export PKG_CONFIG_PATH=$(abspath $(VTERM03))/pkgconfig; \
	    export LDFLAGS=-Wl,-rpath,$$(pkg-config --variable=libdir vterm); \
	    $(again) BUILD=$(VTERM03) all $(VTERM_TESTS:%.c=$(VTERM03)/%)
	@BUILD=$(VTERM03) tests/run.sh $(VTERM_TESTS:%.c=$(VTERM03)/%)

FUZZ_SECONDS ?= 60
FUZZ_RUNS    ?=
SEARCHED     := $(if $(FUZZ),$(addprefix fuzz_,$(FUZZ)),$(FUZZERS))
fuzz:
	@command -v clang >/dev/null || { echo "make fuzz needs clang: apt-get install clang" >&2; exit 1; }
	+@$(again) SAN=fuzz $(SEARCHED:%=$(BUILD)/fuzz/fuzz/%)
	@BUILD=$(BUILD)/fuzz FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_RUNS=$(FUZZ_RUNS) tests/tools/fuzz.sh $(SEARCHED)

soak:
	+@$(again) all $(SOAKS)
	@TEST_SECONDS=$${TEST_SECONDS:-3600} BUILD=$(BUILD) tests/run.sh -j 1 $(SOAKS)

bench:
	+@$(again) all $(BENCHES)
	@BUILD=$(BUILD) tests/tools/bench.sh $(BENCHES)

live:
	+@$(again) all
	@command -v node >/dev/null || { echo "make live needs node: make deps" >&2; exit 1; }
	@node tests/tools/live.mjs

# ---- documents and installation ------------------------------------------------------------------------------------------------------

.PHONY: man readme
man: $(OUT)/boxtop.1

# Prints the table of actions, for the documents.
$(OUT)/actions: $(OUT)/obj/tests/tools/actions.o $(OUT)/libboxtop.a
	@$(link) $(APP_LIBS)

# Makes the recordings in tests/sessions anew; the programs must be there (bash zsh vim neovim less htop mc tmux python3 node git), and root.
$(OUT)/record: $(OUT)/obj/tests/tools/record.o $(OUT)/libsupport.a $(OUT)/libboxtop.a
	@$(link) $(TEST_LIBS)

.PHONY: sessions
sessions: $(OUT)/record
	@for script in $(or $(SESSIONS),$(wildcard tests/sessions/*.script)); do \
	    echo "$$script"; rec=$${script%.script}.rec; \
	    $(OUT)/record $$script >$$rec.new && mv $$rec.new $$rec || { rm -f $$rec.new; exit 1; }; \
	done

$(OUT)/boxtop.1: assets/boxtop.1.in tests/tools/generate.sh Makefile $(OUT)/actions
	@BUILD=$(OUT) tests/tools/generate.sh man >$@

# Makes the tables in README.md anew; `make check` fails when they are not in step.
readme: $(ACTIONS)
	@BUILD=$(OUT) tests/tools/generate.sh readme >$(BUILD)/README.md
	@cp $(BUILD)/README.md README.md

COMPLETIONS := share/bash-completion/completions/boxtop:boxtop.bash share/zsh/site-functions/_boxtop:boxtop.zsh \
               share/fish/vendor_completions.d/boxtop.fish:boxtop.fish

install: $(OUT)/boxtop $(OUT)/boxtop.1
	install -D -m 755 $(OUT)/boxtop $(DESTDIR)$(PREFIX)/bin/boxtop
	install -D -m 644 $(OUT)/boxtop.1 $(DESTDIR)$(PREFIX)/share/man/man1/boxtop.1
	@for pair in $(COMPLETIONS); do \
	    install -D -m 644 "assets/completions/$${pair#*:}" "$(DESTDIR)$(PREFIX)/$${pair%%:*}"; \
	done

uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,bin/boxtop share/man/man1/boxtop.1 $(foreach pair,$(COMPLETIONS),$(firstword $(subst :, ,$(pair)))))

help:
	@sed -n -E 's/^#   (make [a-z-]+)/\1/p' Makefile

format:
	clang-format -i $$(git ls-files '*.c' '*.h' | grep -v '^assets/')

clean:
	rm -rf $(BUILD)

-include $(OBJ:.o=.d)
