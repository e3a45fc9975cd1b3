// SPDX-License-Identifier: GPL-3.0-only
//
// Capabilities that all threads of a process have. They lie in one CNode, which each thread's own leads to:
// to give one, or to take it back, costs the same however many threads there are.
#pragma once

#include <stdint.h>

#include "base/ref.hpp"
#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace ke {

using CPtr = uint64_t;

// A CNode, and mm's page that it lies in.
struct NodeResources {
    CPtr node = 0;
    uint32_t page = 0;
};

class Grants {
public:
    // STATUS_INSUFFICIENT_RESOURCES.
    static Result<Own<Grants>> create();
    explicit Grants(NodeResources resources) : resources_(resources) {}
    Grants(const Grants&) = delete;
    Grants& operator=(const Grants&) = delete;
    // REQUIRES: no thread leads to it any more.
    ~Grants();

    // Puts a copy in; the CPtr that it has for every thread. STATUS_INSUFFICIENT_RESOURCES when all 64 slots
    // are used.
    Result<uint32_t> add(CPtr source);
    // Takes it out; the slot may be used again. Nothing when there is none at this CPtr.
    void remove(uint32_t pointer);
    CPtr node() const { return resources_.node; }

private:
    NodeResources resources_;
    uint64_t used_ = 0;  // a bit for each slot
};

}  // namespace ke
