// SPDX-License-Identifier: GPL-3.0-only
//
// Calls every declared service with valid states and wild values, from several processes whose threads are
// disturbed and ended inside calls. One run is one epoch:
//     services SEED EPOCH CALLS PROCESSES THREADS [user] [without|only NtName...]
// With `user` the fuzzing processes are an ordinary user's, and may try what they like on the rest of the
// system.
// It ends when CALLS were made and everything that it started is gone, and prints what was called and the
// state of the system, in lines that tools/cmd_torture.py compares from epoch to epoch.
#include "tests/common/report.hpp"
#include "tests/torture/services/epoch.hpp"
#include "tests/torture/services/worker.hpp"

namespace {

constexpr ULONG kMostWords = 7;

// The words of the command line after the program's name: numbers, and "worker" as the first of a worker's.
struct Line {
    ULONG64 number[kMostWords] = {};
    ULONG count = 0;
    bool worker = false;
    bool ordinary = false;
};

void take(Line& line, const WCHAR* text, ULONG length) {
    if (text[0] > u'9') {
        if (text[0] == u'u') line.ordinary = true;
        if (text[0] == u'w' && text[1] == u'o') line.worker = true;
        return;
    }
    ULONG64 value = 0;
    for (ULONG i = 0; i < length; ++i)
        value = value * 10 + (text[i] - u'0');
    if (line.count < kMostWords) line.number[line.count++] = value;
}

Line read_line(const UNICODE_STRING& text) {
    Line line;
    const ULONG length = text.Length / sizeof(WCHAR);
    ULONG start = 0;
    bool first = true;
    for (ULONG i = 0; i <= length; ++i) {
        if (i < length && text.Buffer[i] != ' ') continue;
        if (i > start && !first) take(line, text.Buffer + start, i - start);
        if (i > start) first = false;
        start = i + 1;
    }
    return line;
}

// The word `without` or `only` and all behind it; empty when there is none.
UNICODE_STRING selection(const UNICODE_STRING& text) {
    UNICODE_STRING rest = text;
    for (bool blank = false; rest.Length; rest.Length -= sizeof(WCHAR), ++rest.Buffer) {
        if (blank && (rest.Buffer[0] == u'o' || (rest.Buffer[0] == u'w' && rest.Buffer[1] == u'i'))) break;
        blank = rest.Buffer[0] == u' ';
    }
    return rest;
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    const Line line = read_line(peb->ProcessParameters->CommandLine);
    if (line.worker) torture::run_process(static_cast<ULONG>(line.number[0]));
    test::begin(peb);
    // Those who save and load hives, and who unloads what they have left.
    BOOLEAN before;
    RtlAdjustPrivilege(SE_BACKUP_PRIVILEGE, TRUE, FALSE, &before);
    RtlAdjustPrivilege(SE_RESTORE_PRIVILEGE, TRUE, FALSE, &before);
    torture::Plan plan;
    plan.seed = line.number[0];
    plan.epoch = static_cast<ULONG>(line.number[1]);
    plan.calls = line.number[2];
    plan.processes = static_cast<ULONG>(line.number[3]);
    plan.threads = static_cast<ULONG>(line.number[4]);
    plan.ordinary = line.ordinary;
    plan.selection = selection(peb->ProcessParameters->CommandLine);
    torture::run_epoch(plan);
    test::end();
}
