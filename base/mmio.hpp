// SPDX-License-Identifier: GPL-3.0-only
//
// Device registers. A register block is a struct of Register<T> members at the data sheet's offsets; each
// read or write is exactly one access of that width.
#pragma once

#include <stdint.h>

namespace base {

template <typename T>
class Register {
public:
    T read() const { return *const_cast<const volatile T*>(&value_); }
    void write(T value) { *const_cast<volatile T*>(&value_) = value; }

private:
    T value_;
};

}  // namespace base
