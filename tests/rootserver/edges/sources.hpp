// SPDX-License-Identifier: GPL-3.0-only
// The edge lines of a PC: for each, a way to make its device raise the line once more, and to look whether it
// did.
#pragma once
#include "tests/rootserver/common/rt.hpp"

namespace edges {

using rt::Word;

class Source {
public:
    virtual const char* name() const = 0;
    // The device is there; from here on it may raise its line.
    virtual bool open() = 0;
    // Makes the line rise, now or soon. What was pending is gone.
    virtual void arm() = 0;
    // Takes what the device has to say, after which its line is down. False when it has nothing.
    virtual bool take() = 0;
    virtual void close() = 0;
    virtual Word pin() const = 0;

    Word handler = 0;
    Word served = 0;     // times that it had something to say
    Word last_seen = 0;  // time-stamp counter then

protected:
    ~Source() = default;
};

inline constexpr unsigned kSources = 5;
// The sources of this machine; null for one that it does not have.
void find(Source* (&sources)[kSources]);

}  // namespace edges
