// SPDX-License-Identifier: GPL-3.0-only
//
// libFuzzer's way in (tools/fuzz.py services).
#include "tests/fuzz/services/play.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    // What is made once and kept is made now.
    static const bool warm = [] {
        fuzz::warm_up();
        return true;
    }();
    (void)warm;
    fuzz::play({data, size}, "of libFuzzer's input");
    return 0;
}
