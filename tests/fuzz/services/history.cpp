// SPDX-License-Identifier: GPL-3.0-only
#include "tests/fuzz/services/history.hpp"

#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace fuzz {

namespace {

constexpr uint64_t kKept = 2000;
constexpr unsigned kSeconds = 60;  // for one play
constexpr unsigned kNoService = ~0u;

struct Event {
    const char* what;
    uint64_t thread;
    unsigned service = kNoService;
    torture::Words words;
    bool done = false;
    uint32_t status = 0;
};

Event g_events[kKept];
uint64_t g_count;
std::string g_title;
Tally g_tally;
struct sigaction g_former_abort;

void print(const Event& event) {
    if (event.service == kNoService) {
        std::fprintf(stderr, "  %s %llx %llx\n", event.what, static_cast<unsigned long long>(event.thread),
                     static_cast<unsigned long long>(event.words.value[0]));
        return;
    }
    const service_table::Service& service = service_table::services[event.service];
    std::fprintf(stderr, "  thread %llu %s(", static_cast<unsigned long long>(event.thread), service.name);
    for (unsigned i = 0; i < service.count; ++i)
        std::fprintf(stderr, "%s%llx", i ? ", " : "", static_cast<unsigned long long>(event.words.value[i]));
    event.done ? std::fprintf(stderr, ") = %08x\n", event.status) : std::fprintf(stderr, ") ...\n");
}

void print_history() {
    std::fprintf(stderr, "The last of %llu events of the play %s:\n",
                 static_cast<unsigned long long>(g_count), g_title.c_str());
    for (uint64_t i = g_count > kKept ? g_count - kKept : 0; i < g_count; ++i)
        print(g_events[i % kKept]);
}

void aborted(int number) {
    sigaction(SIGABRT, &g_former_abort, nullptr);
    print_history();
    raise(number);
}

void does_not_end(int) {
    static const char text[] = "The play does not end.\n";
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    std::abort();
}

// Behind libFuzzer, which has handlers of its own.
void install() {
    static bool installed = false;
    if (std::exchange(installed, true)) return;
    struct sigaction action{};
    action.sa_handler = aborted;
    action.sa_flags = SA_NODEFER;
    sigaction(SIGABRT, &action, &g_former_abort);
    action.sa_handler = does_not_end;
    sigaction(SIGVTALRM, &action, nullptr);
    __sanitizer_set_death_callback(print_history);
}

Event& add() {
    Event& event = g_events[g_count++ % kKept];
    event = {};
    return event;
}

}  // namespace

void begin_history(std::string title) {
    install();
    itimerval time{{0, 0}, {kSeconds, 0}};
    setitimer(ITIMER_VIRTUAL, &time, nullptr);
    g_title = std::move(title);
    g_count = 0;
    ++g_tally.plays;
}

Entry note_call(uint64_t thread, unsigned service, const torture::Words& words) {
    Event& event = add();
    event.thread = thread;
    event.service = service;
    event.words = words;
    return g_count - 1;
}

void note_status(Entry call, uint32_t status) {
    ++g_tally.calls;
    if (call + kKept < g_count) return;
    g_events[call % kKept].done = true;
    g_events[call % kKept].status = status;
}

void note(const char* what, uint64_t first, uint64_t second) {
    Event& event = add();
    event.what = what;
    event.thread = first;
    event.words.value[0] = second;
}

void found(const std::string& what) {
    std::fprintf(stderr, "FOUND %s\n", what.c_str());
    std::abort();
}

Tally& tally() {
    return g_tally;
}

}  // namespace fuzz
