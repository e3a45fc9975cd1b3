// SPDX-License-Identifier: GPL-3.0-only
//
// Things by name, each with a number that its content gives. The first survey makes them known; each later
// one reports what has changed, is new, or is gone.
#pragma once

#include "tests/torture/canary/shared.hpp"

namespace canary {

// Where findings go. Set before anything is reported.
void report_to(Report* report);
void found(Group group, const char* what, const UNICODE_STRING& name, const char* aspect = "");
void found(Group group, const char* what);

class Hash {
public:
    Hash& add(const void* bytes, SIZE_T length);
    Hash& add(ULONG64 number) { return add(&number, sizeof number); }
    Hash& add(const UNICODE_STRING& text) { return add(text.Buffer, text.Length); }
    ULONG64 value() const { return value_; }

private:
    ULONG64 value_ = 0xcbf29ce484222325;
};

void begin_survey();
// One thing that is there.
void see(Group group, const UNICODE_STRING& name, ULONG64 content, const char* aspect = "content");
// Reports what was not seen; answers how many are known.
ULONG end_survey();

// A name that grows and shrinks on the way through a tree.
class Trail {
public:
    explicit Trail(const WCHAR* start);
    // False when it would be longer than a name can be here, or the tree too deep.
    bool enter(const UNICODE_STRING& component);
    void leave();
    UNICODE_STRING name() const;
    ULONG depth() const { return depth_; }
    // Whether it ends with this text.
    bool is(const WCHAR* text) const;

private:
    static constexpr ULONG kMostCharacters = 1024;
    static constexpr ULONG kMostLevels = 32;

    WCHAR text_[kMostCharacters];
    ULONG length_ = 0;  // in characters
    ULONG lengths_[kMostLevels];
    ULONG depth_ = 0;
};

// --- the surveys

void survey_keys();
void survey_files();
void survey_objects();
void survey_processes();
void survey_drivers();

// What owner, group, list and label of an object are; 0 without READ_CONTROL.
ULONG64 security_of(HANDLE object);

}  // namespace canary
