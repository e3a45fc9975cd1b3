// SPDX-License-Identifier: GPL-3.0-only
//
// Memory that the Executive holds on behalf of a process beyond a call: counted in its quota until the charge
// goes. It keeps the process object, so the quota outlives it.
#pragma once

#include "executive/ob/object.hpp"

namespace ob {

class Charge {
public:
    // Nothing.
    Charge() = default;
    // STATUS_QUOTA_EXCEEDED.
    static Result<Charge> take(ke::Client& client, size_t bytes) {
        TRY(client.quota().charge(bytes));
        return Charge(client, bytes);
    }
    Charge(Charge&& other) noexcept
        : quota_(other.quota_),
          keep_alive_(std::move(other.keep_alive_)),
          bytes_(std::exchange(other.bytes_, 0)) {}
    Charge& operator=(Charge&& other) noexcept {
        std::swap(quota_, other.quota_);
        std::swap(keep_alive_, other.keep_alive_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~Charge() {
        if (bytes_) quota_->release(bytes_);
    }
    // More of what has been taken already. Nobody pays where nothing was taken before.
    void grow(size_t bytes) {
        if (!quota_) return;
        quota_->charge_anyway(bytes);
        bytes_ += bytes;
    }

private:
    Charge(ke::Client& client, size_t bytes)
        : quota_(&client.quota()), keep_alive_(client.process_object()), bytes_(bytes) {}

    ke::Quota* quota_ = nullptr;
    Ref<Object> keep_alive_;
    size_t bytes_ = 0;
};

// An APC of a client's, charged to it until it is delivered or dropped, whosever thread it is queued to.
struct ChargedApc final : ke::Apc {
    // STATUS_QUOTA_EXCEEDED, STATUS_INSUFFICIENT_RESOURCES.
    static Result<Own<ke::Apc>> create(ke::Client& payer) {
        auto apc = TRY(make_own<ChargedApc>());
        apc->charge = TRY(Charge::take(payer, sizeof(ChargedApc)));
        return Own<ke::Apc>(std::move(apc));
    }
    Charge charge;
};

// Pages of a client's that are pinned for a request: within what its process may have pinned at a time.
class PinCharge {
public:
    PinCharge() = default;
    // STATUS_QUOTA_EXCEEDED.
    static Result<PinCharge> take(ke::Client& client, uint64_t pages) {
        TRY(client.quota().pin(pages));
        return PinCharge(client, pages);
    }
    PinCharge(PinCharge&& other) noexcept
        : quota_(other.quota_),
          keep_alive_(std::move(other.keep_alive_)),
          pages_(std::exchange(other.pages_, 0)) {}
    PinCharge& operator=(PinCharge&& other) noexcept {
        std::swap(quota_, other.quota_);
        std::swap(keep_alive_, other.keep_alive_);
        std::swap(pages_, other.pages_);
        return *this;
    }
    ~PinCharge() {
        if (pages_) quota_->unpin(pages_);
    }

private:
    PinCharge(ke::Client& client, uint64_t pages)
        : quota_(&client.quota()), keep_alive_(client.process_object()), pages_(pages) {}

    ke::Quota* quota_ = nullptr;
    Ref<Object> keep_alive_;
    uint64_t pages_ = 0;
};

}  // namespace ob
