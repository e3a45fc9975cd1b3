// SPDX-License-Identifier: GPL-3.0-only
//
// Security descriptors as objects, keys and files hold them: checked bytes (base/descriptor.hpp) that never
// change, shared by all who have the same, as NT's cache of descriptors does it. One holds a Ref, null where
// there is no security. Each of the holders pays for all the bytes, so that it does not matter who goes
// first.
#pragma once

#include "base/ref.hpp"
#include "base/tree.hpp"
#include "base/vector.hpp"
#include "executive/prelude.hpp"

namespace ob {

class Descriptor final : public RefCounted, public TreeLink<struct SharedDescriptorTag> {
public:
    // Longer ones, in bytes, are not shared: to find one's like takes too long.
    static constexpr size_t kMostShared = 1024;

    // The one there is that says this, or a new one. REQUIRES: checked. Empty bytes: null.
    static Result<Ref<Descriptor>> of(Vector<uint8_t> bytes);
    ~Descriptor() override;

    std::span<const uint8_t> bytes() const { return bytes_.span(); }
    // The bytes that a holder may have none of.
    static std::span<const uint8_t> bytes(const Ref<Descriptor>& descriptor) {
        return descriptor ? descriptor->bytes() : std::span<const uint8_t>();
    }

private:
    struct HashOf {
        uint64_t operator()(const Descriptor& descriptor) const { return descriptor.hash_; }
    };
    using Shared = Tree<Descriptor, SharedDescriptorTag, HashOf>;
    explicit Descriptor(Vector<uint8_t> bytes) : bytes_(std::move(bytes)) {}
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    static Shared& shared();

    const Vector<uint8_t> bytes_;
    uint64_t hash_ = 0;
    bool shared_ = false;
};

}  // namespace ob
