// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/reports.hpp"

#include <string.h>

#include <algorithm>

#include "base/format.hpp"
#include "executive/hal/console.hpp"
#include "executive/hal/log.hpp"
#include "executive/hal/serial.hpp"

namespace ke {

namespace {

[[clang::no_destroy]] constinit Reports reports;

// Each may take half a thousand instructions on the serial mirror.
constexpr size_t kPart = 8;

}  // namespace

Reports& Reports::instance() {
    return reports;
}

void Reports::initialize() {
    hal::set_before_log_line([] { reports.finish_line(); });
}

void Reports::put(std::string_view text) {
    if (text.empty()) return;
    size_t at = (first_ + used_) % kRoom;
    size_t straight = std::min(text.size(), kRoom - at);
    memcpy(text_ + at, text.data(), straight);
    memcpy(text_, text.data() + straight, text.size() - straight);
    used_ += text.size();
}

void Reports::add(std::string_view line) {
    line = line.substr(0, kLongestLine);
    char gap[48];
    std::string_view told = left_out_ ? format(gap, "{} lines left out\n", left_out_) : std::string_view();
    if (told.size() + line.size() + 1 > kRoom - used_) {
        ++left_out_;
        return;
    }
    left_out_ = 0;
    bool idle = used_ == 0;
    put(told);
    put(line);
    put("\n");
    if (idle && !linked()) Pacer::instance().add(*this);
}

// Up to the line's end, which it takes off the ring but does not give.
size_t Reports::next_part(char* part) {
    size_t length = 0;
    while (length < kPart && used_ > 0) {
        char c = text_[first_];
        first_ = (first_ + 1) % kRoom;
        --used_;
        if (c == '\n') {
            in_line_ = false;
            break;
        }
        part[length++] = c;
    }
    return length;
}

bool Reports::write_some() {
    if (used_ == 0) return !hal::console_restore();
    if (!in_line_) hal::console_begin_report();
    in_line_ = true;
    char part[kPart];
    size_t length = next_part(part);
    hal::console_put({part, length});
    if (!in_line_) hal::console_end_report();
    return true;
}

bool Reports::drain(const Slice& slice) {
    while (write_some())
        if (slice.over()) return false;
    while (!hal::console_show())
        if (slice.over()) return false;
    return true;
}

void Reports::finish_all() {
    while (!drain(Slice())) {
    }
}

void Reports::spill() {
    for (; used_ > 0 && used_ <= kRoom; --used_)
        hal::serial_write({&text_[first_++ % kRoom], 1});
    in_line_ = false;
}

void Reports::finish_line() {
    while (in_line_)
        write_some();
    hal::console_restore_anew();
}

bool Reports::finish_line(const Slice& slice) {
    if (!in_line_) return true;
    do
        write_some();
    while (in_line_ && !slice.over());
    return false;
}

}  // namespace ke
