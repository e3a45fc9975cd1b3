// SPDX-License-Identifier: GPL-3.0-only
//
// A name that a tree orders without regard to case. Names may be long, and the same but for their case and
// their end: comparing one with another unit by unit would then take thousands of instructions at each level
// of the tree. So a long one keeps its upper case beside it, and whoever looks for a long one makes the upper
// case of what he looks for once, when it is first needed.
#pragma once

#include "base/string.hpp"

namespace base {

class FoldedKey;

class FoldedName {
public:
    // Of longer ones, in UTF-16 units, the upper case is kept.
    static constexpr size_t kShort = 32;

    FoldedName() = default;
    static Result<FoldedName> create(std::u16string_view name);
    // Of what was looked for.
    static Result<FoldedName> create(const FoldedKey& key);

    size_t length() const { return units_.length() > kShort ? units_.length() / 2 : units_.length(); }
    std::u16string_view view() const { return units_.view().substr(0, length()); }
    operator std::u16string_view() const { return view(); }
    // Null for a short one.
    const char16_t* upper() const {
        return units_.length() > kShort ? units_.view().data() + length() : nullptr;
    }
    // Of its memory.
    static size_t bytes(size_t length) { return (length > kShort ? 2 : 1) * length * sizeof(char16_t); }
    size_t bytes() const { return units_.length() * sizeof(char16_t); }

private:
    String units_;  // of a long one: the name, then its upper case
};

// What a tree compares. It lies on the stack of whoever looks for a name.
class FoldedKey {
public:
    // Longer names are compared up to here, in UTF-16 units: no tree has any.
    static constexpr size_t kLongest = 1024;

    explicit FoldedKey(std::u16string_view name) : name_(name) {}
    FoldedKey(const FoldedKey&) = delete;
    FoldedKey& operator=(const FoldedKey&) = delete;
    // As compare_ignore_case().
    int compare(const FoldedName& other) const {
        if (!other.upper()) [[likely]]
            return compare_ignore_case(name_, other.view());
        return compare_long(other);
    }

private:
    friend class FoldedName;
    int compare_long(const FoldedName& other) const;
    std::u16string_view name_;
    mutable bool folded_ = false;
    mutable char16_t upper_[kLongest];
};

// The key of an element.
class FoldedNameKey {
public:
    explicit FoldedNameKey(const FoldedName& name) : name_(&name) {}
    bool operator<(const FoldedNameKey& other) const;
    bool operator<(const FoldedKey& other) const { return other.compare(*name_) > 0; }
    friend bool operator<(const FoldedKey& key, const FoldedNameKey& element) {
        return key.compare(*element.name_) < 0;
    }

private:
    const FoldedName* name_;
};

}  // namespace base
