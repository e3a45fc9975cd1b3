// SPDX-License-Identifier: GPL-3.0-only
//
// Text of the tests: UTF-16 and a screen's rows as std::string.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "apps/conhost/screen_buffer.hpp"

inline std::u16string wide(const std::string& text) {
    return {text.begin(), text.end()};
}
inline std::string narrow(app::View text) {
    std::string out;
    for (SIZE_T i = 0; i < text.size; ++i)
        out += static_cast<char>(text[i] < 0x7F ? text[i] : '?');
    return out;
}
// A row without the blanks at its end.
inline std::string row(const conhost::ScreenBuffer& buffer, int y) {
    std::string out;
    for (int x = 0; x < buffer.width(); ++x)
        out += static_cast<char>(buffer.row(y)[x].character);
    return out.substr(0, out.find_last_not_of(' ') + 1);
}
