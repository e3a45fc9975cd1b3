// SPDX-License-Identifier: GPL-3.0-only
//
// The machine's own front end: the screen with its keyboard, and the serial line, which shows the same and is
// typed at as a terminal.
#pragma once

#include "apps/conhost/keyboard.hpp"
#include "apps/conhost/terminal_stream.hpp"

namespace conhost {

class Screen final : public FrontEnd {
public:
    NTSTATUS open();
    Point size() const override { return size_; }

    void send(const char* bytes, SIZE_T length) override { line_.send(bytes, length); }
    bool has_title() const override { return false; }
    void deliver_to(VtInput::Receiver& receiver) override;
    unsigned events(HANDLE* into) override;
    void take(unsigned event) override;
    LONGLONG patience() const override;
    void pause() override { line_.pause(); }
    void settle() override { keyboard_.settle(); }

private:
    TerminalStream line_;
    Keyboard keyboard_;
    Point size_{80, 25};
    unsigned of_line_ = 0;  // of the events that were given last, those of the line
};

}  // namespace conhost
