// SPDX-License-Identifier: GPL-3.0-only
//
// A front end of two files: VT bytes in and out. Without them nobody sees the console.
#pragma once

#include "apps/common/native.hpp"
#include "apps/conhost/front_end.hpp"

namespace conhost {

class TerminalStream final : public FrontEnd {
public:
    // `line_break`: the byte that stands for a BREAK of the line; -1: none.
    NTSTATUS open(app::View input, app::View output, int line_break = -1);

    void send(const char* bytes, SIZE_T length) override;
    void deliver_to(VtInput::Receiver& receiver) override { decoder_.deliver_to(receiver); }
    unsigned events(HANDLE* into) override;
    void take(unsigned event) override;
    // An escape character may begin a sequence, or be the Escape key.
    LONGLONG patience() const override { return decoder_.patience(); }
    void pause() override { decoder_.pause(); }

private:
    void start_read();

    app::Handle input_, output_, ready_;
    VtInput decoder_;
    IO_STATUS_BLOCK status_ = {};
    char bytes_[256];
    int break_ = -1;
    bool reading_ = false;
};

}  // namespace conhost
