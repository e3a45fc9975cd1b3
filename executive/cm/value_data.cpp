// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/value_data.hpp"

#include <string.h>

#include <algorithm>
#include <new>

#include "executive/cm/budget.hpp"
#include "executive/ke/slice.hpp"

namespace cm {

namespace {

constinit uint64_t last_serial = 0;

}  // namespace

ValueData::ValueData(size_t size) : size_(size), serial_(++last_serial) {}

size_t ValueData::cost(size_t size) {
    return sizeof(ValueData) + size + (size + kPiece - 1) / kPiece * sizeof(Piece);
}

Result<Ref<ValueData>> ValueData::create(size_t size) {
    if (size > limit()) return fail(STATUS_REGISTRY_QUOTA_LIMIT);
    TRY(charge(cost(size)));
    auto data = make_ref<ValueData>(size);
    if (!data) uncharge(cost(size));
    return data;
}

Result<Ref<ValueData>> ValueData::create(std::span<const uint8_t> bytes) {
    Ref<ValueData> data = TRY(create(bytes.size()));
    while (data->filled() < bytes.size()) {
        size_t at = data->filled();
        std::span<uint8_t> room = TRY(data->extend());
        memcpy(room.data(), &bytes[at], room.size());
    }
    return data;
}

Result<std::span<uint8_t>> ValueData::extend() {
    size_t length = std::min(kPiece, size_ - filled_);
    void* memory = ::operator new(sizeof(Piece) + length, std::nothrow);
    if (!memory) return fail(STATUS_INSUFFICIENT_RESOURCES);
    auto* piece = new (memory) Piece;
    piece->at = static_cast<uint32_t>(filled_);
    piece->length = static_cast<uint32_t>(length);
    pieces_.insert(*piece);
    filled_ += length;
    return std::span(piece->bytes(), length);
}

std::span<const uint8_t> ValueData::from(size_t at) const {
    ASSERT(at < filled_);
    Piece& piece = *pieces_.find_at_or_before(at);
    return std::span<const uint8_t>(piece.bytes(), piece.length).subspan(at - piece.at);
}

Result<Vector<uint8_t>> ValueData::bytes(size_t most) const {
    if (filled_ > most) return fail(STATUS_NAME_TOO_LONG);
    Vector<uint8_t> bytes;
    TRY(bytes.reserve(filled_));
    while (bytes.size() < filled_)
        TRY(bytes.append(from(bytes.size())));
    return bytes;
}

bool ValueData::free_some() {
    ke::Slice slice;
    while (Piece* piece = pieces_.root()) {
        pieces_.remove(*piece);
        ::operator delete(piece);
        if (slice.over()) return pieces_.empty();
    }
    return true;
}

bool ValueData::slice() {
    if (!free_some()) return false;
    delete this;
    return true;
}

void ValueData::last_reference_gone() const {
    uncharge(cost(size_));
    auto& self = const_cast<ValueData&>(*this);
    if (!self.slice()) ke::Pacer::instance().add_idle(self);
}

}  // namespace cm
