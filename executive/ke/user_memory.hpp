// SPDX-License-Identifier: GPL-3.0-only
//
// A process's memory as the Executive sees it. The Executive never dereferences a client's pointer: it asks
// for the page behind an address, which is faulted in and checked as if the client had touched it, and works
// on its own alias of that page. A bad address is STATUS_ACCESS_VIOLATION for the caller. A page that is not
// there yet is STATUS_IN_PAGE_ERROR with a ke::PageIn; a guard page of the caller's is
// STATUS_GUARD_PAGE_VIOLATION, once, and then a page like others. Either way the dispatcher calls the service
// once more where that can help, so no service has changed anything before it has read what it is given. A
// pointer obtained here is good until the next co_await.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>
#include <type_traits>
#include <utility>

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
    // The same if nothing has to be done for it, else null: then page() says what there is.
    virtual uint8_t* present(uint64_t address, Access access) {
        (void)address;
        (void)access;
        return nullptr;
    }
    // The alias of an object that lies in one page and is there, else null. It may be at any address: to be
    // read and written by memcpy().
    template <typename T>
    uint8_t* present(uint64_t address, Access access) {
        bool in_one_page = sizeof(T) - 1 < kPageBytes - address % kPageBytes;
        return in_one_page ? present(address, access) : nullptr;
    }
    // Makes sure that page() will find the page, if it can be had; a guard page stays one. STATUS_SUCCESS: it
    // was there; STATUS_PAGE_FAULT_TRANSITION: now it is. An error says that it cannot be had, or, as
    // STATUS_IN_PAGE_ERROR with a ke::PageIn, not yet.
    virtual NTSTATUS touch(uint64_t address, Access access) {
        (void)address;
        (void)access;
        return STATUS_SUCCESS;
    }
    // May there be pages that have to be waited for? Until it says so touch() is not called.
    bool may_wait() const { return may_wait_; }
    // The guard page that page() came upon last, to be asked once; 0: none.
    uint64_t take_guard() { return std::exchange(guard_, 0); }

    // All or nothing is not promised: an error may come after a part was copied, as on any NT.
    Result<void> copy_in(void* to, uint64_t from, size_t length);
    Result<void> copy_out(uint64_t to, const void* from, size_t length);
    // The same of the eight bytes that most arguments are.
    Result<void> read_word(uint64_t& word, uint64_t from);
    Result<void> write_word(uint64_t to, uint64_t word);
    Result<void> fill(uint64_t to, uint8_t value, size_t length);
    // Faults the whole range in for this access: the following copy cannot fail (until the next co_await).
    Result<void> probe(uint64_t address, size_t length, Access access);

    static constexpr size_t kPageBytes = 4096;

protected:
    ~UserMemory() = default;
    void set_may_wait();
    uint64_t guard_ = 0;

private:
    Result<void> copy_in_pages(void* to, uint64_t from, size_t length);
    Result<void> copy_out_pages(uint64_t to, const void* from, size_t length);
    Result<void> probe_pages(uint64_t address, size_t length, Access access);

    bool may_wait_ = false;
};

// The memory of the thread whose call or fault is being served, null when there is none: it comes upon its
// guard pages as the thread would. Guard pages of others are none.
const UserMemory* served_memory();

// Why no call may take the dispatcher's shortest path: bits.
inline constexpr uint8_t kTracing = 1;        // a program is traced
inline constexpr uint8_t kMemoryMayWait = 2;  // some client's memory may have to be waited for
inline constinit uint8_t unusual_calls = 0;

inline constexpr uint64_t kLowestUserAddress = 0x10000;
inline constexpr uint64_t kHighestUserAddress = 0x7ffffffeffff;

}  // namespace ke
