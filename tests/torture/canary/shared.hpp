// SPDX-License-Identifier: GPL-3.0-only
//
// What the canary and those who ask after it share: a section that SYSTEM and administrators may open alone,
// and two events, one that asks and one that answers.
#pragma once

#include "abi/nt/ntdll.h"

namespace canary {

constexpr const WCHAR* kSectionName = u"\\BaseNamedObjects\\canary";
constexpr const WCHAR* kAskedName = u"\\BaseNamedObjects\\canary-asked";
constexpr const WCHAR* kToldName = u"\\BaseNamedObjects\\canary-told";

// What is watched; each is a line of the report.
enum class Group : ULONG {
    Memory,
    Threads,
    Handles,
    Clock,
    Processes,
    Drivers,
    Registry,
    Files,
    Objects,
    Count
};
constexpr const char* kGroupNames[] = {"canary-memory", "canary-threads", "canary-handles",
                                       "clock",         "processes",      "drivers",
                                       "registry",      "files",          "objects"};

struct Finding {
    Group group;
    char what[228];  // ends with 0
};
constexpr ULONG kMostFindings = 24;

// One page and a half, written by the canary alone.
struct Report {
    ULONG things;  // that are known
    ULONG looks;   // at them so far; the first is when they become known
    ULONG count;   // of findings, those that found no room among them
    Finding findings[kMostFindings];
};

// The view of it; null where there is none.
Report* map_report(bool create);
HANDLE make_event(const WCHAR* name, bool create);

}  // namespace canary
