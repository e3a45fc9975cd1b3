// SPDX-License-Identifier: GPL-3.0-only
//
// Where a console is seen and typed at: a stream of VT bytes both ways, a screen with a keyboard, or nothing.
#pragma once

#include "apps/conhost/vt_input.hpp"
#include "apps/conhost/vt_renderer.hpp"

namespace conhost {

class FrontEnd : public VtRenderer::Sink {
public:
    static constexpr unsigned kMostEvents = 2;

    // Of what is shown at first, in cells; before anything else.
    virtual Point size() const { return {80, 25}; }
    // Who is told of keys; before anything else.
    virtual void deliver_to(VtInput::Receiver& receiver) = 0;
    // What it waits for; at most kMostEvents.
    virtual unsigned events(HANDLE* into) = 0;
    // One of them was signalled: takes what has come.
    virtual void take(unsigned event) = 0;
    // How long it waits for them: relative, in 100 ns; 0: for ever. Then it is told by pause().
    virtual LONGLONG patience() const { return 0; }
    virtual void pause() {}
    // The keyboard's lamps and the like, after keys.
    virtual void settle() {}

protected:
    ~FrontEnd() = default;
};

}  // namespace conhost
