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

private:
    Charge(ke::Client& client, size_t bytes)
        : quota_(&client.quota()), keep_alive_(client.process_object()), bytes_(bytes) {}

    ke::Quota* quota_ = nullptr;
    Ref<Object> keep_alive_;
    size_t bytes_ = 0;
};

}  // namespace ob
