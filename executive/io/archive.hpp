// SPDX-License-Identifier: GPL-3.0-only
//
// Reader of the boot archive.
#pragma once

#include <span>
#include <string_view>

#include "abi/boot/archive.h"
#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace io {

class Archive {
public:
    // STATUS_FILE_CORRUPT_ERROR.
    static Result<Archive> open(std::span<const uint8_t> bytes);

    struct Entry {
        std::string_view name;
        std::span<const uint8_t> bytes;
    };
    uint32_t count() const { return count_; }
    // STATUS_FILE_CORRUPT_ERROR. REQUIRES: index < count().
    Result<Entry> entry(uint32_t index) const;
    // Empty when there is no such file.
    std::span<const uint8_t> find(std::string_view name) const;

private:
    Archive(std::span<const uint8_t> bytes, uint32_t count) : bytes_(bytes), count_(count) {}

    std::span<const uint8_t> bytes_;
    uint32_t count_;
};

}  // namespace io
