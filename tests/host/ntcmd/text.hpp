// SPDX-License-Identifier: GPL-3.0-only
//
// UTF-16 text in test expectations and failure messages.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "apps/common/text.hpp"

inline std::string narrow(app::View view) {
    std::string out;
    for (SIZE_T i = 0; i < view.size; ++i)
        out += static_cast<char>(view[i]);
    return out;
}
