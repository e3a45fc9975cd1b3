// SPDX-License-Identifier: GPL-3.0-only
//
// What the root key of a hive knows of it: whoever loads hives (executive/services) makes it, and it is there
// as long as the key is in the registry.
#pragma once

#include "base/ref.hpp"
#include "executive/prelude.hpp"

namespace cm {

class HiveRoot : public RefCounted {
public:
    // `by_name`: its keys can be opened by a path from outside; else by handles alone.
    explicit HiveRoot(bool by_name) : by_name_(by_name) {}

    bool by_name() const { return by_name_; }
    // Another number after each change of the root and of what is below it.
    uint64_t changes() const { return changes_; }
    void note_change() { ++changes_; }
    // Openings of its keys that there are.
    uint32_t openings() const { return openings_; }
    void opened() { ++openings_; }
    void closed() {
        if (--openings_ == 0) all_closed();
    }

protected:
    virtual void all_closed() = 0;

private:
    uint64_t changes_ = 0;
    uint32_t openings_ = 0;
    bool by_name_;
};

}  // namespace cm
