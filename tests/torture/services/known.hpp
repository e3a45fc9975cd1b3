// SPDX-License-Identifier: GPL-3.0-only
//
// What was there before an epoch: every object, key and file by its path. Calls that race write names in
// places that nobody thought of, and what is new at the end is theirs.
#pragma once

#include "abi/nt/ntdll.h"

namespace torture {

// A path in one number.
class Place {
public:
    static Place top(ULONG64 tree) { return Place(tree); }
    Place below(const UNICODE_STRING& name) const {
        constexpr ULONG64 kPrime = 0x100000001b3;
        ULONG64 hash = (hash_ ^ 0xcbf29ce484222325) * kPrime;
        for (ULONG i = 0; i < name.Length / sizeof(WCHAR); ++i)
            hash = (hash ^ name.Buffer[i]) * kPrime;
        return Place(hash ^ hash >> 29);
    }
    ULONG64 hash() const { return hash_; }

private:
    explicit Place(ULONG64 hash) : hash_(hash) {}
    ULONG64 hash_;
};

class Known {
public:
    // What does not fit any more is not known.
    void add(const Place& place) {
        if (ULONG64* entry = find(place.hash())) *entry = place.hash();
    }
    bool contains(const Place& place) {
        const ULONG64* entry = find(place.hash());
        return entry && *entry;
    }

private:
    static constexpr ULONG kSize = 16384;

    ULONG64* find(ULONG64 hash) {
        for (ULONG i = 0; i < kSize; ++i) {
            ULONG64& entry = entries_[(hash + i) % kSize];
            if (!entry || entry == hash) return &entry;
        }
        return nullptr;
    }

    ULONG64 entries_[kSize] = {};
};

}  // namespace torture
