// SPDX-License-Identifier: GPL-3.0-only
//
// The descriptors of keys. Keys that have the same share one, as NT's hives do, and it counts once against
// the registry's limit, however many hold it.
#pragma once

#include "base/tree.hpp"
#include "executive/ob/descriptor.hpp"

namespace cm {

class KeySecurity final : public RefCounted, public TreeLink<struct KeySecurityTag> {
public:
    // The one there is of this descriptor, or a new one. STATUS_REGISTRY_QUOTA_LIMIT. REQUIRES: not null.
    static Result<Ref<KeySecurity>> of(Ref<ob::Descriptor> descriptor);
    // What \Registry has, and all below it that nobody gives another: all for SYSTEM and administrators, to
    // be read by everybody.
    static Result<Ref<KeySecurity>> usual();
    ~KeySecurity() override;

    const Ref<ob::Descriptor>& descriptor() const { return descriptor_; }
    std::span<const uint8_t> bytes() const { return descriptor_->bytes(); }

    // Where it lies in a file that is being made (regf::Writer), and the number of who made it last: who has
    // another number has not put it anywhere that he still knows.
    struct Written {
        uint64_t by = 0;
        uint32_t cell = 0;
    };
    Written written;

private:
    struct AddressOf {
        const ob::Descriptor* operator()(const KeySecurity& security) const {
            return security.descriptor_.get();
        }
    };
    using All = Tree<KeySecurity, KeySecurityTag, AddressOf>;
    explicit KeySecurity(Ref<ob::Descriptor> descriptor) : descriptor_(std::move(descriptor)) {}
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    static All& all();
    size_t cost() const { return sizeof(KeySecurity) + sizeof(ob::Descriptor) + bytes().size(); }

    const Ref<ob::Descriptor> descriptor_;
    bool charged_ = false;
};

}  // namespace cm
