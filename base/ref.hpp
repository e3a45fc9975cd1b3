// SPDX-License-Identifier: GPL-3.0-only
//
// Shared and sole ownership. Ref<T> shares a RefCounted object, Own<T> owns any object; both may be empty.
// Counts are not atomic: each program that uses this runs it on one thread. Creation is fallible: make_ref
// and make_own return STATUS_INSUFFICIENT_RESOURCES.
#pragma once

#include <stdint.h>

#include <new>
#include <utility>

#include "base/relocate.hpp"
#include "base/result.hpp"

namespace base {

template <typename T>
class Ref;
template <typename T>
class Own;
template <typename T>
inline constexpr bool moves_as_bytes<Ref<T>> = true;
template <typename T>
inline constexpr bool moves_as_bytes<Own<T>> = true;

class RefCounted {
public:
    RefCounted(const RefCounted&) = delete;
    RefCounted& operator=(const RefCounted&) = delete;

    void add_ref() const { ++references_; }
    void release() const {
        ASSERT(references_ > 0);
        if (--references_ == 0) last_reference_gone();
    }
    uint32_t reference_count() const { return references_; }

protected:
    RefCounted() = default;
    virtual ~RefCounted() = default;
    // An object whose destruction takes time overrides this and deletes itself later.
    virtual void last_reference_gone() const { delete this; }

private:
    mutable uint32_t references_ = 0;
};

template <typename T>
class Ref {
public:
    constexpr Ref() = default;
    constexpr Ref(std::nullptr_t) {}
    explicit Ref(T& object) : object_(&object) { object_->add_ref(); }
    explicit Ref(T* object) : object_(object) {
        if (object_) object_->add_ref();
    }
    Ref(const Ref& other) : object_(other.object_) {
        if (object_) object_->add_ref();
    }
    Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    template <typename U>
        requires std::is_convertible_v<U*, T*>
    Ref(const Ref<U>& other) : object_(other.get()) {
        if (object_) object_->add_ref();
    }
    template <typename U>
        requires std::is_convertible_v<U*, T*>
    Ref(Ref<U>&& other) noexcept : object_(other.leak()) {}
    ~Ref() {
        if (object_) object_->release();
    }
    Ref& operator=(const Ref& other) {
        Ref copy(other);
        std::swap(object_, copy.object_);
        return *this;
    }
    Ref& operator=(Ref&& other) noexcept {
        Ref moved(std::move(other));
        std::swap(object_, moved.object_);
        return *this;
    }

    T* get() const { return object_; }
    T& operator*() const { return *object_; }
    T* operator->() const { return object_; }
    explicit operator bool() const { return object_ != nullptr; }
    bool operator==(const Ref& other) const { return object_ == other.object_; }
    bool operator==(std::nullptr_t) const { return object_ == nullptr; }
    void reset() { *this = Ref(); }
    // Gives the reference away uncounted; adopt() takes it back.
    T* leak() { return std::exchange(object_, nullptr); }
    static Ref adopt(T* object) {
        Ref ref;
        ref.object_ = object;
        return ref;
    }

private:
    T* object_ = nullptr;
};

template <typename T>
class Own {
public:
    constexpr Own() = default;
    constexpr Own(std::nullptr_t) {}
    explicit Own(T* object) : object_(object) {}
    Own(Own&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    template <typename U>
        requires std::is_convertible_v<U*, T*>
    Own(Own<U>&& other) noexcept : object_(other.leak()) {}
    ~Own() { delete object_; }
    Own& operator=(Own&& other) noexcept {
        Own moved(std::move(other));
        std::swap(object_, moved.object_);
        return *this;
    }

    T* get() const { return object_; }
    T& operator*() const { return *object_; }
    T* operator->() const { return object_; }
    explicit operator bool() const { return object_ != nullptr; }
    void reset() { *this = Own(); }
    T* leak() { return std::exchange(object_, nullptr); }

private:
    T* object_ = nullptr;
};

template <typename T, typename... Args>
Result<Ref<T>> make_ref(Args&&... args) {
    T* object = new (std::nothrow) T(std::forward<Args>(args)...);
    if (!object) return fail(STATUS_INSUFFICIENT_RESOURCES);
    return Ref<T>(*object);
}

template <typename T, typename... Args>
Result<Own<T>> make_own(Args&&... args) {
    T* object = new (std::nothrow) T(std::forward<Args>(args)...);
    if (!object) return fail(STATUS_INSUFFICIENT_RESOURCES);
    return Own<T>(object);
}

}  // namespace base
