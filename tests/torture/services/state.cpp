// SPDX-License-Identifier: GPL-3.0-only
//
// What the system says of itself, and what this run has counted, as lines for the harness.
#include "abi/nt/neptune.h"
#include "tests/common/report.hpp"
#include "tests/torture/services/epoch.hpp"
#include "tests/torture/services/process_list.hpp"
#include "tests/torture/services/shared.hpp"

namespace torture {
namespace {

// Words put together for the front of a line.
class Label {
public:
    explicit Label(const char* text) { add(text); }
    Label& add(const char* text) {
        while (*text && length_ < sizeof text_ - 1)
            text_[length_++] = *text++;
        return *this;
    }
    Label& add(const WCHAR* text) {
        while (*text && length_ < sizeof text_ - 1)
            text_[length_++] = static_cast<char>(*text++);
        return *this;
    }
    const char* text() const { return text_; }

private:
    char text_[120] = {};
    ULONG length_ = 0;
};

void print_memory() {
    SYSTEM_PERFORMANCE_INFORMATION information = {};
    NtQuerySystemInformation(SystemPerformanceInformation, &information, sizeof information, nullptr);
    test::note("state pages", information.AvailablePages);
}

void print_types() {
    NEPTUNE_OBJECT_TYPE types[64];
    ULONG length = 0;
    NtQuerySystemInformation(SystemNeptuneObjectTypes, types, sizeof types, &length);
    for (ULONG i = 1; i < length / sizeof types[0]; ++i) {
        test::note(Label("state objects:").add(types[i].Name).text(), types[i].Objects);
        test::note(Label("state handles:").add(types[i].Name).text(), types[i].Handles);
    }
}

void print_drivers() {
    NEPTUNE_DRIVER_INFORMATION drivers[32];
    ULONG length = 0;
    NtQuerySystemInformation(SystemNeptuneDriverInformation, drivers, sizeof drivers, &length);
    for (ULONG i = 0; i < length / sizeof drivers[0]; ++i) {
        test::note(Label("state restarts:").add(drivers[i].Name).text(), drivers[i].Restarts);
        test::note(Label("state leases:").add(drivers[i].Name).text(), drivers[i].LeasedRequests);
        test::note(Label("state devices:").add(drivers[i].Name).text(), drivers[i].Devices);
    }
}

// Nothing unless the system was booted with turns=1.
void print_turns() {
    static NEPTUNE_TURN turns[service_table::count + 64];
    ULONG length = 0;
    NtQuerySystemInformation(SystemNeptuneTurns, turns, sizeof turns, &length);
    for (ULONG i = 0; i < length / sizeof turns[0]; ++i)
        test::note(Label("turn ").add(turns[i].Name).text(), turns[i].Ticks);
}

void print_processes() {
    ProcessList list;
    ULONG processes = 0;
    ULONG threads = 0;
    for (const SYSTEM_PROCESS_INFORMATION* process = list.first(); process; process = list.next(process)) {
        ++processes;
        threads += process->NumberOfThreads;
    }
    test::note("state processes", processes);
    test::note("state threads", threads);
}

}  // namespace

void print_state() {
    print_turns();
    print_names();
    print_types();
    print_drivers();
    print_processes();
    print_memory();
}

void print_counts() {
    const Shared& all = shared();
    test::note("\n# state and counts of epoch", orders().epoch);
    for (unsigned i = 0; i < service_table::count; ++i)
        if (all.calls[i])
            test::note(Label("count ").add(service_table::services[i].name).text(), all.calls[i]);
    for (const Status& entry : all.statuses) {
        char hex[9] = {};
        for (ULONG i = 0; i < 8; ++i)
            hex[i] = "0123456789abcdef"[entry.status >> (28 - 4 * i) & 0xf];
        if (entry.count) test::note(Label("status ").add(hex).text(), entry.count);
    }
    test::note("count threads-ended", all.threads_ended);
    test::note("count processes-ended", all.processes_ended);
}

}  // namespace torture
