// SPDX-License-Identifier: GPL-3.0-only
//
// The data of a registry value. It may have megabytes, so it lies in pieces: whoever copies it does so piece
// by piece, in slices, and what nobody refers to any more is given back in slices. It is charged to the
// registry's limit as long as somebody refers to it. Once a value has it, it does not change: setting the
// value gives it another one.
#pragma once

#include <span>

#include "base/ref.hpp"
#include "base/tree.hpp"
#include "base/vector.hpp"
#include "executive/ke/pacer.hpp"

namespace cm {

class ValueData final : public RefCounted, private ke::PacedWork {
public:
    // Of `size` bytes, none of which is there yet. STATUS_REGISTRY_QUOTA_LIMIT.
    static Result<Ref<ValueData>> create(size_t size);
    static Result<Ref<ValueData>> create(std::span<const uint8_t> bytes);

    size_t size() const { return size_; }
    // Never another's, and not 0.
    uint64_t serial() const { return serial_; }

    // Bytes that are there, from the start.
    size_t filled() const { return filled_; }
    // Room for the next ones, two thousand at most, which count as there. REQUIRES: filled() < size().
    Result<std::span<uint8_t>> extend();
    // The bytes from `at` to the end of their piece. REQUIRES: at < filled().
    std::span<const uint8_t> from(size_t at) const;
    // All of them, for one who takes no more than `most`: STATUS_NAME_TOO_LONG.
    Result<Vector<uint8_t>> bytes(size_t most) const;

private:
    struct Piece : TreeLink<struct PieceTag> {
        uint32_t at;
        uint32_t length;
        uint8_t* bytes() { return reinterpret_cast<uint8_t*>(this + 1); }
    };
    struct PlaceOfPiece {
        size_t operator()(const Piece& piece) const { return piece.at; }
    };
    // Two blocks of the heap's to a page.
    static constexpr size_t kPiece = 2016 - sizeof(Piece);

    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    explicit ValueData(size_t size);
    // What so many bytes are charged with.
    static size_t cost(size_t size);
    void last_reference_gone() const override;
    bool slice() override;
    bool gives_memory() const override { return true; }
    bool free_some();

    Tree<Piece, PieceTag, PlaceOfPiece> pieces_;
    size_t size_;
    size_t filled_ = 0;
    uint64_t serial_;
};

}  // namespace cm
