// SPDX-License-Identifier: GPL-3.0-only
//
// One service call of one thread: who calls, and access to the caller's memory and handles. It lives in its
// thread, from the arrival of the message until the answer is sent. Handlers get `Call&`:
//
//   NTSTATUS NtSetEvent(ke::Call& call, const NtSetEventArgs& args);                  // cannot block
//   ke::Task<NTSTATUS> NtReadFile(ke::Call& call, NtReadFileArgs args);               // may
//
// A null out pointer is skipped by write(): whether null is allowed is the handler's to check.
#pragma once

#include <bit>

#include "abi/nt/ntdef.h"
#include "base/ref.hpp"
#include "base/task.hpp"
#include "executive/ke/user_memory.hpp"

namespace ob {
class HandleTable;
}

namespace ke {

class Thread;
class Client;

// How far a long call came: what one slice of it leaves to the next. The meaning is the service's own, and an
// argument of the next slice may be another than it was: whoever reads these checks them against it.
struct Progress {
    uint64_t done = 0;
    uint64_t cursor = 0;
    uint64_t detail = 0;
};

// What a slice leaves to the next that no number says, a copy of a name and where its walk has come to. Its
// maker charges it to the caller.
class Kept {
public:
    virtual ~Kept() = default;
};

class Call {
public:
    // REQUIRES: the thread's client is set.
    explicit Call(Thread& thread);
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    Thread& thread() const { return thread_; }
    Client& client() const;
    UserMemory& memory() const { return memory_; }
    ob::HandleTable& handles() const { return handles_; }
    uint32_t service() const { return service_; }

    // --- calls too long for one turn (docs/decisions/0007)
    // Zeros in a call's first slice.
    const Progress& progress() const { return progress_; }
    // `return call.again({...})` ends a slice: the caller, at its own priority, calls again with the same
    // arguments. Returns an error, so that TRY passes it on; nobody outside sees it.
    NTSTATUS again(const Progress& progress);
    template <typename T>
    void keep(Own<T> kept) {
        kept_ = std::move(kept);
        kept_kind_ = &kKind<T>;
    }
    // What an earlier slice of this call kept, or null: nothing, or another kind of thing.
    template <typename T>
    Own<T> take_kept() {
        return Own<T>(kept_kind_ == &kKind<T> ? static_cast<T*>(kept_.leak()) : nullptr);
    }
    // The call is over.
    void forget_progress() {
        progress_ = {};
        kept_.reset();
        return_ip_ = 0;
        again_ = repeated_ = false;
    }

    template <typename T>
    Result<T> read(UserIn<T> in) const {
        static_assert(std::is_trivially_copyable_v<T>);
        if constexpr (sizeof(T) == sizeof(uint64_t)) {
            uint64_t word;
            TRY(memory().read_word(word, in.address()));
            return std::bit_cast<T>(word);
        } else {
            T value;
            TRY(memory().copy_in(&value, in.address(), sizeof(T)));
            return value;
        }
    }
    template <typename T>
    Result<T> read(UserInOut<T> in) const {
        return read(in.in());
    }
    // Element `index` of an array.
    template <typename T>
    Result<T> read(UserIn<T> in, size_t index) const {
        return read(UserIn<T>(in.address() + index * sizeof(T)));
    }
    template <typename T>
    Result<void> write(UserOut<T> out, const std::type_identity_t<T>& value) const {
        static_assert(std::is_trivially_copyable_v<T>);
        if (out.null()) return {};
        if constexpr (sizeof(T) == sizeof(uint64_t)) {
            return memory().write_word(out.address(), std::bit_cast<uint64_t>(value));
        } else {
            return memory().copy_out(out.address(), &value, sizeof(T));
        }
    }
    template <typename T>
    Result<void> write(UserInOut<T> out, const std::type_identity_t<T>& value) const {
        return write(out.out(), value);
    }
    // Checks that a later write cannot fail, so that it can be done before the deed.
    template <typename T>
    Result<void> probe(UserOut<T> out) const {
        if (out.null()) return {};
        return memory().probe(out.address(), sizeof(T), Access::Write);
    }

    Result<void> copy_in(void* to, UserInBuffer from) const {
        return memory().copy_in(to, from.address, from.length);
    }
    // REQUIRES: length <= to.length.
    Result<void> copy_out(UserOutBuffer to, const void* from, size_t length) const {
        ASSERT(length <= to.length);
        return memory().copy_out(to.address, from, length);
    }

    // Before many pages are read or written: where more than a few are not there yet, the call brings some
    // and answers "again". Says nothing of what is wrong with them.
    Result<void> bring(uint64_t address, size_t length, Access access);

    // STATUS_INVALID_PARAMETER when the descriptor is inconsistent (odd length, no buffer).
    Result<String> capture(const UNICODE_STRING& descriptor);
    Result<String> capture_string(UserIn<UNICODE_STRING> in);

    // An OBJECT_ATTRIBUTES with its name read. `given` is false for a null pointer; the rest is zero then.
    struct Attributes {
        bool given = false;
        HANDLE root = nullptr;
        ULONG flags = 0;
        uint64_t security_descriptor = 0;
        uint64_t security_quality = 0;
        uint64_t name_address = 0;  // of its UNICODE_STRING
        String name;
    };
    Result<Attributes> capture_attributes(UserIn<OBJECT_ATTRIBUTES> in);

private:
    friend class Thread;
    friend class Dispatcher;
    Thread& thread_;
    ob::HandleTable& handles_;
    UserMemory& memory_;
    uint32_t service_ = 0;
    bool again_ = false;     // a slice ended and its caller is about to call again
    bool repeated_ = false;  // this is not the first slice
    Progress progress_;
    template <typename T>
    static constexpr char kKind = 0;
    Own<Kept> kept_;
    const char* kept_kind_ = nullptr;  // its type's kKind
    uint64_t return_ip_ = 0;           // behind the system call of the first slice; 0 before the second
    // The arguments in registers. Set once the call was blocked or answered "again".
    unsigned long long words_[4] = {};
};

}  // namespace ke

// Completes the inline functions above.
#include "executive/ke/thread.hpp"
