// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/mirror.hpp"

#include "executive/hal/serial.hpp"

namespace hal {

void Mirror::write(std::string_view text) {
    for (char value : text)
        byte(value);
    flush();
}

void Mirror::byte(char value) {
    if (sequence_length_ > 0) {
        if (sequence_length_ == sizeof sequence_) return end_sequence(value);
        sequence_[sequence_length_++] = value;
        if (sequence_length_ == 2 && value != '[') return end_sequence(value);
        if (sequence_length_ > 2 && value >= 0x40 && value <= 0x7e) end_sequence(value);
        return;
    }
    if (value == '\x1b') {
        sequence_[sequence_length_++] = value;
        return;
    }
    if (value == '\n') {
        put('\r');
        column_ = 0;
    } else if (value == '\r') {
        column_ = 0;
    } else {
        ++column_;
    }
    put(value);
}

void Mirror::end_sequence(char final) {
    bool dropped = final == 'm' || final == 'h' || final == 'l';
    for (size_t i = 0; i < sequence_length_ && !dropped; ++i)
        put(sequence_[i]);
    if (final == 'G' || final == 'H' || final == 'J') column_ = 0;
    sequence_length_ = 0;
}

void Mirror::put(char value) {
    if (out_length_ == sizeof out_) flush();
    out_[out_length_++] = value;
}

void Mirror::flush() {
    if (out_length_ > 0) serial_write({out_, out_length_});
    out_length_ = 0;
}

}  // namespace hal
