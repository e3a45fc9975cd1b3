// SPDX-License-Identifier: GPL-3.0-only
//
// A process's memory as the Executive sees it. The Executive never dereferences a client's pointer: it asks
// for the page behind an address, which is faulted in and checked as if the client had touched it, and works
// on its own alias of that page. A bad address is STATUS_ACCESS_VIOLATION for the caller. A pointer obtained
// here is good until the next co_await.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>
#include <type_traits>

#include "base/result.hpp"
#include "base/string.hpp"
#include "executive/prelude.hpp"

namespace ke {

enum class Access : uint8_t { Read, Write, Execute };

// Addresses and lengths from a client: nothing about them has been checked.
template <typename T>
class UserIn {
public:
    constexpr UserIn() = default;
    explicit constexpr UserIn(uint64_t address) : address_(address) {}
    uint64_t address() const { return address_; }
    bool null() const { return address_ == 0; }

private:
    uint64_t address_ = 0;
};

template <typename T>
class UserOut {
public:
    constexpr UserOut() = default;
    explicit constexpr UserOut(uint64_t address) : address_(address) {}
    uint64_t address() const { return address_; }
    bool null() const { return address_ == 0; }

private:
    uint64_t address_ = 0;
};

template <typename T>
class UserInOut {
public:
    constexpr UserInOut() = default;
    explicit constexpr UserInOut(uint64_t address) : address_(address) {}
    uint64_t address() const { return address_; }
    bool null() const { return address_ == 0; }
    UserIn<T> in() const { return UserIn<T>(address_); }
    UserOut<T> out() const { return UserOut<T>(address_); }

private:
    uint64_t address_ = 0;
};

struct UserInBuffer {
    uint64_t address;
    size_t length;
    bool null() const { return address == 0; }
};
struct UserOutBuffer {
    uint64_t address;
    size_t length;
    bool null() const { return address == 0; }
};
struct UserInOutBuffer {
    uint64_t address;
    size_t length;
    bool null() const { return address == 0; }
    UserInBuffer in() const { return {address, length}; }
    UserOutBuffer out() const { return {address, length}; }
};

class UserMemory {
public:
    // The Executive's alias of the byte at `address`, good to the end of its page.
    virtual Result<uint8_t*> page(uint64_t address, Access access) = 0;

    // All or nothing is not promised: an error may come after a part was copied, as on any NT.
    Result<void> copy_in(void* to, uint64_t from, size_t length);
    Result<void> copy_out(uint64_t to, const void* from, size_t length);
    Result<void> fill(uint64_t to, uint8_t value, size_t length);
    // Faults the whole range in for this access: the following copy cannot fail (until the next co_await).
    Result<void> probe(uint64_t address, size_t length, Access access);

protected:
    ~UserMemory() = default;
};

inline constexpr uint64_t kLowestUserAddress = 0x10000;
inline constexpr uint64_t kHighestUserAddress = 0x7ffffffeffff;

}  // namespace ke
