// SPDX-License-Identifier: GPL-3.0-only
//
// The console's text on the serial line: as it is written, but without colours and cursor shape, and with CR
// before each LF.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <string_view>

#include "executive/prelude.hpp"

namespace hal {

class Mirror {
public:
    void write(std::string_view text);
    // Characters since the last line end: a guess that only has to be right about 0.
    unsigned column() const { return column_; }

private:
    void byte(char value);
    void put(char value);
    void end_sequence(char final);
    void flush();

    char sequence_[24] = {};
    size_t sequence_length_ = 0;  // 0: in plain text
    char out_[120] = {};
    size_t out_length_ = 0;
    unsigned column_ = 0;
};

}  // namespace hal
