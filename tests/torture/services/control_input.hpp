// SPDX-License-Identifier: GPL-3.0-only
//
// Inputs of controls under construction (controls.hpp).
#pragma once

#include <string.h>

#include "tests/torture/services/controls.hpp"

namespace torture {

class Input {
public:
    explicit Input(World& world) : world(world) {}

    template <typename T>
    void add(const T& value) {
        add(&value, sizeof value);
    }
    void add(const void* bytes, ULONG size) {
        const ULONG room = static_cast<ULONG>(sizeof bytes_) - length_;
        const ULONG used = size < room ? size : room;
        memcpy(bytes_ + length_, bytes, used);
        length_ += used;
    }
    void add(const Input& other) { add(other.bytes_, other.length_); }
    void add_text(const char* ascii) {
        for (; *ascii; ++ascii)
            add(static_cast<WCHAR>(*ascii));
    }
    void add_number(ULONG64 value) {
        if (value > 9) add_number(value / 10);
        add(static_cast<WCHAR>('0' + value % 10));
    }
    // Anything, in WCHARs.
    void add_noise(ULONG64 most) {
        for (ULONG64 left = world.below(most); left > 0; --left)
            add(static_cast<WCHAR>(world.chance(80) ? 'a' + world.below(26) : world.random()));
    }
    ULONG length() const { return length_; }
    void set(ULONG at, ULONG value) { memcpy(bytes_ + at, &value, sizeof value); }
    ULONG64 place() { return world.place(bytes_, length_, world.chance(15)); }

    World& world;

private:
    UCHAR bytes_[2048] = {};
    ULONG length_ = 0;
};

using Fill = void (*)(Input&);

inline void nothing(Input&) {}

inline ULONG word(World& world) {
    constexpr ULONG kWords[] = {0,    1,    2,      3,      4,          8,          0x1f,
                                0x40, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
    return world.any_of(kWords);
}

inline LONGLONG place_in_file(World& world) {
    constexpr LONGLONG kPlaces[] = {0,      0,       1,        511,     512,         4095, 4096,
                                    0x1000, 0x10000, 0x10001,  1 << 20, 0x100000000, -1,   0x7fffffffffffffff,
                                    -4096,  0x2000,  0x800000, 3};
    return world.any_of(kPlaces);
}

inline void one_word(Input& input) {
    input.add(word(input.world));
}
inline void two_words(Input& input) {
    one_word(input), one_word(input);
}
inline void one_place(Input& input) {
    input.add(place_in_file(input.world));
}
inline void two_places(Input& input) {
    one_place(input), one_place(input);
}
// No process has such a number: a client of the run stays away from the consoles of others.
inline void no_process(Input& input) {
    input.add(static_cast<ULONG>(0x100000 + input.world.below(0x100000)));
}
inline void noise(Input& input) {
    for (ULONG64 left = input.world.below(20); left > 0; --left)
        input.add(input.world.chance(50) ? input.world.below(8) : input.world.random());
}
inline void characters(Input& input) {
    input.add_noise(200);
}

struct Known {
    ULONG code;
    Fill fill;
};

template <SIZE_T kCount>
constexpr ULONG count_of(const Known (&)[kCount]) {
    return static_cast<ULONG>(kCount);
}

inline Control made(World& world, const Known& known) {
    Input input(world);
    known.fill(input);
    return {known.code, input.length() ? input.place() : 0, input.length()};
}

}  // namespace torture
