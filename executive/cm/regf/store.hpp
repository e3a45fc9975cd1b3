// SPDX-License-Identifier: GPL-3.0-only
//
// The bytes of a hive's file while it is made or read: in pieces, for it may have megabytes, those that
// nobody has written being zero and taking no memory. A client pays for it.
#pragma once

#include <span>

#include "executive/ke/pacer.hpp"
#include "executive/ob/object.hpp"

namespace cm::regf {

// The process that pays for stores, though it may be gone.
struct Payer {
    ke::Quota* quota;
    Ref<ob::Object> keep_alive;
    Payer(ke::Client& client) : quota(&client.quota()), keep_alive(client.process_object()) {}
};

class Store final : private ke::PacedWork {
public:
    // Two blocks of the heap's to a page.
    static constexpr size_t kPiece = 2016;
    static constexpr size_t kDirectory = 252;  // pieces
    static constexpr size_t kDirectories = 130;
    static constexpr size_t kRoom = kPiece * kDirectory * kDirectories;
    // Of a file, in bytes: 62 MiB, more than the registry may have. A reader's notes are larger (Cells).
    static constexpr size_t kLargest = kRoom / 65 * 64;

    static Result<Store*> create(const Payer& payer);
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    // Ends it, in slices.
    void discard();

    size_t size() const { return size_; }
    // STATUS_REGISTRY_QUOTA_LIMIT: above kRoom.
    Result<void> set_size(size_t size);
    // STATUS_QUOTA_EXCEEDED, STATUS_INSUFFICIENT_RESOURCES. REQUIRES: inside of it.
    Result<void> write(size_t at, std::span<const uint8_t> bytes);
    // REQUIRES: inside of it.
    void read(size_t at, std::span<uint8_t> into) const;
    template <typename T>
    T get(size_t at) const {
        T value;
        read(at, {reinterpret_cast<uint8_t*>(&value), sizeof value});
        return value;
    }
    template <typename T>
    Result<void> put(size_t at, const T& value) {
        return write(at, {reinterpret_cast<const uint8_t*>(&value), sizeof value});
    }

private:
    struct Directory {
        uint8_t* pieces[kDirectory];
    };
    explicit Store(const Payer& payer);
    ~Store() = default;
    bool slice() override;
    bool gives_memory() const override { return true; }
    Result<uint8_t*> piece(size_t at);

    Payer payer_;
    size_t size_ = 0;
    size_t charged_;
    size_t freed_ = 0;  // pieces that have been looked at
    Directory* directories_[kDirectories] = {};
};

// Owns a store.
class OwnStore {
public:
    OwnStore() = default;
    explicit OwnStore(Store* store) : store_(store) {}
    OwnStore(OwnStore&& other) noexcept : store_(std::exchange(other.store_, nullptr)) {}
    OwnStore& operator=(OwnStore&& other) noexcept {
        std::swap(store_, other.store_);
        return *this;
    }
    ~OwnStore() {
        if (store_) store_->discard();
    }
    static Result<OwnStore> create(const Payer& payer) { return OwnStore(TRY(Store::create(payer))); }
    explicit operator bool() const { return store_ != nullptr; }
    Store& operator*() const { return *store_; }
    Store* operator->() const { return store_; }

private:
    Store* store_ = nullptr;
};

}  // namespace cm::regf
