// SPDX-License-Identifier: GPL-3.0-only
//
// How the PCI functions of a host that has died are stopped, before any page of it, or of the requests that
// it was lent, is given to anybody else: until then they may still write there.
#pragma once

#include "executive/ke/timer.hpp"

namespace pnp {

class Host;

class Quieting final : public ke::Timer {
public:
    explicit Quieting(Host& host) : host_(host) {}
    // True: none has to be waited for. Else the process is told when all are quiet.
    bool begin();
    void expired() override;

private:
    // Of one function, the next: each is a good part of a turn.
    void step();
    // False: there is nothing left to wait for.
    bool wait();

    Host& host_;
};

}  // namespace pnp
