// SPDX-License-Identifier: GPL-3.0-only
//
// What the Executive itself has to say on the console: lines, queued here and written a few characters at a
// time by the pacer, since a line takes longer than a turn on a serial line or a screen that scrolls. Whoever
// writes to the console drains them first, so lines come in their order and whole.
#pragma once

#include <string_view>

#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"

namespace ke {

class Reports final : public PacedWork {
public:
    static Reports& instance();
    // Once, at boot: lines of the log do not come in the midst of a report.
    static void initialize();

    // Bytes of a line; what is longer is cut off, for what is left of a line may have to be written at once.
    static constexpr size_t kLongestLine = 200;
    // A line without its end. When there is no room for it, it is left out, and the reader told how many
    // were.
    void add(std::string_view line);
    // Writes until the slice is over; true when nothing is left.
    bool drain(const Slice& slice);
    // Writes what is left of a line that was begun, for who has one of his own to write at once.
    void finish_line();
    // A slice of the same; true when there was nothing to do.
    bool finish_line(const Slice& slice);
    // The same of all lines, before the system is shut down.
    void finish_all();
    // What is left goes to the serial line as it is, for the Executive's last words: nothing else is touched.
    void spill();

    bool slice() override { return drain(Slice()); }

private:
    static constexpr size_t kRoom = 16384;  // bytes, some 200 lines

    void put(std::string_view text);
    size_t next_part(char* part);
    // A few characters; false when there is nothing.
    bool write_some();

    char text_[kRoom] = {};  // a ring of lines with their ends
    size_t first_ = 0;
    size_t used_ = 0;
    uint32_t left_out_ = 0;  // lines
    bool in_line_ = false;
};

// Adds a line.
inline void report(std::string_view line) {
    Reports::instance().add(line);
}

}  // namespace ke
