// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/regf/store.hpp"

#include <string.h>

#include <algorithm>
#include <new>

#include "executive/ke/slice.hpp"

namespace cm::regf {

Store::Store(const Payer& payer) : payer_(payer), charged_(sizeof(Store)) {}

Result<Store*> Store::create(const Payer& payer) {
    TRY(payer.quota->charge(sizeof(Store)));
    auto* store = new (std::nothrow) Store(payer);
    if (store) return store;
    payer.quota->release(sizeof(Store));
    return fail(STATUS_INSUFFICIENT_RESOURCES);
}

Result<void> Store::set_size(size_t size) {
    if (size > kRoom) return fail(STATUS_REGISTRY_QUOTA_LIMIT);
    size_ = size;
    return {};
}

Result<uint8_t*> Store::piece(size_t at) {
    size_t index = at / kPiece;
    Directory*& directory = directories_[index / kDirectory];
    if (!directory) {
        TRY(payer_.quota->charge(sizeof(Directory)));
        charged_ += sizeof(Directory);
        directory = new (std::nothrow) Directory{};
        if (!directory) return fail(STATUS_INSUFFICIENT_RESOURCES);
    }
    uint8_t*& piece = directory->pieces[index % kDirectory];
    if (!piece) {
        TRY(payer_.quota->charge(kPiece));
        charged_ += kPiece;
        piece = static_cast<uint8_t*>(::operator new(kPiece, std::nothrow));
        if (!piece) return fail(STATUS_INSUFFICIENT_RESOURCES);
        memset(piece, 0, kPiece);
    }
    return piece;
}

Result<void> Store::write(size_t at, std::span<const uint8_t> bytes) {
    ASSERT(at <= size_ && bytes.size() <= size_ - at);
    while (!bytes.empty()) {
        uint8_t* to = TRY(piece(at));
        size_t offset = at % kPiece, length = std::min(kPiece - offset, bytes.size());
        memcpy(to + offset, bytes.data(), length);
        at += length;
        bytes = bytes.subspan(length);
    }
    return {};
}

void Store::read(size_t at, std::span<uint8_t> into) const {
    ASSERT(at <= size_ && into.size() <= size_ - at);
    while (!into.empty()) {
        const Directory* directory = directories_[at / kPiece / kDirectory];
        const uint8_t* from = directory ? directory->pieces[at / kPiece % kDirectory] : nullptr;
        size_t offset = at % kPiece, length = std::min(kPiece - offset, into.size());
        if (from) {
            memcpy(into.data(), from + offset, length);
        } else {
            memset(into.data(), 0, length);
        }
        at += length;
        into = into.subspan(length);
    }
}

// A large one not in this turn at all: what ends may have several.
void Store::discard() {
    payer_.quota->release(charged_);
    constexpr size_t kSmall = sizeof(Store) + sizeof(Directory) + 4 * kPiece;
    if (charged_ > kSmall || !slice()) ke::Pacer::instance().add_idle(*this);
}

bool Store::slice() {
    ke::Slice slice;
    for (; freed_ < kDirectories * kDirectory; ++freed_) {
        Directory*& directory = directories_[freed_ / kDirectory];
        if (!directory) {
            freed_ += kDirectory - 1;
            continue;
        }
        if (slice.over()) return false;
        ::operator delete(directory->pieces[freed_ % kDirectory]);
        if (freed_ % kDirectory == kDirectory - 1) delete std::exchange(directory, nullptr);
    }
    delete this;
    return true;
}

}  // namespace cm::regf
