// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/canary/inventory.hpp"

#include <string.h>

namespace canary {
namespace {

constexpr ULONG kMostThings = 16384;
constexpr ULONG kMostText = 0x100000;  // bytes of names

struct Thing {
    ULONG64 key;  // 0: none
    ULONG64 content;
    ULONG name;  // where in `names`
    ULONG survey;
    Group group;
};

Thing things[kMostThings];
char names[kMostText];
ULONG used;
ULONG known;
ULONG survey;
Report* report;

void put(char (&text)[sizeof Finding::what], ULONG& length, const char* part) {
    while (*part && length < sizeof text - 1)
        text[length++] = *part++;
    text[length] = 0;
}

// What is no plain character becomes a question mark.
char plain(WCHAR c) {
    return c >= u' ' && c < 0x7f ? static_cast<char>(c) : '?';
}

Finding* next_finding(Group group) {
    if (report->count++ >= kMostFindings) return nullptr;
    Finding& finding = report->findings[report->count - 1];
    finding.group = group;
    return &finding;
}

ULONG keep(const UNICODE_STRING& name) {
    const ULONG length = name.Length / sizeof(WCHAR);
    if (used + length + 1 > kMostText) return kMostText - 1;
    const ULONG at = used;
    for (ULONG i = 0; i < length; ++i)
        names[used++] = plain(name.Buffer[i]);
    names[used++] = 0;
    return at;
}

Thing* find(ULONG64 key) {
    for (ULONG i = 0; i < kMostThings; ++i) {
        Thing& thing = things[(key + i) % kMostThings];
        if (!thing.key || thing.key == key) return &thing;
    }
    return nullptr;
}

}  // namespace

void report_to(Report* where) {
    report = where;
}

void found(Group group, const char* what) {
    Finding* finding = next_finding(group);
    ULONG length = 0;
    if (finding) put(finding->what, length, what);
}

void found(Group group, const char* what, const UNICODE_STRING& name, const char* aspect) {
    Finding* finding = next_finding(group);
    if (!finding) return;
    ULONG length = 0;
    for (ULONG i = 0; i < name.Length / sizeof(WCHAR); ++i) {
        const char text[2] = {plain(name.Buffer[i]), 0};
        put(finding->what, length, text);
    }
    put(finding->what, length, " ");
    put(finding->what, length, what);
    put(finding->what, length, " ");
    put(finding->what, length, aspect);
}

Hash& Hash::add(const void* bytes, SIZE_T length) {
    constexpr ULONG64 kPrime = 0x9fb21c651e98df25;
    const auto* at = static_cast<const UCHAR*>(bytes);
    value_ = (value_ ^ length) * kPrime;
    for (; length >= sizeof(ULONG64); length -= sizeof(ULONG64), at += sizeof(ULONG64)) {
        ULONG64 word;
        memcpy(&word, at, sizeof word);
        value_ = (value_ ^ word) * kPrime;
        value_ ^= value_ >> 29;
    }
    for (; length; --length, ++at)
        value_ = (value_ ^ *at) * kPrime;
    value_ ^= value_ >> 32;
    return *this;
}

void begin_survey() {
    ++survey;
}

void see(Group group, const UNICODE_STRING& name, ULONG64 content, const char* aspect) {
    const ULONG64 key =
        Hash().add(static_cast<ULONG64>(group)).add(name).add(aspect, strlen(aspect)).value() | 1;
    Thing* thing = find(key);
    if (!thing) return found(group, "finds no room in the inventory", name);
    if (!thing->key) {
        if (survey > 1) return found(group, "is new", name);
        *thing = {key, content, keep(name), survey, group};
        ++known;
        return;
    }
    thing->survey = survey;
    if (thing->content != content) found(group, "has changed in", name, aspect);
}

ULONG end_survey() {
    for (const Thing& thing : things) {
        if (!thing.key || thing.survey == survey) continue;
        Finding* finding = next_finding(thing.group);
        if (!finding) continue;
        ULONG length = 0;
        put(finding->what, length, names + thing.name);
        put(finding->what, length, " is gone");
    }
    return known;
}

Trail::Trail(const WCHAR* start) {
    while (start[length_]) {
        text_[length_] = start[length_];
        ++length_;
    }
}

bool Trail::enter(const UNICODE_STRING& component) {
    const ULONG more = component.Length / sizeof(WCHAR);
    if (depth_ == kMostLevels || length_ + 1 + more > kMostCharacters) return false;
    lengths_[depth_++] = length_;
    if (!length_ || text_[length_ - 1] != u'\\') text_[length_++] = u'\\';
    memcpy(text_ + length_, component.Buffer, more * sizeof(WCHAR));
    length_ += more;
    return true;
}

void Trail::leave() {
    length_ = lengths_[--depth_];
}

UNICODE_STRING Trail::name() const {
    UNICODE_STRING name;
    name.Length = name.MaximumLength = static_cast<USHORT>(length_ * sizeof(WCHAR));
    name.Buffer = const_cast<WCHAR*>(text_);
    return name;
}

bool Trail::is(const WCHAR* text) const {
    UNICODE_STRING other;
    RtlInitUnicodeString(&other, text);
    const UNICODE_STRING own = name();
    return RtlEqualUnicodeString(&own, &other, TRUE);
}

ULONG64 security_of(HANDLE object) {
    constexpr SECURITY_INFORMATION kAll = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
                                          DACL_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION;
    alignas(8) static UCHAR descriptor[0x4000];
    ULONG length = 0;
    const NTSTATUS status = NtQuerySecurityObject(object, kAll, descriptor, sizeof descriptor, &length);
    if (!NT_SUCCESS(status)) return static_cast<ULONG>(status);
    return Hash().add(descriptor, length).value();
}

}  // namespace canary
